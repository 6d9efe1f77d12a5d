//! The servers that are taken over into the configuration.
//!
//! Owns what is asked about a game that was found, and about one that was not, and the check whether its log can be read. A
//! game without a console log is told exactly what to add. Fails with [`Halt`].

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use isr_core::coverage::LogContent;
use isr_core::source::ServerTag;

use super::ask::Answer;
use super::chosen::{ChosenServer, Console, Reading, free_tag, tag_of};
use super::games::{self, FoundGame, FoundLog, FoundPassword, FoundRcon, Ground, Surrounding, Users};
use super::rcon::{self, Crowd, Settled};
use super::{Halt, Story};
use crate::commands::census;
use crate::container;

/// Finds, asks and checks.
pub(super) async fn choose(story: &Story) -> Result<Vec<ChosenServer>, Halt> {
    story.screen.heading("Factorio");
    let mut servers: Vec<ChosenServer> = Vec::new();
    let games = games(story).await?;
    let crowd = Crowd::of(games.len());
    rcon::refuse_one_password_for_several(story, crowd)?;
    for game in games {
        let server = one(story, game, crowd, &servers).await?;
        servers.push(server);
    }
    Ok(servers)
}

/// The games to set up, at least one.
async fn games(story: &Story) -> Result<Vec<FoundGame>, Halt> {
    if let Some(log) = &story.options.log {
        return Ok(vec![named(story, log)?]);
    }
    let ground = Ground {
        root: story.options.root.clone(),
        home: story.surroundings.variable("HOME").map(PathBuf::from),
        surrounding: if container::is_around() {
            Surrounding::Container
        } else {
            Surrounding::Machine
        },
        users: if story.questions.are_answered() {
            Users::All
        } else {
            Users::Only(vec![0, rustix::process::geteuid().as_raw()])
        },
    };
    let found = tokio::task::spawn_blocking(move || games::find(&ground)).await;
    let games::Found {
        games: found,
        left_out,
    } = found.unwrap_or_default();
    for left_out in left_out {
        story.screen.note(&format!(
            "Left out: a server ({left_out}). With --yes only games of root and of our own user are taken; name this one with \
             --log and --rcon."
        ));
    }
    for game in &found {
        let name = game
            .name
            .as_ref()
            .map(|name| format!("\"{name}\" "))
            .unwrap_or_default();
        story
            .screen
            .good(&format!("Found a server {name}({}).", game.found_by));
    }
    if found.is_empty() {
        return ask_for_one(story).await.map(|game| vec![game]);
    }
    if found.len() == 1 || !story.questions.are_answered() {
        return Ok(found);
    }
    let mut items = vec!["all of them".to_owned()];
    items.extend(found.iter().map(|game| {
        let name = game
            .name
            .clone()
            .unwrap_or_else(|| game.folder.display().to_string());
        format!("{name} ({})", game.found_by)
    }));
    let chosen = story.questions.choice("Which one?", &items, "--log").await?;
    Ok(match chosen.checked_sub(1) {
        None => found,
        Some(one) => found.into_iter().skip(one).take(1).collect(),
    })
}

/// The game that options describe.
fn named(story: &Story, log: &Path) -> Result<FoundGame, Halt> {
    let log = std::path::absolute(log).map_err(|error| Halt::Unreadable(log.to_owned(), error))?;
    let rcon = story.options.rcon.as_deref().map(rcon::address).transpose()?;
    Ok(FoundGame {
        found_by: "--log".to_owned(),
        name: None,
        folder: log.parent().map(Path::to_owned).unwrap_or_default(),
        log: FoundLog::Console(log),
        rcon: rcon.map(|(host, port)| FoundRcon {
            hosts: vec![host],
            port,
            password: FoundPassword::Unknown,
        }),
    })
}

async fn ask_for_one(story: &Story) -> Result<FoundGame, Halt> {
    story.screen.bad(
        "No running server was found, and none in the usual folders",
        "start the game with `--console-log FILE`, or say where its console log is or will be",
    );
    let log = story
        .questions
        .text("Console log?", Some("/factorio/console.log"), "--log");
    let log = if story.questions.are_answered() {
        log.await?
    } else {
        return Err(Halt::Unanswered("--log"));
    };
    named(story, Path::new(&log))
}

