//! What the lines of a log tell of the running game.
//!
//! Owns which events are signs of what the game does, and that only lines tell that were read as they were written: what a
//! backlog holds was so once, and would be taken for now; only how things stand at its end is told. Must not know what is made of a sign. Cannot fail.

use isr_core::ageing::Reading;
use isr_core::event::Event;
use isr_core::game::LogSign;
use isr_core::interpreter::Happened;
use isr_core::server_state::SaveStep;

use crate::game::Signs;

/// Tells the signs of one stream.
#[derive(Debug, Default)]
pub(super) struct Teller {
    signs: Option<Signs>,
    /// Whether a line came since the last tick.
    has_line: bool,
    /// Whether it was told how things stand since something was read that was not written just then.
    is_caught_up: bool,
    /// The end of a run that was read since then, and when it happened (Unix milliseconds).
    late_end: Option<(LogSign<'static>, i64)>,
}

impl Teller {
    /// From now on they are told here.
    pub(super) fn tell_to(&mut self, signs: Option<Signs>) {
        self.signs = signs;
        (self.is_caught_up, self.late_end) = (false, None);
    }

    /// All that was written was read, and by then a run went on or did not. From then on lines tell. Without it nobody would
    /// know of a start that was written while the program was down, or into a file that was only just found.
    pub(super) fn caught_up(&mut self, goes_on: impl FnOnce() -> bool, now_ms: i64) {
        if std::mem::replace(&mut self.is_caught_up, true) {
            return;
        }
        let late_end = self.late_end.take();
        if goes_on() {
            self.tell(&LogSign::GoesOn, now_ms, Reading::Live);
        } else if let Some((end, ended_ms)) = late_end {
            self.tell(&end, ended_ms, Reading::Live);
        }
    }

    /// A line was read.
    pub(super) const fn line(&mut self, reading: Reading) {
        if matches!(reading, Reading::Live) {
            self.has_line = true;
        }
    }

    /// An event was read, whether it is posted or not.
    pub(super) fn event(&mut self, happened: &Happened, reading: Reading) {
        if let Some(sign) = sign_of(&happened.event) {
            if matches!(reading, Reading::CatchUp) {
                self.is_caught_up = false;
                self.late_end = match sign {
                    LogSign::Stopped => Some((LogSign::Stopped, happened.when.unix_ms())),
                    LogSign::Crashed => Some((LogSign::Crashed, happened.when.unix_ms())),
                    _ => self.late_end.take(),
                };
            }
            self.tell(&sign, happened.when.unix_ms(), reading);
        }
    }

    /// A line about a save was read.
    pub(super) fn save(&self, step: SaveStep, happened_ms: i64, reading: Reading) {
        let sign = match step {
            SaveStep::Began => LogSign::SaveBegan,
            SaveStep::Ended { took } => LogSign::SaveEnded { took },
        };
        self.tell(&sign, happened_ms, reading);
    }

    /// That lines came is told once for all of a turn: there may be thousands.
    pub(super) fn tick(&mut self, now_ms: i64) {
        if std::mem::take(&mut self.has_line) {
            self.tell(&LogSign::Line, now_ms, Reading::Live);
        }
    }

