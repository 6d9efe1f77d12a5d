//! Commands that ask and change nothing.
//!
//! Owns their words. How each reply is read is in [`reply`](crate::reply).

use std::time::Duration;

use super::{Ask, ConfigKey, PlayerName, SurfaceName};
use crate::gate::{Refusal, VanillaCommand};
use crate::reply::{self, ConfigValue, Listed, Membership, PlayerList, SurfaceEvolution, Unreadable};

/// Which players are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everybody who ever joined this save.
    All,
    /// Who is there now.
    Online,
}

/// `/players`, `/players online`: names, in the order in which they first joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Players(pub Scope);

/// `/players count`, `/players online count`: how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayerCount(pub Scope);

/// `/time`: how long the map has been played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time;

/// `/evolution`: of all surfaces, or of one (since 2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evolution {
    /// One surface; before 2.0 there is only one answer.
    pub surface: Option<SurfaceName>,
}

/// `/version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version;

/// `/seed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed;

/// `/admins`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admins;

/// `/banlist get`: names only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BanList;

/// `/bans`: names with reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bans;

/// `/banlist get NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsBanned(pub PlayerName);

/// `/whitelist get`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whitelist;

/// `/whitelist get NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsWhitelisted(pub PlayerName);

/// `/config get KEY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigGet(pub ConfigKey);

impl Scope {
    const fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Online => "online",
        }
    }

    const fn count_words(self) -> &'static str {
        match self {
            Self::All => "count",
            Self::Online => "online count",
        }
    }
}

impl Ask for Players {
    type Answer = PlayerList;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("players", self.0.word())
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::players(reply, self.0)
    }
}

impl Ask for PlayerCount {
    type Answer = u32;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("players", self.0.count_words())
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::player_count(reply, self.0)
    }
}

impl Ask for Time {
    type Answer = Duration;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("time", "")
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::time(reply)
    }
}

impl Ask for Evolution {
    type Answer = Vec<SurfaceEvolution>;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("evolution", self.surface.as_ref().map_or("", SurfaceName::as_str))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::evolution(reply)
    }
}

impl Ask for Version {
    type Answer = reply::GameVersion;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("version", "")
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::version(reply)
    }
}

impl Ask for Seed {
    type Answer = u64;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("seed", "")
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::seed(reply)
    }
}

impl Ask for Admins {
    type Answer = Vec<Listed>;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("admins", "")
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::admins(reply)
    }
}

impl Ask for BanList {
    type Answer = Vec<String>;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("banlist", "get")
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::ban_list(reply)
    }
}

impl Ask for Bans {
    type Answer = Vec<reply::Banned>;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("bans", "")
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::bans(reply)
    }
}

impl Ask for IsBanned {
    type Answer = Membership;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("banlist", &format!("get {}", self.0.as_str()))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::is_banned(reply, &self.0)
    }
}

impl Ask for Whitelist {
    type Answer = Vec<String>;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("whitelist", "get")
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::whitelist(reply)
    }
}

impl Ask for IsWhitelisted {
    type Answer = Membership;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("whitelist", &format!("get {}", self.0.as_str()))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::is_whitelisted(reply, &self.0)
    }
}

impl Ask for ConfigGet {
    type Answer = ConfigValue;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("config", &format!("get {}", self.0.as_str()))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::config(reply, self.0)
    }
}
