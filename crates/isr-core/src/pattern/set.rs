//! All patterns together: one pass over a line finds the first that matches.
//!
//! Owns the order in which patterns are asked, and what a match takes out of a line. Must not know files, and never
//! judges whether a pattern is wise. Compiling gives every fault; matching cannot fail, and allocates nothing for a line
//! that no pattern matches.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use factorio_log::Line;
use regex::Captures;

use super::custom::{Claim, Custom, Field, Markup, Profile};
use super::definition::{Definition, FieldRule, Form, State, Tier, class_of};
use super::expression::Expression;
use super::fault::Fault;
use super::fields::Value;
use super::prefilter::{Candidates, Prefilter, Reads};
use super::template::{Piece, pieces};
use super::text::Text;
use super::wording::Wording;
use super::words;

/// The most memory that all expressions together are judged to take once lines have asked for them.
const MEMORY_LIMIT: u64 = 96 << 20;

/// Compiled patterns of one program: cheap to share, never changed.
#[derive(Debug, Default)]
pub struct PatternSet {
    /// In the order in which they are asked; those that are off stand behind all others.
    pub(super) patterns: Vec<Pattern>,
    /// How many of them may match.
    pub(super) live: usize,
    /// How many of the patterns are the admin's and may match: they stand before all others.
    own: usize,
    /// Of the admin's patterns: nothing else may speak for a line that the grammar understood.
    filter_of_own: Prefilter,
    /// Of all others.
    filter_of_rest: Prefilter,
}

/// Room that reading a line needs: keep one per stream.
#[derive(Debug, Clone, Default)]
pub struct Scratch(pub(super) Candidates);

/// What the patterns say of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing.
    Nothing,
    /// It is to be passed over in silence.
    Silence,
    /// It is this event.
    Event(Box<Custom>),
}

/// One compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) profile: Arc<Profile>,
    pub(super) expression: Expression,
    pub(super) form: Form,
    pub(super) state: State,
    pub(super) tier: Tier,
    priority: u32,
    composed: Vec<(String, Vec<Piece>)>,
    meaning: u64,
}

fn too_much() -> Fault {
    let what = format!(
        "the expressions together need more than {} MiB of memory",
        MEMORY_LIMIT >> 20
    );
    let remedy = "use smaller repetition counts, such as `+` in place of `{3,40}`, or leave patterns out";
    Fault::expression(0, what, remedy)
}

/// Why a pattern does not count for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Miss {
    /// It reads another part of lines.
    Elsewhere,
    /// The expression does not match.
    Unlike,
    /// It matches somebody's words.
    Words,
    /// A field is not of its type.
    Field(String),
}

impl PatternSet {
    /// Compiles patterns; those that cannot be used are left out and answered with their number and what is wrong.
    #[must_use]
    pub fn compile(definitions: &[Definition]) -> (Self, Vec<(usize, Fault)>) {
        let mut patterns = Vec::with_capacity(definitions.len());
        let mut faults = Vec::new();
        let mut room = MEMORY_LIMIT;
        for (number, definition) in definitions.iter().enumerate() {
            match Pattern::compile(definition) {
                // One that is off is never asked.
                Ok(pattern) if pattern.state == State::Off => patterns.push(pattern),
                Ok(pattern) => match room.checked_sub(pattern.expression.cost) {
                    Some(left) => {
                        room = left;
                        patterns.push(pattern);
                    }
                    None => faults.push((number, too_much())),
                },
                Err(fault) => faults.push((number, fault)),
            }
        }
        // The sort keeps the order of equals.
        patterns.sort_by_key(|pattern| (pattern.state == State::Off, pattern.tier, pattern.priority));
        let live = patterns.iter().filter(|p| p.state != State::Off).count();
        let own = patterns[..live].partition_point(|pattern| pattern.tier == Tier::Own);
        let filter = |patterns: &[Pattern]| {
            let read_part = patterns
                .iter()
                .all(|pattern| matches!(pattern.form, Form::Named { .. }));
            let reads = if read_part { Reads::Part } else { Reads::Whole };
            Prefilter::new(reads, patterns.iter().map(|pattern| &pattern.expression.required))
        };
        let set = Self {
            filter_of_own: filter(&patterns[..own]),
            filter_of_rest: filter(&patterns[own..live]),
            patterns,
            live,
            own,
        };
        (set, faults)
    }

