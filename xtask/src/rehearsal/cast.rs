//! The cast of a rehearsal: games with a past, a fake Discord, and the program with its configuration.
//!
//! Owns who is there and how the program is set up, started and asked. Must not know what is played. Fails when something
//! does not start.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use isr_testkit::discord::gateway::{CommandCall, PersonCard};
use isr_testkit::discord::{Dialogue, FakeDiscord, Limits, Seen};
use isr_testkit::process::{Daemon, DaemonCommand};
use isr_testkit::rcon::FakeFactorio;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::book::{Book, Shown, Used};
use super::{PATIENCE, SOON, now};

/// The password of the games.
const PASSWORD: &str = "correct horse";
/// Discord's server, and the channel in which commands are typed.
pub(super) const GUILD: u64 = 1_000_000_000_000_000_001;
pub(super) const TALK: u64 = 300_000_000_000_000_001;
/// A thread in which a webhook posts.
const THREAD: u64 = 300_000_000_000_000_077;
const APPLICATION: u64 = 111_122_223_333_444_455;
/// The bot keeps a topic.
const MANAGE_CHANNELS: u64 = 1 << 4;
/// Discord's permission bits: an administrator's, and those of everybody.
pub(super) const ADMINISTRATOR: u64 = 1 << 3;
pub(super) const EVERYBODY: u64 = 1 << 10 | 1 << 11;

/// A game and its entry in the configuration.
pub(super) struct Player {
    pub(super) tag: &'static str,
    /// The name for people.
    pub(super) name: &'static str,
    pub(super) game: FakeFactorio,
    /// More lines of its entry, with their indent of four.
    pub(super) more: String,
    /// The number of its webhooks: events go to 10 + n, its card to 100 + n, alerts to 200 + n.
    number: u64,
}

impl Player {
    /// The webhook of its events.
    pub(super) const fn channel(&self) -> u64 {
        10 + self.number
    }

    /// The webhook of its card.
    pub(super) const fn card(&self) -> u64 {
        100 + self.number
    }

    /// The webhook of its alerts.
    pub(super) const fn alerts(&self) -> u64 {
        200 + self.number
    }
}

/// Everybody.
pub(super) struct Cast {
    pub(super) discord: FakeDiscord,
    pub(super) book: Book,
    pub(super) command: DaemonCommand,
    pub(super) players: Vec<Player>,
    playing: Option<JoinHandle<()>>,
    next: u64,
}

impl Drop for Cast {
    fn drop(&mut self) {
        if let Some(playing) = self.playing.take() {
            playing.abort();
        }
    }
}

impl Cast {
    /// A fake Discord and a program that knows no server yet.
    pub(super) async fn gather(program: &Path) -> Result<Self> {
        let discord = FakeDiscord::start().await.context("start the fake Discord")?;
        discord.set_limits(Limits::none());
        discord.change_guild(|guild| guild.own_role |= MANAGE_CHANNELS);
        discord
            .gateway()
            .change_account(|account| account.name = "Factorio".to_owned());
        // An earlier program has registered its commands everywhere, and somebody else as well.
        let old = |name: &str| json!({"name": name, "description": "of another program"});
        discord
            .gateway()
            .set_commands(None, json!([old("factorio"), old("mine")]));
        let book = Book::default();
        let noting = book.clone();
        discord.observe_exchanges(move |exchange| noting.note(exchange));
        let command = DaemonCommand::new(program)?
            .env("LOG_FORMAT", "json")
            .env("LOG_LEVEL", "debug")
            .env("HEALTH_CHECK_HOST", "127.0.0.1")
            .env("HEALTH_CHECK_PORT", "0")
            .env("DISCORD_BOT_TOKEN", discord.gateway().token())
            .env("FACTORIO_ISR_DISCORD_API", discord.api())
            .env("TZ", "UTC")
            .keep_lines(50_000);
        Ok(Self {
            discord,
            book,
            command,
            players: Vec::new(),
            playing: None,
            next: 5_000,
        })
    }

    /// Adds a game that has been played for a while.
    pub(super) async fn add(
        &mut self,
        tag: &'static str,
        name: &'static str,
        more: &str,
    ) -> Result<&FakeFactorio> {
        let game = FakeFactorio::start(PASSWORD).await.context("start a game")?;
        let number = self.players.len() as u64;
        self.players.push(Player {
            tag,
            name,
            game,
            more: more.to_owned(),
            number,
        });
        Ok(&self.players[self.players.len() - 1].game)
    }

