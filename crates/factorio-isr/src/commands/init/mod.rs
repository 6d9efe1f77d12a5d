//! `factorio-isr init`: from nothing to a relay that is proven to work.
//!
//! Owns the order: find the games, ask for Discord, write, prove. Each part is a module that tells one story:
//!
//! - `games`: which servers run here, and what they tell of themselves.
//! - `servers`: which of them are taken, and where their consoles are read. `rcon`: whether RCON lets us in.
//! - `discord`: a webhook or a bot, checked with Discord itself.
//! - `document`, `files`: what is written, and how: whole or not at all, secrets apart and for their owner alone.
//! - `proof`: the relay itself runs for a moment with what was written, and has to deliver both ways.
//!
//! Must not know how a relay works. Until the files are written nothing is changed on this machine, and Ctrl-C before that
//! leaves nothing behind on it; what a person asked for at Discord stays there (a channel, a webhook, the intent), and is taken
//! up again by the next try. Fails with a sentence and the next step.

mod ask;
mod chosen;
mod discord;
mod document;
mod files;
mod games;
mod options;
mod proof;
mod rcon;
mod screen;
mod secret;
mod servers;

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use super::Exit;
use crate::config::{self, Overrides, Surroundings};

use ask::{Answer, Questions};
use chosen::{Chosen, Reading};
use options::Language;
use screen::Screen;
use secret::Secret;

pub use options::{EXAMPLES, InitOptions};

