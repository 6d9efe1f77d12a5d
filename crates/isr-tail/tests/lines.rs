//! Lines and offsets: F11, F13, F14.

mod support;

use isr_tail::{FirstLook, LineReader, Look, Notice, TailOptions};
use proptest::prelude::*;
use support::*;

#[test]
fn f11_a_line_in_two_halves_is_one_record_with_and_without_a_kill_between() {
    for kill in [false, true] {
        let mut rig = sim(FirstLook::Beginning);
        rig.fs.append(LOG, b"whole\nfirst ha");
        rig.poll();
        rig.commit();
        assert_eq!(rig.store[0].offset, 6, "a stored offset is a line start");
        if kill {
            rig.kill();
            rig.poll();
        }
        rig.poll_after(10 * SECOND);
        rig.fs.append(LOG, b"lf, second half\nnext\n");
        rig.poll_after(SECOND);
        let last = rig.seen[1].clone();
        assert_eq!((last.start, last.end, last.terminated), (6, 30, true));
        assert_eq!(
            rig.lines(),
            ["whole", "first half, second half", "next"],
            "kill: {kill}"
        );
    }
}

#[test]
fn a_first_look_at_the_end_starts_at_the_start_of_a_half_line() {
    let mut rig = sim(FirstLook::End);
    rig.fs
        .append(LOG, format!("{}half", numbered(0..2000)).as_bytes());
    rig.poll();
    assert!(rig.tail.position_fixed());
    assert!(rig.seen.is_empty());
    rig.fs.append(LOG, b" and half\nnew\n");
    rig.poll_after(SECOND);
    assert!(rig.seen.iter().all(|seen| seen.live));
    assert_eq!(rig.lines(), ["half and half", "new"]);
}

#[test]
fn a_first_look_at_the_end_is_kept_across_a_crash_before_any_line() {
    let mut rig = sim(FirstLook::End);
    rig.fs.append(LOG, numbered(0..100).as_bytes());
    rig.poll();
    rig.commit();
    rig.fs.append(LOG, b"written while dead\n");
    rig.kill();
    rig.poll();
    assert_eq!(rig.lines(), ["written while dead"]);
}

#[test]
fn a_file_that_appears_while_the_process_is_down_is_read_from_its_beginning() {
    let mut rig = sim(FirstLook::End);
    rig.poll();
    rig.commit();
    rig.fs.append(LOG, b"written while dead\n");
    rig.kill();
    rig.poll();
    assert_eq!(rig.lines(), ["written while dead"]);
    assert_eq!(rig.count(|n| matches!(n, Notice::GenerationGap { .. })), 0);
}

#[test]
fn f13_hostile_bytes_pass_unchanged() {
    let lines: [&[u8]; 7] = [
        b"\xff\xfe broken \xc3",
        b"\0\0\0",
        b"",
        b"\xef\xbb\xbfbom",
        b"\x1b[31mred\x1b[0m",
        b"a\rb",
        b"\r",
    ];
    let mut rig = sim(FirstLook::Beginning);
    for line in lines {
        rig.fs.append(LOG, line);
        rig.fs.append(LOG, b"\r\n");
    }
    rig.poll();
    let seen: Vec<&[u8]> = rig.seen.iter().map(|seen| seen.line.as_slice()).collect();
    assert_eq!(seen, lines);
}

/// What the reader must say of these bytes, computed the plain way.
fn model(bytes: &[u8], cap: usize) -> Vec<(u64, u64, Vec<u8>, u64)> {
    let mut start = 0;
    let mut lines = Vec::new();
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = start + piece.len() as u64;
        if let Some(content) = piece.strip_suffix(b"\n") {
            let (kept, cut) = match content.len() > cap {
                false => (content.strip_suffix(b"\r").unwrap_or(content), 0),
                true => {
                    let whole = content.strip_suffix(b"\r").unwrap_or(content);
                    (&content[..cap], (whole.len() - cap) as u64)
                }
            };
            lines.push((start, end, kept.to_vec(), cut));
        }
        start = end;
    }
    lines
}

