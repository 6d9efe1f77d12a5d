//! Pixels into the bytes of a PNG file (RFC 2083): eight bits a channel, with opacity.
//!
//! Owns the format. Must not know what is shown. Fails never.

/// What each PNG file begins with.
const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// Eight bits a channel; red, green, blue and opacity; the only compression and filter method; not interlaced.
const FORMAT: [u8; 5] = [8, 6, 0, 0, 0];
/// Each byte of a row is told as the difference to the one above: flat areas become zeros.
const FILTER_UP: u8 = 2;
const CHANNELS: usize = 4;
const EFFORT: u8 = 7;

/// Encodes rows of red, green, blue and opacity, from top to bottom.
pub(super) fn encode(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let stride = (width as usize * CHANNELS).max(1);
    let mut filtered = Vec::with_capacity(pixels.len() + height as usize);
    let mut above = vec![0; stride];
    for row in pixels.chunks_exact(stride) {
        filtered.push(FILTER_UP);
        filtered.extend(
            row.iter()
                .zip(&above)
                .map(|(byte, above)| byte.wrapping_sub(*above)),
        );
        above.copy_from_slice(row);
    }
    let mut head = Vec::with_capacity(13);
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend(FORMAT);
    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, *b"IHDR", &head);
    chunk(
        &mut file,
        *b"IDAT",
        &miniz_oxide::deflate::compress_to_vec_zlib(&filtered, EFFORT),
    );
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    file.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
    let begin = file.len();
    file.extend(kind);
    file.extend(content);
    let sum = checksum(&file[begin..]);
    file.extend(sum.to_be_bytes());
}

/// The CRC-32 of a chunk.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                0xedb8_8320 ^ (sum >> 1)
            } else {
                sum >> 1
            }
        })
    })
}

/// The pixels of a file that [`encode`] made, and its width: the way back, for tests.
#[cfg(test)]
pub(super) fn decode(file: &[u8]) -> (Vec<u8>, usize) {
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!(file[..8], SIGNATURE);
    let (mut at, mut packed, width) = (8, Vec::new(), number(16));
    while at < file.len() {
        let length = number(at);
        let (kind, end) = (&file[at + 4..at + 8], at + 8 + length);
        assert_eq!(number(end), checksum(&file[at + 4..end]) as usize);
        if kind == b"IDAT" {
            packed.extend(&file[at + 8..end]);
        }
        at = end + 4;
    }
    let filtered = miniz_oxide::inflate::decompress_to_vec_zlib(&packed).unwrap();
    let mut pixels: Vec<u8> = Vec::new();
    for row in filtered.chunks_exact(width * CHANNELS + 1) {
        assert_eq!(row[0], FILTER_UP);
        for byte in &row[1..] {
            let above = pixels
                .len()
                .checked_sub(width * CHANNELS)
                .map_or(0, |above| pixels[above]);
            pixels.push(byte.wrapping_add(above));
        }
    }
    (pixels, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        let pixels: Vec<u8> = (0..3 * 5 * 4).map(|byte: u32| (byte * 37 % 251) as u8).collect();
        let file = encode(&pixels, 3, 5);
        assert_eq!(decode(&file), (pixels, 3));
    }

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert!(
            encode(&[0; 4], 1, 1).ends_with(&[0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82])
        );
    }
}
