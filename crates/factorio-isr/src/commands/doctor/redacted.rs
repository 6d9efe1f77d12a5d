//! The report for support: what is configured and what was found, without what is nobody's business.
//!
//! Owns what is left out: the home folder, names of machines, addresses, and all but the end of Discord's ids. Secrets are not
//! in it to begin with: no finding and no setting shows one. Pure but for the name of the system.

use std::fmt::Write as _;

use super::{Grade, Report};
use crate::config::Loaded;
use crate::container;

/// Discord's ids have 17 to 20 digits; what is shorter is a number of something else.
const SHORTEST_ID: usize = 15;
/// So many digits of an id are left, to tell them apart.
const LEFT: usize = 4;

/// The whole report.
pub(super) fn text(loaded: &Loaded, settings: &str, report: &Report) -> String {
    let mut out = format!(
        "factorio-isr {} on {} {}{}, {} server(s){}\n\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        if container::is_around() {
            ", in a container"
        } else {
            ""
        },
        loaded.config.servers.len(),
        if loaded.config.bot.is_some() {
            ", a bot"
        } else {
            ""
        },
    );
    out.push_str(settings);
    for finding in &report.findings {
        let mark = match finding.grade {
            Grade::Good => "good",
            Grade::Note => "note",
            Grade::Bad => "BAD ",
        };
        let _ = writeln!(out, "{mark} {}: {}", finding.about, finding.what);
    }
    let hosts = loaded
        .config
        .servers
        .iter()
        .filter_map(|server| server.rcon.as_ref())
        .map(|rcon| rcon.address.host().to_owned());
    let names = Names {
        home: std::env::var("HOME").ok(),
        hosts: hosts.collect(),
    };
    names.redact(&out)
}

/// What is replaced by name.
struct Names {
    home: Option<String>,
    hosts: Vec<String>,
}

impl Names {
    fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let is_told =
            |host: &&String| !matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1" | "factorio");
        for host in self.hosts.iter().filter(is_told) {
            text = text.replace(host.as_str(), "HOST");
        }
        if let Some(home) = self.home.as_deref().filter(|home| home.len() > 1) {
            text = text.replace(home, "~");
        }
        let mut out = String::with_capacity(text.len());
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let mut rest = text.as_str();
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            out.push_str(&number(&rest[..end]));
            rest = &rest[end..];
        }
        out.push_str(rest);
        out
    }
}

/// Digits and points: an id, an address, or something that may stay.
fn number(word: &str) -> String {
    let bare = word.trim_end_matches('.');
    let behind = &word[bare.len()..];
    if let Ok(address) = bare.parse::<std::net::Ipv4Addr>() {
        if address.is_loopback() || address.is_unspecified() {
            return word.to_owned();
        }
        return format!("x.x.x.x{behind}");
    }
    if bare.len() >= SHORTEST_ID && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("…{}{behind}", &bare[bare.len() - LEFT..]);
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p07_a_report_names_no_machine_no_home_and_no_whole_id() {
        let names = Names {
            home: Some("/home/eva".into()),
            hosts: vec!["north.example.org".into(), "localhost".into()],
        };
        let shown = names.redact(
            "log /home/eva/console.log, north.example.org:27015, 203.0.113.9, 127.0.0.1:8080, 0.0.0.0, localhost, channel \
             300000000000000001. the game is 2.0.77, 64 messages",
        );
        assert_eq!(
            shown,
            "log ~/console.log, HOST:27015, x.x.x.x, 127.0.0.1:8080, 0.0.0.0, localhost, channel \
             …0001. the game is 2.0.77, 64 messages"
        );
    }
}
