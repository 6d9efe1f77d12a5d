//! `filters:` and `quiet_hours:` as they were written.
//!
//! Owns their keys and, in the comments of the fields, their description for editors. Must not know which names exist.
//! Nothing here fails; see `keys.rs`.

use std::path::Path;

use super::document::{Content, Node};
use super::findings::{Field, Findings};
use super::keys::{self, Keys};
use super::problem::Position;
use super::raw_routes::Texts;
#[cfg(feature = "schema")]
use super::schema as shape;

/// One filter. The first one that applies to an event decides about it.
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "filter")
)]
pub(crate) struct RawFilter {
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) at: Position,
    /// Name of your choice: what the filter keeps back is counted under it.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) name: Field,
    /// Kinds of events: `chat`, `mod.*`, `all`. Default: all.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) events: Texts,
    /// Only events of these servers. Not in the filters of a server itself.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) servers: Texts,
    /// Only events that these patterns found.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) patterns: Texts,
    /// Only events of these players, in any case; `*` stands for anything.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) players: Texts,
    /// Only events whose words hold one of these texts, in any case.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) text: Texts,
    /// Only events whose words match this regular expression.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) matches: Field,
    /// Only events between these times of the server's zone, such as `22:00-07:00`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) between: Field,
    /// Only what is beyond this rate, such as `5 per 1min`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Often>"))]
    pub(crate) rate: Field,
    /// What has a rate of its own: every `player` (default) or every `kind` of event.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::RatePer>"))]
    pub(crate) per: Field,
    /// `off` (default): the event is not posted. `on`: it is, whatever later filters say.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) post: Field,
}

/// When it is quiet, and for what.
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "quiet_hours")
)]
pub(crate) struct RawQuietHours {
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) at: Position,
    /// Written instead of everything else: off.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) switch: Field,
    /// When they begin, such as `22:00`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) from: Field,
    /// When they end, and the digest is posted.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) to: Field,
    /// The zone of these times. Default: that of the server's log.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) time_zone: Field,
    /// Kinds of events to hold back. Default: all but chat, crashes, desyncs and what is for admins.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) events: Texts,
}

impl RawFilter {
    /// The filters under a key.
    pub(crate) fn list(keys: &mut Keys<'_>, key: &'static str) -> Vec<Self> {
        keys.list(key, "begin every filter with a dash: `- name: …`", Self::read)
    }

    fn read(node: &Node, path: &Path, findings: &mut Findings) -> Self {
        let mut keys = Keys::of(Some(node), "a filter", path, findings);
        keys.refuse_silent();
        let raw = Self {
            at: node.at,
            name: keys.scalar("name"),
            events: keys.texts("events"),
            servers: keys.texts("servers"),
            patterns: keys.texts("patterns"),
            players: keys.texts("players"),
            text: keys.texts("text"),
            matches: keys.scalar("matches"),
            between: keys.scalar("between"),
            rate: keys.scalar("rate"),
            per: keys.scalar("per"),
            post: keys.scalar("post"),
        };
        keys.finish();
        raw
    }
}

impl RawQuietHours {
    /// The quiet hours under `quiet_hours`, if there is something.
    pub(crate) fn take(keys: &mut Keys<'_>) -> Option<Self> {
        let node = keys.node("quiet_hours")?;
        let path = keys.path();
        let switch = match node.content {
            Content::Scalar { .. } => keys::field(node, "quiet_hours", path, keys.findings),
            Content::Empty => return None,
            _ => Field::Absent,
        };
        let inside = if switch == Field::Absent { Some(node) } else { None };
        let mut keys = Keys::of(inside, "quiet_hours", path, keys.findings);
        let raw = Self {
            at: node.at,
            switch,
            from: keys.scalar("from"),
            to: keys.scalar("to"),
            time_zone: keys.scalar("time_zone"),
            events: keys.texts("events"),
        };
        keys.finish();
        Some(raw)
    }
}
