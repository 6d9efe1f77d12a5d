//! Every labelled line gives what is right, with the files that it is about.

use factorio_isr::config::try_patterns;
use factorio_log::{Context, Grammar};
use isr_core::event::{Event, event_of};
use serde_json::{Value, json};

use crate::{event, folder_with, here, rendered, word};

fn cases() -> Vec<Value> {
    let text = std::fs::read_to_string(here("tests/data/pattern_cases.jsonl")).expect("the cases");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a case"))
        .collect()
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_default()
}

/// Type, player and message.
type Told = (Option<String>, Option<String>, Option<String>);

/// What is right for a case.
fn right(case: &Value) -> Told {
    let from = if case["want"].is_null() {
        case
    } else {
        &case["want"]
    };
    (
        word(&from["event_type"]),
        word(&from["player"]),
        word(&from["message"]),
    )
}

/// What a folder of patterns says of a case's line; also its text, for comparison with a recorded one.
fn told(tried: &factorio_isr::config::Tried, case: &Value) -> (Told, Option<String>, Option<String>) {
    match event(tried, text(case, "line")) {
        None => ((None, None, None), None, None),
        Some(custom) => (
            (
                Some(custom.profile.kind.as_str().to_owned()),
                custom.player.clone(),
                custom.message.clone(),
            ),
            Some(plain(&rendered(&custom))),
            Some(custom.profile.name.clone()),
        ),
    }
}

fn plain(text: &str) -> String {
    text.replace(['\\', '\u{200b}'], "")
}

#[test]
fn the_shipped_pack_gives_what_is_right_for_every_line() {
    let tried = try_patterns(&here("../../patterns"));
    assert_eq!(
        (tried.problems.as_slice(), tried.notes.as_slice()),
        (&[][..], &[][..])
    );
    let mut seen = 0;
    for case in cases().iter().filter(|case| case["pattern_set"] == "shipped") {
        let (found, shown, matched) = told(&tried, case);
        assert_eq!(found, right(case), "{}: {}", text(case, "id"), text(case, "line"));
        assert!(
            shown.is_none_or(|shown| !shown.contains("{player}") && !shown.contains("{message}")),
            "{case}"
        );
        if let Some(wanted) = word(&case["want_matched"]) {
            assert_eq!(matched, Some(wanted));
        }
        seen += 1;
    }
    assert_eq!(seen, 91);
}

#[test]
fn the_shipped_pack_holds_every_pattern_of_the_old_one() {
    let names = |folder: &str| {
        let mut names: Vec<String> = Vec::new();
        for file in std::fs::read_dir(here(folder)).expect("the files") {
            let text = std::fs::read_to_string(file.expect("a file").path()).expect("a text");
            let entries = text
                .lines()
                .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
            names.extend(entries.filter_map(|line| Some(line.trim().strip_suffix(':')?.to_owned())));
        }
        names
    };
    let ours = names("../../patterns");
    let old = names("tests/data/old_patterns");
    assert_eq!(old.len(), 39);
    for name in old {
        assert!(ours.contains(&name), "{name}");
    }
}

#[test]
fn files_in_the_old_form_load_unchanged_and_read_as_they_did() {
    let tried = try_patterns(&here("tests/data/old_patterns"));
    assert_eq!(
        (tried.problems.as_slice(), tried.notes.as_slice()),
        (&[][..], &[][..])
    );
    assert_eq!(tried.set.len(), 33);
    for case in cases().iter().filter(|case| case["pattern_set"] == "shipped") {
        let fix = text(case, "fix");
        if !matches!(fix, "" | "engine") {
            continue;
        }
        let (found, shown, matched) = told(&tried, case);
        assert_eq!(found, right(case), "{}: {}", text(case, "id"), text(case, "line"));
        if case["defect"].is_null() {
            assert_eq!(
                shown,
                word(&case["rendered"]).map(|text| plain(&text)),
                "{}",
                text(case, "id")
            );
            assert_eq!(matched, word(&case["matched"]), "{}", text(case, "id"));
        }
    }
}

#[test]
fn cases_with_patterns_of_their_own_give_what_is_right() {
    let mut seen = 0;
    for case in cases().iter().filter(|case| !case["patterns"].is_null()) {
        let file = json!({ "events": case["patterns"] }).to_string();
        let folder = folder_with(&file);
        let tried = try_patterns(folder.path());
        assert!(tried.problems.is_empty(), "{:?}", tried.problems);
        let (found, shown, matched) = told(&tried, case);
        assert_eq!(found, right(case), "{}: {}", text(case, "id"), text(case, "line"));
        if case["defect"].is_null() {
            assert_eq!(
                shown,
                word(&case["rendered"]).map(|text| plain(&text)),
                "{}",
                text(case, "id")
            );
            assert_eq!(matched, word(&case["matched"]), "{}", text(case, "id"));
        }
        seen += 1;
    }
    assert_eq!(seen, 11);
}

#[test]
fn the_built_in_forms_read_what_the_first_release_read() {
    let mut seen = 0;
    for case in cases().iter().filter(|case| case["pattern_set"] == "phase1") {
        let line = text(case, "line");
        let entry = Grammar::new().parse(&mut Context::new(), line.as_bytes());
        let event = entry.and_then(|entry| event_of(&entry.fact));
        let owned = |text: &str| Some(text.to_owned());
        let found = match event {
            None => (None, None, None),
            Some(Event::Join { player }) => (owned("join"), Some(player), None),
            Some(Event::Leave { player }) => (owned("leave"), Some(player), None),
            Some(Event::Chat { player, text }) => (owned("chat"), Some(player), Some(text)),
            Some(Event::ServerChat { text }) => (owned("server"), owned("server"), Some(text)),
            Some(Event::Milestone { player, text }) => (owned("milestone"), Some(player), Some(text)),
            Some(Event::Task { player, text }) => (owned("task"), Some(player), Some(text)),
            Some(Event::Research { technology }) => (owned("research"), None, Some(technology)),
            Some(Event::Death { player, cause }) => (owned("death"), Some(player), cause),
            Some(other) => (owned(other.kind_str()), None, None),
        };
        assert_eq!(found, right(case), "{}: {line}", text(case, "id"));
        seen += 1;
    }
    assert_eq!(seen, 18);
}
