//! R02 and R03: a server that sends wrong, huge, late, cut or no replies.

use factorio_rcon::session::{Link, Lost};
use factorio_rcon::{Address, Failure, Options, Password};
use isr_testkit::proxy::{Behaviour, Ending, FaultProxy, Flow};
use isr_testkit::rcon::{FakeFactorio, Script};
use isr_testkit::rng::Rng;

use crate::scene::{Scene, begin, send, text, until};

/// A frame of the wire, written out by hand.
fn frame(length: i32, id: i32, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [length, id, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend_from_slice(body);
    bytes.extend([0, 0]);
    bytes
}

#[tokio::test(start_paused = true)]
async fn r02_a_reply_with_another_id_is_never_attributed() {
    let scene = Scene::new().await;
    for offset in [-1, 1, 1_000] {
        scene
            .game
            .script("/seed", Script::OtherId(offset, "wrong".into()));
        let failure = scene.send("/seed").await.unwrap_err();
        assert_eq!(failure, Failure::Unknown(Lost::Deadline), "{offset}");
        // The place of a request without an answer is kept as long as a save may take; then the connection is made anew.
        until(&scene.session, |link| matches!(link, Link::Silent { .. })).await;
        // The next request has the id that the wrong reply claimed, or one near it.
        until(&scene.session, |link| *link == Link::Up).await;
        assert_eq!(text(scene.send("/version").await), "2.0.77\n");
    }
    assert_eq!(scene.session.counts().late, 3);
}

#[tokio::test(start_paused = true)]
async fn r02_what_is_no_frame_ends_the_connection_and_nothing_else() {
    let scene = Scene::new().await;
    let broken = [
        frame(-1, 2, b"x"),
        frame(9, 2, b"x"),
        frame(i32::MAX, 2, b"x"),
        frame(11, 2, b"xyz"),
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        vec![0xff; 64],
    ];
    for bytes in broken {
        scene.game.script("/seed", Script::Bytes(bytes.clone()));
        let failure = scene.send("/seed").await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown(_)), "{bytes:?}: {failure:?}");
        assert_eq!(text(scene.send("/version").await), "2.0.77\n");
    }
    assert_eq!(scene.game.times_received("/seed"), 6, "none was sent again");
}

#[tokio::test(start_paused = true)]
async fn r02_any_bytes_of_a_server_leave_the_session_usable() {
    let scene = Scene::new().await;
    let mut dice = Rng::from_environment("RCON_SEED");
    for _ in 0..200 {
        let bytes: Vec<u8> = (0..dice.between(1, 60)).map(|_| dice.below(256) as u8).collect();
        scene.game.script("/seed", Script::Bytes(bytes));
        drop(scene.send("/seed").await);
        until(&scene.session, |link| *link == Link::Up).await;
        let version = scene.send("/version").await;
        // Half a packet may have come before: then this one is unknown too, and the connection is a new one.
        if version.is_err() {
            until(&scene.session, |link| *link == Link::Up).await;
        } else {
            assert_eq!(text(version), "2.0.77\n");
        }
    }
}

#[tokio::test]
async fn r02_replies_of_any_size_up_to_the_cap_come_whole_and_one_above_it_is_told() {
    let scene = Scene::with(|options| options.reply_cap = 4 << 20).await;
    for size in [4_000, 4_096, 4_110, 65_536, 4 << 20] {
        let body: String = ('a'..='z').cycle().take(size).collect();
        scene.game.script("/help", Script::Text(body.clone()));
        assert_eq!(text(scene.send("/help").await), body);
    }
    scene
        .game
        .script("/help", Script::Text("x".repeat((4 << 20) + 1)));
    assert_eq!(scene.send("/help").await, Err(Failure::Unknown(Lost::TooLong)));
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
}

#[tokio::test]
async fn r02_a_reply_that_trickles_in_is_put_together() {
    let game = FakeFactorio::start("secret").await.unwrap();
    let proxy = FaultProxy::start(game.addr()).await.unwrap();
    proxy.set(Behaviour {
        to_client: Flow::throttled(4_000),
        ..Behaviour::default()
    });
    let address = Address::new("127.0.0.1", proxy.addr().port()).unwrap();
    let (session, _driving) = begin(Options::new(address, Password::new("secret").unwrap()));
    for player in 0..40 {
        game.world(|world| world.join(&format!("player{player}")));
    }
    let reply = text(send(&session, "/players").await);
    assert_eq!(reply.lines().count(), 41);
}

#[tokio::test(start_paused = true)]
async fn r03_a_peer_that_stalls_inside_a_reply_loses_the_connection_and_no_reply_is_mixed_up() {
    let scene = Scene::new().await;
    for cut in 1..20 {
        scene.game.script("/seed", Script::Partly(cut, "12345\n".into()));
        assert_eq!(
            scene.send("/seed").await,
            Err(Failure::Unknown(Lost::Deadline)),
            "after {cut} bytes"
        );
        assert_eq!(
            text(scene.send("/version").await),
            "2.0.77\n",
            "after {cut} bytes"
        );
        let seen = scene.game.received();
        let [.., stalled, next] = seen.as_slice() else {
            panic!()
        };
        assert_ne!(
            stalled.connection, next.connection,
            "the stalled connection was used again"
        );
    }
    assert_eq!(scene.game.times_received("/seed"), 19);
}

#[tokio::test(start_paused = true)]
async fn r03_a_peer_that_freezes_altogether_is_left_after_the_silence_it_is_allowed() {
    let game = FakeFactorio::start("secret").await.unwrap();
    let proxy = FaultProxy::start(game.addr()).await.unwrap();
    let address = Address::new("127.0.0.1", proxy.addr().port()).unwrap();
    let (session, _driving) = begin(Options::new(address, Password::new("secret").unwrap()));
    until(&session, |link| *link == Link::Up).await;
    proxy.set(Behaviour {
        to_client: Flow::cut_after(0, Ending::Stall),
        ..Behaviour::default()
    });
    assert_eq!(
        send(&session, "/seed").await,
        Err(Failure::Unknown(Lost::Deadline))
    );
    until(&session, |link| matches!(link, Link::Silent { .. })).await;
    until(&session, |link| matches!(link, Link::Down { .. })).await;
    proxy.set(Behaviour::default());
    until(&session, |link| *link == Link::Up).await;
    assert_eq!(text(send(&session, "/version").await), "2.0.77\n");
    assert_eq!(game.times_received("/seed"), 1);
    assert!(session.counts().attempts >= 2);
}
