//! A simulated Factorio server to develop against: RCON, logs, players, time. Never shipped.
//!
//! Owns the command line and real time. Everything that the server does is in `isr_testkit::rcon`.

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use isr_testkit::rcon::{FakeFactorio, Industry, Platform, SaveOutcome, SaveWay, Surface, World};
use isr_testkit::rng::Rng;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at};

/// How often the world is moved on.
const BEAT: Duration = Duration::from_millis(100);

/// A simulated Factorio server.
///
/// Lines on standard input are what the server's console takes: text is chat, a slash begins a command. Lines with an
/// exclamation mark steer the simulation: !join NAME, !leave NAME, !drop NAME, !desync NAME, !say NAME TEXT, !pass SECONDS,
/// !ups NUMBER (what the machine manages), !fail-saves, !crash, !stop, !start.
#[derive(Debug, Parser)]
#[command(name = "factorio-isr-sim", version)]
struct Options {
    /// Where RCON listens.
    #[arg(long, default_value = "127.0.0.1:27015")]
    listen: SocketAddr,
    /// The RCON password.
    #[arg(long, default_value = "simulated")]
    password: String,
    /// The folder for console.log, factorio-current.log and stdout.log (both together).
    #[arg(long)]
    logs: Option<PathBuf>,
    /// The version of the game: 1.1 and 2.0 differ in replies and Lua.
    #[arg(long, default_value = "2.0.77")]
    game_version: String,
    /// How many times faster than real time everything happens.
    #[arg(long, default_value = "1")]
    factor: NonZeroU64,
    /// The seed of the players' dice; another run with it is the same.
    #[arg(long)]
    seed: Option<u64>,
    /// Nobody comes by themselves.
    #[arg(long)]
    empty: bool,
    /// Go on without players.
    #[arg(long)]
    no_auto_pause: bool,
    /// The most updates per second that the machine manages.
    #[arg(long)]
    top_ups: Option<f64>,
    /// Minutes of play between two autosaves; 0 for none.
    #[arg(long, default_value = "10")]
    autosave: u64,
    /// How many seconds a save takes.
    #[arg(long, default_value = "1.5")]
    save_takes: f64,
    /// Stand still while saving.
    #[arg(long)]
    blocking_saves: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("factorio-isr-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> std::io::Result<()> {
    let game = FakeFactorio::start_at(options.listen, &options.password).await?;
    game.world(|world| prepare(world, &options));
    if let Some(folder) = &options.logs {
        game.write_logs(folder)?;
    }
    eprintln!(
        "RCON at {}, password {}, {} s a second",
        game.addr(),
        options.password,
        options.factor
    );
    let factor = u32::try_from(options.factor.get()).unwrap_or(u32::MAX);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut beat = interval_at(Instant::now() + BEAT, BEAT);
    let mut last = Instant::now();
    let mut lines = typed_lines();
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            now = beat.tick() => {
                let passed = now.saturating_duration_since(std::mem::replace(&mut last, now));
                game.world(|world| world.pass(passed.saturating_mul(factor)));
            }
            // Once standard input has ended the game goes on without it.
            Some(line) = lines.recv() => {
                if !obey(&game, &line).await? {
                    break;
                }
            }
        }
    }
    game.shut_down().await;
    game.world(|world| world.log_fault().map(str::to_owned))
        .map_or(Ok(()), |fault| Err(std::io::Error::other(fault)))
}

fn prepare(world: &mut World, options: &Options) {
    world.version.clone_from(&options.game_version);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    world.set_date(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    world.auto_pause = !options.no_auto_pause;
    world.industry = Industry::Busy;
    world.top_ups = options.top_ups.unwrap_or(f64::INFINITY);
    world.autosave.every = Duration::from_secs(options.autosave * 60);
    world.autosave.takes = Duration::try_from_secs_f64(options.save_takes).unwrap_or_default();
    if options.blocking_saves {
        world.autosave.way = SaveWay::Blocking;
    }
    if !options.game_version.starts_with("1.") {
        world.surfaces.push(Surface {
            name: "Gleba".into(),
            evolution: 0.0,
        });
        world.platforms.push(Platform {
            name: "Ferry".into(),
            location: None,
            speed: 1.5,
        });
    }
    if !options.empty {
        let seed = options.seed.unwrap_or(now.as_secs());
        eprintln!("the players' dice: --seed {seed}");
        world.invite_visitors(Rng::new(seed));
    }
}

/// The lines of standard input, read by a thread of their own. It ends with the program.
fn typed_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// Does what a line of standard input says; false when that ends the program.
async fn obey(game: &FakeFactorio, line: &str) -> std::io::Result<bool> {
    let Some(order) = line.strip_prefix('!') else {
        if let Some(reply) = game.world(|world| world.run(line)) {
            eprint!("{reply}");
            return Ok(true);
        }
        // `/quit`, or a game that is down already.
        return Ok(false);
    };
    let (word, rest) = order.split_once(' ').unwrap_or((order, ""));
    match word {
        "crash" => {
            game.crash("The mod example caused a non-recoverable error.")
                .await
        }
        "stop" => game.shut_down().await,
        "start" => game.boot().await?,
        _ => game.world(|world| steer(world, word, rest)),
    }
    Ok(true)
}

fn steer(world: &mut World, word: &str, rest: &str) {
    match word {
        "join" => {
            if let Err(reason) = world.knock(rest) {
                eprintln!("{rest} was turned away: {reason}");
            }
        }
        "leave" => world.leave(rest),
        "drop" => world.lose_connection(rest),
        "desync" => world.desync(rest),
        "say" => {
            if let Some((name, text)) = rest.split_once(' ') {
                world.chat(name, text);
            }
        }
        "pass" => world.pass(Duration::from_secs(rest.parse().unwrap_or(0))),
        "ups" => world.top_ups = rest.parse().unwrap_or(f64::INFINITY),
        "fail-saves" => world.autosave.outcome = SaveOutcome::Failed,
        _ => eprintln!("no such order; see --help"),
    }
}
