//! The command line: what can be typed, and its help.
//!
//! Owns the words and their examples. Must not do any work: `commands` does.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::commands::audit::AuditOptions;
use crate::commands::init::{self, InitOptions};

/// Examples under the main help.
const EXAMPLES: &str = "\
Examples:
  factorio-isr init                          set it up, and prove that it works
  factorio-isr demo                          see it work: no Discord, no game needed
  factorio-isr check                         the resolved configuration and every problem
  factorio-isr doctor                        find out why nothing arrives
  factorio-isr parse /factorio/console.log   what is understood, line by line
  factorio-isr replay /factorio/console.log  what Discord would show

Relay one server:
  DISCORD_WEBHOOK_URL=https://discord.com/api/webhooks/ID/TOKEN \\
  FACTORIO_LOG_PATH=/factorio/console.log factorio-isr

Configuration: environment variables, .env, secret files, factorio-isr.yml (see the README).
Exit codes: 0 clean, 2 wrong usage, 78 configuration or state refused, 1 anything else.";

/// Examples under the help of `run`.
const RUN_EXAMPLES: &str = "\
Examples:
  FACTORIO_LOG_PATH=/factorio/console.log factorio-isr run      show the messages here
  factorio-isr run --config /etc/factorio-isr/factorio-isr.yml  several servers";

/// Examples under the help of `outbox`.
const OUTBOX_EXAMPLES: &str = "\
Examples:
  factorio-isr outbox list               what waits, what was given up and why
  factorio-isr outbox retry --all        after a webhook was repaired
  factorio-isr outbox drop 17 18         these two are not worth posting any more";

/// Examples under the help of `maintenance`.
const MAINTENANCE_EXAMPLES: &str = "\
Examples:
  factorio-isr maintenance on --for 30m              alerts of all servers keep silent
  factorio-isr maintenance on --for 2h --server north
  factorio-isr maintenance off                       you are done earlier
  factorio-isr maintenance status";

/// Examples under the help of `stats`.
const STATS_EXAMPLES: &str = "\
Examples:
  factorio-isr stats --since 7d                                       the last week of all servers
  factorio-isr stats --server north --format png --output north.png   as a picture
  factorio-isr stats forget Ann                                       erase a player
  factorio-isr stats unknown                                          lines that nothing understood";

/// Examples under the help of `rcon`.
const RCON_EXAMPLES: &str = "\
Examples:
  factorio-isr rcon north                      a prompt: history, Tab completes commands and players
  factorio-isr rcon north /players online      one command and its reply
  factorio-isr rcon north Restart in 5 minutes what has no slash is said in the game
  echo /server-save | factorio-isr rcon north  from a script, line by line

What may be sent is the server's `rcon:` in factorio-isr.yml: read_only, allow_commands, allow_lua. Lua ends the
achievements of the save for good and is refused unless allow_lua says otherwise (docs/achievements.md).
Exit codes: 0 answered, 1 no connection or no reply, 2 refused, 78 configuration refused.";

/// Examples under the help of `status`.
const STATUS_EXAMPLES: &str = "\
Examples:
  factorio-isr status                 all servers with RCON, asked at once
  factorio-isr status north --json    for scripts

It asks the servers themselves, on a connection of its own. What only the running daemon knows (updates per second, pauses, the
last save, since when the connection stands) it asks of the daemon's port for health; without a daemon it says so.
Exit codes: 0 all answered, 1 one did not.";

