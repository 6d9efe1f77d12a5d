//! P04: webhooks, names and secrets change; what waits for a former destination is sent, or kept.

use std::fs;

use isr_testkit::log::numbered;

use crate::stage::{ONLY, Stage};

#[tokio::test]
async fn p04_what_waits_for_a_removed_server_drains_and_then_its_lane_ends() {
    let stage = Stage::with_servers(&[("north", 1), ("south", 2)]).await;
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    stage.discord.refuse_connections().await;
    north.numbered_many(0, 0..300).unwrap();
    south.numbered(1, 0).unwrap();
    running.wait_for_metric("outbox_rows", |rows| rows == 301).await;

    stage.write_servers(&[("south", 2)]);
    running.wait_for_line("log_left").await;
    running.wait_for_trouble("north (former)", "").await;
    stage.discord.accept_connections().await.unwrap();
    stage.wait_for_id(0, 299).await;
    running.wait_for_line("destination_left").await;
    stage.wait_for_id(1, 0).await;
    running.wait_until_untroubled().await;
    running.stop().await;
    stage
        .judge(&[(0, 0..300), (1, 0..1)])
        .assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p04_what_waits_for_a_removed_destination_that_is_given_up_stays_until_it_comes_back() {
    let stage = Stage::with_servers(&[("north", 1), ("south", 2)]).await;
    let mut north = stage.log_of("north");
    stage.log_of("south");
    stage.discord.delete_webhook(1);
    let running = stage.start().await;
    north.numbered_many(0, 0..3).unwrap();
    running.wait_for_trouble("north", "deleted").await;

    stage.write_servers(&[("south", 2)]);
    let told = running.wait_for_line("destination_left").await;
    assert!(told.text.contains("stays in the outbox"), "{}", told.text);
    running.wait_until_untroubled().await;
    assert_eq!(running.metric("outbox_rows").await, 3);

    stage.write_servers(&[("north", 1), ("south", 2)]);
    stage.wait_for_id(0, 2).await;
    running.stop().await;
    stage.judge(&[(0, 0..3)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p04_a_webhook_that_changes_takes_what_comes_and_the_old_one_what_was() {
    let stage = Stage::with_servers(&[("north", 1)]).await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.numbered_many(0, 0..100).unwrap();
    stage.write_servers(&[("north", 2)]);
    running.wait_for_line("destination_left").await;
    log.numbered_many(0, 100..200).unwrap();
    stage.wait_for_id(0, 199).await;
    running.stop().await;
    stage.judge(&[(0, 0..200)]).assert_clean_with_dup_at_most(0);
    let messages = stage.discord.messages();
    let holds = |webhook: u64, id: u64| {
        let mut own = messages.iter().filter(|message| message.webhook == webhook);
        own.any(|message| message.text.contains(&numbered::payload(0, id)))
    };
    assert!(
        (100..200).all(|id| holds(2, id)),
        "what comes goes to the new one: {messages:?}"
    );
    assert!((0..100).all(|id| holds(1, id) || holds(2, id)), "{messages:?}");
}

#[tokio::test]
async fn p04_a_reload_puts_a_destination_that_was_given_up_back_to_work() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    stage.discord.delete_webhook(1);
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    running.wait_for_trouble(ONLY, "deleted").await;
    drop(stage.discord.url(1));
    running.reload().await;
    stage.wait_for_id(0, 0).await;
    running.wait_until_untroubled().await;
    running.stop().await;
    stage.judge(&[(0, 0..1)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p04_secrets_and_the_dotenv_file_are_followed_and_never_shown() {
    let stage = Stage::bare().await;
    let log_path = stage.log_path();
    let stage = stage.configure(|command| command.env("FACTORIO_LOG_PATH", log_path));
    let work = stage.command.work_dir();
    fs::create_dir(work.join(".secrets")).unwrap();
    let secret = work.join(".secrets/DISCORD_WEBHOOK_URL");
    fs::write(&secret, stage.discord.url(1)).unwrap();
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;

    // Rotated as tools do it: a new file under the old name.
    let fresh = work.join(".secrets/fresh");
    fs::write(&fresh, stage.discord.url(2)).unwrap();
    fs::rename(&fresh, &secret).unwrap();
    running.wait_for_line("config_reloaded").await;
    running.wait_for_line("destination_left").await;
    log.numbered(0, 1).unwrap();
    stage.wait_for_id(0, 1).await;

    fs::write(work.join(".env"), "BOT_NAME=Renamed\n").unwrap();
    running.wait_for_line("bot_name: Factorio Bridge → Renamed").await;
    log.numbered(0, 2).unwrap();
    stage.wait_for_id(0, 2).await;
    let text = running.daemon.text();
    running.stop().await;
    stage.judge(&[(0, 0..3)]).assert_clean_with_dup_at_most(0);
    let posted: Vec<_> = stage
        .discord
        .messages()
        .into_iter()
        .map(|message| (message.webhook, message.username))
        .collect();
    let named = |webhook, name: &str| (webhook, Some(name.to_owned()));
    assert_eq!(
        posted,
        [
            named(1, "Factorio Bridge"),
            named(2, "Factorio Bridge"),
            named(2, "Renamed")
        ]
    );
    for webhook in [1, 2] {
        assert!(!text.contains(&stage.discord.token(webhook)), "{text}");
    }
}

#[tokio::test]
async fn p04_the_lane_of_a_former_webhook_stays_until_the_reader_has_handed_over_everything_for_it() {
    let stage = Stage::bare().await;
    write_with_little_room(&stage, 1);
    let mut log = stage.log();
    let running = stage.start().await;
    stage.discord.refuse_connections().await;
    log.numbered_many(0, 0..100).unwrap();
    running.wait_for_metric("outbox_rows", |rows| rows == 100).await;
    // More than the cap: it is let in once the outbox is empty, and the reader waits with it until then.
    log.numbered_many(0, 100..250).unwrap();
    running.wait_for_health(|answer| answer.status == 503).await;
    write_with_little_room(&stage, 2);
    running.wait_for_line("config_reloaded").await;
    stage.discord.accept_connections().await.unwrap();
    stage.wait_for_id(0, 249).await;
    running.wait_for_line("destination_left").await;
    log.numbered(0, 250).unwrap();
    stage.wait_for_id(0, 250).await;
    running.stop().await;
    stage.judge(&[(0, 0..251)]).assert_clean_with_dup_at_most(0);
    let last = stage.discord.messages().pop().unwrap();
    assert_eq!((last.webhook, last.text.lines().count()), (2, 1), "{last:?}");
}

#[tokio::test]
async fn p04_an_outbox_full_of_rows_that_nobody_sends_stops_neither_a_reload_nor_a_start() {
    let stage = Stage::bare().await;
    write_with_little_room(&stage, 1);
    let mut log = stage.log();
    stage.discord.delete_webhook(1);
    let running = stage.start().await;
    log.numbered_many(0, 0..100).unwrap();
    running.wait_for_metric("outbox_rows", |rows| rows == 100).await;
    // They are refused until the reload: the reader waits with them.
    log.numbered_many(0, 100..120).unwrap();
    running.wait_for_line("reading_paused").await;
    write_with_little_room(&stage, 2);
    running.wait_for_line("destination_left").await;
    log.numbered(0, 200).unwrap();
    stage.wait_for_id(0, 200).await;
    running.stop().await;

    let running = stage.start().await;
    assert!(
        running.daemon.text().contains("outbox_left_over"),
        "{}",
        running.daemon.text()
    );
    log.numbered(0, 201).unwrap();
    stage.wait_for_id(0, 201).await;
    running.stop().await;
    let (_, told) = stage.typed(&["doctor"]).await;
    assert!(told.contains("120 messages wait for webhook:1"), "{told}");
}

/// The only server, with an outbox that takes a hundred rows.
fn write_with_little_room(stage: &Stage, webhook: u64) {
    let servers = stage.servers_yaml(&[(ONLY, webhook)]);
    stage.write_yaml(&format!("{servers}limits:\n  outbox:\n    max_rows: 100\n"));
}
