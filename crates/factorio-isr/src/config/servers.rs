//! The servers: what each one reads, and where its messages go.
//!
//! Owns how `servers:`, `defaults:` and the variables for the only server come together. Must not open a log. Every
//! fault becomes a problem, and the other servers are still looked at.

mod console;
mod discord;
mod logs;

use std::path::Path;
use std::sync::Arc;

use factorio_log::{Dialect, Dialects, Grammar, Prefix, PromisedForms};
use isr_core::abuse::FloodRule;
use isr_core::command::Permissions;
use isr_core::event::{Audience, Selection};
use isr_core::mention::Mentions;
use isr_core::pattern::PatternSet;
use isr_core::source::ServerTag;

use super::alerts;
use super::audit::Audit;
use super::bot::FoundBot;
use super::counting::{self, Counting, Recaps};
use super::events;
use super::filters;
use super::findings::{Field, Findings, Given};
use super::game;
use super::keys;
use super::mentions;
use super::old_servers;
use super::problem::{Origin, quote};
use super::raw::{Named, RawFile, RawOptions, RawServer};
use super::raw_rcon::{RawRcon, Wanted, secret};
use super::rcon;
use super::resolve::{self, Sources};
use super::routes::{self, Parsed};
use super::scalar::{self, Complaint};
use super::settings::{ChatName, LogZone, Server, StartAt, Switch};
use super::targets::NamedTargets;
use super::variables;
use super::voice;
use super::webhook::{self, Target};
use super::{ONLY_SERVER_TAG, zone};

/// What all servers share while they are resolved.
struct Shared<'a> {
    sources: &'a Sources<'a>,
    defaults: &'a RawOptions,
    targets: NamedTargets,
    patterns: &'a Arc<PatternSet>,
    /// The routes for all servers.
    routes: Vec<Parsed>,
    /// The filters for all servers.
    filters: Vec<filters::Parsed>,
    filter_names: Vec<String>,
    /// The tags of all servers.
    tags: Vec<&'a str>,
    /// The address that the environment names for every server without one of its own.
    webhook: Field,
    /// The channel that the environment names for every server without one of its own.
    event_channel: Field,
    /// The log that the command line or the environment names; only for an only server.
    log_path: Field,
    /// Where what RCON tells is kept.
    state_dir: &'a Path,
    zone: LogZone,
    mentions: Mentions,
    /// The words of the whole file and of `defaults`.
    voice: voice::Common,
    flood: FloodRule,
    counting: Counting,
    permissions: Permissions,
}

/// A server, and where its files were named: the place of a problem between servers.
struct Placed {
    server: Server,
    log: Origin,
    game_log: Origin,
}

/// Resolves all servers.
pub(crate) fn resolve(
    sources: &Sources<'_>,
    raw: &RawFile,
    (patterns, bot): (&Arc<PatternSet>, FoundBot),
    state_dir: &Path,
    findings: &mut Findings,
) -> (Vec<Server>, Audit) {
    let channels = secret(sources.values.find(variables::WEBHOOK_CHANNELS, findings));
    let Ok(old) = old_servers::read(sources, raw, findings) else {
        check_webhook(sources, findings);
        return (Vec::new(), Audit::default());
    };
    let (path, described) = old.as_ref().map_or((sources.path, &raw.servers), |old| {
        (old.path.as_path(), &old.servers)
    });
    let mut shared = Shared {
        sources,
        defaults: &raw.defaults,
        targets: NamedTargets::resolve(raw, &channels, sources.path, bot, findings),
        patterns,
        routes: Vec::new(),
        filters: Vec::new(),
        filter_names: Vec::new(),
        tags: described.iter().map(|(tag, ..)| tag.as_str()).collect(),
        webhook: secret(sources.values.find(variables::WEBHOOK_URL, findings)),
        event_channel: sources.values.find(variables::EVENT_CHANNEL, findings),
        log_path: resolve::outside_log_path(sources, findings),
        state_dir,
        zone: zone::of_process(sources.surroundings, findings),
        voice: voice::Common::read(sources, raw, findings),
        mentions: mentions::common(sources, raw.mentions.as_ref(), findings),
        flood: raw.abuse.resolve(findings),
        counting: counting::counting(&raw.statistics, &raw.privacy, findings),
        permissions: raw.permissions.resolve("permissions", sources.path, findings),
    };
    if shared.tags.is_empty() {
        shared.tags.push(ONLY_SERVER_TAG);
    }
    if let Some(old) = &old {
        shared.log_path = old.leave_variable_out(shared.log_path, findings);
    }
    shared.routes = shared.reader(findings).read(&raw.routes);
    shared.filters = shared.reader(findings).filters(&raw.filters);
    check_named(&raw.defaults, sources, findings);
    let mut placed: Vec<Placed> = Vec::new();
    if described.is_empty() {
        let place = resolve::nowhere(variables::LOG_PATH);
        let server = only_server(sources, findings);
        placed.extend(shared.server(ONLY_SERVER_TAG, place, &server, findings));
    } else {
        shared.refuse_one_log_for_many(described.len(), findings);
        for (tag, at, server) in described {
            let place = keys::origin(path, *at);
            placed.extend(shared.server(tag, place, server, findings));
        }
    }
    shared.routes.iter().for_each(|route| route.refuse_dead(findings));
    shared.targets.remark_on_patterns(patterns, findings);
    let audit = raw.audit.resolve(&mut shared.targets, findings);
    logs::claim_files(&mut placed, findings);
    shared.remark_on_webhooks(described, &placed, findings);
    let with_rcon = placed.iter().filter(|placed| placed.server.rcon.is_some());
    let by = match described.is_empty() {
        true => rcon::Described::ByVariables,
        false => rcon::Described::InFile,
    };
    rcon::remark_on_unused(sources, with_rcon.map(|placed| &placed.server.tag), by, findings);
    (placed.into_iter().map(|placed| placed.server).collect(), audit)
}

