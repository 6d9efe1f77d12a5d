//! `/evolution`: one line before 2.0, one line per surface since.

use super::{Unreadable, Why, body};

/// How far the enemies of one surface have evolved.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfaceEvolution {
    /// The name as the game prints it; `None` before 2.0, which has one factor for all.
    pub surface: Option<String>,
    /// From 0 to 1.
    pub factor: f64,
    /// Share that passing time caused, in per cent.
    pub time: f64,
    /// Share that pollution caused, in per cent.
    pub pollution: f64,
    /// Share that killed spawners caused, in per cent.
    pub spawner_kills: f64,
}

const TITLE: &str = "Evolution factor: ";

/// Reads the factors of all surfaces, at least one.
///
/// # Errors
/// [`Unreadable`], with [`Why::UnknownSurface`] where the game says so.
pub fn evolution(reply: &str) -> Result<Vec<SurfaceEvolution>, Unreadable> {
    let text = body(reply)?;
    if text.starts_with("Surface \"") && text.ends_with("\" does not exist.") {
        return Err(Unreadable::new(Why::UnknownSurface, reply));
    }
    let surfaces: Option<Vec<_>> = text.lines().map(line).collect();
    surfaces
        .filter(|surfaces| !surfaces.is_empty())
        .ok_or_else(|| Unreadable::form(reply))
}

fn line(line: &str) -> Option<SurfaceEvolution> {
    // From the right: a surface may be called anything.
    let (before, numbers) = line.rsplit_once(TITLE)?;
    let surface = match before {
        "" => None,
        named => Some(
            named
                .strip_suffix(" - ")
                .filter(|name| !name.is_empty())?
                .to_owned(),
        ),
    };
    let (factor, shares) = numbers.split_once(". (Time ")?;
    let (time, shares) = shares.split_once("%) (Pollution ")?;
    let (pollution, shares) = shares.split_once("%) (Spawner kills ")?;
    Some(SurfaceEvolution {
        surface,
        factor: decimal(factor).filter(|factor| *factor <= 1.0)?,
        time: decimal(time)?,
        pollution: decimal(pollution)?,
        spawner_kills: decimal(shares.strip_suffix("%)")?)?,
    })
}

/// A number of digits with at most one point: `parse` alone would take `inf` and `1e9`.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = is_plain.then(|| text.parse().ok()).flatten()?;
    number.is_finite().then_some(number)
}
