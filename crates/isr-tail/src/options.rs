//! The settings of one tailer, with the defaults of the project.

use std::time::Duration;

/// Where to begin when nothing is stored and the file already exists at the first look.
///
/// A file that appears while it is waited for is always read from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstLook {
    /// Behind the last complete line: a half line at the end is read once it is complete.
    #[default]
    End,
    /// At the first byte.
    Beginning,
}

/// Whether something besides the timer says that a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hints {
    /// File events work as far as is known; the timer is slow until they are caught missing a change.
    #[default]
    Working,
    /// There are no file events: the timer is fast.
    Absent,
}

/// The settings of one tailer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailOptions {
    /// How often the path is looked at while file events work.
    pub poll_interval: Duration,
    /// How often it is looked at while file events do not report its changes.
    pub unhinted_interval: Duration,
    /// How long a descriptor stays open after its file left the path and stopped growing.
    pub rotation_wait: Duration,
    /// The longest line in bytes; the rest of a longer one is dropped and counted.
    pub line_cap: usize,
    /// A pattern with `*` and `?` for names of rotated files in the log's folder, besides the usual ones
    /// (`NAME.1`, `NAME-20260101`, `STEM.1.EXT`, `factorio-previous.log`). Compressed files are never read.
    pub sibling_glob: Option<String>,
    /// Whether file events are available.
    pub hints: Hints,
}

impl Default for TailOptions {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(1),
            unhinted_interval: Duration::from_millis(100),
            rotation_wait: Duration::from_secs(10),
            line_cap: 256 * 1024,
            sibling_glob: None,
            hints: Hints::Working,
        }
    }
}
