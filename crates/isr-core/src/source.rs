//! Where records come from: servers, streams, generations and the position in them.
//!
//! Owns the vocabulary that the tailer, the store and the pipeline share. Must not know how a file is read or
//! where a checkpoint is kept. Nothing here fails except parsing a server tag.

use std::fmt;
use std::sync::Arc;

/// The short name of one Factorio server, as the configuration writes it: the label of everything we say about it.
///
/// 1 to 64 characters: letters, digits, `_`, `-` and `.`; the first is a letter or a digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerTag(Arc<str>);

/// Why a text is not a server tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a server tag has 1 to 64 letters, digits, '_', '-' or '.', and starts with a letter or a digit")]
pub struct InvalidServerTag;

impl ServerTag {
    /// Checks and wraps a tag.
    ///
    /// # Errors
    /// [`InvalidServerTag`] when the text is empty, longer than 64 characters or holds another character.
    pub fn parse(text: &str) -> Result<Self, InvalidServerTag> {
        let starts_well = text.chars().next().is_some_and(char::is_alphanumeric);
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if starts_well && text.chars().count() <= 64 && text.chars().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidServerTag)
        }
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ServerTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// Which of a server's logs a record comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The `--console-log` file or a capture of standard output (`log_path`).
    Console,
    /// `factorio-current.log` (`game_log`).
    Game,
}

impl Stream {
    /// The stable name, used in the store and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Game => "game",
        }
    }

    /// The reverse of [`Stream::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "console" => Some(Self::Console),
            "game" => Some(Self::Game),
            _ => None,
        }
    }
}

/// One stream of one server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId {
    /// The server.
    pub server: ServerTag,
    /// The stream.
    pub stream: Stream,
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.server, self.stream.as_str())
    }
}

/// One incarnation of a log file. Rotation or truncation starts a new one. Random, positive, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GenerationId(pub i64);

/// A hash over a stretch of a file, and how many bytes it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// How many bytes were hashed: 0 to 1024.
    pub len: u16,
    /// The 64-bit hash of those bytes.
    pub hash: u64,
}

/// The committed position in one generation, and what proves that a file is still that generation.
///
/// Kept by the store in the same transaction as the deliveries made from the lines before `offset`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The generation that this position belongs to.
    pub generation: GenerationId,
    /// Device number of the file.
    pub device: u64,
    /// Inode number of the file.
    pub inode: u64,
    /// Hash of the head of the file: up to 1 KiB of what had been read.
    pub head: Fingerprint,
    /// Byte offset of the first uncommitted byte: always the start of a line.
    pub offset: u64,
    /// Hash of the bytes right before `offset` (up to 1 KiB).
    pub anchor: Fingerprint,
    /// The largest size seen, in bytes: what is lost when the generation ends unread.
    pub seen_size: u64,
    /// Whether the generation has ended: everything readable was read, or the rest was counted as lost.
    pub ended: bool,
    /// State of the line reader and the server at `offset`, opaque to tailer and store (continuation lines, zone
    /// correction, up or down). At most 4 KiB.
    pub context: Vec<u8>,
}
