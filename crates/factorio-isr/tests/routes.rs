//! Routes, filters and quiet hours, seen from outside. The real binary, real logs, a fake Discord.

mod stage;

#[path = "routes/channels.rs"]
mod channels;
