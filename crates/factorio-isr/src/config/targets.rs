//! From `webhook:` to a target: the named webhooks, and which server uses what.
//!
//! Owns the names in `webhooks:`. Must not know servers. A wrong address or an unknown name becomes a problem
//! that never quotes an address.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use isr_core::source::ServerTag;
use isr_discord::{HostClass, WebhookUrl};

use super::findings::{Exposure, Field, Findings, Given};
use super::keys;
use super::problem::quote;
use super::raw::Named;
use super::spelling;
use super::webhook::{self, Target, Webhook};

/// The word for the terminal, which no webhook may take as its name.
const TERMINAL: &str = "terminal";

/// Longest text without a slash that is taken for a mistyped name, in bytes.
const LONGEST_NAME: usize = 40;

/// The webhooks that have names.
pub(crate) struct NamedWebhooks {
    /// `None`: the address was faulty and is reported already.
    addresses: BTreeMap<String, Option<Arc<WebhookUrl>>>,
    used: BTreeSet<String>,
}

impl NamedWebhooks {
    /// Checks every address.
    pub(crate) fn resolve(raw: &Named<Field>, path: &Path, findings: &mut Findings) -> Self {
        let mut addresses = BTreeMap::new();
        for (name, at, field) in raw {
            // The same names as for servers: they stand in messages and lists.
            if name.eq_ignore_ascii_case(TERMINAL) || ServerTag::parse(name).is_err() {
                let what = format!("{} cannot be the name of a webhook", quote(name));
                findings.problem(
                    keys::origin(path, *at),
                    what,
                    "choose another name of letters, digits, '_', '-' and '.', such as main or admins",
                );
                continue;
            }
            let key = format!("webhooks.{name}");
            if *field == Field::Absent {
                let remedy =
                    "write the webhook address behind the name, or ${NAME} for a variable that holds it";
                findings.problem(
                    keys::origin(path, *at),
                    format!("the webhook {} has no address", quote(name)),
                    remedy,
                );
            }
            let address = field.given().and_then(|given| address(&key, given, findings));
            addresses.insert(name.clone(), address);
        }
        Self {
            addresses,
            used: BTreeSet::new(),
        }
    }

    /// The target that a text names: `terminal`, a name, or an address. `None` when that was reported.
    pub(crate) fn target(&mut self, key: &str, given: &Given, findings: &mut Findings) -> Option<Target> {
        let text = given.text.trim();
        if text.eq_ignore_ascii_case(TERMINAL) {
            return Some(Target::Terminal);
        }
        if let Some(address) = self.addresses.get(text) {
            self.used.insert(text.to_owned());
            let url = address.clone()?;
            return Some(Target::Webhook(Webhook {
                name: Some(text.to_owned()),
                url,
            }));
        }
        // What is long is no name but perhaps the token alone: it is treated, and hidden, as an address.
        if text.contains(['/', ':']) || text.len() > LONGEST_NAME || given.exposure == Exposure::Secret {
            let url = address(key, given, findings)?;
            return Some(Target::Webhook(Webhook { name: None, url }));
        }
        let known: Vec<&str> = self
            .addresses
            .keys()
            .map(String::as_str)
            .chain([TERMINAL])
            .collect();
        let what = format!(
            "{key} is {}: neither a webhook address nor a name from webhooks",
            given.quoted()
        );
        findings.problem(given.origin.clone(), what, spelling::remedy(text, &known));
        None
    }

    /// Notes the names that nobody uses.
    pub(crate) fn remark_on_unused(&self, findings: &mut Findings) {
        for name in self.addresses.keys().filter(|name| !self.used.contains(*name)) {
            findings.note(format!("no server uses the webhook {}", quote(name)));
        }
    }
}

/// Checks an address. Whatever it is, it may be a mistyped secret, so it is never quoted.
fn address(key: &str, given: &Given, findings: &mut Findings) -> Option<Arc<WebhookUrl>> {
    let hidden = Given {
        exposure: Exposure::Secret,
        ..given.clone()
    };
    let url = findings.parse(key, &hidden, webhook::webhook_url)?;
    if url.host_class() == HostClass::Foreign {
        let text = format!(
            "{key} leads to a host that is not Discord's: check its spelling unless it is your proxy"
        );
        findings.note_at(given.origin.clone(), text);
    }
    Some(Arc::new(url))
}
