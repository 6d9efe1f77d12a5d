//! The report for support: what is configured and what was found, without what is nobody's business.
//!
//! Owns what is left out: home folders, names of machines, addresses, and all but the end of Discord's ids. What is known of
//! addresses, Steam ids and homes is isr-core's. Secrets are not in it to begin with: no finding and no setting shows one. Pure
//! but for the name of the system.

use std::fmt::Write as _;
use std::net::IpAddr;

use isr_core::redact;

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
    let rcon = loaded
        .config
        .servers
        .iter()
        .filter_map(|server| server.rcon.as_ref());
    let hosts = rcon.map(|rcon| rcon.address.host().to_owned()).collect();
    Names::here(hosts).redact(&out)
}

/// The problems of a configuration that is refused.
pub(super) fn refused(problems: &str) -> String {
    Names::here(Vec::new()).redact(problems)
}

/// What is replaced by name.
struct Names {
    home: Option<String>,
    hosts: Vec<String>,
}

impl Names {
    fn here(hosts: Vec<String>) -> Self {
        Self {
            home: std::env::var("HOME").ok(),
            hosts,
        }
    }

    fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if let Some(home) = self.home.as_deref().filter(|home| home.len() > 1) {
            text = text.replace(home, "~");
        }
        let named = self.hosts.iter().cloned();
        let hosts: Vec<String> = named.chain(hosts_in(&text)).filter(|host| tells(host)).collect();
        for host in hosts {
            text = without_word(&text, &host);
        }
        // What stands between the addresses that tell nothing.
        let mut out = String::with_capacity(text.len());
        let mut pending = String::new();
        for piece in text.split_inclusive(|c| !is_of_address(c)) {
            if tells_nothing(piece.trim_end_matches(|c| !is_of_address(c))) {
                out.push_str(&short_ids(&redact::redact(&pending)));
                pending.clear();
                out.push_str(piece);
            } else {
                pending.push_str(piece);
            }
        }
        out.push_str(&short_ids(&redact::redact(&pending)));
        out
    }
}

/// The hosts of all addresses that have a scheme.
fn hosts_in(text: &str) -> Vec<String> {
    let of = |rest: &str| {
        let authority = rest
            .split(|c: char| !is_of_host(c) && !matches!(c, ':' | '@'))
            .next()?;
        let host = authority.rsplit('@').next()?.split(':').next()?;
        Some(host.trim_end_matches('.').to_owned())
    };
    text.split("://").skip(1).filter_map(of).collect()
}

/// Whether a name leads to somebody: not this machine, the usual name in compose files, nor what everybody uses.
fn tells(host: &str) -> bool {
    const COMMON: [&str; 5] = [
        "discord.com",
        "discordapp.com",
        "discord.gg",
        "github.com",
        "factorio.com",
    ];
    let is_of = |known: &str| {
        let sub = host.strip_suffix(known);
        sub.is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    };
    let is_address = host.parse::<IpAddr>().is_ok();
    let is_local = matches!(host, "" | "localhost" | "factorio");
    !is_address && !is_local && !COMMON.into_iter().any(is_of)
}

const fn is_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || !c.is_ascii()
}

/// A name where it stands alone: a host may be called `is`.
fn without_word(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, behind) = (&rest[..at], &rest[at + word.len()..]);
        let begins = !before
            .chars()
            .next_back()
            .or_else(|| out.chars().next_back())
            .is_some_and(is_of_host);
        // A point may be the end of a sentence.
        let ends = !behind.trim_start_matches('.').starts_with(is_of_host);
        out.push_str(before);
        out.push_str(if begins && ends { "HOST" } else { word });
        rest = behind;
    }
    out.push_str(rest);
    out
}

const fn is_of_address(c: char) -> bool {
    c.is_ascii_hexdigit() || matches!(c, '.' | ':')
}

/// Whether it is an address of the machine itself, perhaps with a port.
fn tells_nothing(word: &str) -> bool {
    let is_own = |text: &str| {
        let address = text.parse::<IpAddr>();
        address.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
    };
    let bare = word.trim_end_matches(['.', ':']);
    let host = bare.rsplit_once(':').map_or("", |(host, _)| host);
    [word, bare, host].into_iter().any(is_own)
}

/// Of each id the end alone.
fn short_ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        out.push_str(before);
        if end >= SHORTEST_ID {
            out.push('…');
            out.push_str(&digits[end - LEFT..end]);
        } else {
            out.push_str(&digits[..end]);
        }
        rest = &digits[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p07_a_report_names_no_machine_no_home_and_no_whole_id() {
        let names = Names {
            home: Some("/srv/eva".into()),
            hosts: vec!["north.example.org".into(), "localhost".into(), "is".into()],
        };
        let shown = names.redact(
            "log /srv/eva/console.log, /home/bob/x, north.example.org:27015, not anorth.example.org, 203.0.113.9, 10.0.0.0, \
             127.0.0.1:8080, 0.0.0.0, [::]:80, ::1, localhost, channel 300000000000000001. this game is 2.0.77, 64 messages at \
             18:00:05 [2001:db8::1]:27015 is.",
        );
        assert_eq!(
            shown,
            "log ~/console.log, ~/x, HOST:27015, not anorth.example.org, ‹address›, ‹address›, \
             127.0.0.1:8080, 0.0.0.0, [::]:80, ::1, localhost, channel …0001. this game HOST 2.0.77, 64 messages at \
             18:00:05 [‹address›]:27015 HOST."
        );
    }

    #[test]
    fn p07_hosts_of_addresses_go_and_those_of_everybody_stay() {
        let names = Names {
            home: None,
            hosts: Vec::new(),
        };
        assert_eq!(
            names.redact("https://eva@proxy.example.org:81/api/x leads to proxy.example.org; https://discord.com/oauth2, http://localhost:1"),
            "https://eva@HOST:81/api/x leads to HOST; https://discord.com/oauth2, http://localhost:1"
        );
    }
}
