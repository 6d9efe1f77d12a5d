//! The routes of the servers: which event goes to which channel.
//!
//! Owns the names that routes may use, and the search for routes that can never take an event. Must not know how an event
//! is read or posted. Every fault becomes a problem; the first route that fits decides (`isr_core::route`).

use std::cell::Cell;
use std::sync::Arc;

use isr_core::event::{Audience, EventKind};
use isr_core::pattern::{PatternSet, Profile};
use isr_core::route::{Condition, KindPattern, Route, Routes, Subject, Way};
use isr_core::voice::{Overrides, Voice};

use super::events;
use super::findings::{Findings, Given};
use super::keys;
use super::problem::{Origin, quote};
use super::raw_routes::{RawRoute, Texts};
use super::resolve::Sources;
use super::scalar;
use super::settings::{ChatName, Server};
use super::spelling;
use super::targets::NamedTargets;
use super::voice;
use super::webhook::Target;

/// The word for the server's own webhook in `to`.
const OWN: &str = "webhook";
/// The word for the server's own admin webhook in `to`.
const OWN_ADMINS: &str = "admin_webhook";
/// The word for no destination.
const NOWHERE: &str = "none";
/// The word for every event: `*` alone means something else in YAML.
const ALL: &str = "all";

/// A destination with the name that people know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub target: Target,
    /// Who can read there.
    pub readers: Audience,
}

/// One route of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePlan {
    /// What it asks of an event.
    pub when: Condition,
    /// Where the event goes; nowhere when empty.
    pub to: Vec<Channel>,
    /// Under whose name chat is posted there.
    pub chat_name: ChatName,
    /// In which words it is told there.
    pub voice: Arc<Voice>,
    /// Where it was written.
    pub place: Origin,
}

/// The routes as the relay follows them. `style` tells how events look on each way of a route.
#[must_use]
pub fn compiled<S: Clone>(plans: &[RoutePlan], style: impl Fn(&RoutePlan, &Channel) -> S) -> Routes<S> {
    let route = |plan: &RoutePlan| {
        let way = |channel: &Channel| Way {
            destination: channel.target.destination(),
            readers: channel.readers,
            style: style(plan, channel),
        };
        Route::new(plan.when.clone(), plan.to.iter().map(way).collect())
    };
    Routes::new(plans.iter().map(route).collect())
}

/// A route whose names were looked up, for one server or many.
pub(crate) struct Parsed {
    place: Origin,
    /// `None`: for every server.
    servers: Option<Vec<String>>,
    when: Condition,
    to: Vec<End>,
    chat_name: Option<ChatName>,
    voice: Option<Overrides>,
    taken: Cell<Use>,
}

/// Where a route leads.
enum End {
    Own,
    OwnAdmins(Origin),
    Channel(Channel),
}

/// What a route takes, of all servers that it is for. The later ones are what is worth saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// It is for no server.
    NoServer,
    /// No event is like this.
    NoEvent,
    /// All such events are for admins only, and nobody in `to` is.
    NotForAdmins,
    /// All such events are switched off.
    Off,
    /// Routes before it take all such events.
    Covered,
    /// It takes some.
    Alive,
}

/// Looks up what routes name.
pub(crate) struct Reader<'a> {
    pub(crate) sources: &'a Sources<'a>,
    pub(crate) targets: &'a mut NamedTargets,
    /// The tags of all servers.
    pub(crate) tags: &'a [&'a str],
    /// The events that patterns bring.
    pub(crate) patterns: &'a PatternSet,
    /// The names of filters so far.
    pub(crate) filter_names: &'a mut Vec<String>,
    pub(crate) findings: &'a mut Findings,
}

