//! What our own script prints: lines of words, each part closed by whether it went well.
//!
//! Owns that form. The first line is `isr1 TICK SPEED PAUSED`, the last `end`; between them stand parts, each ended by
//! `ok PART` or `no PART WHY`. Names are written as `=` and letters, digits, `_`, `.`, `-` and `%XX`. Read strictly: a reply
//! of another form is [`Unreadable`], a part of another form is [`Part::Failed`]. Nothing is guessed.

use std::str::SplitWhitespace;

use super::time::digits;
use super::{Unreadable, Why, body};
use crate::gate::shortened;

/// More lines than the script ever prints.
const MOST_LINES: usize = 400;
/// Longer names than the script ever prints, in bytes as they are written.
const LONGEST_NAME: usize = 3 * 120 + 1;
/// What the game prints when it does not run a script for the first time on a map.
const WARNING: &str = "will disable achievements";

/// What only Lua tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    /// `game.tick`.
    pub tick: u64,
    /// `game.speed`; above zero.
    pub speed: f64,
    /// `game.tick_paused`.
    pub ticking: Ticking,
    /// What is being researched; `None` inside is nothing.
    pub research: Part<Option<Technology>>,
    /// What is to be researched, in order; the first may be the one that is being researched.
    pub queue: Part<Vec<Technology>>,
    /// What is made most, per surface since 2.0.
    pub production: Part<Vec<Flow>>,
    /// Space platforms (since 2.0).
    pub platforms: Part<Platforms>,
    /// Rockets launched so far.
    pub rockets: Part<u64>,
}

/// A part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Part<T> {
    /// It was told.
    Told(T),
    /// It was not asked for, or this version of the game has none.
    #[default]
    Missing,
    /// The script could not read it, or it reads as nothing that we know; why, shortened.
    Failed(String),
}

/// Whether ticks pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ticking {
    /// They do, unless nobody is there and the server waits.
    Going,
    /// Somebody stopped them.
    Paused,
}

/// A technology.
#[derive(Debug, Clone, PartialEq)]
pub struct Technology {
    /// Its inner name.
    pub name: String,
    /// Its level; 0 where the game did not tell.
    pub level: u32,
    /// From 0 to 1; 0 for what waits.
    pub progress: f64,
}

/// Whether something is counted or measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matter {
    /// Items.
    Item,
    /// A fluid.
    Fluid,
}

/// What was made and used of something in the last minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// The inner name of the surface; `None` before 2.0, where all are one.
    pub surface: Option<String>,
    /// What kind it is.
    pub matter: Matter,
    /// Its inner name.
    pub name: String,
    /// Made, per minute.
    pub made: f64,
    /// Used, per minute.
    pub used: f64,
}

/// The space platforms of the force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platforms {
    /// The first of them.
    pub listed: Vec<Platform>,
    /// How many there are.
    pub count: u32,
}

/// A space platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// The name that players gave it.
    pub name: String,
    /// Its state, in the words of `defines.space_platform_state`, or a number that has no word.
    pub state: String,
    /// The inner name of the place where it is; `None` on the way.
    pub place: Option<String>,
}

/// Reads it.
///
/// # Errors
/// [`Unreadable`].
pub fn exact(reply: &str) -> Result<Exact, Unreadable> {
    let text = body(reply)?;
    if text.trim().is_empty() || text.contains(WARNING) {
        return Err(Unreadable::new(Why::OnlyWarned, reply));
    }
    read(text).ok_or_else(|| Unreadable::form(reply))
}

fn read(text: &str) -> Option<Exact> {
    let lines: Vec<&str> = text.lines().collect();
    let [first, parts @ .., "end"] = lines.as_slice() else {
        return None;
    };
    if parts.len() > MOST_LINES {
        return None;
    }
    let mut told = head(first)?;
    let mut begun = 0;
    for (at, line) in parts.iter().enumerate() {
        let mut words = line.split_whitespace();
        let went = match words.next()? {
            "ok" => None,
            "no" => Some(()),
            _ => continue,
        };
        let (part, lines) = (words.next()?, &parts[begun..at]);
        let failed = match went {
            None => None,
            Some(()) => Some(shortened(&name(words.next()?)?)),
        };
        nothing_more(words)?;
        begun = at + 1;
        match part {
            "research" => told.research = as_part(lines, failed, research),
            "queue" => told.queue = as_part(lines, failed, queue),
            "production" => told.production = as_part(lines, failed, production),
            "platforms" => told.platforms = as_part(lines, failed, platforms),
            "rockets" => told.rockets = as_part(lines, failed, rockets),
            _ => return None,
        }
    }
    (begun == parts.len()).then_some(told)
}

