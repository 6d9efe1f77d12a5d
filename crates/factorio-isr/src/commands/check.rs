//! `factorio-isr check`: the resolved configuration, secrets hidden, and every problem in it.
//!
//! Owns how it reads. Opens logs for a short look only; never opens the store or a socket.

use std::fmt::Write as _;
use std::path::Path;

use isr_core::coverage::{self, Given, LogContent, Streams};
use isr_core::event::Audience;
use isr_core::pattern::{Profile, Tier};
use isr_core::route::{Routes, Subject};

use super::{Exit, census};
use crate::config::{
    self, Channel, Config, ConsoleLog, GameLog, Loaded, Origin, Refused, RoutePlan, Server, Target,
};
use crate::container;

/// Prints the configuration or its problems.
#[must_use]
pub fn run(loaded: Result<Loaded, Refused>) -> Exit {
    match loaded {
        Ok(loaded) => {
            super::show(&describe(&loaded));
            Exit::Clean
        }
        Err(refused) => {
            super::show(&problems(&refused));
            Exit::Refused
        }
    }
}

/// Every problem, and what else is worth saying.
pub(super) fn problems(refused: &Refused) -> String {
    let mut out = format!("{refused}\n");
    for note in &refused.notes {
        let _ = write!(out, "\nnote: {note}\n");
    }
    out
}

fn describe(loaded: &Loaded) -> String {
    let mut out = String::new();
    let file = loaded
        .file
        .as_ref()
        .map_or_else(|| "none".into(), |path| path.display().to_string());
    let _ = writeln!(out, "Configuration file: {file}\n");
    out.push_str(&settings(loaded));
    for server in &loaded.config.servers {
        rcon(server, &mut out);
        events(server, &mut out);
    }
    for note in &loaded.notes {
        let _ = writeln!(out, "note: {note}");
    }
    layer_note(&loaded.config, &mut out);
    let servers = loaded.config.servers.len();
    let _ = writeln!(
        out,
        "No problems found ({servers} {}).",
        if servers == 1 { "server" } else { "servers" }
    );
    out
}

/// Every setting with its value, secrets hidden, and its origin.
pub(super) fn settings(loaded: &Loaded) -> String {
    let mut out = String::new();
    let widest = loaded
        .settings
        .iter()
        .map(|setting| setting.key.chars().count())
        .max()
        .unwrap_or(0);
    for setting in &loaded.settings {
        let _ = writeln!(
            out,
            "  {:<widest$}  {}  ({})",
            setting.key, setting.value, setting.origin
        );
    }
    out.push('\n');
    out
}

fn layer_note(config: &Config, out: &mut String) {
    if container::holds_state(&config.state_dir) {
        let _ = writeln!(out, "note: {}", container::NOT_KEPT);
    }
}

/// Longer names of places are not aligned.
const WIDEST_PLACE: usize = 48;

/// What RCON of a server is for. The password is not part of it.
fn rcon(server: &Server, out: &mut String) {
    let Some(rcon) = &server.rcon else {
        return;
    };
    let _ = writeln!(
        out,
        "RCON of {}: {} is asked every {} s; allowed: {}.",
        server.tag,
        rcon.address,
        rcon.poll_interval.as_secs(),
        rcon.allows()
    );
    if let Some(ConsoleLog::Rcon(heard)) = &server.log {
        let _ = writeln!(
            out,
            "Its console is asked for every {} ms through the same connection; what the game hands to a connection that \
             breaks is lost.",
            heard.poll_interval.as_millis()
        );
    }
}

fn events(server: &Server, out: &mut String) {
    if server.streams().is_empty() {
        let _ = writeln!(out, "Events of {}: none, for it has no log_path.\n", server.tag);
        return;
    }
    let streams = streams(server);
    let _ = writeln!(out, "Events of {} ({}):", server.tag, about(streams));
    let routes = config::compiled(&server.routes, |_, _| ());
    let mut unheard = Vec::new();
    let mut rows = Vec::new();
    for (kind, given) in coverage::coverage(streams) {
        let wanted = server.events.contains(kind);
        let place = place_of(server, &routes, wanted, &config::subject(kind));
        if place.is_err() {
            unheard.push(kind.as_str());
        }
        let source = match given {
            Given::Yes => "",
            Given::Partly(why) | Given::WithMod(why) => why,
            Given::No(why) if wanted => why,
            Given::No(_) => "",
        };
        rows.push((kind.as_str(), mark(given), shown(&place), source));
    }
    let lengths = rows.iter().map(|(_, _, shown, _)| shown.chars().count());
    let widest = lengths.max().unwrap_or(0).min(WIDEST_PLACE);
    for (kind, mark, shown, source) in rows {
        let _ = match source {
            "" => writeln!(out, "  {kind:<20} {mark}  {shown}"),
            source => writeln!(out, "  {kind:<20} {mark}  {shown:<widest$} — {source}"),
        };
    }
    patterns(server, &routes, out, &mut unheard);
    if !unheard.is_empty() {
        let _ = writeln!(out, "  Nobody receives: {}.", unheard.join(", "));
    }
    out.push('\n');
}

