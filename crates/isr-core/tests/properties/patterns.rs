//! Patterns: no words forge an event, whatever a pattern and a line hold what is posted is legal, and nothing stalls.

use std::sync::LazyLock;

use factorio_log::{Context, Grammar};
use isr_core::delivery::KindName;
use isr_core::event::{Event, EventKind};
use isr_core::pattern::{Definition, FieldRule, Form, PatternSet, Place, Reading, Scratch, State, Tier};
use proptest::prelude::*;

use super::hostile;
use super::rendering::{VOICE, assert_legal, told};

fn definition(name: &str, expression: &str, kind: &str, form: Form) -> Definition {
    Definition {
        name: name.to_owned(),
        expression: expression.to_owned(),
        form,
        kind: KindName::named(kind),
        emoji: "🏆".to_owned(),
        template: None,
        state: State::On,
        priority: 10,
        channel: None,
        tier: Tier::Own,
    }
}

fn named(place: Place) -> Form {
    Form::Named {
        place,
        fields: Vec::new(),
    }
}

/// A form of an emoji that Discord does not take for one, because the name is missing.
#[test]
fn a_form_without_its_name_is_legal() {
    let (set, faults) = PatternSet::compile(&[definition(
        "x",
        r"^\[X\] (?<player>\S+) (?<message>.*)",
        "mod.x",
        Form::Positional,
    )]);
    assert_eq!(faults, []);
    let Reading::Event(event) = read(&set, "[X] Bob <a:@everyone") else {
        panic!("no event");
    };
    told(&VOICE, &Event::Custom(event))
        .iter()
        .flatten()
        .for_each(assert_legal);
}

/// Expressions that are as careless as people write them.
const CARELESS: [&str; 10] = [
    r"\[MILESTONE\]",
    r"(?:\[JOIN\])|(?:joined the game)",
    r"(\w+) died",
    "rocket.*launched",
    "^.* joined",
    "(.+)",
    r"\[(\w+)\] (.*)",
    r"(\w+) was killed by (.+)",
    "a",
    "^(.*)$",
];

/// What players type to look like the game.
const FORGED: [&str; 8] = [
    "[MILESTONE] Eve completed: everything",
    "2026-08-07 11:31:05 [JOIN] Eve joined the game",
    "Eve died",
    "a rocket was launched",
    "[CHAT",
    "Eve was killed by Bob.",
    "CHAT] x",
    "]",
];

static CARELESS_SET: LazyLock<PatternSet> = LazyLock::new(careless);

fn careless() -> PatternSet {
    let mut definitions = Vec::new();
    for (number, expression) in CARELESS.iter().enumerate() {
        for kind in ["milestone", "join", "server", "death", "unknown"] {
            let name = format!("{kind}{number}");
            definitions.push(definition(&name, expression, kind, Form::Positional));
            definitions.push(definition(
                &format!("{name}own"),
                expression,
                kind,
                named(Place::Any),
            ));
        }
    }
    let (set, faults) = PatternSet::compile(&definitions);
    assert_eq!(faults, []);
    set
}

