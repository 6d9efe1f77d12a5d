//! D13: whatever the games do, Discord has an answer at once, and the person is told what came of it.
//!
//! The whole relay runs in this process on a clock that stands still until the test moves it: nothing that waits for the
//! game, for a pause or for a deadline can come to an answer before it does. `D13_RUNS` sets how many commands are used.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use factorio_isr::config::{Config, Overrides, Surroundings, load};
use factorio_isr::relay::{Relay, RelayEnd};
use isr_testkit::clock::Clock;
use isr_testkit::discord::gateway::{CommandCall, PersonCard};
use isr_testkit::discord::{Dialogue, FakeDiscord, Limits};
use isr_testkit::rcon::FakeFactorio;
use serde_json::json;

const GUILD: u64 = 1_000_000_000_000_000_001;
const CHANNEL: u64 = 300_000_000_000_000_001;
const RUNS: u64 = 1_000;
const A_MINUTE: Duration = Duration::from_secs(60);
/// So many people wait together: for each of the games fewer than its queue holds.
const TOGETHER: u64 = 250;
const GAMES: u64 = 5;
/// Discord waits three seconds.
const AT_ONCE: Duration = Duration::from_millis(2_500);
/// Games that answer just in time, and games that do not.
const HANGS: [Duration; 2] = [Duration::from_millis(9_500), Duration::from_secs(12)];

fn configured(folder: &Path, discord: &FakeDiscord, games: &[FakeFactorio]) -> Config {
    let mut yaml = format!(
        "state_dir: {}\nhealth: {{host: 127.0.0.1, port: 0}}\nbot: {{token: {}, api: '{}'}}\n\
         defaults: {{card: off, alerts: off}}\nservers:\n",
        folder.join("state").display(),
        discord.gateway().token(),
        discord.api()
    );
    for (place, game) in (CHANNEL..).zip(games) {
        let port = game.addr().port();
        writeln!(
            yaml,
            "  s{place}: {{event_channel_id: {place}, rcon: {{host: 127.0.0.1, port: {port}, password: secret}}}}"
        )
        .unwrap();
    }
    std::fs::write(folder.join("factorio-isr.yml"), yaml).unwrap();
    let loaded = load(&Surroundings::empty(folder), &Overrides::default());
    loaded.unwrap_or_else(|refused| panic!("{refused}")).config
}

/// Somebody, each time somebody else, asks for the evolution on a surface, or mutes somebody.
fn call(id: u64) -> CommandCall {
    let (name, option, value) = if id.is_multiple_of(3) {
        ("mute", "player", "alice")
    } else {
        ("evolution", "target", "nauvis")
    };
    CommandCall {
        id,
        token: format!("{id}-token"),
        application: 111_122_223_333_444_455,
        guild: GUILD,
        channel: CHANNEL + id % GAMES,
        person: PersonCard {
            permissions: 1 << 3,
            ..PersonCard::new(1_000_000 + id, "ann")
        },
        name: "factorio".into(),
        options: json!([{"name": name, "type": 1, "options": [{"name": option, "type": 3, "value": value}]}]),
    }
}

