//! Where the configuration file and the state folder lie.
//!
//! Owns the search for both. Must not read or create either. A file that somebody named has to exist; a folder
//! that nobody named is chosen so that it is writable.

use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::Overrides;
use super::findings::{Field, Findings, Given};
use super::problem::{Origin, quote};
use super::scalar::Complaint;
use super::surroundings::Surroundings;
use super::values::NamedValues;
use super::variables;

/// Where the configuration file is looked for in the working directory.
const LOCAL_FILES: [&str; 3] = ["factorio-isr.yml", "factorio-isr.yaml", "config/factorio-isr.yml"];

/// Where it is looked for last.
const SYSTEM_FILE: &str = "/etc/factorio-isr/factorio-isr.yml";

/// The state folder of a system service.
const SYSTEM_STATE: &str = "/var/lib/factorio-isr";

/// The configuration file, if there is one.
pub(crate) fn config_file(
    surroundings: &Surroundings,
    overrides: &Overrides,
    values: &NamedValues<'_>,
    findings: &mut Findings,
) -> Option<PathBuf> {
    let named = overrides.field("--config", overrides.config.as_deref());
    match named.or_else(|| values.find(variables::CONFIG, findings)) {
        Field::Given(given) => named_file(surroundings, &given, findings),
        Field::Broken => None,
        Field::Absent => found_file(surroundings, findings),
    }
}

fn named_file(surroundings: &Surroundings, given: &Given, findings: &mut Findings) -> Option<PathBuf> {
    let path = surroundings.written(given.text.trim());
    findings.looked.note(&path);
    if path.exists() {
        return Some(path);
    }
    let what = format!("the configuration file {} does not exist", given.quoted());
    let remedy = format!(
        "correct the path, or remove {} to start without a configuration file",
        given.origin
    );
    findings.problem(given.origin.clone(), what, remedy);
    None
}

fn found_file(surroundings: &Surroundings, findings: &mut Findings) -> Option<PathBuf> {
    let local = LOCAL_FILES.iter().map(|name| surroundings.written(name));
    let places: Vec<PathBuf> = local.chain([surroundings.well_known(SYSTEM_FILE)]).collect();
    places.iter().for_each(|path| findings.looked.note(path));
    let mut candidates = places.into_iter().filter(|path| path.exists());
    let chosen = candidates.next();
    if let Some(chosen) = &chosen {
        for other in candidates {
            let place = Origin::ConfigFile {
                path: other,
                position: None,
            };
            findings.note_at(place, format!("not read: {} comes first", chosen.display()));
        }
    }
    chosen
}

/// Resolves the state folder.
pub(crate) fn state_dir(surroundings: &Surroundings, field: &Field, findings: &mut Findings) -> PathBuf {
    match field.given() {
        Some(given) => {
            let path = findings.parse("state_dir", given, |text| {
                state_folder(surroundings.written(text))
            });
            let shown = path
                .as_deref()
                .map(|path| path.display().to_string())
                .unwrap_or_default();
            findings.setting("state_dir", shown, given.origin.clone());
            path.unwrap_or_default()
        }
        None => {
            let (path, origin) = default_state_dir(surroundings, findings);
            findings.setting("state_dir", path.display().to_string(), origin);
            path
        }
    }
}

fn state_folder(path: PathBuf) -> Result<PathBuf, Complaint> {
    if path.exists() && !path.is_dir() {
        return Err(Complaint::new(
            "this is not a folder",
            "name a folder, or a path at which one can be created",
        ));
    }
    Ok(path)
}

fn default_state_dir(surroundings: &Surroundings, findings: &mut Findings) -> (PathBuf, Origin) {
    // systemd names several folders separated by colons when a unit asks for several.
    if let Some(first) = surroundings
        .variable("STATE_DIRECTORY")
        .and_then(|all| all.split(':').next())
    {
        return (
            surroundings.written(first),
            Origin::Variable("STATE_DIRECTORY".to_owned()),
        );
    }
    let system = surroundings.well_known(SYSTEM_STATE);
    if is_writable_or_creatable(&system) {
        return (system, Origin::Default);
    }
    let xdg = surroundings
        .variable("XDG_STATE_HOME")
        .filter(|path| path.starts_with('/'))
        .map(PathBuf::from);
    let home = || {
        surroundings
            .variable("HOME")
            .map(|home| Path::new(home).join(".local/state"))
    };
    match xdg.or_else(home) {
        Some(base) => (
            surroundings.written(&base.to_string_lossy()).join("factorio-isr"),
            Origin::Default,
        ),
        None => {
            let what = format!(
                "there is no folder for our state: {} is not writable and HOME is not set",
                quote(SYSTEM_STATE)
            );
            let remedy = "set FACTORIO_ISR_STATE_DIR to a writable folder that survives restarts (in a container: a volume)";
            findings.problem(Origin::Variable(variables::STATE_DIR.to_owned()), what, remedy);
            (PathBuf::new(), Origin::Default)
        }
    }
}

fn is_writable_or_creatable(folder: &Path) -> bool {
    let target = if folder.exists() {
        Some(folder)
    } else {
        folder.parent()
    };
    target.is_some_and(|folder| {
        folder.is_dir() && rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    })
}
