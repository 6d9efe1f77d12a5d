//! A session that nothing goes wrong with: identify, resume, presence, stop.

use serde_json::json;

use super::scene::{GENERAL, INTERVAL, OWN, Scene, WALL, secs};
use crate::gateway::close::CloseCode;
use crate::gateway::event::Event;
use crate::gateway::payload::{Presence, Standing};
use crate::gateway::session::{Action, Input, Leave};
use crate::gateway::state::GatewayState;
use crate::gateway::status::{GatewayEnd, Link, Loss};

#[test]
fn a_session_is_begun_in_the_documented_order() {
    let mut scene = Scene::new(1);
    assert_eq!(scene.action(), Action::Ask);
    scene.tell(Input::Facts(Ok(Scene::facts())));
    let Action::Connect { url, query } = scene.action() else {
        panic!("no connect")
    };
    assert_eq!((url.as_str(), query), (GENERAL, "?v=10&encoding=json"));
    scene.tell(Input::Connected);
    assert!(scene.actions().is_empty(), "nothing is said before the greeting");
    scene.hello();
    let Action::Keep(state) = scene.action() else {
        panic!("not stored")
    };
    let now = u64::try_from(WALL.as_millis()).unwrap();
    assert_eq!(
        (state.identifies, state.gateway.as_deref()),
        (vec![now], Some(GENERAL))
    );
    scene.tell(Input::Kept);
    let identify = scene.sent();
    assert_eq!(
        (&identify["op"], &identify["d"]["intents"]),
        (&json!(2), &json!(33281))
    );
    scene.ready("s");
    assert_eq!(scene.session.status().link, Link::Live);
    // The first beat comes within one interval, the others after one.
    scene.skip();
    assert!(scene.now <= INTERVAL, "{:?}", scene.now);
    assert_eq!(scene.sent(), json!({"op": 1, "d": 1}));
    scene.ack();
    let first = scene.now;
    assert_eq!(scene.receive(2), "m2");
    scene.skip();
    assert_eq!(scene.now - first, INTERVAL);
    assert_eq!(scene.sent(), json!({"op": 1, "d": 2}));
}

#[test]
fn the_gateway_may_ask_for_a_heartbeat_but_not_without_end() {
    let mut scene = Scene::new(1);
    scene.join();
    scene.say(&json!({"op": 1, "d": null}));
    assert_eq!(scene.sent(), json!({"op": 1, "d": 1}));
    let asked = (0..500).map(|_| scene.say(&json!({"op": 1}))).count();
    assert_eq!(asked, 500);
    assert!(scene.actions().len() < 100);
}

#[test]
fn a_restarted_program_goes_on_where_it_was() {
    let mut scene = Scene::new(1);
    scene.join();
    assert_eq!(scene.receive(2), "m2");
    scene.tell(Input::Stop(Leave::ForAWhile));
    assert_eq!(scene.action(), Action::Disconnect(4000));
    assert_eq!(scene.session.end(), Some(GatewayEnd::Stopped));
    let stored = GatewayState::from_json(&scene.session.state(scene.now).to_json());

    let mut again = Scene::from(&stored, 2);
    let Action::Connect { url, .. } = again.action() else {
        panic!("no connect")
    };
    assert_eq!(url.as_str(), OWN);
    again.tell(Input::Connected);
    again.hello();
    let resume = again.sent();
    assert_eq!(
        resume,
        json!({"op": 6, "d": {"token": "MTIz.a.b", "session_id": "first", "seq": 2}})
    );
    assert_eq!(again.receive(3), "m3");
    again.say(&json!({"op": 0, "s": 4, "t": "RESUMED", "d": {}}));
    assert_eq!(again.event(), Event::Resumed);
    assert_eq!(again.session.status().counts.identifies, 0);
}

#[test]
fn leaving_for_good_ends_the_session() {
    let mut scene = Scene::new(1);
    scene.join();
    scene.tell(Input::Stop(Leave::ForGood));
    assert_eq!(scene.action(), Action::Disconnect(1000));
    assert_eq!(scene.session.state(scene.now).session, None);
    scene.tell(Input::Lost(Loss::Cut));
    scene.pass(secs(9999));
    assert!(scene.actions().is_empty(), "what has ended does nothing");
}