fn head(line: &str) -> Option<Exact> {
    let mut words = line.split_whitespace();
    if words.next()? != "isr1" {
        return None;
    }
    let told = Exact {
        tick: digits(words.next()?)?,
        speed: number(words.next()?).filter(|speed| *speed > 0.0)?,
        ticking: match words.next()? {
            "0" => Ticking::Going,
            "1" => Ticking::Paused,
            _ => return None,
        },
        research: Part::Missing,
        queue: Part::Missing,
        production: Part::Missing,
        platforms: Part::Missing,
        rockets: Part::Missing,
    };
    nothing_more(words).map(|()| told)
}

fn as_part<T>(
    lines: &[&str],
    failed: Option<String>,
    read: impl Fn(&[SplitLine<'_>]) -> Option<T>,
) -> Part<T> {
    if let Some(why) = failed {
        return Part::Failed(why);
    }
    let split: Option<Vec<SplitLine<'_>>> = lines.iter().map(|line| SplitLine::of(line)).collect();
    match split.and_then(|lines| read(&lines)) {
        Some(value) => Part::Told(value),
        None => Part::Failed(shortened(&lines.join(" "))),
    }
}

/// A line: what it tells, and the words behind it.
struct SplitLine<'a> {
    kind: &'a str,
    words: Vec<&'a str>,
}

impl<'a> SplitLine<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let mut words = line.split_whitespace();
        Some(Self {
            kind: words.next()?,
            words: words.collect(),
        })
    }
}

fn research(lines: &[SplitLine<'_>]) -> Option<Option<Technology>> {
    let [line] = lines else {
        return lines.is_empty().then_some(None);
    };
    let ("t", &[name_word, level, progress]) = (line.kind, line.words.as_slice()) else {
        return None;
    };
    Some(Some(Technology {
        name: name(name_word)?,
        level: digits(level)?,
        progress: number(progress).filter(|progress| *progress <= 1.0)?,
    }))
}

fn queue(lines: &[SplitLine<'_>]) -> Option<Vec<Technology>> {
    let one = |line: &SplitLine<'_>| match (line.kind, line.words.as_slice()) {
        ("q", [waiting, level]) => Some(Technology {
            name: name(waiting)?,
            level: digits(level)?,
            progress: 0.0,
        }),
        _ => None,
    };
    lines.iter().map(one).collect()
}

fn production(lines: &[SplitLine<'_>]) -> Option<Vec<Flow>> {
    let one = |line: &SplitLine<'_>| {
        let &[surface, what, made, used] = line.words.as_slice() else {
            return None;
        };
        Some(Flow {
            surface: place(surface)?,
            matter: match line.kind {
                "i" => Matter::Item,
                "f" => Matter::Fluid,
                _ => return None,
            },
            name: name(what)?,
            made: number(made)?,
            used: number(used)?,
        })
    };
    lines.iter().map(one).collect()
}

fn platforms(lines: &[SplitLine<'_>]) -> Option<Platforms> {
    let (last, listed) = lines.split_last()?;
    let ("n", &[count]) = (last.kind, last.words.as_slice()) else {
        return None;
    };
    let one = |line: &SplitLine<'_>| match (line.kind, line.words.as_slice()) {
        ("p", &[platform, state, at]) => Some(Platform {
            name: name(platform)?,
            state: name(state)?,
            place: place(at)?,
        }),
        _ => None,
    };
    let told = Platforms {
        listed: listed.iter().map(one).collect::<Option<_>>()?,
        count: digits(count)?,
    };
    (told.listed.len() <= usize::try_from(told.count).ok()?).then_some(told)
}

fn rockets(lines: &[SplitLine<'_>]) -> Option<u64> {
    match lines {
        [line] if line.kind == "r" && line.words.len() == 1 => digits(line.words[0]),
        _ => None,
    }
}

/// `-` is nowhere, or everywhere.
fn place(word: &str) -> Option<Option<String>> {
    match word {
        "-" => Some(None),
        word => name(word).map(Some),
    }
}

/// A name as the script writes it. It cuts at bytes; the rest of a character that was cut is dropped.
fn name(word: &str) -> Option<String> {
    let written = word.strip_prefix('=').filter(|_| word.len() <= LONGEST_NAME)?;
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => bytes.push(hex(rest.next()?)? << 4 | hex(rest.next()?)?),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' => bytes.push(byte),
            _ => return None,
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    Some(text.trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned())
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// A number without sign, exponent, `nan` or `inf`.
fn number(word: &str) -> Option<f64> {
    let (whole, part) = word.split_once('.').unwrap_or((word, "0"));
    let plain = |digits: &str| {
        !digits.is_empty() && digits.len() <= 24 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    (plain(whole) && plain(part)).then(|| word.parse().ok()).flatten()
}

fn nothing_more(mut words: SplitWhitespace<'_>) -> Option<()> {
    words.next().is_none().then_some(())
}
