//! The bot's channel: chosen or made, with the permissions that it needs there, and a webhook in it on request.
//!
//! Owns the list, and that a channel in which nothing could be posted is not accepted silently. Makes a channel and a
//! webhook only when that was asked for, and takes those that an earlier try has made. Fails with [`Halt`].

use isr_discord::{ApplicationFacts, ChannelFacts, Outcome, Permission, Permissions};

use super::refused;
use crate::commands::init::ask::Answer;
use crate::commands::init::secret::Secret;
use crate::commands::init::{Halt, Story};
use crate::commands::rights::{self, Standing, Weight};
use crate::config::BotAccount;
use crate::relay::discord_sink::WEBHOOK_NAME;

/// So many channels are listed; the others are chosen by `--channel`.
const MOST_LISTED: usize = 40;
/// The channel, and the address of the webhook when one was made.
pub(super) async fn choose(
    story: &Story,
    account: &BotAccount,
    bot: &str,
    application: &ApplicationFacts,
    guild: u64,
) -> Result<(ChannelFacts, Option<Secret>), Halt> {
    let about = |outcome: Outcome| refused("the Discord server", &outcome);
    let mut standing = Standing::ask(&account.client, account.token.bot(), guild)
        .await
        .map_err(about)?;
    let channel = pick(story, account, &standing, application).await?;
    loop {
        // Of a thread its channel decides.
        let place = match (channel.is_thread(), channel.parent) {
            (true, Some(parent)) => account.client.channel(parent).await.map_err(about)?,
            _ => account
                .client
                .channel(channel.id)
                .await
                .unwrap_or_else(|_| channel.clone()),
        };
        let missing = rights::missing(standing.within(&place), &channel);
        for (permission, weight) in &missing {
            let what = match weight {
                Weight::Needed => format!("In #{} the bot lacks {permission}", channel.name),
                Weight::Useful(without) => {
                    format!("In #{} the bot lacks {permission}: {without}", channel.name)
                }
            };
            story.screen.bad(&what, &rights::remedy(bot, *permission));
        }
        let is_stuck = missing.iter().any(|(_, weight)| *weight == Weight::Needed);
        if missing.is_empty() {
            let text = format!("In #{} it may do everything that it needs.", channel.name);
            story.screen.good(&text);
            break;
        }
        if !story.questions.are_answered() && !is_stuck {
            break;
        }
        story
            .questions
            .done("Change that", "the permissions above, given by you")
            .await?;
        standing = Standing::ask(&account.client, account.token.bot(), guild)
            .await
            .map_err(about)?;
        if !is_stuck {
            break;
        }
    }
    let webhook = webhook(story, account, application, &standing, &channel).await?;
    Ok((channel, webhook))
}

async fn pick(
    story: &Story,
    account: &BotAccount,
    standing: &Standing,
    application: &ApplicationFacts,
) -> Result<ChannelFacts, Halt> {
    let guild = standing.guild.id;
    if let Some(name) = &story.options.create_channel {
        return create(story, account, guild, name, application).await;
    }
    let all = account
        .client
        .channels(guild)
        .await
        .map_err(|outcome| refused("the Discord server", &outcome))?;
    let channels: Vec<ChannelFacts> = all.into_iter().filter(ChannelFacts::takes_messages).collect();
    if let Some(wanted) = &story.options.channel {
        return named(account, &channels, wanted.trim_start_matches('#')).await;
    }
    if !story.questions.are_answered() {
        let mut seen = channels.into_iter();
        return match (seen.next(), seen.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Halt::Unanswered("--channel")),
        };
    }
    let mut items: Vec<String> = channels
        .iter()
        .take(MOST_LISTED)
        .map(|channel| {
            let may = standing.within(channel);
            let hint = if rights::missing(may, channel).is_empty() {
                ""
            } else {
                " (permissions are missing there)"
            };
            format!("#{}{hint}", channel.name)
        })
        .collect();
    items.push("make a new channel".to_owned());
    let chosen = story
        .questions
        .choice("Which channel?", &items, "--channel")
        .await?;
    match channels.get(chosen).filter(|_| chosen + 1 < items.len()) {
        Some(channel) => Ok(channel.clone()),
        None => {
            let name = story
                .questions
                .text("Its name?", Some("factorio"), "--create-channel")
                .await?;
            create(story, account, guild, &name, application).await
        }
    }
}

