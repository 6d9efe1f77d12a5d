//! Which files and folders the configuration was made from, and how each looked when it was read.
//!
//! Owns the list and the comparison of two looks: absent files are on it too, for they may appear. A stamp holds what
//! the file system tells (identity, size, times), never content. Must not know what the files mean. Cannot fail: what
//! cannot be looked at has a stamp of its own.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The most names of one folder that a stamp takes in: a folder of configuration holds a handful.
const MOST_NAMES: usize = 10_000;

/// How a file or folder looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamp {
    /// It is not there, or cannot be looked at.
    Absent,
    /// A file. The time of change cannot be set by hand, so that no copy with its old times passes unseen.
    File {
        device: u64,
        inode: u64,
        size: u64,
        modified: (i64, i64),
        changed: (i64, i64),
    },
    /// A folder: which names it holds.
    Folder { device: u64, inode: u64, names: u64 },
}

/// Everything that was looked at for one configuration, whether it was there or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked(BTreeMap<PathBuf, Stamp>);

impl Looked {
    /// Notes a file or folder. To be called before it is read: what changes meanwhile then shows as a difference.
    pub(crate) fn note(&mut self, path: &Path) {
        if !self.0.contains_key(path) {
            self.0.insert(path.to_owned(), Stamp::of(path));
        }
    }

    /// The same files and folders as they look now.
    #[must_use]
    pub fn again(&self) -> Self {
        let mut parents = Parents::default();
        let now = self.0.keys().map(|path| {
            let is_gone = parents.lack(path);
            let stamp = if is_gone { Stamp::Absent } else { Stamp::of(path) };
            (path.clone(), stamp)
        });
        Self(now.collect())
    }

    /// What looks different in the other one, or is on one list only.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<PathBuf> {
        let differs = |path: &&PathBuf| self.0.get(*path) != other.0.get(*path);
        let ours = self.0.keys().filter(differs);
        let theirs = other.0.keys().filter(|path| !self.0.contains_key(*path));
        ours.chain(theirs).cloned().collect()
    }

    /// All files and folders.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(PathBuf::as_path)
    }
}

/// Spares the looks into folders that are not there: a configuration names dozens of secret files in folders that few
/// machines have, and is looked at for ever.
#[derive(Debug, Default)]
struct Parents<'a> {
    asked: Option<&'a Path>,
    is_missing: bool,
}

impl<'a> Parents<'a> {
    /// Whether the folder of a path is missing. Asked in the order of the paths, each folder is looked at once.
    fn lack(&mut self, path: &'a Path) -> bool {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if self.asked != parent {
            self.asked = parent;
            self.is_missing = parent.is_some_and(|parent| std::fs::metadata(parent).is_err());
        }
        self.is_missing
    }
}

impl Stamp {
    fn of(path: &Path) -> Self {
        let Ok(found) = std::fs::metadata(path) else {
            return Self::Absent;
        };
        if found.is_dir() {
            return Self::Folder {
                device: found.dev(),
                inode: found.ino(),
                names: names_in(path),
            };
        }
        Self::File {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

fn names_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.take(MOST_NAMES).map(|entry| entry.file_name()).collect();
    names.sort_unstable();
    let mut hasher = DefaultHasher::new();
    names.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder with one file, both noted together with a file that is not there.
    fn looked(folder: &Path) -> Looked {
        fs::write(folder.join("a.yml"), "one").unwrap();
        let mut looked = Looked::default();
        for path in [folder.join("a.yml"), folder.join("absent"), folder.to_owned()] {
            looked.note(&path);
        }
        looked
    }

    #[test]
    fn nothing_differs_while_nothing_happens() {
        let folder = tempfile::tempdir().unwrap();
        let looked = looked(folder.path());
        assert_eq!(looked.differences(&looked.again()), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_file_that_was_replaced_by_one_of_equal_size_and_times_differs() {
        let folder = tempfile::tempdir().unwrap();
        let looked = looked(folder.path());
        let (old, new) = (folder.path().join("a.yml"), folder.path().join("a.yml~"));
        fs::write(&new, "two").unwrap();
        let times = fs::metadata(&old).unwrap().modified().unwrap();
        fs::File::options()
            .write(true)
            .open(&new)
            .unwrap()
            .set_modified(times)
            .unwrap();
        fs::rename(&new, &old).unwrap();
        assert_eq!(looked.differences(&looked.again()), [old]);
    }

    #[test]
    fn a_file_that_appears_together_with_its_folder_differs() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join("secrets");
        let mut looked = Looked::default();
        for path in ["secrets/a", "secrets/b", "z"] {
            looked.note(&folder.path().join(path));
        }
        assert_eq!(looked.differences(&looked.again()), Vec::<PathBuf>::new());
        fs::create_dir(&secrets).unwrap();
        assert_eq!(looked.differences(&looked.again()), Vec::<PathBuf>::new());
        fs::write(secrets.join("b"), "").unwrap();
        fs::write(folder.path().join("z"), "").unwrap();
        let expected = [secrets.join("b"), folder.path().join("z")];
        assert_eq!(looked.differences(&looked.again()), expected);
        fs::remove_dir_all(&secrets).unwrap();
        assert_eq!(looked.differences(&looked.again()), [folder.path().join("z")]);
    }

    #[test]
    fn a_file_that_appears_or_goes_differs_and_so_does_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let looked = looked(folder.path());
        fs::write(folder.path().join("absent"), "").unwrap();
        fs::remove_file(folder.path().join("a.yml")).unwrap();
        assert_eq!(looked.differences(&looked.again()).len(), 3);
    }
}
