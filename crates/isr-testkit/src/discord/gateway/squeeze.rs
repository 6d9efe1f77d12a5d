//! Transport compression: one zlib stream for a connection.
//!
//! Owns the deflating end. Cannot fail: the output is as long as it needs to be.

use miniz_oxide::MZFlush;
use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
use miniz_oxide::deflate::stream::deflate;

pub(super) struct Squeezer(Box<CompressorOxide>);

impl Squeezer {
    pub(super) fn new() -> Self {
        let flags = create_comp_flags_from_zip_params(6, 15, 0);
        Self(Box::new(CompressorOxide::new(flags)))
    }

    /// One complete message, which ends in `00 00 FF FF`.
    pub(super) fn squeeze(&mut self, mut message: &[u8]) -> Vec<u8> {
        let mut squeezed = Vec::new();
        let mut room = vec![0; 64 * 1024];
        loop {
            let result = deflate(&mut self.0, message, &mut room, MZFlush::Sync);
            squeezed.extend_from_slice(&room[..result.bytes_written]);
            message = &message[result.bytes_consumed..];
            if message.is_empty() && result.bytes_written < room.len() {
                return squeezed;
            }
        }
    }
}
