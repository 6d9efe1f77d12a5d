//! Many patterns at once: reads what their own benchmark prints.

use anyhow::{Context, Result};

use crate::figures::{Figure, Met};
use crate::shell;

const LINES_GOAL: f64 = 500_000.0;
const COMPILE_GOAL_MS: f64 = 200.0;

pub(super) fn measure() -> Result<Vec<Figure>> {
    read(&shell::output("cargo bench --quiet --locked -p isr-core")?)
}

fn read(printed: &str) -> Result<Vec<Figure>> {
    let behind = |head: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(head));
        line.map(|line| line.rsplit("median").next().unwrap_or(line).trim())
    };
    let rate = behind("patterns: best")
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .context("the benchmark printed no rate")?;
    let ratio = behind("ratio of times, median:").context("the benchmark printed no ratio")?;
    let compile = behind("compile, 1000 patterns:").context("the benchmark printed no time")?;
    let compile_ms = millis(compile).context("the time cannot be read")?;
    Ok(vec![
        Figure::new(
            "shipped patterns and 200 more, realistic mix, one core",
            "≥ 500,000 lines/s",
            format!("{:.0} k lines/s; {ratio} times the grammar alone", rate / 1e3),
            Met::when(rate >= LINES_GOAL),
        )
        .python("12 k lines/s with 33 patterns"),
        Figure::new(
            "1,000 patterns made ready",
            "≤ 200 ms",
            format!("{compile_ms:.0} ms"),
            Met::when(compile_ms <= COMPILE_GOAL_MS),
        ),
    ])
}

/// A time as Rust prints it, in milliseconds.
fn millis(text: &str) -> Option<f64> {
    let scales = [("ns", 1e-6), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3)];
    scales
        .iter()
        .find_map(|(unit, scale)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_benchmark_prints_is_read() {
        let printed = "patterns: 50 of the pack and 200 more; mix: 200000 lines\n\
                       patterns: best 792692 lines/s, median 584994 lines/s\n\
                       ratio of times, median: 6.2\ncompile, 1000 patterns: best 24.9ms, median 41.6ms\n";
        let figures = read(printed).unwrap();
        assert_eq!(figures[0].measured, "585 k lines/s; 6.2 times the grammar alone");
        assert_eq!(figures[1].measured, "42 ms");
        assert!(read("nothing").is_err());
    }
}
