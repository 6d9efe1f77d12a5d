//! The log files that servers name: what can be said about them before anything is opened.
//!
//! Owns the checks of one path and of all paths together (scenarios F18 and F19). Must not open a log: a pipe
//! would block. A missing file is no fault, it is waited for.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::problem::Origin;

/// What the game calls the log of the running game.
pub(crate) const GAME_LOG_NAME: &str = "factorio-current.log";

/// Most symbolic links that are followed by hand to a file that does not exist yet.
const MOST_LINKS: usize = 16;

/// Says what is wrong or odd with a path that should become a log.
pub(crate) fn inspect(path: &Path, place: &Origin, findings: &mut Findings) {
    match std::fs::metadata(path) {
        Ok(metadata) => inspect_existing(path, &metadata, place, findings),
        Err(error) if error.kind() == ErrorKind::NotFound => inspect_missing(path, place, findings),
        Err(error) => {
            let text = format!(
                "{} cannot be looked at ({error}); it is tried again all the time",
                path.display()
            );
            findings.note_at(place.clone(), text);
        }
    }
}

fn inspect_existing(path: &Path, metadata: &Metadata, place: &Origin, findings: &mut Findings) {
    let kind = metadata.file_type();
    let shown = path.display();
    if kind.is_dir() {
        let remedy = format!(
            "mount the folder and name the file in it, such as {} (Docker creates a folder when the file to mount is missing on the host)",
            path.join("console.log").display()
        );
        findings.problem(
            place.clone(),
            format!("{shown} is a folder, not a log file"),
            remedy,
        );
    } else if kind.is_fifo() || kind.is_socket() || kind.is_char_device() || kind.is_block_device() {
        let remedy = "name a regular file, or write \"-\" and pipe the log into standard input";
        findings.problem(
            place.clone(),
            format!("{shown} is a pipe, a socket or a device, not a log file"),
            remedy,
        );
    } else if rustix::fs::access(path, rustix::fs::Access::READ_OK).is_err() {
        let text = format!("{shown} is not readable for this user; it is tried again all the time");
        findings.note_at(place.clone(), text);
    }
}

fn inspect_missing(path: &Path, place: &Origin, findings: &mut Findings) {
    let folder = path.parent().unwrap_or(path);
    let shown = path.display();
    let text = match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => {
            format!("{shown} does not exist yet; it is waited for and read from its beginning")
        }
        Ok(_) => format!("{shown} cannot exist: {} is not a folder", folder.display()),
        Err(error) => format!(
            "the folder {} cannot be looked at ({error}); {shown} is waited for",
            folder.display()
        ),
    };
    findings.note_at(place.clone(), text);
}

/// What makes two paths one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Identity {
    /// An existing file: device and inode, so that links of both kinds are seen through.
    Inode(u64, u64),
    /// A file that does not exist yet: its path without links.
    Path(PathBuf),
}

impl Identity {
    /// The identity of the file at a path.
    pub(crate) fn of(path: &Path) -> Self {
        match std::fs::metadata(path) {
            Ok(metadata) => Self::Inode(metadata.dev(), metadata.ino()),
            Err(_) => Self::Path(future_path(path)),
        }
    }
}

/// Where a file would appear: links of the folder and of the name itself are followed.
fn future_path(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let folder = std::fs::canonicalize(&folder).unwrap_or(folder);
        path = match path.file_name() {
            Some(name) => folder.join(name),
            None => return path,
        };
        match std::fs::read_link(&path) {
            Ok(target) => path = folder.join(target),
            Err(_) => break,
        }
    }
    path
}

/// All files that servers have claimed so far.
#[derive(Default)]
pub(crate) struct Claims {
    files: BTreeMap<Identity, String>,
    standard_input: Option<String>,
}

impl Claims {
    /// Claims a file for `owner`; the other owner when there is one already.
    pub(crate) fn claim(&mut self, path: &Path, owner: &str) -> Result<(), String> {
        let identity = Identity::of(path);
        match self.files.get(&identity) {
            Some(other) => Err(other.clone()),
            None => {
                self.files.insert(identity, owner.to_owned());
                Ok(())
            }
        }
    }

    /// Claims standard input for `owner`; the other owner when there is one already.
    pub(crate) fn claim_standard_input(&mut self, owner: &str) -> Result<(), String> {
        match &self.standard_input {
            Some(other) => Err(other.clone()),
            None => {
                self.standard_input = Some(owner.to_owned());
                Ok(())
            }
        }
    }
}
