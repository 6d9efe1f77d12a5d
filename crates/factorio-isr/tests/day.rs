//! A whole day of play beside the real relay, with the settings that an admin begins with: what it sends to the games, and
//! what it understands of them. The day passes on a paused clock; games, store, logs and Discord are real ones of their
//! kind.
//!
//! What it cannot show is which alerts a day brings. Sockets and the thread that reads logs take real time, in which the
//! paused clock runs on: minutes seem to pass before a line is read (a log that seems silent) or an answer is there (a pace
//! that nobody can tell). And what goes by the wall clock (cooldowns, status posts, digests) waits for real. Alerts over long
//! times have their tests where time is a value, in `isr-core`.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use factorio_isr::config::{Config, Overrides, Surroundings, load};
use factorio_isr::relay::{Relay, RelayEnd};
use isr_testkit::discord::{FakeDiscord, Limits};
use isr_testkit::rcon::{FakeFactorio, Industry, SaveWay, Surface};
use isr_testkit::rng::Rng;
use tokio::time::sleep;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// The world moves on in such steps, and everything else gets its turn in between.
const STEP: Duration = Duration::from_millis(250);
/// The most that a server is asked in a minute while nobody is there, and while somebody is: `/time` every 5.6 s then, and
/// oftener for a moment after each disturbance.
const MOST_IDLE: f64 = 4.0;
const MOST_BUSY: f64 = 20.0;
/// What must never be sent without the switch: these end the achievements of a save.
const LUA_CLASS: [&str; 8] = [
    "c",
    "command",
    "sc",
    "silent-command",
    "mc",
    "measured-command",
    "editor",
    "cheat",
];

/// A busy server of today; its time began a day ago, so that none of its lines lies in the future.
async fn game(seed: u64, version: &str) -> FakeFactorio {
    let game = FakeFactorio::start("secret").await.unwrap();
    game.world(|world| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        world.set_date(i64::try_from((now - DAY).as_secs()).unwrap());
        world.version = version.to_owned();
        (world.auto_pause, world.industry) = (true, Industry::Busy);
        (world.autosave.every, world.autosave.takes) = (HOUR / 6, Duration::from_secs(4));
        world.surfaces.push(Surface {
            name: "Gleba".into(),
            evolution: 0.0,
        });
        world.invite_visitors(Rng::new(seed));
    });
    game
}

fn configured(folder: &Path, discord: &FakeDiscord, north: &FakeFactorio, south: &FakeFactorio) -> Config {
    let (log, state) = (folder.join("game/console.log"), folder.join("state"));
    let (webhook, northern, southern) = (discord.url(1), north.addr().port(), south.addr().port());
    let yaml = format!(
        "state_dir: {state}\nhealth: {{host: 127.0.0.1, port: 0}}\nservers:\n  \
         north:\n    log_path: {log}\n    webhook: {webhook}\n    \
         rcon: {{host: 127.0.0.1, port: {northern}, password: secret}}\n  \
         south:\n    source: rcon\n    source_poll: 10s\n    webhook: {webhook}\n    \
         rcon: {{host: 127.0.0.1, port: {southern}, password: secret}}\n",
        state = state.display(),
        log = log.display(),
    );
    std::fs::write(folder.join("factorio-isr.yml"), yaml).unwrap();
    let loaded = load(&Surroundings::empty(folder), &Overrides::default());
    loaded.unwrap_or_else(|refused| panic!("{refused}")).config
}

/// How often each command was read, by its word.
fn words(game: &FakeFactorio) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for received in game.received() {
        let text = received.text.trim_start();
        let word = text
            .strip_prefix('/')
            .map_or("(chat)", |command| command.split(' ').next().unwrap());
        *words.entry(word.to_lowercase()).or_default() += 1;
    }
    words
}

#[tokio::test(start_paused = true)]
async fn a_day_of_play_leaves_achievements_on_and_asks_little() {
    let folder = tempfile::tempdir().unwrap();
    let discord = FakeDiscord::start().await.unwrap();
    discord.set_limits(Limits::none());
    let (north, south) = (game(1, "2.0.77").await, game(2, "1.1.110").await);
    north.write_logs(&folder.path().join("game")).unwrap();
    let config = configured(folder.path(), &discord, &north, &south);
    let relay = Relay::start(&config).await.unwrap();

    let mut busy = [Duration::ZERO; 2];
    let mut passed = Duration::ZERO;
    while passed < DAY {
        // What a day holds besides players: a slow afternoon, saves that hold everything, a crash and a planned restart.
        north.world(|world| {
            let hour = passed.as_secs() / 3_600;
            world.top_ups = if (12..14).contains(&hour) { 40.0 } else { 60.0 };
            world.autosave.way = if hour.is_multiple_of(2) {
                SaveWay::Background
            } else {
                SaveWay::Blocking
            };
        });
        match passed.as_millis() {
            36_000_000 => {
                north
                    .crash("The mod example caused a non-recoverable error.")
                    .await
            }
            36_300_000 => north.boot().await.unwrap(),
            72_000_000 => south.shut_down().await,
            72_060_000 => south.boot().await.unwrap(),
            _ => {}
        }
        for (game, busy) in [&north, &south].into_iter().zip(&mut busy) {
            game.world(|world| {
                world.pass(STEP);
                *busy += if world.has_players_online() {
                    STEP
                } else {
                    Duration::ZERO
                };
            });
        }
        sleep(STEP).await;
        passed += STEP;
    }

    let store = relay.store().clone();
    let unknown = tokio::task::spawn_blocking(move || store.unknown_lines())
        .await
        .unwrap();
    assert_eq!(
        unknown.unwrap(),
        [],
        "every line that the simulated game writes is understood"
    );
    assert_eq!(relay.stop().await, RelayEnd::Stopped);

    for (name, game, busy) in [("north", &north, busy[0]), ("south", &south, busy[1])] {
        let words = words(game);
        println!("{name}: {words:?}");
        for word in LUA_CLASS {
            assert!(!words.contains_key(word), "{name} was sent /{word}: {words:?}");
        }
        assert!(
            game.world(|world| world.achievements_are_on() && world.was_never_warned()),
            "{name}"
        );
        let probes = game.received().iter().filter(|received| received.id != 0).count();
        let minutes = |time: Duration| time.as_secs_f64() / 60.0;
        let most = minutes(DAY - busy) * MOST_IDLE + minutes(busy) * MOST_BUSY;
        println!("{name}: somebody there for {busy:?}, {probes} probes, at most {most}");
        assert!(
            (1_440.0..most).contains(&(probes as f64)),
            "{name}: {probes} probes in a day"
        );
        let logins = game.logins().len();
        assert!(
            logins <= 40,
            "{name}: one connection, made anew after each outage: {logins} logins"
        );
        assert_eq!(game.world(|world| world.log_fault().map(str::to_owned)), None);
    }
    let shown: usize = discord
        .messages()
        .iter()
        .map(|message| message.lines().count())
        .sum();
    println!("{shown} lines were shown");
    assert!(shown > 900, "{shown}");
    discord.assert_no_violations();
}
