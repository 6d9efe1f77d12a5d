//! Values by name: secret files, then the environment, then `.env`.
//!
//! Owns the order of these sources and the places where secret files lie. Must not know what a name is for. A
//! source that exists and cannot be read is a problem: falling back silently to a weaker one would hide it.

use std::path::{Path, PathBuf};

use super::dotenv::{self, DotEnv, Fault};
use super::findings::{Exposure, Field, Findings, Given};
use super::problem::Origin;
use super::surroundings::{ReadFailure, Surroundings};
use super::variables;

/// Largest secret file and largest `.env`, in bytes.
const SECRET_LIMIT: u64 = 64 << 10;
const DOTENV_LIMIT: u64 = 1 << 20;

/// Looks values up by name.
pub(crate) struct NamedValues<'a> {
    surroundings: &'a Surroundings,
    dotenv_path: PathBuf,
    dotenv: DotEnv,
    /// The folder of the configuration file.
    beside: Option<PathBuf>,
}

impl<'a> NamedValues<'a> {
    /// Reads `.env` of the working directory and remarks on odd names.
    pub(crate) fn read(surroundings: &'a Surroundings, findings: &mut Findings) -> Self {
        let dotenv_path = surroundings.written(".env");
        let dotenv = read_dotenv(&dotenv_path, findings);
        let values = Self {
            surroundings,
            dotenv_path,
            dotenv,
            beside: None,
        };
        values.remark_on_names(findings);
        values
    }

    /// From now on secrets lie beside this configuration file as well.
    pub(crate) fn look_beside(&mut self, file: Option<&Path>) {
        self.beside = file.and_then(Path::parent).map(Path::to_owned);
    }

    /// What the strongest source says that knows this name. An empty value counts as absent.
    pub(crate) fn find(&self, name: &str, findings: &mut Findings) -> Field {
        self.secret(name, findings)
            .or_else(|| self.variable(name, findings))
    }

    /// The environment, then `.env`.
    fn variable(&self, name: &str, findings: &mut Findings) -> Field {
        if self.surroundings.is_undecodable(name) {
            let origin = Origin::Variable(name.to_owned());
            findings.problem(
                origin,
                "the value is not UTF-8 text",
                format!("set {name} again, in UTF-8"),
            );
            return Field::Broken;
        }
        if let Some(text) = self.surroundings.variable(name) {
            let origin = Origin::Variable(name.to_owned());
            return checked(
                Given {
                    text: text.to_owned(),
                    origin,
                    exposure: Exposure::Open,
                },
                findings,
            );
        }
        let entry = self.dotenv.entries.iter().rev().find(|entry| entry.name == name);
        match entry.filter(|entry| !entry.value.trim().is_empty()) {
            Some(entry) => {
                let origin = self.dotenv_origin(entry.line, name);
                checked(
                    Given {
                        text: entry.value.clone(),
                        origin,
                        exposure: Exposure::Open,
                    },
                    findings,
                )
            }
            None => Field::Absent,
        }
    }

    /// The secret files of a name, in their order.
    fn secret(&self, name: &str, findings: &mut Findings) -> Field {
        for path in self.secret_paths(name) {
            match read_secret(&path, findings) {
                Ok(Some(given)) => return Field::Given(given),
                Ok(None) | Err(ReadFailure::Absent) => {}
                Err(failure) => {
                    let what = format!("the secret {name} has no value: {failure}");
                    findings.problem(Origin::SecretFile(path.clone()), what, failure.remedy(&path));
                    return Field::Broken;
                }
            }
        }
        self.named_file(name, findings)
    }

    /// The file that `NAME_FILE` names: it has to exist.
    fn named_file(&self, name: &str, findings: &mut Findings) -> Field {
        let pointer = match self.variable(&format!("{name}_FILE"), findings) {
            Field::Given(pointer) => pointer,
            other => return other,
        };
        // The value itself, written where its file belongs: it must not be shown as a path.
        if pointer.text.contains("://") {
            findings.problem(
                pointer.origin,
                "this is an address, not the path of a file",
                format!("set {name} to the address, or {name}_FILE to the path of the file that holds it"),
            );
            return Field::Broken;
        }
        let path = self.surroundings.written(pointer.text.trim());
        match read_secret(&path, findings) {
            Ok(Some(given)) => Field::Given(given),
            Ok(None) => Field::Absent,
            Err(failure) => {
                let what = format!("the file {} gives no value: {failure}", path.display());
                findings.problem(pointer.origin, what, failure.remedy(&path));
                Field::Broken
            }
        }
    }

