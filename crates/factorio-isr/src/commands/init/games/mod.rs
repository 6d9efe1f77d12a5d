//! The Factorio servers on this machine, and what they tell of themselves.
//!
//! Owns the search: running processes first, then the usual folders for games that do not run or run in another container.
//! Reads only, and a bounded number of files. Must not ask anybody anything, nor connect. Cannot fail: what cannot be looked
//! at is not found, and a game of which only a part is known says which.

mod folders;
mod mounts;
mod process;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::secret::Secret;
use crate::commands::census;

/// A server that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundGame {
    /// How it was found, for people: `process 4711`, or a folder.
    pub(super) found_by: String,
    /// The name that its settings give it.
    pub(super) name: Option<String>,
    /// Where its console can be read.
    pub(super) log: FoundLog,
    /// A good place for a console log that is not written yet.
    pub(super) folder: PathBuf,
    /// Its RCON port, as far as it is known.
    pub(super) rcon: Option<FoundRcon>,
}

/// Where a console can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoundLog {
    /// The file behind `--console-log`, or one that looks like it.
    Console(PathBuf),
    /// A file that everything goes to that the game prints.
    Capture(PathBuf),
    /// The game writes its console to no file that we can see.
    None,
}

/// An RCON port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundRcon {
    /// The hosts to try, likeliest first.
    pub(super) hosts: Vec<String>,
    /// The port.
    pub(super) port: u16,
    /// Its password.
    pub(super) password: FoundPassword,
}

/// A password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoundPassword {
    /// It stands in the arguments of the process.
    Text(Secret),
    /// It stands in a file, which the game's container keeps.
    File(PathBuf),
    /// It is not known.
    Unknown,
}

/// Where we look.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    /// The root of the file system to look in: `/`, or where another one is mounted.
    pub(super) root: PathBuf,
    /// The home folder.
    pub(super) home: Option<PathBuf>,
    /// Whether we run in a container, where the game is another machine.
    pub(super) surrounding: Surrounding,
    /// Whose processes are believed.
    pub(super) users: Users,
}

/// Whose processes are believed: what one says of itself decides which file is posted and which port is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Users {
    /// Everybody's, for a person looks at them.
    All,
    /// Those of these users.
    Only(Vec<u32>),
}

impl Users {
    fn hold(&self, users: &[u32]) -> bool {
        match self {
            Self::All => true,
            Self::Only(believed) => users.iter().all(|user| believed.contains(user)),
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) games: Vec<FoundGame>,
    /// Processes of users who are not believed, for people.
    pub(super) left_out: Vec<String>,
}

/// What is around us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surrounding {
    Machine,
    Container,
}

impl Ground {
    /// A path as it is seen from that root.
    fn below(&self, path: &Path) -> PathBuf {
        match path.strip_prefix("/") {
            Ok(rest) => self.root.join(rest),
            Err(_) => path.to_owned(),
        }
    }
}

/// Everything that is found. Blocks as long as the file system does.
pub(super) fn find(ground: &Ground) -> Found {
    let mut found = Found::default();
    for process::Running { game, users } in process::running(ground) {
        if ground.users.hold(&users) {
            found.games.push(game);
        } else {
            found.left_out.push(game.found_by);
        }
    }
    for game in folders::usual(ground) {
        let is_known = found.games.iter().any(|known| is_same(known, &game));
        if !is_known {
            found.games.push(game);
        }
    }
    found
}

/// Whether two finds are one game: they write the same log, or the folder holds what the process uses.
fn is_same(known: &FoundGame, other: &FoundGame) -> bool {
    let log = |game: &FoundGame| match &game.log {
        FoundLog::Console(path) | FoundLog::Capture(path) => Some(path.clone()),
        FoundLog::None => None,
    };
    let same_log = log(known).is_some() && log(known) == log(other);
    let inside = log(known).is_some_and(|path| path.starts_with(&other.folder));
    same_log || inside || known.folder.starts_with(&other.folder)
}

/// The name in a file of server settings.
fn name_in(settings: &Path) -> Option<String> {
    const LARGEST: u64 = 256 << 10;
    let mut text = String::new();
    let file = census::open_regular(settings).ok()?;
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    let settings: serde_json::Value = serde_json::from_str(&text).ok()?;
    let name: String = settings["name"]
        .as_str()?
        .chars()
        .filter(|c| !c.is_control())
        .take(60)
        .collect();
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A machine with one process, as `status` tells of its user.
    fn found(status: &str, users: Users) -> Found {
        let root = tempfile::tempdir().unwrap();
        let process = root.path().join("proc/7");
        fs::create_dir_all(&process).unwrap();
        fs::write(
            process.join("cmdline"),
            "f\0--start-server\0x\0--console-log\0/c.log\0",
        )
        .unwrap();
        fs::write(process.join("status"), status).unwrap();
        find(&Ground {
            root: root.path().to_owned(),
            home: None,
            surrounding: Surrounding::Machine,
            users,
        })
    }

    #[test]
    fn a_process_of_somebody_else_is_believed_only_when_a_person_looks() {
        let us = rustix::process::geteuid().as_raw();
        let own = format!("Name:\tx\nUid:\t{us}\t{us}\t{us}\t{us}\n");
        assert_eq!(found(&own, Users::Only(vec![us])).games.len(), 1);
        // Somebody else's, and one that took our rights when somebody else started it.
        for status in [
            "Uid:\t4242\t4242\t4242\t4242\n".to_owned(),
            format!("Uid:\t4242\t{us}\t{us}\t{us}\n"),
        ] {
            let found_by = "process 7 of user 4242";
            let left = found(&status, Users::Only(vec![0, us]));
            assert!(left.games.is_empty() && left.left_out == [found_by], "{left:?}");
            assert_eq!(found(&status, Users::All).games[0].found_by, found_by);
        }
    }
}
