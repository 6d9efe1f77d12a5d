//! The mark by which Discord recognises a message that is sent a second time.
//!
//! Owns the 25 characters of a `nonce`. The same delivery always gives the same one, so that it need not be stored: a
//! retry after a lost answer returns the message that is there instead of posting another, as long as Discord
//! remembers (some minutes). Whoever folds several deliveries into one message takes the nonce of the first and has to
//! repeat exactly that fold. Pure. Cannot fail.

use std::fmt;

use isr_core::delivery::DeliveryId;
use serde::{Serialize, Serializer};

/// Letters of Discord's alphabet for text, six bits each.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Letters for the generation (64 bits), the offset (48 bits: files below 256 TiB) and the part (32 bits).
const WIDTHS: [usize; 3] = [11, 8, 6];

/// A message's mark.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce([u8; 25]);

impl From<&DeliveryId> for Nonce {
    fn from(id: &DeliveryId) -> Self {
        let values = [
            u64::from_ne_bytes(id.generation.0.to_ne_bytes()),
            id.offset,
            u64::from(id.part),
        ];
        let mut letters = [b'A'; 25];
        let mut place = 0;
        for (mut value, width) in values.into_iter().zip(WIDTHS) {
            for letter in &mut letters[place..place + width] {
                *letter = LETTERS[usize::from(value.to_le_bytes()[0] & 63)];
                value >>= 6;
            }
            place += width;
        }
        Self(letters)
    }
}

impl Nonce {
    /// The mark as it goes over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only letters of the alphabet above.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({})", self.as_str())
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use isr_core::source::GenerationId;
    use proptest::prelude::*;

    use super::*;

    fn nonce(generation: i64, offset: u64, part: u32) -> Nonce {
        Nonce::from(&DeliveryId {
            generation: GenerationId(generation),
            offset,
            part,
        })
    }

    #[test]
    fn it_stays_the_same_over_versions_of_this_program() {
        assert_eq!(nonce(1, 2, 3).as_str(), "BAAAAAAAAAACAAAAAAADAAAAA");
        assert_eq!(nonce(-1, (1 << 48) - 1, u32::MAX).as_str().len(), 25);
    }

    proptest! {
        #[test]
        fn two_deliveries_never_share_one(
            a in (any::<i64>(), 0..1_u64 << 48, any::<u32>()),
            b in (any::<i64>(), 0..1_u64 << 48, any::<u32>()),
        ) {
            prop_assert_eq!(nonce(a.0, a.1, a.2) == nonce(b.0, b.1, b.2), a == b);
        }
    }
}
