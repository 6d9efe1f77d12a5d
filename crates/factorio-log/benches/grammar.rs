//! How many lines a second the grammar reads, and what a hostile line costs.
//!
//! Run with `cargo bench -p factorio-log`. The mix is made from the real logs of `tests/data/logs`: two lines as they
//! come (mostly engine noise), then one line of chat. The baseline is a bare newline count of the same bytes by
//! `memchr`, taken in the same round. Minimum and median of the rounds are printed; a round is a whole pass.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures or stops"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use factorio_log::{Context, Grammar, rich_text, strip_ansi};

const LINES: usize = 300_000;
const ROUNDS: usize = 15;
const HOSTILE_BYTES: usize = 9_000;

fn main() {
    let mix = realistic_mix();
    println!("mix: {LINES} lines, {} bytes", mix.len());
    let mut parse = Vec::new();
    let mut count = Vec::new();
    let mut events = 0;
    for _ in 0..ROUNDS {
        count.push(timed(|| {
            black_box(memchr::memchr_iter(b'\n', black_box(&mix)).count());
        }));
        parse.push(timed(|| events = black_box(parse_all(black_box(&mix)))));
    }
    let (best, median) = (minimum(&parse), middle(&mut parse));
    let (count_best, count_median) = (minimum(&count), middle(&mut count));
    println!("understood: {events} of {LINES}");
    println!(
        "grammar:       best {:>12.0} lines/s, median {:>12.0} lines/s",
        rate(best),
        rate(median)
    );
    println!(
        "newline count: best {:>12.0} lines/s, median {:>12.0} lines/s",
        rate(count_best),
        rate(count_median)
    );
    println!(
        "ratio of times, median: {:.1}",
        median.as_secs_f64() / count_median.as_secs_f64()
    );
    for (name, line) in hostile_lines() {
        hostile(name, &line);
    }
}

/// Parses as the relay does: escape sequences off, one context for the stream.
fn parse_all(mix: &[u8]) -> usize {
    let (grammar, mut context, mut scratch) = (Grammar::new(), Context::new(), Vec::new());
    let (mut start, mut events) = (0, 0);
    for end in memchr::memchr_iter(b'\n', mix) {
        let line = strip_ansi(&mix[start..end], &mut scratch);
        events += usize::from(black_box(grammar.parse(&mut context, line)).is_some());
        start = end + 1;
    }
    events
}

fn realistic_mix() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/logs");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the logs")
        .map(|file| file.expect("a log").path())
        .collect();
    files.sort();
    let text: Vec<u8> = files
        .iter()
        .flat_map(|file| std::fs::read(file).expect("a log"))
        .collect();
    let lines: Vec<&[u8]> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let chat: Vec<&[u8]> = lines
        .iter()
        .copied()
        .filter(|line| memchr::memmem::find(line, b" [CHAT] ").is_some())
        .collect();
    let (mut any, mut said) = (lines.iter().cycle(), chat.iter().cycle());
    let mut mix = Vec::new();
    for number in 0..LINES {
        let line = if number % 3 == 2 { said.next() } else { any.next() };
        mix.extend_from_slice(line.expect("a line"));
        mix.push(b'\n');
    }
    mix
}

fn hostile_lines() -> Vec<(&'static str, Vec<u8>)> {
    let filled = |head: &str, unit: &str| {
        let units = unit.bytes().cycle().take(HOSTILE_BYTES - head.len());
        head.bytes().chain(units).collect()
    };
    vec![
        ("chat of a's", filled("2026-08-07 11:31:05 [CHAT] bob: ", "a")),
        (
            "chat without end of name",
            filled("2026-08-07 11:31:05 [CHAT] ", ":"),
        ),
        (
            "ban without reason",
            filled("2026-08-07 11:31:05 [BAN] bob was banned by x", ". Reason:"),
        ),
        ("script of colons", filled("  1.000 Script @", "1:")),
        (
            "refusal of parentheses",
            filled("  1.000 Refusing connection for address (", "), username ("),
        ),
        ("bare words", filled("", "bob was killed ")),
        ("open brackets", filled("", "[item=")),
        ("escapes", filled("", "\u{1b}]")),
    ]
}

fn hostile(name: &str, line: &[u8]) {
    let mut rounds: Vec<Duration> = (0..201)
        .map(|_| {
            timed(|| {
                let mut scratch = Vec::new();
                let line = strip_ansi(black_box(line), &mut scratch);
                black_box(Grammar::new().parse(&mut Context::new(), line));
                black_box(rich_text::segments(line).count());
            })
        })
        .collect();
    let (best, median) = (minimum(&rounds), middle(&mut rounds));
    println!("hostile, {HOSTILE_BYTES} bytes, {name}: best {best:?}, median {median:?}");
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn minimum(times: &[Duration]) -> Duration {
    times.iter().copied().min().unwrap_or_default()
}

fn middle(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "a count of lines is far below 2^52")]
fn rate(time: Duration) -> f64 {
    LINES as f64 / time.as_secs_f64()
}
