//! How many lines a second are read with many patterns, beside the grammar alone on the same lines, and how long many
//! patterns take to compile.
//!
//! Run with `cargo bench -p isr-core`. The mix is made from the real logs of `factorio-log`: two lines as they come, then
//! one line of chat. The patterns are those of the shipped pack, here as if an admin had brought them, and 200 more of
//! the shapes that people write. Minimum and median of the rounds are printed; a round is a whole pass.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures or stops"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use factorio_log::{Context, Grammar, strip_ansi};
use isr_core::delivery::KindName;
use isr_core::pattern::{Definition, Form, PatternSet, Place, Reading, Scratch, State, Tier};

const LINES: usize = 200_000;
const ROUNDS: usize = 9;

fn main() {
    let mix = realistic_mix();
    let mut definitions = pack();
    let packed = definitions.len();
    definitions.extend((0..200).map(user_pattern));
    let (set, faults) = PatternSet::compile(&definitions);
    assert_eq!(faults, []);
    println!("patterns: {packed} of the pack and 200 more; mix: {LINES} lines");
    let (mut alone, mut with) = (Vec::new(), Vec::new());
    let mut events = 0;
    for _ in 0..ROUNDS {
        alone.push(timed(|| {
            black_box(read_all(&mix, None));
        }));
        with.push(timed(|| events = black_box(read_all(&mix, Some(&set)))));
    }
    println!("events of patterns: {events} of {LINES}");
    let (alone, best, with) = (middle(&mut alone), minimum(&with), middle(&mut with));
    println!(
        "patterns: best {:.0} lines/s, median {:.0} lines/s",
        rate(best),
        rate(with)
    );
    println!("grammar alone: median {:.0} lines/s", rate(alone));
    println!(
        "ratio of times, median: {:.1}",
        with.as_secs_f64() / alone.as_secs_f64()
    );

    let many: Vec<Definition> = (0..1000).map(user_pattern).collect();
    let mut compile: Vec<Duration> = (0..7)
        .map(|_| timed(|| drop(black_box(PatternSet::compile(black_box(&many))))))
        .collect();
    println!(
        "compile, 1000 patterns: best {:?}, median {:?}",
        minimum(&compile),
        middle(&mut compile)
    );
}

fn read_all(mix: &[u8], set: Option<&PatternSet>) -> usize {
    let (grammar, mut context, mut bytes) = (Grammar::new(), Context::new(), Vec::new());
    let mut scratch = Scratch::default();
    let (mut start, mut events) = (0, 0);
    for end in memchr_lines(mix) {
        let line = grammar.read(&mut context, strip_ansi(&mix[start..end], &mut bytes));
        if let Some(set) = set {
            events += usize::from(matches!(set.read(&line, &mut scratch), Reading::Event(_)));
        } else {
            black_box(line);
        }
        start = end + 1;
    }
    events
}

fn memchr_lines(mix: &[u8]) -> impl Iterator<Item = usize> {
    mix.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The expressions of the pack: each stands on a line of its own, in single quotation marks.
fn pack() -> Vec<Definition> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(root().join("patterns")).expect("the pack") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("a text");
        let expressions = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pattern: '")?.strip_suffix('\''));
        // The last one of the pack, for people who write patterns, takes every line.
        let kept = expressions.filter(|expression| *expression != "^(?<message>.+)");
        found.extend(
            kept.map(|expression| definition(found_name(expression), &expression.replace("''", "'"), true)),
        );
    }
    found
}

fn found_name(expression: &str) -> String {
    expression.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The shapes that people write, in the form of the Python program and in ours.
fn user_pattern(number: usize) -> Definition {
    const DATE: &str = r"^(?:\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} )?";
    let (expression, own) = match number % 4 {
        0 => (format!(r"{DATE}\[MOD{number}\] (\w+) built (.+)$"), false),
        1 => (format!(r"{DATE}(\w+) finished quest{number}: (.+)"), false),
        2 => (
            format!(r"^\[EVENT-{number}\] (?<player>\S+) (?<message>.+)"),
            true,
        ),
        _ => (
            format!(r"wave{number} (?:reached|lost) by ([A-Za-z0-9_.-]+)"),
            false,
        ),
    };
    definition(format!("user{number}"), &expression, own)
}

fn definition(name: String, expression: &str, own: bool) -> Definition {
    let form = Form::Named {
        place: Place::Any,
        fields: Vec::new(),
    };
    Definition {
        name,
        expression: expression.to_owned(),
        form: if own { form } else { Form::Positional },
        kind: KindName::named(if expression.contains("CHAT") {
            "chat"
        } else {
            "mod.bench"
        }),
        emoji: String::new(),
        template: None,
        state: State::On,
        priority: 10,
        channel: None,
        tier: Tier::Own,
    }
}

fn realistic_mix() -> Vec<u8> {
    let folder = root().join("crates/factorio-log/tests/data/logs");
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
    let is_chat = |line: &&&[u8]| line.windows(8).any(|part| part == b" [CHAT] ");
    let chat: Vec<&[u8]> = lines.iter().filter(is_chat).copied().collect();
    let (mut any, mut said) = (lines.iter().cycle(), chat.iter().cycle());
    let mut mix = Vec::new();
    for number in 0..LINES {
        let line = if number % 3 == 2 { said.next() } else { any.next() };
        mix.extend_from_slice(line.expect("a line"));
        mix.push(b'\n');
    }
    mix
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
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn rate(time: Duration) -> f64 {
    f64::from(u32::try_from(LINES).unwrap_or(u32::MAX)) / time.as_secs_f64()
}
