//! Counters and gauges, in the Prometheus text form.
//!
//! Owns the registry and the typed handles. Labels hold server tags, event kinds, rule names and the configured
//! labels of destinations, so their number is bounded by the configuration. Must not know who reads them.

mod bot;
mod games;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

pub use bot::{BotFigures, ChatLabels};
pub use games::{
    AskedLabels, GameFigures, LinkFigures, ProductionLabels, RealByServer, SurfaceLabels, VersionLabels,
    WholeByServer,
};

/// A server's tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ServerLabel {
    /// The tag.
    pub server: String,
}

/// A server and the kind of an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct EventLabels {
    /// The tag.
    pub server: String,
    /// The kind (`join`, `chat` …).
    pub kind: &'static str,
}

/// A server and a rule that kept something from being posted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RuleLabels {
    /// The tag.
    pub server: String,
    /// The rule's name.
    pub rule: String,
}

/// A destination and how an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// The configured label of the destination.
    pub destination: String,
    /// The outcome's name.
    pub outcome: &'static str,
}

/// A destination.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DestinationLabel {
    /// The configured label of the destination.
    pub destination: String,
}

/// How a reload of the configuration ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReloadLabel {
    /// `accepted` or `refused`.
    pub outcome: &'static str,
}

/// A counter for each server.
pub type ByServer = Family<ServerLabel, Counter<u64, AtomicU64>>;
/// A counter for each destination.
pub type ByDestination = Family<DestinationLabel, Counter<u64, AtomicU64>>;

/// All metrics of the program; clones share the same values.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Complete lines read.
    pub lines_read: ByServer,
    /// Events found in them.
    pub events: Family<EventLabels, Counter<u64, AtomicU64>>,
    /// Events not posted, by rule.
    pub suppressed: Family<RuleLabels, Counter<u64, AtomicU64>>,
    /// Bytes of logs that went away before they could be read (G3).
    pub bytes_lost: ByServer,
    /// Times that a rotated log could not be found again with unread lines in it.
    pub generation_gaps: ByServer,
    /// Times that a log became shorter.
    pub truncations: ByServer,
    /// Rotations seen.
    pub rotations: ByServer,
    /// Lines longer than the cap, whose rest was dropped.
    pub lines_too_long: ByServer,
    /// Lines that could not be handled and were set aside.
    pub poison_lines: ByServer,
    /// Places where lines of a console heard through RCON may be missing.
    pub console_gaps: ByServer,
    /// Attempts at a destination, by outcome.
    pub attempts: Family<OutcomeLabels, Counter<u64, AtomicU64>>,
    /// Deliveries accepted by a destination.
    pub delivered: ByDestination,
    /// Deliveries given up.
    pub dead_lettered: ByDestination,
    /// Deliveries given up for their age.
    pub expired: ByDestination,
    /// Messages sent again although an earlier attempt may have been accepted.
    pub uncertain_resends: ByDestination,
    /// Requests for live cards, by outcome.
    pub card_requests: Family<OutcomeLabels, Counter<u64, AtomicU64>>,
    /// Seconds between reading a line and its acceptance by the destination.
    pub delivery_seconds: Histogram,
    /// Deliveries waiting.
    pub outbox_rows: Gauge<i64, AtomicI64>,
    /// Reloads of the configuration, by outcome.
    pub config_reloads: Family<ReloadLabel, Counter<u64, AtomicU64>>,
    /// Problems that refuse the newest configuration; 0 while it is in use.
    pub config_problems: Gauge<i64, AtomicI64>,
    /// Panics of tasks that were started again.
    pub task_restarts: Gauge<i64, AtomicI64>,
    /// 1 while file events are lost and files are only polled.
    pub file_events_degraded: Gauge<i64, AtomicI64>,
    /// What the games tell.
    pub games: GameFigures,
    /// What we do on RCON.
    pub links: LinkFigures,
    /// What the bot's session does.
    pub bot: Arc<BotFigures>,
    totals: Totals,
}

/// Sums over all destinations, for progress lines.
#[derive(Debug, Clone, Default)]
struct Totals {
    delivered: Counter<u64, AtomicU64>,
    given_up: Counter<u64, AtomicU64>,
    waited_ms: Counter<u64, AtomicU64>,
}

