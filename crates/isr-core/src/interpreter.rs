//! From a line to the events in it: the one step that the daemon, `parse` and `replay` share.
//!
//! Owns which stream of a server is asked for what ([`Role`]), and puts grammar, server state and zone together.
//! Must not know files, destinations or wording, nor read a clock. Cannot fail: a line that says nothing gives
//! nothing, and costs no allocation.
//!
//! No fact is told twice, because each shape of line is read from one stream only: with a `factorio-current.log`
//! configured, engine lines (starts, stops, desyncs, what mods `log()`) come from it, and dated and bare lines from
//! `log_path`, also when that is a capture of standard output that holds the engine lines as well.

use std::sync::Arc;

use factorio_log::{Fact, Grammar, Line, Part, Shape, strip_ansi};
use jiff::civil::DateTime;

use crate::ageing::{Reading, When};
use crate::context::SourceContext;
use crate::drift::Tagged;
use crate::event::{Event, Selection, event_of};
use crate::game::alert::Trouble;
use crate::pattern::{PatternSet, Reading as PatternReading, Scratch};
use crate::server_state::{SaveStep, Sign};
use crate::source::Stream;
use crate::zone::{ZoneClock, civil};

/// What one stream is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The only stream of its server: everything that it holds.
    Alone,
    /// `log_path` beside a `factorio-current.log`: dated and bare lines.
    Console,
    /// The `factorio-current.log` beside a `log_path`: engine lines.
    Engine,
}

/// Whether a server has a `factorio-current.log` configured or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GameLog {
    /// `log_path` is all there is.
    Absent,
    /// There are two streams.
    Present,
}

impl Role {
    /// The role of a stream of a server.
    #[must_use]
    pub const fn of(stream: Stream, game_log: GameLog) -> Self {
        match (stream, game_log) {
            (Stream::Console, GameLog::Absent) => Self::Alone,
            (Stream::Console, GameLog::Present) => Self::Console,
            (Stream::Game, _) => Self::Engine,
        }
    }

    /// Whether events are read from lines of this shape. With two streams the frames of the console log say nothing
    /// that the engine lines do not say better.
    const fn hears(self, shape: Shape) -> bool {
        match self {
            Self::Alone => true,
            Self::Console => matches!(shape, Shape::Dated | Shape::Bare),
            Self::Engine => matches!(shape, Shape::Engine),
        }
    }
}

/// An event and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// What happened.
    pub event: Event,
    /// When it happened, and how we know.
    pub when: When,
}

/// The events of one line, in order: none, one, or the end of one run and the start of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrences {
    events: [Option<Event>; 2],
    when: When,
    silenced: Option<Event>,
    is_frame: bool,
    hint: Option<Hint>,
}

/// What a line says to the rules of alerts that is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Something is wrong.
    Trouble(Trouble),
    /// The public list of servers can be reached.
    MatchingIsBack,
}

impl Occurrences {
    /// What the line says to the rules of alerts beside its events.
    pub const fn take_hint(&mut self) -> Option<Hint> {
        self.hint.take()
    }

    /// When the line was written, as far as that is known.
    #[must_use]
    pub const fn when(&self) -> When {
        self.when
    }

    /// The event that a pattern wants nothing to be heard of: it happened all the same.
    pub fn take_silenced(&mut self) -> Option<Happened> {
        let event = self.silenced.take()?;
        Some(Happened {
            event,
            when: self.when,
        })
    }

    /// The time of a frame that begins or ends the console log, whatever the stream is asked for: no session goes on
    /// beyond it.
    #[must_use]
    pub fn frame(&self) -> Option<When> {
        self.is_frame.then_some(self.when)
    }
}

impl Iterator for Occurrences {
    type Item = Happened;

    fn next(&mut self) -> Option<Happened> {
        let event = self.events.iter_mut().find_map(Option::take)?;
        Some(Happened {
            event,
            when: self.when,
        })
    }
}

/// Reads the lines of one stream in order.
#[derive(Debug, Clone)]
pub struct Interpreter {
    grammar: Grammar,
    clock: ZoneClock,
    role: Role,
    wanted: Selection,
    context: SourceContext,
    patterns: Arc<PatternSet>,
    /// Holds a line without its colour codes, for the few lines that have some.
    scratch: Vec<u8>,
    candidates: Scratch,
    /// The last line, where it looks like an event and nothing understood it.
    unknown: Option<Box<[u8]>>,
    /// What the last line says about a save.
    save: Option<SaveStep>,
}

impl Interpreter {
    /// An interpreter at a position of a stream, with the context that belongs to that position.
    ///
    /// Events of kinds that are not `wanted` are left out; they still count for the state of the server.
    #[must_use]
    pub fn new(
        grammar: Grammar,
        clock: ZoneClock,
        role: Role,
        wanted: Selection,
        context: SourceContext,
    ) -> Self {
        Self {
            grammar,
            clock,
            role,
            wanted,
            context,
            patterns: Arc::default(),
            scratch: Vec::new(),
            candidates: Scratch::default(),
            unknown: None,
            save: None,
        }
    }

