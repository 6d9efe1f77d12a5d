//! A watch ends with the right to it, and with nothing less.

use isr_testkit::discord::gateway::PersonCard;
use isr_testkit::discord::{Fault, FaultRule};

use super::{GUILD, Scene, person, start};
use crate::stage::{SOON, eventually};

const CREW: u64 = 500_000_000_000_000_007;
/// Only the crew may look.
const CREW_ALONE: &str = "permissions: {view: [\"500000000000000007\"]}\n";

fn one_of_the_crew() -> PersonCard {
    PersonCard {
        roles: vec![CREW],
        ..person(0)
    }
}

impl Scene {
    /// The program ends, something happens, and it starts again, which asks for rights anew.
    async fn again(self, meanwhile: impl FnOnce(&isr_testkit::discord::FakeDiscord)) -> Self {
        let Self { stage, game, running } = self;
        running.stop().await;
        meanwhile(&stage.discord);
        let running = start(&stage).await;
        Self { stage, game, running }
    }

    /// Somebody joins, and everybody who is to see it has: notices go into the outbox with the line that they tell of.
    async fn joins(&self, player: &str) {
        self.stage.log_of("north").join(player).unwrap();
        let is_shown = || {
            let messages = self.stage.discord.messages().into_iter();
            let mut lines = messages.filter(|message| message.channel == super::CHANNEL);
            lines.any(|message| message.text.contains(player))
        };
        eventually("the join is shown", is_shown).await;
        self.everything_is_told().await;
    }

    async fn everything_is_told(&self) {
        self.running
            .wait_for_metric("outbox_rows", |rows| rows == 0)
            .await;
    }

    async fn listed(&self) -> String {
        self.stage.typed(&["watches"]).await.1
    }
}

#[tokio::test]
async fn who_loses_the_role_is_told_once_that_the_watch_ended_and_nothing_more() {
    let scene = Scene::with("", CREW_ALONE).await;
    let (asker, other) = (one_of_the_crew(), one_of_the_crew());
    for who in [&asker, &other] {
        let said = scene.watches(who, "carl").await;
        assert!(said.contains("From now on"), "{said}");
    }
    let lose = |discord: &isr_testkit::discord::FakeDiscord| {
        discord.change_person(asker.id, |known| known.roles = Some(vec![CREW + 1]));
    };
    let scene = scene.again(lose).await;
    scene.told_of(&asker, "You may not use").await;
    scene.joins("carl").await;
    scene.told_of(&other, "carl").await;
    let listed = scene.listed().await;
    assert!(listed.contains("may not use `watch` any more"), "{listed}");
    scene
        .running
        .daemon
        .wait_for_line("watch_ended", SOON)
        .await
        .unwrap();
    let scene = scene.again(|_| {}).await;
    let before = scene.lines_told(&other);
    scene.stage.log_of("north").leave("carl").unwrap();
    scene.stage.log_of("north").join("carl").unwrap();
    let is_told = || scene.lines_told(&other) >= before + 2;
    eventually("whoever may is told of both", is_told).await;
    scene.everything_is_told().await;
    let told = scene.told(&asker);
    let [end] = &told[..] else { panic!("{told:?}") };
    assert!(
        end.text.contains("`north`") && end.text.contains("(1)"),
        "{}",
        end.text
    );
    scene.stop().await;
}

#[tokio::test]
async fn who_left_the_discord_server_is_told_nothing_and_costs_no_refusal() {
    let scene = Scene::new().await;
    let asker = person(0);
    let _said = scene.watches(&asker, "carl").await;
    let leave = |discord: &isr_testkit::discord::FakeDiscord| {
        discord.change_person(asker.id, |known| known.roles = None);
    };
    let scene = scene.again(leave).await;
    scene
        .running
        .daemon
        .wait_for_line("watch_ended", SOON)
        .await
        .unwrap();
    scene.joins("carl").await;
    assert!(scene.told(&asker).is_empty(), "{:?}", scene.told(&asker));
    assert_eq!(scene.stage.discord.counters().invalid, 0);
    let listed = scene.listed().await;
    assert!(listed.contains("left the Discord server"), "{listed}");
    scene.stop().await;
}

#[tokio::test]
async fn a_watch_rests_while_the_bot_is_not_in_its_discord_server_and_goes_on_when_it_is_back() {
    let scene = Scene::new().await;
    let asker = person(0);
    let _said = scene.watches(&asker, "carl").await;
    let scene = scene
        .again(|discord| discord.gateway().set_guilds(vec![GUILD + 1]))
        .await;
    scene
        .running
        .daemon
        .wait_for_line("watches_rest", SOON)
        .await
        .unwrap();
    scene.joins("carl").await;
    let listed = scene.listed().await;
    assert!(listed.contains("rests: Discord does not confirm"), "{listed}");
    assert!(scene.told(&asker).is_empty(), "{:?}", scene.told(&asker));
    let scene = scene
        .again(|discord| discord.gateway().set_guilds(vec![GUILD]))
        .await;
    let back = async || !scene.listed().await.contains("rests");
    let deadline = tokio::time::Instant::now() + SOON;
    while !back().await {
        assert!(tokio::time::Instant::now() < deadline, "it still rests");
    }
    scene.stage.log_of("north").leave("carl").unwrap();
    scene.told_of(&asker, "carl").await;
    scene.stop().await;
}

#[tokio::test]
async fn a_discord_that_cannot_be_asked_ends_nothing_and_what_it_said_before_counts() {
    let scene = Scene::with("", CREW_ALONE).await;
    let asker = one_of_the_crew();
    let _said = scene.watches(&asker, "carl").await;
    let mut scene = scene;
    let faults = [
        Fault::Html(403),
        Fault::Html(404),
        Fault::Status(404),
        Fault::Status(503),
        Fault::AnswerElsewhere,
    ];
    for (turn, fault) in faults.into_iter().enumerate() {
        let about = if turn % 2 == 0 { asker.id } else { GUILD };
        let asking = |discord: &isr_testkit::discord::FakeDiscord| {
            let rule = FaultRule::new(fault.clone()).on_method(hyper::Method::GET);
            discord.inject(rule.on_webhook(about));
        };
        scene = scene.again(asking).await;
        eventually("it is asked", || scene.stage.discord.faults_spent()).await;
        let mut log = scene.stage.log_of("north");
        log.join("carl").unwrap();
        eventually("it is told", || scene.told(&asker).len() == 2 * turn + 1).await;
        log.leave("carl").unwrap();
        eventually("it is told", || scene.told(&asker).len() == 2 * turn + 2).await;
        let listed = scene.listed().await;
        assert!(
            listed.contains("by direct message") && !listed.contains('('),
            "{fault:?}: {listed}"
        );
    }
    scene.stop().await;
}
