//! The game answers nothing while it saves: nothing is piled up in front of it, nothing is lost, nothing mixed up.

use factorio_rcon::session::{Link, Lost, NotSent};
use factorio_rcon::{Failure, Priority};

use crate::scene::{Scene, text, until};

#[tokio::test(start_paused = true)]
async fn a_save_costs_one_unknown_command_and_not_the_connection() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.begin_save();
    let first = scene.send_later("/promote bob", Priority::Person);
    let second = scene.send_later("/promote carol", Priority::Person);
    assert_eq!(first.await.unwrap(), Err(Failure::Unknown(Lost::Deadline)));
    // The second never left, so it is certain that it did not run.
    let second = second.await.unwrap();
    assert!(
        matches!(second, Err(Failure::NotSent(NotSent::Silent | NotSent::Deadline))),
        "{second:?}"
    );
    let link = until(&scene.session, |link| matches!(link, Link::Silent { .. })).await;
    assert!(matches!(link, Link::Silent { .. }));
    let third = scene.send("/promote dave").await.unwrap_err();
    assert_eq!(third, Failure::NotSent(NotSent::Silent));

    scene.game.end_save();
    scene.up().await;
    // The late reply of the first is not taken for the reply of this one.
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
    assert_eq!(scene.seen(), ["/promote bob", "/version"]);
    assert_eq!(scene.game.logins().len(), 1, "the connection was kept");
    assert_eq!(scene.session.counts().stray, 1);
}

#[tokio::test(start_paused = true)]
async fn a_save_that_is_short_costs_nothing() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.begin_save();
    let asking = scene.send_later("/version", Priority::Poll);
    tokio::time::sleep(std::time::Duration::from_secs(8)).await;
    scene.game.end_save();
    assert_eq!(text(asking.await.unwrap()), "2.0.77\n");
}

#[tokio::test(start_paused = true)]
async fn a_login_during_a_save_is_explained_and_tried_again() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.begin_save();
    scene.game.cut();
    let link = until(&scene.session, |link| matches!(link, Link::Down { .. })).await;
    let Link::Down { why, .. } = link else { panic!() };
    assert!(why.to_string().contains("may be saving"), "{why}");
    scene.game.end_save();
    scene.up().await;
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
}
