//! How near the estimate of the updates per second is to the truth, in many simulated runs.
//!
//! Run with `cargo bench -p isr-core --bench pace`; another number of runs is the first argument. Nothing is timed: the
//! same seed gives the same table on every machine.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../tests/pace/days.rs"]
mod days;
#[path = "../tests/pace/runs.rs"]
mod runs;
#[path = "../tests/pace/world.rs"]
mod world;

use days::{Day, Dip};
use runs::{BUSY, IDLE, Sort, Table};
use world::{Dice, FollowUp, Plan, Told};

const HEAD: &str = "| asked | what happens | runs | unknown | within 2 % | p50 | p95 | p99 | max | stated, p50 | truth in it |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runs = arguments.find_map(|text| text.parse().ok()).unwrap_or(10_000);
    let plans = [
        ("with players", BUSY),
        ("with nobody", IDLE),
        (
            "every 10.6 s",
            Plan {
                every: 10.618,
                ..BUSY
            },
        ),
        (
            "never sooner than 5.6 s",
            Plan {
                follow_up: FollowUp::Left,
                ..BUSY
            },
        ),
        (
            "ticks, with players",
            Plan {
                basis: Told::Ticks,
                ..BUSY
            },
        ),
        (
            "ticks, with nobody",
            Plan {
                basis: Told::Ticks,
                ..IDLE
            },
        ),
    ];
    println!("{HEAD}");
    for (name, plan) in plans {
        for sort in Sort::ALL {
            row(name, sort, &Table::of(sort, plan, runs, 7));
        }
    }
    healthy_days(runs / 10);
}

/// Days on which all is well, and days with an hour at half speed.
fn healthy_days(days: u64) {
    let dip = Dip {
        from: 30_000.0,
        until: 33_600.0,
        rate: 30.0,
    };
    let told = |dip: Option<Dip>, seed: u64| {
        let dice = &mut Dice(seed.wrapping_mul(0x9e37_79b9));
        Day::new(dip, dice).watched(dice).len()
    };
    let alerts: usize = (0..days).map(|seed| told(None, seed)).sum();
    println!("{days} healthy days: {alerts} alerts or ends for the updates per second");
    let dips = days / 10;
    let days = (0..dips).filter(|seed| told(Some(dip), *seed) > 0).count();
    println!("{dips} days with an hour at 30 UPS, if somebody was there: told on {days}");
}
#[expect(clippy::cast_precision_loss, reason = "numbers of runs")]
fn row(name: &str, sort: Sort, table: &Table) {
    let error = |per_mille| 100.0 * Table::percentile(&table.errors, per_mille);
    println!(
        "| {name} | {sort:?} | {} | {} | {:.2} % | {:.2} % | {:.2} % | {:.2} % | {:.2} % | ±{:.2} % | {:.2} % |",
        table.errors.len(),
        table.unknown,
        100.0 * table.within(0.02),
        error(500),
        error(950),
        error(990),
        error(1000),
        100.0 * Table::percentile(&table.stated, 500),
        100.0 * table.inside as f64 / table.errors.len().max(1) as f64,
    );
}