    fn tell(&self, sign: &LogSign<'_>, happened_ms: i64, reading: Reading) {
        if let (Some(signs), Reading::Live) = (&self.signs, reading) {
            signs.tell(sign, happened_ms);
        }
    }
}

fn sign_of(event: &Event) -> Option<LogSign<'_>> {
    Some(match event {
        Event::Join { player } => LogSign::Joined(player),
        Event::Leave { player } => LogSign::Left(player),
        Event::ServerStarted { version } => LogSign::Started {
            version: version.as_deref(),
        },
        Event::ServerStopped { .. } => LogSign::Stopped,
        Event::ServerCrashed { .. } => LogSign::Crashed,
        // A pattern of an admin tells it in other words.
        Event::Custom(custom) => return custom.replaces.as_ref().and_then(sign_of),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use isr_core::game::{End, GameState};
    use isr_core::source::GenerationId;

    use super::*;
    use crate::config::{self, Config, Overrides, Surroundings};
    use crate::game::{Game, GameWorld, Games};
    use crate::metrics::Metrics;
    use crate::relay::plan;
    use crate::relay::translate::{Place, Translation, Translator};
    use crate::status::Status;
    use crate::supervisor::{Restarts, StopTrigger, Supervisor, stop_pair};

    struct Scene {
        game: Game,
        translator: Translator,
        offset: u64,
        _kept: (Games, Supervisor, StopTrigger),
    }

    fn config(folder: &Path) -> Config {
        let surroundings =
            Surroundings::empty(folder).with_variable("FACTORIO_LOG_PATH", "/nowhere/console.log");
        config::load(&surroundings, &Overrides::default()).unwrap().config
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let config = config(folder.path());
            let server = &config.servers[0];
            let (trigger, stop) = stop_pair();
            let restarts = Restarts::default();
            let mut supervisor = Supervisor::new(stop.clone(), restarts.clone());
            let mut games = Games::new(GameWorld {
                status: Status::new(std::iter::empty(), restarts),
                metrics: Metrics::new().0,
                stop,
            });
            games.follow(&config, &mut supervisor);
            let game = games.board().get(&server.tag).unwrap();
            let rules = Arc::new(plan::rules(server, &config.limits));
            let mut translator = plan::translator(server, rules);
            translator.tell_to(Some(game.signs.clone()));
            Self {
                game,
                translator,
                offset: 0,
                _kept: (games, supervisor, trigger),
            }
        }

        fn reads(&mut self, reading: Reading, lines: &[&str]) {
            let mut out = Translation::default();
            for line in lines {
                let place = Place {
                    generation: GenerationId(1),
                    offset: self.offset,
                    reading,
                };
                self.translator
                    .line(line.as_bytes(), place, 1_000, &mut out, |_| {});
                self.offset += 1;
            }
            self.translator.tick(1_000, &mut out);
        }

        async fn until(&mut self, what: &str, mut wished: impl FnMut(&isr_core::game::Snapshot) -> bool) {
            let waiting = self.game.snapshots.wait_for(|snapshot| wished(snapshot));
            let is_so = tokio::time::timeout(Duration::from_secs(60), waiting)
                .await
                .is_ok();
            assert!(is_so, "{what}: {:?}", self.game.snapshots.borrow());
        }
    }

    const BEGIN: [&str; 2] = [
        "   0.000 2026-08-07 11:29:24; Factorio 2.0.77 (build 84451, linux64, headless, space-age)",
        "   1.000 Info ServerMultiplayerManager.cpp:808: updateTick(7) changing state from(CreatingGame) to(InGame)",
    ];

    #[tokio::test]
    async fn live_lines_tell_starts_joins_saves_and_ends() {
        let mut scene = Scene::new();
        scene.reads(Reading::Live, &BEGIN);
        scene
            .until("started", |told| {
                told.game == GameState::Running && told.version.as_deref() == Some("2.0.77")
            })
            .await;
        // The map that is saved for a player who joins is neither a start nor a save.
        scene.reads(
            Reading::Live,
            &[
                "2026-08-07 11:31:05 [JOIN] alice joined the game",
                "   9.000 Info ServerMultiplayerManager.cpp:808: updateTick(7) changing state from(InGame) to(InGameSavingMap)",
                "   9.500 Info ServerMultiplayerManager.cpp:808: updateTick(7) changing state from(InGameSavingMap) to(InGame)",
                "2026-08-07 11:31:06 [JOIN] bob joined the game",
            ],
        );
        scene
            .until("two players", |told| {
                told.players
                    .as_ref()
                    .is_some_and(|players| players.online.len() == 2)
            })
            .await;
        assert!(scene.game.snapshots.borrow().last_save.is_none());
        scene.reads(
            Reading::Live,
            &[
                "  10.000 Info AppManager.cpp:286: Saving to _autosave1 (blocking).",
                "  12.500 Info AppManager.cpp:287: Saving finished",
            ],
        );
        let took = Some(Duration::from_millis(2_500));
        scene
            .until("saved", |told| {
                told.last_save.is_some_and(|save| save.took == took)
            })
            .await;
        scene.reads(Reading::Live, &["  13.000 Quitting: remote-quit."]);
        scene
            .until("stopped", |told| {
                matches!(
                    told.game,
                    GameState::Down {
                        end: End::Stopped,
                        ..
                    }
                )
            })
            .await;
    }

    #[tokio::test]
    async fn the_end_of_a_backlog_tells_that_a_run_goes_on_and_a_line_that_followed_is_stronger() {
        let mut scene = Scene::new();
        scene.reads(Reading::CatchUp, &BEGIN);
        scene.translator.caught_up(1_000);
        scene
            .until("running", |told| told.game == GameState::Running)
            .await;
        assert_eq!(scene.game.snapshots.borrow().last_log_line_ms, None);

        let mut scene = Scene::new();
        scene.reads(Reading::CatchUp, &BEGIN);
        scene.reads(Reading::Live, &["  13.000 Quitting: signal.", "  14.000 Goodbye"]);
        scene.translator.caught_up(1_000);
        scene
            .until("stopped", |told| matches!(told.game, GameState::Down { .. }))
            .await;
    }

    #[tokio::test]
    async fn a_start_in_a_file_that_was_just_found_is_told_when_it_was_read() {
        let mut scene = Scene::new();
        scene.reads(Reading::Live, &BEGIN);
        scene.reads(Reading::Live, &["  13.000 Quitting: signal.", "  14.000 Goodbye"]);
        scene.translator.caught_up(1_000);
        scene
            .until("stopped", |told| matches!(told.game, GameState::Down { .. }))
            .await;
        scene.reads(Reading::CatchUp, &BEGIN);
        scene.translator.caught_up(1_000);
        scene
            .until("running", |told| told.game == GameState::Running)
            .await;
    }

    #[tokio::test]
    async fn a_run_that_ended_in_the_backlog_and_did_not_begin_again_has_ended() {
        let mut scene = Scene::new();
        scene.reads(Reading::CatchUp, &BEGIN);
        scene.reads(Reading::CatchUp, &["  13.000 Quitting: signal."]);
        scene.translator.caught_up(1_000);
        scene
            .until("stopped", |told| matches!(told.game, GameState::Down { .. }))
            .await;
    }

    #[tokio::test]
    async fn a_backlog_tells_nothing_of_now() {
        let mut scene = Scene::new();
        scene.reads(Reading::CatchUp, &BEGIN);
        scene.reads(
            Reading::CatchUp,
            &[
                "2026-08-07 11:31:05 [JOIN] alice joined the game",
                "  13.000 Quitting: signal.",
            ],
        );
        scene.reads(Reading::Live, &["2026-08-07 11:31:09 [CHAT] <server>: hi"]);
        scene
            .until("a line", |told| told.last_log_line_ms.is_some())
            .await;
        let told = scene.game.snapshots.borrow().clone();
        assert_eq!(told.game, GameState::Unknown);
        assert!(told.players.is_none() && told.version.is_none());
    }
}
