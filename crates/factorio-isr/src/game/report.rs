//! What is known of all games, for programs: the answer to `GET /games`.
//!
//! Owns its form. Whoever reaches the port may read it, so it holds no names of players, no addresses and no words of others
//! beyond those that `/metrics` has. What is not known is `null`. Cannot fail.

use isr_core::game::ups::Basis;
use isr_core::game::{End, Exact, GameState, Link, Matter, Snapshot, WhyDown};
use serde_json::{Map, Value, json};

use super::Board;

/// All games, by tag, and the moment it was made (Unix milliseconds), from which ages are counted.
#[must_use]
pub fn games(board: &Board, now_ms: i64) -> Value {
    let all = board.games();
    let games: Map<String, Value> = all
        .iter()
        .map(|(tag, game)| (tag.to_string(), one(&game.snapshots.borrow())))
        .collect();
    json!({ "service": "factorio-isr", "now_ms": now_ms, "games": games })
}

fn one(snapshot: &Snapshot) -> Value {
    let (link, link_since_ms) = link(&snapshot.link);
    let (game, game_since_ms) = state(snapshot.game);
    let exact = snapshot.exact.as_deref();
    json!({
        "link": link,
        "link_since_ms": link_since_ms,
        "link_why": match &snapshot.link {
            Link::Down(down) => Some(why(down.why)),
            _ => None,
        },
        "game": game,
        "game_since_ms": game_since_ms,
        "players": snapshot.players.as_ref().map(|players| players.online.len()),
        "ups": snapshot.pace.ups().map(|ups| json!({
            "value": ups.value,
            "plus_minus": ups.plus_minus,
            "target": ups.target,
            "window_seconds": ups.window.as_secs(),
            "basis": match ups.basis {
                Basis::Seconds => "time",
                Basis::Ticks => "ticks",
            },
        })),
        "last_save_ms": snapshot.last_save.map(|save| save.at_ms),
        "last_save_took_seconds": snapshot.last_save.and_then(|save| Some(save.took?.as_secs_f64())),
        "next_restart_ms": snapshot.next_restart_ms,
        "research": exact.and_then(research),
        "production": exact.and_then(production),
        "space_platforms": exact.and_then(|exact| Some(exact.platforms.as_ref().ok()?.count)),
        "rockets_launched": exact.and_then(|exact| exact.rockets.as_ref().ok().copied()),
    })
}

const fn link(link: &Link) -> (&'static str, Option<i64>) {
    match link {
        Link::None => ("none", None),
        Link::Connecting { since_ms } => ("connecting", Some(*since_ms)),
        Link::Up { since_ms } => ("up", Some(*since_ms)),
        Link::Silent { since_ms } => ("silent", Some(*since_ms)),
        Link::Down(down) => ("down", Some(down.since_ms)),
    }
}

const fn state(game: GameState) -> (&'static str, Option<i64>) {
    match game {
        GameState::Unknown => ("unknown", None),
        GameState::Running => ("running", None),
        GameState::Paused => ("paused", None),
        GameState::AutoPaused => ("auto_paused", None),
        GameState::Saving { since_ms } => ("saving", Some(since_ms)),
        GameState::Down { since_ms, end } => match end {
            End::Stopped => ("stopped", Some(since_ms)),
            End::Crashed => ("crashed", Some(since_ms)),
        },
    }
}

const fn why(why: WhyDown) -> &'static str {
    match why {
        WhyDown::Unresolved => "unresolved",
        WhyDown::Unreachable => "unreachable",
        WhyDown::TooSlow => "too_slow",
        WhyDown::WrongPassword => "wrong_password",
        WhyDown::NotRcon => "not_rcon",
        WhyDown::Ended => "ended",
    }
}

/// Nothing that is researched is an object without a technology; what is not known is `null`.
fn research(exact: &Exact) -> Option<Value> {
    let research = exact.research.as_ref().ok()?.as_ref();
    let queue = exact.queue.as_ref().ok();
    Some(json!({
        "technology": research.map(|now| &now.name),
        "level": research.map(|now| now.level),
        "progress": research.map(|now| now.progress),
        "queue": queue.map(|queue| queue.iter().map(|waiting| &waiting.name).collect::<Vec<_>>()),
    }))
}

fn production(exact: &Exact) -> Option<Value> {
    let flows = exact.production.as_ref().ok()?.iter().map(|made| {
        json!({
            "surface": made.surface,
            "kind": match made.matter {
                Matter::Item => "item",
                Matter::Fluid => "fluid",
            },
            "name": made.name,
            "made_per_minute": made.made,
            "used_per_minute": made.used,
        })
    });
    Some(flows.collect())
}