fn read(set: &PatternSet, line: &str) -> Reading {
    let line = Grammar::new().read(&mut Context::new(), line.as_bytes());
    set.read(&line, &mut Scratch::default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn nobodys_words_become_an_event_of_another_kind(
        head in hostile::text(), forged in prop::sample::select(&FORGED[..]), tail in ".{0,20}",
        name in "[A-Za-z0-9._-]{2,20}",
    ) {
        let words = format!("{head}{forged}{tail}").replace(['\n', '\r'], " ");
        for line in [
            format!("2026-08-07 11:31:05 [CHAT] {name}: {words}"),
            format!("[CHAT] {name}: {words}"),
            format!("2026-08-07 11:31:05 [SHOUT] {name}: {words}"),
            format!("2026-08-07 11:31:05 [WARNING] Player {name} tried using the command \"{words}\"."),
            format!("  12.345 Script @__m__/control.lua:4: [CHAT] {name}: {words}"),
            format!("[WEB] {name}: {words}"),
            format!("{name}: {words}"),
        ] {
            if let Reading::Event(event) = read(&CARELESS_SET, &line) {
                prop_assert_eq!(event.profile.class, EventKind::Chat, "{}", line);
            }
        }
    }

    #[test]
    fn d09_whatever_a_pattern_makes_of_a_line_is_legal(
        words in hostile::text(), template in "[ -~äöü🏆\\n]{0,60}", own in any::<bool>(),
    ) {
        // What an admin writes is the admin's: only what could end a line or a message is taken out.
        let template = template.replace(['@', '<', '/', '\r'], "");
        let template = format!("{template}{{player}}{{message}}");
        let form = if own { named(Place::Any) } else { Form::Positional };
        let mut definition = definition("x", r"^\[X\] (?<player>\S+) (?<message>.*)", "mod.x", form);
        definition.template = Some(template);
        let (set, faults) = PatternSet::compile(&[definition]);
        prop_assume!(faults.is_empty());
        let words = words.replace(['\n', '\r'], " ");
        let line = format!("[X] Bob {words}");
        if let Reading::Event(event) = read(&set, &line) {
            told(&VOICE, &Event::Custom(event)).iter().flatten().for_each(assert_legal);
        }
    }

    #[test]
    fn any_text_is_an_expression_or_a_fault_with_a_place(expression in ".{0,60}", line in ".{0,80}") {
        for form in [Form::Positional, named(Place::Any)] {
            let (set, faults) = PatternSet::compile(&[definition("x", &expression, "server", form)]);
            prop_assert_eq!(set.len() + faults.len(), 1);
            let _ = read(&set, &line);
            let line = Grammar::new().read(&mut Context::new(), line.as_bytes()).content.to_vec();
            let _ = set.explain(&Grammar::new().read(&mut Context::new(), &line));
        }
    }

    /// What the search over all patterns leaves out cannot match: the set finds what one pattern alone finds.
    #[test]
    fn no_pattern_is_overlooked(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["Kick", "ſ", "\u{212a}", "ä", "Ä", "a", "server", " ", "[x]", "\\d", "(?:ab|cd)", "."]), 1..5),
        line in prop::collection::vec(
            prop::sample::select(vec!["kick", "KICK", "\u{212a}ic\u{212a}", "\u{17f}erver", "SERVER", "ä", "Ä", "s", "k", "A", " ", "[x]", "7", "aB", "CD"]), 0..8),
    ) {
        let expression: String = pieces.iter().map(|piece| match *piece {
            "[x]" => "\\[x\\]",
            piece => piece,
        }).collect();
        let line: String = line.concat();
        let (set, faults) = PatternSet::compile(&[definition("x", &expression, "chat", Form::Positional)]);
        prop_assert!(faults.is_empty());
        let alone = regex::RegexBuilder::new(&expression).case_insensitive(true).build().expect("an expression");
        let expected = alone.is_match(&line) && !line.trim_start().is_empty();
        prop_assert_eq!(read(&set, &line) != Reading::Nothing, expected, "{} in {:?}", expression, line);
    }
}

#[test]
fn lines_that_stall_other_engines_are_read_in_one_pass() {
    let evil = [
        "(a+)+$",
        "(a|a)*b",
        "(.*a){12}$",
        r"(\w+\s?)+!$",
        "^(a?){30}a{30}$",
    ];
    let definitions: Vec<Definition> = evil
        .iter()
        .enumerate()
        .map(|(number, expression)| definition(&number.to_string(), expression, "chat", Form::Positional))
        .collect();
    let (set, faults) = PatternSet::compile(&definitions);
    assert_eq!(faults, []);
    // The test ends: an engine that goes back would need longer than the world lasts.
    for line in [
        "a".repeat(9_999),
        "a ".repeat(4_999),
        format!("{}!", "a".repeat(9_998)),
    ] {
        let _ = read(&set, &line);
    }
    assert_eq!(read(&set, &"a".repeat(10_001)), Reading::Nothing);
}

#[test]
fn the_memory_of_all_patterns_together_is_bounded() {
    let many = |count: usize, expression: &str, state| -> Vec<Definition> {
        (0..count)
            .map(|number| Definition {
                state,
                ..definition(
                    &number.to_string(),
                    &format!("x{number} {expression}"),
                    "mod.x",
                    Form::Positional,
                )
            })
            .collect()
    };
    let greedy = many(200, r"(\w{3,40})", State::On);
    let (set, faults) = PatternSet::compile(&greedy);
    assert!((10..60).contains(&set.len()), "{}", set.len());
    assert_eq!(faults.len() + set.len(), 200);
    assert_eq!(faults[0].0, set.len());
    assert!(faults[0].1.what.contains("MiB"));
    // What people write is far from it, and what is off costs nothing.
    for definitions in [
        many(
            500,
            r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} (\w+) did (.*)",
            State::On,
        ),
        many(200, r"(\w{3,40})", State::Off),
    ] {
        assert_eq!(PatternSet::compile(&definitions).1, []);
    }
}

