//! `abuse:`: what happens when one player writes or calls too much.
//!
//! Owns its keys and their defaults: only a notice to admins, at a rate that no lively chat reaches. Must not know the
//! rates of mentions, which stand with the mentions.

use std::time::Duration;

use isr_core::abuse::{FloodAction, FloodRule};
use isr_core::rate::Rate;

use super::findings::{Field, Findings};
use super::keys::Keys;
use super::scalar::{self, Complaint};
#[cfg(feature = "schema")]
use super::schema as shape;

/// What happens when one player writes or calls too much.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "abuse")
)]
pub(crate) struct RawAbuse {
    /// Lines of chat of one player that are no flood. Default: 60/60s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Often>"))]
    pub(crate) chat: Field,
    /// `notice` (default): tell the admins (needs `admin_webhook`), post everything. `hold_back`: what is beyond the rate
    /// is not posted. `off`: nothing, not even a notice about too many mentions.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Action>"))]
    pub(crate) action: Field,
}

impl RawAbuse {
    pub(crate) fn read(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("abuse");
        let mut keys = Keys::of(node, "abuse", keys.path(), keys.findings);
        let raw = Self {
            chat: keys.scalar("chat"),
            action: keys.scalar("action"),
        };
        keys.finish();
        raw
    }

    pub(crate) fn resolve(&self, findings: &mut Findings) -> FloodRule {
        let mild = Rate::new(60, Duration::from_secs(60));
        let action = findings.settle(
            "abuse.action",
            &self.action,
            FloodAction::Notice,
            action,
            |action| {
                match action {
                    FloodAction::Notice => "notice",
                    FloodAction::HoldBack => "hold_back",
                    FloodAction::Off => "off",
                }
                .to_owned()
            },
        );
        let chat = findings.settle("abuse.chat", &self.chat, mild, scalar::rate, Rate::to_string);
        FloodRule { chat, action }
    }
}

fn action(text: &str) -> Result<FloodAction, Complaint> {
    let words = [
        ("notice", FloodAction::Notice),
        ("hold_back", FloodAction::HoldBack),
        ("off", FloodAction::Off),
        ("false", FloodAction::Off),
        ("no", FloodAction::Off),
    ];
    scalar::choice(text, &words)
}
