//! `factorio-isr parse --patterns`: what the patterns of a folder make of a log, line by line.
//!
//! Owns the two output forms, with and without reasons. The JSON field names are a contract with scripts. Writing fails
//! where the reader went away.

use std::io::{self, Write};
use std::path::Path;

use factorio_log::{Context, Grammar, Line, strip_ansi};
use isr_core::event::event_of;
use isr_core::mention::Live;
use isr_core::pattern::{Custom, Near, PatternSet, Reading, Scratch, Value as FieldValue};
use isr_core::template::Line as Rendered;
use isr_core::voice::MOST_PARTS;
use serde_json::{Map, Value, json};

use super::lines;
use crate::cli::{ParseFormat, ParseOptions};
use crate::config::{self, Tried};

/// Reads the log with the patterns of a folder.
///
/// # Errors
/// When the log cannot be read or nobody reads the output.
pub fn parse(options: &ParseOptions, folder: &Path, out: &mut impl Write) -> io::Result<()> {
    let tried = config::try_patterns(folder);
    complain(&tried);
    let set = &tried.set;
    let grammar = Grammar::default();
    let (mut context, mut scratch, mut candidates) = (Context::default(), Vec::new(), Scratch::default());
    lines::for_each_line(&options.file, |number, _, line| {
        let line = grammar.read(&mut context, strip_ansi(line, &mut scratch));
        let found = Found::of(set, &line, &mut candidates);
        let near = if options.explain {
            set.explain(&line)
        } else {
            Vec::new()
        };
        let says_nothing = found.event.is_none() && line.entry.is_none() && near.is_empty();
        if says_nothing && !options.all {
            return Ok(());
        }
        match options.format {
            ParseFormat::Jsonl => {
                serde_json::to_writer(&mut *out, &found.object(number, &line, &near, options))?;
                writeln!(out)
            }
            ParseFormat::Text => found.show(number, &line, &near, out),
        }
    })
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn complain(tried: &Tried) {
    for problem in &tried.problems {
        eprintln!("{problem}");
    }
    for note in &tried.notes {
        eprintln!("note: {note}");
    }
    let count = tried.set.len();
    let noun = if count == 1 { "pattern is" } else { "patterns are" };
    eprintln!("{count} {noun} used");
}

/// What the patterns made of one line.
struct Found {
    event: Option<Box<Custom>>,
    rendered: Option<String>,
}

impl Found {
    fn of(set: &PatternSet, line: &Line<'_>, candidates: &mut Scratch) -> Self {
        let Reading::Event(mut event) = set.read(line, candidates) else {
            return Self {
                event: None,
                rendered: None,
            };
        };
        event.replaces = line.entry.and_then(|entry| event_of(&entry.fact));
        let lines = event.lines(MOST_PARTS, &Live::default());
        let rendered = lines.iter().map(Rendered::as_str).collect::<Vec<_>>().join("\n");
        Self {
            event: Some(event),
            rendered: Some(rendered),
        }
    }

    fn object(
        &self,
        number: u64,
        line: &Line<'_>,
        near: &[Near<'_>],
        options: &ParseOptions,
    ) -> Map<String, Value> {
        let event = self.event.as_deref();
        let mut object = Map::new();
        object.insert("line".into(), number.into());
        object.insert(
            "kind".into(),
            event.map(|event| event.profile.kind.as_str()).into(),
        );
        object.insert(
            "matched".into(),
            event.map(|event| event.profile.name.as_str()).into(),
        );
        object.insert(
            "player".into(),
            event.and_then(|event| event.player.as_deref()).into(),
        );
        object.insert(
            "message".into(),
            event.and_then(|event| event.message.as_deref()).into(),
        );
        object.insert("rendered".into(), self.rendered.as_deref().into());
        let builtin = line.entry.map(|entry| entry.kind().as_str());
        object.insert("builtin".into(), builtin.into());
        if let Some(channel) = event.and_then(|event| event.profile.channel.as_deref()) {
            object.insert("channel".into(), channel.into());
        }
        let fields = event.map_or(&[][..], |event| &event.fields);
        if !fields.is_empty() {
            let fields: Map<String, Value> = fields
                .iter()
                .map(|field| (field.name.clone(), typed(&field.value)))
                .collect();
            object.insert("fields".into(), fields.into());
        }
        if options.explain {
            let reasons: Vec<Value> = near
                .iter()
                .map(|near| json!({"pattern": near.profile.name, "why": near.why.told()}))
                .collect();
            object.insert("explain".into(), reasons.into());
        }
        object
    }

    fn show(&self, number: u64, line: &Line<'_>, near: &[Near<'_>], out: &mut impl Write) -> io::Result<()> {
        let builtin = line.entry.map_or("-", |entry| entry.kind().as_str());
        match &self.event {
            Some(event) => {
                let kind = event.profile.kind.as_str();
                write!(out, "{number:>7}  {kind:<24} {}", event.profile.name)?;
                let named = [("player", &event.player), ("message", &event.message)];
                for (name, value) in named {
                    if let Some(value) = value {
                        write!(out, " {name}={value:?}")?;
                    }
                }
                writeln!(out, " builtin={builtin}")?;
                for rendered in self.rendered.iter().flat_map(|text| text.lines()) {
                    writeln!(out, "         {rendered}")?;
                }
            }
            None => {
                let shown: String = String::from_utf8_lossy(line.content)
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(120)
                    .collect();
                writeln!(out, "{number:>7}  {:<24} {shown} builtin={builtin}", "-")?;
            }
        }
        for near in near {
            writeln!(out, "         {}: {}", near.profile.name, near.why.told())?;
        }
        Ok(())
    }
}

/// Numbers as numbers, everything else as text.
fn typed(value: &FieldValue) -> Value {
    match value {
        FieldValue::Number(text) => {
            let plain = text.replace(',', "");
            let whole = plain.parse::<i64>().map(Value::from);
            whole.unwrap_or_else(|_| {
                plain
                    .parse::<f64>()
                    .map_or_else(|_| text.as_str().into(), Value::from)
            })
        }
        other => other.as_str().into(),
    }
}
