//! Who came back lately, and how often.
//!
//! Owns a short memory, so that a player who flaps is counted over several messages. Bounded: the oldest is forgotten.

use std::collections::VecDeque;

use crate::source::ServerTag;

/// Players remembered.
const MOST: usize = 64;
/// Reconnections with no longer time between them belong together.
const TOGETHER_MS: i64 = 10 * 60_000;

#[derive(Debug, Default)]
pub(super) struct Flaps(VecDeque<Flap>);

#[derive(Debug)]
struct Flap {
    server: ServerTag,
    player: String,
    times: u32,
    last_ms: i64,
}

impl Flaps {
    /// How often a player had come back before `now_ms`, without a long time between.
    pub(super) fn before(&self, server: &ServerTag, player: &str, now_ms: i64) -> u32 {
        self.0
            .iter()
            .find(|flap| flap.player == player && flap.server == *server)
            .filter(|flap| (0..=TOGETHER_MS).contains(&now_ms.saturating_sub(flap.last_ms)))
            .map_or(0, |flap| flap.times)
    }

    pub(super) fn note(&mut self, server: &ServerTag, player: &str, times: u32, now_ms: i64) {
        self.0
            .retain(|flap| flap.player != player || flap.server != *server);
        while self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(Flap {
            server: server.clone(),
            player: player.to_owned(),
            times,
            last_ms: now_ms,
        });
    }
}
