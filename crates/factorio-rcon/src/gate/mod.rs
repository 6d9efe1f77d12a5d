//! The achievement gate: what may become a line of the game's console.
//!
//! Owns the three classes of what can be sent, which are three types: [`ChatText`], [`VanillaCommand`] and [`Lua`].
//! There is no fourth way: a session takes a [`Line`], and a line is made of these. Owns, too, what the configuration
//! of one server allows ([`Policy`]). Must not know sockets or replies. Fails with [`Refusal`], which says why and what
//! to do; a refused text reaches no socket.
//!
//! How text that a person typed is judged:
//!
//! 1. It has to be one line: a newline or control character refuses it. Chat may be [tidied](ChatText::tidied) instead.
//! 2. After trimming and folding of case, the first word of a command is looked up in the list of vanilla commands and
//!    aliases ([`words`]). Only a word of the list, or one that `allow_commands` names, passes.
//! 3. What is sent is put together again from the word of the list and the arguments, so that it cannot mean anything
//!    else than what was judged.
//!
//! Nothing in this list of steps has to recognise Lua to keep it out; it is recognised for the sake of the message.

mod chat;
mod class;
mod command;
mod line;
mod lua;
mod policy;
mod refusal;
pub mod words;

pub use chat::{CHAT_CAP, ChatText};
pub(crate) use chat::{breaks_a_line, is_blank};
pub use class::{Class, classify};
pub use command::{COMMAND_CAP, VanillaCommand};
pub use line::{Answer, Effect, Line};
pub use lua::{LUA_CAP, Lua, LuaAllowed};
pub use policy::{Access, LuaSwitch, Policy, PolicyError, Settings};
pub use refusal::Refusal;
pub(crate) use refusal::shortened;
