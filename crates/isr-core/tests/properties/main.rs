//! Properties that hold for every input: what leaves the domain is always legal, literal and in order.

#![expect(
    clippy::expect_used,
    reason = "a property fails by panicking, also in the functions that it calls"
)]

mod hostile;

mod chat;
mod escaping;
mod folding;
mod lines;
mod mentions;
mod names;
mod patterns;
mod quiet;
mod rendering;
mod routing;
mod templates;
mod voices;
mod zones;
