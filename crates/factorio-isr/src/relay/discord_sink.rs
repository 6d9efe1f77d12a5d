//! The Discord sink: one webhook, or one channel of the bot, of one lane.
//!
//! Owns the passage between a lane, the shared limiter and the client: asks for admission, makes one attempt, hands the
//! ticket back. Must not retry or wait. All sinks share one limiter, for several webhooks may post to one channel and a
//! global limit stops everything (D03).

mod held_ticket;
mod identity;
mod place;
mod under_name;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use isr_core::delivery::Pings;
use isr_discord::{
    Admission, Attempt, ChannelMessage, Embed, LaneKey, LimitScope, Limiter, LinkPreviews, Nonce, Outcome,
    PictureFile, Readiness as LimiterSays, Ringing, Route, Ticket, WaitReason, WebhookClient, WebhookEdit,
    WebhookRequest,
};
use jiff::tz::TimeZone;
use tokio::sync::Notify;

use super::sink::{AttemptOutcome, Edit, EditOutcome, Errand, OutgoingMessage, Readiness, Sink};
use super::terminal::{self, Paint};
use crate::bot::Lease;
use crate::config::ChannelKind;
pub(crate) use held_ticket::HeldTicket;
use identity::Identity;
pub(crate) use identity::WEBHOOK_NAME;
pub use place::DiscordPlace;

/// The limiter that all sinks share, and the clock it counts by.
#[derive(Debug, Clone)]
pub struct SharedLimiter {
    limiter: Arc<Mutex<Limiter>>,
    epoch: Instant,
    refusals: Arc<Refusals>,
}

/// Channels in which Discord itself, by an error code of its own, refused the bot's last message; a page of a proxy is none.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    channels: Mutex<BTreeSet<u64>>,
    news: Notify,
}

impl Refusals {
    fn channels(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self, channel: u64, kind: ChannelKind, outcome: &Outcome) {
        match outcome {
            Outcome::Delivered { .. } => {
                self.channels().remove(&channel);
            }
            Outcome::Forbidden { code: Some(_), .. }
                if kind == ChannelKind::Shared || outcome.takes_no_direct_messages() =>
            {
                self.channels().insert(channel);
                self.news.notify_one();
            }
            _ => {}
        }
    }

    pub(crate) fn contains(&self, channel: u64) -> bool {
        self.channels().contains(&channel)
    }

    /// Waits until there is another one.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }
}

impl SharedLimiter {
    /// A limiter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let limiter = Limiter::new(isr_discord::Jitter::random());
        Self {
            limiter: Arc::new(Mutex::new(limiter)),
            epoch: Instant::now(),
            refusals: Arc::default(),
        }
    }

    /// Takes care of a ticket while its request is on the way.
    pub(crate) fn hold(&self, ticket: Ticket) -> HeldTicket<'_> {
        HeldTicket::new(self, ticket)
    }

    /// Where Discord refused the bot's last message.
    pub(crate) fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Limiter, Duration) -> T) -> T {
        let now = self.epoch.elapsed();
        act(
            &mut self.limiter.lock().unwrap_or_else(PoisonError::into_inner),
            now,
        )
    }
}

impl Default for SharedLimiter {
    fn default() -> Self {
        Self::new()
    }
}

/// Under which name and picture messages are posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance {
    /// The name, where a message brings none of its own.
    pub username: String,
    /// The picture.
    pub avatar_url: Option<String>,
}

const STANDS_BY: &str = "another copy of this program speaks for the bot";
/// Who stands by asks so often whether it still does.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// One webhook, or one channel of the bot.
#[derive(Debug)]
pub struct DiscordSink {
    client: WebhookClient,
    place: DiscordPlace,
    limiter: SharedLimiter,
    lease: Lease,
    appearance: Appearance,
    label: String,
    /// Players' own names in a channel of the bot, where they are wanted.
    identity: Option<Identity>,
    /// Refused for this webhook alone, and nobody knows whether its channel is shared: ask before the next attempt.
    asks_for_channel: AtomicBool,
    /// How often Discord took a mark for that of another channel's message: each makes the marks that follow other ones.
    mistaken: AtomicU64,
    /// The last answer was of that kind.
    is_mistaken: AtomicBool,
}