/// The server that only variables describe.
fn only_server(sources: &Sources<'_>, findings: &mut Findings) -> RawServer {
    let mut find = |name: &str| sources.values.find(name, findings);
    let (enabled, host, port) = (
        find(variables::RCON_ENABLED),
        find(variables::RCON_HOST),
        find(variables::RCON_PORT),
    );
    let stats_interval = find(variables::STATS_INTERVAL);
    let on = match (&enabled, &host) {
        (Field::Given(given), _) => {
            let on = findings.parse(variables::RCON_ENABLED, given, scalar::switch);
            on.is_some_and(Switch::is_on).then(|| given.origin.clone())
        }
        // Who says where the game's RCON is wants it to be asked.
        (_, Field::Given(given)) => Some(given.origin.clone()),
        _ => None,
    };
    let rcon = on.map(|at| RawRcon {
        host,
        port,
        ..RawRcon::empty(at, Wanted::Written)
    });
    RawServer {
        options: RawOptions {
            stats_interval: rcon.as_ref().map_or(Field::Absent, |_| stats_interval),
            ..RawOptions::default()
        },
        rcon,
        ..RawServer::default()
    }
}

/// Reports wrong names in `defaults` even when no server comes to use them.
fn check_named(defaults: &RawOptions, sources: &Sources<'_>, findings: &mut Findings) {
    events::select(Selection::default(), &defaults.events, sources.path, findings);
    events::dialects(Dialects::all(), &defaults.dialects, sources.path, findings);
}

