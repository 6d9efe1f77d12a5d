//! R01: down at the start, flapping, a wrong password, a name that nobody knows.

use std::time::Duration;

use factorio_rcon::command::Version;
use factorio_rcon::session::{Down, Link, NotSent, Step};
use factorio_rcon::{Address, Failure, Options, Password, Priority};
use isr_testkit::rcon::FakeFactorio;
use tokio::time::{Instant, sleep};

use crate::scene::{DEADLINE, Scene, begin, options, send, text, until};

#[tokio::test(start_paused = true)]
async fn r01_a_server_that_is_down_at_the_start_is_found_when_it_comes() {
    let game = FakeFactorio::start("secret").await.unwrap();
    game.stop().await;
    let (session, _driving) = begin(options(game.addr()));
    let link = until(&session, |link| matches!(link, Link::Down { .. })).await;
    assert!(
        matches!(
            link,
            Link::Down {
                why: Down::Unreachable { .. },
                ..
            }
        ),
        "{link:?}"
    );
    // Nobody waits in front of a closed door.
    let asked = Instant::now();
    let failure = send(&session, "/version").await.unwrap_err();
    assert!(
        matches!(failure, Failure::NotSent(NotSent::Down(Down::Unreachable { .. }))),
        "{failure:?}"
    );
    assert_eq!(asked.elapsed(), Duration::ZERO);

    sleep(Duration::from_secs(3_600)).await;
    game.start_again().await.unwrap();
    until(&session, |link| *link == Link::Up).await;
    let version = session.ask(&Version, Priority::Poll).await.unwrap().unwrap();
    assert_eq!(version.to_string(), "2.0.77");
    // An hour at 15 s on average, and never hot.
    assert!(
        (60..2_000).contains(&session.counts().attempts),
        "{:?}",
        session.counts()
    );
}

#[tokio::test(start_paused = true)]
async fn r01_a_flapping_server_costs_no_command_twice() {
    let scene = Scene::new().await;
    let mut answered = 0;
    for round in 0..60 {
        scene.up().await;
        let command = format!("/whisper nobody {round}");
        let sending = scene.send_later(&command, Priority::Person);
        if round % 3 == 0 {
            scene.game.cut();
        }
        answered += usize::from(sending.await.unwrap().is_ok());
        assert!(scene.game.times_received(&command) <= 1, "{command}");
        if round % 5 == 0 {
            scene.game.cut();
            until(&scene.session, |link| *link != Link::Up).await;
        }
    }
    assert!(answered >= 40, "{answered}");
    scene.up().await;
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
}

#[tokio::test(start_paused = true)]
async fn r01_a_wrong_password_is_explained_and_tried_at_most_once_a_minute() {
    let scene = Scene::new().await;
    let other = Scene::new().await;
    scene.game.set_password("changed");
    scene.game.cut();
    other.up().await;
    let link = until(&scene.session, |link| matches!(link, Link::Down { .. })).await;
    let Link::Down { why, .. } = link else { panic!() };
    assert!(matches!(why, Down::WrongPassword { .. }), "{why}");
    assert!(
        why.to_string().contains("refuses the password; correct it"),
        "{why}"
    );
    assert!(!why.to_string().contains("secret"), "{why}");

    sleep(Duration::from_secs(3_600)).await;
    let refused: Vec<_> = scene
        .game
        .logins()
        .into_iter()
        .filter(|login| !login.accepted)
        .collect();
    assert!((40..=61).contains(&refused.len()), "{}", refused.len());
    for pair in refused.windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_secs(60));
    }
    // The other server never noticed.
    assert_eq!(other.game.logins().len(), 1);
    assert_eq!(text(other.send("/version").await), "2.0.77\n");
    // Once it is right again, nobody has to restart anything.
    scene.game.set_password("secret");
    scene.up().await;
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
}

#[tokio::test]
async fn r01_a_name_that_nobody_knows_is_explained() {
    let address = Address::new("no-such-host.invalid", 27_015).unwrap();
    let (session, _driving) = begin(Options::new(address, Password::new("x").unwrap()));
    let link = until(&session, |link| matches!(link, Link::Down { .. })).await;
    let Link::Down { why, .. } = link else { panic!() };
    // Where there is no network at all, the resolver may just take its time.
    let explained = matches!(
        &why,
        Down::Unresolved { host, .. } if host == "no-such-host.invalid"
    ) || matches!(
        why,
        Down::TooSlow {
            step: Step::Resolve,
            ..
        }
    );
    assert!(explained, "{why}");
}

