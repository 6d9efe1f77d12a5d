//! What is seen of running games: samples, what alerts remember, the cards' messages, maintenance.
//!
//! Owns these tables. An alert's memory changes in the transaction that puts its post into the outbox, so that no alert
//! is told twice and none is forgotten. Must not know rules, wording, or when something is posted. Fails when SQLite
//! fails.

mod alerts;
mod cards;
mod handle;
mod maintenance;
mod operator;
mod samples;

pub use alerts::{AlertChange, AlertPost, AlertRow};
pub use cards::{CardPlace, CardState, RULE_CARD_UNCERTAIN};
pub use maintenance::{Maintenance, Scope};
pub use samples::SampleRow;

pub(crate) use alerts::{all as all_alerts, apply as change_alerts, take as take_alerts};
pub(crate) use cards::{all as all_cards, find as find_card, keep as keep_card};
pub(crate) use maintenance::all as all_maintenance;
pub(crate) use samples::{record as record_samples, remove as remove_samples, within as samples_in};
