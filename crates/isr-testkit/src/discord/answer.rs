//! Answers: status, headers, body, and bodies that trickle or break off.
//!
//! Owns the wire form of what the fake says. Must not decide anything. A broken-off body is an error of the body, by
//! which the connection closes.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::{Response, http::response::Builder};
use serde_json::{Value, json};
use tokio::time::{Interval, interval};

use super::fault::{LimitBody, LimitHeaders, RateLimit, Scope};
use super::limits::Standing;
use super::validate::Refused;
use crate::calendar;

/// An answer before it has a wire form.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    kind: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    /// The scope of a 429.
    pub(crate) scope: Option<Scope>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            kind: "application/json",
            headers: Vec::new(),
            body: Bytes::from(body.to_string()),
            scope: None,
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            body: Bytes::new(),
            ..Self::json(status, &Value::Null)
        }
    }

    pub(crate) fn html(status: u16) -> Self {
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n\
             <body><center><h1>{status}</h1></center><hr><center>cloudflare</center></body></html>\n"
        );
        Self {
            kind: "text/html; charset=UTF-8",
            body: page.into(),
            ..Self::empty(status)
        }
    }

    /// An error with Discord's code.
    pub(crate) fn error(status: u16, code: u32, message: &str) -> Self {
        Self::json(status, &json!({"message": message, "code": code}))
    }

    /// 400 for a form, with the path of the faulty field.
    pub(crate) fn refused(refused: &Refused) -> Self {
        match refused.code {
            50006 => Self::error(400, 50006, "Cannot send an empty message"),
            50109 => Self::error(400, 50109, "The request body contains invalid JSON."),
            code => {
                let fault =
                    json!({"_errors": [{"code": refused.fault, "message": "This value is not allowed."}]});
                let errors = json!({ &refused.path: fault });
                Self::json(
                    400,
                    &json!({"message": "Invalid Form Body", "code": code, "errors": errors}),
                )
            }
        }
    }

    /// 429 as the rules say.
    pub(crate) fn rate_limited(limit: RateLimit) -> Self {
        let global = limit.scope == Scope::Global;
        let body = json!({
            "message": "You are being rate limited.",
            "retry_after": limit.retry_after,
            "global": global,
        });
        let mut reply = match limit.body {
            LimitBody::Json => Self::json(429, &body),
            LimitBody::Html => Self::html(429),
            LimitBody::Empty => Self::empty(429),
        };
        reply.scope = Some(limit.scope);
        if limit.headers != LimitHeaders::Nothing {
            reply
                .headers
                .push(("retry-after", format!("{}", limit.retry_after.ceil())));
        }
        if limit.headers == LimitHeaders::All {
            reply
                .headers
                .push(("x-ratelimit-scope", limit.scope.as_str().to_owned()));
            if global {
                reply.headers.push(("x-ratelimit-global", "true".to_owned()));
            }
        }
        reply
    }

    /// Its `Content-Type` and its body.
    pub(crate) const fn parts(&self) -> (&'static str, &Bytes) {
        (self.kind, &self.body)
    }

    /// A page, not Discord's JSON.
    pub(crate) fn is_html(&self) -> bool {
        self.kind.starts_with("text/html")
    }

    /// Adds what is announced of the webhook's limit.
    pub(crate) fn announcing(mut self, standing: &Standing) -> Self {
        let reset = calendar::since_epoch() + standing.reset_after;
        self.headers.extend([
            ("x-ratelimit-limit", standing.limit.to_string()),
            ("x-ratelimit-remaining", standing.remaining.to_string()),
            ("x-ratelimit-reset", format!("{:.3}", ceil_ms(reset))),
            (
                "x-ratelimit-reset-after",
                format!("{:.3}", ceil_ms(standing.reset_after)),
            ),
            ("x-ratelimit-bucket", standing.bucket.clone()),
        ]);
        self
    }

    /// The wire form, with the body delivered in this manner.
    pub(crate) fn deliver(self, manner: Manner) -> Response<AnswerBody> {
        let status =
            hyper::StatusCode::from_u16(self.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
        let mut builder: Builder = Response::builder().status(status);
        if !self.body.is_empty() {
            builder = builder.header("content-type", self.kind);
        }
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        let fallback = || Response::new(AnswerBody::whole(Bytes::new()));
        builder
            .body(AnswerBody::new(self.body, manner))
            .unwrap_or_else(|_| fallback())
    }
}

/// Seconds, rounded up to the millisecond: a client that keeps to them is never early.
pub(crate) fn ceil_ms(time: Duration) -> f64 {
    Duration::from_millis(u64::try_from(time.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)).as_secs_f64()
}

/// How a body is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Whole,
    /// The first half, then the connection closes.
    Half,
    /// So many bytes per tick.
    Slow {
        bytes: usize,
        tick: Duration,
    },
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    pieces: VecDeque<Bytes>,
    size: u64,
    ticks: Option<Interval>,
    breaking: Breaking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breaking {
    Never,
    AfterPieces,
    /// What was handed over is being written.
    Now,
}

/// The connection closes here on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
pub(crate) struct Cut;

impl AnswerBody {
    fn whole(body: Bytes) -> Self {
        let size = body.len() as u64;
        let pieces = if body.is_empty() {
            VecDeque::new()
        } else {
            VecDeque::from([body])
        };
        Self {
            pieces,
            size,
            ticks: None,
            breaking: Breaking::Never,
        }
    }

    fn new(mut body: Bytes, manner: Manner) -> Self {
        match manner {
            Manner::Whole => Self::whole(body),
            Manner::Half => {
                let size = body.len() as u64;
                let half = body.split_to(body.len() / 2);
                Self {
                    size,
                    breaking: Breaking::AfterPieces,
                    ..Self::whole(half)
                }
            }
            Manner::Slow { bytes, tick } => {
                let size = body.len() as u64;
                let mut pieces = VecDeque::new();
                while !body.is_empty() {
                    pieces.push_back(body.split_to(bytes.clamp(1, body.len())));
                }
                let ticks = Some(interval(tick.max(Duration::from_millis(1))));
                Self {
                    pieces,
                    size,
                    ticks,
                    breaking: Breaking::Never,
                }
            }
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let body = self.get_mut();
        if let Some(ticks) = &mut body.ticks {
            ready!(ticks.poll_tick(cx));
        }
        match (body.pieces.pop_front(), body.breaking) {
            (Some(piece), _) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            (None, Breaking::Never) => Poll::Ready(None),
            (None, Breaking::AfterPieces) => {
                // A pause, so that the half is written out before the connection goes.
                body.breaking = Breaking::Now;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            (None, Breaking::Now) => Poll::Ready(Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.breaking == Breaking::Never
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.size)
    }
}
