//! Figures of the bot's session with Discord.
//!
//! Owns their names, which begin with `factorio_isr_bot_`. Must not know how the session works. No label holds anything that
//! people write.

use std::sync::atomic::{AtomicI64, AtomicU64};

use isr_discord::gateway::GatewayCounts;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

type Count = Counter<u64, AtomicU64>;

/// What the session does.
#[derive(Debug, Clone, Default)]
pub struct BotFigures {
    /// 1 while events arrive.
    pub up: Gauge<i64, AtomicI64>,
    /// How long the last heartbeat's answer took.
    pub latency_seconds: Gauge<f64, AtomicU64>,
    connects: Count,
    identifies: Count,
    resumes: Count,
    losses: Count,
    zombies: Count,
    events: Count,
    replayed: Count,
    unusable: Count,
    unreadable: Count,
    stalls: Count,
    /// Lines of chat from Discord, by what became of them.
    pub chat: Family<ChatLabels, Count>,
}

/// A server and what became of a line of chat for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ChatLabels {
    /// The tag.
    pub server: String,
    /// Of lines `said`, `not_said`, `unknown` or `too_many` (beyond what one person may say); of messages `repeated` (it was dealt with before), `overflow` (too many
    /// waited before it) and `told_by_other` (another copy spoke then).
    pub outcome: &'static str,
}

/// The name of a figure, what it says, and where it is kept and comes from.
type Row = (
    &'static str,
    &'static str,
    fn(&BotFigures) -> &Count,
    fn(&GatewayCounts) -> u64,
);

const ROWS: [Row; 10] = [
    ("connects", "Connections tried", |f| &f.connects, |c| c.connects),
    (
        "identifies",
        "Sessions asked for",
        |f| &f.identifies,
        |c| c.identifies,
    ),
    ("resumes", "Sessions that went on", |f| &f.resumes, |c| c.resumes),
    (
        "losses",
        "Connections lost or not made",
        |f| &f.losses,
        |c| c.losses,
    ),
    (
        "zombies",
        "Connections given up because heartbeats were not answered",
        |f| &f.zombies,
        |c| c.zombies,
    ),
    ("events", "Events taken", |f| &f.events, |c| c.events),
    (
        "events_replayed",
        "Events told again",
        |f| &f.replayed,
        |c| c.replayed,
    ),
    (
        "events_unusable",
        "Events that lack what makes them useful",
        |f| &f.unusable,
        |c| c.unusable,
    ),
    (
        "payloads_unreadable",
        "Payloads that are none",
        |f| &f.unreadable,
        |c| c.unreadable,
    ),
    (
        "stalls",
        "Times that events were not taken quickly enough",
        |f| &f.stalls,
        |c| c.stalls,
    ),
];

impl BotFigures {
    pub(super) fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("bot");
        registry.register("up", "1 while events arrive", self.up.clone());
        registry.register_with_unit(
            "latency",
            "How long the last heartbeat's answer took",
            Unit::Seconds,
            self.latency_seconds.clone(),
        );
        registry.register(
            "chat",
            "Lines of chat from Discord, by what became of them",
            self.chat.clone(),
        );
        for (name, help, count, _) in ROWS {
            registry.register(name, help, count(self).clone());
        }
    }

    /// Counts what a session did since it was counted last.
    pub fn count(&self, before: &GatewayCounts, now: &GatewayCounts) {
        for (_, _, count, of) in ROWS {
            count(self).inc_by(of(now).saturating_sub(of(before)));
        }
    }
}