impl DiscordSink {
    /// A sink for a place; `label` is its name in logs. `client` makes the requests of webhooks.
    #[must_use]
    pub fn new(
        client: WebhookClient,
        place: DiscordPlace,
        (limiter, lease): (SharedLimiter, Lease),
        appearance: Appearance,
        label: String,
    ) -> Self {
        let identity = place.wants_identity().then(Identity::default);
        Self {
            client,
            place,
            limiter,
            lease,
            appearance,
            label,
            identity,
            asks_for_channel: AtomicBool::new(false),
            mistaken: AtomicU64::new(0),
            is_mistaken: AtomicBool::new(false),
        }
    }

    /// Admission to a route, or why there is none, and for how long where that is known.
    fn admit(&self, route: Route) -> Result<HeldTicket<'_>, (&'static str, Option<Duration>)> {
        if self.stands_by() {
            return Err((STANDS_BY, Some(LOOK_AGAIN)));
        }
        let lane = self.place.lane();
        self.limiter
            .with(|limiter, now| match limiter.admit_on(&lane, route, now) {
                Admission::Go(ticket) => Ok(ticket),
                Admission::Wait(wait) => Err((wait.reason.as_str(), Some(wait.until.saturating_sub(now)))),
                Admission::Latched(latch) => Err((self.place.given_up(latch), None)),
            })
            .map(|ticket| self.limiter.hold(ticket))
    }

    fn ready(&self, ask: impl FnOnce(&mut Limiter, &LaneKey, Duration) -> LimiterSays) -> Readiness {
        if self.stands_by() {
            return Readiness::StandsBy(LOOK_AGAIN);
        }
        let lane = self.place.lane();
        self.limiter.with(|limiter, now| match ask(limiter, &lane, now) {
            LimiterSays::Ready => Readiness::Now,
            LimiterSays::Latched(latch) => Readiness::Latched(self.place.given_up(latch)),
            LimiterSays::Wait(wait) if wait.reason == WaitReason::Parked => {
                Readiness::Parked(wait.until.saturating_sub(now), self.place.parked(wait.reason))
            }
            LimiterSays::Wait(wait) => Readiness::After(wait.until.saturating_sub(now)),
        })
    }

    /// Whether another copy speaks for the bot.
    fn stands_by(&self) -> bool {
        matches!(self.place, DiscordPlace::Channel { .. }) && !self.lease.is_held()
    }

    fn observe(&self, ticket: HeldTicket<'_>, attempt: &Attempt) {
        ticket.observe(attempt);
        if let Outcome::RateLimited { retry_after, scope } = &attempt.outcome {
            self.report_limit(*retry_after, *scope);
        }
    }

    async fn post(&self, message: &OutgoingMessage, embeds: Vec<Embed>) -> Attempt {
        let mentions = message.pings.clone();
        let picture = message.picture.as_ref().map(|picture| PictureFile {
            png: Arc::clone(&picture.png),
            description: terminal::render(&message.content, Paint::Plain, &TimeZone::UTC),
        });
        match &self.place {
            DiscordPlace::Webhook(url) => {
                let mut request = WebhookRequest::new(&message.content);
                request.embeds = embeds;
                request.mentions = mentions;
                request.picture = picture;
                request.username = Some(message.username.as_deref().unwrap_or(&self.appearance.username));
                request.avatar_url = self.appearance.avatar_url.as_deref();
                request.previews = LinkPreviews::Hide;
                self.client.execute(url, &request).await
            }
            DiscordPlace::Channel { account, id, .. } => {
                let nonce = message.nonce.unwrap_or_else(Nonce::fresh).mixed_with(*id);
                let nonce = match self.mistaken.load(Ordering::Relaxed) {
                    0 => nonce,
                    times => nonce.mixed_with(times),
                };
                let mut request = ChannelMessage::new(&message.content, nonce);
                request.embeds = embeds;
                request.mentions = mentions;
                request.picture = picture;
                request.buttons = message.buttons.clone();
                request.previews = LinkPreviews::Hide;
                if self.place.is_direct() && message.pings == Pings::Nobody {
                    request.ringing = Ringing::Never;
                }
                account.client.post(*id, &request).await
            }
        }
    }

    /// A channel that is always full for us never tells its id in an answer; the webhook itself does. Asked when the
    /// pause is over, not within it: a limit that stops everything stops this question too.
    async fn learn_channel(&self) {
        let DiscordPlace::Webhook(url) = &self.place else {
            return;
        };
        if !self.asks_for_channel.swap(false, Ordering::Relaxed) {
            return;
        }
        let lane = url.lane();
        if self.limiter.with(|limiter, _| limiter.knows_channel(&lane)) {
            return;
        }
        let inspection = self.client.inspect(url).await;
        if let Some(channel) = inspection.webhook.ok().and_then(|facts| facts.channel_id) {
            self.limiter
                .with(|limiter, now| limiter.learn_channel(&lane, channel, now));
        }
    }

    fn report_limit(&self, retry_after: Duration, scope: LimitScope) {
        tracing::warn!(
            destination = %self.label, scope = ?scope, retry_after_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX),
            "rate_limited"
        );
    }
}

