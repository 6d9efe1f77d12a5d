//! `factorio-isr parse`.

use std::path::{Path, PathBuf};

use isr_testkit::process::DaemonCommand;
use serde_json::{Value, json};

use super::program::{PROGRAM, Program, finish};

fn labelled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../factorio-log/tests/data")
}

struct Label {
    id: String,
    source: String,
    line: String,
    /// The fields without `line`; a line that is no event has `kind: null` alone.
    expected: Value,
}

fn labels() -> Vec<Label> {
    let text = std::fs::read_to_string(labelled().join("truth.jsonl")).expect("the labels");
    let label = |line: &str| {
        let label: Value = serde_json::from_str(line).expect("a label");
        let word = |key: &str| label[key].as_str().expect(key).to_owned();
        let expected = match &label["expected"] {
            Value::Null => json!({"kind": null}),
            expected => expected.clone(),
        };
        Label {
            id: word("id"),
            source: word("source"),
            line: word("line"),
            expected,
        }
    };
    text.lines().map(label).collect()
}

/// An object of the program, without its line number.
fn without_line(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("line");
    }
    object
}

#[tokio::test]
async fn every_labelled_line_gives_exactly_its_label() {
    let program = Program::new();
    let labels = labels();
    assert_eq!(labels.len(), 150);
    let mut wrong = Vec::new();
    for label in labels {
        let file = program.file("line.log", format!("{}\n", label.line));
        let ran = program
            .run(["parse", "--all", "--format", "jsonl", &file.to_string_lossy()])
            .await
            .expect_code(0);
        let objects = ran.objects();
        assert_eq!(objects.len(), 1, "{}", ran.out);
        assert_eq!(objects[0]["line"], 1);
        let found = without_line(objects[0].clone());
        if found != label.expected {
            wrong.push(format!(
                "{}: expected {}\n  found {found}",
                label.id, label.expected
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn whole_logs_give_the_labels_in_their_context() {
    let program = Program::new();
    let labels = labels();
    let mut met = 0;
    for log in std::fs::read_dir(labelled().join("logs")).expect("the logs") {
        let path = log.expect("a log").path();
        let name = format!("logs/{}:", path.file_name().expect("a name").to_string_lossy());
        let ran = program
            .run(["parse", "--all", "--format", "jsonl", &path.to_string_lossy()])
            .await
            .expect_code(0);
        let objects = ran.objects();
        for (index, object) in objects.iter().enumerate() {
            assert_eq!(object["line"], index + 1, "every line once, in order: {name}");
        }
        for label in labels.iter().filter(|label| label.source.starts_with(&name)) {
            let number: usize = label.source[name.len()..].parse().expect("a line number");
            assert_eq!(
                without_line(objects[number - 1].clone()),
                label.expected,
                "{}",
                label.id
            );
            met += 1;
        }
    }
    assert_eq!(met, 139, "all labels but the templates stand in a log");
}

const EVENING: &str = "\
=== Log opened 2026-01-31 18:00:00 ===
2026-01-31 18:00:05 [JOIN] Bob joined the game
noise of a mod
2026-01-31 18:00:09 [CHAT] Bob: hi \u{1b}[31mthere \"you\"
";

#[tokio::test]
async fn text_is_for_people_and_cannot_steer_the_terminal() {
    let program = Program::new();
    let file = program.file("console.log", EVENING);
    let ran = program
        .run(["parse".as_ref(), file.as_os_str()])
        .await
        .expect_code(0);
    let expected = "      1  log_opened               when=\"2026-01-31 18:00:00\"
      2  join                     when=\"2026-01-31 18:00:05\" player=\"Bob\"
      4  chat                     when=\"2026-01-31 18:00:09\" player=\"Bob\" text=\"hi there \\\"you\\\"\"
";
    assert_eq!(ran.out, expected);
    assert_eq!(ran.err, "");
}

#[tokio::test]
async fn all_shows_the_other_lines_too() {
    let program = Program::new();
    let file = program.file("console.log", EVENING);
    let ran = program
        .run(["parse".as_ref(), "--all".as_ref(), file.as_os_str()])
        .await
        .expect_code(0);
    assert_eq!(ran.lines().len(), 4);
    assert_eq!(ran.lines()[2], "      3  -                        noise of a mod");
    let json = program
        .run(["parse", "--all", "--format", "jsonl", &file.to_string_lossy()])
        .await;
    assert_eq!(json.lines()[2], r#"{"line":3,"kind":null}"#);
}

#[tokio::test]
async fn standard_input_is_read_with_a_dash_and_without_a_file() {
    let program = Program::new();
    let file = program.file("console.log", EVENING);
    let by_name = program
        .run(["parse".as_ref(), file.as_os_str()])
        .await
        .expect_code(0);
    let piped = program.clone().stdin_from(&file);
    for args in [vec!["parse"], vec!["parse", "-"]] {
        let ran = piped.run(&args).await.expect_code(0);
        assert_eq!(
            (ran.out, ran.err),
            (by_name.out.clone(), String::new()),
            "{args:?}"
        );
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_and_ends_with_code_1() {
    let program = Program::new();
    let ran = program.run(["parse", "no-such.log"]).await.expect_code(1);
    assert_eq!(ran.out, "");
    ran.complains(&[
        "factorio-isr parse: no-such.log: No such file",
        "Is it a readable file?",
    ]);
    let folder = program.run(["parse", "."]).await.expect_code(1);
    folder.complains(&["factorio-isr parse: .: Is a directory"]);
}

/// Runs a command whose reader goes away after one line; gives the program's own exit code and its complaints.
async fn into_a_broken_pipe(args: &[&str]) -> (String, String) {
    let script = r#"{ "$@"; echo "code $?" >&2; } | { head -n 1 >/dev/null; exec <&-; }"#;
    let command = DaemonCommand::new("/bin/sh")
        .expect("a shell")
        .args(["-c", script, "sh", PROGRAM])
        .args(args);
    let ran = finish(&command.spawn().expect("started")).await;
    let code = ran.err.lines().last().unwrap_or_default().to_owned();
    (code, ran.err)
}

#[tokio::test]
async fn a_broken_pipe_is_a_clean_end_for_every_command_that_prints() {
    let program = Program::new();
    let file = program.file("big.log", EVENING.repeat(20_000));
    let file = file.to_string_lossy();
    for args in [
        vec!["parse", &file],
        vec!["parse", "--format", "jsonl", "--all", &file],
        vec!["replay", &file],
        vec!["completions", "zsh"],
    ] {
        let (code, err) = into_a_broken_pipe(&args).await;
        assert_eq!((code.as_str(), err.as_str()), ("code 0", "code 0\n"), "{args:?}");
    }
}

#[tokio::test]
async fn hostile_bytes_are_read_to_the_end() {
    let program = Program::new();
    let mut text = b"2026-01-31 18:00:05 [CHAT] Bob: \xff\xfe\x00 a\r\n".to_vec();
    text.extend(std::iter::repeat_n(b'x', 1 << 20));
    text.extend(b"\n2026-01-31 18:00:06 [JOIN] Ada joined the game");
    let file = program.file("console.log", text);
    let ran = program
        .run(["parse", "--format", "jsonl", &file.to_string_lossy()])
        .await
        .expect_code(0);
    let objects = ran.objects();
    assert_eq!(objects.len(), 2, "{}", ran.out);
    assert_eq!(
        (&objects[0]["line"], &objects[0]["player"]),
        (&json!(1), &json!("Bob"))
    );
    assert_eq!(
        (&objects[1]["line"], &objects[1]["player"]),
        (&json!(3), &json!("Ada"))
    );
}