/// Relays Factorio servers to Discord: nothing is lost, nobody can abuse it.
#[derive(Debug, Parser)]
#[command(name = "factorio-isr", version, about, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    /// Options that hold for every command.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do; `run` when nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that hold for every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalOptions {
    /// The configuration file [default: FACTORIO_ISR_CONFIG, ./factorio-isr.yml, /etc/factorio-isr/factorio-isr.yml]
    #[arg(long, short, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder that keeps positions and undelivered messages [default: FACTORIO_ISR_STATE_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// How much to log: debug, info, warning, error, critical [default: LOG_LEVEL, info]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// How to log: json, console [default: LOG_FORMAT, json]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Relay (the default). Without a webhook the messages are shown on the terminal.
    #[command(after_help = RUN_EXAMPLES)]
    Run,
    /// Set it up: find the game, ask for a webhook or a bot, write the configuration, and prove that it works.
    #[command(after_help = init::EXAMPLES)]
    Init(InitOptions),
    /// Show the resolved configuration, secrets hidden, and every problem in it.
    #[command(
        after_help = "It opens no connection and changes nothing; exit code 78 when there is a problem.\n\nExample:\n  factorio-isr check --config factorio-isr.yml"
    )]
    Check,
    /// Look at files, webhook, bot, RCON, clock, state folder and port, and say what to do.
    #[command(
        after_help = "It posts nothing and changes nothing; exit code 1 when something needs your hand.\n\nExample, in a container:\n  docker compose exec factorio-isr factorio-isr doctor\n\nFor somebody who helps you:\n  factorio-isr doctor --report > report.txt"
    )]
    Doctor(DoctorOptions),
    /// Show what is understood of a log, line by line.
    #[command(
        after_help = "Examples:\n  factorio-isr parse console.log\n  zcat old.log.gz | factorio-isr parse - --format jsonl\n  factorio-isr parse console.log --patterns patterns --explain"
    )]
    Parse(ParseOptions),
    /// Show on the terminal exactly what Discord would show for a log; --send posts it for real.
    #[command(
        after_help = "Examples:\n  factorio-isr replay console.log\n  factorio-isr replay console.log --since 2h\n  factorio-isr replay console.log --since '2026-01-31 18:00' --send\n\nNothing need be configured to look; --send needs a webhook."
    )]
    Replay(ReplayOptions),
    /// A simulated server writes a log and the real pipeline relays it to this terminal.
    #[command(
        after_help = "Examples:\n  factorio-isr demo\n  factorio-isr demo --seconds 60\n  factorio-isr demo --language de"
    )]
    Demo(DemoOptions),
    /// Look at deliveries that wait or were given up; try them again or drop them.
    #[command(subcommand, after_help = OUTBOX_EXAMPLES)]
    Outbox(OutboxCommand),
    /// Keep alerts silent while you work on a server; see what is planned, or end it.
    #[command(subcommand, after_help = MAINTENANCE_EXAMPLES)]
    Maintenance(MaintenanceCommand),
    /// See which personal notices people asked for on Discord, or end some.
    #[command(
        after_help = "Examples:\n  factorio-isr watches\n  factorio-isr watches --end 12\n  factorio-isr watches --end-person 123456789012345678"
    )]
    Watches(WatchesOptions),
    /// Look at what people did through the bot: who, when, on which server, and what the game said.
    #[command(
        after_help = "Examples:\n  factorio-isr audit --since 7d\n  factorio-isr audit --format jsonl --last 1000\n  factorio-isr audit verify",
        args_conflicts_with_subcommands = true
    )]
    Audit(AuditOptions),
    /// Look at what was counted: who played how long, what happened how often.
    #[command(after_help = STATS_EXAMPLES, args_conflicts_with_subcommands = true)]
    Stats(StatsOptions),
    /// Send a command to a server, or open a prompt. Vanilla commands only, unless the configuration says otherwise.
    #[command(after_help = RCON_EXAMPLES)]
    Rcon(RconOptions),
    /// Ask the servers how they are: players, version, played time, evolution.
    #[command(after_help = STATUS_EXAMPLES)]
    Status(StatusOptions),
    /// Ask the servers who is there.
    #[command(after_help = "Examples:\n  factorio-isr players\n  factorio-isr players north")]
    Players(PlayersOptions),
    /// Ask the running daemon for its health; exit code 0 when it is healthy or degraded (for containers).
    #[command(
        after_help = "It asks the port that the configuration names.\n\nExample, in a Dockerfile:\n  HEALTHCHECK CMD [\"factorio-isr\", \"healthcheck\"]"
    )]
    Healthcheck,
    /// Print a completion script for a shell.
    #[command(after_help = "Example:\n  factorio-isr completions bash > /etc/bash_completion.d/factorio-isr")]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Options of `doctor`.
#[derive(Debug, Clone, Copy, Args)]
pub struct DoctorOptions {
    /// Print a report for somebody who helps you: settings and findings, without secrets, names of machines, your home
    /// folder, addresses and whole ids.
    #[arg(long)]
    pub report: bool,
}

/// Options of `parse`.
#[derive(Debug, Args)]
pub struct ParseOptions {
    /// The log; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = ParseFormat::Text)]
    pub format: ParseFormat,
    /// Show the other lines, too.
    #[arg(long)]
    pub all: bool,
    /// Read the log with the patterns of this folder alone.
    #[arg(long, value_name = "DIR")]
    pub patterns: Option<PathBuf>,
    /// Say of each line which pattern matched, which came close, and why not.
    #[arg(long, requires = "patterns")]
    pub explain: bool,
}

/// Forms of `parse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ParseFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Jsonl,
}

/// Options of `replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayOptions {
    /// The log; `-` is standard input.
    pub file: PathBuf,
    /// Only what happened since then: a date and time of the server (`2026-01-31 18:00`), or an age (`2h`, `3d`).
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Post it to the configured webhook, within Discord's limits.
    #[arg(long)]
    pub send: bool,
    /// The server of the configuration whose zone, voice and webhook are used [default: the first]
    #[arg(long, value_name = "TAG")]
    pub server: Option<String>,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// Stop by itself after so many seconds; 0 goes on until Ctrl-C.
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    pub seconds: u64,
    /// Tell it in another language: english, german, or the path of a language file.
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,
}

