//! One packet, and how it is written.
//!
//! Owns the kinds and the layout of the frame. Fails only where a body is too long for the length field.

use super::{BodyTooLong, OVERHEAD};

/// The id of the answer to a login with a wrong password.
pub const LOGIN_REFUSED: i32 = -1;

/// What a packet is for. Kinds that are not named here are carried, not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind(pub i32);

impl Kind {
    /// Server to client: the output of a command.
    pub const REPLY: Self = Self(0);
    /// Client to server: run this.
    pub const COMMAND: Self = Self(2);
    /// Server to client: the answer to a login. The same number as [`Kind::COMMAND`].
    pub const LOGIN_REPLY: Self = Self(2);
    /// Client to server: the password.
    pub const LOGIN: Self = Self(3);
}

/// One packet of either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Chosen by the client, echoed by the server.
    pub id: i32,
    /// What it is for.
    pub kind: Kind,
    /// The text without the NULs behind it. May hold anything.
    pub body: Vec<u8>,
}

/// Appends one frame to `out`.
///
/// # Errors
/// [`BodyTooLong`] when the length field cannot hold it; `out` is left as it was.
pub fn encode(id: i32, kind: Kind, body: &[u8], out: &mut Vec<u8>) -> Result<(), BodyTooLong> {
    let length =
        i32::try_from(body.len().saturating_add(OVERHEAD)).map_err(|_| BodyTooLong { length: body.len() })?;
    out.reserve(body.len() + OVERHEAD + 4);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&id.to_le_bytes());
    out.extend_from_slice(&kind.0.to_le_bytes());
    out.extend_from_slice(body);
    out.extend_from_slice(&[0, 0]);
    Ok(())
}