    /// The same with patterns, which go before what the program understands by itself.
    #[must_use]
    pub fn with_patterns(mut self, patterns: Arc<PatternSet>) -> Self {
        self.set_patterns(patterns);
        self
    }

    /// Changes the patterns, from the next line on.
    pub fn set_patterns(&mut self, patterns: Arc<PatternSet>) {
        self.patterns = patterns;
    }

    /// The context behind the last line: what belongs into the checkpoint at that position.
    #[must_use]
    pub const fn context(&self) -> &SourceContext {
        &self.context
    }

    /// What the stream is asked for.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Changes what the stream is asked for: a game log came into sight, or went.
    pub const fn set_role(&mut self, role: Role) {
        self.role = role;
    }

    /// Goes back to another position, with the context that belongs to it.
    pub fn resume(&mut self, context: SourceContext) {
        self.context = context;
    }

    /// What counts of the last line, where it looks like an event and nothing understood it.
    pub fn take_unknown(&mut self) -> Option<Box<[u8]>> {
        self.unknown.take()
    }

    /// What the last line says about a save of the game.
    pub const fn take_save(&mut self) -> Option<SaveStep> {
        self.save.take()
    }

    /// Reads the next line, without its line end. `now_ms` is the time of reading, Unix milliseconds.
    pub fn line(&mut self, line: &[u8], reading: Reading, now_ms: i64) -> Occurrences {
        let Self {
            grammar,
            clock,
            role,
            wanted,
            context,
            patterns,
            scratch,
            candidates,
            unknown,
            save,
        } = self;
        let line = grammar.read(&mut context.lines, strip_ansi(line, scratch));
        let (hears, is_frame) = (role.hears(line.part.shape()), is_frame(&line));
        if !hears && !is_frame {
            return nothing(now_ms);
        }
        let reading_of_patterns = if hears {
            patterns.read(&line, candidates)
        } else {
            PatternReading::Nothing
        };
        if line.entry.is_none() && reading_of_patterns == PatternReading::Nothing {
            *unknown = tagged(line.part);
            return nothing(now_ms);
        }
        let when = match console_time(&line) {
            Some(civil) => clock.place(civil, reading, now_ms, &mut context.zone),
            None => When::Read(now_ms),
        };
        let mut events = [None, None];
        let mut hint = None;
        if let Some(entry) = line.entry.as_ref().filter(|_| hears) {
            hint = hint_of(&entry.fact);
            events = match Sign::of(&entry.fact, entry.uptime) {
                Some(sign) => {
                    *save = context.server.save_step(&sign);
                    context.server.observe(&sign)
                }
                None => [event_of(&entry.fact), None],
            };
        }
        let silenced = replace(&mut events, reading_of_patterns);
        for event in &mut events {
            event.take_if(|event| !wanted.contains(event.kind()));
        }
        Occurrences {
            events,
            when,
            silenced,
            is_frame,
            hint,
        }
    }
}

fn hint_of(fact: &Fact<'_>) -> Option<Hint> {
    if Trouble::is_over(fact) {
        return Some(Hint::MatchingIsBack);
    }
    Trouble::of_fact(fact).map(Hint::Trouble)
}

/// A line of the console or of a mod that looks like an event.
fn tagged(part: Part<'_>) -> Option<Box<[u8]>> {
    match part {
        Part::Console(text) | Part::Bare(text) => Tagged::read(text).map(|_| text.into()),
        Part::Framed | Part::Script(_) | Part::Engine(_) | Part::Continuation => None,
    }
}

const fn nothing(now_ms: i64) -> Occurrences {
    Occurrences {
        events: [None, None],
        when: When::Read(now_ms),
        silenced: None,
        is_frame: false,
        hint: None,
    }
}

fn is_frame(line: &Line<'_>) -> bool {
    matches!(
        line.entry.as_ref().map(|entry| &entry.fact),
        Some(Fact::LogOpened | Fact::LogClosed)
    )
}

/// What a pattern says of a line stands in the place of the line's own event; the end of an earlier run stays. Gives the
/// event that a pattern wants nothing to be heard of.
fn replace(events: &mut [Option<Event>; 2], reading: PatternReading) -> Option<Event> {
    let own = if events[1].is_some() { 1 } else { 0 };
    match reading {
        PatternReading::Nothing => None,
        PatternReading::Silence => events[own].take(),
        PatternReading::Event(mut custom) => {
            custom.replaces = events[own].take();
            events[own] = Some(Event::Custom(custom));
            None
        }
    }
}

/// Only the lines of the console carry the time at which they were written.
fn console_time(line: &Line<'_>) -> Option<DateTime> {
    let stamped = matches!(line.part.shape(), Shape::Dated | Shape::Framed);
    line.when.filter(|_| stamped).and_then(civil)
}
