//! From events to statistics: what is counted of a server, and who is on it.
//!
//! Owns the moment that a fact belongs to, and the book of sessions that the streams of one server share. Pure but for
//! that shared book. Must not know the store. Cannot fail.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_core::ageing::{Reading, When};
use isr_core::interpreter::{Happened, Role};
use isr_core::session::{Appearance, SessionBook, Visit};
use isr_core::source::ServerTag;
use isr_core::statistics::{Fact, Step};

use super::translate::Place;
use crate::config::Counting;

/// The open sessions of one server. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Sessions(Arc<Mutex<SessionBook>>);

impl Sessions {
    /// Replaces the book by one that was read from the store.
    pub fn replace(&self, book: SessionBook) {
        *self.book() = book;
    }

    /// A panic elsewhere leaves a book that is as good as any: the store has the true one.
    fn book(&self) -> MutexGuard<'_, SessionBook> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one stream adds to the statistics of its server.
#[derive(Debug, Default)]
pub struct Attendance {
    sessions: Sessions,
    /// The last moment that a line of the stream was stamped with.
    last_stamped_ms: Option<i64>,
}

impl Attendance {
    /// Shares the sessions of a server.
    #[must_use]
    pub const fn new(sessions: Sessions) -> Self {
        Self {
            sessions,
            last_stamped_ms: None,
        }
    }

    /// Goes on with the sessions of another one, which has to be read from the store.
    pub fn share(&mut self, other: Self) {
        self.sessions = other.sessions;
    }

    /// The sessions of the server.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Takes an event in. Gives what its sessions tell, and adds a fact where the event is counted.
    pub fn event(
        &mut self,
        counting: &Counting,
        server: &ServerTag,
        happened: &Happened,
        (place, role): (Place, Role),
        facts: &mut Vec<Fact>,
    ) -> Visit {
        if *counting == Counting::Off {
            return Visit::default();
        }
        let at_ms = self.moment(happened.when, place.reading);
        let mut fact = Fact::of(&happened.event, server, place.generation, place.offset, at_ms);
        if !counting.counts(fact.player.as_deref()) {
            return Visit::default();
        }
        // The killer may be a player.
        if !counting.counts(fact.detail.as_deref()) {
            fact.detail = None;
        }
        if role == Role::Engine && place.reading == Reading::CatchUp && fact.step == Step::EndsRun {
            // Read late, it cannot be placed among the joins of the console log, whose own frames tell it.
            fact.step = Step::None;
        }
        let visit = self.step(&fact);
        facts.push(fact);
        visit
    }

    /// Takes in a frame of the console log, which begins or ends a run.
    pub fn frame(
        &mut self,
        counting: &Counting,
        server: &ServerTag,
        when: When,
        place: Place,
        facts: &mut Vec<Fact>,
    ) {
        if *counting == Counting::Off {
            return;
        }
        let at_ms = self.moment(when, place.reading);
        let fact = Fact::run_ended(server, place.generation, place.offset, at_ms);
        self.step(&fact);
        facts.push(fact);
    }

    /// A line without a stamp that is read late belongs to the time of the stamps around it.
    fn moment(&mut self, when: When, reading: Reading) -> i64 {
        match (when, reading) {
            (When::Stamped(at_ms), _) => {
                self.last_stamped_ms = Some(at_ms);
                at_ms
            }
            (When::Read(now_ms), Reading::CatchUp) => self.last_stamped_ms.unwrap_or(now_ms),
            (When::Read(now_ms), Reading::Live) => now_ms,
        }
    }