    /// How many patterns may match.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.live
    }

    /// Whether no pattern may match.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The patterns that may match, in the order in which they are asked.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.patterns[..self.live].iter().map(|pattern| &*pattern.profile)
    }

    /// The names of the patterns that may match, each with a number that is another one when anything in the pattern is.
    pub fn meanings(&self) -> impl Iterator<Item = (&str, u64)> {
        let live = self.patterns[..self.live].iter();
        live.map(|pattern| (pattern.profile.name.as_str(), pattern.meaning))
    }

    /// The patterns of one tier that may match, in the order in which they are asked.
    pub fn profiles_of(&self, tier: Tier) -> impl Iterator<Item = &Profile> {
        let live = self.patterns[..self.live].iter();
        live.filter(move |pattern| pattern.tier == tier)
            .map(|pattern| &*pattern.profile)
    }

    /// The names of patterns that have to be tried on every line, because no text must be there for them to match.
    pub fn without_literal(&self) -> impl Iterator<Item = &str> {
        let live = self.patterns[..self.live].iter();
        live.filter(|pattern| pattern.expression.required.texts.is_empty())
            .map(|pattern| pattern.profile.name.as_str())
    }

    /// The names of patterns that match an empty text, and so every line.
    pub fn matching_anything(&self) -> impl Iterator<Item = &str> {
        let live = self.patterns[..self.live].iter();
        live.filter(|pattern| pattern.matches(""))
            .map(|pattern| pattern.profile.name.as_str())
    }

    /// What the patterns say of a line. Those that came with the program speak only where the grammar says nothing.
    #[must_use]
    pub fn read(&self, line: &Line<'_>, scratch: &mut Scratch) -> Reading {
        let asked = if line.entry.is_some() { self.own } else { self.live };
        if asked == 0 {
            return Reading::Nothing;
        }
        let Some(text) = Text::of(line) else {
            return Reading::Nothing;
        };
        let own = (&self.filter_of_own, &self.patterns[..self.own]);
        let rest = (&self.filter_of_rest, &self.patterns[self.own..asked]);
        for (filter, patterns) in [own, rest] {
            if patterns.is_empty() {
                continue;
            }
            filter.candidates(&text, &mut scratch.0);
            let candidates = scratch.0.numbers().filter_map(|number| patterns.get(number));
            for pattern in candidates {
                match pattern.read(&text) {
                    Ok(_) if pattern.state == State::Silent => return Reading::Silence,
                    Ok(custom) => return Reading::Event(Box::new(custom)),
                    Err(_) => {}
                }
            }
        }
        Reading::Nothing
    }
}

fn meaning(definition: &Definition) -> u64 {
    let mut hasher = DefaultHasher::new();
    definition.hash(&mut hasher);
    hasher.finish()
}

impl Pattern {
    fn compile(definition: &Definition) -> Result<Self, Fault> {
        let expression = Expression::read(&definition.expression, &definition.form)?;
        let (known, composed) = match &definition.form {
            Form::Positional => (vec!["player", "message"], Vec::new()),
            Form::Named { fields, .. } => named(&expression, fields)?,
        };
        let wording = Wording::read(&definition.emoji, definition.template.as_deref(), &known)?;
        let markup = match definition.form {
            Form::Positional => Markup::Raw,
            Form::Named { .. } => Markup::Readable,
        };
        let claim = match definition.form {
            Form::Positional if !expression.group_names().any(|name| name == Some("player")) => {
                Claim::Position
            }
            _ => Claim::Named,
        };
        let profile = Profile {
            name: definition.name.clone(),
            kind: definition.kind.clone(),
            class: class_of(&definition.kind),
            channel: definition.channel.clone(),
            wording,
            markup,
            claim,
        };
        Ok(Self {
            profile: Arc::new(profile),
            expression,
            form: definition.form.clone(),
            state: definition.state,
            tier: definition.tier,
            priority: definition.priority,
            composed,
            meaning: meaning(definition),
        })
    }

