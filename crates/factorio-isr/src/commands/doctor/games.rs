//! What `doctor` says of the games: whether each RCON port answers and takes the password.
//!
//! Owns the wording. Logs in and asks for the version, on a connection of its own, all servers at once; it names no
//! address, so that a report can be shown to others. A failure is a finding with its remedy.

use factorio_rcon::command::{Players, Scope, Version};
use factorio_rcon::session::{Down, Step};
use factorio_rcon::{Options, Priority, Session};
use tokio::task::JoinSet;

use super::Report;
use crate::commands::rcon::once::{self, Console};
use crate::config::{Config, Rcon};

/// What a game said that let us in.
pub(in crate::commands) struct Answer {
    version: Option<String>,
    players: Option<usize>,
}

/// Asks every game, and reports in the order of the configuration.
pub(super) async fn look(config: &Config, report: &mut Report) {
    let mut asking = JoinSet::new();
    for (place, server) in config.servers.iter().enumerate() {
        if let Some(rcon) = server.rcon.clone() {
            let about = format!("{} (RCON)", server.tag);
            asking.spawn(async move {
                let answer = game(rcon.options()).await;
                (place, about, rcon, answer)
            });
        }
    }
    let mut answers = asking.join_all().await;
    answers.sort_by_key(|(place, ..)| *place);
    for (_, about, rcon, answer) in answers {
        match answer {
            Ok(answer) => report.good(&about, told(&answer, &rcon)),
            Err(down) => report.bad(&about, remedy(&down)),
        }
    }
}

/// Asks one game, on a connection of its own.
///
/// # Errors
/// Why there is none.
pub(in crate::commands) async fn game(options: Options) -> Result<Answer, Down> {
    once::with_session(options, ask).await
}

async fn ask(session: Session) -> Result<Answer, Down> {
    let console = Console::new(session);
    console.connected().await?;
    let session = &console.session;
    let version = session.ask(&Version, Priority::Person).await;
    let players = session.ask(&Players(Scope::Online), Priority::Person).await;
    Ok(Answer {
        version: version
            .ok()
            .and_then(Result::ok)
            .map(|version| version.to_string()),
        players: players
            .ok()
            .and_then(Result::ok)
            .map(|list| list.online().count()),
    })
}

impl Answer {
    /// What the game said of itself.
    pub(in crate::commands) fn says(&self) -> String {
        match (&self.version, self.players) {
            (Some(version), Some(players)) => format!("the game is {version}, players online: {players}"),
            (Some(version), None) => format!("the game is {version}; it does not say who is there"),
            (None, _) => "but it does not say its version: it may be saving, or it is no Factorio".to_owned(),
        }
    }
}

fn told(answer: &Answer, rcon: &Rcon) -> String {
    format!(
        "the password is right; {}. Allowed: {}",
        answer.says(),
        rcon.allows()
    )
}

/// What to do about it.
pub(in crate::commands) fn remedy(down: &Down) -> String {
    match down {
        Down::Unresolved { error, .. } => format!(
            "its host has no address ({error}): correct `rcon.host`; in Docker both containers need a common network, \
             and the name is that of the game's service"
        ),
        Down::Unreachable { error, .. } => format!(
            "nothing listens at its port ({error}): start the game with --rcon-port and --rcon-password, name that port \
             in `rcon.port`, and let it through the firewall. A game hosted from its menu has no RCON"
        ),
        Down::TooSlow { step, .. } => format!(
            "it did not {step} in time: {}",
            match step {
                Step::Resolve => "is the name server of this machine in order?",
                Step::Connect => "a firewall may drop the packets, or `rcon.host` is the wrong machine",
                Step::LogIn => "the game may be saving; try again in a minute",
            }
        ),
        Down::WrongPassword { .. } => "the password is wrong: it has to be the one behind the game's --rcon-password. The \
             common container of the game keeps it in /factorio/config/rconpw: name that file in `rcon.password_file`"
            .to_owned(),
        Down::NotRcon { error, .. } => format!(
            "what answers there does not speak RCON ({error}): `rcon.port` has to be the one of --rcon-port (27015 unless \
             said otherwise), which is not the port that players join at"
        ),
    }
}
