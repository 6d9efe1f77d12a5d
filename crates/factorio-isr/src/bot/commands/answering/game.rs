//! Commands that go to a game's console.
//!
//! Owns the order of the steps: reachable, allowed by the gate, asked back, counted, acknowledged, noted, sent, noted. Cannot
//! fail.

use std::sync::Arc;

use factorio_rcon::gate::Line;
use factorio_rcon::session::{Link, NotSent};
use factorio_rcon::{Failure, Priority, Session};
use isr_core::command::tree::{Asks, Spec};
use isr_core::command::{Button, Click};
use isr_core::masks::{answer_without_password, without_password};
use isr_core::voice::CommandWord as W;
use isr_discord::{ButtonStyle, ReplyButton, Visibility};
use isr_store::Store;

use super::{Order, Repeats, Turn, Waiting, What, slow_down};
use crate::bot::commands::noting::Note;
use crate::bot::commands::pages::Page;
use crate::bot::commands::question::Answer;
use crate::bot::commands::request::{Change, Question};
use crate::bot::commands::roster::Entry;
use crate::bot::commands::tell::{Reply, Tone};
use crate::game::Clock;

impl Turn<'_> {
    /// A question to the game: acknowledged, asked, told to these readers; what went wrong to the asker alone.
    pub(super) async fn ask(self, order: &Order<'_>, question: &Question, readers: Visibility) {
        let (entry, session) = match self.reachable(order) {
            Ok(reachable) => reachable,
            Err(reply) => return self.at_once(&reply).await,
        };
        if !self.begins(order, readers).await {
            return;
        }
        let page = Page {
            verb: order.verb,
            server: Some(entry.tag.clone()),
            number: 0,
            topic: String::new(),
        };
        let reply = asked(question, &session, &entry, &page).await;
        match readers {
            Visibility::Everybody => self.tell_promised(&reply).await,
            Visibility::OnlyAsker => self.edit(&reply).await,
        }
    }

    /// A change of the game: asked back where it cannot be undone, else done.
    pub(super) async fn change(self, order: &Order<'_>, change: Change, repeats: Repeats) {
        let (entry, session) = match self.reachable(order) {
            Ok(reachable) => reachable,
            Err(reply) => return self.at_once(&reply).await,
        };
        let line = match self.line(order, &entry, &session, &change) {
            Ok(line) => line,
            Err(reply) => return self.at_once(&reply).await,
        };
        if order.spec().asks == Asks::First {
            let question = change.question(order.spec(), &line, &entry.teller());
            return self
                .ask_back(order, question, What::Change(Box::new(change)))
                .await;
        }
        if !self.begins(order, Visibility::OnlyAsker).await {
            return;
        }
        // Only now: an interaction that comes twice is no second click.
        let reply = match repeats {
            Repeats::Once if !self.is_first_click(&entry.tag).await => {
                Reply::bad(entry.teller().say(W::SavedJustNow, &[]), "refused")
            }
            Repeats::Once => {
                let reply = self.carry_out(order, &entry, &session, &change, line).await;
                if reply.tone == Tone::Bad {
                    // Nothing was saved just now: the next click is one of its own.
                    self.forget_click(&entry.tag).await;
                }
                reply
            }
            Repeats::Meant => self.carry_out(order, &entry, &session, &change, line).await,
        };
        self.edit(&reply).await;
    }

    /// The line, if this server lets it through.
    pub(super) fn line(
        self,
        order: &Order<'_>,
        entry: &Entry,
        session: &Session,
        change: &Change,
    ) -> Result<Line, Reply> {
        change.line(session.policy()).map_err(|refusal| {
            let failure = Failure::NotSent(NotSent::Refused(refusal));
            entry.teller().failure(order.spec(), &failure)
        })
    }

    /// Shows what would be done, with a button for it.
    pub(super) async fn ask_back(self, order: &Order<'_>, text: String, what: What) {
        let teller = self.teller(order.entry.as_deref());
        let mut reply = Reply::good(text);
        let (now, user) = (self.commands.clock.now(), order.user());
        let waited = {
            let mut memory = self.commands.memory().await;
            let waiting = Waiting {
                verb: order.verb,
                server: order.entry.as_ref().map(|entry| entry.tag.clone()),
                what,
            };
            let class = order.spec().class;
            let wait = class.map_or(Ok(()), |class| memory.cooldowns.wait(user, class, now.unix_ms));
            wait.map(|()| {
                let question = memory.fresh_number();
                memory.waiting.ask(question, user, waiting, now.mono);
                question
            })
        };
        let question = match waited {
            Ok(question) => question,
            Err(wait) => return self.at_once(&slow_down(&teller, wait)).await,
        };
        let button = |click, word, style| ReplyButton {
            custom_id: Button { question, click }.name(),
            label: teller.word(word).to_owned(),
            style,
        };
        reply.buttons = vec![
            button(Click::Yes, W::Yes, ButtonStyle::Danger),
            button(Click::No, W::No, ButtonStyle::Plain),
        ];
        self.at_once(&reply).await;
    }

    /// Notes it, sends it, notes its end.
    pub(super) async fn carry_out(
        self,
        order: &Order<'_>,
        entry: &Arc<Entry>,
        session: &Session,
        change: &Change,
        line: Line,
    ) -> Reply {
        let errand = self.errand(order, (entry, session), change, line);
        let reply = errand.run().await;
        self.commands.lists.forget(&entry.tag);
        reply
    }

    /// A line that is ready to leave.
    pub(super) fn errand(
        self,
        order: &Order<'_>,
        (entry, session): (&Arc<Entry>, &Session),
        change: &Change,
        line: Line,
    ) -> Errand {
        let mut note = Note::of(
            self.ledger(),
            self.interaction,
            order.admitted.member,
            order.spec().typed(),
        );
        note.server = Some(entry.tag.clone());
        note.line = Some(without_password(line.text()).into_owned());
        Errand {
            spec: order.spec(),
            note,
            store: self.commands.world.store.clone(),
            clock: self.commands.clock,
            entry: Arc::clone(entry),
            session: session.clone(),
            change: change.clone(),
            line,
        }
    }

    /// The server and the way to its console, unless it is known that there is none.
    pub(super) fn reachable(self, order: &Order<'_>) -> Result<(Arc<Entry>, Session), Reply> {
        let missing = || {
            Reply::bad(
                self.roster.teller().say(W::WhichServer, &[("servers", "")]),
                "refused",
            )
        };
        let entry = order.entry.clone().ok_or_else(missing)?;
        let session = self.console(order.spec(), &entry)?;
        Ok((entry, session))
    }

    /// The way to a server's console, unless it is known that there is none.
    pub(super) fn console(self, spec: &Spec, entry: &Entry) -> Result<Session, Reply> {
        let teller = entry.teller();
        let game = self.commands.world.board.get(&entry.tag);
        let Some(session) = game.and_then(|game| game.session) else {
            let text = teller.say(W::NoRcon, &[("command", &spec.typed())]);
            return Err(Reply::bad(text, "refused"));
        };
        let link = session.link().borrow().clone();
        match link {
            Link::Down { why, .. } => Err(teller.failure(spec, &Failure::NotSent(NotSent::Down(why)))),
            _ => Ok(session),
        }
    }
}

