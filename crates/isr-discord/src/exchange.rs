//! One request and its bounded answer, under one deadline.
//!
//! Owns what every request of ours has in common: who we say we are, the deadline, how much of an answer is read. Must
//! not know routes or what an answer means. Fails with [`Failure`], which tells "not sent" from "unknown".

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ACCEPT, HeaderValue, USER_AGENT};
use hyper::{Request, Response, body::Incoming};
use tokio::time::{Instant, timeout_at};

use crate::body::{MarkedBody, ReceivedBody, SentMark};
use crate::classify::Answer;
use crate::transport::{Failure, Transport};
use crate::url::Scheme;

/// Discord asks for `DiscordBot (URL, VERSION)`; without it the network in front may block (error 40333).
const AGENT: &str = concat!(
    "DiscordBot (https://github.com/factorio-isr/factorio-isr, ",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// Makes requests. Clones share their connections, which are made on first use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange(Arc<Transport>);

impl Exchange {
    /// Sends a request and reads what comes back before the deadline. Once the head of an answer is there, a cut or
    /// slow body no longer makes the attempt uncertain.
    pub(crate) async fn run(
        &self,
        scheme: Scheme,
        mut request: Request<MarkedBody>,
        mark: &SentMark,
        within: Duration,
    ) -> Result<Answer, Failure> {
        let deadline = Instant::now() + within;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = timeout_at(deadline, self.0.request(scheme, request))
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
