//! From what our script printed to what is known of a game.
//!
//! Owns nothing but the names of both sides: the one of the library that reads a reply, the other of what people see. Cannot
//! fail: what the script could not read is a value.

use factorio_rcon::reply::{self, Part, Ticking};
use isr_core::game::{
    Asked, Exact, Matter, Pausing, Platform, Platforms, Production, Read, Technology, Unread,
};

/// What was told, as the rest of the program knows it.
pub(super) fn told(told: reply::Exact, asked: Asked) -> Exact {
    // A short question asks for no part; in a long one a part that is missing is one that this version does not have.
    let is_short = matches!(told.research, Part::Missing) && matches!(told.rockets, Part::Missing);
    let missing = if is_short {
        Unread::NotAsked
    } else {
        Unread::Unsupported
    };
    Exact {
        asked,
        tick: told.tick,
        speed: told.speed,
        pausing: match told.ticking {
            Ticking::Going => Pausing::Going,
            Ticking::Paused => Pausing::Paused,
        },
        research: part(told.research, &missing, |now| now.map(technology)),
        queue: part(told.queue, &missing, |queue| {
            queue.into_iter().map(technology).collect()
        }),
        platforms: part(told.platforms, &missing, platforms),
        production: part(told.production, &missing, |flows| {
            flows.into_iter().map(production).collect()
        }),
        rockets: part(told.rockets, &missing, |rockets| rockets),
    }
}

fn part<T, U>(part: Part<T>, missing: &Unread, known: impl FnOnce(T) -> U) -> Read<U> {
    match part {
        Part::Told(value) => Ok(known(value)),
        Part::Missing => Err(missing.clone()),
        Part::Failed(why) => Err(Unread::NotUnderstood(why)),
    }
}

fn technology(one: reply::Technology) -> Technology {
    Technology {
        name: one.name,
        level: one.level,
        progress: one.progress,
    }
}

fn platforms(all: reply::Platforms) -> Platforms {
    let one = |platform: reply::Platform| Platform {
        name: platform.name,
        state: platform.state,
        place: platform.place,
    };
    Platforms {
        listed: all.listed.into_iter().map(one).collect(),
        count: all.count,
    }
}

fn production(flow: reply::Flow) -> Production {
    Production {
        surface: flow.surface,
        matter: match flow.matter {
            reply::Matter::Item => Matter::Item,
            reply::Matter::Fluid => Matter::Fluid,
        },
        name: flow.name,
        made: flow.made,
        used: flow.used,
    }
}
