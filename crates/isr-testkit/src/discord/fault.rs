//! Scripted faults: what goes wrong, for which requests, how often.
//!
//! Owns the rules and their order: the first rule that applies to a request and has something left decides. Must not
//! know how a fault is carried out. Cannot fail.

use std::fmt;
use std::time::Duration;

use hyper::Method;

use crate::rng::Rng;

/// What goes wrong with one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// An answer with this status and a JSON error, before anything is done. For 5xx and oddities.
    Status(u16),
    /// An answer with this status and an HTML page, as a network in front of Discord gives.
    Html(u16),
    /// 429, whatever the true limits say.
    RateLimit(RateLimit),
    /// 401, code 0: as a bot route answers a bad token.
    Unauthorised,
    /// 401, code 50027: the webhook's token is wrong.
    InvalidToken,
    /// 403, code 50013: a missing permission.
    Forbidden,
    /// 403, code 90001: the author of the message blocked the bot. For reactions.
    ReactionBlocked,
    /// 404, code 10015: no such webhook.
    NotFound,
    /// 404, code 10008: no such message. For edits.
    MessageNotFound,
    /// 200 with a message of another channel, and nothing posted: the mark was taken for that one's. For the bot's posts.
    AnswerElsewhere,
    /// 400, code 50035, for a form that is good: a forced rejection (scenario D09).
    BadRequest,
    /// The connection closes before the body is read. Nothing is posted.
    CutBeforeReading,
    /// The message is posted, and the connection closes instead of an answer (scenario D01).
    AcceptThenCut,
    /// The message is posted, and the answer has this status.
    AcceptThenStatus(u16),
    /// The request is carried out and answered; the connection closes in the middle of the body.
    HalfAnswer,
    /// The request is carried out and answered, but its body trickles.
    SlowBody {
        /// Bytes at a time.
        bytes: usize,
        /// Time between them.
        tick: Duration,
    },
    /// No answer at all, and nothing posted: the connection stays open until the client gives up or the faults are
    /// cleared.
    Stall,
    /// The message is posted, but no answer comes, as with [`Fault::Stall`].
    AcceptThenStall,
    /// The request is carried out after a delay.
    Delay(Duration),
}

/// Whose limit a 429 says was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This client's on this route.
    User,
    /// Everybody's on this resource; does not count as an invalid request.
    Shared,
    /// This client's on all routes.
    Global,
}

impl Scope {
    /// The value of `X-RateLimit-Scope`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shared => "shared",
            Self::Global => "global",
        }
    }
}

/// A scripted 429.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// Whose limit.
    pub scope: Scope,
    /// Seconds to wait, with fraction; `Retry-After` rounds up.
    pub retry_after: f64,
    /// Which headers come.
    pub headers: LimitHeaders,
    /// Which body comes.
    pub body: LimitBody,
}

impl RateLimit {
    /// As Discord answers with this scope.
    #[must_use]
    pub const fn new(scope: Scope, retry_after: f64) -> Self {
        Self {
            scope,
            retry_after,
            headers: LimitHeaders::All,
            body: LimitBody::Json,
        }
    }

    /// As the network in front of Discord answers: HTML, no `X-RateLimit` header, for all routes (scenario D04).
    #[must_use]
    pub const fn html(retry_after: f64) -> Self {
        Self {
            scope: Scope::Global,
            retry_after,
            headers: LimitHeaders::RetryAfterOnly,
            body: LimitBody::Html,
        }
    }
}

/// Headers of a scripted 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitHeaders {
    /// `Retry-After` and `X-RateLimit-*`.
    All,
    /// `Retry-After` alone.
    RetryAfterOnly,
    /// None: the body alone tells.
    Nothing,
}

