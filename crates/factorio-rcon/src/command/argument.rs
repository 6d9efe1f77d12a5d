//! Arguments that mean one thing to the game.
//!
//! Owns what a name, a reason, a surface and a save may hold. Fails with [`Refusal::Argument`].

use crate::gate::{Refusal, shortened};

fn refuse<T>(what: &'static str, value: &str, why: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Argument {
        what,
        value: shortened(value),
        why,
    })
}

/// Blanks and what looks like nothing at all end a word in the eyes of the game or of the reader.
fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(crate::gate::is_blank)
}

fn is_one_line(text: &str) -> bool {
    !text.chars().any(crate::gate::breaks_a_line)
}

/// The name of a player: one word.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlayerName(String);

impl PlayerName {
    /// Takes a name. Account names are 2 to 30 letters, digits, `.`, `-` and `_`; servers without user verification had
    /// others, so only what the game could not take for one word is refused.
    ///
    /// # Errors
    /// [`Refusal::Argument`] when it is empty, holds a blank or a control character, or is longer than 128 bytes.
    pub fn new(name: &str) -> Result<Self, Refusal> {
        let name = name.trim();
        if !is_one_word(name) {
            return refuse("the player's name", name, "a name is one word");
        }
        if name.len() > 128 {
            return refuse("the player's name", name, "it is too long for a name");
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the game means the same player: names compare without regard to case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.0.to_lowercase() == name.to_lowercase()
    }
}

/// Why a player is kicked or banned: one line of at most 500 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason(String);

impl Reason {
    /// Takes a reason, blanks at its ends cut.
    ///
    /// # Errors
    /// [`Refusal::Argument`] when it is empty, too long or not one line.
    pub fn new(reason: &str) -> Result<Self, Refusal> {
        let reason = reason.trim();
        if reason.is_empty() || !is_one_line(reason) {
            return refuse("the reason", reason, "a reason is one line of text");
        }
        if reason.len() > 500 {
            return refuse("the reason", reason, "it is longer than 500 bytes");
        }
        Ok(Self(reason.to_owned()))
    }

    /// The reason.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a surface: a planet, a platform, or one that a mod made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SurfaceName(String);

impl SurfaceName {
    /// Takes a name, blanks at its ends cut.
    ///
    /// # Errors
    /// [`Refusal::Argument`] when it is empty, too long or not one line.
    pub fn new(name: &str) -> Result<Self, Refusal> {
        let name = name.trim();
        if name.is_empty() || !is_one_line(name) || name.len() > 200 {
            return refuse("the surface", name, "it is one line of at most 200 bytes");
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a save: one word of letters, digits, `.`, `-` and `_`, so that it cannot lead into another folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SaveName(String);

impl SaveName {
    /// Takes a name.
    ///
    /// # Errors
    /// [`Refusal::Argument`] when it holds anything else, begins with a dot, or is longer than 100 bytes.
    pub fn new(name: &str) -> Result<Self, Refusal> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(is_plain) {
            return refuse(
                "the name of a save",
                name,
                "it is made of letters, digits, '.', '-' and '_', and does not begin with a dot",
            );
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A setting that `/config get` tells. `password` is left out on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the game")]
pub enum ConfigKey {
    Name,
    Description,
    Tags,
    AfkAutoKick,
    AllowCommands,
    AllowDebugSettings,
    AutosaveInterval,
    AutosaveOnlyOnServer,
    IgnorePlayerLimitForReturningPlayers,
    MaxPlayers,
    MaxUploadSpeed,
    MaxUploadSlots,
    OnlyAdminsCanPause,
    AutoPauseWhenPlayersConnect,
    RequireUserVerification,
    VisibilityLan,
    VisibilitySteam,
    VisibilityPublic,
}

impl ConfigKey {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Name,
        Self::Description,
        Self::Tags,
        Self::AfkAutoKick,
        Self::AllowCommands,
        Self::AllowDebugSettings,
        Self::AutosaveInterval,
        Self::AutosaveOnlyOnServer,
        Self::IgnorePlayerLimitForReturningPlayers,
        Self::MaxPlayers,
        Self::MaxUploadSpeed,
        Self::MaxUploadSlots,
        Self::OnlyAdminsCanPause,
        Self::AutoPauseWhenPlayersConnect,
        Self::RequireUserVerification,
        Self::VisibilityLan,
        Self::VisibilitySteam,
        Self::VisibilityPublic,
    ];

    /// The word that the game knows it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
            Self::Tags => "tags",
            Self::AfkAutoKick => "afk-auto-kick",
            Self::AllowCommands => "allow-commands",
            Self::AllowDebugSettings => "allow-debug-settings",
            Self::AutosaveInterval => "autosave-interval",
            Self::AutosaveOnlyOnServer => "autosave-only-on-server",
            Self::IgnorePlayerLimitForReturningPlayers => "ignore-player-limit-for-returning-players",
            Self::MaxPlayers => "max-players",
            Self::MaxUploadSpeed => "max-upload-speed",
            Self::MaxUploadSlots => "max-upload-slots",
            Self::OnlyAdminsCanPause => "only-admins-can-pause",
            Self::AutoPauseWhenPlayersConnect => "auto-pause-when-players-connect",
            Self::RequireUserVerification => "require-user-verification",
            Self::VisibilityLan => "visibility-lan",
            Self::VisibilitySteam => "visibility-steam",
            Self::VisibilityPublic => "visibility-public",
        }
    }

    /// Whether its value is free text, which is never taken apart.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Name | Self::Description | Self::Tags)
    }
}
