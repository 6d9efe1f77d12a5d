//! What Discord is told.
//!
//! Owns the first answer and what follows it. Cannot fail: what Discord does not take is logged.

use isr_core::voice::CommandWord as W;
use isr_discord::{Answered, BotClient, InteractionAnswer, ReplyMessage, Visibility};

use super::Turn;
use crate::bot::commands::tell::{Reply, Tone};

impl Turn<'_> {
    pub(super) async fn unknown(self) {
        let reply = Reply::bad(self.roster.teller().say(W::UnknownCommand, &[]), "refused");
        self.at_once(&reply).await;
    }

    /// A whole answer for the asker alone.
    pub(super) async fn at_once(self, reply: &Reply) {
        self.say(reply, Visibility::OnlyAsker).await;
    }

    pub(super) async fn say(self, reply: &Reply, visibility: Visibility) {
        self.acknowledge(&InteractionAnswer::Message(message(reply, visibility)))
            .await;
    }

    /// The message that was promised to everybody; what went wrong is for the asker alone.
    pub(super) async fn tell_promised(self, reply: &Reply) {
        if reply.tone == Tone::Good {
            return self.edit(reply).await;
        }
        note(&self.client().delete_answer(self.interaction).await);
        self.follow_up(reply).await;
    }

    /// Another message, for the asker alone.
    pub(super) async fn follow_up(self, reply: &Reply) {
        let message = message(reply, Visibility::OnlyAsker);
        note(&self.client().follow_up(self.interaction, &message).await);
    }

    /// In place of the message that the button stands in.
    pub(super) async fn instead(self, reply: &Reply) {
        if self.acknowledge(&InteractionAnswer::EditLater).await {
            self.edit(reply).await;
        }
    }

    /// Gives the first answer; whether Discord took it. What is not acknowledged is not done: the person was told that it
    /// failed, or somebody else answers.
    pub(super) async fn acknowledge(self, answer: &InteractionAnswer<'_>) -> bool {
        let answered = self.client().answer(self.interaction, answer).await;
        note(&answered);
        answered == Answered::Yes
    }

    pub(super) async fn edit(self, reply: &Reply) {
        let message = message(reply, Visibility::OnlyAsker);
        note(&self.client().edit_answer(self.interaction, &message).await);
    }

    fn client(&self) -> &BotClient {
        &self.commands.world.account.client
    }
}

pub(super) fn message(reply: &Reply, visibility: Visibility) -> ReplyMessage<'_> {
    ReplyMessage {
        embeds: reply.embeds.clone(),
        buttons: reply.buttons.clone(),
        visibility,
        ..ReplyMessage::quiet(&reply.text)
    }
}

pub(super) fn note(answered: &Answered) {
    match answered {
        Answered::Yes => {}
        Answered::AlreadyAnswered | Answered::Expired => {
            tracing::info!(?answered, "interaction_not_answered: nothing was done for it");
        }
        Answered::No(outcome) => tracing::warn!(?outcome, "interaction_not_answered"),
    }
}