    /// A game by its tag.
    pub(super) fn player(&self, tag: &str) -> Result<&Player> {
        let found = self.players.iter().find(|player| player.tag == tag);
        found.with_context(|| format!("nobody is called {tag}"))
    }

    /// The console log of a server.
    pub(super) fn log(&self, tag: &str) -> PathBuf {
        self.command.home().join("logs").join(tag).join("console.log")
    }

    /// Writes the configuration; `top` are lines before `servers:`.
    pub(super) fn configure(&self, top: &str) -> Result<()> {
        let mut yaml = format!("{top}servers:\n");
        for player in &self.players {
            let log = self.log(player.tag);
            std::fs::create_dir_all(log.parent().unwrap_or(&log))?;
            let address = player.game.addr();
            let url = |webhook: u64| self.discord.url(webhook);
            let places = if player.more.contains("event_channel_id") {
                String::new()
            } else {
                let (mut events, alerts) = (url(player.channel()), url(player.alerts()));
                if player.more.contains("#thread") {
                    self.discord.add_thread(player.channel(), THREAD);
                    write!(events, "?thread_id={THREAD}")?;
                }
                format!("    webhook: {events}\n    admin_webhook: {alerts}\n")
            };
            write!(
                yaml,
                "  {}:\n    name: {}\n    log_path: {}\n    start: beginning\n    rcon: {{host: {}, port: {}, \
                 password: {PASSWORD}, poll_interval: 5s{}}}\n{places}{}",
                player.tag,
                player.name,
                log.display(),
                address.ip(),
                address.port(),
                if player.more.contains("#lua") {
                    ", allow_lua: on"
                } else {
                    ""
                },
                player.more.replace("CARD", &url(player.card())),
            )?;
        }
        std::fs::write(self.command.work_dir().join("factorio-isr.yml"), yaml)?;
        Ok(())
    }

    /// Starts the program and waits until it is healthy and the bot is there.
    pub(super) async fn start(&self) -> Result<Daemon> {
        let daemon = self.command.spawn()?;
        let line = daemon.wait_for_line("http_listening", SOON).await?;
        let fields: Value = serde_json::from_str(&line.text)?;
        let health = format!("http://127.0.0.1:{}/health", fields["port"]);
        daemon
            .wait_for_answer(&health, SOON, |answer| answer.status == 200)
            .await?;
        self.discord.gateway().wait_until_joined(SOON).await?;
        Ok(daemon)
    }

