//! What the bot is seen to do: who is online, and whether a server is out of reach.
//!
//! Owns when that is told. Discord's own limit is kept by the session. Must not know how anything became known. Cannot fail.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use isr_core::game::Link;
use isr_core::game::presence::Watched;
use isr_core::source::ServerTag;
use isr_core::voice::Voice;
use isr_discord::gateway::{GatewayHandle, Presence, Standing};

use crate::config::Config;
use crate::game::Board;

/// What is shown is looked at so often: nobody reads it by the second.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Which servers are told of, and in which words. Clones follow the same configuration.
#[derive(Debug, Clone)]
pub(super) struct PresencePlan {
    board: Board,
    followed: Arc<Mutex<Followed>>,
}

#[derive(Debug, Default)]
struct Followed {
    servers: Vec<ServerTag>,
    voice: Arc<Voice>,
}

impl PresencePlan {
    pub(super) fn new(board: Board) -> Self {
        Self {
            board,
            followed: Arc::default(),
        }
    }

    /// Tells of the servers of a configuration from now on, in the words of the first.
    pub(super) fn follow(&self, config: &Config) {
        let followed = Followed {
            servers: config.servers.iter().map(|server| server.tag.clone()).collect(),
            voice: config
                .servers
                .first()
                .map(|server| Arc::clone(&server.voice))
                .unwrap_or_default(),
        };
        *self.followed.lock().unwrap_or_else(PoisonError::into_inner) = followed;
    }

    /// The words of the first server.
    pub(super) fn voice(&self) -> Arc<Voice> {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&followed.voice)
    }

    /// Shows it for ever.
    pub(super) async fn show(&self, handle: &GatewayHandle) {
        let mut shown = None;
        loop {
            let now = self.now();
            if shown.as_ref() != Some(&now) {
                handle.present(now.clone()).await;
                shown = Some(now);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn now(&self) -> Presence {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let games = self.board.games();
        let mut seen = Watched::default();
        for tag in &followed.servers {
            let Some(snapshot) = games.get(tag).map(|game| Arc::clone(&game.snapshots.borrow())) else {
                continue;
            };
            seen.servers += 1;
            match snapshot.link {
                Link::Down(_) => seen.down += 1,
                Link::None | Link::Connecting { .. } | Link::Up { .. } | Link::Silent { .. } => {}
            }
            if let Some(players) = &snapshot.players {
                seen.online = Some(seen.online.unwrap_or_default() + players.online.len());
            }
        }
        let standing = if seen.down > 0 {
            Standing::Idle
        } else {
            Standing::Online
        };
        Presence::new(standing, &followed.voice.presence(&seen))
    }
}
