//! R04: whoever is killed between a command and its reply, the command runs at most once, and its caller is told that
//! the outcome is unknown.

use factorio_rcon::Failure;
use factorio_rcon::Priority;
use factorio_rcon::command::{PlayerName, Promote, Quit, WhitelistAdd};
use factorio_rcon::session::{Lost, NotSent};
use factorio_rcon::{Driver, Session};
use isr_testkit::rcon::{FakeFactorio, Script};

use crate::scene::{DEADLINE, Scene, options, text};

#[tokio::test(start_paused = true)]
async fn r04_a_connection_that_ends_before_the_reply_leaves_the_outcome_unknown() {
    let scene = Scene::new().await;
    scene.game.script("/promote bob", Script::Close);
    let promote = Promote(PlayerName::new("bob").unwrap());
    let outcome = scene.session.ask(&promote, Priority::Person).await;
    assert_eq!(outcome, Err(Failure::Unknown(Lost::Disconnected)));
    for _ in 0..5 {
        assert_eq!(text(scene.send("/version").await), "2.0.77\n");
    }
    assert_eq!(scene.game.times_received("/promote bob"), 1, "it was sent again");
}

#[tokio::test(start_paused = true)]
async fn r04_a_command_that_no_answer_comes_for_is_unknown_and_sent_once() {
    let scene = Scene::new().await;
    scene.game.script("/promote bob", Script::Silence);
    assert_eq!(
        scene.send("/promote bob").await,
        Err(Failure::Unknown(Lost::Deadline))
    );
    scene.game.cut();
    assert_eq!(text(scene.send("/version").await), "2.0.77\n");
    assert_eq!(scene.game.times_received("/promote bob"), 1);
}

#[tokio::test]
async fn r04_killing_the_driver_tells_what_left_from_what_did_not() {
    let scene = Scene::new().await;
    scene.up().await;
    scene.game.begin_save();
    let first = scene.send_later("/promote bob", Priority::Person);
    // It has left: the silent server has it, or will.
    let sent = async {
        while scene.session.counts().sent == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, sent).await.unwrap();
    scene.driving.abort();
    assert_eq!(first.await.unwrap(), Err(Failure::Unknown(Lost::Disconnected)));
    scene.game.end_save();
    assert!(scene.game.times_received("/promote bob") <= 1);
}

#[tokio::test]
async fn a_driver_that_died_can_be_run_again_and_serves_what_waits() {
    let game = FakeFactorio::start("secret").await.unwrap();
    let (session, driver): (Session, Driver) = Session::new(options(game.addr()));
    let asking = tokio::spawn(async move {
        let whitelist = WhitelistAdd(PlayerName::new("bob").unwrap());
        (session.ask(&whitelist, Priority::Person).await, session)
    });
    {
        let run = driver.run();
        tokio::pin!(run);
        // Polled once, then dropped, as when its task panics.
        tokio::select! { biased; () = &mut run => {}, () = std::future::ready(()) => {} }
    }
    tokio::spawn(async move { driver.run().await });
    let (outcome, _session) = asking.await.unwrap();
    assert!(matches!(outcome, Ok(Ok(_))), "{outcome:?}");
    assert_eq!(game.times_received("/whitelist add bob"), 1);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_connection_is_the_answer_to_quit() {
    let scene = Scene::new().await;
    assert_eq!(scene.session.ask(&Quit, Priority::Person).await, Ok(Ok(())));
    assert_eq!(scene.seen(), ["/quit"]);
}

#[tokio::test]
async fn without_a_driver_nothing_is_claimed_to_have_been_sent() {
    let game = FakeFactorio::start("secret").await.unwrap();
    let mut options = options(game.addr());
    options.deadlines.reply = std::time::Duration::from_millis(20);
    let (session, _driver) = Session::new(options);
    let failure = crate::scene::send(&session, "/promote bob").await.unwrap_err();
    assert_eq!(failure, Failure::NotSent(NotSent::Deadline));
}
