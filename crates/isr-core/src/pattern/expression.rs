//! From the text of an expression to something that runs in linear time and bounded memory.
//!
//! Owns the limits of one expression, and the names of its groups. Must not know what a match means. Fails with the
//! character at which the text cannot be read.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::{Error, ParserBuilder};

use super::LONGEST_EXPRESSION;
use super::definition::Form;
use super::fault::Fault;
use super::literals::{self, Required};
use super::python::{Notation, refuse_unsupported};

/// The most memory that one compiled expression takes: a few nested repetitions could ask for gigabytes.
const SIZE_LIMIT: usize = 2 << 20;
/// The most memory that matching one expression takes.
const CACHE_LIMIT: usize = 1 << 18;
/// How deep groups may be nested.
const NEST_LIMIT: u32 = 50;

/// What one state costs in memory, rounded up.
const STATE_BYTES: u64 = 64;
/// What one range of a class costs in memory, by measurement and rounded up.
const RANGE_BYTES: u64 = 80;

/// An expression that was read and can be compiled. Compiling takes longer than reading by far, and most expressions
/// wait for lines that never come: it is done when a line first holds what the expression needs.
#[derive(Debug)]
pub(super) struct Expression {
    text: String,
    compiled: OnceLock<Option<Regex>>,
    names: Vec<Option<String>>,
    /// How much memory it is judged to take, compiled.
    pub(super) cost: u64,
    /// Whether it may match an empty text.
    pub(super) may_be_empty: bool,
    /// Texts of which a line has to hold one, in small letters; none: any line may match.
    pub(super) required: Required,
    /// The expression without its backslashes, in capitals: to see whether it names what stands in front of words.
    pub(super) plain: String,
}

impl Expression {
    pub(super) fn read(source: &str, form: &Form) -> Result<Self, Fault> {
        if source.is_empty() {
            return Err(Fault::expression(
                0,
                "the expression is empty",
                "write what a line has to look like",
            ));
        }
        if source.chars().nth(LONGEST_EXPRESSION).is_some() {
            let what = format!("the expression is longer than {LONGEST_EXPRESSION} characters");
            return Err(Fault::expression(
                LONGEST_EXPRESSION,
                what,
                "split it into two patterns",
            ));
        }
        refuse_unsupported(source)?;
        let notation = match form {
            Form::Positional => Notation::python(source),
            Form::Named { .. } => Notation::own(source),
        };
        let hir = parse(&notation)?;
        let mut names = vec![None];
        group_names(&hir, &mut names);
        let expression = Self {
            cost: cost(&hir),
            compiled: OnceLock::new(),
            names,
            may_be_empty: hir.properties().minimum_len() == Some(0),
            required: literals::required(&hir),
            plain: source.replace('\\', "").to_uppercase(),
            text: notation.text,
        };
        // What is small by far need not be compiled to know that it is small enough.
        let small = expression.cost < SIZE_LIMIT as u64 / 2;
        if small || expression.regex().is_some() {
            return Ok(expression);
        }
        let what = format!(
            "the expression needs more than {} KiB of memory",
            SIZE_LIMIT >> 10
        );
        let remedy = "use smaller repetition counts, such as `+` in place of `{500}`";
        Err(Fault::expression(0, what, remedy))
    }

    /// The compiled expression; `None` would be one that is larger than it was judged to be: it matches nothing.
    pub(super) fn regex(&self) -> Option<&Regex> {
        let compile = || {
            RegexBuilder::new(&self.text)
                .case_insensitive(true)
                .size_limit(SIZE_LIMIT)
                .dfa_size_limit(CACHE_LIMIT)
                .nest_limit(NEST_LIMIT)
                .build()
                .ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }

    /// The names of the groups, by number; the first stands for the whole match.
    pub(super) fn group_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.names.iter().map(Option::as_deref)
    }
}

fn group_names(hir: &Hir, names: &mut Vec<Option<String>>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            let number = usize::try_from(capture.index).unwrap_or(0);
            if names.len() <= number {
                names.resize(number + 1, None);
            }
            names[number] = capture.name.as_deref().map(str::to_owned);
            group_names(&capture.sub, names);
        }
        HirKind::Repetition(repetition) => group_names(&repetition.sub, names),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| group_names(part, names));
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// How much memory an expression takes at most, about.
fn cost(hir: &Hir) -> u64 {
    let sum = |parts: &[Hir]| parts.iter().map(cost).fold(0, u64::saturating_add);
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE_BYTES,
        // Each letter has two cases.
        HirKind::Literal(literal) => count(literal.0.len()).saturating_mul(4 * STATE_BYTES),
        HirKind::Class(Class::Unicode(class)) => count(class.ranges().len()).saturating_mul(RANGE_BYTES),
        HirKind::Class(Class::Bytes(class)) => count(class.ranges().len()).saturating_mul(RANGE_BYTES),
        HirKind::Capture(capture) => cost(&capture.sub).saturating_add(STATE_BYTES),
        HirKind::Repetition(repetition) => {
            // `x+` and `x*` are compiled once, `x{3,}` three times.
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            cost(&repetition.sub)
                .saturating_mul(u64::from(times))
                .saturating_add(STATE_BYTES)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
    }
}

/// Case is left as written: the literals are looked for in small letters.
fn parse(notation: &Notation) -> Result<Hir, Fault> {
    const REMEDY: &str = "correct it, or put a backslash before a character that stands for itself";
    let parsed = ParserBuilder::new()
        .nest_limit(NEST_LIMIT)
        .build()
        .parse(&notation.text);
    let (at, what) = match parsed {
        Ok(hir) => return Ok(hir),
        Err(Error::Parse(error)) => (error.span().start.offset, error.kind().to_string()),
        Err(Error::Translate(error)) => (error.span().start.offset, error.kind().to_string()),
        Err(_) => (0, "it cannot be read".to_owned()),
    };
    Err(Fault::expression(
        notation.origin(at),
        format!("the expression is wrong here: {what}"),
        REMEDY,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Spot;
    use super::*;

    fn fault(source: &str) -> Fault {
        Expression::read(source, &Form::Positional).unwrap_err()
    }

    #[test]
    fn a_fault_says_at_which_character_of_the_source() {
        assert_eq!(fault("ä(b").spot, Spot::Expression(1));
        assert_eq!(fault(r"\<(").spot, Spot::Expression(2));
        assert_eq!(fault("").spot, Spot::Expression(0));
        assert_eq!(fault(&"a".repeat(501)).spot, Spot::Expression(500));
        assert!(Expression::read(&"a".repeat(500), &Form::Positional).is_ok());
    }

    #[test]
    fn an_expression_cannot_ask_for_much_memory() {
        for source in [r"\w{500}{500}", r"(?:\pL{100}){100}", "((a{100}){100}){100}"] {
            assert!(fault(source).what.contains("KiB"), "{source}");
        }
        assert!(fault(&"(".repeat(200)).what.contains("wrong here"));
        assert!(
            fault(&format!("{}a{}", "(".repeat(200), ")".repeat(200)))
                .what
                .contains("wrong here")
        );
    }
}
