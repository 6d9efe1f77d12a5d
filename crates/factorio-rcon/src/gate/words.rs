//! The commands of the unmodded game with their aliases: the allow-list of the gate.
//!
//! Owns the words from 0.17 to 2.1 and what each does. A word that is missing here is refused, never guessed. Cannot
//! fail.

use super::{Answer, Effect};

/// One command of the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The full word without the slash.
    pub name: &'static str,
    aliases: &'static [&'static str],
    nature: Nature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Asks, whatever its arguments.
    Reads,
    /// Says something.
    Speaks,
    /// Changes something, or opens something for the one who typed it.
    Changes,
    /// Asks when its first argument is one of these, else changes.
    ReadsWith(&'static [&'static str]),
    /// Runs Lua, or ends achievements in another way.
    EndsAchievements,
}

impl Word {
    /// The word that was typed, without the slash, in any case. Aliases count.
    #[must_use]
    pub fn find(typed: &str) -> Option<&'static Self> {
        WORDS.iter().find(|word| {
            word.name.eq_ignore_ascii_case(typed)
                || word.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(typed))
        })
    }

    /// All of them.
    #[must_use]
    pub fn all() -> &'static [Self] {
        WORDS
    }

    /// The other words that the game takes for it.
    #[must_use]
    pub const fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// Whether it ends the achievements of the save.
    #[must_use]
    pub const fn ends_achievements(&self) -> bool {
        matches!(self.nature, Nature::EndsAchievements)
    }

    /// What it does with these arguments.
    #[must_use]
    pub fn effect(&self, arguments: &str) -> Effect {
        let first = arguments.split_whitespace().next().unwrap_or_default();
        match self.nature {
            Nature::Reads => Effect::Reads,
            Nature::Speaks => Effect::Speaks,
            Nature::ReadsWith(asking) if asking.iter().any(|word| word.eq_ignore_ascii_case(first)) => {
                Effect::Reads
            }
            Nature::ReadsWith(_) | Nature::Changes | Nature::EndsAchievements => Effect::Changes,
        }
    }

    /// How the server answers it.
    #[must_use]
    pub fn answer(&self) -> Answer {
        if self.name == "quit" {
            Answer::Hangup
        } else {
            Answer::Packet
        }
    }
}

const READS: Nature = Nature::Reads;
const SPEAKS: Nature = Nature::Speaks;
const CHANGES: Nature = Nature::Changes;
const ENDS: Nature = Nature::EndsAchievements;

const fn word(name: &'static str, aliases: &'static [&'static str], nature: Nature) -> Word {
    Word {
        name,
        aliases,
        nature,
    }
}

static WORDS: &[Word] = &[
    word("admin", &[], CHANGES),
    word("admins", &[], READS),
    word("alerts", &[], CHANGES),
    word("ban", &[], CHANGES),
    word("banlist", &[], Nature::ReadsWith(&["get"])),
    word("bans", &[], READS),
    word("cheat", &[], ENDS),
    word("clear", &[], CHANGES),
    word("color", &[], CHANGES),
    word("command", &["c"], ENDS),
    word("config", &[], Nature::ReadsWith(&["get"])),
    word("delete-blueprint-library", &[], CHANGES),
    word("demote", &[], CHANGES),
    word("editor", &[], ENDS),
    word("enable-research-queue", &[], CHANGES),
    word("evolution", &[], READS),
    word("help", &["h"], READS),
    word("ignore", &[], CHANGES),
    word("ignores", &[], READS),
    word("kick", &[], CHANGES),
    word("large-blueprint-size", &[], Nature::ReadsWith(&["get"])),
    word("measured-command", &["mc"], ENDS),
    word("mute", &[], CHANGES),
    word("mute-programmable-speaker", &[], CHANGES),
    word("mutes", &[], READS),
    word("open", &[], CHANGES),
    word("perf-avg-frames", &[], CHANGES),
    word(
        "permissions",
        &[],
        Nature::ReadsWith(&["groups", "get-player-group"]),
    ),
    word("players", &["p"], READS),
    word("promote", &[], CHANGES),
    word("purge", &[], CHANGES),
    word("quit", &[], CHANGES),
    word("reply", &["r"], SPEAKS),
    word("reset-tips", &[], CHANGES),
    word("save", &[], CHANGES),
    word("screenshot", &[], CHANGES),
    word("seed", &[], READS),
    word("server-save", &[], CHANGES),
    word("shout", &["s"], SPEAKS),
    word("silent-command", &["sc"], ENDS),
    word("space-platform-delete-time", &[], CHANGES),
    word("swap-players", &[], CHANGES),
    word("time", &[], READS),
    word("toggle-action-logging", &[], CHANGES),
    word("toggle-heavy-mode", &[], CHANGES),
    word("unban", &[], CHANGES),
    word("unignore", &[], CHANGES),
    word("unlock-shortcut-bar", &[], CHANGES),
    word("unlock-tips", &[], CHANGES),
    word("unmute", &[], CHANGES),
    word("version", &[], READS),
    word("whisper", &["w"], SPEAKS),
    word("whitelist", &[], Nature::ReadsWith(&["get"])),
];