impl Reader<'_> {
    /// The routes of a list. One with a fault is reported and left out: it must not cover others.
    pub(crate) fn read(&mut self, raw: &[RawRoute]) -> Vec<Parsed> {
        raw.iter().filter_map(|route| self.route(route)).collect()
    }

    fn route(&mut self, raw: &RawRoute) -> Option<Parsed> {
        let place = keys::origin(self.sources.path, raw.at);
        let kinds = self.named("events", &raw.events, &place, Self::kind);
        let servers = self.named("servers", &raw.servers, &place, Self::server);
        let name = |_: &mut Self, given: &Given| Some(given.text.trim().into());
        let patterns = self.named("patterns", &raw.patterns, &place, Self::pattern);
        let channels = self.named("channels", &raw.channels, &place, name);
        let to = self.ends(&raw.to, &place);
        let key = "player_names_as_webhook_name";
        let chat_name = raw.player_names_as_webhook_name.given();
        let chat_name = chat_name.and_then(|given| self.findings.parse(key, given, scalar::switch));
        let own_voice = raw.voice.as_ref();
        let parsed = Parsed {
            voice: own_voice.map(|node| voice::layer(Some(node), "voice", self.sources, self.findings)),
            place,
            servers: raw.servers.is_some().then_some(servers?),
            when: Condition {
                kinds: kinds?,
                patterns: patterns?,
                channels: channels?,
                audience: None,
            },
            to: to?,
            chat_name: chat_name.map(ChatName::from),
            taken: Cell::new(Use::NoServer),
        };
        self.refuse_public_ways_for_admin_events(&parsed);
        Some(parsed)
    }

    /// The names under a key; `None` when one of them is wrong, which was reported.
    pub(crate) fn named<T>(
        &mut self,
        key: &str,
        texts: &Texts,
        place: &Origin,
        mut parse: impl FnMut(&mut Self, &Given) -> Option<T>,
    ) -> Option<Vec<T>> {
        let given = texts.as_deref().unwrap_or_default();
        if texts.is_some() && given.is_empty() {
            let what = format!("`{key}` names nothing");
            let remedy = "name something, or remove the key: then it does not matter";
            self.findings.problem(place.clone(), what, remedy);
            return None;
        }
        let named: Vec<T> = given.iter().filter_map(|given| parse(self, given)).collect();
        (named.len() == given.len()).then_some(named)
    }

    pub(crate) fn kind(&mut self, given: &Given) -> Option<KindPattern> {
        let text = given.text.trim();
        if text.eq_ignore_ascii_case(ALL) {
            return Some(KindPattern::Any);
        }
        if let Some(kind) = events::event(text) {
            return Some(KindPattern::Exactly(kind.into()));
        }
        let known = self.kinds();
        let is_known = match text.strip_suffix('*') {
            Some(beginning) => known.iter().any(|kind| kind.starts_with(beginning)),
            None => known.contains(&text),
        };
        if !is_known {
            let names: Vec<&str> = known.into_iter().chain([ALL]).collect();
            let what = format!("unknown event {}", given.quoted());
            let remedy = spelling::remedy(text, &names);
            self.findings.problem(given.origin.clone(), what, remedy);
            return None;
        }
        Some(KindPattern::parse(text))
    }

    /// The names of all kinds of events, those that patterns bring as well.
    fn kinds(&self) -> Vec<&str> {
        let own = EventKind::ALL
            .into_iter()
            .filter(|kind| *kind != EventKind::Custom);
        let mut kinds: Vec<&str> = own.map(EventKind::as_str).collect();
        for profile in self.patterns.profiles() {
            let kind = profile.kind.as_str();
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// The name of a pattern.
    pub(crate) fn pattern(&mut self, given: &Given) -> Option<Box<str>> {
        let text = given.text.trim();
        let known: Vec<&str> = self
            .patterns
            .profiles()
            .map(|profile| profile.name.as_str())
            .collect();
        if known.contains(&text) {
            return Some(text.into());
        }
        let what = format!("there is no pattern {} that is on", given.quoted());
        let remedy = match known.is_empty() {
            true => "describe it in a file in the folder `patterns`".to_owned(),
            false => spelling::remedy(text, &known),
        };
        self.findings.problem(given.origin.clone(), what, remedy);
        None
    }

    pub(crate) fn server(&mut self, given: &Given) -> Option<String> {
        let text = given.text.trim();
        if self.tags.contains(&text) {
            return Some(text.to_owned());
        }
        let what = format!("there is no server {}", given.quoted());
        let remedy = spelling::remedy(text, self.tags);
        self.findings.problem(given.origin.clone(), what, remedy);
        None
    }

    fn ends(&mut self, raw: &Texts, place: &Origin) -> Option<Vec<End>> {
        let Some(names) = raw else {
            let what = "the route does not say where its events go";
            let remedy = "add `to:` with the names of channels, or `to: none`";
            self.findings.problem(place.clone(), what, remedy);
            return None;
        };
        let is_nowhere = |given: &&Given| given.text.trim().eq_ignore_ascii_case(NOWHERE);
        let Some(nowhere) = names.iter().find(is_nowhere) else {
            let ends: Vec<End> = names.iter().filter_map(|given| self.end(given)).collect();
            return (ends.len() == names.len()).then_some(ends);
        };
        if names.len() > 1 {
            let what = "the route leads to none and to something else";
            let remedy = "remove `none`, or the other names";
            self.findings.problem(nowhere.origin.clone(), what, remedy);
        }
        Some(Vec::new())
    }

    fn end(&mut self, given: &Given) -> Option<End> {
        let text = given.text.trim();
        match text {
            OWN => return Some(End::Own),
            OWN_ADMINS => return Some(End::OwnAdmins(given.origin.clone())),
            _ => {}
        }
        if let Some(channel) = self.targets.channel(text) {
            return channel.map(End::Channel);
        }
        let known: Vec<&str> = [OWN, OWN_ADMINS, NOWHERE]
            .into_iter()
            .chain(self.targets.names())
            .collect();
        let what = format!(
            "a route leads to {}, which is no channel and no webhook",
            given.quoted()
        );
        let remedy = spelling::remedy(text, &known);
        self.findings.problem(given.origin.clone(), what, remedy);
        None
    }

    /// An event that is for admins only and is named by itself was meant to arrive.
    fn refuse_public_ways_for_admin_events(&mut self, parsed: &Parsed) {
        let for_admins = |end: &End| match end {
            End::Own => false,
            End::OwnAdmins(_) => true,
            End::Channel(channel) => channel.readers == Audience::Admins,
        };
        if parsed.to.is_empty() || parsed.to.iter().any(for_admins) {
            return;
        }
        for kind in &parsed.when.kinds {
            let KindPattern::Exactly(name) = kind else {
                continue;
            };
            let kind = EventKind::from_name(name.as_str());
            if kind.is_some_and(|kind| kind.audience() == Audience::Admins) {
                let what = format!(
                    "{} is for admins only, and this route leads to no channel of theirs",
                    quote(name.as_str())
                );
                let remedy =
                    "write `admin_webhook`, or the name of a channel with `admins: on`, behind `to:`";
                self.findings.problem(parsed.place.clone(), what, remedy);
            }
        }
    }
}

impl Parsed {
    fn is_for(&self, tag: &str) -> bool {
        let named = |tags: &Vec<String>| tags.iter().any(|known| known == tag);
        self.servers.as_ref().is_none_or(named)
    }

    fn plan(&self, server: &Server, findings: &mut Findings) -> RoutePlan {
        let mut channel = |end: &End| match end {
            End::Own => Some(own(server)),
            End::Channel(channel) => Some(channel.clone()),
            End::OwnAdmins(place) => {
                let admins = own_admins(server);
                if admins.is_none() {
                    let what = format!(
                        "this route leads to admin_webhook, and the server {} has none",
                        server.tag
                    );
                    let remedy = "set admin_webhook, or name the servers that have one with `servers:`";
                    findings.problem(place.clone(), what, remedy);
                }
                admins
            }
        };
        RoutePlan {
            when: self.when.clone(),
            to: self.to.iter().filter_map(&mut channel).collect(),
            chat_name: self.chat_name.unwrap_or(server.chat_name),
            voice: match &self.voice {
                Some(own) => Arc::new(server.voice.with(own)),
                None => Arc::clone(&server.voice),
            },
            place: self.place.clone(),
        }
    }

    /// Reports a route that takes no event of any server.
    pub(crate) fn refuse_dead(&self, findings: &mut Findings) {
        let exact = |kind: &KindPattern| matches!(kind, KindPattern::Exactly(_));
        let (why, remedy) = match self.taken.get() {
            Use::Alive | Use::NoServer => return,
            Use::NotForAdmins if self.when.kinds.iter().any(exact) => return,
            Use::NoEvent => ("no event is like this", "change what it asks for, or remove it"),
            Use::NotForAdmins => (
                "all its events are for admins only, and it leads to no channel of theirs",
                "write `admin_webhook`, or the name of a channel with `admins: on`, behind `to:`",
            ),
            Use::Off => (
                "all its events are switched off",
                "switch them on with `events:`, or remove the route",
            ),
            Use::Covered => ("routes before it take all its events", "move it up, or remove it"),
        };
        let what = format!("this route can never take an event: {why}");
        findings.problem(self.place.clone(), what, remedy);
    }
}

/// All routes of a server, strongest first: its own, those for all servers, the channels that patterns name, and last
/// its webhooks.
pub(crate) fn of_server(
    server: &Server,
    own_routes: &[Parsed],
    shared: &[Parsed],
    targets: &NamedTargets,
    findings: &mut Findings,
) -> Vec<RoutePlan> {
    let shared = shared.iter().filter(|route| route.is_for(server.tag.as_str()));
    let written: Vec<&Parsed> = own_routes.iter().chain(shared).collect();
    let mut plans: Vec<RoutePlan> = written.iter().map(|route| route.plan(server, findings)).collect();
    judge(&written, &plans, server);
    if !plans.is_empty() {
        let shown: Vec<String> = plans.iter().map(shown).collect();
        let key = format!("servers.{}.routes", server.tag);
        findings.setting(&key, shown.join("; "), plans[0].place.clone());
    }
    plans.extend(targets.channels().map(|channel| of_patterns(server, channel)));
    plans.extend(
        [Some(own(server)), own_admins(server)]
            .into_iter()
            .flatten()
            .map(|channel| by_default(server, channel)),
    );
    plans
}

/// A route in a few words: `chat → webhook, public`.
fn shown(plan: &RoutePlan) -> String {
    let asked = plan.when.kinds.iter().map(KindPattern::shown);
    let patterns = plan.when.patterns.iter().map(|name| format!("pattern {name}"));
    let channels = plan.when.channels.iter().map(|name| format!("channel {name}"));
    let asked: Vec<String> = asked.chain(patterns).chain(channels).collect();
    let asked = if asked.is_empty() {
        ALL.to_owned()
    } else {
        asked.join(", ")
    };
    let to: Vec<&str> = plan.to.iter().map(|channel| channel.name.as_str()).collect();
    let to = if to.is_empty() {
        NOWHERE.to_owned()
    } else {
        to.join(", ")
    };
    format!("{asked} → {to}")
}

/// What a pattern's `channel:` means when no route says otherwise.
fn of_patterns(server: &Server, channel: Channel) -> RoutePlan {
    RoutePlan {
        when: Condition {
            channels: vec![channel.name.as_str().into()],
            ..Condition::default()
        },
        to: vec![channel],
        chat_name: server.chat_name,
        voice: Arc::clone(&server.voice),
        place: Origin::Default,
    }
}

/// What is for admins goes to them, everything else to everyone.
fn by_default(server: &Server, channel: Channel) -> RoutePlan {
    RoutePlan {
        when: Condition {
            audience: Some(channel.readers),
            ..Condition::default()
        },
        to: vec![channel],
        chat_name: server.chat_name,
        voice: Arc::clone(&server.voice),
        place: Origin::Default,
    }
}

/// What routes see of an event that no pattern found.
#[must_use]
pub fn subject(kind: EventKind) -> Subject<'static> {
    Subject {
        kind: kind.as_str(),
        audience: kind.audience(),
        pattern: None,
        channel: None,
    }
}

