//! The servers that are taken over into the configuration.
//!
//! Owns what is asked about a game that was found, and about one that was not; the check whether its log can be read and
//! whether its RCON port lets us in. A game without a console log is told exactly what to add. Fails with [`Halt`].

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use factorio_rcon::session::Down;
use factorio_rcon::{Address, Options, Password};
use isr_core::coverage::LogContent;
use isr_core::source::ServerTag;

use super::ask::Answer;
use super::chosen::{ChosenRcon, ChosenServer, Console, PasswordPlace, tag_of};
use super::games::{self, FoundGame, FoundLog, FoundPassword, FoundRcon, Ground, Surrounding};
use super::secret::Secret;
use super::{Halt, Story, secret_in};
use crate::commands::census;
use crate::commands::doctor::games as asking;
use crate::container;

/// So often a wrong password is asked for again.
const MOST_PASSWORDS: usize = 3;
/// The port that people use for RCON.
const USUAL_PORT: u16 = 27_015;
/// Where the variable for the only server is.
const PASSWORD: &str = "RCON_PASSWORD";

/// Finds, asks and checks.
pub(super) async fn choose(story: &Story) -> Result<Vec<ChosenServer>, Halt> {
    story.screen.heading("Factorio");
    let mut servers: Vec<ChosenServer> = Vec::new();
    for game in games(story).await? {
        let server = one(story, game, &servers).await?;
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
    };
    let found = tokio::task::spawn_blocking(move || games::find(&ground)).await;
    let found = found.unwrap_or_default();
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
    let rcon = story.options.rcon.as_deref().map(address).transpose()?;
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

/// `HOST:PORT`, or a port of this machine.
fn address(text: &str) -> Result<(String, u16), Halt> {
    let whole = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("localhost:{text}")
    } else {
        text.to_owned()
    };
    let parsed: Address = whole
        .parse()
        .map_err(|error: factorio_rcon::AddressError| Halt::of_message(&error.to_string()))?;
    Ok((parsed.host().to_owned(), parsed.port()))
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

async fn one(story: &Story, game: FoundGame, before: &[ChosenServer]) -> Result<ChosenServer, Halt> {
    let (name, tag) = names(story, &game, before).await?;
    let rcon = rcon(story, game.rcon.clone(), &tag).await?;
    let console = console(story, &game, rcon.as_ref()).await?;
    Ok(ChosenServer {
        tag,
        name,
        console,
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
    let is_free = |tag: &String| before.iter().all(|server| server.tag != *tag);
    let numbered = (2..).map(|number| format!("{wished}-{number}"));
    let unique = std::iter::once(wished.clone()).chain(numbered).find(is_free);
    Ok((name, unique.unwrap_or(wished)))
}

/// Where the console is read.
async fn console(story: &Story, game: &FoundGame, rcon: Option<&Settled>) -> Result<Console, Halt> {
    match &game.log {
        FoundLog::Console(path) | FoundLog::Capture(path) => {
            readable(story, path);
            Ok(Console::Log(path.clone()))
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
                return Ok(Console::Log(path));
            }
            if !story.questions.are_answered() {
                story.screen.note("Until then its console is read through RCON.");
                return Ok(Console::Rcon);
            }
            let items = [
                format!("I restart it so: the log {shown} is read as soon as it is there"),
                "leave it as it is: the console is read through RCON, and a lost connection may lose lines"
                    .to_owned(),
            ];
            let chosen = story.questions.choice("Which way?", &items, "--log").await?;
            Ok(if chosen == 0 {
                Console::Log(path)
            } else {
                Console::Rcon
            })
        }
    }
}

/// Says whether a log can be read, and what to do when it cannot.
fn readable(story: &Story, path: &Path) {
    let shown = path.display();
    match census::look(path) {
        Ok(census) if census.content == LogContent::GameLog => story.screen.bad(
            &format!("{shown} is the game's own log, which never holds chat or joins"),
            "start the game with `--console-log FILE` and name that file",
        ),
        Ok(census) => {
            let kind = match census.content {
                LogContent::ConsoleLog => "its console log",
                LogContent::Capture => "all that it prints",
                _ => "no line that is known yet",
            };
            story.screen.good(&format!("{shown} can be read: {kind}."));
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let text = format!("{shown} is not there yet; it is read from its beginning when it appears.");
            story.screen.note(&text);
        }
        Err(error) => story.screen.bad(
            &format!("{shown} cannot be read ({error})"),
            "run factorio-isr as the user of the game or a member of its group, or give it the right to read that file",
        ),
    }
}

/// RCON as it will be written, and whether it lets us in now.
struct Settled {
    rcon: ChosenRcon,
    lets_in: Answer,
}

async fn rcon(story: &Story, found: Option<FoundRcon>, tag: &str) -> Result<Option<Settled>, Halt> {
    let found = match found {
        Some(found) => found,
        None => match ask_for_port(story).await? {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    let mut place = match password(story, &found).await? {
        Some(place) => place,
        None => return Ok(None),
    };
    for again in 0..MOST_PASSWORDS {
        let (host, answer) = knock(&found, &place).await?;
        let settled = |lets_in| {
            Some(Settled {
                rcon: ChosenRcon {
                    host: host.clone(),
                    port: found.port,
                    password: place.clone(),
                },
                lets_in,
            })
        };
        match answer {
            Ok(said) => {
                story.screen.good(&format!("RCON of {tag} lets us in: {said}."));
                return Ok(settled(Answer::Yes));
            }
            Err(Down::WrongPassword { .. })
                if story.questions.are_answered() && again + 1 < MOST_PASSWORDS =>
            {
                story.screen.bad(
                    "The RCON password is wrong",
                    "type the one behind the game's --rcon-password",
                );
                place = PasswordPlace::Own(
                    story
                        .questions
                        .secret("RCON password?", "--rcon-password-file")
                        .await?,
                );
            }
            Err(down) => {
                story
                    .screen
                    .bad(&format!("RCON of {tag} does not answer"), &asking::remedy(&down));
                return Ok(settled(Answer::No));
            }
        }
    }
    Ok(None)
}

/// Where RCON is, asked for.
async fn ask_for_port(story: &Story) -> Result<Option<FoundRcon>, Halt> {
    let advice = format!(
        "start the game with `--rcon-port {USUAL_PORT} --rcon-password SECRET` for players, UPS, a live card and chat from Discord"
    );
    if !story.questions.are_answered() {
        story.screen.note(&format!("No RCON: {advice}."));
        return Ok(None);
    }
    story.screen.hint(&format!("RCON is optional: {advice}."));
    loop {
        let answer = story
            .questions
            .text("RCON port, as HOST:PORT or PORT?", Some("none"), "--rcon")
            .await?;
        if answer == "none" {
            return Ok(None);
        }
        match address(&answer) {
            Ok((host, port)) => {
                return Ok(Some(FoundRcon {
                    hosts: vec![host],
                    port,
                    password: FoundPassword::Unknown,
                }));
            }
            Err(halt) => story.screen.bad(&halt.to_string(), halt.next()),
        }
    }
}

/// The password: the file that an option names, what was found, the variable, the person.
async fn password(story: &Story, found: &FoundRcon) -> Result<Option<PasswordPlace>, Halt> {
    if let Some(path) = &story.options.rcon_password_file {
        let path = std::path::absolute(path).map_err(|error| Halt::Unreadable(path.clone(), error))?;
        secret_in(&path)?;
        return Ok(Some(PasswordPlace::File(path)));
    }
    match &found.password {
        FoundPassword::Text(secret) => return Ok(Some(PasswordPlace::Own(secret.clone()))),
        FoundPassword::File(path) if secret_in(path).is_ok() => {
            return Ok(Some(PasswordPlace::File(path.clone())));
        }
        FoundPassword::File(path) => story.screen.bad(
            &format!("{} holds the RCON password and cannot be read", path.display()),
            "give this user the right to read it, or type the password",
        ),
        FoundPassword::Unknown => {}
    }
    if let Some(value) = story.surroundings.variable(PASSWORD) {
        return Ok(Some(PasswordPlace::Own(Secret::new(value))));
    }
    if !story.questions.are_answered() {
        story.screen.bad(
            "The RCON password is not known",
            "give --rcon-password-file, or set RCON_PASSWORD",
        );
        return Ok(None);
    }
    let typed = story
        .questions
        .secret("RCON password?", "--rcon-password-file")
        .await?;
    let is_some = !typed.reveal().is_empty();
    Ok(is_some.then_some(PasswordPlace::Own(typed)))
}

/// Logs in at each host in turn; the first that answers, else what the first one did.
async fn knock(found: &FoundRcon, place: &PasswordPlace) -> Result<(String, Result<String, Down>), Halt> {
    let secret = match place {
        PasswordPlace::File(path) => secret_in(path)?,
        PasswordPlace::Own(secret) => secret.clone(),
    };
    let password = Password::new(secret.reveal()).map_err(|error| Halt::of_message(&error.to_string()))?;
    let mut first = None;
    for host in &found.hosts {
        let address = Address::new(host, found.port).map_err(|error| Halt::of_message(&error.to_string()))?;
        match asking::game(Options::new(address, password.clone())).await {
            Ok(answer) => return Ok((host.clone(), Ok(answer.says()))),
            Err(down) => first = first.or(Some((host.clone(), Err(down)))),
        }
    }
    first.ok_or_else(|| Halt::Refused {
        what: "the RCON port has no host".to_owned(),
        next: "give it with --rcon HOST:PORT".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rcon_address_may_be_a_port_alone() {
        assert_eq!(address("27016").unwrap(), ("localhost".to_owned(), 27_016));
        assert_eq!(address("game:1").unwrap(), ("game".to_owned(), 1));
        let halt = address("game").unwrap_err();
        assert!(halt.next().contains("--rcon"), "{halt:?} {}", halt.next());
    }
}
