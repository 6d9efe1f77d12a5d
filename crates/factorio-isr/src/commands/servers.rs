//! `factorio-isr status` and `factorio-isr players`: the servers are asked themselves, all at once.
//!
//! Owns what is asked and how the answers read. Works without the daemon and beside it; what only the daemon knows it is asked
//! for. What a server does not tell has no value, never a zero. Fails where a server does not answer.

mod details;
mod relay;

use std::fmt::Write as _;
use std::time::Duration;

use factorio_rcon::command::{Ask, Evolution, Players, Scope, Time, Version};
use factorio_rcon::reply::SurfaceEvolution;
use factorio_rcon::session::Down;
use factorio_rcon::{Priority, Session};
use isr_core::statistics::lasted;
use isr_core::text::clean;
use isr_core::voice::Words;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use details::Details;
use relay::Relay;

use super::rcon::once::{self, Console};
use super::{Exit, refuse, show};
use crate::cli::{PlayersOptions, StatusOptions};
use crate::config::{Config, Loaded, Rcon, Refused};

/// How long one answer may take.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);
/// More columns than this are no table.
const WIDEST_CELL: usize = 60;

/// What one server says.
struct Told {
    tag: String,
    address: String,
    answer: Result<Answers, Down>,
}

/// What a server that is there says; what it did not say, or not in words that we know, is missing.
#[derive(Default)]
struct Answers {
    players: Option<Vec<String>>,
    version: Option<String>,
    played: Option<Duration>,
    evolution: Option<Vec<SurfaceEvolution>>,
    details: Option<Details>,
}

/// How much is asked of each server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What fits into a row.
    Row,
    /// The lists and settings as well.
    All,
}

/// Shows how the servers are.
pub async fn status(options: &StatusOptions, loaded: Result<Loaded, Refused>) -> Exit {
    let depth = if options.json { Depth::All } else { Depth::Row };
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return refuse(&refused),
    };
    let asked = ask_all(options.server.as_deref(), depth, &loaded.config);
    let (told, relay) = tokio::join!(asked, Relay::ask(loaded.config.health));
    let told = match told {
        Ok(told) => told,
        Err(exit) => return exit,
    };
    show(&if options.json {
        as_json(&told, &relay)
    } else {
        as_table(&told) + &relay.as_text(told.iter().map(|one| one.tag.as_str()))
    });
    exit_of(&told)
}

/// Shows who is there.
pub async fn players(options: &PlayersOptions, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return refuse(&refused),
    };
    let told = match ask_all(options.server.as_deref(), Depth::Row, &loaded.config).await {
        Ok(told) => told,
        Err(exit) => return exit,
    };
    let mut out = String::new();
    for one in &told {
        let _ = match &one.answer {
            Ok(Answers {
                players: Some(players),
                ..
            }) => {
                let _ = writeln!(out, "{}: {}", one.tag, counted(players.len()));
                players
                    .iter()
                    .try_for_each(|name| writeln!(out, "  {}", clean(name)))
            }
            Ok(_) => writeln!(out, "{}: it does not say who is there", one.tag),
            Err(down) => writeln!(out, "{}: {down}", one.tag),
        };
    }
    show(&out);
    exit_of(&told)
}

fn exit_of(told: &[Told]) -> Exit {
    match told.iter().all(|one| one.answer.is_ok()) {
        true => Exit::Clean,
        false => Exit::Failed,
    }
}

/// Asks one server, or all that have RCON; in the order of the configuration.
async fn ask_all(tag: Option<&str>, depth: Depth, config: &Config) -> Result<Vec<Told>, Exit> {
    let chosen = chosen(config, tag).map_err(|why| fail(&why))?;
    let mut asking = JoinSet::new();
    for (place, (tag, rcon)) in chosen.into_iter().enumerate() {
        asking.spawn(async move { (place, told(tag, rcon, depth).await) });
    }
    let mut all = asking.join_all().await;
    all.sort_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, told)| told).collect())
}

