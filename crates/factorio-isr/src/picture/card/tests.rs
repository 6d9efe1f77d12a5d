//! The shape of the picture, read back from its pixels.

use isr_core::statistics::{CardWords, Count, Period, RecapWords, Session};

use super::*;
use crate::picture::sheet::Drawn;

const HOUR: i64 = 3_600_000;
const BEGIN: i64 = 1_795_500_000_000;

fn count(player: Option<&str>, kind: &str, detail: Option<&str>, count: u64) -> Count {
    Count {
        player: player.map(str::to_owned),
        kind: kind.into(),
        detail: detail.map(str::to_owned),
        count,
    }
}

fn session(player: &str, from: i64, until: i64) -> Session {
    Session {
        player: player.into(),
        began_ms: BEGIN + from * HOUR / 4,
        ended_ms: Some(BEGIN + until * HOUR / 4),
    }
}

fn summary(sessions: &[Session], counts: &[Count]) -> Summary {
    let period = Period {
        from_ms: BEGIN,
        until_ms: BEGIN + 24 * HOUR,
    };
    Summary::of(period, sessions, counts, Vec::new())
}

fn busy() -> Summary {
    let sessions = [
        session("Ann", 8, 34),
        session("Bob the Builder of Very Long Walls Indeed", 20, 50),
        session("Жанна", 44, 64),
        session("Cid", 48, 60),
        session("Dora", 52, 90),
        session("Ann", 60, 92),
        session("Emil", 66, 94),
    ];
    let counts = [
        count(Some("Ann"), "chat", None, 128),
        count(Some("Dora"), "chat", None, 77),
        count(Some("Жанна"), "chat", None, 31),
        count(Some("Cid"), "chat", None, 4),
        count(Some("Ann"), "death", Some("medium-biter"), 14),
        count(Some("Cid"), "death", Some("locomotive"), 5),
        count(Some("Cid"), "death", None, 2),
        count(None, "research", Some("rocket-silo"), 1),
        count(None, "research", Some("logistics-3"), 1),
        count(None, "research", Some("kovarex-enrichment-process"), 1),
    ];
    summary(&sessions, &counts)
}

fn drawn(summary: &Summary) -> Drawn {
    drawn_in(&Words::english(), summary)
}

fn drawn_in(words: &Words, summary: &Summary) -> Drawn {
    let card = Card {
        title: "Main base",
        subtitle: "the day in review · Tue 24 Nov 06:00 – Wed 25 Nov 06:00",
        zone: &TimeZone::UTC,
        summary,
        words,
    };
    Drawn::read(&card.png())
}

#[test]
fn the_card_has_a_background_of_its_own_and_clear_corners() {
    let picture = drawn(&busy());
    assert_eq!(picture.width, 1600);
    let bottom = picture.height();
    for (x, y) in [
        (0.5, 0.5),
        (799.0, 0.5),
        (0.5, bottom - 1.0),
        (799.0, bottom - 1.0),
    ] {
        assert_eq!(picture.at(x, y).3, 0, "corner {x} {y}");
    }
    assert_eq!(picture.at(400.0, 4.0), palette::BACKGROUND);
    assert_eq!(picture.at(EDGE + 4.0, EDGE + HEAD_HEIGHT + 33.0), palette::PANEL);
}

#[test]
fn bars_stand_where_players_were_and_nowhere_else() {
    let picture = drawn(&busy());
    let y = EDGE + HEAD_HEIGHT + TILE_HEIGHT + GAP + 34.0 + CURVE_HEIGHT - 20.0 - 1.5;
    let orange = |hour: f32| {
        let x = EDGE + 26.0 + (INNER - 26.0) * (hour + 0.5) / 24.0;
        picture.at(x, y) == palette::ORANGE
    };
    let hours: Vec<bool> = (0_u8..24).map(|hour| orange(f32::from(hour))).collect();
    let expected: Vec<bool> = (0..24).map(|hour| (2..24).contains(&hour)).collect();
    assert_eq!(hours, expected);
}

#[test]
fn a_summary_with_little_in_it_makes_a_lower_card() {
    let few = drawn(&summary(&[session("Ann", 0, 8)], &[]));
    let many = drawn(&busy());
    assert!(few.pixels.len() < many.pixels.len());
    let nothing = drawn(&summary(&[], &[]));
    assert!(!nothing.pixels.is_empty());
}

#[test]
fn a_card_in_another_language_has_the_same_shape_and_other_letters() {
    let (english, german) = (drawn(&busy()), drawn_in(&Words::german(), &busy()));
    assert_eq!(english.pixels.len(), german.pixels.len());
    assert!(english.pixels != german.pixels, "the labels are the same");
    let long = Words {
        recap: RecapWords {
            card: CardWords {
                players: "x".repeat(200),
                curve: "x".repeat(200),
                killers: "x".repeat(200),
                research: "x".repeat(200),
                ..CardWords::default()
            },
            ..RecapWords::default()
        },
        ..Words::english()
    };
    let cut = drawn_in(&long, &busy());
    assert_eq!(cut.at(WIDTH - EDGE / 2.0, 30.0), palette::BACKGROUND);
    assert_eq!(cut.pixels.len(), english.pixels.len());
}
