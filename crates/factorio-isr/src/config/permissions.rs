//! `permissions:`: who may use which command of the bot.
//!
//! Owns its keys, as written and as checked, and that those of a server lie over the common ones. Must not know what a
//! command does. A wrong id, level or command becomes a problem.

use std::path::Path;

use isr_core::command::tree::ALL;
use isr_core::command::{Level, Needed, Permissions, Verb};

use super::bot;
use super::findings::{Field, Findings, Given};
use super::keys::{self, Keys};
use super::problem::quote;
use super::raw::{self, Named};
use super::raw_routes::Texts;
use super::scalar::{self, Complaint};
#[cfg(feature = "schema")]
use super::schema as shape;
use super::spelling;

/// Who may use which command of the bot. A level that is not listed goes by Discord's own permissions.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "permissions")
)]
pub(crate) struct RawPermissions {
    /// Ids of the roles and people that may look. Default: everybody in the Discord server.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Ids>"))]
    pub(crate) view: Texts,
    /// Ids of the roles and people that may deal with players. Default: whoever may kick, ban or time members out.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Ids>"))]
    pub(crate) moderate: Texts,
    /// Ids of the roles and people that may change the server. Default: whoever may manage the Discord server.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Ids>"))]
    pub(crate) administer: Texts,
    /// Commands that need another level than usual, such as `kick: administer`; `off`: nobody may.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::CommandLevels>"))]
    pub(crate) commands: Named<Field>,
}

impl RawPermissions {
    /// Reads the section.
    pub(crate) fn take(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("permissions");
        let mut keys = Keys::of(node, "permissions", keys.path(), keys.findings);
        let raw = Self {
            view: keys.texts("view"),
            moderate: keys.texts("moderate"),
            administer: keys.texts("administer"),
            commands: raw::named(&mut keys, "commands"),
        };
        keys.finish();
        raw
    }

    /// The settings. `key` names them in messages: `permissions`, or that of a server.
    pub(crate) fn resolve(&self, key: &str, path: &Path, findings: &mut Findings) -> Permissions {
        let mut permissions = Permissions::default();
        let listed = [
            (Level::View, &self.view),
            (Level::Moderate, &self.moderate),
            (Level::Administer, &self.administer),
        ];
        for (level, texts) in listed {
            if let Some(given) = texts {
                let ids = bot::ids(&format!("{key}.{level}"), given.iter(), findings);
                permissions.holders.insert(level, ids);
            }
        }
        for (name, at, field) in &self.commands {
            let Some(verb) = Verb::from_name(name) else {
                let names: Vec<&str> = ALL.iter().map(|spec| spec.name).collect();
                let what = format!("unknown command {} in {key}.commands", quote(name));
                findings.problem(keys::origin(path, *at), what, spelling::remedy(name, &names));
                continue;
            };
            if let Some(needed) = needed(&format!("{key}.commands.{name}"), field.given(), findings) {
                permissions.commands.insert(verb, needed);
            }
        }
        permissions
    }
}

fn needed(key: &str, given: Option<&Given>, findings: &mut Findings) -> Option<Needed> {
    let given = given?;
    let needed = findings.parse(key, given, level)?;
    let shown = match needed {
        Needed::Level(level) => level.as_str(),
        Needed::Nobody => "off",
    };
    findings.setting(key, shown, given.origin.clone());
    Some(needed)
}

fn level(text: &str) -> Result<Needed, Complaint> {
    let levels = Level::ALL.map(|level| (level.as_str(), Needed::Level(level)));
    let off = ["off", "false", "no", "nobody"].map(|word| (word, Needed::Nobody));
    let choices: Vec<(&str, Needed)> = levels.into_iter().chain(off).collect();
    scalar::choice(text, &choices)
}
