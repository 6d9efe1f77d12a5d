//! What a typed text becomes: a command, Lua where it is allowed, or chat.
//!
//! Owns that decision and its words; the gate decides what passes. Must not know a connection. Fails with a sentence that
//! says what to type instead.

use factorio_rcon::gate::words::Word;
use factorio_rcon::gate::{ChatText, Class, Line, Lua, Policy, classify};

/// A text that may be sent.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) line: Line,
    /// Whether it is Lua, which has a price.
    pub(super) is_lua: bool,
}

/// The words that take a script; the others that end achievements take none.
const SCRIPTS: [&str; 3] = ["command", "silent-command", "measured-command"];

impl Typed {
    /// Reads what a person typed for a server with this policy.
    ///
    /// # Errors
    /// A sentence for the person.
    pub(super) fn read(text: &str, policy: &Policy) -> Result<Self, String> {
        match classify(text) {
            Class::Chat => chat(text),
            Class::Lua { word } if SCRIPTS.contains(&word.name) => match policy.lua() {
                Some(allowed) => {
                    let script = text.trim().split_once(char::is_whitespace);
                    let script = script.map_or("", |(_, script)| script);
                    let lua = Lua::silent(script, allowed).map_err(|refusal| refusal.to_string())?;
                    Ok(Self {
                        line: lua.into(),
                        is_lua: true,
                    })
                }
                None => command(text, policy),
            },
            _ => command(text, policy),
        }
    }
}

fn command(text: &str, policy: &Policy) -> Result<Typed, String> {
    let command = policy.command(text).map_err(|refusal| refusal.to_string())?;
    Ok(Typed {
        line: command.into(),
        is_lua: false,
    })
}

/// Without a slash the game says it. A single word that is a command was hardly meant to be said.
fn chat(text: &str) -> Result<Typed, String> {
    let meant = text.trim();
    if let Some(word) = Word::find(meant.split_whitespace().next().unwrap_or_default())
        && meant.split_whitespace().count() <= 2
    {
        return Err(format!(
            "did you mean /{}? Without a slash the game would say it to everybody",
            word.name
        ));
    }
    let chat = ChatText::exact(meant).map_err(|refusal| refusal.to_string())?;
    Ok(Typed {
        line: chat.into(),
        is_lua: false,
    })
}

#[cfg(test)]
mod tests {
    use factorio_rcon::gate::{Access, Effect, LuaSwitch, Settings};

    use super::*;

    fn policy(lua: LuaSwitch) -> Policy {
        let settings = Settings {
            lua,
            access: Access::Full,
            commands: vec!["trade".into()],
        };
        Policy::new(&settings).unwrap()
    }

    fn read(text: &str, lua: LuaSwitch) -> Result<String, String> {
        Typed::read(text, &policy(lua)).map(|typed| typed.line.text().to_owned())
    }

    #[test]
    fn commands_chat_and_commands_of_mods_pass() {
        let read = |text| read(text, LuaSwitch::Forbidden);
        assert_eq!(read(" /P o "), Ok("/players o".into()));
        assert_eq!(read("/trade iron 5"), Ok("/trade iron 5".into()));
        assert_eq!(
            read("hello everybody, time to go"),
            Ok("hello everybody, time to go".into())
        );
        assert!(read("/unknown").unwrap_err().contains("allow_commands"));
        assert!(read("   ").unwrap_err().contains("nothing to send"));
    }

    #[test]
    fn a_command_without_its_slash_is_not_said_to_everybody() {
        for text in ["time", "kick bob", "p", "SAVE now"] {
            assert!(
                read(text, LuaSwitch::Forbidden)
                    .unwrap_err()
                    .contains("did you mean /")
            );
        }
    }

    #[test]
    fn lua_needs_the_switch_and_nothing_else_becomes_lua() {
        for text in ["/sc game.print(1)", "/C game.print(1)", "/measured-command x"] {
            let refused = read(text, LuaSwitch::Forbidden).unwrap_err();
            assert!(refused.contains("allow_lua"), "{refused}");
            let typed = Typed::read(text, &policy(LuaSwitch::Allowed)).unwrap();
            assert!(typed.is_lua && typed.line.text().starts_with("/silent-command "));
            assert_eq!(typed.line.effect(), Effect::Changes);
        }
        for text in ["/editor", "/cheat all"] {
            assert!(read(text, LuaSwitch::Allowed).is_err());
        }
        assert!(
            read("/sc", LuaSwitch::Allowed)
                .unwrap_err()
                .contains("nothing to send")
        );
        let typed = Typed::read("/time", &policy(LuaSwitch::Allowed)).unwrap();
        assert!(!typed.is_lua);
    }
}
