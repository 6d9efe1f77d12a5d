//! Two-way chat: what people write on Discord is said in the game, once, as chat and never as a command; and the game's log
//! tells Discord everything but that.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use isr_testkit::discord::gateway::{PersonCard, message_create};
use isr_testkit::discord::{Fault, FaultRule, RateLimit, Scope};
use isr_testkit::rcon::{FakeFactorio, Script};
use serde_json::{Value, json};

use crate::stage::{Running, SOON, Stage, eventually};

const GUILD: u64 = 1_000_000_000_000_000_001;
const CHANNEL: u64 = 300_000_000_000_000_001;

/// The id of a message that is written now, give or take its number.
fn id(number: u64) -> u64 {
    let since_1970 = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let ms = u64::try_from(since_1970.as_millis()).unwrap() - 1_420_070_400_000;
    (ms << 22) + number
}

fn bob() -> PersonCard {
    PersonCard {
        nick: Some("Bob".into()),
        ..PersonCard::new(9, "bob_1")
    }
}

/// As much as one person likes to say.
const AT_WILL: &str = "    discord_chat_rate: 1000/1s\n";

const REACTIONS: hyper::Method = hyper::Method::PUT;
const HISTORY: hyper::Method = hyper::Method::GET;

fn message(id: u64, text: &str) -> Value {
    message_create(id, GUILD, CHANNEL, &bob(), text)
}

/// A server with a log that the game itself writes, RCON and a channel of the bot.
struct Scene {
    stage: Stage,
    game: FakeFactorio,
}

impl Scene {
    async fn new() -> Self {
        Self::with("").await
    }

    /// With more keys of the server.
    async fn with(keys: &str) -> Self {
        let stage = Stage::bare().await.with_bot();
        let game = FakeFactorio::start("secret").await.unwrap();
        let _made = stage.log_of("north");
        game.write_logs(stage.log_path_of("north").parent().unwrap())
            .unwrap();
        stage.write_yaml(&format!(
            "defaults: {{card: off, alerts: off}}\nservers:\n  north:\n    log_path: {}\n    event_channel_id: {CHANNEL}\n    \
             rcon: {{host: 127.0.0.1, port: {}, password: secret}}\n{keys}",
            stage.log_path_of("north").display(),
            game.addr().port()
        ));
        Self { stage, game }
    }

    async fn start(&self) -> Running {
        let running = self.stage.start().await;
        self.stage
            .discord
            .gateway()
            .wait_until_joined(SOON)
            .await
            .unwrap();
        running
            .daemon
            .wait_for_line("rcon_connected", SOON)
            .await
            .unwrap();
        running
    }

    /// The game is gone once the session with it was there.
    async fn start_without_the_game(&self) -> Running {
        let running = self.start().await;
        self.game.stop().await;
        running.daemon.wait_for_line("rcon_down", SOON).await.unwrap();
        running
    }

    /// Two hundred messages, each dealt with: never so many at once that there is no room, for then what comes next is
    /// called too much, too.
    async fn is_asked_often(&self, running: &Running, by: impl Fn(u64) -> PersonCard) {
        for number in 0..200 {
            let question = message_create(id(number), GUILD, CHANNEL, &by(number), "server down?");
            self.write(&question);
            if number % 10 == 9 {
                self.wait_for(running, &["not_said", "too_many"], number + 1)
                    .await;
            }
        }
    }

    /// How many reactions were tried.
    fn reactions_tried(&self) -> usize {
        let requests = self.stage.discord.requests();
        requests
            .iter()
            .filter(|request| request.method == REACTIONS)
            .count()
    }

    fn write(&self, message: &Value) {
        self.stage.discord.gateway().dispatch("MESSAGE_CREATE", message);
    }

    /// The lines of chat that reached the game.
    fn said(&self) -> Vec<String> {
        let received = self.game.received().into_iter().map(|received| received.text);
        received.filter(|text| !text.starts_with('/')).collect()
    }

    async fn wait_for_said(&self, running: &Running, count: u64) {
        self.wait_for(running, &["said"], count).await;
    }

