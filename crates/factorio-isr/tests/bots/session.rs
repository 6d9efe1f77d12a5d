//! D12: the session with the gateway goes on, whatever happens to it, and the relay never waits for it.

use isr_testkit::discord::gateway::{Acks, CommandCall, PersonCard};
use serde_json::json;

use crate::stage::{SOON, Stage};

/// A Discord server that the fake's bot is in.
const GUILD: u64 = 1_000_000_000_000_000_001;

#[tokio::test]
async fn d12_a_session_goes_on_after_a_restart_and_after_a_kill() {
    let stage = Stage::new().await.with_bot();
    let _log = stage.log();
    let gateway = stage.discord.gateway().clone();
    let running = stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    running.daemon.wait_for_line("bot_connected", SOON).await.unwrap();
    running.stop().await;
    for round in 1..=2 {
        let running = stage.start().await;
        gateway
            .wait_for(SOON, |seen| seen.resumed == round)
            .await
            .unwrap();
        if round == 1 {
            running.kill().await;
        } else {
            running.stop().await;
        }
    }
    gateway.look(|seen| {
        assert_eq!(seen.identifies.len(), 1, "{seen}");
        assert!(seen.farewells.iter().all(|code| *code != Some(1000)), "{seen}");
    });
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn d12_fatal_close_codes_stop_the_session_with_a_remedy_and_nothing_else() {
    for (code, remedy) in [(4014, "switch on Message Content Intent"), (4004, "Reset Token")] {
        let stage = Stage::new().await.with_bot();
        let mut log = stage.log();
        let running = stage.start().await;
        let gateway = stage.discord.gateway();
        gateway.wait_until_joined(SOON).await.unwrap();
        gateway.close(code);
        let health = running.wait_for_trouble("", remedy).await;
        assert!(
            health.status == 200 && health.body.contains(r#""status":"degraded""#),
            "{health:?}"
        );
        let connects = gateway.look(|seen| seen.connects.len());
        log.numbered(0, 0).unwrap();
        stage.wait_for_id(0, 0).await;
        assert_eq!(gateway.look(|seen| seen.connects.len()), connects);
        running.daemon.wait_for_line("bot_refused", SOON).await.unwrap();
        stage.discord.assert_no_violations();
        // An operator mended it and asks for another attempt.
        running.reload().await;
        gateway
            .wait_for(SOON, |seen| seen.connects.len() > connects)
            .await
            .unwrap();
        running.stop().await;
    }
}

#[tokio::test]
async fn d12_a_zombie_and_a_lost_connection_are_resumed_while_the_relay_goes_on() {
    let stage = Stage::new().await.with_bot();
    let mut log = stage.log();
    let gateway = stage.discord.gateway().clone();
    gateway.set_interval(std::time::Duration::from_secs(4));
    let running = stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    gateway.set_acks(Acks::Silence);
    running
        .wait_for_metric("bot_zombies_total", |zombies| zombies > 0)
        .await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    gateway.set_acks(Acks::Answer);
    gateway.wait_for(SOON, |seen| seen.resumed > 0).await.unwrap();
    let resumed = gateway.look(|seen| seen.resumed);
    gateway.wait_until_joined(SOON).await.unwrap();
    gateway.cut();
    gateway
        .wait_for(SOON, |seen| seen.resumed > resumed)
        .await
        .unwrap();
    running
        .wait_for_health(|health| health.body.contains("healthy"))
        .await;
    running.stop().await;
    gateway.look(|seen| assert_eq!(seen.identifies.len(), 1, "{seen}"));
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn without_a_token_nothing_of_the_bot_runs_and_a_reload_brings_and_ends_it() {
    let stage = Stage::new().await;
    let _log = stage.log();
    let (token, api) = (stage.discord.gateway().token(), stage.discord.api());
    let running = stage.start().await;
    stage.write_yaml("");
    running.reload().await;
    assert!(
        stage
            .discord
            .gateway()
            .look(|seen| seen.asked.is_empty() && seen.connects.is_empty())
    );
    stage.write_yaml(&format!("bot:\n  token: {token}\n  api: {api}\n"));
    running.reload().await;
    stage.discord.gateway().wait_until_joined(SOON).await.unwrap();
    stage.write_yaml("");
    running.reload().await;
    running.daemon.wait_for_line("bot_stopped", SOON).await.unwrap();
    running.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn an_interaction_is_answered_and_one_from_elsewhere_is_not_heeded() {
    let stage = Stage::new().await.with_bot();
    stage.write_yaml(&format!("bot:\n  guilds: [{GUILD}]\n"));
    let _log = stage.log();
    let gateway = stage.discord.gateway().clone();
    let running = stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    let call = |id: u64, guild: u64| CommandCall {
        id,
        token: format!("interaction-token-{id}"),
        application: 111_122_223_333_444_455,
        guild,
        channel: 5,
        person: PersonCard::new(9, "bob"),
        name: "old".into(),
        options: json!([]),
    };
    gateway.dispatch("INTERACTION_CREATE", &call(1, 77).event());
    gateway.dispatch("INTERACTION_CREATE", &call(2, GUILD).event());
    running
        .daemon
        .wait_for_line("interaction_not_heeded", SOON)
        .await
        .unwrap();
    gateway
        .wait_for_dialogue(2, SOON, |dialogue| dialogue.answer.is_some())
        .await
        .unwrap();
    assert!(gateway.dialogue(1).unwrap().answer.is_none());
    let (_, answer) = gateway.dialogue(2).unwrap().answer.unwrap();
    assert_eq!(answer["data"]["flags"], 64, "only the asker sees it: {answer}");
    running.stop().await;
    stage.discord.assert_no_violations();
}
