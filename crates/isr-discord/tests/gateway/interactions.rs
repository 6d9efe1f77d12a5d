//! D13: a command is answered at once, whatever the game does; and what comes too late is said to be.

use isr_discord::gateway::event::Interaction;
use isr_discord::gateway::{Event, Leave};
use isr_discord::{Answered, ButtonStyle, InteractionAnswer, Outcome, ReplyButton, ReplyMessage, Visibility};
use isr_testkit::discord::gateway::{CommandCall, PersonCard};
use serde_json::json;

use crate::stage::{CHANNEL, GUILD, Running, Stage, secs};

fn call(id: u64) -> CommandCall {
    CommandCall {
        id,
        token: format!("aW50ZXJhY3Rpb24.{id}-x_y"),
        application: 111_122_223_333_444_455,
        guild: GUILD,
        channel: CHANNEL,
        person: PersonCard::new(5, "bob"),
        name: "factorio".into(),
        options: json!([]),
    }
}

/// Somebody uses a command; it arrives.
async fn used(stage: &Stage, running: &mut Running, id: u64) -> Interaction {
    happens(stage, running, &call(id).event()).await
}

async fn happens(stage: &Stage, running: &mut Running, event: &serde_json::Value) -> Interaction {
    stage.gateway().dispatch("INTERACTION_CREATE", event);
    stage.clock.settle().await;
    match running.event() {
        Some(Event::Interaction(interaction)) => *interaction,
        other => panic!("{other:?}"),
    }
}

const LATER: InteractionAnswer<'_> = InteractionAnswer::Later(Visibility::OnlyAsker);

#[tokio::test(start_paused = true)]
async fn d13_a_slow_game_is_acknowledged_at_once_and_told_when_it_answers() {
    let stage = Stage::new().await;
    let (mut running, bot) = (stage.live().await, stage.bot());
    for id in 1..=200 {
        let interaction = used(&stage, &mut running, id).await;
        assert_eq!(bot.answer(&interaction, &LATER).await, Answered::Yes);
        let dialogue = stage.gateway().dialogue(id).unwrap();
        let (at, answer) = dialogue.answer.unwrap();
        assert!(at - dialogue.asked <= secs(2), "{id}");
        assert_eq!(answer, json!({"type": 5, "data": {"flags": 64}}));
    }
    // The game takes ten seconds for the first, and more than fifteen minutes for the last.
    stage.clock.pass(secs(10)).await;
    let first = used(&stage, &mut running, 201).await;
    assert_eq!(bot.answer(&first, &LATER).await, Answered::Yes);
    stage.clock.pass(secs(10)).await;
    let told = bot.edit_answer(&first, &ReplyMessage::quiet("2 players")).await;
    assert_eq!(told, Answered::Yes);
    assert_eq!(
        bot.follow_up(&first, &ReplyMessage::quiet("and 1 more")).await,
        Answered::Yes
    );
    let dialogue = stage.gateway().dialogue(201).unwrap();
    assert_eq!(dialogue.shown.unwrap()["content"], "2 players");
    assert_eq!(dialogue.follow_ups[0]["flags"], 64);
    stage.clock.pass(secs(15 * 60)).await;
    let late = ReplyMessage::quiet("too late");
    assert_eq!(bot.edit_answer(&first, &late).await, Answered::Expired);
    assert_eq!(bot.follow_up(&first, &late).await, Answered::Expired);
    stage.discord.assert_no_violations();
    assert_eq!(running.stop(Leave::ForGood).await.1.session, None);
}

