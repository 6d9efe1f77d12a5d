//! `factorio-isr stats unknown`: lines that look like events and that nothing understood. Works beside the running
//! daemon.
//!
//! Owns the wording. Fails where there is no store.

use std::fmt::Write as _;

use isr_core::drift::UnknownLines;
use isr_store::Admin;
use jiff::Timestamp;

use super::Exit;
use crate::config::{Loaded, Refused};
use crate::logging;

/// Runs the command; of one server, or of all.
#[must_use]
#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
pub fn run(server: Option<&str>, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    match Admin::open(&loaded.config.state_dir).and_then(|admin| admin.unknown_lines()) {
        Ok(mut lines) => {
            lines.retain(|lines| server.is_none_or(|server| lines.server.as_str() == server));
            super::show(&listed(&lines));
            Exit::Clean
        }
        Err(error) => {
            eprintln!("factorio-isr stats unknown: {}", logging::error_chain(&error));
            Exit::Failed
        }
    }
}

fn listed(all: &[UnknownLines]) -> String {
    if all.is_empty() {
        return "Nothing there: every line that looks like an event was understood.\n".to_owned();
    }
    let mut out = String::new();
    for lines in all {
        let since = if lines.version.is_empty() {
            String::new()
        } else {
            format!(", Factorio {}", lines.version)
        };
        let plural = if lines.lines == 1 { "" } else { "s" };
        let told = match lines.told_ms {
            Some(told_ms) => format!("notice {}", moment(told_ms)),
            None => "no notice yet".to_owned(),
        };
        let sample: String = lines.sample.chars().filter(|c| !c.is_control()).collect();
        let sample = if sample.is_empty() {
            "(erased)".to_owned()
        } else {
            sample
        };
        let _infallible = writeln!(
            out,
            "{} line{plural} of {}{since}: {}\n    first {}, last {} (UTC); {told}\n    such as: {sample}",
            lines.lines,
            lines.server,
            lines.shape,
            moment(lines.first_ms),
            moment(lines.last_ms),
        );
    }
    out.push_str(
        "\n`*` stands for a name, `#` for a number. Such a line can be posted with a pattern: see docs/patterns.md.\n\
         If the game itself writes it, please report it.\n",
    );
    out
}

fn moment(unix_ms: i64) -> String {
    Timestamp::from_millisecond(unix_ms).map_or_else(
        |_| "?".to_owned(),
        |moment| moment.strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use isr_core::source::ServerTag;

    use super::*;

    #[test]
    fn a_shape_is_shown_with_its_count_its_version_and_one_line() {
        let lines = UnknownLines {
            server: ServerTag::parse("north").unwrap(),
            version: "2.1.9".into(),
            shape: "[TRAIN] * waits".into(),
            lines: 37,
            first_ms: 0,
            last_ms: 3_600_000,
            told_ms: Some(60_000),
            sample: "[TRAIN] Bob waits\u{1b}[31m".into(),
        };
        let shown = listed(&[lines]);
        assert!(
            shown.starts_with(
                "37 lines of north, Factorio 2.1.9: [TRAIN] * waits\n    first 1970-01-01 00:00, last 1970-01-01 01:00 (UTC); \
                 notice 1970-01-01 00:01\n    such as: [TRAIN] Bob waits[31m\n"
            ),
            "{shown}"
        );
    }
}
