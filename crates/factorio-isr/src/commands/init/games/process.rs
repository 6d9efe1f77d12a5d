//! Running servers, as Linux tells of them in `/proc`.
//!
//! Owns what the game's arguments mean, and how far they are believed: anybody can start a process with such arguments, so
//! that no host which they name is taken unless it is this machine. A process of another user may hide its folders; then a
//! path that it wrote without its folder is not known. Elsewhere than on Linux nothing is found.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{FoundGame, FoundLog, FoundPassword, FoundRcon, Ground, mounts, name_in};
use crate::commands::init::secret::Secret;

/// The port of RCON when only a password is given; the game opens none then, so that it is a guess to be checked.
const USUAL_PORT: u16 = 27_015;
/// Longer command lines are not read to their end.
const LONGEST: usize = 128 << 10;

/// What the arguments of a server say; paths as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Arguments {
    console_log: Option<PathBuf>,
    rcon_port: Option<u16>,
    rcon_bind: Option<String>,
    rcon_password: Option<String>,
    server_settings: Option<PathBuf>,
}

impl Arguments {
    /// Reads them; `None` when this is no Factorio server.
    fn read(words: &[String]) -> Option<Self> {
        let is_server = |word: &String| word.starts_with("--start-server");
        // A shell or a wrapper has the whole line as one of its words; only the game has them apart.
        words.iter().skip(1).find(|word| is_server(word))?;
        let mut found = Self::default();
        let mut words = words.iter().skip(1).peekable();
        while let Some(word) = words.next() {
            let (name, joined) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let mut value = || {
                joined
                    .clone()
                    .or_else(|| words.peek().map(|next| (*next).clone()))
            };
            match name {
                "--console-log" => found.console_log = value().map(PathBuf::from),
                "--rcon-port" => found.rcon_port = value().and_then(|port| port.parse().ok()),
                "--rcon-bind" => found.rcon_bind = value(),
                "--rcon-password" => found.rcon_password = value(),
                "--server-settings" => found.server_settings = value().map(PathBuf::from),
                _ => {}
            }
        }
        Some(found)
    }

    fn rcon(&self) -> Option<FoundRcon> {
        let (host, port) = match &self.rcon_bind {
            Some(bind) => {
                let (host, port) = bind.rsplit_once(':')?;
                (reachable(host), port.parse().ok()?)
            }
            None => (
                "localhost".to_owned(),
                match (self.rcon_port, &self.rcon_password) {
                    (Some(port), _) => port,
                    (None, Some(_)) => USUAL_PORT,
                    (None, None) => return None,
                },
            ),
        };
        let password = self
            .rcon_password
            .as_ref()
            .map_or(FoundPassword::Unknown, |text| {
                FoundPassword::Text(Secret::new(text))
            });
        Some(FoundRcon {
            hosts: vec![host],
            port,
            password,
        })
    }
}

/// Where a listener is reached from this machine. A password is sent there, so that it is always this machine: a name, or an
/// address of another one, is not what a game here listens at.
fn reachable(listens_at: &str) -> String {
    let host = listens_at.trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)) => "localhost".to_owned(),
        Ok(address) if !address.is_unspecified() && is_of_this_machine(address) => host.to_owned(),
        _ => "localhost".to_owned(),
    }
}

/// Whether a socket can be bound to it. Where the system lets everybody bind to foreign addresses, that proves nothing.
fn is_of_this_machine(address: IpAddr) -> bool {
    let family = if address.is_ipv4() { "ipv4" } else { "ipv6" };
    let any = fs::read_to_string(format!("/proc/sys/net/{family}/ip_nonlocal_bind"));
    let proves = any.map_or(true, |any| any.trim() == "0");
    address.is_loopback() || (proves && UdpSocket::bind((address, 0)).is_ok())
}

/// One process, and how its paths become ours.
struct Process<'a> {
    ground: &'a Ground,
    number: String,
    folder: PathBuf,
}

impl Process<'_> {
    /// A path of the process, as we see it; `None` when it lies where we cannot see it.
    fn ours(&self, written: &Path) -> Option<PathBuf> {
        let absolute = if written.is_absolute() {
            written.to_owned()
        } else {
            let working = fs::read_link(self.folder.join("cwd")).ok()?;
            working.join(written)
        };
        let mounts = |of: &str| fs::read_to_string(self.ground.root.join("proc").join(of).join("mountinfo"));
        let seen = match (mounts(&self.number), mounts("self")) {
            (Ok(theirs), Ok(ours)) => mounts::translate(&absolute, &theirs, &ours)?,
            _ => absolute,
        };
        Some(self.ground.below(&tidy(&seen)))
    }

    /// The regular file that its standard output goes to.
    fn capture(&self) -> Option<PathBuf> {
        let path = fs::read_link(self.folder.join("fd/1")).ok()?;
        let path = self.ours(&path)?;
        fs::metadata(&path)
            .is_ok_and(|found| found.is_file())
            .then_some(path)
    }
}

/// Without `.` and `..`, which a person should not have to read.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                tidied.pop();
            }
            part => tidied.push(part),
        }
    }
    tidied
}

/// A server, and the users that its process belongs to.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) game: FoundGame,
    pub(super) users: Vec<u32>,
}

/// Every server that runs, by its number.
pub(super) fn running(ground: &Ground) -> Vec<Running> {
    let listed = fs::read_dir(ground.root.join("proc"));
    let mut numbers: Vec<u32> = listed
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    let found = numbers.into_iter().filter_map(|number| one(ground, number));
    found.collect()
}

