//! D12: whatever a peer does, connects and identifies stay within their budgets.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::scene::{Scene, secs};
use crate::gateway::budget::{CONNECTS_PER_10_MIN, IDENTIFIES_PER_HOUR, StartLimit};
use crate::gateway::close::CloseCode;
use crate::gateway::facts::{FactsFault, GatewayFacts};
use crate::gateway::payload::Presence;
use crate::gateway::session::{Action, Input, Session};
use crate::gateway::socket::ConnectFault;
use crate::gateway::status::Loss;

/// How far a peer of the storm lets a connection come before it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Storm {
    Refuses,
    ClosesAtOnce,
    ClosesAfterHello,
    ClosesAfterIdentify,
    ClosesAfterReady,
    AsksToReconnect,
    InvalidatesTheSession,
}

const STORMS: [Storm; 7] = [
    Storm::Refuses,
    Storm::ClosesAtOnce,
    Storm::ClosesAfterHello,
    Storm::ClosesAfterIdentify,
    Storm::ClosesAfterReady,
    Storm::AsksToReconnect,
    Storm::InvalidatesTheSession,
];

/// When it connected and when it identified.
#[derive(Debug, Default)]
struct Knocks {
    connects: Vec<Duration>,
    identifies: Vec<Duration>,
}

fn rage(scene: &mut Scene, storm: Storm, time: Duration) -> Knocks {
    let end = scene.now + time;
    let mut knocks = Knocks::default();
    while scene.now < end {
        for action in scene.actions() {
            match action {
                Action::Ask => scene.tell(Input::Facts(Ok(Scene::facts()))),
                Action::Connect { .. } => {
                    knocks.connects.push(scene.now);
                    greet(scene, storm);
                }
                Action::Keep(_) => scene.tell(Input::Kept),
                Action::HandOver(_) => scene.tell(Input::HandedOver),
                Action::Send(text) => {
                    if text.contains("\"op\":2") {
                        knocks.identifies.push(scene.now);
                    }
                    if !text.contains("\"op\":1") {
                        introduced(scene, storm);
                    }
                }
                Action::Disconnect(_) => {}
            }
        }
        if scene.session.has_actions() {
            continue;
        }
        match scene.session.deadline(scene.now).filter(|next| *next < end) {
            Some(_) => scene.skip(),
            None => scene.now = end,
        }
    }
    knocks
}

fn greet(scene: &mut Scene, storm: Storm) {
    match storm {
        Storm::Refuses => {
            let refused = ConnectFault::Tcp(std::io::ErrorKind::ConnectionRefused);
            return scene.tell(Input::Lost(Loss::Connect(refused)));
        }
        Storm::ClosesAtOnce => {
            scene.tell(Input::Connected);
            return scene.tell(Input::Lost(Loss::Cut));
        }
        _ => scene.tell(Input::Connected),
    }
    scene.hello();
    if storm == Storm::ClosesAfterHello {
        scene.tell(Input::Lost(Loss::Closed(CloseCode(4000))));
    }
}

fn introduced(scene: &mut Scene, storm: Storm) {
    match storm {
        Storm::ClosesAfterIdentify => scene.tell(Input::Lost(Loss::Closed(CloseCode(4009)))),
        Storm::InvalidatesTheSession => scene.say(&json!({"op": 9, "d": false})),
        _ => {
            let ready = json!({"session_id": "s", "resume_gateway_url": super::scene::OWN});
            scene.say(&json!({"op": 0, "s": 1, "t": "READY", "d": ready}));
            if storm == Storm::AsksToReconnect {
                scene.say(&json!({"op": 7}));
            } else {
                scene.tell(Input::Lost(Loss::Closed(CloseCode(4009))));
            }
        }
    }
}

fn most_within(moments: &[Duration], span: Duration) -> usize {
    let within = |first: &Duration| {
        moments
            .iter()
            .filter(|moment| **moment >= *first && **moment < *first + span)
            .count()
    };
    moments.iter().map(within).max().unwrap_or(0)
}

