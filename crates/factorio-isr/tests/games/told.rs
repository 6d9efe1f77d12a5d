//! What the running program tells other programs of its games, and what `status` makes of it.

use isr_testkit::rcon::FakeFactorio;
use serde_json::Value;

use super::scene::{Described, PASSWORD, describe, wait_for_up};
use crate::stage::{SOON, Stage};

#[tokio::test]
async fn status_tells_what_the_running_relay_knows_and_says_when_it_does_not_run() {
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    game.world(|world| world.join("alice"));
    let stage = Stage::bare().await;
    describe(&stage, &[Described::new("north", 1, &game)]);
    let _log = stage.log_of("north");
    let running = stage.start().await;
    wait_for_up(&running, "north", 1.0).await;
    let url = format!("{}/games", running.address);
    let answer = running
        .daemon
        .wait_for_answer(&url, SOON, |answer| answer.body.contains("\"players\":1"))
        .await
        .unwrap();
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    let north = &told["games"]["north"];
    assert_eq!(
        (&north["link"], &north["game"]),
        (&"up".into(), &"running".into())
    );
    assert!(north["link_since_ms"].as_i64().unwrap() <= told["now_ms"].as_i64().unwrap());
    assert_eq!(
        north["ups"],
        Value::Null,
        "nothing is measured yet, and that is no number"
    );
    assert!(
        !answer.body.contains("alice") && !answer.body.contains(PASSWORD),
        "{}",
        answer.body
    );

    let port = running.address.rsplit(':').next().unwrap().to_owned();
    let ask = async |args: &[&str]| {
        let command = stage.command.clone().env("HEALTH_CHECK_PORT", &port).args(args);
        let (status, text) = command
            .spawn()
            .unwrap()
            .wait_for_exit_and_output(SOON)
            .await
            .unwrap();
        assert!(status.success(), "{text}");
        text
    };
    let ran = ask(&["status", "--json"]).await;
    let json: Value = serde_json::from_str(&ran).unwrap();
    let relay = &json[0]["relay"];
    assert_eq!(
        (&relay["running"], &relay["link"]),
        (&true.into(), &"up".into()),
        "{ran:?}"
    );
    assert!(relay["link_seconds"].as_u64().unwrap() < 60);
    let ran = ask(&["status"]).await;
    assert!(
        ran.contains("The running relay says:\nnorth: RCON up for under a minute; running"),
        "{ran:?}"
    );
    running.stop().await;

    let ran = ask(&["status"]).await;
    assert!(
        ran.contains(&format!(
            "No running relay was found: nothing answers at 127.0.0.1:{port}."
        )),
        "{ran:?}"
    );
    let ran = ask(&["status", "--json"]).await;
    let json: Value = serde_json::from_str(&ran).unwrap();
    assert_eq!(json[0]["relay"]["running"], false);
    assert_eq!(json[0]["up"], true, "the game is asked all the same");
}