/// Body of a scripted 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitBody {
    /// Discord's.
    Json,
    /// A page.
    Html,
    /// Nothing.
    Empty,
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct RequestView<'a> {
    /// Number of the request, from 1.
    pub seq: u64,
    /// Id of the webhook.
    pub webhook: u64,
    /// The method.
    pub method: &'a Method,
    /// The body; empty for the methods without one.
    pub body: &'a [u8],
}

type Choice = Box<dyn FnMut(&RequestView<'_>) -> Option<Fault> + Send>;

enum What {
    Fixed(Fault),
    Chosen(Choice),
}

/// For which requests a fault happens. Begins as "once, for the next request"; narrow or widen it from there.
pub struct FaultRule {
    what: What,
    webhook: Option<u64>,
    method: Option<Method>,
    containing: Option<Vec<u8>>,
    skip: u64,
    left: Option<u64>,
    dice: Option<(f64, Rng)>,
}

impl FaultRule {
    /// This fault, once, for the next request of any kind.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self::made_of(What::Fixed(fault), Some(1))
    }

    /// What the closure says for each request, until cleared.
    #[must_use]
    pub fn choosing(choice: impl FnMut(&RequestView<'_>) -> Option<Fault> + Send + 'static) -> Self {
        Self::made_of(What::Chosen(Box::new(choice)), None)
    }

    const fn made_of(what: What, left: Option<u64>) -> Self {
        Self {
            what,
            webhook: None,
            method: None,
            containing: None,
            skip: 0,
            left,
            dice: None,
        }
    }

    /// For the next `n` requests it applies to.
    #[must_use]
    pub fn times(mut self, n: u64) -> Self {
        self.left = Some(n);
        self
    }

    /// For all requests it applies to, until [`clear_faults`](super::FakeDiscord::clear_faults).
    #[must_use]
    pub fn until_cleared(mut self) -> Self {
        self.left = None;
        self
    }

    /// Only for this webhook.
    #[must_use]
    pub fn on_webhook(mut self, id: u64) -> Self {
        self.webhook = Some(id);
        self
    }

    /// Only for this method.
    #[must_use]
    pub fn on_method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only for requests whose body contains this text.
    #[must_use]
    pub fn containing(mut self, text: &str) -> Self {
        self.containing = Some(text.as_bytes().to_vec());
        self
    }

    /// Not for the first `n` requests it would apply to.
    #[must_use]
    pub fn after(mut self, n: u64) -> Self {
        self.skip = n;
        self
    }

    /// For each request with this probability only.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, rng: Rng) -> Self {
        self.dice = Some((probability, rng));
        self
    }

    fn applies(&self, request: &RequestView<'_>) -> bool {
        let contains =
            |text: &Vec<u8>| text.is_empty() || request.body.windows(text.len()).any(|w| w == text);
        self.left != Some(0)
            && self.webhook.is_none_or(|id| id == request.webhook)
            && self.method.as_ref().is_none_or(|method| method == request.method)
            && self.containing.as_ref().is_none_or(contains)
    }

    fn draw(&mut self, request: &RequestView<'_>) -> Option<Fault> {
        if !self.applies(request) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if self
            .dice
            .as_mut()
            .is_some_and(|(probability, rng)| !rng.chance(*probability))
        {
            return None;
        }
        let fault = match &mut self.what {
            What::Fixed(fault) => Some(fault.clone()),
            What::Chosen(choice) => choice(request),
        }?;
        self.left = self.left.map(|left| left - 1);
        Some(fault)
    }
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

impl fmt::Debug for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what: &dyn fmt::Debug = match &self.what {
            What::Fixed(fault) => fault,
            What::Chosen(_) => &"chosen by a closure",
        };
        f.debug_struct("FaultRule")
            .field("what", what)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// The rules in force, in order.
#[derive(Debug, Default)]
pub(crate) struct Script {
    rules: Vec<FaultRule>,
}

impl Script {
    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.rules.iter().all(|rule| rule.left == Some(0))
    }

    /// Whether the next fault for this request (its body not yet read) is to cut it off. Says so only when no rule
    /// before it could decide otherwise by the body, by dice or by counting.
    pub(crate) fn cuts_before_reading(&mut self, request: &RequestView<'_>) -> bool {
        let first = self
            .rules
            .iter_mut()
            .find(|rule| rule.containing.is_some() || rule.applies(request));
        let plain =
            |rule: &&mut FaultRule| rule.containing.is_none() && rule.skip == 0 && rule.dice.is_none();
        first.filter(plain).is_some_and(|rule| {
            matches!(rule.what, What::Fixed(Fault::CutBeforeReading)) && rule.draw(request).is_some()
        })
    }

    /// The next fault by a rule that names the method.
    pub(crate) fn draw_of_method(&mut self, request: &RequestView<'_>) -> Option<Fault> {
        let mut rules = self.rules.iter_mut().filter(|rule| rule.method.is_some());
        rules.find_map(|rule| rule.draw(request))
    }

    pub(crate) fn draw(&mut self, request: &RequestView<'_>) -> Option<Fault> {
        let fault = self.rules.iter_mut().find_map(|rule| rule.draw(request));
        // A rule until cleared never empties; spent ones must not pile up in a soak.
        if self.rules.len() > 64 {
            self.rules.retain(|rule| rule.left != Some(0));
        }
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(script: &mut Script, webhook: u64, body: &str) -> Option<Fault> {
        script.draw(&RequestView {
            seq: 1,
            webhook,
            method: &Method::POST,
            body: body.as_bytes(),
        })
    }

    #[test]
    fn rules_act_in_order_and_run_out() {
        let mut script = Script::default();
        script.add(FaultRule::new(Fault::Status(500)).times(2).on_webhook(1));
        script.add(FaultRule::new(Fault::Stall).after(1));
        script.add(
            FaultRule::new(Fault::BadRequest)
                .containing("poison")
                .until_cleared(),
        );
        assert_eq!(draw(&mut script, 2, "a"), None, "skipped once");
        assert_eq!(draw(&mut script, 1, "a"), Some(Fault::Status(500)));
        assert_eq!(draw(&mut script, 2, "poison"), Some(Fault::Stall));
        assert_eq!(draw(&mut script, 2, "some poison here"), Some(Fault::BadRequest));
        assert_eq!(draw(&mut script, 1, "poison"), Some(Fault::Status(500)));
        assert_eq!(draw(&mut script, 1, "a"), None);
        assert!(!script.is_spent());
        script.clear();
        assert!(script.is_spent() && draw(&mut script, 1, "poison").is_none());
    }

    #[test]
    fn a_cut_before_reading_waits_for_its_turn() {
        let mut script = Script::default();
        script.add(Fault::Status(500).into());
        script.add(Fault::CutBeforeReading.into());
        let view = RequestView {
            seq: 1,
            webhook: 1,
            method: &Method::POST,
            body: b"",
        };
        assert!(!script.cuts_before_reading(&view));
        assert_eq!(script.draw(&view), Some(Fault::Status(500)));
        assert!(script.cuts_before_reading(&view));
        assert!(!script.cuts_before_reading(&view));
    }

    #[test]
    fn dice_are_seeded_and_closures_choose() {
        let drawn = |seed| {
            let mut script = Script::default();
            script.add(
                FaultRule::new(Fault::Stall)
                    .until_cleared()
                    .with_probability(0.5, Rng::new(seed)),
            );
            (0..64)
                .map(|_| draw(&mut script, 1, "").is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(drawn(3), drawn(3));
        assert!(drawn(3).contains(&true) && drawn(3).contains(&false));
        let mut script = Script::default();
        script.add(FaultRule::choosing(|request| {
            (request.webhook == 7).then_some(Fault::NotFound)
        }));
        assert_eq!(
            (draw(&mut script, 7, ""), draw(&mut script, 8, "")),
            (Some(Fault::NotFound), None)
        );
    }
}
