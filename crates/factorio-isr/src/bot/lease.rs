//! Which of several copies speaks for the bot: the one whose mark stands in a message of a channel.
//!
//! Owns the reading and writing of that message, and when a copy may speak. A copy that sees the mark of another one change
//! stands by; when it stays the same for [`VALID`], the other one is gone. Only this machine's own clock is asked how long
//! that is, so clocks need not agree. A copy that cannot renew its mark for as long stops speaking before another one
//! begins. Must not know what is said. Cannot fail: while Discord does not answer nobody begins to speak.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use isr_core::voice::Voice;
use isr_discord::gateway::event::Message;
use isr_discord::{Admission, ChannelMessage, Nonce, Outcome, Route, WebhookEdit};
use jiff::Timestamp;
use tokio::time::Instant;

use super::snowflake::written_ms;
use crate::config::BotAccount;
use crate::relay::discord_sink::SharedLimiter;
use crate::status::Status;

/// How often the message is looked at, and the mark in it renewed.
const EVERY: Duration = Duration::from_secs(5);
/// A mark that stays the same for so long is that of a copy that is gone.
const VALID: Duration = Duration::from_secs(20);
/// Whoever wrote a mark looks again after this time whether another copy wrote over it.
const SETTLE: Duration = Duration::from_secs(2);
/// Discord lets messages older than an hour be edited seldom: the mark moves to a new one before.
const MOVE_AFTER: Duration = Duration::from_secs(50 * 60);
/// Messages of the channel that are looked at: nobody else should write there.
const LOOKED_AT: u8 = 20;
/// What the mark begins with.
const SIGN: &str = "`lease:";

/// Whether this copy may speak. Clones are handles on the same answer.
#[derive(Debug, Clone)]
pub struct Lease(Arc<State>);

#[derive(Debug)]
struct State {
    held: AtomicBool,
    /// When another copy certainly spoke last, in Unix milliseconds.
    others_spoke_ms: AtomicI64,
}

impl Default for Lease {
    /// Without a channel for it nobody asks.
    fn default() -> Self {
        Self(Arc::new(State {
            held: AtomicBool::new(true),
            others_spoke_ms: AtomicI64::new(i64::MIN),
        }))
    }
}

impl Lease {
    /// Whether this copy may speak.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.0.held.load(Ordering::Acquire)
    }

    pub(crate) fn set(&self, held: bool) {
        self.0.held.store(held, Ordering::Release);
    }

    /// When another copy certainly spoke last: what was written before is that one's business. Unix milliseconds of Discord's
    /// clock, as the ids of messages are.
    #[must_use]
    pub(crate) fn others_spoke_ms(&self) -> i64 {
        self.0.others_spoke_ms.load(Ordering::Acquire)
    }

    pub(crate) fn others_speak(&self, at_ms: i64) {
        self.0.others_spoke_ms.store(at_ms, Ordering::Release);
    }
}

/// The mark in a message: which copy, and how often it renewed it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    copy: String,
    renewed: u64,
}

impl Mark {
    fn read(content: &str) -> Option<Self> {
        let (_, behind) = content.split_once(SIGN)?;
        let (mark, _) = behind.split_once('`')?;
        let (copy, renewed) = mark.split_once(':')?;
        Some(Self {
            copy: copy.to_owned(),
            renewed: renewed.parse().ok()?,
        })
    }

    fn content(&self, voice: &Voice) -> String {
        let (copy, renewed) = (&self.copy, self.renewed);
        format!("{}\n-# {SIGN}{copy}:{renewed}`", voice.lease())
    }
}

/// A mark where it stands.
#[derive(Debug)]
struct Written {
    message: u64,
    mark: Mark,
    /// When, in Unix milliseconds of Discord's clock.
    at_ms: i64,
}

impl Written {
    fn read(message: &Message) -> Option<Self> {
        let edited = message
            .edited
            .as_ref()
            .and_then(|at| at.parse::<Timestamp>().ok());
        Some(Self {
            message: message.id,
            mark: Mark::read(&message.content)?,
            at_ms: edited.map_or_else(|| written_ms(message.id), Timestamp::as_millisecond),
        })
    }
}

