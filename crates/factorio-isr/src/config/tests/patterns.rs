//! Patterns: where they come from, and what is said about those that cannot be used.

use super::{Scene, assert_some_contains};

const GOOD: &str = "events:\n  good:\n    pattern: 'boom'\n    type: death\n";

fn scene(file: &str) -> Scene {
    Scene::ready().file("work/patterns/a.yml", file)
}

fn names(scene: &Scene) -> Vec<String> {
    let loaded = scene.accepted();
    let profiles = loaded.config.servers[0].patterns.profiles();
    profiles.map(|profile| profile.name.clone()).collect()
}

#[test]
fn a_folder_where_the_program_runs_is_found_as_the_python_program_found_it() {
    assert_eq!(names(&scene(GOOD)), ["good"]);
    let (value, origin) = scene(GOOD).shown("patterns");
    assert_eq!(
        (value.as_str(), origin.as_str()),
        ("patterns (1 patterns)", "found")
    );
    let other = scene(GOOD).file("work/mine/b.yaml", GOOD.replace("good", "other"));
    assert_eq!(names(&other.with("PATTERNS_DIR", "mine")), ["other"]);
    let other = scene(GOOD)
        .file("work/mine/b.yaml", GOOD.replace("good", "other"))
        .yaml("patterns: mine\n");
    assert_eq!(names(&other), ["other"]);
}

#[test]
fn some_files_of_a_folder_can_be_chosen() {
    for list in [r#"["c.yml", "missing.yml"]"#, "c.yml, missing.yml"] {
        let scene = scene(GOOD)
            .file("work/patterns/c.yml", GOOD.replace("good", "chosen"))
            .with("PATTERN_FILES", list);
        assert_eq!(names(&scene), ["chosen"]);
        assert_some_contains(&scene.notes(), "there is no file `missing.yml`");
    }
    let problems = scene(GOOD).with("PATTERN_FILES", "../a.yml").problems();
    assert_some_contains(&problems, "not the name of a file");
}

#[test]
fn the_shipped_pack_speaks_only_where_there_are_no_patterns_of_ones_own() {
    let pack = names(&Scene::ready());
    assert!(pack.len() > 39, "{}", pack.len());
    assert!(!names(&scene(GOOD)).contains(&"server_message".to_owned()));
    let both = scene(GOOD).yaml("shipped_patterns: on\n");
    assert_eq!(names(&both).len(), pack.len() + 1);
    assert!(names(&Scene::ready().yaml("shipped_patterns: off\n")).is_empty());
    let off = Scene::ready().with("FACTORIO_ISR_SHIPPED_PATTERNS", "off");
    assert!(names(&off).is_empty());
    // A copy of the pack is no more than the pack.
    let text = std::fs::read_to_string(super::repository().join("patterns/server.yml")).expect("the pack");
    let copied = Scene::ready().file("work/patterns/server.yml", text);
    assert_eq!(names(&copied).len(), pack.len());
}

#[test]
fn a_bad_pattern_of_the_old_form_is_said_with_its_place_and_the_good_ones_work() {
    for (entry, place, reason) in [
        (
            "bad: {pattern: 'a(b', type: chat}",
            "(b",
            "the expression is wrong here",
        ),
        ("bad: {pattern: 'ab(?=c)', type: chat}", "(?=", "a look-ahead"),
        ("bad: {pattern: '(a)\\1', type: chat}", "\\1", "a back-reference"),
        ("bad: {pattern: '\\w{500}{500}', type: chat}", "\\w", "memory"),
        ("bad: {type: chat}", "bad", "there is no `pattern`"),
        (
            "bad: {pattern: x, type: chat, color: 255}",
            "color",
            "unknown key `color`",
        ),
        (
            "bad: {pattern: x, message: '{who}'}",
            "'{who}",
            "{who} is no field",
        ),
        ("bad: {pattern: x, priority: -1}", "-1", "priority is `-1`"),
        ("'b d': {pattern: x}", "'b d", "the name has a character"),
        ("bad: text", "bad", "there is no `pattern`"),
    ] {
        let scene = scene(&GOOD.replace(
            "events:\n",
            &format!("events:\n  x: {{pattern: x, type: chat}}\n  {entry}\n"),
        ));
        let notes = scene.notes();
        let column = entry.find(place).expect("the place") + 3;
        let wanted = format!("patterns/a.yml:3:{column}: ");
        assert!(
            notes
                .iter()
                .any(|note| note.starts_with(&wanted) && note.contains(reason)),
            "{entry}: {wanted} {reason}: {notes:#?}"
        );
        assert_eq!(names(&scene), ["x", "good"], "{entry}");
    }
}

