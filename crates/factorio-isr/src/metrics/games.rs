//! Figures of the games, and of the connections to them.
//!
//! Owns their names: what a game tells begins with `factorio_`, what we do for it with `factorio_isr_rcon_`. Must not know
//! how they come. Labels hold server tags, names of surfaces and of what is made (at most 32 and 24 a server, by whoever
//! tells them) and of our own commands, so their number is bounded.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{ByServer, ServerLabel};

/// A whole number for each server.
pub type WholeByServer = Family<ServerLabel, Gauge<i64, AtomicI64>>;
/// A number for each server.
pub type RealByServer = Family<ServerLabel, Gauge<f64, AtomicU64>>;

/// A surface of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct SurfaceLabels {
    /// The tag.
    pub server: String,
    /// The surface; `all` before 2.0.
    pub surface: String,
}

/// A version of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct VersionLabels {
    /// The tag.
    pub server: String,
    /// The version, such as `2.0.77`.
    pub version: String,
}

/// Something that is made on a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ProductionLabels {
    /// The tag.
    pub server: String,
    /// `item` or `fluid`.
    pub kind: &'static str,
    /// Its inner name.
    pub name: String,
}

/// A question to a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct AskedLabels {
    /// The tag.
    pub server: String,
    /// The word of the command.
    pub command: &'static str,
}

/// What the games tell. What is not known has no value at all.
#[derive(Debug, Clone, Default)]
pub struct GameFigures {
    /// 1 while the game answers on RCON.
    pub up: WholeByServer,
    /// Players who are there.
    pub players_online: WholeByServer,
    /// Updates per second.
    pub ups: RealByServer,
    /// The truth lies at most so far from `ups`.
    pub ups_precision: RealByServer,
    /// Played time of the map.
    pub game_time: RealByServer,
    /// 1 while the game stands, paused or because nobody is there.
    pub paused: WholeByServer,
    /// When the last save was finished.
    pub last_save: RealByServer,
    /// Evolution of the enemies, from 0 to 1.
    pub evolution: Family<SurfaceLabels, Gauge<f64, AtomicU64>>,
    /// Progress of the technology that is researched, from 0 to 1. Told by Lua, as are the three that follow.
    pub research_progress: RealByServer,
    /// What is made most, per minute.
    pub production: Family<ProductionLabels, Gauge<f64, AtomicU64>>,
    /// Space platforms.
    pub platforms: WholeByServer,
    /// Rockets launched so far.
    pub rockets: WholeByServer,
    /// 1, with the version as a label.
    pub info: Family<VersionLabels, Gauge<i64, AtomicI64>>,
}

impl GameFigures {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("up", "1 while the game answers on RCON", self.up.clone());
        registry.register(
            "players_online",
            "Players who are there",
            self.players_online.clone(),
        );
        registry.register("ups", "Updates per second", self.ups.clone());
        registry.register(
            "ups_precision",
            "The true updates per second lie at most so far away",
            self.ups_precision.clone(),
        );
        registry.register_with_unit(
            "game_time",
            "Played time of the map",
            Unit::Seconds,
            self.game_time.clone(),
        );
        registry.register("paused", "1 while the game stands", self.paused.clone());
        registry.register_with_unit(
            "last_save_timestamp",
            "When the last save was finished",
            Unit::Seconds,
            self.last_save.clone(),
        );
        registry.register(
            "evolution_factor",
            "Evolution of the enemies, from 0 to 1",
            self.evolution.clone(),
        );
        registry.register(
            "research_progress",
            "Progress of the technology that is researched, from 0 to 1",
            self.research_progress.clone(),
        );
        registry.register(
            "production_per_minute",
            "What is made most, per minute, over all surfaces",
            self.production.clone(),
        );
        registry.register("space_platforms", "Space platforms", self.platforms.clone());
        registry.register(
            "rockets_launched",
            "Rockets launched so far",
            self.rockets.clone(),
        );
        registry.register("game_info", "The version of the game", self.info.clone());
    }
}

/// What we do on RCON.
#[derive(Debug, Clone)]
pub struct LinkFigures {
    /// Attempts to connect.
    pub attempts: ByServer,
    /// Logins that succeeded.
    pub logins: ByServer,
    /// Commands that left.
    pub sent: ByServer,
    /// Replies that found their command.
    pub answered: ByServer,
    /// Replies that nobody waited for any more.
    pub stray: ByServer,
    /// Commands that were not answered in time.
    pub late: ByServer,
    /// Replies that were not understood.
    pub not_understood: Family<AskedLabels, Counter<u64, AtomicU64>>,
    /// Seconds from a command to its reply.
    pub reply_seconds: Histogram,
}

impl Default for LinkFigures {
    fn default() -> Self {
        let buckets = [
            0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
        ];
        Self {
            attempts: Family::default(),
            logins: Family::default(),
            sent: Family::default(),
            answered: Family::default(),
            stray: Family::default(),
            late: Family::default(),
            not_understood: Family::default(),
            reply_seconds: Histogram::new(buckets),
        }
    }
}

impl LinkFigures {
    /// Under the prefix of the program.
    pub(super) fn register(&self, registry: &mut Registry) {
        let counters = [
            (
                "rcon_connect_attempts",
                "Attempts to connect to RCON",
                &self.attempts,
            ),
            ("rcon_logins", "Logins that succeeded", &self.logins),
            ("rcon_commands_sent", "Commands that left", &self.sent),
            (
                "rcon_commands_answered",
                "Replies that found their command",
                &self.answered,
            ),
            (
                "rcon_replies_stray",
                "Replies that nobody waited for any more",
                &self.stray,
            ),
            (
                "rcon_commands_late",
                "Commands that were not answered in time",
                &self.late,
            ),
        ];
        for (name, help, family) in counters {
            registry.register(name, help, family.clone());
        }
        registry.register(
            "rcon_replies_not_understood",
            "Replies that were not understood",
            self.not_understood.clone(),
        );
        registry.register_with_unit(
            "rcon_reply",
            "From a command to its reply",
            Unit::Seconds,
            self.reply_seconds.clone(),
        );
    }
}
