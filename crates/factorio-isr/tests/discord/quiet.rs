//! Quiet by edits, with the real binary: who comes back changes the line of the leave, what repeats is counted, and
//! where Discord lets nothing be edited everything is posted.

use isr_testkit::discord::{Fault, FaultRule, RateLimit, Scope};

use crate::stage::{SOON, Stage, sum_where};

const ON_EDITS: hyper::Method = hyper::Method::PATCH;

#[tokio::test]
async fn a_rejoin_changes_the_line_of_the_leave_and_flaps_count_up() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    stage.leaves(&mut log, "Bob").await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    log.join("Bob").unwrap();
    stage.wait_for_shown("🔁 **Bob** reconnected").await;
    assert_eq!(stage.discord.messages()[0].text, "🔁 **Bob** reconnected");
    stage.leaves(&mut log, "Bob").await;
    log.join("Bob").unwrap();
    stage.wait_for_shown("🔁 **Bob** reconnected (2 times)").await;
    // The final leave is news.
    stage.leaves(&mut log, "Bob").await;
    log.numbered(0, 1).unwrap();
    stage.wait_for_id(0, 1).await;
    assert_eq!(running.metric("suppressed_total").await, 2);
    let metrics = running.get("/metrics").await.body;
    assert_eq!(sum_where(&metrics, "suppressed_total", "rejoin_merged"), 2);
    let (code, rules) = stage.typed(&["outbox", "rules"]).await;
    assert!(code == 0 && rules.contains("rejoin_merged"), "{rules}");
    running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
    running.stop().await;
    let texts = stage.discord.texts();
    assert!(texts[3].contains("**Bob** left"), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains("joined")), "{texts:?}");
    assert_eq!(stage.discord.counters().edits, 2);
    stage.discord.assert_no_violations();
    stage.judge(&[(0, 0..2)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn where_discord_refuses_the_edit_the_join_is_posted_and_nothing_else_waits() {
    let limit = RateLimit::new(Scope::User, 3600.0);
    for fault in [
        Fault::MessageNotFound,
        Fault::Forbidden,
        Fault::RateLimit(limit),
        Fault::BadRequest,
        Fault::Status(500),
        Fault::CutBeforeReading,
    ] {
        let stage = Stage::new().await;
        let mut log = stage.log();
        let running = stage.start().await;
        stage.leaves(&mut log, "Bob").await;
        let rule = FaultRule::new(fault.clone()).on_method(ON_EDITS).until_cleared();
        stage.discord.inject(rule);
        log.join("Bob").unwrap();
        stage.wait_for_shown("**Bob** joined").await;
        log.numbered(0, 0).unwrap();
        stage.wait_for_id(0, 0).await;
        stage.leaves(&mut log, "Bob").await;
        log.join("Bob").unwrap();
        log.numbered(0, 1).unwrap();
        stage.wait_for_id(0, 1).await;
        running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
        assert_eq!(running.metric("dead_lettered_total").await, 0, "{fault:?}");
        running.stop().await;
        let texts = stage.discord.texts().join("\n");
        assert_eq!(texts.matches("joined").count(), 2, "{fault:?}: {texts}");
        assert_eq!(stage.discord.counters().early, 0, "{fault:?}");
        stage.judge(&[(0, 0..2)]).assert_clean_with_dup_at_most(0);
    }
}

#[tokio::test]
async fn an_edit_that_discord_took_without_an_answer_is_made_again_and_tells_nothing_twice() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    stage.leaves(&mut log, "Bob").await;
    stage
        .discord
        .inject(FaultRule::new(Fault::AcceptThenCut).on_method(ON_EDITS));
    log.join("Bob").unwrap();
    stage.wait_for_shown("**Bob** reconnected").await;
    running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
    assert_eq!(running.metric("uncertain_resends_total").await, 0);
    running.stop().await;
    assert_eq!(stage.discord.texts(), ["🔁 **Bob** reconnected"]);
    assert_eq!(stage.discord.counters().edits, 2);
}

#[tokio::test]
async fn a_kill_between_leave_and_join_costs_nothing_but_the_merging() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    stage.leaves(&mut log, "Bob").await;
    // Settled: else the leave would be sent again, and the join merged with that.
    running.wait_for_metric("delivered_total", |rows| rows == 1).await;
    running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
    running.kill().await;
    log.join("Bob").unwrap();
    let running = stage.start().await;
    stage.wait_for_shown("**Bob** joined").await;
    running.stop().await;
    assert_eq!(stage.discord.counters().edits, 0);
}

