//! Who comes and goes, and the lines that this leaves, in the order in which real logs have them.
//!
//! Owns players and their connections. Cannot fail.

use super::{World, contains, same};
use crate::log::{engine, lines};

/// The map as it goes over the wire.
const MAP_BYTES: u64 = 8_039_612;

/// A player whom the map knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Player {
    pub(super) name: String,
    pub(super) online: bool,
    /// The number of the connection, from 1, as long as there is one.
    pub(super) peer: u64,
    /// The tick of the last coming.
    pub(super) came: u64,
    /// The tick of the last going.
    pub(super) went: u64,
    /// Ticks of all former sessions together.
    pub(super) played: u64,
}

impl Player {
    /// How long the player has been on this map in all.
    pub(super) fn online_ticks(&self, now: u64) -> u64 {
        let session = if self.online {
            now.saturating_sub(self.came)
        } else {
            0
        };
        self.played + session
    }

    fn leave(&mut self, now: u64) {
        self.played = self.online_ticks(now);
        self.online = false;
        self.went = now;
    }
}

impl World {
    /// A player joins, for the first time or again, whatever bans and lists say.
    pub fn join(&mut self, name: &str) {
        let (tick, peer) = (self.ticks, self.process.next_peer());
        self.login(name, "");
        let mode = if self.knows(name) { "connect" } else { "create" };
        match self.player(name) {
            Some(player) => {
                player.online = true;
                (player.peer, player.came) = (peer, tick);
            }
            None => self.players.push(Player {
                name: name.to_owned(),
                online: true,
                peer,
                came: tick,
                went: 0,
                played: 0,
            }),
        }
        self.catch_up(peer);
        let index = self.players.iter().position(|player| same(&player.name, name));
        self.engine(engine::joined(tick, peer, index.unwrap_or(0), mode));
        self.engine(engine::peer_state(
            tick,
            peer,
            "WaitingForCommandToStartSendingTickClosures",
            "InGame",
        ));
        self.print(lines::join(self.stamp(), name));
    }

