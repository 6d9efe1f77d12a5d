//! One attempt to post chat under the player's own name, in a channel of the bot.
//!
//! Owns that nothing which is refused on this way stops the bot or costs a message: then the sink
//! [takes the name no more](super::Sink::posts_under), and the lane puts it into the text. Must not retry or wait.

use std::sync::Arc;
use std::time::{Duration, Instant};

use isr_discord::{Admission, Attempt, LinkPreviews, Outcome, Route, WaitReason, WebhookRequest, WebhookUrl};

use super::identity::{Identity, LEFT_ALONE, WEBHOOK_NAME, own, picture_of, remedy, rest_after};
use super::{AttemptOutcome, DiscordPlace, DiscordSink, HeldTicket, OutgoingMessage, STANDS_BY};
use crate::config::BotAccount;

/// Whoever waits longer for the way than this lets the bot post.
const WORTH_WAITING: Duration = Duration::from_secs(10);

impl DiscordSink {
    pub(super) async fn attempt_under(
        &self,
        identity: &Identity,
        name: &str,
        message: &OutgoingMessage,
    ) -> AttemptOutcome {
        let refused = |why| AttemptOutcome::NotAccepted { why, back_off: false };
        let DiscordPlace::Channel { account, id, .. } = &self.place else {
            return refused("players have no names of their own here");
        };
        let url = match identity.webhook() {
            Some(url) => url,
            None => match self.find_webhook(identity, account, *id).await {
                Some(url) => url,
                None => return refused("no webhook for players' names: the bot posts"),
            },
        };
        // Asking for the webhook took its time.
        if self.stands_by() {
            return refused(STANDS_BY);
        }
        let admission = self
            .limiter
            .with(|limiter, now| (limiter.admit_on(&url.lane(), Route::Post, now), now));
        let ticket = match admission {
            (Admission::Go(ticket), _) => self.limiter.hold(ticket),
            (Admission::Wait(wait), now) if wait.reason != WaitReason::Parked => {
                identity.wait(Instant::now() + wait.until.saturating_sub(now));
                return refused(wait.reason.as_str());
            }
            (Admission::Wait(_) | Admission::Latched(_), _) => {
                identity.leave_alone(Instant::now() + LEFT_ALONE);
                return refused("the webhook for players' names was refused: the bot posts");
            }
        };
        let mut request = WebhookRequest::new(&message.content);
        let picture = picture_of(name);
        request.mentions = message.pings.clone();
        request.username = Some(name);
        request.avatar_url = Some(&picture);
        request.previews = LinkPreviews::Hide;
        let attempt = self.client.execute(&url, &request).await;
        self.observe(ticket, &attempt);
        if self.place.is_elsewhere(&attempt) {
            tracing::warn!(
                destination = %self.label, remedy = "a reload makes another webhook here",
                "webhook_moved: somebody took it to another channel; the bot posts players' chat under its own name"
            );
            identity.leave_alone(Instant::now() + LEFT_ALONE);
            return refused("the webhook for players' names posts in another channel: the bot posts");
        }
        self.judge_under(identity, name, attempt.outcome)
    }

    fn judge_under(&self, identity: &Identity, name: &str, outcome: Outcome) -> AttemptOutcome {
        let refused = |why| AttemptOutcome::NotAccepted { why, back_off: false };
        match outcome {
            // Without its id: only the bot's own messages can be changed by the bot.
            Outcome::Delivered { .. } => AttemptOutcome::Delivered { message_id: None },
            Outcome::Unauthorised | Outcome::Forbidden { .. } | Outcome::Gone { .. } => {
                self.leave_alone(identity, &outcome);
                refused("the webhook for players' names was refused: the bot posts")
            }
            // The name or the text: the bot's answer tells.
            Outcome::Rejected { .. } | Outcome::TooLarge | Outcome::MessageGone => {
                tracing::info!(destination = %self.label, why = %outcome, "name_refused: the bot posts what this player says");
                identity.refuse(name, Instant::now());
                refused("Discord refused it under the player's name: the bot posts")
            }
            // What says nothing of names means what it means to the bot.
            outcome => self.translate(outcome),
        }
    }

    /// The webhook of the bot in its channel; it is made where there is none.
    async fn find_webhook(
        &self,
        identity: &Identity,
        account: &BotAccount,
        channel: u64,
    ) -> Option<Arc<WebhookUrl>> {
        let ticket = self.way_to_webhooks(identity)?;
        let (attempt, found) = account.client.look_for_webhooks(channel).await;
        let found = self.learnt(identity, ticket, &attempt, found)?;
        let url = match own(found, account.token.bot()) {
            Some(url) => url,
            None => {
                let ticket = self.way_to_webhooks(identity)?;
                let (attempt, made) = account.client.try_to_create_webhook(channel, WEBHOOK_NAME).await;
                let made = self.learnt(identity, ticket, &attempt, made.and_then(|made| made.url))?;
                tracing::info!(destination = %self.label, "webhook_made: chat stands under players' names");
                made
            }
        };
        // Both have the limit of the channel.
        self.limiter
            .with(|limiter, now| limiter.learn_channel(&url.lane(), channel, now));
        let url = Arc::new(url);
        identity.found(Arc::clone(&url));
        Some(url)
    }

    fn way_to_webhooks(&self, identity: &Identity) -> Option<HeldTicket<'_>> {
        if self.stands_by() {
            return None;
        }
        let lane = self.place.lane();
        let (admission, now) = self
            .limiter
            .with(|limiter, now| (limiter.admit_on(&lane, Route::Webhooks, now), now));
        match admission {
            Admission::Go(ticket) => Some(self.limiter.hold(ticket)),
            Admission::Wait(wait) => {
                let pause = wait.until.saturating_sub(now);
                if pause <= WORTH_WAITING {
                    identity.wait(Instant::now() + pause);
                } else {
                    identity.leave_alone(Instant::now() + pause.min(LEFT_ALONE));
                }
                None
            }
            Admission::Latched(_) => {
                identity.leave_alone(Instant::now() + LEFT_ALONE);
                None
            }
        }
    }

    fn learnt<T>(
        &self,
        identity: &Identity,
        ticket: HeldTicket<'_>,
        attempt: &Attempt,
        told: Option<T>,
    ) -> Option<T> {
        self.observe(ticket, attempt);
        if told.is_none() {
            self.leave_alone(identity, &attempt.outcome);
        }
        told
    }

    fn leave_alone(&self, identity: &Identity, outcome: &Outcome) {
        tracing::warn!(
            destination = %self.label, why = %outcome, remedy = remedy(outcome),
            "identity_not_used: the bot posts players' chat under its own name"
        );
        identity.leave_alone(Instant::now() + rest_after(outcome));
    }
}