#[tokio::test]
async fn a_kill_after_an_edit_that_was_never_confirmed_posts_the_join_again_at_worst() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    stage.leaves(&mut log, "Bob").await;
    let rule = FaultRule::new(Fault::AcceptThenStall).on_method(ON_EDITS);
    stage.discord.inject(rule);
    log.join("Bob").unwrap();
    stage.wait_for_shown("**Bob** reconnected").await;
    running.kill().await;
    stage.discord.clear_faults();
    log.numbered(0, 0).unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    let texts = stage.discord.texts();
    assert_eq!(texts[0], "🔁 **Bob** reconnected", "{texts:?}");
    assert!(texts[1].contains("**Bob** joined"), "{texts:?}");
    stage.judge(&[(0, 0..1)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn many_edits_keep_every_limit_and_hold_up_no_chat() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    let players = ["Ann", "Bob", "Cid", "Dan", "Eve", "Flo", "Gus", "Hal"];
    for player in players {
        log.leave(player).unwrap();
    }
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    for (number, player) in (1..).zip(players) {
        log.join(player).unwrap();
        log.numbered(0, number).unwrap();
    }
    stage.wait_for_id(0, 8).await;
    running.stop().await;
    let counters = stage.discord.counters();
    assert_eq!((counters.rate_limited, counters.early), (0, 0), "{counters:?}");
    assert!(counters.most_per_webhook_in_2s <= 5, "{counters:?}");
    let texts = stage.discord.texts().join("\n");
    let back = texts.matches("reconnected").count() + texts.matches("joined").count();
    assert_eq!(back, players.len(), "{texts}");
    stage.discord.assert_no_violations();
    stage.judge(&[(0, 0..9)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn equal_lines_are_counted_in_the_message_above() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.join("Bob").unwrap();
    stage.discord.wait_for_messages(1, SOON).await.unwrap();
    for _ in 0..3 {
        log.join("Bob").unwrap();
    }
    stage.wait_for_shown("(×4)").await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    let metrics = running.get("/metrics").await.body;
    assert_eq!(sum_where(&metrics, "suppressed_total", "repeat_counted"), 3);
    running.stop().await;
    assert_eq!(stage.discord.texts()[0], "✅ **Bob** joined the server (×4)");
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn each_server_merges_in_its_own_language_or_not_at_all() {
    let stage = Stage::with_servers(&[]).await;
    let entry = |tag: &str, more: &str| {
        let log = stage.log_path_of(tag);
        format!(
            "  {tag}:\n    log_path: {}\n    webhook: {}\n{more}",
            log.display(),
            stage.discord.url(1)
        )
    };
    stage.write_yaml(&format!(
        "servers:\n{}{}",
        entry("nord", "    voice: {language: german}\n"),
        entry("south", "    quiet: {merge_rejoins: off, count_repeats: off}\n"),
    ));
    let (mut nord, mut south) = (stage.log_of("nord"), stage.log_of("south"));
    let running = stage.start().await;
    stage.leaves(&mut nord, "Bob").await;
    stage.leaves(&mut south, "Bob").await;
    nord.join("Bob").unwrap();
    stage.wait_for_shown("🔁 **Bob** ist wieder da").await;
    south.join("Bob").unwrap();
    stage.wait_for_shown("**Bob** joined").await;
    running.stop().await;
    assert_eq!(stage.discord.texts()[0], "🔁 **Bob** ist wieder da");
    assert_eq!(stage.discord.counters().edits, 1);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn embeds_share_messages_up_to_ten_and_are_never_merged() {
    let stage = Stage::with_servers(&[("main", 1)]).await;
    let servers = stage.servers_yaml(&[("main", 1)]);
    let voice = "voice: {messages: {join: {embed: on}, leave: {embed: on}}}\n";
    stage.write_yaml(&format!("{servers}{voice}"));
    let mut log = stage.log_of("main");
    stage.start().await.stop().await;
    for _ in 0..6 {
        log.leave("Bob").unwrap();
        log.join("Bob").unwrap();
    }
    log.numbered(0, 0).unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    let embeds: Vec<usize> = stage
        .discord
        .messages()
        .iter()
        .map(|message| message.embeds.len())
        .collect();
    assert_eq!(embeds, [10, 2, 0]);
    assert_eq!(stage.discord.counters().edits, 0);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_call_of_everyone_is_a_message_of_its_own() {
    let stage = Stage::with_servers(&[("main", 1)]).await;
    let servers = stage.servers_yaml(&[("main", 1)]);
    stage.write_yaml(&format!("{servers}mentions:\n  everyone: [everyone]\n"));
    let mut log = stage.log_of("main");
    let running = stage.start().await;
    log.chat("Ann", "@everyone the base is on fire").unwrap();
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    let messages = stage.discord.messages();
    let loud: Vec<_> = messages
        .iter()
        .filter(|message| !message.pinged.is_empty())
        .collect();
    assert_eq!(loud.len(), 1, "{messages:?}");
    assert_eq!(loud[0].pinged, ["everyone"]);
    assert!(
        !loud[0].text.contains("fire") && loud[0].text.lines().count() == 1,
        "{loud:?}"
    );
    stage.discord.assert_no_violations();
    stage.judge(&[(0, 0..1)]).assert_clean_with_dup_at_most(0);
}
