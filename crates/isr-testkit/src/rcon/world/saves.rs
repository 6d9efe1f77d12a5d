//! Saves: by the clock, by command, after the last player.
//!
//! Owns when the game saves, how long that takes, and the lines of it. A blocking save holds the whole game still, RCON
//! included. A save that fails leaves its beginning in the log and nothing else: how the engine words it was never seen.
//! Cannot fail.

use std::time::Duration;

use super::process::SAVE;
use super::{TICKS_PER_SECOND, World};

/// Autosaves take turns.
const AUTOSAVES: u64 = 5;

/// When and how the game saves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Autosave {
    /// How much play lies between two autosaves; none when zero.
    pub every: Duration,
    /// How long any save takes; one that takes no time is done before anything else happens.
    pub takes: Duration,
    /// Whether the game stands still meanwhile.
    pub way: SaveWay,
    /// What becomes of saves.
    pub outcome: SaveOutcome,
}

impl Default for Autosave {
    /// Never by the clock; any other save is done at once, in the background.
    fn default() -> Self {
        Self {
            every: Duration::ZERO,
            takes: Duration::ZERO,
            way: SaveWay::Background,
            outcome: SaveOutcome::Finished,
        }
    }
}

/// How the game saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveWay {
    /// A child process writes.
    Background,
    /// Everything stands still.
    Blocking,
}

/// What becomes of a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveOutcome {
    /// It is written.
    Finished,
    /// It is begun, and never heard of again.
    Failed,
}

/// What is being saved, and what was.
#[derive(Debug, Default)]
pub(super) struct Saves {
    /// A test says that it saves, for as long as the test likes.
    pub(super) held: bool,
    current: Option<Save>,
    numbered: u64,
    /// Ticks since the last autosave.
    played: u64,
}

#[derive(Debug, Clone, Copy)]
struct Save {
    ends: Duration,
    way: SaveWay,
    child: u64,
}

impl World {
    /// Whether a save holds the game still.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        let is_blocking = |save: Save| save.way == SaveWay::Blocking;
        self.saves.held || self.saves.current.is_some_and(is_blocking)
    }

    /// Whether anything is being saved.
    #[must_use]
    pub fn is_saving(&self) -> bool {
        self.saves.held || self.saves.current.is_some()
    }

    pub(in super::super) fn hold_save(&mut self, held: bool) {
        self.saves.held = held;
    }

    /// Saves as somebody asked; false when it saves already.
    pub(super) fn save_as(&mut self, name: &str) -> bool {
        let path = if name.is_empty() {
            SAVE.to_owned()
        } else {
            format!("/factorio/saves/{name}.zip")
        };
        self.begin_save(&format!("Info AppManager.cpp:394: Saving game as {path}"))
    }

    pub(super) fn save_after_the_last(&mut self) {
        if !self.is_saving() && self.is_running() {
            self.engine(format!(
                "Info ServerMultiplayerManager.cpp:1212: Auto saving map as {SAVE}"
            ));
            self.save_as("");
        }
    }

    /// Ends what is done and begins what is due.
    pub(super) fn keep_saving(&mut self, ticks: u64) {
        if let Some(save) = self.saves.current.filter(|save| save.ends <= self.wall) {
            self.end_save(save);
        }
        self.saves.played += ticks;
        let due = self.autosave.every.as_secs() * TICKS_PER_SECOND;
        if due > 0 && self.saves.played >= due && !self.is_saving() {
            self.saves.played = 0;
            let number = 1 + self.saves.numbered % AUTOSAVES;
            self.saves.numbered += 1;
            let way = match self.autosave.way {
                SaveWay::Background => "non-blocking",
                SaveWay::Blocking => "blocking",
            };
            self.begin_save(&format!(
                "Info AppManager.cpp:286: Saving to _autosave{number} ({way})."
            ));
        }
    }

    pub(super) fn forget_saves(&mut self) {
        self.saves = Saves {
            numbered: self.saves.numbered,
            ..Saves::default()
        };
    }

    fn begin_save(&mut self, line: &str) -> bool {
        if self.is_saving() {
            return false;
        }
        let child = self.process.next_child();
        self.engine(line);
        if self.autosave.way == SaveWay::Background {
            self.engine(format!(
                "Info AsyncScenarioSaver.cpp:156: Saving process PID: {child}"
            ));
        }
        let save = Save {
            ends: self.wall + self.autosave.takes,
            way: self.autosave.way,
            child,
        };
        if self.autosave.takes.is_zero() {
            self.end_save(save);
        } else {
            self.saves.current = Some(save);
        }
        true
    }

    fn end_save(&mut self, save: Save) {
        self.saves.current = None;
        if self.autosave.outcome == SaveOutcome::Failed {
            return;
        }
        if save.way == SaveWay::Background {
            self.engine(format!(
                "Info ChildProcessAgent.cpp:60: Child {} exited with return value 0",
                save.child
            ));
        }
        self.engine("Info AppManager.cpp:287: Saving finished");
    }
}
