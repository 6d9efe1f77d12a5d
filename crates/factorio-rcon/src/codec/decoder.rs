//! Packets out of a stream that arrives in pieces.
//!
//! Owns the bytes of the packet that is not complete yet, and nothing else: they never exceed the cap by more than one
//! piece. Fails with [`FrameError`], and then for good.

use super::{FrameError, Kind, OVERHEAD, Packet};

/// Bytes of the length field.
const PREFIX: usize = 4;

/// A buffer that grew beyond this for one large packet is given back afterwards.
const KEPT: usize = 64 << 10;

/// Finds packets in a stream.
#[derive(Debug)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Where the first packet that was not taken yet begins.
    start: usize,
    cap: usize,
    broken: Option<FrameError>,
}

impl Decoder {
    /// A decoder at the start of a stream that takes bodies of at most `cap` bytes.
    #[must_use]
    pub const fn new(cap: usize) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            cap,
            broken: None,
        }
    }

    /// Takes bytes as they arrived. Call [`Decoder::next`] until it has nothing more before feeding again, so that
    /// what is held stays bounded. Bytes behind a broken frame are ignored.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.broken.is_some() {
            return;
        }
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT {
            self.buffer = Vec::new();
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete packet, or `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`], the same again at every later call.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that goes on after `None` and may fail would mislead"
    )]
    pub fn next(&mut self) -> Result<Option<Packet>, FrameError> {
        if let Some(error) = self.broken {
            return Err(error);
        }
        self.take().inspect_err(|error| {
            self.broken = Some(*error);
            self.buffer = Vec::new();
            self.start = 0;
        })
    }

    /// Whether the stream stands inside a packet.
    #[must_use]
    pub const fn is_inside_a_packet(&self) -> bool {
        self.buffer.len() > self.start
    }

    /// Bytes that are held of packets that were not taken yet.
    #[must_use]
    pub const fn held_bytes(&self) -> usize {
        self.buffer.len() - self.start
    }

    fn take(&mut self) -> Result<Option<Packet>, FrameError> {
        let Some((prefix, rest)) = self.buffer[self.start..].split_first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        // Judged before the rest has come: a wrong length is not waited for.
        let length = self.checked(i32::from_le_bytes(*prefix))?;
        let Some(frame) = rest.get(..length) else {
            return Ok(None);
        };
        let packet = parse(frame).ok_or(FrameError::NotTerminated)?;
        self.start += PREFIX + length;
        Ok(Some(packet))
    }

    fn checked(&self, announced: i32) -> Result<usize, FrameError> {
        let too_short = FrameError::TooShort { length: announced };
        let length = usize::try_from(announced).map_err(|_| too_short)?;
        let body = length.checked_sub(OVERHEAD).ok_or(too_short)?;
        if body > self.cap {
            return Err(FrameError::TooLong {
                length: body,
                cap: self.cap,
            });
        }
        Ok(length)
    }
}

fn parse(frame: &[u8]) -> Option<Packet> {
    let (id, rest) = frame.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let body = rest.strip_suffix(&[0, 0])?;
    Some(Packet {
        id: i32::from_le_bytes(*id),
        kind: Kind(i32::from_le_bytes(*kind)),
        body: body.to_vec(),
    })
}
