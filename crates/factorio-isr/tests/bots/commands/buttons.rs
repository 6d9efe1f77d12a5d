//! The buttons below a live card: each is the command that means the same, whatever happened to the card meanwhile.

use isr_testkit::discord::gateway::PersonCard;
use isr_testkit::discord::{Dialogue, Fault, FaultRule, Message, Seen as Discord};
use isr_testkit::rcon::{FakeFactorio, Script};
use serde_json::{Value, json};

use super::{ADMINISTRATOR, CHANNEL, KICK_MEMBERS, Scene, Seen, call, person, start};
use crate::stage::{SOON, Stage};

const EVERYBODY: u64 = 1 << 10 | 1 << 11;
const PLAYERS: &str = "isr:card:players:north";
const REFRESH: &str = "isr:card:status:north";
const SAVE: &str = "isr:card:save:north";

/// A server whose card the bot posts, with more below it; asked by itself so seldom that what is seen was asked for.
fn described(tag: &'static str, more: &'static str) -> impl Fn(String, u16) -> String {
    move |log, port| {
        format!(
            "defaults: {{alerts: off}}\nservers:\n  {tag}:\n    log_path: {log}\n    event_channel_id: {CHANNEL}\n    \
             rcon: {{host: 127.0.0.1, port: {port}, password: secret, poll_interval: 10m}}\n{more}"
        )
    }
}

const JOIN: &str = "    card: {join_url: \"https://example.org/play\"}\n";

fn is_card(message: &Message) -> bool {
    message.channel == CHANNEL && !message.embeds.is_empty()
}

/// What stands on the buttons of a card, and what each does.
fn row(card: &Message) -> Vec<(String, String)> {
    let buttons = card.components.first().map(|row| row["components"].clone());
    let text = |button: &Value, name: &str| button[name].as_str().unwrap_or_default().to_owned();
    let told = |button: &Value| {
        let does = text(button, "custom_id") + &text(button, "url");
        (text(button, "label"), does)
    };
    buttons
        .as_ref()
        .and_then(Value::as_array)
        .map(|all| all.iter().map(told).collect())
        .unwrap_or_default()
}

impl Scene {
    async fn with_card(more: &'static str) -> Self {
        let scene = Self::described(described("north", more)).await;
        scene.wait_for_card(|card| shows(card, "alice")).await;
        // Its id is kept: a kill leaves no second card.
        scene.running.wait_for_line("card_posted").await;
        scene
    }

    async fn wait_for_card(&self, wished: impl Fn(&Message) -> bool) -> Message {
        let found = |seen: &Discord| seen.messages().any(|message| is_card(message) && wished(message));
        self.stage.discord.wait_for(SOON, found).await.unwrap();
        let cards = self.stage.discord.messages().into_iter();
        cards.filter(is_card).find(wished).unwrap()
    }

    /// Clicks below the card. What is answered is a message for who clicked alone, and never the card.
    async fn press(&self, person: &PersonCard, button: &str) -> Seen {
        let (seen, answer) = self.pressed(person, button).await;
        let is_own = answer["data"]["flags"] == 64 && (answer["type"] == 4 || answer["type"] == 5);
        assert!(is_own && seen.quiet, "{answer}");
        seen
    }

    async fn pressed(&self, person: &PersonCard, button: &str) -> (Seen, Value) {
        let card = self.stage.discord.messages().into_iter().find(is_card).unwrap();
        let click = call(person, "factorio click", &json!([]));
        let seen = self.give(&click, &click.click_below(card.id, button)).await;
        let dialogue = self.stage.discord.gateway().dialogue(click.id).unwrap();
        (seen, dialogue.answer.unwrap().1)
    }

    async fn reload(&self, yaml: &str) {
        self.stage.write_yaml(yaml);
        self.running.reload().await;
    }

    fn yaml(&self, describe: impl Fn(String, u16) -> String) -> String {
        let log = self.stage.log_path_of("north").display().to_string();
        describe(log, self.game.addr().port())
    }
}

fn shows(card: &Message, text: &str) -> bool {
    card.embeds[0].to_string().contains(text)
}