    fn secret_paths(&self, name: &str) -> Vec<PathBuf> {
        let mut spellings = vec![name.to_owned(), name.to_uppercase(), name.to_lowercase()];
        spellings.dedup();
        let system = self.surroundings.well_known("/run/secrets");
        let mut paths: Vec<PathBuf> = spellings.iter().map(|spelling| system.join(spelling)).collect();
        let working = self.surroundings.written(".secrets");
        let beside = self.beside.as_ref().map(|folder| folder.join(".secrets"));
        for folder in beside.into_iter().chain([working]) {
            let with_ending = spellings
                .iter()
                .map(|spelling| folder.join(format!("{spelling}.txt")));
            let plain = spellings.iter().map(|spelling| folder.join(spelling));
            paths.extend(with_ending.chain(plain));
        }
        let mut seen = std::collections::BTreeSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        paths
    }

    fn dotenv_origin(&self, line: u64, name: &str) -> Origin {
        Origin::DotEnv {
            path: self.dotenv_path.clone(),
            line,
            name: name.to_owned(),
        }
    }

    fn remark_on_names(&self, findings: &mut Findings) {
        for name in self.surroundings.variable_names() {
            variables::remark(name, Origin::Variable(name.to_owned()), findings);
        }
        for entry in &self.dotenv.entries {
            variables::remark(&entry.name, self.dotenv_origin(entry.line, &entry.name), findings);
        }
    }
}

/// Refuses what nobody expanded: `${NAME}` has a meaning in the configuration file only.
fn checked(given: Given, findings: &mut Findings) -> Field {
    if !given.text.contains("${") {
        return Field::Given(given);
    }
    let what = "the value still holds `${`: nothing has replaced that name by its value";
    findings.problem(
        given.origin,
        what,
        "write the value itself (in docker-compose.yml check that the name is set)",
    );
    Field::Broken
}

/// Reads one secret; `None` when it is empty.
pub(crate) fn read_secret(path: &Path, findings: &mut Findings) -> Result<Option<Given>, ReadFailure> {
    let text = Surroundings::read_text(path, SECRET_LIMIT, &mut findings.looked)?;
    let text = text.trim_end().trim_start_matches('\u{feff}');
    let origin = Origin::SecretFile(path.to_owned());
    if text.is_empty() {
        findings.note_at(origin, "the file is empty and counts as absent");
        return Ok(None);
    }
    Ok(Some(Given {
        text: text.to_owned(),
        origin,
        exposure: Exposure::Secret,
    }))
}

fn read_dotenv(path: &Path, findings: &mut Findings) -> DotEnv {
    let text = match Surroundings::read_text(path, DOTENV_LIMIT, &mut findings.looked) {
        Ok(text) => text,
        Err(ReadFailure::Absent) => String::new(),
        Err(failure) => {
            let origin = Origin::DotEnv {
                path: path.to_owned(),
                line: 1,
                name: String::new(),
            };
            findings.problem(
                origin,
                format!("the file gives no values: {failure}"),
                failure.remedy(path),
            );
            String::new()
        }
    };
    let file = dotenv::parse(&text);
    for (line, fault) in &file.faults {
        let place = Origin::DotEnv {
            path: path.to_owned(),
            line: *line,
            name: String::new(),
        };
        match fault {
            // Docker Compose reads a bare name as "take it over", so this is no reason to refuse.
            Fault::NotAnAssignment => findings.note_at(place, "the line is no NAME=value and is not read"),
            Fault::OpenQuote => {
                findings.problem(
                    place,
                    "a quotation mark is opened and never closed",
                    "close the quotation mark",
                );
            }
            Fault::TrailingText => {
                let remedy = "put the whole value inside the quotation marks, or start a comment with #";
                findings.problem(place, "there is text behind the closing quotation mark", remedy);
            }
        }
    }
    file
}
