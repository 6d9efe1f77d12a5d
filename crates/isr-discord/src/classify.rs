//! From an answer to an outcome.
//!
//! Owns the table of statuses and error codes (Discord's documents, error code reference). Must not know sockets or
//! limits. Cannot fail: every answer has a meaning.

use hyper::{HeaderMap, StatusCode, header};

use crate::body::ReceivedBody;
use crate::model::{self, ErrorAnswer, MessageAnswer};
use crate::outcome::{GoneTarget, Outcome, UncertainReason};
use crate::signals::{LimitScope, RateSignals, UNSTATED_PAUSE};

const UNKNOWN_CHANNEL: u32 = 10003;
const UNKNOWN_MESSAGE: u32 = 10008;
const UNKNOWN_WEBHOOK: u32 = 10015;
const INVALID_WEBHOOK_TOKEN: u32 = 50027;
/// Codes of a 400 that blame the destination, so that every other message would be refused as well: missing access,
/// missing permission, thread archived, too many active threads, forum webhook without or with a wrong thread.
const BLAMES_DESTINATION: [u32; 7] = [50001, 50013, 50083, 160_006, 220_001, 220_002, 220_003];
/// The longest explanation that is kept, in characters.
const EXPLANATION_LIMIT: usize = 300;

/// An answer, as far as it arrived.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ReceivedBody,
}

/// How an answer is read; the second value is cut out of everything that is repeated to people.
pub(crate) type Classify = fn(&Answer, &str) -> (Outcome, RateSignals);

/// Reads an answer to "execute webhook". `secret` is cut out of everything that is repeated to people.
pub(crate) fn classify(answer: &Answer, secret: &str) -> (Outcome, RateSignals) {
    let signals = RateSignals::from_headers(&answer.headers);
    if answer.status.is_success() {
        return accepted(answer, signals);
    }
    let body: ErrorAnswer = model::read(&answer.body.bytes);
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        let signals = signals.limited(&answer.headers, &body);
        let retry_after = signals.retry_after.unwrap_or(UNSTATED_PAUSE);
        let scope = signals.scope.unwrap_or(LimitScope::Unknown);
        return (Outcome::RateLimited { retry_after, scope }, signals);
    }
    (refused(answer.status.as_u16(), &body, secret), signals)
}

/// Reads an answer to "edit webhook message". What it says of the message condemns neither webhook nor channel.
pub(crate) fn classify_edit(answer: &Answer, secret: &str) -> (Outcome, RateSignals) {
    let (outcome, signals) = classify(answer, secret);
    if answer.status != StatusCode::NOT_FOUND {
        return (outcome, signals);
    }
    let code = model::read::<ErrorAnswer>(&answer.body.bytes).code;
    match code {
        Some(UNKNOWN_WEBHOOK | UNKNOWN_CHANNEL | INVALID_WEBHOOK_TOKEN) => (outcome, signals),
        _ => (Outcome::MessageGone, signals),
    }
}

/// Reads an answer to a bot's request for a channel. There is no webhook that could be gone.
pub(crate) fn classify_bot(answer: &Answer, secret: &str) -> (Outcome, RateSignals) {
    match classify(answer, secret) {
        (
            Outcome::Gone {
                what: GoneTarget::Webhook,
            },
            signals,
        ) => {
            let what = GoneTarget::Channel;
            (Outcome::Gone { what }, signals)
        }
        other => other,
    }
}

/// Reads an answer to a bot's request for a message. A 404 that names no channel means the message.
pub(crate) fn classify_bot_message(answer: &Answer, secret: &str) -> (Outcome, RateSignals) {
    let (outcome, signals) = classify_bot(answer, secret);
    let names_channel = || model::read::<ErrorAnswer>(&answer.body.bytes).code == Some(UNKNOWN_CHANNEL);
    match outcome {
        Outcome::Gone { .. } if !names_channel() => (Outcome::MessageGone, signals),
        other => (other, signals),
    }
}

fn accepted(answer: &Answer, mut signals: RateSignals) -> (Outcome, RateSignals) {
    if is_web_page(answer) {
        return (
            Outcome::Uncertain {
                why: UncertainReason::ForeignAnswer,
            },
            signals,
        );
    }
    let message: MessageAnswer = model::read(&answer.body.bytes);
    signals.channel = message.channel_id;
    (
        Outcome::Delivered {
            message_id: message.id,
        },
        signals,
    )
}

/// Discord's API never answers with a page: a login portal or a broken proxy does.
pub(crate) fn is_web_page(answer: &Answer) -> bool {
    let declared = answer
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let declared_html =
        declared.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"));
    declared_html || answer.body.bytes.trim_ascii_start().starts_with(b"<")
}

fn refused(status: u16, body: &ErrorAnswer, secret: &str) -> Outcome {
    match (status, body.code) {
        (400..=499, Some(INVALID_WEBHOOK_TOKEN)) => Outcome::Unauthorised,
        (400..=499, Some(UNKNOWN_WEBHOOK)) => Outcome::Gone {
            what: GoneTarget::Webhook,
        },
        (400..=499, Some(UNKNOWN_CHANNEL)) => Outcome::Gone {
            what: GoneTarget::Channel,
        },
        (400..=499, Some(UNKNOWN_MESSAGE)) => Outcome::MessageGone,
        (401, _) => Outcome::Unauthorised,
        (404, _) => Outcome::Gone {
            what: GoneTarget::Webhook,
        },
        (403, code) => Outcome::Forbidden {
            code,
            message: explanation(body, secret),
        },
        (400..=499, Some(code)) if BLAMES_DESTINATION.contains(&code) => Outcome::Forbidden {
            code: Some(code),
            message: explanation(body, secret),
        },
        (413, _) => Outcome::TooLarge,
        (100..=399 | 408 | 425, _) => Outcome::ServerError { status },
        (400..=499, code) => Outcome::Rejected {
            status: Some(status),
            code,
            message: explanation(body, secret),
        },
        (500 | 503 | 521..=523 | 525 | 526 | 530, _) => Outcome::ServerError { status },
        _ => Outcome::Uncertain {
            why: UncertainReason::Gateway(status),
        },
    }
}