async fn named(account: &BotAccount, channels: &[ChannelFacts], wanted: &str) -> Result<ChannelFacts, Halt> {
    let by_name: Vec<&ChannelFacts> = channels.iter().filter(|channel| channel.name == wanted).collect();
    if let [only] = by_name[..] {
        return Ok(only.clone());
    }
    if by_name.len() > 1 {
        return Err(Halt::Refused {
            what: format!("several channels are called {wanted}"),
            next:
                "give its id: Discord settings, Advanced, Developer Mode; then right-click, Copy Channel ID"
                    .to_owned(),
        });
    }
    let Ok(id) = wanted.parse::<u64>() else {
        let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
        return Err(Halt::Refused {
            what: format!("the bot sees no channel {wanted}"),
            next: isr_core::spelling::remedy(wanted, &names),
        });
    };
    match account.client.channel(id).await {
        Ok(channel) if channel.takes_messages() => Ok(channel),
        Ok(channel) => Err(Halt::Refused {
            what: format!("nothing can be posted in {} as it is", channel.name),
            next: "choose a text channel, a thread, or a post of a forum".to_owned(),
        }),
        Err(outcome) => Err(Halt::Refused {
            what: format!("the bot does not see the channel {id} ({outcome})"),
            next: "give it View Channel there, or correct the id".to_owned(),
        }),
    }
}

async fn create(
    story: &Story,
    account: &BotAccount,
    guild: u64,
    name: &str,
    application: &ApplicationFacts,
) -> Result<ChannelFacts, Halt> {
    let there = account
        .client
        .channels(guild)
        .await
        .map_err(|outcome| refused("the Discord server", &outcome))?;
    let is_it = |channel: &ChannelFacts| channel.takes_messages() && channel.name == as_discord_names(name);
    if let Some(channel) = there.into_iter().find(is_it) {
        let text = format!("#{} is there already, and is taken.", channel.name);
        story.screen.good(&text);
        return Ok(channel);
    }
    loop {
        match account.client.create_channel(guild, name).await {
            Ok(channel) => {
                story.screen.good(&format!("Made #{}.", channel.name));
                return Ok(channel);
            }
            Err(Outcome::Forbidden { .. }) => lacks(story, application, Permission::ManageChannels).await?,
            Err(outcome) => return Err(refused("the new channel", &outcome)),
        }
    }
}

/// The name that a text channel gets: neither capitals nor blanks.
fn as_discord_names(name: &str) -> String {
    let name = name.trim().trim_start_matches('#').to_lowercase();
    name.split_whitespace().collect::<Vec<_>>().join("-")
}

/// Names the permission, with the link that adds it, and waits.
async fn lacks(story: &Story, application: &ApplicationFacts, permission: Permission) -> Result<(), Halt> {
    let with = Permissions::of(&Permission::INVITED).and(Permissions::of(&[permission]));
    story.screen.bad(
        &format!("The bot lacks {permission}"),
        "open this link, which adds it (it can be taken away again afterwards):",
    );
    story.screen.line(&format!("   {}", application.invitation(with)));
    story
        .questions
        .done("Open it", "the link above, opened by you")
        .await
}

async fn webhook(
    story: &Story,
    account: &BotAccount,
    application: &ApplicationFacts,
    standing: &Standing,
    channel: &ChannelFacts,
) -> Result<Option<Secret>, Halt> {
    let asked = story.options.create_webhook;
    if !asked {
        let may = standing.everywhere().has(Permission::ManageWebhooks) && !channel.is_thread();
        if !may || !story.questions.are_answered() {
            return Ok(None);
        }
        let question = "Post chat under the players' own names, through a webhook that the bot makes?";
        let answer = story
            .questions
            .yes_or_no(question, Answer::No, "--create-webhook")
            .await?;
        if answer == Answer::No {
            return Ok(None);
        }
    }
    // A thread has no webhook of its own: that of its channel posts there.
    let (of, thread) = match (channel.is_thread(), channel.parent) {
        (true, Some(parent)) => (parent, Some(channel.id)),
        _ => (channel.id, None),
    };
    let found = account.client.webhooks(of).await.unwrap_or_default();
    let own = found.into_iter().find(|webhook| {
        let is_ours = webhook.application == Some(application.id) && webhook.name == WEBHOOK_NAME;
        is_ours && webhook.address().is_some()
    });
    let is_new = own.is_none();
    let made = match own {
        Some(own) => Ok(own),
        None => account.client.create_webhook(of, WEBHOOK_NAME).await,
    };
    let made = match made {
        Ok(made) => made,
        Err(Outcome::Forbidden { .. }) => {
            return Err(Halt::Refused {
                what: "the bot may not make a webhook there".to_owned(),
                next: format!(
                    "{}; or leave --create-webhook out",
                    rights::remedy("the bot's role", Permission::ManageWebhooks)
                ),
            });
        }
        Err(outcome) => return Err(refused("the new webhook", &outcome)),
    };
    let Some(address) = made.address() else {
        return Err(Halt::Refused {
            what: "Discord told no address of the new webhook".to_owned(),
            next: "leave --create-webhook out".to_owned(),
        });
    };
    story.screen.good(&if is_new {
        format!("Made the webhook \"{}\" in #{}.", made.name, channel.name)
    } else {
        format!(
            "The bot's webhook \"{}\" in #{} is taken.",
            made.name, channel.name
        )
    });
    Ok(Some(Secret::new(&match thread {
        Some(thread) => format!("{address}?thread_id={thread}"),
        None => address.to_owned(),
    })))
}
