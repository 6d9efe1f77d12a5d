//! D12: the session with the gateway goes on, whatever happens to it, and the relay never waits for it.

use isr_testkit::discord::gateway::{Acks, CommandCall, PersonCard};
use isr_testkit::discord::{Fault, FaultRule};
use serde_json::json;

use crate::stage::{SOON, Stage, eventually};

/// A Discord server that the fake's bot is in.
const GUILD: u64 = 1_000_000_000_000_000_001;

#[tokio::test]
async fn d12_a_session_goes_on_after_a_restart_and_after_a_kill() {
    let stage = Stage::new().await.with_bot();
    let _log = stage.log();
    let gateway = stage.discord.gateway().clone();
    let running = stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    let kept = stage.command.state_dir().join("bot/111122223333444455.json");
    eventually("the session is kept", || {
        std::fs::read_to_string(&kept).is_ok_and(|text| text.contains("session-"))
    })
    .await;
    running.kill().await;
    for round in 1..=3 {
        let running = stage.start().await;
        gateway
            .wait_for(SOON, |seen| seen.resumed == round)
            .await
            .unwrap();
        if round == 2 {
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
async fn a_second_copy_with_the_same_token_on_this_machine_is_refused() {
    let stage = Stage::new().await.with_bot();
    let _log = stage.log();
    let running = stage.start().await;
    let second = tempfile::tempdir().unwrap();
    let twin = stage.command.clone().env("FACTORIO_ISR_STATE_DIR", second.path());
    let daemon = twin.spawn().unwrap();
    let (status, text) = daemon.wait_for_exit_and_output(SOON).await.unwrap();
    assert_eq!(status.code(), Some(78), "{text}");
    assert!(
        text.contains("uses the token of the bot 111122223333444455; stop it"),
        "{text}"
    );
    running.kill().await;
    let daemon = twin.spawn().unwrap();
    daemon.wait_for_line("bot_connected", SOON).await.unwrap();
}

/// Bob's question which servers there are, under the name of this command.
fn call(id: u64, guild: u64, command: &str) -> CommandCall {
    CommandCall {
        id,
        token: format!("interaction-token-{id}"),
        application: 111_122_223_333_444_455,
        guild,
        channel: 5,
        person: PersonCard::new(9, "bob"),
        name: command.into(),
        options: json!([{"name": "servers", "type": 1, "options": []}]),
    }
}

#[tokio::test]
async fn an_interaction_is_answered_and_one_from_elsewhere_is_told_that_nothing_is_done_for_it() {
    let stage = Stage::new().await.with_bot();
    stage.write_yaml(&format!("bot:\n  guilds: [{GUILD}]\n"));
    let _log = stage.log();
    let gateway = stage.discord.gateway().clone();
    let running = stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    let call = |id: u64, guild: u64| call(id, guild, if guild == GUILD { "old" } else { "factorio" });
    gateway.dispatch("INTERACTION_CREATE", &call(1, 77).event());
    gateway.dispatch("INTERACTION_CREATE", &call(2, GUILD).event());
    for (id, part) in [(1, "bot.guilds"), (2, "not known any more")] {
        gateway
            .wait_for_dialogue(id, SOON, |dialogue| dialogue.answer.is_some())
            .await
            .unwrap();
        let (_, answer) = gateway.dialogue(id).unwrap().answer.unwrap();
        assert_eq!(answer["data"]["flags"], 64, "only the asker sees it: {answer}");
        let told = answer["data"]["content"].as_str().unwrap();
        assert!(told.contains(part), "{told}");
    }
    running.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn of_two_copies_with_a_lease_one_speaks_and_the_other_takes_over_when_it_is_gone() {
    let stage = Stage::new().await.with_bot();
    stage.write_yaml("defaults: {event_channel_id: 42}\nbot:\n  lease_channel_id: 77\n");
    let mut log = stage.log();
    let first = stage.start().await;
    first.daemon.wait_for_line("lease_held", SOON).await.unwrap();
    // On another machine, as far as the lock can tell.
    let second = tempfile::tempdir().unwrap();
    let twin = Stage {
        discord: stage.discord.clone(),
        command: stage
            .command
            .clone()
            .env("FACTORIO_ISR_STATE_DIR", second.path())
            .env(
                "FACTORIO_ISR_DISCORD_API",
                stage.discord.api().replace("127.0.0.1", "localhost"),
            ),
    };
    let twin = twin.start().await;
    twin.daemon
        .wait_for_line("lease_standing_by", SOON)
        .await
        .unwrap();
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    twin.wait_for_metric("outbox_rows", |rows| rows == 1).await;
    let shown = |id| {
        let text = isr_testkit::log::numbered::payload(0, id);
        stage
            .discord
            .texts()
            .iter()
            .filter(|shown| shown.contains(&text))
            .count()
    };
    assert_eq!((shown(0), stage.discord.gateway().joined()), (1, 1));
    first.kill().await;
    twin.daemon.wait_for_line("lease_held", SOON).await.unwrap();
    log.numbered(0, 1).unwrap();
    stage.wait_for_id(0, 1).await;
    // The line before is young: it stands there twice, but no later one.
    assert_eq!((shown(0), shown(1)), (2, 1));
    twin.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_bot_that_is_invited_while_it_runs_takes_commands_and_one_that_is_removed_says_so() {
    let stage = Stage::new().await.with_bot();
    let mut log = stage.log();
    let gateway = stage.discord.gateway().clone();
    gateway.set_guilds(Vec::new());
    let running = stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    let call = |id: u64, guild: u64| call(id, guild, "factorio");
    let answered = async |id, guild, part: &str| {
        gateway.dispatch("INTERACTION_CREATE", &call(id, guild).event());
        gateway
            .wait_for_dialogue(id, SOON, |dialogue| dialogue.answer.is_some())
            .await
            .unwrap();
        let (_, answer) = gateway.dialogue(id).unwrap().answer.unwrap();
        let told = answer["data"]["content"].as_str().unwrap();
        assert!(told.contains(part), "{told}");
    };
    answered(1, GUILD, "bot.guilds").await;
    gateway.set_guilds(vec![GUILD]);
    gateway.dispatch("GUILD_CREATE", &json!({"id": GUILD.to_string(), "name": "Ours"}));
    running
        .daemon
        .wait_for_line("commands_registered", SOON)
        .await
        .unwrap();
    answered(2, GUILD, "`factorio`").await;
    // Whoever invites it elsewhere gets nothing there, and takes nothing away here.
    gateway.dispatch("GUILD_CREATE", &json!({"id": "77", "name": "Theirs"}));
    running
        .daemon
        .wait_for_line("bot_in_strange_guilds", SOON)
        .await
        .unwrap();
    answered(3, 77, "bot.guilds").await;
    answered(4, GUILD, "`factorio`").await;
    // An outage is no removal.
    gateway.dispatch(
        "GUILD_DELETE",
        &json!({"id": GUILD.to_string(), "unavailable": true}),
    );
    answered(5, GUILD, "`factorio`").await;
    assert!(!running.daemon.text().contains("bot_removed"));
    gateway.dispatch("GUILD_DELETE", &json!({"id": GUILD.to_string()}));
    let line = running.daemon.wait_for_line("bot_removed", SOON).await.unwrap();
    assert!(line.text.contains("invite"), "{}", line.text);
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    answered(6, 77, "bot.guilds").await;
    // Its commands went with it, and it is told them anew when it is back.
    gateway.set_commands(Some(GUILD), json!([]));
    gateway.dispatch("GUILD_CREATE", &json!({"id": GUILD.to_string(), "name": "Ours"}));
    eventually("it is registered anew", || {
        gateway
            .commands(Some(GUILD))
            .as_array()
            .is_some_and(|kept| kept.len() == 3)
    })
    .await;
    running
        .wait_for_health(|health| health.body.contains("healthy"))
        .await;
    running.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_lease_that_may_not_be_written_or_whose_channel_is_gone_is_named_in_health() {
    let stage = Stage::new().await.with_bot();
    let lease_in = |channel: u64| stage.write_yaml(&format!("bot:\n  lease_channel_id: {channel}\n"));
    lease_in(77);
    stage
        .discord
        .inject(FaultRule::new(Fault::Forbidden).on_webhook(77));
    let mut log = stage.log();
    let running = stage.start().await;
    let told = running.wait_for_trouble("", "lease_channel_id 77").await;
    assert!(
        told.status == 200 && told.body.contains("Send Messages"),
        "{told:?}"
    );
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    assert_eq!(stage.discord.gateway().joined(), 0);
    lease_in(78);
    running.reload().await;
    running.daemon.wait_for_line("lease_held", SOON).await.unwrap();
    running.wait_until_untroubled().await;
    stage.discord.delete_channel(78);
    let told = running.wait_for_trouble("", "lease_channel_id 78").await;
    assert!(told.body.contains("keeps silent"), "{told:?}");
    log.numbered(0, 1).unwrap();
    stage.wait_for_id(0, 1).await;
    running.stop().await;
}

#[tokio::test]
async fn d12_a_bot_with_a_lease_that_discord_refused_is_tried_again_at_a_reload_too() {
    let stage = Stage::new().await.with_bot();
    stage.write_yaml("bot:\n  lease_channel_id: 77\n");
    let gateway = stage.discord.gateway().clone();
    let _log = stage.log();
    let running = stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    gateway.close(4014);
    running.wait_for_trouble("", "Message Content Intent").await;
    let connects = gateway.look(|seen| seen.connects.len());
    running.reload().await;
    gateway
        .wait_for(SOON, |seen| seen.connects.len() > connects)
        .await
        .unwrap();
    running.stop().await;
}
