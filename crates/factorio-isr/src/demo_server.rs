//! A small believable Factorio server that writes a console log: players come, talk, die, research and leave.
//!
//! Owns the story of `factorio-isr demo`. It writes a real file with real stamps and knows nothing of the relay that
//! reads it. Fails only where the file cannot be written.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::ZonedDateTime;

/// Players of the story; invented.
const PLAYERS: [&str; 5] = ["Ada", "Brunel", "C.Babbage", "grace-h", "Tesla_42"];

/// Things they say, markdown and mischief included.
const TALK: [&str; 14] = [
    "anyone got spare [item=iron-plate]?",
    "belts are backed up at [gps=-120,48]",
    "we need more power",
    "who put a *chest* in the middle of the main bus",
    "@everyone free rockets", // must not ping anyone
    "the ratio is 3:2, trust me",
    "biters at the south wall again",
    "brb tea",
    "[color=red]train incoming[/color]",
    "ok who deleted rail signal 7",
    "lol",
    "uranium patch is huge",
    "**bold** claims __need__ ~~proof~~ blueprints",
    "gg",
];

/// What the mod reports as finished.
const MILESTONES: [&str; 4] = [
    "first rocket",
    "1,000 science packs",
    "100 trains",
    "nuclear power",
];
/// Research, by internal name.
const RESEARCH: [&str; 5] = [
    "automation-2",
    "logistics-2",
    "nuclear-power",
    "rocket-silo",
    "space-platform",
];
/// What kills players.
const CAUSES: [&str; 4] = ["a locomotive", "medium-biter", "gun-turret", "Tesla_42"];

/// The simulated server and its open log.
#[derive(Debug)]
pub struct DemoServer {
    log: File,
    online: Vec<usize>,
    dice: Dice,
    lines: u64,
}

impl DemoServer {
    /// Starts a server: the log opens with its frame.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn start(path: &Path, seed: u64) -> io::Result<Self> {
        let mut server = Self {
            log: File::create(path)?,
            online: Vec::new(),
            dice: Dice(seed | 1),
            lines: 0,
        };
        let opened = ZonedDateTime::now()
            .strftime("=== Log opened %Y-%m-%d %H:%M:%S ===")
            .to_string();
        server.write(&opened)?;
        Ok(server)
    }

    /// How many lines were written.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Lets one thing happen and tells how long to wait for the next.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn happen(&mut self) -> io::Result<Duration> {
        match self.dice.below(20) {
            _ if self.online.is_empty() => self.join()?,
            0..3 => self.join()?,
            3..5 => self.leave()?,
            5..7 => self.work()?,
            7 => self.accident()?,
            _ => self.talk()?,
        }
        Ok(Duration::from_millis(250 + self.dice.below(900)))
    }

    /// Closes the log as a clean stop does.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn stop(&mut self) -> io::Result<()> {
        while !self.online.is_empty() {
            self.leave()?;
        }
        let closed = ZonedDateTime::now()
            .strftime("=== Log closed %Y-%m-%d %H:%M:%S ===")
            .to_string();
        self.write(&closed)
    }

    fn join(&mut self) -> io::Result<()> {
        let newcomer = (0..PLAYERS.len()).find(|player| !self.online.contains(player));
        let Some(player) = newcomer else {
            return self.talk();
        };
        self.online.push(player);
        self.dated(&format!("[JOIN] {} joined the game", PLAYERS[player]))
    }

    fn leave(&mut self) -> io::Result<()> {
        let at = self.dice.index(self.online.len());
        let player = self.online.swap_remove(at);
        self.dated(&format!("[LEAVE] {} left the game", PLAYERS[player]))
    }

    fn talk(&mut self) -> io::Result<()> {
        let text = TALK[self.dice.index(TALK.len())];
        let speaker = self.speaker();
        self.dated(&format!("[CHAT] {speaker}: {text}"))
    }

    fn work(&mut self) -> io::Result<()> {
        let speaker = self.speaker();
        match self.dice.below(3) {
            0 => {
                let technology = RESEARCH[self.dice.index(RESEARCH.len())];
                self.write(&format!("{technology} technology has been researched"))
            }
            1 => {
                let text = MILESTONES[self.dice.index(MILESTONES.len())];
                self.write(&format!("[MILESTONE] {speaker} completed: {text}"))
            }
            _ => self.write(&format!("[TODO] {speaker} finished task: build more walls")),
        }
    }

    fn accident(&mut self) -> io::Result<()> {
        let cause = CAUSES[self.dice.index(CAUSES.len())];
        let speaker = self.speaker();
        self.write(&format!("{speaker} was killed by {cause}"))
    }

    fn speaker(&mut self) -> &'static str {
        let at = self.dice.index(self.online.len());
        PLAYERS[self.online[at]]
    }

    fn dated(&mut self, body: &str) -> io::Result<()> {
        let stamp = ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
        self.write(&format!("{stamp} {body}"))
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.lines += 1;
        self.log.write_all(format!("{line}\n").as_bytes())
    }
}

/// A tiny pseudo-random source: the story only has to look lively.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }

    fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_is_lively_and_ends_cleanly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.log");
        let mut server = DemoServer::start(&path, 7).unwrap();
        for _ in 0..300 {
            server.happen().unwrap();
        }
        server.stop().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count() as u64, server.lines());
        for needle in [
            "[JOIN]",
            "[LEAVE]",
            "[CHAT]",
            "[MILESTONE]",
            "researched",
            "was killed by",
            "Log closed",
        ] {
            assert!(text.contains(needle), "no {needle} in the story");
        }
        assert_eq!(text.matches("[JOIN]").count(), text.matches("[LEAVE]").count());
    }
}
