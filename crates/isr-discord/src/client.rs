//! The client: one call, one request, one outcome.
//!
//! Owns what is posted and edited, and what became of it. Must not wait for rate limits (the limiter
//! says when) and must not retry (the dispatcher does). It cannot fail: everything that may happen is an
//! [`Outcome`].

use std::time::Duration;

use hyper::{Method, Uri};
use tokio::time::Instant;

use crate::body::ANSWER_LIMIT;
use crate::classify::{self, Answer, Classify};
use crate::exchange::{Errand, Exchange};
use crate::model::{self, WebhookAnswer};
use crate::outcome::{Attempt, Inspection, Outcome, UncertainReason, WebhookFacts};
use crate::request::{Encoded, RequestFault, WebhookEdit, WebhookRequest};
use crate::url::WebhookUrl;

/// The default limit on one attempt, from the call to the last byte of the answer (scenario D08).
pub const ATTEMPT_DEADLINE: Duration = Duration::from_secs(15);

/// Settings of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientOptions {
    /// The limit on one attempt, lookup and connection included.
    pub attempt_deadline: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            attempt_deadline: ATTEMPT_DEADLINE,
        }
    }
}

/// A client for webhooks. Cheap to clone; clones share their connections, which are made on first use.
#[derive(Debug, Clone, Default)]
pub struct WebhookClient {
    options: ClientOptions,
    exchange: Exchange,
}

impl WebhookClient {
    /// A client without connections.
    #[must_use]
    pub fn new(options: ClientOptions) -> Self {
        Self {
            options,
            exchange: Exchange::default(),
        }
    }

    /// Posts one message: exactly one attempt. A message beyond Discord's limits is rejected without a request.
    ///
    /// Dropping the future abandons the attempt; it may then have been posted.
    pub async fn execute(&self, url: &WebhookUrl, message: &WebhookRequest<'_>) -> Attempt {
        let uri = url.execute_uri().clone();
        self.send(url, Method::POST, uri, message.encode(), classify::classify)
            .await
    }

    /// Gives a message that this webhook posted another text or other embeds: exactly one attempt.
    ///
    /// [`Outcome::Delivered`] means that it shows them, [`Outcome::MessageGone`] that there is no such message.
    /// Repeating an edit is harmless.
    pub async fn edit(&self, url: &WebhookUrl, message_id: u64, edit: &WebhookEdit<'_>) -> Attempt {
        let uri = url.message_uri(message_id);
        self.send(url, Method::PATCH, uri, edit.encode(), classify::classify_edit)
            .await
    }

    async fn send(
        &self,
        url: &WebhookUrl,
        method: Method,
        uri: Uri,
        body: Result<Encoded, RequestFault>,
        classify: Classify,
    ) -> Attempt {
        let read = |answer: &Answer| classify(answer, url.token());
        self.exchange
            .attempt(self.errand(url, method, uri), Some(body), read)
            .await
    }

    fn errand(&self, url: &WebhookUrl, method: Method, uri: Uri) -> Errand {
        Errand {
            scheme: url.scheme(),
            method,
            uri,
            // The token stands in the address.
            authorisation: None,
            within: self.options.attempt_deadline,
            at_most: ANSWER_LIMIT,
        }
    }

    /// Asks the webhook to describe itself, without posting anything.
    pub async fn inspect(&self, url: &WebhookUrl) -> Inspection {
        let started = Instant::now();
        let errand = self.errand(url, Method::GET, url.inspect_uri().clone());
        let answer = self.exchange.ask(errand).await;
        let status = answer.as_ref().ok().map(|answer| answer.status.as_u16());
        let webhook = answer
            .map_err(Outcome::from)
            .and_then(|answer| facts_of(&answer, url.token()));
        Inspection {
            webhook,
            status,
            took: started.elapsed(),
        }
    }
}

fn facts_of(answer: &Answer, secret: &str) -> Result<WebhookFacts, Outcome> {
    match classify::classify(answer, secret).0 {
        Outcome::Delivered { .. } => {}
        other => return Err(other),
    }
    let webhook: WebhookAnswer = model::read(&answer.body.bytes);
    if webhook == WebhookAnswer::default() {
        return Err(Outcome::Uncertain {
            why: UncertainReason::ForeignAnswer,
        });
    }
    let WebhookAnswer {
        name,
        channel_id,
        guild_id,
    } = webhook;
    Ok(WebhookFacts {
        name,
        channel_id,
        guild_id,
    })
}
