//! What the game answers to a line of the console.
//!
//! Owns the exact reply forms of vanilla questions, 1.1 to 2.1. A command that is not played here is answered as one that
//! the game does not know.

use super::moderation::SERVER;
use super::{Achievements, TICKS_PER_SECOND, World, contains, same};
use crate::log::lines;

/// Whether a Lua command is told on the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Echo {
    Shown,
    Silent,
}

impl World {
    /// Runs a line. `None` means that the game ends (`/quit`).
    pub fn run(&mut self, text: &str) -> Option<String> {
        if !self.is_running() {
            return None;
        }
        let Some(command) = text.strip_prefix('/') else {
            // A text of several lines sends only its first as chat.
            let said = text.lines().next().unwrap_or_default();
            self.print(lines::chat(self.stamp(), SERVER, said));
            return Some(String::new());
        };
        let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
        let words: Vec<&str> = rest.split_whitespace().collect();
        let reply = match (word.to_lowercase().as_str(), words.as_slice()) {
            ("quit", _) => {
                self.quit();
                return None;
            }
            ("c" | "command" | "mc" | "measured-command", _) => return Some(self.lua(rest, Echo::Shown)),
            ("sc" | "silent-command", _) => return Some(self.lua(rest, Echo::Silent)),
            ("editor" | "cheat", _) => return Some(self.leave_the_rules(&word.to_lowercase())),
            ("players" | "p", words) => self.list_players(words),
            ("time", _) => duration(self.ticks / TICKS_PER_SECOND),
            ("version", _) => self.version.clone(),
            ("seed", _) => self.seed.to_string(),
            ("evolution", _) => self.evolution(rest),
            ("admins", words) => self.list_admins(words),
            ("config", ["get", key]) => self.setting(key),
            ("bans", _) => self.list_bans(),
            ("banlist", ["get"]) => listed("Banned players: ", "The banlist is empty.", self.bans.keys()),
            ("banlist", ["get", name]) => {
                let is = self.bans.keys().any(|banned| same(banned, name));
                format!("{name} {} banned.", is_or_not(is))
            }
            ("whitelist", ["get"]) => listed(
                "Whitelisted players: ",
                "The whitelist is empty.",
                self.whitelist.iter(),
            ),
            ("whitelist", ["get", name]) => {
                let is = contains(&self.whitelist, name);
                format!("{name} {} whitelisted.", is_or_not(is))
            }
            ("whitelist", ["enable"]) => self.switch_whitelist(true),
            ("whitelist", ["disable"]) => self.switch_whitelist(false),
            ("whitelist", ["add", name]) => self.whitelist_add(name),
            ("whitelist", ["remove", name]) => self.whitelist_remove(name),
            ("kick", [name, reason @ ..]) => self.kick(name, SERVER, &reason.join(" ")),
            ("ban", [name, reason @ ..]) => self.ban(name, SERVER, &reason.join(" ")),
            ("unban", [name]) => self.unban(name, SERVER),
            ("promote", [name]) => self.promote(name),
            ("demote", [name]) => self.demote(name),
            ("mute", [name]) => self.mute(name, SERVER),
            ("whisper" | "w", [name, ..]) => self.whisper(name),
            ("unmute", [name]) => self.unmute(name, SERVER),
            ("server-save", words) => self.server_save(words.first().unwrap_or(&"")),
            _ => format!("Unknown command \"{word}\". Type /h or /help for more help about commands."),
        };
        Some(if reply.is_empty() { reply } else { reply + "\n" })
    }

    /// The first Lua command is not run: it only warns, in two lines.
    fn lua(&mut self, code: &str, echo: Echo) -> String {
        if self.achievements == Achievements::On {
            self.warn(
                &format!("Player {SERVER} tried using the command \"{code}\"."),
                "Using Lua console commands",
            );
            return String::new();
        }
        self.achievements = Achievements::Off;
        if echo == Echo::Shown {
            self.tagged("COMMAND", &format!("{SERVER} (command): {code}"));
        }
        self.run_lua(code, echo)
    }

