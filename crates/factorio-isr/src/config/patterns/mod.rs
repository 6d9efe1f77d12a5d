//! The patterns: which folder they are read from, and what became of them.
//!
//! Owns the sources (`PATTERNS_DIR`, `PATTERN_FILES`, the keys of the configuration file, a folder `patterns` where the
//! program runs), the pack that comes with the program, and the step to one compiled set. Must not know what a pattern
//! means. A pattern in the form of the Python program that cannot be used makes a note, as that program went on without
//! it; one in our own form, and a file that cannot be read, make a problem.

mod entry;
mod file;
mod shipped;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use isr_core::pattern::{Definition, Fault, PatternSet, Spot, Tier};

use super::findings::{Field, Findings, Given};
use super::problem::{Note, Origin, Position, Problem, quote};
use super::raw::RawFile;
use super::resolve::Sources;
use super::scalar::{self, Complaint};
use super::settings::Switch;
use super::variables;

/// The folder that is read when nobody names one.
const FOLDER: &str = "patterns";
/// The most patterns of one program: more are a mistake, and each costs memory.
const MOST_PATTERNS: usize = 2000;
/// The most files of one folder.
const MOST_FILES: usize = 200;

/// A pattern as it was written, and where.
struct Written {
    definition: Definition,
    places: Places,
}

/// Where a pattern was written.
#[derive(Clone)]
struct Places {
    path: PathBuf,
    name: Position,
    expression: Position,
    /// The line of the file that the expression begins on.
    line: Option<String>,
    template: Option<Position>,
    fields: Vec<(String, Position)>,
    /// How much it weighs when it cannot be used.
    weight: Weight,
}

/// How much a fault weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// The program goes on without the pattern.
    Note,
    /// The configuration is refused.
    Problem,
}

impl Places {
    fn origin(&self, at: Position) -> Origin {
        Origin::ConfigFile {
            path: self.path.clone(),
            position: Some(at),
        }
    }
}

/// The patterns of a folder, for people who try them out.
#[derive(Debug)]
pub struct Tried {
    /// Those that can be used.
    pub set: Arc<PatternSet>,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
    /// What else is worth saying.
    pub notes: Vec<Note>,
}

/// Reads a folder of patterns alone: no configuration, and nothing of the pack that comes with the program.
#[must_use]
pub fn try_patterns(folder: &Path) -> Tried {
    let mut findings = Findings::default();
    let origin = Origin::CommandLine("--patterns");
    let written = match files_of(folder) {
        Ok(files) => read_all(&files, &mut findings),
        Err(error) => {
            let what = format!("the folder {} cannot be read: {error}", folder.display());
            findings.problem(origin, what, "name a folder that holds *.yml files");
            Vec::new()
        }
    };
    let set = compile(written, &mut findings);
    let (problems, notes) = findings.reports();
    Tried { set, problems, notes }
}

/// The patterns of the program.
pub(crate) fn resolve(sources: &Sources<'_>, raw: &RawFile, findings: &mut Findings) -> Arc<PatternSet> {
    let own = own(sources, raw, findings);
    let has_own = own.iter().any(|written| written.definition.tier == Tier::Own);
    let default = if has_own { Switch::Off } else { Switch::On };
    let pack = sources
        .values
        .find(variables::SHIPPED_PATTERNS, findings)
        .or_else(|| raw.shipped_patterns.clone());
    let pack = findings.settle(
        "shipped_patterns",
        &pack,
        default,
        scalar::switch,
        Switch::to_string,
    );
    let mut all = own;
    if pack.is_on() {
        let taken: Vec<String> = all.iter().map(|w| w.definition.name.clone()).collect();
        let rest = shipped::read(findings).into_iter();
        all.extend(rest.filter(|written| !taken.contains(&written.definition.name)));
    } else {
        all.retain(|written| written.definition.tier == Tier::Own);
    }
    compile(all, findings)
}

/// What the admin wrote.
fn own(sources: &Sources<'_>, raw: &RawFile, findings: &mut Findings) -> Vec<Written> {
    let variable = sources.values.find(variables::PATTERNS_DIR, findings);
    let named = variable.or_else(|| raw.patterns.clone());
    let listed = sources
        .values
        .find(variables::PATTERN_FILES, findings)
        .or_else(|| raw.pattern_files.clone());
    let listed = listed.given().and_then(|given| {
        Some((
            findings.parse("pattern_files", given, file_names)?,
            given.origin.clone(),
        ))
    });
    let (folder, origin) = match &named {
        Field::Given(given) => (
            sources.surroundings.written(given.text.trim()),
            given.origin.clone(),
        ),
        Field::Broken => return Vec::new(),
        Field::Absent => (sources.surroundings.written(FOLDER), Origin::Found),
    };
    findings.looked.note(&folder);
    let files = match (files_of(&folder), &named) {
        (Ok(files), _) => files,
        (Err(error), Field::Given(given)) => {
            missing(&folder, given, &error, findings);
            return Vec::new();
        }
        (Err(_), _) => {
            findings.setting("patterns", "none", Origin::Default);
            return Vec::new();
        }
    };
    let files = match listed {
        None => files,
        Some((names, origin)) => chosen(&folder, files, &names, &origin, findings),
    };
    let mut written = read_all(&files, findings);
    for one in &mut written {
        if shipped::is_unchanged(&one.places.path, &mut findings.looked) {
            one.definition.tier = Tier::Shipped;
        }
    }
    let shown = format!("{} ({} patterns)", folder.display(), written.len());
    findings.setting("patterns", shown, origin);
    written
}

