//! The relay: everything between the logs and Discord, started and stopped in order.
//!
//! Owns the assembly of store, lanes, HTTP endpoint, games and reader from a configuration. Start: store, lanes, HTTP,
//! games, reader; stop: consoles, reader, games and lanes, store. Must not know signals or the command line. Fails to start with a [`StartError`] that
//! names the remedy.

pub mod attendance;
pub mod audits;
pub mod backfill;
pub mod compose;
mod digest;
pub mod discord_sink;
pub mod handover;
pub mod lane;
pub(crate) mod lanes;
pub mod log_alerts;
pub(crate) mod moment;
mod notices;
mod personal;
pub mod plan;
pub mod reader;
mod recaps;
pub mod rules;
mod signs;
pub mod sink;
pub mod source;
pub mod terminal;
pub mod translate;
pub(crate) mod upkeep;
pub mod watches;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use isr_core::source::{Checkpoint, SourceId};
use isr_store::{
    CommitError, IngestBatch, OpenReport, Opened, Store, StoreError, StoreHistory, StoreOptions,
};
use isr_tail::{Events, Waiter, WakeHandle};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::bot::chat::{self, Echoes};
use crate::bot::linking::Links;
use crate::bot::watching::{Keeper, KeeperWorld, Openings, Watchers};
use crate::bot::{BotLock, BotWorld, Bots, Desk, Taken};
use crate::config::{Config, TestMessage};
use crate::console::Consoles;
use crate::game::{Board, GameWorld, Games};
use crate::http::{self, Shown};
use crate::metrics::Metrics;
use crate::posts::{Posts, PostsWorld, Refreshes, Works};
use crate::reload::{Wish, wishes};
use crate::status::Status;
use crate::supervisor::{Restarts, StopTrigger, Supervisor, stop_pair};

use audits::Audits;
use digest::Voices;
use lanes::{Bells, LaneWorld, Lanes};
use plan::Outlets;
use reader::{OrderDesk, Reader, ReaderEnd, ReaderSurroundings, order_desk};
use recaps::Recaps;

pub use plan::{known_corrections, rules, translator};

/// Why the relay cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port of the HTTP endpoint cannot be had.
    #[error(
        "cannot listen on port {port}: another program has it, or the address is not ours; set HEALTH_CHECK_PORT"
    )]
    Port {
        /// The port.
        port: u16,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another copy speaks for the bot.
    #[error(transparent)]
    Bot(#[from] Taken),
    /// The stored positions cannot be read.
    #[error("cannot read the stored positions: start again, a damaged store is then moved aside")]
    Positions(#[source] CommitError),
    /// The system gives no thread, descriptor or watch.
    #[error("cannot start the log reader: are there threads and descriptors left?")]
    Reader(#[source] std::io::Error),
}

impl StartError {
    /// Whether the configuration or the state is refused (exit code 78).
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::Store(error) => error.is_refusal(),
            Self::Port { .. } | Self::Bot(_) => true,
            Self::Positions(_) | Self::Reader(_) => false,
        }
    }
}

/// How the relay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayEnd {
    /// In order.
    Stopped,
    /// The disk failed to sync; the next start reconciles.
    Failed,
}

/// Told when the reader ends by itself.
#[derive(Debug, Clone)]
pub struct Ended {
    receiver: watch::Receiver<bool>,
}

impl Ended {
    /// Waits until the reader has ended.
    pub async fn reached(&mut self) {
        let _closed_counts_too = self.receiver.wait_for(|ended| *ended).await;
    }
}

/// A running relay.
#[derive(Debug)]
pub struct Relay {
    store: Store,
    status: Status,
    metrics: Metrics,
    supervisor: Supervisor,
    lanes: Lanes,
    games: Games,
    consoles: Consoles,
    posts: Posts,
    bots: Bots,
    works: Works,
    echoes: Echoes,
    watchers: Watchers,
    links: Links,
    recaps: Recaps,
    audits: Audits,
    voices: Voices,
    desk: OrderDesk,
    wishes: Option<mpsc::Receiver<Wish>>,
    stop: StopTrigger,
    reader: JoinHandle<ReaderEnd>,
    reader_stop: Arc<AtomicBool>,
    reader_wake: WakeHandle,
    ended: watch::Receiver<bool>,
    grace: Duration,
}

