//! `factorio-isr doctor` and `healthcheck`.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use isr_testkit::discord::{FakeDiscord, Fault, FaultRule};
use isr_testkit::http;

use super::program::{Program, Ran, SOON, kept_folder, relaying};

const CONSOLE: &str = "2026-01-31 18:00:05 [JOIN] Bob joined the game\n2026-01-31 18:00:06 [CHAT] Bob: hi\n";
const GAME: &str = "   0.000 2026-01-31 18:00:00; Factorio 2.0.28 (build 79950, linux64, headless)\n\
                    1.234 Info ServerMultiplayerManager.cpp:780: Hosting game at IP ADDR:({0.0.0.0:34197})\n";

/// The findings of a grade, without their mark.
fn findings<'a>(ran: &'a Ran, mark: &str) -> Vec<&'a str> {
    ran.lines()
        .into_iter()
        .filter_map(|line| line.strip_prefix(mark))
        .map(str::trim)
        .collect()
}

#[track_caller]
fn assert_bad(ran: &Ran, texts: &[&str]) {
    let bad = findings(ran, "❌");
    assert!(
        bad.iter()
            .any(|line| texts.iter().all(|text| line.contains(text))),
        "{texts:?}\n{}",
        ran.out
    );
}

/// A program whose state folder is kept, whatever machine the tests run on.
struct Patient {
    program: Program,
    _state: tempfile::TempDir,
}

impl Patient {
    fn new() -> Self {
        let state = kept_folder();
        let program = Program::with_log().env("FACTORIO_ISR_STATE_DIR", state.path().join("state"));
        Self {
            program,
            _state: state,
        }
    }

    async fn with_port() -> (Self, u16) {
        let port = http::free_port().await.unwrap();
        let mut patient = Self::new();
        patient.program = patient.program.env("HEALTH_CHECK_PORT", port.to_string());
        (patient, port)
    }

    async fn see_doctor(&self) -> Ran {
        self.program.run(["doctor"]).await
    }
}

#[tokio::test]
async fn nothing_wrong_ends_with_code_0() {
    let discord = FakeDiscord::start().await.unwrap();
    let (patient, port) = Patient::with_port().await;
    patient.program.file("console.log", CONSOLE);
    let program = patient
        .program
        .clone()
        .env("DISCORD_WEBHOOK_URL", discord.url(41));
    let ran = program.run(["doctor"]).await.expect_code(0);
    assert!(findings(&ran, "❌").is_empty(), "{}", ran.out);
    assert!(!ran.out.contains(&discord.token(41)), "{}", ran.out);
    assert!(discord.messages().is_empty(), "it posts nothing");
    assert!(!patient._state.path().join("state").exists(), "it makes nothing");
    ran.says(&[
        "✅ factorio (console log): readable; it is a console log",
        &format!("✅ port: {port} is free"),
        "state folder: ",
        ": alive: ",
        "\nNothing is wrong.\n",
    ]);
}

#[tokio::test]
async fn a_game_log_in_place_of_the_console_log_is_named_as_the_mistake() {
    let patient = Patient::new();
    patient.program.file("console.log", GAME);
    let ran = patient.see_doctor().await.expect_code(1);
    assert_bad(
        &ran,
        &[
            "never holds chat or joins",
            "start the game with `--console-log FILE`",
        ],
    );
    ran.says(&["One thing needs your hand"]);
}

#[tokio::test]
async fn a_folder_and_a_missing_folder_and_a_missing_file_are_told_apart() {
    let patient = Patient::new();
    let waiting = patient.see_doctor().await.expect_code(0);
    waiting.says(&["is not there yet; it is read from its beginning when it appears"]);

    std::fs::create_dir(patient.program.log()).unwrap();
    let folder = patient.see_doctor().await;
    assert_ne!(folder.code, 0, "{}", folder.out);
    assert!(folder.out.contains("is a folder"), "{}", folder.out);

    let nowhere = patient.program.home().join("no/such/console.log");
    let program = patient.program.clone().env("FACTORIO_LOG_PATH", nowhere);
    let missing = program.run(["doctor"]).await.expect_code(1);
    assert_bad(&missing, &["the folder", "no/such does not exist"]);
    let below_a_file = patient.program.file("plain", "").join("console.log");
    let program = patient.program.clone().env("FACTORIO_LOG_PATH", below_a_file);
    let missing = program.run(["doctor"]).await;
    assert_ne!(missing.code, 0, "{}", missing.out);
}

#[tokio::test]
async fn an_unreadable_log_and_state_folder_are_named_with_the_right_to_give() {
    let patient = Patient::new();
    let log = patient.program.file("console.log", CONSOLE);
    std::fs::set_permissions(&log, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&log).is_ok() {
        return; // root reads everything
    }
    let ran = patient.see_doctor().await.expect_code(1);
    assert_bad(&ran, &["cannot be read", "give our user the right to read it"]);
    let program = patient
        .program
        .clone()
        .env("FACTORIO_ISR_STATE_DIR", "/proc/nowhere");
    let ran = program.run(["doctor"]).await.expect_code(1);
    assert_bad(
        &ran,
        &["state folder", "cannot be written", "FACTORIO_ISR_STATE_DIR"],
    );
}

