//! Answers to commands, buttons and forms.
//!
//! Owns what may be answered and what came of it. Discord wants the first answer within three seconds, once, and takes
//! more for fifteen minutes. None of these waits for a limit: they do not count against the bot's global one
//! (Discord's documents), and a late answer is no answer. Must not retry.

use std::time::Duration;

use hyper::Method;
use isr_core::delivery::Pings;
use serde_json::{Value, json};

use super::BotClient;
use crate::buttons::{ReplyButton, rows};
use crate::classify::{self, Answer};
use crate::gateway::event::Interaction;
use crate::model::{self, ErrorAnswer};
use crate::outcome::{Attempt, Outcome};
use crate::request::{Embed, Encoded, RequestFault, WebhookRequest};

/// How long the first answer may take; Discord waits three seconds (scenario D13).
pub const ANSWER_DEADLINE: Duration = Duration::from_millis(2500);
/// Message flag 1 << 6.
const EPHEMERAL: u32 = 1 << 6;
/// Discord takes so many choices …
const CHOICES: usize = 25;
/// … of so many characters each.
const CHOICE_LENGTH: usize = 100;
const UNKNOWN_INTERACTION: u32 = 10062;
const ALREADY_ANSWERED: u32 = 40060;

/// Who sees an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody in the channel.
    Everybody,
    /// Only who asked.
    OnlyAsker,
}

/// The first answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InteractionAnswer<'a> {
    /// This message.
    Message(ReplyMessage<'a>),
    /// "thinking …": the message follows with [`BotClient::edit_answer`]. Who sees it is settled now.
    Later(Visibility),
    /// For a button: the message that it stands in will be edited, and nothing is shown meanwhile.
    EditLater,
    /// Choices for a half-typed option, as name and value. The first 25 count.
    Choices(Vec<(String, String)>),
}

/// A message as an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyMessage<'a> {
    /// The text: at most 2,000 code points.
    pub content: &'a str,
    /// At most 10, 6,000 code points together.
    pub embeds: Vec<Embed>,
    /// At most 5 below it, in one row. An edit replaces those that are there.
    pub buttons: Vec<ReplyButton>,
    /// Who may be pinged.
    pub mentions: Pings,
    /// Who sees it. Of an edit and after [`InteractionAnswer::Later`] it was settled before.
    pub visibility: Visibility,
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// Discord has it.
    Yes,
    /// Too late: Discord does not know the interaction any more. Tell the person otherwise, or not at all.
    Expired,
    /// It was answered before; a retry of ours perhaps, or another copy of the bot.
    AlreadyAnswered,
    /// Anything else.
    No(Outcome),
}

impl<'a> ReplyMessage<'a> {
    /// A message for the asker alone that pings nobody.
    #[must_use]
    pub const fn quiet(content: &'a str) -> Self {
        Self {
            content,
            embeds: Vec::new(),
            buttons: Vec::new(),
            mentions: Pings::Nobody,
            visibility: Visibility::OnlyAsker,
        }
    }

    /// The message's JSON, checked as every other message is.
    fn form(&self) -> Result<Value, RequestFault> {
        let body = WebhookRequest {
            embeds: self.embeds.clone(),
            mentions: self.mentions.clone(),
            ..WebhookRequest::new(self.content)
        };
        let encoded = body.encode()?;
        let mut form: Value = serde_json::from_slice(&encoded.body).map_err(|_| RequestFault::Encoding)?;
        if self.visibility == Visibility::OnlyAsker {
            form["flags"] = EPHEMERAL.into();
        }
        if !self.buttons.is_empty() {
            form["components"] = rows(&self.buttons, &[]);
        }
        Ok(form)
    }
}