fn one(ground: &Ground, number: u32) -> Option<Running> {
    let folder = ground.root.join("proc").join(number.to_string());
    let mut line = fs::read(folder.join("cmdline")).ok()?;
    line.truncate(LONGEST);
    let words: Vec<String> = line
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    let arguments = Arguments::read(&words)?;
    let process = Process {
        ground,
        number: number.to_string(),
        folder,
    };
    let log = match (&arguments.console_log, process.capture()) {
        (Some(written), _) => process.ours(written).map_or(FoundLog::None, FoundLog::Console),
        (None, Some(capture)) => FoundLog::Capture(capture),
        (None, None) => FoundLog::None,
    };
    let settings = arguments.server_settings.as_deref();
    let settings = settings.and_then(|path| process.ours(path));
    let beside = match &log {
        FoundLog::Console(path) | FoundLog::Capture(path) => path.parent().map(Path::to_owned),
        FoundLog::None => process.ours(Path::new(".")),
    };
    let users = users(&process.folder);
    Some(Running {
        game: FoundGame {
            found_by: format!("process {number}{}", whose(&users)),
            name: settings.as_deref().and_then(name_in),
            log,
            folder: beside.unwrap_or_else(|| PathBuf::from("/factorio")),
            rcon: arguments.rcon(),
        },
        users,
    })
}

/// The users of a process. The folder belongs to the one with whose rights it acts; of a program that takes other rights than
/// those of the person who started it, and with what arguments, only `status` names that person.
fn users(folder: &Path) -> Vec<u32> {
    let owner = fs::metadata(folder).map(|found| found.uid());
    let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let listed = line.into_iter().flat_map(str::split_whitespace);
    let mut users: Vec<u32> = owner.into_iter().collect();
    users.extend(listed.filter_map(|user| user.parse::<u32>().ok()));
    users
}

/// The number of a user that is not us: then reading may need a right.
fn whose(users: &[u32]) -> String {
    let us = rustix::process::geteuid().as_raw();
    let other = users.iter().find(|user| **user != us);
    other.map(|user| format!(" of user {user}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::super::{Surrounding, Users};
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn only_the_game_itself_is_a_server() {
        let server = words("/opt/factorio/bin/x64/factorio --start-server save.zip");
        assert_eq!(Arguments::read(&server), Some(Arguments::default()));
        for other in [
            vec![
                "sh".to_owned(),
                "-c".into(),
                "factorio --start-server save.zip".into(),
            ],
            words("factorio --create save.zip"),
            words("factorio-isr run"),
            words("--start-server"),
        ] {
            assert_eq!(Arguments::read(&other), None, "{other:?}");
        }
    }

    #[test]
    fn ports_and_passwords_are_read_in_every_form() {
        let rcon = |line: &str| Arguments::read(&words(line)).unwrap().rcon();
        let found = rcon("f --start-server-load-latest --rcon-port 27020 --rcon-password s=3").unwrap();
        assert_eq!((found.hosts[0].as_str(), found.port), ("localhost", 27_020));
        assert_eq!(found.password, FoundPassword::Text(Secret::new("s=3")));
        let bound = rcon("f --start-server x --rcon-bind 127.0.0.9:27016 --rcon-password x").unwrap();
        assert_eq!((bound.hosts[0].as_str(), bound.port), ("127.0.0.9", 27_016));
        let anywhere = rcon("f --start-server x --rcon-bind=0.0.0.0:1 --rcon-password=x").unwrap();
        assert_eq!((anywhere.hosts[0].as_str(), anywhere.port), ("localhost", 1));
        assert_eq!(rcon("f --start-server x --rcon-bind nonsense"), None);
        assert_eq!(rcon("f --start-server x"), None);
    }

    #[test]
    fn p07_a_process_names_no_other_machine() {
        for other in [
            "203.0.113.5",
            "[2001:db8::5]",
            "games.example.org",
            "localhost.",
            "",
        ] {
            assert_eq!(reachable(other), "localhost", "{other}");
        }
        assert_eq!(reachable("127.0.0.9"), "127.0.0.9");
        assert_eq!(reachable("[::1]"), "::1");
    }

    #[test]
    fn a_running_server_is_read_from_proc() {
        let root = tempfile::tempdir().unwrap();
        let proc = root.path().join("proc/4711");
        fs::create_dir_all(proc.join("fd")).unwrap();
        fs::create_dir_all(root.path().join("srv/north")).unwrap();
        fs::write(
            root.path().join("srv/north/settings.json"),
            r#"{"name": "North \u0007base"}"#,
        )
        .unwrap();
        symlink("/srv/north/run", proc.join("cwd")).unwrap();
        let line = "factorio\0--start-server\0a.zip\0--console-log\0../console.log\0--server-settings\0/srv/north/settings.json\0";
        fs::write(proc.join("cmdline"), line).unwrap();
        let ground = Ground {
            root: root.path().to_owned(),
            home: None,
            surrounding: Surrounding::Machine,
            users: Users::All,
        };
        let [Running { game, .. }] = &running(&ground)[..] else {
            panic!("one server")
        };
        assert_eq!(
            game.log,
            FoundLog::Console(root.path().join("srv/north/console.log"))
        );
        assert_eq!(game.name.as_deref(), Some("North base"));
        assert_eq!(game.rcon, None);

        // Without a console log what it prints will do, where that is a file.
        fs::write(proc.join("cmdline"), "factorio\0--start-server\0a.zip\0").unwrap();
        assert_eq!(running(&ground)[0].game.log, FoundLog::None);
        fs::write(root.path().join("srv/north/nohup.out"), "x").unwrap();
        symlink("/srv/north/nohup.out", proc.join("fd/1")).unwrap();
        assert_eq!(
            running(&ground)[0].game.log,
            FoundLog::Capture(root.path().join("srv/north/nohup.out"))
        );
    }
}
