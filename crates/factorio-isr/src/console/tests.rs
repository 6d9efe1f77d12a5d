//! A console heard from a fake game into a real file, with the relay's own parts around it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use factorio_rcon::session::Link;
use factorio_rcon::{Address, Options, Password};
use isr_store::{Opened, StoreOptions};
use isr_testkit::rcon::FakeFactorio;
use tokio::time::{sleep, timeout};

use super::*;
use crate::config::HeardConsole;
use crate::supervisor::{Restarts, stop_pair};

const DEADLINE: Duration = Duration::from_secs(60);

struct Scene {
    game: FakeFactorio,
    session: Session,
    consoles: Consoles,
    supervisor: Supervisor,
    plan: ListenerPlan,
    metrics: Metrics,
    _trigger: StopTrigger,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let Opened { store, .. } = Store::open(StoreOptions::new(folder.path().join("state"))).unwrap();
        let game = FakeFactorio::start("secret").await.unwrap();
        let address = Address::new("127.0.0.1", game.addr().port()).unwrap();
        let (session, driver) = Session::new(Options::new(address, Password::new("secret").unwrap()));
        tokio::spawn(async move { driver.run().await });
        let (trigger, stop) = stop_pair();
        let (metrics, _registry) = Metrics::new();
        let plan = ListenerPlan {
            tag: ServerTag::parse("a").unwrap(),
            heard: HeardConsole {
                spool: folder.path().join("state/console/a.log"),
                poll_interval: Duration::from_millis(20),
            },
        };
        Self {
            game,
            session,
            consoles: Consoles::new(store, metrics.clone(), stop.clone()),
            supervisor: Supervisor::new(stop, Restarts::default()),
            plan,
            metrics,
            _trigger: trigger,
            _folder: folder,
        }
    }

    fn listen(&mut self) {
        let (plan, session) = (self.plan.clone(), self.session.clone());
        let running = self.consoles.start(plan, session, None, &mut self.supervisor);
        self.consoles.running.insert(self.plan.tag.clone(), running);
    }

    fn spool(&self) -> PathBuf {
        self.plan.heard.spool.clone()
    }

    /// What was kept, without dates.
    fn kept(&self) -> Vec<String> {
        let text = fs::read_to_string(self.spool()).unwrap_or_default();
        text.lines().map(|line| line[20..].to_owned()).collect()
    }

    async fn until(&self, mut wished: impl FnMut(&Self) -> bool) {
        let waiting = async {
            while !wished(self) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = timeout(DEADLINE, waiting).await;
        assert!(waited.is_ok(), "it never came to be so: {:?}", self.kept());
    }

    fn gaps(&self) -> u64 {
        let label = crate::metrics::ServerLabel { server: "a".into() };
        self.metrics.console_gaps.get_or_create(&label).get()
    }

    fn say(&self, number: u32) {
        self.game.world(|world| world.chat("alice", &number.to_string()));
    }
}

fn said(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("[CHAT] alice: {number}")).collect()
}

#[tokio::test]
async fn lines_are_kept_once_and_in_order_over_stops_and_starts() {
    let mut scene = Scene::new().await;
    for round in 0..10 {
        scene.say(3 * round);
        scene.listen();
        scene.say(3 * round + 1);
        scene.until(|scene| !scene.kept().is_empty()).await;
        // In the middle of whatever it does: what the game has handed out is kept before it ends.
        scene.say(3 * round + 2);
        timeout(DEADLINE, scene.consoles.stop()).await.unwrap();
    }
    scene.listen();
    scene.until(|scene| scene.kept().len() >= 30).await;
    assert_eq!(scene.kept(), said(0..30));
    assert_eq!(scene.gaps(), 0);
    assert!(scene.game.received().iter().all(|seen| seen.text == "/version"));
}

#[tokio::test]
async fn a_game_that_saves_or_goes_loses_nothing_that_was_not_on_its_way() {
    let mut scene = Scene::new().await;
    scene.listen();
    scene.say(0);
    scene.until(|scene| scene.kept().len() == 1).await;
    scene.game.begin_save();
    scene.say(1);
    scene.game.end_save();
    scene.until(|scene| scene.kept().len() == 2).await;
    scene.game.stop().await;
    let mut link = scene.session.link();
    timeout(DEADLINE, link.wait_for(|link| *link != Link::Up))
        .await
        .unwrap()
        .unwrap();
    scene.say(2);
    scene.game.start_again().await.unwrap();
    scene.until(|scene| scene.kept().len() == 3).await;
    assert_eq!(scene.kept(), said(0..3));
    assert!(
        (1..=2).contains(&scene.gaps()),
        "the new connection, and perhaps an answer"
    );
}

#[tokio::test(start_paused = true)]
async fn lines_wait_while_the_disk_does_not_take_them() {
    let mut scene = Scene::new().await;
    // The folder cannot be made: a file has its name.
    let folder = scene.spool().parent().unwrap().to_owned();
    fs::write(&folder, "").unwrap();
    scene.listen();
    scene.say(0);
    // On the paused clock: more than one attempt to open it.
    sleep(Duration::from_secs(60)).await;
    assert_eq!(
        scene.game.received().len(),
        0,
        "nothing is asked for that could not be kept"
    );
    fs::remove_file(&folder).unwrap();
    scene.until(|scene| scene.kept() == said(0..1)).await;
}

#[tokio::test]
async fn a_full_disk_does_not_hold_up_a_stop_and_what_is_lost_is_told() {
    let mut scene = Scene::new().await;
    spool::make_folder(scene.spool().parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", scene.spool()).unwrap();
    scene.say(0);
    scene.listen();
    scene.until(|scene| scene.game.received().len() == 1).await;
    timeout(DEADLINE, scene.consoles.stop()).await.unwrap();
    assert_eq!(scene.gaps(), 1);
    assert_eq!(scene.game.received().len(), 1, "nothing more is asked for");
}
