//! `factorio-isr check`: the resolved configuration, secrets hidden, and every problem in it.
//!
//! Owns how it reads. Opens logs for a short look only; never opens the store or a socket.

use std::fmt::Write as _;
use std::path::Path;

use isr_core::coverage::{self, Given, LogContent, Streams};
use isr_core::event::Audience;

use super::{Exit, census};
use crate::config::{Config, GameLog, Loaded, Refused, Server, Target};
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

fn problems(refused: &Refused) -> String {
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
    settings(loaded, &mut out);
    for server in &loaded.config.servers {
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

fn settings(loaded: &Loaded, out: &mut String) {
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
}

fn layer_note(config: &Config, out: &mut String) {
    if container::holds_state(&config.state_dir) {
        let _ = writeln!(out, "note: {}", container::NOT_KEPT);
    }
}

fn events(server: &Server, out: &mut String) {
    let streams = streams(server);
    let _ = writeln!(out, "Events of {} ({}):", server.tag, about(streams));
    for (kind, given) in coverage::coverage(streams) {
        let wanted = server.events.contains(kind);
        let place = match (wanted, kind.audience()) {
            (false, _) => "off".to_owned(),
            (true, Audience::Everyone) => format!("to {}", called(&server.target, "its webhook")),
            (true, Audience::Admins) => match &server.admin_target {
                Some(target) => format!("to {}", called(target, "its admin webhook")),
                None => "nowhere: it is for admins only, set admin_webhook".to_owned(),
            },
        };
        let source = match given {
            Given::Yes => "",
            Given::Partly(why) | Given::WithMod(why) => why,
            Given::No(why) if wanted => why,
            Given::No(_) => "",
        };
        let dash = if source.is_empty() { "" } else { " — " };
        let _ = writeln!(
            out,
            "  {:<20} {}  {place}{dash}{source}",
            kind.as_str(),
            mark(given)
        );
    }
    out.push('\n');
}

/// Addresses stand among the settings above; here a name is enough.
fn called<'a>(target: &'a Target, nameless: &'a str) -> &'a str {
    match target {
        Target::Terminal => "the terminal",
        Target::Webhook(webhook) => webhook.name.as_deref().unwrap_or(nameless),
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
        Streams::Alone(LogContent::Unknown) => "a log that holds nothing known yet",
        Streams::WithGameLog(_) => "console log and game log",
    }
}

/// What the streams of a server hold, as far as their files tell.
#[must_use]
pub fn streams(server: &Server) -> Streams {
    let content = server.log.path().map_or(LogContent::Unknown, content_of);
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
