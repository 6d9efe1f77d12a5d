//! `--help`, `--version`, wrong usage, `completions`.

use super::program::Program;

const COMMANDS: [&[&str]; 21] = [
    &["run"],
    &["init"],
    &["check"],
    &["doctor"],
    &["parse"],
    &["replay"],
    &["demo"],
    &["outbox"],
    &["outbox", "list"],
    &["outbox", "retry"],
    &["outbox", "drop"],
    &["maintenance"],
    &["maintenance", "on"],
    &["maintenance", "off"],
    &["maintenance", "status"],
    &["watches"],
    &["rcon"],
    &["status"],
    &["players"],
    &["healthcheck"],
    &["completions"],
];

#[tokio::test]
async fn the_help_of_every_command_has_an_example_and_fits_a_terminal() {
    let program = Program::new();
    let help = program.run(["--help"]).await.expect_code(0);
    for command in [
        "run",
        "init",
        "check",
        "doctor",
        "parse",
        "replay",
        "demo",
        "outbox",
        "maintenance",
        "watches",
        "rcon",
        "status",
        "players",
        "healthcheck",
        "completions",
    ] {
        let listed = help
            .lines()
            .iter()
            .any(|line| line.trim_start().starts_with(command));
        assert!(listed, "{command} is not in\n{}", help.out);
    }
    let help = help.says(&[
        "Examples:",
        "factorio-isr demo",
        "Exit codes: 0 clean, 2 wrong usage, 78",
    ]);
    let mut pages = vec![help];
    for command in COMMANDS {
        let page = program
            .run(command.iter().copied().chain(["--help"]))
            .await
            .expect_code(0);
        let (head, examples) = page.out.split_once("Example").expect("an example");
        assert!(head.contains("Usage: factorio-isr"), "{}", page.out);
        assert!(
            examples.contains(&format!("factorio-isr {}", command.join(" ")))
                || examples.contains(command[0])
        );
        pages.push(page);
    }
    for page in pages {
        assert_eq!(page.err, "");
        let widest = page
            .lines()
            .into_iter()
            .max_by_key(|line| line.chars().count())
            .unwrap_or_default();
        assert!(widest.chars().count() <= 110, "{widest}");
    }
}

#[tokio::test]
async fn the_version_is_one_line() {
    let ran = Program::new().run(["--version"]).await.expect_code(0);
    assert_eq!(ran.out, format!("factorio-isr {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn wrong_usage_ends_with_code_2_and_says_what_was_expected() {
    let program = Program::with_log();
    for (args, said) in [
        (vec!["relay"], "unrecognized subcommand 'relay'"),
        (vec!["parse", "--format", "xml"], "[possible values: text, jsonl]"),
        (vec!["outbox", "drop"], "<NUMBER|--all>"),
        (vec!["outbox", "drop", "7", "--all"], "cannot be used with"),
        (vec!["demo", "--seconds", "soon"], "invalid digit"),
        (vec!["replay"], "<FILE>"),
        (
            vec!["replay", "x.log", "--since", "yesterday"],
            "an age ('90m', '2h', '3d')",
        ),
        (
            vec!["replay", "x.log", "--server", "mars"],
            "`factorio-isr check` lists them",
        ),
        (vec!["replay", "x.log", "--send"], "set DISCORD_WEBHOOK_URL"),
    ] {
        let ran = program.run(&args).await.expect_code(2);
        assert_eq!(ran.out, "", "{args:?}");
        ran.complains(&[said]);
    }
}

#[tokio::test]
async fn every_shell_gets_its_completions() {
    let program = Program::new();
    for (shell, mark) in [
        ("bash", "complete -F _factorio__isr"),
        ("zsh", "#compdef factorio-isr"),
        ("fish", "complete -c factorio-isr"),
        ("elvish", "edit:completion:arg-completer[factorio-isr]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let ran = program.run(["completions", shell]).await.expect_code(0);
        ran.says(&[mark, "healthcheck", "since", "outbox"]);
    }
}
