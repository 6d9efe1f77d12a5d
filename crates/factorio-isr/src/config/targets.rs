//! From `webhook:` to a target: the named webhooks and channels, and which of them are used.
//!
//! Owns the names in `webhooks:`, `channels:` and `WEBHOOK_CHANNELS`. Must not know servers or routes. A wrong address or
//! an unknown name becomes a problem that never quotes an address; what is wrong in `WEBHOOK_CHANNELS` becomes a note, as
//! the first Python release went on without it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use isr_core::event::Audience;
use isr_core::pattern::{PatternSet, Tier};
use isr_core::source::ServerTag;
use isr_discord::{HostClass, WebhookUrl};
use serde_json::Value;

use super::bot::{self, BotChannel, ChannelKind, FoundBot};
use super::findings::{Exposure, Field, Findings, Given};
use super::keys;
use super::problem::{Position, quote};
use super::raw::{Named, RawFile};
use super::raw_routes::RawChannel;
use super::routes::Channel;
use super::scalar;
use super::settings::Switch;
use super::spelling;
use super::variables;
use super::webhook::{self, Target, Webhook};

/// Words that mean something else where a name may stand.
const RESERVED: [&str; 5] = [TERMINAL, "none", "all", "webhook", "admin_webhook"];

/// The word for the terminal.
const TERMINAL: &str = "terminal";

/// What stands before the id of a channel.
const BY_ID: &str = "channel:";

/// Longest text without a slash that is taken for a mistyped name, in bytes.
const LONGEST_NAME: usize = 40;

/// Everything that has a name.
pub(crate) struct NamedTargets {
    named: BTreeMap<String, NamedTarget>,
    used: BTreeSet<String>,
    bot: FoundBot,
}

struct NamedTarget {
    /// `None`: it was faulty and is reported already.
    target: Option<Target>,
    readers: Audience,
}

impl NamedTargets {
    /// Checks every name and address.
    pub(crate) fn resolve(
        raw: &RawFile,
        variable: &Field,
        path: &Path,
        bot: FoundBot,
        findings: &mut Findings,
    ) -> Self {
        let mut targets = Self {
            named: BTreeMap::new(),
            used: BTreeSet::new(),
            bot,
        };
        targets.add_webhooks(&raw.webhooks, path, findings);
        targets.add_channels(&raw.channels, path, findings);
        if let Some(given) = variable.given() {
            targets.add_from_variable(given, findings);
        }
        targets
    }

    fn add_webhooks(&mut self, raw: &Named<Field>, path: &Path, findings: &mut Findings) {
        for (name, at, field) in raw {
            if !self.is_free(name, "webhook", *at, path, findings) {
                continue;
            }
            let key = format!("webhooks.{name}");
            if *field == Field::Absent {
                let what = format!("the webhook {} has no address", quote(name));
                findings.problem(keys::origin(path, *at), what, ADDRESS_MISSING);
            }
            let url = field.given().and_then(|given| address(&key, given, findings));
            let target = url.map(|url| called(name, url));
            let readers = Audience::Everyone;
            self.named.insert(name.clone(), NamedTarget { target, readers });
        }
    }

