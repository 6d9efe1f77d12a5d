//! Posts deliveries of the past for `replay --send`, through a lane of its own.
//!
//! Owns a temporary outbox and the progress line. It uses the daemon's lane and limiter, so Discord's limits and the
//! order hold; the daemon's own state is never touched. Fails where no temporary folder can be made.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use isr_core::delivery::{Destination, NewDelivery};
use isr_store::{IngestBatch, Opened, OutboxCaps, Store, StoreOptions};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::sync::mpsc::Receiver;

use super::lane::LaneSurroundings;
use super::plan::{self, Outlets};
use crate::commands::Exit;
use crate::config::{Config, Server};
use crate::logging;
use crate::metrics::Metrics;
use crate::status::{DestinationState, Status};
use crate::supervisor::{Restarts, Supervisor, stop_pair};

/// Deliveries come, and are put into the outbox, in portions of this size.
pub const PORTION: usize = 2000;
/// Tells a terminal to clear what an earlier, longer line left behind.
const CLEAR_REST: &str = "\x1b[K";
/// How often the progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Deliveries that wait in an outbox of their own.
#[derive(Debug)]
pub struct Backfill {
    store: Store,
    waiting: u64,
    /// Deliveries for other destinations of the server (admins, routes): they are not posted.
    left_out: u64,
    _folder: Folder,
}

impl Backfill {
    /// Puts all that arrives for the server's own destination into a temporary outbox.
    ///
    /// # Errors
    /// In words, when there is no room for the outbox.
    pub async fn gather(server: &Server, mut arriving: Receiver<Vec<NewDelivery>>) -> Result<Self, String> {
        let folder = Folder::new().map_err(|error| format!("no temporary folder: {error}"))?;
        let options = StoreOptions {
            // The disk is the only limit: the person asked for the whole log.
            caps: OutboxCaps {
                rows: u64::MAX,
                bytes: u64::MAX,
                ..OutboxCaps::default()
            },
            ..StoreOptions::new(&folder.0)
        };
        let opened = tokio::task::spawn_blocking(move || Store::open(options)).await;
        let Opened { store, .. } = opened
            .map_err(|error| error.to_string())?
            .map_err(|error| logging::error_chain(&error))?;
        let mut gathered = Self {
            store,
            waiting: 0,
            left_out: 0,
            _folder: folder,
        };
        let wanted = server.target.destination();
        while let Some(portion) = arriving.recv().await {
            gathered.put(portion, &wanted).await?;
        }
        Ok(gathered)
    }

    async fn put(&mut self, mut portion: Vec<NewDelivery>, wanted: &Destination) -> Result<(), String> {
        let all = portion.len();
        portion.retain(|row| row.destination == *wanted);
        self.left_out += (all - portion.len()) as u64;
        self.waiting += portion.len() as u64;
        // What gives deliveries up by age counts from here.
        let seen_ms = Timestamp::now().as_millisecond();
        portion.iter_mut().for_each(|row| row.seen_ms = seen_ms);
        let batch = IngestBatch {
            deliveries: portion,
            ..IngestBatch::default()
        };
        let committed = self.store.commit(batch).await;
        committed.map(drop).map_err(|error| logging::error_chain(&error))
    }

    /// Posts everything, in order, and shows how far it is.
    pub async fn send(self, config: &Config, server: &Server) -> Exit {
        if self.left_out > 0 {
            say(&format!(
                "{} lines for other channels are not sent",
                self.left_out
            ));
        }
        let exit = if self.waiting == 0 {
            say("nothing to send");
            Exit::Clean
        } else {
            self.post(config, server).await
        };
        let _it_is_removed_anyway = self.store.close().await;
        exit
    }

    async fn post(&self, config: &Config, server: &Server) -> Exit {
        let (metrics, _registry) = Metrics::new();
        let status = Status::new([], Restarts::default());
        let (trigger, stop) = stop_pair();
        let mut supervisor = Supervisor::new(stop.clone(), Restarts::default());
        let around = LaneSurroundings {
            store: self.store.clone(),
            news: Arc::new(Notify::new()),
            status: status.clone(),
            metrics: metrics.clone(),
            stop,
            leaves: None,
        };
        let wanted = server.target.destination();
        let lane = plan::lanes(config, &[])
            .into_iter()
            .find(|lane| lane.options.destination == wanted);
        let Some(lane) = lane else {
            return failed("the configuration has no lane for this webhook");
        };
        let label = lane.options.label.clone();
        lane.start(&mut supervisor, around, None, &Outlets::default());
        let exit = watch(&metrics, &status, &label, self.waiting).await;
        trigger.stop();
        supervisor
            .join(tokio::time::Instant::now() + config.limits.stop_grace)
            .await;
        exit
    }
}

/// Says why nothing (more) is sent.
pub fn failed(why: &str) -> Exit {
    say(why);
    Exit::Failed
}

/// Waits until all is settled, Ctrl-C comes, or the destination is given up.
async fn watch(metrics: &Metrics, status: &Status, label: &str, all: u64) -> Exit {
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let mut told = None;
    loop {
        let (sent, given_up) = (metrics.delivered_in_all(), metrics.given_up_in_all());
        let state = status.destination(label);
        let trouble = match state {
            Some(DestinationState::Retrying(why) | DestinationState::Parked(why)) => Some(why),
            _ => None,
        };
        progress(sent + given_up, all, trouble, &mut told);
        if sent + given_up >= all {
            finish_line();
            say(&match given_up {
                0 => format!("{sent} of {all} lines sent"),
                refused => format!("{sent} of {all} lines sent, {refused} refused by Discord"),
            });
            return if given_up == 0 { Exit::Clean } else { Exit::Failed };
        }
        if let Some(DestinationState::Dead(why)) = state {
            finish_line();
            return failed(&format!("stopped after {sent} of {all} lines: {why}"));
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = &mut interrupted => {
                finish_line();
                return failed(&format!("stopped after {sent} of {all} lines"));
            }
        }
    }
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn say(text: &str) {
    eprintln!("factorio-isr replay: {text}");
}

/// A bar on a terminal; elsewhere only a sentence for each new trouble.
fn progress(done: u64, all: u64, trouble: Option<&'static str>, told: &mut Option<&'static str>) {
    const WIDTH: u64 = 30;
    let mut out = std::io::stderr();
    if !out.is_terminal() {
        if trouble.is_some() && trouble != *told {
            say(&format!("{}; trying again", trouble.unwrap_or_default()));
            *told = trouble;
        }
        return;
    }
    let filled = usize::try_from(done * WIDTH / all.max(1)).unwrap_or(0);
    let rest = usize::try_from(WIDTH).unwrap_or(0).saturating_sub(filled);
    let trouble = trouble
        .map(|why| format!(" ({why}; trying again)"))
        .unwrap_or_default();
    let _a_bar_that_cannot_be_shown_is_no_loss = write!(
        out,
        "\r[{}{}] {done}/{all} lines{trouble}{CLEAR_REST}",
        "█".repeat(filled),
        "·".repeat(rest)
    )
    .and_then(|()| out.flush());
}

fn finish_line() {
    if std::io::stderr().is_terminal() {
        let _only_looks = writeln!(std::io::stderr());
    }
}

/// A folder that goes away at the end.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let moment = Timestamp::now().as_nanosecond();
        let folder =
            std::env::temp_dir().join(format!("factorio-isr-replay-{}-{moment}", std::process::id()));
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind_in_the_temporary_folder = std::fs::remove_dir_all(&self.0);
    }
}
