//! Takes addresses, Steam ids and home folders out of text that the game or an admin wrote.
//!
//! Owns the patterns of what must never reach Discord, `/health`, `/metrics` or a report. Chat does not pass here:
//! what a player says is shown as it was said. Must not know where the text goes. Cannot fail; when in doubt it
//! removes, because a version number with four parts that reads `‹address›` harms nobody.

use std::borrow::Cow;

/// What stands for a network address or its hash.
const ADDRESS: &str = "‹address›";
/// What stands for a Steam id.
const STEAM_ID: &str = "‹steam id›";

/// Removes IPv4 and IPv6 addresses (with their ports), address hashes of 40 hex digits, Steam ids and the user part
/// of home folders. Borrows when nothing was found.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < text.len() {
        match finding(text, at) {
            Some(Finding { length, instead }) => {
                out.push_str(&text[copied..at]);
                out.push_str(instead);
                at += length;
                copied = at;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

struct Finding {
    length: usize,
    instead: &'static str,
}

/// What begins exactly at `at`, when something does.
fn finding(text: &str, at: usize) -> Option<Finding> {
    let rest = &text[at..];
    let before = text[..at].chars().next_back();
    if let Some(length) = home_folder(rest) {
        return Some(Finding { length, instead: "~" });
    }
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let word = rest
        .bytes()
        .take_while(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':'))
        .count();
    let (word, ends) = (
        &rest[..word],
        !rest[word..].starts_with(|c: char| c.is_alphanumeric() || c == '_'),
    );
    let address = ipv4(word).or_else(|| ends.then(|| ipv6(word)).flatten());
    if let Some(length) = address {
        return Some(Finding {
            length,
            instead: ADDRESS,
        });
    }
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let hex = word.bytes().take_while(u8::is_ascii_hexdigit).count();
    let closed = |length: usize| !rest[length..].starts_with(|c: char| c.is_alphanumeric());
    if digits == 17 && word.starts_with("7656") && closed(17) {
        return Some(Finding {
            length: 17,
            instead: STEAM_ID,
        });
    }
    if hex == 40 && closed(40) {
        return Some(Finding {
            length: 40,
            instead: ADDRESS,
        });
    }
    steam_text_id(rest)
}

/// `1.2.3.4`, perhaps with `:port`. Gives the length.
fn ipv4(word: &str) -> Option<usize> {
    let mut at = 0;
    for part in 0..4 {
        if part > 0 {
            at += word[at..].starts_with('.').then_some(1)?;
        }
        let digits = word[at..].bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=3).contains(&digits) {
            return None;
        }
        at += digits;
    }
    if word[at..].starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let port = word[at..]
        .strip_prefix(':')
        .map_or(0, |p| p.bytes().take_while(u8::is_ascii_digit).count());
    Some(if port > 0 { at + 1 + port } else { at })
}

/// A word of hex groups and colons that has `::` and a digit, or at least five colons: a clock time or a Lua place
/// has fewer.
fn ipv6(word: &str) -> Option<usize> {
    let word = word.trim_end_matches('.');
    let colons = word.bytes().filter(|b| *b == b':').count();
    let short = word.contains("::") && word.bytes().any(|b| b.is_ascii_digit());
    let groups_fit = word.split([':', '.']).all(|group| group.len() <= 5);
    (groups_fit && (short || colons >= 5)).then_some(word.len())
}

/// `STEAM_0:1:12345` and `[U:1:12345]`.
fn steam_text_id(rest: &str) -> Option<Finding> {
    let head = ["STEAM_", "[U:"].iter().find(|head| rest.starts_with(**head))?;
    let tail = rest[head.len()..]
        .bytes()
        .take_while(|b| b.is_ascii_digit() || matches!(b, b':' | b']'))
        .count();
    (tail >= 3).then_some(Finding {
        length: head.len() + tail,
        instead: STEAM_ID,
    })
}

