//! The configuration: from everything that people wrote to one [`Config`] in which nothing is left to check.
//!
//! Sources, strongest first: command line ([`Overrides`]), secret files, environment, `.env`, `factorio-isr.yml`,
//! defaults. Owns their names, their order, and the messages about them. Must not open a log, a socket or the
//! store, and never changes the process environment. [`load`] reports ALL problems together, each with its place
//! and its remedy; the caller turns that into exit code 78.
//!
//! Raw (`raw`: as written) becomes resolved (`settings`: typed); nothing outside this module sees the raw form.
//! Relative paths start in the working directory, wherever they are written.

mod abuse;
mod alerts;
mod audit;
mod bot;
mod counting;
mod document;
mod dotenv;
mod events;
mod files;
mod filters;
mod findings;
mod game;
mod keys;
mod limits;
mod locate;
mod looked;
mod mentions;
mod old_files;
mod old_keys;
mod old_servers;
mod patterns;
mod permissions;
mod problem;
mod quiet;
mod raw;
mod raw_alerts;
mod raw_bot;
mod raw_filters;
mod raw_game;
mod raw_rcon;
mod raw_routes;
mod rcon;
mod resolve;
mod routes;
mod scalar;
#[cfg(feature = "schema")]
mod schema;
mod servers;
mod settings;
mod surroundings;
mod targets;
#[cfg(test)]
pub(crate) mod tests;
mod values;
mod variables;
mod voice;
mod webhook;
mod zone;

use std::path::PathBuf;

pub use alerts::{AlertPlace, Alerts};
pub use audit::Audit;
pub use bot::{Bot, BotAccount, BotChannel, BotIdentity, ChannelKind, DiscordChat};
pub use counting::{Counting, Recaps};
pub use events::event;
pub use findings::Setting;
pub use game::{Card, StatsPosts};
pub use looked::Looked;
pub use patterns::{Tried, try_patterns};
pub use problem::{Note, Origin, Position, Problem, Refused};
pub use quiet::QuietTimes;
pub use rcon::Rcon;
pub use routes::{Channel, RoutePlan, compiled, subject, subject_of_pattern};
#[cfg(feature = "schema")]
pub use schema::json_schema;
pub use settings::{
    Bytes, ChatName, Chosen, Config, ConsoleLog, GameLog, HealthSettings, HeardConsole, Limits, LogFormat,
    LogLevel, LogSettings, LogZone, OutboxLimits, Retention, Rows, Server, StartAt, StreamPlan, Switch,
    TestMessage, WhenFull, ZoneChosen,
};
pub use surroundings::Surroundings;
pub use variables::VARIABLES;
pub use webhook::{Target, Webhook};

use findings::{Exposure, Field, Findings, Given};
use isr_core::spelling;

/// The tag of the one server when only the environment describes it.
pub const ONLY_SERVER_TAG: &str = "factorio";

/// What the command line says: texts as typed, checked like every other source. There is no option for the
/// webhook: every user of the machine can read command lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config`: path of the configuration file; it has to exist.
    pub config: Option<String>,
    /// `--log-path`: the log of the only server; `-` is standard input.
    pub log_path: Option<String>,
    /// `--state-dir`.
    pub state_dir: Option<String>,
    /// `--log-level`.
    pub log_level: Option<String>,
    /// `--log-format`.
    pub log_format: Option<String>,
    /// `--health-host`.
    pub health_host: Option<String>,
    /// `--health-port`.
    pub health_port: Option<String>,
}

impl Overrides {
    /// An option as a source.
    fn field(&self, option: &'static str, text: Option<&str>) -> Field {
        match text {
            Some(text) => Field::Given(Given {
                text: text.to_owned(),
                origin: Origin::CommandLine(option),
                exposure: Exposure::Open,
            }),
            None => Field::Absent,
        }
    }
}

/// A configuration that was accepted, and what `check` shows of it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The configuration file, when there is one.
    pub file: Option<PathBuf>,
    /// Every setting with its value (secrets hidden) and its origin.
    pub settings: Vec<Setting>,
    /// What is worth saying.
    pub notes: Vec<Note>,
    /// The files that it was made from, and those that would have been read if they were there.
    pub looked: Looked,
}

/// Reads all sources.
///
/// # Errors
/// [`Refused`] with every problem of every source.
pub fn load(surroundings: &Surroundings, overrides: &Overrides) -> Result<Loaded, Refused> {
    let mut findings = Findings::default();
    let (config, file) = resolve::resolve(surroundings, overrides, &mut findings);
    let (config, settings, notes, looked) = findings.conclude(config)?;
    Ok(Loaded {
        config,
        file,
        settings,
        notes,
        looked,
    })
}
