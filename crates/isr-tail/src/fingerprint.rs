//! The hash behind heads and anchors, and the sliding window that anchors are taken from.
//!
//! Owns the one hash whose values are persisted: 64-bit FNV-1a. It is stable for ever; another hash would make
//! every stored checkpoint look like a replaced file. It is no defence against somebody who forges logs on purpose:
//! whoever can write the log can write lines too. Nothing here fails.

use isr_core::source::Fingerprint;

/// The largest number of bytes that a head or an anchor covers.
pub const WINDOW: usize = 1024;

/// 64-bit FNV-1a. Its state is its value, so hashing can continue from a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fnv(u64);

impl Fnv {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    /// The hash of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Self::OFFSET_BASIS)
    }

    /// Goes on from a value that [`Fnv::value`] returned.
    #[must_use]
    pub const fn resume(value: u64) -> Self {
        Self(value)
    }

    /// The hash of what was hashed so far, followed by `bytes`.
    #[must_use]
    pub fn with(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(Self::PRIME)
        }))
    }

    /// The 64-bit value.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Fnv {
    fn default() -> Self {
        Self::new()
    }
}

/// The fingerprint of no bytes at all, which matches everything and proves nothing.
pub(crate) const NOTHING: Fingerprint = Fingerprint {
    len: 0,
    hash: Fnv::OFFSET_BASIS,
};

/// The fingerprint of at most [`WINDOW`] bytes.
pub(crate) fn fingerprint(bytes: &[u8]) -> Fingerprint {
    extend(NOTHING, bytes)
}

/// The fingerprint of what `print` covers followed by `more`, cut at [`WINDOW`] bytes.
pub(crate) fn extend(print: Fingerprint, more: &[u8]) -> Fingerprint {
    let room = WINDOW.saturating_sub(usize::from(print.len));
    let taken = &more[..more.len().min(room)];
    let len = usize::from(print.len) + taken.len();
    Fingerprint {
        len: u16::try_from(len).unwrap_or(u16::MAX),
        hash: Fnv::resume(print.hash).with(taken).value(),
    }
}

/// The last bytes before a position: at most [`WINDOW`] of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    bytes: Vec<u8>,
}

impl Window {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes[bytes.len().saturating_sub(WINDOW)..].to_vec(),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Moves the position past `chunk`.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        let fresh = &chunk[chunk.len().saturating_sub(WINDOW)..];
        let excess = (self.bytes.len() + fresh.len()).saturating_sub(WINDOW);
        self.bytes.drain(..excess);
        self.bytes.extend_from_slice(fresh);
    }

    /// The anchor of a position that lies `chunk` bytes behind this window's own position.
    pub(crate) fn anchor_after(&self, chunk: &[u8]) -> Fingerprint {
        let fresh = &chunk[chunk.len().saturating_sub(WINDOW)..];
        let kept = self.bytes.len().min(WINDOW - fresh.len());
        let before = &self.bytes[self.bytes.len() - kept..];
        extend(fingerprint(before), fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_persisted_hash_never_changes() {
        assert_eq!(Fnv::new().value(), 0xcbf2_9ce4_8422_2325);
        assert_eq!(Fnv::new().with(b"a").value(), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Fnv::new().with(b"foobar").value(), 0x8594_4171_f739_67e8);
        assert_eq!(Fnv::new().with(b"foo").with(b"bar"), Fnv::new().with(b"foobar"));
    }

    #[test]
    fn an_anchor_is_the_same_however_the_bytes_were_cut() {
        let bytes: Vec<u8> = (0..5000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
        for position in [0, 1, 700, 1023, 1024, 1025, 3000, 5000] {
            let expected = fingerprint(&bytes[position.max(WINDOW) - WINDOW..position]);
            for cut in [0, 1, 600, 1024, 2048, 4999] {
                let cut = cut.min(position);
                let mut window = Window::default();
                for piece in bytes[..cut].chunks(333) {
                    window.push(piece);
                }
                assert_eq!(
                    window.anchor_after(&bytes[cut..position]),
                    expected,
                    "{position} cut at {cut}"
                );
            }
        }
    }
}
