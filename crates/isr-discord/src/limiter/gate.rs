//! A gate: closed by a 429, opened again by one probe.
//!
//! After the pause exactly one request may pass; the others wait for its answer. Repeated 429s lengthen the pause,
//! whatever the server asks for, so that a server that says "retry at once" for ever cannot use up the budget of
//! invalid requests.

use std::time::Duration;

use super::RECHECK;

/// From this many 429s in a row on, we wait at least 2, 4, 8 … seconds.
const PATIENCE: u32 = 3;
/// The longest wait that repetition alone imposes.
const LONGEST_OWN_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Open,
    /// Nothing passes before this time.
    Paused(Duration),
    /// The pause is over and this flight is the only one that passed.
    Probing(u64),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Gate {
    state: State,
    /// Pauses without an accepted request between them.
    strikes: u32,
}

/// How a request that passed the gate ended, as far as the gate is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    /// Any answer but a 429.
    Answered,
    /// No answer.
    Lost,
}

/// Why a gate does not let a request pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// Until this time.
    Until(Duration),
    /// Until the probe's answer; look again at this time.
    Probing(Duration),
}

impl Gate {
    /// What keeps a request from passing.
    pub(super) fn closed(&self, now: Duration) -> Option<Closed> {
        match self.state {
            State::Open => None,
            State::Paused(until) if until <= now => None,
            State::Paused(until) => Some(Closed::Until(until)),
            State::Probing(_) => Some(Closed::Probing(now + RECHECK)),
        }
    }

    /// Until when the gate is paused, if it is.
    pub(super) fn paused_until(&self, now: Duration) -> Option<Duration> {
        match self.state {
            State::Paused(until) if until > now => Some(until),
            _ => None,
        }
    }

    /// A request passes. The first one after a pause is the probe.
    pub(super) fn pass(&mut self, flight: u64) {
        if matches!(self.state, State::Paused(_)) {
            self.state = State::Probing(flight);
        }
    }

    /// A 429: closes for `wait` at least, or for longer when 429s repeat.
    pub(super) fn close(&mut self, wait: Duration, now: Duration) {
        let wait = wait.max(self.own_pause());
        self.state = match self.state {
            State::Paused(until) if until > now => State::Paused(until.max(now + wait)),
            _ => {
                self.strikes = self.strikes.saturating_add(1);
                State::Paused(now + wait)
            }
        };
    }

    /// A request ended without a 429.
    pub(super) fn settle(&mut self, flight: u64, passage: Passage, now: Duration) {
        match (self.state, passage) {
            (State::Probing(probe), Passage::Answered) if probe == flight => *self = Self::default(),
            // The next request may probe.
            (State::Probing(probe), Passage::Lost) if probe == flight => self.state = State::Paused(now),
            (State::Open, Passage::Answered) => self.strikes = 0,
            _ => {}
        }
    }

    /// Takes over the pause of another gate.
    pub(super) fn absorb(&mut self, other: &Self, now: Duration) {
        self.strikes = self.strikes.max(other.strikes);
        if let Some(until) = other.paused_until(now) {
            let own = self.paused_until(now).unwrap_or_default();
            self.state = State::Paused(until.max(own));
        }
    }

    fn own_pause(&self) -> Duration {
        match (self.strikes + 1).checked_sub(PATIENCE) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(2 << beyond.min(5)).min(LONGEST_OWN_PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn d04_one_probe_per_pause() {
        let mut gate = Gate::default();
        gate.close(at(3600), at(0));
        assert_eq!(gate.closed(at(3599)), Some(Closed::Until(at(3600))));
        assert_eq!(gate.closed(at(3600)), None);
        gate.pass(7);
        assert_eq!(gate.closed(at(3600)), Some(Closed::Probing(at(3600) + RECHECK)));
        gate.settle(6, Passage::Answered, at(3601));
        assert!(gate.closed(at(3601)).is_some(), "only the probe's answer opens");
        gate.settle(7, Passage::Answered, at(3601));
        assert_eq!(gate.closed(at(3601)), None);
    }

    #[test]
    fn d04_a_lost_probe_gives_way_to_the_next() {
        let mut gate = Gate::default();
        gate.close(at(10), at(0));
        gate.pass(1);
        gate.settle(1, Passage::Lost, at(25));
        assert_eq!(gate.closed(at(25)), None);
        gate.pass(2);
        assert!(gate.closed(at(25)).is_some());
    }

    #[test]
    fn a_shorter_pause_never_shortens_a_longer_one() {
        let mut gate = Gate::default();
        gate.close(at(60), at(0));
        gate.close(at(1), at(1));
        assert_eq!(gate.closed(at(2)), Some(Closed::Until(at(60))));
    }

    #[test]
    fn repeated_refusals_lengthen_the_pause() {
        let mut gate = Gate::default();
        let mut now = Duration::ZERO;
        let mut waits = Vec::new();
        for flight in 0..10 {
            gate.close(Duration::ZERO, now);
            let until = gate.paused_until(now).unwrap_or(now);
            waits.push((until - now).as_secs());
            now = until;
            gate.pass(flight);
        }
        assert_eq!(waits, [0, 0, 2, 4, 8, 16, 32, 60, 60, 60]);
        gate.settle(9, Passage::Answered, now);
        gate.close(Duration::ZERO, now);
        assert_eq!(gate.paused_until(now), None, "an accepted request forgives");
    }
}
