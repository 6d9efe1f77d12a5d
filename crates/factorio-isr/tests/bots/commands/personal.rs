//! Personal notices.

use serde_json::json;

use super::{ADMINISTRATOR, Scene, call, person, start, text};
use crate::stage::eventually;

/// A channel that the configuration does not name.
const ELSEWHERE: u64 = 300_000_000_000_000_009;

#[tokio::test]
async fn who_watches_is_called_alone_where_they_asked_also_after_a_restart_until_they_end_it() {
    let scene = Scene::new().await;
    let asker = person(0);
    let ask = async |scene: &Scene, options: serde_json::Value| {
        let mut ask = call(&asker, "factorio-more watch", &options);
        ask.channel = ELSEWHERE;
        scene.give(&ask, &ask.event()).await
    };
    let seen = ask(
        &scene,
        json!([
            text("event", "player"),
            text("player", "CARL"),
            text("where", "here")
        ]),
    )
    .await;
    assert!(
        seen.quiet && seen.said.contains("**CARL** (`north`)"),
        "{}",
        seen.said
    );
    let seen = ask(&scene, json!([text("event", "player")])).await;
    assert!(seen.said.contains("`player` is missing"), "{}", seen.said);
    let mut log = scene.stage.log_of("north");
    log.join("dora").unwrap();
    log.join("carl").unwrap();
    scene.stage.wait_for_shown(&format!("<@{}>", asker.id)).await;
    let called = |scene: &Scene| {
        let messages = scene.stage.discord.messages().into_iter();
        let mine = messages.filter(|message| message.text.contains("🔔"));
        mine.map(|message| (message.channel, message.text, message.pinged))
            .collect::<Vec<_>>()
    };
    let [(channel, content, pinged)] = &called(&scene)[..] else {
        panic!("{:?}", called(&scene))
    };
    assert_eq!(
        (*channel, pinged),
        (ELSEWHERE, &vec![format!("user {}", asker.id)])
    );
    assert!(
        content.contains(&format!("<@{}>", asker.id)) && content.contains("(`north`)"),
        "{content}"
    );

    let Scene { stage, game, running } = scene;
    running.stop().await;
    let running = start(&stage).await;
    let scene = Scene { stage, game, running };
    log.leave("carl").unwrap();
    eventually("the leave is told", || called(&scene).len() == 2).await;

    let (code, listed) = scene.stage.typed(&["watches"]).await;
    assert!(
        code == 0
            && listed.contains(&format!(
                "1: player CARL on north, for user {} in channel",
                asker.id
            )),
        "{listed}"
    );
    let (code, none) = scene.stage.typed(&["watches", "--end", "9"]).await;
    assert!(code == 1 && none.contains("no such watch"), "{none}");
    let strange = scene
        .run(
            &person(ADMINISTRATOR),
            "factorio-more unwatch",
            &json!([text("number", "1")]),
        )
        .await;
    assert!(strange.said.contains("nothing changed"), "{}", strange.said);
    let seen = scene
        .run(&asker, "factorio-more unwatch", &json!([text("number", "1")]))
        .await;
    assert!(seen.said.contains("Ended: 1"), "{}", seen.said);
    let seen = ask(&scene, json!([text("event", "list")])).await;
    assert!(seen.said.contains("You watch nothing"), "{}", seen.said);
    assert_eq!(called(&scene).len(), 2);

    let _again = ask(&scene, json!([text("event", "research")])).await;
    let person = asker.id.to_string();
    let (code, ended) = scene.stage.typed(&["watches", "--end-person", &person]).await;
    assert!(code == 0 && ended.contains("Ended: 1"), "{ended}");
    let (_, listed) = scene.stage.typed(&["watches"]).await;
    assert!(listed.contains("Nobody watches anything"), "{listed}");
    let (_, audit) = scene.stage.typed(&["audit"]).await;
    assert!(audit.contains("watches --end-person"), "{audit}");
    scene.stop().await;
}
