//! The picture, read back from its pixels.

use super::*;
use crate::picture::Colour;
use crate::picture::sheet::Drawn;
use isr_core::voice::Words;

const UNTIL: i64 = 29_925_000;
/// How far above the bottom of a plot is looked, to miss its grid.
const ABOVE: f32 = 6.0;

fn minute(at: i64, players: u32, ups: Option<f32>) -> Minute {
    Minute {
        minute: UNTIL - MINUTES + at,
        players: Some(players),
        ups,
    }
}

/// A day with everything in it: a night without players, an outage, a slow evening.
fn a_day() -> Vec<Minute> {
    let mut minutes = Vec::new();
    for at in 0..MINUTES {
        let hour = at as f32 / 60.0;
        if (8.0..9.25).contains(&hour) {
            continue;
        }
        let evening = (-((hour - 19.0) / 3.2).powi(2)).exp() * 11.0;
        let noon = (-((hour - 12.5) / 1.6).powi(2)).exp() * 4.0;
        let wobble = ((at / 35) * 7919 % 5) as f32 * 0.35;
        let players = if hour < 5.0 { 0.0 } else { evening + noon + wobble };
        let players = players.round() as u32;
        let noise = ((at * 7919 % 97) as f32 / 97.0 - 0.5) * 0.8;
        let ups = 60.0 - (players as f32 - 8.0).max(0.0).powi(2) * 1.9 + noise;
        minutes.push(minute(at, players, (hour >= 5.0).then_some(ups)));
    }
    minutes
}

fn drawn(minutes: &[Minute]) -> Drawn {
    let words = Words::english();
    let day = Day {
        title: "Main base",
        words: DayWords::new(&words),
        zone: &TimeZone::UTC,
        until: UNTIL,
        minutes,
    };
    Drawn::read(&day.png())
}

/// The colour just above the bottom of a plot, at an hour.
fn at_bottom(picture: &Drawn, plot: usize, hour: f32) -> Colour {
    let top = EDGE + HEAD_HEIGHT + TILE_HEIGHT + GAP + plot as f32 * (PART_HEIGHT + GAP);
    let y = top + 34.0 + PLOT_HEIGHT - 20.0 - ABOVE;
    picture.at(EDGE + plot::LEFT + (INNER - plot::LEFT) * hour / 24.0, y)
}

/// A colour on the background.
fn over(colour: Colour) -> Colour {
    let Colour(_, _, _, opacity) = colour;
    let mix = |top: u8, below: u8| {
        let share = f32::from(opacity) / 255.0;
        (f32::from(top) * share + f32::from(below) * (1.0 - share)).round() as u8
    };
    let back = palette::BACKGROUND;
    Colour(
        mix(colour.0, back.0),
        mix(colour.1, back.1),
        mix(colour.2, back.2),
        255,
    )
}

fn is_near(one: Colour, other: Colour) -> bool {
    let far = |a: u8, b: u8| a.abs_diff(b) > 3;
    !(far(one.0, other.0) || far(one.1, other.1) || far(one.2, other.2))
}

#[test]
fn each_part_of_the_day_looks_as_it_was() {
    let picture = drawn(&a_day());
    assert_eq!(picture.width, 1600);
    let (players, ups) = (0, 1);
    let expected = [
        (players, 3.0, palette::BACKGROUND, "nobody was there"),
        (players, 8.6, over(plot::UNKNOWN), "nothing is known"),
        (
            players,
            19.0,
            over(palette::ORANGE.faint(0x48)),
            "players were there",
        ),
        (ups, 3.0, over(plot::STOOD), "the game stood"),
        (ups, 8.6, over(plot::UNKNOWN), "nothing is known"),
        (ups, 13.0, over(palette::GREEN.faint(0x30)), "it ran well"),
    ];
    for (plot, hour, colour, what) in expected {
        let found = at_bottom(&picture, plot, hour);
        assert!(is_near(found, colour), "{what}: {found:?}, not {colour:?}");
    }
    let Colour(red, green, blue, _) = at_bottom(&picture, ups, 19.0);
    assert!(red > green + 30 && red > blue + 30, "a slow evening is red");
}

#[test]
fn it_has_a_background_of_its_own_and_clear_corners() {
    let picture = drawn(&a_day());
    for (x, y) in [
        (0.5, 0.5),
        (799.0, 0.5),
        (0.5, HEIGHT - 1.0),
        (799.0, HEIGHT - 1.0),
    ] {
        assert_eq!(picture.at(x, y).3, 0, "corner {x} {y}");
    }
    assert_eq!(picture.at(400.0, 4.0), palette::BACKGROUND);
}

#[test]
fn a_day_of_which_little_is_known_is_drawn_all_the_same() {
    for minutes in [
        vec![],
        vec![minute(700, 0, None)],
        vec![minute(1439, 3, Some(120.0))],
        vec![minute(-5, 3, Some(60.0)), minute(MINUTES, 9, Some(1.0))],
    ] {
        let picture = drawn(&minutes);
        assert!(is_near(at_bottom(&picture, 0, 1.0), over(plot::UNKNOWN)));
    }
}

#[test]
fn a_day_with_a_hole_is_no_whole_one() {
    assert_eq!(share(1440), "100 %");
    assert_eq!(share(1439), "99 %");
    assert_eq!(share(0), "0 %");
}
