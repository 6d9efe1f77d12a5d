//! The proof: the relay itself runs for a moment with what was written, and has to deliver.
//!
//! Owns what counts as proven, and says of everything else why it is not. The relay is the real one (reader, store, lanes,
//! bot) with a state folder of its own, so that nothing of it is left and the first true start begins where it would have.
//! Cards, alerts and recaps keep silent meanwhile. It posts one test message a destination, and says one line in each game
//! that RCON lets us into. Cannot fail: what does not work is told with the next step.

mod traces;

use std::path::{Path, PathBuf};
use std::time::Duration;

use factorio_rcon::gate::ChatText;
use factorio_rcon::{Options, Priority};
use isr_core::game::alert::Rule;
use tokio::time::{Instant, sleep};

use super::Story;
use super::chosen::{Chosen, Hears, Place};
use crate::commands::doctor::games as asking;
use crate::commands::rcon::once::{self, Console};
use crate::config::{Config, ConsoleLog, Server, StartAt, TestMessage};
use crate::logging;
use crate::metrics::ChatLabels;
use crate::relay::{Relay, StartError};
use crate::status::Trouble;

use traces::{Outbox, holds, line_number, size};

/// Discord is given so long to take a message, and a game to write a line.
const SOON: Duration = Duration::from_secs(20);
/// A line that no log file keeps is said so often at most, in that time: a game tells RCON nothing of what was said before the
/// relay listened there.
const SAID: u32 = 4;
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All that can be proven now is.
    Proven,
    /// Something does not work.
    Failed,
}

/// Runs the relay and tries every way.
pub(super) async fn prove(story: &Story, config: Config, chosen: &Chosen) -> Verdict {
    story.screen.heading("Proof");
    let stage = match Stage::new() {
        Ok(stage) => stage,
        Err(error) => {
            story.screen.bad(
                &format!("no temporary folder: {error}"),
                "make room, then `factorio-isr doctor`",
            );
            return Verdict::Failed;
        }
    };
    let config = for_a_moment(config, &stage.0);
    let relay = match Relay::start(&config).await {
        Ok(relay) => relay,
        Err(error) => return not_started(story, &error),
    };
    let mut proof = Proof {
        story,
        config: &config,
        chosen,
        relay: &relay,
        part: Part::Trying,
        verdict: Verdict::Proven,
    };
    tokio::select! {
        () = proof.run() => {}
        _ = tokio::signal::ctrl_c() => {
            story.screen.line("");
            story.screen.note("Stopped. What was written stays; `factorio-isr doctor` looks at the rest.");
            // Whoever skips the waiting has seen everything before it.
            if proof.part == Part::Trying {
                proof.verdict = Verdict::Failed;
            }
        }
    }
    let verdict = proof.verdict;
    relay.stop().await;
    verdict
}

/// The same configuration, without what would stay behind.
fn for_a_moment(mut config: Config, state: &Path) -> Config {
    state.clone_into(&mut config.state_dir);
    config.health.host = std::net::Ipv4Addr::LOCALHOST.into();
    config.health.port = 0;
    config.test_message = TestMessage::Send;
    for server in &mut config.servers {
        server.card = None;
        server.quiet_hours = None;
        server.start = StartAt::End;
        server.alerts.settings.off = Rule::ALL.into_iter().collect();
        if let Some(ConsoleLog::Rcon(heard)) = &mut server.log {
            heard.spool = state.join(heard.spool.file_name().unwrap_or_default());
        }
    }
    config
}

fn not_started(story: &Story, error: &StartError) -> Verdict {
    match error {
        StartError::Bot(_) => story.screen.bad(
            "Nothing was tried: a relay with this bot runs on this machine already, and another one would say everything twice",
            "start that one anew with what was written, and ask `factorio-isr doctor`",
        ),
        error => {
            let text = logging::error_chain(error);
            story.screen.bad(
                &format!("the relay does not start: {text}"),
                "correct that, then `factorio-isr doctor`",
            );
        }
    }
    Verdict::Failed
}

struct Proof<'a> {
    story: &'a Story,
    config: &'a Config,
    chosen: &'a Chosen,
    relay: &'a Relay,
    part: Part,
    verdict: Verdict,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What goes by itself.
    Trying,
    /// Waiting for a person.
    Listening,
}

/// What a person still has to do, for the rest to be seen.
#[derive(Debug, Default)]
struct Left {
    /// Nobody spoke in these games yet: their servers have no RCON.
    unheard_games: Vec<String>,
    /// What is written on Discord would be said there.
    listening: Vec<String>,
}