/// One copy's part in it.
pub(super) struct Holder {
    account: Arc<BotAccount>,
    limiter: SharedLimiter,
    channel: u64,
    voice: Arc<Voice>,
    lease: Lease,
    mark: Mark,
    /// Another copy's mark, and since when it has been the same.
    other: Option<(Mark, Instant)>,
    /// When our mark was last written for sure.
    renewed: Instant,
    /// Why Discord lets us neither read nor write there, when somebody has to mend it.
    refused: Option<Outcome>,
}

impl Holder {
    /// A copy that does not speak yet. `copy` is its name, the same after a restart.
    pub(super) fn new(
        account: Arc<BotAccount>,
        limiter: SharedLimiter,
        (channel, voice): (u64, Arc<Voice>),
        lease: Lease,
        copy: String,
    ) -> Self {
        lease.set(false);
        Self {
            account,
            limiter,
            channel,
            voice,
            lease,
            mark: Mark { copy, renewed: 0 },
            other: None,
            renewed: Instant::now(),
            refused: None,
        }
    }

    /// Waits until this copy may speak. What has to be mended for that is told in health.
    pub(super) async fn obtain(&mut self, status: &Status) {
        let mut told = false;
        while !self.try_to_obtain().await {
            status.set_bot(self.remedy());
            if !told {
                told = true;
                tracing::info!(
                    channel = self.channel,
                    "lease_standing_by: another copy speaks for the bot, or Discord does not answer"
                );
            }
            tokio::time::sleep(EVERY).await;
        }
        self.lease.set(true);
        status.set_bot(None);
        tracing::info!(channel = self.channel, "lease_held: this copy speaks for the bot");
    }

    /// What somebody has to mend before any copy can speak.
    fn remedy(&self) -> Option<String> {
        let refused = self.refused.as_ref()?;
        Some(format!(
            "the bot keeps silent, for lease_channel_id {} cannot be used: {refused}; give the bot View Channel, Read Message \
             History and Send Messages there, or name another channel",
            self.channel
        ))
    }

    /// Notes what Discord refuses until somebody mends it; of other troubles nobody need hear.
    fn note(&mut self, outcome: &Outcome) {
        let is_refusal = matches!(
            outcome,
            Outcome::Forbidden { .. } | Outcome::Gone { .. } | Outcome::Unauthorised
        );
        let refused = is_refusal.then(|| outcome.clone());
        if refused.is_some() && self.refused != refused {
            tracing::error!(channel = self.channel, reason = %outcome, "lease_refused: the bot keeps silent until this is mended");
        }
        self.refused = refused;
    }

    async fn try_to_obtain(&mut self) -> bool {
        let Some(current) = self.current().await else {
            return false;
        };
        if let Some(Written { mark, at_ms, .. }) = &current
            && mark.copy != self.mark.copy
        {
            let since = match &self.other {
                Some((same, since)) if same == mark => *since,
                former => {
                    // The first mark that is seen may be that of a copy which is gone.
                    if former.is_some() {
                        self.lease.others_speak(*at_ms);
                    }
                    Instant::now()
                }
            };
            self.other = Some((mark.clone(), since));
            if since.elapsed() < VALID {
                self.refused = None;
                return false;
            }
        }
        let at = current.map(|written| written.message);
        if !self.write(at).await {
            return false;
        }
        // Another copy may have had the same thought.
        tokio::time::sleep(SETTLE).await;
        matches!(self.current().await, Some(Some(written)) if written.mark.copy == self.mark.copy)
    }

    /// Renews the mark until another copy speaks, or until one might.
    pub(super) async fn hold(&mut self) {
        loop {
            tokio::time::sleep(EVERY).await;
            let others = match self.current().await {
                Some(Some(written)) if written.mark.copy != self.mark.copy => true,
                Some(current) => {
                    self.write(current.map(|written| written.message)).await;
                    false
                }
                None => false,
            };
            if others || self.renewed.elapsed() + EVERY >= VALID {
                self.lease.set(false);
                self.other = None;
                tracing::warn!(channel = self.channel, "lease_lost: this copy keeps silent");
                return;
            }
        }
    }

