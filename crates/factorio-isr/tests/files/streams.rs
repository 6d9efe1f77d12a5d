//! The streams of one server: console log, game log, capture, standard input; and lines that come late.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::UNIX_EPOCH;

use isr_testkit::log::{LogWriter, numbered};

use crate::stage::{SOON, Stage};

const VERSION: &str = "   0.000 2026-08-07 11:31:05; Factorio 2.0.42 (build 82066, linux64, headless)";
const IN_GAME: &str = "   2.601 Info ServerMultiplayerManager.cpp:795: updateTick(5287649) changing state from(CreatingGame) to(InGame)";
const QUITTING: &str = "  84.179 Quitting: remote-quit.";
const GOODBYE: &str = "  86.147 Goodbye";

#[tokio::test]
async fn start_and_stop_are_posted_once_although_two_streams_tell_them() {
    let stage = Stage::new().await;
    let mut console = stage.log();
    let mut game = LogWriter::open(console.path().with_file_name("factorio-current.log")).unwrap();
    let running = stage.start().await;
    game.many([VERSION, IN_GAME]).unwrap();
    console.opened().unwrap();
    console.numbered(0, 0).unwrap();
    stage.discord.wait_for_text("Server started", SOON).await.unwrap();
    game.many([QUITTING, GOODBYE]).unwrap();
    console.closed().unwrap();
    console.numbered(0, 1).unwrap();
    stage.discord.wait_for_text("Server stopped", SOON).await.unwrap();
    stage.wait_for_id(0, 1).await;
    running.stop().await;
    assert_eq!(
        life(&stage),
        [
            "🟢 Server started (Factorio 2.0.42)",
            "🔴 Server stopped (remote-quit)"
        ]
    );
}

#[tokio::test]
async fn with_game_log_off_the_frames_of_the_console_log_tell() {
    let stage = Stage::new().await;
    stage.write_yaml("defaults:\n  game_log: off\n");
    let mut console = stage.log();
    let mut game = LogWriter::open(console.path().with_file_name("factorio-current.log")).unwrap();
    let running = stage.start().await;
    game.many([VERSION, IN_GAME, QUITTING, GOODBYE]).unwrap();
    console.opened().unwrap();
    console.closed().unwrap();
    console.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    assert_eq!(life(&stage), ["🟢 Server started", "🔴 Server stopped"]);
}

#[tokio::test]
async fn a_capture_of_standard_output_serves_as_both_streams() {
    let stage = Stage::new().await;
    let mut capture = stage.log();
    let running = stage.start().await;
    capture.many([VERSION]).unwrap();
    capture.opened().unwrap();
    capture.many([IN_GAME]).unwrap();
    capture.numbered_many(0, 0..5).unwrap();
    capture.many([QUITTING]).unwrap();
    capture.closed().unwrap();
    capture.many([GOODBYE]).unwrap();
    capture.numbered(0, 5).unwrap();
    stage.wait_for_id(0, 5).await;
    running.stop().await;
    assert_eq!(
        life(&stage),
        [
            "🟢 Server started (Factorio 2.0.42)",
            "🔴 Server stopped (remote-quit)"
        ]
    );
    stage.judge(&[(0, 0..6)]).assert_clean_with_dup_at_most(0);
}

/// What was posted of the server's own life, in order.
fn life(stage: &Stage) -> Vec<String> {
    let texts = stage.discord.texts();
    texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.contains("Server"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn standard_input_is_a_log() {
    let stage = Stage::bare().await;
    let pipe = stage.command.home().join("stdin");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    // Open for reading as well, so that opening waits for nobody.
    let mut writer = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let url = stage.discord.url(1);
    let stage = stage.configure(|command| {
        command
            .env("DISCORD_WEBHOOK_URL", url)
            .env("FACTORIO_LOG_PATH", "-")
            .stdin_from(&pipe)
    });
    let running = stage.start().await;
    let stamp = stage.log_of("unused").stamp();
    let text: String = (0..20).map(|id| numbered::chat(stamp, 0, id) + "\n").collect();
    let (half, rest) = text.as_bytes().split_at(text.len() / 2);
    writer.write_all(half).unwrap();
    stage.wait_for_id(0, 5).await;
    writer.write_all(rest).unwrap();
    stage.wait_for_id(0, 19).await;
    running.stop().await;
    stage.judge(&[(0, 0..20)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn lines_written_while_the_program_was_down_carry_their_time() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    let an_hour_ago = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap() - 3_600;
    log.set_clock(Some(an_hour_ago));
    log.numbered_many(0, 1..5).unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, 4).await;
    log.set_clock(None);
    log.numbered(0, 5).unwrap();
    stage.wait_for_id(0, 5).await;
    running.stop().await;
    let texts = stage.discord.texts();
    let mark = format!("<t:{an_hour_ago}:T> ");
    let marked: Vec<bool> = texts
        .iter()
        .flat_map(|text| text.lines())
        .map(|line| line.starts_with(&mark))
        .collect();
    assert_eq!(marked, [false, true, true, true, true, false], "{texts:?}");
    stage.judge(&[(0, 0..6)]).assert_clean_with_dup_at_most(0);
}
