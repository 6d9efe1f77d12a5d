//! The bot, with the real program: its session with the gateway, and what it posts.

#[path = "bots/chat.rs"]
mod chat;
#[path = "bots/commands/mod.rs"]
mod commands;
#[path = "bots/delivery.rs"]
mod delivery;
#[path = "bots/doctor.rs"]
mod doctor;
#[path = "bots/hanging.rs"]
mod hanging;
#[path = "bots/identity.rs"]
mod identity;
#[path = "bots/session.rs"]
mod session;
#[path = "stage/mod.rs"]
mod stage;
#[path = "bots/topics.rs"]
mod topics;
