//! The grammar alone: reads what its own benchmark prints.

use anyhow::{Context, Result};

use crate::figures::{Figure, Met};
use crate::shell;

const GOAL: f64 = 3_000_000.0;

pub(super) fn measure() -> Result<Vec<Figure>> {
    read(&shell::output("cargo bench --quiet --locked -p factorio-log")?)
}

fn read(printed: &str) -> Result<Vec<Figure>> {
    let line = |head: &str| {
        printed
            .lines()
            .find_map(|line| line.strip_prefix(head))
            .map(str::trim)
    };
    let median = |line: &str| {
        line.split("median")
            .nth(1)?
            .split_whitespace()
            .next()?
            .parse::<f64>()
            .ok()
    };
    let rate = line("grammar:")
        .and_then(median)
        .context("the benchmark printed no rate")?;
    let ratio = line("ratio of times, median:").context("the benchmark printed no ratio")?;
    let hostile = printed
        .lines()
        .filter(|line| line.starts_with("hostile"))
        .filter_map(|line| {
            let (case, time) = line.rsplit_once("median ")?;
            Some((
                micros(time.trim())?,
                case.split(':').next()?.rsplit(',').next()?.trim(),
            ))
        });
    let (worst, case) = hostile
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .context("the benchmark printed no hostile line")?;
    let measured = format!("{:.1} M lines/s; {ratio} times a bare newline count", rate / 1e6);
    Ok(vec![
        Figure::new(
            "grammar, realistic mix, one core",
            "≥ 3 M lines/s",
            measured,
            Met::when(rate >= GOAL),
        ),
        Figure::new(
            "grammar, the worst hostile line of 9,000 characters",
            "microseconds",
            format!("{worst:.1} µs ({case})"),
            Met::when(worst < 1000.0),
        )
        .python("1.28 s"),
    ])
}

/// A time as Rust prints it, in microseconds.
fn micros(text: &str) -> Option<f64> {
    let scales = [("ns", 1e-3), ("µs", 1.0), ("ms", 1e3), ("s", 1e6)];
    scales
        .iter()
        .find_map(|(unit, scale)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_benchmark_prints_is_read() {
        let printed = "mix: 3 lines\ngrammar:       best      7100000 lines/s, median      6900000 lines/s\n\
                       ratio of times, median: 21.3\nhostile, 9000 bytes, bare words: best 1.2µs, median 1.3µs\n\
                       hostile, 9000 bytes, escapes: best 20.1µs, median 21.5µs\n";
        let figures = read(printed).unwrap();
        assert_eq!(
            figures[0].measured,
            "6.9 M lines/s; 21.3 times a bare newline count"
        );
        assert_eq!(figures[1].measured, "21.5 µs (escapes)");
        assert_eq!(
            (micros("500ns"), micros("2ms"), micros("x")),
            (Some(0.5), Some(2000.0), None)
        );
        assert!(read("nothing").is_err());
    }
}
