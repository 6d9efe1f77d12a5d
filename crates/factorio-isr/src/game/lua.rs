//! Whether a game is asked with Lua, and how often.
//!
//! Owns the way from the switch of the configuration to a game that answers: on a fresh map the first script is not run, the
//! game only warns that achievements will end, and the script has to be repeated. It is repeated **once**, which is what
//! `allow_lua` allows; a game that still does not run it is left alone until the next connection. Where Lua does not answer,
//! `/time` is asked as ever. Must not know connections. Cannot fail.

use std::time::Duration;

use factorio_rcon::Session;
use factorio_rcon::command::{Depth, Exact};
use factorio_rcon::gate::Line;
use tokio::time::Instant;

use super::probes::Outcome;
use super::turns::{Question, USUAL_INTERVAL};

/// A script that failed is tried again after so long: a mod may have been at fault.
const REST: Duration = Duration::from_hours(1);

/// How far it has come with the Lua of one game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The configuration does not allow it, or the server is `read_only`.
    Forbidden,
    /// Nothing was sent yet on this connection.
    Fresh,
    /// The game warned instead of running it. It is repeated once.
    Warned,
    /// It answers.
    Runs,
    /// It is not asked until then; `None`: until the next connection.
    Rests { until: Option<Instant> },
}

/// What is new and worth a word to the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LuaNews {
    /// The game warned; it is repeated once.
    OnlyWarned,
    /// It answers now.
    Runs,
    /// It was repeated, and the game still did not run it.
    NotRun,
    /// The reply was not understood.
    Failed,
}

/// The Lua of one game.
#[derive(Debug)]
pub(super) struct LuaTurns {
    stage: Stage,
    report_every: Duration,
    next_report: Instant,
}

impl LuaTurns {
    /// Where the session's own gate lets our script through, it will be asked.
    pub(super) fn new(session: &Session, interval: Duration) -> Self {
        let policy = session.policy();
        let script = policy
            .lua()
            .and_then(|allowed| Exact(Depth::Ticks).lua(allowed).ok());
        let passes = script.is_some_and(|script| policy.admit(&Line::from(script)).is_ok());
        Self::of(if passes { Stage::Fresh } else { Stage::Forbidden }, interval)
    }

    fn of(stage: Stage, interval: Duration) -> Self {
        Self {
            stage,
            report_every: interval.max(USUAL_INTERVAL),
            next_report: Instant::now(),
        }
    }

    /// A connection stands: the map behind it may be another one than before.
    pub(super) fn begin(&mut self) {
        if self.stage != Stage::Forbidden {
            self.stage = Stage::Fresh;
            self.next_report = Instant::now();
        }
    }

    /// What is asked in place of this question: ticks in place of `/time`, and now and then all of it.
    pub(super) fn in_place_of(&mut self, question: Question) -> Question {
        if question != Question::Time {
            return question;
        }
        if let Stage::Rests { until: Some(until) } = self.stage
            && until <= Instant::now()
        {
            self.stage = Stage::Fresh;
        }
        match self.stage {
            Stage::Forbidden | Stage::Rests { .. } => Question::Time,
            // The game writes the script that it did not run on its console: a short one.
            Stage::Fresh | Stage::Warned => Question::Exact(Depth::Ticks),
            Stage::Runs if self.next_report <= Instant::now() => {
                self.next_report = Instant::now() + self.report_every;
                Question::Exact(Depth::Everything)
            }
            Stage::Runs => Question::Exact(Depth::Ticks),
        }
    }

    /// What came of a script.
    pub(super) fn learned(&mut self, outcome: Outcome) -> Option<LuaNews> {
        let (stage, news) = match (self.stage, outcome) {
            // Without an answer nothing is known of it; the connection tells what is wrong.
            (_, Outcome::NoAnswer) | (Stage::Forbidden, _) | (Stage::Runs, Outcome::Answered(_)) => {
                return None;
            }
            (_, Outcome::Answered(_)) => (Stage::Runs, LuaNews::Runs),
            (Stage::Warned, Outcome::OnlyWarned) => (Stage::Rests { until: None }, LuaNews::NotRun),
            (_, Outcome::OnlyWarned) => (Stage::Warned, LuaNews::OnlyWarned),
            (_, Outcome::NotUnderstood) => {
                let until = Some(Instant::now() + REST);
                (Stage::Rests { until }, LuaNews::Failed)
            }
        };
        self.stage = stage;
        Some(news)
    }
}