fn log_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => any::<u8>(), 1 => Just(b'\n'), 1 => Just(b'\r')];
    prop::collection::vec(byte, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f13_any_bytes_in_any_pieces_give_the_lines_between_newlines(
        bytes in log_bytes(),
        cuts in prop::collection::vec(1..40_usize, 1..20),
        cap in 1..40_usize,
        offset in 0..u64::from(u32::MAX),
    ) {
        let mut reader = LineReader::new(offset, cap);
        let mut lines = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts.iter().cycle() {
            let (piece, later) = rest.split_at(rest.len().min(*cut));
            reader.feed(piece, &mut |line| {
                assert!(line.terminated);
                lines.push((line.start - offset, line.end - offset, line.bytes.to_vec(), line.cut_bytes));
            });
            rest = later;
            if rest.is_empty() { break }
        }
        prop_assert_eq!(&lines, &model(&bytes, cap));
        prop_assert_eq!(reader.position(), offset + bytes.len() as u64);
        prop_assert_eq!(reader.line_start(), offset + lines.last().map_or(0, |line| line.1));
        let newlines = bytes.iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(newlines, lines.len());
        let mut halves = 0;
        reader.flush(&mut |line| { halves += 1; assert!(!line.terminated) });
        prop_assert_eq!(halves, usize::from(bytes.last().is_some_and(|last| *last != b'\n')));
    }
}

#[test]
fn f14_64_mib_without_newline_cost_no_memory_and_one_line() {
    let cap = TailOptions::default().line_cap;
    let mut reader = LineReader::new(0, cap);
    let chunk = vec![b'x'; 256 * 1024];
    let mut lines = Vec::new();
    let mut held = 0;
    for _ in 0..256 {
        reader.feed(&chunk, &mut |line| {
            lines.push((line.start, line.bytes.len(), line.cut_bytes))
        });
        held = held.max(reader.held_bytes());
    }
    assert!(held <= 2 * cap, "held {held} bytes");
    reader.feed(b"\nnext\n", &mut |line| {
        lines.push((line.start, line.bytes.len(), line.cut_bytes))
    });
    let total = 64 << 20;
    assert_eq!(lines, [(0, cap, total - cap as u64), (total + 1, 4, 0)]);
    assert!(reader.held_bytes() <= 8 * 1024, "the memory is given back");
}

#[test]
fn f14_through_a_file_the_long_line_is_counted_once_and_the_next_one_is_intact() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"before\n");
    for _ in 0..8 {
        rig.fs.append(LOG, &vec![b'x'; 100_000]);
        rig.poll_after(SECOND);
    }
    rig.fs.append(LOG, b"\nafter\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.seen.len(), 3);
    assert_eq!(rig.seen[1].cut_bytes, 800_000 - 256 * 1024);
    assert_eq!(rig.seen[2].line, b"after");
    assert_eq!(rig.seen[2].start, 7 + 800_001);
    assert_eq!(rig.count(|n| matches!(n, Notice::LineTooLong { .. })), 1);
}

#[test]
fn a_budget_ends_a_look_and_the_next_one_goes_on() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, numbered(0..5000).as_bytes());
    let mut looks = 0;
    loop {
        let polled = rig.poll_with(Look::Again, 10_000);
        assert!(polled.read_bytes <= 10_000);
        rig.commit();
        looks += 1;
        if !polled.more {
            break;
        }
        rig.kill();
    }
    assert!(looks > 20);
    assert_eq!(rig.lines(), expected(0..5000));
}

#[test]
fn records_are_live_only_behind_the_end_that_was_reached() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"old\n");
    rig.poll();
    rig.fs.append(LOG, b"new\n");
    rig.poll_after(SECOND);
    let live: Vec<bool> = rig.seen.iter().map(|seen| seen.live).collect();
    assert_eq!(live, [false, true]);
}
