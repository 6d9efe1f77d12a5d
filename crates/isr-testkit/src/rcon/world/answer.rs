//! What the game answers to a line of the console.
//!
//! Owns the exact reply forms of vanilla commands, 1.1 and 2.0. A command that is not played here is answered as one that
//! the game does not know.

use super::{Achievements, TICKS_PER_SECOND, World, same};
use crate::log::lines;

/// Who speaks and acts through RCON.
const SERVER: &str = "<server>";

impl World {
    /// Runs a line. `None` means that the game ends (`/quit`).
    pub fn run(&mut self, text: &str) -> Option<String> {
        let Some(command) = text.strip_prefix('/') else {
            // A text of several lines sends only its first as chat.
            let said = text.lines().next().unwrap_or_default();
            self.print(lines::chat(self.stamp(), SERVER, said));
            return Some(String::new());
        };
        let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
        let words: Vec<&str> = rest.split_whitespace().collect();
        let reply = match (word.to_lowercase().as_str(), words.as_slice()) {
            ("quit", _) => return None,
            (
                "c" | "command" | "sc" | "silent-command" | "mc" | "measured-command" | "editor" | "cheat",
                _,
            ) => {
                return Some(self.lua());
            }
            ("players" | "p", words) => self.list_players(words),
            ("time", _) => duration(self.ticks / TICKS_PER_SECOND),
            ("version", _) => self.version.clone(),
            ("seed", _) => self.seed.to_string(),
            ("evolution", _) => self.evolution(rest),
            ("admins", _) => self.list_admins(),
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
                let is = self.whitelist.iter().any(|listed| same(listed, name));
                format!("{name} {} whitelisted.", is_or_not(is))
            }
            ("whitelist", ["add", name]) => self.whitelist_add(name),
            ("whitelist", ["remove", name]) => self.whitelist_remove(name),
            ("kick", [name, reason @ ..]) => self.kick(name, &reason.join(" ")),
            ("ban", [name, reason @ ..]) => self.ban(name, &reason.join(" ")),
            ("unban", [name]) => self.unban(name),
            ("promote", [name]) => self.promote(name),
            ("demote", [name]) => self.demote(name),
            ("mute", [name]) => self.mute(name),
            ("unmute", [name]) => self.unmute(name),
            ("server-save", _) => String::new(),
            _ => format!("Unknown command \"{word}\". Type /h or /help for more help about commands."),
        };
        Some(if reply.is_empty() { reply } else { reply + "\n" })
    }

    /// The first Lua command is not run: it only warns.
    fn lua(&mut self) -> String {
        if self.achievements == Achievements::On {
            self.achievements = Achievements::Warned;
            let warning =
                "Using Lua console commands will disable achievements. Please repeat the command to proceed.";
            self.tagged("WARNING", warning);
        } else {
            self.achievements = Achievements::Off;
        }
        String::new()
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
        if self.version.starts_with("1.") || self.version.starts_with("0.") {
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

    fn list_admins(&self) -> String {
        let mark = |name: &String| {
            let online = if self.is_online(name) { " (online)" } else { "" };
            format!("{name}{online}")
        };
        self.admins.iter().map(mark).collect::<Vec<_>>().join("\n")
    }

    fn list_bans(&self) -> String {
        if self.bans.is_empty() {
            return "No players are banned.".into();
        }
        let line = |(name, reason): (&String, &String)| format!("{name} for {reason}");
        self.bans.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn whitelist_add(&mut self, name: &str) -> String {
        if self.whitelist.iter().any(|listed| same(listed, name)) {
            return format!("{name} is already whitelisted.");
        }
        self.whitelist.push(name.to_owned());
        format!("Added {name} to the whitelist.")
    }

    fn whitelist_remove(&mut self, name: &str) -> String {
        if take(&mut self.whitelist, name) {
            format!("Removed {name} from the whitelist.")
        } else {
            format!("{name} wasn't in the whitelist.")
        }
    }

    fn kick(&mut self, name: &str, reason: &str) -> String {
        if !self.knows(name) {
            return format!("Player {name} doesn't exist.");
        }
        if !self.is_online(name) {
            return format!("{name} isn't online.");
        }
        if let Some(player) = self.player(name) {
            player.online = false;
        }
        let reason = or_unspecified(reason);
        self.tagged(
            "KICK",
            &format!("{name} was kicked by {SERVER}. Reason: {reason}."),
        );
        String::new()
    }

    fn ban(&mut self, name: &str, reason: &str) -> String {
        let reason = or_unspecified(reason);
        let place = if self.knows(name) { "" } else { " (not on map)" };
        if let Some(player) = self.player(name) {
            player.online = false;
        }
        self.bans.insert(name.to_owned(), reason.to_owned());
        self.tagged(
            "BAN",
            &format!("{name}{place} was banned by {SERVER}. Reason: {reason}."),
        );
        String::new()
    }

    fn unban(&mut self, name: &str) -> String {
        let banned = self.bans.keys().find(|banned| same(banned, name)).cloned();
        let Some(banned) = banned else {
            return format!("Cannot unban {name} as the player is not banned.");
        };
        self.bans.remove(&banned);
        self.tagged("UNBANNED", &format!("{name} was unbanned by {SERVER}."));
        String::new()
    }

    fn promote(&mut self, name: &str) -> String {
        let knows = self.knows(name);
        if self.admins.iter().any(|admin| same(admin, name)) {
            return if knows {
                format!("{name} is already an admin.")
            } else {
                format!("{name} is already in the admin list and will be promoted upon joining the game.")
            };
        }
        self.admins.push(name.to_owned());
        let what = if knows {
            format!("{name} was promoted to admin by {SERVER}.")
        } else {
            format!(
                "{name} was added to the admin list by {SERVER} and will be promoted upon joining the game."
            )
        };
        self.tagged("PROMOTE", &what);
        String::new()
    }

    fn demote(&mut self, name: &str) -> String {
        if !take(&mut self.admins, name) {
            return if self.knows(name) {
                format!("{name} is not an admin.")
            } else {
                format!("{name} is not in the admin list.")
            };
        }
        self.tagged("DEMOTE", &format!("{name} was demoted from admin by {SERVER}."));
        String::new()
    }

    fn mute(&mut self, name: &str) -> String {
        if !self.knows(name) {
            return format!("Player {name} doesn't exist.");
        }
        if self.mutes.iter().any(|muted| same(muted, name)) {
            return format!("{name} is already muted.");
        }
        self.mutes.push(name.to_owned());
        format!("{name} has been muted by {SERVER}.")
    }

    fn unmute(&mut self, name: &str) -> String {
        if take(&mut self.mutes, name) {
            format!("{name} has been unmuted by {SERVER}.")
        } else {
            format!("{name} isn't muted.")
        }
    }
}

fn take(names: &mut Vec<String>, name: &str) -> bool {
    let before = names.len();
    names.retain(|listed| !same(listed, name));
    names.len() < before
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

const fn or_unspecified(reason: &str) -> &str {
    if reason.is_empty() { "unspecified" } else { reason }
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
