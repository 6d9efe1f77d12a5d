//! Following the files of the configuration: when they change, it is loaded anew and judged as at the start.
//!
//! Owns one thread that waits for changes, lets files settle, and loads. Reading files can block: here it blocks nobody
//! else. Must not know how a configuration is applied. A refused one is handed on as such; it is loaded again when a
//! file changes again.

mod alarm;
mod difference;
mod unshown;
mod wish;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::config::{self, Loaded, Looked, Overrides, Refused, Surroundings};

use alarm::{Alarm, Bell, Rung};
pub use difference::{Difference, difference, waits_for_start};
pub use wish::{ReloadTold, ReloadWish, Wish, Wishes, wishes};

/// All files are looked at this often even when no event comes: mounts, links and absent folders send none.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Files have to stay as they are for so long before they are read: an editor may be at work.
const SETTLED_AFTER: Duration = Duration::from_millis(300);
/// So many looks at files that never settle are enough: then they are read as they are.
const MOST_LOOKS: usize = 30;
/// The pause after a panic while loading.
const AFTER_PANIC: Duration = Duration::from_secs(30);

/// A configuration that was loaded while the program runs.
#[derive(Debug)]
pub struct Reloaded {
    /// The files and folders that changed; none when a signal asked for it.
    pub changed: Vec<PathBuf>,
    /// When loading began.
    pub begun: Instant,
    /// What came of it.
    pub outcome: Result<Loaded, Refused>,
}

/// The changes of the configuration, as they come.
#[derive(Debug)]
pub struct Reloads {
    coming: mpsc::Receiver<Reloaded>,
    bell: Bell,
}

impl Reloads {
    /// Follows the files that a configuration was made from. Without a thread for that it never changes.
    #[must_use]
    pub fn follow(surroundings: Surroundings, overrides: Overrides, looked: Looked) -> Self {
        let (sender, coming) = mpsc::channel(1);
        let (alarm, bell) = Alarm::new();
        let follower = Follower {
            surroundings,
            overrides,
            looked,
            alarm,
            sender,
        };
        let started = thread::Builder::new()
            .name("configuration".to_owned())
            .spawn(move || follower.run());
        if let Err(error) = started {
            tracing::error!(%error, "config_not_followed: changes take effect at the next start");
        }
        Self { coming, bell }
    }

    /// The next one. Waits for ever when none can come.
    pub async fn next(&mut self) -> Reloaded {
        match self.coming.recv().await {
            Some(reloaded) => reloaded,
            None => std::future::pending().await,
        }
    }

    /// Loads at once, whether a file changed or not.
    pub fn load_now(&self) {
        self.bell.ring(Rung::LoadNow);
    }
}

impl Drop for Reloads {
    fn drop(&mut self) {
        self.bell.ring(Rung::End);
    }
}

struct Follower {
    surroundings: Surroundings,
    overrides: Overrides,
    looked: Looked,
    alarm: Alarm,
    sender: mpsc::Sender<Reloaded>,
}

/// What there is to do.
enum Due {
    Nothing,
    /// To load, because of these files, or because somebody asked.
    Load(Vec<PathBuf>),
    End,
}

impl Follower {
    fn run(mut self) {
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.follow())) {
                Ok(()) => return,
                Err(_) => {
                    tracing::error!(
                        "config_loading_panicked: please report it; tried again when a file changes"
                    );
                    self.looked = self.looked.again();
                    thread::sleep(AFTER_PANIC);
                }
            }
        }
    }

    fn follow(&mut self) {
        self.alarm.watch(&self.looked);
        // What changed while it was read, or before it was watched, may send no event any more.
        let mut patience = Duration::ZERO;
        loop {
            let changed = match self.due(patience) {
                Due::End => return,
                Due::Nothing => {
                    patience = LOOK_EVERY;
                    continue;
                }
                Due::Load(changed) => changed,
            };
            patience = Duration::ZERO;
            let begun = Instant::now();
            let outcome = config::load(&self.surroundings, &self.overrides);
            self.looked = match &outcome {
                Ok(loaded) => loaded.looked.clone(),
                Err(refused) => refused.looked.clone(),
            };
            self.alarm.watch(&self.looked);
            let reloaded = Reloaded {
                changed,
                begun,
                outcome,
            };
            if self.sender.blocking_send(reloaded).is_err() {
                return;
            }
        }
    }

    /// Waits for something to do.
    fn due(&self, patience: Duration) -> Due {
        let (rung, now) = match self.alarm.wait(patience) {
            Rung::Nobody => self.settle(),
            rung => (rung, self.looked.again()),
        };
        let changed = self.looked.differences(&now);
        match rung {
            Rung::End => Due::End,
            Rung::Nobody if changed.is_empty() => Due::Nothing,
            Rung::Nobody | Rung::LoadNow => Due::Load(changed),
        }
    }

    /// Waits until the files stay as they are, or somebody wants them as they are; gives how they look then.
    fn settle(&self) -> (Rung, Looked) {
        let mut now = self.looked.again();
        for _ in 0..MOST_LOOKS {
            if now == self.looked {
                break;
            }
            match self.alarm.pause(SETTLED_AFTER) {
                Rung::Nobody => {}
                wish => return (wish, self.looked.again()),
            }
            let later = self.looked.again();
            if later == now {
                break;
            }
            now = later;
        }
        (Rung::Nobody, now)
    }
}
