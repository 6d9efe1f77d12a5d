//! What is asked of a running game, and when.
//!
//! Owns the questions, their turn, and the step from a reply to a [`Sample`]. Asks with vanilla commands only: achievements
//! stay on. Must not know connections or what is made of a sample. A question cannot fail: what was not answered or not
//! understood is a value.

use std::time::Duration;

use factorio_rcon::command::{
    Admins, Ask, ConfigGet, ConfigKey, Evolution, Players, Scope, Seed, Time, Version,
};
use factorio_rcon::reply::{ConfigValue, Unreadable, Why};
use factorio_rcon::session::{Failure, NotSent};
use factorio_rcon::{Priority, Reply, Session};
use isr_core::game::ups::ASK_BUSY;
use isr_core::game::{Asked, Read, Sample, Setting, Surface, TimeAnswer, Unread};
use tokio::time::Instant;

use super::clock::Clock;
use super::dice::Dice;

/// The interval that the pace of `/time` is made for; who asks less often asks for everything less often.
const USUAL_INTERVAL: Duration = Duration::from_secs(60);

/// One question of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Time,
    Players,
    Evolution,
    Version,
    Seed,
    Admins,
    ServerName,
}

/// What is asked one after the other, one of them each interval. Evolution moves, the rest hardly ever does.
const SLOW: [Question; 8] = [
    Question::Evolution,
    Question::Seed,
    Question::Evolution,
    Question::Admins,
    Question::Evolution,
    Question::ServerName,
    Question::Evolution,
    Question::Version,
];

/// What is asked as soon as a connection stands: the game behind it may be another one than before.
const AT_ONCE: [Question; 4] = [
    Question::Players,
    Question::Time,
    Question::Version,
    Question::Evolution,
];

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
            Self::ServerName => "config",
        }
    }
}

/// Whose turn it is, and when.
#[derive(Debug)]
pub(super) struct Turns {
    interval: Duration,
    at_once: std::slice::Iter<'static, Question>,
    slow: usize,
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

    /// When the next question is due.
    pub(super) fn due(&self) -> Instant {
        if self.at_once.len() > 0 {
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
            let question = SLOW[self.slow % SLOW.len()];
            self.slow += 1;
            question
        }
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

/// What came of a question, beside the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The reply was understood; it took so long.
    Answered(Duration),
    /// The reply was not understood.
    NotUnderstood,
    /// There was no reply.
    NoAnswer,
}

/// Asks one question.
pub(super) async fn ask(session: &Session, question: Question, clock: &Clock) -> (Sample, Outcome) {
    let mut sample = Sample::empty(clock.now());
    let outcome = match question {
        Question::Time => {
            let (read, outcome, reply) = put(session, &Time).await;
            sample.time = read.map(|game_time| TimeAnswer {
                asked: reply.map_or_else(Asked::default, |reply| asked(&reply, clock)),
                game_time,
            });
            outcome
        }
        Question::Players => {
            let (read, outcome, _) = put(session, &Players(Scope::Online)).await;
            sample.players = read.map(|list| list.online().map(str::to_owned).collect());
            outcome
        }
        Question::Evolution => {
            let (read, outcome, _) = put(session, &Evolution { surface: None }).await;
            let surface = |one: factorio_rcon::reply::SurfaceEvolution| Surface {
                name: one.surface,
                evolution: one.factor,
            };
            sample.evolution = read.map(|all| all.into_iter().map(surface).collect());
            outcome
        }
        Question::Version => {
            let (read, outcome, _) = put(session, &Version).await;
            sample.version = read.map(|version| version.to_string());
            outcome
        }
        Question::Seed => {
            let (read, outcome, _) = put(session, &Seed).await;
            sample.seed = read;
            outcome
        }
        Question::Admins => {
            let (read, outcome, _) = put(session, &Admins).await;
            sample.admins = read.map(|all| all.into_iter().map(|one| one.name).collect());
            outcome
        }
        Question::ServerName => {
            let (read, outcome, _) = put(session, &ConfigGet(ConfigKey::Name)).await;
            sample.settings = read.map(|value| vec![setting(ConfigKey::Name, &value)]);
            outcome
        }
    };
    sample.at = clock.now();
    (sample, outcome)
}

/// Sends a question and reads its reply.
async fn put<A: Ask>(session: &Session, ask: &A) -> (Read<A::Answer>, Outcome, Option<Reply>) {
    let command = match ask.command() {
        Ok(command) => command,
        Err(_) => return (Err(Unread::Unsupported), Outcome::NoAnswer, None),
    };
    match session.send(command, Priority::Poll).await {
        Ok(reply) => match ask.read(&reply.text()) {
            Ok(answer) => (
                Ok(answer),
                Outcome::Answered(reply.received.saturating_duration_since(reply.sent)),
                Some(reply),
            ),
            Err(unreadable) => (Err(unread(unreadable)), Outcome::NotUnderstood, None),
        },
        Err(Failure::NotSent(NotSent::Refused(_))) => (Err(Unread::Unsupported), Outcome::NoAnswer, None),
        Err(Failure::NotSent(_) | Failure::Unknown(_)) => (Err(Unread::NoAnswer), Outcome::NoAnswer, None),
    }
}

fn unread(unreadable: Unreadable) -> Unread {
    match unreadable.why {
        Why::UnknownCommand | Why::UnknownSurface | Why::UnknownSetting => Unread::Unsupported,
        Why::CommandFailed | Why::Form => Unread::NotUnderstood(unreadable.shown),
    }
}

fn asked(reply: &Reply, clock: &Clock) -> Asked {
    Asked {
        sent: clock.mono(reply.sent),
        received: clock.mono(reply.received),
    }
}

fn setting(key: ConfigKey, value: &ConfigValue) -> Setting {
    let value = match value {
        ConfigValue::Text(text) | ConfigValue::Other(text) => text.clone(),
        ConfigValue::Flag(flag) => flag.to_string(),
        ConfigValue::Number(number) | ConfigValue::Minutes(number) => number.to_string(),
        ConfigValue::Disabled => "off".to_owned(),
    };
    Setting {
        key: key.as_str().to_owned(),
        value,
    }
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
    async fn an_idle_server_is_asked_four_times_a_minute_at_most() {
        let mut turns = Turns::new(USUAL_INTERVAL);
        turns.begin(&mut Dice::new());
        let first = asked_within(&mut turns, ASK_IDLE, Duration::from_hours(1)).await;
        assert!(first.starts_with(&AT_ONCE));
        let hour = &first[AT_ONCE.len()..];
        assert!((230..=240).contains(&hour.len()), "{}", hour.len());
        for question in SLOW.into_iter().chain([Question::Players, Question::Time]) {
            assert!(hour.contains(&question), "{question:?}");
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
