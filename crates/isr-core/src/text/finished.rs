//! Cuts text that is finished already: escaped, with markup of ours in it.
//!
//! Owns the promise that what is cut stays whole: an escape, a mention, an address is kept or left out, and markup that
//! is open at the end is closed. Must not know who finished the text. Cannot fail.

use super::units;

/// What opens and closes a stretch of markup, the longest first.
const MARKS: [&str; 6] = ["**", "__", "~~", "||", "*", "_"];

/// A finished line within `room` UTF-16 units: what is too long ends in `…`.
#[must_use]
pub fn cut_finished(text: &str, room: usize) -> String {
    if units(text) <= room {
        return text.to_owned();
    }
    let mut open: Vec<&str> = Vec::new();
    let (mut at, mut used) = (0, 0);
    let mut kept = (0, String::new());
    while at < text.len() {
        let token = token(&text[at..], &open);
        step(&mut open, token);
        at += token.len();
        used += units(token);
        let closers: String = open.iter().rev().copied().collect();
        if used + 1 + units(&closers) <= room {
            kept = (at, closers);
        } else if used > room {
            break;
        }
    }
    let (end, closers) = kept;
    format!("{}…{closers}", text[..end].trim_end())
}

/// What the text begins with and must not be divided.
fn token<'a>(text: &'a str, open: &[&str]) -> &'a str {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let through = |end: Option<usize>| end.map(|end| &text[..end]);
    let ticks = text.len() - text.trim_start_matches('`').len();
    let in_code = open.last().is_some_and(|mark| mark.starts_with('`'));
    let whole = match &text[..first] {
        "`" => Some(&text[..ticks]),
        _ if in_code => None,
        "\\" => through(text[1..].chars().next().map(|c| 1 + c.len_utf8())),
        "<" => through(text.find('>').map(|end| end + 1)),
        "]" if text.starts_with("](") => through(text.find(')').map(|end| end + 1)),
        "h" if text.starts_with("http://") || text.starts_with("https://") => {
            through(Some(text.find(char::is_whitespace).unwrap_or(text.len())))
        }
        _ => MARKS
            .iter()
            .find(|mark| text.starts_with(**mark))
            .map(|mark| &text[..mark.len()]),
    };
    whole.unwrap_or(&text[..first])
}

fn step<'a>(open: &mut Vec<&'a str>, token: &'a str) {
    let in_code = open.last().is_some_and(|mark| mark.starts_with('`'));
    if open.last() == Some(&token) {
        open.pop();
    } else if !in_code && (MARKS.contains(&token) || token.starts_with('`')) {
        open.push(token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(cut_finished("**a** b", 7), "**a** b");
    }

    #[test]
    fn markup_that_is_cut_is_closed() {
        assert_eq!(cut_finished("**abcdefgh** x", 8), "**abc…**");
        assert_eq!(cut_finished("||**abcdefgh**||", 11), "||**ab…**||");
        assert_eq!(cut_finished("`abc*defgh` x", 7), "`abc*…`");
        assert_eq!(cut_finished("**ab** cdefgh", 9), "**ab** c…");
    }

    #[test]
    fn escapes_mentions_and_addresses_are_kept_whole_or_left_out() {
        assert_eq!(cut_finished(r"ab\*cdef", 5), r"ab\*…");
        assert_eq!(cut_finished(r"ab\*cdef", 4), "ab…");
        assert_eq!(cut_finished("hi <@&123456> there", 12), "hi…");
        assert_eq!(
            cut_finished("hi <https://a.b/c> there", 19),
            "hi <https://a.b/c>…"
        );
        assert_eq!(cut_finished("hi https://a.b/c there", 12), "hi…");
        assert_eq!(cut_finished("[hi](https://a.b/c) there", 12), "[hi…");
        assert_eq!(cut_finished("🏆🏆🏆", 4), "🏆…");
    }

    #[test]
    fn a_cut_text_is_within_its_room() {
        for text in [
            "**_`x`_**".repeat(50),
            "*".repeat(300),
            "`".repeat(300),
            "<".repeat(300),
        ] {
            for room in 1..200 {
                assert!(units(&cut_finished(&text, room)) <= room, "{room} {text}");
            }
        }
    }
}
