//! What the running daemon knows of the servers and a question of a moment cannot tell: updates per second, pauses, saves, and
//! since when the connection stands.
//!
//! Owns how the daemon is asked and how its answer reads. Cannot fail: where no daemon runs that is what is told.

use std::fmt::Write as _;

use isr_core::statistics::lasted;
use isr_core::text::clean;
use isr_core::voice::Words;
use serde_json::{Value, json};

use crate::commands::daemon;
use crate::config::HealthSettings;

/// What the daemon says, or why it says nothing.
pub(super) struct Relay(Result<Value, String>);

impl Relay {
    /// Asks it, on a thread that may wait.
    pub(super) async fn ask(health: HealthSettings) -> Self {
        let (host, port) = (health.host.to_string(), health.port);
        let asked = tokio::task::spawn_blocking(move || answer(&host, port)).await;
        Self(asked.unwrap_or_else(|_| Err("asking it failed".to_owned())))
    }

    /// What a program is told of one server.
    pub(super) fn of(&self, tag: &str) -> Value {
        match &self.0 {
            Ok(told) => {
                let mut value = told["games"].get(tag).cloned().unwrap_or_else(|| json!({}));
                value["running"] = json!(true);
                value["now_ms"] = told["now_ms"].clone();
                for (age, since) in [
                    ("link_seconds", "link_since_ms"),
                    ("game_seconds", "game_since_ms"),
                    ("last_save_seconds_ago", "last_save_ms"),
                ] {
                    value[age] = json!(age_ms(told, &value[since]).map(|ms| ms / 1_000));
                }
                value
            }
            Err(why) => json!({ "running": false, "why": why }),
        }
    }

    /// What people are told of these servers.
    pub(super) fn as_text<'a>(&self, tags: impl Iterator<Item = &'a str>) -> String {
        let told = match &self.0 {
            Ok(told) => told,
            Err(why) => {
                return format!(
                    "\nNo running relay was found: {why}. Updates per second, pauses and saves are not known.\n"
                );
            }
        };
        let mut text = "\nThe running relay says:\n".to_owned();
        for tag in tags {
            let line = match told["games"].get(tag) {
                Some(game) => line(told, game),
                None => "it does not follow this server".to_owned(),
            };
            let _ = writeln!(text, "{tag}: {line}");
        }
        text
    }
}

fn answer(host: &str, port: u16) -> Result<Value, String> {
    if port == 0 {
        return Err("HEALTH_CHECK_PORT is 0, so it listens nobody knows where".to_owned());
    }
    let place = format!("{}:{port}", daemon::reachable(host));
    let (code, body) =
        daemon::ask(host, port, "/games").map_err(|_| format!("nothing answers at {place}"))?;
    let told: Value = serde_json::from_str(&body).unwrap_or_default();
    match (code, told["service"].as_str()) {
        (200, Some("factorio-isr")) => Ok(told),
        _ => Err(format!("what answers at {place} is no relay of this version")),
    }
}

fn line(told: &Value, game: &Value) -> String {
    let mut parts = vec![link(told, game)];
    parts.extend(state(told, game));
    if let Some(saved) = age_ms(told, &game["last_save_ms"]) {
        let took = game["last_save_took_seconds"]
            .as_f64()
            .map_or_else(String::new, |took| format!(" (took {:.0} s)", took.max(1.0)));
        parts.push(format!("saved {} ago{took}", span(saved)));
    }
    if let Some(technology) = game["research"]["technology"].as_str() {
        let progress = 100.0 * game["research"]["progress"].as_f64().unwrap_or(0.0);
        parts.push(format!("research {} {progress:.0} %", clean(technology)));
    }
    if let Some(platforms) = game["space_platforms"].as_u64().filter(|count| *count > 0) {
        parts.push(format!("space platforms: {platforms}"));
    }
    parts.join("; ")
}

fn link(told: &Value, game: &Value) -> String {
    let since =
        age_ms(told, &game["link_since_ms"]).map_or_else(String::new, |ms| format!(" for {}", span(ms)));
    match game["link"].as_str() {
        Some("none") => "no RCON".to_owned(),
        Some("connecting") => format!("RCON is being tried{since}"),
        Some("up") => format!("RCON up{since}"),
        Some("silent") => format!("RCON silent{since}"),
        Some("down") => {
            let why = game["link_why"].as_str().unwrap_or("unknown").replace('_', " ");
            format!("RCON down{since} ({why})")
        }
        _ => "RCON unknown".to_owned(),
    }
}

fn state(told: &Value, game: &Value) -> Option<String> {
    if let Some(value) = game["ups"]["value"].as_f64() {
        let (plus_minus, target) = (&game["ups"]["plus_minus"], &game["ups"]["target"]);
        return Some(format!(
            "{value:.1} UPS ± {:.1} of {:.0}",
            plus_minus.as_f64().unwrap_or(0.0).max(0.1),
            target.as_f64().unwrap_or(60.0)
        ));
    }
    let since = age_ms(told, &game["game_since_ms"]).map(span);
    Some(match (game["game"].as_str()?, since) {
        ("running", _) => "running, UPS not measured yet".to_owned(),
        ("auto_paused", _) => "paused: nobody is there".to_owned(),
        ("saving", Some(since)) => format!("saving or busy for {since}"),
        ("stopped", Some(since)) => format!("stopped {since} ago"),
        ("crashed", Some(since)) => format!("crashed {since} ago"),
        ("unknown", _) => return None,
        (other, _) => clean(other).into_owned(),
    })
}

/// How long ago a moment was when the daemon told it.
fn age_ms(told: &Value, moment: &Value) -> Option<u64> {
    let age = told["now_ms"].as_i64()?.checked_sub(moment.as_i64()?)?;
    Some(u64::try_from(age).unwrap_or(0))
}

fn span(ms: u64) -> String {
    lasted(ms, &Words::english())
}
