//! What configuration may look at: environment, working directory, well-known places, files.
//!
//! Owns every read of the outside, so that tests need no process environment. Must not know which settings exist,
//! and never changes the environment. Reads fail with a reason for people; a file is read only when it is a
//! regular file of bounded size, so that no pipe and no device can block the start.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::looked::Looked;

/// The outside world as configuration sees it. Holds secrets, so its `Debug` shows names only.
#[derive(Clone)]
pub struct Surroundings {
    variables: BTreeMap<String, String>,
    undecodable: BTreeSet<String>,
    root: PathBuf,
    working_dir: PathBuf,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("variables", &self.variables.keys())
            .field("root", &self.root)
            .field("working_dir", &self.working_dir)
            .finish_non_exhaustive()
    }
}

/// Why a file gave no text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadFailure {
    #[error("it does not exist")]
    Absent,
    #[error("it is a folder")]
    Folder,
    #[error("it is not a regular file")]
    Special,
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    #[error("it is not UTF-8 text")]
    NotText,
    #[error("it cannot be read: {0}")]
    Io(io::Error),
}

impl ReadFailure {
    /// Whether there is just nothing there (yet).
    pub(crate) const fn is_absence(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What to do about a file at this path.
    pub(crate) fn remedy(&self, path: &Path) -> String {
        let path = path.display();
        match self {
            Self::Absent => format!("create {path} or correct its path"),
            Self::Folder => format!(
                "replace the folder {path} by a file (Docker creates a folder when the file to mount is missing on the host)"
            ),
            Self::Special => format!("make {path} a regular file"),
            Self::TooLarge(_) => format!("check that {path} is the right file"),
            Self::NotText => format!("save {path} again as UTF-8"),
            Self::Io(_) => format!("make {path} readable for the user that runs factorio-isr"),
        }
    }
}

impl Surroundings {
    /// The surroundings of this process.
    ///
    /// # Errors
    /// When the working directory no longer exists.
    pub fn of_process() -> io::Result<Self> {
        let mut surroundings = Self::empty(std::env::current_dir()?);
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(surroundings.variables.insert(name, value)),
                Err(_) => drop(surroundings.undecodable.insert(name)),
            }
        }
        Ok(surroundings)
    }

    /// Surroundings without any variable.
    #[must_use]
    pub fn empty(working_dir: impl Into<PathBuf>) -> Self {
        Self {
            variables: BTreeMap::new(),
            undecodable: BTreeSet::new(),
            root: PathBuf::from("/"),
            working_dir: working_dir.into(),
        }
    }

    /// Looks for well-known places (`/run/secrets`, `/etc`, `/logs`, `/var/lib`) under another root.
    #[must_use]
    pub fn with_root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = root.into();
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The value of a variable; an empty one counts as unset.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty())
    }

    /// The names of all variables.
    pub(crate) fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Whether a variable is set to something that is not UTF-8.
    pub(crate) fn is_undecodable(&self, name: &str) -> bool {
        self.undecodable.contains(name)
    }

    /// A well-known absolute place, under the root.
    pub(crate) fn well_known(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// A path that a person wrote: `~/` is the home folder, a relative path starts in the working directory.
    pub(crate) fn written(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.variable("HOME")) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            _ => self.working_dir.join(path),
        }
    }

    /// The text of a regular file of at most `limit` bytes. It is noted whatever comes of it: a reload follows it.
    pub(crate) fn read_text(path: &Path, limit: u64, looked: &mut Looked) -> Result<String, ReadFailure> {
        looked.note(path);
        let metadata = std::fs::metadata(path).map_err(ReadFailure::from)?;
        if metadata.is_dir() {
            return Err(ReadFailure::Folder);
        }
        if !metadata.is_file() {
            return Err(ReadFailure::Special);
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(ReadFailure::from)?;
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(ReadFailure::from)?;
        if bytes.len() as u64 > limit {
            return Err(ReadFailure::TooLarge(limit));
        }
        String::from_utf8(bytes).map_err(|_| ReadFailure::NotText)
    }
}

impl From<io::Error> for ReadFailure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => {
                Self::Absent
            }
            _ => Self::Io(error),
        }
    }
}