impl Shared<'_> {
    /// One variable cannot be the log of several servers.
    fn refuse_one_log_for_many(&self, count: usize, findings: &mut Findings) {
        if let (Some(given), true) = (self.log_path.given(), count > 1) {
            let what = format!("this names one log, but the configuration file describes {count} servers");
            let remedy = "remove it and give every server its own log_path in the configuration file";
            findings.problem(given.origin.clone(), what, remedy);
        }
    }

    /// One server. Everything is looked at even when one part is faulty.
    fn server(
        &mut self,
        tag: &str,
        place: Origin,
        raw: &RawServer,
        findings: &mut Findings,
    ) -> Option<Placed> {
        let parsed_tag = server_tag(tag, &place, findings);
        // A tag that was refused may be anything, even an address: messages go on without it.
        let shown_tag = parsed_tag.as_ref().map_or("?", ServerTag::as_str);
        let key = |name: &str| format!("servers.{shown_tag}.{name}");
        let own = &raw.options;
        let fallback = shown_tag.to_owned();
        let name = findings.settle(
            &key("name"),
            &raw.name,
            fallback,
            scalar::display_name,
            String::clone,
        );
        let log = self.console(&key, parsed_tag.as_ref(), place, raw, findings);
        let asked = rcon::Asked {
            sources: self.sources,
            tag: parsed_tag.as_ref(),
            only: self.tags.len() == 1,
        };
        let rcon = rcon::resolve(&asked, &key, raw.rcon.as_ref(), findings);
        let (game_log, game_log_place) = self.game_log(&key("game_log"), own, log.as_ref(), findings);
        let siblings = logs::siblings(&key("siblings"), &raw.siblings, findings);
        let time_zone = self.time_zone(&key("time_zone"), own, findings);
        let start = self.start(&key("start"), own, findings);
        let channel = self.event_channel(&key("event_channel_id"), &own.event_channel_id, findings);
        let target = self.target(&key("webhook"), &own.webhook, channel.clone(), findings);
        let discord_chat = self.discord_chat(&key, own, channel.as_ref(), rcon.is_some(), findings);
        let topic_channel = self.topic_channel(&key("topic"), &own.topic, channel.as_ref(), findings);
        let admin_target = self.admin_target(&key("admin_webhook"), &own.admin_webhook, findings);
        let events = self.events(&key("events"), &own.events, findings);
        let chat_name = self.chat_name(&key("player_names_as_webhook_name"), own, findings);
        let grammar = self.grammar(&key, own, findings);
        let own_voice = own.voice.as_ref();
        let voice = self
            .voice
            .of_server(&key("voice"), own_voice, self.sources, findings);
        let merging = own.quiet.resolve(&self.defaults.quiet, &key, findings);
        let own_mentions = raw.mentions.as_ref();
        let path = self.sources.path;
        let mentions = mentions::of_server(&key("mentions"), own_mentions, &self.mentions, path, findings);
        let own_routes = self.reader(findings).read(&raw.routes);
        let own_filters = self.reader(findings).filters(&raw.filters);
        let filters = filters::of_server(shown_tag, &time_zone, &own_filters, &self.filters, findings);
        let quiet = own.quiet_hours.as_ref().or(self.defaults.quiet_hours.as_ref());
        let quiet_hours = quiet.and_then(|quiet| {
            self.reader(findings)
                .quiet_hours(&key("quiet_hours"), quiet, &time_zone)
        });
        let recaps = self.recaps(&key, own, findings);
        let mut posts = game::Posts {
            targets: &mut self.targets,
            findings,
        };
        let stats = posts.stats(&key, own, self.defaults, rcon.is_some());
        let card = posts.card(&key, &own.card, &self.defaults.card, rcon.is_some());
        let has_rcon = match &rcon {
            Some(_) => alerts::HasRcon::Yes,
            None => alerts::HasRcon::No,
        };
        let alerts = alerts::resolve(&mut posts, &key, &own.alerts, &self.defaults.alerts, has_rcon);
        let restarts = (&own.restart_at, &self.defaults.restart_at);
        let restart_at = game::restarts(&key("restart_at"), restarts.0, restarts.1, &time_zone, findings);
        // Without a log there has to be RCON; what is wrong with either was reported.
        if log.is_none() && raw.rcon.is_none() {
            return None;
        }
        let (log, log_place) = log.map_or((None, Origin::Default), |(log, place)| (Some(log), place));
        let named_admins = admin_target.is_some();
        let own_permissions = raw
            .permissions
            .resolve(&key("permissions"), self.sources.path, findings);
        let mut server = Server {
            tag: parsed_tag?,
            name,
            log,
            game_log,
            siblings,
            time_zone,
            start,
            target: target.unwrap_or(Target::Terminal),
            discord_chat,
            topic_channel,
            admin_target: admin_target.and_then(Result::ok),
            routes: Vec::new(),
            filters,
            quiet_hours,
            events,
            patterns: Arc::clone(self.patterns),
            chat_name,
            voice,
            grammar,
            mentions,
            flood: self.flood,
            counting: self.counting.clone(),
            recaps,
            quiet: merging,
            rcon,
            stats,
            card,
            alerts,
            restart_at,
            permissions: self.permissions.with(&own_permissions),
        };
        server.routes = routes::of_server(&server, &own_routes, &self.routes, &self.targets, findings);
        own_routes.iter().for_each(|route| route.refuse_dead(findings));
        if !named_admins {
            self.refuse_unheard(&server, &own.events, findings);
        }
        Some(Placed {
            server,
            log: log_place,
            game_log: game_log_place,
        })
    }

    fn time_zone(&self, key: &str, own: &RawOptions, findings: &mut Findings) -> LogZone {
        let field = own.time_zone.clone().or_else(|| self.defaults.time_zone.clone());
        findings.settle(key, &field, self.zone.clone(), zone::named, |zone| {
            zone.name.clone()
        })
    }

    fn start(&self, key: &str, own: &RawOptions, findings: &mut Findings) -> StartAt {
        let field = own.start.clone().or_else(|| self.defaults.start.clone());
        findings.settle(key, &field, StartAt::End, start_at, show_start)
    }

    fn chat_name(&self, key: &str, own: &RawOptions, findings: &mut Findings) -> ChatName {
        let own = own.player_names_as_webhook_name.clone();
        let field = own.or_else(|| self.defaults.player_names_as_webhook_name.clone());
        findings
            .settle(key, &field, Switch::Off, scalar::switch, Switch::to_string)
            .into()
    }

    /// What is written for this server comes first; then the bot, as in the Python program; then the common webhook.
    fn target(
        &mut self,
        key: &str,
        own: &Field,
        channel: Option<Target>,
        findings: &mut Findings,
    ) -> Option<Target> {
        if let (Field::Absent, Some(channel)) = (own, channel) {
            findings.setting(key, channel.to_string(), Origin::Default);
            return Some(channel);
        }
        let field = own
            .clone()
            .or_else(|| self.webhook.clone())
            .or_else(|| self.defaults.webhook.clone());
        let target = match &field {
            Field::Absent => Some(Target::Terminal),
            Field::Broken => None,
            Field::Given(given) => self.targets.target(key, given, findings),
        };
        let origin = field
            .given()
            .map_or(Origin::Default, |given| given.origin.clone());
        if let Some(target) = &target {
            findings.setting(key, target.to_string(), origin);
        }
        target
    }

    /// The target for admins; `Some(Err)` when one was named and is faulty.
    fn admin_target(
        &mut self,
        key: &str,
        own: &Field,
        findings: &mut Findings,
    ) -> Option<Result<Target, ()>> {
        match own.clone().or_else(|| self.defaults.admin_webhook.clone()) {
            Field::Absent => None,
            Field::Broken => Some(Err(())),
            Field::Given(given) => {
                let target = self.targets.target(key, &given, findings);
                if let Some(target) = &target {
                    findings.setting(key, target.to_string(), given.origin.clone());
                }
                Some(target.ok_or(()))
            }
        }
    }

    fn events(&self, key: &str, own: &Named<Field>, findings: &mut Findings) -> Selection {
        let path = self.sources.path;
        let selection = events::select(Selection::default(), &self.defaults.events, path, findings);
        let selection = events::select(selection, own, path, findings);
        let changed = own
            .iter()
            .chain(&self.defaults.events)
            .find_map(|(_, _, field)| field.given());
        let origin = changed.map_or(Origin::Default, |given| given.origin.clone());
        let names: Vec<&str> = selection.kinds().map(|kind| kind.as_str()).collect();
        findings.setting(key, names.join(", "), origin);
        selection
    }

    /// Who looks up what routes, filters and quiet hours name.
    fn reader<'b>(&'b mut self, findings: &'b mut Findings) -> routes::Reader<'b> {
        routes::Reader {
            sources: self.sources,
            targets: &mut self.targets,
            tags: &self.tags,
            patterns: self.patterns,
            filter_names: &mut self.filter_names,
            findings,
        }
    }

    /// Events that are on, for admins only, and decided on by no route.
    fn refuse_unheard(&self, server: &Server, own: &Named<Field>, findings: &mut Findings) {
        let decided = routes::compiled(&server.routes, |_, _| ());
        let switches = own.iter().chain(&self.defaults.events);
        for (name, at, _) in switches.filter(|(name, ..)| is_for_admins(name, server.events)) {
            let subject = events::event(name).map(routes::subject);
            if subject.is_some_and(|subject| decided.deciding(&subject).is_some()) {
                continue;
            }
            let what = format!(
                "{} is on, but only admins may see it and no admin_webhook is set",
                quote(name)
            );
            let remedy =
                "set admin_webhook to the webhook of a channel that only admins can read (or to terminal)";
            findings.problem(keys::origin(self.sources.path, *at), what, remedy);
        }
    }

    fn grammar(&self, key: &impl Fn(&str) -> String, own: &RawOptions, findings: &mut Findings) -> Grammar {
        let forms = own
            .promised_forms
            .clone()
            .or_else(|| self.defaults.promised_forms.clone());
        let forms = findings.settle(
            &key("promised_forms"),
            &forms,
            Switch::On,
            scalar::switch,
            Switch::to_string,
        );
        let forms = if forms.is_on() {
            PromisedForms::On
        } else {
            PromisedForms::Off
        };
        let dialects = self.dialects(&key("dialects"), &own.dialects, findings);
        let grammar = Grammar::new().with_dialects(dialects).with_promised_forms(forms);
        let prefix = own.prefix.clone().or_else(|| self.defaults.prefix.clone());
        let show = |prefix: &Option<Prefix>| prefix.map_or("none", Prefix::as_str).to_owned();
        match findings.settle(&key("prefix"), &prefix, None, prefix_of, show) {
            Some(prefix) => grammar.with_prefix(prefix),
            None => grammar,
        }
    }

    fn recaps(&mut self, key: &impl Fn(&str) -> String, own: &RawOptions, findings: &mut Findings) -> Recaps {
        let (own, defaults) = (&own.recap, &self.defaults.recap);
        let recaps = counting::recaps(key, own, defaults, &self.counting, findings);
        let field = own.webhook.clone().or_else(|| defaults.webhook.clone());
        let key = key("recap.webhook");
        let target = field.given().and_then(|given| {
            let target = self.targets.target(&key, given, findings)?;
            findings.setting(&key, target.to_string(), given.origin.clone());
            Some(target)
        });
        Recaps { target, ..recaps }
    }

    fn dialects(&self, key: &str, own: &Named<Field>, findings: &mut Findings) -> Dialects {
        let path = self.sources.path;
        let dialects = events::dialects(Dialects::all(), &self.defaults.dialects, path, findings);
        let dialects = events::dialects(dialects, own, path, findings);
        let changed = own
            .iter()
            .chain(&self.defaults.dialects)
            .find_map(|(_, _, field)| field.given());
        let origin = changed.map_or(Origin::Default, |given| given.origin.clone());
        let on = Dialect::ALL
            .into_iter()
            .filter(|dialect| dialects.contains(*dialect));
        let names: Vec<&str> = on.map(Dialect::as_str).collect();
        findings.setting(key, names.join(", "), origin);
        dialects
    }

    fn remark_on_webhooks(&self, described: &Named<RawServer>, placed: &[Placed], findings: &mut Findings) {
        self.targets.remark_on_unused(findings);
        let all_own = !described.is_empty()
            && described
                .iter()
                .all(|(.., server)| server.options.webhook != Field::Absent);
        // `webhook: ${DISCORD_WEBHOOK_URL}` is a use as well.
        let named_again = |given: &Given| {
            placed
                .iter()
                .any(|placed| is_address(&placed.server.target, given.text.trim()))
        };
        if let (Some(given), true) = (self.webhook.given().filter(|given| !named_again(given)), all_own) {
            findings.note_at(
                given.origin.clone(),
                "not used: every server has a webhook of its own",
            );
        }
        if !placed.is_empty()
            && placed
                .iter()
                .all(|placed| placed.server.target == Target::Terminal)
        {
            findings.note(
                "messages are shown on the terminal only; set DISCORD_WEBHOOK_URL to post them to Discord",
            );
        }
    }
}

