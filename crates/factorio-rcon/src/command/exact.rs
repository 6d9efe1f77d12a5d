//! What only Lua tells: exact ticks, research, production, space platforms.
//!
//! Owns the two scripts. They are no [`Ask`](super::Ask): they end the achievements of a save, so each needs the proof that
//! the configuration of its server allows Lua. They read and change nothing, and work from 1.1 on. How the reply is read is
//! in [`reply`](crate::reply). Asking fails with [`Refusal`], reading with [`Unreadable`].

use crate::gate::{Lua, LuaAllowed, Refusal};
use crate::reply::{self, Unreadable};

/// The whole report.
const EVERYTHING: &str = include_str!("exact.lua");
/// The first line of the report alone: what the pace is measured with.
const TICKS: &str =
    r#"rcon.print(("isr1 %.0f %.6f %d"):format(game.tick,game.speed,game.tick_paused and 1 or 0).."\nend")"#;

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// `game.tick`, speed and pause: as cheap as `/time`.
    Ticks,
    /// These and research, production, platforms and rockets of the force `player`. It walks through the statistics of at
    /// most 64 surfaces, so it is not for every second.
    Everything,
}

/// A question that only Lua answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact(pub Depth);

impl Exact {
    /// The script.
    ///
    /// # Errors
    /// [`Refusal`], which these scripts never earn.
    pub fn lua(self, allowed: &LuaAllowed) -> Result<Lua, Refusal> {
        match self.0 {
            Depth::Ticks => Lua::silent(TICKS, allowed),
            Depth::Everything => Lua::silent(&joined(EVERYTHING), allowed),
        }
    }

    /// Reads the reply.
    ///
    /// # Errors
    /// [`Unreadable`]; with [`Why::OnlyWarned`](crate::reply::Why::OnlyWarned) where the game did not run the script but
    /// warned of what it costs, as it does once on each map.
    pub fn read(self, reply: &str) -> Result<reply::Exact, Unreadable> {
        reply::exact(reply)
    }
}

/// The script in one line and without comments: the console's log shows it as one line should the game warn of it.
fn joined(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("--"));
    code.collect::<Vec<_>>().join(" ")
}