async fn one(
    story: &Story,
    game: FoundGame,
    crowd: Crowd,
    before: &[ChosenServer],
) -> Result<ChosenServer, Halt> {
    let (name, tag) = names(story, &game, before).await?;
    let rcon = rcon::settle(story, game.rcon.clone(), &tag, crowd).await?;
    let (console, reading) = console(story, &game, rcon.as_ref()).await?;
    Ok(ChosenServer {
        tag,
        name,
        console,
        reading,
        rcon: rcon.map(|settled| settled.rcon),
    })
}

async fn names(story: &Story, game: &FoundGame, before: &[ChosenServer]) -> Result<(String, String), Halt> {
    let tag = &story.options.server;
    let known = game
        .name
        .clone()
        .or_else(|| tag.clone())
        .unwrap_or_else(|| "main".to_owned());
    let name = if story.questions.are_answered() {
        story
            .questions
            .text("Its name on Discord?", Some(&known), "--server")
            .await?
    } else {
        known
    };
    let wished = match tag {
        Some(tag) if before.is_empty() => tag.clone(),
        _ => tag_of(&name),
    };
    if ServerTag::parse(&wished).is_err() {
        return Err(Halt::Refused {
            what: format!("{wished:?} cannot be the short name of a server"),
            next: "use letters, digits, '_', '-' and '.'".to_owned(),
        });
    }
    Ok((name, free_tag(wished, before)))
}

/// Where the console is read, and whether that brings anything.
async fn console(
    story: &Story,
    game: &FoundGame,
    rcon: Option<&Settled>,
) -> Result<(Console, Reading), Halt> {
    match &game.log {
        FoundLog::Console(path) | FoundLog::Capture(path) => {
            let reading = readable(story, path);
            Ok((Console::Log(path.clone()), reading))
        }
        FoundLog::None => {
            let path = game.folder.join("console.log");
            let shown = path.display();
            story.screen.bad(
                "This server writes chat and joins to no file that can be read here",
                &format!(
                    "add `--console-log {shown}` to its start and restart it (in docker-compose.yml: \
                     command: [\"--console-log\", \"{shown}\"])"
                ),
            );
            let answers = rcon.is_some_and(|settled| settled.lets_in == Answer::Yes);
            if !answers {
                story
                    .screen
                    .note("The log is read from its beginning as soon as it is there.");
                return Ok((Console::Log(path), Reading::Impossible));
            }
            if !story.questions.are_answered() {
                story.screen.note("Until then its console is read through RCON.");
                return Ok((Console::Rcon, Reading::Possible));
            }
            let items = [
                format!("I restart it so: the log {shown} is read as soon as it is there"),
                "leave it as it is: the console is read through RCON, and a lost connection may lose lines"
                    .to_owned(),
            ];
            let chosen = story.questions.choice("Which way?", &items, "--log").await?;
            let console = if chosen == 0 {
                Console::Log(path)
            } else {
                Console::Rcon
            };
            Ok((console, Reading::Possible))
        }
    }
}

/// Says whether a log can be read, and what to do when it cannot.
fn readable(story: &Story, path: &Path) -> Reading {
    let shown = path.display();
    match census::look(path) {
        Ok(census) if census.content == LogContent::GameLog => {
            story.screen.bad(
                &format!("{shown} is the game's own log, which never holds chat or joins"),
                "start the game with `--console-log FILE` and name that file",
            );
            Reading::Impossible
        }
        Ok(census) => {
            let kind = match census.content {
                LogContent::ConsoleLog => "its console log",
                LogContent::Capture => "all that it prints",
                _ => "no line that is known yet",
            };
            story.screen.good(&format!("{shown} can be read: {kind}."));
            Reading::Possible
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let text = format!("{shown} is not there yet; it is read from its beginning when it appears.");
            story.screen.note(&text);
            Reading::Possible
        }
        Err(error) => {
            story.screen.bad(
                &format!("{shown} cannot be read ({error})"),
                "run factorio-isr as the user of the game or a member of its group, or give it the right to read that file",
            );
            Reading::Impossible
        }
    }
}
