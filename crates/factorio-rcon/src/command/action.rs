//! Commands that change something: at most once each.
//!
//! Owns their words. The reply of most is a [`Verdict`]; where the game says nothing, that is what it says.

use super::{Ask, PlayerName, Reason, SaveName};
use crate::gate::{ChatText, Refusal, VanillaCommand};
use crate::reply::{self, SaveReply, Unreadable, Verdict};

/// `/kick NAME REASON`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kick {
    /// Who.
    pub player: PlayerName,
    /// Why; the game says `unspecified` without.
    pub reason: Option<Reason>,
}

/// `/ban NAME REASON`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Who.
    pub player: PlayerName,
    /// Why; the game says `unspecified` without.
    pub reason: Option<Reason>,
}

/// `/unban NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unban(pub PlayerName);

/// `/mute NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute(pub PlayerName);

/// `/unmute NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmute(pub PlayerName);

/// `/promote NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promote(pub PlayerName);

/// `/demote NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demote(pub PlayerName);

/// `/whitelist add NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhitelistAdd(pub PlayerName);

/// `/whitelist remove NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhitelistRemove(pub PlayerName);

/// `/whitelist enable` and `/whitelist disable`. How the game words that it did is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhitelistSwitch {
    /// Only who is on it may join.
    On,
    /// Everybody may join.
    Off,
}

/// `/whisper NAME TEXT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whisper {
    /// To whom.
    pub player: PlayerName,
    /// What.
    pub text: ChatText,
}

/// `/server-save`, perhaps under a name. That it finished shows only in the game log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSave(pub Option<SaveName>);

/// `/quit`: ends the server cleanly. Its answer is the end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quit;

impl Ask for Kick {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("kick", &with_reason(&self.player, self.reason.as_ref()))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::kick(reply, &self.player)
    }
}

impl Ask for Ban {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("ban", &with_reason(&self.player, self.reason.as_ref()))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::ban(reply, &self.player)
    }
}

impl Ask for Unban {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("unban", self.0.as_str())
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::unban(reply, &self.0)
    }
}

impl Ask for Mute {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("mute", self.0.as_str())
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::mute(reply, &self.0)
    }
}

impl Ask for Unmute {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("unmute", self.0.as_str())
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::unmute(reply, &self.0)
    }
}

impl Ask for Promote {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("promote", self.0.as_str())
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::promote(reply, &self.0)
    }
}

impl Ask for Demote {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("demote", self.0.as_str())
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::demote(reply, &self.0)
    }
}

impl Ask for WhitelistAdd {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("whitelist", &format!("add {}", self.0.as_str()))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::whitelist_add(reply, &self.0)
    }
}

impl Ask for WhitelistRemove {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("whitelist", &format!("remove {}", self.0.as_str()))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::whitelist_remove(reply, &self.0)
    }
}

impl Ask for WhitelistSwitch {
    type Answer = String;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known(
            "whitelist",
            match self {
                Self::On => "enable",
                Self::Off => "disable",
            },
        )
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::notice(reply)
    }
}

impl Ask for Whisper {
    type Answer = Verdict;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        let arguments = format!("{} {}", self.player.as_str(), self.text.as_str());
        VanillaCommand::known("whisper", &arguments)
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::whisper(reply, &self.player)
    }
}

impl Ask for ServerSave {
    type Answer = SaveReply;

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("server-save", self.0.as_ref().map_or("", SaveName::as_str))
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::server_save(reply)
    }
}

impl Ask for Quit {
    type Answer = ();

    fn command(&self) -> Result<VanillaCommand, Refusal> {
        VanillaCommand::known("quit", "")
    }

    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable> {
        reply::nothing(reply)
    }
}

fn with_reason(player: &PlayerName, reason: Option<&Reason>) -> String {
    let player = player.as_str();
    reason.map_or_else(
        || player.to_owned(),
        |reason| format!("{player} {}", reason.as_str()),
    )
}
