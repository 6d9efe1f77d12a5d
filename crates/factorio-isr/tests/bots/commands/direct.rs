//! Personal notices by direct message: told once, and to nobody who does not take them.

use std::time::Duration;

use isr_testkit::discord::gateway::PersonCard;
use isr_testkit::discord::{Fault, FaultRule, Letterbox, Message};
use serde_json::json;

use super::{CHANNEL, Scene, call, person, start, text};
use crate::stage::{SOON, eventually};

/// Discord's flag of a message for which no device rings.
const SILENT: u64 = 1 << 12;

impl Scene {
    /// Somebody begins to watch a player, by direct message.
    pub(super) async fn watches(&self, asker: &PersonCard, player: &str) -> String {
        let options = json!([text("event", "player"), text("player", player)]);
        let seen = self.run(asker, "factorio-more watch", &options).await;
        assert!(seen.quiet, "{}", seen.said);
        seen.said
    }

    /// What somebody was told directly, without the greeting.
    pub(super) fn told(&self, asker: &PersonCard) -> Vec<Message> {
        let Some(channel) = self.stage.discord.direct_with(asker.id) else {
            return Vec::new();
        };
        let messages = self.stage.discord.messages().into_iter();
        let there = messages.filter(|message| message.channel == channel);
        there
            .filter(|message| !message.text.contains("Here you are told"))
            .collect()
    }

    pub(super) fn lines_told(&self, asker: &PersonCard) -> usize {
        let told = self.told(asker);
        told.iter().map(|message| message.text.lines().count()).sum()
    }

    pub(super) async fn told_of(&self, asker: &PersonCard, what: &str) {
        let is_there = || self.told(asker).iter().any(|message| message.text.contains(what));
        eventually(what, is_there).await;
    }
}

#[tokio::test]
async fn who_watches_is_told_by_direct_message_exactly_once_over_a_kill() {
    let scene = Scene::new().await;
    let asker = person(0);
    let said = scene.watches(&asker, "CARL").await;
    assert!(
        said.contains("by direct message") && said.contains("**CARL** (`north`)"),
        "{said}"
    );
    let again = scene.watches(&asker, "carl").await;
    assert!(again.contains("already"), "{again}");
    let _another = scene.watches(&asker, "da_n").await;
    assert_eq!(scene.stage.discord.openings(), 1, "once for each person");
    let listed = scene
        .run(&asker, "factorio-more watch", &json!([text("event", "list")]))
        .await;
    assert!(listed.said.contains("→ direct message"), "{}", listed.said);

    let mut log = scene.stage.log_of("north");
    let carl = FaultRule::new(Fault::AcceptThenStall)
        .on_method(hyper::Method::POST)
        .containing("carl");
    let direct = scene.stage.discord.direct_with(asker.id).unwrap();
    scene.stage.discord.inject(carl.on_webhook(direct));
    log.join("carl").unwrap();
    scene.told_of(&asker, "carl").await;
    let Scene { stage, game, running } = scene;
    running.kill().await;
    stage.discord.clear_faults();
    let running = start(&stage).await;
    let scene = Scene { stage, game, running };
    log.join("da_n").unwrap();
    scene.told_of(&asker, "da\\_n").await;
    let told = scene.told(&asker);
    let [carl, dan] = &told[..] else {
        panic!("{told:?}")
    };
    assert!(
        carl.text.contains("🔔") && carl.text.contains("(`north`)") && !carl.text.contains("<@"),
        "{}",
        carl.text
    );
    assert_eq!(
        (carl.flags & SILENT, dan.flags & SILENT),
        (0, 0),
        "each watch rings"
    );
    // When it called last is forgotten with the kill.
    log.leave("carl").unwrap();
    eventually("the leave is told", || scene.told(&asker).len() == 3).await;
    log.join("carl").unwrap();
    eventually("the join is told", || scene.told(&asker).len() == 4).await;
    let join = &scene.told(&asker)[3];
    assert_eq!(join.flags & SILENT, SILENT, "no second call within a minute");
    let (code, listed) = scene.stage.typed(&["watches"]).await;
    assert!(
        code == 0 && listed.contains("by direct message") && !listed.contains('('),
        "{listed}"
    );
    scene.stop().await;
}

