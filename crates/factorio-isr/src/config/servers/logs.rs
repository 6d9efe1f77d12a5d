//! The log files of one server, and of all servers together.
//!
//! Owns how `log_path`, `game_log` and `siblings` are resolved, and the rule that no file is read twice (scenario
//! F19). Must not open a log. Every fault becomes a problem.

use std::path::PathBuf;

use super::super::files::{self, Claims, GAME_LOG_NAME};
use super::super::findings::{Field, Findings};
use super::super::problem::Origin;
use super::super::raw::{RawOptions, RawServer};
use super::super::scalar::{self, Complaint};
use super::super::settings::{ConsoleLog, GameLog, HeardConsole, Switch};
use super::{Placed, Shared};

/// Where a console log is expected when nobody names one: the mount point of the container image.
const EXPECTED_LOG: &str = "/logs/console.log";

impl Shared<'_> {
    /// The console log and where it was named.
    pub(super) fn log(
        &self,
        key: &str,
        place: Origin,
        raw: &RawServer,
        findings: &mut Findings,
    ) -> Option<(ConsoleLog, Origin)> {
        let own = &raw.log_path;
        if let (Some(outside), Some(own)) = (self.log_path.given(), own.given()) {
            findings.note_at(
                own.origin.clone(),
                format!("{key} is not used: {} is stronger", outside.origin),
            );
        }
        let given = match self.log_path.clone().or_else(|| own.clone()) {
            Field::Given(given) => given,
            Field::Broken => return None,
            Field::Absent if raw.rcon.is_some() => {
                findings.setting(key, "none", Origin::Default);
                return None;
            }
            Field::Absent => return self.expected_log(key, place, findings),
        };
        let surroundings = self.sources.surroundings;
        let log = findings.parse(key, &given, |text| {
            console_log(text, |path| surroundings.written(path))
        })?;
        let shown = log
            .path()
            .map_or("standard input".to_owned(), |path| path.display().to_string());
        findings.setting(key, shown, given.origin.clone());
        if let Some(path) = log.path() {
            files::inspect(path, &given.origin, findings);
            if path.file_name().is_some_and(|name| name == GAME_LOG_NAME) {
                let text = "this is the game's own log, which never holds chat, joins or leaves; start the game with \
                            --console-log and name that file";
                findings.note_at(given.origin.clone(), text);
            }
        }
        Some((log, given.origin))
    }

    /// The log at the well-known place, when nobody names one.
    fn expected_log(
        &self,
        key: &str,
        place: Origin,
        findings: &mut Findings,
    ) -> Option<(ConsoleLog, Origin)> {
        let path = self.sources.surroundings.well_known(EXPECTED_LOG);
        if self.sources.path.as_os_str().is_empty() && path.exists() {
            findings.note(format!("no log is named; {} exists and is used", path.display()));
            findings.setting(key, path.display().to_string(), Origin::Found);
            files::inspect(&path, &Origin::Found, findings);
            return Some((ConsoleLog::File(path), Origin::Found));
        }
        let remedy = "set FACTORIO_LOG_PATH (or log_path of the server in factorio-isr.yml) to the file that the game \
                      writes with --console-log, or to - for standard input";
        findings.problem(
            place,
            format!("{key} is missing: there is no log to read"),
            remedy,
        );
        None
    }

    pub(super) fn game_log(
        &self,
        key: &str,
        own: &RawOptions,
        log: Option<&(ConsoleLog, Origin)>,
        findings: &mut Findings,
    ) -> (GameLog, Origin) {
        let field = own.game_log.clone().or_else(|| self.defaults.game_log.clone());
        let beside = log
            .and_then(|(log, _)| match log {
                ConsoleLog::File(path) => Some(path),
                ConsoleLog::StandardInput | ConsoleLog::Rcon(_) => None,
            })
            .filter(|path| path.file_name().is_none_or(|n| n != GAME_LOG_NAME));
        let auto = beside.map_or(GameLog::Off, |path| {
            GameLog::Beside(path.with_file_name(GAME_LOG_NAME))
        });
        let surroundings = self.sources.surroundings;
        let parse = |text: &str| game_log(text, &auto, |path| surroundings.written(path));
        let resolved = findings.settle(key, &field, auto.clone(), parse, show_game_log);
        let place = field
            .given()
            .map_or(Origin::Default, |given| given.origin.clone());
        if let GameLog::File(path) = &resolved {
            files::inspect(path, &place, findings);
        }
        (resolved, place)
    }
}

