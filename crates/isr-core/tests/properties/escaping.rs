//! D10: player text is shown literally and cannot format, link or address anybody.

use isr_core::text::{clean, escape, escape_player_text, is_invisible, split, units};
use proptest::prelude::*;

use super::hostile;

/// Reads escaped text as Discord does and gives back what a reader sees. Panics at a character with a meaning.
fn as_shown(escaped: &str) -> String {
    let mut shown = String::new();
    let mut rest = escaped;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                let next = rest.chars().next().expect("a backslash escapes something");
                assert!(
                    !next.is_alphanumeric() && !next.is_whitespace(),
                    "the backslash shows before {next:?}"
                );
                shown.push(next);
                rest = &rest[next.len_utf8()..];
                if next == '@' {
                    rest = rest.trim_start_matches('\u{200b}');
                }
            }
            '<' => {
                let end = rest.find('>').expect("an address ends");
                let url = &rest[..end];
                assert!(
                    url.len() > 7 && url.to_ascii_lowercase().starts_with("http"),
                    "<{url}> is no address"
                );
                assert!(
                    !url.contains([' ', '<', '*', '|', '`', '\\', '[', ']', '@']),
                    "<{url}>"
                );
                shown.push_str(url);
                rest = &rest[end + 1..];
            }
            '*' | '_' | '~' | '|' | '`' | '>' | '[' | ']' | '#' | '@' => {
                panic!("{c} has a meaning in {escaped:?}")
            }
            c => shown.push(c),
        }
    }
    shown
}

/// The characters that are written as codes inside an address, so that both forms compare equal.
fn decoded(text: &str) -> String {
    ["*", "|", "`", "\\", "[", "]", "\"", "^", "{", "}", "@"]
        .iter()
        .fold(text.to_owned(), |text, c| {
            text.replace(&format!("%{:02X}", c.as_bytes()[0]), c)
        })
}

fn assert_harmless(escaped: &str) {
    for form in ["<@", "<#", "</", "<:", "]("] {
        assert!(!escaped.contains(form), "{form} in {escaped:?}");
    }
    // Not even where Discord overlooks the backslash before the bracket; without a name or a number none is read.
    for form in ["<a:", "<t:", "<id:"] {
        for (at, _) in escaped.match_indices(form) {
            let named =
                escaped[at + form.len()..].starts_with(|c: char| c.is_alphanumeric() || "_+-".contains(c));
            assert!(!named, "{form} in {escaped:?}");
        }
    }
    let lower = escaped.to_lowercase();
    assert!(
        !lower.contains("@everyone") && !lower.contains("@here"),
        "{escaped:?}"
    );
    let start = escaped.trim_start();
    assert!(!start.starts_with(['#', '>', '*']), "{escaped:?}");
    let marker = start.trim_start_matches(|c: char| c.is_ascii_digit());
    let marker = if marker.len() < start.len() {
        marker.strip_prefix(['.', ')'])
    } else {
        marker.strip_prefix(['-', '+'])
    };
    assert!(
        !marker.is_some_and(|text| text.starts_with(char::is_whitespace)),
        "a list begins in {escaped:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn d10_escaped_text_has_no_meaning_and_reads_as_it_was_typed(raw in hostile::text()) {
        let raw = clean(&raw);
        let escaped = escape(&raw);
        assert_harmless(&escaped);
        prop_assert_eq!(decoded(&as_shown(&escaped)), decoded(&raw));
    }

    #[test]
    fn d10_the_beginnings_of_codes_have_no_meaning(raw in "[<\\\\*:@#/]{0,4}(t|a|id|)[:<]{0,2}[0-9_\\\\a-]{0,3}[>:]{0,2}") {
        let raw = clean(&raw);
        let escaped = escape(&raw);
        assert_harmless(&escaped);
        prop_assert_eq!(decoded(&as_shown(&escaped)), decoded(&raw));
    }

    #[test]
    fn d10_bytes_become_one_visible_line(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let shown = as_shown(&escape_player_text(&bytes));
        let hidden = shown.chars().find(|c| is_invisible(*c) && !['\u{200c}', '\u{200d}'].contains(c));
        prop_assert_eq!(hidden, None);
    }

    #[test]
    fn cleaning_twice_changes_nothing(raw in hostile::text()) {
        let once = clean(&raw);
        prop_assert_eq!(clean(&once), &*once);
        prop_assert!(!once.contains(['\n', '\r', '\t', '\0']));
    }

    #[test]
    fn parts_fit_and_together_show_the_text(raw in hostile::text(), room in 64_usize..700, most in 1_usize..8) {
        let raw = clean(&raw);
        let split = split(&raw, room, most);
        prop_assert!(split.parts.len() <= most);
        for part in &split.parts {
            prop_assert!(units(part) <= room, "{} of {room}", units(part));
            assert_harmless(part);
        }
        let mut shown: String = split.parts.iter().map(|part| as_shown(part)).collect();
        if split.left_out > 0 {
            let note = shown.rfind("… (+").expect("a note tells what is missing");
            let told = format!("… (+{} character", split.left_out);
            prop_assert!(shown[note..].starts_with(&told));
            shown.truncate(note);
        }
        let without_spaces = |text: &str| decoded(&text.replace(char::is_whitespace, ""));
        let beginning: String = raw.chars().take(raw.chars().count() - split.left_out).collect();
        prop_assert_eq!(without_spaces(&shown), without_spaces(&beginning));
    }
}
