//! The `.env` file: `NAME=value` lines as Docker Compose and the first Python release read them.
//!
//! Owns the syntax: comments, `export`, single quotes (taken literally), double quotes (with `\n`, `\t`, `\"`,
//! `\\`, `\$`), quoted values over several lines. `$` has no meaning. Must not touch the process environment or
//! any file. A fault is reported with its line and the other lines still count; a later line of the same name wins.

/// One variable of the file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name: letters, digits, `_`, `.` and `-`, not starting with a digit.
    pub(crate) name: String,
    /// The value without its quotes. May be a secret, so it has no `Debug`.
    pub(crate) value: String,
    /// The line that it starts on, from 1.
    pub(crate) line: u64,
}

/// Why a line means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No `=`, or something that is no name before it.
    NotAnAssignment,
    /// A quoted value that never ends.
    OpenQuote,
    /// Something after the closing quote.
    TrailingText,
}

/// What the file says.
pub(crate) struct DotEnv {
    pub(crate) entries: Vec<Entry>,
    pub(crate) faults: Vec<(u64, Fault)>,
}

/// Reads the text of a `.env` file.
pub(crate) fn parse(text: &str) -> DotEnv {
    let mut file = DotEnv {
        entries: Vec::new(),
        faults: Vec::new(),
    };
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let (consumed, read) = assignment(rest);
        match read {
            Ok(Some((name, value))) => file.entries.push(Entry { name, value, line }),
            Ok(None) => {}
            Err(fault) => file.faults.push((line, fault)),
        }
        line += rest[..consumed].matches('\n').count() as u64;
        rest = &rest[consumed..];
    }
    file
}

type Assignment = Result<Option<(String, String)>, Fault>;

/// Reads one assignment at the start of `rest`: how many bytes it took (its line break included), and what it says.
fn assignment(rest: &str) -> (usize, Assignment) {
    let line_len = line_len(rest);
    let line = &rest[..line_len];
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return (line_len, Ok(None));
    }
    let Some(equals) = line.find('=') else {
        return (line_len, Err(Fault::NotAnAssignment));
    };
    let Some(name) = name(&line[..equals]) else {
        return (line_len, Err(Fault::NotAnAssignment));
    };
    let after = &line[equals + 1..];
    let value_at = equals + 1 + (after.len() - after.trim_start().len());
    match line[value_at..].chars().next() {
        Some(mark @ ('"' | '\'')) => quoted(rest, value_at + 1, mark, name),
        _ => (line_len, Ok(Some((name, bare(after))))),
    }
}

/// Length of the first line with its line break.
fn line_len(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |at| at + 1)
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']))
        .unwrap_or(text)
        .trim();
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (starts_well && text.chars().all(allowed)).then(|| text.to_owned())
}

/// A value without quotes ends at the line's end or at a `#` after white space.
fn bare(text: &str) -> String {
    let mut previous_is_space = true;
    let comment = text.char_indices().find(|(_, c)| {
        let found = *c == '#' && previous_is_space;
        previous_is_space = c.is_whitespace();
        found
    });
    text[..comment.map_or(text.len(), |(at, _)| at)].trim().to_owned()
}

/// A quoted value that starts at byte `start` of `rest`.
fn quoted(rest: &str, start: usize, mark: char, name: String) -> (usize, Assignment) {
    let mut value = String::new();
    let mut characters = rest[start..].char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' if mark == '"' => match characters.next() {
                Some((_, escaped)) => push_escaped(&mut value, escaped),
                None => break,
            },
            c if c == mark => {
                let tail_at = start + at + c.len_utf8();
                let consumed = tail_at + line_len(&rest[tail_at..]);
                let tail = rest[tail_at..consumed].trim();
                let clean = tail.is_empty() || tail.starts_with('#');
                return (
                    consumed,
                    if clean {
                        Ok(Some((name, value)))
                    } else {
                        Err(Fault::TrailingText)
                    },
                );
            }
            c => value.push(c),
        }
    }
    (line_len(rest), Err(Fault::OpenQuote))
}

fn push_escaped(value: &mut String, escaped: char) {
    match escaped {
        'n' => value.push('\n'),
        'r' => value.push('\r'),
        't' => value.push('\t'),
        '"' | '\\' | '$' | '\'' => value.push(escaped),
        other => value.extend(['\\', other]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(String, String, u64)> {
        parse(text)
            .entries
            .into_iter()
            .map(|e| (e.name, e.value, e.line))
            .collect()
    }

    #[test]
    fn the_usual_forms_are_read() {
        let text = "\u{feff}# comment\r\nA=1\r\nexport B = two words # comment\n\nC='single $X #not'\nD=\"a\\n\\\"b\\\" \\$X\" # c\n\
                    E=\nF=a#b\nexported=x\nG=${A}\n";
        let expected = [
            ("A", "1", 2),
            ("B", "two words", 3),
            ("C", "single $X #not", 5),
            ("D", "a\n\"b\" $X", 6),
            ("E", "", 7),
            ("F", "a#b", 8),
            ("exported", "x", 9),
            ("G", "${A}", 10),
        ];
        let expected: Vec<_> = expected.map(|(n, v, l)| (n.to_owned(), v.to_owned(), l)).into();
        assert_eq!(entries(text), expected);
    }

    #[test]
    fn a_quoted_value_may_span_lines() {
        let read = entries("A='one\ntwo'\nB=3\n");
        assert_eq!(
            read,
            [("A".into(), "one\ntwo".into(), 1), ("B".into(), "3".into(), 3)]
        );
    }

    #[test]
    fn a_fault_has_its_line_and_the_rest_still_counts() {
        let file = parse("A=1\nnot an assignment\nB='x' y\nC=\"open\nD=4\n");
        assert_eq!(
            file.faults,
            [
                (2, Fault::NotAnAssignment),
                (3, Fault::TrailingText),
                (4, Fault::OpenQuote)
            ]
        );
        let names: Vec<_> = file.entries.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["A", "D"]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]
        #[test]
        fn no_text_panics(text in "[A-C= \"'\\\\#\r\n$é\u{feff}]{0,60}") {
            let _ = parse(&text);
        }
    }
}