#[tokio::test]
async fn who_takes_no_direct_messages_learns_it_at_once_and_is_not_tried_again_and_again() {
    let scene = Scene::new().await;
    let asker = person(0);
    let _met = scene
        .run(&asker, "factorio-more watch", &json!([text("event", "list")]))
        .await;
    let close = |letterbox| {
        scene
            .stage
            .discord
            .change_person(asker.id, |known| known.letterbox = letterbox)
    };
    close(Letterbox::Closed);
    for _ in 0..3 {
        let said = scene.watches(&asker, "carl").await;
        assert!(
            said.contains("does not let me write to you") && said.contains("where: here"),
            "{said}"
        );
    }
    assert_eq!(scene.stage.discord.openings(), 1);
    assert_eq!(scene.stage.discord.counters().invalid, 1, "one refusal");
    let (_, listed) = scene.stage.typed(&["watches"]).await;
    assert!(listed.contains("Nobody watches anything"), "{listed}");

    let other = person(0);
    scene.stage.discord.inject(
        FaultRule::new(Fault::Html(502))
            .on_method(hyper::Method::POST)
            .on_webhook(0),
    );
    let said = scene.watches(&other, "carl").await;
    assert!(
        said.contains("just now") && said.contains("Nothing") | said.contains("nothing"),
        "{said}"
    );
    let said = scene.watches(&other, "carl").await;
    assert!(said.contains("From now on"), "{said}");
    scene.stop().await;
}

#[tokio::test]
async fn who_closes_direct_messages_later_is_told_once_where_they_asked_and_delays_nobody() {
    let scene = Scene::new().await;
    let (asker, other) = (person(0), person(0));
    for (who, player) in [(&asker, "carl"), (&asker, "dora"), (&other, "carl")] {
        let said = scene.watches(who, player).await;
        assert!(said.contains("From now on"), "{said}");
    }
    scene
        .stage
        .discord
        .change_person(asker.id, |known| known.letterbox = Letterbox::Closed);
    let before = scene.stage.discord.counters().invalid;
    let mut log = scene.stage.log_of("north");
    log.join("carl").unwrap();
    scene.told_of(&other, "carl").await;
    scene
        .stage
        .wait_for_shown("your personal notices by direct message have ended (2)")
        .await;
    log.leave("carl").unwrap();
    log.join("dora").unwrap();
    log.join("carl").unwrap();
    eventually("the other goes on", || scene.lines_told(&other) == 3).await;
    let ends: Vec<_> = scene
        .stage
        .discord
        .messages()
        .into_iter()
        .filter(|it| it.text.contains("🔕"))
        .collect();
    let [end] = &ends[..] else { panic!("{ends:?}") };
    assert_eq!(
        (end.channel, &end.pinged),
        (CHANNEL, &vec![format!("user {}", asker.id)])
    );
    assert!(
        !end.text.contains("carl") && !end.text.contains("dora"),
        "{}",
        end.text
    );
    assert_eq!(scene.stage.discord.counters().invalid, before + 1, "one refusal");
    let (_, listed) = scene.stage.typed(&["watches"]).await;
    assert_eq!(listed.matches("takes no direct messages").count(), 2, "{listed}");
    scene
        .running
        .daemon
        .wait_for_line("watch_ended", SOON)
        .await
        .unwrap();

    let Scene { stage, game, running } = scene;
    running.kill().await;
    let running = start(&stage).await;
    let scene = Scene { stage, game, running };
    log.leave("carl").unwrap();
    eventually("the other goes on", || scene.lines_told(&other) == 4).await;
    assert_eq!(
        scene
            .stage
            .discord
            .texts()
            .iter()
            .filter(|text| text.contains("🔕"))
            .count(),
        1,
        "once"
    );
    assert_eq!(scene.told(&asker).len(), 0);
    scene.stop().await;
}

#[tokio::test]
async fn a_hostile_answer_makes_no_channel_of_somebody_else_a_direct_one_and_a_slow_one_delays_no_line() {
    let scene = Scene::new().await;
    let asker = person(0);
    scene.stage.discord.inject(
        FaultRule::new(Fault::AnswerElsewhere)
            .on_method(hyper::Method::POST)
            .on_webhook(0),
    );
    let said = scene.watches(&asker, "carl").await;
    assert!(said.contains("nothing changed"), "{said}");
    let slow = FaultRule::new(Fault::Delay(Duration::from_secs(8)));
    scene
        .stage
        .discord
        .inject(slow.on_method(hyper::Method::POST).on_webhook(0));
    let asked = call(&asker, "factorio-more watch", &json!([text("event", "research")]));
    scene
        .stage
        .discord
        .gateway()
        .dispatch("INTERACTION_CREATE", &asked.event());
    eventually("it is asked for", || {
        scene.stage.discord.openings() == 0 && scene.stage.discord.faults_spent()
    })
    .await;
    scene.stage.log_of("north").join("carl").unwrap();
    scene.stage.wait_for_shown("carl").await;
    assert_eq!(scene.stage.discord.openings(), 0, "it is still being asked");
    let is_told = |dialogue: &isr_testkit::discord::Dialogue| dialogue.shown.is_some();
    scene
        .stage
        .discord
        .gateway()
        .wait_for_dialogue(asked.id, SOON, is_told)
        .await
        .unwrap();
    assert_eq!(scene.stage.discord.openings(), 1);
    scene.stop().await;
}
