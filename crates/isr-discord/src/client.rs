//! The client: one call, one request, one outcome.
//!
//! Owns the exchange with Discord: headers, deadline, the bounded answer. Must not wait for rate limits (the limiter
//! says when) and must not retry (the dispatcher does). It cannot fail: everything that may happen is an
//! [`Outcome`].

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri, body::Incoming};
use tokio::time::{Instant, timeout_at};

use crate::body::{MarkedBody, ReceivedBody, SentMark};
use crate::classify::{self, Answer};
use crate::model::{self, WebhookAnswer};
use crate::outcome::{Attempt, Inspection, Outcome, UncertainReason, WebhookFacts};
use crate::request::{Encoded, RequestFault, WebhookEdit, WebhookRequest};
use crate::signals::RateSignals;
use crate::transport::{Failure, Transport};
use crate::url::{Scheme, WebhookUrl};

/// The default limit on one attempt, from the call to the last byte of the answer (scenario D08).
pub const ATTEMPT_DEADLINE: Duration = Duration::from_secs(15);

/// Discord asks for `DiscordBot (URL, VERSION)`; without it the network in front may block (error 40333).
const AGENT: &str = concat!(
    "DiscordBot (https://github.com/factorio-isr/factorio-isr, ",
    env!("CARGO_PKG_VERSION"),
    ")"
);

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
    transport: Arc<Transport>,
}

impl WebhookClient {
    /// A client without connections.
    #[must_use]
    pub fn new(options: ClientOptions) -> Self {
        Self {
            options,
            transport: Arc::default(),
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
        classify: fn(&Answer, &str) -> (Outcome, RateSignals),
    ) -> Attempt {
        let started = Instant::now();
        let request = body.and_then(|Encoded { body, content_type }| {
            let kind = HeaderValue::from_str(&content_type).map_err(|_| RequestFault::Encoding)?;
            let (body, mark) = MarkedBody::new(body);
            let mut request = Request::new(body);
            *request.method_mut() = method;
            *request.uri_mut() = uri;
            request.headers_mut().insert(CONTENT_TYPE, kind);
            Ok((request, mark))
        });
        let (request, mark) = match request {
            Ok(request) => request,
            Err(fault) => {
                let outcome = Outcome::Rejected {
                    status: None,
                    code: None,
                    message: fault.to_string(),
                };
                return finished(started, outcome, RateSignals::default(), None);
            }
        };
        match self.exchange(url.scheme(), request, &mark).await {
            Ok(answer) => {
                let (outcome, signals) = classify(&answer, url.token());
                finished(started, outcome, signals, Some(answer.status.as_u16()))
            }
            Err(failure) => finished(started, outcome_of(failure), RateSignals::default(), None),
        }
    }

    /// Asks the webhook to describe itself, without posting anything.
    pub async fn inspect(&self, url: &WebhookUrl) -> Inspection {
        let started = Instant::now();
        let (body, mark) = MarkedBody::empty();
        let mut request = Request::new(body);
        *request.uri_mut() = url.inspect_uri().clone();
        let answer = self.exchange(url.scheme(), request, &mark).await;
        let status = answer.as_ref().ok().map(|answer| answer.status.as_u16());
        let webhook = answer
            .map_err(outcome_of)
            .and_then(|answer| facts_of(&answer, url.token()));
        Inspection {
            webhook,
            status,
            took: started.elapsed(),
        }
    }

    /// Sends a request and reads what comes back before the deadline. Once the head of an answer is there, a cut or
    /// slow body no longer makes the attempt uncertain.
    async fn exchange(
        &self,
        scheme: Scheme,
        mut request: Request<MarkedBody>,
        mark: &SentMark,
    ) -> Result<Answer, Failure> {
        let deadline = Instant::now() + self.options.attempt_deadline;
        request
            .headers_mut()
            .insert(USER_AGENT, HeaderValue::from_static(AGENT));
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = timeout_at(deadline, self.transport.request(scheme, request))
            .await
            .map_err(|_| Failure::deadline(mark))?
            .map_err(|error| Failure::from_error(&error, mark))?;
        Ok(read_answer(response, deadline).await)
    }
}

async fn read_answer(response: Response<Incoming>, deadline: Instant) -> Answer {
    let (head, incoming) = response.into_parts();
    let mut body = ReceivedBody::default();
    // At the deadline the body is what came so far; the head has already decided.
    drop(timeout_at(deadline, body.fill(incoming)).await);
    Answer {
        status: head.status,
        headers: head.headers,
        body,
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

const fn outcome_of(failure: Failure) -> Outcome {
    match failure {
        Failure::NotSent(why) => Outcome::NotSent { why },
        Failure::Uncertain(why) => Outcome::Uncertain { why },
    }
}

fn finished(started: Instant, outcome: Outcome, signals: RateSignals, status: Option<u16>) -> Attempt {
    Attempt {
        outcome,
        signals,
        status,
        took: started.elapsed(),
    }
}