    fn add_channels(&mut self, raw: &Named<RawChannel>, path: &Path, findings: &mut Findings) {
        for (name, at, channel) in raw {
            if !self.is_free(name, "channel", *at, path, findings) {
                continue;
            }
            let key = format!("channels.{name}");
            let target = match (&channel.webhook, &channel.channel_id) {
                (Field::Absent, Field::Absent) => {
                    let what = format!("the channel {} has no webhook and no channel_id", quote(name));
                    findings.problem(keys::origin(path, *at), what, ADDRESS_MISSING);
                    None
                }
                (Field::Absent, by_id) => by_id
                    .given()
                    .and_then(|given| self.by_id(&format!("{key}.channel_id"), given, findings)),
                (webhook, by_id) => {
                    if *by_id != Field::Absent {
                        let what = format!("the channel {} has a webhook and a channel_id", quote(name));
                        findings.problem(keys::origin(path, *at), what, "remove one of them");
                    }
                    webhook
                        .given()
                        .and_then(|given| self.target(&key, given, findings))
                }
            };
            let target = target.map(|target| match target {
                Target::Webhook(webhook) => called(name, webhook.url),
                Target::Channel(channel) => Target::Channel(BotChannel {
                    name: Some(name.clone()),
                    ..channel
                }),
                Target::Terminal => Target::Terminal,
            });
            let admins = channel.admins.given();
            let admins =
                admins.and_then(|given| findings.parse(&format!("{key}.admins"), given, scalar::switch));
            if let (Some(target), Some(given)) =
                (&target, channel.webhook.given().or(channel.channel_id.given()))
            {
                let for_admins = if admins == Some(Switch::On) {
                    "for admins: "
                } else {
                    ""
                };
                findings.setting(&key, format!("{for_admins}{target}"), given.origin.clone());
            }
            let readers = if admins == Some(Switch::On) {
                Audience::Admins
            } else {
                Audience::Everyone
            };
            self.named.insert(name.clone(), NamedTarget { target, readers });
        }
    }

