//! The bot: how soon Discord has an answer, how soon a game has what Discord says, and what the bot costs at rest.
//!
//! Owns the scene of 200 games, each with a channel, and the load: commands of everybody at a steady pace while lines pour
//! into the logs. Times are taken in the fake Discord, which knows when it told an interaction and when the answer came.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use isr_testkit::discord::FakeDiscord;
use isr_testkit::discord::gateway::{CommandCall, FakeGateway, PersonCard, message_create};
use isr_testkit::log::LogWriter;
use isr_testkit::log::noise::Noise;
use isr_testkit::rcon::FakeFactorio;
use isr_testkit::rng::Rng;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::footprint;
use super::quantiles::Quantiles;
use super::{Bench, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay, Running};

const SERVERS: usize = 200;
const PASSWORD: &str = "bench";
const GUILD: u64 = 1_000_000_000_000_000_001;
const FIRST_CHANNEL: u64 = 300_000_000_000_000_001;
/// Discord's bit for those who may do everything.
const ADMINISTRATOR: u64 = 1 << 3;

/// Commands come this far apart.
const PACE: Duration = Duration::from_millis(5);
const ACKNOWLEDGED_P99: Duration = Duration::from_millis(50);
/// While games hang, commands come this far apart …
const HANGING_PACE: Duration = Duration::from_millis(16);
/// … and after so many the games wake up: longer than Discord waits, and fewer than the bot works at together.
const HANGING_TOGETHER: usize = 200;
const ACKNOWLEDGED_AT_MOST: Duration = Duration::from_millis(2_500);
const SAID_P50: Duration = Duration::from_millis(5);

/// Lines of noise in each burst, and the pause between two.
const BURST: usize = 20;
const BURST_PAUSE: Duration = Duration::from_millis(10);
/// One burst in so many ends with a line that is posted.
const POSTED: u64 = 5;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let scene = Scene::build(bench).await?;
    let running = scene.start().await?;
    let busy = BusyLogs::start(&scene)?;
    let mut calls = Calls::default();
    let answered = scene
        .quick(&mut calls, bench.effort.rounds(10_000, 1_000))
        .await?;
    let hanging = scene
        .hanging(&mut calls, bench.effort.rounds(10_000, 400))
        .await?;
    busy.stop().await?;
    let said = scene.say(bench.effort.rounds(400, 100)).await?;
    running.stop().await?;
    scene.discord.assert_no_violations();
    Ok(vec![
        Figure::new(
            "a command on Discord answered or acknowledged, 200 servers, busy logs",
            "p99 ≤ 50 ms",
            answered.to_string(),
            Met::when(answered.p99() <= ACKNOWLEDGED_P99),
        ),
        Figure::new(
            "the same while all games hang",
            "none above 2.5 s",
            hanging.to_string(),
            Met::when(hanging.max() <= ACKNOWLEDGED_AT_MOST),
        ),
        Figure::new(
            "a message on Discord to its line at the game's RCON",
            "p50 ≤ 5 ms",
            said.to_string(),
            Met::when(said.median() <= SAID_P50),
        ),
    ])
}

/// A bot with one game and nothing to do.
pub(super) async fn idle(bench: &Bench) -> Result<Vec<Figure>> {
    let scene = Scene::build_with(bench, 1).await?;
    let running = scene.start().await?;
    LogWriter::open(scene.relay.log(0))?.chat("Ada", "the only line")?;
    scene.discord.wait_for_text("the only line", PATIENCE).await?;
    let rest = footprint::rest(&running, bench.effort).await?;
    running.stop().await?;
    Ok(vec![
        Figure::new(
            "idle with bot and RCON: resident",
            "≤ 20 MiB",
            rest.memory(),
            Met::when(rest.resident <= 20.0),
        ),
        Figure::new(
            "idle with bot and RCON: share of a core",
            "≤ 0.2 %",
            rest.processor(),
            Met::when(rest.share <= 0.2),
        ),
    ])
}

