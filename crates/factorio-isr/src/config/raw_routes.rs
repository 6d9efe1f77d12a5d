//! `channels:` and `routes:` as they were written.
//!
//! Owns their keys and, in the comments of the fields, their description for editors. Must not know which names exist.
//! Nothing here fails; see `keys.rs`.

use std::path::Path;

use super::document::{Content, Node};
use super::findings::{Field, Findings, Given};
use super::keys::{self, Keys};
use super::problem::{Position, quote};
use super::raw::Named;
#[cfg(feature = "schema")]
use super::schema as shape;

/// A channel with more than an address.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "channel")
)]
pub(crate) struct RawChannel {
    /// Its webhook: an address (with `?thread_id=…` for a thread), `${NAME}`, a name from `webhooks`, or `terminal`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) webhook: Field,
    /// Or its id, where the bot posts: of a channel, a thread or a post of a forum.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Id>"))]
    pub(crate) channel_id: Field,
    /// Only admins can read it: what is for admins only may go there. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) admins: Field,
}

/// One route. An event takes the first route that fits it, and no other.
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "route")
)]
pub(crate) struct RawRoute {
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) at: Position,
    /// Kinds of events: `chat`, `mod.*`, `all`. Default: all.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) events: Texts,
    /// Only events of these servers. Not in the routes of a server itself.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) servers: Texts,
    /// Only events that these patterns found.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) patterns: Texts,
    /// Only events of patterns that name one of these channels.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) channels: Texts,
    /// Where they go: names from `channels` and `webhooks`, `webhook` and `admin_webhook` of the server, or `none`.
    #[cfg_attr(feature = "schema", schemars(with = "shape::Texts"))]
    pub(crate) to: Texts,
    /// In which words events are told there. What it does not say, the server's `voice` decides.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Voice>"))]
    pub(crate) voice: Option<Node>,
    /// Post chat under the player's own name there. Default: as the server does.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) player_names_as_webhook_name: Field,
}

/// One text or a list of them; `None` when the key is not there.
pub(crate) type Texts = Option<Vec<Given>>;

impl RawRoute {
    /// The routes under a key.
    pub(crate) fn list(keys: &mut Keys<'_>, key: &'static str) -> Vec<Self> {
        keys.list(
            key,
            "begin every route with a dash: `- events: [chat]`, and `to: [NAME]` below it",
            Self::read,
        )
    }

    fn read(node: &Node, path: &Path, findings: &mut Findings) -> Self {
        let mut keys = Keys::of(Some(node), "a route", path, findings);
        let raw = Self {
            at: node.at,
            events: keys.texts("events"),
            servers: keys.texts("servers"),
            patterns: keys.texts("patterns"),
            channels: keys.texts("channels"),
            to: keys.texts("to"),
            voice: keys.node("voice").cloned(),
            player_names_as_webhook_name: keys.scalar("player_names_as_webhook_name"),
        };
        keys.finish();
        raw
    }
}

/// The channels, by name.
pub(crate) fn channels(
    nodes: Vec<(String, Position, &Node)>,
    path: &Path,
    findings: &mut Findings,
) -> Named<RawChannel> {
    nodes
        .into_iter()
        .map(|(name, at, node)| {
            let channel = RawChannel::read(node, &name, path, findings);
            (name, at, channel)
        })
        .collect()
}

impl RawChannel {
    /// A channel is its address, or a mapping.
    fn read(node: &Node, name: &str, path: &Path, findings: &mut Findings) -> Self {
        if !matches!(node.content, Content::Map(_)) {
            return Self {
                webhook: keys::field(node, name, path, findings),
                channel_id: Field::Absent,
                admins: Field::Absent,
            };
        }
        let section = format!("channel {}", quote(name));
        let mut keys = Keys::of(Some(node), &section, path, findings);
        let raw = Self {
            webhook: keys.scalar("webhook"),
            channel_id: keys.scalar("channel_id"),
            admins: keys.scalar("admins"),
        };
        keys.finish();
        raw
    }
}
