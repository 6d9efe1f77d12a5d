//! What the card of a server shows.
//!
//! Owns which facts stand where, and that there is no fact where nothing is known. Names are escaped, long lists are cut
//! at whole lines; the rest of the limits is the [`Embed`]'s. Carries no moment of its own, so that equal cards are equal;
//! moments are shown as Discord's marks, which tell the time in the reader's zone and grow old by themselves. Must not
//! know where a card is posted. Cannot fail.

mod exact;

use super::ups::{NORMAL_UPS, Pace, Ups};
use super::{End, GameState, Link, Online, Since, Snapshot, Surface, WhyDown};
use crate::text::{Colour, Embed, Layout, clean, cut, is_blank, units};
use crate::voice::{GameWord, Words};

/// Room for one name, in UTF-16 units.
const NAME_ROOM: usize = 64;
/// Room for a list, in UTF-16 units; a field holds 1,024.
const LIST_ROOM: usize = 960;
/// So many players are listed at most: more are read by nobody.
const MOST_PLAYERS: usize = 25;
/// So many surfaces are listed at most.
const MOST_SURFACES: usize = 8;
/// Of 60 updates per second; below, a card says that the game is slow, as the alert does unless it is told otherwise.
const SLOW_UPS: f64 = 55.0;
/// The longest line of the updates per second, in characters.
const SPARKS: usize = 24;

/// What a card shows beside the snapshot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardContext<'a> {
    /// The server's name for people.
    pub server: &'a str,
    /// The updates per second of the last hours, oldest first; `None` where they were not measured.
    pub history: &'a [Option<f64>],
    /// Maintenance is on until then, Unix milliseconds.
    pub maintenance_until_ms: Option<i64>,
}

/// The card.
pub(crate) fn card(words: &Words, snapshot: &Snapshot, context: &CardContext<'_>) -> Embed {
    let teller = Teller { words, snapshot };
    let (emoji, colour, state) = teller.state();
    let game = &words.game;
    let mut lines = vec![state];
    if let Some(until_ms) = context.maintenance_until_ms {
        let until = moment(until_ms, 't');
        lines.push(format!(
            "🔧 {}",
            game.fill(GameWord::Maintenance, &[("until", &until)])
        ));
    }
    let fields = [
        (GameWord::Ups, teller.ups(context.history), Layout::Below),
        (GameWord::Players, teller.players(), Layout::Below),
        (GameWord::GameTime, teller.game_time(), Layout::Beside),
        (GameWord::Evolution, teller.evolution(), Layout::Beside),
        (GameWord::Version, teller.version(), Layout::Beside),
        (GameWord::LastSave, teller.last_save(), Layout::Beside),
        (GameWord::NextRestart, teller.next_restart(), Layout::Beside),
        (GameWord::Research, teller.research(), Layout::Below),
        (GameWord::Production, teller.production(), Layout::Below),
        (GameWord::Platforms, teller.platforms(), Layout::Below),
        (GameWord::Rockets, teller.rockets(), Layout::Beside),
    ];
    let title = format!("{emoji} {}", shown(context.server, &words.nameless));
    let mut embed = Embed::default()
        .with_title(&title)
        .with_description(&lines.join("\n"))
        .with_colour(colour);
    for (word, value, layout) in fields {
        let Some(value) = value else { continue };
        let name = match teller.count(word) {
            Some(count) => format!("{} ({count})", game.get(word)),
            None => game.get(word).to_owned(),
        };
        embed = embed.with_field(&name, &value, layout);
    }
    embed
}

struct Teller<'a> {
    words: &'a Words,
    snapshot: &'a Snapshot,
}

