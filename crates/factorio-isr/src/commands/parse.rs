//! `factorio-isr parse`: what is understood of a log, line by line.
//!
//! Owns the two output forms. The JSON field names are a contract with scripts. Fails where the file cannot be read;
//! a closed pipe is a clean end.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use factorio_log::{Context, Entry, Grammar, Value, strip_ansi};
use serde_json::Map;

use super::{Exit, lines, patterned};
use crate::cli::{ParseFormat, ParseOptions};

/// Runs the command.
#[must_use]
#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
pub fn run(options: &ParseOptions) -> Exit {
    if options.file == Path::new("-") && io::stdin().is_terminal() {
        eprintln!("factorio-isr parse: reading what you type; Ctrl-D ends it");
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let done = match &options.patterns {
        Some(folder) => patterned::parse(options, folder, &mut out),
        None => parse(options, &mut out),
    };
    let done = done.and_then(|()| out.flush());
    match done {
        Ok(()) => Exit::Clean,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Clean,
        Err(error) => {
            eprintln!(
                "factorio-isr parse: {}: {error}. Is it a readable file?",
                options.file.display()
            );
            Exit::Failed
        }
    }
}

fn parse(options: &ParseOptions, out: &mut impl Write) -> io::Result<()> {
    let grammar = Grammar::default();
    let mut context = Context::default();
    let mut scratch = Vec::new();
    lines::for_each_line(&options.file, |number, _, line| {
        let line = strip_ansi(line, &mut scratch);
        match grammar.parse(&mut context, line) {
            Some(entry) => show(options.format, number, &entry, out),
            None if options.all => show_nothing(options.format, number, line, out),
            None => Ok(()),
        }
    })
}

fn show(format: ParseFormat, number: u64, entry: &Entry<'_>, out: &mut impl Write) -> io::Result<()> {
    match format {
        ParseFormat::Jsonl => {
            let mut object = Map::new();
            object.insert("line".into(), number.into());
            object.insert("kind".into(), entry.kind().as_str().into());
            entry.for_each_field(&mut |name, value| {
                object.insert(name.into(), json(value));
            });
            serde_json::to_writer(&mut *out, &object)?;
            writeln!(out)
        }
        ParseFormat::Text => {
            write!(out, "{number:>7}  {:<24}", entry.kind().as_str())?;
            let mut written = Ok(());
            entry.for_each_field(&mut |name, value| {
                if written.is_ok() {
                    written = write!(out, " {name}={}", readable(value));
                }
            });
            written?;
            writeln!(out)
        }
    }
}

fn show_nothing(format: ParseFormat, number: u64, line: &[u8], out: &mut impl Write) -> io::Result<()> {
    match format {
        ParseFormat::Jsonl => writeln!(out, "{{\"line\":{number},\"kind\":null}}"),
        ParseFormat::Text => {
            let shown: String = String::from_utf8_lossy(line)
                .chars()
                .filter(|c| !c.is_control())
                .take(120)
                .collect();
            writeln!(out, "{number:>7}  {:<24} {shown}", "-")
        }
    }
}

fn json(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Text(bytes) => String::from_utf8_lossy(bytes).into(),
        Value::Number(number) => number.into(),
        Value::Signed(number) => number.into(),
        Value::Decimal(number) => number.into(),
        Value::Flag(flag) => flag.into(),
    }
}

/// Text in quotes with control characters escaped: a log may not steer the terminal.
fn readable(value: Value<'_>) -> String {
    match value {
        Value::Text(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        other => json(other).to_string(),
    }
}
