//! Why a text does not pass the gate. Each message says what to do.

/// A text that was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is left of it, or there was nothing.
    #[error("there is nothing to send")]
    Empty,
    /// It holds a newline or another control character.
    #[error("the text has to be one line without control characters")]
    NotOneLine,
    /// It is longer than the cap of its class.
    #[error("the text is {length} bytes long; at most {cap} are sent")]
    TooLong {
        /// Bytes of the text.
        length: usize,
        /// The cap.
        cap: usize,
    },
    /// Chat that the game would take for a command.
    #[error("chat cannot begin with a slash: the game would run it as a command")]
    LooksLikeACommand,
    /// A command without a slash, which the game would say as chat.
    #[error("a command begins with a slash; without one the game would say it as chat")]
    NotACommand,
    /// A command that runs Lua or ends achievements, and the configuration does not allow it.
    #[error(
        "/{word} would end the achievements of this save for good; if that is wanted, set `allow_lua: true` for this server"
    )]
    EndsAchievements {
        /// The word, as the game knows it.
        word: String,
    },
    /// Lua that was typed as a command. Even where it is allowed, it goes through a type of its own.
    #[error("/{word} runs Lua, which does not pass as a plain command")]
    LuaAsCommand {
        /// The word, as the game knows it.
        word: String,
    },
    /// A word that is no vanilla command.
    #[error(
        "/{word} is no command of the unmodded game; if a mod brings it, name it in `allow_commands` of this server"
    )]
    UnknownCommand {
        /// The word as it was typed, shortened.
        word: String,
    },
    /// A command that changes something, on a server that may only be read.
    #[error("this server is `read_only: true`, and this would change something")]
    ReadOnly,
    /// `/config get password`.
    #[error("the game password is not read through this connection")]
    Secret,
    /// An argument that the game would read as something else.
    #[error("{what} cannot be {value:?}: {why}")]
    Argument {
        /// Which argument.
        what: &'static str,
        /// What was given, shortened.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The beginning of a text, for messages.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
