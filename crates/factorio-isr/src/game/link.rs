//! The task of one game: keeps its connection, asks its questions, and publishes what is known.
//!
//! Owns the session of one server, and when a snapshot of what is known is taken and shown. Must not know what is made of
//! a snapshot. Cannot fail: without a connection the snapshot says so, and the session tries again for ever.

use std::sync::Arc;
use std::time::Duration;

use factorio_rcon::Session;
use factorio_rcon::session::{Down, Driver, Link as SessionLink};
use isr_core::game::{LinkChange, Sample, Snapshot, WatchOptions, WhyDown};
use isr_core::source::ServerTag;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::board::{Game, Signs};
use super::clock::Clock;
use super::dice::Dice;
use super::figures::Figures;
use super::knowledge::Knowledge;
use super::lua::{LuaNews, LuaTurns};
use super::probes::{self, Outcome};
use super::turns::{Question, Turns};
use crate::config::{Rcon, Server, Switch};
use crate::rounds::{Round, Rounds};
use crate::status::{GameAnswers, Status};
use crate::supervisor::Stop;

/// What is known ages: it is published at least this often.
const PUBLISH_EVERY: Duration = Duration::from_secs(15);

/// What a game is followed with. A reload that changes nothing of it leaves its connection alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LinkPlan {
    pub(super) tag: ServerTag,
    pub(super) rcon: Option<Rcon>,
}

impl LinkPlan {
    pub(super) fn of(server: &Server) -> Self {
        Self {
            tag: server.tag.clone(),
            rcon: server.rcon.clone(),
        }
    }
}

/// What a reload may change without touching the connection.
pub(super) fn options(server: &Server) -> WatchOptions {
    WatchOptions {
        restarts: server.restart_at.clone(),
        ..WatchOptions::default()
    }
}

/// One game that is followed.
#[derive(Debug)]
pub(super) struct Link {
    plan: LinkPlan,
    knowledge: Arc<Knowledge>,
    clock: Clock,
    figures: Figures,
    status: Status,
    wire: Option<(Session, Driver)>,
    asked_now: Rounds,
    snapshots: watch::Sender<Arc<Snapshot>>,
}

impl Link {
    /// A game that is not followed yet, and what others see of it.
    pub(super) fn new(
        plan: LinkPlan,
        knowledge: Arc<Knowledge>,
        clock: Clock,
        figures: Figures,
        status: Status,
    ) -> (Game, Self) {
        let wire = plan.rcon.as_ref().map(|rcon| Session::new(rcon.options()));
        let (snapshots, shown) = watch::channel(Arc::new(knowledge.snapshot()));
        let session = wire.as_ref().map(|(session, _)| session.clone());
        let asked_now = Rounds::default();
        let game = Game {
            asked_now: asked_now.clone(),
            tag: plan.tag.clone(),
            signs: Signs::new(Arc::clone(&knowledge), session.clone()),
            session,
            snapshots: shown,
        };
        let link = Self {
            plan,
            knowledge,
            clock,
            figures,
            status,
            wire,
            asked_now,
            snapshots,
        };
        (game, link)
    }

    /// Works until it is told to stop; the connection begins after the pause and ends with it.
    pub(super) async fn run(&self, pause: Duration, mut stop: Stop) {
        let drive = async {
            match &self.wire {
                Some((_, driver)) => {
                    sleep(pause).await;
                    driver.run().await;
                }
                None => std::future::pending().await,
            }
        };
        let follow = async {
            match &self.wire {
                Some((session, _)) => self.follow(session).await,
                None => self.listen().await,
            }
        };
        tokio::select! {
            () = stop.stopping() => {}
            () = drive => {}
            () = follow => {}
        }
    }

    /// A game without RCON: only its logs tell.
    async fn listen(&self) {
        loop {
            self.publish();
            // What logs tell does not age: nothing wakes an idle program.
            self.knowledge.news().await;
        }
    }

    /// A game with RCON.
    async fn follow(&self, session: &Session) {
        let mut link = session.link();
        let interval = self
            .plan
            .rcon
            .as_ref()
            .map_or(PUBLISH_EVERY, |rcon| rcon.poll_interval);
        let mut asking = Box::pin(self.next(Turns::new(interval), Asker::new(session, interval)));
        self.note(&link.borrow_and_update().clone());
        loop {
            self.publish();
            self.figures.count(session.counts());
            tokio::select! {
                Ok(()) = link.changed() => {
                    let told = link.borrow_and_update().clone();
                    self.note(&told);
                }
                (turns, asker) = &mut asking => asking = Box::pin(self.next(turns, asker)),
                () = self.knowledge.news() => {}
                () = sleep(PUBLISH_EVERY) => {}
            }
        }
    }

