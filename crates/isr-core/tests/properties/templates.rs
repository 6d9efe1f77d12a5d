//! Whatever the template and whatever the values: the limits hold, and no value becomes markup.

use isr_core::template::{Fields, Line, Template, Value};
use isr_core::text::{LeftOut, Mark, Marked, is_blank, units};
use proptest::prelude::*;

use super::hostile;

const KNOWN: &[&str] = &["a", "b", "said"];

/// What an admin may write around fields.
const LITERALS: &[&str] = &[
    "**",
    "*",
    "_",
    "__",
    "~~",
    "||",
    "`",
    "``",
    "```",
    "\\",
    "\\\\",
    "<",
    ">",
    "<@",
    "<@&",
    "<#",
    "</",
    "<:",
    "<a:",
    "<t:",
    ":R>",
    ":1>",
    "[",
    "](",
    ")",
    "https://a.b/",
    "http:",
    "@",
    "@everyone",
    "@here",
    "everyone",
    "here",
    " ",
    "# ",
    "- ",
    "x",
    "🚀",
    "{{",
    "}}",
    "<:iron:1>",
    "<@1>",
    "1",
    ". ",
    ":",
    "\u{200b}",
];

pub(crate) fn template() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(LITERALS).prop_map(str::to_owned),
        2 => prop::sample::select(KNOWN).prop_map(|name| format!("{{{name}}}")),
        1 => "\\PC{0,4}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// What has a meaning in a finished text, in order, as Discord reads it.
fn meanings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '\\' => length += rest[1..].chars().next().map_or(0, char::len_utf8),
            '`' => {
                let ticks = run_of_ticks(rest);
                found.push("`".repeat(ticks));
                length = code(rest, ticks).unwrap_or(ticks);
            }
            '<' => match address(rest) {
                Some(address) => length = address,
                None => found.extend(bracketed(rest)),
            },
            ']' if rest.starts_with("](") => found.push("](".into()),
            '*' | '_' | '~' | '|' | '#' => found.push(c.into()),
            _ => {}
        }
        rest = &rest[length..];
    }
    found
}

/// The length of the address that begins here, if there is one.
fn address(rest: &str) -> Option<usize> {
    let inside = &rest[1..rest.find('>')?];
    let scheme = inside
        .get(..4)
        .is_some_and(|head| head.eq_ignore_ascii_case("http"));
    let whole = !inside.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '\\' | '`'));
    (scheme && whole).then_some(inside.len() + 2)
}

fn run_of_ticks(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// The length of the code that begins here, if it ends.
fn code(text: &str, ticks: usize) -> Option<usize> {
    let mut at = ticks;
    while let Some(next) = text[at..].find('`') {
        let run = run_of_ticks(&text[at + next..]);
        at += next + run;
        if run == ticks {
            return Some(at);
        }
    }
    None
}

/// A mention, an emoji or a link to a command.
fn bracketed(rest: &str) -> Option<String> {
    let inside = &rest[1..rest.find('>')?];
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let named = |text: &str| text.rsplit_once(':').is_some_and(|(_, id)| number(id));
    let special = match inside.chars().next()? {
        '@' => number(inside[1..].trim_start_matches(['!', '&'])),
        '#' => number(&inside[1..]),
        '/' | ':' => named(&inside[1..]),
        _ => inside.strip_prefix("a:").is_some_and(named) || inside.starts_with("id:"),
    };
    let legal = !inside.contains(['<', '\\', '`']);
    (special && legal).then(|| inside.to_owned())
}

fn fields(a: &str, b: &str, said: &str) -> Fields<'static> {
    Fields::new()
        .with("a", Value::text(a))
        .with("b", Value::text(b))
        .with("said", Value::text(said))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_rendered_template_is_a_legal_line_and_no_value_adds_a_meaning(
        text in template(),
        (a, b, said) in (hostile::text(), hostile::text(), hostile::text()),
    ) {
        let Ok(template) = Template::parse(&text, KNOWN) else { return Ok(()) };
        let words = LeftOut::default();
        let line = template.line(&fields(&a, &b, &said), &words);
        let shown = line.as_str();
        prop_assert!(units(shown) <= Line::LIMIT && !is_blank(shown));
        prop_assert!(!shown.contains(char::is_control));
        let lower = shown.to_lowercase();
        prop_assert!(!lower.contains("@everyone") && !lower.contains("@here"), "{shown:?}");
        let inert = template.line(&fields("1", "1", "1"), &words);
        prop_assert_eq!(meanings(shown), meanings(inert.as_str()), "{:?} became {:?}", text, shown);
        for line in template.lines("said", &fields(&a, &b, &said), 5, &words) {
            prop_assert!(units(line.as_str()) <= Line::LIMIT && !is_blank(line.as_str()));
            prop_assert_eq!(meanings(line.as_str()), meanings(inert.as_str()), "{:?} became {:?}", text, line);
        }
    }

    #[test]
    fn parts_of_embeds_keep_their_limit(
        text in template(),
        (a, b, said) in (hostile::text(), hostile::text(), hostile::text()),
        limit in prop::sample::select(vec![256_usize, 1024, 2048, 4096]),
    ) {
        let Ok(template) = Template::parse_block(&text, KNOWN, limit) else { return Ok(()) };
        let shown = template.text(&fields(&a, &b, &said), &LeftOut::default());
        prop_assert!(units(&shown) <= limit, "{} of {limit}", units(&shown));
    }

    #[test]
    fn marks_stand_whole_between_hostile_text(before in hostile::text(), behind in hostile::text(), room in 16_usize..300) {
        let mut text = Marked::text(&before);
        text.push_mark(Mark::role(42, "@admins"));
        text.push_text(&behind);
        let template = Template::parse("{said}", KNOWN).expect("a template");
        let value = Value::marked(text).within(room);
        let line = template.line(&Fields::new().with("said", value), &LeftOut::default());
        let left = line.as_str().replacen("<@&42>", "", 1);
        prop_assert_eq!(meanings(&left), Vec::<String>::new(), "{:?}", line);
        prop_assert!(units(line.as_str()) <= room.max(7));
    }
}
