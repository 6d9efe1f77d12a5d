//! From all sources to the configuration.
//!
//! Owns the order of the sources for the settings of the whole program. Must not know the settings of one server
//! (`servers`). Every fault becomes a problem, and reading goes on.

use std::path::{Path, PathBuf};

use super::Overrides;
use super::bot;
use super::document;
use super::findings::{Field, Findings};
use super::limits;
use super::locate;
use super::old_files;
use super::patterns;
use super::problem::Origin;
use super::raw::RawFile;
use super::scalar::{self, Complaint};
use super::servers;
use super::settings::{Config, HealthSettings, LogFormat, LogLevel, LogSettings, TestMessage};
use super::surroundings::Surroundings;
use super::values::NamedValues;
use super::variables;

/// What the settings of the whole program and of servers are resolved from.
pub(crate) struct Sources<'a> {
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) overrides: &'a Overrides,
    pub(crate) values: NamedValues<'a>,
    /// The configuration file; empty when there is none.
    pub(crate) path: &'a Path,
}

impl Sources<'_> {
    /// The strongest source of a setting: command line, then by variable name, then the file.
    pub(crate) fn strongest(
        &self,
        option: Field,
        name: &str,
        file: &Field,
        findings: &mut Findings,
    ) -> Field {
        option
            .or_else(|| self.values.find(name, findings))
            .or_else(|| file.clone())
    }
}

/// Reads everything. `None` only together with a problem.
pub(crate) fn resolve(
    surroundings: &Surroundings,
    overrides: &Overrides,
    findings: &mut Findings,
) -> (Option<Config>, Option<PathBuf>) {
    let mut values = NamedValues::read(surroundings, findings);
    let file = locate::config_file(surroundings, overrides, &values, findings);
    values.look_beside(file.as_deref());
    let tree = file
        .as_deref()
        .and_then(|path| document::read(path, &values, findings));
    let path = file.as_deref().unwrap_or(Path::new(""));
    let raw = tree.map(|tree| RawFile::read(&tree, path, findings));
    // A file that could not be read was reported; what it would have said about servers is unknown.
    let unreadable = file.is_some() && raw.is_none();
    let raw = raw.unwrap_or_default();
    let sources = Sources {
        surroundings,
        overrides,
        values,
        path,
    };
    let config = program(&sources, &raw, unreadable, findings);
    (config, file)
}

fn program(
    sources: &Sources<'_>,
    raw: &RawFile,
    unreadable: bool,
    findings: &mut Findings,
) -> Option<Config> {
    let log = log(sources, raw, findings);
    let health = health(sources, raw, findings);
    let state = sources
        .overrides
        .field("--state-dir", sources.overrides.state_dir.as_deref());
    let state = sources.strongest(state, variables::STATE_DIR, &raw.state_dir, findings);
    let state_dir = locate::state_dir(sources.surroundings, &state, findings);
    let (bot_name, bot_avatar_url, test_message) = appearance(sources, raw, findings);
    let limits = limits::resolve(&raw.limits, findings);
    old_files::explain(sources, findings);
    if unreadable {
        servers::check_webhook(sources, findings);
        return None;
    }
    let patterns = patterns::resolve(sources, raw, findings);
    let (bot_there, found) = bot::resolve(sources, raw, findings);
    let (servers, audit) = servers::resolve(sources, raw, (&patterns, found), &state_dir, findings);
    Some(Config {
        servers,
        bot: bot_there,
        permissions: raw.permissions.resolve("permissions", sources.path, findings),
        audit,
        state_dir,
        log,
        health,
        bot_name,
        bot_avatar_url,
        test_message,
        limits,
    })
}

fn log(sources: &Sources<'_>, raw: &RawFile, findings: &mut Findings) -> LogSettings {
    let option = sources
        .overrides
        .field("--log-level", sources.overrides.log_level.as_deref());
    let level = sources.strongest(option, variables::LOG_LEVEL, &raw.log.level, findings);
    let option = sources
        .overrides
        .field("--log-format", sources.overrides.log_format.as_deref());
    let format = sources.strongest(option, variables::LOG_FORMAT, &raw.log.format, findings);
    LogSettings {
        level: findings.settle("log.level", &level, LogLevel::Info, scalar::log_level, |level| {
            level.as_str().into()
        }),
        format: findings.settle(
            "log.format",
            &format,
            LogFormat::Json,
            scalar::log_format,
            |form| form.as_str().into(),
        ),
    }
}

fn health(sources: &Sources<'_>, raw: &RawFile, findings: &mut Findings) -> HealthSettings {
    let option = sources
        .overrides
        .field("--health-host", sources.overrides.health_host.as_deref());
    let host = sources.strongest(option, variables::HEALTH_HOST, &raw.health.host, findings);
    let option = sources
        .overrides
        .field("--health-port", sources.overrides.health_port.as_deref());
    let port_field = sources.strongest(option, variables::HEALTH_PORT, &raw.health.port, findings);
    let anywhere = std::net::Ipv4Addr::UNSPECIFIED.into();
    let host = findings.settle(
        "health.host",
        &host,
        anywhere,
        scalar::listen_host,
        ToString::to_string,
    );
    let port = findings.settle(
        "health.port",
        &port_field,
        8080,
        scalar::port,
        ToString::to_string,
    );
    if let (0, Some(given)) = (port, port_field.given()) {
        let text = "port 0 lets the system choose a port at every start: the health check cannot know which";
        findings.note_at(given.origin.clone(), text);
    }
    HealthSettings { host, port }
}

fn appearance(
    sources: &Sources<'_>,
    raw: &RawFile,
    findings: &mut Findings,
) -> (String, Option<String>, TestMessage) {
    const DEFAULT_NAME: &str = "Factorio Bridge";
    let name = sources.strongest(Field::Absent, variables::BOT_NAME, &raw.bot_name, findings);
    let name = findings.settle(
        "bot_name",
        &name,
        DEFAULT_NAME.to_owned(),
        scalar::webhook_name,
        String::clone,
    );
    let avatar = sources.strongest(
        Field::Absent,
        variables::BOT_AVATAR_URL,
        &raw.bot_avatar_url,
        findings,
    );
    let avatar = findings.settle(
        "bot_avatar_url",
        &avatar,
        None,
        |text| scalar::picture_url(text).map(Some),
        |url| {
            url.clone()
                .unwrap_or_else(|| "the picture of the webhook".to_owned())
        },
    );
    let test = sources.strongest(
        Field::Absent,
        variables::SEND_TEST_MESSAGE,
        &raw.send_test_message,
        findings,
    );
    let test = findings.settle(
        "send_test_message",
        &test,
        TestMessage::Skip,
        test_message,
        |test| match test {
            TestMessage::Send => "on".to_owned(),
            TestMessage::Skip => "off".to_owned(),
        },
    );
    (name, avatar, test)
}

fn test_message(text: &str) -> Result<TestMessage, Complaint> {
    scalar::switch(text).map(|switch| {
        if switch.is_on() {
            TestMessage::Send
        } else {
            TestMessage::Skip
        }
    })
}

/// The log path that the command line or a variable names, for the only server.
pub(crate) fn outside_log_path(sources: &Sources<'_>, findings: &mut Findings) -> Field {
    let option = sources
        .overrides
        .field("--log-path", sources.overrides.log_path.as_deref());
    option.or_else(|| sources.values.find(variables::LOG_PATH, findings))
}

/// The place of a problem that is the absence of everything.
pub(crate) fn nowhere(name: &str) -> Origin {
    Origin::Variable(name.to_owned())
}
