//! Bytes of the wire to packets and back, in pieces of any size.
//!
//! Owns the frame: length, id, kind, body, two NULs, all numbers little-endian. The same code serves a client and a
//! server. Must not know sockets, commands or what a reply means. Reading fails with [`FrameError`]; after that the
//! stream has no known packet boundary any more, and the connection has to be dropped. Memory is bounded by the cap:
//! nothing is set aside because a peer announced it.
//!
//! ```
//! use factorio_rcon::codec::{Decoder, Kind, Packet, encode};
//!
//! let mut wire = Vec::new();
//! encode(7, Kind::COMMAND, b"/time", &mut wire)?;
//!
//! let mut decoder = Decoder::new(8 << 20);
//! for byte in wire {
//!     decoder.feed(&[byte]);
//! }
//! assert_eq!(decoder.next()?, Some(Packet { id: 7, kind: Kind::COMMAND, body: b"/time".to_vec() }));
//! assert_eq!(decoder.next()?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decoder;
mod error;
mod packet;

pub use decoder::Decoder;
pub use error::{BodyTooLong, FrameError};
pub use packet::{Kind, LOGIN_REFUSED, Packet, encode};

/// The largest reply that a session takes unless it is told otherwise.
pub const DEFAULT_REPLY_CAP: usize = 8 << 20;

/// Bytes of a frame that the length counts, besides the body: id, kind, two NULs.
const OVERHEAD: usize = 10;