#[test]
fn d12_reconnect_storm_at_most_30_connects_and_5_identifies_in_ten_minutes() {
    for storm in STORMS {
        for seed in 0..200 {
            let mut scene = Scene::new(seed);
            let knocks = rage(&mut scene, storm, secs(600));
            assert!(
                knocks.connects.len() <= 30,
                "{storm:?}, seed {seed}: {}",
                knocks.connects.len()
            );
            assert!(
                knocks.identifies.len() <= 5,
                "{storm:?}, seed {seed}: {}",
                knocks.identifies.len()
            );
            assert!(
                knocks.connects.len() >= 4,
                "{storm:?}, seed {seed}: it goes on trying"
            );
        }
    }
}

#[test]
fn d12_pauses_grow_with_every_failure() {
    for seed in 0..50 {
        let mut scene = Scene::new(seed);
        let knocks = rage(&mut scene, Storm::ClosesAtOnce, secs(3600));
        assert!(
            knocks.connects[3] <= secs(10),
            "seed {seed}: the first ones are quick"
        );
        assert!(
            knocks.connects[12] >= secs(90),
            "seed {seed}: {:?}",
            knocks.connects[12]
        );
    }
}

#[test]
fn d12_a_storm_of_a_day_stays_within_the_hours_budget_and_does_not_make_us_give_up() {
    for storm in STORMS {
        let mut scene = Scene::new(17);
        let knocks = rage(&mut scene, storm, secs(24 * 3600));
        assert!(
            most_within(&knocks.identifies, secs(3600)) <= IDENTIFIES_PER_HOUR,
            "{storm:?}"
        );
        assert!(
            most_within(&knocks.connects, secs(600)) <= CONNECTS_PER_10_MIN,
            "{storm:?}"
        );
        let last = knocks.connects.last().unwrap();
        assert!(*last > secs(22 * 3600), "{storm:?}: {last:?}");
    }
}

#[test]
fn d12_restarts_do_not_refill_the_identify_budget() {
    let mut scene = Scene::new(1);
    let mut identifies = 0;
    for restart in 0..20 {
        let knocks = rage(&mut scene, Storm::ClosesAfterIdentify, secs(120));
        identifies += knocks.identifies.len();
        // The new process begins at zero, two minutes later by the wall clock.
        let mut state = scene.session.state(scene.now);
        for at in &mut state.identifies {
            *at -= u64::try_from(scene.now.as_millis()).unwrap();
        }
        scene = Scene::from(&state, restart);
    }
    assert_eq!(identifies, IDENTIFIES_PER_HOUR);
}

/// Anything that may happen to the machine.
#[derive(Debug, Clone)]
enum Happening {
    Wait(u64),
    Facts(u64),
    NoFacts,
    Connected,
    Kept,
    Say(String),
    Bytes(Vec<u8>),
    Lost(u16),
    Refused,
    Taken,
    Stalled,
    Present(String),
}