fn words(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(label, does): &(&str, &str)| ((*label).to_owned(), (*does).to_owned());
    expected.iter().map(own).collect()
}

#[tokio::test]
async fn each_button_of_a_card_does_what_its_command_does_and_tells_who_clicked() {
    let scene = Scene::with_card(JOIN).await;
    let card = scene.wait_for_card(|_| true).await;
    assert_eq!(
        row(&card),
        words(&[
            ("Who is online", PLAYERS),
            ("Refresh", REFRESH),
            ("Save now", SAVE),
            ("Join", "https://example.org/play"),
        ])
    );
    let seen = scene.press(&person(EVERYBODY), PLAYERS).await;
    assert!(seen.said.contains("• alice"), "{}", seen.said);

    // What the game would have been asked in ten minutes is on the card now.
    scene.game.world(|world| world.join("Carl"));
    let seen = scene.press(&person(EVERYBODY), REFRESH).await;
    assert!(seen.said.contains("The card of **north**"), "{}", seen.said);
    let card = scene.wait_for_card(|card| shows(card, "Carl")).await;
    assert_eq!(row(&card).len(), 4, "the buttons stay");

    let seen = scene.press(&person(KICK_MEMBERS), SAVE).await;
    assert!(
        seen.said.contains("**north** saves") && seen.said.contains("The game"),
        "{}",
        seen.said
    );
    assert_eq!(scene.lines(), ["/server-save"]);
    let rows = scene.stop().await;
    let told: Vec<_> = rows.iter().map(|row| row.entry.command.as_str()).collect();
    assert_eq!(told, ["/factorio save", "/factorio save"]);
    assert_eq!(rows[1].entry.outcome, "done");
}

#[tokio::test]
async fn who_may_not_use_the_command_may_not_click_either_and_it_is_written_down() {
    let scene = Scene::with_card("    permissions: {commands: {players: moderate}}\n").await;
    for button in [SAVE, PLAYERS] {
        let seen = scene.press(&person(EVERYBODY), button).await;
        assert!(seen.said.contains("**moderate**"), "{button}: {}", seen.said);
    }
    // A Discord server of somebody else, whose owner is an administrator there.
    for button in [SAVE, PLAYERS, REFRESH] {
        let mut strange = call(&person(ADMINISTRATOR), "factorio click", &json!([]));
        strange.guild = 77;
        let seen = scene.give(&strange, &strange.click_below(1, button)).await;
        assert!(seen.quiet && seen.said.contains("bot.guilds"), "{}", seen.said);
    }
    let nothing: [&str; 0] = [];
    assert_eq!(scene.lines(), nothing);
    let rows = scene.stop().await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().all(|row| row.entry.outcome == "refused"), "{rows:?}");
}

#[tokio::test]
async fn what_the_game_says_to_a_save_is_told_and_that_it_cannot_be_reached() {
    let scene = Scene::with_card("").await;
    let refused = "Cannot save: the map is being saved already.\n";
    scene.game.script("/server-save", Script::Text(refused.into()));
    let seen = scene.press(&person(KICK_MEMBERS), SAVE).await;
    assert!(seen.said.contains("does not save"), "{}", seen.said);

    scene.lose_the_game().await;
    scene.wait_for_card(|card| shows(card, "🔌")).await;
    for button in [SAVE, PLAYERS] {
        let seen = scene.press(&person(KICK_MEMBERS), button).await;
        assert!(seen.said.contains("cannot be reached"), "{button}: {}", seen.said);
        assert!(!seen.said.contains("127.0.0.1"), "{}", seen.said);
    }
    // The card still tells what is known.
    let seen = scene.press(&person(KICK_MEMBERS), REFRESH).await;
    assert!(seen.said.contains("The card of **north**"), "{}", seen.said);
    let rows = scene.stop().await;
    assert_eq!(
        (rows.len(), rows[1].entry.outcome.as_str()),
        (2, "nothing changed")
    );
}

