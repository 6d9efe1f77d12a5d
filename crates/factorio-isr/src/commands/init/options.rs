//! What can be typed behind `init`.
//!
//! Owns the words, their help and their examples. Must not do any work.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// Examples under the help.
pub const EXAMPLES: &str = "\
Examples:
  factorio-isr init                                  asks what it needs, and proves that it works
  factorio-isr init --yes --webhook-file hook.txt    asks nothing: the running game, this webhook
  factorio-isr init --yes --bot-token-file bot.txt --channel factorio --listen 60
  factorio-isr init --yes --webhook-file hook.txt --log /srv/console.log \\
      --rcon localhost:27015 --rcon-password-file /srv/config/rconpw --output /etc/factorio-isr

It writes factorio-isr.yml and secret files of mode 0600 in .secrets beside it, and replaces nothing without asking.
Secrets can also come from the variables DISCORD_WEBHOOK_URL, DISCORD_BOT_TOKEN and RCON_PASSWORD.
Exit codes: 0 set up and proven (with --no-proof: written), 1 something is not proven or was refused, 2 wrong usage.";

/// Options of `init`.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that people type")]
#[derive(Debug, Clone, Args)]
pub struct InitOptions {
    /// Ask nothing: take what the options say and the games of root and of our own user.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// The address of a webhook. Other users of this machine can read it here; --webhook-file is better.
    #[arg(long, value_name = "URL", conflicts_with_all = ["webhook_file", "bot_token_file"])]
    pub(super) webhook: Option<String>,
    /// A file with the address of a webhook.
    #[arg(long, value_name = "FILE", conflicts_with = "bot_token_file")]
    pub(super) webhook_file: Option<PathBuf>,
    /// A file with the token of a bot.
    #[arg(long, value_name = "FILE")]
    pub(super) bot_token_file: Option<PathBuf>,
    /// The Discord server, by id, where the bot is in several.
    #[arg(long, value_name = "ID")]
    pub(super) guild: Option<u64>,
    /// The channel of the bot, by id or name.
    #[arg(long, value_name = "CHANNEL", conflicts_with = "create_channel")]
    pub(super) channel: Option<String>,
    /// Let the bot make a channel of this name. It needs Manage Channels.
    #[arg(long, value_name = "NAME")]
    pub(super) create_channel: Option<String>,
    /// Let the bot make a webhook in its channel: chat is then posted under the players' names. It needs Manage Webhooks.
    #[arg(long)]
    pub(super) create_webhook: bool,
    /// The short name of the server [default: from the game's name]
    #[arg(long, value_name = "TAG")]
    pub(super) server: Option<String>,
    /// Its console log. Then no game is looked for.
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    /// Its RCON port, as HOST:PORT or PORT.
    #[arg(long, value_name = "ADDRESS", requires = "log")]
    pub(super) rcon: Option<String>,
    /// A file with the password of RCON of the one game. The configuration will name that file.
    #[arg(long, value_name = "FILE")]
    pub(super) rcon_password_file: Option<PathBuf>,
    /// The words that are posted.
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    pub(super) language: Option<Language>,
    /// The folder that is written to.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) output: PathBuf,
    /// Replace files that are there; what was there stays beside them, as NAME.former.
    #[arg(long)]
    pub(super) replace: bool,
    /// Write only, post and say nothing.
    #[arg(long)]
    pub(super) no_proof: bool,
    /// Wait so long for somebody to write on Discord or in the game [default: 60 when asking, else 0]
    #[arg(long, value_name = "SECONDS")]
    pub(super) listen: Option<u64>,
    /// Look for games below this folder, where the file system of another machine or container is mounted.
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub(super) root: PathBuf,
}

/// The languages that come with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// English.
    English,
    /// German.
    German,
}

impl Language {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::German => "german",
        }
    }
}

impl InitOptions {
    /// How long to wait for somebody to write.
    pub(super) fn patience(&self) -> Duration {
        const WHEN_ASKING: u64 = 60;
        let usual = if self.yes { 0 } else { WHEN_ASKING };
        Duration::from_secs(self.listen.unwrap_or(usual))
    }
}
