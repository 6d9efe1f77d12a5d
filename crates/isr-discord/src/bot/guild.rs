//! What Discord tells of the bot's application and of the Discord servers that it is in, and what is made there on request.
//!
//! Owns the routes of set-up and diagnosis. A person waits for each of them: one attempt, and no limiter, for they are few.
//! Read leniently. Fails with the outcome of the request.

use std::fmt;

use hyper::Method;
use isr_core::text::Topic;
use serde_json::{Value, json};

use super::BotClient;
use crate::classify::{self, Answer};
use crate::outcome::{Attempt, Outcome, UncertainReason};
use crate::permissions::{Overwrite, Permissions, Role};
use crate::request::{Encoded, RequestFault};
use crate::url::WebhookUrl;

/// A large Discord server has 500 channels with many overwrites.
const LONG_ANSWER: usize = 4 << 20;
/// Flags of an application: the intent was granted after a review, or switched on for an application that needs none.
const MESSAGE_CONTENT: u64 = 1 << 18;
const MESSAGE_CONTENT_LIMITED: u64 = 1 << 19;

/// The bot's application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationFacts {
    /// Its id, which the invitation names.
    pub id: u64,
    /// Its name.
    pub name: String,
    flags: u64,
}

impl ApplicationFacts {
    /// Whether the bot may read what people write.
    #[must_use]
    pub const fn may_read_messages(&self) -> bool {
        self.flags & (MESSAGE_CONTENT | MESSAGE_CONTENT_LIMITED) != 0
    }

    /// The link that invites the bot, with these permissions.
    #[must_use]
    pub fn invitation(&self, permissions: Permissions) -> String {
        format!(
            "https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands&permissions={}",
            self.id,
            permissions.bits()
        )
    }
}

/// A Discord server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuildFacts {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: Option<u64>,
    /// Its roles.
    pub roles: Vec<Role>,
}

/// A channel or thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelFacts {
    /// Its id.
    pub id: u64,
    /// Its Discord server.
    pub guild: Option<u64>,
    /// Its name, without the sign `#`.
    pub name: String,
    /// What kind, as Discord numbers them: 0 text, 5 announcements, 10 to 12 threads, 15 a forum.
    pub kind: u64,
    /// Of a thread its channel, of a channel its category.
    pub parent: Option<u64>,
    /// Its topic, as it was written; empty where there is none.
    pub topic: String,
    /// What it grants and denies.
    pub overwrites: Vec<Overwrite>,
}

impl ChannelFacts {
    /// Whether it is a thread or a post of a forum.
    #[must_use]
    pub const fn is_thread(&self) -> bool {
        matches!(self.kind, 10..=12)
    }

    /// Whether it has a topic that stands above its messages.
    #[must_use]
    pub const fn has_topic(&self) -> bool {
        matches!(self.kind, 0 | 5)
    }

    /// Whether messages can be posted in it as they are.
    #[must_use]
    pub const fn takes_messages(&self) -> bool {
        matches!(self.kind, 0 | 5 | 10..=12)
    }
}

/// A webhook that the bot finds in a channel or made there.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelWebhook {
    /// Its name.
    pub name: String,
    /// The application that made it.
    pub application: Option<u64>,
    /// Who made it: a person or a bot.
    pub maker: Option<u64>,
    /// Its address, where the bot is told its token.
    pub url: Option<WebhookUrl>,
    address: Option<String>,
}

impl ChannelWebhook {
    /// The same address as a text, which is a secret: for a secret file.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }
}

impl fmt::Debug for ChannelWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChannelWebhook({:?}, {:?})", self.name, self.url)
    }
}

impl BotClient {
    /// The bot's application.
    ///
    /// # Errors
    /// The outcome of the request that failed: [`Outcome::Unauthorised`] for a wrong token.
    pub async fn application(&self) -> Result<ApplicationFacts, Outcome> {
        let told = self.told(Method::GET, "/applications/@me", None).await?;
        Ok(ApplicationFacts {
            id: id(&told["id"]).ok_or(FOREIGN)?,
            name: text(&told["name"]),
            flags: id(&told["flags"]).unwrap_or_default(),
        })
    }