/// Where the events of patterns go, those with the same destination together; of the shipped pack their number is enough.
fn patterns<'a>(server: &'a Server, routes: &Routes<()>, out: &mut String, unheard: &mut Vec<&'a str>) {
    let place = |profile: &Profile| {
        let wanted = server.events.contains(profile.class);
        place_of(server, routes, wanted, &config::subject_of_pattern(profile))
    };
    for (shown, profiles) in by_place(server.patterns.profiles_of(Tier::Own), place) {
        let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
        let noun = if names.len() == 1 { "pattern" } else { "patterns" };
        let _ = writeln!(out, "  {noun} {}: {shown}", names.join(", "));
    }
    for (shown, profiles) in by_place(server.patterns.profiles_of(Tier::Shipped), place) {
        let count = profiles.len();
        let _ = writeln!(out, "  {count} patterns that come with the program: {shown}");
    }
    let own = server.patterns.profiles_of(Tier::Own);
    unheard.extend(
        own.filter(|profile| place(profile).is_err())
            .map(|profile| profile.name.as_str()),
    );
}

fn by_place<'a>(
    profiles: impl Iterator<Item = &'a Profile>,
    place: impl Fn(&Profile) -> Result<String, Option<String>>,
) -> Vec<(String, Vec<&'a Profile>)> {
    let mut places: Vec<(String, Vec<&Profile>)> = Vec::new();
    for profile in profiles {
        let shown = shown(&place(profile));
        match places.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, together)) => together.push(profile),
            None => places.push((shown, vec![profile])),
        }
    }
    places
}

/// Where an event goes, or why nowhere; without a reason when it is off.
fn place_of(
    server: &Server,
    routes: &Routes<()>,
    wanted: bool,
    subject: &Subject<'_>,
) -> Result<String, Option<String>> {
    if !wanted {
        return Err(None);
    }
    if let Some(name) = server.filters.always_suppresses(subject) {
        return Err(Some(format!("the filter `{name}` keeps it back")));
    }
    match routes.deciding(subject) {
        Some((at, _)) => {
            let route = &server.routes[at];
            let reached = reached(route, subject.audience).map_err(Some)?;
            match told_there(route, subject) {
                true => Ok(reached),
                false => Err(Some("`voice` switches it off".to_owned())),
            }
        }
        None => Err(Some("it is for admins only, set admin_webhook".to_owned())),
    }
}

/// Whether the voice of a route has words for an event; what a pattern finds brings its own.
fn told_there(route: &RoutePlan, subject: &Subject<'_>) -> bool {
    let kind = config::event(subject.kind).filter(|_| subject.pattern.is_none());
    kind.is_none_or(|kind| route.voice.tells(kind))
}

fn shown(place: &Result<String, Option<String>>) -> String {
    match place {
        Ok(names) => format!("to {names}"),
        Err(None) => "off".to_owned(),
        Err(Some(why)) => format!("nowhere: {why}"),
    }
}

/// Where a route brings an event, or why it goes nowhere. Addresses stand among the settings above; here a name is
/// enough.
fn reached(route: &RoutePlan, audience: Audience) -> Result<String, String> {
    let written = match &route.place {
        Origin::ConfigFile {
            position: Some(at), ..
        } => format!("the route in line {}", at.line),
        _ => String::new(),
    };
    let may_read = |channel: &&Channel| audience == Audience::Everyone || channel.readers == Audience::Admins;
    let names: Vec<&str> = route.to.iter().filter(may_read).map(called).collect();
    match (names.is_empty(), written.is_empty()) {
        (true, _) => Err(format!("so says {written}")),
        (false, true) => Ok(names.join(", ")),
        (false, false) => Ok(format!("{} by {written}", names.join(", "))),
    }
}

fn called(channel: &Channel) -> &str {
    match &channel.target {
        Target::Terminal => "the terminal",
        target => target.name().unwrap_or(&channel.name),
    }
}

const fn mark(given: Given) -> &'static str {
    match given {
        Given::Yes => "yes      ",
        Given::Partly(_) => "partly   ",
        Given::WithMod(_) => "with mods",
        Given::No(_) => "no       ",
    }
}

fn about(streams: Streams) -> &'static str {
    match streams {
        Streams::Alone(LogContent::ConsoleLog) => "console log",
        Streams::Alone(LogContent::Capture) => "capture of standard output",
        Streams::Alone(LogContent::GameLog) => "factorio-current.log alone: it never holds chat or joins",
        Streams::Alone(LogContent::Heard) => "console heard through RCON",
        Streams::WithGameLog(LogContent::Heard) => "console heard through RCON, and game log",
        Streams::Alone(LogContent::Unknown) => "a log that holds nothing known yet",
        Streams::WithGameLog(_) => "console log and game log",
    }
}

/// What the streams of a server hold, as far as their files tell.
#[must_use]
pub fn streams(server: &Server) -> Streams {
    let content = match &server.log {
        Some(ConsoleLog::Rcon(_)) => LogContent::Heard,
        Some(ConsoleLog::File(path)) => content_of(path),
        Some(ConsoleLog::StandardInput) | None => LogContent::Unknown,
    };
    let with_game_log = match &server.game_log {
        GameLog::Off => false,
        GameLog::File(_) => true,
        GameLog::Beside(path) => path.exists(),
    };
    if with_game_log {
        Streams::WithGameLog(content)
    } else {
        Streams::Alone(content)
    }
}

fn content_of(path: &Path) -> LogContent {
    census::look(path).map_or(LogContent::Unknown, |census| census.content)
}
