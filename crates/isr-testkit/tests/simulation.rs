//! The simulated server as a whole: its logs in the order of real ones, its process, its saves, a day of play.
#![expect(clippy::unwrap_used, reason = "a test may panic anywhere")]

use std::path::Path;
use std::time::Duration;

use isr_testkit::rcon::{FakeFactorio, Industry, SaveOutcome, SaveWay, World};
use isr_testkit::rng::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DEADLINE: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

struct Scene {
    world: World,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::default();
        world.set_date(0);
        world.write_logs(folder.path()).unwrap();
        Self { world, folder }
    }

    /// The lines that a change leaves on standard output, without uptimes and the numbers behind file names.
    fn leaves(&mut self, change: impl FnOnce(&mut World)) -> Vec<String> {
        let before = read(self.folder.path(), "stdout.log").len();
        change(&mut self.world);
        assert_eq!(self.world.log_fault(), None);
        read(self.folder.path(), "stdout.log")[before..].to_vec()
    }
}

fn read(folder: &Path, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    text.lines()
        .map(|line| without_numbers(line.trim_start()))
        .collect()
}

fn without_numbers(line: &str) -> String {
    let is_engine = line
        .split_once(' ')
        .is_some_and(|(first, _)| first.contains('.') && !first.contains('-'));
    let text = if is_engine {
        line.split_once(' ').unwrap().1
    } else {
        line
    };
    match text.split_once(".cpp:") {
        Some((before, after)) => {
            let after = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
            format!("{before}.cpp{after}")
        }
        None => text.to_owned(),
    }
}

#[test]
fn a_join_and_a_leave_read_as_in_a_real_log() {
    let mut scene = Scene::new();
    let change = |state: &str| format!("Info ServerMultiplayerManager.cpp updateTick(0) {state}");
    let peer = |from: &str, to: &str| {
        change(&format!(
            "received stateChanged peerID(1) oldState({from}) newState({to})"
        ))
    };
    let lines = scene.leaves(|world| world.join("alice"));
    assert_eq!(
        lines,
        [
            "ConnectionRequestReplyConfirm (type(ConnectionRequestReplyConfirm) ) from(IP ADDR:({203.0.113.2:40001}))".into(),
            "Refusing connection for address (IP ADDR:({203.0.113.2:40001})), username (alice). UserVerificationMissing".into(),
            "ConnectionRequestReplyConfirm (type(ConnectionRequestReplyConfirm) ) from(IP ADDR:({203.0.113.3:40002}))".into(),
            "Info ServerRouter.cpp Replying to connectionRequest for address(IP ADDR:({203.0.113.3:40002})).".into(),
            "Info ServerSynchronizer.cpp nextHeartbeatSequenceNumber(2133) adding peer(1)".into(),
            change("changing state from(InGame) to(InGameSavingMap)"),
            peer("Ready", "ConnectedWaitingForMap"),
            change("Serving map(/factorio/temp/mp-save-0.zip) for peer(1) size(8039612) crc(768858898)"),
            change("changing state from(InGameSavingMap) to(InGame)"),
            peer("ConnectedWaitingForMap", "ConnectedDownloadingMap"),
            peer("ConnectedDownloadingMap", "ConnectedLoadingMap"),
            peer("ConnectedLoadingMap", "TryingToCatchUp"),
            peer("TryingToCatchUp", "WaitingForCommandToStartSendingTickClosures"),
            "Info GameActionHandler.cpp UpdateTick (0) processed PlayerJoinGame peerID(1) playerIndex(0) mode(create) ".into(),
            peer("WaitingForCommandToStartSendingTickClosures", "InGame"),
            "1970-01-01 00:00:00 [JOIN] alice joined the game".to_owned(),
        ]
    );
    let lines = scene.leaves(|world| world.leave("alice"));
    assert_eq!(
        lines,
        [
            "Info ServerMultiplayerManager.cpp Disconnect notification for peer (1)",
            &peer("InGame", "DisconnectScheduled"),
            "1970-01-01 00:00:00 [LEAVE] alice left the game",
            "Info ServerSynchronizer.cpp nextHeartbeatSequenceNumber(3266) removing peer(1).",
            "Info ServerMultiplayerManager.cpp Auto saving map as /factorio/saves/world.zip",
            "Info AppManager.cpp Saving game as /factorio/saves/world.zip",
            "Info AsyncScenarioSaver.cpp Saving process PID: 9007",
            "Info ChildProcessAgent.cpp Child 9007 exited with return value 0",
            "Info AppManager.cpp Saving finished",
        ]
    );
}

#[test]
fn bans_and_lists_turn_away_and_a_desync_comes_back() {
    let mut scene = Scene::new();
    scene.world.run("/ban mallory griefing");
    scene.world.run("/whitelist enable");
    scene.world.run("/whitelist add alice");
    assert_eq!(scene.world.knock("Mallory"), Err("UserBanned"));
    assert_eq!(scene.world.knock("bob"), Err("UserNotWhitelisted"));
    assert_eq!(scene.world.knock("alice"), Ok(()));
    assert_eq!(scene.world.knock("ALICE"), Err("UserWithThatNameAlreadyInGame"));
    let lines = scene.leaves(|world| world.desync("alice"));
    assert!(
        lines[0].ends_with("received playerDesynced peer (1)"),
        "{lines:#?}"
    );
    assert!(lines.last().unwrap().ends_with("newState(InGame)"));
    assert_eq!(scene.world.online().collect::<Vec<_>>(), ["alice"]);
    let lines = scene.leaves(|world| {
        world.run("/kick ALICE be nice");
    });
    assert_eq!(
        lines[0],
        "1970-01-01 00:00:00 [KICK] alice was kicked by <server>. Reason: be nice."
    );
    assert!(lines[1].ends_with("removing peer(1)."));
}

