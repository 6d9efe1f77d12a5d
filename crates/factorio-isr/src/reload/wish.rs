//! What other parts of the program ask of its main task: to load the configuration anew, and to say what came of it.
//!
//! Owns the way there and back. Must not know who asks. Cannot fail but by silence: whoever asks waits with a deadline.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

/// So many wishes may wait; somebody typed each of them.
const MOST: usize = 8;
/// A configuration is read in less time, or its files hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of a configuration that was loaded anew. Holds no value of any setting: it is told on Discord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReloadTold {
    /// It is in use.
    Accepted {
        /// The settings that are others now.
        changed: Vec<String>,
        /// Those of them that take effect at the next start.
        waiting: Vec<&'static str>,
    },
    /// The one in use stays.
    Refused {
        /// How many things are wrong.
        problems: usize,
    },
}

/// What is wanted.
#[derive(Debug)]
pub enum Wish {
    /// The configuration is to be loaded anew.
    Reload(ReloadWish),
    /// Somebody is told something in a channel that may have no lane yet.
    Places,
}

/// Somebody wants the configuration to be loaded anew.
#[derive(Debug)]
pub struct ReloadWish {
    /// When: what was read before that is not meant.
    pub asked: Instant,
    /// Where it is told what came of it.
    pub answer: oneshot::Sender<ReloadTold>,
}

/// The way to the main task. Clones lead to the same one.
#[derive(Debug, Clone)]
pub struct Wishes(mpsc::Sender<Wish>);

/// A way, and its end.
#[must_use]
pub fn wishes() -> (Wishes, mpsc::Receiver<Wish>) {
    let (sender, receiver) = mpsc::channel(MOST);
    (Wishes(sender), receiver)
}

impl Wishes {
    /// Has lanes made for channels that have none. Should it not be heard, the next reload or start makes them.
    pub fn places(&self) {
        if self.0.try_send(Wish::Places).is_err() {
            tracing::warn!("places_not_followed: notices in a new channel wait for the next reload");
        }
    }

    /// Has the configuration loaded anew. `None`: nobody did that in time.
    pub async fn reload(&self) -> Option<ReloadTold> {
        let (answer, told) = oneshot::channel();
        let asked = Instant::now();
        self.0.try_send(Wish::Reload(ReloadWish { asked, answer })).ok()?;
        tokio::time::timeout(PATIENCE, told).await.ok()?.ok()
    }
}