    /// Switches on that the bot may read what people write. Discord lets a bot do so while it needs no review; only this
    /// flag is changed.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn switch_on_message_content(&self, application: &ApplicationFacts) -> Result<(), Outcome> {
        let form = json!({"flags": application.flags | MESSAGE_CONTENT_LIMITED});
        let told = self.told(Method::PATCH, "/applications/@me", Some(&form)).await?;
        let now = ApplicationFacts {
            flags: id(&told["flags"]).unwrap_or_default(),
            ..application.clone()
        };
        if now.may_read_messages() {
            Ok(())
        } else {
            Err(Outcome::Rejected {
                status: Some(200),
                code: None,
                message: "Discord did not take the change".to_owned(),
            })
        }
    }

    /// The Discord servers that the bot is in, as id and name: the first 200.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn guild_names(&self) -> Result<Vec<(u64, String)>, Outcome> {
        let told = self.told(Method::GET, "/users/@me/guilds", None).await?;
        let list = told.as_array().ok_or(FOREIGN)?.iter();
        Ok(list
            .filter_map(|guild| Some((id(&guild["id"])?, text(&guild["name"]))))
            .collect())
    }

    /// A Discord server, with its roles.
    ///
    /// # Errors
    /// The outcome of the request that failed: [`Outcome::Gone`] or [`Outcome::Forbidden`] where the bot is not in it.
    pub async fn guild(&self, guild: u64) -> Result<GuildFacts, Outcome> {
        let told = self.told(Method::GET, &format!("/guilds/{guild}"), None).await?;
        guild_facts(&told).ok_or(FOREIGN)
    }

    /// The roles that the bot has in a Discord server.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn own_roles(&self, guild: u64) -> Result<Vec<u64>, Outcome> {
        let route = format!("/guilds/{guild}/members/{}", self.token.bot());
        let told = self.told(Method::GET, &route, None).await?;
        Ok(told["roles"]
            .as_array()
            .ok_or(FOREIGN)?
            .iter()
            .filter_map(id)
            .collect())
    }

    /// The channels of a Discord server, threads left out, in the order that people see.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn channels(&self, guild: u64) -> Result<Vec<ChannelFacts>, Outcome> {
        let route = format!("/guilds/{guild}/channels");
        let told = self.told(Method::GET, &route, None).await?;
        let mut list: Vec<&Value> = told.as_array().ok_or(FOREIGN)?.iter().collect();
        list.sort_by_key(|channel| (channel["position"].as_i64(), id(&channel["id"])));
        Ok(list
            .into_iter()
            .filter_map(|channel| channel_facts(channel, Some(guild)))
            .collect())
    }

    /// A channel or thread.
    ///
    /// # Errors
    /// The outcome of the request that failed: [`Outcome::Forbidden`] where the bot does not see it.
    pub async fn channel(&self, channel: u64) -> Result<ChannelFacts, Outcome> {
        let told = self
            .told(Method::GET, &format!("/channels/{channel}"), None)
            .await?;
        channel_facts(&told, None).ok_or(FOREIGN)
    }

    /// The same, with how asking ended ([`Route::Topic`](crate::Route::Topic)): nothing unless it was
    /// [`Outcome::Delivered`].
    pub async fn look_at_channel(&self, channel: u64) -> (Attempt, Option<ChannelFacts>) {
        let route = format!("/channels/{channel}");
        let (attempt, told) = self.report(Method::GET, &route, None).await;
        let is_told = matches!(attempt.outcome, Outcome::Delivered { .. });
        let facts = is_told.then(|| channel_facts(&told, None)).flatten();
        (attempt, facts)
    }

    /// Gives a channel another topic ([`Route::Topic`](crate::Route::Topic)). The bot needs
    /// [`ManageChannels`](crate::Permission::ManageChannels). Discord takes two changes in ten minutes of one channel, which no
    /// document of it tells. Repeating one is harmless.
    pub async fn set_topic(&self, channel: u64, topic: &Topic) -> Attempt {
        let route = format!("/channels/{channel}");
        let form = json!({"topic": topic.as_str()});
        let (attempt, _) = self.report(Method::PATCH, &route, Some(&form)).await;
        attempt
    }

    /// Makes a text channel. The bot needs [`ManageChannels`](crate::Permission::ManageChannels).
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn create_channel(&self, guild: u64, name: &str) -> Result<ChannelFacts, Outcome> {
        let form = json!({"name": name, "type": 0});
        let route = format!("/guilds/{guild}/channels");
        let told = self.told(Method::POST, &route, Some(&form)).await?;
        channel_facts(&told, Some(guild)).ok_or(FOREIGN)
    }

    /// The webhooks of a channel. The bot needs [`ManageWebhooks`](crate::Permission::ManageWebhooks), and is told the tokens of its own.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn webhooks(&self, channel: u64) -> Result<Vec<ChannelWebhook>, Outcome> {
        let (attempt, found) = self.look_for_webhooks(channel).await;
        settled(attempt, found)
    }

    /// The same, with how asking ended ([`Route::Webhooks`](crate::Route::Webhooks)): nothing unless it was
    /// [`Outcome::Delivered`].
    pub async fn look_for_webhooks(&self, channel: u64) -> (Attempt, Option<Vec<ChannelWebhook>>) {
        let route = format!("/channels/{channel}/webhooks");
        let (attempt, told) = self.report(Method::GET, &route, None).await;
        let is_told = matches!(attempt.outcome, Outcome::Delivered { .. });
        let list = told.as_array().filter(|_| is_told);
        let found = list.map(|list| list.iter().map(|told| self.webhook_facts(told)).collect());
        (attempt, found)
    }

    /// Makes a webhook in a channel. The bot needs [`ManageWebhooks`](crate::Permission::ManageWebhooks); a channel takes fifteen.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn create_webhook(&self, channel: u64, name: &str) -> Result<ChannelWebhook, Outcome> {
        let (attempt, made) = self.try_to_create_webhook(channel, name).await;
        settled(attempt, made)
    }

    /// The same, with how it ended ([`Route::Webhooks`](crate::Route::Webhooks)): nothing unless it was
    /// [`Outcome::Delivered`]. Repeating one whose answer was lost makes a second: look for the first.
    pub async fn try_to_create_webhook(&self, channel: u64, name: &str) -> (Attempt, Option<ChannelWebhook>) {
        let form = json!({"name": name});
        let route = format!("/channels/{channel}/webhooks");
        let (attempt, told) = self.report(Method::POST, &route, Some(&form)).await;
        let is_made = matches!(attempt.outcome, Outcome::Delivered { .. });
        let made = is_made.then(|| self.webhook_facts(&told));
        (attempt, made)
    }

    fn webhook_facts(&self, told: &Value) -> ChannelWebhook {
        let token = told["token"].as_str().unwrap_or_default();
        let address = id(&told["id"]).map(|id| format!("{}/webhooks/{id}/{token}", self.base));
        let address = address.filter(|_| !token.is_empty());
        ChannelWebhook {
            name: text(&told["name"]),
            application: id(&told["application_id"]),
            maker: id(&told["user"]["id"]),
            url: address
                .as_deref()
                .and_then(|address| WebhookUrl::parse(address).ok()),
            address,
        }
    }

    /// One request, and the JSON that it was answered with.
    async fn told(&self, method: Method, route: &str, form: Option<&Value>) -> Result<Value, Outcome> {
        let (attempt, told) = self.report(method, route, form).await;
        match attempt.outcome {
            Outcome::Delivered { .. } => Ok(told),
            other => Err(other),
        }
    }

    /// The same, with all that the answer says.
    pub(super) async fn report(&self, method: Method, route: &str, form: Option<&Value>) -> (Attempt, Value) {
        let mut errand = self.errand(method, route, self.options.attempt_deadline);
        errand.at_most = LONG_ANSWER;
        let body = form.map(|form| {
            serde_json::to_vec(form)
                .map(Encoded::json)
                .map_err(|_| RequestFault::Encoding)
        });
        let mut told = Value::Null;
        let read = |answer: &Answer| {
            told = serde_json::from_slice(&answer.body.bytes).unwrap_or_default();
            classify::classify_bot(answer, self.token.expose())
        };
        let attempt = self.exchange.attempt(errand, body, read).await;
        (attempt, told)
    }
}

