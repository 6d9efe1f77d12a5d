//! Where the console of a server comes from: a log, or RCON.
//!
//! Owns `source` and `source_poll`, and the rule that a console is not read twice. Must not connect. Every fault becomes a
//! problem.

use std::path::Path;
use std::time::Duration;

use isr_core::source::ServerTag;

use super::super::findings::{Field, Findings};
use super::super::problem::Origin;
use super::super::raw::RawServer;
use super::super::scalar::{self, Within};
use super::super::settings::{ConsoleLog, HeardConsole};
use super::Shared;

/// How often the console is asked for when nobody says otherwise.
const DEFAULT_POLL: Duration = Duration::from_secs(1);
/// Every question is a moment of the game's main thread; more seldom, chat would no longer be a conversation.
const POLLS: Within<Duration> = Within(Duration::from_millis(200), Duration::from_mins(1));
/// The folder in the state folder for what was heard.
const FOLDER: &str = "console";

/// Where a console comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origins {
    Log,
    Rcon,
}

impl Shared<'_> {
    /// The console of a server, and where it was named.
    pub(super) fn console(
        &self,
        key: &impl Fn(&str) -> String,
        tag: Option<&ServerTag>,
        place: Origin,
        raw: &RawServer,
        findings: &mut Findings,
    ) -> Option<(ConsoleLog, Origin)> {
        let source = raw.source.given().map(|given| {
            let choices = [("log", Origins::Log), ("rcon", Origins::Rcon)];
            let source = findings.parse(&key("source"), given, |text| scalar::choice(text, &choices));
            (source, given.origin.clone())
        });
        match source {
            None | Some((Some(Origins::Log), _)) => {
                if let Some(given) = raw.source_poll.given() {
                    let text = format!("{} is not used without `source: rcon`", key("source_poll"));
                    findings.note_at(given.origin.clone(), text);
                }
                self.log(&key("log_path"), place, raw, findings)
            }
            Some((Some(Origins::Rcon), origin)) => {
                findings.setting(&key("source"), "rcon", origin.clone());
                self.refuse_reading_twice(raw, findings);
                if raw.rcon.is_none() {
                    let what = format!("{} has no RCON to hear the console through", key("source"));
                    let remedy = "add an `rcon` section with host and password to the server";
                    findings.problem(origin.clone(), what, remedy);
                }
                let poll_interval = poll(&key("source_poll"), &raw.source_poll, findings);
                let spool = spool(self.state_dir, tag?);
                let heard = HeardConsole { spool, poll_interval };
                Some((ConsoleLog::Rcon(heard), origin))
            }
            Some((None, _)) => None,
        }
    }

    /// A log of the same console would tell everything a second time.
    fn refuse_reading_twice(&self, raw: &RawServer, findings: &mut Findings) {
        if let Some(given) = self.log_path.given().or_else(|| raw.log_path.given()) {
            findings.problem(
                given.origin.clone(),
                "the console of this server would be read twice: from this log and, by `source: rcon`, through RCON",
                "remove one of the two; where the log can be read it is the better one, for it loses nothing",
            );
        }
    }
}

fn poll(key: &str, field: &Field, findings: &mut Findings) -> Duration {
    let parse = |text: &str| scalar::duration(text, POLLS);
    findings.settle(key, field, DEFAULT_POLL, parse, scalar::show_duration)
}

fn spool(state_dir: &Path, tag: &ServerTag) -> std::path::PathBuf {
    state_dir.join(FOLDER).join(format!("{tag}.log"))
}
