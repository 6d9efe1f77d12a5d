//! The syntax of templates of patterns: the admin's words with `{field}` in them.
//!
//! Owns the reading of a template and the bound on what it can ask for. Braces that hold no name are the admin's words,
//! as in the Python program; a line break in them becomes a space, because one event is one line. Must not know values,
//! nor how a text is made safe: see [`crate::template`]. Fails on a field that the pattern does not have.

use super::LONGEST_TEMPLATE;
use super::fault::Fault;

/// The most fields in one template.
const MOST_FIELDS: usize = 8;

/// A stretch of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// The admin's words.
    Words(String),
    /// The value of a field.
    Field(String),
}

/// Reads a template that may name these fields.
pub(super) fn pieces(text: &str, known: &[&str]) -> Result<Vec<Piece>, Fault> {
    if text.chars().nth(LONGEST_TEMPLATE).is_some() {
        return Err(Fault::template(
            format!("the template is longer than {LONGEST_TEMPLATE} characters"),
            "shorten it",
        ));
    }
    let text = text.replace(['\r', '\n'], " ");
    let mut pieces = Vec::new();
    let mut words = String::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once('{') {
        words.push_str(before);
        let name = behind.split('}').next().unwrap_or_default();
        if name.len() == behind.len() || !is_name(name) {
            words.push('{');
            rest = behind;
            continue;
        }
        if !known.contains(&name) {
            return Err(unknown(name, known));
        }
        push_words(&mut pieces, &mut words);
        pieces.push(Piece::Field(name.to_owned()));
        rest = &behind[name.len() + 1..];
    }
    words.push_str(rest);
    push_words(&mut pieces, &mut words);
    let fields = pieces.iter().filter(|piece| matches!(piece, Piece::Field(_)));
    if fields.count() > MOST_FIELDS {
        let what = format!("the template has more than {MOST_FIELDS} fields");
        return Err(Fault::template(what, "leave some out"));
    }
    Ok(pieces)
}

fn push_words(pieces: &mut Vec<Piece>, words: &mut String) {
    if !words.is_empty() {
        pieces.push(Piece::Words(std::mem::take(words)));
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn unknown(name: &str, known: &[&str]) -> Fault {
    let names: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
    let remedy = if names.is_empty() {
        format!("write (?<{name}>…) around a part of the expression: this pattern has no named groups")
    } else {
        format!("use {}", names.join(", "))
    };
    Fault::template(format!("{{{name}}} is no field of this pattern"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_words_alternate() {
        let fault = pieces("**{player}** {x} { } {message}\n!", &["player", "message"]).unwrap_err();
        assert!(fault.what.contains("{x}"));
        let pieces = pieces("**{player}** { } {message}\n!", &["player", "message"]).unwrap();
        let words = |text: &str| Piece::Words(text.to_owned());
        let field = |text: &str| Piece::Field(text.to_owned());
        assert_eq!(
            pieces,
            [
                words("**"),
                field("player"),
                words("** { } "),
                field("message"),
                words(" !")
            ]
        );
    }

    #[test]
    fn the_remedy_of_an_unknown_field_always_names_something() {
        let remedy = |known: &[&str]| pieces("{x}", known).unwrap_err().remedy;
        assert_eq!(remedy(&["a", "b"]), "use {a}, {b}");
        assert!(remedy(&[]).contains("no named groups") && remedy(&[]).contains("(?<x>…)"));
    }

    #[test]
    fn a_template_is_bounded() {
        assert!(pieces(&"x".repeat(200), &[]).is_ok());
        assert!(pieces(&"x".repeat(201), &[]).is_err());
        assert!(pieces(&"{a}".repeat(8), &["a"]).is_ok());
        assert!(pieces(&"{a}".repeat(9), &["a"]).is_err());
    }
}
