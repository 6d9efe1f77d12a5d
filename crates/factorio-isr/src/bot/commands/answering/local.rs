//! Commands that are answered from what is known here.
//!
//! Owns who reads the answer. Nothing is asked of a game. Cannot fail.

use isr_core::voice::CommandWord as W;
use isr_discord::Visibility;
use isr_store::ChosenServer;

use super::{Order, Turn};
use crate::bot::commands::overview::{self, Language};
use crate::bot::commands::request::Request;
use crate::bot::commands::roster::Asked;
use crate::bot::commands::tell::{Reply, Tone};

impl Turn<'_> {
    /// What is answered from what is known here.
    pub(super) async fn local(self, order: &Order<'_>, request: &Request) {
        let board = &self.commands.world.board;
        let entry = order.entry.as_deref();
        if let Err(reply) = self.take_use(order).await {
            return self.at_once(&reply).await;
        }
        let snapshot = entry
            .and_then(|entry| board.get(&entry.tag))
            .map(|game| game.snapshots.borrow().clone())
            .unwrap_or_default();
        let chosen = self.chosen(order.user()).await;
        let reply = match (request, entry) {
            (Request::Connect(named), _) => self.connect(order, named).await,
            (Request::Help, _) => {
                let asked = Asked {
                    named: None,
                    chosen: chosen.as_ref(),
                    channel: self.interaction.channel,
                };
                let meant = self.roster.meant(&asked).ok();
                let language = Language::of(self.interaction.locale.as_deref());
                let permissions = self.permissions(None);
                let permissions = meant.as_ref().map_or(permissions, |entry| &entry.permissions);
                overview::help(
                    &self.roster.teller(),
                    permissions,
                    &order.admitted.asker,
                    language,
                )
            }
            (Request::Status, Some(entry)) => overview::status(entry, &snapshot),
            (Request::Health, Some(entry)) => overview::health(entry, &snapshot),
            _ => overview::servers(self.roster, board, chosen.as_ref()),
        };
        let is_for_all = matches!(request, Request::Status | Request::Health | Request::Servers);
        let visibility = match (reply.tone, is_for_all) {
            (Tone::Good, true) => Visibility::Everybody,
            _ => Visibility::OnlyAsker,
        };
        self.say(&reply, visibility).await;
    }

    pub(super) async fn connect(self, order: &Order<'_>, named: &str) -> Reply {
        let entry = match self.roster.named(named) {
            Ok(entry) => entry,
            Err(reply) => return reply,
        };
        let chosen = ChosenServer {
            person: order.user(),
            server: entry.tag.clone(),
        };
        if let Err(error) = self.commands.world.store.choose_server(chosen).await {
            tracing::error!(%error, "choice_not_kept");
            return Reply::bad(entry.teller().say(W::NotKept, &[]), "failed");
        }
        let mut memory = self.commands.memory().await;
        memory.choices.insert(order.user(), entry.tag.clone());
        drop(memory);
        Reply::good(entry.teller().say(W::Connected, &[]))
    }
}