#[tokio::test]
async fn a_name_is_looked_up_and_every_printable_password_logs_in() {
    let password: String = (' '..='~').chain("äß€🚂 ${VAR}".chars()).collect();
    let game = FakeFactorio::start(&password).await.unwrap();
    let address = Address::new("localhost", game.addr().port()).unwrap();
    let (session, _driving) = begin(Options::new(address, Password::new(password).unwrap()));
    assert_eq!(text(send(&session, "/version").await), "2.0.77\n");
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_noticed_while_nothing_is_asked() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.stop().await;
    until(&scene.session, |link| matches!(link, Link::Down { .. })).await;
    scene.game.start_again().await.unwrap();
    scene.up().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_while_a_connection_is_made_again_is_kept_and_then_runs_once() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.cut();
    until(&scene.session, |link| *link == Link::Connecting).await;
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
    assert_eq!(scene.seen(), ["/version"]);
}

#[tokio::test]
async fn dropping_the_last_session_ends_the_driver_and_the_connection() {
    let Scene {
        game,
        session,
        driving,
    } = Scene::new().await;
    let link = session.link();
    assert_eq!(text(send(&session, "/version").await), "2.0.77\n");
    let second = session.clone();
    drop(session);
    assert_eq!(text(send(&second, "/version").await), "2.0.77\n");
    drop(second);
    tokio::time::timeout(DEADLINE, driving).await.unwrap().unwrap();
    assert_eq!(*link.borrow(), Link::Closed);
    drop(game);
}

#[tokio::test]
async fn r01_one_connection_serves_a_thousand_commands() {
    let scene = Scene::new().await;
    for _ in 0..1_000 {
        scene.send("/time").await.unwrap();
    }
    assert_eq!(scene.game.logins().len(), 1);
    let counts = scene.session.counts();
    assert_eq!(
        (counts.sent, counts.answered, counts.stray, counts.late),
        (1_000, 1_000, 0, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn r01_what_waits_is_told_as_soon_as_an_attempt_has_failed() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.begin_save();
    let begun = Instant::now();
    let in_flight = scene.send_later("/promote bob", Priority::Person);
    let waiting = scene.send_later("/promote carol", Priority::Person);
    while scene.session.counts().sent == 0 {
        tokio::task::yield_now().await;
    }
    scene.game.stop().await;
    assert!(matches!(in_flight.await.unwrap(), Err(Failure::Unknown(_))));
    let told = waiting.await.unwrap();
    assert!(
        matches!(
            told,
            Err(Failure::NotSent(NotSent::Down(Down::Unreachable { .. })))
        ),
        "{told:?}"
    );
    // Virtual time: the first pause, not the deadline of the request.
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn r01_after_a_server_answered_the_pauses_are_short_again() {
    let scene = Scene::new().await;
    for _ in 0..3 {
        scene.up().await;
        scene.game.stop().await;
        sleep(Duration::from_secs(3_600)).await;
        scene.game.start_again().await.unwrap();
        scene.up().await;
        scene.send("/version").await.unwrap();
        scene.game.cut();
        until(&scene.session, |link| *link == Link::Connecting).await;
        let lost = Instant::now();
        scene.up().await;
        assert!(lost.elapsed() < Duration::from_secs(1), "{:?}", lost.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn r01_who_knows_that_the_game_is_back_ends_the_pause() {
    let scene = Scene::new().await;
    for round in 0..8 {
        scene.up().await;
        scene.game.stop().await;
        sleep(Duration::from_secs(3_600)).await;
        scene.game.start_again().await.unwrap();
        let started = Instant::now();
        scene.session.try_now();
        scene.up().await;
        assert!(
            started.elapsed() <= Duration::from_secs(2),
            "{round}: {:?}",
            started.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn r01_hurry_makes_no_hot_loop_and_no_second_login_in_a_minute() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.set_password("changed");
    scene.game.cut();
    until(&scene.session, |link| matches!(link, Link::Down { .. })).await;
    for _ in 0..6_000 {
        scene.session.try_now();
        sleep(Duration::from_millis(100)).await;
    }
    let logins = scene.game.logins();
    let refused: Vec<_> = logins.iter().filter(|login| !login.accepted).collect();
    assert!((8..=11).contains(&refused.len()), "{}", refused.len());
    for pair in refused.windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_secs(60));
    }
    // In front of a closed door, too.
    scene.game.stop().await;
    let before = scene.session.counts().attempts;
    for _ in 0..6_000 {
        scene.session.try_now();
        sleep(Duration::from_millis(100)).await;
    }
    let attempts = scene.session.counts().attempts - before;
    assert!((300..=1_300).contains(&attempts), "{attempts}");
}