impl Metrics {
    /// Registers all metrics.
    #[must_use]
    pub fn new() -> (Self, Registry) {
        let buckets = [
            0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0,
        ];
        let metrics = Self {
            lines_read: Family::default(),
            events: Family::default(),
            suppressed: Family::default(),
            bytes_lost: Family::default(),
            generation_gaps: Family::default(),
            truncations: Family::default(),
            rotations: Family::default(),
            lines_too_long: Family::default(),
            poison_lines: Family::default(),
            console_gaps: Family::default(),
            attempts: Family::default(),
            delivered: Family::default(),
            dead_lettered: Family::default(),
            expired: Family::default(),
            uncertain_resends: Family::default(),
            card_requests: Family::default(),
            delivery_seconds: Histogram::new(buckets),
            outbox_rows: Gauge::default(),
            config_reloads: Family::default(),
            config_problems: Gauge::default(),
            task_restarts: Gauge::default(),
            file_events_degraded: Gauge::default(),
            games: GameFigures::default(),
            links: LinkFigures::default(),
            bot: Arc::default(),
            totals: Totals::default(),
        };
        let mut registry = Registry::default();
        let own = registry.sub_registry_with_prefix("factorio_isr");
        metrics.register_reading(own);
        metrics.register_delivery(own);
        metrics.links.register(own);
        metrics.bot.register(own);
        metrics
            .games
            .register(registry.sub_registry_with_prefix("factorio"));
        (metrics, registry)
    }

    /// Deliveries accepted, all destinations together.
    #[must_use]
    pub fn delivered_in_all(&self) -> u64 {
        self.totals.delivered.get()
    }

    /// Deliveries given up, all destinations together.
    #[must_use]
    pub fn given_up_in_all(&self) -> u64 {
        self.totals.given_up.get()
    }

    /// The mean time between reading a line and its acceptance.
    #[must_use]
    pub fn mean_delivery(&self) -> Option<Duration> {
        let delivered = self.totals.delivered.get();
        let waited_ms = self.totals.waited_ms.get();
        (delivered > 0)
            .then(|| Duration::from_millis(waited_ms) / u32::try_from(delivered).unwrap_or(u32::MAX))
    }

    /// Counts accepted deliveries that waited so long each.
    pub fn count_delivered(&self, destination: &str, waits: impl Iterator<Item = Duration>) {
        let label = DestinationLabel {
            destination: destination.to_owned(),
        };
        let counter = self.delivered.get_or_create_owned(&label);
        for wait in waits {
            counter.inc();
            self.delivery_seconds.observe(wait.as_secs_f64());
            self.totals.delivered.inc();
            self.totals
                .waited_ms
                .inc_by(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        }
    }

    /// Counts deliveries that were given up.
    pub fn count_given_up(&self, destination: &str, family: &ByDestination, count: u64) {
        family
            .get_or_create(&DestinationLabel {
                destination: destination.to_owned(),
            })
            .inc_by(count);
        self.totals.given_up.inc_by(count);
    }

    fn register_reading(&self, registry: &mut Registry) {
        registry.register("lines_read", "Complete log lines read", self.lines_read.clone());
        registry.register("events", "Events found in the logs", self.events.clone());
        registry.register(
            "suppressed",
            "Events not posted, by rule",
            self.suppressed.clone(),
        );
        registry.register(
            "bytes_lost",
            "Log bytes that went away unread",
            self.bytes_lost.clone(),
        );
        registry.register(
            "generation_gap",
            "Rotated logs that could not be found again",
            self.generation_gaps.clone(),
        );
        registry.register(
            "truncations",
            "Times that a log became shorter",
            self.truncations.clone(),
        );
        registry.register("rotations", "Rotations of a log", self.rotations.clone());
        registry.register(
            "lines_too_long",
            "Lines cut at the cap",
            self.lines_too_long.clone(),
        );
        registry.register(
            "poison_lines",
            "Lines that could not be handled",
            self.poison_lines.clone(),
        );
        registry.register(
            "console_gaps",
            "Places where lines of a console heard through RCON may be missing",
            self.console_gaps.clone(),
        );
        let degraded = self.file_events_degraded.clone();
        registry.register("file_events_degraded", "1 while files are only polled", degraded);
    }

    fn register_delivery(&self, registry: &mut Registry) {
        registry.register(
            "attempts",
            "Attempts at a destination, by outcome",
            self.attempts.clone(),
        );
        registry.register("delivered", "Deliveries accepted", self.delivered.clone());
        registry.register("dead_lettered", "Deliveries given up", self.dead_lettered.clone());
        registry.register(
            "expired",
            "Deliveries given up for their age",
            self.expired.clone(),
        );
        let resends = self.uncertain_resends.clone();
        registry.register(
            "uncertain_resends",
            "Messages that may have been posted twice",
            resends,
        );
        registry.register(
            "card_requests",
            "Requests for live cards, by outcome",
            self.card_requests.clone(),
        );
        let seconds = self.delivery_seconds.clone();
        registry.register_with_unit(
            "delivery",
            "From reading a line to its acceptance",
            Unit::Seconds,
            seconds,
        );
        registry.register("outbox_rows", "Deliveries waiting", self.outbox_rows.clone());
        registry.register(
            "config_reloads",
            "Reloads of the configuration, by outcome",
            self.config_reloads.clone(),
        );
        registry.register(
            "config_problems",
            "Problems that refuse the newest configuration",
            self.config_problems.clone(),
        );
        registry.register(
            "task_restarts",
            "Panicked tasks started again",
            self.task_restarts.clone(),
        );
    }
}