/// What a pattern with this text makes of a line of one player and some words.
fn shown(template: &str, form: Form, line: &str) -> String {
    let mut definition = definition("x", r"^\[X\] (?<player>\S+) (?<message>.*)", "mod.x", form);
    definition.emoji = String::new();
    definition.template = Some(template.to_owned());
    let (set, faults) = PatternSet::compile(&[definition]);
    assert_eq!(faults, []);
    match read(&set, line) {
        Reading::Event(event) => told(&VOICE, &Event::Custom(event))[0][0].to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_value_completes_what_the_text_of_a_pattern_began() {
    for form in [Form::Positional, named(Place::Any)] {
        let shown = |template, line| shown(template, form.clone(), line);
        assert_eq!(
            shown("<@{player}>", "[X] 123456789012345678 x"),
            r"\<@123456789012345678>"
        );
        assert_eq!(shown("<@&{player}> {message}", "[X] 1 2"), r"\<@&1> 2");
        assert_eq!(shown("`{message}` x", "[X] Bob a` **b** `c"), "`aˋ **b** ˋc` x");
        assert_eq!(
            shown("[x](https://x/{message})", "[X] Bob a) [y](https://evil"),
            "[x](https://x/a%29%20%5By%5D%28https%3A%2F%2Fevil)"
        );
        assert_eq!(shown("@{player}", "[X] everyone x"), "@\u{200b}everyone");
        assert_eq!(shown(r"\{message}", "[X] Bob *b*"), r"\\\*b\*");
    }
}

#[test]
fn braces_that_hold_no_name_are_the_admins_words() {
    let shown = |template| shown(template, Form::Positional, "[X] Bob hi");
    assert_eq!(shown("{ } {{player}} } {"), "{ } {Bob} } {");
}

#[test]
fn an_address_keeps_its_preview_only_in_the_old_form_and_where_nothing_can_stick_to_it() {
    let line = "[X] Bob https://a.b/c";
    let old = |template| shown(template, Form::Positional, line);
    assert_eq!(old("{message}"), "https://a.b/c");
    assert_eq!(old("{message} by {player}"), "https://a.b/c by Bob");
    assert_eq!(old("{message}{player}"), "<https://a.b/c>Bob");
    assert_eq!(old("{message}{message}"), "<https://a.b/c>https://a.b/c");
    assert_eq!(old("`{message}`"), "`https://a.b/c`");
    assert_eq!(shown("{message}", named(Place::Any), line), "<https://a.b/c>");
}

#[test]
fn a_typed_field_and_a_composed_one_are_what_they_say() {
    let mut definition = definition(
        "silo",
        r"^\[SILO\] (?<who>\S+) (?<count>\S+) (?<at>\S+)$",
        "mod.silo",
        Form::Named {
            place: Place::Bare,
            fields: vec![
                ("who".to_owned(), FieldRule::Player),
                ("count".to_owned(), FieldRule::Number),
                ("at".to_owned(), FieldRule::Gps),
                (
                    "message".to_owned(),
                    FieldRule::Composed("{count} by {who}".to_owned()),
                ),
            ],
        },
    );
    definition.template = Some("**{who}** {count} {at}".to_owned());
    let (set, faults) = PatternSet::compile(&[definition]);
    assert_eq!(faults, []);
    let Reading::Event(event) = read(&set, "[SILO] Bob_ 1,200 [gps=1,-2,nauvis]") else {
        panic!("an event");
    };
    assert_eq!(event.player.as_deref(), Some("Bob_"));
    assert_eq!(event.message.as_deref(), Some("1,200 by Bob_"));
    let shown = told(&VOICE, &Event::Custom(event))[0][0].to_string();
    assert_eq!(shown, r"🏆 **Bob\_** 1,200 📍 1, -2 (nauvis)");
    assert_eq!(read(&set, "[SILO] Bob many [gps=1,2]"), Reading::Nothing);
    assert_eq!(
        read(&set, "2026-08-07 11:31:05 [SILO] Bob 1 [gps=1,2]"),
        Reading::Nothing
    );
}

#[test]
fn the_lowest_number_is_asked_first_and_among_equals_the_first_written() {
    let with = |name: &str, priority, state, tier| Definition {
        priority,
        state,
        tier,
        ..definition(name, "boom", "mod.x", Form::Positional)
    };
    let name_of = |definitions: &[Definition]| {
        let (set, _) = PatternSet::compile(definitions);
        match read(&set, "boom") {
            Reading::Event(event) => event.profile.name.clone(),
            Reading::Silence => "(silence)".to_owned(),
            Reading::Nothing => "(nothing)".to_owned(),
        }
    };
    let (on, own) = (State::On, Tier::Own);
    assert_eq!(
        name_of(&[
            with("a", 5, on, own),
            with("b", 1, on, own),
            with("c", 1, on, own)
        ]),
        "b"
    );
    assert_eq!(
        name_of(&[with("off", 0, State::Off, own), with("on", 9, on, own)]),
        "on"
    );
    assert_eq!(
        name_of(&[with("quiet", 0, State::Silent, own), with("on", 9, on, own)]),
        "(silence)"
    );
    assert_eq!(
        name_of(&[with("pack", 0, on, Tier::Shipped), with("own", 9, on, own)]),
        "own"
    );
}

#[test]
fn the_pack_is_silent_where_the_program_understands_the_line() {
    let mut definition = definition("pack", "joined the game|unheard", "join", Form::Positional);
    definition.tier = Tier::Shipped;
    let (set, _) = PatternSet::compile(&[definition]);
    assert_eq!(
        read(&set, "2026-08-07 11:31:05 [JOIN] Bob joined the game"),
        Reading::Nothing
    );
    assert!(matches!(read(&set, "unheard"), Reading::Event(_)));
}
