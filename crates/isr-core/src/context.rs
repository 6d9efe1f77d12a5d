//! What one stream must remember of the lines before a position, and its stored form.
//!
//! Owns the bundle of continuation lines, zone correction and server state that travels in a checkpoint. Must not
//! know the store. Reading a stored form never fails: what is damaged, missing or from a newer version is as if
//! nothing had been seen, which loses a correction but never a line.

use factorio_log::Context as LineContext;

use crate::server_state::ServerState;
use crate::zone::ZoneCorrection;

/// First byte of the stored form.
const VERSION: u8 = 1;

/// Fields of the stored form: a tag, a length in one byte, the value. Unknown tags are skipped.
const LINES: u8 = 1;
const ZONE_PROVEN: u8 = 2;
const ZONE_CANDIDATE: u8 = 3;
const SERVER: u8 = 4;

/// The state of one stream at one position. Carried over to the next generation of the same stream: a log that was
/// rotated goes on where the old one ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceContext {
    pub(crate) lines: LineContext,
    pub(crate) zone: ZoneCorrection,
    pub(crate) server: ServerState,
}

impl SourceContext {
    /// What live lines taught about the zone.
    #[must_use]
    pub const fn zone_correction(&self) -> ZoneCorrection {
        self.zone
    }

    /// The game's version, where the stream tells it.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.server.version()
    }

    /// Whether the last run that the stream tells of goes on, as far as it was read.
    #[must_use]
    pub fn tells_of_a_run(&self) -> bool {
        self.server.is_up()
    }

    /// The stored form: at most 100 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put(&mut out, LINES, &[self.lines.encode()]);
        if let Some(quarters) = self.zone.proven {
            put(&mut out, ZONE_PROVEN, &quarters.to_le_bytes());
        }
        if let Some((quarters, read_ms)) = self.zone.candidate {
            let [low, high] = quarters.to_le_bytes();
            let mut value = vec![low, high];
            value.extend(read_ms.to_le_bytes());
            put(&mut out, ZONE_CANDIDATE, &value);
        }
        let mut server = Vec::new();
        self.server.encode(&mut server);
        put(&mut out, SERVER, &server);
        out
    }

    /// The reverse of [`SourceContext::encode`], for any bytes.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let mut context = Self::default();
        let Some((&VERSION, mut rest)) = bytes.split_first() else {
            return context;
        };
        while let [tag, length, tail @ ..] = rest {
            let Some((value, tail)) = tail.split_at_checked(usize::from(*length)) else {
                break;
            };
            context.take(*tag, value);
            rest = tail;
        }
        context
    }

    fn take(&mut self, tag: u8, value: &[u8]) {
        match (tag, value) {
            (LINES, [byte]) => self.lines = LineContext::decode(*byte).unwrap_or_default(),
            (ZONE_PROVEN, [low, high]) => self.zone.proven = Some(i16::from_le_bytes([*low, *high])),
            (ZONE_CANDIDATE, [low, high, read @ ..]) => {
                let read_ms = read.try_into().ok().map(i64::from_le_bytes);
                self.zone.candidate = read_ms.map(|ms| (i16::from_le_bytes([*low, *high]), ms));
            }
            (SERVER, value) => self.server = ServerState::decode(value),
            _ => {}
        }
    }
}

fn put(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    out.push(u8::try_from(value.len()).unwrap_or_default());
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use factorio_log::Uptime;

    use super::*;
    use crate::server_state::Sign;

    fn full() -> SourceContext {
        let mut server = ServerState::default();
        for sign in [
            Sign::Version(&[b'2'; 99]),
            Sign::InGame,
            Sign::Signal(&[b'S'; 99]),
            Sign::SaveBegan(Uptime { ms: u64::MAX }),
        ] {
            let _ = server.observe(&sign);
        }
        let zone = ZoneCorrection {
            proven: Some(-23),
            candidate: Some((4, 1_700_000_000_000)),
        };
        SourceContext {
            lines: LineContext::decode(1).unwrap(),
            zone,
            server,
        }
    }

    #[test]
    fn the_stored_form_comes_back() {
        for context in [full(), SourceContext::default()] {
            let bytes = context.encode();
            assert!(bytes.len() <= 100, "{}", bytes.len());
            assert_eq!(SourceContext::decode(&bytes), context);
        }
    }

    #[test]
    fn fields_of_a_newer_writer_are_skipped() {
        let mut bytes = full().encode();
        bytes.splice(1..1, [200, 3, 1, 2, 3]);
        assert_eq!(SourceContext::decode(&bytes), full());
    }

    #[test]
    fn damage_reads_as_nothing_seen() {
        let bytes = full().encode();
        assert_eq!(SourceContext::decode(&[]), SourceContext::default());
        assert_eq!(SourceContext::decode(&[9, 1, 1, 1]), SourceContext::default());
        for end in 0..bytes.len() {
            let _ = SourceContext::decode(&bytes[..end]);
        }
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let read = SourceContext::decode(&damaged);
                let _ = SourceContext::decode(&read.encode());
            }
        }
    }

    #[test]
    fn the_first_stored_form_stays_readable() {
        let golden = [
            1, 1, 1, 1, 2, 2, 8, 0, 3, 10, 4, 0, 0, 104, 229, 207, 139, 1, 0, 0, 4, 8, 2, 5, b'2', b'.',
            b'0', b'.', b'1', 0,
        ];
        let context = SourceContext::decode(&golden);
        assert_eq!(context.zone.minutes(), Some(120));
        assert_eq!(context.zone.candidate, Some((4, 1_700_000_000_000)));
        assert!(context.lines.continues());
        assert_eq!(context.encode(), golden);
    }
}