#[test]
fn saves_take_their_time_and_blocking_ones_hold_everything() {
    let mut scene = Scene::new();
    scene.world.autosave.every = HOUR;
    scene.world.autosave.takes = 5 * SECOND;
    let lines = scene.leaves(|world| world.pass(HOUR + 5 * SECOND));
    assert_eq!(
        lines,
        [
            "Info AppManager.cpp Saving to _autosave1 (non-blocking).",
            "Info AsyncScenarioSaver.cpp Saving process PID: 9007",
            "Info ChildProcessAgent.cpp Child 9007 exited with return value 0",
            "Info AppManager.cpp Saving finished",
        ]
    );
    assert_eq!(scene.world.ticks, (3_600 + 5) * 60);
    scene.world.autosave.way = SaveWay::Blocking;
    scene.world.pass(HOUR - 5 * SECOND);
    assert!(scene.world.is_blocked() && scene.world.ticks == 7_200 * 60);
    scene.world.pass(6 * SECOND);
    assert!(!scene.world.is_blocked() && scene.world.ticks < 7_206 * 60);
    assert_eq!(scene.world.run("/server-save one").unwrap(), "");
    assert_eq!(
        scene.world.run("/server-save two").unwrap(),
        "Cannot save because a save is already in progress.\n"
    );
    scene.world.autosave.outcome = SaveOutcome::Failed;
    let lines = scene.leaves(|world| world.pass(10 * SECOND));
    assert_eq!(
        lines,
        Vec::<String>::new(),
        "a failed save is never heard of again"
    );
}

#[test]
fn the_process_starts_ends_and_crashes_as_its_logs_tell() {
    let mut scene = Scene::new();
    scene.world.join("alice");
    scene.world.shut_down();
    assert_eq!(scene.world.run("/version"), None);
    assert!(!scene.world.has_players_online());
    let console = read(scene.folder.path(), "console.log");
    assert_eq!(console.first().unwrap(), "=== Log opened 1970-01-01 00:00:00 ===");
    assert_eq!(console.last().unwrap(), "=== Log closed 1970-01-01 00:00:00 ===");
    let engine = read(scene.folder.path(), "factorio-current.log");
    assert!(
        engine[0].starts_with("1970-01-01 00:00:00; Factorio 2.0.77 (build "),
        "{engine:#?}"
    );
    assert!(engine.iter().all(|line| !line.contains("[JOIN]")));
    assert_eq!(engine.last().unwrap(), "Goodbye");

    scene.world.pass(HOUR);
    scene.world.boot();
    scene.world.join("alice");
    scene
        .world
        .crash("The mod example caused a non-recoverable error.");
    let previous = read(scene.folder.path(), "factorio-previous.log");
    assert_eq!(previous.last().unwrap(), "Goodbye");
    let engine = read(scene.folder.path(), "factorio-current.log");
    assert!(
        engine.last().unwrap().contains("MultiplayerManager failed"),
        "{engine:#?}"
    );
    let console = read(scene.folder.path(), "console.log");
    let frames: Vec<_> = console.iter().filter(|line| line.starts_with("===")).collect();
    assert_eq!(frames.len(), 3, "a crash closes nothing: {frames:?}");
}

#[tokio::test]
async fn quit_closes_every_connection_and_the_port_comes_back_with_the_game() {
    let game = FakeFactorio::start("secret").await.unwrap();
    let mut idle = TcpStream::connect(game.addr()).await.unwrap();
    game.world(|world| {
        world.join("alice");
        assert_eq!(world.run("/quit"), None);
    });
    game.wait_for_the_end(DEADLINE).await.unwrap();
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
    game.boot().await.unwrap();
    let mut back = TcpStream::connect(game.addr()).await.unwrap();
    back.write_all(b"\x10\0\0\0\x01\0\0\0\x03\0\0\0secret\0\0")
        .await
        .unwrap();
    assert_eq!(back.read_i32_le().await.unwrap(), 10);
    game.crash("oh no").await;
    assert!(TcpStream::connect(game.addr()).await.is_err());
}

#[test]
fn a_day_with_visitors_keeps_achievements_and_makes_a_believable_log() {
    let mut scene = Scene::new();
    let world = &mut scene.world;
    (world.auto_pause, world.industry) = (true, Industry::Busy);
    (world.autosave.every, world.autosave.takes) = (HOUR / 6, 2 * SECOND);
    world.invite_visitors(Rng::new(4));
    let lines = scene.leaves(|world| world.pass(24 * HOUR));
    let count = |what: &str| lines.iter().filter(|line| line.contains(what)).count();
    // Visitors also write lines that look like these: only those behind the date count.
    let tagged = |tag: &str| {
        lines
            .iter()
            .filter(|line| line.get(20..).is_some_and(|rest| rest.starts_with(tag)))
            .count()
    };
    let (joins, leaves) = (tagged("[JOIN]"), tagged("[LEAVE]"));
    assert!((60..200).contains(&joins), "{joins}");
    assert_eq!(joins - leaves, scene.world.online().count());
    assert_eq!(count("adding peer"), joins);
    assert!(count("UserVerificationMissing") >= joins);
    // The last one may not be done yet, and one that began at once with another is none.
    let begun = count("Saving to _autosave") + count("Saving game as");
    assert!(begun - count("Saving finished") <= 1 && begun > 24, "{begun}");
    assert!(scene.world.was_never_warned());
    assert!(
        scene.world.ticks < 24 * 3_600 * 60,
        "an empty server stands still"
    );
    let evolution = scene.world.surfaces[0].evolution;
    assert!((0.3..0.8).contains(&evolution), "{evolution}");
}
