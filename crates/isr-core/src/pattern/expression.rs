//! From the text of an expression to something that runs in linear time and bounded memory.
//!
//! Owns the limits of one expression, and the names of its groups. Must not know what a match means. Fails with the
//! character at which the text cannot be read.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::Hir;
use regex_syntax::{Error, ParserBuilder};

use super::definition::Form;
use super::fault::Fault;
use super::python::{Notation, refuse_unsupported};
use super::{LONGEST_EXPRESSION, literals};

/// The most memory that one compiled expression takes: a few nested repetitions could ask for gigabytes.
const SIZE_LIMIT: usize = 2 << 20;
/// The most memory that matching one expression takes.
const CACHE_LIMIT: usize = 1 << 18;
/// How deep groups may be nested.
const NEST_LIMIT: u32 = 50;

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) regex: Regex,
    /// Texts of which a line has to hold one, in small letters; empty: any line may match.
    pub(super) literals: Vec<Vec<u8>>,
    /// The expression without its backslashes, in capitals: to see whether it names what stands in front of words.
    pub(super) plain: String,
}

impl Expression {
    pub(super) fn compile(source: &str, form: &Form) -> Result<Self, Fault> {
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
        let regex = RegexBuilder::new(&notation.text)
            .case_insensitive(true)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(CACHE_LIMIT)
            .nest_limit(NEST_LIMIT)
            .build()
            .map_err(|_| {
                let what = format!(
                    "the expression needs more than {} KiB of memory",
                    SIZE_LIMIT >> 10
                );
                Fault::expression(
                    0,
                    what,
                    "use smaller repetition counts, such as `+` in place of `{500}`",
                )
            })?;
        Ok(Self {
            regex,
            literals: literals::required(&hir),
            plain: source.replace('\\', "").to_uppercase(),
        })
    }

    /// The names of the groups, by number; the first stands for the whole match.
    pub(super) fn group_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.regex.capture_names()
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
        Expression::compile(source, &Form::Positional).unwrap_err()
    }

    #[test]
    fn a_fault_says_at_which_character_of_the_source() {
        assert_eq!(fault("ä(b").spot, Spot::Expression(1));
        assert_eq!(fault(r"\<(").spot, Spot::Expression(2));
        assert_eq!(fault("").spot, Spot::Expression(0));
        assert_eq!(fault(&"a".repeat(501)).spot, Spot::Expression(500));
        assert!(Expression::compile(&"a".repeat(500), &Form::Positional).is_ok());
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