#[test]
fn a_session_of_another_bot_or_with_other_intents_is_not_resumed() {
    let mut scene = Scene::new(1);
    scene.join();
    let stored = scene.session.state(scene.now);
    for change in [
        |state: &mut GatewayState| state.session.as_mut().unwrap().bot = 5,
        |state: &mut GatewayState| state.session.as_mut().unwrap().intents = 1,
    ] {
        let mut state = stored.clone();
        change(&mut state);
        assert_eq!(
            Scene::from(&state, 1).actions().len(),
            0,
            "5.5 s after an identify"
        );
        let mut scene = Scene::from(&state, 1);
        scene.skip();
        assert_eq!(scene.action(), Action::Ask);
    }
}

#[test]
fn d12_a_replay_is_neither_lost_nor_doubled() {
    let mut scene = Scene::new(1);
    scene.join();
    for seq in 2..=5 {
        scene.receive(seq);
    }
    scene.tell(Input::Lost(Loss::Cut));
    scene.actions();
    assert_eq!(scene.reconnect(), OWN);
    scene.tell(Input::Connected);
    scene.hello();
    assert_eq!(scene.sent()["d"]["seq"], 5);
    // A gateway that begins too early.
    for seq in 3..=5 {
        scene.post(seq);
        assert!(scene.actions().is_empty(), "{seq} was told already");
    }
    assert_eq!(scene.receive(6), "m6");
    assert_eq!(scene.receive(7), "m7");
    scene.say(&json!({"op": 0, "s": 8, "t": "RESUMED"}));
    assert_eq!(scene.event(), Event::Resumed);
    let counts = scene.session.status().counts;
    assert_eq!((counts.replayed, counts.resumes, counts.identifies), (3, 1, 1));
}

#[test]
fn an_event_that_was_not_taken_is_asked_for_again_by_the_next_process() {
    let mut scene = Scene::new(1);
    scene.join();
    assert_eq!(scene.receive(2), "m2");
    scene.post(3);
    assert!(matches!(scene.action(), Action::HandOver(_)));
    scene.tell(Input::Stalled);
    assert_eq!(scene.session.state(scene.now).session.unwrap().seq, 2);
    // In this process it is still in somebody's hands.
    scene.tell(Input::Lost(Loss::Cut));
    scene.actions();
    scene.reconnect();
    scene.tell(Input::Connected);
    scene.tell(Input::HandedOver);
    scene.hello();
    assert_eq!(scene.sent()["d"]["seq"], 3);
    assert_eq!(scene.session.state(scene.now).session.unwrap().seq, 3);
}

#[test]
fn presence_is_shown_at_once_then_within_discords_limit_and_only_the_last_counts() {
    let presence = |n: u64| Presence::new(Standing::Online, &format!("{n} players"));
    let mut scene = Scene::new(1);
    scene.tell(Input::Present(presence(0)));
    scene.join();
    for n in 1..=100 {
        scene.tell(Input::Present(presence(n)));
    }
    let sent = scene.actions().len();
    assert_eq!(sent, 4, "Discord takes five in 20 s");
    scene.pass(secs(20));
    let late: Vec<_> = scene.actions();
    let shows_last = late
        .iter()
        .filter(|action| matches!(action, Action::Send(text) if text.contains("100 players")));
    assert_eq!(shows_last.count(), 1, "{late:?}");
    scene.tell(Input::Present(presence(100)));
    assert!(scene.actions().is_empty(), "nothing new");
}

#[test]
fn what_nobody_expected_costs_neither_the_session_nor_the_next_event() {
    let mut scene = Scene::new(1);
    scene.join();
    for odd in [
        "",
        "null",
        "{\"op\":",
        "{}",
        r#"{"op":null}"#,
        r#"{"op":77,"d":{}}"#,
        r#"{"op":0,"t":"NEW_EVENT","s":2,"d":{"x":null}}"#,
        r#"{"op":0,"t":null,"s":null,"d":null}"#,
        r#"{"op":0,"t":"MESSAGE_CREATE","s":3,"d":{"id":null}}"#,
        r#"{"op":0,"t":"MESSAGE_CREATE","s":"4","d":[]}"#,
        r#"{"op":10,"d":{"heartbeat_interval":1}}"#,
    ] {
        scene.tell(Input::Text(odd));
        assert!(scene.actions().is_empty(), "{odd}");
    }
    assert_eq!(scene.receive(5), "m5");
    let counts = scene.session.status().counts;
    assert_eq!((counts.unreadable, counts.unusable), (5, 2));
    scene.tell(Input::Lost(Loss::Closed(CloseCode(4000))));
    scene.actions();
    assert_eq!(scene.reconnect(), OWN);
}
