//! What is made of a running game, as it was written: statistics posts and the card.
//!
//! Owns the keys and, in the comments of the fields, their description for editors. Must not know which names exist.
//! Nothing here fails; see `keys.rs`.

use super::document::Content;
use super::findings::Field;
use super::keys::{self, Keys};
#[cfg(feature = "schema")]
use super::schema as shape;

/// Posts with the figures of a server, one after the other. The card shows the same in one message.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "stats")
)]
pub(crate) struct RawStats {
    /// How often they are posted. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::SecondsOrOff>"))]
    pub(crate) interval: Field,
    /// Where they go, written like `webhook` of the server. Default: where its other messages go.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) webhook: Field,
    /// Tell the updates per second. Default: on.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) ups: Field,
    /// Tell how far the enemies have evolved. Default: on.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) evolution: Field,
}

/// One message that always shows how the server is.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "card")
)]
pub(crate) struct RawCard {
    /// Whether there is one. Default: on where there is RCON.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) enabled: Field,
    /// Where it is, written like `webhook` of the server. Default: where its other messages go.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) webhook: Field,
    /// Time of the server's zone at which a picture of the last day is posted, such as `"08:00"`. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::TextOrSwitch>"))]
    pub(crate) picture: Field,
    /// The page that the button "Join" opens below a card of the bot: `http` or `https`. Default: no such button.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::TextOrSwitch>"))]
    pub(crate) join_url: Field,
    /// Whether the bot pins a card when it posts it; it needs the permission Pin Messages. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) pin: Field,
}

impl RawStats {
    /// Reads the section.
    pub(crate) fn take(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("stats");
        let mut keys = Keys::of(node, "stats", keys.path(), keys.findings);
        let raw = Self {
            interval: keys.scalar("interval"),
            webhook: keys.scalar("webhook"),
            ups: keys.scalar("ups"),
            evolution: keys.scalar("evolution"),
        };
        keys.finish();
        raw
    }
}

impl RawCard {
    /// Reads the section, or `card: on` and `card: off`.
    pub(crate) fn take(keys: &mut Keys<'_>) -> Self {
        let Some(node) = keys.node("card") else {
            return Self::default();
        };
        if matches!(node.content, Content::Scalar { .. }) {
            return Self {
                enabled: keys::field(node, "card", keys.path(), keys.findings),
                ..Self::default()
            };
        }
        let mut keys = Keys::of(Some(node), "card", keys.path(), keys.findings);
        let raw = Self {
            enabled: keys.scalar("enabled"),
            webhook: keys.scalar("webhook"),
            picture: keys.scalar("picture"),
            join_url: keys.scalar("join_url"),
            pin: keys.scalar("pin"),
        };
        keys.finish();
        raw
    }
}