    /// A client knocks; bans, whitelist and double names turn it away. Says why, or lets it in.
    ///
    /// # Errors
    /// The reason word of the engine log.
    pub fn knock(&mut self, name: &str) -> Result<(), &'static str> {
        let reason = if self.bans.keys().any(|banned| same(banned, name)) {
            "UserBanned"
        } else if self.whitelist_on && !contains(&self.whitelist, name) {
            "UserNotWhitelisted"
        } else if self.is_online(name) {
            "UserWithThatNameAlreadyInGame"
        } else {
            self.join(name);
            return Ok(());
        };
        self.turn_away(name, reason);
        Err(reason)
    }

    /// A client is turned away for this reason (`ModsMismatch`, `PasswordMismatch` …).
    pub fn turn_away(&mut self, name: &str, reason: &str) {
        self.login(name, reason);
    }

    /// A player leaves. When it was the last one, the game saves.
    pub fn leave(&mut self, name: &str) {
        let Some((peer, tick)) = self.goes(name) else {
            return;
        };
        self.engine(engine::going(peer));
        self.engine(engine::peer_state(tick, peer, "InGame", "DisconnectScheduled"));
        self.print(lines::leave(self.stamp(), name));
        self.remove(peer);
    }

    /// The connection of a player breaks. Only its end is logged, and why is told on screens alone.
    pub fn lose_connection(&mut self, name: &str) {
        let Some((peer, tick)) = self.goes(name) else {
            return;
        };
        let state = "WaitingForUserToSaveOrQuitAfterServerLeft";
        self.engine(engine::peer_state(tick, peer, "InGame", state));
        self.print(lines::leave(self.stamp(), name));
        self.remove(peer);
    }

    /// The world of a player differs from the server's: it is told, downloads the map again and goes on.
    pub fn desync(&mut self, name: &str) {
        let Some(player) = self
            .players
            .iter()
            .find(|player| player.online && same(&player.name, name))
        else {
            return;
        };
        let (peer, tick) = (player.peer, self.ticks);
        self.engine(engine::desynced(tick, peer));
        self.engine(engine::server_state(
            tick,
            "InGame",
            "InGameSavingMapForDesyncReport",
        ));
        let states = [
            "InGame",
            "DesyncedWaitingForMap",
            "DesyncedCatchingUpWithMapReadyForDownload",
            "DesyncedSavingLocalVariantOfMap",
            "DesyncedDownloadingMap",
            "DesyncedCreatingReport",
            "ConnectedLoadingMap",
        ];
        self.peer_goes_through(peer, &states[..3]);
        self.engine(engine::server_state(
            tick,
            "InGameSavingMapForDesyncReport",
            "InGame",
        ));
        self.peer_goes_through(peer, &states[2..]);
        self.peer_goes_through(
            peer,
            &[
                "ConnectedLoadingMap",
                "TryingToCatchUp",
                "WaitingForCommandToStartSendingTickClosures",
                "InGame",
            ],
        );
    }

    /// The player of this name, as the map knows it.
    pub(super) fn player(&mut self, name: &str) -> Option<&mut Player> {
        self.players.iter_mut().find(|player| same(&player.name, name))
    }

    /// The name as the map spells it.
    pub(super) fn spelt(&self, name: &str) -> String {
        let known = self.players.iter().find(|player| same(&player.name, name));
        known.map_or(name, |player| &player.name).to_owned()
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.players.iter().any(|player| same(&player.name, name))
    }

    pub(super) fn is_online(&self, name: &str) -> bool {
        self.online().any(|online| same(online, name))
    }

    /// A player is removed by the server, without a word of its own.
    pub(super) fn remove_player(&mut self, name: &str) {
        if let Some((peer, _)) = self.goes(name) {
            self.remove(peer);
        }
    }

    /// Nobody is there any more, and nobody said goodbye.
    pub(super) fn lose_everybody(&mut self) {
        let now = self.ticks;
        let online = self.players.iter_mut().filter(|player| player.online);
        online.for_each(|player| player.leave(now));
    }

    fn goes(&mut self, name: &str) -> Option<(u64, u64)> {
        let tick = self.ticks;
        let player = self.player(name).filter(|player| player.online)?;
        player.leave(tick);
        Some((player.peer, tick))
    }

    fn remove(&mut self, peer: u64) {
        let sequence = self.process.heartbeat();
        self.engine(engine::heartbeat(sequence, &format!("removing peer({peer}).")));
        if !self.has_players_online() {
            self.save_after_the_last();
        }
    }

    /// The handshake: the first attempt of every client lacks the proof of its name.
    fn login(&mut self, name: &str, refused: &str) {
        let first = self.process.next_address();
        self.engine(engine::knock(&first));
        self.engine(engine::refusal(&first, name, "UserVerificationMissing"));
        let second = self.process.next_address();
        self.engine(engine::knock(&second));
        if refused.is_empty() {
            self.engine(engine::admitted(&second));
        } else {
            self.engine(engine::refusal(&second, name, refused));
        }
    }

    /// From the first packet to the map in its hands.
    fn catch_up(&mut self, peer: u64) {
        let tick = self.ticks;
        let sequence = self.process.heartbeat();
        self.engine(engine::heartbeat(sequence, &format!("adding peer({peer})")));
        self.engine(engine::server_state(tick, "InGame", "InGameSavingMap"));
        self.peer_goes_through(peer, &["Ready", "ConnectedWaitingForMap"]);
        self.engine(engine::serving(tick, peer, MAP_BYTES));
        self.engine(engine::server_state(tick, "InGameSavingMap", "InGame"));
        self.peer_goes_through(
            peer,
            &[
                "ConnectedWaitingForMap",
                "ConnectedDownloadingMap",
                "ConnectedLoadingMap",
                "TryingToCatchUp",
                "WaitingForCommandToStartSendingTickClosures",
            ],
        );
    }

    fn peer_goes_through(&mut self, peer: u64, states: &[&str]) {
        for pair in states.windows(2) {
            self.engine(engine::peer_state(self.ticks, peer, pair[0], pair[1]));
        }
    }
}