    /// The same names as for servers: they stand in messages and lists.
    fn is_free(&self, name: &str, noun: &str, at: Position, path: &Path, findings: &mut Findings) -> bool {
        let reserved = RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word));
        if reserved || ServerTag::parse(name).is_err() {
            let what = format!("{} cannot be the name of a {noun}", quote(name));
            let remedy = "choose another name of letters, digits, '_', '-' and '.', such as main or admins";
            findings.problem(keys::origin(path, at), what, remedy);
            return false;
        }
        if self.named.contains_key(name) {
            let what = format!("{} is the name of a webhook and of a channel", quote(name));
            findings.problem(keys::origin(path, at), what, "give one of them another name");
            return false;
        }
        true
    }

    /// `WEBHOOK_CHANNELS`: a JSON object from name to address. It is stronger than the file.
    fn add_from_variable(&mut self, given: &Given, findings: &mut Findings) {
        let Ok(Value::Object(entries)) = serde_json::from_str(&given.text) else {
            let text = format!(
                "{} is not used: it has to be a JSON object such as {{\"general\": \"https://discord.com/api/webhooks/…\"}}",
                variables::WEBHOOK_CHANNELS
            );
            findings.note_at(given.origin.clone(), text);
            return;
        };
        for (name, value) in entries {
            let url = value.as_str().map(str::trim).map(webhook::webhook_url);
            let one_line = (1..=100).contains(&name.chars().count()) && !name.contains(char::is_control);
            let why = match url {
                Some(Ok(url)) if one_line => {
                    let target = Some(called(&name, Arc::new(url)));
                    let readers = self
                        .named
                        .get(&name)
                        .map_or(Audience::Everyone, |known| known.readers);
                    self.named.insert(name, NamedTarget { target, readers });
                    continue;
                }
                Some(Ok(_)) => "this is no name of a channel".to_owned(),
                Some(Err(complaint)) => format!("{}; {}", complaint.what, complaint.remedy),
                None => "its value has to be a webhook address in quotation marks".to_owned(),
            };
            let text = format!("the channel {} is not used: {why}", quote(&name));
            findings.note_at(given.origin.clone(), text);
        }
    }

    /// The channel whose id a text is.
    pub(crate) fn by_id(&self, key: &str, given: &Given, findings: &mut Findings) -> Option<Target> {
        let id = findings.parse(key, given, |text| {
            bot::id(text.trim_start_matches(BY_ID).trim_start())
        })?;
        match self.bot.account() {
            Ok(account) => Some(Target::Channel(BotChannel {
                name: None,
                id,
                kind: ChannelKind::Shared,
                account,
            })),
            Err(complaint) => {
                if let Some(complaint) = complaint {
                    findings.problem(
                        given.origin.clone(),
                        format!("{key}: {}", complaint.what),
                        complaint.remedy,
                    );
                }
                None
            }
        }
    }

    /// Whether there is a bot, or will be when its token is mended.
    pub(crate) const fn has_bot(&self) -> bool {
        !matches!(self.bot, FoundBot::None)
    }

    /// The target that a text names: `terminal`, a name, `channel:ID`, or an address. `None` when that was reported.
    pub(crate) fn target(&mut self, key: &str, given: &Given, findings: &mut Findings) -> Option<Target> {
        let text = given.text.trim();
        if text.eq_ignore_ascii_case(TERMINAL) {
            return Some(Target::Terminal);
        }
        if let Some(named) = self.named.get(text) {
            self.used.insert(text.to_owned());
            return named.target.clone();
        }
        if text.starts_with(BY_ID) {
            return self.by_id(key, given, findings);
        }
        // What is long is no name but perhaps the token alone: it is treated, and hidden, as an address.
        if text.contains(['/', ':']) || text.len() > LONGEST_NAME || given.exposure == Exposure::Secret {
            let url = address(key, given, findings)?;
            return Some(Target::Webhook(Webhook { name: None, url }));
        }
        let known: Vec<&str> = self.names().chain([TERMINAL]).collect();
        let what = format!(
            "{key} is {}: neither a webhook address nor a name from webhooks or channels",
            given.quoted()
        );
        findings.problem(given.origin.clone(), what, spelling::remedy(text, &known));
        None
    }

    /// All names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// The channel of a name. `Some(None)`: it is faulty and was reported.
    pub(crate) fn channel(&mut self, name: &str) -> Option<Option<Channel>> {
        let named = self.named.get(name)?;
        self.used.insert(name.to_owned());
        Some(named.channel(name))
    }

    /// All channels that can be used.
    pub(crate) fn channels(&self) -> impl Iterator<Item = Channel> {
        self.named.iter().filter_map(|(name, named)| named.channel(name))
    }

    /// Notes the channels that patterns ask for in vain, and marks the others as used.
    pub(crate) fn remark_on_patterns(&mut self, patterns: &PatternSet, findings: &mut Findings) {
        let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
        let channels = |tier| {
            let profiles = patterns.profiles_of(tier);
            profiles.filter_map(|profile| profile.channel.as_deref())
        };
        // Nobody wrote the shipped ones here: a channel that they ask for need not be there.
        for name in channels(Tier::Own).chain(channels(Tier::Shipped)) {
            if self.named.contains_key(name) {
                self.used.insert(name.to_owned());
            }
        }
        for name in channels(Tier::Own).filter(|name| !self.named.contains_key(*name)) {
            *missing.entry(name).or_default() += 1;
        }
        for (name, count) in missing {
            let (patterns, ask) = if count == 1 {
                ("pattern", "asks")
            } else {
                ("patterns", "ask")
            };
            findings.note(format!(
                "{count} {patterns} {ask} for the channel {}, which does not exist: the webhook of the server takes its place",
                quote(name)
            ));
        }
    }

    /// Notes the names that nobody uses.
    pub(crate) fn remark_on_unused(&self, findings: &mut Findings) {
        for name in self.names().filter(|name| !self.used.contains(*name)) {
            findings.note(format!("no server and no route uses the webhook {}", quote(name)));
        }
    }
}

const ADDRESS_MISSING: &str = "write the webhook address behind the name, or ${NAME} for a variable that holds it; for the bot `channel_id: ID`";

impl NamedTarget {
    fn channel(&self, name: &str) -> Option<Channel> {
        self.target.clone().map(|target| Channel {
            name: name.to_owned(),
            target,
            readers: self.readers,
        })
    }
}

fn called(name: &str, url: Arc<WebhookUrl>) -> Target {
    Target::Webhook(Webhook {
        name: Some(name.to_owned()),
        url,
    })
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
