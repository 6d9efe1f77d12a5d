//! `quiet:`: which lines of a server are merged with what stands there already.
//!
//! Owns its keys and their defaults. Must not know what is merged by them, or in which words.

use std::time::Duration;

use isr_core::quiet::Quiet;

use super::findings::{Field, Findings};
use super::keys::Keys;
use super::scalar::{self, Complaint, Within};
#[cfg(feature = "schema")]
use super::schema as shape;

/// Longer, and the one has nothing to do with the other.
const LONGEST_REJOIN: Duration = Duration::from_secs(600);
/// Edits that come more often use up Discord's patience.
const COUNTS: Within<Duration> = Within(Duration::from_secs(2), Duration::from_secs(600));

/// What is merged with what stands there already, so that a channel stays readable. Nothing is left out.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "quiet")
)]
pub(crate) struct RawQuiet {
    /// A player who comes back within this time changes the line of the leave (`reconnected`). `off`: the join is a line
    /// of its own. Default: 30s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::TimeOrOff>"))]
    pub(crate) merge_rejoins: Field,
    /// The same line again is counted in the message above (`×3`), by an edit at most this often; never chat, research
    /// or rockets. `off`: it is a line of its own. Default: 5s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::TimeOrOff>"))]
    pub(crate) count_repeats: Field,
}

/// When lines of a server are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietTimes {
    /// A rejoin within this time changes the leave; none: never.
    pub merge_rejoins: Option<Duration>,
    /// Equal lines are counted by edits at most this often; none: never.
    pub count_repeats: Option<Duration>,
}

impl Default for QuietTimes {
    fn default() -> Self {
        let Quiet {
            merge_rejoins,
            count_repeats,
            ..
        } = Quiet::default();
        Self {
            merge_rejoins,
            count_repeats,
        }
    }
}

impl RawQuiet {
    pub(crate) fn take(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("quiet");
        let mut keys = Keys::of(node, "quiet", keys.path(), keys.findings);
        let raw = Self {
            merge_rejoins: keys.scalar("merge_rejoins"),
            count_repeats: keys.scalar("count_repeats"),
        };
        keys.finish();
        raw
    }

    /// The times of a server; what it does not say is as `defaults` has it.
    pub(crate) fn resolve(
        &self,
        defaults: &Self,
        key: &impl Fn(&str) -> String,
        findings: &mut Findings,
    ) -> QuietTimes {
        let usual = QuietTimes::default();
        let rejoins = self
            .merge_rejoins
            .clone()
            .or_else(|| defaults.merge_rejoins.clone());
        let repeats = self
            .count_repeats
            .clone()
            .or_else(|| defaults.count_repeats.clone());
        let within = Within(Duration::from_secs(1), LONGEST_REJOIN);
        QuietTimes {
            merge_rejoins: findings.settle(
                &key("quiet.merge_rejoins"),
                &rejoins,
                usual.merge_rejoins,
                |text| time_or_off(text, within),
                show,
            ),
            count_repeats: findings.settle(
                &key("quiet.count_repeats"),
                &repeats,
                usual.count_repeats,
                |text| time_or_off(text, COUNTS),
                show,
            ),
        }
    }
}

fn time_or_off(text: &str, within: Within<Duration>) -> Result<Option<Duration>, Complaint> {
    if ["off", "no", "false"]
        .iter()
        .any(|off| text.eq_ignore_ascii_case(off))
    {
        return Ok(None);
    }
    let time = scalar::duration(text, within).map_err(|complaint| {
        let remedy = format!("{}, or off", complaint.remedy);
        Complaint::new(complaint.what, remedy)
    })?;
    Ok(Some(time))
}

fn show(time: &Option<Duration>) -> String {
    time.as_ref()
        .map_or_else(|| "off".to_owned(), scalar::show_duration)
}
