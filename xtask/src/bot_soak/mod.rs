//! `cargo xtask bot-soak`: the real binary with its bot and many games under faults of the gateway, of Discord's API and of
//! RCON, killed and stopped, while both sides talk; then a verdict.
//!
//! Owns the run: players and people side by side with the fault player, then calm, drain and judgement. What games say has
//! to be posted once, what Discord says has to be said once ([`talk`]). In the second half of a long run the program is not
//! restarted, so that growth within one life can be seen.

mod faults;
mod games;
mod people;
mod talk;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use isr_testkit::discord::Limits;

use crate::figures::{self, BotSoakResult};
use crate::judged::{Judged, LONG, Length};
use crate::relay::PATIENCE;
use crate::soak::samples::Samples;
use crate::stage::Stage;
use faults::{HEARTBEAT, Player};
use games::{Games, Life};
use people::{People, Writing};
use talk::Talk;

/// A hundred lanes of a program that was refused often enough wait for their turn: what may be refused in ten minutes is
/// bounded for the sake of the address.
const STALLED: Duration = Duration::from_secs(660);

/// What the program logs of its chat.
const CHAT: &str = "\"event\":\"chat_";
/// … of a message that was not said, …
const NOT_SAID: &str = "chat_not_said";
/// … and where it does not know what was written.
const UNKNOWN: &str = "chat_missed_unknown";

/// Options of `cargo xtask bot-soak`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    length: Length,
    /// Games, each with a channel of its own.
    #[arg(long, default_value_t = 100, value_name = "N")]
    servers: u16,
    /// Lines per second that players say, all games together.
    #[arg(long, default_value_t = 15, value_name = "N")]
    rate: u32,
    /// Messages per second that people write, all channels together.
    #[arg(long, default_value_t = 10, value_name = "N")]
    chat: u32,
    #[command(flatten)]
    judged: Judged,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    ensure!(options.servers > 0, "at least one server is needed");
    let build = options.length.build();
    let length = options.length.span();
    let program = options.judged.program(build)?;
    let rng = options.judged.rng();
    let seed = rng.seed();
    println!(
        "bot soak: {} s, {} servers, {} lines/s, {} messages/s, {} build, seed {seed}",
        length.as_secs(),
        options.servers,
        options.rate,
        options.chat,
        build.name()
    );
    let limits = Limits {
        channel: None,
        ..Limits::default()
    };
    let mut stage = Stage::build(&program.path(), options.servers, seed, limits).await?;
    stage.listen_for(CHAT);
    let talk = Talk::default();
    let games = Games::start(options.servers, &stage.relay, &stage.judge, &talk).await?;
    let people = People::new(stage.discord.gateway(), &talk, options.servers);
    begin(&mut stage, &games, &people).await?;

    let life = Life::begin(&games, options.rate, rng.fork(2));
    let writing = Writing::begin(&people, options.chat, rng.fork(3));
    let mut player = Player::new(games.clone(), people.clone(), rng.fork(1), build);
    let samples = play(&mut stage, &mut player, &talk, length).await?;
    println!("faults end: {}", player.played());
    player.calm(&mut stage).await?;
    writing.end().await?;
    let next = life.end().await?;
    hear_all(&people, options.servers).await?;
    stage.drain(STALLED).await;
    stage
        .prove_alive(u64::from(options.servers), async || {
            (0..).zip(&next).for_each(|(number, id)| games.say(number, *id));
            Ok(())
        })
        .await?;

    let mut verdict = stage.verdict().await?;
    tell_unsaid(&stage, &talk);
    let gateway = stage.discord.gateway().clone();
    let said = talk.report(|message| !gateway.reactions(message).is_empty());
    verdict.faults.extend(said.faults());
    if said.lost > 0 {
        let unknown = stage.told().iter().filter(|line| line.contains(UNKNOWN));
        unknown.for_each(|line| println!("  {line}"));
    }
    verdict.faults.extend(games.faults());
    let broken = gateway.look(|seen| {
        seen.violations
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    });
    verdict.faults.extend(broken);
    if verdict.report.dup > 0 {
        let dup = verdict.report.dup;
        verdict.faults.push(format!("the bot posted {dup} lines twice"));
    }
    if stage.judge.echoes() > 0 {
        let echoes = stage.judge.echoes();
        verdict
            .faults
            .push(format!("{echoes} messages of Discord came back to it"));
    }
    let growth = samples.growth();
    println!("{growth}");
    if length >= LONG {
        verdict.faults.extend(growth.complaints());
        verdict.faults.extend(player.omitted());
    }
    if options.judged.is_of_this_source() {
        figures::save(&BotSoakResult {
            seconds: length.as_secs(),
            build: build.name().to_owned(),
            servers: options.servers,
            faults: player.played().total(),
            kills: stage.lives.kills,
            stops: stage.lives.stops,
            talk: said.to_string(),
            growth: growth.to_string(),
            verdict: (&verdict).into(),
            seed,
        })?;
    }
    println!(
        "program: {:?}; gateway: {}; Discord: {:?}\n{said}",
        stage.lives,
        gateway.look(ToString::to_string),
        stage.discord.counters()
    );
    verdict.proclaim(seed)
}

