//! A reload follows the games and leaves alone what did not change.

use isr_testkit::rcon::FakeFactorio;

use super::scene::{Described, PASSWORD, describe, figure, wait_for_metrics, wait_for_up};
use crate::stage::{SOON, Stage};

#[tokio::test]
async fn p04_games_come_go_and_change_and_the_others_keep_their_connection() {
    let mut games = Vec::new();
    for _ in 0..3 {
        games.push(FakeFactorio::start(PASSWORD).await.unwrap());
    }
    let [kept, left, added] = &games[..] else {
        unreachable!("three games")
    };
    let stage = Stage::bare().await;
    describe(
        &stage,
        &[Described::new("kept", 1, kept), Described::new("left", 2, left)],
    );
    let _logs = ["kept", "left", "added"].map(|tag| stage.log_of(tag));
    let running = stage.start().await;
    wait_for_up(&running, "kept", 1.0).await;
    wait_for_up(&running, "left", 1.0).await;

    describe(
        &stage,
        &[Described::new("kept", 1, kept), Described::new("added", 2, added)],
    );
    running.reload().await;
    wait_for_up(&running, "added", 1.0).await;
    let answer = wait_for_metrics(&running, |metrics| {
        figure(metrics, "factorio_up", "left").is_none()
    })
    .await;
    assert_eq!(figure(&answer.body, "factorio_players_online", "left"), None);
    assert_eq!(left.connections(), 0);
    assert_eq!((kept.logins().len(), kept.connections()), (1, 1));
    running.stop().await;
}

#[tokio::test]
async fn p04_a_password_that_was_changed_in_its_file_is_used_and_never_said() {
    let game = FakeFactorio::start("canary-two").await.unwrap();
    let stage = Stage::bare().await;
    let file = stage.command.work_dir().join("rconpw");
    std::fs::write(&file, "canary-one\n").unwrap();
    let address = game.addr();
    let rcon = format!(
        "{{host: {}, port: {}, password_file: {}}}",
        address.ip(),
        address.port(),
        file.display()
    );
    describe(&stage, &[Described::new("north", 1, &game).with(&rcon)]);
    let _log = stage.log_of("north");
    let running = stage.start().await;
    wait_for_up(&running, "north", 0.0).await;

    // No restart and no signal: the file is followed, and the minute of the old password does not hold for a new one.
    std::fs::write(&file, "canary-two\n").unwrap();
    running
        .daemon
        .wait_for_line("servers.north.rcon.password: another one", SOON)
        .await
        .unwrap();
    wait_for_up(&running, "north", 1.0).await;
    let text = running.daemon.text();
    assert!(!text.contains("canary-"), "{text}");
    running.stop().await;
}
