//! Alerts of what RCON and the log tell together, from the first post to its end, also when the program is killed meanwhile.

use isr_testkit::discord::Message;
use isr_testkit::log::LogWriter;
use isr_testkit::rcon::{FakeFactorio, Industry};

use super::scene::{
    A_FEW_MINUTES, ADMINS, PASSWORD, Played, says, title, titles, wait_for_game, wait_for_titles, wait_in,
};
use crate::stage::Running;

/// No rule waits longer than it must.
const HASTY: &str =
    "    alerts: {cooldown: 1s, rcon_lost: {after: 1s}, server_down: {after: 1s}}\n    card: off\n";

/// Kills the program once it knows what Discord has: a kill within a request may repeat that request.
async fn killed(running: Running) {
    running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
    running.kill().await;
}

fn ended(first: &Message, all: &[Message]) -> bool {
    let [only] = all else { return false };
    only.id == first.id && title(only).starts_with('✅') && says(only, "It lasted") && only.edits >= 1
}

#[tokio::test]
async fn a_lost_connection_is_told_once_and_its_end_changes_the_post_after_a_kill() {
    let played = Played::with(HASTY).await;
    let running = played.start().await;
    played.game.stop().await;
    played.wait_for_alert("🔌").await;
    let first = played.alerts()[0].clone();
    assert!(says(&first, "<t:"), "it says since when: {first:?}");
    killed(running).await;

    let running = played.stage.start().await;
    played.game.start_again().await.unwrap();
    played.wait_for_alert("✅").await;
    running.stop().await;
    assert!(ended(&first, &played.alerts()), "{:?}", played.alerts());
    played.stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_game_that_crashes_is_told_with_its_reason_and_that_it_runs_again_after_a_kill() {
    let played = Played::with(&HASTY.replace("{cooldown", "{crashed: on, cooldown")).await;
    let running = played.start().await;
    played.game.crash("The mod example caused an error.").await;
    played.wait_for_alert("💥").await;
    played.wait_for_alert("🔴").await;
    killed(running).await;

    let running = played.stage.start().await;
    played.game.boot().await.unwrap();
    played.wait_for_alert("✅").await;
    running.stop().await;
    let all = played.alerts();
    let [crash, down] = &all[..] else {
        panic!("{all:#?}")
    };
    assert!(says(crash, "The mod example caused an error"), "{crash:?}");
    assert!(title(crash).starts_with('💥'), "a crash has no end: {crash:?}");
    assert!(
        title(down).starts_with('✅') && says(down, "It lasted"),
        "{down:?}"
    );
    played.stage.discord.assert_no_violations();
}

#[tokio::test]
async fn without_rcon_a_game_that_began_while_the_program_was_dead_ends_its_alert() {
    let played = Played::with("").await;
    played.configure_without_rcon("    alerts: {cooldown: 1s, server_down: {after: 1s}}\n");
    let running = played.stage.start().await;
    played.game.shut_down().await;
    played.wait_for_alert("🔴").await;
    killed(running).await;
    played.game.boot().await.unwrap();

    let running = played.stage.start().await;
    played.wait_for_alert("✅").await;
    running.stop().await;
    assert_eq!(played.alerts().len(), 1, "{:?}", played.alerts());
}

#[tokio::test]
async fn alerts_that_waited_together_are_a_message_each_so_that_each_has_its_own_end() {
    let played = Played::with("").await;
    let south = FakeFactorio::start(PASSWORD).await.unwrap();
    let rules = "    alerts: {cooldown: 1s, rcon_lost: {after: 1s}}\n    card: off\n";
    played.configure_with(rules, &[("south", &south)]);
    let discord = &played.stage.discord;
    let running = played.start().await;
    wait_for_game(&running, "south", 1).await;
    discord.refuse_connections().await;
    played.game.stop().await;
    south.stop().await;
    // The channel and the admins' place each hear of nothing until both alerts wait.
    running.wait_for_metric("outbox_rows", |rows| rows == 2).await;
    discord.accept_connections().await.unwrap();
    wait_for_titles(discord, ADMINS, "🔌", 2).await;

    south.start_again().await.unwrap();
    wait_for_titles(discord, ADMINS, "✅ south", 1).await;
    let titles = titles(discord, ADMINS);
    assert!(
        titles.len() == 2 && titles.iter().any(|title| title.starts_with("🔌 north")),
        "the other one still lasts: {titles:?}"
    );
    played.game.start_again().await.unwrap();
    wait_for_titles(discord, ADMINS, "✅ north", 1).await;
    running.stop().await;
    assert_eq!(played.alerts().len(), 2, "{:?}", played.alerts());
}

#[tokio::test]
async fn a_slow_game_is_told_once_and_that_it_is_fast_again() {
    let played = Played::with(
        "    alerts: {cooldown: 1s, ups_low: {every: 5s, checks: 1, below: 50, recovered_at: 57}}\n    card: off\n",
    )
    .await;
    played.game.world(|world| {
        (world.industry, world.top_ups) = (Industry::Busy, 31.0);
        world.join("Ann");
    });
    let _playing = played.plays();
    let running = played.start().await;
    let discord = &played.stage.discord;
    wait_in(discord, A_FEW_MINUTES, ADMINS, 1, |message| {
        title(message).starts_with('🐌')
    })
    .await;
    let first = played.alerts()[0].clone();
    killed(running).await;
    played.game.world(|world| world.top_ups = 60.0);
    let running = played.stage.start().await;
    wait_in(discord, A_FEW_MINUTES, ADMINS, 1, |message| {
        title(message).starts_with('✅')
    })
    .await;
    running.stop().await;
    assert!(ended(&first, &played.alerts()), "{:?}", played.alerts());
}

#[tokio::test]
async fn what_lines_tell_is_told_once_with_its_reason_over_kills() {
    let played =
        Played::with("    alerts: {crashed: on, desync: on, dropped: on, slow_save: on}\n    card: off\n")
            .await;
    let path = played
        .stage
        .log_path_of("north")
        .with_file_name("factorio-current.log");
    let mut engine = LogWriter::open(path).unwrap();
    let running = played.start().await;
    played.game.world(|world| {
        world.join("Ann");
        world.desync("Ann");
    });
    for line in [
        " 100.000 Info AppManager.cpp:306: Saving to _autosave1 (blocking).",
        " 123.000 Info AppManager.cpp:287: Saving finished",
        " 130.000 Script @__event-logger__/control.lua:1: [LEAVE] Ann cannot_keep_up",
    ] {
        engine.line(line).unwrap();
    }
    let signs = ["🔀", "🐢", "📉"];
    for sign in signs {
        played.wait_for_alert(sign).await;
    }
    killed(running).await;
    let running = played.start().await;
    // The last of the lane: whatever was told twice is there by then.
    played.game.crash("An error.").await;
    played.wait_for_alert("💥").await;
    running.stop().await;
    let all = played.alerts();
    for (sign, reason) in [
        ("🔀", ""),
        ("🐢", "23"),
        ("📉", "cannot keep up"),
        ("💥", "An error."),
    ] {
        let told: Vec<_> = all
            .iter()
            .filter(|message| title(message).starts_with(sign))
            .collect();
        assert_eq!(told.len(), 1, "{sign}: {all:#?}");
        assert!(says(told[0], reason), "{sign}: {told:?}");
    }
    played.stage.discord.assert_no_violations();
}
