//! `factorio-isr run`: the daemon.
//!
//! Owns logging, signals and the exit code around [`Relay`]. SIGHUP loads the configuration anew. A second signal to
//! stop exits at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::Exit;
use super::following::Following;
use crate::config::{self, Loaded, Overrides, Refused, Surroundings, Target};
use crate::container;
use crate::logging::{self, LogStream};
use crate::relay::{Relay, RelayEnd, StartError};
use crate::reload::{Reloads, Wish};

/// Relays until a signal comes.
pub async fn run(surroundings: Surroundings, overrides: Overrides) -> Exit {
    // Before anything else: until then a SIGHUP would end the program.
    let signals = Signals::listen();
    let loaded = match config::load(&surroundings, &overrides) {
        Ok(loaded) => loaded,
        Err(refused) => return refuse(&refused),
    };
    start_logging(&loaded);
    announce(&loaded);
    let Ok(mut signals) = signals else {
        tracing::error!("signals_unavailable: the program could not be stopped in order");
        return Exit::Failed;
    };
    let mut relay = match Relay::start(&loaded.config).await {
        Ok(relay) => relay,
        Err(error) => return report(&error),
    };
    let mut ended = relay.ended();
    let mut wishes = relay.take_wishes();
    let mut reloads = Reloads::follow(surroundings, overrides, loaded.looked.clone());
    let mut following = Following::new(loaded);
    loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::Reload => reloads.load_now(),
                Asked::Stop(name) => {
                    tracing::info!(signal = name, "stopping");
                    break;
                }
            },
            () = ended.reached() => {
                tracing::error!("stopping: the reader ended");
                break;
            }
            Some(wish) = next_of(&mut wishes) => match wish {
                Wish::Reload(wish) => {
                    following.asked(wish);
                    reloads.load_now();
                }
                Wish::Places => relay.follow_places(following.config()),
            },
            reloaded = reloads.next() => following.heed(reloaded, &mut relay),
        }
    }
    tokio::select! {
        end = relay.stop() => match end {
            RelayEnd::Stopped => Exit::Clean,
            RelayEnd::Failed => Exit::Failed,
        },
        name = signals.stop() => {
            tracing::warn!(signal = name, "stopped_at_once: what was in flight is settled at the next start");
            Exit::Failed
        }
    }
}

/// The next wish, as long as any can come.
async fn next_of(wishes: &mut Option<mpsc::Receiver<Wish>>) -> Option<Wish> {
    match wishes {
        Some(wishes) => wishes.recv().await,
        None => std::future::pending().await,
    }
}

/// All problems, for people: the log may be somewhere else.
#[expect(clippy::print_stderr, reason = "the person who started the program reads it")]
fn refuse(refused: &Refused) -> Exit {
    eprintln!("factorio-isr: {refused}");
    for note in &refused.notes {
        eprintln!("\nnote: {note}");
    }
    Exit::Refused
}

fn start_logging(loaded: &Loaded) {
    let log = loaded.config.log;
    let shows_messages = loaded
        .config
        .servers
        .iter()
        .any(|server| server.target == Target::Terminal);
    let stream = if shows_messages {
        LogStream::Stderr
    } else {
        LogStream::Stdout
    };
    logging::start(log.level, log.format, stream);
}

fn announce(loaded: &Loaded) {
    let servers = loaded.config.servers.len();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), servers, "starting");
    for note in &loaded.notes {
        tracing::warn!(note = %note, "configuration_note");
    }
    if container::holds_state(&loaded.config.state_dir) {
        tracing::warn!(remedy = container::NOT_KEPT, "state_not_kept");
    }
    if loaded
        .config
        .servers
        .iter()
        .any(|server| server.target == Target::Terminal)
    {
        tracing::warn!(
            "no_webhook: messages are shown here; set DISCORD_WEBHOOK_URL to post them to Discord"
        );
    }
}

/// A refusal is a sentence on standard error, as for the configuration; the rest goes to the log.
#[expect(clippy::print_stderr, reason = "the person who started the program reads it")]
fn report(error: &StartError) -> Exit {
    let chain = logging::error_chain(error);
    if error.is_refusal() {
        eprintln!("factorio-isr: {chain}");
        Exit::Refused
    } else {
        tracing::error!(error = chain, "start_failed");
        Exit::Failed
    }
}

/// What a signal asks for.
enum Asked {
    Stop(&'static str),
    Reload,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop("SIGTERM"),
            _ = self.interrupt.recv() => Asked::Stop("SIGINT"),
            _ = self.hangup.recv() => Asked::Reload,
        }
    }

    async fn stop(&mut self) -> &'static str {
        loop {
            if let Asked::Stop(name) = self.next().await {
                return name;
            }
        }
    }
}