#[tokio::test]
async fn r04_a_save_whose_answer_is_lost_is_told_as_unknown_and_not_sent_again() {
    let scene = Scene::with_card("").await;
    scene.game.script("/server-save", Script::Close);
    let seen = scene.press(&person(KICK_MEMBERS), SAVE).await;
    assert!(seen.said.contains("may have been carried out"), "{}", seen.said);
    scene.reach_the_game().await;
    let seen = scene.press(&person(EVERYBODY), PLAYERS).await;
    assert!(seen.said.contains("alice"), "{}", seen.said);
    assert_eq!(scene.game.times_received("/server-save"), 1);
    let rows = scene.stop().await;
    assert_eq!((rows.len(), rows[1].entry.outcome.as_str()), (2, "unknown"));
}

#[tokio::test]
async fn a_forged_name_does_nothing_and_says_so_in_one_sentence() {
    let scene = Scene::with_card("").await;
    let forged = [
        "isr:card:stop:north",
        "isr:card:save:NORTH",
        "isr:card:save:south",
        "isr:card:save:north\n/quit",
        "isr:card:save:",
        "isr:card:",
        "something of another program",
    ];
    for name in forged {
        let seen = scene.press(&person(ADMINISTRATOR), name).await;
        let is_told =
            seen.said.contains("not configured any more") || seen.said.contains("not known any more");
        assert!(is_told && seen.buttons.is_empty(), "{name:?}: {}", seen.said);
    }
    let nothing: [&str; 0] = [];
    assert_eq!(scene.lines(), nothing);
    assert_eq!(scene.stop().await, []);
}

#[tokio::test]
async fn a_card_works_after_a_restart_and_a_reload_changes_its_buttons() {
    let scene = Scene::with_card("").await;
    let before = scene.wait_for_card(|_| true).await.id;
    let Scene { stage, game, running } = scene;
    running.kill().await;
    let running = start(&stage).await;
    let scene = Scene { stage, game, running };
    scene.reach_the_game().await;
    let seen = scene.press(&person(KICK_MEMBERS), SAVE).await;
    assert!(seen.said.contains("**north** saves"), "{}", seen.said);

    let off = scene.yaml(described(
        "north",
        "    permissions: {commands: {save: off}}\n    voice: {language: de}\n",
    ));
    scene.reload(&off).await;
    let wanted = words(&[("Wer ist da?", PLAYERS), ("Auffrischen", REFRESH)]);
    let card = scene.wait_for_card(|card| row(card) == wanted).await;
    assert_eq!(card.id, before);
    // Somebody's Discord still shows the old one.
    let seen = scene.press(&person(ADMINISTRATOR), SAVE).await;
    assert!(
        seen.said.contains("`/factorio save` ist hier abgeschaltet"),
        "{}",
        seen.said
    );

    let renamed = scene.yaml(described("south", ""));
    scene.reload(&renamed).await;
    let over = scene
        .wait_for_card(|card| card.id == before && row(card).is_empty())
        .await;
    assert!(over.edits > 0);
    for button in [SAVE, PLAYERS, REFRESH] {
        let seen = scene.press(&person(ADMINISTRATOR), button).await;
        assert!(
            seen.said.contains("not configured any more"),
            "{button}: {}",
            seen.said
        );
    }
    let card = scene.wait_for_card(|card| card.id != before).await;
    assert_eq!(row(&card)[2].1, "isr:card:save:south");
    assert_eq!(scene.lines(), ["/server-save"]);
    scene.stop().await;
}

