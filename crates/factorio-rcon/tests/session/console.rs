//! The console through request id 0: every line that arrives is handed out once, and every place where some may be missing
//! is told.

use std::time::Duration;

use factorio_rcon::Failure;
use factorio_rcon::session::{Console, Gap, Heard, Link, Lost};
use isr_testkit::rcon::Script;

use crate::scene::{DEADLINE, Scene, text, until};

/// How long a poll waits.
const PATIENCE: Duration = Duration::from_secs(5);

async fn hear(console: &mut Console) -> Heard {
    console.poll(PATIENCE).await.unwrap()
}

/// What was heard, without dates.
fn said(heard: &Heard) -> Vec<String> {
    let text = String::from_utf8(heard.text.clone()).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    let lines = text.lines().map(|line| line.get(20..).unwrap_or(line).to_owned());
    lines.collect()
}

#[tokio::test]
async fn lines_come_in_order_and_once_and_other_replies_stay_clean() {
    let scene = Scene::new().await;
    scene.up().await;
    let mut console = scene.session.console();
    assert_eq!(
        hear(&mut console).await,
        Heard {
            text: Vec::new(),
            gap: None
        }
    );
    scene.game.world(|world| {
        world.join("alice");
        world.chat("alice", "2.0.77");
    });
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
    let heard = hear(&mut console).await;
    assert_eq!(
        said(&heard),
        ["[JOIN] alice joined the game", "[CHAT] alice: 2.0.77"]
    );
    assert_eq!(heard.gap, None);
    assert_eq!(said(&hear(&mut console).await), Vec::<String>::new());
    let asked: Vec<_> = scene
        .game
        .received()
        .iter()
        .map(|seen| (seen.id == 0, seen.text.clone()))
        .collect();
    assert!(asked.iter().all(|(_, text)| text == "/version"));
    assert_eq!(asked.iter().filter(|(console, _)| *console).count(), 3);
    assert!(scene.game.world(|world| world.was_never_warned()));
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_comes_late_is_handed_out_by_the_next_poll() {
    let scene = Scene::new().await;
    scene.up().await;
    let mut console = scene.session.console();
    scene.game.world(|world| world.chat("alice", "before the save"));
    scene.game.begin_save();
    assert_eq!(
        console.poll(PATIENCE).await,
        Err(Failure::Unknown(Lost::Deadline))
    );
    until(&scene.session, |link| matches!(link, Link::Silent { .. })).await;
    scene.game.end_save();
    until(&scene.session, |link| *link == Link::Up).await;
    let heard = hear(&mut console).await;
    assert_eq!(said(&heard), ["[CHAT] alice: before the save"]);
    assert_eq!(heard.gap, None, "it was late, not lost");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_loses_nothing() {
    let scene = Scene::new().await;
    scene.up().await;
    let mut console = scene.session.console();
    for number in 0..20 {
        scene.game.world(|world| world.chat("alice", &number.to_string()));
        scene.game.begin_save();
        // The request has left when this poll is dropped.
        assert!(
            tokio::time::timeout(Duration::from_millis(100), console.poll(PATIENCE))
                .await
                .is_err()
        );
        scene.game.end_save();
    }
    scene.game.world(|world| world.chat("alice", "end"));
    let mut all = Vec::new();
    let collecting = async {
        while all.last().is_none_or(|line| line != "[CHAT] alice: end") {
            let heard = hear(&mut console).await;
            assert_eq!(heard.gap, None);
            all.extend(said(&heard));
        }
    };
    tokio::time::timeout(DEADLINE, collecting).await.unwrap();
    let expected: Vec<_> = (0..20)
        .map(|n| format!("[CHAT] alice: {n}"))
        .chain(["[CHAT] alice: end".into()])
        .collect();
    assert_eq!(all, expected);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_is_told_as_a_gap_once() {
    let scene = Scene::new().await;
    scene.up().await;
    let mut console = scene.session.console();
    hear(&mut console).await;
    // The game hands the lines out and the reply is lost on its way.
    scene.game.script("/version", Script::Close);
    let lost = hear(&mut console).await;
    assert_eq!(
        lost.gap,
        Some(Gap {
            reconnects: 0,
            lost_replies: 1
        })
    );
    scene.game.script("/version", Script::Text("2.0.77\n".into()));
    until(&scene.session, |link| *link == Link::Up).await;
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(hear(&mut console).await.gap);
    }
    assert_eq!(
        told,
        [
            Some(Gap {
                reconnects: 1,
                lost_replies: 0
            }),
            None,
            None
        ]
    );
    scene.game.cut();
    until(&scene.session, |link| *link != Link::Up).await;
    until(&scene.session, |link| *link == Link::Up).await;
    assert_eq!(
        hear(&mut console).await.gap,
        Some(Gap {
            reconnects: 1,
            lost_replies: 0
        })
    );
}
