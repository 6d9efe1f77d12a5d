//! Chat under players' own names, through a webhook that the bot makes and owns; whatever goes wrong with it, the bot posts.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use std::sync::{Arc, Mutex};

use isr_testkit::discord::gateway::{PersonCard, message_create};
use isr_testkit::discord::{Fault, FaultRule, Message};
use isr_testkit::rcon::FakeFactorio;

use crate::stage::{SOON, Stage};

const GUILD: u64 = 1_000_000_000_000_000_001;
const CHANNEL: u64 = 300_000_000_000_000_001;
const MANAGE_WEBHOOKS: u64 = 1 << 29;

/// How often webhooks were asked for, and how often one was made.
#[derive(Debug, Clone, Default)]
struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    fn count(&self, method: &str) -> usize {
        let asked = self.0.lock().unwrap();
        asked.iter().filter(|it| *it == method).count()
    }
}

async fn scene() -> (Stage, Asked) {
    let (stage, asked) = (stage().await, Asked::default());
    let told = asked.clone();
    stage.discord.observe_exchanges(move |exchange| {
        if exchange.path.ends_with(&format!("/channels/{CHANNEL}/webhooks")) {
            told.0.lock().unwrap().push(exchange.method.to_string());
        }
    });
    (stage, asked)
}

async fn stage() -> Stage {
    let stage = Stage::bare().await.with_bot();
    stage
        .discord
        .change_guild(|guild| guild.own_role |= MANAGE_WEBHOOKS);
    configure(&stage, "webhook", "");
    stage
}

fn configure(stage: &Stage, identity: &str, more: &str) {
    stage.write_yaml(&format!(
        "bot: {{identity: {identity}}}\ndefaults: {{card: off, alerts: off, topic: off}}\nservers:\n  north:\n    \
         log_path: {}\n    event_channel_id: {CHANNEL}\n{more}",
        stage.log_path_of("north").display()
    ));
}

/// Name and text, in order; the bot's own messages have no name. Lines that came together stand together.
fn shown(stage: &Stage) -> Vec<(Option<String>, String)> {
    let message = |message: Message| (message.username, message.text);
    stage.discord.messages().into_iter().map(message).collect()
}

fn by(name: &str, text: &str) -> (Option<String>, String) {
    (Some(name.to_owned()), text.to_owned())
}

fn webhooks_used(stage: &Stage) -> Vec<u64> {
    let mut used: Vec<u64> = stage
        .discord
        .messages()
        .iter()
        .map(|message| message.webhook)
        .filter(|webhook| *webhook != 0)
        .collect();
    used.sort_unstable();
    used.dedup();
    used
}

