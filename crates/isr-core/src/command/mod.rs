//! Slash commands: which there are, who may use them and how often, and what waits for a second click.
//!
//! Owns everything about commands that needs neither Discord nor a game: the list ([`tree`]) with what is made of it
//! ([`registration`], [`document`]), the levels ([`Permissions`]), the limits ([`Cooldowns`]), the questions
//! ([`Confirmations`]) and the buttons of cards ([`CardButton`]). Must not know how a command comes in or what the game says. Cannot fail; whoever may not is told why
//! by a value.

mod card_button;
mod confirmation;
mod cooldown;
mod document;
mod level;
mod registration;
pub mod tree;

pub use card_button::{CardButton, CardClick, LastClicks};
pub use confirmation::{Button, Click, Confirmations, Gone, VALID_FOR};
pub use cooldown::{Class, Cooldowns, Use};
pub use document::document;
pub use level::{Asker, Denied, Level, Needed, Permissions};
pub use registration::{foreign, is_registered, registration};
pub use tree::Verb;
