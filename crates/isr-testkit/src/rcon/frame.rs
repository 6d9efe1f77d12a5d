//! Frames of the wire, as Factorio writes and reads them.
//!
//! Owns the layout. Written apart from every client, so that a mistake there cannot hide here.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// What the game accepts. Long commands work; this is only so that a broken client costs no memory.
const LONGEST: usize = 1 << 20;

/// One packet from a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) id: i32,
    pub(super) kind: i32,
    pub(super) body: Vec<u8>,
}

/// Reads one packet; fails where the stream ends or the packet is none.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Frame> {
    let length = usize::try_from(stream.read_i32_le().await?).unwrap_or(0);
    if !(10..=LONGEST).contains(&length) {
        return Err(io::Error::other("no length that a client sends"));
    }
    let (id, kind) = (stream.read_i32_le().await?, stream.read_i32_le().await?);
    let mut body = vec![0; length - 8];
    stream.read_exact(&mut body).await?;
    // The game rejects packets with a single NUL.
    if !body.ends_with(&[0, 0]) {
        return Err(io::Error::other("not two NULs at the end"));
    }
    body.truncate(body.len() - 2);
    Ok(Frame { id, kind, body })
}

/// One packet to a client, never split.
pub(super) fn write(id: i32, kind: i32, body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len() + 10).unwrap_or(i32::MAX);
    let mut bytes = Vec::with_capacity(body.len() + 14);
    for number in [length, id, kind] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend_from_slice(body);
    bytes.extend([0, 0]);
    bytes
}
