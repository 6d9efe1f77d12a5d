//! Answers of all sorts: what the meter says of them is never nonsense.

use std::time::Duration;

use isr_core::game::ups::{Company, Meter, Options, Pace, TickAnswer};
use isr_core::game::{Asked, Mono, TimeAnswer};
use proptest::prelude::*;

use crate::world::mono;

fn answer(sent: f64, took: f64, second: u64) -> TimeAnswer {
    TimeAnswer {
        asked: Asked {
            sent: mono(sent),
            received: mono(sent + took),
        },
        game_time: Duration::from_secs(second),
    }
}

/// A meter that was answered every 5.6 s from a moment on, at 60 UPS or standing.
fn hear(meter: &mut Meter, from: f64, until: f64, second_at: impl Fn(f64) -> f64) -> f64 {
    let mut at = from;
    while at < until {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small, not negative"
        )]
        meter.seconds(&answer(at, 0.03, second_at(at) as u64));
        at += 5.618;
    }
    at - 5.618 + 0.03
}

fn ups(meter: &Meter, at: f64) -> f64 {
    meter.pace(mono(at), Company::Somebody).ups().unwrap().value
}

#[test]
fn r05_a_game_that_nobody_plays_is_auto_paused_and_one_with_players_is_paused() {
    let mut meter = Meter::new(Options::default());
    let end = hear(&mut meter, 0.0, 60.0, |_| 500.0);
    let pace = |company| meter.pace(mono(end), company);
    assert_eq!(pace(Company::Nobody), Pace::AutoPaused);
    assert_eq!(pace(Company::Somebody), Pace::Standing);
    assert_eq!(pace(Company::Unknown), Pace::Standing);
}

#[test]
fn r05_a_pause_leaves_no_trace_in_the_estimate() {
    let mut meter = Meter::new(Options::default());
    let second = |at: f64| {
        if at < 100.0 {
            at
        } else {
            100.0 + (at - 200.0).max(0.0)
        }
    };
    let mut at = 0.0;
    let mut seen = Vec::new();
    while at < 400.0 {
        at = hear(&mut meter, at, at + 1.0, second) + 5.588;
        if let Pace::Running(ups) = meter.pace(mono(at), Company::Somebody) {
            seen.push(ups.value);
        }
    }
    assert!(seen.len() > 30, "{}", seen.len());
    for value in seen {
        assert!((58.5..=61.5).contains(&value), "{value}");
    }
}

#[test]
fn r05_an_older_save_starts_the_window_anew() {
    let mut meter = Meter::new(Options::default());
    hear(&mut meter, 0.0, 90.0, |at| 10_000.0 + at);
    meter.seconds(&answer(95.0, 0.03, 5_000));
    assert_eq!(meter.pace(mono(95.1), Company::Somebody), Pace::Unknown);
    let end = hear(&mut meter, 100.6, 140.0, |at| 4_905.0 + at);
    assert!((ups(&meter, end) - 60.0).abs() < 1.2);
}

#[test]
fn r05_a_save_that_nobody_told_of_is_no_loss_of_speed() {
    let mut meter = Meter::new(Options::default());
    let second = |at: f64| if at < 150.0 { at } else { at - 9.0 };
    hear(&mut meter, 0.0, 141.0, second);
    // Asked at 145, answered when the save was over.
    meter.seconds(&answer(145.0, 9.2, 145));
    let end = hear(&mut meter, 155.0, 185.0, second);
    assert!((ups(&meter, end) - 60.0).abs() < 1.2, "{}", ups(&meter, end));
}

#[test]
fn a_server_that_halts_again_and_again_is_slow() {
    let mut meter = Meter::new(Options::default());
    // Of every 20 s it stands 6.
    let second = |at: f64| (at / 20.0).floor() * 14.0 + (at % 20.0).min(14.0);
    let end = hear(&mut meter, 0.0, 240.0, second);
    assert!((ups(&meter, end) - 42.0).abs() < 4.0, "{}", ups(&meter, end));
}

