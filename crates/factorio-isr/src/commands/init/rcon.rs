//! RCON of a server that is taken over: where it is, its password, and whether it lets us in.
//!
//! Owns which password may be sent where: the one that a game's arguments or container tell goes to that game alone, and one
//! that a person gives is never told to several. Fails with [`Halt`].

use std::io::Read as _;
use std::path::Path;

use factorio_rcon::session::Down;
use factorio_rcon::{Address, Options, Password};

use super::ask::Answer;
use super::chosen::{ChosenRcon, PasswordPlace};
use super::games::{FoundPassword, FoundRcon};
use super::secret::Secret;
use super::{Halt, Story};
use crate::commands::census;
use crate::commands::doctor::games as asking;

/// So often a wrong password is asked for again.
const MOST_PASSWORDS: usize = 3;
/// The port that people use for RCON.
const USUAL_PORT: u16 = 27_015;
/// Where the variable for the only server is.
const PASSWORD: &str = "RCON_PASSWORD";
/// A longer file is no password's.
const LONGEST: u64 = 64 << 10;

/// RCON as it will be written, and whether it lets us in now.
pub(super) struct Settled {
    pub(super) rcon: ChosenRcon,
    pub(super) lets_in: Answer,
}

/// Whether a password that is given once can be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowd {
    One,
    Several,
}

impl Crowd {
    pub(super) const fn of(games: usize) -> Self {
        if games > 1 { Self::Several } else { Self::One }
    }
}

/// The option is for one game: the others would be told its password.
pub(super) fn refuse_one_password_for_several(story: &Story, crowd: Crowd) -> Result<(), Halt> {
    match (&story.options.rcon_password_file, crowd) {
        (Some(_), Crowd::Several) => Err(for_one("--rcon-password-file")),
        _ => Ok(()),
    }
}

fn for_one(name: &str) -> Halt {
    Halt::Refused {
        what: format!(
            "{name} is the password of one game, and several were found: the others would be told it"
        ),
        next: "name the game with --log and --rcon".to_owned(),
    }
}

/// Finds the port and the password, and tries them.
pub(super) async fn settle(
    story: &Story,
    found: Option<FoundRcon>,
    tag: &str,
    crowd: Crowd,
) -> Result<Option<Settled>, Halt> {
    let found = match found {
        Some(found) => found,
        None => match ask_for_port(story).await? {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    let mut place = match password(story, &found, crowd).await? {
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
async fn password(story: &Story, found: &FoundRcon, crowd: Crowd) -> Result<Option<PasswordPlace>, Halt> {
    if let Some(path) = &story.options.rcon_password_file {
        let path = std::path::absolute(path).map_err(|error| Halt::Unreadable(path.clone(), error))?;
        password_in(&path)?;
        return Ok(Some(PasswordPlace::File(path)));
    }
    match &found.password {
        FoundPassword::Text(secret) => return Ok(Some(PasswordPlace::Own(secret.clone()))),
        FoundPassword::File(path) if password_in(path).is_ok() => {
            return Ok(Some(PasswordPlace::File(path.clone())));
        }
        FoundPassword::File(path) => story.screen.bad(
            &format!("{} holds the RCON password and cannot be read", path.display()),
            "give this user the right to read it, or type the password",
        ),
        FoundPassword::Unknown => {}
    }
    match (story.surroundings.variable(PASSWORD), crowd) {
        (Some(value), Crowd::One) => return Ok(Some(PasswordPlace::Own(Secret::new(value)))),
        (Some(_), Crowd::Several) if !story.questions.are_answered() => return Err(for_one(PASSWORD)),
        _ => {}
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

/// The password in a file that lies there for good, and perhaps is somebody else's: what is no regular file is not opened.
fn password_in(path: &Path) -> Result<Secret, Halt> {
    let mut text = String::new();
    census::open_regular(path)
        .and_then(|file| file.take(LONGEST).read_to_string(&mut text))
        .map_err(|error| Halt::Unreadable(path.to_owned(), error))?;
    Ok(Secret::new(text.trim_start_matches('\u{feff}').trim()))
}

/// Logs in at each host in turn; the first that answers, else what the first one did.
async fn knock(found: &FoundRcon, place: &PasswordPlace) -> Result<(String, Result<String, Down>), Halt> {
    let secret = match place {
        PasswordPlace::File(path) => password_in(path)?,
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

/// `HOST:PORT`, or a port of this machine.
pub(super) fn address(text: &str) -> Result<(String, u16), Halt> {
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