impl InteractionAnswer<'_> {
    fn form(&self) -> Result<Value, RequestFault> {
        Ok(match self {
            Self::Message(message) => json!({"type": 4, "data": message.form()?}),
            Self::Later(Visibility::Everybody) => json!({"type": 5}),
            Self::Later(Visibility::OnlyAsker) => json!({"type": 5, "data": {"flags": EPHEMERAL}}),
            Self::EditLater => json!({"type": 6}),
            Self::Choices(choices) => {
                let cut = |text: &str| text.chars().take(CHOICE_LENGTH).collect::<String>();
                let is_named = |choice: &&(String, String)| !choice.0.trim().is_empty();
                let list: Vec<Value> = choices
                    .iter()
                    .filter(is_named)
                    .take(CHOICES)
                    .map(|(name, value)| json!({"name": cut(name), "value": cut(value)}))
                    .collect();
                json!({"type": 8, "data": {"choices": list}})
            }
        })
    }
}

impl BotClient {
    /// Gives the first answer, within [`ANSWER_DEADLINE`].
    pub async fn answer(&self, to: &Interaction, answer: &InteractionAnswer<'_>) -> Answered {
        let route = format!("/interactions/{}/{}/callback", to.id, to.token.expose());
        self.tell(to, Method::POST, &route, answer.form(), ANSWER_DEADLINE)
            .await
    }

    /// Replaces the first answer, or gives the one that was promised with [`InteractionAnswer::Later`].
    pub async fn edit_answer(&self, to: &Interaction, message: &ReplyMessage<'_>) -> Answered {
        let (application, token) = (to.application, to.token.expose());
        let route = format!("/webhooks/{application}/{token}/messages/@original");
        let form = message.form().map(|mut form| {
            // Who sees it cannot be changed any more.
            if let Some(fields) = form.as_object_mut() {
                fields.remove("flags");
            }
            // Without a word about them the buttons would stay.
            form["components"] = rows(&message.buttons, &[]);
            form
        });
        self.tell(to, Method::PATCH, &route, form, self.options.attempt_deadline)
            .await
    }

    /// Takes the first answer away, also the one that was only promised.
    pub async fn delete_answer(&self, to: &Interaction) -> Answered {
        let (application, token) = (to.application, to.token.expose());
        let route = format!("/webhooks/{application}/{token}/messages/@original");
        self.request(to, Method::DELETE, &route, None, self.options.attempt_deadline)
            .await
    }

    /// Adds a message to an interaction that was answered.
    pub async fn follow_up(&self, to: &Interaction, message: &ReplyMessage<'_>) -> Answered {
        let (application, token) = (to.application, to.token.expose());
        let route = format!("/webhooks/{application}/{token}?wait=true");
        self.tell(
            to,
            Method::POST,
            &route,
            message.form(),
            self.options.attempt_deadline,
        )
        .await
    }

    async fn tell(
        &self,
        to: &Interaction,
        method: Method,
        route: &str,
        form: Result<Value, RequestFault>,
        within: Duration,
    ) -> Answered {
        let body = form.and_then(|form| {
            serde_json::to_vec(&form)
                .map(Encoded::json)
                .map_err(|_| RequestFault::Encoding)
        });
        self.request(to, method, route, Some(body), within).await
    }

    async fn request(
        &self,
        to: &Interaction,
        method: Method,
        route: &str,
        body: Option<Result<Encoded, RequestFault>>,
        within: Duration,
    ) -> Answered {
        let mut errand = self.errand(method, route, within);
        // The interaction's own token authorises it.
        errand.authorisation = None;
        let mut code = None;
        let read = |answer: &Answer| {
            code = model::read::<ErrorAnswer>(&answer.body.bytes).code;
            classify::classify_bot(answer, to.token.expose())
        };
        let Attempt { outcome, status, .. } = self.exchange.attempt(errand, body, read).await;
        match (outcome, code, status) {
            (Outcome::Delivered { .. }, ..) => Answered::Yes,
            (_, Some(ALREADY_ANSWERED), _) => Answered::AlreadyAnswered,
            (_, Some(UNKNOWN_INTERACTION), _) | (Outcome::Unauthorised, ..) | (_, _, Some(404)) => {
                Answered::Expired
            }
            (other, ..) => Answered::No(other),
        }
    }
}