fn happening() -> impl Strategy<Value = Happening> {
    let said = prop_oneof![
        Just(r#"{"op":10,"d":{"heartbeat_interval":41250}}"#.to_owned()),
        Just(
            r#"{"op":0,"s":1,"t":"READY","d":{"session_id":"s","resume_gateway_url":"wss://a.discord.gg"}}"#
                .to_owned()
        ),
        Just(r#"{"op":0,"s":9,"t":"RESUMED"}"#.to_owned()),
        Just(r#"{"op":11}"#.to_owned()),
        Just(r#"{"op":7}"#.to_owned()),
        Just(r#"{"op":9,"d":true}"#.to_owned()),
        Just(r#"{"op":9,"d":false}"#.to_owned()),
        Just(r#"{"op":1}"#.to_owned()),
        (0..50_u64).prop_map(|seq| format!(
            r#"{{"op":0,"s":{seq},"t":"MESSAGE_CREATE","d":{{"id":"5","channel_id":"6"}}}}"#
        )),
        ".{0,40}",
    ];
    prop_oneof![
        3 => (0..200_000_u64).prop_map(Happening::Wait),
        1 => (0..2000_u64).prop_map(Happening::Facts),
        1 => Just(Happening::NoFacts),
        3 => Just(Happening::Connected),
        2 => Just(Happening::Kept),
        6 => said.prop_map(Happening::Say),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Happening::Bytes),
        1 => prop_oneof![4000..4015_u16, any::<u16>()].prop_filter(
            "codes that end it end the test too early",
            |code| !matches!(code, 4004 | 4010..=4014),
        ).prop_map(Happening::Lost),
        1 => Just(Happening::Refused),
        3 => Just(Happening::Taken),
        1 => Just(Happening::Stalled),
        1 => ".{0,200}".prop_map(Happening::Present),
    ]
}

fn happen(session: &mut Session, happening: Happening, now: Duration) {
    match happening {
        Happening::Wait(_) => session.wake(now),
        Happening::Facts(remaining) => {
            let limit = StartLimit {
                remaining,
                reset_after: secs(remaining * 7),
            };
            let facts = GatewayFacts {
                limit: Some(limit),
                ..Scene::facts()
            };
            session.handle(Input::Facts(Ok(facts)), now);
        }
        Happening::NoFacts => {
            session.handle(Input::Facts(Err(FactsFault::Unreachable("x".into()))), now);
        }
        Happening::Connected => session.handle(Input::Connected, now),
        Happening::Kept => session.handle(Input::Kept, now),
        Happening::Say(text) => session.handle(Input::Text(&text), now),
        Happening::Bytes(bytes) => session.handle(Input::Binary(&bytes), now),
        Happening::Lost(code) => session.handle(Input::Lost(Loss::Closed(CloseCode(code))), now),
        Happening::Refused => session.handle(Input::Lost(Loss::Cut), now),
        Happening::Taken => session.handle(Input::HandedOver, now),
        Happening::Stalled => session.handle(Input::Stalled, now),
        Happening::Present(text) => session.handle(
            Input::Present(Presence::new(crate::gateway::payload::Standing::Idle, &text)),
            now,
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn d12_no_sequence_of_happenings_breaks_a_budget_or_wedges_the_machine(
        happenings in proptest::collection::vec(happening(), 1..300),
        seed in any::<u64>(),
    ) {
        let mut scene = Scene::new(seed);
        let mut knocks = Knocks::default();
        let mut sends = Vec::new();
        let mut is_connected = false;
        for happening in happenings {
            if let Happening::Wait(millis) = happening {
                // Time never jumps over a deadline: the driver wakes the machine there.
                let end = scene.now + Duration::from_millis(millis);
                while let Some(next) = scene.session.deadline(scene.now).filter(|next| *next < end && *next > scene.now) {
                    scene.now = next;
                    scene.session.wake(next);
                }
                scene.now = end;
            }
            happen(&mut scene.session, happening, scene.now);
            while let Some(action) = scene.session.next_action() {
                match action {
                    Action::Connect { .. } => {
                        knocks.connects.push(scene.now);
                        is_connected = true;
                    }
                    Action::Disconnect(code) => {
                        prop_assert_eq!(code, 4000);
                        is_connected = false;
                    }
                    Action::Send(text) => {
                        prop_assert!(is_connected, "sent without a connection: {}", text);
                        prop_assert!(text.len() <= 4096);
                        sends.push(scene.now);
                        if text.contains("\"op\":2") {
                            knocks.identifies.push(scene.now);
                        }
                    }
                    Action::Ask | Action::Keep(_) | Action::HandOver(_) => {}
                }
            }
            prop_assert!(scene.session.deadline(scene.now).is_some(), "it would never wake again");
        }
        prop_assert!(most_within(&knocks.connects, secs(600)) <= CONNECTS_PER_10_MIN);
        prop_assert!(most_within(&knocks.identifies, secs(3600)) <= IDENTIFIES_PER_HOUR);
        // Over all connections, which is stricter than Discord's rule for one.
        prop_assert!(most_within(&sends, secs(60)) <= 120 + 3 * CONNECTS_PER_10_MIN);
    }
}
