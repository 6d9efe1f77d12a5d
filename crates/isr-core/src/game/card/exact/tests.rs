//! How research, production and platforms read, in both languages.

use std::sync::Arc;

use super::super::tests::{context, field, german, json, running};
use super::*;
use crate::game::{Asked, Pausing, Platforms, Snapshot, Unread};
use crate::text::units;
use crate::voice::Voice;

fn technology(name: &str, level: u32, progress: f64) -> Technology {
    Technology {
        name: name.to_owned(),
        level,
        progress,
    }
}

fn made(surface: Option<&str>, matter: Matter, name: &str, made: f64) -> Production {
    Production {
        surface: surface.map(str::to_owned),
        matter,
        name: name.to_owned(),
        made,
        used: 0.0,
    }
}

fn platform(name: &str, state: &str, place: Option<&str>) -> Platform {
    Platform {
        name: name.to_owned(),
        state: state.to_owned(),
        place: place.map(str::to_owned),
    }
}

fn exact() -> Exact {
    Exact {
        asked: Asked::default(),
        tick: 1,
        speed: 1.0,
        pausing: Pausing::Going,
        research: Ok(Some(technology("mining-productivity-4", 7, 0.456))),
        queue: Ok(vec![
            technology("mining-productivity-4", 7, 0.0),
            technology("rocket-silo", 1, 0.0),
            technology("worker-robots-speed-6", 6, 0.0),
        ]),
        platforms: Ok(Platforms {
            listed: vec![
                platform("Nauvis *Express*", "waiting_at_station", Some("nauvis")),
                platform("Hauler", "on_the_path", None),
                platform("Odd", "doing_something_new", None),
            ],
            count: 5,
        }),
        production: Ok(vec![
            made(Some("nauvis"), Matter::Item, "iron-plate", 12_345.6),
            made(Some("nauvis"), Matter::Item, "rocket-part", 0.4),
            made(Some("nauvis"), Matter::Fluid, "petroleum-gas", 1_234_567.0),
            made(Some("gleba"), Matter::Item, "yumako", 945.4),
        ]),
        rockets: Ok(7),
    }
}

fn with(exact: Exact) -> Snapshot {
    Snapshot {
        exact: Some(Arc::new(exact)),
        ..running()
    }
}

fn card(snapshot: &Snapshot, voice: &Voice) -> serde_json::Value {
    json(&voice.card(snapshot, &context(&[])))
}

#[test]
fn a_card_tells_research_production_platforms_and_rockets() {
    let shown = card(&with(exact()), &Voice::default());
    assert_eq!(
        field(&shown, "Research").unwrap(),
        "mining productivity 7 · **46 %**\nthen rocket silo, worker robots speed 6"
    );
    assert_eq!(
        field(&shown, "Production").unwrap(),
        "**nauvis**: iron plate 12.3k/min · rocket part 0.4/min · petroleum gas 1.2M/min\n**gleba**: yumako 945/min"
    );
    assert_eq!(
        field(&shown, "Space platforms (5)").unwrap(),
        "**Nauvis \\*Express\\*** · nauvis · waiting\n**Hauler** · on its way\n**Odd** · doing something new\nand 2 more"
    );
    assert_eq!(field(&shown, "Rockets").unwrap(), "7");

    let shown = card(&with(exact()), &german());
    assert!(field(&shown, "Forschung").unwrap().contains("danach rocket silo"));
    assert!(field(&shown, "Produktion").unwrap().contains("945/min"));
    assert!(
        field(&shown, "Raumplattformen (5)")
            .unwrap()
            .contains("unterwegs")
    );
}

#[test]
fn what_could_not_be_read_has_no_field_and_what_is_not_there_no_number() {
    let failed = || Unread::NotUnderstood("?".to_owned());
    let shown = card(
        &with(Exact {
            research: Err(failed()),
            queue: Err(failed()),
            platforms: Err(Unread::Unsupported),
            production: Err(failed()),
            rockets: Err(Unread::NotAsked),
            ..exact()
        }),
        &Voice::default(),
    );
    for name in ["Research", "Production", "Space platforms", "Rockets"] {
        assert_eq!(field(&shown, name), None, "{name}");
    }
    let shown = card(
        &with(Exact {
            research: Ok(None),
            queue: Ok(Vec::new()),
            platforms: Ok(Platforms::default()),
            production: Ok(Vec::new()),
            rockets: Ok(0),
            ..exact()
        }),
        &Voice::default(),
    );
    assert_eq!(field(&shown, "Research").unwrap(), "nothing is being researched");
    for name in ["Production", "Space platforms", "Rockets"] {
        assert_eq!(field(&shown, name), None, "{name}");
    }
}

#[test]
fn before_2_0_there_is_one_world() {
    let production = Ok(vec![made(None, Matter::Item, "iron-plate", 900.0)]);
    let shown = card(
        &with(Exact {
            production,
            ..exact()
        }),
        &Voice::default(),
    );
    assert_eq!(field(&shown, "Production").unwrap(), "iron plate 900/min");
}

#[test]
fn names_of_mods_and_players_ping_nobody_break_nothing_and_fit() {
    let evil = "@everyone [x](https://evil.example) **\n\u{202e}<@&1>".repeat(20);
    let shown = with(Exact {
        research: Ok(Some(technology(&evil, 3, 0.5))),
        queue: Ok(vec![technology(&evil, 4, 0.0); 7]),
        platforms: Ok(Platforms {
            listed: vec![platform(&evil, &evil, Some(&evil)); 20],
            count: 500,
        }),
        production: Ok((0..60)
            .map(|number| made(Some(&format!("{number}{evil}")), Matter::Item, &evil, 1.0))
            .collect()),
        ..exact()
    });
    let embed = Voice::default().card(&shown, &context(&[]));
    let shown = json(&embed);
    let fields = shown["fields"].as_array().unwrap();
    for field in fields {
        let value = field["value"].as_str().unwrap();
        assert!(units(value) <= 1_024, "{value}");
        assert!(
            !value.contains("@everyone") && !value.contains("](http") && !value.contains("<@&1>"),
            "{value}"
        );
    }
    assert!(
        fields
            .iter()
            .any(|field| field["name"] == "Space platforms (500)")
    );
}

#[test]
fn numbers_are_short_at_every_size() {
    for (number, text) in [
        (0.04, "0.0"),
        (9.94, "9.9"),
        (9.96, "10"),
        (9_999.4, "9999"),
        (9_999.6, "10.0k"),
        (999_949.0, "999.9k"),
        (999_951.0, "1.0M"),
    ] {
        assert_eq!(short(number), text);
    }
}
