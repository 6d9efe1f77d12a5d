//! The drift alarm: what nothing understands is counted, told once, and remembered over a kill.

use super::{stage_with, texts_of};
use crate::stage::SOON;

const START: &str = "   0.000 2026-01-01 10:00:00; Factorio 2.1.9 (build 83000, linux64, headless)";

#[tokio::test]
async fn lines_that_nothing_understands_are_counted_by_shape_and_told_once() {
    let stage = stage_with("").await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.line(START).unwrap();
    for name in ["Ada", "Bob", "Eve", "Zoe"] {
        log.line(&format!("[TRAIN] {name} waits at 203.0.113.7")).unwrap();
    }
    log.chat("Bob", "[TRAIN] Bob waits at home").unwrap();
    log.line("2026-01-01 10:00:01 [TRAIN] Mallory waits at 203.0.113.8")
        .unwrap();
    stage
        .discord
        .wait_for_text("since 2.1.9: 5 lines `[TRAIN] * waits at #` not understood", SOON)
        .await
        .unwrap();
    assert_eq!(texts_of(&stage, 2).len(), 1);

    for _ in 0..3 {
        log.line("[TRAIN] Ada waits at 203.0.113.7").unwrap();
    }
    log.line("[ODD] thing").unwrap();
    log.numbered(0, 1).unwrap();
    stage.wait_for_id(0, 1).await;
    // What Discord has is committed together with its position and its counts.
    running.kill().await;
    let running = stage.start().await;
    for _ in 0..6 {
        log.line("[TRAIN] Ada waits at 203.0.113.7").unwrap();
    }
    log.numbered(0, 2).unwrap();
    stage.wait_for_id(0, 2).await;
    let (code, listed) = stage.typed(&["stats", "unknown"]).await;
    assert_eq!(code, 0, "{listed}");
    assert!(
        listed.contains("14 lines of factorio, Factorio 2.1.9: [TRAIN] * waits at #"),
        "{listed}"
    );
    assert!(
        listed.contains("such as: [TRAIN] Ada waits at ‹address›"),
        "{listed}"
    );
    assert!(
        listed.contains("1 line of factorio, Factorio 2.1.9: [ODD] *"),
        "{listed}"
    );
    let (_, other) = stage.typed(&["stats", "unknown", "--server", "south"]).await;
    assert!(other.starts_with("Nothing there"), "{other}");
    running.stop().await;
    assert_eq!(texts_of(&stage, 2).len(), 1, "told once");
}

#[tokio::test]
async fn where_nothing_is_strange_nothing_is_counted() {
    let stage = stage_with("").await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.line(START).unwrap();
    log.join("Ada").unwrap();
    log.line("   5.100 Error Something.cpp:1: [BAD] thing").unwrap();
    log.line("[MILESTONE] Ada completed: one").unwrap();
    log.line("2026-01-01 10:00:01 [COMMAND] Ada (command): game.print(1)")
        .unwrap();
    log.line("[NOT] an event but the second line of a command")
        .unwrap();
    log.numbered(0, 1).unwrap();
    stage.wait_for_id(0, 1).await;
    let (_, listed) = stage.typed(&["stats", "unknown"]).await;
    assert!(listed.starts_with("Nothing there"), "{listed}");
    running.stop().await;
}
