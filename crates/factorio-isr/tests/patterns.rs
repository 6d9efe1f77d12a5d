//! Patterns of a folder, tried on lines: what people bring along keeps its meaning, mended where it was wrong.
//!
//! The labelled lines and the files in the form of the Python program are test data; see `data/SOURCES.md`. The examples
//! of `docs/patterns.md` are run as they stand there.

#![expect(
    clippy::expect_used,
    reason = "a test fails by panicking, also in the functions that it calls"
)]

use std::path::{Path, PathBuf};

use factorio_isr::config::Tried;
use factorio_log::{Context, Grammar, strip_ansi};
use isr_core::event::event_of;
use isr_core::mention::Live;
use isr_core::pattern::{Reading, Scratch};
use isr_core::template::Line;
use isr_core::voice::MOST_PARTS;
use serde_json::Value;

mod patterns {
    mod cases;
    mod documented;
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder with one file of patterns.
fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("patterns.yml"), text).expect("a file");
    folder
}

/// The event that patterns make of a line, without any line before it.
fn event(tried: &Tried, line: &str) -> Option<isr_core::pattern::Custom> {
    let mut scratch = Vec::new();
    let bytes = strip_ansi(line.as_bytes(), &mut scratch);
    let line = Grammar::new().read(&mut Context::new(), bytes);
    match tried.set.read(&line, &mut Scratch::default()) {
        Reading::Event(mut custom) => {
            custom.replaces = line.entry.and_then(|entry| event_of(&entry.fact));
            Some(*custom)
        }
        Reading::Nothing | Reading::Silence => None,
    }
}

fn rendered(custom: &isr_core::pattern::Custom) -> String {
    let lines = custom.lines(MOST_PARTS, &Live::default());
    lines.iter().map(Line::as_str).collect::<Vec<_>>().join("\n")
}

fn word(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
