//! `factorio-isr stats`: what happened on the servers, from the statistics in the store. Works beside the running daemon.
//!
//! Owns the forms and the erasing of a player. Fails where there is no store, or nothing is known of a server.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use isr_core::source::ServerTag;
use isr_core::statistics::{Period, Summary, lasted};
use isr_core::voice::{Voice, Words};
use isr_store::{Admin, AdminError, HourRange, StatisticsReader};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Exit;
use super::noted::Ledger;
use crate::cli::{StatsFormat, StatsOptions};
use crate::config::{Config, Loaded, Refused};
use crate::logging;
use crate::picture::Card;
use crate::posts::day;
use crate::recap;
use crate::when;

/// So many lines a list has in the text form.
const LISTED: usize = 10;

/// One server's summary, and how it is called.
struct Report {
    server: ServerTag,
    name: String,
    zone: TimeZone,
    /// The language of the picture; everything else is for the person at the terminal, in English.
    voice: Arc<Voice>,
    summary: Summary,
}

/// Shows statistics.
#[must_use]
pub fn run(options: &StatsOptions, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    if let Some(path) = &options.picture {
        return match day(options, &loaded.config, path) {
            Ok(()) => Exit::Clean,
            Err(why) => failed(&why),
        };
    }
    let shown = reports(options, &loaded.config).and_then(|reports| match options.format {
        StatsFormat::Png => picture(&reports, options.output.as_deref()),
        StatsFormat::Text => give(texts(&reports).as_bytes(), options.output.as_deref()),
        StatsFormat::Json => give(jsons(&reports).as_bytes(), options.output.as_deref()),
        StatsFormat::Csv => give(table(&reports).as_bytes(), options.output.as_deref()),
    });
    match shown {
        Ok(()) => Exit::Clean,
        Err(why) => failed(&why),
    }
}

