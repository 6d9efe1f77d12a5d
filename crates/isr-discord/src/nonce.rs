//! The mark by which Discord recognises a message that is sent a second time.
//!
//! Owns the 25 characters of a `nonce`. The same delivery always gives the same one, so that it need not be stored: a
//! retry after a lost answer returns the message that is there instead of posting another, as long as Discord
//! remembers (some minutes). A message that several deliveries were folded into has a mark made from all of them: another
//! fold is another message, so that nothing is taken for something that was posted before. Cannot fail.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use isr_core::delivery::DeliveryId;
use serde::{Serialize, Serializer};

/// Letters of Discord's alphabet for text, six bits each.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Letters for the generation (64 bits), the offset (48 bits: files below 256 TiB) and the part (32 bits).
const WIDTHS: [usize; 3] = [11, 8, 6];
/// The hash FNV-1a with 128 bits: the same on every machine and in every version of this program.
const FNV_OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0100_0000_0000_0000_0000_013b;

fn mixed(hash: u128, id: &DeliveryId) -> u128 {
    let bytes = values(id).into_iter().flat_map(u64::to_le_bytes);
    bytes.fold(hash, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(FNV_PRIME)
    })
}

/// A message's mark.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce([u8; 25]);

impl From<&DeliveryId> for Nonce {
    fn from(id: &DeliveryId) -> Self {
        Self::of_values(values(id))
    }
}

/// What a delivery's identity is made of.
const fn values(id: &DeliveryId) -> [u64; 3] {
    [id.generation.0.cast_unsigned(), id.offset, id.part as u64]
}

impl Nonce {
    fn of_values(values: [u64; 3]) -> Self {
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

    /// The mark of a message that these deliveries were folded into, in this order. Of a single one it is that
    /// delivery's own. None for no delivery.
    #[must_use]
    pub fn of_fold<'a>(ids: impl IntoIterator<Item = &'a DeliveryId>) -> Option<Self> {
        let mut ids = ids.into_iter();
        let first = ids.next()?;
        let mut mark = None;
        for id in ids {
            let begun = mark.unwrap_or_else(|| mixed(FNV_OFFSET, first));
            mark = Some(mixed(begun, id));
        }
        Some(mark.map_or_else(|| Self::from(first), Self::of_hash))
    }

    /// The mark of the same deliveries beside something else that tells them apart: the channel, for Discord recognises a
    /// mark wherever its author posts, or the program that posts.
    #[must_use]
    pub fn mixed_with(self, value: u64) -> Self {
        let bytes = self.0.into_iter().chain(value.to_le_bytes());
        let mark = bytes.fold(FNV_OFFSET, |hash, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(FNV_PRIME)
        });
        Self::of_hash(mark)
    }

    fn of_hash(mark: u128) -> Self {
        let [low, high] = [mark, mark >> 64].map(|half| (half & u128::from(u64::MAX)) as u64);
        Self::of_values([low, high & ((1 << 48) - 1), (high >> 48) | (1 << 31)])
    }

    /// A mark that no other message has.
    #[must_use]
    pub fn fresh() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self::of_values([random(), random(), random()])
    }

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

    #[test]
    fn a_fold_has_a_mark_of_its_own_in_exactly_this_order() {
        let id = |offset| DeliveryId {
            generation: GenerationId(7),
            offset,
            part: 0,
        };
        let folds: [&[u64]; 6] = [&[1], &[2], &[1, 2], &[2, 1], &[1, 2, 3], &[1, 1]];
        let marks =
            folds.map(|fold| Nonce::of_fold(&fold.iter().map(|at| id(*at)).collect::<Vec<_>>()).unwrap());
        for (at, mark) in marks.iter().enumerate() {
            assert!(!marks[at + 1..].contains(mark), "{:?}", folds[at]);
        }
        assert_eq!(marks[0], Nonce::from(&id(1)));
        assert_eq!(
            marks[2].as_str(),
            Nonce::of_fold([&id(1), &id(2)]).unwrap().as_str()
        );
        assert_eq!(Nonce::of_fold([]), None);
        let (here, there) = (marks[0].mixed_with(1), marks[0].mixed_with(2));
        assert!(here != there && here != marks[0] && here == marks[0].mixed_with(1));
        assert_eq!(here.as_str().len(), 25);
        assert_ne!(Nonce::fresh(), Nonce::fresh());
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