/// The part of a path that tells who somebody is: `/home/NAME`, `/Users/NAME`, `C:\Users\NAME`, `/root`.
fn home_folder(rest: &str) -> Option<usize> {
    const PARENTS: [&str; 6] = [
        "/home/",
        "/Users/",
        "/var/home/",
        ":\\Users\\",
        ":/Users/",
        ":\\\\Users\\\\",
    ];
    let drive = usize::from(rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    for parent in PARENTS {
        let skipped = if parent.starts_with(':') { drive } else { 0 };
        if starts_with_ignoring_case(&rest[skipped..], parent) {
            let start = skipped + parent.len();
            let name = if parent.contains("Users") {
                spaced_name(&rest[start..])
            } else {
                name(&rest[start..])
            };
            return (name > 0).then_some(start + name);
        }
    }
    let root = rest.strip_prefix("/root")?;
    let closed = !root.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    closed.then_some("/root".len())
}

/// Length of a folder's name without spaces.
fn name(rest: &str) -> usize {
    let ends = |c: char| matches!(c, '/' | '\\') || ends_path(c) || c.is_whitespace();
    rest.find(ends).unwrap_or(rest.len())
}

/// Length of a folder's name where names with spaces are common: up to the next separator when one follows soon.
fn spaced_name(rest: &str) -> usize {
    const LONGEST: usize = 64;
    let end = rest
        .char_indices()
        .take(LONGEST)
        .find(|(_, c)| matches!(c, '/' | '\\') || ends_path(*c));
    match end {
        Some((at, '/' | '\\')) => at,
        _ => name(rest),
    }
}

const fn ends_path(c: char) -> bool {
    matches!(c, '"' | '\'' | ':' | ')' | ']' | ',' | ';')
}

fn starts_with_ignoring_case(text: &str, head: &str) -> bool {
    text.as_bytes()
        .get(..head.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(head.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_ids_and_homes_go() {
        let cases = [
            (
                "from IP ADDR:({203.0.113.2:27588}) x",
                "from IP ADDR:({‹address›}) x",
            ),
            ("at 0.0.0.0", "at ‹address›"),
            ("peer [2001:db8::1]:34197", "peer [‹address›]:34197"),
            ("fe80:0:0:0:1:2:3:4 and ::1", "‹address› and ‹address›"),
            ("::ffff:10.0.0.1 x", "‹address› x"),
            (
                "hash 0a783ef188399b9d22e3b452a7170cd520caecf7.",
                "hash ‹address›.",
            ),
            ("STEAM ID:({76561198000000001})", "STEAM ID:({‹steam id›})"),
            ("STEAM_0:1:12345 [U:1:12345]", "‹steam id› ‹steam id›"),
            (
                "/home/jane/.factorio/x: No such file",
                "~/.factorio/x: No such file",
            ),
            ("C:\\Users\\Jane\\AppData", "~\\AppData"),
            ("\"/Users/jane\"", "\"~\""),
            ("C:\\Users\\Jane Doe\\AppData: x", "~\\AppData: x"),
            ("/Users/jane was not found", "~ was not found"),
            ("/root/x and /rooted", "~/x and /rooted"),
        ];
        for (raw, shown) in cases {
            assert_eq!(redact(raw), shown, "{raw}");
        }
    }

    #[test]
    fn what_only_looks_alike_stays() {
        let same = [
            "Factorio 2.0.42 (build 82066)",
            "at 10:30:14 on 2019-01-20",
            "__base__/control.lua:12: attempt to index a nil value",
            "[string \"blah\"]:1: syntax error near <eof>",
            "std::vector and a::b",
            "a1.2.3.4x",
            "tick 18446744073709551615",
            "/homestead/x",
        ];
        for text in same {
            assert!(
                matches!(redact(text), Cow::Borrowed(_)),
                "{text} became {}",
                redact(text)
            );
        }
    }
}