#[cfg(test)]
mod tests {
    use isr_core::game::ups::ASK_IDLE;

    use super::super::dice::Dice;
    use super::super::turns::Turns;
    use super::*;

    const ANSWERED: Outcome = Outcome::Answered(Duration::from_millis(5));
    const TICKS: Question = Question::Exact(Depth::Ticks);
    const EVERYTHING: Question = Question::Exact(Depth::Everything);

    fn fresh() -> LuaTurns {
        LuaTurns::of(Stage::Fresh, USUAL_INTERVAL)
    }

    fn next(lua: &mut LuaTurns) -> Question {
        lua.in_place_of(Question::Time)
    }

    #[tokio::test(start_paused = true)]
    async fn without_the_switch_nothing_is_ever_asked_with_lua() {
        let mut lua = LuaTurns::of(Stage::Forbidden, USUAL_INTERVAL);
        for _ in 0..3 {
            lua.begin();
            for outcome in [
                ANSWERED,
                Outcome::OnlyWarned,
                Outcome::NotUnderstood,
                Outcome::NoAnswer,
            ] {
                assert_eq!(next(&mut lua), Question::Time);
                assert_eq!(lua.learned(outcome), None);
            }
            tokio::time::advance(REST * 2).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_time_is_asked_another_way_and_all_of_it_once_a_minute() {
        let mut lua = fresh();
        assert_eq!(lua.in_place_of(Question::Players), Question::Players);
        assert_eq!(next(&mut lua), TICKS);
        assert_eq!(lua.learned(ANSWERED), Some(LuaNews::Runs));
        let mut asked = Vec::new();
        for _ in 0..20 {
            asked.push(next(&mut lua));
            assert_eq!(lua.learned(ANSWERED), None);
            tokio::time::advance(Duration::from_secs(6)).await;
        }
        let reports = asked.iter().filter(|question| **question == EVERYTHING).count();
        assert_eq!((asked[0], reports), (EVERYTHING, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_server_is_asked_no_more_with_lua_than_without() {
        let mut turns = Turns::new(USUAL_INTERVAL);
        turns.begin(&mut Dice::new());
        let (mut lua, end) = (fresh(), Instant::now() + Duration::from_hours(1));
        let (mut asked, mut scripts) = (0, 0);
        while turns.due() < end {
            tokio::time::sleep_until(turns.due()).await;
            let question = lua.in_place_of(turns.next());
            asked += 1;
            if let Question::Exact(_) = question {
                scripts += 1;
                lua.learned(ANSWERED);
                turns.ask_time_after(ASK_IDLE);
            }
            assert_ne!(question, Question::Time);
        }
        // Four a minute, and the four of a new connection.
        assert!(
            (230..=244).contains(&asked) && scripts <= 121,
            "{asked} {scripts}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_script_that_the_game_only_warned_of_is_repeated_once_and_never_again() {
        let mut lua = fresh();
        next(&mut lua);
        assert_eq!(lua.learned(Outcome::OnlyWarned), Some(LuaNews::OnlyWarned));
        assert_eq!(next(&mut lua), TICKS);
        assert_eq!(lua.learned(Outcome::OnlyWarned), Some(LuaNews::NotRun));
        for _ in 0..10 {
            tokio::time::advance(REST).await;
            assert_eq!(next(&mut lua), Question::Time);
        }
        lua.begin();
        assert_eq!(next(&mut lua), TICKS);
        assert_eq!(lua.learned(ANSWERED), Some(LuaNews::Runs));
    }

    #[tokio::test(start_paused = true)]
    async fn a_script_that_fails_is_left_alone_for_an_hour() {
        let mut lua = fresh();
        next(&mut lua);
        assert_eq!(lua.learned(Outcome::NoAnswer), None);
        assert_eq!(next(&mut lua), TICKS);
        assert_eq!(lua.learned(Outcome::NotUnderstood), Some(LuaNews::Failed));
        assert_eq!(next(&mut lua), Question::Time);
        tokio::time::advance(REST).await;
        assert_eq!(next(&mut lua), TICKS);
    }
}