#[tokio::test]
async fn chat_stands_under_players_names_in_order_with_the_rest_and_one_webhook_serves_over_kill_and_restart()
{
    let (stage, asked) = scene().await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.join("Bob").unwrap();
    log.chat("Bob", "hi").unwrap();
    log.chat("Ann", "ho").unwrap();
    log.chat("Bob", "who is **here**?").unwrap();
    log.leave("Ann").unwrap();
    stage.wait_for_shown("**Ann** left").await;
    running.kill().await;
    let running = stage.start().await;
    log.chat("Ann", "back").unwrap();
    stage.wait_for_shown("back").await;
    running.stop().await;
    let running = stage.start().await;
    log.chat("Bob", "again").unwrap();
    stage.wait_for_shown("again").await;
    running.stop().await;
    let shown = shown(&stage);
    assert!(
        shown[0].0.is_none() && shown[0].1.contains("**Bob** joined"),
        "{shown:?}"
    );
    assert_eq!(
        shown[1..4],
        [
            by("Bob", "hi"),
            by("Ann", "ho"),
            by("Bob", r"who is \*\*here\*\*?")
        ]
    );
    assert!(
        shown[4].0.is_none() && shown[4].1.contains("**Ann** left"),
        "{shown:?}"
    );
    assert_eq!(shown[5..], [by("Ann", "back"), by("Bob", "again")]);
    assert_eq!(webhooks_used(&stage).len(), 1);
    assert_eq!(asked.count("POST"), 1);
    assert!(
        stage
            .discord
            .messages()
            .iter()
            .all(|message| message.channel == CHANNEL)
    );
    let picture = |name: &str| {
        let mut pictures: Vec<String> = Vec::new();
        for request in stage.discord.requests() {
            if request.body.starts_with(b"{") && request.json()["username"] == name {
                pictures.push(request.json()["avatar_url"].to_string());
            }
        }
        pictures.dedup();
        pictures
    };
    for name in ["Bob", "Ann"] {
        let pictures = picture(name);
        assert!(
            pictures.len() == 1 && pictures[0].contains("/embed/avatars/"),
            "{pictures:?}"
        );
    }
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_bot_that_may_make_no_webhook_says_so_once_and_posts_chat_itself() {
    let (stage, asked) = scene().await;
    stage
        .discord
        .change_guild(|guild| guild.own_role &= !MANAGE_WEBHOOKS);
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    for (player, text) in [("Bob", "one"), ("Ann", "two"), ("Bob", "three")] {
        log.chat(player, text).unwrap();
        stage.wait_for_shown(&format!("**{player}**: {text}")).await;
    }
    let told = running.wait_for_line("identity_not_used").await;
    assert!(
        told.text.contains("give the bot Manage Webhooks"),
        "{}",
        told.text
    );
    let notices = running.daemon.text().matches("identity_not_used").count();
    assert_eq!((notices, asked.count("GET")), (1, 1));
    // It is given the permission, and asked to look again.
    stage
        .discord
        .change_guild(|guild| guild.own_role |= MANAGE_WEBHOOKS);
    running.reload().await;
    log.chat("Ann", "four").unwrap();
    stage.wait_for_shown("four").await;
    running.stop().await;
    let shown = shown(&stage);
    assert!(shown[..3].iter().all(|(name, _)| name.is_none()), "{shown:?}");
    assert_eq!(shown[3..], [by("Ann", "four")]);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn when_a_moderator_deletes_the_webhook_the_bot_goes_on_and_a_reload_makes_another() {
    let (stage, asked) = scene().await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.chat("Bob", "one").unwrap();
    stage.wait_for_shown("one").await;
    stage.discord.delete_webhook(webhooks_used(&stage)[0]);
    for text in ["two", "three"] {
        log.chat("Bob", text).unwrap();
    }
    log.join("Ann").unwrap();
    stage.wait_for_shown("**Ann** joined").await;
    log.chat("Bob", "four").unwrap();
    stage.wait_for_shown("four").await;
    assert_eq!(running.daemon.text().matches("identity_not_used").count(), 1);
    running.reload().await;
    log.chat("Bob", "five").unwrap();
    stage.wait_for_shown("five").await;
    running.stop().await;
    let shown = shown(&stage);
    let all = shown.iter().map(|(_, text)| text.as_str());
    let all = all.collect::<Vec<_>>().join("\n");
    let places = ["one", "two", "three", "Ann", "four", "five"].map(|text| all.find(text));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{all}");
    assert_eq!(all.matches("three").count(), 1, "{all}");
    assert_eq!(
        (shown.first(), shown.last()),
        (Some(&by("Bob", "one")), Some(&by("Bob", "five")))
    );
    assert_eq!(asked.count("POST"), 2);
}

#[tokio::test]
async fn names_come_and_go_with_a_reload_and_what_waits_is_said_either_way() {
    let (stage, asked) = scene().await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.chat("Bob", "one").unwrap();
    stage.wait_for_shown("one").await;
    // Written while Discord is away, under a name that is not to be used any more when it is back.
    stage
        .discord
        .inject(FaultRule::new(Fault::Status(503)).until_cleared());
    log.chat("Bob", "two").unwrap();
    log.chat("Ann", "three").unwrap();
    running.wait_for_line("attempt_failed").await;
    configure(&stage, "bot", "");
    running.reload().await;
    stage.discord.clear_faults();
    stage.wait_for_shown("three").await;
    configure(&stage, "webhook", "");
    running.reload().await;
    // What was written before the reader heard of it is the bot's.
    let mut number = 0;
    while shown(&stage).last().is_none_or(|(name, _)| name.is_none()) {
        assert!(number < 100);
        number += 1;
        log.chat("Ann", &format!("again {number}")).unwrap();
        stage.wait_for_shown(&format!("again {number}")).await;
    }
    let token = stage.discord.token(webhooks_used(&stage)[0]);
    assert!(!running.daemon.text().contains(&token));
    running.stop().await;
    let shown = shown(&stage);
    assert_eq!(shown.first(), Some(&by("Bob", "one")));
    let bots = shown.iter().filter(|(name, _)| name.is_none());
    let bots: Vec<&str> = bots.flat_map(|(_, text)| text.lines()).collect();
    assert_eq!(bots[..2], ["💬 **Bob**: two", "💬 **Ann**: three"], "{shown:?}");
    assert_eq!(asked.count("POST"), 1);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn f01_a_kill_in_a_message_that_names_its_speakers_shows_nothing_twice() {
    let stage = stage().await;
    stage
        .discord
        .change_guild(|guild| guild.own_role &= !MANAGE_WEBHOOKS);
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.chat("Bob", "before").unwrap();
    stage.wait_for_shown("before").await;
    stage.discord.inject(FaultRule::new(Fault::AcceptThenStall));
    log.join("Bob").unwrap();
    for (player, text) in [("Bob", "one"), ("Ann", "two"), ("Bob", "three")] {
        log.chat(player, text).unwrap();
    }
    stage.wait_for_shown("**Bob** joined").await;
    running.kill().await;
    stage.discord.clear_faults();
    let running = stage.start().await;
    log.chat("Ann", "after").unwrap();
    stage.wait_for_shown("after").await;
    running.stop().await;
    let all: Vec<String> = shown(&stage).into_iter().map(|(_, text)| text).collect();
    let all = all.join("\n");
    for text in ["joined", "one", "two", "three", "after"] {
        assert_eq!(all.matches(text).count(), 1, "{text}: {all}");
    }
}

#[tokio::test]
async fn hostile_names_stand_there_as_discord_takes_them_and_ping_nobody() {
    let stage = stage().await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    let long = "x".repeat(100);
    let names = [
        ("discord", "dis·cord"),
        ("@everyone", "ⓐeveryone"),
        (long.as_str(), &long[..80]),
        ("\u{200b}\u{200b}", "Factorio"),
        ("`a:b`", "'a꞉b'"),
    ];
    for (number, (name, _)) in names.iter().enumerate() {
        log.chat(name, &format!("@everyone {number}")).unwrap();
        stage.wait_for_shown(&format!("everyone {number}")).await;
    }
    running.stop().await;
    let told: Vec<Option<String>> = shown(&stage).into_iter().map(|(name, _)| name).collect();
    let wanted: Vec<Option<String>> = names.iter().map(|(_, name)| Some((*name).to_owned())).collect();
    assert_eq!(told, wanted);
    assert!(
        stage
            .discord
            .messages()
            .iter()
            .all(|message| message.pinged.is_empty())
    );
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn what_discord_refuses_under_a_name_is_posted_by_the_bot_and_other_names_stay() {
    let stage = stage().await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.chat("Bob", "one").unwrap();
    stage.wait_for_shown("one").await;
    let webhook = webhooks_used(&stage)[0];
    stage
        .discord
        .inject(FaultRule::new(Fault::Status(400)).on_webhook(webhook));
    for (player, text) in [("Bob", "two"), ("Bob", "three"), ("Ann", "four")] {
        log.chat(player, text).unwrap();
        stage.wait_for_shown(text).await;
    }
    running.stop().await;
    let bots = |text: &str| (None, format!("💬 **Bob**: {text}"));
    assert_eq!(
        shown(&stage),
        [by("Bob", "one"), bots("two"), bots("three"), by("Ann", "four")]
    );
}

#[tokio::test]
async fn d01_a_message_whose_answer_was_lost_is_shown_again_and_counted() {
    let stage = stage().await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    let webhook = webhooks_used(&stage)[0];
    stage
        .discord
        .inject(FaultRule::new(Fault::AcceptThenCut).on_webhook(webhook));
    log.numbered_many(0, 1..4).unwrap();
    log.numbered_many(0, 4..6).unwrap();
    stage.wait_for_id(0, 5).await;
    running.wait_until_untroubled().await;
    let resent = running.metric("uncertain_resends_total").await;
    running.stop().await;
    assert!(resent > 0);
    stage.judge(&[(0, 0..6)]).assert_clean_with_dup_at_most(resent);
}

#[tokio::test]
async fn what_stands_there_under_a_players_name_is_not_said_in_the_game() {
    let stage = stage().await;
    let game = FakeFactorio::start("secret").await.unwrap();
    let _made = stage.log_of("north");
    game.write_logs(stage.log_path_of("north").parent().unwrap())
        .unwrap();
    let rcon = format!(
        "    rcon: {{host: 127.0.0.1, port: {}, password: secret}}\n",
        game.addr().port()
    );
    configure(&stage, "webhook", &rcon);
    let running = stage.start().await;
    let gateway = stage.discord.gateway();
    gateway.wait_until_joined(SOON).await.unwrap();
    running.wait_for_line("rcon_connected").await;
    game.world(|world| {
        world.join("carl");
        world.chat("carl", "from the game");
    });
    stage.wait_for_shown("from the game").await;
    let own = stage
        .discord
        .messages()
        .into_iter()
        .find(|message| message.webhook != 0)
        .unwrap();
    let mut told = message_create(
        own.id,
        GUILD,
        CHANNEL,
        &PersonCard::new(own.webhook, "carl"),
        &own.text,
    );
    told["webhook_id"] = own.webhook.to_string().into();
    gateway.dispatch("MESSAGE_CREATE", &told);
    let person = message_create(
        own.id + 1,
        GUILD,
        CHANNEL,
        &PersonCard::new(9, "dora"),
        "from Discord",
    );
    gateway.dispatch("MESSAGE_CREATE", &person);
    game.wait_for_command("[Discord] dora: from Discord", SOON)
        .await
        .unwrap();
    running.stop().await;
    let received = game.received();
    assert!(
        received
            .iter()
            .all(|received| !received.text.contains("from the game")),
        "{received:?}"
    );
}

#[tokio::test]
async fn by_default_nothing_is_asked_and_the_bot_posts_and_doctor_names_the_permission_where_it_is_wanted() {
    let (stage, asked) = scene().await;
    configure(&stage, "bot", "");
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.chat("Bob", "hi").unwrap();
    stage.wait_for_shown("**Bob**: hi").await;
    running.stop().await;
    assert!(webhooks_used(&stage).is_empty());
    assert_eq!(asked.count("GET"), 0);
    stage
        .discord
        .change_guild(|guild| guild.own_role &= !MANAGE_WEBHOOKS);
    let lacks = "it lacks Manage Webhooks (it posts players' chat under its own name)";
    let (_, text) = stage.typed(&["doctor"]).await;
    assert!(!text.contains(lacks), "{text}");
    configure(&stage, "webhook", "");
    let (_, text) = stage.typed(&["doctor"]).await;
    assert!(text.contains(lacks), "{text}");
}