/// The outbox commands.
#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// List deliveries.
    #[command(after_help = "Example:\n  factorio-isr outbox list --state dead --limit 200")]
    List {
        /// Which ones.
        #[arg(long, value_enum, default_value_t = OutboxFilter::Open)]
        state: OutboxFilter,
        /// How many at most.
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: u32,
    },
    /// Tell what was not posted, by rule, and what waits for the end of quiet hours.
    #[command(after_help = "Example:\n  factorio-isr outbox rules")]
    Rules,
    /// Try given-up deliveries and given-up webhooks again: these numbers, or all.
    #[command(after_help = "Examples:\n  factorio-isr outbox retry 17 18\n  factorio-isr outbox retry --all")]
    Retry(OutboxSelection),
    /// Drop deliveries for good: these numbers (waiting ones, too), or all that were given up.
    #[command(after_help = "Examples:\n  factorio-isr outbox drop 17 18\n  factorio-isr outbox drop --all")]
    Drop(OutboxSelection),
}

/// Options of `stats`.
#[derive(Debug, Args)]
pub struct StatsOptions {
    /// Something else than showing statistics.
    #[command(subcommand)]
    pub command: Option<StatsCommand>,
    /// Only of this server [default: all]
    #[arg(long, value_name = "TAG")]
    pub server: Option<String>,
    /// From then on: an age (`24h`, `30d`, `8w`), a date, or a date and time of the server.
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    pub since: String,
    /// Only of this player.
    #[arg(long, value_name = "NAME")]
    pub player: Option<String>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = StatsFormat::Text)]
    pub format: StatsFormat,
    /// Write it to this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Draw the last 24 hours of one server, players and updates per second, into this file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["since", "player", "format", "output"])]
    pub picture: Option<PathBuf>,
}

/// Forms of `stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatsFormat {
    /// For people.
    Text,
    /// All that is known, for programs.
    Json,
    /// The players, for spreadsheets.
    Csv,
    /// The picture of a recap; for one server, into a file.
    Png,
}

/// The commands about what was counted.
#[derive(Debug, Subcommand)]
pub enum StatsCommand {
    /// Erase a player from the statistics of all servers, in any case of the name's letters.
    #[command(
        after_help = "Messages that were made already stay. List the player in privacy.ignore_players, too, or counting begins anew.\n\nExample:\n  factorio-isr stats forget Ann"
    )]
    Forget {
        /// The name.
        player: String,
    },
    /// List lines that look like events and that nothing understood, by shape and game version.
    #[command(after_help = "Example:\n  factorio-isr stats unknown --server north")]
    Unknown {
        /// Only of this server.
        #[arg(long, value_name = "TAG")]
        server: Option<String>,
    },
}

/// The commands about planned work.
#[derive(Debug, Subcommand)]
pub enum MaintenanceCommand {
    /// Begin now: alerts keep silent until the time is over. What the log says is still told.
    #[command(after_help = "Example:\n  factorio-isr maintenance on --for 30m --server north")]
    On {
        /// How long: `30m`, `2h`, `1h30m`.
        #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = crate::when::span)]
        span: Duration,
        /// Only of this server [default: all]
        #[arg(long, value_name = "TAG")]
        server: Option<String>,
    },
    /// End it before its time.
    #[command(after_help = "Example:\n  factorio-isr maintenance off")]
    Off {
        /// Only of this server [default: all]
        #[arg(long, value_name = "TAG")]
        server: Option<String>,
    },
    /// Show what is going on.
    #[command(after_help = "Example:\n  factorio-isr maintenance status")]
    Status,
}

/// Options of `watches`.
#[derive(Debug, Args)]
pub struct WatchesOptions {
    /// End the one with this number.
    #[arg(long, value_name = "NUMBER")]
    pub end: Option<i64>,
    /// End all that somebody has, by their id on Discord.
    #[arg(long, value_name = "ID", conflicts_with = "end")]
    pub end_person: Option<u64>,
}

/// Options of `rcon`.
#[derive(Debug, Args)]
pub struct RconOptions {
    /// The server of the configuration.
    #[arg(value_name = "SERVER")]
    pub server: String,
    /// What to send; a prompt opens when nothing is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Options of `status`.
#[derive(Debug, Args)]
pub struct StatusOptions {
    /// Only this server [default: all that have RCON]
    #[arg(value_name = "SERVER")]
    pub server: Option<String>,
    /// All that is known, for programs.
    #[arg(long)]
    pub json: bool,
}

/// Options of `players`.
#[derive(Debug, Args)]
pub struct PlayersOptions {
    /// Only this server [default: all that have RCON]
    #[arg(value_name = "SERVER")]
    pub server: Option<String>,
}

/// Which deliveries `outbox list` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutboxFilter {
    /// Waiting and given-up ones.
    Open,
    /// Waiting ones.
    Waiting,
    /// Given-up ones.
    Dead,
    /// Delivered ones of the last day.
    Delivered,
}

/// Which deliveries an outbox command means.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct OutboxSelection {
    /// Numbers, as `outbox list` shows them.
    #[arg(value_name = "NUMBER")]
    pub numbers: Vec<i64>,
    /// All of them.
    #[arg(long)]
    pub all: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }
}
