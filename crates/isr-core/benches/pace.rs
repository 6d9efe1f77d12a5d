//! How near the estimate of the updates per second is to the truth, in many simulated runs.
//!
//! Run with `cargo bench -p isr-core --bench pace`; another number of runs is the first argument. Nothing is timed: the
//! same seed gives the same table on every machine.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../tests/pace/runs.rs"]
mod runs;
#[path = "../tests/pace/world.rs"]
mod world;

use runs::{BUSY, IDLE, Sort, Table};
use world::{FollowUp, Plan, Told};

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
