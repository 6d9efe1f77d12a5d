//! Floods: by default everything is posted, and nobody is ever hidden.

use super::{stage_with, texts_of};
use crate::stage::{SOON, sum_where};

#[tokio::test]
async fn a_flood_is_posted_whole_by_default_and_admins_hear_of_it_once() {
    let stage = stage_with("").await;
    let mut log = stage.log();
    let running = stage.start().await;
    for number in 0..300 {
        log.chat("Mallory", &format!("flood {number:03}")).unwrap();
    }
    stage.discord.wait_for_text("flood 299", SOON).await.unwrap();
    let notice = "**Mallory** floods the chat (more than 60 lines in 60 s)";
    stage.discord.wait_for_text(notice, SOON).await.unwrap();
    assert_eq!(running.metric("suppressed_total").await, 0);
    running.stop().await;
    assert_eq!(texts_of(&stage, 2).len(), 1);
    assert_eq!(texts_of(&stage, 1).len(), 300);
}

#[tokio::test]
async fn w21_where_an_admin_wants_it_a_flood_is_held_back_until_it_is_over() {
    let stage = stage_with("abuse: {chat: 20/3s, action: hold_back}\n").await;
    let mut log = stage.log();
    let running = stage.start().await;
    for number in 0..50 {
        log.chat("Mallory", &format!("flood {number:02}")).unwrap();
    }
    for text in [
        "gg && thanks",
        "eval(1)",
        "see ../docs",
        "use `long` inserters; rm -rf",
    ] {
        log.chat("Ed", text).unwrap();
    }
    log.chat("Ed", "end of code").unwrap();
    stage.discord.wait_for_text("end of code", SOON).await.unwrap();
    stage
        .discord
        .wait_for_text("what is beyond that is held back", SOON)
        .await
        .unwrap();
    stage
        .discord
        .wait_for_text("no longer floods the chat: 30 lines were held back", SOON)
        .await
        .unwrap();
    let body = running.get("/metrics").await.body;
    assert_eq!(sum_where(&body, "suppressed_total", "\"flood\""), 30);
    log.chat("Mallory", "I am back").unwrap();
    stage.discord.wait_for_text("I am back", SOON).await.unwrap();
    running.stop().await;
    let shown = texts_of(&stage, 1);
    assert_eq!(
        shown.iter().filter(|line| line.contains("flood ")).count(),
        20,
        "{shown:#?}"
    );
    assert!(
        shown.iter().any(|line| line.contains("gg && thanks")),
        "{shown:#?}"
    );
    assert_eq!(
        shown.iter().filter(|line| line.contains("Ed")).count(),
        5,
        "{shown:#?}"
    );
    assert_eq!(texts_of(&stage, 2).len(), 2);
}

#[tokio::test]
async fn admins_are_told_in_the_language_of_the_server() {
    let stage = stage_with("voice: {language: german}\nabuse: {chat: 5/60s}\n").await;
    let mut log = stage.log();
    let running = stage.start().await;
    for number in 0..6 {
        log.chat("Mallory", &format!("flood {number}")).unwrap();
    }
    for name in ["Ada", "Bob", "Eve", "Zoe", "Kim"] {
        log.line(&format!("[TRAIN] {name} waits at 203.0.113.7")).unwrap();
    }
    for notice in [
        "🚨 **Mallory** flutet den Chat (mehr als 5 Zeilen in 60 s)",
        "🧭 5 Zeilen `[TRAIN] * waits at #` nicht verstanden",
    ] {
        stage.discord.wait_for_text(notice, SOON).await.unwrap();
    }
    running.stop().await;
    let told = texts_of(&stage, 2).join("\n");
    assert!(
        !told.contains("floods") && !told.contains("not understood"),
        "{told}"
    );
}
