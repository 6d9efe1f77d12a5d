//! Sets of bytes, as they may stand in a text whatever its case.
//!
//! Owns the rule of case: a letter stands for both of its forms, and bytes beyond ASCII are in every set that is not
//! empty by construction. Must not know expressions. Cannot fail.

/// A set of bytes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Bytes([bool; 256]);

impl Bytes {
    /// No byte.
    pub(super) const NONE: Self = Self([false; 256]);
    /// Every byte.
    pub(super) const ALL: Self = Self([true; 256]);

    /// The bytes of a text.
    pub(super) fn of(text: &[u8]) -> Self {
        // Letters of ASCII can be written by letters beyond it, and the other way round.
        let odd = text.iter().any(|byte| !byte.is_ascii());
        let mut set = if odd { Self::beyond("ks") } else { Self::beyond("") };
        for byte in text {
            set.insert(*byte);
        }
        set
    }

    /// The bytes of all characters between two.
    pub(super) fn between(first: char, last: char) -> Self {
        let mut set = if last.is_ascii() {
            Self::beyond("")
        } else {
            Self::beyond("ks")
        };
        for byte in 0..0x80 {
            if (first..=last).contains(&char::from(byte)) {
                set.insert(byte);
            }
        }
        set
    }

    /// All bytes beyond ASCII, and some letters.
    fn beyond(letters: &str) -> Self {
        let mut set = Self::NONE;
        set.0[0x80..].fill(true);
        letters.bytes().for_each(|letter| set.insert(letter));
        set
    }

    fn insert(&mut self, byte: u8) {
        for form in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
            self.0[usize::from(form)] = true;
        }
    }

    /// What is in one of two sets.
    pub(super) fn or(&self, other: &Self) -> Self {
        let mut set = self.clone();
        for (byte, is_in) in set.0.iter_mut().zip(&other.0) {
            *byte |= *is_in;
        }
        set
    }

    pub(super) const fn contains(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = (0..=u8::MAX).filter(|byte| self.contains(*byte));
        f.debug_set()
            .entries(bytes.map(|byte| byte.escape_ascii().to_string()))
            .finish()
    }
}
