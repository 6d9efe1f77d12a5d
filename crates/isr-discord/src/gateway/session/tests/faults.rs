//! D12: silence, requests to reconnect, invalid sessions, every close code, and a consumer that is too slow.

use std::time::Duration;

use serde_json::json;

use super::scene::{GENERAL, INTERVAL, OWN, Scene, secs};
use crate::gateway::close::{CloseCode, Refusal, Verdict};
use crate::gateway::event::Event;
use crate::gateway::facts::FactsFault;
use crate::gateway::session::{Action, Input};
use crate::gateway::socket::ConnectFault;
use crate::gateway::status::{GatewayEnd, Link, Loss, WaitReason};

/// Resumes on a new connection.
fn resume(scene: &mut Scene) {
    scene.tell(Input::Connected);
    scene.hello();
    assert_eq!(scene.sent()["op"], 6);
    scene.say(&json!({"op": 0, "s": 50, "t": "RESUMED"}));
    assert_eq!(scene.event(), Event::Resumed);
}

#[test]
fn d12_a_peer_that_no_longer_answers_is_left_within_one_interval_and_the_session_goes_on() {
    for seed in 0..50 {
        let mut scene = Scene::new(seed);
        scene.join();
        scene.live_for(secs(120));
        // The last answer was heard; from here on silence.
        scene.skip();
        assert_eq!(scene.sent()["op"], 1);
        let silent_since = scene.now;
        scene.skip();
        assert_eq!(scene.now - silent_since, INTERVAL);
        assert_eq!(
            scene.action(),
            Action::Disconnect(4000),
            "1000 would end the session"
        );
        assert_eq!(scene.reconnect(), OWN);
        resume(&mut scene);
        let took = scene.now - silent_since;
        assert!(took <= INTERVAL + secs(5), "seed {seed}: {took:?}");
        let counts = scene.session.status().counts;
        assert_eq!((counts.zombies, counts.identifies, counts.resumes), (1, 1, 1));
    }
}

#[test]
fn d12_a_request_to_reconnect_is_followed_at_once() {
    let mut scene = Scene::new(3);
    scene.join();
    scene.live_for(secs(300));
    let asked = scene.now;
    scene.say(&json!({"op": 7, "d": null}));
    assert_eq!(scene.action(), Action::Disconnect(4000));
    assert_eq!(scene.session.status().last_loss, Some(Loss::AskedTo));
    assert_eq!(scene.reconnect(), OWN);
    resume(&mut scene);
    assert!(scene.now - asked <= secs(5));
}

#[test]
fn d12_an_invalid_session_is_resumed_or_begun_anew_as_the_gateway_says() {
    for (resumable, expected) in [(json!(true), 6), (json!(false), 2), (json!(null), 2)] {
        let mut scene = Scene::new(4);
        scene.join();
        scene.live_for(secs(100));
        let asked = scene.now;
        scene.say(&json!({"op": 9, "d": resumable}));
        assert_eq!(scene.action(), Action::Disconnect(4000));
        scene.skip();
        assert!(
            scene.now - asked >= secs(1),
            "Discord suggests to wait one to five seconds"
        );
        let mut action = scene.action();
        if action == Action::Ask {
            scene.tell(Input::Facts(Ok(Scene::facts())));
            action = scene.action();
        }
        assert!(matches!(action, Action::Connect { .. }));
        scene.tell(Input::Connected);
        scene.hello();
        scene.tell(Input::Kept);
        let sent = scene.actions().into_iter().find_map(|action| match action {
            Action::Send(text) => serde_json::from_str::<serde_json::Value>(&text).ok(),
            _ => None,
        });
        assert_eq!(sent.unwrap()["op"], expected, "{resumable}");
    }
}

#[test]
fn d12_every_close_code_has_its_end() {
    for code in CloseCode::documented().chain([1000, 1001, 1006, 4042].map(CloseCode)) {
        let mut scene = Scene::new(5);
        scene.join();
        scene.live_for(secs(100));
        scene.tell(Input::Lost(Loss::Closed(code)));
        assert_eq!(scene.action(), Action::Disconnect(4000), "{code}");
        match code.verdict() {
            Verdict::Resume => assert_eq!(scene.reconnect(), OWN, "{code}"),
            Verdict::Identify => {
                scene.skip();
                assert_eq!(scene.action(), Action::Ask, "{code}");
            }
            Verdict::Stop(refusal) => {
                assert_eq!(scene.session.end(), Some(GatewayEnd::Refused(refusal)), "{code}");
                assert_eq!(scene.session.deadline(scene.now), None);
                scene.pass(secs(1_000_000));
                assert!(scene.actions().is_empty(), "{code}: never again");
            }
        }
    }
}

#[test]
fn d12_a_token_that_the_api_refuses_is_not_tried_at_the_gateway() {
    let mut scene = Scene::new(6);
    scene.actions();
    scene.tell(Input::Facts(Err(FactsFault::Unauthorised)));
    assert_eq!(scene.session.end(), Some(GatewayEnd::Refused(Refusal::BadToken)));
    assert!(scene.actions().is_empty());
}

