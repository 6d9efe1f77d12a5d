//! Commands about this program itself, and those that the store answers.
//!
//! Owns the order of the steps: counted, asked back, acknowledged, noted, done, noted. Cannot fail.

use std::sync::Arc;

use isr_core::command::tree::Asks;
use isr_core::source::ServerTag;
use isr_core::voice::CommandWord as W;
use isr_discord::Visibility;

use super::{Order, Turn, What};
use crate::bot::commands::house::{Charge, Deed};
use crate::bot::commands::looks::{Look, Shelf};
use crate::bot::commands::noting::Note;
use crate::bot::commands::pages::Page;
use crate::bot::commands::question::Answer;
use crate::bot::commands::tell::Reply;

impl Turn<'_> {
    /// A question to the store. What is about players is told to everybody, what is about this program to the asker.
    pub(super) async fn look(self, order: &Order<'_>, look: Look) {
        let visibility = match look {
            Look::Stats { .. } | Look::Recap(_) => Visibility::Everybody,
            Look::Outbox | Look::Works => Visibility::OnlyAsker,
        };
        if !self.begins(order, visibility).await {
            return;
        }
        let reply = self.looked(order, look, 0).await;
        match visibility {
            Visibility::Everybody => self.tell_promised(&reply).await,
            Visibility::OnlyAsker => self.edit(&reply).await,
        }
    }

    /// A page of what the store says.
    pub(super) async fn looked(self, order: &Order<'_>, look: Look, number: usize) -> Reply {
        let server = order.entry.as_ref().map(|entry| entry.tag.clone());
        let page = Page {
            verb: order.verb,
            server,
            number,
            topic: look.topic().to_owned(),
        };
        let world = &self.commands.world;
        let look = look.asked_by(world.links.player_of(order.user()));
        let shelf = Shelf {
            store: world.store.clone(),
            state_dir: world.state_dir.clone(),
            roster: Arc::new(self.roster.clone()),
            now_ms: self.now_ms(),
        };
        match shelf.look(look, order.entry.clone()).await {
            Answer::Said(reply) => reply,
            Answer::Listed(listing) => listing.page(&page, &self.teller(order.entry.as_deref())),
        }
    }

    /// Something about this program: asked back where it cannot be undone, else done.
    pub(super) async fn deed(self, order: &Order<'_>, deed: Deed) {
        if order.spec().asks == Asks::First {
            let question = self.question_of(order, &deed);
            return self.ask_back(order, question, What::Deed(deed)).await;
        }
        if self.begins(order, Visibility::OnlyAsker).await {
            let reply = self.do_deed(order, &deed).await;
            self.edit(&reply).await;
        }
    }

    fn question_of(self, order: &Order<'_>, deed: &Deed) -> String {
        let teller = self.teller(order.entry.as_deref());
        let command = order.spec().typed();
        let title = match &order.entry {
            Some(_) => teller.say(W::Confirm, &[("command", &command)]),
            None => teller.say(W::ConfirmAll, &[("command", &command)]),
        };
        format!(
            "{title}\n{}\n{}",
            teller.word(deed.consequence()),
            teller.word(W::ConfirmUntil)
        )
    }

    /// Notes it, does it, notes its end.
    pub(super) async fn do_deed(self, order: &Order<'_>, deed: &Deed) -> Reply {
        let (teller, store) = (self.teller(order.entry.as_deref()), &self.commands.world.store);
        let command = order.spec().typed() + &deed.detail();
        let mut noted = Note::of(self.ledger(), self.interaction, order.admitted.member, command);
        let server: Option<ServerTag> = order.entry.as_ref().map(|entry| entry.tag.clone());
        noted.server.clone_from(&server);
        let of = match noted.sent(store, self.now_ms()).await {
            Ok(of) => of,
            Err(error) => {
                tracing::error!(%error, command = %noted.command, "audit_not_kept: it was not done");
                return Reply::bad(teller.say(W::NotAudited, &[]), "not sent");
            }
        };
        let charge = Charge {
            server,
            by: noted.person.name.clone(),
            now_ms: self.now_ms(),
        };
        let reply = deed.carry_out(charge, &self.commands.world, teller).await;
        noted.ended(store, self.now_ms(), of, &reply, None).await;
        reply
    }
}
