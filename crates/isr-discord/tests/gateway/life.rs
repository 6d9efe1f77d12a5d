//! A session that nothing goes wrong with.

use isr_discord::gateway::event::{Choice, InteractionKind};
use isr_discord::gateway::{
    Event, GatewayEnd, GatewayOptions, GatewayState, Leave, Link, Presence, Standing,
};
use isr_testkit::discord::gateway::{CommandCall, PersonCard};
use serde_json::json;

use crate::stage::{CHANNEL, COMPRESSIONS, GUILD, INTERVAL, Stage, numbered, secs};

#[tokio::test(start_paused = true)]
async fn messages_and_commands_arrive_compressed_or_not() {
    for compression in COMPRESSIONS {
        let stage = Stage::new().await;
        let options = GatewayOptions {
            compression,
            ..stage.options()
        };
        let mut running = stage.live_with(options).await;
        stage.post(1..=3);
        let call = CommandCall {
            id: 77,
            token: "aW50ZXJhY3Rpb24.x_y-z".into(),
            application: 111_122_223_333_444_455,
            guild: GUILD,
            channel: CHANNEL,
            person: PersonCard {
                roles: vec![8],
                ..PersonCard::new(5, "bob")
            },
            name: "factorio".into(),
            options: json!([{"name": "status", "type": 1, "options": [{"name": "server", "type": 3, "value": "home"}]}]),
        };
        stage.gateway().dispatch("INTERACTION_CREATE", &call.event());
        stage.clock.settle().await;
        let mut events = Vec::new();
        while let Some(event) = running.event() {
            events.push(event);
        }
        let [Event::Message(first), _, _, Event::Interaction(used)] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(
            (&*first.content, first.channel, first.guild),
            ("m1", CHANNEL, Some(GUILD))
        );
        assert!(first.is_from_person());
        assert_eq!((used.id, used.member.as_ref().unwrap().user.id), (77, 5));
        let InteractionKind::Command { name, options, .. } = &used.kind else {
            panic!("{used:?}")
        };
        let Choice::Below(below) = &options[0].value else {
            panic!("{options:?}")
        };
        assert_eq!(
            (&**name, &below[0].value),
            ("factorio", &Choice::Text("home".into()))
        );
        stage.discord.assert_no_violations();
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_session_lives_for_hours_on_heartbeats() {
    let stage = Stage::new().await;
    let running = stage.live().await;
    stage.clock.pass(secs(3 * 3600)).await;
    let beats = stage.gateway().look(|seen| seen.beats.len());
    let expected = usize::try_from(secs(3 * 3600).as_millis() / INTERVAL.as_millis()).unwrap();
    assert!(
        (expected..=expected + 1).contains(&beats),
        "{beats} of {expected}"
    );
    assert_eq!(running.status().counts.losses, 0);
    assert!(running.status().latency.is_some());
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn a_huge_event_that_arrives_in_pieces_is_one_event() {
    for compression in COMPRESSIONS {
        let stage = Stage::new().await;
        let options = GatewayOptions {
            compression,
            ..stage.options()
        };
        let mut running = stage.live_with(options).await;
        let channels: Vec<_> = (1..=500)
            .map(|id| json!({"id": id.to_string(), "type": 0, "name": format!("channel-{id}"), "topic": "x".repeat(1000)}))
            .collect();
        let guild = json!({"op": 0, "s": 3, "t": "GUILD_CREATE", "d": {"id": "9", "name": "Huge", "channels": channels}});
        assert!(guild.to_string().len() > 500_000);
        stage.gateway().send_slowly(&guild, 50, secs(1));
        let took = stage
            .clock
            .until(secs(120), || running.status().counts.events > 2)
            .await;
        assert!(took > secs(40), "{took:?}");
        let Some(Event::Guild(guild)) = running.event() else {
            panic!("no guild")
        };
        assert_eq!(guild.channels.len(), 500);
        assert_eq!(running.status().counts.losses, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_it_was_and_needs_no_identify() {
    let stage = Stage::new().await;
    let mut running = stage.live().await;
    stage.post(1..=5);
    stage.clock.settle().await;
    assert_eq!(running.texts(), numbered(1..=5));
    let (end, state) = running.stop(Leave::ForAWhile).await;
    assert_eq!(end, GatewayEnd::Stopped);
    stage.post(6..=9);
    let stored = GatewayState::from_json(&state.to_json());
    let mut again = stage.begin_with(stage.options(), &stored);
    stage.clock.until(secs(5), || again.is_live()).await;
    stage.post(10..=12);
    stage.clock.settle().await;
    assert_eq!(again.texts(), numbered(6..=12));
    let seen = stage.gateway().look(|seen| {
        (
            seen.identifies.len(),
            seen.resumed,
            seen.farewells.clone(),
            seen.asked.len(),
        )
    });
    assert_eq!(seen, (1, 1, vec![Some(4000)], 1));
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn leaving_for_good_ends_the_session_at_discord_too() {
    let stage = Stage::new().await;
    let running = stage.live().await;
    let (_, state) = running.stop(Leave::ForGood).await;
    assert_eq!(state.session, None);
    stage.clock.settle().await;
    assert_eq!(stage.gateway().look(|seen| seen.farewells.clone()), [Some(1000)]);
    assert_eq!(stage.gateway().joined(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_nobody_steers_or_hears_ends() {
    let stage = Stage::new().await;
    let running = stage.live().await;
    drop(running.events);
    let status = running.handle.status();
    stage
        .clock
        .until(secs(1), || {
            status.borrow().link == Link::Over(GatewayEnd::Unheard)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn presence_follows_wishes_within_discords_limit() {
    let stage = Stage::new().await;
    let running = stage.live().await;
    for n in 0..300 {
        let presence = Presence::new(Standing::Online, &format!("{n} players"));
        running.handle.present(presence).await;
        stage.clock.pass(secs(1) / 2).await;
    }
    stage.clock.pass(secs(21)).await;
    let last = stage
        .gateway()
        .look(|seen| seen.presences.last().cloned())
        .unwrap();
    assert_eq!(last["activities"][0]["state"], "299 players");
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn p07_the_token_is_never_shown() {
    let stage = Stage::new().await;
    let options = stage.options();
    let running = stage.live().await;
    let state = running.handle.state().await.unwrap();
    for shown in [
        format!("{options:?}"),
        format!("{:?}", running.handle),
        format!("{:?}", running.status()),
        format!("{state:?}{}", state.to_json()),
        format!("{:?}", running.stored()),
    ] {
        assert!(!shown.contains("gateway-token"), "{shown}");
    }
}