fn chosen(config: &Config, tag: Option<&str>) -> Result<Vec<(String, Rcon)>, String> {
    let servers = match tag {
        Some(tag) => vec![once::server(config, tag)?],
        None => config.servers.iter().collect(),
    };
    let with_rcon: Vec<(String, Rcon)> = servers
        .into_iter()
        .filter_map(|server| Some((server.tag.to_string(), server.rcon.clone()?)))
        .collect();
    if with_rcon.is_empty() {
        let whose = tag.map_or("no server has", |_| "it has no");
        return Err(format!(
            "{whose} RCON: give the server `rcon:` with host and password (docs/rcon.md)"
        ));
    }
    Ok(with_rcon)
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn fail(why: &str) -> Exit {
    eprintln!("factorio-isr: {why}");
    Exit::Usage
}

async fn told(tag: String, rcon: Rcon, depth: Depth) -> Told {
    let address = rcon.address.to_string();
    Told {
        tag,
        address,
        answer: once::with_session(rcon.options(), |session| ask(session, depth)).await,
    }
}

async fn ask(session: Session, depth: Depth) -> Result<Answers, Down> {
    let console = Console::new(session);
    console.connected().await?;
    let session = &console.session;
    let players = answer(session, &Players(Scope::Online)).await;
    Ok(Answers {
        players: players.map(|list| list.online().map(str::to_owned).collect()),
        version: answer(session, &Version).await.map(|version| version.to_string()),
        played: answer(session, &Time).await,
        evolution: answer(session, &Evolution { surface: None }).await,
        details: match depth {
            Depth::Row => None,
            Depth::All => Some(Details::ask(session).await),
        },
    })
}

/// The answer, where there is one that was understood.
async fn answer<A: Ask>(session: &Session, question: &A) -> Option<A::Answer> {
    let command = question.command().ok()?;
    let reply = session
        .send_within(command, Priority::Person, ANSWER_DEADLINE)
        .await
        .ok()?;
    question.read(&reply.text()).ok()
}

fn as_json(told: &[Told], relay: &Relay) -> String {
    let one = |told: &Told| {
        let mut value = json!({ "server": told.tag, "address": told.address, "up": told.answer.is_ok() });
        value["relay"] = relay.of(&told.tag);
        match &told.answer {
            Ok(answers) => {
                value["players"] = json!(answers.players);
                value["version"] = json!(answers.version);
                value["played_seconds"] = json!(answers.played.map(|played| played.as_secs()));
                value["evolution"] = answers.evolution.as_ref().map_or(Value::Null, |surfaces| {
                    let one = |surface: &SurfaceEvolution| json!({ "surface": surface.surface, "factor": surface.factor });
                    surfaces.iter().map(one).collect()
                });
                if let Some(details) = &answers.details {
                    details.put_into(&mut value);
                }
            }
            Err(down) => value["error"] = json!(down.to_string()),
        }
        value
    };
    let all: Vec<Value> = told.iter().map(one).collect();
    format!("{:#}\n", Value::from(all))
}

fn as_table(told: &[Told]) -> String {
    let header = ["SERVER", "STATE", "PLAYERS", "VERSION", "PLAYED", "EVOLUTION"].map(str::to_owned);
    let mut rows = vec![header];
    let mut troubles = String::new();
    for one in told {
        rows.push(match &one.answer {
            Ok(answers) => row(&one.tag, answers),
            Err(down) => {
                let _ = writeln!(troubles, "{}: {down}", one.tag);
                let none = || "-".to_owned();
                [one.tag.clone(), "down".to_owned(), none(), none(), none(), none()]
            }
        });
    }
    let mut out = String::new();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(out, "{}", line.join("  ").trim_end());
    }
    if !troubles.is_empty() {
        let _ = write!(out, "\n{troubles}");
    }
    out
}

fn row(tag: &str, answers: &Answers) -> [String; 6] {
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    let players = answers.players.as_ref().map(|players| match players.len() {
        0 => "0".to_owned(),
        count => shortened(&format!("{count}: {}", players.join(", "))),
    });
    let evolution = answers.evolution.as_ref().map(|surfaces| {
        let one = |surface: &SurfaceEvolution| {
            let percent = format!("{:.1} %", surface.factor * 100.0);
            surface
                .surface
                .as_ref()
                .map_or_else(|| percent.clone(), |name| format!("{name} {percent}"))
        };
        shortened(&surfaces.iter().map(one).collect::<Vec<_>>().join(", "))
    });
    [
        tag.to_owned(),
        "up".to_owned(),
        or_unknown(players),
        or_unknown(answers.version.clone()),
        or_unknown(
            answers
                .played
                .map(|played| lasted(played.as_secs().saturating_mul(1_000), &Words::english())),
        ),
        or_unknown(evolution),
    ]
}

/// A cell without anything that could steer a terminal.
fn shortened(text: &str) -> String {
    let text = clean(text);
    match text.char_indices().nth(WIDEST_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

fn counted(players: usize) -> String {
    match players {
        0 => "nobody is there".to_owned(),
        1 => "1 player".to_owned(),
        more => format!("{more} players"),
    }
}
