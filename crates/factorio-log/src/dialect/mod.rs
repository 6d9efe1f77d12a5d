//! Dialects: the known lines of mods, scenarios and panels, each of which can be switched off by name.
//!
//! Owns the set of dialects and who may read what. A dialect reads a whole bare line, or the body of a `Script` line of
//! its own mod, and never searches inside a line; so chat, which stands behind a dated tag, cannot reach one. Must not
//! know the console or the engine. A line that no dialect reads is `None`.

mod logged;
mod printed;

use crate::fact::Fact;

/// A family of lines that a mod, scenario or panel writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Event Logger mod: `[JOIN] NAME` and others in `Script` lines of its `logger.lua`.
    EventLogger,
    /// FactoriGO companion mod: `[FactoriGOChatBot]: "TICK [PLAYER_DIED:…]"`.
    FactoriGo,
    /// FactoCord scenario file: `0000-00-00 00:00:00 [DISCORD] TEXT`.
    FactoCord,
    /// RedMew, Comfy and Biter Battles: `[DISCORD]TEXT`, `[PLAYER-JOIN]NAME`, a bare `[BAN] …`.
    RedMew,
    /// M45 SoftMod: `[MSG] TEXT`, `[CMD] …`, `[REPORT] …`.
    M45,
    /// KBVE relay mod: `[STATS] kind=player_event …` in its `Script` lines.
    Kbve,
    /// 3RaGaming web panel: `[WEB] NAME: TEXT`.
    ThreeRaGaming,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 7] = [
        Self::EventLogger,
        Self::FactoriGo,
        Self::FactoCord,
        Self::RedMew,
        Self::M45,
        Self::Kbve,
        Self::ThreeRaGaming,
    ];

    /// The stable name, for configurations.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventLogger => "event-logger",
            Self::FactoriGo => "factorigo",
            Self::FactoCord => "factocord",
            Self::RedMew => "redmew",
            Self::M45 => "m45",
            Self::Kbve => "kbve",
            Self::ThreeRaGaming => "3ragaming",
        }
    }

    /// The reverse of [`Dialect::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of dialects. The default is all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialects {
    bits: u8,
}

impl Default for Dialects {
    fn default() -> Self {
        Self::all()
    }
}

impl Dialects {
    /// Every dialect.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            bits: u8::MAX >> (8 - Dialect::ALL.len()),
        }
    }

    /// No dialect.
    #[must_use]
    pub const fn none() -> Self {
        Self { bits: 0 }
    }

    /// This set and one more.
    #[must_use]
    pub const fn with(self, dialect: Dialect) -> Self {
        Self {
            bits: self.bits | dialect.bit(),
        }
    }

    /// This set but one.
    #[must_use]
    pub const fn without(self, dialect: Dialect) -> Self {
        Self {
            bits: self.bits & !dialect.bit(),
        }
    }

    /// Whether the dialect is in the set.
    #[must_use]
    pub const fn contains(self, dialect: Dialect) -> bool {
        self.bits & dialect.bit() != 0
    }

    /// Reads a bare line.
    pub(crate) fn line(self, line: &[u8]) -> Option<Fact<'_>> {
        let on = |dialect| self.contains(dialect).then_some(());
        match line {
            [b'0', ..] => on(Dialect::FactoCord).and_then(|()| printed::factocord(line)),
            [b'[', b'F' | b'[', ..] => on(Dialect::FactoriGo).and_then(|()| printed::factorigo(line)),
            [b'[', b'W', ..] => on(Dialect::ThreeRaGaming).and_then(|()| printed::three_ra_gaming(line)),
            [b'[', b'D' | b'P' | b'B', ..] => on(Dialect::RedMew).and_then(|()| printed::redmew(line)),
            [b'[', b'M' | b'C' | b'R', ..] => on(Dialect::M45).and_then(|()| printed::m45(line)),
            _ => None,
        }
    }

    /// Reads the body of a `Script` line; `place` names the mod's file and line.
    pub(crate) fn script<'a>(self, place: &[u8], text: &'a [u8]) -> Option<Fact<'a>> {
        if !text.starts_with(b"[") {
            return None;
        }
        if self.contains(Dialect::EventLogger) && logged::is_event_logger(place) {
            return logged::event_logger(text);
        }
        if self.contains(Dialect::Kbve) && place.starts_with(b"@__kbve__/") {
            return logged::kbve(text);
        }
        None
    }
}

/// Whether a bare line is one program talking to another: Clusterio's `\f$ipc:` and BotBridge's `§TICK§EVENT§JSON`.
/// Such lines are never events, whatever they hold.
pub(crate) fn is_machine_talk(line: &[u8]) -> bool {
    line.starts_with(b"\x0c$ipc:") || line.starts_with("§".as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::from_name(dialect.as_str()), Some(dialect));
            assert!(Dialects::all().contains(dialect));
            assert!(!Dialects::all().without(dialect).contains(dialect));
            assert!(Dialects::none().with(dialect).contains(dialect));
        }
        let all = Dialect::ALL.into_iter().fold(Dialects::none(), Dialects::with);
        assert_eq!(all, Dialects::default());
        assert_eq!(Dialect::from_name("clusterio"), None);
    }
}
