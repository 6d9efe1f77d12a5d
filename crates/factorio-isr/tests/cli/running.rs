//! `factorio-isr run` and `demo`: what a person sees of the daemon.

use isr_testkit::discord::FakeDiscord;
use isr_testkit::log::LogWriter;
use isr_testkit::process::{Signal, Stream};
use serde_json::Value;

use super::program::{Program, SOON, endpoint, finish, relaying, text};

#[tokio::test]
async fn two_variables_relay_a_log_and_every_log_line_is_json() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let mut log = LogWriter::open(program.log()).unwrap();
    let daemon = program.daemon();
    relaying(&daemon).await;
    log.join("Bob").unwrap();
    discord
        .wait_for_text("✅ **Bob** joined the server", SOON)
        .await
        .unwrap();
    assert_eq!(discord.messages()[0].username.as_deref(), Some("Factorio Bridge"));
    daemon.wait_for_line("message_sent", SOON).await.unwrap();
    daemon.signal(Signal::TERM).unwrap();
    let ran = finish(&daemon).await.expect_code(0);
    assert_eq!(ran.err, "", "the log goes to standard output, as it always did");
    let mut events = Vec::new();
    for object in ran.objects() {
        let word = |key: &str| {
            object[key]
                .as_str()
                .unwrap_or_else(|| panic!("no {key} in {object}"))
                .to_owned()
        };
        assert!(
            ["debug", "info", "warning", "error"].contains(&word("level").as_str()),
            "{object}"
        );
        assert!(word("timestamp").parse::<jiff::Timestamp>().is_ok(), "{object}");
        events.push(word("event"));
    }
    for event in [
        "starting",
        "http_listening",
        "log_tailing_active",
        "message_sent",
        "stopping",
        "stopped",
    ] {
        assert!(
            events.iter().any(|found| found.contains(event)),
            "no {event} in {events:?}"
        );
    }
    assert!(!ran.out.contains(&discord.token(41)), "{}", ran.out);
}

#[tokio::test]
async fn run_is_what_happens_when_no_command_is_named() {
    let program = Program::with_log().env("LOG_FORMAT", "console");
    let port = isr_testkit::http::free_port().await.unwrap();
    let program = program.env("HEALTH_CHECK_PORT", port.to_string());
    let command = program.run(["--log-level", "loud"]).await.expect_code(78);
    command.complains(&["command line --log-level"]);
    let daemon = program.daemon();
    let health = format!("http://127.0.0.1:{port}/health");
    daemon
        .wait_for_answer(&health, SOON, |answer| answer.status == 200)
        .await
        .unwrap();
    daemon.signal(Signal::INT).unwrap();
    let ran = finish(&daemon).await.expect_code(0);
    assert!(!ran.err.contains('\u{1b}'), "no colours in a pipe: {}", ran.err);
    assert!(
        ran.err
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_err()),
        "{}",
        ran.err
    );
    ran.complains(&["info", "http_listening"]);
}

#[tokio::test]
async fn a_test_message_is_posted_at_each_start_when_asked_for() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::with_log()
        .env("DISCORD_WEBHOOK_URL", discord.url(41))
        .env("SEND_TEST_MESSAGE", "true");
    for start in 1..=2 {
        let daemon = program.daemon();
        discord.wait_for_messages(start, SOON).await.unwrap();
        assert!(daemon.terminate(SOON).await.unwrap().success());
    }
    assert!(
        discord
            .texts()
            .iter()
            .all(|text| text.contains("factorio-isr is connected")),
        "{:?}",
        discord.texts()
    );
    assert_eq!(discord.texts().len(), 2);
}

#[tokio::test]
async fn a_second_daemon_on_the_same_state_is_refused_with_code_78() {
    let program = Program::with_log();
    let first = program.daemon();
    relaying(&first).await;
    let second = program.run(["run"]).await.expect_code(78);
    assert_eq!(second.out, "");
    second.complains(&["factorio-isr: ", &program.state().display().to_string()]);
    assert!(first.exit_status().is_none());
}

#[tokio::test]
async fn a_state_folder_that_is_a_file_is_refused_with_code_78() {
    let program = Program::with_log();
    let file = program.file("state", "not a folder");
    let ran = program.run(["run"]).await.expect_code(78);
    ran.complains(&["factorio-isr: ", &file.display().to_string()]);
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_before_anything_is_read() {
    let program = Program::with_log();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = program.env("HEALTH_CHECK_PORT", &port).run(["run"]).await;
    assert_ne!(ran.code, 0, "{ran:#?}");
    assert!(format!("{}{}", ran.out, ran.err).contains(&port), "{ran:#?}");
}

#[tokio::test]
async fn a_log_on_standard_input_is_relayed() {
    let program = Program::new().env("FACTORIO_LOG_PATH", "-");
    let mut log = LogWriter::open(program.home().join("piped.log")).unwrap();
    log.join("Bob").unwrap();
    let daemon = program.stdin_from(log.path()).daemon();
    let health = endpoint(&daemon, "/health").await;
    daemon.wait_for_line("Bob joined the server", SOON).await.unwrap();
    assert!(health.ends_with("/health"));
    daemon.terminate(SOON).await.unwrap();
    assert!(text(&daemon, Stream::Stdout).contains("✅ Bob joined the server"));
}

#[tokio::test]
async fn the_demo_shows_every_line_that_its_server_wrote() {
    let program = Program::new();
    let ran = program.run(["demo", "--seconds", "2"]).await.expect_code(0);
    assert_eq!(ran.err, "");
    let lines = ran.lines();
    let summary = lines
        .iter()
        .position(|line| line.contains(" lines written, "))
        .expect("a summary");
    let figures: Vec<usize> = lines[summary]
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    // Two lines of introduction and an empty one before, an empty one after.
    let shown = &lines[3..summary - 1];
    assert_eq!(shown.len(), figures[0], "{}", ran.out);
    assert_eq!(figures[0], figures[1], "{}", lines[summary]);
    assert_eq!(shown.first(), Some(&"🟢 Server started"), "{}", ran.out);
    assert!(shown[1].starts_with("✅ "), "{}", ran.out);
    assert_eq!(shown.last(), Some(&"🔴 Server stopped"));
    assert_eq!(
        lines.last(),
        Some(&"Your own server: DISCORD_WEBHOOK_URL=… FACTORIO_LOG_PATH=… factorio-isr")
    );
    assert!(
        !program.state().exists(),
        "nothing of the person's own is touched"
    );
}

#[tokio::test]
async fn the_demo_needs_no_good_configuration() {
    let program = Program::new()
        .env("LOG_LEVEL", "loud")
        .env("DISCORD_WEBHOOK_URL", "nonsense");
    program
        .run(["demo", "--seconds", "1"])
        .await
        .expect_code(0)
        .says(&["lines written"]);
}