/// Erases a player. That it was done is written down, not of whom: the name is to be gone.
#[must_use]
pub fn forget(player: &str, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    let mut ledger = Ledger::open(&loaded.config);
    let begun = ledger.begin(None, "factorio-isr stats forget", None);
    let erased = Admin::open(&loaded.config.state_dir).and_then(|mut admin| admin.forget_player(player));
    match &erased {
        Ok(erased) => ledger.end(begun, "done", Some(&format!("{} sessions", erased.sessions))),
        Err(_) => ledger.end(begun, "failed", None),
    }
    match erased {
        Ok(erased) if erased.players + erased.samples == 0 => {
            failed("no player of that name is in the statistics")
        }
        Ok(erased) => {
            super::show(&format!(
                "Erased from the statistics of {} server(s): {} sessions, {} rows of counts; {} samples of unknown lines.\n",
                erased.players, erased.sessions, erased.counts, erased.samples
            ));
            Exit::Clean
        }
        Err(error) => failed(&logging::error_chain(&error)),
    }
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn failed(why: &str) -> Exit {
    eprintln!("factorio-isr stats: {why}");
    Exit::Failed
}

fn reports(options: &StatsOptions, config: &Config) -> Result<Vec<Report>, String> {
    let words = |error: AdminError| logging::error_chain(&error);
    let reader = StatisticsReader::open(&config.state_dir).map_err(words)?;
    let known = reader.servers().map_err(words)?;
    let wanted: Vec<ServerTag> = match &options.server {
        None => known,
        Some(tag) => known.into_iter().filter(|known| known.as_str() == tag).collect(),
    };
    if wanted.is_empty() {
        return Err("there are no statistics of that server yet".to_owned());
    }
    let now_ms = Timestamp::now().as_millisecond();
    let mut reports = Vec::new();
    for server in wanted {
        let configured = config.servers.iter().find(|known| known.tag == server);
        let zone = configured.map_or(TimeZone::UTC, |known| known.time_zone.zone.clone());
        let from_ms = when::parse(&options.since, &zone, now_ms).map_err(|error| error.to_string())?;
        let period = Period {
            from_ms,
            until_ms: now_ms,
        };
        let hours = HourRange::touching(period);
        let summary = recap::summary_of(&reader, &server, period, hours, now_ms).map_err(words)?;
        let summary = match &options.player {
            None => summary,
            Some(player) => recap::only(&reader, &server, player, summary, now_ms).map_err(words)?,
        };
        reports.push(Report {
            name: configured.map_or_else(|| server.to_string(), |known| known.name.clone()),
            voice: configured.map_or_else(Arc::default, |known| Arc::clone(&known.voice)),
            server,
            zone,
            summary,
        });
    }
    Ok(reports)
}

/// Draws the last day of one server.
fn day(options: &StatsOptions, config: &Config, path: &Path) -> Result<(), String> {
    let words = |error: AdminError| logging::error_chain(&error);
    let server = match (&options.server, config.servers.as_slice()) {
        (Some(tag), servers) => servers.iter().find(|server| server.tag.as_str() == tag),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some(server) = server else {
        return Err("the picture shows one server of the configuration: add --server TAG".to_owned());
    };
    let reader = StatisticsReader::open(&config.state_dir).map_err(words)?;
    let now_ms = Timestamp::now().as_millisecond();
    let look = day::Look::of(server);
    match look.png(&reader, now_ms).map_err(words)? {
        Some(png) => give(&png, Some(path)),
        None => {
            Err("nothing was seen of that server in the last 24 hours: figures come from RCON".to_owned())
        }
    }
}

fn give(bytes: &[u8], output: Option<&Path>) -> Result<(), String> {
    match output {
        Some(path) => {
            std::fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
        }
        None => {
            super::show_bytes(bytes);
            Ok(())
        }
    }
}

fn picture(reports: &[Report], output: Option<&Path>) -> Result<(), String> {
    let ([report], Some(_)) = (reports, output) else {
        return Err(
            "a picture shows one server and needs a file: add --server TAG and --output FILE".to_owned(),
        );
    };
    let subtitle = stretch(report);
    let card = Card {
        title: &report.name,
        subtitle: &subtitle,
        zone: &report.zone,
        summary: &report.summary,
        words: report.voice.words(),
    };
    give(&card.png(), output)
}

fn stretch(report: &Report) -> String {
    let shown = |ms| {
        Timestamp::from_millisecond(ms).map_or_else(
            |_| "?".to_owned(),
            |at| report.zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string(),
        )
    };
    let period = report.summary.period;
    format!("{} – {}", shown(period.from_ms), shown(period.until_ms))
}

fn texts(reports: &[Report]) -> String {
    reports.iter().map(text).collect::<Vec<_>>().join("\n")
}

fn text(report: &Report) -> String {
    let words = Words::english();
    let summary = &report.summary;
    let mut out = format!(
        "{} ({})  {}\n",
        plain(&report.name),
        report.server,
        stretch(report)
    );
    let _to_memory = writeln!(
        out,
        "  {} players, {} played, at most {} at a time, {} messages",
        summary.players.len(),
        lasted(summary.played_ms(), &words),
        summary.peak.players,
        summary.messages()
    );
    let players = summary.players.iter().map(|player| {
        format!(
            "{:<28} {:>14} {:>5} sessions {:>7} messages {:>5} deaths",
            plain(&player.name),
            lasted(player.played_ms, &words),
            player.sessions,
            player.messages,
            player.deaths
        )
    });
    section(&mut out, "Players", players);
    let kinds = summary
        .kinds
        .iter()
        .map(|(kind, count)| format!("{kind:<28} {count:>14}"));
    section(&mut out, "Events", kinds);
    let causes = summary.causes.iter().map(|(cause, count)| {
        let cause = if cause.is_empty() {
            "unknown".to_owned()
        } else {
            plain(cause)
        };
        format!("{cause:<28} {count:>14}")
    });
    section(&mut out, "Deaths by cause", causes);
    section(
        &mut out,
        "Research",
        summary.research.iter().map(|name| plain(name)),
    );
    out
}

fn section(out: &mut String, heading: &str, lines: impl ExactSizeIterator<Item = String>) {
    let more = lines.len().saturating_sub(LISTED);
    if lines.len() == 0 {
        return;
    }
    let _to_memory = writeln!(out, "\n  {heading}");
    for line in lines.take(LISTED) {
        let _to_memory = writeln!(out, "    {}", line.trim_end());
    }
    if more > 0 {
        let _to_memory = writeln!(out, "    and {more} more");
    }
}

/// A name without anything that could move the cursor.
fn plain(text: &str) -> String {
    isr_core::text::clean(text).into_owned()
}

fn jsons(reports: &[Report]) -> String {
    let all: Vec<Value> = reports.iter().map(as_json).collect();
    format!("{:#}\n", Value::Array(all))
}

fn as_json(report: &Report) -> Value {
    let summary = &report.summary;
    let pairs = |list: &[(String, u64)]| -> serde_json::Map<String, Value> {
        list.iter()
            .map(|(name, count)| (name.clone(), json!(count)))
            .collect()
    };
    let players = summary.players.iter().map(|player| {
        json!({
            "name": player.name, "played_s": player.played_ms / 1000, "sessions": player.sessions,
            "messages": player.messages, "deaths": player.deaths,
        })
    });
    json!({
        "server": report.server.as_str(),
        "from": moment(summary.period.from_ms),
        "until": moment(summary.period.until_ms),
        "played_s": summary.played_ms() / 1000,
        "peak": { "players": summary.peak.players, "at": moment(summary.peak.at_ms) },
        "players": players.collect::<Vec<_>>(),
        "newcomers": summary.newcomers,
        "events": pairs(&summary.kinds),
        "deaths": pairs(&summary.causes),
        "research": summary.research,
    })
}

fn moment(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string())
}

/// One line a player.
fn table(reports: &[Report]) -> String {
    let mut out = "server,player,played_s,sessions,messages,deaths\n".to_owned();
    for report in reports {
        for player in &report.summary.players {
            let _to_memory = writeln!(
                out,
                "{},{},{},{},{},{}",
                report.server,
                cell(&player.name),
                player.played_ms / 1000,
                player.sessions,
                player.messages,
                player.deaths
            );
        }
    }
    out
}

/// A name as a cell: quoted, and never a formula of a spreadsheet.
fn cell(text: &str) -> String {
    let text = plain(text);
    let guard = if text.starts_with(['=', '+', '-', '@', '\t']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_formula_or_a_second_cell() {
        assert_eq!(cell("Ann"), "\"Ann\"");
        assert_eq!(cell("=cmd(\"x\"),1"), "\"'=cmd(\"\"x\"\"),1\"");
    }
}
