//! Times as values: the monotonic clock for what is measured, the wall clock for what is told.
//!
//! Owns the two and the bracket of a question. Must not read a clock. Cannot fail: a difference is never negative.

use std::time::Duration;

/// A reading of a monotonic clock: the time since an epoch that the reader chose once, such as the start of the program.
/// Readings of one program are compared with each other and never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mono(pub Duration);

impl Mono {
    /// The time from an earlier reading to this one; nothing where that reading is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This reading and a while.
    #[must_use]
    pub const fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }

    /// The reading a while before this one; the epoch where there is none.
    #[must_use]
    pub const fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span))
    }
}

/// One moment on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// For what is measured.
    pub mono: Mono,
    /// For what is told and stored: Unix milliseconds.
    pub unix_ms: i64,
}

/// Between which moments a question was under way: what the answer says was true at some moment between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// When the question left.
    pub sent: Mono,
    /// When the answer was there.
    pub received: Mono,
}

impl Asked {
    /// How long the answer took: how far the moment that it is true of is unknown.
    #[must_use]
    pub const fn took(self) -> Duration {
        self.received.since(self.sent)
    }
}
