//! What must hold for every line whatever it contains. Shared by the property tests and the fuzz target.

use factorio_log::rich_text::{self, Segment};
use factorio_log::{
    Context, Dialects, Entry, Grammar, Kind, Prefix, PromisedForms, Shape, Value, strip_ansi,
};

/// Checks every promise of the crate on one line, which holds no newline.
pub(crate) fn check(line: &[u8]) {
    parses_the_same_in_every_setting(line);
    chat_stays_chat(line);
    ansi_leaves_no_escape(line);
    rich_text_adds_up(line);
}

/// Whether `part` is a slice of `whole`, not a copy.
fn is_within(part: &[u8], whole: &[u8]) -> bool {
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    whole.start <= part.start && part.end <= whole.end
}

fn fields_are_slices(entry: &Entry<'_>, line: &[u8]) {
    entry.for_each_field(&mut |name, value| {
        assert!(!name.is_empty());
        if let Value::Text(text) = value {
            // An empty text has no place of its own.
            assert!(
                text.is_empty() || is_within(text, line),
                "{name} of {:?} is no slice",
                entry.kind()
            );
        }
    });
    assert_eq!(entry.kind().as_str().parse(), Ok(entry.kind()));
}

fn parses_the_same_in_every_setting(line: &[u8]) {
    let plain = Grammar::new()
        .with_dialects(Dialects::none())
        .with_promised_forms(PromisedForms::Off);
    let mut grammars = vec![Grammar::new(), plain];
    grammars.extend(Prefix::ALL.map(|prefix| Grammar::new().with_prefix(prefix)));
    for grammar in grammars {
        let mut context = Context::new();
        if let Some(entry) = grammar.parse(&mut context, line) {
            fields_are_slices(&entry, line);
            if grammar == plain {
                assert!(!entry.kind().as_str().starts_with("mod."));
                let promised = [Kind::Milestone, Kind::Task, Kind::Research, Kind::Death];
                assert!(!promised.contains(&entry.kind()));
            }
        }
        assert_eq!(Context::decode(context.encode()), Some(context));
        let mut continued = continuation();
        if let Some(entry) = grammar.parse(&mut continued, line) {
            assert_ne!(entry.shape, Shape::Bare, "a continuation became an event");
            fields_are_slices(&entry, line);
        }
    }
}

/// The context behind the first line of a command.
fn continuation() -> Context {
    let mut context = Context::new();
    let command = b"2026-08-07 11:31:05 [COMMAND] bob (command): function f()";
    assert!(Grammar::new().parse(&mut context, command).is_some() && context.continues());
    context
}

/// The kind and the text of a line.
fn kind_and_text(grammar: Grammar, line: &[u8]) -> Option<(Kind, Vec<u8>)> {
    let mut context = Context::new();
    let entry = grammar.parse(&mut context, line)?;
    assert!(!context.continues(), "chat opened a continuation");
    let mut text = Vec::new();
    entry.for_each_field(&mut |name, value| {
        if let ("text", Value::Text(value)) = (name, value) {
            text.extend_from_slice(value);
        }
    });
    Some((entry.kind(), text))
}

/// Whatever somebody types, it is what somebody said.
fn chat_stays_chat(text: &[u8]) {
    let kept = text.strip_suffix(b"\r").unwrap_or(text);
    let mut grammars = vec![Grammar::new()];
    grammars.extend(Prefix::ALL.map(|prefix| Grammar::new().with_prefix(prefix)));
    for grammar in grammars {
        for (head, kind) in [
            (&b"2026-08-07 11:31:05 [CHAT] bob: "[..], Kind::Chat),
            (b"2026-08-07 11:31:05 [CHAT] bob the tag: ", Kind::Chat),
            (b"2026-08-07 11:31:05 [SHOUT] bob: ", Kind::Shout),
        ] {
            let line = [head, text].concat();
            assert_eq!(kind_and_text(grammar, &line), Some((kind, kept.to_vec())));
        }
    }
    for (head, kind) in [
        (&b"bob: "[..], Kind::Chat),
        (b"2026-08-07 11:31:05 bob: ", Kind::Chat),
        (b"[WEB] bob: ", Kind::ModChat),
        (b"[PLAYER-CHAT]bob: ", Kind::ModChat),
        (
            b"  12.345 Script @__event-logger__/logger.lua:4: [CHAT] bob: ",
            Kind::ModChat,
        ),
        (b"  12.345 Script @__m__/control.lua:4: bob: ", Kind::EngineScript),
    ] {
        let line = [head, text].concat();
        if let Some((found, _)) = kind_and_text(Grammar::new(), &line) {
            assert_eq!(found, kind);
        } else {
            assert!(kept.is_empty(), "chat was lost");
        }
    }
}

fn ansi_leaves_no_escape(line: &[u8]) {
    let mut scratch = Vec::new();
    let clean = strip_ansi(line, &mut scratch).to_vec();
    assert!(!clean.contains(&0x1b));
    if line.contains(&0x1b) {
        assert!(clean.len() < line.len());
    } else {
        assert_eq!(clean, line);
    }
}

fn rich_text_adds_up(text: &[u8]) {
    let mut shown = 0;
    for segment in rich_text::segments(text) {
        shown += match segment {
            Segment::Text(piece) => {
                assert!(!piece.is_empty() && is_within(piece, text));
                piece.len()
            }
            Segment::Tag { name, value, params } => {
                assert!(is_within(name, text) && is_within(value, text) && !value.is_empty());
                for (key, value) in params {
                    assert!(is_within(key, text) && is_within(value, text));
                }
                name.len() + value.len() + 3
            }
            Segment::Open { value, .. } => {
                assert!(is_within(value, text) && !value.is_empty());
                value.len()
            }
            Segment::Close(_) => 7,
        };
    }
    assert!(shown <= text.len());
}