struct Scene {
    _folder: tempfile::TempDir,
    discord: FakeDiscord,
    games: Vec<FakeFactorio>,
    clock: Clock,
    relay: Box<Relay>,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let discord = FakeDiscord::start().await.unwrap();
        discord.set_limits(Limits::none());
        let mut games = Vec::new();
        for _ in 0..GAMES {
            let game = FakeFactorio::start("secret").await.unwrap();
            game.world(|world| world.join("alice"));
            games.push(game);
        }
        let config = configured(folder.path(), &discord, &games);
        let clock = Clock::hold();
        let relay = Relay::start(&config).await.unwrap();
        let gateway = discord.gateway();
        let is_ready = || {
            let is_registered = !gateway.commands(Some(GUILD)).is_null();
            gateway.joined() == 1 && is_registered && games.iter().all(|game| !game.received().is_empty())
        };
        clock.until(A_MINUTE, is_ready).await;
        Self {
            _folder: folder,
            discord,
            games,
            clock,
            relay: Box::new(relay),
        }
    }

    fn seen(&self, id: u64) -> Dialogue {
        self.discord.gateway().dialogue(id).unwrap()
    }

    /// Games hang, and everybody uses a command; how long the slowest acknowledgement took. It returns when the games were
    /// there again and everybody was told something.
    async fn hang(&self, people: Range<u64>, time: Duration) -> Duration {
        self.games.iter().for_each(FakeFactorio::begin_save);
        for id in people.clone() {
            let event = call(id).event();
            self.discord.gateway().dispatch("INTERACTION_CREATE", &event);
        }
        let is_answered = |id| self.seen(id).answer.is_some();
        self.clock.now(|| people.clone().all(is_answered)).await;
        self.clock.pass(time).await;
        self.games.iter().for_each(FakeFactorio::end_save);
        let is_told = |id| told(&self.seen(id)).is_some();
        self.clock.now(|| people.clone().all(is_told)).await;
        let took = |id| {
            let dialogue = self.seen(id);
            assert!(dialogue.refused.is_empty(), "{dialogue:?}");
            dialogue.answer.unwrap().0 - dialogue.asked
        };
        people.map(took).max().unwrap()
    }

    async fn stop(self) {
        drop(self.clock);
        assert_eq!(self.relay.stop().await, RelayEnd::Stopped);
        self.discord.assert_no_violations();
    }
}

/// What the person reads at the end.
fn told(dialogue: &Dialogue) -> Option<String> {
    let shown = dialogue.shown.iter().chain(&dialogue.follow_ups).next()?;
    Some(shown["content"].as_str()?.to_owned())
}

#[tokio::test(start_paused = true)]
async fn d13_games_that_hang_keep_nobody_waiting_for_an_acknowledgement() {
    let runs = std::env::var("D13_RUNS").ok().and_then(|runs| runs.parse().ok());
    let scene = Scene::new().await;
    let (mut next, mut slowest, mut late) = (1, Duration::ZERO, 0);
    for hang in HANGS.into_iter().cycle() {
        let people = next..next + TOGETHER;
        slowest = slowest.max(scene.hang(people.clone(), hang).await);
        for id in people.clone() {
            let dialogue = scene.seen(id);
            let (text, (_, first)) = (told(&dialogue).unwrap(), dialogue.answer.unwrap());
            assert_eq!(first["type"], 5, "the game had not answered yet: {first}");
            let says = |parts: [&str; 2]| parts.iter().any(|part| text.contains(part));
            let is_late = says(["does not answer", "did not come"]);
            assert!(is_late != says(["auvis", "alice"]), "{text}");
            late += u64::from(is_late);
        }
        next = people.end;
        if next > runs.unwrap_or(RUNS) {
            break;
        }
    }
    let all = next - 1;
    println!("{all} commands acknowledged within {slowest:?}; for {late} the game was too late");
    assert!(slowest <= AT_ONCE, "{slowest:?}");
    assert!((all / 4..=all / 2).contains(&late), "{late} of {all}");
    scene.stop().await;
}

#[tokio::test(start_paused = true)]
async fn d13_more_commands_than_can_be_worked_at_are_turned_away_at_once() {
    let scene = Scene::new().await;
    let people = 1..TOGETHER + 101;
    let slowest = scene.hang(people.clone(), HANGS[0]).await;
    assert!(slowest <= AT_ONCE, "{slowest:?}");
    let is_away = |id| {
        told(&scene.seen(id))
            .unwrap()
            .starts_with("Too many commands are being")
    };
    let away = people.clone().filter(|id| is_away(*id)).count();
    assert!((80..=100).contains(&away), "{away}");
    // Nothing was done for these, and afterwards there is room again.
    let sent: usize = scene
        .games
        .iter()
        .map(|game| game.times_received("/mute alice"))
        .sum();
    assert!(sent < people.clone().count() / 3, "{sent}");
    scene.hang(people.end..people.end + 1, HANGS[0]).await;
    assert!(!is_away(people.end));
    scene.stop().await;
}
