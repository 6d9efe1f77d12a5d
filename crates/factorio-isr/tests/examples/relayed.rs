//! The examples as they stand, with logs and webhooks of a test in place of those that they name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use isr_testkit::discord::Message;
use isr_testkit::log::LogWriter;
use isr_testkit::rcon::FakeFactorio;

use crate::stage::{SOON, Stage};

/// A running example.
struct Example {
    stage: Stage,
    /// The webhook behind each variable.
    webhooks: BTreeMap<String, u64>,
}

fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

impl Example {
    /// Every `${NAME}` gets a webhook of its own; logs lie in the home of the test.
    #[expect(clippy::unwrap_used, reason = "a scene that cannot be set ends the test")]
    async fn new(file: &str) -> Self {
        let text = std::fs::read_to_string(examples().join(file)).unwrap();
        let mut stage = Stage::bare().await;
        let mut webhooks = BTreeMap::new();
        for name in text.split("${").skip(1).filter_map(|rest| rest.split('}').next()) {
            let next = 1 + webhooks.len() as u64;
            let id = *webhooks.entry(name.to_owned()).or_insert(next);
            let url = stage.discord.url(id);
            stage = stage.configure(|command| command.env(name, url));
        }
        let home = stage.command.home().join("logs").display().to_string();
        let placed = text
            .replace(" /factorio/", &format!(" {home}/main/"))
            .replace(" /srv/", &format!(" {home}/"));
        assert_ne!(placed, text, "no log was found in {file}");
        stage.write_yaml(&placed);
        let patterns = stage.command.work_dir().join("patterns");
        std::fs::create_dir(&patterns).unwrap();
        if file == "mod-events.yml" {
            std::fs::copy(examples().join("patterns/silo.yml"), patterns.join("silo.yml")).unwrap();
        }
        Self { stage, webhooks }
    }

    fn log(&self, folder: &str) -> LogWriter {
        self.stage.log_of(folder)
    }

    fn webhook(&self, name: &str) -> u64 {
        self.webhooks[name]
    }

    /// Waits until a webhook (and thread) has a text.
    async fn wait_for(&self, webhook: &str, thread: Option<u64>, text: &str) {
        let id = self.webhook(webhook);
        let there = |message: &Message| {
            message.webhook == id && message.thread == thread && message.text.contains(text)
        };
        let arrived = self
            .stage
            .discord
            .wait_for(SOON, |seen| seen.messages().any(there))
            .await;
        if arrived.is_err() {
            panic!(
                "{text:?} did not arrive at {webhook}: {:#?}",
                self.stage.discord.messages()
            );
        }
    }