/// What was asked for, or how asking ended.
fn settled<T>(attempt: Attempt, told: Option<T>) -> Result<T, Outcome> {
    match (attempt.outcome, told) {
        (_, Some(told)) => Ok(told),
        (Outcome::Delivered { .. }, None) => Err(FOREIGN),
        (other, None) => Err(other),
    }
}

/// Success, but not with what was asked for.
const FOREIGN: Outcome = Outcome::Uncertain {
    why: UncertainReason::ForeignAnswer,
};

pub(super) fn guild_facts(told: &Value) -> Option<GuildFacts> {
    let roles = told["roles"].as_array().into_iter().flatten();
    Some(GuildFacts {
        id: id(&told["id"])?,
        name: text(&told["name"]),
        owner: id(&told["owner_id"]),
        roles: roles
            .filter_map(|role| {
                Some(Role {
                    id: id(&role["id"])?,
                    grants: bits(&role["permissions"]),
                })
            })
            .collect(),
    })
}

pub(super) fn channel_facts(told: &Value, guild: Option<u64>) -> Option<ChannelFacts> {
    let overwrites = told["permission_overwrites"].as_array().into_iter().flatten();
    Some(ChannelFacts {
        id: id(&told["id"])?,
        guild: id(&told["guild_id"]).or(guild),
        name: text(&told["name"]),
        kind: told["type"].as_u64().unwrap_or_default(),
        parent: id(&told["parent_id"]),
        topic: told["topic"].as_str().unwrap_or_default().to_owned(),
        overwrites: overwrites
            .filter_map(|overwrite| {
                Some(Overwrite {
                    id: id(&overwrite["id"])?,
                    allow: bits(&overwrite["allow"]),
                    deny: bits(&overwrite["deny"]),
                })
            })
            .collect(),
    })
}

