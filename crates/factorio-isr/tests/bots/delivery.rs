//! What the bot posts: the same lanes, limits and promises as for webhooks, and no message twice.

use isr_testkit::discord::{Fault, FaultRule, RateLimit, Scope};
use isr_testkit::rcon::FakeFactorio;

use crate::stage::{ONLY, SOON, Stage};

/// Two servers with a channel each.
async fn two_channels() -> Stage {
    let stage = Stage::bare().await.with_bot();
    let entry = |tag: &str, id: u64| {
        let log = stage.log_path_of(tag);
        format!(
            "  {tag}: {{log_path: {}, event_channel_id: {id}}}\n",
            log.display()
        )
    };
    stage.write_yaml(&format!(
        "servers:\n{}{}",
        entry("north", 501),
        entry("south", 502)
    ));
    stage
}

/// The only server, in channel 42.
async fn one_channel() -> Stage {
    Stage::bare()
        .await
        .with_bot()
        .with_only_server()
        .configure(|command| command.env("DISCORD_EVENT_CHANNEL_ID", "42"))
}

#[tokio::test]
async fn the_bot_posts_in_its_channel_and_the_webhook_keeps_silent() {
    let stage = one_channel().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..200).unwrap();
    stage.wait_for_id(0, 199).await;
    log.join("Bob").unwrap();
    stage.wait_for_shown("**Bob** joined").await;
    running.stop().await;
    assert!(
        stage
            .discord
            .messages()
            .iter()
            .all(|message| message.channel == 42)
    );
    stage.judge(&[(0, 0..200)]).assert_clean_with_dup_at_most(0);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn one_event_in_two_channels_of_the_bot_arrives_in_both() {
    let stage = Stage::bare().await.with_bot();
    let log = stage.log_path_of("north");
    stage.write_yaml(&format!(
        "channels:\n  news: {{channel_id: 502}}\nroutes:\n  - {{events: join, to: [webhook, news]}}\nservers:\n  north: {{log_path: {}, event_channel_id: 501}}\n",
        log.display()
    ));
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.join("Bob").unwrap();
    stage.discord.wait_for_messages(2, SOON).await.unwrap();
    running.stop().await;
    let mut channels: Vec<u64> = stage
        .discord
        .messages()
        .iter()
        .map(|message| message.channel)
        .collect();
    channels.sort_unstable();
    assert_eq!(channels, [501, 502]);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn d01_what_was_posted_without_an_answer_is_recognised_and_not_posted_again() {
    let stage = one_channel().await;
    let mut log = stage.log();
    let running = stage.start().await;
    let mut next = 0;
    for lines in [1, 7] {
        stage.discord.inject(FaultRule::new(Fault::AcceptThenCut));
        log.numbered_many(0, next..next + lines).unwrap();
        next += lines;
        // What comes meanwhile must not join the message that is repeated.
        running.wait_for_trouble(ONLY, "cut").await;
        log.numbered(0, next).unwrap();
        stage.wait_for_id(0, next).await;
        next += 1;
    }
    running.stop().await;
    stage.judge(&[(0, 0..next)]).assert_clean_with_dup_at_most(0);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn f01_nor_after_a_kill_in_the_middle_of_a_request() {
    let stage = one_channel().await;
    let mut log = stage.log();
    let running = stage.start().await;
    stage.discord.inject(FaultRule::new(Fault::AcceptThenStall));
    log.numbered_many(0, 0..5).unwrap();
    stage.wait_for_id(0, 4).await;
    running.kill().await;
    stage.discord.clear_faults();
    let running = stage.start().await;
    log.numbered(0, 5).unwrap();
    stage.wait_for_id(0, 5).await;
    running.stop().await;
    stage.judge(&[(0, 0..6)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn d03_a_global_limit_stops_every_channel_of_the_bot_until_it_is_over() {
    let stage = two_channels().await;
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    stage
        .discord
        .inject(Fault::RateLimit(RateLimit::new(Scope::Global, 2.0)));
    north.numbered(0, 0).unwrap();
    running.wait_for_trouble("north", "rate limited").await;
    south.numbered(1, 0).unwrap();
    stage.wait_for_id(1, 0).await;
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    let counters = stage.discord.counters();
    assert_eq!((counters.early, counters.rate_limited), (0, 1), "{counters:?}");
    stage
        .judge(&[(0, 0..1), (1, 0..1)])
        .assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn a_channel_that_is_gone_or_closed_to_the_bot_is_explained_and_the_other_goes_on() {
    let stage = two_channels().await;
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    stage
        .discord
        .inject(FaultRule::new(Fault::Forbidden).on_webhook(501));
    north.numbered(0, 0).unwrap();
    running
        .wait_for_trouble("north", "the bot may not post here; give it")
        .await;
    south.numbered(1, 0).unwrap();
    stage.wait_for_id(1, 0).await;
    stage.discord.delete_channel(502);
    south.numbered(1, 1).unwrap();
    running
        .wait_for_trouble("south", "the channel does not exist")
        .await;
    // The operator gave it the right to post.
    let (code, text) = stage.typed(&["outbox", "retry", "--all"]).await;
    assert_eq!(code, 0, "{text}");
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    stage
        .judge(&[(0, 0..1), (1, 0..1)])
        .assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn a_card_and_a_line_that_changes_go_through_the_bot_as_well() {
    let stage = Stage::bare().await.with_bot();
    let game = FakeFactorio::start("secret").await.unwrap();
    game.world(|world| world.join("alice"));
    stage.write_yaml(&format!(
        "servers:\n  north:\n    log_path: {}\n    event_channel_id: 42\n    rcon: {{host: 127.0.0.1, port: {}, password: secret}}\n    \
         card: on\n",
        stage.log_path_of("north").display(),
        game.addr().port()
    ));
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    let shows = |what: &'static str| {
        move |seen: &isr_testkit::discord::Seen| {
            seen.messages()
                .any(|message| message.channel == 42 && format!("{:?}", message.embeds).contains(what))
        }
    };
    stage.discord.wait_for(SOON, shows("alice")).await.unwrap();
    log.leave("Bob").unwrap();
    stage.wait_for_shown("**Bob** left").await;
    log.join("Bob").unwrap();
    stage.wait_for_shown("**Bob** reconnected").await;
    running.stop().await;
    assert!(
        stage
            .discord
            .messages()
            .iter()
            .all(|message| message.webhook == 0)
    );
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_token_that_is_reset_is_named_once_with_what_to_do_and_the_next_one_loses_nothing() {
    let stage = Stage::bare().await;
    let gateway = stage.discord.gateway().clone();
    let configure = || {
        let (token, api) = (gateway.token(), stage.discord.api());
        stage.write_yaml(&format!(
            "bot: {{token: {token}, api: '{api}'}}\nservers:\n  north: {{log_path: {}, event_channel_id: 501}}\n  \
             south: {{log_path: {}, webhook: '{}'}}\n",
            stage.log_path_of("north").display(),
            stage.log_path_of("south").display(),
            stage.discord.url(7),
        ));
    };
    configure();
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    north.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    gateway.change_account(|account| account.token = account.token.replace("gateway", "another"));
    gateway.close(4004);
    running.wait_for_trouble("", "Reset Token").await;
    north.numbered(0, 1).unwrap();
    running.wait_for_trouble("north", "token").await;
    let refused = stage.discord.counters().invalid;
    for id in 0..20 {
        north.numbered(0, id + 2).unwrap();
        south.numbered(1, id).unwrap();
        stage.wait_for_id(1, id).await;
    }
    assert_eq!(
        stage.discord.counters().invalid,
        refused,
        "it is not tried in vain"
    );
    configure();
    running.reload().await;
    stage.wait_for_id(0, 21).await;
    running.wait_until_untroubled().await;
    assert!(!running.daemon.text().contains("token-that-nobody-may-ever-show"));
    running.stop().await;
    stage
        .judge(&[(0, 0..22), (1, 0..20)])
        .assert_clean_with_dup_at_most(0);
}
