//! Events that an admin describes: a regular expression, what it is called, and how it reads.
//!
//! Owns the meaning of a [`Definition`] in both forms (that of the Python program, by position; our own, by name), the
//! one linear pass in which a [`PatternSet`] looks for all of them in a line, and the promise that nobody's words become
//! an event of another kind. Must not know files or YAML. Compiling fails with a [`Fault`] that names the place in the
//! pattern and what to write instead; matching never fails.

mod bytes;
mod custom;
mod definition;
mod explain;
mod expression;
mod fault;
mod fields;
mod literals;
mod prefilter;
mod python;
mod set;
mod template;
mod text;
mod wording;
mod words;

pub use custom::{Custom, Field, Profile};
pub use definition::{Definition, FieldRule, Form, Place, State, Tier};
pub use explain::{Near, Why};
pub use fault::{Fault, Spot};
pub use fields::Value;
pub use set::{PatternSet, Reading, Scratch};

/// The longest line that patterns read, in characters, as in the Python program. A longer line keeps what it means by
/// itself.
pub const LONGEST_LINE: usize = 10_000;
/// The longest expression, in characters.
pub const LONGEST_EXPRESSION: usize = 500;
/// The longest template, in characters.
pub const LONGEST_TEMPLATE: usize = 200;