#[tokio::test]
async fn a_dead_refused_or_unreachable_webhook_is_named() {
    let discord = FakeDiscord::start().await.unwrap();
    let patient = Patient::new();
    patient.program.file("console.log", CONSOLE);
    let program = patient
        .program
        .clone()
        .env("DISCORD_WEBHOOK_URL", discord.url(41));
    discord.delete_webhook(41);
    let ran = program.run(["doctor"]).await.expect_code(1);
    assert_bad(
        &ran,
        &["the webhook was deleted; create a new one and configure its address"],
    );
    assert!(!ran.out.contains("canary"));

    let url = discord.url(42);
    let program = program.env("DISCORD_WEBHOOK_URL", &url);
    discord.inject(FaultRule::new(Fault::InvalidToken).on_webhook(42));
    let ran = program.run(["doctor"]).await.expect_code(1);
    assert_bad(&ran, &["the webhook's token is not valid"]);

    discord.inject(FaultRule::new(Fault::Status(503)).on_webhook(42));
    let ran = program.run(["doctor"]).await.expect_code(0);
    ran.says(&["Discord answered 503", "Nothing is wrong."]);

    discord.refuse_connections().await;
    let ran = program.run(["doctor"]).await.expect_code(1);
    assert_bad(&ran, &["the connection was refused", "on the internet"]);
    assert!(!ran.out.contains(&discord.token(42)), "{}", ran.out);
}

#[tokio::test]
async fn a_port_of_somebody_else_is_told_from_our_own() {
    let (patient, port) = Patient::with_port().await;
    patient.program.file("console.log", CONSOLE);
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let ran = patient.see_doctor().await.expect_code(1);
    assert_bad(
        &ran,
        &[
            &format!("{port} is taken by another program"),
            "HEALTH_CHECK_PORT",
        ],
    );
    drop(taken);

    let daemon = patient.program.daemon();
    relaying_on(&daemon, port).await;
    let ran = patient.see_doctor().await.expect_code(0);
    ran.says(&[&format!("✅ port: {port} is ours: the daemon is running")]);
}

/// The log goes to standard error in terminal mode, and the port is known.
async fn relaying_on(daemon: &isr_testkit::process::Daemon, port: u16) {
    let url = format!("http://127.0.0.1:{port}/health");
    daemon
        .wait_for_answer(&url, SOON, |answer| answer.status == 200)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_wrong_zone_is_noticed_by_the_last_stamp() {
    let patient = Patient::new();
    let off_by_two_hours = isr_testkit::log::LogWriter::open(patient.program.log()).and_then(|mut log| {
        log.set_utc_offset(7200);
        log.join("Bob")?;
        log.chat("Bob", "hi")
    });
    off_by_two_hours.unwrap();
    let ran = patient.see_doctor().await.expect_code(0);
    ran.says(&[
        "its stamps differ from this machine's clock by",
        "120 minutes in the zone",
        "set `time_zone`",
    ]);
}

#[tokio::test]
async fn port_0_is_explained() {
    let patient = Patient::new();
    let ran = patient.see_doctor().await.expect_code(0);
    ran.says(&["port: 0: the system chooses one at each start"]);
    let ran = patient.program.run(["healthcheck"]).await.expect_code(1);
    ran.says(&["HEALTH_CHECK_PORT is 0"]);
}

#[tokio::test]
async fn healthcheck_tells_healthy_unhealthy_and_nobody_apart() {
    let discord = FakeDiscord::start().await.unwrap();
    let (patient, port) = Patient::with_port().await;
    let program = patient
        .program
        .clone()
        .env("DISCORD_WEBHOOK_URL", discord.url(41));
    let nobody = program.run(["healthcheck"]).await.expect_code(1);
    nobody.says(&[&format!("no answer from port {port}"), "Is the daemon running?"]);

    let mut log = isr_testkit::log::LogWriter::open(program.log()).unwrap();
    let daemon = program.daemon();
    relaying(&daemon).await;
    let healthy = program.run(["healthcheck"]).await.expect_code(0);
    healthy.says(&[r#""status":"healthy""#, r#""service":"factorio-isr""#]);

    discord.delete_webhook(41);
    log.chat("Bob", "anyone?").unwrap();
    let url = format!("http://127.0.0.1:{port}/health");
    daemon
        .wait_for_answer(&url, SOON, |answer| answer.status == 503)
        .await
        .unwrap();
    let unhealthy = program.run(["healthcheck"]).await.expect_code(1);
    unhealthy.says(&["unhealthy (503)", "webhook"]);
}

#[tokio::test]
async fn healthcheck_does_not_take_a_stranger_for_healthy() {
    let (patient, port) = Patient::with_port().await;
    let stranger = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let answering = std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = stranger.accept().unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").unwrap();
    });
    let ran = patient.program.run(["healthcheck"]).await.expect_code(1);
    answering.join().unwrap();
    assert!(
        ran.out.contains(&format!("no answer from port {port}")),
        "{}",
        ran.out
    );
}
