//! Lua: a type that cannot be made unless the configuration of a server allows it.
//!
//! Owns the token and the text of a script. Fails with [`Refusal`].

use super::Refusal;

/// The most bytes of one script.
pub const LUA_CAP: usize = 64 << 10;

/// The proof that a server's configuration switched Lua on. Only [`Policy::lua`](super::Policy::lua) has one to lend,
/// and a session asks its own policy again, so that the proof of one server does not open another.
#[derive(Debug, PartialEq, Eq)]
pub struct LuaAllowed(());

impl LuaAllowed {
    /// Called in one place: where a policy is made of settings that say so.
    pub(super) const fn by_configuration() -> Self {
        Self(())
    }
}

/// A script. Sending it ends the achievements of the save; on a fresh map the first one only prints a warning and has
/// to be repeated.
///
/// There is no way around the token:
///
/// ```compile_fail
/// let lua = factorio_rcon::gate::Lua("/sc game.print(1)".to_owned());
/// ```
/// ```compile_fail
/// let token = factorio_rcon::gate::LuaAllowed(());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lua(String);

impl Lua {
    /// A script that leaves no trace in the console. It may have several lines; the game runs them as one.
    ///
    /// # Errors
    /// [`Refusal`] when it is empty, too long, or holds a NUL, which would end it early.
    pub fn silent(script: &str, _allowed: &LuaAllowed) -> Result<Self, Refusal> {
        let script = script.trim();
        if script.is_empty() {
            return Err(Refusal::Empty);
        }
        if script.contains('\0') {
            return Err(Refusal::NotOneLine);
        }
        let text = format!("/silent-command {script}");
        if text.len() > LUA_CAP {
            return Err(Refusal::TooLong {
                length: text.len(),
                cap: LUA_CAP,
            });
        }
        Ok(Self(text))
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}