    /// Without the feature `lua` nothing is computed.
    #[cfg(not(feature = "lua"))]
    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "as with the feature"
    )]
    const fn run_lua(&mut self, _code: &str, _echo: Echo) -> String {
        String::new()
    }

    /// `/editor` and `/cheat`.
    fn leave_the_rules(&mut self, word: &str) -> String {
        if self.achievements == Achievements::On {
            let (tried, using) = if word == "editor" {
                ("the Map Editor", "Using the Map Editor")
            } else {
                ("the cheat command", "Using the cheat command")
            };
            self.warn(&format!("Player {SERVER} tried using {tried}."), using);
        } else {
            self.achievements = Achievements::Off;
        }
        String::new()
    }

    fn warn(&mut self, tried: &str, using: &str) {
        self.achievements = Achievements::Warned;
        self.tagged("WARNING", tried);
        let text = format!("{using} will disable achievements. Please repeat the command to proceed.");
        self.tagged("WARNING", &text);
    }

    fn server_save(&mut self, name: &str) -> String {
        if self.save_as(name) {
            String::new()
        } else {
            "Cannot save because a save is already in progress.".to_owned()
        }
    }

    /// Whether the game is older than this version.
    pub(super) fn is_before(&self, major: u32, minor: u32) -> bool {
        let mut numbers = self.version.split('.').map(|part| part.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < (major, minor)
    }

    fn list_players(&self, words: &[&str]) -> String {
        let online_only = words.iter().any(|word| matches!(*word, "online" | "o"));
        let only_count = words.iter().any(|word| matches!(*word, "count" | "c"));
        let listed: Vec<_> = self
            .players
            .iter()
            .filter(|player| player.online || !online_only)
            .collect();
        let title = if online_only { "Online players" } else { "Players" };
        let mut reply = format!("{title} ({}):", listed.len());
        for player in listed.iter().filter(|_| !only_count) {
            let mark = if player.online { " (online)" } else { "" };
            reply.push_str(&format!("\n  {}{mark}", player.name));
        }
        reply
    }

    fn evolution(&self, surface: &str) -> String {
        let line = |evolution: f64| {
            format!("Evolution factor: {evolution:.4}. (Time 12%) (Pollution 63%) (Spawner kills 25%)")
        };
        if self.is_before(2, 0) {
            return line(self.surfaces.first().map_or(0.0, |surface| surface.evolution));
        }
        let mut wanted = self
            .surfaces
            .iter()
            .filter(|known| surface.is_empty() || same(&known.name, surface))
            .peekable();
        if wanted.peek().is_none() {
            return format!("Surface \"{surface}\" does not exist.");
        }
        let lines: Vec<_> = wanted
            .map(|known| format!("{} - {}", known.name, line(known.evolution)))
            .collect();
        lines.join("\n")
    }

    fn setting(&self, key: &str) -> String {
        let known = self.config.get(key).cloned();
        known.unwrap_or_else(|| format!("Unknown config: {key}"))
    }

    /// 2.1 takes `online`.
    fn list_admins(&self, words: &[&str]) -> String {
        let online_only = words.first() == Some(&"online") && !self.is_before(2, 1);
        let mark = |name: &String| {
            let online = if self.is_online(name) { " (online)" } else { "" };
            format!("{name}{online}")
        };
        let admins = self.admins.iter();
        let listed = admins.filter(|name| !online_only || self.is_online(name));
        listed.map(mark).collect::<Vec<_>>().join("\n")
    }

    fn list_bans(&self) -> String {
        if self.bans.is_empty() {
            return "No players are banned.".into();
        }
        let line = |(name, reason): (&String, &String)| format!("{name} for {reason}");
        self.bans.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn listed<'a>(title: &str, empty: &str, names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(String::as_str).collect();
    if names.is_empty() {
        empty.to_owned()
    } else {
        format!("{title}{}", names.join(", "))
    }
}

const fn is_or_not(is: bool) -> &'static str {
    if is { "is" } else { "is not" }
}

/// `1 day, 11 hours, 1 minute and 26 seconds`; what is zero is left out.
fn duration(seconds: u64) -> String {
    let parts: Vec<_> = [
        (seconds / 86_400, "day"),
        (seconds / 3_600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, unit)| format!("{number} {unit}{}", if number == 1 { "" } else { "s" }))
    .collect();
    match parts.as_slice() {
        [] => "0 seconds".into(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}
