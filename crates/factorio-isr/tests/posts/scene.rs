//! A game that plays, writes its logs and answers, beside the stage; and what the channels show of it.

use std::time::Duration;

use isr_testkit::discord::{FakeDiscord, Message, Seen};
use isr_testkit::rcon::FakeFactorio;
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::stage::{Running, SOON, Stage};

/// The password of the games.
pub(crate) const PASSWORD: &str = "correct horse";
/// Where the server's messages go.
pub(crate) const CHANNEL: u64 = 1;
/// Where admins read.
pub(crate) const ADMINS: u64 = 2;
/// An estimate of the pace looks back over a minute.
pub(crate) const A_FEW_MINUTES: Duration = Duration::from_secs(240);

/// A game called north, followed by its logs and by RCON.
pub(crate) struct Played {
    pub(crate) stage: Stage,
    pub(crate) game: FakeFactorio,
}

impl Played {
    /// `sections` are lines of the server's entry, with their indent of four.
    pub(crate) async fn with(sections: &str) -> Self {
        let stage = Stage::bare().await;
        let game = FakeFactorio::start(PASSWORD).await.unwrap();
        game.world(|world| world.set_date(Timestamp::now().as_second()));
        let log = stage.log_path_of("north");
        game.write_logs(log.parent().unwrap()).unwrap();
        let played = Self { stage, game };
        played.configure(sections);
        played
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, sections: &str) {
        self.configure_with(sections, &[]);
    }

    /// The same with more servers, of which only RCON tells.
    pub(crate) fn configure_with(&self, sections: &str, more: &[(&str, &FakeFactorio)]) {
        let mut servers = self.entry("north", &(self.log() + &rcon(&self.game) + sections));
        for (tag, game) in more {
            servers += &self.entry(tag, &(rcon(game) + sections));
        }
        self.stage.write_yaml(&format!("servers:\n{servers}"));
    }

    /// The same without RCON.
    pub(crate) fn configure_without_rcon(&self, sections: &str) {
        let entry = self.entry("north", &(self.log() + sections));
        self.stage.write_yaml(&format!("servers:\n{entry}"));
    }

    fn log(&self) -> String {
        format!("    log_path: {}\n", self.stage.log_path_of("north").display())
    }

    fn entry(&self, tag: &str, sections: &str) -> String {
        let discord = &self.stage.discord;
        let (channel, admins) = (discord.url(CHANNEL), discord.url(ADMINS));
        format!("  {tag}:\n    webhook: {channel}\n    admin_webhook: {admins}\n{sections}")
    }

    /// Starts the program, and waits until it has heard of the game.
    pub(crate) async fn start(&self) -> Running {
        let running = self.stage.start().await;
        wait_for_game(&running, "north", 1).await;
        running
    }

    /// Lets the game's time pass as the wall clock's does.
    pub(crate) fn plays(&self) -> Playing {
        let game = self.game.clone();
        Playing(tokio::spawn(async move {
            let (mut every, mut last) = (interval(Duration::from_millis(50)), Instant::now());
            every.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                let now = every.tick().await;
                game.world(|world| world.pass(now - last));
                last = now;
            }
        }))
    }

    /// What admins read, in order.
    pub(crate) fn alerts(&self) -> Vec<Message> {
        shown_at(&self.stage.discord, ADMINS)
    }

    /// Waits until admins read an alert whose title begins so.
    pub(crate) async fn wait_for_alert(&self, sign: &str) {
        wait_for_titles(&self.stage.discord, ADMINS, sign, 1).await;
    }
}

/// A game whose time passes; it stands when this goes.
pub(crate) struct Playing(JoinHandle<()>);

impl Drop for Playing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn rcon(game: &FakeFactorio) -> String {
    let address = game.addr();
    format!(
        "    rcon: {{host: {}, port: {}, password: {PASSWORD}, poll_interval: 5s}}\n",
        address.ip(),
        address.port()
    )
}

/// Waits until the program says that a game answers (1) or does not (0).
pub(crate) async fn wait_for_game(running: &Running, server: &str, up: u8) {
    let (url, line) = (
        format!("{}/metrics", running.address),
        format!("factorio_up{{server=\"{server}\"}} {up}"),
    );
    let told = running
        .daemon
        .wait_for_answer(&url, SOON, |answer| answer.body.contains(&line));
    told.await.unwrap();
}

/// The messages with an embed in a channel, in order.
pub(crate) fn shown_at(discord: &FakeDiscord, webhook: u64) -> Vec<Message> {
    let mut messages = discord.messages();
    messages.retain(|message| message.webhook == webhook && !message.embeds.is_empty());
    messages
}

/// The title of the embed; empty where there is none.
pub(crate) fn title(message: &Message) -> &str {
    let embed = message.embeds.first();
    embed
        .and_then(|embed| embed["title"].as_str())
        .unwrap_or_default()
}

/// The titles of a channel's embeds, in order.
pub(crate) fn titles(discord: &FakeDiscord, webhook: u64) -> Vec<String> {
    let messages = shown_at(discord, webhook);
    messages.iter().map(|message| title(message).to_owned()).collect()
}

/// Whether anything in the embed says so.
pub(crate) fn says(message: &Message, text: &str) -> bool {
    message
        .embeds
        .iter()
        .any(|embed| embed.to_string().contains(text))
}

/// Waits until so many embeds of a channel have this in their title.
pub(crate) async fn wait_for_titles(discord: &FakeDiscord, webhook: u64, text: &str, count: usize) {
    wait_in(discord, SOON, webhook, count, |message| {
        title(message).contains(text)
    })
    .await;
}

/// Waits until so many messages of a channel are as wished.
pub(crate) async fn wait_in(
    discord: &FakeDiscord,
    deadline: Duration,
    webhook: u64,
    count: usize,
    mut wished: impl FnMut(&Message) -> bool,
) {
    let shown = |seen: &Seen| {
        let mut found = 0;
        for message in seen.messages().filter(|message| message.webhook == webhook) {
            found += usize::from(wished(message));
        }
        found >= count
    };
    discord.wait_for(deadline, shown).await.unwrap();
}