/// Starts the program with its bot, and lets every game hear one message: from then on nothing may be missed.
async fn begin(stage: &mut Stage, games: &Games, people: &People) -> Result<()> {
    let gateway = stage.discord.gateway().clone();
    gateway.set_interval(HEARTBEAT);
    let yaml = format!(
        "health: {{ host: 127.0.0.1, port: 0 }}\nbot: {{ token: {}, api: '{}' }}\n\
         defaults: {{ card: off, alerts: off }}\n{}",
        gateway.token(),
        stage.proxy.through(&stage.discord.api()),
        games.configuration(&stage.relay)?
    );
    stage.relay.configure(yaml.as_bytes())?;
    stage.start().await?;
    let (running, _) = stage.running().context("the program does not run")?;
    running
        .wait_for_metric("factorio_up", u64::from(games.count()), PATIENCE)
        .await?;
    gateway.wait_until_joined(PATIENCE).await?;
    hear_all(people, games.count()).await
}

/// Writes in every channel until each game was told something that was written after this was called. A game may just be
/// coming back: what is written to it then is told to be unsaid, and somebody writes again.
async fn hear_all(people: &People, servers: u16) -> Result<()> {
    const TRIES: u32 = 12;
    const A_WHILE: Duration = Duration::from_secs(10);
    let mut deaf: Vec<u16> = (0..servers).collect();
    for _ in 0..TRIES {
        let written: Vec<(u16, u64)> = deaf
            .iter()
            .map(|server| (*server, people.write(*server)))
            .collect();
        let begun = Instant::now();
        while begun.elapsed() < A_WHILE {
            let is_deaf = |(server, number): &&(u16, u64)| !people.talk().is_said(*server, *number);
            deaf = written
                .iter()
                .filter(is_deaf)
                .map(|(server, _)| *server)
                .collect();
            if deaf.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    bail!("games were not told what Discord says although all is well: {deaf:?}")
}

/// One fault after the other until the time is over.
async fn play(stage: &mut Stage, player: &mut Player, talk: &Talk, length: Duration) -> Result<Samples> {
    let begun = Instant::now();
    let mut samples = Samples::default();
    let mut shown = Instant::now();
    while begun.elapsed() < length {
        let one_life = length >= LONG && begun.elapsed() >= length / 2;
        samples.take(begun.elapsed(), one_life, stage);
        player.rest().await;
        let fault = player.choose(one_life, stage.discord.gateway());
        player
            .play(fault, stage)
            .await
            .with_context(|| format!("during the fault {fault:?}"))?;
        if shown.elapsed() > Duration::from_secs(10) {
            shown = Instant::now();
            println!(
                "  {:>5} s: {} delivered, {} said, {} faults, last {fault:?}",
                begun.elapsed().as_secs(),
                stage.judge.delivered(),
                talk.count_said(),
                player.played().total()
            );
        }
    }
    Ok(samples)
}

/// Hands on what the program logged until now of messages that were not said.
fn tell_unsaid(stage: &Stage, talk: &Talk) {
    let lines = stage.told().iter().filter(|line| line.contains(NOT_SAID));
    for (server, id) in lines.filter_map(|line| message_of(line)) {
        talk.told_unsaid(server, id);
    }
}

/// The server and the message that a line of the program's log is about.
fn message_of(line: &str) -> Option<(u16, u64)> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let field = |name: &str| line.get(name).or_else(|| line.get("fields")?.get(name));
    let server = field("server")?.as_str()?.strip_prefix('s')?.parse().ok()?;
    let id = field("id")?;
    let id = id.as_u64().or_else(|| id.as_str()?.parse().ok())?;
    Some((server, id))
}
