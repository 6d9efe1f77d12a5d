//! Feeds arbitrary bytes in arbitrary pieces to the line reader of `isr-tail`, and lets a simulated log live an
//! arbitrary life of appends, truncations and rotations: every newline is one record, every record starts where the
//! one before it ended, and its content is exact.

#![no_main]

use std::time::Duration;

use isr_tail::sim::{Inodes, SimFs};
use isr_tail::{FirstLook, LineReader, Look, Tail, TailOptions};
use libfuzzer_sys::fuzz_target;

const LOG: &str = "/logs/console.log";

fuzz_target!(|input: &[u8]| {
    let Some((cap, rest)) = input.split_first() else {
        return;
    };
    pieces(usize::from(*cap) + 1, rest);
    life(rest);
});

/// Splits the input into pieces whose sizes its own bytes tell.
fn pieces(cap: usize, input: &[u8]) {
    let mut reader = LineReader::new(0, cap);
    let (mut lines, mut end) = (0, 0);
    let mut rest = input;
    while let Some(size) = rest.first() {
        let (piece, later) = rest.split_at(rest.len().min(usize::from(*size % 61) + 1));
        reader.feed(piece, &mut |line| {
            assert_eq!(line.start, end, "a line starts where the one before it ended");
            check(input, line.start, line.end, line.bytes, line.cut_bytes, cap);
            assert!(line.terminated);
            (lines, end) = (lines + 1, line.end);
        });
        assert!(reader.held_bytes() <= 2 * cap + 8 * 1024);
        rest = later;
    }
    assert_eq!(lines, input.iter().filter(|byte| **byte == b'\n').count());
    assert_eq!(reader.line_start(), end);
    reader.flush(&mut |line| assert_eq!((line.start, line.end), (end, input.len() as u64)));
}

fn check(written: &[u8], start: u64, end: u64, line: &[u8], cut_bytes: u64, cap: usize) {
    let (start, end) = (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
    let content = written[start..end].strip_suffix(b"\n").unwrap();
    let whole = content.strip_suffix(b"\r").unwrap_or(content);
    if content.len() > cap {
        assert_eq!(line, &content[..cap]);
        assert_eq!(cut_bytes, (whole.len() - cap) as u64);
    } else {
        assert_eq!((line, cut_bytes), (whole, 0));
    }
}

/// Reads the input as the life of a log: what each byte does is told by its highest bits.
fn life(input: &[u8]) {
    let fs = SimFs::new(Inodes::Reused);
    let options = TailOptions::default();
    let mut tail = Tail::new(
        fs.clone(),
        LOG.into(),
        options.clone(),
        Vec::new(),
        FirstLook::Beginning,
    );
    let (mut now, mut store) = (Duration::ZERO, tail.take_checkpoints(b""));
    for step in input.chunks(9) {
        let (command, text) = step.split_first().unwrap();
        match command >> 5 {
            0..=3 => fs.append(LOG, text),
            4 => fs.truncate(LOG, usize::from(command & 31)),
            5 => fs.rename(LOG, format!("{LOG}.{}", command & 3)),
            6 => {
                tail = Tail::new(
                    fs.clone(),
                    LOG.into(),
                    options.clone(),
                    store.clone(),
                    FirstLook::Beginning,
                );
            }
            _ => fs.remove(LOG),
        }
        now += Duration::from_millis(u64::from(command & 31) * 100);
        let mut positions = Vec::new();
        let budget = usize::from(command & 7) * 5;
        tail.poll(Look::Timed, now, budget, &mut |record| {
            assert!(record.start < record.end && record.line.len() as u64 <= record.end - record.start);
            assert!(!record.line.contains(&b'\n'));
            let before = positions
                .iter()
                .rev()
                .find(|(generation, _)| *generation == record.generation);
            assert!(
                before.is_none_or(|(_, end)| *end == record.start),
                "records of a generation have no gap"
            );
            positions.push((record.generation, record.end));
        });
        for taken in tail.take_checkpoints(b"") {
            assert!(taken.seen_size >= taken.offset);
            store.retain(|stored| stored.generation != taken.generation);
            store.push(taken);
        }
    }
}