    /// Whether the expression matches a text, whatever the text is.
    pub(super) fn matches(&self, text: &str) -> bool {
        let possible = self.expression.may_be_empty || !text.is_empty();
        possible && self.expression.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// The event that the pattern makes of a line.
    pub(super) fn read(&self, text: &Text<'_>) -> Result<Custom, Miss> {
        let haystack = text.haystack(&self.form).ok_or(Miss::Elsewhere)?;
        let regex = self.expression.regex().ok_or(Miss::Unlike)?;
        // Finding allocates nothing; the groups are asked for only of a line that counts.
        let start = regex.find(haystack).ok_or(Miss::Unlike)?.start();
        if !words::may_count(&self.expression, self.profile.class, text, haystack, start) {
            return Err(Miss::Words);
        }
        let captures = regex.captures_at(haystack, start).ok_or(Miss::Unlike)?;
        let mut custom = Custom {
            profile: Arc::clone(&self.profile),
            player: None,
            message: None,
            fields: Vec::new(),
            line: text.part.to_string(),
            replaces: None,
        };
        match &self.form {
            Form::Positional => self.take_positions(&captures, &mut custom),
            Form::Named { fields, .. } => self.take_names(&captures, fields, &mut custom)?,
        }
        Ok(custom)
    }

    /// The first group is the player and the second the message, unless the groups have these names. Of a type that is
    /// not about a player, a single group is the message. Empty groups are as if they were not there.
    fn take_positions(&self, captures: &Captures<'_>, custom: &mut Custom) {
        let group = |number: usize| {
            let text = captures.get(number)?.as_str();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let number_of = |wanted: &str| {
            let mut names = self.expression.group_names();
            names.position(|name| name == Some(wanted))
        };
        let (player, message) = (number_of("player"), number_of("message"));
        let last = (1..captures.len())
            .rev()
            .find(|number| captures.get(*number).is_some());
        custom.player = player.and_then(group);
        custom.message = message.and_then(group);
        if player.is_some() && message.is_some() {
            return;
        }
        let about_nobody = matches!(self.profile.kind.as_str(), "server" | "research");
        match last {
            Some(1) if about_nobody && player.is_none() && message.is_none() => custom.message = group(1),
            Some(_) => {
                if player.is_none() && message != Some(1) {
                    custom.player = group(1);
                }
                if message.is_none() {
                    let first = if player.is_none_or(|number| number == 1) {
                        2
                    } else {
                        1
                    };
                    let mut others = (first..captures.len()).filter(|number| Some(*number) != player);
                    custom.message = others.find_map(group);
                }
            }
            None => {}
        }
    }

    fn take_names(
        &self,
        captures: &Captures<'_>,
        rules: &[(String, FieldRule)],
        custom: &mut Custom,
    ) -> Result<(), Miss> {
        for name in self.expression.group_names().flatten() {
            let Some(text) = captures.name(name).map(|group| group.as_str()) else {
                continue;
            };
            let rule = rules
                .iter()
                .find(|(ruled, _)| ruled == name)
                .map(|(_, rule)| rule);
            let rule = match rule {
                Some(rule) => rule,
                None if name == "player" => &FieldRule::Player,
                None => &FieldRule::Text,
            };
            if text.is_empty() && rule == &FieldRule::Text {
                continue;
            }
            let value = Value::read(rule, text).ok_or_else(|| Miss::Field(name.to_owned()))?;
            custom.fields.push(Field {
                name: name.to_owned(),
                value,
            });
        }
        for (name, pieces) in &self.composed {
            if let Some(text) = composed(pieces, &custom.fields) {
                custom.fields.push(Field {
                    name: name.clone(),
                    value: Value::Text(text),
                });
            }
        }
        let named = |wanted: &str| {
            let field = custom.fields.iter().find(|field| field.name == wanted);
            field.map(|field| field.value.as_str().to_owned())
        };
        let of_type = || {
            let mut players = custom.fields.iter().filter_map(|field| match &field.value {
                Value::Player(name) => Some(name.clone()),
                _ => None,
            });
            players.next()
        };
        let player = named("player").or_else(of_type);
        let message = named("message");
        (custom.player, custom.message) = (player, message);
        Ok(())
    }
}

/// The fields of a pattern of our form, and the templates of those that are put together.
type Named<'a> = (Vec<&'a str>, Vec<(String, Vec<Piece>)>);

fn named<'a>(expression: &'a Expression, rules: &'a [(String, FieldRule)]) -> Result<Named<'a>, Fault> {
    let groups: Vec<&str> = expression.group_names().flatten().collect();
    let mut known = groups.clone();
    let mut all = Vec::new();
    for (name, rule) in rules {
        match rule {
            FieldRule::Composed(text) => {
                let pieces = pieces(text, &groups).map_err(|fault| Fault {
                    spot: super::Spot::Field(name.clone()),
                    ..fault
                })?;
                if groups.contains(&name.as_str()) {
                    let what = format!("the field {name} is a group of the expression already");
                    return Err(Fault::field(name, what, "give it another name"));
                }
                known.push(name);
                all.push((name.clone(), pieces));
            }
            _ if groups.contains(&name.as_str()) => {}
            _ => {
                let what = format!("the expression has no group named {name}");
                let remedy =
                    format!("write (?<{name}>…) around the part of the expression that it stands for");
                return Err(Fault::field(name, what, remedy));
            }
        }
    }
    Ok((known, all))
}

/// The text of a composed field; `None` when a part is missing.
fn composed(pieces: &[Piece], fields: &[Field]) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => text.push_str(words),
            Piece::Field(name) => {
                let field = fields.iter().find(|field| field.name == *name)?;
                text.push_str(field.value.as_str());
            }
        }
    }
    Some(text)
}