impl Teller<'_> {
    /// Emoji, colour and sentence for what the server does.
    fn state(&self) -> (&'static str, Colour, String) {
        let game = &self.words.game;
        let word = |word: GameWord| game.get(word).to_owned();
        let since = |word: GameWord, ms: i64| game.fill(word, &[("since", &moment(ms, 'R'))]);
        match (&self.snapshot.game, &self.snapshot.link) {
            (GameState::Down { since_ms, end }, _) => match end {
                End::Stopped => ("🔴", Colour::RED, since(GameWord::Stopped, *since_ms)),
                End::Crashed => ("💥", Colour::RED, since(GameWord::Crashed, *since_ms)),
            },
            (_, Link::Down(down)) => {
                let since = moment(down.since_ms, 'R');
                let parts = [("since", since.as_str()), ("why", game.get(why(down.why)))];
                ("🔌", Colour::ORANGE, game.fill(GameWord::LinkDown, &parts))
            }
            (GameState::Saving { since_ms }, _) => ("💾", Colour::YELLOW, since(GameWord::Saving, *since_ms)),
            (GameState::Paused, _) => ("⏸️", Colour::YELLOW, word(GameWord::Paused)),
            (GameState::AutoPaused, _) => ("💤", Colour::GREY, word(GameWord::AutoPaused)),
            (GameState::Running, _) if self.is_slow() => {
                ("🐌", Colour::YELLOW, word(GameWord::RunningSlowly))
            }
            (GameState::Running, _) => ("🟢", Colour::GREEN, word(GameWord::Running)),
            (GameState::Unknown, Link::Connecting { .. }) => ("🔌", Colour::GREY, word(GameWord::Connecting)),
            (GameState::Unknown, _) => ("❔", Colour::GREY, word(GameWord::Unknown)),
        }
    }

    /// Whether the game is slower than an alert would let pass by default.
    fn is_slow(&self) -> bool {
        let ups = self.snapshot.pace.ups();
        ups.is_some_and(|ups| ups.value < ups.target * SLOW_UPS / NORMAL_UPS)
    }

    /// The updates per second, with their line. Nothing where they cannot be measured now: the state says why.
    fn ups(&self, history: &[Option<f64>]) -> Option<String> {
        let game = &self.words.game;
        let line = sparkline(history);
        let now = match (&self.snapshot.pace, &self.snapshot.game) {
            (Pace::Running(ups), _) => told_ups(ups, game.get(GameWord::UpsOf)),
            (Pace::Unknown, GameState::Running) => game.get(GameWord::Unmeasured).to_owned(),
            _ if line.is_empty() => return None,
            _ => "–".to_owned(),
        };
        Some(if line.is_empty() {
            now
        } else {
            format!("{now}\n`{line}`")
        })
    }

    /// How many there are of what a field lists.
    fn count(&self, word: GameWord) -> Option<usize> {
        match word {
            GameWord::Players => Some(self.snapshot.players.as_ref()?.online.len()),
            GameWord::Platforms => self.count_platforms(),
            _ => None,
        }
    }

    fn players(&self) -> Option<String> {
        let online = &self.snapshot.players.as_ref()?.online;
        if online.is_empty() {
            return Some(self.words.game.get(GameWord::Nobody).to_owned());
        }
        Some(self.list(online.iter().map(|player| self.player(player)), MOST_PLAYERS))
    }

    fn player(&self, player: &Online) -> String {
        let when = match player.since {
            Since::At(ms) | Since::Told(ms) => moment(ms, 'R'),
            Since::Before(ms) => self
                .words
                .game
                .fill(GameWord::OrEarlier, &[("since", &moment(ms, 'R'))]),
        };
        format!("**{}** · {when}", shown(&player.name, &self.words.nameless))
    }

    fn game_time(&self) -> Option<String> {
        Some(self.words.span(self.snapshot.game_time?.played))
    }

    fn evolution(&self) -> Option<String> {
        let mut surfaces: Vec<&Surface> = self.snapshot.evolution.iter().flatten().collect();
        surfaces.sort_by(|one, other| one.name.cmp(&other.name));
        let lines = surfaces.iter().map(|surface| {
            let share = percent(surface.evolution);
            match &surface.name {
                Some(name) => format!("{}: {share}", shown(name, &self.words.nameless)),
                None => share,
            }
        });
        (!surfaces.is_empty()).then(|| self.list(lines, MOST_SURFACES))
    }

    fn version(&self) -> Option<String> {
        Some(shown(self.snapshot.version.as_deref()?, &self.words.nameless))
    }

    fn last_save(&self) -> Option<String> {
        let save = self.snapshot.last_save?;
        let when = moment(save.at_ms, 'R');
        Some(match save.took {
            None => when,
            Some(took) => {
                let seconds = took.as_secs().max(1).to_string();
                let took = self.words.game.fill(GameWord::SaveTook, &[("seconds", &seconds)]);
                format!("{when} ({took})")
            }
        })
    }

    fn next_restart(&self) -> Option<String> {
        let at_ms = self.snapshot.next_restart_ms?;
        Some(format!("{} ({})", moment(at_ms, 't'), moment(at_ms, 'R')))
    }

    /// Lines as far as they fit, and how many more there are.
    fn list(&self, lines: impl ExactSizeIterator<Item = String>, most: usize) -> String {
        let all = lines.len();
        self.list_of(lines, most, all)
    }

    /// The same, where there are more than these lines.
    fn list_of(&self, lines: impl Iterator<Item = String>, most: usize, all: usize) -> String {
        let mut told = 0;
        let mut text = String::new();
        for line in lines.take(most) {
            if units(&text) + 1 + units(&line) > LIST_ROOM {
                break;
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&line);
            told += 1;
        }
        if told < all {
            let count = (all - told).to_string();
            text.push('\n');
            text.push_str(&self.words.game.fill(GameWord::More, &[("count", &count)]));
        }
        text
    }
}

