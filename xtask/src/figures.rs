//! Results: kept as JSON in `target/figures`, shown as one table in `docs/performance.md`.
//!
//! Owns the form of a figure and the document's table between its two markers. Must not know how anything is measured.
//! Fails with the file system, and when the document has lost its markers.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::shell;
use crate::stage::Verdict;

const BEGIN: &str = "<!-- figures: begin (written by `cargo xtask bench` and `cargo xtask figures`) -->";
const END: &str = "<!-- figures: end -->";

/// Whether a figure meets its goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Met {
    Yes,
    No,
    /// Reported without a goal.
    Told,
}

impl Met {
    /// By a comparison.
    pub(crate) const fn when(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "**no**",
            Self::Told => "",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) what: String,
    /// The goal; empty for none.
    pub(crate) goal: String,
    /// The result, with its unit.
    pub(crate) measured: String,
    /// The Python program's measured figure; empty for none.
    pub(crate) python: String,
    /// Whether the goal is met.
    pub(crate) met: Met,
}

impl Figure {
    /// A figure with a goal.
    pub(crate) fn new(what: &str, goal: &str, measured: String, met: Met) -> Self {
        Self {
            what: what.to_owned(),
            goal: goal.to_owned(),
            measured,
            python: String::new(),
            met,
        }
    }

    /// A figure that is reported without a goal.
    pub(crate) fn told(what: &str, measured: String) -> Self {
        Self::new(what, "", measured, Met::Told)
    }

    /// Adds the Python program's figure.
    pub(crate) fn python(mut self, figure: &str) -> Self {
        figure.clone_into(&mut self.python);
        self
    }

    fn row(&self) -> String {
        let Self {
            what,
            goal,
            measured,
            python,
            met,
        } = self;
        format!("| {what} | {goal} | {measured} | {python} | {} |", met.word())
    }
}

/// A result that is kept between commands.
pub(crate) trait Kept: Serialize + DeserializeOwned {
    /// Name of its file.
    const NAME: &'static str;
}

/// Of `cargo xtask bench`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BenchResult {
    /// Machine, system, versions, date, command: a line each.
    pub(crate) surroundings: Vec<String>,
    /// The table.
    pub(crate) figures: Vec<Figure>,
}

/// The judge's figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Conservation {
    written: u64,
    lost: u64,
    spurious: u64,
    corrupt: u64,
    order: u64,
    repeated_lines: u64,
    counted_resends: u64,
    passed: bool,
}

impl From<&Verdict> for Conservation {
    fn from(verdict: &Verdict) -> Self {
        let report = &verdict.report;
        Self {
            written: report.written,
            lost: report.lost,
            spurious: report.spurious,
            corrupt: report.corrupt,
            order: report.inversions,
            repeated_lines: report.dup,
            counted_resends: verdict.books.uncertain_resends,
            passed: verdict.faults.is_empty(),
        }
    }
}

impl Conservation {
    fn figure(&self, what: &str, more: &str) -> Figure {
        let Self {
            written,
            lost,
            spurious,
            corrupt,
            order,
            repeated_lines,
            counted_resends,
            passed,
        } = self;
        let measured = format!(
            "lost {lost}, spurious {spurious}, corrupt {corrupt}, order {order} of {written} lines; repeated lines \
             {repeated_lines}, counted resends {counted_resends}; {more}"
        );
        Figure::new(
            what,
            "lost, spurious, corrupt, order = 0; repeated ≤ counted",
            measured,
            Met::when(*passed),
        )
    }
}

/// Of `cargo xtask soak`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SoakResult {
    pub(crate) seconds: u64,
    pub(crate) build: String,
    pub(crate) faults: u64,
    pub(crate) kills: u64,
    pub(crate) stops: u64,
    pub(crate) growth: String,
    pub(crate) verdict: Conservation,
    pub(crate) seed: u64,
}

/// Of `cargo xtask bot-soak`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BotSoakResult {
    pub(crate) seconds: u64,
    pub(crate) build: String,
    pub(crate) servers: u16,
    pub(crate) faults: u64,
    pub(crate) kills: u64,
    pub(crate) stops: u64,
    pub(crate) talk: String,
    pub(crate) growth: String,
    pub(crate) verdict: Conservation,
    pub(crate) seed: u64,
}

/// Of `cargo xtask kill-loop`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KillLoopResult {
    pub(crate) kills: u64,
    pub(crate) seconds: u64,
    pub(crate) build: String,
    pub(crate) verdict: Conservation,
    pub(crate) seed: u64,
}

/// Of `cargo xtask reload-load`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReloadLoadResult {
    pub(crate) reloads: u64,
    pub(crate) lines_per_second: u64,
    pub(crate) slowest_ms: u64,
    pub(crate) build: String,
    pub(crate) verdict: Conservation,
    pub(crate) seed: u64,
}

impl Kept for BenchResult {
    const NAME: &'static str = "bench";
}
impl Kept for SoakResult {
    const NAME: &'static str = "soak";
}
impl Kept for BotSoakResult {
    const NAME: &'static str = "bot-soak";
}
impl Kept for KillLoopResult {
    const NAME: &'static str = "kill-loop";
}

