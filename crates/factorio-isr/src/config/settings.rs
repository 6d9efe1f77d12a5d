//! The resolved configuration: what the rest of the program receives.
//!
//! Owns the types in which nothing is left to check: absolute paths, typed durations and sizes, enums for modes,
//! secrets that do not print. Must not know the sources. Nothing here fails.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use factorio_log::Grammar;
use isr_core::abuse::FloodRule;
use isr_core::command::Permissions;
use isr_core::event::Selection;
use isr_core::filter::Filters;
use isr_core::game::restarts::Restarts;
use isr_core::mention::Mentions;
use isr_core::pattern::PatternSet;
use isr_core::quiet_hours::QuietHours;
use isr_core::source::{ServerTag, Stream};
use isr_core::voice::Voice;
use jiff::tz::TimeZone;

use super::alerts::Alerts;
use super::audit::Audit;
use super::bot::{Bot, DiscordChat};
use super::counting::{Counting, Recaps};
use super::game::{Card, StatsPosts};
use super::quiet::QuietTimes;
use super::rcon::Rcon;
use super::routes::RoutePlan;
use super::webhook::Target;

/// Everything that the program was told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The servers, at least one, each tag once, no log file twice; in the order of the file.
    pub servers: Vec<Server>,
    /// The Discord bot; `None`: everything goes through webhooks.
    pub bot: Option<Arc<Bot>>,
    /// Who may use which command of the bot where no server is meant.
    pub permissions: Permissions,
    /// Where the audit log is posted, and what never stands in it.
    pub audit: Audit,
    /// The folder for our state (absolute). It may not exist yet.
    pub state_dir: PathBuf,
    /// What our own log looks like.
    pub log: LogSettings,
    /// Where health and metrics are served.
    pub health: HealthSettings,
    /// The name that messages are posted under.
    pub bot_name: String,
    /// The picture that messages are posted with; the webhook's own when absent.
    pub bot_avatar_url: Option<String>,
    /// Whether a test message is posted at each start.
    pub test_message: TestMessage,
    /// Times, sizes and policies.
    pub limits: Limits,
}

/// One Factorio server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its short name.
    pub tag: ServerTag,
    /// Its name for people; the tag when none was given.
    pub name: String,
    /// The console log, or a capture of standard output. `None`: none is read, everything comes from RCON.
    pub log: Option<ConsoleLog>,
    /// The game's own log, `factorio-current.log`.
    pub game_log: GameLog,
    /// A pattern of file names (`*` and `?`) beside the log that rotated copies carry; `None`: the tailer's own.
    pub siblings: Option<String>,
    /// The zone that the stamps of the log are written in.
    pub time_zone: LogZone,
    /// Where a file that already exists is read from at the very first start.
    pub start: StartAt,
    /// Where its messages go.
    pub target: Target,
    /// Who may use which command of the bot on it.
    pub permissions: Permissions,
    /// What people write in its channels on Discord and is said in the game.
    pub discord_chat: DiscordChat,
    /// The channel whose topic tells how it is. `None`: none does.
    pub topic_channel: Option<u64>,
    /// Where messages for admins go. `None`: no such message is made.
    pub admin_target: Option<Target>,
    /// Which event goes where, strongest first; the last ones are the server's own targets.
    pub routes: Vec<RoutePlan>,
    /// What is not posted.
    pub filters: Filters,
    /// When it is quiet.
    pub quiet_hours: Option<QuietHours>,
    /// Which events are relayed.
    pub events: Selection,
    /// The events that admins describe: the same for all servers.
    pub patterns: Arc<PatternSet>,
    /// Under which name chat is posted.
    pub chat_name: ChatName,
    /// In which words its events are told.
    pub voice: Arc<Voice>,
    /// How its lines are read: dialects, promised forms, prefix of a wrapper.
    pub grammar: Grammar,
    /// Whom its players may call.
    pub mentions: Mentions,
    /// What happens when one of them writes too much.
    pub flood: FloodRule,
    /// What is counted in the statistics.
    pub counting: Counting,
    /// Posts that sum up a day or a week.
    pub recaps: Recaps,
    /// When its lines are merged.
    pub quiet: QuietTimes,
    /// Its RCON port; `None`: only its logs are read.
    pub rcon: Option<Rcon>,
    /// Posts with its figures; never without RCON.
    pub stats: StatsPosts,
    /// The message that always shows how it is; never without RCON.
    pub card: Option<Card>,
    /// When somebody should look at it, and where that is told.
    pub alerts: Alerts,
    /// When somebody restarts it, in its zone.
    pub restart_at: Restarts,
}

