//! What one line must remember of the lines before it: whether bare lines still belong to an older entry.
//!
//! Owns that one bit and its stored form. Must not know what a line means. Decoding an unknown byte is `None`.

/// The state between lines of one stream. Keep one per stream and put its byte beside the stream's position, so that
/// a restart in the middle of a multi-line command reads on as if it had never stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Context {
    bare: Bare,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Bare {
    /// A bare line stands for itself.
    #[default]
    Own,
    /// A bare line continues the entry before it and is never an event.
    Continues,
}

impl Context {
    /// The state at the beginning of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { bare: Bare::Own }
    }

    /// The state as one byte for a checkpoint.
    #[must_use]
    pub const fn encode(self) -> u8 {
        match self.bare {
            Bare::Own => 0,
            Bare::Continues => 1,
        }
    }

    /// The reverse of [`Context::encode`]; `None` for a byte that no version has written.
    #[must_use]
    pub const fn decode(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self { bare: Bare::Own }),
            1 => Some(Self {
                bare: Bare::Continues,
            }),
            _ => None,
        }
    }

    /// Whether a bare line that came now would continue the entry before it.
    #[must_use]
    pub const fn continues(self) -> bool {
        matches!(self.bare, Bare::Continues)
    }

    /// A line of its own was read; bare lines after it stand for themselves.
    pub(crate) const fn close(&mut self) {
        self.bare = Bare::Own;
    }

    /// An entry was read that may run on over bare lines.
    pub(crate) const fn open(&mut self) {
        self.bare = Bare::Continues;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_a_checkpoint() {
        let mut context = Context::new();
        assert_eq!(Context::decode(context.encode()), Some(context));
        context.open();
        assert_eq!(Context::decode(context.encode()), Some(context));
        assert!(context.continues());
        assert_eq!(Context::decode(7), None);
    }
}
