//! How fast a game runs, told from answers to `/time`: against a game whose truth is known, and against answers of all
//! sorts. `cargo bench -p isr-core --bench pace` prints the whole distribution.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod days;
mod runs;
mod world;

use days::{Day, Dip};
use isr_core::game::alert::{Alert, News};
use runs::{BUSY, IDLE, Sort, Table};
use world::{Dice, FollowUp, Plan, Told};

/// So many runs of each sort here; ten thousand in the benchmark.
const RUNS: u64 = 120;

#[test]
fn r05_with_players_the_estimate_is_within_two_per_cent_of_the_truth() {
    for sort in Sort::ALL {
        let table = Table::of(sort, BUSY, RUNS, 1);
        assert!(table.errors.len() > 100, "{sort:?}: {}", table.errors.len());
        assert_eq!(table.unknown, 0, "{sort:?}");
        assert!(table.within(0.02) >= 0.97, "{sort:?}: {:?}", table.errors.last());
        assert!(Table::percentile(&table.errors, 500) < 0.005, "{sort:?}");
    }
}

#[test]
fn r05_with_nobody_four_commands_a_minute_are_enough_while_the_rate_is_kept() {
    for sort in [Sort::Steady, Sort::Noisy, Sort::ToldSaves] {
        let table = Table::of(sort, IDLE, RUNS, 2);
        assert!(table.within(0.02) >= 0.96, "{sort:?}: {:?}", table.errors.last());
    }
}

#[test]
fn r05_healthy_days_give_no_alert() {
    for seed in 0..6 {
        let dice = &mut Dice(seed);
        let day = Day::new(None, dice);
        assert_eq!(day.watched(dice), [], "day {seed}");
    }
}

#[test]
fn r05_an_hour_at_half_speed_is_told_once_and_so_is_its_end() {
    let dip = Dip {
        from: 20_000.0,
        until: 23_600.0,
        rate: 32.0,
    };
    let mut told_days = 0;
    for seed in 0..6 {
        let dice = &mut Dice(seed);
        let told = Day::new(Some(dip), dice).watched(dice);
        for pair in told.chunks(2) {
            let [
                (fired, News::Fired(Alert::UpsLow { raw, .. })),
                (ended, News::Ended { .. }),
            ] = pair
            else {
                panic!("day {seed}: {told:?}");
            };
            assert!(
                *fired > dip.from && *ended < dip.until + 15_000.0,
                "day {seed}: {told:?}"
            );
            assert!((30.0..34.0).contains(raw), "day {seed}: {told:?}");
            told_days += 1;
        }
    }
    assert!(told_days >= 3, "{told_days}");
}

#[test]
fn r05_ticks_are_as_good_or_better() {
    let plan = Plan {
        basis: Told::Ticks,
        follow_up: FollowUp::Left,
        ..BUSY
    };
    for sort in [Sort::Steady, Sort::ToldSaves, Sort::Pauses] {
        let table = Table::of(sort, plan, RUNS, 4);
        assert!(table.within(0.005) >= 0.97, "{sort:?}: {:?}", table.errors.last());
    }
}

#[test]
fn the_stated_precision_holds_while_the_rate_is_kept() {
    for sort in [Sort::Steady, Sort::ToldSaves, Sort::Pauses] {
        let table = Table::of(sort, BUSY, RUNS, 3);
        assert!(
            table.inside * 100 >= table.errors.len() * 98,
            "{sort:?}: {}",
            table.inside
        );
        assert!(Table::percentile(&table.stated, 950) < 0.02, "{sort:?}");
    }
}