    /// The oldest mark of the channel with its message. The outer None: Discord did not tell.
    async fn current(&mut self) -> Option<Option<Written>> {
        let read = self.account.client.newest_messages(self.channel, LOOKED_AT).await;
        if let Err(outcome) = &read {
            tracing::debug!(channel = self.channel, reason = %outcome, "lease_not_read");
            self.note(outcome);
        }
        let bot = self.account.token.bot();
        let ours = |message: &&Message| message.author.as_ref().is_some_and(|author| author.id == bot);
        Some(read.ok()?.iter().filter(ours).find_map(Written::read))
    }

    /// Writes our mark, into a message that is there or into a new one. Says whether it certainly stands there.
    async fn write(&mut self, into: Option<u64>) -> bool {
        self.mark.renewed += 1;
        let content = self.mark.content(&self.voice);
        let client = &self.account.client;
        let recent = into.filter(|message| written_lately(*message));
        let (route, lane) = match recent {
            Some(_) => (Route::Edit, client.lane(self.channel)),
            None => (Route::Post, client.lane(self.channel)),
        };
        let admission = self
            .limiter
            .with(|limiter, now| limiter.admit_on(&lane, route, now));
        let Admission::Go(ticket) = admission else {
            return false;
        };
        let ticket = self.limiter.hold(ticket);
        let attempt = match recent {
            Some(message) => {
                client
                    .edit(self.channel, message, &WebhookEdit::text(&content), None)
                    .await
            }
            None => {
                let message = ChannelMessage::new(&content, Nonce::fresh());
                client.post(self.channel, &message).await
            }
        };
        ticket.observe(&attempt);
        let is_written = matches!(attempt.outcome, Outcome::Delivered { .. });
        if is_written {
            self.renewed = Instant::now();
        } else {
            tracing::warn!(channel = self.channel, reason = %attempt.outcome, "lease_not_written");
        }
        // The mark has moved out of a message that is too old to be edited often.
        if let (true, Some(old), None) = (is_written, into, recent) {
            drop(client.delete(self.channel, old).await);
        }
        self.note(&attempt.outcome);
        is_written
    }
}

/// Whether a message is new enough to be edited as often as we do.
fn written_lately(message: u64) -> bool {
    let age_ms = Timestamp::now().as_millisecond() - written_ms(message);
    age_ms < i64::try_from(MOVE_AFTER.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use isr_testkit::discord::FakeDiscord;

    use super::*;
    use crate::relay::discord_sink::tests::account;

    #[tokio::test]
    async fn a_copy_knows_when_another_one_spoke_and_not_by_the_first_mark_that_it_sees() {
        let discord = FakeDiscord::start().await.unwrap();
        let holder = |copy: &str| {
            Holder::new(
                Arc::new(account(&discord)),
                SharedLimiter::new(),
                (77, Arc::new(Voice::default())),
                Lease::default(),
                copy.to_owned(),
            )
        };
        let (mut one, mut other) = (holder("one"), holder("other"));
        assert!(one.write(None).await);
        assert!(!other.try_to_obtain().await);
        assert_eq!(other.lease.others_spoke_ms(), i64::MIN, "the first may be gone");
        let message = one.current().await.unwrap().map(|written| written.message);
        assert!(one.write(message).await);
        assert!(!other.try_to_obtain().await);
        let written = one.current().await.unwrap().unwrap();
        assert_eq!(other.lease.others_spoke_ms(), written.at_ms);
        assert!(!other.lease.is_held());
    }

    #[test]
    fn the_time_of_a_mark_is_that_of_discord() {
        let content = "`lease:a1b2:7`".to_owned();
        let mut message = Message {
            id: 175_928_847_299_117_063,
            content,
            ..Message::default()
        };
        let at_ms = |message: &Message| Written::read(message).unwrap().at_ms;
        assert_eq!(at_ms(&message), 1_462_015_105_796);
        message.edited = Some("2026-11-26T12:00:00.250000+00:00".into());
        assert_eq!(at_ms(&message), 1_795_694_400_250);
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_nothing_else_is_one() {
        let mark = Mark {
            copy: "a1b2".into(),
            renewed: 7,
        };
        assert_eq!(Mark::read(&mark.content(&Voice::default())), Some(mark));
        for other in ["", "`lease:", "`lease:x`", "`lease:x:y`", "lease:x:1"] {
            assert_eq!(Mark::read(other), None, "{other}");
        }
    }
}
