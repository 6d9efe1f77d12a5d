//! Players' names and pictures in a channel of the bot, through a webhook that the bot makes there and owns.
//!
//! Owns whether there is such a webhook just now, and its address: in memory only, found again by asking Discord. Whatever is
//! refused here costs no message: the bot posts it, with the name in the text, and the webhook is left alone for an hour, or
//! after an outage for a minute. Must not make requests; the sink does. Cannot fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use isr_discord::{ChannelWebhook, Outcome, WebhookUrl};
use isr_tail::Fnv;

/// What the bot calls its webhooks, also `init`; Discord forbids its own name in it.
pub(crate) const WEBHOOK_NAME: &str = "Factorio";
/// What was refused is left alone for so long, or until a reload.
pub(super) const LEFT_ALONE: Duration = Duration::from_secs(3600);
/// What was not to be reached is tried again after this much time.
const OUT_OF_REACH: Duration = Duration::from_secs(60);
/// More names that Discord refused are not remembered: then the first ones are tried again.
const MOST_NAMES: usize = 64;
/// Discord's own pictures for people without one.
const PICTURES: u64 = 6;

/// Whether chat can stand under players' names, and through which webhook.
#[derive(Debug, Default)]
pub(super) struct Identity {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    webhook: Standing,
    /// The last one that was used. A limiter may hold against it what it was refused.
    last: Option<Arc<WebhookUrl>>,
    /// Names that Discord refused, and until when they are not tried.
    refused: BTreeMap<String, Instant>,
    /// Limits of the webhook: nothing in the lane overtakes what waits for them.
    waits_until: Option<Instant>,
}

#[derive(Debug, Default)]
enum Standing {
    #[default]
    Unknown,
    Found(Arc<WebhookUrl>),
    LeftAlone {
        until: Instant,
    },
}

impl Identity {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message may be tried under this name.
    pub(super) fn takes(&self, name: &str, now: Instant) -> bool {
        let mut state = self.state();
        match &state.webhook {
            Standing::LeftAlone { until } if now < *until => return false,
            Standing::LeftAlone { .. } => state.webhook = Standing::Unknown,
            Standing::Unknown | Standing::Found(_) => {}
        }
        state.refused.get(name).is_none_or(|until| *until <= now)
    }

    /// The webhook, once it was found.
    pub(super) fn webhook(&self) -> Option<Arc<WebhookUrl>> {
        match &self.state().webhook {
            Standing::Found(url) => Some(Arc::clone(url)),
            Standing::Unknown | Standing::LeftAlone { .. } => None,
        }
    }

    pub(super) fn found(&self, url: Arc<WebhookUrl>) {
        let mut state = self.state();
        state.last = Some(Arc::clone(&url));
        state.webhook = Standing::Found(url);
    }

    /// Until then the bot posts.
    pub(super) fn leave_alone(&self, until: Instant) {
        self.state().webhook = Standing::LeftAlone { until };
    }

    /// This name is left alone: it may have been what was said under it.
    pub(super) fn refuse(&self, name: &str, now: Instant) {
        let mut state = self.state();
        if state.refused.len() >= MOST_NAMES {
            state.refused.clear();
        }
        state.refused.insert(name.to_owned(), now + LEFT_ALONE);
    }

    pub(super) fn wait(&self, until: Instant) {
        self.state().waits_until = Some(until);
    }

    /// How long the lane waits for the webhook.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        let until = self.state().waits_until?;
        until.checked_duration_since(now).filter(|pause| !pause.is_zero())
    }

    /// Everything is tried again. Gives the webhook that was used last.
    pub(super) fn reset(&self) -> Option<Arc<WebhookUrl>> {
        std::mem::take(&mut *self.state()).last
    }
}

/// The bot's own webhook among those of a channel.
pub(super) fn own(found: Vec<ChannelWebhook>, bot: u64) -> Option<WebhookUrl> {
    // An application has the id of its bot, but for those from before 2016.
    let is_ours = |webhook: &ChannelWebhook| {
        webhook.name == WEBHOOK_NAME && (webhook.application == Some(bot) || webhook.maker == Some(bot))
    };
    found.into_iter().filter(is_ours).find_map(|webhook| webhook.url)
}

/// The same picture for the same name for ever.
pub(super) fn picture_of(name: &str) -> String {
    let number = Fnv::new().with(name.as_bytes()).value() % PICTURES;
    format!("https://cdn.discordapp.com/embed/avatars/{number}.png")
}

/// How long the bot posts after that. An outage says nothing of the webhook, and is over some time.
pub(super) const fn rest_after(outcome: &Outcome) -> Duration {
    match outcome {
        Outcome::NotSent { .. }
        | Outcome::Uncertain { .. }
        | Outcome::ServerError { .. }
        | Outcome::RateLimited { .. } => OUT_OF_REACH,
        _ => LEFT_ALONE,
    }
}

/// What to do about a webhook that is not to be had.
pub(super) fn remedy(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Forbidden { .. } => "give the bot Manage Webhooks in this channel, then reload",
        Outcome::Gone { .. } => "its webhook or channel was deleted; a reload makes another webhook",
        Outcome::Rejected { .. } => {
            "a channel takes fifteen webhooks and a thread none: delete some, or set `bot.identity: bot`"
        }
        _ if rest_after(outcome) < LEFT_ALONE => "it is tried again in a minute",
        _ => "it is tried again in an hour, or after a reload",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use isr_discord::{LimitScope, NotSentReason};

    use super::*;

    #[test]
    fn what_was_refused_is_left_alone_for_an_hour_and_then_tried_once_more() {
        let (identity, now) = (Identity::default(), Instant::now());
        assert!(identity.takes("Bob", now));
        identity.refuse("Bob", now);
        assert!(!identity.takes("Bob", now) && identity.takes("Ann", now));
        assert!(identity.takes("Bob", now + LEFT_ALONE));
        identity.leave_alone(now + LEFT_ALONE);
        assert!(!identity.takes("Ann", now + LEFT_ALONE / 2));
        assert!(identity.takes("Ann", now + LEFT_ALONE) && identity.takes("Bob", now + LEFT_ALONE));
        identity.leave_alone(now + LEFT_ALONE);
        assert!(identity.reset().is_none() && identity.takes("Bob", now));
    }

    #[test]
    fn names_that_are_refused_fill_no_memory() {
        let (identity, now) = (Identity::default(), Instant::now());
        (0..10_000).for_each(|number| identity.refuse(&number.to_string(), now));
        assert!(identity.state().refused.len() <= MOST_NAMES);
        assert!(!identity.takes("9999", now));
    }

    #[test]
    fn an_outage_costs_names_for_a_minute_and_no_hour() {
        let passing = [
            Outcome::NotSent {
                why: NotSentReason::Lookup,
            },
            Outcome::ServerError { status: 503 },
            Outcome::RateLimited {
                retry_after: Duration::from_secs(1),
                scope: LimitScope::Bucket,
            },
        ];
        for outcome in passing {
            assert_eq!(rest_after(&outcome), OUT_OF_REACH, "{outcome:?}");
        }
        let refused = Outcome::Forbidden {
            code: None,
            message: String::new(),
        };
        assert_eq!(rest_after(&refused), LEFT_ALONE);
    }

    #[test]
    fn a_name_has_one_picture_and_all_pictures_are_used() {
        assert_eq!(picture_of("Bob"), picture_of("Bob"));
        let all: BTreeSet<String> = (0..100).map(|number| picture_of(&number.to_string())).collect();
        assert_eq!(all.len(), 6);
    }
}