/// One stream that a server's configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPlan {
    /// Which stream.
    pub stream: Stream,
    /// Its file; `None`: standard input.
    pub path: Option<PathBuf>,
    /// Whether the file was named or is looked for beside the console log.
    pub chosen: Chosen,
}

/// How a file came to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// The configuration names it.
    Named,
    /// It is used when it exists.
    WhenPresent,
    /// It is our own: what was heard through RCON.
    Heard,
}

impl Server {
    /// The streams to read, console first.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamPlan> {
        let console = self.log.as_ref().map(|log| StreamPlan {
            stream: Stream::Console,
            path: log.path().map(Path::to_owned),
            chosen: log.chosen(),
        });
        let mut plans: Vec<StreamPlan> = console.into_iter().collect();
        let game = match &self.game_log {
            GameLog::Off => None,
            GameLog::File(path) => Some((path, Chosen::Named)),
            GameLog::Beside(path) => Some((path, Chosen::WhenPresent)),
        };
        plans.extend(game.map(|(path, chosen)| StreamPlan {
            stream: Stream::Game,
            path: Some(path.clone()),
            chosen,
        }));
        plans
    }
}

/// The console log of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleLog {
    /// Standard input (`log_path: "-"`).
    StandardInput,
    /// A file (absolute path). It may not exist yet.
    File(PathBuf),
    /// None: the console is heard through RCON (`source: rcon`).
    Rcon(HeardConsole),
}

/// A console that is heard through RCON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardConsole {
    /// The file in our state folder that keeps what was heard until it has been read.
    pub spool: PathBuf,
    /// How often it is asked for.
    pub poll_interval: Duration,
}

impl ConsoleLog {
    /// The file that is read, unless it is standard input.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::StandardInput => None,
            Self::File(path) => Some(path),
            Self::Rcon(heard) => Some(&heard.spool),
        }
    }

    const fn chosen(&self) -> Chosen {
        match self {
            Self::StandardInput | Self::File(_) => Chosen::Named,
            Self::Rcon(_) => Chosen::Heard,
        }
    }
}

/// The game's own log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GameLog {
    /// Not read.
    Off,
    /// This file (absolute path). It may not exist yet.
    File(PathBuf),
    /// `factorio-current.log` beside the console log, when it lies there (absolute path).
    Beside(PathBuf),
}

/// The zone that the stamps of a log are written in.
#[derive(Clone, PartialEq, Eq)]
pub struct LogZone {
    /// The name, as configured or as the system calls it.
    pub name: String,
    /// The rules.
    pub zone: TimeZone,
    /// Whether somebody named it, or it is this process's own.
    pub chosen: ZoneChosen,
}

/// How a zone came to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneChosen {
    /// The configuration names it.
    Named,
    /// It is the zone of this process (`TZ`, else the system's).
    OfProcess,
}

impl fmt::Debug for LogZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogZone({:?}, {:?})", self.name, self.chosen)
    }
}

/// Where an existing file is read from when the store knows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// Only what is written from now on.
    End,
    /// Everything that it holds.
    Beginning,
}

/// Under which name chat is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatName {
    /// The configured name, as for every message.
    Bot,
    /// The player's own name.
    Player,
    /// The same where whoever posts it can still put the name into the text: lines that leave room for it.
    PlayerOfLines,
}

