//! The Discord sink: one webhook, or one channel of the bot, of one lane.
//!
//! Owns the passage between a lane, the shared limiter and the client: asks for admission, makes one attempt, hands the
//! ticket back. Must not retry or wait. All sinks share one limiter, for several webhooks may post to one channel and a
//! global limit stops everything (D03).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use isr_core::delivery::Destination;
use isr_discord::{
    Admission, AllowedMentions, Attempt, ChannelMessage, Embed, LaneKey, Latch, LimitScope, Limiter,
    LinkPreviews, Nonce, Outcome, PictureFile, Readiness as LimiterSays, Route, Ticket, WaitReason,
    WebhookClient, WebhookEdit, WebhookRequest, WebhookUrl,
};
use jiff::tz::TimeZone;

use super::sink::{AttemptOutcome, Edit, EditOutcome, Errand, OutgoingMessage, Readiness, Sink};
use super::terminal::{self, Paint};
use crate::bot::Lease;
use crate::config::{BotAccount, Target};

/// The limiter that all sinks share, and the clock it counts by.
#[derive(Debug, Clone)]
pub struct SharedLimiter {
    limiter: Arc<Mutex<Limiter>>,
    epoch: Instant,
}

impl SharedLimiter {
    /// A limiter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let limiter = Limiter::new(isr_discord::Jitter::random());
        Self {
            limiter: Arc::new(Mutex::new(limiter)),
            epoch: Instant::now(),
        }
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

/// Where on Discord a sink posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscordPlace {
    /// Through a webhook.
    Webhook(Arc<WebhookUrl>),
    /// As the bot, in a channel or thread.
    Channel {
        /// Who posts.
        account: Arc<BotAccount>,
        /// Where.
        id: u64,
    },
}

impl DiscordPlace {
    /// The place of a target, when that is on Discord.
    #[must_use]
    pub fn of(target: &Target) -> Option<Self> {
        match target {
            Target::Terminal => None,
            Target::Webhook(webhook) => Some(Self::Webhook(Arc::clone(&webhook.url))),
            Target::Channel(channel) => Some(Self::Channel {
                account: Arc::clone(&channel.account),
                id: channel.id,
            }),
        }
    }

    fn lane(&self) -> LaneKey {
        match self {
            Self::Webhook(url) => url.lane(),
            Self::Channel { account, id } => account.client.lane(*id),
        }
    }

    fn destination(&self) -> Destination {
        self.lane().destination()
    }

    /// Why nothing is sent there any more.
    const fn given_up(&self, latch: Latch) -> &'static str {
        match (self, latch) {
            (Self::Webhook(_), latch) => latch.as_str(),
            (Self::Channel { .. }, Latch::Unauthorised) => BAD_TOKEN,
            (Self::Channel { .. }, Latch::WebhookGone | Latch::ChannelGone) => CHANNEL_GONE,
        }
    }

    const fn bad_token(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "the webhook's token is not valid",
            Self::Channel { .. } => BAD_TOKEN,
        }
    }

    const fn gone(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "the webhook or its channel was deleted",
            Self::Channel { .. } => CHANNEL_GONE,
        }
    }

    const fn forbidden(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "Discord does not let us post here",
            Self::Channel { .. } => FORBIDDEN,
        }
    }
}

const STANDS_BY: &str = "another copy of this program speaks for the bot";
/// Who stands by asks so often whether it still does.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const BAD_TOKEN: &str =
    "Discord does not accept the bot's token; reset it in the developer portal and configure the new one";
const CHANNEL_GONE: &str = "the channel does not exist, or the bot is not in its Discord server; invite it, or configure another channel";
const FORBIDDEN: &str = "the bot may not post here; give it View Channel, Send Messages, Send Messages in Threads, Embed Links \
     and Attach Files in this channel";

