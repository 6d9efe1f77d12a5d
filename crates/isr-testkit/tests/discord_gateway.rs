//! The fake gateway and the bot's half of the fake API, spoken to by hand: each rule of Discord in a table.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic anywhere"
)]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use isr_testkit::discord::gateway::{
    Acks, CommandCall, ConnectionFault, GatewayRule, PersonCard, SessionLimit, Times, message_create,
};
use isr_testkit::discord::{FakeDiscord, Limits};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush};
use serde_json::{Value, json};
use support::{DEADLINE, Raw, send};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

const GUILD: u64 = 1_000_000_000_000_000_001;
const CHANNEL: u64 = 300_000_000_000_000_001;
/// GUILDS, GUILD_MESSAGES, MESSAGE_CONTENT.
const CHAT: u64 = 1 | 1 << 9 | 1 << 15;

/// What came over the wire.
#[derive(Debug, Clone, PartialEq)]
enum Heard {
    Said(Value),
    Closed(u16),
    Cut,
}

/// A client that breaks rules when asked to.
struct Client {
    socket: WebSocketStream<TcpStream>,
    inflater: Option<Box<InflateState>>,
    token: String,
}

impl Client {
    async fn connect(discord: &FakeDiscord, query: &str) -> Option<Self> {
        let url = discord.gateway().url();
        let stream = TcpStream::connect(url.strip_prefix("ws://").unwrap())
            .await
            .unwrap();
        let uri = format!("{url}/?{query}").parse().unwrap();
        let connected = ClientBuilder::from_uri(uri).connect_on(stream).await;
        let (socket, _) = connected.ok()?;
        let is_squeezed = query.contains("zlib-stream");
        Some(Self {
            socket,
            inflater: is_squeezed.then(|| InflateState::new_boxed(DataFormat::Zlib)),
            token: discord.gateway().token(),
        })
    }

    /// A greeted one.
    async fn greeted(discord: &FakeDiscord) -> Self {
        let mut client = Self::connect(discord, "v=10&encoding=json").await.unwrap();
        assert_eq!(client.said().await["op"], 10);
        client
    }

    /// One that is past READY; its session.
    async fn joined(discord: &FakeDiscord, intents: u64) -> (Self, String) {
        let mut client = Self::greeted(discord).await;
        client.identify(intents).await;
        let ready = client.said().await;
        assert_eq!(ready["t"], "READY");
        assert_eq!(client.said().await["t"], "GUILD_CREATE");
        (client, ready["d"]["session_id"].as_str().unwrap().to_owned())
    }

    async fn say(&mut self, payload: &Value) {
        self.socket
            .send(Message::text(payload.to_string()))
            .await
            .unwrap();
    }

    fn identity(&self, intents: u64) -> Value {
        let properties = json!({"os": "linux", "browser": "x", "device": "x"});
        json!({"op": 2, "d": {"token": self.token, "intents": intents, "properties": properties}})
    }

    async fn identify(&mut self, intents: u64) {
        self.say(&self.identity(intents)).await;
    }

    async fn resume(&mut self, session: &str, seq: u64) {
        let resume = json!({"op": 6, "d": {"token": self.token, "session_id": session, "seq": seq}});
        self.say(&resume).await;
    }

    async fn hear(&mut self) -> Heard {
        let mut whole = Vec::new();
        loop {
            let message = timeout(DEADLINE, self.socket.next())
                .await
                .expect("something in time");
            let Some(Ok(message)) = message else {
                return Heard::Cut;
            };
            if let Some((code, _)) = message.as_close() {
                return Heard::Closed(code.into());
            }
            let bytes = message.into_payload();
            whole.extend_from_slice(&bytes);
            let text = match &mut self.inflater {
                None => whole,
                Some(_) if !whole.ends_with(&[0, 0, 0xFF, 0xFF]) => continue,
                Some(state) => {
                    let mut room = vec![0; 1 << 20];
                    let done = inflate(state, &whole, &mut room, MZFlush::None);
                    room.truncate(done.bytes_written);
                    room
                }
            };
            return Heard::Said(serde_json::from_slice(&text).unwrap());
        }
    }

    async fn said(&mut self) -> Value {
        match self.hear().await {
            Heard::Said(payload) => payload,
            other => panic!("{other:?}"),
        }
    }
}

