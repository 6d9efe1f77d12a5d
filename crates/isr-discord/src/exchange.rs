//! One request and its bounded answer, under one deadline.
//!
//! Owns what every request of ours has in common: who we say we are, the deadline, how much of an answer is read. Must
//! not know routes or what an answer means. Fails with [`Failure`], which tells "not sent" from "unknown".

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri, body::Incoming};
use tokio::time::{Instant, timeout_at};

use crate::body::{MarkedBody, ReceivedBody, SentMark};
use crate::classify::Answer;
use crate::outcome::{Attempt, Outcome};
use crate::request::{Encoded, RequestFault};
use crate::signals::RateSignals;
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

/// A request but for its body.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(crate) scheme: Scheme,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) authorisation: Option<HeaderValue>,
    /// From the call to the last byte of the answer.
    pub(crate) within: Duration,
    /// The most bytes of the answer that are read.
    pub(crate) at_most: usize,
}

impl Exchange {
    /// Makes one attempt and reads its answer. A body that is at fault is rejected without a request.
    pub(crate) async fn attempt(
        &self,
        errand: Errand,
        body: Option<Result<Encoded, RequestFault>>,
        read: impl FnOnce(&Answer) -> (Outcome, RateSignals),
    ) -> Attempt {
        let started = Instant::now();
        let finished = |outcome, signals, status| Attempt {
            outcome,
            signals,
            status,
            took: started.elapsed(),
        };
        let request = body.transpose().and_then(|body| errand.request(body));
        let (request, mark) = match request {
            Ok(request) => request,
            Err(fault) => {
                let outcome = Outcome::Rejected {
                    status: None,
                    code: None,
                    message: fault.to_string(),
                };
                return finished(outcome, RateSignals::default(), None);
            }
        };
        match self.run(request, &mark, &errand).await {
            Ok(answer) => {
                let (outcome, signals) = read(&answer);
                finished(outcome, signals, Some(answer.status.as_u16()))
            }
            Err(failure) => finished(failure.into(), RateSignals::default(), None),
        }
    }

    /// Asks for something, without a body.
    pub(crate) async fn ask(&self, errand: Errand) -> Result<Answer, Failure> {
        let (request, mark) = errand.without_body();
        self.run(request, &mark, &errand).await
    }

    /// Sends a request and reads what comes back before the deadline. Once the head of an answer is there, a cut or
    /// slow body no longer makes the attempt uncertain.
    async fn run(
        &self,
        mut request: Request<MarkedBody>,
        mark: &SentMark,
        errand: &Errand,
    ) -> Result<Answer, Failure> {
        let deadline = Instant::now() + errand.within;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = timeout_at(deadline, self.0.request(errand.scheme, request))
            .await
            .map_err(|_| Failure::deadline(mark))?
            .map_err(|error| Failure::from_error(&error, mark))?;
        Ok(read_answer(response, deadline, errand.at_most).await)
    }
}

impl Errand {
    fn request(&self, body: Option<Encoded>) -> Result<(Request<MarkedBody>, SentMark), RequestFault> {
        let Some(Encoded { body, content_type }) = body else {
            return Ok(self.without_body());
        };
        let kind = HeaderValue::from_str(&content_type).map_err(|_| RequestFault::Encoding)?;
        let (body, mark) = MarkedBody::new(body);
        let mut request = self.around(body);
        request.headers_mut().insert(CONTENT_TYPE, kind);
        Ok((request, mark))
    }

    fn without_body(&self) -> (Request<MarkedBody>, SentMark) {
        let (body, mark) = MarkedBody::empty();
        (self.around(body), mark)
    }

    fn around(&self, body: MarkedBody) -> Request<MarkedBody> {
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        if let Some(authorisation) = &self.authorisation {
            request.headers_mut().insert(AUTHORIZATION, authorisation.clone());
        }
        request
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotSent(why) => Self::NotSent { why },
            Failure::Uncertain(why) => Self::Uncertain { why },
        }
    }
}

async fn read_answer(response: Response<Incoming>, deadline: Instant, at_most: usize) -> Answer {
    let (head, incoming) = response.into_parts();
    let mut body = ReceivedBody::default();
    // At the deadline the body is what came so far; the head has already decided.
    drop(timeout_at(deadline, body.fill(incoming, at_most)).await);
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}