/// A Discord with a bot, and games whose channels are its channels.
struct Scene {
    discord: FakeDiscord,
    games: Vec<FakeFactorio>,
    relay: Relay,
}

impl Scene {
    async fn build(bench: &Bench) -> Result<Self> {
        Self::build_with(bench, SERVERS).await
    }

    async fn build_with(bench: &Bench, servers: usize) -> Result<Self> {
        let (discord, _) = unlimited_discord(0).await?;
        let relay = Relay::new(&bench.program, &[])?;
        let mut games = Vec::with_capacity(servers);
        for _ in 0..servers {
            games.push(FakeFactorio::start(PASSWORD).await?);
        }
        let scene = Self {
            discord,
            games,
            relay,
        };
        scene.relay.configure(scene.configuration()?.as_bytes())?;
        Ok(scene)
    }

    fn configuration(&self) -> Result<String> {
        let mut yaml = format!(
            "health: {{ host: 127.0.0.1, port: 0 }}\nbot: {{ token: {}, api: '{}' }}\n\
             defaults: {{ card: off, alerts: off }}\nservers:\n",
            self.gateway().token(),
            self.discord.api()
        );
        for (number, game) in self.games.iter().enumerate() {
            let (log, port) = (self.relay.log(number), game.addr().port());
            fs::create_dir_all(log.parent().context("a log has a folder")?)?;
            fs::write(&log, "")?;
            writeln!(
                yaml,
                "  s{number}: {{ log_path: '{}', game_log: off, event_channel_id: {}, \
                 rcon: {{ host: 127.0.0.1, port: {port}, password: {PASSWORD} }} }}",
                log.display(),
                channel(number)
            )?;
        }
        Ok(yaml)
    }

    fn gateway(&self) -> &FakeGateway {
        self.discord.gateway()
    }

    async fn start(&self) -> Result<Running> {
        let running = self.relay.start().await?;
        running
            .wait_for_metric("factorio_up", self.games.len() as u64, PATIENCE)
            .await?;
        self.gateway().wait_until_joined(PATIENCE).await?;
        let begun = Instant::now();
        while self.gateway().commands(Some(GUILD)).is_null() {
            ensure!(begun.elapsed() < PATIENCE, "the commands were never registered");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(running)
    }

    /// Commands at a steady pace, to games that answer at once.
    async fn quick(&self, calls: &mut Calls, rounds: usize) -> Result<Quantiles> {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            pace.tick().await;
            told.push(self.call(calls));
        }
        self.answers(&told).await
    }

    /// Commands that all ask games which do not answer for longer than Discord waits.
    async fn hanging(&self, calls: &mut Calls, rounds: usize) -> Result<Quantiles> {
        let mut told = Vec::with_capacity(rounds);
        while told.len() < rounds {
            self.games.iter().for_each(FakeFactorio::begin_save);
            let wake = Instant::now() + HANGING_PACE * u32::try_from(HANGING_TOGETHER)?;
            let first = told.len();
            let mut pace = interval(HANGING_PACE);
            for _ in 0..HANGING_TOGETHER.min(rounds - first) {
                pace.tick().await;
                told.push(self.question(calls));
            }
            // The first of them is kept waiting for so long.
            sleep_until(wake).await;
            self.games.iter().for_each(FakeFactorio::end_save);
            for id in &told[first..] {
                self.gateway()
                    .wait_for_dialogue(*id, PATIENCE, |dialogue| dialogue.shown.is_some())
                    .await
                    .context("what the game said was never told")?;
            }
        }
        self.answers(&told).await
    }

    /// One use of a command: mostly questions, some that need no game, some changes.
    fn call(&self, calls: &mut Calls) -> u64 {
        match calls.next % 10 {
            0 => self.tell(calls, "status", &json!([])),
            1 | 2 => self.tell(
                calls,
                "mute",
                &json!([{"name": "player", "type": 3, "value": "alice"}]),
            ),
            _ => self.question(calls),
        }
    }

    fn question(&self, calls: &mut Calls) -> u64 {
        let target = json!([{"name": "target", "type": 3, "value": "nauvis"}]);
        self.tell(calls, "evolution", &target)
    }