#[test]
fn what_the_python_program_mended_by_a_default_is_mended_and_said() {
    for (entry, reason) in [
        ("{pattern: x, enabled: maybe}", "enabled is `maybe`"),
        ("{pattern: x, priority: high}", "priority is `high`"),
        ("{pattern: x, type: vehicle}", "`vehicle` is none of the types"),
        ("{pattern: x, emoji: [1]}", "`emoji` takes a single value"),
        (
            "{pattern: y, type: chat, pattern: x}",
            "`pattern` is written twice",
        ),
        (
            "{pattern: x, type: chat}\n  bad: {pattern: y, type: chat}",
            "is written again at line",
        ),
    ] {
        let scene = scene(&format!("{GOOD}  bad: {entry}\n"));
        assert_some_contains(&scene.notes(), reason);
        assert_eq!(names(&scene).len(), 2, "{entry}");
    }
    let off = scene(&format!("{GOOD}  off: {{pattern: x, type: chat, enabled: no}}\n"));
    assert_eq!(names(&off), ["good"]);
}

#[test]
fn a_bad_pattern_of_our_form_and_a_file_that_cannot_be_read_refuse_the_configuration() {
    for (entry, reason) in [
        (
            "{pattern: 'a(?!b)', kind: x}",
            "a.yml:5:20: pattern `bad`: a negative look-ahead",
        ),
        ("{pattern: x, where: somewhere}", "where is `somewhere`"),
        ("{pattern: x, kind: 'a b'}", "cannot be the name of a kind"),
        ("{pattern: x, kind: x, enabeld: off}", "did you mean `enabled`?"),
        ("{pattern: x, kind: x, enabled: maybe}", "enabled is `maybe`"),
        ("{pattern: x, kind: x, message: '{who}'}", "{who} is no field"),
        (
            "{pattern: '(?<who>x)', fields: {who: plaier}}",
            "did you mean `player`?",
        ),
        ("{pattern: x, fields: {who: player}}", "no group named who"),
        ("{pattern: x, fields: {a: '{b}', b: '{a}'}}", "{b} is no field"),
        ("{pattern: x, fields: [a]}", "fields has to hold fields"),
    ] {
        let problems = scene(&format!("{GOOD}  bad: {entry}\n")).problems();
        assert_some_contains(&problems, reason);
        assert!(
            problems.iter().all(|problem| problem.contains("remedy: ")),
            "{problems:?}"
        );
    }
    for (file, reason) in [
        ("events: [a, b]\n".to_owned(), "`events` has to hold patterns"),
        ("- a\n".to_owned(), "the file has to hold `events:`"),
        ("events: {a: \n".to_owned(), "the file is not valid YAML"),
        ("x".repeat(10 << 20), "larger than 1048576 bytes"),
        (bomb(), "the file is not valid YAML"),
        (many(101), "the file holds 101 patterns"),
    ] {
        assert_some_contains(&scene(&file).problems(), reason);
    }
    let problems = Scene::ready()
        .file("work/patterns/a.yml", [0xff, 0xfe, 0x00])
        .problems();
    assert_some_contains(&problems, "it is not UTF-8 text");
    assert_eq!(names(&scene(&many(100))).len(), 100);
}

/// Aliases of aliases: a billion values in a few lines.
fn bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let last = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![last; 9].join(", ")));
    }
    text
}

fn many(count: usize) -> String {
    let entries: String = (0..count)
        .map(|n| format!("  p{n}: {{pattern: x{n}}}\n"))
        .collect();
    format!("events:\n{entries}")
}

#[test]
fn empty_files_and_a_missing_folder_are_no_reason_to_stop() {
    for (file, reason) in [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("event:\n  a: {pattern: x}\n", "did you mean `events`?"),
        ("{}\n", "the file has no `events:`"),
    ] {
        let scene = scene(file);
        assert_some_contains(&scene.notes(), reason);
        scene.accepted();
    }
    let missing = Scene::ready().with("PATTERNS_DIR", "/app/patterns");
    assert_some_contains(&missing.notes(), "no pattern of yours is used");
    let missing = Scene::ready().yaml("patterns: nowhere\n");
    assert_some_contains(&missing.notes(), "no pattern of yours is used");
    missing.accepted();
    let problems = scene(GOOD).yaml("patterns: patterns/a.yml\n").problems();
    assert_some_contains(&problems, "the folder of patterns");
}

#[test]
fn names_are_unique_over_all_files_and_files_are_read_in_the_order_of_their_names() {
    let scene = scene(GOOD)
        .file(
            "work/patterns/b.yml",
            format!("{GOOD}  more: {{pattern: x, priority: 0}}\n"),
        )
        .file("work/patterns/.hidden.yml", GOOD.replace("good", "hidden"))
        .file("work/patterns/readme.txt", "no pattern");
    assert_eq!(names(&scene), ["more", "good"]);
    assert_some_contains(
        &scene.notes(),
        "patterns/b.yml:2:3: pattern `good` is left out: the name is taken",
    );
}

#[test]
fn a_pattern_that_matches_every_line_is_pointed_out() {
    let scene = scene("events:\n  all: {pattern: '.*', type: server}\n");
    assert_some_contains(&scene.notes(), "pattern `all` matches every line");
}
