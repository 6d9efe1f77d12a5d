//! D09: whatever an event holds, what is rendered is within Discord's limits.

use std::sync::LazyLock;

use isr_core::event::{Actor, Effect, Event, Evidence};
use isr_core::fold::{FoldLine, fold, late_mark};
use isr_core::text::{Content, is_blank, units};
use isr_core::voice::{Known, Line, MOST_PARTS, Pick, Telling, Told, Voice};
use proptest::prelude::*;

use super::hostile;

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        hostile::text().prop_map(Actor::Player),
        Just(Actor::Server),
        Just(Actor::Script)
    ]
}

fn optional() -> impl Strategy<Value = Option<String>> {
    prop::option::of(hostile::text())
}

fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![Just(Effect::Now), Just(Effect::OnJoining)]
}

fn said() -> impl Strategy<Value = Event> {
    (hostile::text(), hostile::text(), 0..9).prop_map(|(player, text, kind)| match kind {
        6 => Event::Message { text },
        7 => Event::AdminMessage { text },
        8 => Event::Report { text },
        0 => Event::Chat { player, text },
        1 => Event::Shout { player, text },
        2 => Event::ServerChat { text },
        3 => Event::Milestone { player, text },
        4 => Event::Task { player, text },
        _ => Event::Color { player, color: text },
    })
}

fn happened() -> impl Strategy<Value = Event> {
    (hostile::text(), optional(), any::<u64>(), 0..9).prop_map(|(player, cause, number, kind)| match kind {
        0 => Event::Join { player },
        1 => Event::Leave { player },
        2 => Event::Research { technology: player },
        3 => Event::ResearchStarted { technology: player },
        7 => Event::ResearchCancelled { technology: player },
        4 => Event::Death { player, cause },
        5 => Event::Rocket {
            count: cause.map(|_| number),
        },
        6 => Event::Desync {
            peer: cause.map(|_| number),
        },
        _ => Event::Matching,
    })
}

fn decided() -> impl Strategy<Value = Event> {
    (hostile::text(), actor(), optional(), effect(), 0..6).prop_map(|(player, by, reason, effect, kind)| {
        match kind {
            0 => Event::Kick { player, by, reason },
            1 => Event::Ban { player, by, reason },
            2 => Event::Unban { player, by },
            3 => Event::Promote { player, by, effect },
            4 => Event::Demote { player, by, effect },
            _ => Event::Command { by, text: player },
        }
    })
}

fn reported() -> impl Strategy<Value = Event> {
    (hostile::text(), optional(), 0..8).prop_map(|(text, other, kind)| match kind {
        0 => Event::ServerStarted { version: other },
        1 => Event::ServerStopped { reason: other },
        2 => Event::ServerCrashed {
            evidence: Evidence::Error(text),
        },
        3 => Event::ServerCrashed {
            evidence: Evidence::NoGoodbye,
        },
        4 => Event::CommandError { text },
        5 => Event::Warning { player: other, text },
        6 => Event::Refused {
            player: other.unwrap_or_default(),
            reason: text,
        },
        _ => Event::EngineError { text },
    })
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![said(), happened(), decided(), reported()]
}

pub(crate) const TELLING: Telling<'_> = Telling {
    server: "Main",
    happened_ms: 0,
    pick: Pick::FIRST,
    calls: None,
    known: Known::Nothing,
};

/// The default wording.
pub(crate) static VOICE: LazyLock<Voice> = LazyLock::new(Voice::default);

/// The lines of an event in the default wording, posted under the server's name and under the player's.
pub(crate) fn told(voice: &Voice, event: &Event) -> [Vec<Line>; 2] {
    [
        voice.render(event, &TELLING),
        voice.render_as_speaker(event, &TELLING),
    ]
    .map(|told| match told {
        Told::Lines(lines) => lines,
        other => panic!("{other:?} is no line"),
    })
}

/// Whether an emoji or a time may begin so: the form means nothing without a name or a number behind it.
fn begins(text: &str, form: &str) -> bool {
    text.match_indices(form).any(|(at, _)| {
        text[at + form.len()..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+'))
    })
}

pub(crate) fn assert_legal(line: &Line) {
    let text = line.as_str();
    assert!(units(text) <= Line::LIMIT, "{} units", units(text));
    assert!(!is_blank(text));
    assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
    let lower = text.to_lowercase();
    assert!(!lower.contains("@everyone") && !lower.contains("@here"));
    assert!(
        !["<@", "<#", "</"].iter().any(|form| text.contains(form)),
        "{text:?}"
    );
    assert!(
        !["<:", "<a:", "<t:"].iter().any(|form| begins(text, form)),
        "{text:?}"
    );
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    assert!(
        backslashes.is_multiple_of(2),
        "the end of {text:?} would escape the line behind it"
    );
    let late = late_mark(0, i64::MAX, std::time::Duration::ZERO);
    let folded = fold([FoldLine {
        text,
        username: None,
        late,
    }])
    .expect("one line is a message");
    assert_eq!(folded.content.as_str(), format!("<t:0:f> {}", text.trim()));
    Content::new(text).expect("a line is a message");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn d09_every_rendered_line_is_within_the_limits(event in event()) {
        for lines in told(&VOICE, &event) {
            prop_assert!((1..=MOST_PARTS).contains(&lines.len()));
            lines.iter().for_each(assert_legal);
        }
    }

    #[test]
    fn addresses_ids_and_homes_never_reach_discord(head in hostile::text(), tail in "[ a-z]{0,20}") {
        let head: String = head.chars().take(100).filter(|c| !c.is_alphanumeric()).collect();
        let text = format!("{head} 203.0.113.7:34197 76561198000000001 /home/jane/saves 2001:db8::17 {tail}");
        for event in [
            Event::EngineError { text: text.clone() },
            Event::ServerCrashed { evidence: Evidence::Error(text.clone()) },
            Event::CommandError { text: text.clone() },
            Event::Warning { player: None, text: text.clone() },
            Event::Kick { player: "Bob".into(), by: Actor::Server, reason: Some(text.clone()) },
        ] {
            let shown = told(&VOICE, &event)[0][0].to_string().replace('\\', "");
            for secret in ["203.0", "7656", "jane", "2001:"] {
                prop_assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}
