//! Whose turn it is to be asked, and when.
//!
//! Owns the questions and their pace: at most four a minute to a game that nobody plays. Must not know connections or
//! answers. Cannot fail.

use std::time::Duration;

use factorio_rcon::command::{ConfigKey, Depth};
use isr_core::game::ups::ASK_BUSY;
use tokio::time::Instant;

use super::dice::Dice;

/// The interval that the pace of `/time` is made for; who asks less often asks for everything less often.
pub(super) const USUAL_INTERVAL: Duration = Duration::from_secs(60);

/// One question of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Time,
    Players,
    Evolution,
    Version,
    Seed,
    Admins,
    Bans,
    Whitelist,
    Setting(ConfigKey),
    /// Lua, where the configuration allows it.
    Exact(Depth),
}

/// What hardly ever changes. One of them is asked every other interval; in the intervals between them evolution is, which
/// moves. `None` is one of the settings, in turn.
const RARE: [Option<Question>; 8] = [
    Some(Question::Admins),
    Some(Question::Bans),
    None,
    Some(Question::Whitelist),
    Some(Question::Version),
    None,
    Some(Question::Seed),
    None,
];

/// What is asked as soon as a connection stands: the game behind it may be another one than before.
const AT_ONCE: [Question; 4] = [
    Question::Players,
    Question::Time,
    Question::Version,
    Question::Evolution,
];

/// What is asked when somebody wants to see the game as it is now.
const NOW: [Question; 2] = [Question::Players, Question::Time];

impl Question {
    /// Its name in metrics and logs.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Players => "players",
            Self::Evolution => "evolution",
            Self::Version => "version",
            Self::Seed => "seed",
            Self::Admins => "admins",
            Self::Bans => "banlist",
            Self::Whitelist => "whitelist",
            Self::Setting(_) => "config",
            Self::Exact(_) => "silent-command",
        }
    }
}

/// Whose turn it is, and when.
#[derive(Debug)]
pub(super) struct Turns {
    interval: Duration,
    at_once: std::slice::Iter<'static, Question>,
    slow: usize,
    settings: usize,
    next_time: Instant,
    next_players: Instant,
    next_slow: Instant,
}

impl Turns {
    /// The turns of a server that is asked so often.
    pub(super) fn new(interval: Duration) -> Self {
        let now = Instant::now();
        Self {
            interval,
            at_once: [].iter(),
            slow: 0,
            settings: 0,
            next_time: now,
            next_players: now,
            next_slow: now,
        }
    }

    /// A connection stands: the first questions are due now, the others at times of their own, so that many servers do not
    /// ask together.
    pub(super) fn begin(&mut self, dice: &mut Dice) {
        let now = Instant::now();
        self.at_once = AT_ONCE.iter();
        self.next_time = now + self.stretched(ASK_BUSY);
        self.next_players = now + dice.up_to(self.interval);
        self.next_slow = now + dice.up_to(self.interval);
    }

    /// Somebody wants to know now what moves.
    pub(super) fn hasten(&mut self) {
        if !self.hastens() {
            self.at_once = NOW.iter();
        }
    }

    /// Whether questions are due that wait for no time.
    pub(super) fn hastens(&self) -> bool {
        self.at_once.len() > 0
    }

    /// When the next question is due.
    pub(super) fn due(&self) -> Instant {
        if self.hastens() {
            return Instant::now();
        }
        self.next_time.min(self.next_players).min(self.next_slow)
    }

    /// The next question, which is asked now.
    pub(super) fn next(&mut self) -> Question {
        if let Some(question) = self.at_once.next() {
            return *question;
        }
        let (now, due) = (Instant::now(), self.due());
        if due == self.next_time {
            self.ask_time_after(ASK_BUSY);
            Question::Time
        } else if due == self.next_players {
            self.next_players = after(due, self.interval, now);
            Question::Players
        } else {
            self.next_slow = after(due, self.interval, now);
            self.next_slow_question()
        }
    }

    fn next_slow_question(&mut self) -> Question {
        let turn = self.slow;
        self.slow += 1;
        if turn.is_multiple_of(2) {
            return Question::Evolution;
        }
        RARE[turn / 2 % RARE.len()].unwrap_or_else(|| {
            let key = ConfigKey::ALL[self.settings % ConfigKey::ALL.len()];
            self.settings += 1;
            Question::Setting(key)
        })
    }

    /// What the answer to `/time` said about when to ask it again.
    pub(super) fn ask_time_after(&mut self, pause: Duration) {
        self.next_time = Instant::now() + self.stretched(pause);
    }

    /// Who wants to be asked less often is asked everything less often.
    fn stretched(&self, pause: Duration) -> Duration {
        pause.mul_f64((self.interval.as_secs_f64() / USUAL_INTERVAL.as_secs_f64()).max(1.0))
    }
}