impl From<Switch> for ChatName {
    fn from(switch: Switch) -> Self {
        if switch.is_on() { Self::Player } else { Self::Bot }
    }
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl Switch {
    /// Whether it is on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_on() { "on" } else { "off" })
    }
}

/// Whether a test message is posted at each start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestMessage {
    /// Post it.
    Send,
    /// Do not.
    Skip,
}

/// What our own log looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    /// The least important level that is written.
    pub level: LogLevel,
    /// Its form.
    pub format: LogFormat,
}

/// Importance of our own log lines, with the names of the first Python release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// What happens.
    Info,
    /// What needs attention.
    Warning,
    /// What failed.
    Error,
    /// Only what ends the program.
    Critical,
}

impl LogLevel {
    /// The name that the configuration uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// Form of our own log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For eyes.
    Console,
}

impl LogFormat {
    /// The name that the configuration uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Console => "console",
        }
    }
}

/// Where health and metrics are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthSettings {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 lets the system choose one.
    pub port: u16,
}

impl HealthSettings {
    /// Address and port together.
    #[must_use]
    pub const fn address(self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            ("TiB", 1_u64 << 40),
            ("GiB", 1 << 30),
            ("MiB", 1 << 20),
            ("KiB", 1 << 10),
        ];
        match units
            .iter()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor))
        {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}B", self.0),
        }
    }
}

/// A number of rows of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rows(pub u64);

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Times, sizes and policies. The defaults are those of the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A re-read line older than this is not posted. A line read live is never too old.
    pub max_event_age: Duration,
    /// A delivery that Discord refused for this long is given up.
    pub give_up_after: Duration,
    /// A message later than this carries the time at which it happened.
    pub late_after: Duration,
    /// How much may wait for Discord.
    pub outbox: OutboxLimits,
    /// How often files are looked at when nothing wakes us earlier.
    pub poll_interval: Duration,
    /// How long a rotated or vanished file stays open for late lines.
    pub rotation_wait: Duration,
    /// The longest line that is read in full; the rest of a longer one is dropped and counted.
    pub max_line: Bytes,
    /// How often a parked destination is tried again.
    pub park_interval: Duration,
    /// How long a stop waits for requests in flight.
    pub stop_grace: Duration,
    /// How long finished work is kept.
    pub retention: Retention,
}

/// How much may wait for Discord, and what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxLimits {
    /// The largest number of waiting messages.
    pub max_rows: Rows,
    /// The largest size of waiting messages.
    pub max_bytes: Bytes,
    /// What happens at either limit.
    pub when_full: WhenFull,
}

/// What happens when the outbox is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// Reading stops: the log itself is the buffer.
    Pause,
    /// The oldest waiting messages are dropped and counted.
    DropOldest,
}

impl WhenFull {
    /// The name that the configuration uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::DropOldest => "drop-oldest",
        }
    }
}

/// How long finished work is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Delivered messages keep their text for this long.
    pub delivered: Duration,
    /// Messages that were given up are kept for this long.
    pub dead_letters: Duration,
    /// Statistics are kept for this long.
    pub statistics: Duration,
    /// The audit log is kept for this long; without it for ever.
    pub audit: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_event_age: Duration::from_hours(24),
            give_up_after: Duration::from_hours(7 * 24),
            late_after: Duration::from_secs(60),
            outbox: OutboxLimits {
                max_rows: Rows(1_000_000),
                max_bytes: Bytes(512 << 20),
                when_full: WhenFull::Pause,
            },
            poll_interval: Duration::from_secs(1),
            rotation_wait: Duration::from_secs(10),
            max_line: Bytes(256 << 10),
            park_interval: Duration::from_mins(15),
            stop_grace: Duration::from_secs(8),
            retention: Retention {
                delivered: Duration::from_hours(24),
                dead_letters: Duration::from_hours(30 * 24),
                statistics: Duration::from_hours(400 * 24),
                audit: None,
            },
        }
    }
}