#[test]
fn d12_an_api_that_is_away_or_busy_does_not_keep_the_gateway_away() {
    let mut scene = Scene::new(7);
    scene.actions();
    scene.tell(Input::Facts(Err(FactsFault::Limited(secs(30)))));
    assert_eq!(scene.session.status().link, Link::Waiting(WaitReason::RateLimit));
    scene.skip();
    assert!(scene.now >= secs(30));
    assert_eq!(scene.action(), Action::Ask);
    scene.skip();
    let Action::Connect { url, .. } = scene.action() else {
        panic!("the known address has to do")
    };
    assert_eq!(url.as_str(), GENERAL);
}

#[test]
fn d12_a_gateway_that_is_silent_at_any_step_is_left() {
    // Connecting, greeting, letting in.
    for silent_at in 0..3 {
        let mut scene = Scene::new(8);
        scene.actions();
        scene.tell(Input::Facts(Ok(Scene::facts())));
        scene.actions();
        if silent_at > 0 {
            scene.tell(Input::Connected);
        }
        if silent_at > 1 {
            scene.hello();
            scene.tell(Input::Kept);
            scene.actions();
        }
        let begun = scene.now;
        while !scene.actions().contains(&Action::Disconnect(4000)) {
            scene.skip();
            assert!(scene.now - begun <= secs(45), "{silent_at}: {:?}", scene.now);
        }
        assert!(matches!(
            scene.session.status().link,
            Link::Waiting(WaitReason::Pause)
        ));
    }
}

#[test]
fn d12_an_address_of_its_own_that_is_dead_does_not_keep_a_session_from_going_on() {
    let mut scene = Scene::new(9);
    scene.join();
    scene.tell(Input::Lost(Loss::Cut));
    scene.actions();
    let mut tried = Vec::new();
    for _ in 0..4 {
        tried.push(scene.reconnect());
        scene.tell(Input::Lost(Loss::Connect(ConnectFault::Lookup)));
        scene.actions();
    }
    assert_eq!(tried, [OWN, OWN, GENERAL, OWN]);
}

#[test]
fn d12_a_session_that_is_never_let_in_again_is_given_up() {
    let mut scene = Scene::new(10);
    scene.join();
    scene.tell(Input::Lost(Loss::Cut));
    scene.actions();
    for _ in 0..3 {
        scene.reconnect();
        scene.tell(Input::Connected);
        scene.hello();
        assert_eq!(scene.sent()["op"], 6);
        scene.tell(Input::Lost(Loss::Closed(CloseCode(4000))));
        scene.actions();
    }
    let asked = (0..2).flat_map(|_| {
        scene.skip();
        scene.actions()
    });
    assert_eq!(asked.collect::<Vec<_>>(), [Action::Ask]);
}

#[test]
fn d12_an_identify_that_never_left_is_not_counted() {
    let mut scene = Scene::new(14);
    for _ in 0..8 {
        while !scene.actions().contains(&Action::Ask) {
            scene.skip();
        }
        scene.tell(Input::Facts(Ok(Scene::facts())));
        scene.tell(Input::Connected);
        scene.hello();
        scene.actions();
        scene.tell(Input::Lost(Loss::Cut));
    }
    assert!(scene.now < secs(3000), "{:?}", scene.now);
    assert_eq!(scene.session.state(scene.now).identifies, Vec::<u64>::new());
}

#[test]
fn a_caller_that_stores_nothing_delays_us_by_two_seconds() {
    let mut scene = Scene::new(11);
    scene.actions();
    scene.tell(Input::Facts(Ok(Scene::facts())));
    scene.actions();
    scene.tell(Input::Connected);
    scene.hello();
    assert!(matches!(scene.action(), Action::Keep(_)));
    let mut actions = Vec::new();
    while scene.now < secs(2) {
        scene.skip();
        actions.extend(scene.actions());
    }
    let identifies = actions
        .iter()
        .filter(|action| matches!(action, Action::Send(text) if text.contains("\"op\":2")));
    assert_eq!(identifies.count(), 1);
}

#[test]
fn a_consumer_that_is_slow_is_not_mistaken_for_a_dead_gateway() {
    let mut scene = Scene::new(12);
    scene.join();
    scene.post(2);
    assert!(matches!(scene.action(), Action::HandOver(_)));
    scene.tell(Input::Stalled);
    let stalled_until = scene.now + secs(600);
    let mut beats = 0;
    while scene.now < stalled_until {
        scene.skip();
        assert_eq!(scene.sent()["op"], 1, "it goes on beating");
        beats += 1;
    }
    assert!(beats >= 14, "{beats}");
    scene.tell(Input::HandedOver);
    // The answers wait in the socket; the next beat is sent before they are read.
    scene.skip();
    assert_eq!(scene.sent()["op"], 1);
    scene.ack();
    scene.live_for(secs(100));
    assert_eq!(scene.receive(3), "m3");
    let counts = scene.session.status().counts;
    assert_eq!((counts.stalls, counts.zombies, counts.losses), (1, 0, 0));
}

#[test]
fn after_a_connection_that_held_the_next_pause_is_short_again() {
    let mut scene = Scene::new(13);
    scene.join();
    for _ in 0..12 {
        scene.tell(Input::Lost(Loss::Cut));
        scene.actions();
        scene.skip();
        scene.actions();
    }
    resume(&mut scene);
    scene.live_for(secs(61));
    let lost = scene.now;
    scene.tell(Input::Lost(Loss::Cut));
    scene.actions();
    scene.reconnect();
    assert!(scene.now - lost <= Duration::from_secs(1));
}
