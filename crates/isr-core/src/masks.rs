//! What an admin never wants to be kept or shown: texts that expressions find are taken out.
//!
//! Owns the expressions and what stands in their place. Every expression takes linear time, whatever the text. Must not know
//! where the text goes. Fails to be made where an expression is none.

use std::borrow::Cow;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

/// What stands for a text that was taken out.
pub const HIDDEN: &str = "‹hidden›";
/// An expression that takes more memory than this is refused.
const SIZE_LIMIT: usize = 1 << 20;
/// So many expressions are enough.
pub const MOST: usize = 50;

/// Expressions. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Masks(Arc<[Regex]>);

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MaskFault {
    /// It is none.
    #[error("this is no expression: {0}")]
    Expression(String),
    /// It fits everything, or nothing at all.
    #[error("this expression fits an empty text, so it would hide nothing or everything")]
    Empty,
}

impl Masks {
    /// Checks one expression.
    ///
    /// # Errors
    /// [`MaskFault`].
    pub fn parse(text: &str) -> Result<Regex, MaskFault> {
        let built = RegexBuilder::new(text).size_limit(SIZE_LIMIT).build();
        let expression = built.map_err(|error| {
            let last = error
                .to_string()
                .lines()
                .last()
                .unwrap_or_default()
                .trim()
                .to_owned();
            MaskFault::Expression(last)
        })?;
        match expression.is_match("") {
            true => Err(MaskFault::Empty),
            false => Ok(expression),
        }
    }

    /// These expressions.
    #[must_use]
    pub fn new(expressions: Vec<Regex>) -> Self {
        Self(expressions.into())
    }

    /// The text without what they find.
    #[must_use]
    pub fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for expression in self.0.iter() {
            if let Cow::Owned(fresh) = expression.replace_all(&masked, HIDDEN) {
                masked = Cow::Owned(fresh);
            }
        }
        masked
    }
}

/// A line of the game's console without the password that it sets.
#[must_use]
pub fn without_password(line: &str) -> Cow<'_, str> {
    match sets_password(line) {
        true => Cow::Borrowed("/config set password ‹hidden›"),
        false => Cow::Borrowed(line),
    }
}

/// What the game answered to a line. To one that sets a password nothing of it is shown: the game may repeat the password.
#[must_use]
pub fn answer_without_password<'a>(line: &str, answer: &'a str) -> Cow<'a, str> {
    match sets_password(line) && !answer.trim().is_empty() {
        true => Cow::Borrowed(HIDDEN),
        false => Cow::Borrowed(answer),
    }
}

/// Whether a line sets the game's password; the line whose password was taken out counts as well.
fn sets_password(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let mut is = |wanted: &str| words.next().is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    is("/config") && is("set") && is("password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_masked_however_it_is_typed() {
        for line in [
            "/config set password hunter2",
            "/config  SET   Password hunter2 x",
        ] {
            assert_eq!(without_password(line), "/config set password ‹hidden›");
            for line in [line, &without_password(line)] {
                assert_eq!(answer_without_password(line, "Password: hunter2\n"), HIDDEN);
                assert_eq!(answer_without_password(line, "\n"), "\n");
            }
        }
        assert_eq!(answer_without_password("/config get name", "Name: x"), "Name: x");
        assert_eq!(without_password("/config get name"), "/config get name");
    }

    #[test]
    fn what_an_expression_finds_is_hidden_and_the_rest_stays() {
        let masks = Masks::new(vec![
            Masks::parse("(?i)token=\\S+").unwrap(),
            Masks::parse("[0-9]{4}-[0-9]{4}").unwrap(),
        ]);
        assert_eq!(
            masks.apply("/x Token=abc and 1234-5678, bye"),
            "/x ‹hidden› and ‹hidden›, bye"
        );
        assert!(matches!(masks.apply("nothing here"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_no_expression_or_fits_everything_is_refused() {
        assert!(matches!(Masks::parse("("), Err(MaskFault::Expression(_))));
        assert_eq!(Masks::parse("a*").unwrap_err(), MaskFault::Empty);
    }
}