    /// What a webhook has in all.
    fn all(&self, webhook: &str) -> String {
        let id = self.webhook(webhook);
        let messages = self.stage.discord.messages();
        let there = messages.iter().filter(|message| message.webhook == id);
        there
            .map(|message| message.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

#[tokio::test]
async fn rcon() {
    let game = FakeFactorio::start("made up").await.unwrap();
    game.world(|world| world.join("alice"));
    let example = Example::new("rcon.yml").await;
    let mut log = example.log("main");
    let folder = log.path().with_file_name("config");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("rconpw"), "made up\n").unwrap();
    let file = example.stage.command.work_dir().join("factorio-isr.yml");
    let text = std::fs::read_to_string(&file).unwrap();
    let placed = text
        .replace("host: factorio", &format!("host: {}", game.addr().ip()))
        .replace("port: 27015", &format!("port: {}", game.addr().port()));
    std::fs::write(&file, placed).unwrap();
    let running = example.stage.start().await;
    log.many([CHAT]).unwrap();
    example.wait_for("DISCORD_WEBHOOK_URL", None, "hello").await;
    game.wait_for_commands(4, SOON).await.unwrap();
    let (code, told) = example.stage.typed(&["status"]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("1: alice"), "{told}");
    let (code, told) = example.stage.typed(&["rcon", "main", "/kick", "alice"]).await;
    assert_eq!(code, 2, "{told}");
    running.stop().await;
    assert!(game.world(|world| world.was_never_warned()));
}

const CHAT: &str = "2026-01-31 18:00:06 [CHAT] Bob: hello";
const JOIN: &str = "2026-01-31 18:00:05 [JOIN] Bob joined the game";
const KICK: &str = "2026-01-31 18:00:07 [KICK] Mallory was kicked by Bob. Reason: no.";
const COMMAND: &str = "2026-01-31 18:00:08 [COMMAND] Bob (command): game.speed = 2";

#[tokio::test]
async fn webhook_only() {
    let example = Example::new("webhook-only.yml").await;
    let mut log = example.log("main");
    let running = example.stage.start().await;
    log.many([JOIN, CHAT]).unwrap();
    example.wait_for("DISCORD_WEBHOOK_URL", None, "hello").await;
    running.stop().await;
}

#[tokio::test]
async fn many_servers() {
    let example = Example::new("many-servers.yml").await;
    let mut vanilla = example.log("vanilla");
    let mut event = example.log("event");
    let _third = example.log("space");
    let running = example.stage.start().await;
    vanilla.many([CHAT, KICK, COMMAND]).unwrap();
    event.many([CHAT, JOIN]).unwrap();
    example.wait_for("VANILLA_WEBHOOK", None, "Mallory").await;
    example.wait_for("STAFF_WEBHOOK", None, "Mallory").await;
    example.wait_for("STAFF_WEBHOOK", None, "game.speed").await;
    example.wait_for("EVENT_WEBHOOK", None, "joined").await;
    running.stop().await;
    assert!(
        !example.all("EVENT_WEBHOOK").contains("hello"),
        "chat is off there"
    );
    assert!(!example.all("VANILLA_WEBHOOK").contains("game.speed"));
    assert_eq!(example.all("SPACE_WEBHOOK"), "");
}

#[tokio::test]
async fn several_channels() {
    let example = Example::new("several-channels.yml").await;
    let thread = 1_100_000_000_000_000_077;
    example
        .stage
        .discord
        .add_thread(example.webhook("EVENTS_WEBHOOK"), thread);
    let mut log = example.log("main");
    let running = example.stage.start().await;
    log.many([
        JOIN,
        CHAT,
        KICK,
        "[MILESTONE] Bob completed: first steps",
        "[FactoriGOChatBot]: \"5 [ROCKET_LAUNCHED:5]\"",
        "2026-01-31 18:00:10 [CHAT] Bob: the end",
    ])
    .unwrap();
    example.wait_for("DISCORD_WEBHOOK_URL", None, "the end").await;
    example.wait_for("EVENTS_WEBHOOK", None, "first steps").await;
    example.wait_for("STAFF_WEBHOOK", None, "Mallory").await;
    running.stop().await;
    assert!(
        !example.all("DISCORD_WEBHOOK_URL").contains("joined"),
        "nobody is told"
    );
    assert!(!example.all("DISCORD_WEBHOOK_URL").contains("first steps"));
}

#[tokio::test]
async fn mod_events() {
    let example = Example::new("mod-events.yml").await;
    let mut log = example.log("main");
    let path = log.path().with_file_name("output.log");
    std::fs::rename(log.path(), &path).unwrap();
    log = LogWriter::open(&path).unwrap();
    let running = example.stage.start().await;
    log.many(["[SILO] Bob built silo 3", "[SILO] alarm: no fuel", CHAT])
        .unwrap();
    example.wait_for("DISCORD_WEBHOOK_URL", None, "hello").await;
    example
        .wait_for("DISCORD_WEBHOOK_URL", None, "has built silo number 3")
        .await;
    example
        .wait_for("MODS_WEBHOOK", None, "has built silo number 3")
        .await;
    example
        .wait_for("ALARM_WEBHOOK", None, "Silo alarm: no fuel")
        .await;
    let (code, told) = example.stage.typed(&["check"]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("pattern silo_alarm: to alarms"), "{told}");
    assert!(
        told.contains("pattern silo_ready: to its webhook, mods by the route"),
        "{told}"
    );
    running.stop().await;
    assert!(!example.all("DISCORD_WEBHOOK_URL").contains("alarm"));
}

#[tokio::test]
async fn german() {
    let example = Example::new("german.yml").await;
    let mut log = example.log("main");
    let running = example.stage.start().await;
    log.many([CHAT, JOIN]).unwrap();
    example.wait_for("DISCORD_WEBHOOK_URL", None, "hello").await;
    running.stop().await;
    // Whether the join is posted at once depends on the hour of the test; how it reads does not.
    let path = log.path().display().to_string();
    let (code, shown) = example.stage.typed(&["replay", &path]).await;
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Bob ist in Unsere Fabrik gelandet"), "{shown}");
}
