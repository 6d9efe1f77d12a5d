//! Kicks, bans, mutes, admins, the whitelist.
//!
//! Owns what these do to the world, and the exact words of replies and console lines. Cannot fail.

use super::{World, contains, same, take};

/// Who speaks and acts through RCON.
pub(super) const SERVER: &str = "<server>";

impl World {
    /// How the game words this was never seen.
    pub(super) fn switch_whitelist(&mut self, on: bool) -> String {
        self.whitelist_on = on;
        String::new()
    }

    pub(super) fn whitelist_add(&mut self, name: &str) -> String {
        if contains(&self.whitelist, name) {
            return format!("{name} is already whitelisted.");
        }
        self.whitelist.push(name.to_owned());
        format!("Added {name} to the whitelist.")
    }

    pub(super) fn whitelist_remove(&mut self, name: &str) -> String {
        if take(&mut self.whitelist, name) {
            format!("Removed {name} from the whitelist.")
        } else {
            format!("{name} wasn't in the whitelist.")
        }
    }

    pub(super) fn kick(&mut self, name: &str, by: &str, reason: &str) -> String {
        if !self.knows(name) {
            return format!("Player {name} doesn't exist.");
        }
        if !self.is_online(name) {
            return format!("{name} isn't online.");
        }
        let (name, reason) = (self.spelt(name), or_unspecified(reason));
        self.tagged("KICK", &format!("{name} was kicked by {by}. Reason: {reason}."));
        self.remove_player(&name);
        String::new()
    }

    pub(super) fn ban(&mut self, name: &str, by: &str, reason: &str) -> String {
        let reason = or_unspecified(reason);
        let place = if self.knows(name) { "" } else { " (not on map)" };
        let name = self.spelt(name);
        self.bans.insert(name.clone(), reason.to_owned());
        self.tagged(
            "BAN",
            &format!("{name}{place} was banned by {by}. Reason: {reason}."),
        );
        self.remove_player(&name);
        String::new()
    }

    pub(super) fn unban(&mut self, name: &str, by: &str) -> String {
        let banned = self.bans.keys().find(|banned| same(banned, name)).cloned();
        let Some(banned) = banned else {
            return format!("Cannot unban {name} as the player is not banned.");
        };
        self.bans.remove(&banned);
        self.tagged("UNBANNED", &format!("{name} was unbanned by {by}."));
        String::new()
    }

    pub(super) fn promote(&mut self, name: &str) -> String {
        let knows = self.knows(name);
        if contains(&self.admins, name) {
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

    pub(super) fn demote(&mut self, name: &str) -> String {
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

    pub(super) fn mute(&mut self, name: &str, by: &str) -> String {
        if !self.knows(name) {
            return format!("Player {name} doesn't exist.");
        }
        if contains(&self.mutes, name) {
            return format!("{name} is already muted.");
        }
        self.mutes.push(name.to_owned());
        format!("{name} has been muted by {by}.")
    }

    /// The words are those of the other commands that name a player; those of this one were never seen.
    pub(super) fn whisper(&self, name: &str) -> String {
        if !self.knows(name) {
            return format!("Player {name} doesn't exist.");
        }
        if self.is_online(name) {
            String::new()
        } else {
            format!("{name} isn't online.")
        }
    }

    pub(super) fn unmute(&mut self, name: &str, by: &str) -> String {
        if take(&mut self.mutes, name) {
            format!("{name} has been unmuted by {by}.")
        } else {
            format!("{name} isn't muted.")
        }
    }
}

const fn or_unspecified(reason: &str) -> &str {
    if reason.is_empty() { "unspecified" } else { reason }
}