/// Keeps the paused clock from jumping while bytes are on their way.
fn hold() -> std::sync::mpsc::SyncSender<()> {
    let (held, released) = std::sync::mpsc::sync_channel::<()>(0);
    drop(tokio::task::spawn_blocking(move || released.recv().is_ok()));
    held
}

fn broken(discord: &FakeDiscord) -> Vec<GatewayRule> {
    discord
        .gateway()
        .look(|seen| seen.violations.iter().map(|broken| broken.rule).collect())
}

#[tokio::test]
async fn what_a_client_may_not_say_is_recorded_and_closed_with_its_code() {
    type Row = (&'static str, Value, u16, Option<GatewayRule>);
    let token = FakeDiscord::start().await.unwrap().gateway().token();
    let properties = json!({"os": "linux", "browser": "x", "device": "x"});
    let identity = |more: Value| {
        let mut said = json!({"token": token, "intents": 1, "properties": properties});
        for (name, value) in more.as_object().unwrap() {
            said[name] = value.clone();
        }
        json!({"op": 2, "d": said})
    };
    let presence = json!({"op": 3, "d": {"since": null, "afk": false, "status": "online", "activities": []}});
    let rows: Vec<Row> = vec![
        (
            "an opcode that is none",
            json!({"op": 99, "d": null}),
            4001,
            Some(GatewayRule::Opcode),
        ),
        ("no opcode", json!({"hello": 1}), 4002, Some(GatewayRule::Decode)),
        (
            "too long",
            json!({"op": 1, "d": "x".repeat(5_000)}),
            4002,
            Some(GatewayRule::Size),
        ),
        (
            "a heartbeat of text",
            json!({"op": 1, "d": "x"}),
            4002,
            Some(GatewayRule::Decode),
        ),
        (
            "a presence before it identifies",
            presence,
            4003,
            Some(GatewayRule::Order),
        ),
        ("a wrong token", identity(json!({"token": "x"})), 4004, None),
        (
            "no token",
            identity(json!({"token": null})),
            4002,
            Some(GatewayRule::IdentifyForm),
        ),
        (
            "no properties",
            identity(json!({"properties": {}})),
            4002,
            Some(GatewayRule::IdentifyForm),
        ),
        (
            "a field that is none",
            identity(json!({"guilds": 1})),
            4002,
            Some(GatewayRule::IdentifyForm),
        ),
        (
            "a shard that is none",
            identity(json!({"shard": [1, 1]})),
            4010,
            Some(GatewayRule::IdentifyForm),
        ),
        (
            "intents that are none",
            identity(json!({"intents": 1_u64 << 40})),
            4013,
            Some(GatewayRule::IdentifyForm),
        ),
        (
            "an intent that is not allowed",
            identity(json!({"intents": 2})),
            4014,
            None,
        ),
        (
            "a resume without a number",
            json!({"op": 6, "d": {"token": token, "session_id": "x"}}),
            4002,
            Some(GatewayRule::ResumeForm),
        ),
    ];
    for (what, said, code, rule) in rows {
        let discord = FakeDiscord::start().await.unwrap();
        let mut client = Client::greeted(&discord).await;
        client.say(&said).await;
        assert_eq!(client.hear().await, Heard::Closed(code), "{what}");
        assert_eq!(broken(&discord), rule.into_iter().collect::<Vec<_>>(), "{what}");
    }
}

#[tokio::test]
async fn a_second_introduction_a_flood_and_another_version_are_closed() {
    let discord = FakeDiscord::start().await.unwrap();
    let (mut client, _) = Client::joined(&discord, CHAT).await;
    client.identify(CHAT).await;
    assert_eq!(client.hear().await, Heard::Closed(4005));
    assert_eq!(broken(&discord), [GatewayRule::Order]);

    let discord = FakeDiscord::start().await.unwrap();
    let (mut client, session) = Client::joined(&discord, CHAT).await;
    for _ in 0..121 {
        client.say(&json!({"op": 1, "d": 1})).await;
    }
    let mut heard = client.hear().await;
    while matches!(&heard, Heard::Said(ack) if ack["op"] == 11) {
        heard = client.hear().await;
    }
    assert_eq!(heard, Heard::Closed(4008));

    let mut client = Client::greeted(&discord).await;
    client.resume(&session, 99).await;
    assert_eq!(client.hear().await, Heard::Closed(4007));

    let mut old = Client::connect(&discord, "v=6&encoding=json").await.unwrap();
    assert_eq!(old.hear().await, Heard::Closed(4012));
    assert_eq!(broken(&discord), [GatewayRule::Rate, GatewayRule::Query]);
}

#[tokio::test]
async fn every_code_can_be_closed_with_and_after_the_fatal_ones_nobody_may_connect() {
    for code in [
        1000, 1001, 4000, 4001, 4002, 4003, 4004, 4005, 4007, 4008, 4009, 4010, 4011, 4012, 4013, 4014,
    ] {
        let discord = FakeDiscord::start().await.unwrap();
        let (mut client, _) = Client::joined(&discord, CHAT).await;
        discord.gateway().close(code);
        assert_eq!(client.hear().await, Heard::Closed(code));
        drop(Client::greeted(&discord).await);
        let is_fatal = matches!(code, 4004 | 4010..);
        assert_eq!(broken(&discord) == [GatewayRule::AfterFatal], is_fatal, "{code}");
    }
}

#[tokio::test]
async fn a_resume_replays_what_was_missed_with_and_without_compression() {
    for query in ["v=10&encoding=json", "v=10&encoding=json&compress=zlib-stream"] {
        let discord = FakeDiscord::start().await.unwrap();
        let (client, session) = Client::joined(&discord, CHAT).await;
        let bob = PersonCard::new(5, "bob");
        let write = |id: u64| message_create(id, GUILD, CHANNEL, &bob, &format!("m{id}"));
        discord.gateway().dispatch("MESSAGE_CREATE", &write(1));
        // In the middle of this the connection ends.
        discord
            .gateway()
            .dispatch_half_and_cut("MESSAGE_CREATE", &write(2));
        drop(client);
        discord.gateway().dispatch("MESSAGE_CREATE", &write(3));

        let mut client = Client::connect(&discord, query).await.unwrap();
        assert_eq!(client.said().await["op"], 10);
        client.resume(&session, 3).await;
        let (second, third, resumed) = (client.said().await, client.said().await, client.said().await);
        assert_eq!((&second["d"]["content"], &second["s"]), (&json!("m2"), &json!(4)));
        assert_eq!((&third["d"]["content"], &third["s"]), (&json!("m3"), &json!(5)));
        assert_eq!(resumed["t"], "RESUMED");
        drop(client);

        // Closed with 1000 the session is over.
        let mut client = Client::greeted(&discord).await;
        client.resume(&session, 5).await;
        assert_eq!(client.said().await["t"], "RESUMED");
        client.socket.close().await.unwrap();
        let mut client = Client::greeted(&discord).await;
        client.resume(&session, 5).await;
        assert_eq!(
            client.said().await,
            json!({"op": 9, "s": null, "t": null, "d": false})
        );
        discord.assert_no_violations();
    }
}

#[tokio::test]
async fn intents_decide_what_is_told_and_what_is_in_it() {
    let bob = PersonCard::new(5, "bob");
    let message = |text: &str| message_create(7, GUILD, CHANNEL, &bob, text);
    let mut mentions_the_bot = message("hello bot");
    mentions_the_bot["mentions"] = json!([{"id": "111122223333444455", "username": "factory-bot"}]);
    let mut own = message("of the bot");
    own["author"]["id"] = "111122223333444455".into();
    for (intents, told) in [
        (CHAT, vec!["hello", "hello bot", "of the bot"]),
        (1 | 1 << 9, vec!["", "hello bot", "of the bot"]),
        (1, vec![]),
    ] {
        let discord = FakeDiscord::start().await.unwrap();
        let (mut client, _) = Client::joined(&discord, intents).await;
        for message in [&message("hello"), &mentions_the_bot, &own] {
            discord.gateway().dispatch("MESSAGE_CREATE", message);
        }
        // An interaction needs no intent.
        discord.gateway().dispatch("INTERACTION_CREATE", &call(1).event());
        let mut heard = Vec::new();
        loop {
            let event = client.said().await;
            match event["t"].as_str().unwrap() {
                "INTERACTION_CREATE" => break,
                _ => heard.push(event["d"]["content"].as_str().unwrap().to_owned()),
            }
        }
        assert_eq!(heard, told, "{intents}");
    }
}

#[tokio::test(start_paused = true)]
async fn budgets_are_held() {
    let _held = hold();
    let discord = FakeDiscord::start().await.unwrap();
    let (_first, _) = Client::joined(&discord, CHAT).await;
    let mut second = Client::greeted(&discord).await;
    second.identify(CHAT).await;
    assert_eq!(second.said().await["op"], 9, "one in five seconds");
    tokio::time::advance(Duration::from_secs(6)).await;
    discord.gateway().set_limit(SessionLimit {
        remaining: 0,
        ..SessionLimit::default()
    });
    second.identify(CHAT).await;
    assert_eq!(second.said().await["op"], 9, "none is left");
    assert_eq!(
        broken(&discord),
        [GatewayRule::IdentifyRate, GatewayRule::IdentifyBudget]
    );
}

#[tokio::test]
async fn heartbeats_are_answered_unless_it_is_a_zombie() {
    let discord = FakeDiscord::start().await.unwrap();
    let (mut client, _) = Client::joined(&discord, CHAT).await;
    client.say(&json!({"op": 1, "d": 2})).await;
    assert_eq!(client.said().await["op"], 11);
    discord.gateway().set_acks(Acks::Silence);
    client.say(&json!({"op": 1, "d": 2})).await;
    discord.gateway().send(&json!({"op": 1, "d": null}));
    assert_eq!(client.said().await["op"], 1, "no answer came before");
    client.say(&json!({"op": 1, "d": 77})).await;
    let beaten = |seen: &isr_testkit::discord::gateway::GatewaySeen| seen.beats.len() == 3;
    discord.gateway().wait_for(DEADLINE, beaten).await.unwrap();
    assert_eq!(broken(&discord), [GatewayRule::Sequence]);
}

#[tokio::test]
async fn connections_fail_in_every_way_and_then_no_more() {
    use ConnectionFault as F;
    let late = Duration::from_millis(300);
    let rows = [
        (F::CloseBeforeHello(4000), Some(Heard::Closed(4000))),
        (F::RefuseHandshake(503), None),
        (F::CutAtOnce, None),
    ];
    let discord = FakeDiscord::start().await.unwrap();
    for (fault, heard) in rows {
        discord.gateway().inject(fault, Times::Exactly(1));
        match (Client::connect(&discord, "v=10&encoding=json").await, heard) {
            (None, None) => {}
            (Some(mut client), Some(heard)) => assert_eq!(client.hear().await, heard, "{fault:?}"),
            (client, _) => panic!("{fault:?}: connected {}", client.is_some()),
        }
    }
    discord.gateway().inject(F::LateHello(late), Times::Exactly(1));
    let begun = Instant::now();
    drop(Client::greeted(&discord).await);
    assert!(begun.elapsed() >= late);
    drop(Client::joined(&discord, CHAT).await);
    discord.assert_no_violations();
}

fn call(id: u64) -> CommandCall {
    CommandCall {
        id,
        token: format!("token-{id}"),
        application: 111_122_223_333_444_455,
        guild: GUILD,
        channel: CHANNEL,
        person: PersonCard::new(5, "bob"),
        name: "factorio".into(),
        options: json!([]),
    }
}

async fn answer(discord: &FakeDiscord, id: u64, answer: &Value) -> Raw {
    let url = format!("{}/interactions/{id}/token-{id}/callback", discord.api());
    with(discord, "POST", &url, answer).await
}

async fn with(discord: &FakeDiscord, method: &str, url: &str, body: &Value) -> Raw {
    let token = discord.gateway().token();
    let headers = format!(
        "user-agent: DiscordBot (https://e.org, 1)\r\ncontent-type: application/json\r\nauthorization: Bot {token}\r\n"
    );
    send(method, url, &headers, body.to_string().as_bytes())
        .await
        .unwrap()
}

#[tokio::test]
async fn each_kind_of_interaction_takes_the_answers_that_discord_allows() {
    let discord = FakeDiscord::start().await.unwrap();
    let message =
        json!({"type": 4, "data": {"content": "x", "flags": 64, "allowed_mentions": {"parse": []}}});
    let later = json!({"type": 5, "data": {"flags": 64}});
    let (edit, edit_later) = (
        json!({"type": 7, "data": {"content": "x", "allowed_mentions": {"parse": []}}}),
        json!({"type": 6}),
    );
    let choices = json!({"type": 8, "data": {"choices": [{"name": "a", "value": "a"}]}});
    let modal = json!({"type": 9, "data": {"custom_id": "m", "title": "Why?", "components": [
        {"type": 18, "label": "Reason", "component": {"type": 4, "custom_id": "r", "style": 1}}]}});
    let answers = [&message, &later, &edit_later, &edit, &choices, &modal];
    // Command, button, autocomplete, modal: 4, 5, 6, 7, 8, 9.
    let kinds = [
        ("command", [true, true, false, false, false, true]),
        ("button", [true, true, true, true, false, true]),
        ("autocomplete", [false, false, false, false, true, false]),
        ("modal", [true, true, true, true, false, false]),
    ];
    let mut id = 100;
    for (kind, allowed) in kinds {
        for (form, is_allowed) in answers.into_iter().zip(allowed) {
            id += 1;
            let call = call(id);
            let event = match kind {
                "command" => call.event(),
                "button" => call.click("b"),
                "autocomplete" => call.autocomplete(),
                _ => call.submit("m", &[("r", "because")]),
            };
            discord.gateway().dispatch("INTERACTION_CREATE", &event);
            let answered = answer(&discord, id, form).await;
            let status = if is_allowed { 204 } else { 400 };
            assert_eq!(
                answered.status, status,
                "{kind} answered with {form}: {}",
                answered.body
            );
        }
    }
    let faulty = json!({"type": 9, "data": {"custom_id": "m", "title": "x".repeat(46), "components": []}});
    discord.gateway().dispatch("INTERACTION_CREATE", &call(1).event());
    assert_eq!(answer(&discord, 1, &faulty).await.status, 400);
    // A second answer, and one with another token.
    assert_eq!(answer(&discord, 1, &later).await.status, 204);
    let again = answer(&discord, 1, &later).await;
    assert_eq!((again.status, again.code()), (400, 40060));
    assert_eq!(answer(&discord, 999, &later).await.code(), 10062);
}

#[tokio::test(start_paused = true)]
async fn an_interaction_lives_three_seconds_and_its_token_fifteen_minutes() {
    let _held = hold();
    let discord = FakeDiscord::start().await.unwrap();
    let later = json!({"type": 5, "data": {"flags": 64}});
    let text = json!({"content": "x", "allowed_mentions": {"parse": []}});
    for id in [1, 2] {
        discord
            .gateway()
            .dispatch("INTERACTION_CREATE", &call(id).event());
    }
    assert_eq!(answer(&discord, 1, &later).await.status, 204);
    let original = format!(
        "{}/webhooks/111122223333444455/token-1/messages/@original",
        discord.api()
    );
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(answer(&discord, 2, &later).await.code(), 10062);
    assert_eq!(with(&discord, "PATCH", &original, &text).await.status, 200);
    tokio::time::advance(Duration::from_secs(15 * 60)).await;
    assert_eq!(with(&discord, "PATCH", &original, &text).await.code(), 50027);
    let follow_up = format!("{}/webhooks/111122223333444455/token-1", discord.api());
    assert_eq!(with(&discord, "POST", &follow_up, &text).await.code(), 50027);
    // Until it is answered, nothing can be edited.
    discord.gateway().dispatch("INTERACTION_CREATE", &call(3).event());
    let unanswered = original.replace("token-1", "token-3");
    assert_eq!(with(&discord, "PATCH", &unanswered, &text).await.code(), 10015);
}

#[tokio::test]
async fn whom_a_message_of_the_bot_calls_is_up_to_its_allowed_mentions() {
    let text = "@everyone <@7> <@&8>";
    let everybody = ["everyone", "user 7", "role 8"];
    let rows: [(Value, &[&str]); 5] = [
        (json!({"parse": []}), &[]),
        (json!({"parse": ["users"]}), &["user 7"]),
        (json!({"parse": [], "roles": ["8"]}), &["role 8"]),
        (json!({"parse": ["everyone", "users", "roles"]}), &everybody),
        (Value::Null, &everybody),
    ];
    let discord = FakeDiscord::start().await.unwrap();
    discord.set_limits(Limits::none());
    let url = format!("{}/channels/{CHANNEL}/messages", discord.api());
    for (allowed, called) in rows {
        let mut form = json!({"content": text});
        if !allowed.is_null() {
            form["allowed_mentions"] = allowed.clone();
        }
        assert_eq!(with(&discord, "POST", &url, &form).await.status, 200);
        let mut pinged = discord.messages().pop().unwrap().pinged;
        let mut called: Vec<String> = called.iter().map(|who| (*who).to_owned()).collect();
        pinged.sort();
        called.sort();
        assert_eq!(pinged, called, "{allowed}");
    }
    let both = json!({"content": text, "allowed_mentions": {"parse": ["users"], "users": ["7"]}});
    assert_eq!(with(&discord, "POST", &url, &both).await.status, 400);
}
