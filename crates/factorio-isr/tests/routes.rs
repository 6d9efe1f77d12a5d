//! Routes, filters and quiet hours, seen from outside. The real binary, real logs, a fake Discord.

mod stage;

#[path = "routes/channels.rs"]
mod channels;
#[path = "routes/filters.rs"]
mod filters;
#[path = "routes/quiet.rs"]
mod quiet;
