//! The flat view of a fact: names and values, for JSON lines, templates and pattern matching.
//!
//! Owns the names and the order of the fields. Must not know any output format. An optional field that is absent is not
//! visited at all, and `on_map` is visited only where it is false, as the game only prints that case.

use crate::fact::{Fact, Tick};
use crate::name::Who;

/// The value of one field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Bytes of the line, not checked for UTF-8.
    Text(&'a [u8]),
    /// A whole number.
    Number(u64),
    /// A whole number that may be negative: a tick printed as `-1`.
    Signed(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// Yes or no.
    Flag(bool),
}

/// Receives the fields of one fact.
pub(crate) struct Visit<'v, 'a> {
    receive: &'v mut dyn FnMut(&'static str, Value<'a>),
}

impl<'v, 'a> Visit<'v, 'a> {
    pub(crate) fn new(receive: &'v mut dyn FnMut(&'static str, Value<'a>)) -> Self {
        Self { receive }
    }

    pub(crate) fn text(&mut self, name: &'static str, text: impl Into<Option<&'a [u8]>>) -> &mut Self {
        if let Some(text) = text.into() {
            (self.receive)(name, Value::Text(text));
        }
        self
    }

    fn number(&mut self, name: &'static str, number: impl Into<Option<u64>>) -> &mut Self {
        if let Some(number) = number.into() {
            (self.receive)(name, Value::Number(number));
        }
        self
    }

    fn decimal(&mut self, name: &'static str, number: f64) -> &mut Self {
        (self.receive)(name, Value::Decimal(number));
        self
    }

    fn flag(&mut self, name: &'static str, flag: bool) -> &mut Self {
        (self.receive)(name, Value::Flag(flag));
        self
    }

    fn tick(&mut self, tick: Tick) -> &mut Self {
        match tick {
            Tick::Count(tick) => self.number("tick", tick),
            Tick::Unset => {
                (self.receive)("tick", Value::Signed(-1));
                self
            }
        }
    }

    fn player(&mut self, who: Who<'a>) -> &mut Self {
        self.text("player", who.name).text("tag", who.tag)
    }

    fn by(&mut self, who: Who<'a>) -> &mut Self {
        self.text("by", who.name).text("by_tag", who.tag)
    }

    fn on_map(&mut self, on_map: bool) -> &mut Self {
        if on_map { self } else { self.flag("on_map", false) }
    }

    /// Visits the fields of `fact` in their fixed order.
    pub(crate) fn fact(&mut self, fact: &Fact<'a>) {
        match *fact {
            Fact::LogOpened
            | Fact::LogClosed
            | Fact::EngineSaveDone
            | Fact::EngineGoodbye
            | Fact::EngineMatchingOk => {}
            Fact::Join { player } | Fact::Leave { player } => {
                self.player(player);
            }
            Fact::Chat { player, text }
            | Fact::Shout { player, text }
            | Fact::Command { player, text }
            | Fact::ModChat { player, text } => {
                self.player(player).text("text", text);
            }
            Fact::Kick { player, by, reason } => {
                self.player(player).by(by).text("reason", reason);
            }
            Fact::Ban {
                player,
                on_map,
                by,
                reason,
            }
            | Fact::ModBan {
                player,
                on_map,
                by,
                reason,
            } => {
                self.player(player).on_map(on_map).by(by).text("reason", reason);
            }
            Fact::Unban { player, by } => {
                self.player(player).by(by);
            }
            Fact::Promote { player, by, pending } | Fact::Demote { player, by, pending } => {
                self.player(player).by(by).flag("pending", pending);
            }
            Fact::Color { player, color } => {
                self.player(player).text("color", color);
            }
            Fact::Warning {
                text,
                player,
                command,
            } => {
                self.text("text", text)
                    .text("player", player)
                    .text("command", command);
            }
            Fact::CommandError { text }
            | Fact::EngineClosing { text }
            | Fact::ModAdminMessage { text }
            | Fact::ModReport { text } => {
                self.text("text", text);
            }
            Fact::Milestone { player, text } | Fact::Task { player, text } => {
                self.text("player", player).text("text", text);
            }
            Fact::Research { technology } | Fact::ModResearchCancelled { technology } => {
                self.text("technology", technology);
            }
            Fact::Death { player, cause } => {
                self.text("player", player).text("cause", cause);
            }
            _ => self.engine_or_mod(fact),
        }
    }

    fn engine_or_mod(&mut self, fact: &Fact<'a>) {
        match *fact {
            Fact::ModJoin { tick, player } => {
                self.number("tick", tick).text("player", player);
            }
            Fact::ModLeave { tick, player, reason } => {
                self.number("tick", tick)
                    .text("player", player)
                    .text("reason", reason);
            }
            Fact::ModMessage { channel, text } => {
                self.text("channel", channel).text("text", text);
            }
            Fact::ModDeath { tick, player, cause } => {
                self.number("tick", tick)
                    .text("player", player)
                    .text("cause", cause);
            }
            Fact::ModRocket { tick, count } => {
                self.number("tick", tick).number("count", count);
            }
            Fact::ModResearchStarted {
                tick,
                technology,
                level,
            }
            | Fact::ModResearchFinished {
                tick,
                technology,
                level,
            } => {
                self.number("tick", tick)
                    .text("technology", technology)
                    .number("level", level);
            }
            Fact::ModCommand {
                player,
                command,
                text,
            } => {
                self.text("player", player)
                    .text("command", command)
                    .text("text", text);
            }
            Fact::ModEvolution { factor } => {
                self.decimal("factor", factor);
            }
            Fact::ModPlayerStats { player, built, ticks } => {
                self.text("player", player)
                    .number("built", built)
                    .number("ticks", ticks);
            }
            _ => self.engine(fact),
        }
    }

    fn engine(&mut self, fact: &Fact<'a>) {
        match *fact {
            Fact::EngineVersion {
                version,
                build,
                platform,
            } => {
                self.text("version", version)
                    .number("build", build)
                    .text("platform", platform);
            }
            Fact::EngineMapVersion { version } => {
                self.text("version", version);
            }
            Fact::EngineHosting { address }
            | Fact::EngineRconReady { address }
            | Fact::EngineRconClient { address } => {
                self.text("address", address);
            }
            Fact::EngineRefused {
                address,
                player,
                reason,
            } => {
                self.text("address", address)
                    .text("player", player)
                    .text("reason", reason);
            }
            Fact::EngineLoadingMap { path }
            | Fact::EngineLeaveAutosave { path }
            | Fact::EngineSaveStart { path } => {
                self.text("path", path);
            }
            Fact::EngineTimedAutosave { name, blocking } => {
                self.text("name", name).flag("blocking", blocking);
            }
            Fact::EngineSaveProgress { percent } => {
                self.decimal("percent", percent);
            }
            Fact::EngineSignal { signal, second } => {
                self.text("signal", signal).flag("second", second);
            }
            Fact::EngineQuitting { reason } => {
                self.text("reason", reason);
            }
            Fact::EngineMatchingGame { id } => {
                self.number("id", id);
            }
            Fact::EngineBanCheck { player } => {
                self.text("player", player);
            }
            Fact::EngineAchievement { name } => {
                self.text("name", name);
            }
            Fact::EngineScript { place, text } => {
                self.text("where", place).text("text", text);
            }
            Fact::EngineError { file, text } | Fact::EngineWarning { file, text } => {
                self.text("file", file).text("text", text);
            }
            _ => self.peer(fact),
        }
    }

    fn peer(&mut self, fact: &Fact<'a>) {
        match *fact {
            Fact::EngineState { tick, from, to } => {
                self.tick(tick).text("from", from).text("to", to);
            }
            Fact::EnginePeerState { tick, peer, from, to } => {
                self.tick(tick)
                    .number("peer", peer)
                    .text("from", from)
                    .text("to", to);
            }
            Fact::EnginePeerAdd { peer }
            | Fact::EnginePeerRemove { peer }
            | Fact::EnginePeerDisconnect { peer } => {
                self.number("peer", peer);
            }
            Fact::EnginePlayerJoinGame {
                tick,
                peer,
                player_index,
                mode,
            } => {
                self.tick(tick)
                    .number("peer", peer)
                    .number("player_index", player_index)
                    .text("mode", mode);
            }
            Fact::EngineServingMap { tick, peer, size } => {
                self.tick(tick).number("peer", peer).number("size", size);
            }
            Fact::EngineDesync { tick, peer } => {
                self.tick(tick).number("peer", peer);
            }
            _ => {}
        }
    }
}