/// What routes see of the events of a pattern.
#[must_use]
pub fn subject_of_pattern(profile: &Profile) -> Subject<'_> {
    Subject {
        kind: profile.kind.as_str(),
        audience: profile.class.audience(),
        pattern: Some(&profile.name),
        channel: profile.channel.as_deref(),
    }
}

/// Notes what each written route takes at one server.
fn judge(written: &[&Parsed], plans: &[RoutePlan], server: &Server) {
    let routes = compiled(plans, |_, _| ());
    let own = EventKind::ALL.into_iter().map(|kind| (kind, subject(kind)));
    let brought = server.patterns.profiles();
    let brought = brought.map(|profile| (profile.class, subject_of_pattern(profile)));
    let subjects: Vec<(EventKind, Subject<'_>)> = own.chain(brought).collect();
    for (at, (parsed, route)) in written.iter().zip(routes.all()).enumerate() {
        let mut taken = Use::NoEvent;
        for (kind, subject) in subjects.iter().filter(|(_, subject)| route.when.holds(subject)) {
            let decides = routes.deciding(subject).is_some_and(|(first, _)| first == at);
            let found = match (route.fits(subject), server.events.contains(*kind)) {
                (false, _) => Use::NotForAdmins,
                (true, false) => Use::Off,
                (true, true) if decides => Use::Alive,
                (true, true) => Use::Covered,
            };
            taken = taken.max(found);
        }
        parsed.taken.set(parsed.taken.get().max(taken));
    }
}

fn own(server: &Server) -> Channel {
    Channel {
        name: "its webhook".to_owned(),
        target: server.target.clone(),
        readers: Audience::Everyone,
    }
}

fn own_admins(server: &Server) -> Option<Channel> {
    server.admin_target.clone().map(|target| Channel {
        name: "its admin webhook".to_owned(),
        target,
        readers: Audience::Admins,
    })
}