/// A folder that is not there is waited for like a log: the Python program ran silent then, and compose files name it.
fn missing(folder: &Path, given: &Given, error: &std::io::Error, findings: &mut Findings) {
    let shown = folder.display();
    if error.kind() == std::io::ErrorKind::NotFound {
        let text = format!("the folder {shown} does not exist; no pattern of yours is used until it does");
        findings.note_at(given.origin.clone(), text);
    } else {
        let what = format!("the folder of patterns {shown} cannot be read: {error}");
        findings.problem(
            given.origin.clone(),
            what,
            "make it a folder that this user can read",
        );
    }
    findings.setting("patterns", "none", given.origin.clone());
}

/// The files of a folder: `*.yml` by name, then `*.yaml` by name.
fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder)?.take(10_000) {
        let path = item?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let ending = path.extension().and_then(|ending| ending.to_str());
        if !hidden && matches!(ending, Some("yml" | "yaml")) {
            files.push((ending == Some("yaml"), path));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

/// The files that a list names, in its order.
fn chosen(
    folder: &Path,
    files: Vec<PathBuf>,
    names: &[String],
    origin: &Origin,
    findings: &mut Findings,
) -> Vec<PathBuf> {
    let mut kept = Vec::new();
    for name in names {
        let path = folder.join(name);
        if files.contains(&path) {
            kept.push(path);
        } else {
            let what = format!("there is no file {} in {}", quote(name), folder.display());
            findings.note_at(origin.clone(), what);
        }
    }
    kept
}

/// A JSON list of names, as the Python program had it, or names with commas between them.
fn file_names(text: &str) -> Result<Vec<String>, Complaint> {
    let remedy = "write file names with commas between them, such as vanilla.yml, my-mods.yml";
    let names: Vec<String> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|_| Complaint::new("this is not a list of file names", remedy))?
    } else {
        text.split(',').map(|name| name.trim().to_owned()).collect()
    };
    let plain = |name: &String| !name.is_empty() && !name.contains('/') && name != "..";
    if names.iter().all(plain) {
        Ok(names)
    } else {
        Err(Complaint::new(
            "one of these is not the name of a file in the folder",
            remedy,
        ))
    }
}

fn read_all(files: &[PathBuf], findings: &mut Findings) -> Vec<Written> {
    let mut all: Vec<Written> = Vec::new();
    for path in files.iter().take(MOST_FILES) {
        for written in file::read(path, findings) {
            let earlier = all
                .iter()
                .find(|other| other.definition.name == written.definition.name);
            if let Some(earlier) = earlier {
                let what = format!(
                    "the name is taken by the pattern at {}",
                    earlier.places.origin(earlier.places.name)
                );
                report(
                    &written,
                    written.places.name,
                    &what,
                    "give it another name",
                    findings,
                );
            } else if all.len() < MOST_PATTERNS {
                all.push(written);
            } else {
                let what = format!("there are more than {MOST_PATTERNS} patterns");
                report(&written, written.places.name, &what, "leave some out", findings);
                return all;
            }
        }
    }
    all
}

fn report(written: &Written, at: Position, what: &str, remedy: &str, findings: &mut Findings) {
    say(
        &written.places,
        &written.definition.name,
        at,
        what,
        remedy,
        findings,
    );
}

fn say(places: &Places, name: &str, at: Position, what: &str, remedy: &str, findings: &mut Findings) {
    let origin = places.origin(at);
    let name = quote(name);
    match places.weight {
        Weight::Note => findings.note_at(origin, format!("pattern {name} is left out: {what}; {remedy}")),
        Weight::Problem => findings.problem(origin, format!("pattern {name}: {what}"), remedy),
    }
}

fn compile(written: Vec<Written>, findings: &mut Findings) -> Arc<PatternSet> {
    let (definitions, places): (Vec<_>, Vec<_>) =
        written.into_iter().map(|w| (w.definition, w.places)).unzip();
    let (set, faults) = PatternSet::compile(&definitions);
    for (number, fault) in faults {
        let (definition, places) = (&definitions[number], &places[number]);
        let at = spot(&fault, definition, places);
        say(places, &definition.name, at, &fault.what, &fault.remedy, findings);
    }
    let place_of = |name: &str| {
        let number = definitions
            .iter()
            .position(|definition| definition.name == name)?;
        Some(places[number].origin(places[number].expression))
    };
    for name in set.matching_anything() {
        if let Some(place) = place_of(name) {
            let text = format!("pattern {} matches every line that it reads", quote(name));
            findings.note_at(place, text);
        }
    }
    Arc::new(set)
}

fn spot(fault: &Fault, definition: &Definition, places: &Places) -> Position {
    match &fault.spot {
        Spot::Expression(at) => file::position_in(places, &definition.expression, *at),
        Spot::Template => places.template.unwrap_or(places.name),
        Spot::Field(name) => {
            let field = places.fields.iter().find(|(field, _)| field == name);
            field.map_or(places.name, |(_, at)| *at)
        }
    }
}