/// The turn after this one. What was missed is not made up for.
fn after(due: Instant, interval: Duration, now: Instant) -> Instant {
    let next = due + interval;
    if next > now { next } else { now + interval }
}

#[cfg(test)]
mod tests {
    use isr_core::game::ups::ASK_IDLE;

    use super::*;

    /// What is asked in so long a time, when `/time` is asked again so long after each answer.
    async fn asked_within(turns: &mut Turns, again: Duration, span: Duration) -> Vec<Question> {
        let end = Instant::now() + span;
        let mut questions = Vec::new();
        while turns.due() < end {
            tokio::time::sleep_until(turns.due()).await;
            let question = turns.next();
            if question == Question::Time {
                turns.ask_time_after(again);
            }
            questions.push(question);
        }
        questions
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_in_a_hurry_is_told_what_moves_and_nothing_else_waits_longer() {
        let mut turns = Turns::new(USUAL_INTERVAL);
        let due = turns.due();
        turns.hasten();
        turns.hasten();
        assert_eq!([turns.next(), turns.next()], NOW);
        assert!(!turns.hastens());
        assert_eq!(turns.due(), due);
        // A connection that has just begun asks this anyway.
        turns.begin(&mut Dice::new());
        turns.hasten();
        assert_eq!([turns.next(), turns.next()], AT_ONCE[..2]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_server_is_asked_four_times_a_minute_at_most() {
        let mut turns = Turns::new(USUAL_INTERVAL);
        turns.begin(&mut Dice::new());
        let first = asked_within(&mut turns, ASK_IDLE, Duration::from_hours(1)).await;
        assert!(first.starts_with(&AT_ONCE));
        let hour = &first[AT_ONCE.len()..];
        assert!((230..=240).contains(&hour.len()), "{}", hour.len());
        let rare = RARE.into_iter().flatten();
        for question in rare.chain([Question::Players, Question::Time, Question::Evolution]) {
            assert!(hour.contains(&question), "{question:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn bans_and_the_whitelist_are_known_soon_and_every_setting_in_two_hours() {
        let mut turns = Turns::new(USUAL_INTERVAL);
        turns.begin(&mut Dice::new());
        let soon = asked_within(&mut turns, ASK_IDLE, Duration::from_mins(9)).await;
        assert!(
            soon.contains(&Question::Bans) && soon.contains(&Question::Whitelist),
            "{soon:?}"
        );
        let then = asked_within(&mut turns, ASK_IDLE, Duration::from_hours(2)).await;
        for key in ConfigKey::ALL {
            let asked = soon
                .iter()
                .chain(&then)
                .any(|question| *question == Question::Setting(key));
            assert!(asked, "{key:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn with_players_there_only_the_time_is_asked_more_often() {
        let mut turns = Turns::new(USUAL_INTERVAL);
        turns.begin(&mut Dice::new());
        let hour = asked_within(&mut turns, ASK_BUSY, Duration::from_hours(1)).await;
        let times = hour
            .iter()
            .filter(|question| **question == Question::Time)
            .count();
        assert!((630..=642).contains(&times), "{times}");
        assert!(hour.len() - times <= 126, "{}", hour.len());
    }

    #[tokio::test(start_paused = true)]
    async fn who_wants_to_be_asked_less_often_is_asked_everything_less_often() {
        let mut turns = Turns::new(USUAL_INTERVAL * 10);
        turns.begin(&mut Dice::new());
        let hour = asked_within(&mut turns, ASK_IDLE, Duration::from_hours(1)).await;
        assert!(hour.len() <= 30, "{}", hour.len());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_missed_is_not_made_up_for() {
        let mut turns = Turns::new(USUAL_INTERVAL);
        turns.begin(&mut Dice::new());
        for _ in AT_ONCE {
            turns.next();
        }
        tokio::time::advance(Duration::from_hours(5)).await;
        let due = (0..100).take_while(|_| {
            let is_due = turns.due() <= Instant::now();
            if is_due {
                turns.next();
            }
            is_due
        });
        assert_eq!(due.count(), 3, "one of each");
    }

    #[tokio::test(start_paused = true)]
    async fn many_servers_do_not_ask_together() {
        let mut seconds: Vec<u64> = Vec::new();
        let begun = Instant::now();
        for _ in 0..200 {
            let mut turns = Turns::new(USUAL_INTERVAL);
            turns.begin(&mut Dice::new());
            for _ in AT_ONCE {
                turns.next();
            }
            seconds.push((turns.next_players - begun).as_secs() / 6);
        }
        for tenth in 0..10 {
            let together = seconds.iter().filter(|second| **second == tenth).count();
            assert!(
                (4..=50).contains(&together),
                "{together} of 200 in one tenth of a minute"
            );
        }
    }
}
