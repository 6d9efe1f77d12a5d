//! Who comes first, who is refused, and whose reply is whose.

use std::num::{NonZeroU8, NonZeroUsize};

use factorio_rcon::Failure;
use factorio_rcon::Priority;
use factorio_rcon::gate::ChatText;
use factorio_rcon::session::NotSent;
use tokio::task::yield_now;

use crate::scene::{DEADLINE, Scene, line, text};

/// Lets the tasks that were just made run until they wait.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_persons_command_overtakes_the_polls_that_wait() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.begin_save();
    let mut waiting = Vec::new();
    for text in ["/time", "/seed", "/admins"] {
        waiting.push(scene.send_later(text, Priority::Poll));
        settle().await;
    }
    waiting.push(scene.send_later("/kick bob", Priority::Person));
    settle().await;
    scene.game.end_save();
    for reply in waiting {
        reply.await.unwrap().unwrap();
    }
    // The first poll had left already.
    assert_eq!(scene.seen(), ["/time", "/kick bob", "/seed", "/admins"]);
}

#[tokio::test]
async fn the_queue_has_a_bound_for_polls_that_keeps_no_person_out() {
    let scene = Scene::with(|options| options.queue_length = NonZeroUsize::new(3).unwrap()).await;
    scene.up().await;
    scene.game.begin_save();
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(scene.send_later("/time", Priority::Poll));
        settle().await;
    }
    let refused = scene.session.send(line("/time"), Priority::Poll).await;
    assert_eq!(refused, Err(Failure::NotSent(NotSent::QueueFull)));
    waiting.push(scene.send_later("/seed", Priority::Person));
    settle().await;
    // Whoever goes away makes room.
    waiting.remove(3).abort();
    settle().await;
    waiting.push(scene.send_later("/admins", Priority::Poll));
    settle().await;
    scene.game.end_save();
    for reply in waiting {
        reply.await.unwrap().unwrap();
    }
    assert_eq!(scene.seen(), ["/time", "/seed", "/time", "/time", "/admins"]);
}

#[tokio::test]
async fn dropping_a_future_withdraws_what_has_not_left_and_mixes_up_nothing() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.begin_save();
    let in_flight = scene.send_later("/seed", Priority::Person);
    settle().await;
    let queued = scene.send_later("/promote bob", Priority::Person);
    settle().await;
    in_flight.abort();
    queued.abort();
    settle().await;
    let next = scene.send_later("/version", Priority::Person);
    settle().await;
    scene.game.end_save();
    assert_eq!(text(next.await.unwrap()), "2.0.77\n");
    assert_eq!(scene.seen(), ["/seed", "/version"]);
}

#[tokio::test]
async fn replies_that_overtake_each_other_find_their_requests() {
    let scene = Scene::with(|options| options.in_flight = NonZeroU8::new(8).unwrap()).await;
    for player in 0..200 {
        scene.game.world(|world| world.join(&format!("player{player}")));
    }
    for _ in 0..20 {
        let (players, version, seed) = tokio::join!(
            scene.send("/players"),
            scene.send("/version"),
            scene.send("/seed")
        );
        assert!(text(players).starts_with("Players (200):"));
        assert_eq!(text(version), "2.0.77\n");
        assert_eq!(text(seed), "3141592653\n");
    }
    assert_eq!(scene.session.counts().stray, 0);
}

#[tokio::test]
async fn a_hundred_callers_at_once_get_their_own_replies() {
    let scene = Scene::with(|options| {
        options.queue_length = NonZeroUsize::new(200).unwrap();
        options.in_flight = NonZeroU8::new(4).unwrap();
    })
    .await;
    for number in 0..100 {
        let reply = isr_testkit::rcon::Script::Text(format!("{number}\n"));
        scene.game.script(&format!("/evolution {number}"), reply);
    }
    let asking: Vec<_> = (0..100)
        .map(|number| scene.send_later(&format!("/evolution {number}"), Priority::Poll))
        .collect();
    for (number, reply) in asking.into_iter().enumerate() {
        let reply = tokio::time::timeout(DEADLINE, reply).await.unwrap().unwrap();
        assert_eq!(text(reply), format!("{number}\n"));
    }
}

#[tokio::test]
async fn console_lines_on_request_id_0_do_not_get_into_any_reply() {
    let scene = Scene::new().await;
    scene.game.world(|world| world.chat("alice", "hello"));
    let said = scene
        .session
        .send(ChatText::tidied("hi").unwrap(), Priority::Person)
        .await;
    assert_eq!(text(said), "");
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
}
