//! Slash commands, with the real program: from the interaction to the line for the console to the reply.
//!
//! One table holds what each command sends and says when it is allowed; the same table is gone through by somebody who may
//! not, on a server that is down, for a player whom nobody knows, and where the game refuses.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

mod buttons;
mod carried_out;
mod direct;
mod everywhere;
mod guarded;
mod house;
mod linked;
mod personal;
mod remembered;
mod rights;
mod table;
mod typed;
mod written_down;

use std::sync::atomic::{AtomicU64, Ordering};

use isr_testkit::discord::gateway::{CommandCall, PersonCard};
use isr_testkit::rcon::FakeFactorio;
use serde_json::{Value, json};

use crate::stage::{Running, SOON, Stage};

const GUILD: u64 = 1_000_000_000_000_000_001;
const CHANNEL: u64 = 300_000_000_000_000_001;
const APPLICATION: u64 = 111_122_223_333_444_455;
/// Discord's permission bits.
const ADMINISTRATOR: u64 = 1 << 3;
const KICK_MEMBERS: u64 = 1 << 1;

/// Ids of interactions and of people: each test and each row has its own, so that no limit is shared.
fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(5_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn person(permissions: u64) -> PersonCard {
    PersonCard {
        permissions,
        nick: Some("Ann".into()),
        ..PersonCard::new(fresh(), "ann_1")
    }
}

fn call(person: &PersonCard, typed: &str, options: &Value) -> CommandCall {
    let (book, name) = typed.split_once(' ').unwrap();
    let id = fresh();
    CommandCall {
        id,
        token: format!("token-of-{id}"),
        application: APPLICATION,
        guild: GUILD,
        channel: CHANNEL,
        person: person.clone(),
        name: book.into(),
        options: json!([{"name": name, "type": 1, "options": options}]),
    }
}

fn text(name: &str, value: &str) -> Value {
    json!({"name": name, "type": 3, "value": value})
}

/// What an interaction came to.
struct Seen {
    said: String,
    /// For the asker alone.
    quiet: bool,
    buttons: Vec<String>,
}

/// A server with RCON and a bot.
struct Scene {
    stage: Stage,
    game: FakeFactorio,
    running: Running,
}

impl Scene {
    async fn new() -> Self {
        Self::with("", "").await
    }

    /// With more below `rcon:` of the server, and more sections of the file.
    async fn with(rcon: &str, more: &str) -> Self {
        let describe = |log: String, port| {
            format!(
                "defaults: {{card: off, alerts: off}}\n{more}servers:\n  north:\n    log_path: {log}\n    \
                 event_channel_id: {CHANNEL}\n    rcon: {{host: 127.0.0.1, port: {port}, password: secret{rcon}}}\n"
            )
        };
        Self::described(describe).await
    }

    /// With a file that is made of the path of the log and the port of the game.
    async fn described(describe: impl FnOnce(String, u16) -> String) -> Self {
        let stage = Stage::bare().await.with_bot();
        let game = FakeFactorio::start("secret").await.unwrap();
        game.world(|world| {
            world.join("alice");
            world.join("Bob");
            world.leave("Bob");
        });
        let _made = stage.log_of("north");
        let log = stage.log_path_of("north").display().to_string();
        stage.write_yaml(&describe(log, game.addr().port()));
        let running = start(&stage).await;
        let scene = Self { stage, game, running };
        scene.reach_the_game().await;
        scene
    }

    /// The relay has a connection to the game.
    async fn reach_the_game(&self) {
        let daemon = &self.running.daemon;
        daemon.wait_for_line("rcon_connected", SOON).await.unwrap();
    }

    /// The game is gone, and the relay knows it.
    async fn lose_the_game(&self) {
        self.game.stop().await;
        let daemon = &self.running.daemon;
        daemon.wait_for_line("rcon_down", SOON).await.unwrap();
    }

    async fn give(&self, call: &CommandCall, event: &Value) -> Seen {
        let gateway = self.stage.discord.gateway();
        gateway.dispatch("INTERACTION_CREATE", event);
        let is_told = |dialogue: &isr_testkit::discord::Dialogue| {
            dialogue.shown.is_some() || !dialogue.follow_ups.is_empty()
        };
        gateway.wait_for_dialogue(call.id, SOON, is_told).await.unwrap();
        let dialogue = gateway.dialogue(call.id).unwrap();
        let (_, first) = dialogue.answer.unwrap();
        let follow_up = dialogue.follow_ups.first().cloned();
        let quiet = match &follow_up {
            Some(follow_up) => follow_up["flags"] == 64,
            None => first["data"]["flags"] == 64 || first["type"] == 6,
        };
        let message = follow_up.or(dialogue.shown).unwrap();
        let buttons = message["components"][0]["components"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut said = message["content"].as_str().unwrap_or_default().to_owned();
        for embed in message["embeds"].as_array().into_iter().flatten() {
            said.push_str(&embed.to_string());
        }
        Seen {
            said,
            quiet,
            buttons: buttons
                .iter()
                .map(|button| button["custom_id"].as_str().unwrap().to_owned())
                .collect(),
        }
    }

    async fn run(&self, person: &PersonCard, typed: &str, options: &Value) -> Seen {
        let call = call(person, typed, options);
        self.give(&call, &call.event()).await
    }

    /// The same, and the red button when there is one.
    async fn run_to_its_end(&self, person: &PersonCard, typed: &str, options: &Value) -> Seen {
        let seen = self.run(person, typed, options).await;
        match seen
            .buttons
            .first()
            .filter(|name| name.starts_with("isr:confirm:"))
        {
            Some(button) => self.click(person, &button.clone()).await,
            None => seen,
        }
    }

    async fn click(&self, person: &PersonCard, button: &str) -> Seen {
        let click = call(person, "factorio click", &json!([]));
        self.give(&click, &click.click(button)).await
    }

    /// What reached the game, without what the program asks by itself.
    fn lines(&self) -> Vec<String> {
        const OWN: [&str; 9] = [
            "/players",
            "/players online",
            "/time",
            "/version",
            "/seed",
            "/evolution",
            "/admins",
            "/banlist get",
            "/whitelist get",
        ];
        let received = self.game.received().into_iter().map(|received| received.text);
        received
            .filter(|text| !OWN.contains(&text.as_str()) && !text.starts_with("/config get"))
            .collect()
    }

    /// The lines that no question of the program's own is.
    fn changed_by_hand(&self) -> Vec<String> {
        let lines = self.lines().into_iter();
        lines
            .filter(|line| !line.starts_with("/silent-command"))
            .collect()
    }

    /// How often a line that begins so reached the game.
    fn times(&self, line: &str) -> usize {
        let received = self.game.received().into_iter();
        received
            .filter(|received| received.text.starts_with(line))
            .count()
    }

    /// Answers a line so from now on; any script when only its word is named.
    fn script(&self, line: &str, script: isr_testkit::rcon::Script) {
        match (line, script) {
            ("/silent-command", isr_testkit::rcon::Script::Text(text)) => self.game.answer_lua_with(&text),
            (line, script) => self.game.script(line, script),
        }
    }

    async fn stop(self) -> Vec<isr_store::AuditRow> {
        self.stage.discord.assert_no_violations();
        self.running.stop().await;
        let admin = isr_store::Admin::open(&self.stage.command.state_dir()).unwrap();
        admin.audit_since(0, 1_000).unwrap()
    }
}

async fn start(stage: &Stage) -> Running {
    let running = stage.start().await;
    stage.discord.gateway().wait_until_joined(SOON).await.unwrap();
    running
}

/// A command, its options, the line that reaches the game, and what the reply holds.
type Row = (
    &'static str,
    Vec<(&'static str, &'static str)>,
    Option<&'static str>,
    &'static str,
);

/// Every change, in an order in which each is possible.
fn changes() -> Vec<Row> {
    vec![
        (
            "factorio mute",
            vec![("player", "alice")],
            Some("/mute alice"),
            "alice** cannot write",
        ),
        (
            "factorio unmute",
            vec![("player", "alice")],
            Some("/unmute alice"),
            "alice** may write",
        ),
        (
            "factorio promote",
            vec![("player", "Bob")],
            Some("/promote Bob"),
            "Bob** is an admin",
        ),
        (
            "factorio demote",
            vec![("player", "bob")],
            Some("/demote bob"),
            "bob** is no admin",
        ),
        ("factorio save", vec![], Some("/server-save"), "saves"),
        (
            "factorio broadcast",
            vec![("message", "restart in 5 min\nbye")],
            Some("restart in 5 min bye"),
            "Said on **north**: restart in 5 min bye",
        ),
        (
            "factorio-more say",
            vec![("message", "/c hello")],
            Some("Ann: c hello"),
            "Ann: c hello",
        ),
        (
            "factorio whisper",
            vec![("player", "alice"), ("message", "psst")],
            Some("/whisper alice psst"),
            "Said to **alice**",
        ),
        (
            "factorio whitelist",
            vec![("action", "add"), ("player", "carl")],
            Some("/whitelist add carl"),
            "carl** is on the whitelist",
        ),
        (
            "factorio whitelist",
            vec![("action", "remove"), ("player", "carl")],
            Some("/whitelist remove carl"),
            "carl** is not on the whitelist",
        ),
        (
            "factorio whitelist",
            vec![("action", "enable")],
            Some("/whitelist enable"),
            "Only those",
        ),
        (
            "factorio whitelist",
            vec![("action", "disable")],
            Some("/whitelist disable"),
            "Everybody",
        ),
        (
            "factorio ban",
            vec![("player", "griefer"), ("reason", "tnt")],
            Some("/ban griefer tnt"),
            "griefer** is banned",
        ),
        (
            "factorio unban",
            vec![("player", "griefer")],
            Some("/unban griefer"),
            "griefer** may come back",
        ),
        (
            "factorio kick",
            vec![("player", "alice"), ("reason", "afk, sorry")],
            Some("/kick alice afk, sorry"),
            "alice** was thrown out",
        ),
        (
            "factorio rcon",
            vec![("command", " /MUTES ")],
            Some("/mutes"),
            "Unknown command",
        ),
    ]
}

/// Every question.
fn questions() -> Vec<Row> {
    vec![
        ("factorio players", vec![], None, "• alice"),
        ("factorio version", vec![], None, "runs Factorio `"),
        ("factorio seed", vec![], None, "has the seed `"),
        ("factorio evolution", vec![], None, "auvis: **"),
        (
            "factorio evolution",
            vec![("target", "nauvis")],
            Some("/evolution nauvis"),
            "auvis: **",
        ),
        ("factorio admins", vec![], None, "no admins"),
        ("factorio-more time", vec![], None, "has been played for"),
        ("factorio-more bans", vec![], Some("/bans"), "Nobody is banned"),
        (
            "factorio whitelist",
            vec![("action", "list")],
            None,
            "whitelist of **north** is empty",
        ),
        ("factorio status", vec![], None, "north"),
        ("factorio health", vec![], None, "🟢 up"),
        ("factorio servers", vec![], None, "`north`) · 🟢 up"),
    ]
}

fn options(row: &Row) -> Value {
    row.1.iter().map(|(name, value)| text(name, value)).collect()
}