impl Proof<'_> {
    async fn run(&mut self) {
        self.discord().await;
        until(SOON, || self.relay.status().is_started()).await;
        let mut left = Left::default();
        for server in &self.config.servers {
            if !self.game(server).await {
                left.unheard_games.push(server.name.clone());
            }
        }
        if let Place::Bot(bot) = &self.chosen.place {
            let is_there = self.session().await;
            if is_there && bot.hears == Hears::Messages {
                let hears = |server: &&Server| !server.discord_chat.channels.is_empty();
                let tags = self.config.servers.iter().filter(hears);
                left.listening = tags.map(|server| server.tag.to_string()).collect();
            }
        }
        for server in &self.config.servers {
            self.reading(server);
        }
        self.part = Part::Listening;
        self.listen(left).await;
    }

    /// What the reader could not do, where nothing else has told it.
    fn reading(&mut self, server: &Server) {
        let path = server.log.as_ref().and_then(ConsoleLog::path);
        let is_awaited = path.is_some_and(|path| !path.exists());
        if self.verdict == Verdict::Failed || is_awaited {
            return;
        }
        let of_it = |trouble: &Trouble| trouble.server.as_deref() == Some(server.tag.as_str());
        if let Some(reason) = self.trouble(of_it) {
            self.bad(
                &format!("{}: {reason}", server.name),
                "correct that; `factorio-isr doctor` looks again",
            );
        }
    }

    fn bad(&mut self, what: &str, next: &str) {
        self.story.screen.bad(what, next);
        self.verdict = Verdict::Failed;
    }

    fn place(&self) -> String {
        match &self.chosen.place {
            Place::Webhook(_) => "the webhook's channel".to_owned(),
            Place::Bot(bot) => format!("#{}", bot.channel.name),
        }
    }

    fn delivered(&self) -> u64 {
        self.relay.metrics().delivered_in_all()
    }

    /// The first trouble of this kind that health tells.
    fn trouble(&self, is_meant: impl Fn(&Trouble) -> bool) -> Option<String> {
        let troubles = self.relay.status().health().troubles;
        let found = troubles.into_iter().find(is_meant);
        found.map(|trouble| trouble.reason)
    }

    fn of_posting(&self) -> Option<String> {
        self.trouble(|trouble| trouble.destination.is_some())
    }

    fn of_session(&self) -> Option<String> {
        self.trouble(|trouble| trouble.server.is_none() && trouble.destination.is_none())
    }

    /// The test message of each destination.
    async fn discord(&mut self) {
        let mut targets: Vec<String> = self
            .config
            .servers
            .iter()
            .map(|server| server.target.to_string())
            .collect();
        targets.sort();
        targets.dedup();
        let outbox = Outbox::of(&self.config.state_dir);
        // Not just any deliveries: people may play meanwhile.
        let tested = || outbox.count(None, |row| row.kind == "test") >= targets.len();
        let refused =
            || self.relay.status().has_destination_trouble() || self.relay.metrics().given_up_in_all() > 0;
        let arrived = until(SOON, || tested() || refused()).await;
        if tested() {
            let text = format!("Discord accepted a test message in {}.", self.place());
            return self.story.screen.good(&text);
        }
        let why = self.of_posting().unwrap_or_else(|| match arrived {
            true => "Discord refused it".to_owned(),
            false => format!("no answer within {} s", SOON.as_secs()),
        });
        self.bad(
            &format!("The test message did not arrive: {why}"),
            "correct that; `factorio-isr doctor` names the place to click",
        );
    }

    /// Says a line in the game, and follows it through the log to Discord. Whether somebody spoke there.
    async fn game(&mut self, server: &Server) -> bool {
        let Some(rcon) = &server.rcon else {
            return false;
        };
        let number = line_number();
        let line = format!("factorio-isr is connected: what happens here appears on Discord ({number})");
        let log = server.log.as_ref().and_then(|log| match log {
            ConsoleLog::File(path) => Some(path),
            ConsoleLog::StandardInput | ConsoleLog::Rcon(_) => None,
        });
        let from = log.map_or(0, |path| size(path));
        if let Err(remedy) = say(rcon.options(), &line).await {
            self.bad(&format!("Nothing could be said in {}", server.name), &remedy);
            return false;
        }
        if let Some(path) = log
            && !until(SOON, || holds(path, from, &line)).await
        {
            let shown = path.display();
            self.bad(
                &format!("A line was said in {}, and {shown} does not hold it", server.name),
                &format!(
                    "is the game started with `--console-log {shown}`? Then it appears there, and on Discord"
                ),
            );
            return true;
        }
        let refused = || self.relay.status().has_destination_trouble();
        let outbox = Outbox::of(&self.config.state_dir);
        let arrived = || outbox.count(Some(&server.tag), |row| row.text.contains(&number)) > 0;
        let times = if log.is_some() { 1 } else { SAID };
        for time in 1..=times {
            let has_ended = until(SOON / times, || arrived() || refused()).await;
            if has_ended || time == times || say(rcon.options(), &line).await.is_err() {
                break;
            }
        }
        if arrived() {
            let way = match log {
                Some(_) => "RCON, the game, its log, the relay",
                None => "RCON, the game, RCON again, the relay",
            };
            let text = format!(
                "{} to Discord: a line came through {way}, and was accepted.",
                server.name
            );
            self.story.screen.good(&text);
        } else {
            let why = self
                .of_session()
                .unwrap_or_else(|| "it was not posted in time".to_owned());
            self.bad(
                &format!("A line of {} did not reach Discord: {why}", server.name),
                "`factorio-isr parse LOG` shows what is understood, `factorio-isr doctor` the rest",
            );
        }
        true
    }

    /// Whether the bot is online.
    async fn session(&mut self) -> bool {
        let up = || self.relay.metrics().bot.up.get() == 1;
        until(SOON, || up() || self.of_session().is_some()).await;
        if up() {
            self.story.screen.good("The bot is online.");
            return true;
        }
        let why = self
            .of_session()
            .unwrap_or_else(|| "Discord's gateway did not answer in time".to_owned());
        self.bad(
            &format!("The bot is not online: {why}"),
            "correct that; posting goes on without it",
        );
        false
    }

    fn said(&self, tag: &str) -> u64 {
        let labels = ChatLabels {
            server: tag.to_owned(),
            outcome: "said",
        };
        self.relay.metrics().bot.chat.get_or_create(&labels).get()
    }

    /// Waits for a person to write.
    async fn listen(&mut self, mut left: Left) {
        let screen = self.story.screen;
        for name in &left.unheard_games {
            screen.note(&format!(
                "{name} has no RCON to speak through: its next line appears by itself."
            ));
        }
        let patience = self.story.options.patience();
        if patience.is_zero() || (left.listening.is_empty() && left.unheard_games.is_empty()) {
            if !left.listening.is_empty() {
                screen
                    .note("From Discord into the game: nobody was there to write. --listen 60 waits for it.");
            }
            return;
        }
        let place = self.place();
        let from_discord = !left.listening.is_empty();
        screen.question(&match (from_discord, left.unheard_games.is_empty()) {
            (true, _) => format!("Now write something in {place} on Discord"),
            (false, _) => "Now write something in the game".to_owned(),
        });
        screen.line(&format!(" (waiting {} s; Ctrl-C skips) …", patience.as_secs()));
        let before = self.delivered();
        let done = |left: &mut Left| {
            left.listening.retain(|tag| self.said(tag) == 0);
            let spoken = from_discord || self.delivered() > before;
            left.listening.is_empty() && spoken
        };
        if until(patience, || done(&mut left)).await {
            screen.good(if from_discord {
                "Discord to the game: what was written was said there."
            } else {
                "The game to Discord: a line was accepted."
            });
        } else {
            screen.note("Nobody wrote. Try it when the relay runs.");
        }
    }
}

/// Says the line, on a connection of its own; else the remedy.
async fn say(options: Options, line: &str) -> Result<(), String> {
    let text = ChatText::exact(line).map_err(|refusal| refusal.to_string())?;
    once::with_session(options, async |session| {
        let console = Console::new(session);
        console.connected().await.map_err(|down| asking::remedy(&down))?;
        let sent = console.session.send(text, Priority::Person).await;
        sent.map(|_| ()).map_err(|failure| failure.to_string())
    })
    .await
}

/// Waits until it is so, at most so long. Whether it is.
async fn until(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        sleep(LOOK_EVERY).await;
    }
}

/// A state folder that goes away with the proof.
struct Stage(PathBuf);

impl Stage {
    fn new() -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        let moment = jiff::Timestamp::now().as_nanosecond();
        let folder = std::env::temp_dir().join(format!("factorio-isr-init-{}-{moment}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _left_behind_in_the_temporary_folder = std::fs::remove_dir_all(&self.0);
    }
}