impl Sink for DiscordSink {
    fn readiness(&self) -> Readiness {
        if self.place.is_direct() {
            // What everybody reads goes first, however many are told directly.
            return self.readiness_in_passing(Errand::Post);
        }
        let ready = self.ready(|limiter, lane, now| limiter.ready(lane, now));
        let identity = self.identity.as_ref();
        match identity.and_then(|identity| identity.pause(Instant::now())) {
            Some(pause) if ready == Readiness::Now => Readiness::After(pause),
            _ => ready,
        }
    }

    fn readiness_in_passing(&self, errand: Errand) -> Readiness {
        let route = match errand {
            Errand::Post => Route::Post,
            Errand::Edit => Route::Edit,
        };
        self.ready(|limiter, lane, now| limiter.ready_in_passing(lane, route, now))
    }

    async fn attempt(&self, message: &OutgoingMessage) -> AttemptOutcome {
        let embeds = match parsed(&message.embeds) {
            Ok(embeds) => embeds,
            Err(why) => return AttemptOutcome::Rejected { why },
        };
        if let (Some(identity), Some(name), []) = (&self.identity, &message.username, &*message.embeds) {
            return self.attempt_under(identity, name, message).await;
        }
        self.learn_channel().await;
        let ticket = match self.admit(Route::Post) {
            Ok(ticket) => ticket,
            Err((why, _)) => return AttemptOutcome::NotAccepted { why, back_off: false },
        };
        let mut attempt = self.post(message, embeds).await;
        let elsewhere = self.place.is_elsewhere(&attempt);
        if elsewhere {
            // It is no news of the channel that was asked.
            attempt.signals.channel = None;
        }
        self.observe(ticket, &attempt);
        if let DiscordPlace::Channel { id, kind, .. } = &self.place {
            self.limiter.refusals().note(*id, *kind, &attempt.outcome);
        }
        if !elsewhere {
            self.is_mistaken.store(false, Ordering::Relaxed);
        } else if self.is_mistaken.swap(true, Ordering::Relaxed) {
            // Another mark was no other message's: whoever answers names channels of their own.
            tracing::error!(destination = %self.label, "answer_of_another_channel: again, so it is taken for delivered");
            return AttemptOutcome::Delivered { message_id: None };
        } else {
            self.mistaken.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                destination = %self.label,
                "answer_of_another_channel: Discord took this message for one that stands elsewhere; it is posted under another mark"
            );
            return AttemptOutcome::NotAccepted {
                why: "Discord answered with a message of another channel",
                back_off: true,
            };
        }
        if let Outcome::RateLimited { scope, .. } = &attempt.outcome
            && matches!(scope, LimitScope::Bucket | LimitScope::Shared)
        {
            self.asks_for_channel.store(true, Ordering::Relaxed);
        }
        self.translate(attempt.outcome)
    }

    async fn edit(&self, message_id: u64, edit: &Edit) -> EditOutcome {
        let embeds = match parsed(&edit.embeds) {
            Ok(embeds) => embeds,
            Err(why) => return EditOutcome::Refused { why },
        };
        let ticket = match self.admit(Route::Edit) {
            Ok(ticket) => ticket,
            Err((why, after)) => return EditOutcome::NotNow { why, after },
        };
        let buttons = edit.buttons.as_ref();
        let edit = WebhookEdit {
            content: edit.content.as_deref(),
            embeds,
            mentions: Pings::Nobody,
        };
        let attempt = match &self.place {
            DiscordPlace::Webhook(url) => self.client.edit(url, message_id, &edit).await,
            DiscordPlace::Channel { account, id, .. } => {
                account.client.edit(*id, message_id, &edit, buttons).await
            }
        };
        self.observe(ticket, &attempt);
        self.translate_edit(attempt.outcome)
    }

    async fn pin(&self, message_id: u64) -> EditOutcome {
        let DiscordPlace::Channel { account, id, .. } = &self.place else {
            let why = "a webhook cannot pin".to_owned();
            return EditOutcome::Refused { why };
        };
        let ticket = match self.admit(Route::Pin) {
            Ok(ticket) => ticket,
            Err((why, after)) => return EditOutcome::NotNow { why, after },
        };
        let attempt = account.client.pin(*id, message_id).await;
        self.observe(ticket, &attempt);
        self.translate_edit(attempt.outcome)
    }

    fn recognises_repeats(&self) -> bool {
        matches!(self.place, DiscordPlace::Channel { .. })
    }

    fn posts_under(&self, name: &str) -> bool {
        match (&self.place, &self.identity) {
            (DiscordPlace::Webhook(_), _) => true,
            (DiscordPlace::Channel { .. }, Some(identity)) => identity.takes(name, Instant::now()),
            (DiscordPlace::Channel { .. }, None) => false,
        }
    }

    fn may_name_speakers(&self) -> bool {
        self.identity.is_some()
    }

    fn release(&self) {
        if let Some(url) = self.identity.as_ref().and_then(Identity::reset) {
            self.limiter
                .with(|limiter, _| limiter.release(&url.lane().destination()));
        }
        let destination = self.place.destination();
        if self.limiter.with(|limiter, _| limiter.release(&destination)) {
            tracing::info!(destination = %self.label, "destination_released: it is tried again");
        }
    }
}

