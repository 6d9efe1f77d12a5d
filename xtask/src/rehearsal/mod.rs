//! A rehearsal: the real program beside a fake Discord and simulated games, played through everything that it says.
//!
//! Owns the cast (`cast`: servers, games, configuration), the book of what went over the wire and what channels show
//! (`book`), and the acts (`acts`). What becomes of it, pictures or a check of the traffic, is for others. Fails when the
//! program does not say in time what the act waits for.

mod acts;
mod book;
mod cast;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

pub(crate) use book::{Book, Shown};

/// How long is waited for what takes a moment when all is well.
const SOON: Duration = Duration::from_secs(60);
/// How long is waited for what takes minutes.
const PATIENCE: Duration = Duration::from_secs(150);

/// How much of an evening is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// Every route once: half a minute.
    Short,
    /// So long that spans and figures are worth a look: three minutes.
    Full,
}

/// What was seen.
pub(crate) struct Recording {
    /// Everything that went over the wire, and what the channels show at the end.
    pub(crate) book: Book,
    /// What was shown at moments that matter, by name.
    pub(crate) stills: Vec<Still>,
    /// Rules of Discord that the test kit saw broken.
    pub(crate) violations: Vec<String>,
}

/// What a person saw at a moment.
pub(crate) struct Still {
    /// The name of the picture.
    pub(crate) name: &'static str,
    /// What it shows, in words.
    pub(crate) about: &'static str,
    /// When, Unix seconds.
    pub(crate) now: i64,
    /// What stands there, in order.
    pub(crate) messages: Vec<Shown>,
}

/// Plays it.
pub(crate) async fn play(program: &Path, length: Length) -> Result<Recording> {
    let mut cast = cast::Cast::gather(program).await?;
    let stills = acts::all(&mut cast, length).await?;
    let mut violations: Vec<String> = cast
        .discord
        .violations()
        .iter()
        .map(ToString::to_string)
        .collect();
    let of_gateway = |seen: &isr_testkit::discord::gateway::GatewaySeen| {
        seen.violations
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    violations.extend(cast.discord.gateway().look(of_gateway));
    Ok(Recording {
        book: cast.book.clone(),
        stills,
        violations,
    })
}

/// Now, Unix seconds.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