#[tokio::test]
async fn two_quick_clicks_save_once_and_many_refreshes_are_few_changes() {
    let scene = Scene::with_card("").await;
    let gateway = scene.stage.discord.gateway();
    let (one, other) = (person(KICK_MEMBERS), person(KICK_MEMBERS));
    let clicks = [&one, &one, &other].map(|person| call(person, "factorio click", &json!([])));
    for click in &clicks {
        gateway.dispatch("INTERACTION_CREATE", &click.click_below(1, SAVE));
    }
    let mut said = Vec::new();
    for click in &clicks {
        let is_told = |dialogue: &Dialogue| dialogue.shown.is_some();
        gateway.wait_for_dialogue(click.id, SOON, is_told).await.unwrap();
        let shown = gateway.dialogue(click.id).unwrap().shown.unwrap();
        said.push(shown["content"].as_str().unwrap().to_owned());
    }
    let told = |text: &str| said.iter().filter(|said| said.contains(text)).count();
    assert_eq!(
        (told("**north** saves"), told("a moment ago")),
        (1, 2),
        "{said:?}"
    );
    assert_eq!(scene.lines(), ["/server-save"]);

    let before = scene.wait_for_card(|_| true).await.edits;
    let wishes: Vec<_> = (0..20)
        .map(|_| call(&person(EVERYBODY), "factorio click", &json!([])))
        .collect();
    for wish in &wishes {
        gateway.dispatch("INTERACTION_CREATE", &wish.click_below(1, REFRESH));
    }
    for wish in &wishes {
        let is_told = |dialogue: &Dialogue| dialogue.shown.is_some();
        gateway.wait_for_dialogue(wish.id, SOON, is_told).await.unwrap();
    }
    let after = scene.wait_for_card(|card| card.edits > before).await.edits;
    assert!(after - before <= 2, "{} changes", after - before);
    scene.stop().await;
}

#[tokio::test]
async fn d13_a_click_that_comes_twice_is_one_and_not_called_a_second_one() {
    let scene = Scene::with_card("").await;
    let gateway = scene.stage.discord.gateway();
    let click = call(&person(KICK_MEMBERS), "factorio click", &json!([]));
    let event = click.click_below(1, SAVE);
    gateway.dispatch("INTERACTION_CREATE", &event);
    gateway.send(&json!({"op": 0, "s": 4_000, "t": "INTERACTION_CREATE", "d": event}));
    let is_told = |dialogue: &Dialogue| dialogue.shown.is_some() && !dialogue.refused.is_empty();
    gateway.wait_for_dialogue(click.id, SOON, is_told).await.unwrap();
    let said = gateway.dialogue(click.id).unwrap().shown.unwrap();
    assert!(said.to_string().contains("**north** saves"), "{said}");
    assert_eq!(scene.lines(), ["/server-save"]);
    scene.stop().await;
}

#[tokio::test]
async fn a_card_is_pinned_where_that_is_wished_and_a_refusal_is_told_once() {
    let pinned = "    card: {pin: on}\n";
    let scene = Scene::with_card(pinned).await;
    scene.running.wait_for_line("card_pinned").await;
    assert!(scene.wait_for_card(|_| true).await.pinned);
    scene.stop().await;

    let stage = Stage::bare().await.with_bot();
    stage.discord.inject(
        FaultRule::new(Fault::Forbidden)
            .on_method(hyper::Method::PUT)
            .until_cleared(),
    );
    let _log = stage.log_of("north");
    let game = FakeFactorio::start("secret").await.unwrap();
    let log = stage.log_path_of("north").display().to_string();
    stage.write_yaml(&described("north", pinned)(log, game.addr().port()));
    let running = start(&stage).await;
    let told = running.wait_for_line("card_not_pinned").await;
    assert!(told.text.contains("Pin Messages"), "{}", told.text);
    // The card goes on.
    game.world(|world| world.join("Carl"));
    let scene = Scene { stage, game, running };
    scene.reach_the_game().await;
    scene.press(&person(EVERYBODY), REFRESH).await;
    scene.wait_for_card(|card| shows(card, "Carl")).await;
    let tries = scene.stage.discord.requests().into_iter();
    let tries = tries.filter(|request| request.path.contains("/pins/"));
    assert_eq!(tries.count(), 1);
    scene.stop().await;
}

#[tokio::test]
async fn a_card_of_a_webhook_has_no_buttons() {
    let scene = Scene::described(described("north", "")).await;
    scene.wait_for_card(|_| true).await;
    let webhook = scene.stage.discord.url(9);
    let yaml = scene.yaml(|log, port| {
        described("north", "")(log, port)
            + &format!("    card: {{webhook: \"{webhook}\", join_url: https://example.org}}\n")
    });
    scene.reload(&yaml).await;
    let posted = |seen: &Discord| {
        let mut cards = seen.messages().filter(|message| message.webhook == 9);
        cards.any(|card| !card.embeds.is_empty() && card.components.is_empty())
    };
    scene.stage.discord.wait_for(SOON, posted).await.unwrap();
    scene.stop().await;
}