    /// Waits until so many lines came to one of these ends.
    async fn wait_for(&self, running: &Running, outcomes: &[&str], count: u64) {
        let of = |metrics: &str, outcome: &str| {
            crate::stage::sum_where(metrics, "bot_chat_total", &format!("outcome=\"{outcome}\""))
        };
        let is_reached = |metrics: &isr_testkit::http::Answer| {
            outcomes
                .iter()
                .map(|outcome| of(&metrics.body, outcome))
                .sum::<u64>()
                >= count
        };
        let url = format!("{}/metrics", running.address);
        running
            .daemon
            .wait_for_answer(&url, SOON, is_reached)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn what_people_write_is_said_in_the_game_and_its_log_does_not_tell_it_again() {
    let scene = Scene::new().await;
    let running = scene.start().await;
    let mut long = message(id(1), "first\nsecond <@7>");
    long["mentions"] = json!([{"id": "7", "username": "alice", "global_name": "Alice"}]);
    long["attachments"] = json!([{"id": "1", "filename": "map.png", "url": "https://x/y", "size": 5}]);
    scene.write(&long);
    // Neither our own messages, nor those of webhooks, nor of other programs, nor of other channels and servers.
    let mut own = message(id(2), "from a bot");
    own["author"]["bot"] = true.into();
    let mut hook = message(id(3), "from a webhook");
    hook["webhook_id"] = "5".into();
    let elsewhere = message_create(id(4), GUILD, 5, &bob(), "elsewhere");
    for unheard in [own, hook, elsewhere] {
        scene.write(&unheard);
    }
    scene.write(&message(id(5), "last"));
    scene.wait_for_said(&running, 4).await;
    assert_eq!(
        scene.said(),
        [
            "[Discord] Bob: first",
            "[Discord] Bob: second @Alice",
            "[Discord] Bob: (file: map.png)",
            "[Discord] Bob: last"
        ]
    );
    scene.game.world(|world| {
        world.join("carl");
        world.chat("carl", "[Discord] Bob: last");
    });
    scene.stage.wait_for_shown("Bob: last").await;
    // What the console says itself is told.
    scene.game.world(|world| world.run("hello from the console"));
    scene.stage.wait_for_shown("hello from the console").await;
    running
        .wait_for_metric("suppressed_total", |count| count >= 4)
        .await;
    running.stop().await;
    let told = scene.stage.discord.texts().join("\n");
    assert_eq!(told.matches("Discord").count(), 1, "only what carl typed: {told}");
    scene.stage.discord.assert_no_violations();
}

#[tokio::test]
async fn r06_no_text_from_discord_becomes_a_command_or_a_second_line() {
    let scene = Scene::with(AT_WILL).await;
    let running = scene.start().await;
    let hostile = [
        "/ban carl",
        "/c game.print(1)",
        "\n/quit",
        "a\r\n/quit",
        "\u{200b}/quit",
        "[color=red]x[/color] [gps=1,2]",
        "\";game.print('x')--",
    ];
    for (number, text) in (1..).zip(hostile) {
        let mut written = message(id(number), text);
        written["member"]["nick"] = format!("/quit {text}").into();
        scene.write(&written);
    }
    let long = id(90);
    scene.write(&message(long, &"x".repeat(100 << 10)));
    let gateway = scene.stage.discord.gateway();
    gateway.wait_for_reaction(long, "✂️", SOON).await.unwrap();
    running.stop().await;
    let received = scene.game.received();
    for text in received.iter().map(|received| &received.text) {
        let is_probe = [
            "/players",
            "/time",
            "/version",
            "/evolution",
            "/seed",
            "/admins",
            "/config",
        ]
        .iter()
        .any(|probe| text.starts_with(probe));
        let is_chat = text.starts_with("[Discord] ") && !text[1..].contains('[');
        assert!(is_probe || is_chat, "{text:?}");
        assert!(!text.contains(['\n', '\r']), "{text:?}");
    }
    assert!(
        scene
            .game
            .world(|world| world.is_running() && world.was_never_warned())
    );
}

#[tokio::test]
async fn a_game_that_is_down_or_silent_is_said_by_a_reaction() {
    let scene = Scene::new().await;
    let running = scene.start().await;
    scene.write(&message(id(1), "before"));
    scene.wait_for_said(&running, 1).await;
    scene.game.stop().await;
    running.daemon.wait_for_line("rcon_down", SOON).await.unwrap();
    let down = id(2);
    scene.write(&message(down, "is anybody there?"));
    let gateway = scene.stage.discord.gateway();
    gateway.wait_for_reaction(down, "🔌", SOON).await.unwrap();
    scene.game.start_again().await.unwrap();
    running
        .wait_for_metric("rcon_logins_total", |logins| logins >= 2)
        .await;
    scene.game.script("[Discord] Bob: lost", Script::Silence);
    let lost = id(3);
    scene.write(&message(lost, "lost"));
    gateway.wait_for_reaction(lost, "❔", SOON).await.unwrap();
    running.stop().await;
    assert_eq!(scene.said(), ["[Discord] Bob: before", "[Discord] Bob: lost"]);
}

#[tokio::test]
async fn r04_a_kill_between_a_line_and_its_reply_never_says_it_twice() {
    let scene = Scene::new().await;
    let running = scene.start().await;
    scene.write(&message(id(1), "before"));
    scene.wait_for_said(&running, 1).await;
    scene.game.script("[Discord] Bob: once", Script::Silence);
    scene.write(&message(id(2), "once"));
    scene
        .game
        .wait_for_command("[Discord] Bob: once", SOON)
        .await
        .unwrap();
    running.kill().await;
    // The session goes on from before that message: it is told again.
    let running = scene.start().await;
    scene.write(&message(id(3), "after"));
    scene.wait_for_said(&running, 1).await;
    running.stop().await;
    let said = scene.said();
    let times = |text: &str| said.iter().filter(|line| line.ends_with(text)).count();
    let seen = scene.stage.discord.gateway().look(ToString::to_string);
    assert_eq!((times(": once"), times(": after")), (1, 1), "{said:#?} {seen}");
}

#[tokio::test]
async fn f01_what_waited_for_its_turn_at_a_kill_is_said_after_it() {
    let scene = Scene::with(AT_WILL).await;
    let running = scene.start().await;
    scene.write(&message(id(1), "before"));
    scene.wait_for_said(&running, 1).await;
    scene.game.script("[Discord] Bob: in hand", Script::Silence);
    scene.write(&message(id(2), "in hand"));
    scene
        .game
        .wait_for_command("[Discord] Bob: in hand", SOON)
        .await
        .unwrap();
    // These are told and wait behind it; Discord does not tell them again to a session that goes on behind them.
    scene.write(&message(id(3), "second"));
    let gateway = scene.stage.discord.gateway();
    let last = gateway.dispatch("MESSAGE_CREATE", &message(id(4), "third"));
    gateway.cut();
    let kept = scene
        .stage
        .command
        .state_dir()
        .join("bot/111122223333444455.json");
    let seq = |text: &str| serde_json::from_str::<Value>(text).ok()?["session"]["seq"].as_u64();
    eventually("what was heard is kept", || {
        std::fs::read_to_string(&kept).ok().and_then(|text| seq(&text)) >= Some(last)
    })
    .await;
    running.kill().await;
    let running = scene.start().await;
    scene.write(&message(id(5), "after"));
    scene.wait_for_said(&running, 3).await;
    running.stop().await;
    let said = scene.said();
    let texts: Vec<_> = said.iter().filter_map(|line| line.rsplit(": ").next()).collect();
    assert_eq!(texts, ["before", "in hand", "second", "third", "after"]);
    gateway.look(|seen| assert_eq!(seen.identifies.len(), 1, "{seen}"));
}

#[tokio::test]
async fn what_was_written_during_an_outage_is_said_once_and_what_is_old_is_not() {
    let scene = Scene::with(AT_WILL).await;
    let running = scene.start().await;
    scene.write(&message(id(1), "before"));
    scene.wait_for_said(&running, 1).await;
    running.stop().await;
    let gateway = scene.stage.discord.gateway();
    // Nobody tells these by itself: the session is forgotten as well.
    gateway.forget_sessions();
    gateway.write_unheard(&message(5 << 22, "of long ago"));
    for number in 2..30 {
        gateway.write_unheard(&message(id(number), &format!("missed {number}")));
    }
    let running = scene.start().await;
    scene.wait_for_said(&running, 20).await;
    // A second new session tells nothing of it again.
    gateway.forget_sessions();
    gateway.cut();
    running
        .wait_for_metric("bot_identifies_total", |identifies| identifies >= 2)
        .await;
    scene.write(&message(id(40), "after"));
    scene.wait_for_said(&running, 21).await;
    running.stop().await;
    let said = scene.said();
    assert_eq!(said.len(), 22, "{said:#?}");
    assert_eq!(
        said[1], "[Discord] bob_1: missed 10",
        "the newest twenty: {said:#?}"
    );
    assert_eq!(said[20], "[Discord] bob_1: missed 29");
    // Told as it was written, or found in what was missed.
    assert!(said[21].ends_with(": after"), "{said:#?}");
}

#[tokio::test]
async fn whoever_blocks_the_bot_stops_neither_posts_nor_the_reactions_of_others() {
    let scene = Scene::new().await;
    let running = scene.start_without_the_game().await;
    let discord = &scene.stage.discord;
    discord.inject(
        FaultRule::new(Fault::ReactionBlocked)
            .on_method(REACTIONS)
            .until_cleared(),
    );
    let mallory = PersonCard::new(66, "mallory");
    scene.is_asked_often(&running, |_| mallory.clone()).await;
    discord
        .wait_for(SOON, |seen| {
            seen.requests().any(|request| request.method == REACTIONS)
        })
        .await
        .unwrap();
    discord.clear_faults();
    let honest = id(900);
    scene.write(&message(honest, "is anybody there?"));
    let gateway = discord.gateway();
    gateway.wait_for_reaction(honest, "🔌", SOON).await.unwrap();
    // One for Mallory, and one for Bob: what may be refused in all was not touched.
    assert_eq!((scene.reactions_tried(), discord.counters().invalid), (2, 1));
    scene.stage.log_of("north").join("Carl").unwrap();
    scene.stage.wait_for_shown("**Carl** joined").await;
    running.stop().await;
}

#[tokio::test]
async fn a_channel_without_add_reactions_is_left_alone_after_one_refusal() {
    let scene = Scene::new().await;
    let running = scene.start_without_the_game().await;
    let discord = &scene.stage.discord;
    discord.inject(
        FaultRule::new(Fault::Forbidden)
            .on_method(REACTIONS)
            .until_cleared(),
    );
    let anybody = |number| PersonCard::new(70 + number, "somebody");
    scene.is_asked_often(&running, anybody).await;
    running
        .daemon
        .wait_for_line("reaction_not_added", SOON)
        .await
        .unwrap();
    scene.stage.log_of("north").join("Carl").unwrap();
    scene.stage.wait_for_shown("**Carl** joined").await;
    running.stop().await;
    assert_eq!((scene.reactions_tried(), discord.counters().invalid), (1, 1));
}

#[tokio::test]
async fn a_reaction_under_a_rate_limit_holds_up_neither_chat_nor_the_end() {
    let scene = Scene::new().await;
    let running = scene.start().await;
    let limit = RateLimit::new(Scope::User, 3600.0);
    scene.stage.discord.inject(
        FaultRule::new(Fault::RateLimit(limit))
            .on_method(REACTIONS)
            .until_cleared(),
    );
    let long = "x".repeat(3000);
    scene.write(&message(id(1), &long));
    scene.write(&message(id(2), "after"));
    scene.wait_for_said(&running, 6).await;
    assert!(scene.said().last().unwrap().ends_with(": after"));
    running.stop().await;
}

#[tokio::test]
async fn one_person_says_no_more_than_the_rate_and_sees_that_once() {
    let scene = Scene::with("    discord_chat_rate: 4/1h\n").await;
    let running = scene.start().await;
    let (first, second, third) = (id(1), id(2), id(3));
    for id in [first, second, third] {
        scene.write(&message(id, "one\ntwo\nthree"));
    }
    let carl = PersonCard::new(10, "carl");
    scene.write(&message_create(id(4), GUILD, CHANNEL, &carl, "hello"));
    scene.wait_for_said(&running, 5).await;
    let gateway = scene.stage.discord.gateway();
    gateway.wait_for_reaction(second, "🐢", SOON).await.unwrap();
    let counted = running.get("/metrics").await.body;
    running.stop().await;
    let said = scene.said();
    let by = |name: &str| said.iter().filter(|line| line.contains(name)).count();
    assert_eq!((by("Bob: "), by("carl: hello")), (4, 1), "{said:#?}");
    assert_eq!(said[3], "[Discord] Bob: one");
    assert_eq!(
        crate::stage::sum_where(&counted, "bot_chat_total", "outcome=\"too_many\""),
        5
    );
    assert!(gateway.reactions(first).is_empty() && gateway.reactions(third).is_empty());
}

#[tokio::test]
async fn people_are_found_among_what_programs_wrote_during_an_outage() {
    let scene = Scene::new().await;
    let running = scene.start().await;
    scene.write(&message(id(1), "before"));
    scene.wait_for_said(&running, 1).await;
    running.stop().await;
    let gateway = scene.stage.discord.gateway();
    gateway.forget_sessions();
    for number in 2..300 {
        let mut written = message(id(number), &format!("missed {number}"));
        // More than a page before what people wrote, and more than a page behind it.
        written["author"]["bot"] = (!(150..153).contains(&number)).into();
        gateway.write_unheard(&written);
    }
    let running = scene.start().await;
    scene.wait_for_said(&running, 3).await;
    running.stop().await;
    assert_eq!(
        scene.said()[1..],
        [150, 151, 152].map(|number| format!("[Discord] bob_1: missed {number}"))
    );
}

#[tokio::test]
async fn a_long_pause_of_the_history_is_not_waited_for() {
    let scene = Scene::new().await;
    let running = scene.start().await;
    scene.write(&message(id(1), "before"));
    scene.wait_for_said(&running, 1).await;
    let limit = RateLimit::new(Scope::User, 3600.0);
    scene.stage.discord.inject(
        FaultRule::new(Fault::RateLimit(limit))
            .on_method(HISTORY)
            .until_cleared(),
    );
    let gateway = scene.stage.discord.gateway();
    gateway.forget_sessions();
    gateway.cut();
    running.wait_for_line("chat_missed_unknown").await;
    gateway.wait_until_joined(SOON).await.unwrap();
    scene.write(&message(id(2), "after"));
    scene.wait_for_said(&running, 2).await;
    running.stop().await;
}

#[tokio::test]
async fn an_edit_is_said_once_as_a_correction_where_that_is_wanted() {
    for (keys, corrections) in [("    discord_chat_edits: on\n", 1), ("", 0)] {
        let scene = Scene::with(keys).await;
        let running = scene.start().await;
        let first = id(1);
        scene.write(&message(first, "helo"));
        scene.wait_for_said(&running, 1).await;
        let edit = |text: &str| {
            let mut edited = message(first, text);
            edited["edited_timestamp"] = "2026-11-26T12:00:00.000000+00:00".into();
            scene.stage.discord.gateway().dispatch("MESSAGE_UPDATE", &edited);
        };
        // A link of it was shown; its words are other ones; and again.
        ["helo", "hello", "hello!"].into_iter().for_each(edit);
        scene.write(&message(id(2), "last"));
        scene.wait_for_said(&running, 2 + corrections).await;
        running.stop().await;
        let said = scene.said();
        let corrected = said
            .iter()
            .filter(|line| *line == "[Discord] Bob: (corrected) hello");
        assert_eq!(corrected.count() as u64, corrections, "{said:#?}");
        assert_eq!(said.len() as u64, 2 + corrections, "{said:#?}");
    }
}