/// What becomes of a card that is shown no more at its place.
pub(crate) fn left(words: &Words, server: &str) -> Embed {
    let title = format!("⚪ {}", shown(server, &words.nameless));
    Embed::default()
        .with_title(&title)
        .with_description(words.game.get(GameWord::GivenUp))
}

pub(crate) const fn why(why: WhyDown) -> GameWord {
    match why {
        WhyDown::Unresolved => GameWord::Unresolved,
        WhyDown::Unreachable => GameWord::Unreachable,
        WhyDown::TooSlow => GameWord::TooSlow,
        WhyDown::WrongPassword => GameWord::WrongPassword,
        WhyDown::NotRcon => GameWord::NotRcon,
        WhyDown::Ended => GameWord::Ended,
    }
}

fn told_ups(ups: &Ups, of: &str) -> String {
    let value = format!("**{:.1}** ± {:.1}", ups.value, ups.plus_minus.max(0.1));
    if (ups.target - NORMAL_UPS).abs() < 0.5 {
        return value;
    }
    format!(
        "{value} {}",
        of.replace("{target}", &format!("{:.0}", ups.target))
    )
}

/// A share of one as the Python program showed it: two decimals, four where it is tiny.
fn percent(share: f64) -> String {
    let percent = 100.0 * share.clamp(0.0, 1.0);
    if percent > 0.0 && percent < 0.1 {
        format!("{percent:.4} %")
    } else {
        format!("{percent:.2} %")
    }
}

/// A text of others, escaped and cut.
pub(super) fn shown(text: &str, nameless: &str) -> String {
    let text = clean(text);
    if is_blank(&text) {
        return nameless.to_owned();
    }
    cut(text.trim(), NAME_ROOM).text
}

/// A moment in Discord's markup.
pub(super) fn moment(ms: i64, style: char) -> String {
    format!("<t:{}:{style}>", ms.div_euclid(1000))
}

/// The course of the updates per second as a line of blocks, each step five of 60, down to half of 60; a dot where they
/// were not measured. No block fills its place: a line of those would be a wall that hides what it should show. Nothing
/// where they never were measured.
fn sparkline(history: &[Option<f64>]) -> String {
    const BLOCKS: [char; 6] = ['▁', '▂', '▃', '▄', '▅', '▆'];
    if history.iter().all(Option::is_none) {
        return String::new();
    }
    let width = history.len().min(SPARKS);
    let block = |value: f64| {
        let steps = (1_u8..6).filter(|step| value >= NORMAL_UPS / 2.0 + 5.0 * f64::from(*step));
        BLOCKS[steps.count()]
    };
    let line: String = (0..width)
        .map(|at| {
            let part = &history[at * history.len() / width..(at + 1) * history.len() / width];
            // The lowest of a stretch: what was low for a moment is what people look for.
            let lowest = part.iter().flatten().copied().reduce(f64::min);
            lowest.map_or('·', block)
        })
        .collect();
    // What lies before the first measurement says nothing.
    line.trim_start_matches('·').to_owned()
}

#[cfg(test)]
mod tests;