impl Relay {
    /// Starts everything. Discord being down delays nothing.
    ///
    /// # Errors
    /// [`StartError`] when the store refuses, the port is taken, or the system is out of resources.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        // Before anything is posted.
        let bot = config.bot.as_ref();
        let bot_lock = bot.map(|bot| BotLock::take(&bot.account)).transpose()?;
        let (store, report, stored) = open_store(plan::store_options(config)).await?;
        plan::log_report(&report);
        // Once, before the first command: later a command without an end is one that waits for its answer.
        if let Err(error) = store.end_unended(moment::now_ms()).await {
            tracing::warn!(%error, "audit_ends_not_kept: they are added at the next start");
        }
        let watchers = Watchers::default();
        watchers.follow(config);
        if let Err(error) = watchers.refresh(&store).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "watches_not_read: nobody is told anything before the next change of them"
            );
        }
        let links = Links::default();
        if let Err(error) = links.refresh(&store).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "links_not_read: nobody is a player before the next change of them"
            );
        }
        let personal = plan::personal_places(config, &watchers.channels(moment::now_ms()));
        let attended = plan::attended(config, &personal);
        plan::log_left_over(&store.health(), &attended);
        store.attend(attended);
        let listener = http::bind(config.health.address())
            .await
            .map_err(|source| StartError::Port {
                port: config.health.port,
                source,
            })?;

        let restarts = Restarts::default();
        let (metrics, registry) = Metrics::new();
        let status = Status::new(plan::source_ids(config), restarts.clone());
        let (stop, stopping) = stop_pair();
        let mut supervisor = Supervisor::new(stopping.clone(), restarts.clone());

        let world = LaneWorld {
            store: store.clone(),
            status: status.clone(),
            metrics: metrics.clone(),
            stop: stopping.clone(),
        };
        let outlets = Outlets::default();
        let (limiter, lease) = (outlets.limiter().clone(), outlets.lease().clone());
        // Before the first lane begins.
        if config.bot.as_ref().is_some_and(|bot| bot.lease_channel.is_some()) {
            lease.set(false);
        }
        let mut lanes = Lanes::new(world, outlets.clone());
        lanes.follow(plan::lanes(config, &personal), &mut supervisor, None);
        let port = http::bound_address(&listener).map_or(config.health.port, |address| address.port());
        tracing::info!(port, "http_listening");
        let mut games = Games::new(GameWorld {
            status: status.clone(),
            metrics: metrics.clone(),
            stop: stopping.clone(),
        });
        let shown = Shown {
            status: status.clone(),
            metrics: metrics.clone(),
            registry: Arc::new(registry),
            store: store.clone(),
            board: games.board().clone(),
        };
        let (listener, http_stop) = (Arc::new(listener), stopping.clone());
        supervisor.start("http", move || {
            http::serve(Arc::clone(&listener), shown.clone(), http_stop.clone())
        });
        let voices = Voices::default();
        voices.follow(config);
        upkeep::start(
            &mut supervisor,
            &store,
            &status,
            &metrics,
            lanes.bells(),
            &voices,
            &stopping,
        );

        let recaps = Recaps::default();
        recaps.follow(config);
        let (wanted, marks, bells, stop_recaps) = (
            recaps.clone(),
            store.clone(),
            lanes.bells().clone(),
            stopping.clone(),
        );
        supervisor.start("recaps", move || {
            recaps::post(wanted.clone(), marks.clone(), bells.clone(), stop_recaps.clone())
        });

        let audits = Audits::default();
        audits.follow(config);
        let (wanted, rows, bells, stop_audits) = (
            audits.clone(),
            store.clone(),
            lanes.bells().clone(),
            stopping.clone(),
        );
        supervisor.start("audit posts", move || {
            audits::post(wanted.clone(), rows.clone(), bells.clone(), stop_audits.clone())
        });

        games.follow(config, &mut supervisor);
        let mut consoles = Consoles::new(store.clone(), metrics.clone(), stopping.clone());
        consoles.follow(config, games.board(), &mut supervisor);
        let refreshes = Refreshes::default();
        let world = PostsWorld {
            store: store.clone(),
            bells: lanes.bells().clone(),
            metrics: metrics.clone(),
            board: games.board().clone(),
            clock: games.clock(),
            outlets,
            refreshes: refreshes.clone(),
            state_dir: config.state_dir.clone(),
            stop: stopping.clone(),
        };
        let works = Works::default();
        if let Err(error) = works.refresh(&store).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "maintenance_not_read: trying again"
            );
        }
        let mut posts = Posts::new(world, works.clone(), &mut supervisor);
        posts.follow(config, &mut supervisor);

        if config.test_message == TestMessage::Send {
            post_test_message(config, &store, lanes.bells()).await;
        }
        let echoes = Echoes::default();
        chat::recall(config, &echoes);
        let mut sources = plan::sources(config, &stored, report.history, &metrics);
        watches::resume(&mut sources, &store).await;
        for source in &mut sources {
            source.translator_mut().heed_works(&works);
            source.translator_mut().heed_echoes(&echoes);
            source.translator_mut().heed_watchers(&watchers);
            source
                .translator_mut()
                .heed_links(config.bot.as_ref().map(|_| &links));
        }
        let paths: Vec<_> = sources
            .iter()
            .filter_map(|source| source.path().cloned())
            .collect();
        let waiter = Waiter::new(Events::On, &paths).map_err(StartError::Reader)?;
        let reader_wake = waiter.wake_handle();
        let reader_stop = Arc::new(AtomicBool::new(false));
        let (desk, orders) = order_desk(waiter.wake_handle());
        let around = ReaderSurroundings {
            store: store.clone(),
            bells: lanes.bells().clone(),
            orders,
            board: games.board().clone(),
            status: status.clone(),
            metrics: metrics.clone(),
            restarts,
            stop: Arc::clone(&reader_stop),
        };
        let (ended_sender, ended) = watch::channel(false);
        let reader = std::thread::Builder::new()
            .name("reader".into())
            .spawn(move || {
                let end = Reader::new(sources, waiter, around).run();
                ended_sender.send_replace(true);
                end
            })
            .map_err(StartError::Reader)?;
        let (wishes, wished) = wishes();
        let keeper = Keeper::new(KeeperWorld {
            watchers: watchers.clone(),
            store: store.clone(),
            limiter: limiter.clone(),
            bells: lanes.bells().clone(),
            wishes: wishes.clone(),
        });
        let stopping_kept = stopping.clone();
        supervisor.start("personal notices", move || {
            keeper.clone().keep(stopping_kept.clone())
        });
        let mut bots = Bots::new(
            BotWorld {
                state_dir: config.state_dir.clone(),
                store: store.clone(),
                status: status.clone(),
                desk: Desk::new(),
                metrics: metrics.clone(),
                board: games.board().clone(),
                limiter,
                lease,
                echoes: echoes.clone(),
                works: works.clone(),
                bells: lanes.bells().clone(),
                audits: audits.clone(),
                watchers: watchers.clone(),
                openings: Openings::default(),
                links: links.clone(),
                refreshes,
                wishes,
                stop: stopping.clone(),
            },
            bot_lock,
        );
        bots.follow(config, &mut supervisor);
        let grace = config.limits.stop_grace;
        Ok(Self {
            store,
            status,
            metrics,
            supervisor,
            lanes,
            games,
            consoles,
            posts,
            bots,
            works,
            echoes,
            watchers,
            links,
            recaps,
            audits,
            voices,
            desk,
            wishes: Some(wished),
            stop,
            reader,
            reader_stop,
            reader_wake,
            ended,
            grace,
        })
    }

    /// What works and what does not.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// The counters.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What is known of the running games.
    #[must_use]
    pub const fn board(&self) -> &Board {
        self.games.board()
    }

    /// Told when the reader ends by itself.
    #[must_use]
    pub fn ended(&self) -> Ended {
        Ended {
            receiver: self.ended.clone(),
        }
    }

    /// What parts of the relay ask of whoever loads its configuration; once.
    pub const fn take_wishes(&mut self) -> Option<mpsc::Receiver<Wish>> {
        self.wishes.take()
    }

    /// Goes on with another configuration: no line is lost, none is posted twice. Returns at once; the reader follows
    /// between two batches, and lanes that nobody needs any more end when they have sent what waits.
    pub fn reload(&mut self, config: &Config) {
        self.watchers.follow(config);
        self.recaps.follow(config);
        self.audits.follow(config);
        self.games.follow(config, &mut self.supervisor);
        self.consoles
            .follow(config, self.games.board(), &mut self.supervisor);
        self.voices.follow(config);
        self.posts.follow(config, &mut self.supervisor);
        self.bots.follow(config, &mut self.supervisor);
        let followed = self.desk.next();
        // Lanes first: the rows of the new rules find them.
        let personal = plan::personal_places(config, &self.watchers.channels(moment::now_ms()));
        self.lanes.follow(
            plan::lanes(config, &personal),
            &mut self.supervisor,
            Some(&followed),
        );
        // What waits for a former destination keeps nothing out, also while the reader waits for room.
        self.store.attend(plan::attended(config, &personal));
        // Whatever befell the store before this start: the new files were never read.
        let mut wanted = plan::readings(config, StoreHistory::Resumed);
        for reading in &mut wanted {
            reading.translator.heed_works(&self.works);
            reading.translator.heed_echoes(&self.echoes);
            reading.translator.heed_watchers(&self.watchers);
            reading
                .translator
                .heed_links(config.bot.as_ref().map(|_| &self.links));
        }
        self.desk.put(wanted);
        self.grace = config.limits.stop_grace;
    }

    /// Has a lane for every channel in which somebody is told something, and none for others.
    pub fn follow_places(&mut self, config: &Config) {
        let personal = plan::personal_places(config, &self.watchers.channels(moment::now_ms()));
        // The reader makes what it makes by the new list already, but for what it has in hand.
        let followed = self.desk.last();
        self.lanes
            .adjust(plan::lanes(config, &personal), &mut self.supervisor, &followed);
        self.store.attend(plan::attended(config, &personal));
    }

    /// Stops in order: the reader commits, the lanes let the request in flight end, the store closes.
    pub async fn stop(mut self) -> RelayEnd {
        let deadline = Instant::now() + self.grace;
        // First, while their connections are up: what a game has handed out it never hands out again.
        if tokio::time::timeout_at(deadline, self.consoles.stop())
            .await
            .is_err()
        {
            tracing::warn!("console_not_kept: the disk did not take the last lines in time");
        }
        self.reader_stop.store(true, Ordering::Release);
        self.reader_wake.wake();
        let reader_ended = tokio::time::timeout_at(deadline, self.ended.wait_for(|ended| *ended)).await;
        self.stop.stop();
        let late = self.supervisor.join(deadline).await;
        if !late.is_empty() {
            tracing::warn!(
                tasks = late.join(", "),
                "stop_grace_exceeded: what was in flight counts as uncertain"
            );
        }
        let end = match reader_ended {
            Ok(_) => self.reader.join().unwrap_or(ReaderEnd::SyncFailed),
            Err(_) => ReaderEnd::Stopped,
        };
        if let Err(error) = self.store.close().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "store_close_failed: everything committed is kept"
            );
        }
        tracing::info!("stopped");
        match end {
            ReaderEnd::Stopped => RelayEnd::Stopped,
            ReaderEnd::SyncFailed => RelayEnd::Failed,
        }
    }
}

/// Opens the store and reads the positions: both block.
async fn open_store(options: StoreOptions) -> Result<(Store, OpenReport, Positions), StartError> {
    let opening = tokio::task::spawn_blocking(move || {
        let Opened { store, report } = Store::open(options)?;
        let stored = store.checkpoints().map_err(StartError::Positions)?;
        Ok((store, report, stored))
    });
    opening
        .await
        .unwrap_or_else(|error| Err(StartError::Reader(error.into())))
}

/// The stored position of each generation that has not ended.
type Positions = Vec<(SourceId, Checkpoint)>;

/// One message to each destination, as the first release did when asked.
async fn post_test_message(config: &Config, store: &Store, bells: &Bells) {
    let deliveries = plan::test_messages(config);
    let batch = IngestBatch {
        deliveries,
        ..IngestBatch::default()
    };
    match store.commit(batch).await {
        Ok(_) => bells.ring_all(),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "test_message_failed"),
    }
}
