//! Transport compression: one zlib stream for the life of a connection.
//!
//! Owns the joining of pieces and the inflating of complete messages (Discord's `zlib-stream`: a message is complete
//! when the bytes so far end in `00 00 FF FF`). Of the two compressions that Discord offers this one needs no C and no
//! crate that we do not have already. Pure. Fails with [`InflateError`], after which the connection is of no use; what
//! it holds is bounded, so that a small message cannot become a huge one.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::MESSAGE_LIMIT;

/// What every complete message ends in.
const SUFFIX: [u8; 4] = [0, 0, 0xFF, 0xFF];
/// A buffer that grew beyond this is given back after its message.
const KEPT_BUFFER: usize = 64 * 1024;
/// How much is inflated at a time.
const STEP: usize = 16 * 1024;

/// Why a connection's stream is of no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum InflateError {
    /// Not zlib, or damaged.
    #[error("the compressed stream is damaged")]
    Damaged,
    /// More than any message of Discord has.
    #[error("a message is larger than 16 MiB")]
    TooLarge,
}

/// The inflating end of one connection.
pub(super) struct Inflater {
    state: Box<InflateState>,
    /// Pieces of a message that is not complete.
    waiting: Vec<u8>,
    message: Vec<u8>,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self {
            state: InflateState::new_boxed(DataFormat::Zlib),
            waiting: Vec::new(),
            message: Vec::new(),
        }
    }

    /// Takes a piece. Gives a message when it is complete.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Option<&[u8]>, InflateError> {
        if self.waiting.len() + piece.len() > MESSAGE_LIMIT {
            return Err(InflateError::TooLarge);
        }
        self.waiting.extend_from_slice(piece);
        if !self.waiting.ends_with(&SUFFIX) {
            return Ok(None);
        }
        if self.message.capacity() > KEPT_BUFFER {
            self.message = Vec::new();
        }
        self.message.clear();
        let waiting = std::mem::take(&mut self.waiting);
        self.inflate(&waiting)?;
        Ok(Some(&self.message))
    }

    fn inflate(&mut self, mut input: &[u8]) -> Result<(), InflateError> {
        loop {
            let before = self.message.len();
            if before > MESSAGE_LIMIT {
                return Err(InflateError::TooLarge);
            }
            self.message.resize(before + STEP, 0);
            let room = &mut self.message[before..];
            let result = inflate(&mut self.state, input, room, MZFlush::None);
            self.message.truncate(before + result.bytes_written);
            input = &input[result.bytes_consumed..];
            match result.status {
                // All is out when the input is used up and the room was not.
                Ok(MZStatus::Ok) if input.is_empty() && result.bytes_written < STEP => return Ok(()),
                Ok(MZStatus::Ok) => {}
                // Nothing to do: the last step ended exactly at the end of the room.
                Err(MZError::Buf) if input.is_empty() => return Ok(()),
                // The stream of a connection never ends.
                _ => return Err(InflateError::Damaged),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// Compresses with the other half of the same crate. The one vector below comes from zlib itself.
    fn compress(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
        use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
        use miniz_oxide::deflate::stream::deflate;
        let flags = create_comp_flags_from_zip_params(6, 15, 0);
        let mut state = CompressorOxide::new(flags);
        let squeeze = |message: &Vec<u8>| {
            let mut output = vec![0; message.len() + 1024];
            let result = deflate(&mut state, message, &mut output, MZFlush::Sync);
            assert_eq!(result.bytes_consumed, message.len());
            output.truncate(result.bytes_written);
            output
        };
        messages.iter().map(squeeze).collect()
    }

    #[test]
    fn messages_of_one_stream_of_zlib_itself_come_out() {
        // python3: c = zlib.compressobj(); for m in ...: c.compress(m) + c.flush(zlib.Z_SYNC_FLUSH)
        let mut inflater = Inflater::new();
        for (squeezed, expected) in [ZLIB_HELLO, ZLIB_ACK, ZLIB_ACK_AGAIN] {
            let squeezed = hex(squeezed);
            let (last, first) = squeezed.split_last().unwrap();
            assert_eq!(inflater.push(first), Ok(None));
            assert_eq!(inflater.push(&[*last]), Ok(Some(expected.as_bytes())));
        }
    }

    const ZLIB_HELLO: (&str, &str) = (
        "789caa562a51b2ca2bcdc9d1512a8631f20b94ac0c0d74945294acaa953252138b4a9252134be233f34a528bca127394ac4c0c8d4c0d6a6b01000000ffff",
        r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#,
    );
    const ZLIB_ACK: (&str, &str) = (
        "aac6a5d710ac1724500b000000ffff",
        r#"{"t":null,"s":null,"op":11,"d":null}"#,
    );
    const ZLIB_ACK_AGAIN: (&str, &str) = ("22460d000000ffff", r#"{"t":null,"s":null,"op":11,"d":null}"#);

    #[test]
    fn a_small_message_cannot_become_a_huge_one() {
        let squeezed = compress(&[vec![b'x'; MESSAGE_LIMIT + 5 * STEP]]);
        assert!(squeezed[0].len() < 200_000);
        assert_eq!(Inflater::new().push(&squeezed[0]), Err(InflateError::TooLarge));
    }

    #[test]
    fn pieces_that_never_end_are_not_kept_for_ever() {
        let mut inflater = Inflater::new();
        let piece = vec![1; MESSAGE_LIMIT / 4 + 1];
        for _ in 0..3 {
            assert_eq!(inflater.push(&piece), Ok(None));
        }
        assert_eq!(inflater.push(&piece), Err(InflateError::TooLarge));
    }

    #[test]
    fn damage_is_noticed() {
        assert_eq!(
            Inflater::new().push(&[1, 2, 3, 0, 0, 0xFF, 0xFF]),
            Err(InflateError::Damaged)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_the_cuts_the_messages_come_out_whole_and_in_order(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..70_000), 1..5),
            repeats in 1..3_usize,
            cut in 1..5000_usize,
        ) {
            let messages: Vec<Vec<u8>> = messages.iter().map(|message| message.repeat(repeats)).collect();
            let mut inflater = Inflater::new();
            let mut out = Vec::new();
            for squeezed in compress(&messages) {
                for piece in squeezed.chunks(cut) {
                    if let Some(message) = inflater.push(piece).unwrap() {
                        out.push(message.to_vec());
                    }
                }
            }
            // A piece may end in the mark by chance; then a message comes out in two parts.
            prop_assert_eq!(out.concat(), messages.concat());
        }

        #[test]
        fn no_bytes_make_it_panic(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..8)) {
            let mut inflater = Inflater::new();
            for mut piece in pieces {
                piece.extend_from_slice(&SUFFIX);
                if inflater.push(&piece).is_err() {
                    break;
                }
            }
        }
    }
}