/// Why it does not go on.
#[derive(Debug, thiserror::Error)]
enum Halt {
    /// The person stopped it.
    #[error("stopped")]
    Stopped,
    /// Nobody is there to answer.
    #[error("nobody answers, and {0} is needed")]
    Unanswered(&'static str),
    /// The terminal or pipe cannot be read.
    #[error("what was typed cannot be read")]
    Terminal(#[source] io::Error),
    /// A file that an option names.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// A file of ours.
    #[error("{} cannot be written", .0.display())]
    Unwritable(PathBuf, #[source] io::Error),
    /// Something is wrong that a person has to change.
    #[error("{what}")]
    Refused {
        /// What.
        what: String,
        /// What to do.
        next: String,
    },
}

impl Halt {
    /// Of a message that holds fault and remedy.
    fn of_message(message: &str) -> Self {
        let (what, next) = message.split_once("; ").unwrap_or((message, "correct it"));
        Self::Refused {
            what: what.to_owned(),
            next: next.to_owned(),
        }
    }

    fn next(&self) -> &str {
        match self {
            Self::Stopped => "nothing was written; run `factorio-isr init` again",
            Self::Unanswered(_) => {
                "give it, or run `factorio-isr init` on a terminal (see `factorio-isr init --help`)"
            }
            Self::Terminal(_) => "give everything by options and --yes (see `factorio-isr init --help`)",
            Self::Unreadable(..) => "correct the path, or give this user the right to read it",
            Self::Unwritable(..) => {
                "give this user the right to write there, or choose another folder with --output"
            }
            Self::Refused { next, .. } => next,
        }
    }
}

/// What every part works with.
#[derive(Debug)]
struct Story {
    options: InitOptions,
    surroundings: Surroundings,
    questions: Questions,
    screen: Screen,
}

/// Sets up.
pub async fn run(options: InitOptions, surroundings: Surroundings) -> Exit {
    let screen = Screen::new();
    let ask = if options.yes { Answer::No } else { Answer::Yes };
    let story = Story {
        questions: Questions::new(screen, ask),
        options,
        surroundings,
        screen,
    };
    let settled = tokio::select! {
        settled = set_up(&story) => settled,
        _ = tokio::signal::ctrl_c() => Err(Halt::Stopped),
    };
    let written = match settled {
        Ok(written) => written,
        Err(halt) => return give_up(screen, &halt),
    };
    let config = written.config.display().to_string();
    let overrides = Overrides {
        config: Some(config.clone()),
        ..Overrides::default()
    };
    // As `run` and `check` will read it.
    let loaded = match config::load(&story.surroundings, &overrides) {
        Ok(loaded) => loaded,
        Err(refused) => {
            screen.bad(
                &format!("With the other settings of this place the configuration is refused. {refused}"),
                "correct what is named, then `factorio-isr check`",
            );
            return Exit::Failed;
        }
    };
    let mut verdict = if story.options.no_proof {
        screen.note("Nothing was tried: --no-proof.");
        proof::Verdict::Proven
    } else {
        proof::prove(&story, loaded.config, &written.chosen).await
    };
    let is_mute = |server: &chosen::ChosenServer| server.reading == Reading::Impossible;
    if written.chosen.servers.iter().any(is_mute) {
        verdict = proof::Verdict::Failed;
    }
    farewell(&story, &written.config, verdict)
}

/// Everything up to the files.
async fn set_up(story: &Story) -> Result<Written, Halt> {
    story
        .screen
        .line("This sets factorio-isr up and proves that it works. No file is written before the last question; Ctrl-C stops.");
    let servers = servers::choose(story).await?;
    let replacing = files::ask_first(story, &servers).await?;
    let place = discord::choose(story).await?;
    let chosen = Chosen {
        language: language(story).await?,
        health_port: health_port(story),
        servers,
        place,
    };
    story.screen.heading("Files");
    let config = files::write(story, &chosen, replacing).await?;
    Ok(Written { config, chosen })
}

struct Written {
    config: PathBuf,
    chosen: Chosen,
}

async fn language(story: &Story) -> Result<Language, Halt> {
    if let Some(language) = story.options.language {
        return Ok(language);
    }
    if !story.questions.are_answered() {
        return Ok(Language::English);
    }
    let items = ["English".to_owned(), "Deutsch".to_owned()];
    let chosen = story
        .questions
        .choice("In which language are events told?", &items, "--language")
        .await?;
    Ok([Language::English, Language::German][chosen])
}

/// Another port for health, when somebody has the usual one and nobody named another.
fn health_port(story: &Story) -> Option<u16> {
    const USUAL: u16 = 8080;
    const TRIED: u16 = 20;
    let is_free = |port: u16| TcpListener::bind(("0.0.0.0", port)).is_ok();
    if story.surroundings.variable("HEALTH_CHECK_PORT").is_some() || is_free(USUAL) {
        return None;
    }
    let free = (USUAL + 1..=USUAL + TRIED).find(|port| is_free(*port))?;
    story.screen.note(&format!(
        "Port {USUAL} is taken; health and metrics are told at {free}."
    ));
    Some(free)
}

/// A secret that a file holds.
fn secret_in(path: &Path) -> Result<Secret, Halt> {
    let text = std::fs::read_to_string(path).map_err(|error| Halt::Unreadable(path.to_owned(), error))?;
    Ok(Secret::new(text.trim_start_matches('\u{feff}').trim()))
}

fn give_up(screen: Screen, halt: &Halt) -> Exit {
    screen.line("");
    let what = match std::error::Error::source(halt) {
        Some(source) => format!("{halt} ({source})"),
        None => halt.to_string(),
    };
    screen.bad(&what, halt.next());
    match halt {
        Halt::Unanswered(_) => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn farewell(story: &Story, config: &Path, verdict: proof::Verdict) -> Exit {
    let screen = story.screen;
    screen.heading("Done");
    let is_found = config.parent() == std::env::current_dir().ok().as_deref();
    let behind = if is_found {
        String::new()
    } else {
        format!(" --config {}", config.display())
    };
    screen.line(&format!("Start it:   factorio-isr run{behind}"));
    screen.line(&format!("Ask it:     factorio-isr doctor{behind}"));
    screen.line("As a service, or in Docker: docs/operations.md. The user it runs as has to be able to read .secrets.");
    match verdict {
        proof::Verdict::Proven => Exit::Clean,
        proof::Verdict::Failed => {
            screen.bad(
                "Not everything was proven",
                "see ❌ above; the files are written, and `factorio-isr doctor` looks again",
            );
            Exit::Failed
        }
    }
}
