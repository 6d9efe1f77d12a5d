//! `rcon:` of a server as it was written.
//!
//! Owns its keys and, in the comments of the fields, their description for editors. Must not know passwords: a text
//! stays marked as the secret it may be. Nothing here fails; see `keys.rs`.

use super::document::{Content, Node};
use super::findings::{Exposure, Field, Given};
use super::keys::{self, Keys};
use super::problem::{Origin, quote};
use super::raw_routes::Texts;
#[cfg(feature = "schema")]
use super::schema as shape;

/// The RCON port of a server: players, game time, UPS and evolution come from it. Without it only the log is read.
#[derive(Clone)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "rcon")
)]
pub(crate) struct RawRcon {
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) at: Origin,
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) wanted: Wanted,
    /// Name or number of the machine (or container) that runs the game. Default: localhost.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) host: Field,
    /// The port behind the game's `--rcon-port` or `--rcon-bind`. Default: 27015.
    #[cfg_attr(feature = "schema", schemars(with = "Option<u16>"))]
    pub(crate) port: Field,
    /// The password of RCON, best as `${NAME}`. Better still: leave it out and use `password_file` or the secret
    /// `RCON_PASSWORD_TAG` or `RCON_PASSWORD`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::TextOrNumber>"))]
    pub(crate) password: Field,
    /// A file that holds the password, such as `/factorio/config/rconpw`, where the common container keeps it.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) password_file: Field,
    /// How often the server is asked. Default: 60s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) poll_interval: Field,
    /// Allow Lua: exact ticks, research, production and platforms are read with it, and you may type it. The first use ends the
    /// achievements of the save for good. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) allow_lua: Field,
    /// Refuse every command that changes something. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) read_only: Field,
    /// Commands of mods that may be sent, by their word.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) allow_commands: Texts,
    /// Count a lost connection as `degraded` in `/health`. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) required: Field,
}

/// How a server comes to have RCON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Somebody wrote it: a missing password is a fault.
    Written,
    /// Somebody wrote it in a file of the Python program: without a password there is none, which is said.
    WrittenOfOld,
    /// Every server of the Python program had it: without a password there is none.
    IfPassword,
}

impl RawRcon {
    /// A section without any key.
    pub(crate) const fn empty(at: Origin, wanted: Wanted) -> Self {
        Self {
            at,
            wanted,
            host: Field::Absent,
            port: Field::Absent,
            password: Field::Absent,
            password_file: Field::Absent,
            poll_interval: Field::Absent,
            allow_lua: Field::Absent,
            read_only: Field::Absent,
            allow_commands: None,
            required: Field::Absent,
        }
    }

    /// Reads the section of a server; `None` when there is none, or when it is switched off.
    pub(crate) fn take(keys: &mut Keys<'_>) -> Option<Self> {
        let node = keys.node("rcon")?;
        if is_off(node) {
            return None;
        }
        let path = keys.path();
        let mut keys = Keys::of(Some(node), "rcon", path, keys.findings);
        let raw = Self {
            at: keys::origin(path, node.at),
            wanted: Wanted::Written,
            host: keys.scalar("host"),
            port: keys.scalar("port"),
            password: secret(keys.scalar("password")),
            password_file: keys.scalar("password_file"),
            poll_interval: keys.scalar("poll_interval"),
            allow_lua: keys.scalar("allow_lua"),
            read_only: keys.scalar("read_only"),
            allow_commands: keys.texts("allow_commands"),
            required: keys.scalar("required"),
        };
        if let Some(node) = keys.node("stats_interval") {
            let text = format!(
                "{} is read beside `rcon`, not in it: move it two blanks to the left",
                quote("stats_interval")
            );
            keys.findings.note_at(keys::origin(path, node.at), text);
        }
        keys.finish();
        Some(raw)
    }
}

/// `rcon: off`.
fn is_off(node: &Node) -> bool {
    let Content::Scalar { text, .. } = &node.content else {
        return false;
    };
    super::scalar::switch(text.trim()).is_ok_and(|switch| !switch.is_on())
}

/// A text that is never shown, wherever it was written.
pub(crate) fn secret(field: Field) -> Field {
    match field {
        Field::Given(given) => Field::Given(Given {
            exposure: Exposure::Secret,
            ..given
        }),
        other => other,
    }
}
