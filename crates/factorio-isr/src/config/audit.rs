//! `audit:`: where the audit log is posted, and what never stands in it.
//!
//! Owns its keys, as written and as checked. Must not know what an action is. A wrong target or expression becomes a problem.

use isr_core::masks::{self, Masks};

use super::findings::{Field, Findings};
use super::keys::Keys;
use super::raw_routes::Texts;
use super::scalar::Complaint;
#[cfg(feature = "schema")]
use super::schema as shape;
use super::targets::NamedTargets;
use super::webhook::Target;

/// The audit log of what people do through the bot and the command line.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "audit")
)]
pub(crate) struct RawAudit {
    /// Where each action is posted as well: `channel:ID`, a name from `channels` or `webhooks`, or the address of a webhook.
    /// Only admins should read there. Default: nowhere; `factorio-isr audit` shows the log.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) to: Field,
    /// Regular expressions: what they find is hidden before an action is kept or posted.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) redact: Texts,
}

/// The settings of the audit log.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// Where it is posted as well.
    pub target: Option<Target>,
    /// What never stands in it.
    pub masks: Masks,
}

impl RawAudit {
    /// Reads the section.
    pub(crate) fn take(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("audit");
        let mut keys = Keys::of(node, "audit", keys.path(), keys.findings);
        let raw = Self {
            to: keys.scalar("to"),
            redact: keys.texts("redact"),
        };
        keys.finish();
        raw
    }

    /// The settings.
    pub(crate) fn resolve(&self, targets: &mut NamedTargets, findings: &mut Findings) -> Audit {
        let target = self.to.given().and_then(|given| {
            let target = targets.target("audit.to", given, findings)?;
            findings.setting("audit.to", target.to_string(), given.origin.clone());
            Some(target)
        });
        let given = self.redact.as_deref().unwrap_or_default();
        if let Some(beyond) = given.get(masks::MOST) {
            let what = format!("audit.redact has more than {} expressions", masks::MOST);
            findings.problem(beyond.origin.clone(), what, "join some of them with |");
        }
        let parse = |text: &str| {
            Masks::parse(text).map_err(|fault| {
                Complaint::new(fault.to_string(), "write a regular expression such as token=\\S+")
            })
        };
        let expressions: Vec<_> = given
            .iter()
            .filter_map(|given| findings.parse("audit.redact", given, parse))
            .collect();
        if let Some(first) = given.first() {
            findings.setting(
                "audit.redact",
                format!("{} expressions", expressions.len()),
                first.origin.clone(),
            );
        }
        Audit {
            target,
            masks: Masks::new(expressions),
        }
    }
}