    fn tell(&self, calls: &mut Calls, name: &str, options: &Value) -> u64 {
        let (id, place) = calls.fresh(self.games.len());
        // A person each, for nobody may ask so often.
        let person = PersonCard {
            permissions: ADMINISTRATOR,
            ..PersonCard::new(1_000_000 + id, "ann")
        };
        let call = CommandCall {
            id,
            token: format!("{id}-interaction-token"),
            application: 111_122_223_333_444_455,
            guild: GUILD,
            channel: channel(place),
            person,
            name: "factorio".to_owned(),
            options: json!([{"name": name, "type": 1, "options": options}]),
        };
        self.gateway().dispatch("INTERACTION_CREATE", &call.event());
        id
    }

    /// From the moment at which Discord told each interaction to the first answer.
    async fn answers(&self, told: &[u64]) -> Result<Quantiles> {
        let mut times = Vec::with_capacity(told.len());
        for id in told {
            self.gateway()
                .wait_for_dialogue(*id, PATIENCE, |dialogue| dialogue.answer.is_some())
                .await
                .context("an interaction was never answered")?;
            let dialogue = self.gateway().dialogue(*id);
            let answered = dialogue.and_then(|dialogue| Some((dialogue.asked, dialogue.answer?.0)));
            let (asked, answered) = answered.context("an interaction is not known")?;
            times.push(answered - asked);
        }
        Ok(Quantiles::of(times))
    }

    /// People write, one after the other, each in another game's channel.
    async fn say(&self, rounds: usize) -> Result<Quantiles> {
        let mut times = Vec::with_capacity(rounds);
        for round in 0..rounds {
            let (place, text) = (round % self.games.len(), format!("round{round}x"));
            let person = PersonCard {
                nick: Some("Bob".into()),
                ..PersonCard::new(5_000_000 + round as u64, "bob")
            };
            let id = 2_000_000_000 + round as u64;
            let message = message_create(id, GUILD, channel(place), &person, &text);
            let begun = Instant::now();
            self.gateway().dispatch("MESSAGE_CREATE", &message);
            self.games[place]
                .wait_for_command(&format!("[Discord] Bob: {text}"), PATIENCE)
                .await?;
            times.push(begun.elapsed());
            sleep(PACE).await;
        }
        Ok(Quantiles::of(times))
    }
}

fn channel(place: usize) -> u64 {
    FIRST_CHANNEL + place as u64
}

/// Numbers of interactions.
#[derive(Default)]
struct Calls {
    next: u64,
}

impl Calls {
    /// The number of an interaction, and the game that is meant.
    fn fresh(&mut self, games: usize) -> (u64, usize) {
        let number = self.next;
        self.next += 1;
        (1 + number, usize::try_from(number).unwrap_or(0) % games)
    }
}

/// Lines that pour into all logs in turn.
struct BusyLogs {
    over: Arc<AtomicBool>,
    writing: JoinHandle<Result<()>>,
}

impl BusyLogs {
    fn start(scene: &Scene) -> Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let logs = (0..scene.games.len()).map(|place| LogWriter::open(scene.relay.log(place)));
        let mut logs = logs.collect::<Result<Vec<_>, _>>()?;
        let is_over = Arc::clone(&over);
        let writing = tokio::spawn(async move {
            let mut noise = Noise::new(Rng::new(4));
            let mut burst: u64 = 0;
            while !is_over.load(Ordering::Relaxed) {
                let place = usize::try_from(burst)? % logs.len();
                for line in noise.by_ref().take(BURST) {
                    logs[place].line(&line)?;
                }
                if burst.is_multiple_of(POSTED) {
                    logs[place].chat("Ada", &format!("burst{burst}x"))?;
                }
                burst += 1;
                // The pace of the load, not a wait for anything.
                sleep(BURST_PAUSE).await;
            }
            Ok(())
        });
        Ok(Self { over, writing })
    }

    async fn stop(self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        self.writing.await.context("the writer of the logs panicked")?
    }
}