    /// Waits for a connection and for the next turn, asks, and takes the answer in. Turns begin anew with every connection.
    async fn next(&self, mut turns: Turns, mut asker: Asker) -> (Turns, Asker) {
        loop {
            let mut link = asker.session.link();
            // A session that has ended tells nothing any more; whoever awaits this is about to end, too.
            if link.wait_for(|link| *link == SessionLink::Up).await.is_err() {
                std::future::pending::<()>().await;
            }
            let logins = asker.session.counts().logins;
            if logins != asker.logins {
                asker.logins = logins;
                turns.begin(&mut asker.dice);
                asker.lua.begin();
            }
            tokio::select! {
                () = sleep_until(turns.due()) => {}
                () = self.asked_now.wished(), if asker.hurry.is_none() => {
                    turns.hasten();
                    asker.hurry = self.asked_now.waiting();
                }
                // While the server is silent nothing is asked: it would only wait in front of it.
                _ = link.wait_for(|link| *link != SessionLink::Up) => continue,
            }
            let question = asker.lua.in_place_of(turns.next());
            let (sample, outcome) = probes::ask(&asker.session, question, &self.clock).await;
            self.took(question, &sample, outcome);
            if let Question::Time | Question::Exact(_) = question {
                turns.ask_time_after(self.knowledge.ask_time_after());
            }
            if let Question::Exact(_) = question
                && let Some(news) = asker.lua.learned(outcome)
            {
                self.tell_lua(news, &sample);
            }
            if !turns.hastens()
                && let Some(round) = asker.hurry.take()
            {
                self.publish();
                self.asked_now.done(round);
            }
            return (turns, asker);
        }
    }

    fn took(&self, question: Question, sample: &Sample, outcome: Outcome) {
        self.figures.asked(question, outcome);
        if outcome == Outcome::NotUnderstood {
            tracing::debug!(
                server = %self.plan.tag, command = question.as_str(), ?sample, "rcon_reply_not_understood"
            );
        }
        self.knowledge.took(sample);
    }

    /// What becomes of Lua is worth a line of the log: it costs the save its achievements.
    fn tell_lua(&self, news: LuaNews, sample: &Sample) {
        let server = &self.plan.tag;
        match news {
            LuaNews::OnlyWarned => tracing::warn!(
                %server,
                "lua_only_warned: the game did not run the first script on this map, it warned that Lua ends achievements; \
                 `allow_lua` is on, so the script is sent once more, and then this save gives none"
            ),
            LuaNews::Runs => tracing::info!(
                %server,
                "lua_runs: ticks, research, production and platforms are read with Lua; this save gives no achievements"
            ),
            LuaNews::NotRun => tracing::warn!(
                %server,
                "lua_not_run: the script was sent twice, and the game ran it neither time; it is not tried again on this connection"
            ),
            LuaNews::Failed => tracing::warn!(
                %server, reply = ?sample.exact.as_ref().err(),
                "lua_failed: the reply was not understood; /time is asked instead, and Lua again in an hour"
            ),
        }
    }

    /// Takes in what the connection does.
    fn note(&self, link: &SessionLink) {
        let tag = &self.plan.tag;
        let change = match link {
            SessionLink::Connecting => LinkChange::Connecting,
            SessionLink::Up => {
                tracing::info!(server = %tag, "rcon_connected");
                LinkChange::Up
            }
            SessionLink::Silent { .. } => LinkChange::Silent,
            SessionLink::Down { why, next_attempt } => {
                let pause = next_attempt.saturating_duration_since(Instant::now());
                self.tell_down(why, pause);
                LinkChange::Down {
                    why: why_down(why),
                    detail: why.to_string(),
                }
            }
            SessionLink::Closed => return,
        };
        let answers = match link {
            SessionLink::Up | SessionLink::Silent { .. } => Some(GameAnswers::Yes),
            SessionLink::Down { .. } => Some(GameAnswers::No),
            SessionLink::Connecting | SessionLink::Closed => None,
        };
        let is_required = self
            .plan
            .rcon
            .as_ref()
            .is_some_and(|rcon| rcon.required == Switch::On);
        if let Some(answers) = answers.filter(|_| is_required) {
            self.status.set_game(tag, answers);
        }
        self.knowledge.link(change);
    }

    /// Loud when it begins, or begins to be for another reason; then every attempt would only repeat it.
    fn tell_down(&self, why: &Down, pause: Duration) {
        let before = self.snapshots.borrow();
        let is_known = matches!(&before.link, isr_core::game::Link::Down(down) if down.why == why_down(why));
        let (server, pause_s) = (&self.plan.tag, pause.as_secs());
        if is_known {
            tracing::debug!(%server, pause_s, reason = %why, "rcon_still_down");
        } else {
            tracing::warn!(%server, pause_s, reason = %why, "rcon_down: it is tried again for ever");
        }
    }

    fn publish(&self) {
        let snapshot = self.knowledge.snapshot();
        self.figures.tell(&snapshot);
        self.snapshots.send_replace(Arc::new(snapshot));
    }
}

/// Who asks, and on which connection it asked last.
struct Asker {
    session: Session,
    dice: Dice,
    lua: LuaTurns,
    logins: u64,
    /// The wishes that are being answered.
    hurry: Option<Round>,
}

impl Asker {
    fn new(session: &Session, interval: Duration) -> Self {
        Self {
            session: session.clone(),
            dice: Dice::new(),
            lua: LuaTurns::new(session, interval),
            logins: 0,
            hurry: None,
        }
    }
}

/// Why there is no connection, without the addresses.
pub const fn why_down(why: &Down) -> WhyDown {
    match why {
        Down::Unresolved { .. } => WhyDown::Unresolved,
        Down::Unreachable { .. } => WhyDown::Unreachable,
        Down::TooSlow { .. } => WhyDown::TooSlow,
        Down::WrongPassword { .. } => WhyDown::WrongPassword,
        Down::NotRcon { .. } => WhyDown::NotRcon,
    }
}
