//! `factorio-isr stats`: the counts equal the log through kills, and a player can be erased beside the daemon.

use std::time::Duration;

use isr_testkit::log::LogWriter;
use serde_json::Value;

use super::program::{Program, SOON, relaying};

async fn asked(program: &Program) -> Value {
    let ran = program.run(["stats", "--format", "json"]).await.expect_code(0);
    serde_json::from_str(&ran.out).unwrap()
}

/// Waits until so many messages of chat are counted.
async fn counted(program: &Program, chat: u64) -> Value {
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let ran = program.run(["stats", "--format", "json"]).await;
        let found: Value = serde_json::from_str(&ran.out).unwrap_or_default();
        if found[0]["events"]["chat"] == chat {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "{chat} in {found}");
    }
}

#[tokio::test]
async fn what_is_counted_equals_the_log_however_often_the_program_is_killed() {
    let program = Program::with_log();
    let mut log = LogWriter::open(program.log()).unwrap();
    let first = program.daemon();
    relaying(&first).await;
    first.kill().await.unwrap();
    let mut written = 0;
    for round in 0..5 {
        let daemon = program.daemon();
        log.join("Ann").unwrap();
        for line in 0..40 + round * 7 {
            log.chat("Ann", &format!("{round} {line}")).unwrap();
            written += 1;
        }
        // The instant of the kill; nothing waits for it.
        tokio::time::sleep(Duration::from_millis(20 * round)).await;
        daemon.kill().await.unwrap();
    }
    let daemon = program.daemon();
    relaying(&daemon).await;
    let found = counted(&program, written).await;
    assert_eq!(found[0]["events"]["join"], 5);
    assert_eq!(found[0]["players"][0]["messages"], written);
    assert_eq!(found[0]["players"][0]["sessions"], 1, "she never left");
    daemon.kill().await.unwrap();
}

#[tokio::test]
async fn statistics_are_shown_in_each_form_and_a_player_is_erased_beside_the_daemon() {
    let program = Program::with_log();
    let mut log = LogWriter::open(program.log()).unwrap();
    let daemon = program.daemon();
    relaying(&daemon).await;
    log.join("Ann").unwrap();
    log.chat("Ann", "my secret").unwrap();
    log.chat("Bob", "hello").unwrap();
    counted(&program, 2).await;

    let text = program.run(["stats"]).await.expect_code(0);
    let text = text.says(&["2 players", "Ann", "Bob", "chat"]);
    assert!(!text.out.contains("secret"));
    let table = program.run(["stats", "--format", "csv"]).await.expect_code(0);
    table.says(&["server,player,played_s", "factorio,\"Bob\",0,0,1,0"]);
    let one = program.run(["stats", "--player", "bob"]).await.expect_code(0);
    assert!(!one.says(&["Bob"]).out.contains("Ann"));
    let picture = program.work().join("out.png");
    let to = picture.to_string_lossy().into_owned();
    let args = [
        "stats", "--server", "factorio", "--format", "png", "--output", &to,
    ];
    program.run(args).await.expect_code(0);
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));

    program
        .run(["stats", "forget", "ANN"])
        .await
        .expect_code(0)
        .says(&["1 server"]);
    let left = asked(&program).await;
    assert_eq!(left[0]["players"].as_array().map(Vec::len), Some(1));
    assert!(!left.to_string().contains("Ann"), "{left}");
    program.run(["stats", "forget", "Nobody"]).await.expect_code(1);
    let noted = program.run(["audit"]).await.expect_code(0);
    let noted = noted.says(&[
        "factorio-isr stats forget: sent",
        "factorio-isr stats forget: done",
    ]);
    assert!(!noted.out.contains("ANN"), "whose name it was is forgotten, too");
    log.chat("Bob", "still here").unwrap();
    counted(&program, 2).await;
    daemon.kill().await.unwrap();
}
