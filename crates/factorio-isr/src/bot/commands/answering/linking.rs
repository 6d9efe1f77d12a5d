//! Which player of the game a person is: a code that proves it, and the end of that.
//!
//! Owns that only the player who writes the code on the server that was meant becomes somebody, and that the person is told
//! in the answer that holds the code. Cannot fail.

use std::sync::Arc;
use std::time::Duration;

use isr_core::linking::{Code, VALID_FOR_MS};
use isr_core::voice::CommandWord as W;
use isr_discord::Visibility;
use isr_discord::gateway::event::Interaction;
use isr_store::{CommitError, LinkedPlayer};
use tokio::sync::oneshot;

use super::telling::{message, note};
use super::{Order, Turn};
use crate::bot::commands::CommandWorld;
use crate::bot::commands::roster::Entry;
use crate::bot::commands::tell::Reply;

impl Turn<'_> {
    pub(super) async fn link(self, order: &Order<'_>) -> Reply {
        let teller = self.teller(order.entry.as_deref());
        let Some(entry) = &order.entry else {
            return Reply::bad(teller.say(W::WhichServer, &[("servers", "")]), "refused");
        };
        let number = self.commands.memory().await.fresh_number();
        let (code, world) = (Code::of(number), &self.commands.world);
        let whom = (order.user(), entry.tag.clone());
        let proven = world.links.ask(code.clone(), whom, self.now_ms());
        let waiting = Waiting {
            world: world.clone(),
            entry: Arc::clone(entry),
            interaction: self.interaction.clone(),
            person: order.user(),
        };
        self.commands.aside(waiting.wait(proven));
        let mut text = teller.say(W::LinkCode, &[("code", code.as_str())]);
        if let Some(player) = world.links.player_of(order.user()) {
            text.push('\n');
            text.push_str(&teller.say(W::LinkKnown, &[("player", &teller.name(&player))]));
        }
        Reply::good(text)
    }

    pub(super) async fn unlink(self, order: &Order<'_>) -> Result<Reply, CommitError> {
        let (teller, world) = (self.teller(None), &self.commands.world);
        let former = world.links.player_of(order.user()).unwrap_or_default();
        let was_linked = world.store.unlink_player(order.user()).await?;
        world.links.refresh(&world.store).await?;
        Ok(match was_linked {
            true => Reply::good(teller.say(W::Unlinked, &[("player", &teller.name(&former))])),
            false => Reply::bad(teller.say(W::NotLinked, &[]), "nothing changed"),
        })
    }
}

/// Somebody who was told a code.
struct Waiting {
    world: CommandWorld,
    entry: Arc<Entry>,
    interaction: Interaction,
    person: u64,
}

impl Waiting {
    /// Waits until the code is written or counts no more, and tells it where the code stands: Discord lets that be changed for
    /// longer than a code counts.
    async fn wait(self, proven: oneshot::Receiver<String>) {
        let patience = Duration::from_millis(VALID_FOR_MS.unsigned_abs());
        let reply = match tokio::time::timeout(patience, proven).await {
            Ok(Ok(player)) => self.linked(player).await,
            Ok(Err(_)) | Err(_) => Reply::bad(self.entry.teller().say(W::LinkOver, &[]), "refused"),
        };
        let client = &self.world.account.client;
        let message = message(&reply, Visibility::OnlyAsker);
        note(&client.edit_answer(&self.interaction, &message).await);
    }

    async fn linked(&self, player: String) -> Reply {
        let (teller, links, store) = (self.entry.teller(), &self.world.links, &self.world.store);
        let told = teller.say(W::LinkDone, &[("player", &teller.name(&player))]);
        let linked = LinkedPlayer {
            person: self.person,
            player,
        };
        tracing::info!(person = linked.person, player = %linked.player, server = %self.entry.tag, "player_linked");
        let kept = match store.link_player(linked).await {
            Ok(()) => links.refresh(store).await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(()) => Reply::good(told),
            Err(error) => {
                tracing::warn!(%error, "link_not_kept");
                Reply::bad(teller.say(W::NotKept, &[]), "failed")
            }
        }
    }
}