/// A number, as text or number.
pub(super) fn id(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn bits(value: &Value) -> Permissions {
    Permissions::from_bits(id(value).unwrap_or_default())
}

/// A text for people, without control characters.
fn text(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::Permission;

    #[test]
    fn what_discord_tells_of_a_channel_is_read_leniently() {
        let told = json!({"id": "5", "type": 0, "name": "a\u{7}b", "guild_id": null, "new": [1],
            "permission_overwrites": [{"id": "7", "type": 0, "allow": "1024", "deny": 2048}, {"allow": "1"}, 3]});
        let facts = channel_facts(&told, Some(9)).unwrap();
        assert_eq!((facts.id, facts.guild, facts.name.as_str()), (5, Some(9), "ab"));
        let [overwrite] = facts.overwrites[..] else {
            panic!("{facts:?}")
        };
        assert!(overwrite.allow.has(Permission::ViewChannel) && overwrite.deny.has(Permission::SendMessages));
        assert_eq!(channel_facts(&json!("<html>"), None), None);
    }

    #[test]
    fn the_invitation_names_the_application_and_the_permissions() {
        let application = ApplicationFacts {
            id: 42,
            name: "x".into(),
            flags: 0,
        };
        assert_eq!(
            application.invitation(Permissions::of(&Permission::INVITED)),
            "https://discord.com/oauth2/authorize?client_id=42&scope=bot+applications.commands&permissions=274878024768"
        );
        assert!(!application.may_read_messages());
    }
}