/// A line on its way to a game, with everything that is noted and told of it.
pub(super) struct Errand {
    spec: &'static Spec,
    note: Note,
    store: Store,
    clock: Clock,
    entry: Arc<Entry>,
    session: Session,
    change: Change,
    line: Line,
}

impl Errand {
    /// Notes it, sends it, notes its end.
    pub(super) async fn run(self) -> Reply {
        let now_ms = || self.clock.now().unix_ms;
        let teller = self.entry.teller();
        let of = match self.note.sent(&self.store, now_ms()).await {
            Ok(of) => of,
            Err(error) => {
                tracing::error!(%error, command = %self.note.command, "audit_not_kept: the command was not sent");
                return Reply::bad(teller.say(W::NotAudited, &[]), "not sent");
            }
        };
        let (reply, answer) = match self.session.send(self.line.clone(), Priority::Person).await {
            Ok(answer) => {
                let text = answer.text();
                let text = answer_without_password(self.line.text(), &text);
                (
                    self.change.told(&self.line, &text, &teller),
                    Some(text.trim_end().to_owned()),
                )
            }
            Err(failure) => (teller.failure(self.spec, &failure), None),
        };
        self.note.ended(&self.store, now_ms(), of, &reply, answer).await;
        reply
    }
}

pub(super) async fn asked(question: &Question, session: &Session, entry: &Entry, page: &Page) -> Reply {
    let teller = entry.teller();
    match question.ask(session, page.verb.spec(), &teller).await {
        Answer::Said(reply) => reply,
        Answer::Listed(listing) => listing.page(page, &teller),
    }
}
