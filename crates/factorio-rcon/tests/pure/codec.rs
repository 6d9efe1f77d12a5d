//! R02: any stream, in any pieces, gives its packets or a typed error; memory is bounded.

use factorio_rcon::codec::{Decoder, FrameError, Kind, Packet, encode};
use isr_testkit::rng::Rng;
use proptest::prelude::*;

use crate::invariants;

/// How many hostile frames a run reads: 1,000,000 with `RCON_FRAMES=1000000`.
const FRAMES: u64 = 50_000;

fn packet(id: i32, body: &[u8]) -> Packet {
    Packet {
        id,
        kind: Kind::REPLY,
        body: body.to_vec(),
    }
}

fn wire(packets: &[Packet]) -> Vec<u8> {
    let mut out = Vec::new();
    for packet in packets {
        encode(packet.id, packet.kind, &packet.body, &mut out).unwrap();
    }
    out
}

#[test]
fn r02_a_stream_cut_at_every_byte_gives_the_same_packets() {
    let packets = [
        packet(1, b""),
        packet(-1, b"2.0.77\n"),
        packet(0, b"a\0b\0\0"),
        packet(i32::MAX, &[0xff; 40]),
    ];
    let bytes = wire(&packets);
    for cut in 0..=bytes.len() {
        let mut decoder = Decoder::new(100);
        let mut seen = Vec::new();
        for piece in [&bytes[..cut], &bytes[cut..]] {
            decoder.feed(piece);
            while let Some(packet) = decoder.next().unwrap() {
                seen.push(packet);
            }
        }
        assert_eq!(seen, packets, "cut at {cut}");
    }
}

#[test]
fn r02_what_is_no_frame_is_refused_before_its_rest_is_waited_for() {
    let error = |bytes: &[u8]| invariants::stream(bytes, 100, &[1]).1;
    assert_eq!(
        error(&(-1_i32).to_le_bytes()),
        Some(FrameError::TooShort { length: -1 })
    );
    assert_eq!(
        error(&9_i32.to_le_bytes()),
        Some(FrameError::TooShort { length: 9 })
    );
    assert_eq!(
        error(&i32::MAX.to_le_bytes()),
        Some(FrameError::TooLong {
            length: i32::MAX as usize - 10,
            cap: 100
        })
    );
    assert_eq!(
        error(&111_i32.to_le_bytes()),
        Some(FrameError::TooLong {
            length: 101,
            cap: 100
        })
    );
    let mut single_nul = wire(&[packet(1, b"x")]);
    *single_nul.last_mut().unwrap() = b'!';
    assert_eq!(error(&single_nul), Some(FrameError::NotTerminated));
    assert_eq!(
        error(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        Some(FrameError::TooLong {
            length: 0x5054_5448 - 10,
            cap: 100
        })
    );
}

#[test]
fn r02_an_announced_size_reserves_nothing() {
    let mut decoder = Decoder::new(1 << 30);
    decoder.feed(&((1 << 30) + 10_i32).to_le_bytes());
    assert_eq!(decoder.next(), Ok(None));
    assert_eq!(decoder.held_bytes(), 4);
}

#[test]
fn a_reply_of_the_largest_size_passes_in_small_pieces() {
    let body = vec![b'x'; 8 << 20];
    let bytes = wire(&[packet(5, &body), packet(6, b"next")]);
    let (packets, end) = invariants::stream(&bytes, 8 << 20, &[4_096, 1, 16_384]);
    assert_eq!((packets.len(), end), (2, None));
    assert_eq!(packets[0].body.len(), body.len());
    assert_eq!(packets[1], packet(6, b"next"));
}

#[test]
fn r02_hostile_frames_by_the_thousand_are_packets_or_typed_errors() {
    let wanted = std::env::var("RCON_FRAMES")
        .ok()
        .and_then(|text| text.parse().ok());
    let wanted: u64 = wanted.unwrap_or(FRAMES);
    let mut dice = Rng::from_environment("RCON_SEED");
    let (mut frames, mut packets, mut errors) = (0, 0, 0);
    while frames < wanted {
        let cap = usize::try_from(dice.below(300)).unwrap();
        let mut stream = Vec::new();
        for _ in 0..dice.between(1, 12) {
            hostile_frame(&mut dice, cap, &mut stream);
            frames += 1;
        }
        let sizes: Vec<_> = (0..4).map(|_| dice.between(1, 64) as usize).collect();
        let (seen, end) = invariants::stream(&stream, cap, &sizes);
        packets += seen.len();
        errors += usize::from(end.is_some());
        assert_eq!(
            invariants::stream(&stream, cap, &[]),
            (seen, end),
            "the pieces matter"
        );
    }
    println!("{frames} hostile frames: {packets} packets, {errors} streams ended by a typed error");
    assert!(
        packets > 0 && errors > 0,
        "the dice never made both: {packets} packets, {errors} errors"
    );
}

/// Mostly right, else wrong in one of the ways that a frame can be.
fn hostile_frame(dice: &mut Rng, cap: usize, stream: &mut Vec<u8>) {
    let body: Vec<u8> = (0..dice.below(80)).map(|_| dice.below(256) as u8).collect();
    let begin = stream.len();
    encode(dice.next_u64() as i32, Kind(dice.below(6) as i32), &body, stream).unwrap();
    match dice.below(12) {
        0 => stream.truncate(begin + dice.below((stream.len() - begin) as u64) as usize),
        1 => stream[begin..begin + 4].copy_from_slice(&(dice.next_u64() as i32).to_le_bytes()),
        2 => stream[begin..begin + 4].copy_from_slice(&(dice.below(12) as i32).to_le_bytes()),
        3 => stream[begin..begin + 4].copy_from_slice(&((cap + 11) as i32).to_le_bytes()),
        4 => *stream.last_mut().unwrap() = dice.below(256) as u8,
        5 => {
            let place = begin + dice.below((stream.len() - begin) as u64) as usize;
            stream[place] ^= 1 << dice.below(8);
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn r02_any_packets_survive_any_pieces(
        bodies in prop::collection::vec((any::<i32>(), any::<i32>(), prop::collection::vec(any::<u8>(), 0..200)), 0..8),
        sizes in prop::collection::vec(1_usize..100, 1..6),
    ) {
        let packets: Vec<_> = bodies
            .into_iter()
            .map(|(id, kind, body)| Packet { id, kind: Kind(kind), body })
            .collect();
        prop_assert_eq!(invariants::stream(&wire(&packets), 200, &sizes), (packets, None));
    }

    #[test]
    fn r02_any_bytes_in_any_pieces_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        cap in 0_usize..300,
        sizes in prop::collection::vec(1_usize..50, 1..6),
    ) {
        let seen = invariants::stream(&bytes, cap, &sizes);
        prop_assert_eq!(invariants::stream(&bytes, cap, &[]), seen);
    }
}
