//! What is offered while somebody types.
//!
//! Owns the lists and how long they count. Players come from what is known of the game; who is banned, who administrates,
//! who is on the whitelist, and the technologies where Lua runs anyway, are asked of the game once in a while, with the
//! patience of a poll. Must not know rights. Cannot
//! fail: without a list nothing is offered.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use factorio_rcon::command::{Admins, Ask, BanList, Players, Scope, Whitelist};
use factorio_rcon::{Priority, Session};
use isr_core::command::tree::Offers;
use isr_core::source::ServerTag;
use isr_store::Store;
use tokio::time::Instant;

use super::change::silent;
use super::known::{is_inner, saves, technologies};
use super::lua::TECHNOLOGIES;
use crate::game::Game;

/// Discord waits three seconds for the choices.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// A list counts for so long.
const FRESH: Duration = Duration::from_secs(20);
/// Names that are kept of one list.
const MOST: usize = 5_000;

/// Where names are found that no console tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shelf<'a> {
    pub(super) saves: &'a Vec<PathBuf>,
    pub(super) store: &'a Store,
    pub(super) now_ms: i64,
}

/// Lists that games gave.
#[derive(Debug, Default)]
pub(super) struct Lists(Mutex<Kept>);

/// What a game listed, and when.
type Kept = HashMap<(ServerTag, Kind), (Instant, Vec<String>)>;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Players,
    Banned,
    Admins,
    Whitelisted,
    Technologies,
}

impl Lists {
    /// The names that hold what was typed, the likeliest first.
    pub(super) async fn offered(
        &self,
        offers: Offers,
        (game, shelf): (Option<&Game>, Shelf<'_>),
        typed: &str,
    ) -> Vec<String> {
        let names = match (offers, game) {
            (Offers::Clock, _) => ["day", "night", "eternal-day", "eternal-night"]
                .map(str::to_owned)
                .into(),
            (Offers::Surfaces, Some(game)) => surfaces(game),
            (Offers::Players, Some(game)) => self.players(game).await,
            (Offers::Banned, Some(game)) => self.list(Kind::Banned, game).await,
            (Offers::Admins, Some(game)) => self.list(Kind::Admins, game).await,
            (Offers::Whitelisted, Some(game)) => self.list(Kind::Whitelisted, game).await,
            (Offers::Technologies, Some(game)) => self.technologies(game, shelf).await,
            (Offers::Saves, _) => saves(shelf.saves.clone()).await,
            (Offers::Nothing | Offers::Servers | Offers::Watches, _) | (_, None) => Vec::new(),
        };
        fitting(names, typed)
    }

    /// Who is there, then everybody who ever was.
    async fn players(&self, game: &Game) -> Vec<String> {
        let snapshot = game.snapshots.borrow().clone();
        let online = snapshot.players.iter().flat_map(|players| &players.online);
        let mut names: Vec<String> = online.map(|player| player.name.clone()).collect();
        for name in self.list(Kind::Players, game).await {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// What the game and its log told of, then all of them where it is asked with Lua anyway, and the word for all.
    async fn technologies(&self, game: &Game, shelf: Shelf<'_>) -> Vec<String> {
        let mut names = technologies(game, shelf.store.clone(), shelf.now_ms).await;
        // The first Lua of a map is not sent because somebody types.
        if game.snapshots.borrow().exact.is_some() {
            for name in self.list(Kind::Technologies, game).await {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names.push("all".to_owned());
        names
    }

    async fn list(&self, kind: Kind, game: &Game) -> Vec<String> {
        let key = (game.tag.clone(), kind);
        if let Some((_, names)) = self.lock().get(&key).filter(|(at, _)| at.elapsed() < FRESH) {
            return names.clone();
        }
        let Some(session) = &game.session else {
            return Vec::new();
        };
        let asked = match kind {
            Kind::Players => asked(session, &Players(Scope::All)).await.map(|list| {
                let mut players = list.players;
                // The last ones who joined for the first time are the likeliest.
                players.reverse();
                players.into_iter().map(|player| player.name).collect()
            }),
            Kind::Banned => asked(session, &BanList).await,
            Kind::Admins => asked(session, &Admins)
                .await
                .map(|list| list.into_iter().map(|admin| admin.name).collect()),
            Kind::Whitelisted => asked(session, &Whitelist).await,
            Kind::Technologies => every_technology(session).await,
        };
        let mut names: Vec<String> = asked.unwrap_or_default();
        names.truncate(MOST);
        self.lock().insert(key, (Instant::now(), names.clone()));
        names
    }

    /// A change makes what was known of a server out of date.
    pub(super) fn forget(&self, server: &ServerTag) {
        self.lock().retain(|(tag, _), _| tag != server);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn asked<A: Ask>(session: &Session, ask: &A) -> Option<A::Answer> {
    let command = ask.command().ok()?;
    let reply = session
        .send_within(command, Priority::Person, PATIENCE)
        .await
        .ok()?;
    ask.read(&reply.text()).ok()
}

async fn every_technology(session: &Session) -> Option<Vec<String>> {
    let line = silent(TECHNOLOGIES, session.policy()).ok()?;
    session.policy().admit(&line).ok()?;
    let reply = session.send_within(line, Priority::Person, PATIENCE).await.ok()?;
    let text = reply.text();
    let mut names: Vec<String> = text
        .split_whitespace()
        .filter(|name| is_inner(name))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    Some(names)
}

fn surfaces(game: &Game) -> Vec<String> {
    let snapshot = game.snapshots.borrow().clone();
    let known = snapshot.evolution.iter().flatten();
    let mut names: Vec<String> = known.filter_map(|surface| surface.name.clone()).collect();
    names.push("all".to_owned());
    names
}

/// Those that begin with what was typed, then those that hold it. A name that Discord would cut would mean nobody.
fn fitting(names: Vec<String>, typed: &str) -> Vec<String> {
    const CHOICE_LENGTH: usize = 100;
    let typed = typed.trim().to_lowercase();
    let fits = |name: &String| !name.trim().is_empty() && name.chars().count() <= CHOICE_LENGTH;
    let (begin, rest): (Vec<String>, Vec<String>) = names
        .into_iter()
        .filter(fits)
        .partition(|name| name.to_lowercase().starts_with(&typed));
    let hold = rest
        .into_iter()
        .filter(|name| name.to_lowercase().contains(&typed));
    begin.into_iter().chain(hold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_so_comes_first_and_what_would_be_cut_is_left_out() {
        let names = ["Zoe", "anna", "Hannah", "", &"a".repeat(101)]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(fitting(names.clone(), "AN"), ["anna", "Hannah"]);
        assert_eq!(fitting(names, ""), ["Zoe", "anna", "Hannah"]);
    }
}
