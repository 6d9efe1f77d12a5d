//! The crash driver, tried on small shell programs.
#![expect(clippy::unwrap_used, reason = "a test may panic anywhere")]

use std::time::Duration;

use isr_testkit::discord::FakeDiscord;
use isr_testkit::http;
use isr_testkit::process::{Daemon, DaemonCommand, DaemonError, Limit, Signal, Stream, ended_by};

const DEADLINE: Duration = Duration::from_secs(20);

fn shell(script: &str) -> DaemonCommand {
    DaemonCommand::new("/bin/sh").unwrap().args(["-c", script])
}

fn is_gone(pid: u32) -> bool {
    !std::path::Path::new(&format!("/proc/{pid}")).exists()
}

/// Runs until it is told to stop, and says `up` first.
fn patient(on_term: &str) -> Daemon {
    shell(&format!(
        "trap '{on_term}' TERM; echo up; while :; do sleep 0.01; done"
    ))
    .spawn()
    .unwrap()
}

#[tokio::test]
async fn output_is_read_and_waited_for() {
    let daemon = shell("echo one; echo two >&2; printf three; exit 3")
        .spawn()
        .unwrap();
    assert_eq!(
        daemon.wait_for_line("two", DEADLINE).await.unwrap().stream,
        Stream::Stderr
    );
    let (status, text) = daemon.wait_for_exit_and_output(DEADLINE).await.unwrap();
    assert_eq!((status.code(), daemon.line_count()), (Some(3), 3));
    assert!(text.contains("three"), "{text}");
    let ended = daemon.wait_for_line("four", DEADLINE).await.unwrap_err();
    assert!(
        matches!(&ended, DaemonError::Ended { tail, .. } if tail.contains("three")),
        "{ended}"
    );
    let after_one = daemon
        .wait_for_line_from(3, Duration::from_millis(1), |_| true)
        .await;
    assert!(after_one.is_err());
}

#[tokio::test]
async fn a_missed_line_tells_what_was_written() {
    let daemon = patient("exit 0");
    daemon.wait_for_line("up", DEADLINE).await.unwrap();
    let late = daemon
        .wait_for_line("down", Duration::from_millis(1))
        .await
        .unwrap_err();
    assert!(late.to_string().contains("up"), "{late}");
}

#[tokio::test]
async fn it_stops_by_request_and_by_force() {
    let polite = patient("exit 7");
    polite.wait_for_line("up", DEADLINE).await.unwrap();
    assert_eq!(polite.terminate(DEADLINE).await.unwrap().code(), Some(7));
    polite.signal(Signal::TERM).unwrap();
    assert!(polite.vitals().is_err());

    let deaf = patient("echo no");
    deaf.wait_for_line("up", DEADLINE).await.unwrap();
    deaf.signal(Signal::TERM).unwrap();
    deaf.wait_for_line("no", DEADLINE).await.unwrap();
    assert!(ended_by(deaf.kill().await.unwrap(), Signal::KILL));
    assert!(is_gone(deaf.pid()));
}

#[tokio::test]
async fn no_child_outlives_its_handle_not_even_a_stopped_one() {
    let daemon = patient("");
    daemon.wait_for_line("up", DEADLINE).await.unwrap();
    daemon.signal(Signal::STOP).unwrap();
    let pid = daemon.pid();
    drop(daemon);
    assert!(is_gone(pid));
}

#[tokio::test]
async fn folders_environment_and_limits_are_as_named() {
    let command = shell("echo $FACTORIO_ISR_STATE_DIR; echo $HOME; pwd; ulimit -n; env | wc -l; echo \"$1\"")
        .args(["zero", "one two"])
        .env("X", "y")
        .limit(Limit::OpenFiles(64));
    std::fs::create_dir(command.state_dir()).unwrap();
    let home = command.home().to_owned();
    for _ in 0..2 {
        let (status, text) = command
            .spawn()
            .unwrap()
            .wait_for_exit_and_output(DEADLINE)
            .await
            .unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(status.success());
        assert_eq!(lines[0], command.state_dir().to_str().unwrap());
        assert_eq!(
            (lines[1], lines[2]),
            (command.work_dir().to_str().unwrap(), lines[1])
        );
        assert_eq!((lines[3], lines[5]), ("64", "one two"));
        assert!(
            lines[4].trim().parse::<u32>().unwrap() < 12,
            "a clean environment"
        );
    }
    let daemon = command.spawn().unwrap();
    drop(command);
    assert!(home.exists(), "the program still uses it");
    drop(daemon);
    assert!(!home.exists());
}

#[tokio::test]
async fn figures_come_from_proc() {
    let daemon = patient("exit 0");
    daemon.wait_for_line("up", DEADLINE).await.unwrap();
    let vitals = daemon.vitals().unwrap();
    assert!(
        vitals.resident_kib > 100 && vitals.descriptors >= 3 && vitals.threads == 1,
        "{vitals:?}"
    );
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let error = DaemonCommand::new("/no/such/program")
        .unwrap()
        .spawn()
        .unwrap_err();
    assert_eq!(error.to_string(), "start /no/such/program");
}

#[tokio::test]
async fn the_http_client_gets_retries_and_gives_up() {
    let discord = FakeDiscord::start().await.unwrap();
    let answer = http::get(&discord.url(1), DEADLINE).await.unwrap();
    assert_eq!(
        (answer.status, answer.headers["content-type"].as_str()),
        (200, "application/json")
    );
    let url = discord.url(2);
    discord.delete_webhook(2);
    let later = discord.clone();
    let watched = discord.clone();
    let revive = tokio::spawn(async move {
        watched
            .wait_for(DEADLINE, |seen| seen.counters().requests >= 3)
            .await
            .unwrap();
        assert_eq!(later.token(2).len(), 68);
    });
    assert_eq!(
        http::get_until(&url, DEADLINE, |answer| answer.status == 200)
            .await
            .unwrap()
            .status,
        200
    );
    revive.await.unwrap();
    discord.refuse_connections().await;
    let refused = http::get(&url, DEADLINE).await.unwrap_err();
    assert!(matches!(refused, http::GetError::Connect(_)), "{refused:?}");
    let late = http::get_until(&url, Duration::from_millis(5), |_| true)
        .await
        .unwrap_err();
    assert!(late.to_string().contains("connect to the server"), "{late}");
    assert!(matches!(
        http::get("https://x/", DEADLINE).await,
        Err(http::GetError::Address(_))
    ));
}

#[tokio::test]
async fn waiting_for_an_answer_ends_with_the_program() {
    let port = http::free_port().await.unwrap();
    let daemon = shell("echo bad configuration >&2; exit 78").spawn().unwrap();
    let url = format!("http://127.0.0.1:{port}/health");
    let ended = daemon
        .wait_for_answer(&url, DEADLINE, |_| true)
        .await
        .unwrap_err();
    assert!(
        matches!(ended, DaemonError::Ended { status, .. } if status.code() == Some(78)),
        "{ended}"
    );
}
