//! `source: rcon`, seen from outside: the real binary between a fake game, whose console it hears through RCON, and a fake
//! Discord.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

mod stage;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use isr_testkit::log::numbered;
use isr_testkit::rcon::FakeFactorio;
use isr_testkit::rng::Rng;

use stage::{ONLY, Running, Stage};

const KILLS: u64 = 8;
/// The most lines that are said at a time.
const LINES: u64 = 4;

/// A stage whose only server has no log: its console comes through RCON.
struct Scene {
    stage: Stage,
    game: FakeFactorio,
    said: u64,
}

impl Scene {
    async fn new() -> Self {
        let game = FakeFactorio::start("secret").await.unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        game.world(|world| world.set_date(i64::try_from(now).unwrap()));
        let stage = Stage::bare().await;
        let (url, port) = (stage.discord.url(1), game.addr().port());
        stage.write_yaml(&format!(
            "defaults: {{card: off}}\nservers:\n  {ONLY}:\n    source: rcon\n    source_poll: 200ms\n    webhook: {url}\n    \
             rcon: {{host: 127.0.0.1, port: {port}, password: secret}}\n"
        ));
        Self { stage, game, said: 0 }
    }

    /// Says the next numbers in chat.
    fn say(&mut self, count: u64) {
        let numbers = self.said..self.said + count;
        self.said = numbers.end;
        self.game.world(|world| {
            for id in numbers {
                world.chat(numbered::player(0, id), &numbered::payload(0, id));
            }
        });
    }

    /// Waits until Discord has the last number that was said.
    async fn heard(&self) {
        self.stage.wait_for_id(0, self.said - 1).await;
    }

    fn assert_all_once(&self) {
        self.stage
            .judge(&[(0, 0..self.said)])
            .assert_clean_with_dup_at_most(0);
    }
}

async fn connected(running: &Running) {
    running
        .daemon
        .wait_for_line("console_heard", stage::SOON)
        .await
        .unwrap();
}

#[tokio::test]
async fn chat_joins_and_leaves_arrive_without_a_log_and_without_lua() {
    let mut scene = Scene::new().await;
    let running = scene.stage.start().await;
    connected(&running).await;
    scene.game.world(|world| world.join("alice"));
    scene.stage.wait_for_shown("alice").await;
    scene.say(100);
    scene.heard().await;
    scene.game.world(|world| world.leave("alice"));
    scene.stage.wait_for_shown("alice** left").await;
    running.stop().await;
    scene.assert_all_once();
    assert!(scene.game.world(|world| world.was_never_warned()));
    let asked_by_console = scene.game.received().into_iter().filter(|seen| seen.id == 0);
    assert!(asked_by_console.into_iter().all(|seen| seen.text == "/version"));
    scene.stage.discord.assert_no_violations();
}

#[tokio::test]
async fn what_is_said_while_we_are_stopped_or_killed_comes_later_and_once() {
    let mut scene = Scene::new().await;
    for kill in [true, false, true, false] {
        scene.say(5);
        let running = scene.stage.start().await;
        connected(&running).await;
        scene.say(5);
        scene.heard().await;
        if kill {
            // Once nothing is on its way to Discord: what a kill repeats there is another test's business.
            running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
            running.kill().await;
        } else {
            // Lines on their way at a stop are kept, too.
            scene.say(5);
            running.stop().await;
        }
    }
    scene.say(5);
    let running = scene.stage.start().await;
    scene.heard().await;
    running.stop().await;
    scene.assert_all_once();
}

#[tokio::test]
async fn kills_at_random_instants_spoil_and_reorder_nothing_and_lose_an_answer_at_most() {
    let mut dice = Rng::from_environment("CONSOLE_SEED");
    let mut scene = Scene::new().await;
    for _ in 0..KILLS {
        let daemon = scene.stage.command.spawn().unwrap();
        for _ in 0..dice.between(1, 20) {
            scene.say(dice.between(1, LINES));
            // The pace of the game, and with it the instant of the kill; nothing waits for it.
            tokio::time::sleep(Duration::from_millis(dice.below(40))).await;
        }
        daemon.kill().await.unwrap();
    }
    let running = scene.stage.start().await;
    connected(&running).await;
    scene.say(1);
    scene.heard().await;
    running.stop().await;
    let report = scene.stage.judge(&[(0, 0..scene.said)]).report();
    assert_eq!(
        (report.spurious, report.corrupt, report.inversions),
        (0, 0, 0),
        "{report}"
    );
    // What the game had handed out and we had not brought to the disk yet is gone: one answer for each kill at most.
    println!("lost {} of {} in {KILLS} kills", report.lost, report.written);
    assert!(report.lost <= KILLS * 4 * LINES, "{report}");
}

#[tokio::test]
async fn a_game_that_goes_and_comes_is_heard_again() {
    let mut scene = Scene::new().await;
    let running = scene.stage.start().await;
    connected(&running).await;
    for _ in 0..3 {
        scene.say(10);
        scene.heard().await;
        scene.game.shut_down().await;
        scene.game.boot().await.unwrap();
    }
    scene.say(10);
    scene.heard().await;
    assert!(running.metric("console_gaps_total").await >= 3);
    running.stop().await;
    scene.assert_all_once();
}
