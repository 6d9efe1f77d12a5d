//! How a running game is asked.
//!
//! Owns the step from a question to a [`Sample`]. Asks with vanilla commands, and with Lua only where the server's own
//! configuration allows it: achievements stay on. Must not know connections or what is made of a sample. A question cannot
//! fail: what was not answered or not understood is a value.

use std::time::Duration;

use factorio_rcon::command::{
    Admins, Ask, BanList, ConfigGet, ConfigKey, Depth, Evolution, Exact, Players, Scope, Seed, Time, Version,
    Whitelist,
};
use factorio_rcon::reply::{ConfigValue, Unreadable, Why};
use factorio_rcon::session::{Failure, NotSent};
use factorio_rcon::{Priority, Reply, Session};
use isr_core::game::{Asked, Read, Sample, Setting, Surface, TimeAnswer, Unread};

use super::clock::Clock;
use super::exact;
use super::turns::Question;

/// The most names of a list that are kept in memory.
const MOST_NAMES: usize = 10_000;

/// What came of a question, beside the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The reply was understood; it took so long.
    Answered(Duration),
    /// The reply was not understood.
    NotUnderstood,
    /// The game did not run a script: it warned of what Lua costs.
    OnlyWarned,
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
        Question::Bans => {
            let (read, outcome, _) = put(session, &BanList).await;
            sample.bans = read.map(bounded);
            outcome
        }
        Question::Whitelist => {
            let (read, outcome, _) = put(session, &Whitelist).await;
            sample.whitelist = read.map(bounded);
            outcome
        }
        Question::Setting(key) => {
            let (read, outcome, _) = put(session, &ConfigGet(key)).await;
            sample.settings = match read {
                Ok(value) => Ok(vec![setting(key, Some(&value))]),
                // It is known of which setting nothing is known.
                Err(Unread::Unsupported | Unread::NotUnderstood(_)) => Ok(vec![setting(key, None)]),
                Err(unread) => Err(unread),
            };
            outcome
        }
        Question::Exact(depth) => {
            let (read, outcome) = exactly(session, depth, clock).await;
            sample.exact = read;
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
            Ok(answer) => (Ok(answer), answered(&reply), Some(reply)),
            Err(unreadable) => (Err(unread(unreadable)), Outcome::NotUnderstood, None),
        },
        Err(failure) => (Err(not_answered(&failure)), Outcome::NoAnswer, None),
    }
}

/// Asks with Lua. There is no script without the proof that the configuration of this server allows it.
async fn exactly(session: &Session, depth: Depth, clock: &Clock) -> (Read<isr_core::game::Exact>, Outcome) {
    let script = session.policy().lua().map(|allowed| Exact(depth).lua(allowed));
    let Some(Ok(script)) = script else {
        return (Err(Unread::NotAsked), Outcome::NoAnswer);
    };
    match session.send(script, Priority::Poll).await {
        Ok(reply) => match Exact(depth).read(&reply.text()) {
            Ok(told) => (Ok(exact::told(told, asked(&reply, clock))), answered(&reply)),
            Err(Unreadable {
                why: Why::OnlyWarned, ..
            }) => (Err(Unread::Unsupported), Outcome::OnlyWarned),
            Err(unreadable) => (Err(unread(unreadable)), Outcome::NotUnderstood),
        },
        Err(failure) => (Err(not_answered(&failure)), Outcome::NoAnswer),
    }
}

fn answered(reply: &Reply) -> Outcome {
    Outcome::Answered(reply.received.saturating_duration_since(reply.sent))
}

const fn not_answered(failure: &Failure) -> Unread {
    match failure {
        Failure::NotSent(NotSent::Refused(_)) => Unread::Unsupported,
        Failure::NotSent(_) | Failure::Unknown(_) => Unread::NoAnswer,
    }
}

/// A list of thousands is kept as far as this.
fn bounded(mut names: Vec<String>) -> Vec<String> {
    names.truncate(MOST_NAMES);
    names
}

fn unread(unreadable: Unreadable) -> Unread {
    match unreadable.why {
        Why::UnknownCommand | Why::UnknownSurface | Why::UnknownSetting => Unread::Unsupported,
        Why::CommandFailed | Why::OnlyWarned | Why::Form => Unread::NotUnderstood(unreadable.shown),
    }
}

fn asked(reply: &Reply, clock: &Clock) -> Asked {
    Asked {
        sent: clock.mono(reply.sent),
        received: clock.mono(reply.received),
    }
}

fn setting(key: ConfigKey, value: Option<&ConfigValue>) -> Setting {
    let text = |value: &ConfigValue| match value {
        ConfigValue::Text(text) | ConfigValue::Other(text) => text.clone(),
        ConfigValue::Flag(flag) => flag.to_string(),
        ConfigValue::Number(number) | ConfigValue::Minutes(number) => number.to_string(),
        ConfigValue::Disabled => "off".to_owned(),
    };
    Setting {
        key: key.as_str().to_owned(),
        value: value.map(text),
    }
}
