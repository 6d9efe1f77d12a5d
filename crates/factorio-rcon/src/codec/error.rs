//! What can be wrong with a frame.

/// The peer sent what is no frame. The connection has to be dropped: where the next packet begins is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length is negative or too small for id, kind and two NULs.
    #[error("the peer announced a packet of {length} bytes, which none can have; is this an RCON port?")]
    TooShort {
        /// As announced.
        length: i32,
    },
    /// The length is above the cap.
    #[error(
        "the peer announced a packet with {length} bytes of text, above the cap of {cap}; raise the cap if it is genuine"
    )]
    TooLong {
        /// Bytes of the body as announced.
        length: usize,
        /// The cap.
        cap: usize,
    },
    /// The two bytes behind the body are not NUL.
    #[error("the peer sent a packet that does not end in two NULs; is this an RCON port?")]
    NotTerminated,
}

/// A body that no frame can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{length} bytes do not fit into one packet")]
pub struct BodyTooLong {
    /// Bytes of the body.
    pub length: usize,
}
