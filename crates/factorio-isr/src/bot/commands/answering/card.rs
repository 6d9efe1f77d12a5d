//! Clicks on the buttons below a card.
//!
//! Owns that each is the command that means the same, for the server of the card: who may, how often, what is written down and
//! what is told follow from that command. The card itself is never the answer: it is everybody's. Cannot fail.

use std::time::Duration;

use factorio_rcon::command::ServerSave;
use factorio_rcon::session::Link;
use isr_core::command::{CardButton, CardClick};
use isr_core::source::ServerTag;
use isr_core::voice::CommandWord as W;
use isr_discord::Visibility;

use super::{Order, Repeats, Turn};
use crate::bot::commands::request::{Change, Question};
use crate::bot::commands::tell::Reply;
use crate::rounds::Wished;

/// So long the game is waited for before the card shows what was known.
const ASKING: Duration = Duration::from_secs(2);
/// So long somebody waits for the card.
const SHOWING: Duration = Duration::from_secs(3);

impl<'a> Turn<'a> {
    /// A button below a card.
    pub(super) async fn card(self, button: &CardButton) {
        let order = match self.order_of_card(button).await {
            Ok(order) => order,
            Err(reply) => return self.at_once(&reply).await,
        };
        match button.click {
            CardClick::Players => {
                self.ask(&order, &Question::Players, Visibility::OnlyAsker).await;
            }
            CardClick::Save => {
                self.change(&order, Change::Save(ServerSave(None)), Repeats::Once)
                    .await;
            }
            CardClick::Refresh => self.refresh(&order, &button.server).await,
        }
    }

    /// The server is the one that the button names, exactly: nothing is guessed, as it is where somebody types.
    async fn order_of_card(self, button: &CardButton) -> Result<Order<'a>, Reply> {
        let admitted = self.admitted().await?;
        let Some(entry) = self.roster.get(&button.server).cloned() else {
            let text = self.roster.teller().say(W::CardGone, &[]);
            return Err(Reply::bad(text, "refused"));
        };
        let order = Order {
            verb: button.click.verb(),
            entry: Some(entry),
            admitted,
        };
        self.judge_scope(&order).await?;
        Ok(order)
    }

    /// Asks the game what moves, and has the card show it. Who clicks learns when it does; wishes that come together are one.
    async fn refresh(self, order: &Order<'_>, server: &ServerTag) {
        if !self.begins(order, Visibility::OnlyAsker).await {
            return;
        }
        let teller = self.teller(order.entry.as_deref());
        let Some(card) = self.commands.world.refreshes.of(server) else {
            return self
                .edit(&Reply::bad(teller.say(W::CardNone, &[]), "refused"))
                .await;
        };
        self.ask_the_game(server).await;
        let word = match card.wish(SHOWING).await {
            Wished::Done => W::CardRefreshed,
            Wished::Waits => W::CardSoon,
        };
        self.edit(&Reply::good(teller.say(word, &[]))).await;
    }

    async fn ask_the_game(self, server: &ServerTag) {
        let Some(game) = self.commands.world.board.get(server) else {
            return;
        };
        let is_up = |session: &factorio_rcon::Session| *session.link().borrow() == Link::Up;
        if game.session.as_ref().is_some_and(is_up) {
            // What did not come in time is shown when it does.
            let _in_time = game.asked_now.wish(ASKING).await;
        }
    }

    /// Whether a click on this button of the server is one of its own.
    pub(super) async fn is_first_click(self, server: &ServerTag) -> bool {
        let now = self.commands.clock.now().mono;
        self.commands.memory().await.saves.is_first(server, now)
    }

    /// What was clicked did not happen.
    pub(super) async fn forget_click(self, server: &ServerTag) {
        self.commands.memory().await.saves.forget(server);
    }
}