#[tokio::test(start_paused = true)]
async fn buttons_stand_below_an_answer_until_it_is_edited() {
    let stage = Stage::new().await;
    let (mut running, bot) = (stage.live().await, stage.bot());
    let asked = used(&stage, &mut running, 1).await;
    let button = |id: &str, style| ReplyButton {
        custom_id: id.to_owned(),
        label: "é".repeat(100),
        style,
    };
    let question = InteractionAnswer::Message(ReplyMessage {
        buttons: vec![
            button("yes", ButtonStyle::Danger),
            button("no", ButtonStyle::Plain),
        ],
        ..ReplyMessage::quiet("Really?")
    });
    assert_eq!(bot.answer(&asked, &question).await, Answered::Yes);
    let shown = stage.gateway().dialogue(1).unwrap().shown.unwrap();
    assert_eq!(shown["components"][0]["components"][0]["style"], 4);
    assert_eq!(shown["components"][0]["components"][1]["custom_id"], "no");
    assert_eq!(
        bot.edit_answer(&asked, &ReplyMessage::quiet("Done")).await,
        Answered::Yes
    );
    let shown = stage.gateway().dialogue(1).unwrap().shown.unwrap();
    assert_eq!(shown["components"], json!([]));
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_only_promised_can_be_taken_away_and_told_to_the_asker_alone() {
    let stage = Stage::new().await;
    let (mut running, bot) = (stage.live().await, stage.bot());
    let asked = used(&stage, &mut running, 1).await;
    let later = InteractionAnswer::Later(Visibility::Everybody);
    assert_eq!(bot.answer(&asked, &later).await, Answered::Yes);
    assert_eq!(bot.delete_answer(&asked).await, Answered::Yes);
    assert_eq!(
        bot.follow_up(&asked, &ReplyMessage::quiet("no")).await,
        Answered::Yes
    );
    let dialogue = stage.gateway().dialogue(1).unwrap();
    assert!(dialogue.deleted && dialogue.shown.is_none());
    assert_eq!(dialogue.follow_ups[0]["flags"], 64);
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn d13_what_is_late_or_doubled_is_told_apart() {
    let stage = Stage::new().await;
    let (mut running, bot) = (stage.live().await, stage.bot());
    let late = used(&stage, &mut running, 1).await;
    stage.clock.pass(secs(4)).await;
    assert_eq!(bot.answer(&late, &LATER).await, Answered::Expired);
    let doubled = used(&stage, &mut running, 2).await;
    let message = InteractionAnswer::Message(ReplyMessage {
        visibility: Visibility::Everybody,
        ..ReplyMessage::quiet("@everyone hello")
    });
    assert_eq!(bot.answer(&doubled, &message).await, Answered::Yes);
    assert_eq!(bot.answer(&doubled, &message).await, Answered::AlreadyAnswered);
    let shown = stage.gateway().dialogue(2).unwrap().shown.unwrap();
    assert_eq!(
        shown,
        json!({"content": "@everyone hello", "allowed_mentions": {"parse": []}})
    );
    let mut forged = used(&stage, &mut running, 3).await;
    forged.id = 77;
    assert_eq!(bot.answer(&forged, &LATER).await, Answered::Expired);
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn choices_are_cut_to_what_discord_takes() {
    let stage = Stage::new().await;
    let (mut running, bot) = (stage.live().await, stage.bot());
    let typed = happens(&stage, &mut running, &call(1).autocomplete()).await;
    let choices = (0..40)
        .map(|n| (format!("{n} {}", "é".repeat(200)), n.to_string()))
        .collect();
    let answer = InteractionAnswer::Choices(choices);
    assert_eq!(bot.answer(&typed, &answer).await, Answered::Yes);
    let given = stage.gateway().dialogue(1).unwrap().answer.unwrap().1;
    assert_eq!(given["data"]["choices"].as_array().unwrap().len(), 25);
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_discord_would_refuse_is_never_sent() {
    let stage = Stage::new().await;
    let (mut running, bot) = (stage.live().await, stage.bot());
    let interaction = used(&stage, &mut running, 1).await;
    let long = "x".repeat(2001);
    let answer = InteractionAnswer::Message(ReplyMessage::quiet(&long));
    let answered = bot.answer(&interaction, &answer).await;
    assert!(
        matches!(answered, Answered::No(Outcome::Rejected { status: None, .. })),
        "{answered:?}"
    );
    assert_eq!(bot.answer(&interaction, &LATER).await, Answered::Yes);
}