/// What the answer said, without control characters, without our token, of bounded length.
fn explanation(body: &ErrorAnswer, secret: &str) -> String {
    let told = body.message.as_deref().unwrap_or("no explanation given");
    let told = match model::first_fault(&body.errors) {
        Some(fault) => format!("{told} ({fault})"),
        None => told.to_owned(),
    };
    let told = if secret.is_empty() {
        told
    } else {
        told.replace(secret, "…")
    };
    told.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(EXPLANATION_LIMIT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, body: &str) -> Outcome {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: ReceivedBody {
                bytes: body.as_bytes().to_vec(),
            },
        };
        classify(&answer, "sEcReT").0
    }

    #[test]
    fn d06_a_wrong_token_is_told_by_status_or_code() {
        assert_eq!(outcome(401, ""), Outcome::Unauthorised);
        assert_eq!(
            outcome(401, r#"{"code":50027,"message":"Invalid Webhook Token"}"#),
            Outcome::Unauthorised
        );
        assert_eq!(outcome(400, r#"{"code":"50027"}"#), Outcome::Unauthorised);
    }

    #[test]
    fn d07_a_deleted_webhook_and_a_deleted_channel_are_told_apart() {
        let gone = |what| Outcome::Gone { what };
        assert_eq!(outcome(404, r#"{"code":10015}"#), gone(GoneTarget::Webhook));
        assert_eq!(outcome(404, r#"{"code":10003}"#), gone(GoneTarget::Channel));
        assert_eq!(outcome(404, "<html>not found</html>"), gone(GoneTarget::Webhook));
    }

    #[test]
    fn a_message_that_is_gone_condemns_neither_webhook_nor_channel() {
        let edited = |status: u16, body: &str| {
            let answer = Answer {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: ReceivedBody {
                    bytes: body.as_bytes().to_vec(),
                },
            };
            classify_edit(&answer, "sEcReT").0
        };
        assert_eq!(edited(404, r#"{"code":10008}"#), Outcome::MessageGone);
        assert_eq!(edited(404, "<html>"), Outcome::MessageGone);
        let gone = |what| Outcome::Gone { what };
        assert_eq!(edited(404, r#"{"code":10015}"#), gone(GoneTarget::Webhook));
        assert_eq!(edited(404, r#"{"code":10003}"#), gone(GoneTarget::Channel));
        assert_eq!(edited(401, ""), Outcome::Unauthorised);
        assert_eq!(
            edited(200, r#"{"id":"5"}"#),
            Outcome::Delivered { message_id: Some(5) }
        );
    }

    #[test]
    fn d07_a_refusal_that_blames_the_destination_does_not_condemn_the_message() {
        for (status, code) in [(403, 50013), (400, 220_001), (400, 50083)] {
            let body = format!(r#"{{"code":{code},"message":"no"}}"#);
            assert!(matches!(outcome(status, &body), Outcome::Forbidden { code: Some(c), .. } if c == code));
        }
    }

    #[test]
    fn d09_a_bad_request_condemns_one_message_and_says_why() {
        let body = r#"{"code":50035,"message":"Invalid Form Body","errors":{"content":{"_errors":[{"message":"Too long"}]}}}"#;
        let message = "Invalid Form Body (content: Too long)".to_owned();
        assert_eq!(
            outcome(400, body),
            Outcome::Rejected {
                status: Some(400),
                code: Some(50035),
                message
            }
        );
        assert_eq!(outcome(413, "<html>"), Outcome::TooLarge);
    }

    #[test]
    fn d08_server_trouble_is_split_by_who_may_have_the_request() {
        for status in [500, 503, 521, 522, 523, 525, 526, 530, 301, 308, 408] {
            assert_eq!(outcome(status, "<html>"), Outcome::ServerError { status });
        }
        for status in [502, 504, 520, 524, 599] {
            assert_eq!(
                outcome(status, ""),
                Outcome::Uncertain {
                    why: UncertainReason::Gateway(status)
                }
            );
        }
    }

    #[test]
    fn a_success_counts_whatever_became_of_its_body() {
        assert_eq!(
            outcome(200, r#"{"id":"5","channel_id":"6"}"#),
            Outcome::Delivered { message_id: Some(5) }
        );
        for body in ["", r#"{"id":"5","chan"#, "[]", "{}"] {
            assert_eq!(
                outcome(200, body),
                Outcome::Delivered { message_id: None },
                "{body}"
            );
        }
        assert_eq!(outcome(204, ""), Outcome::Delivered { message_id: None });
        let page = Outcome::Uncertain {
            why: UncertainReason::ForeignAnswer,
        };
        assert_eq!(outcome(200, "\n<!doctype html><title>Log in"), page);
    }

    #[test]
    fn p07_an_explanation_repeats_neither_the_token_nor_control_characters() {
        let body = r#"{"message":"bad /webhooks/1/sEcReT\u001b[31m\n"}"#;
        let Outcome::Rejected { message, .. } = outcome(400, body) else {
            panic!("a 400 is a rejection")
        };
        assert_eq!(message, "bad /webhooks/1/… [31m ");
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(5000));
        let Outcome::Rejected { message, .. } = outcome(400, &long) else {
            panic!("a 400 is a rejection")
        };
        assert_eq!(message.chars().count(), EXPLANATION_LIMIT);
    }
}
