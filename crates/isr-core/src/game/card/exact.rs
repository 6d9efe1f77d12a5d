//! What a card shows of what only Lua tells: research, production, space platforms, rockets.
//!
//! Owns how these read. Names of technologies, items and surfaces are the game's inner ones, made readable; mods and players
//! choose them, so they are escaped. What could not be read has no field. Cannot fail.

use super::{Teller, shown};
use crate::game::{Exact, Matter, Platform, Production, Read, Technology};
use crate::voice::GameWord;

/// So many technologies that wait are named.
const MOST_WAITING: usize = 3;
/// So many items and fluids of one surface are named.
const MOST_ITEMS: usize = 4;
const MOST_FLUIDS: usize = 2;
/// So many surfaces are told of.
const MOST_SURFACES: usize = 6;
/// So many platforms are listed.
const MOST_PLATFORMS: usize = 10;

/// The states of a platform that have a word: all that the game documents.
const STATES: [(&str, GameWord); 9] = [
    ("waiting_for_starter_pack", GameWord::PlatformWaitingForPack),
    ("starter_pack_requested", GameWord::PlatformPackRequested),
    ("starter_pack_on_the_way", GameWord::PlatformPackComing),
    ("on_the_path", GameWord::PlatformFlying),
    ("waiting_for_departure", GameWord::PlatformLeaving),
    ("no_schedule", GameWord::PlatformIdle),
    ("no_path", GameWord::PlatformLost),
    ("waiting_at_station", GameWord::PlatformWaiting),
    ("paused", GameWord::PlatformPaused),
];

impl Teller<'_> {
    fn exact<'a, T>(&'a self, part: impl Fn(&'a Exact) -> &'a Read<T>) -> Option<&'a T> {
        part(self.snapshot.exact.as_deref()?).as_ref().ok()
    }

    /// What is researched, how far it is, and what comes then.
    pub(super) fn research(&self) -> Option<String> {
        let game = &self.words.game;
        let now = self.exact(|exact| &exact.research)?;
        let mut lines = vec![match now {
            Some(now) => format!(
                "{} · **{:.0} %**",
                self.technology(now),
                100.0 * now.progress.clamp(0.0, 1.0)
            ),
            None => game.get(GameWord::NoResearch).to_owned(),
        }];
        let is_other = |waiting: &&Technology| now.as_ref().is_none_or(|now| !is_same(now, waiting));
        let waiting: Vec<String> = self
            .exact(|exact| &exact.queue)
            .into_iter()
            .flatten()
            .filter(is_other)
            .map(|waiting| self.technology(waiting))
            .collect();
        if !waiting.is_empty() {
            let mut list = waiting
                .iter()
                .take(MOST_WAITING)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            if waiting.len() > MOST_WAITING {
                list.push_str(", …");
            }
            lines.push(game.fill(GameWord::ResearchThen, &[("list", &list)]));
        }
        Some(lines.join("\n"))
    }

    /// What is made most, a line for each surface.
    pub(super) fn production(&self) -> Option<String> {
        let all = self.exact(|exact| &exact.production)?;
        let mut surfaces: Vec<&Option<String>> = Vec::new();
        for made in all {
            if !surfaces.contains(&&made.surface) {
                surfaces.push(&made.surface);
            }
        }
        let lines = surfaces.iter().map(|surface| {
            let of = |matter, most| {
                let here = all
                    .iter()
                    .filter(move |made| made.surface == **surface && made.matter == matter);
                here.take(most)
            };
            let made = of(Matter::Item, MOST_ITEMS).chain(of(Matter::Fluid, MOST_FLUIDS));
            let list = made.map(|made| self.made(made)).collect::<Vec<_>>().join(" · ");
            match surface {
                Some(name) => format!("**{}**: {list}", shown(name, &self.words.nameless)),
                None => list,
            }
        });
        (!surfaces.is_empty()).then(|| self.list(lines, MOST_SURFACES))
    }

    /// Where the platforms are, or what they do.
    pub(super) fn platforms(&self) -> Option<String> {
        let platforms = self.exact(|exact| &exact.platforms)?;
        let count = self.count_platforms()?;
        let lines = platforms.listed.iter().map(|platform| self.platform(platform));
        (count > 0).then(|| self.list_of(lines, MOST_PLATFORMS, count))
    }

    pub(super) fn count_platforms(&self) -> Option<usize> {
        let platforms = self.exact(|exact| &exact.platforms)?;
        usize::try_from(platforms.count)
            .ok()
            .map(|count| count.max(platforms.listed.len()))
    }

    pub(super) fn rockets(&self) -> Option<String> {
        let rockets = self.exact(|exact| &exact.rockets)?;
        (*rockets > 0).then(|| rockets.to_string())
    }

    /// A technology by its inner name; one that can be researched again and again by its next level.
    fn technology(&self, technology: &Technology) -> String {
        let name = &technology.name;
        let (stem, number) = match name.rsplit_once('-') {
            Some((stem, number)) => number
                .parse()
                .map_or((name.as_str(), 0), |number: u32| (stem, number)),
            None => (name.as_str(), 0),
        };
        let level = technology.level.max(number);
        let readable = match (level, number) {
            (0 | 1, 0) => readable(name),
            _ => format!("{} {level}", readable(stem)),
        };
        shown(&readable, &self.words.nameless)
    }

    fn made(&self, made: &Production) -> String {
        let rate = self
            .words
            .game
            .fill(GameWord::PerMinute, &[("count", &short(made.made))]);
        format!("{} {rate}", shown(&readable(&made.name), &self.words.nameless))
    }

    fn platform(&self, platform: &Platform) -> String {
        let word = STATES.iter().find(|(state, _)| *state == platform.state);
        let state = match word {
            Some((_, word)) => self.words.game.get(*word).to_owned(),
            // A state of a later version: in its own words.
            None => shown(&platform.state.replace('_', " "), &self.words.nameless),
        };
        let name = shown(&platform.name, &self.words.nameless);
        match &platform.place {
            Some(place) => format!(
                "**{name}** · {} · {state}",
                shown(&readable(place), &self.words.nameless)
            ),
            None => format!("**{name}** · {state}"),
        }
    }
}

fn is_same(one: &Technology, other: &Technology) -> bool {
    (&one.name, one.level) == (&other.name, other.level)
}

fn readable(inner_name: &str) -> String {
    inner_name.replace('-', " ")
}

/// A number as people read it: `0.4`, `945`, `12.3k`, `4.5M`.
fn short(number: f64) -> String {
    match number {
        small if small < 9.95 => format!("{small:.1}"),
        plain if plain < 9_999.5 => format!("{plain:.0}"),
        thousands if thousands < 999_950.0 => format!("{:.1}k", thousands / 1e3),
        millions => format!("{:.1}M", millions / 1e6),
    }
}

#[cfg(test)]
mod tests;