impl Kept for ReloadLoadResult {
    const NAME: &'static str = "reload-load";
}

impl ReloadLoadResult {
    fn figure(&self) -> Figure {
        let Self {
            reloads,
            lines_per_second,
            slowest_ms,
            build,
            verdict,
            seed,
        } = self;
        verdict.figure(
            &format!("{reloads} reloads, half of them broken, at {lines_per_second} lines/s, {build} build"),
            &format!("slowest reload {slowest_ms} ms; seed {seed}"),
        )
    }
}

impl SoakResult {
    fn figure(&self) -> Figure {
        let Self {
            seconds,
            build,
            faults,
            kills,
            stops,
            growth,
            verdict,
            seed,
        } = self;
        let what =
            format!("soak, {seconds} s, {build} build, {faults} faults ({kills} kills, {stops} stops)");
        verdict.figure(&what, &format!("{growth}; seed {seed}"))
    }
}

impl BotSoakResult {
    fn figure(&self) -> Figure {
        let Self {
            seconds,
            build,
            servers,
            faults,
            kills,
            stops,
            talk,
            growth,
            verdict,
            seed,
        } = self;
        let what = format!(
            "soak of the bot, {seconds} s, {servers} servers, {build} build, {faults} faults ({kills} kills, {stops} stops)"
        );
        verdict.figure(&what, &format!("{talk}; {growth}; seed {seed}"))
    }
}

impl KillLoopResult {
    fn figure(&self) -> Figure {
        let Self {
            kills,
            seconds,
            build,
            verdict,
            seed,
        } = self;
        verdict.figure(
            &format!("kill loop, {kills} kills in {seconds} s, {build} build"),
            &format!("seed {seed}"),
        )
    }
}

fn place<K: Kept>() -> PathBuf {
    shell::target_dir()
        .join("figures")
        .join(K::NAME)
        .with_extension("json")
}

/// Keeps a result, in place of the one before.
pub(crate) fn save<K: Kept>(result: &K) -> Result<()> {
    let place = place::<K>();
    fs::create_dir_all(place.parent().unwrap_or(&place))?;
    let text = serde_json::to_string_pretty(result)?;
    fs::write(&place, text).with_context(|| format!("write {}", place.display()))
}

fn load<K: Kept>() -> Result<Option<K>> {
    let place = place::<K>();
    match fs::read_to_string(&place) {
        Ok(text) => Ok(Some(
            serde_json::from_str(&text).with_context(|| format!("read {}", place.display()))?,
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", place.display())),
    }
}

/// Writes the last results into `docs/performance.md`; gives what was written.
pub(crate) fn publish() -> Result<String> {
    let mut text = String::new();
    let mut rows = Vec::new();
    if let Some(bench) = load::<BenchResult>()? {
        text.push_str(
            &bench
                .surroundings
                .iter()
                .map(|line| format!("* {line}\n"))
                .collect::<String>(),
        );
        text.push('\n');
        rows.extend(bench.figures);
    }
    rows.extend(load::<KillLoopResult>()?.iter().map(KillLoopResult::figure));
    rows.extend(load::<SoakResult>()?.iter().map(SoakResult::figure));
    rows.extend(load::<BotSoakResult>()?.iter().map(BotSoakResult::figure));
    rows.extend(load::<ReloadLoadResult>()?.iter().map(ReloadLoadResult::figure));
    text.push_str(&table(&rows));
    let place = shell::root().join("docs/performance.md");
    let document = fs::read_to_string(&place).with_context(|| format!("read {}", place.display()))?;
    fs::write(&place, between_markers(&document, &text)?)
        .with_context(|| format!("write {}", place.display()))?;
    Ok(text)
}

fn table(rows: &[Figure]) -> String {
    let head = "| What | Goal | Measured | Python program | Met |\n| --- | --- | --- | --- | --- |\n";
    rows.iter()
        .map(Figure::row)
        .fold(head.to_owned(), |table, row| table + &row + "\n")
}

fn between_markers(document: &str, text: &str) -> Result<String> {
    let (before, rest) = document
        .split_once(BEGIN)
        .with_context(|| format!("the document has no line {BEGIN}"))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("the document has no line {END}"))?;
    Ok(format!("{before}{BEGIN}\n\n{text}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_between_the_markers_changes() {
        let document = format!("# Head\n\n{BEGIN}\nold\n{END}\n\nTail\n");
        let written = between_markers(&document, "new").unwrap();
        assert_eq!(written, format!("# Head\n\n{BEGIN}\n\nnew\n{END}\n\nTail\n"));
        assert_eq!(between_markers(&written, "new").unwrap(), written);
        assert!(between_markers("no markers", "new").is_err());
    }

    #[test]
    fn a_row_tells_everything() {
        let figure = Figure::new("start", "≤ 50 ms", "12 ms".into(), Met::when(true)).python("305 ms");
        assert_eq!(figure.row(), "| start | ≤ 50 ms | 12 ms | 305 ms | yes |");
        assert_eq!(Figure::told("size", "1".into()).row(), "| size |  | 1 |  |  |");
    }
}