fn parsed(embeds: &[String]) -> Result<Vec<Embed>, String> {
    let embeds = embeds.iter().map(|embed| Embed::parse(embed));
    embeds
        .collect::<Result<_, _>>()
        .map_err(|fault| format!("refused before sending: {fault}"))
}

impl DiscordSink {
    /// What the lane has to know of an outcome. Rate limits, latches and parking are the limiter's business; it was told.
    fn translate(&self, outcome: Outcome) -> AttemptOutcome {
        let refused = |why| AttemptOutcome::NotAccepted { why, back_off: false };
        match outcome {
            Outcome::Delivered { message_id } => AttemptOutcome::Delivered { message_id },
            Outcome::RateLimited { .. } => refused("rate limited by Discord"),
            Outcome::Unauthorised => refused(self.place.bad_token()),
            outcome if self.place.is_direct() && outcome.takes_no_direct_messages() => {
                AttemptOutcome::Closed {
                    why: DiscordPlace::closed(),
                }
            }
            Outcome::Forbidden { .. } => refused(self.place.forbidden()),
            Outcome::Gone { .. } => refused(self.place.gone()),
            Outcome::NotSent { why } => AttemptOutcome::NotAccepted {
                why: why.as_str(),
                back_off: true,
            },
            Outcome::ServerError { .. } => AttemptOutcome::NotAccepted {
                why: "Discord has trouble of its own",
                back_off: true,
            },
            Outcome::Uncertain { why } => AttemptOutcome::Uncertain { why: why.as_str() },
            Outcome::MessageGone if self.recognises_repeats() => AttemptOutcome::AlreadyGone,
            outcome @ (Outcome::Rejected { .. } | Outcome::TooLarge | Outcome::MessageGone) => {
                AttemptOutcome::Rejected {
                    why: outcome.to_string(),
                }
            }
        }
    }

    /// The same for an edit.
    fn translate_edit(&self, outcome: Outcome) -> EditOutcome {
        let not_now = |why, after| EditOutcome::NotNow { why, after };
        match outcome {
            Outcome::Delivered { .. } => EditOutcome::Edited,
            Outcome::MessageGone => EditOutcome::Gone,
            Outcome::Uncertain { why } => EditOutcome::Uncertain { why: why.as_str() },
            Outcome::RateLimited { retry_after, .. } => not_now("rate limited by Discord", Some(retry_after)),
            Outcome::Unauthorised => not_now(self.place.bad_token(), None),
            Outcome::Gone { .. } => not_now(self.place.gone(), None),
            Outcome::NotSent { why } => not_now(why.as_str(), None),
            Outcome::ServerError { .. } => not_now("Discord has trouble of its own", None),
            outcome @ (Outcome::Rejected { .. } | Outcome::TooLarge | Outcome::Forbidden { .. }) => {
                EditOutcome::Refused {
                    why: outcome.to_string(),
                }
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