    /// Lets the time of all games pass as the wall clock's does.
    pub(super) fn let_time_pass(&mut self) {
        let games: Vec<FakeFactorio> = self.players.iter().map(|player| player.game.clone()).collect();
        self.playing = Some(tokio::spawn(async move {
            let (mut every, mut last) = (interval(Duration::from_millis(50)), Instant::now());
            every.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                let at = every.tick().await;
                for game in &games {
                    game.world(|world| world.pass(at - last));
                }
                last = at;
            }
        }));
    }

    /// Waits until what a webhook shows holds this text.
    pub(super) async fn wait_for(&self, webhook: u64, text: &str) -> Result<()> {
        let book = self.book.clone();
        let shows = |_: &Seen| {
            let messages = book.of_webhook(webhook);
            messages
                .iter()
                .any(|shown| shown.payload.to_string().contains(text))
        };
        self.discord
            .wait_for(PATIENCE, shows)
            .await
            .with_context(|| format!("{text:?} at webhook {webhook}"))
    }

    /// Waits until the bot's channel shows this text.
    pub(super) async fn wait_for_bot(&self, channel: u64, text: &str) -> Result<()> {
        let book = self.book.clone();
        let shows = |_: &Seen| {
            let messages = book.of_channel(channel);
            messages
                .iter()
                .any(|shown| shown.payload.to_string().contains(text))
        };
        self.discord
            .wait_for(SOON, shows)
            .await
            .with_context(|| format!("{text:?} of the bot"))
    }

    /// A number that was not given before.
    pub(super) const fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Somebody with these permissions, of whom no limit knows anything yet.
    pub(super) fn person(&mut self, name: &str, permissions: u64) -> PersonCard {
        let id = 200_000_000_000_000_000 + self.fresh();
        PersonCard {
            permissions,
            nick: Some(name.to_owned()),
            ..PersonCard::new(id, &name.to_lowercase())
        }
    }

    fn call(&mut self, person: &PersonCard, typed: &str, given: &[(&str, &str)]) -> CommandCall {
        let id = 900_000_000_000_000_000 + self.fresh();
        let (book, name) = typed.split_once(' ').unwrap_or((typed, ""));
        let options: Vec<Value> = given
            .iter()
            .map(|(name, value)| match value.strip_prefix('#') {
                Some(number) => {
                    json!({"name": name, "type": 10, "value": number.parse::<f64>().unwrap_or(1.0)})
                }
                None => json!({"name": name, "type": 3, "value": value}),
            })
            .collect();
        CommandCall {
            id,
            token: format!("token-of-{id}"),
            application: APPLICATION,
            guild: GUILD,
            channel: TALK,
            person: person.clone(),
            name: book.to_owned(),
            options: json!([{"name": name, "type": 1, "options": options}]),
        }
    }

    /// A command is used; what is shown for it.
    pub(super) async fn used(
        &mut self,
        person: &PersonCard,
        typed: &str,
        given: &[(&str, &str)],
    ) -> Result<Vec<Shown>> {
        let call = self.call(person, typed, given);
        let used = Used {
            by: person.nick.clone().unwrap_or_default(),
            command: typed.to_owned(),
        };
        self.ask(&call, &call.event(), Some(used)).await
    }

    /// A button is pressed; what its message becomes, and what follows it.
    pub(super) async fn pressed(
        &mut self,
        person: &PersonCard,
        shown: &Shown,
        button: usize,
    ) -> Result<Vec<Shown>> {
        let name = &shown.payload["components"][0]["components"][button]["custom_id"];
        let name = name
            .as_str()
            .with_context(|| format!("no button {button} below {}", shown.payload))?
            .to_owned();
        let call = self.call(person, "factorio click", &[]);
        // An answer to somebody is a message of another kind than one that the bot posted by itself.
        let event = match shown.private || shown.used.is_some() {
            true => call.click(&name),
            false => call.click_below(800_000_000_000_000_002, &name),
        };
        self.ask(&call, &event, shown.used.clone()).await
    }

    /// Something is typed into an option; whatever is offered.
    pub(super) async fn typed(
        &mut self,
        person: &PersonCard,
        typed: &str,
        option: &str,
        text: &str,
    ) -> Result<()> {
        let mut call = self.call(person, typed, &[(option, text)]);
        call.options[0]["options"][0]["focused"] = true.into();
        self.discord
            .gateway()
            .dispatch("INTERACTION_CREATE", &call.autocomplete());
        self.answered(&call, |dialogue| dialogue.answer.is_some()).await?;
        Ok(())
    }

    async fn answered(&self, call: &CommandCall, holds: impl FnMut(&Dialogue) -> bool) -> Result<Dialogue> {
        let gateway = self.discord.gateway();
        gateway
            .wait_for_dialogue(call.id, SOON, holds)
            .await
            .with_context(|| format!("an answer to {}", call.options))?;
        gateway
            .dialogue(call.id)
            .context("an interaction that is forgotten")
    }

    async fn ask(&self, call: &CommandCall, event: &Value, used: Option<Used>) -> Result<Vec<Shown>> {
        self.discord.gateway().dispatch("INTERACTION_CREATE", event);
        let is_told = |dialogue: &Dialogue| dialogue.shown.is_some() || !dialogue.follow_ups.is_empty();
        let dialogue = self.answered(call, is_told).await?;
        ensure!(
            dialogue.refused.is_empty(),
            "Discord refused an answer to {}: {:?}",
            call.options,
            dialogue.refused
        );
        let first = dialogue.answer.as_ref().map_or(&Value::Null, |(_, first)| first);
        // What a button changes keeps who may see it.
        let is_private = first["data"]["flags"] == 64 || matches!(first["type"].as_u64(), Some(6 | 7));
        let shown = |payload: &Value, private: bool| Shown {
            name: "Factorio".to_owned(),
            app: true,
            at: now(),
            used: used.clone(),
            private,
            edited: false,
            reactions: Vec::new(),
            files: Vec::new(),
            payload: payload.clone(),
        };
        let mut all: Vec<Shown> = Vec::new();
        if let Some(payload) = dialogue.shown.as_ref().filter(|_| !dialogue.deleted) {
            all.push(shown(payload, is_private));
        }
        for payload in &dialogue.follow_ups {
            all.push(shown(payload, payload["flags"] == 64));
        }
        Ok(all)
    }
}