    fn step(&self, fact: &Fact) -> Visit {
        let mut visit = Visit::default();
        match (fact.step, &fact.player) {
            (Step::Opens, Some(player)) => {
                let appearance = self.sessions.book().join(player, fact.at_ms);
                visit.is_first = appearance == Appearance::First;
            }
            (Step::Closes, Some(player)) => visit.lasted = self.sessions.book().leave(player, fact.at_ms),
            (Step::EndsRun, _) => drop(self.sessions.book().end_run(fact.at_ms)),
            (Step::None | Step::Opens | Step::Closes, _) => {}
        }
        visit
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use isr_core::event::Event;
    use isr_core::source::GenerationId;

    use super::*;

    const MINUTE: i64 = 60_000;

    fn everybody() -> Counting {
        Counting::Except([].into())
    }

    fn place(reading: Reading) -> Place {
        Place {
            generation: GenerationId(1),
            offset: 0,
            reading,
        }
    }

    fn join(player: &str) -> Event {
        Event::Join {
            player: player.into(),
        }
    }

    fn leave(player: &str) -> Event {
        Event::Leave {
            player: player.into(),
        }
    }

    struct Scene {
        attendance: Attendance,
        counting: Counting,
        facts: Vec<Fact>,
    }

    impl Scene {
        fn new(counting: Counting) -> Self {
            Self {
                attendance: Attendance::default(),
                counting,
                facts: Vec::new(),
            }
        }

        fn event(&mut self, event: Event, when: When, reading: Reading, role: Role) -> Visit {
            let server = ServerTag::parse("a").unwrap();
            let happened = Happened { event, when };
            self.attendance.event(
                &self.counting,
                &server,
                &happened,
                (place(reading), role),
                &mut self.facts,
            )
        }

        fn console(&mut self, event: Event, minute: i64) -> Visit {
            self.event(
                event,
                When::Stamped(minute * MINUTE),
                Reading::Live,
                Role::Console,
            )
        }
    }

    #[test]
    fn a_leave_knows_how_long_and_a_join_whether_it_is_the_first() {
        let mut scene = Scene::new(everybody());
        assert!(!scene.console(join("Ann"), 0).is_first, "everybody would be new");
        let visit = scene.console(leave("Ann"), 130);
        assert_eq!(visit.lasted, Some(Duration::from_secs(130 * 60)));
        assert!(scene.console(join("Bob"), 20_000).is_first);
        assert!(!scene.console(join("Ann"), 20_001).is_first);
        assert_eq!(scene.facts.len(), 4);
    }

    #[test]
    fn of_those_left_out_nothing_is_kept() {
        let mut scene = Scene::new(Counting::Except(["ann".to_owned()].into()));
        scene.console(join("Ann"), 0);
        let death = Event::Death {
            player: "Bob".into(),
            cause: Some("ANN".into()),
        };
        scene.console(death, 1);
        assert_eq!(scene.console(leave("Ann"), 9), Visit::default());
        let kept: Vec<_> = scene
            .facts
            .iter()
            .map(|fact| (fact.player.as_deref(), fact.detail.as_deref()))
            .collect();
        assert_eq!(kept, [(Some("Bob"), None)]);
        let mut off = Scene::new(Counting::Off);
        off.console(join("Ann"), 0);
        assert_eq!(off.facts, []);
    }

    #[test]
    fn a_start_in_the_game_log_read_late_does_not_end_the_sessions_of_the_console() {
        let mut scene = Scene::new(everybody());
        scene.console(join("Ann"), 10);
        let started = Event::ServerStarted { version: None };
        let now = When::Read(600 * MINUTE);
        scene.event(started.clone(), now, Reading::CatchUp, Role::Engine);
        let visit = scene.console(leave("Ann"), 20);
        assert_eq!(visit.lasted, Some(Duration::from_secs(600)));
        scene.console(join("Ann"), 30);
        scene.event(started, now, Reading::Live, Role::Engine);
        assert_eq!(scene.console(leave("Ann"), 700).lasted, None, "that one was live");
    }

    #[test]
    fn a_line_without_a_stamp_that_is_read_late_belongs_to_the_stamps_around_it() {
        let mut scene = Scene::new(everybody());
        scene.event(
            join("Ann"),
            When::Stamped(10 * MINUTE),
            Reading::CatchUp,
            Role::Alone,
        );
        let stopped = Event::ServerStopped { reason: None };
        scene.event(stopped, When::Read(600 * MINUTE), Reading::CatchUp, Role::Alone);
        assert_eq!(scene.facts.last().map(|fact| fact.at_ms), Some(10 * MINUTE));
    }
}
