//! Clicks on our buttons: whether something is done, and other pages of a list.
//!
//! Owns that everything is checked again at the click. Cannot fail.

use isr_core::command::{Button, CardButton, Click, Gone, Verb};
use isr_core::voice::CommandWord as W;
use isr_discord::InteractionAnswer;

use super::game::asked;
use super::{Order, Turn, What};
use crate::bot::commands::house::Deed;
use crate::bot::commands::looks::Look;
use crate::bot::commands::pages::Page;
use crate::bot::commands::request::{Change, Question};
use crate::bot::commands::tell::{Reply, Tone};

impl Turn<'_> {
    /// A button of ours.
    pub(super) async fn click(self, custom_id: &str) {
        if let Some(button) = Button::parse(custom_id) {
            self.confirm(button).await;
        } else if let Some(page) = Page::parse(custom_id) {
            self.turn_page(page).await;
        } else if let Some(button) = CardButton::parse(custom_id) {
            self.card(&button).await;
        } else {
            let text = self.roster.teller().say(W::UnknownButton, &[]);
            self.at_once(&Reply::bad(text, "refused")).await;
        }
    }

    async fn confirm(self, button: Button) {
        let admitted = match self.admitted().await {
            Ok(admitted) => admitted,
            Err(reply) => return self.at_once(&reply).await,
        };
        let now = self.commands.clock.now().mono;
        let taken = {
            let mut memory = self.commands.memory().await;
            memory.waiting.take(button.question, admitted.asker.user, now)
        };
        let teller = self.roster.teller();
        let waiting = match (taken, button.click) {
            (Err(Gone::NotYours), _) => {
                let reply = Reply::bad(teller.say(W::NotYours, &[]), "refused");
                return self.at_once(&reply).await;
            }
            (Err(Gone::Expired), _) => {
                return self
                    .instead(&Reply::bad(teller.say(W::Expired, &[]), "refused"))
                    .await;
            }
            (Ok(_), Click::No) => return self.instead(&Reply::good(teller.say(W::Left, &[]))).await,
            (Ok(waiting), Click::Yes) => waiting,
        };
        // A minute is enough to lose a role, and for a reload.
        let expired = || Reply::bad(teller.say(W::Expired, &[]), "refused");
        let entry = match &waiting.server {
            None => None,
            Some(tag) => match self.roster.get(tag).cloned() {
                Some(entry) => Some(entry),
                None => return self.instead(&expired()).await,
            },
        };
        let order = Order {
            verb: waiting.verb,
            entry,
            admitted,
        };
        if let Err(reply) = self.judge_scope(&order).await {
            return self.instead(&reply).await;
        }
        match waiting.what {
            What::Change(change) => self.change_confirmed(&order, &change).await,
            What::Deed(deed) => self.deed_confirmed(&order, &deed).await,
        }
    }

    async fn change_confirmed(self, order: &Order<'_>, change: &Change) {
        let ready = match self.reachable(order) {
            Ok((entry, session)) => match self.line(order, &entry, &session, change) {
                Ok(line) => self.take_use(order).await.map(|()| (entry, session, line)),
                Err(reply) => Err(reply),
            },
            Err(reply) => Err(reply),
        };
        match ready {
            Err(reply) => self.instead(&reply).await,
            Ok((entry, session, line)) => {
                if self.acknowledge(&InteractionAnswer::EditLater).await {
                    let reply = self.carry_out(order, &entry, &session, change, line).await;
                    self.edit(&reply).await;
                }
            }
        }
    }

    async fn deed_confirmed(self, order: &Order<'_>, deed: &Deed) {
        if let Err(reply) = self.take_use(order).await {
            return self.instead(&reply).await;
        }
        if self.acknowledge(&InteractionAnswer::EditLater).await {
            let reply = self.do_deed(order, deed).await;
            self.edit(&reply).await;
        }
    }

    /// Another page of a list: asked anew, and shown in place of the one that is there.
    async fn turn_page(self, page: Page) {
        let server = page.server.as_ref().map(|server| server.as_str());
        let order = match self.order(page.verb, server).await {
            Ok(order) => order,
            Err(reply) => return self.at_once(&reply).await,
        };
        let look = match page.verb {
            Verb::Stats => Some(Look::Stats {
                player: None,
                since: page.topic.clone(),
            }),
            Verb::Outbox => Some(Look::Outbox),
            _ => None,
        };
        if let Some(look) = look {
            if let Err(reply) = self.take_use(&order).await {
                return self.at_once(&reply).await;
            }
            if self.acknowledge(&InteractionAnswer::EditLater).await {
                let reply = self.looked(&order, look, page.number).await;
                self.turned(&reply).await;
            }
            return;
        }
        let Some(question) = Question::paged(page.verb) else {
            return self.unknown().await;
        };
        let (entry, session) = match self.reachable(&order) {
            Ok(reachable) => reachable,
            Err(reply) => return self.at_once(&reply).await,
        };
        if let Err(reply) = self.take_use(&order).await {
            return self.at_once(&reply).await;
        }
        if !self.acknowledge(&InteractionAnswer::EditLater).await {
            return;
        }
        let reply = asked(&question, &session, &entry, &page).await;
        self.turned(&reply).await;
    }

    async fn turned(self, reply: &Reply) {
        match reply.tone {
            Tone::Good => self.edit(reply).await,
            Tone::Bad => self.follow_up(reply).await,
        }
    }
}
