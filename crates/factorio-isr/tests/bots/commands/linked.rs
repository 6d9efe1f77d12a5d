//! Who somebody is in the game.

use isr_testkit::discord::Dialogue;
use isr_testkit::discord::gateway::{PersonCard, message_create};
use isr_testkit::log::LogWriter;
use serde_json::json;

use super::{ADMINISTRATOR, CHANNEL, GUILD, Scene, call, person, start, text};
use crate::stage::{SOON, eventually};

/// A code that nobody was given: one that was differs from it in all likelihood.
const WRONG: &str = "link-A2B3C4D5";

fn code_in(said: &str) -> String {
    let code = said.split('`').find(|part| part.starts_with("link-"));
    code.unwrap_or_else(|| panic!("no code: {said}")).to_owned()
}

/// What was written is said in the game; a message of its own time, so that it is new.
async fn is_said(scene: &Scene, author: &PersonCard, words: &str, wanted: &str) {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ms = u64::try_from(since.unwrap().as_millis()).unwrap() - 1_420_070_400_000;
    let message = message_create(ms << 22, GUILD, CHANNEL, author, words);
    scene.stage.discord.gateway().dispatch("MESSAGE_CREATE", &message);
    eventually(wanted, || scene.lines().iter().any(|line| line == wanted)).await;
}

#[tokio::test]
async fn only_who_writes_the_code_in_the_game_becomes_somebody_and_the_code_is_told_to_nobody_else() {
    let scene = Scene::new().await;
    let asker = person(0);
    let ask = call(&asker, "factorio-more link", &json!([]));
    let seen = scene.give(&ask, &ask.event()).await;
    assert!(seen.quiet, "{}", seen.said);
    let code = code_in(&seen.said);
    is_said(&scene, &asker, "before", "[Discord] Ann: before").await;
    is_said(&scene, &asker, &code, &format!("[Discord] Ann: {code}")).await;

    let mut log = scene.stage.log_of("north");
    log.line(&format!("2026-11-26 12:00:00 [CHAT] <server>: alice: {code}"))
        .unwrap();
    for _ in 0..6 {
        log.chat("mallory", WRONG).unwrap();
    }
    log.chat("mallory", &code).unwrap();
    log.chat("bob", "nothing happened so far").unwrap();
    scene.stage.wait_for_shown("nothing happened so far").await;
    let shown = |dialogue: &Dialogue, text: &str| {
        let shown = dialogue.shown.as_ref();
        shown.is_some_and(|shown| shown["content"].as_str().unwrap_or_default().contains(text))
    };
    let gateway = scene.stage.discord.gateway();
    assert!(shown(&gateway.dialogue(ask.id).unwrap(), &code));

    log.chat("alice", &format!("here: {}", code.to_lowercase()))
        .unwrap();
    gateway
        .wait_for_dialogue(ask.id, SOON, |dialogue| shown(dialogue, "You are **alice**"))
        .await
        .unwrap();
    log.chat("dora", &code).unwrap();
    log.chat("bob", "that was it").unwrap();
    scene.stage.wait_for_shown("that was it").await;
    let told = scene.stage.discord.messages();
    let is_told = |text: &str| {
        told.iter()
            .any(|message| message.text.to_lowercase().contains(text))
    };
    assert!(
        !is_told("mallory") && !is_told("dora") && !is_told("here:"),
        "{told:?}"
    );
    let codes = told
        .iter()
        .filter(|message| message.text.contains("link-"))
        .count();
    assert_eq!(codes, 1, "what the server itself said: {told:?}");
    is_said(&scene, &asker, "me", "[Discord] alice: me").await;

    let Scene { stage, game, running } = scene;
    running.stop().await;
    let running = start(&stage).await;
    let scene = Scene { stage, game, running };
    scene.reach_the_game().await;
    is_said(&scene, &asker, "still me", "[Discord] alice: still me").await;
    alice_plays(&scene, &mut log).await;
    let own = json!([text("player", "ME"), text("since", "2h")]);
    let seen = scene.run(&asker, "factorio-more stats", &own).await;
    assert!(seen.said.contains("**alice**"), "{}", seen.said);
    let other = person(ADMINISTRATOR);
    let seen = scene.run(&other, "factorio-more stats", &own).await;
    assert!(seen.said.contains("**ME** was not"), "{}", seen.said);

    let seen = scene.run(&other, "factorio-more unlink", &json!([])).await;
    assert!(seen.said.contains("linked with no player"), "{}", seen.said);
    let seen = scene.run(&asker, "factorio-more unlink", &json!([])).await;
    assert!(seen.said.contains("not **alice** any more"), "{}", seen.said);
    is_said(&scene, &asker, "nobody", "[Discord] Ann: nobody").await;
    scene.stop().await;
}

async fn alice_plays(scene: &Scene, log: &mut LogWriter) {
    log.join("alice").unwrap();
    scene.stage.wait_for_shown("**alice**").await;
}