fn server_tag(tag: &str, place: &Origin, findings: &mut Findings) -> Option<ServerTag> {
    let parsed = ServerTag::parse(tag);
    if let Err(error) = &parsed {
        let what = format!("{} cannot be the name of a server", quote(tag));
        findings.problem(place.clone(), what, format!("rename the server; {error}"));
    }
    parsed.ok()
}

fn is_address(target: &Target, text: &str) -> bool {
    matches!(target, Target::Webhook(webhook) if webhook::webhook_url(text).is_ok_and(|url| url == *webhook.url))
}

/// Checks the webhook of the environment alone, when nothing is known of the servers.
pub(crate) fn check_webhook(sources: &Sources<'_>, findings: &mut Findings) {
    if let Field::Given(given) = secret(sources.values.find(variables::WEBHOOK_URL, findings)) {
        findings.parse("the webhook address", &given, webhook::webhook_url);
    }
}

/// Whether a switched event is selected and for admins only.
fn is_for_admins(name: &str, selection: Selection) -> bool {
    events::event(name).is_some_and(|kind| kind.audience() == Audience::Admins && selection.contains(kind))
}

fn start_at(text: &str) -> Result<StartAt, Complaint> {
    scalar::choice(text, &[("end", StartAt::End), ("beginning", StartAt::Beginning)])
}

fn prefix_of(text: &str) -> Result<Option<Prefix>, Complaint> {
    let known = Prefix::ALL.map(|prefix| (prefix.as_str(), Some(prefix)));
    let choices: Vec<(&str, Option<Prefix>)> =
        [("none", None), ("off", None)].into_iter().chain(known).collect();
    scalar::choice(text, &choices)
}

fn show_start(start: &StartAt) -> String {
    match start {
        StartAt::End => "end".to_owned(),
        StartAt::Beginning => "beginning".to_owned(),
    }
}
