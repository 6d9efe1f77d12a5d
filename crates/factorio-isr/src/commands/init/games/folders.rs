//! The usual folders of a server, for one that does not run or runs in another container.
//!
//! Owns where people and the common container keep the game. Looks at a bounded number of names. The container's password
//! file is noted by its path, so that a new password is found there, too.

use std::fs;
use std::path::{Path, PathBuf};

use isr_core::coverage::LogContent;

use super::{FoundGame, FoundLog, FoundPassword, FoundRcon, Ground, Surrounding, name_in};
use crate::commands::census;

/// Where servers usually are.
const PLACES: [&str; 7] = [
    "/factorio",
    "/opt/factorio",
    "/srv/factorio",
    "/var/lib/factorio",
    "/home/factorio",
    "/home/factorio/factorio",
    "/logs",
];
/// Where in such a folder the console log may lie.
const LOG_FOLDERS: [&str; 3] = ["", "logs", "log"];
/// So many names of one folder are looked at.
const MOST_NAMES: usize = 500;
/// What the common container listens at, and how its service is called in the usual compose files.
const CONTAINER_PORT: u16 = 27_015;
const CONTAINER_NAME: &str = "factorio";

/// Every usual folder that holds a server.
pub(super) fn usual(ground: &Ground) -> Vec<FoundGame> {
    let home = ground.home.as_ref().map(|home| home.join("factorio"));
    let places = PLACES.iter().map(|place| ground.below(Path::new(place)));
    let mut found: Vec<FoundGame> = Vec::new();
    for folder in places.chain(home) {
        let is_new = |game: &FoundGame| !found.iter().any(|known| known.folder == game.folder);
        if let Some(game) = one(ground, &folder).filter(is_new) {
            found.push(game);
        }
    }
    found
}

fn one(ground: &Ground, folder: &Path) -> Option<FoundGame> {
    if !folder.is_dir() {
        return None;
    }
    let logs = LOG_FOLDERS.iter().map(|name| folder.join(name));
    let log = logs
        .map(|logs| console_log_in(&logs))
        .find(|log| *log != FoundLog::None);
    let password = folder.join("config/rconpw");
    let settings = [
        "config/server-settings.json",
        "data/server-settings.json",
        "server-settings.json",
    ];
    let has_password = password.exists();
    let marks = [
        "factorio-current.log",
        "bin/x64/factorio",
        "saves",
        "config/server-settings.json",
    ];
    let is_game = marks.iter().any(|mark| folder.join(mark).exists());
    if log.is_none() && !has_password && !is_game {
        return None;
    }
    let mut hosts = vec!["localhost".to_owned()];
    if ground.surrounding == Surrounding::Container {
        hosts.insert(0, CONTAINER_NAME.to_owned());
    }
    Some(FoundGame {
        found_by: folder.display().to_string(),
        name: settings.iter().find_map(|name| name_in(&folder.join(name))),
        log: log.unwrap_or(FoundLog::None),
        folder: folder.to_owned(),
        rcon: has_password.then_some(FoundRcon {
            hosts,
            port: CONTAINER_PORT,
            password: FoundPassword::File(password),
        }),
    })
}

/// `console.log`, or whatever file proves to be one by what it holds.
fn console_log_in(folder: &Path) -> FoundLog {
    let usual = folder.join("console.log");
    if usual.is_file() {
        return FoundLog::Console(usual);
    }
    let names = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .take(MOST_NAMES);
    let mut logs: Vec<PathBuf> = names
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "log") && path.is_file())
        .collect();
    logs.sort();
    let read = logs
        .into_iter()
        .find_map(|path| match census::look(&path).ok()?.content {
            LogContent::ConsoleLog => Some(FoundLog::Console(path)),
            LogContent::Capture => Some(FoundLog::Capture(path)),
            LogContent::GameLog | LogContent::Heard | LogContent::Unknown => None,
        });
    read.unwrap_or(FoundLog::None)
}

#[cfg(test)]
mod tests {
    use super::super::Users;
    use super::*;

    fn ground(root: &Path, surrounding: Surrounding) -> Ground {
        Ground {
            root: root.to_owned(),
            home: None,
            surrounding,
            users: Users::All,
        }
    }

    #[test]
    fn the_common_container_is_found_by_its_volume() {
        let root = tempfile::tempdir().unwrap();
        let game = root.path().join("factorio");
        fs::create_dir_all(game.join("config")).unwrap();
        fs::create_dir_all(root.path().join("opt/factorio")).unwrap();
        assert_eq!(usual(&ground(root.path(), Surrounding::Container)), []);
        fs::write(game.join("config/rconpw"), "secret\n").unwrap();
        let [found] = &usual(&ground(root.path(), Surrounding::Container))[..] else {
            panic!("one server")
        };
        assert_eq!(found.log, FoundLog::None);
        let rcon = found.rcon.as_ref().unwrap();
        assert_eq!(rcon.hosts, ["factorio", "localhost"]);
        assert_eq!(rcon.password, FoundPassword::File(game.join("config/rconpw")));
    }

    #[test]
    fn a_console_log_is_known_by_its_name_or_by_what_it_holds() {
        let root = tempfile::tempdir().unwrap();
        let logs = root.path().join("srv/factorio/logs");
        fs::create_dir_all(&logs).unwrap();
        fs::write(
            logs.join("chat.log"),
            "2026-01-31 18:00:05 [JOIN] Bob joined the game\n",
        )
        .unwrap();
        fs::write(logs.join("a.log"), "nothing of the kind\n").unwrap();
        let log = || usual(&ground(root.path(), Surrounding::Machine))[0].log.clone();
        assert_eq!(log(), FoundLog::Console(logs.join("chat.log")));
        fs::write(logs.join("console.log"), "").unwrap();
        assert_eq!(log(), FoundLog::Console(logs.join("console.log")));
    }
}
