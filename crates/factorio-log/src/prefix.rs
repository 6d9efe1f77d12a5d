//! Prefixes that wrapper programs put before every line of the server's output.
//!
//! Owns their forms. They are stripped only by an explicit rule, never guessed: a guess would let chat text forge
//! whole lines. Must not know what stands behind them. A line without the prefix is returned as it is.

use crate::layout::{Layout, tag};
use crate::scan::split_once;
use crate::stamp::Stated;

/// A strip rule for one wrapper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// Docker and Synology log export: anything up to ` | stdout | `.
    DockerStdout,
    /// `docker compose logs`: a container name and ` | `.
    DockerCompose,
    /// OpenFactorioServerManager: `2024/06/18 09:32:54 Factorio Server: `.
    OpenFactorioServerManager,
    /// FactorioWebInterface: a date of its own and a colon, `2018-09-15 20:18:39: `.
    FactorioWebInterface,
    /// Rancher: `5/15/2016 11:12:24 PM `.
    Rancher,
}

/// Longest container name and time that are believed before a pipe, in bytes.
const PIPED_LENGTH: usize = 160;

impl Prefix {
    /// Every rule.
    pub const ALL: [Self; 5] = [
        Self::DockerStdout,
        Self::DockerCompose,
        Self::OpenFactorioServerManager,
        Self::FactorioWebInterface,
        Self::Rancher,
    ];

    /// The stable name, for configurations.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DockerStdout => "docker-stdout",
            Self::DockerCompose => "docker-compose",
            Self::OpenFactorioServerManager => "open-factorio-server-manager",
            Self::FactorioWebInterface => "factorio-web-interface",
            Self::Rancher => "rancher",
        }
    }

    /// The reverse of [`Prefix::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prefix| prefix.as_str() == name)
    }

    /// Takes the prefix off, where it is.
    ///
    /// A line that is already a whole line of the game is never cut, so that its text cannot pose as another line.
    #[must_use]
    pub fn strip(self, line: &[u8]) -> &[u8] {
        let rest = match self {
            Self::DockerStdout => piped(line, b" | stdout | "),
            Self::DockerCompose => piped(line, b" | "),
            Self::OpenFactorioServerManager => server_manager(line),
            Self::FactorioWebInterface => {
                Stated::leading(line).and_then(|(_, rest)| rest.strip_prefix(b": "))
            }
            Self::Rancher => rancher(line),
        };
        rest.unwrap_or(line)
    }
}

fn piped<'a>(line: &'a [u8], pipe: &[u8]) -> Option<&'a [u8]> {
    if is_whole(line) {
        return None;
    }
    let reach = line.len().min(PIPED_LENGTH + pipe.len());
    let (before, _) = split_once(&line[..reach], pipe)?;
    Some(&line[before.len() + pipe.len()..])
}

fn is_whole(line: &[u8]) -> bool {
    match Layout::of(line) {
        Layout::Framed { .. } | Layout::Engine { .. } => true,
        Layout::Dated { body, .. } => tag(body).is_some(),
        Layout::Bare(_) => false,
    }
}

fn server_manager(line: &[u8]) -> Option<&[u8]> {
    let (time, rest) = line.split_at_checked(19)?;
    fits(time, b"9999/99/99 99:99:99").then_some(())?;
    rest.strip_prefix(b" Factorio Server: ")
}

fn rancher(line: &[u8]) -> Option<&[u8]> {
    let mut rest = line;
    for end in *b"// ::" {
        let length = rest
            .iter()
            .take(5)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (1..=4).contains(&length).then_some(())?;
        rest = rest[length..].strip_prefix(&[end])?;
    }
    let (seconds, rest) = rest.split_at_checked(2)?;
    fits(seconds, b"99").then_some(())?;
    rest.strip_prefix(b" AM ").or_else(|| rest.strip_prefix(b" PM "))
}

/// Whether `text` follows a pattern in which `9` stands for any digit.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    text.len() == pattern.len()
        && text.iter().zip(pattern).all(|(byte, rule)| match rule {
            b'9' => byte.is_ascii_digit(),
            _ => byte == rule,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "2026-08-07 11:31:05 [JOIN] bob joined the game";

    #[test]
    fn each_rule_takes_its_own_prefix_off() {
        for (prefix, head) in [
            (Prefix::DockerStdout, "2024-06-18 09:32:54 | stdout | "),
            (Prefix::DockerStdout, "factorio1 | 2024/06/18 | stdout | "),
            (Prefix::DockerCompose, "factorio-1  | "),
            (
                Prefix::OpenFactorioServerManager,
                "2024/06/18 09:32:54 Factorio Server: ",
            ),
            (Prefix::FactorioWebInterface, "2018-09-15 20:18:39: "),
            (Prefix::Rancher, "5/15/2016 11:12:24 PM "),
        ] {
            let line = format!("{head}{LINE}");
            assert_eq!(prefix.strip(line.as_bytes()), LINE.as_bytes(), "{line}");
        }
    }

    #[test]
    fn a_whole_line_is_never_cut_by_its_own_text() {
        for prefix in Prefix::ALL {
            assert_eq!(Prefix::from_name(prefix.as_str()), Some(prefix));
            for line in [
                format!("2026-08-07 11:31:05 [CHAT] bob: x | stdout | {LINE}"),
                format!("2026-08-07 11:31:05 [CHAT] bob: 2018-09-15 20:18:39: {LINE}"),
                format!("  12.000 Info A.cpp:1: x | {LINE}"),
                "5/15/2016 11:12:24 XM x".to_owned(),
                "5/15/2016".to_owned(),
                String::new(),
            ] {
                assert_eq!(
                    prefix.strip(line.as_bytes()),
                    line.as_bytes(),
                    "{prefix:?} {line}"
                );
            }
        }
    }
}