/// Claims every file once: named ones first, then what lies beside them by chance.
pub(super) fn claim_files(placed: &mut [Placed], findings: &mut Findings) {
    const REMEDY: &str = "give each server its own log, or remove one of the two";
    let mut claims = Claims::default();
    for Placed {
        server,
        log,
        game_log,
    } in placed.iter()
    {
        let owner = format!("log_path of server {}", server.tag);
        let claimed = match &server.log {
            None => Ok(()),
            Some(ConsoleLog::File(path) | ConsoleLog::Rcon(HeardConsole { spool: path, .. })) => {
                claims.claim(path, &owner)
            }
            Some(ConsoleLog::StandardInput) => claims.claim_standard_input(&owner),
        };
        if let Err(other) = claimed {
            findings.problem(
                log.clone(),
                format!("{owner} is the same file as {other}"),
                REMEDY,
            );
        }
        let GameLog::File(path) = &server.game_log else {
            continue;
        };
        let owner = format!("game_log of server {}", server.tag);
        if let Err(other) = claims.claim(path, &owner) {
            findings.problem(
                game_log.clone(),
                format!("{owner} is the same file as {other}"),
                REMEDY,
            );
        }
    }
    for Placed { server, log, .. } in placed {
        let GameLog::Beside(path) = &server.game_log else {
            continue;
        };
        let owner = format!("game_log of server {}", server.tag);
        if let Err(other) = claims.claim(path, &owner) {
            let text = format!("{} is not used as {owner}: it is {other}", path.display());
            findings.note_at(log.clone(), text);
            server.game_log = GameLog::Off;
        }
    }
}

fn console_log(text: &str, written: impl FnOnce(&str) -> PathBuf) -> Result<ConsoleLog, Complaint> {
    if text == "-" {
        return Ok(ConsoleLog::StandardInput);
    }
    file_path(text, written).map(ConsoleLog::File)
}

fn game_log(text: &str, auto: &GameLog, written: impl FnOnce(&str) -> PathBuf) -> Result<GameLog, Complaint> {
    match scalar::switch(text) {
        Ok(Switch::Off) => Ok(GameLog::Off),
        Ok(Switch::On) => Ok(auto.clone()),
        Err(_) if text.eq_ignore_ascii_case("auto") => Ok(auto.clone()),
        Err(_) => file_path(text, written).map(GameLog::File),
    }
}

fn file_path(text: &str, written: impl FnOnce(&str) -> PathBuf) -> Result<PathBuf, Complaint> {
    if text.is_empty() || text.chars().any(char::is_control) || text.contains("://") {
        return Err(Complaint::new(
            "this is not the path of a file",
            "write a path such as /factorio/console.log",
        ));
    }
    Ok(written(text))
}

pub(super) fn siblings(key: &str, field: &Field, findings: &mut Findings) -> Option<String> {
    let given = field.given()?;
    let pattern = findings.parse(key, given, |text| {
        if text.contains('/') || text.chars().any(char::is_control) || text.chars().count() > 255 {
            let remedy = "write a pattern for file names in the folder of the log, such as console.log.*";
            return Err(Complaint::new("this is not a pattern for file names", remedy));
        }
        Ok(text.to_owned())
    })?;
    findings.setting(key, pattern.clone(), given.origin.clone());
    Some(pattern)
}

fn show_game_log(game_log: &GameLog) -> String {
    match game_log {
        GameLog::Off => "off".to_owned(),
        GameLog::File(path) => path.display().to_string(),
        GameLog::Beside(path) if path.exists() => format!("{} (found)", path.display()),
        GameLog::Beside(path) => format!("{} (when it exists)", path.display()),
    }
}
