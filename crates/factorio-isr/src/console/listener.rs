//! The task of one console: asks for its lines, and appends them to the spool.
//!
//! Owns the rhythm, and what becomes of lines between the socket and the disk: they are handed to the disk before the next
//! ones are asked for, and kept while the disk does not take them. Must not know what the lines say. Cannot fail: without
//! an answer it asks again.

use std::io;
use std::time::Duration;

use factorio_rcon::Session;
use factorio_rcon::session::{Console, Gap, Heard, Link};
use isr_core::source::{ServerTag, SourceId, Stream};
use isr_store::Store;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::spool::Spool;
use crate::config::HeardConsole;
use crate::metrics::{Metrics, ServerLabel};
use crate::supervisor::Stop;

/// How long an answer may take. A late one is not lost; the next poll brings it.
const PATIENCE: Duration = Duration::from_secs(10);
/// At a stop the answer that is on its way may take so long: what the game has handed out it never hands out again.
const LAST_ANSWER: Duration = Duration::from_secs(2);
/// The pause after a fault of the disk, and between two looks at how far the reader has come.
const PAUSE: Duration = Duration::from_secs(5);

/// Which console is heard, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListenerPlan {
    pub(super) tag: ServerTag,
    pub(super) heard: HeardConsole,
}

/// Hears one console.
#[derive(Debug)]
pub(super) struct Listener {
    plan: ListenerPlan,
    session: Session,
    store: Store,
    metrics: Metrics,
}

impl Listener {
    pub(super) const fn new(plan: ListenerPlan, session: Session, store: Store, metrics: Metrics) -> Self {
        Self {
            plan,
            session,
            store,
            metrics,
        }
    }

    /// Works until it is told to stop.
    pub(super) async fn run(&self, mut stop: Stop) {
        let Some(mut spool) = self.open(&mut stop).await else {
            return;
        };
        let mut console = self.session.console();
        let mut ticks = interval(self.plan.heard.poll_interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look_again = Instant::now();
        let mut is_heard = false;
        while !stop.is_stopping() {
            tokio::select! {
                () = stop.stopping() => return,
                _ = ticks.tick() => {}
            }
            if spool.is_large() && look_again <= Instant::now() {
                spool = self.make_room(spool).await;
                look_again = Instant::now() + PAUSE;
            }
            if spool.is_full() {
                // What is not asked for stays with the game, as long as the game keeps it.
                continue;
            }
            let Some(heard) = self.ask(&mut console, &mut stop).await else {
                continue;
            };
            if !std::mem::replace(&mut is_heard, true) {
                tracing::info!(server = %self.plan.tag, "console_heard: chat, joins and leaves come through RCON");
            }
            if let Some(gap) = heard.gap {
                self.tell_gap(gap);
            }
            if !heard.text.is_empty() {
                spool = self.keep(spool, heard.text, &mut stop).await;
            }
        }
    }

    /// One poll. A stop in the middle of it waits for what is on its way.
    async fn ask(&self, console: &mut Console, stop: &mut Stop) -> Option<Heard> {
        // Without a connection a poll would only wait in the queue.
        let is_up = *self.session.link().borrow() == Link::Up;
        if is_up {
            let poll = console.poll(PATIENCE);
            tokio::pin!(poll);
            let last_answer = async {
                stop.stopping().await;
                sleep(LAST_ANSWER).await;
            };
            tokio::select! {
                // The link tells when there was no answer, and why.
                heard = &mut poll => return heard.ok(),
                () = last_answer => {}
            }
        }
        console.received()
    }

    /// Brings lines to the disk, and does not give up before a stop: they exist nowhere else. Nothing more is asked for
    /// meanwhile.
    async fn keep(&self, mut spool: Spool, mut lines: Vec<u8>, stop: &mut Stop) -> Spool {
        let server = &self.plan.tag;
        let mut is_told = false;
        loop {
            // The last attempt is made after the stop, not only before it.
            let is_last = stop.is_stopping();
            let (kept, back, outcome) = blocking(move || {
                let outcome = spool.append(&lines);
                (spool, lines, outcome)
            })
            .await;
            let Err(error) = outcome else { return kept };
            if is_last {
                let lost = back.iter().filter(|byte| **byte == b'\n').count();
                tracing::error!(%server, %error, lost, "console_lines_lost: the disk took them not even at the stop");
                self.count_gaps(1);
                return kept;
            }
            if !std::mem::replace(&mut is_told, true) {
                tracing::error!(
                    %server, %error,
                    "console_not_kept: is there room in the state folder? It is tried again, nothing more is asked for"
                );
            }
            (spool, lines) = (kept, back);
            tokio::select! {
                () = stop.stopping() => {}
                () = sleep(PAUSE) => {}
            }
        }
    }

    /// Begins a new file when the reader has read a large one.
    async fn make_room(&self, mut spool: Spool) -> Spool {
        let (store, tag) = (self.store.clone(), self.plan.tag.clone());
        let (spool, renewed) = blocking(move || {
            let own = SourceId {
                server: tag,
                stream: Stream::Console,
            };
            let stored = store.checkpoints().unwrap_or_default();
            let own = stored.into_iter().filter(|(source, _)| *source == own);
            let positions: Vec<_> = own.map(|(_, position)| position).collect();
            let renewed = spool.renew(&positions);
            (spool, renewed)
        })
        .await;
        let server = &self.plan.tag;
        match renewed {
            Ok(true) => tracing::debug!(%server, "console_spool_renewed"),
            Ok(false) if spool.is_full() => {
                tracing::warn!(%server, "console_spool_full: nothing is asked for until it has been read");
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%server, %error, "console_spool_not_renewed: it is tried again"),
        }
        spool
    }

    async fn open(&self, stop: &mut Stop) -> Option<Spool> {
        let mut is_told = false;
        loop {
            let path = self.plan.heard.spool.clone();
            match blocking(move || Spool::open(&path)).await {
                Ok(spool) => return Some(spool),
                Err(error) => self.tell_unopened(&error, &mut is_told),
            }
            tokio::select! {
                () = stop.stopping() => return None,
                () = sleep(PAUSE) => {}
            }
        }
    }

    fn tell_unopened(&self, error: &io::Error, is_told: &mut bool) {
        if !std::mem::replace(is_told, true) {
            tracing::error!(
                server = %self.plan.tag, %error,
                "console_not_opened: may we write in the state folder? It is tried again"
            );
        }
    }

    fn count_gaps(&self, gaps: u64) {
        let label = ServerLabel {
            server: self.plan.tag.to_string(),
        };
        self.metrics.console_gaps.get_or_create(&label).inc_by(gaps);
    }

    fn tell_gap(&self, gap: Gap) {
        self.count_gaps(gap.lost_replies + gap.reconnects);
        if gap.lost_replies > 0 {
            tracing::warn!(
                server = %self.plan.tag, lost_replies = gap.lost_replies,
                "console_gap: the connection broke with an answer on its way; the lines in it are gone"
            );
        } else {
            tracing::info!(
                server = %self.plan.tag, reconnects = gap.reconnects,
                "console_gap: what the game said without a connection may be missing"
            );
        }
    }
}

/// Runs what waits for a disk, where it holds nobody up. It cannot be stopped, so nothing of it is lost.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // It panicked, or the program is over: so is this task, and the supervisor sees to it.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => std::future::pending().await,
        },
    }
}
