//! One live card per server and destination, also when RCON, the game, Discord or the program itself is killed.

use std::time::Duration;

use isr_testkit::discord::{Fault, FaultRule, Message};
use isr_testkit::rcon::FakeFactorio;
use isr_testkit::rng::Rng;

use crate::stage::{SOON, Stage};

const PASSWORD: &str = "correct horse";
/// Rounds of kills; `CARD_ROUNDS` sets another number, `CARD_SEED` other instants.
const ROUNDS: u64 = 8;

async fn described(game: &FakeFactorio) -> Stage {
    let stage = Stage::bare().await;
    let (log, url, address) = (stage.log_path_of("north"), stage.discord.url(1), game.addr());
    stage.write_yaml(&format!(
        "servers:\n  north:\n    log_path: {}\n    webhook: {url}\n    rcon: {{host: {}, port: {}, password: {PASSWORD}, poll_interval: 5s}}\n",
        log.display(),
        address.ip(),
        address.port()
    ));
    stage
}

/// The cards that a person sees in the channel. Alerts have a colon in their title.
fn cards(stage: &Stage) -> Vec<Message> {
    let is_card = |message: &Message| {
        let title = message.embeds.first().and_then(|embed| embed["title"].as_str());
        title.is_some_and(|title| title.ends_with("north") && !title.contains(": "))
    };
    stage.discord.messages().into_iter().filter(is_card).collect()
}

fn title(message: &Message) -> String {
    message.embeds[0]["title"].as_str().unwrap().to_owned()
}

async fn wait_for_card(stage: &Stage, mut wished: impl FnMut(&Message) -> bool) {
    let shown = |seen: &isr_testkit::discord::Seen| {
        let mut with_embed = seen.messages().filter(|message| !message.embeds.is_empty());
        with_embed.any(&mut wished)
    };
    stage.discord.wait_for(SOON, shown).await.unwrap();
}

fn shows(message: &Message, text: &str) -> bool {
    message.embeds[0].to_string().contains(text)
}

#[tokio::test]
async fn a_card_lives_in_one_message_and_says_since_when_rcon_is_down() {
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    game.world(|world| world.join("Ann_1"));
    let stage = described(&game).await;
    let _log = stage.log_of("north");
    let running = stage.start().await;
    wait_for_card(&stage, |card| shows(card, r"Ann\\_1")).await;
    let first = cards(&stage)[0].id;
    running.stop().await;

    game.stop().await;
    let running = stage.start().await;
    wait_for_card(&stage, |card| title(card).starts_with("🔌") && shows(card, "<t:")).await;
    let down = &cards(&stage)[0].embeds[0];
    let told = format!("{} {}", down["description"], down["fields"]);
    assert!(!told.contains("-1") && !told.contains("players"), "{told}");
    game.start_again().await.unwrap();
    wait_for_card(&stage, |card| shows(card, r"Ann\\_1")).await;
    let all = cards(&stage);
    assert_eq!((all.len(), all[0].id), (1, first));

    // A moderator deletes it: there is another one, once.
    assert!(stage.discord.delete_message(first));
    running.kill().await;
    let running = stage.start().await;
    wait_for_card(&stage, |card| shows(card, r"Ann\\_1")).await;
    let all = cards(&stage);
    assert!(all.len() == 1 && all[0].id != first);
    running.stop().await;
    stage.discord.assert_no_violations();
    assert!(game.world(|world| world.achievements_are_on()));
}

#[tokio::test]
async fn a_card_that_moves_says_at_its_old_place_that_it_is_over_and_only_there() {
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    game.world(|world| world.join("Ann_1"));
    let stage = described(&game).await;
    let _log = stage.log_of("north");
    let running = stage.start().await;
    wait_for_card(&stage, |card| shows(card, r"Ann\\_1")).await;
    running.stop().await;
    let (log, url, address) = (stage.log_path_of("north"), stage.discord.url(1), game.addr());
    stage.write_yaml(&format!(
        "servers:\n  north:\n    log_path: {}\n    webhook: {url}\n    card: {{webhook: \"{}\"}}\n    rcon: {{host: {}, port: {}, password: {PASSWORD}, poll_interval: 5s}}\n",
        log.display(),
        stage.discord.url(2),
        address.ip(),
        address.port()
    ));
    let running = stage.start().await;
    wait_for_card(&stage, |card| card.webhook == 1 && title(card).starts_with("⚪")).await;
    wait_for_card(&stage, |card| card.webhook == 2 && shows(card, r"Ann\\_1")).await;
    let all = cards(&stage);
    assert_eq!(all.len(), 2);
    assert!(
        all.iter()
            .all(|card| card.webhook == 2 || title(card).starts_with("⚪"))
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_random_moments_leave_exactly_one_card() {
    let mut dice = Rng::from_environment("CARD_SEED");
    let rounds = std::env::var("CARD_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    let stage = described(&game).await;
    stage.discord.set_limits(isr_testkit::discord::Limits::none());
    let _log = stage.log_of("north");
    let mut game_is_up = true;
    let mut deleted = 0;
    for _ in 0..rounds.unwrap_or(ROUNDS) {
        stage.discord.clear_faults();
        match dice.below(6) {
            0 => stage.discord.inject(FaultRule::new(Fault::Status(503)).times(2)),
            1 => stage.discord.inject(Fault::AcceptThenCut),
            2 => stage.discord.inject(Fault::Delay(Duration::from_millis(300))),
            3 => {
                if let Some(card) = cards(&stage).first() {
                    assert!(stage.discord.delete_message(card.id));
                    deleted += 1;
                }
            }
            4 if game_is_up => {
                game.stop().await;
                game_is_up = false;
            }
            5 if !game_is_up => {
                game.start_again().await.unwrap();
                game_is_up = true;
            }
            _ => {}
        }
        let daemon = stage.command.spawn().unwrap();
        // The instant of the kill, from before the store is open to after the first edit.
        tokio::time::sleep(Duration::from_millis(dice.between(50, 2500))).await;
        daemon.kill().await.unwrap();
    }
    stage.discord.clear_faults();
    if !game_is_up {
        game.start_again().await.unwrap();
    }
    game.world(|world| world.join("Bob"));
    let running = stage.start().await;
    wait_for_card(&stage, |card| shows(card, "Bob")).await;
    running.stop().await;

    // Only a kill, or a lost answer, within a first request leaves a card that nobody knows: counted, each of them.
    let (code, rules) = stage.typed(&["outbox", "rules"]).await;
    assert_eq!(code, 0);
    let counted = rules.lines().find(|line| line.contains("card_uncertain"));
    let uncertain = counted.map_or(0, |line| {
        let number = line
            .split_whitespace()
            .find_map(|word| word.parse::<usize>().ok());
        number.unwrap_or_else(|| panic!("no number in {line}"))
    });
    let all = cards(&stage);
    let living = all.iter().filter(|card| shows(card, "Bob")).count();
    assert_eq!(living, 1, "{all:?}");
    assert!(
        all.len() <= 1 + uncertain,
        "{} cards, {uncertain} counted, {deleted} deleted",
        all.len()
    );
    stage.discord.assert_no_violations();
}