#[test]
fn lua_tells_ticks_and_the_speed_that_is_aimed_at() {
    let mut meter = Meter::new(Options::default());
    hear(&mut meter, 0.0, 60.0, |at| at);
    for step in 0..8_u32 {
        let at = 61.0 + f64::from(step) * 5.618;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let tick = (at * 118.0) as u64;
        meter.ticks(&TickAnswer {
            asked: answer(at, 0.02, 0).asked,
            tick,
            speed: 2.0,
        });
        meter.seconds(&answer(at + 1.0, 0.02, 7));
    }
    let pace = meter.pace(mono(101.0), Company::Somebody);
    let ups = pace.ups().unwrap();
    assert!(
        (ups.value - 118.0).abs() < 0.5 && (ups.target - 120.0).abs() < 1e-9,
        "{ups:?}"
    );
}

#[test]
fn r05_a_speed_that_no_game_has_counts_as_the_normal_one() {
    for speed in [f64::MAX, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, 0.0, -1.0] {
        let mut meter = Meter::new(Options::default());
        for step in 0..8_u32 {
            meter.ticks(&TickAnswer {
                asked: answer(f64::from(step) * 5.618, 0.02, 0).asked,
                tick: u64::from(step) * 337,
                speed,
            });
        }
        let pace = meter.pace(mono(40.0), Company::Somebody);
        assert!(
            (pace.ups().unwrap().target - 60.0).abs() < 1e-9,
            "{speed}: {pace:?}"
        );
    }
}

#[test]
fn nothing_is_told_without_answers_after_few_and_after_none_for_long() {
    let mut meter = Meter::new(Options::default());
    assert_eq!(meter.pace(mono(5.0), Company::Somebody), Pace::Unknown);
    hear(&mut meter, 0.0, 6.0, |at| at);
    assert_eq!(meter.pace(mono(6.0), Company::Somebody), Pace::Unknown);
    let end = hear(&mut meter, 11.2, 70.0, |at| at);
    assert!(meter.pace(mono(end + 60.0), Company::Somebody).ups().is_some());
    assert_eq!(meter.pace(mono(end + 400.0), Company::Somebody), Pace::Unknown);
}

/// What happens next: the wait, how long the answer takes, and how the game's second moves.
fn moves() -> impl Strategy<Value = Vec<(f64, f64, i64)>> {
    let wait = prop_oneof![0.0_f64..0.1, 0.5_f64..60.0, Just(5.618), Just(0.0)];
    let took = prop_oneof![0.0_f64..0.3, 0.0_f64..30.0];
    let step = prop_oneof![
        Just(0_i64),
        0_i64..10,
        0_i64..70,
        -1_000_000_i64..1_000_000,
        Just(i64::MAX)
    ];
    prop::collection::vec((wait, took, step), 0..150)
}

proptest! {
    #[test]
    fn r05_no_answers_make_it_negative_zero_or_infinite(moves in moves(), ticks: bool, speed in prop::num::f64::ANY) {
        let mut meter = Meter::new(Options::default());
        let (mut at, mut second) = (0.0, 1000_u64);
        for (wait, took, step) in moves {
            at += wait;
            second = second.saturating_add_signed(step);
            let answer = answer(at, took, second);
            if ticks {
                meter.ticks(&TickAnswer { asked: answer.asked, tick: second, speed });
            } else {
                meter.seconds(&answer);
            }
            if step % 3 == 0 {
                meter.stood(mono(at), Mono(mono(at).0 + Duration::from_secs_f64(took)));
            }
            for company in [Company::Nobody, Company::Somebody] {
                if let Pace::Running(ups) = meter.pace(mono(at + took), company) {
                    prop_assert!(ups.value.is_finite() && ups.value > 0.0, "{ups:?}");
                    prop_assert!(ups.plus_minus >= 0.0 && ups.plus_minus <= ups.value, "{ups:?}");
                    prop_assert!(ups.target.is_finite() && ups.target > 0.0, "{ups:?}");
                }
            }
            let wait = meter.ask_again_after(Company::Somebody);
            prop_assert!(wait >= Duration::from_secs(1));
        }
    }
}