/// One webhook, or one channel of the bot.
#[derive(Debug)]
pub struct DiscordSink {
    client: WebhookClient,
    place: DiscordPlace,
    limiter: SharedLimiter,
    lease: Lease,
    appearance: Appearance,
    label: String,
    /// Refused for this webhook alone, and nobody knows whether its channel is shared: ask before the next attempt.
    asks_for_channel: AtomicBool,
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
        Self {
            client,
            place,
            limiter,
            lease,
            appearance,
            label,
            asks_for_channel: AtomicBool::new(false),
        }
    }

    /// Admission to a route, or why there is none, and for how long where that is known.
    fn admit(&self, route: Route) -> Result<Ticket, (&'static str, Option<Duration>)> {
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
                Readiness::Parked(wait.until.saturating_sub(now), self.parked(wait.reason))
            }
            LimiterSays::Wait(wait) => Readiness::After(wait.until.saturating_sub(now)),
        })
    }

    /// Whether another copy speaks for the bot.
    fn stands_by(&self) -> bool {
        matches!(self.place, DiscordPlace::Channel { .. }) && !self.lease.is_held()
    }

    fn observe(&self, ticket: Ticket, attempt: &Attempt) {
        self.limiter
            .with(|limiter, now| limiter.observe(ticket, attempt, now));
        if let Outcome::RateLimited { retry_after, scope } = &attempt.outcome {
            self.report_limit(*retry_after, *scope);
        }
    }

    const fn parked(&self, reason: WaitReason) -> &'static str {
        match self.place {
            DiscordPlace::Webhook(_) => reason.as_str(),
            DiscordPlace::Channel { .. } => FORBIDDEN,
        }
    }

    async fn post(&self, message: &OutgoingMessage, embeds: Vec<Embed>) -> Attempt {
        let mentions = AllowedMentions::from(&message.pings);
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
            DiscordPlace::Channel { account, id } => {
                let nonce = message.nonce.unwrap_or_else(Nonce::fresh).within(*id);
                let mut request = ChannelMessage::new(&message.content, nonce);
                request.embeds = embeds;
                request.mentions = mentions;
                request.picture = picture;
                request.previews = LinkPreviews::Hide;
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
        self.ready(|limiter, lane, now| limiter.ready(lane, now))
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
        self.learn_channel().await;
        let ticket = match self.admit(Route::Post) {
            Ok(ticket) => ticket,
            Err((why, _)) => return AttemptOutcome::NotAccepted { why, back_off: false },
        };
        let attempt = self.post(message, embeds).await;
        self.observe(ticket, &attempt);
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
        let edit = WebhookEdit {
            content: edit.content.as_deref(),
            embeds,
            mentions: AllowedMentions::none(),
        };
        let attempt = match &self.place {
            DiscordPlace::Webhook(url) => self.client.edit(url, message_id, &edit).await,
            DiscordPlace::Channel { account, id } => account.client.edit(*id, message_id, &edit).await,
        };
        self.observe(ticket, &attempt);
        self.translate_edit(attempt.outcome)
    }

    fn recognises_repeats(&self) -> bool {
        matches!(self.place, DiscordPlace::Channel { .. })
    }

    fn release(&self) {
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
mod tests {
    use isr_core::delivery::Picture;
    use isr_testkit::discord::{FakeDiscord, Fault, FaultRule};

    use super::*;

    fn sink(discord: &FakeDiscord) -> DiscordSink {
        let url = WebhookUrl::parse(&discord.url(1)).unwrap();
        let appearance = Appearance {
            username: "Bridge".into(),
            avatar_url: None,
        };
        let (client, limits) = (WebhookClient::default(), (SharedLimiter::new(), Lease::default()));
        let place = DiscordPlace::Webhook(Arc::new(url));
        DiscordSink::new(client, place, limits, appearance, "main".into())
    }

    #[tokio::test]
    async fn a_picture_goes_out_with_its_words_as_description_and_its_text_can_be_edited() {
        let discord = FakeDiscord::start().await.unwrap();
        let sink = sink(&discord);
        let png: Arc<[u8]> = (*b"\x89PNG\r\n\x1a\n and more").into();
        let message = OutgoingMessage {
            picture: Some(Picture {
                png: Arc::clone(&png),
            }),
            ..OutgoingMessage::text(r"**Week 7**: Bob\_1".into())
        };
        let outcome = sink.attempt(&message).await;
        let AttemptOutcome::Delivered { message_id: Some(id) } = outcome else {
            panic!("{outcome:?}")
        };
        let edit = Edit::text("**Week 8**".into());
        assert_eq!(sink.edit(id, &edit).await, EditOutcome::Edited);
        let shown = &discord.messages()[0];
        assert_eq!((shown.text.as_str(), shown.edits), ("**Week 8**", 1));
        assert_eq!(shown.files[0].description.as_deref(), Some("Week 7: Bob_1"));
        assert_eq!(shown.files[0].bytes[..], png[..]);
        discord.assert_no_violations();
    }

    #[tokio::test]
    async fn an_edit_that_finds_no_message_leaves_the_webhook_as_it_is() {
        let discord = FakeDiscord::start().await.unwrap();
        let sink = sink(&discord);
        let edit = Edit::text("x".into());
        assert_eq!(sink.edit(7, &edit).await, EditOutcome::Gone);
        discord.inject(FaultRule::new(Fault::Forbidden));
        assert!(matches!(sink.edit(7, &edit).await, EditOutcome::Refused { .. }));
        discord.inject(FaultRule::new(Fault::Status(503)));
        assert!(matches!(sink.edit(7, &edit).await, EditOutcome::NotNow { .. }));
        let broken = Edit::embed("{".into());
        assert!(matches!(sink.edit(7, &broken).await, EditOutcome::Refused { .. }));
        assert_eq!(sink.readiness(), Readiness::Now);
        let outcome = sink.attempt(&OutgoingMessage::text("hi".into())).await;
        assert!(matches!(outcome, AttemptOutcome::Delivered { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn an_edit_without_a_certain_answer_is_no_failed_edit() {
        let discord = FakeDiscord::start().await.unwrap();
        let sink = sink(&discord);
        let outcome = sink.attempt(&OutgoingMessage::text("hi".into())).await;
        let AttemptOutcome::Delivered { message_id: Some(id) } = outcome else {
            panic!("{outcome:?}")
        };
        discord.inject(FaultRule::new(Fault::AcceptThenCut));
        let outcome = sink.edit(id, &Edit::text("hi (×2)".into())).await;
        assert!(matches!(outcome, EditOutcome::Uncertain { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn a_broken_embed_is_refused_without_a_request() {
        let discord = FakeDiscord::start().await.unwrap();
        let message = OutgoingMessage {
            embeds: vec![r#"{"title":5}"#.into()],
            ..OutgoingMessage::text(String::new())
        };
        let outcome = sink(&discord).attempt(&message).await;
        assert!(matches!(outcome, AttemptOutcome::Rejected { .. }), "{outcome:?}");
        assert!(discord.requests().is_empty());
    }
}
