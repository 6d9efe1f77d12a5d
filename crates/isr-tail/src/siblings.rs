//! Rotated files beside a log: which names count, and which of two is newer.
//!
//! Owns the naming rules of the usual rotators. Must not know generations. Listing may fail. A name is only a place
//! to look: content decides what a sibling is, and only a sibling that is newer by name *and* by time than one whose
//! content is known is ever read from its beginning.

use std::cmp::Reverse;
use std::io;
use std::path::{Path, PathBuf};

use crate::fs::{FileStat, Fs};

/// At most so many siblings are considered, the newest ones.
const MOST: usize = 32;

/// Endings of compressed files, which are never read.
const COMPRESSED: [&str; 6] = [".gz", ".xz", ".zst", ".bz2", ".lz4", ".zip"];

/// What a name says about the age of a rotated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// `NAME.3` or `STEM.3.EXT`: the higher, the older.
    Numbered(u32),
    /// `NAME-20260131`: the greater, the newer.
    Dated(String),
    /// `factorio-previous.log`: directly before the log itself.
    Previous,
    /// Named by the configured pattern; only times tell the age.
    Listed,
}

/// A rotated file.
#[derive(Debug, Clone)]
pub(crate) struct Sibling {
    pub(crate) path: PathBuf,
    pub(crate) stat: FileStat,
    pub(crate) place: Place,
}

impl Sibling {
    /// Whether name and time both say that this one was the log after `other` was.
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        let by_time = self.stat.modified_ns >= other.stat.modified_ns;
        match (&self.place, &other.place) {
            (Place::Numbered(a), Place::Numbered(b)) => a < b && by_time,
            (Place::Dated(a), Place::Dated(b)) => a > b && by_time,
            (Place::Previous, _) => by_time,
            _ => self.stat.modified_ns > other.stat.modified_ns,
        }
    }
}

/// Orders siblings of one kind from the oldest to the newest.
pub(crate) fn oldest_first(siblings: &mut [Sibling]) {
    siblings.sort_by(|a, b| match (&a.place, &b.place) {
        (Place::Numbered(a), Place::Numbered(b)) => b.cmp(a),
        (Place::Dated(a), Place::Dated(b)) => a.cmp(b),
        (Place::Previous, Place::Previous) => std::cmp::Ordering::Equal,
        (Place::Previous, _) => std::cmp::Ordering::Greater,
        (_, Place::Previous) => std::cmp::Ordering::Less,
        _ => a.stat.modified_ns.cmp(&b.stat.modified_ns),
    });
}

/// How many numbers between the log and `boundary` have no file.
///
/// 0 when the numbers of this folder do not count rotations (a lower number that is older).
pub(crate) fn missing_below(all: &[Sibling], boundary: &Sibling) -> u32 {
    let Place::Numbered(top) = boundary.place else {
        return 0;
    };
    let mut present = 0;
    for sibling in all {
        match sibling.place {
            Place::Numbered(n) if (1..top).contains(&n) => {
                if !sibling.is_newer_than(boundary) {
                    return 0;
                }
                present += 1;
            }
            _ => {}
        }
    }
    (top.saturating_sub(1)).saturating_sub(present)
}

/// The rotated files beside `path` (and beside the file that it links to), the newest first.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn siblings<F: Fs>(fs: &F, path: &Path, glob: Option<&str>) -> io::Result<Vec<Sibling>> {
    let mut found = beside(fs, path, glob)?;
    if let Ok(real) = fs.real_path(path)
        && real != path
        && real.parent() != path.parent()
    {
        for sibling in beside(fs, &real, glob)? {
            if !found.iter().any(|known| known.stat.is_same_file(&sibling.stat)) {
                found.push(sibling);
            }
        }
    }
    found.sort_by_key(|sibling| Reverse(sibling.stat.modified_ns));
    found.truncate(MOST);
    Ok(found)
}

fn beside<F: Fs>(fs: &F, path: &Path, glob: Option<&str>) -> io::Result<Vec<Sibling>> {
    let Some(log) = path.file_name().and_then(|name| name.to_str()) else {
        return Ok(Vec::new());
    };
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut found = Vec::new();
    for name in fs.list(folder)? {
        let Some(name) = name.to_str() else { continue };
        let Some(place) = place_of(name, log, glob) else {
            continue;
        };
        let path = folder.join(name);
        // One that cannot be looked at cannot be read either; a log renamed meanwhile is looked for again later.
        if let Ok(stat) = fs.stat(&path) {
            found.push(Sibling { path, stat, place });
        }
    }
    Ok(found)
}

fn place_of(name: &str, log: &str, glob: Option<&str>) -> Option<Place> {
    if name == log || COMPRESSED.iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    let (stem, ending) = log.rfind('.').map_or((log, ""), |dot| log.split_at(dot));
    let behind = name.strip_prefix(log);
    let inside = name.strip_prefix(stem).and_then(|rest| rest.strip_suffix(ending));
    if let Some(place) = [behind, inside].into_iter().flatten().find_map(mark) {
        return Some(place);
    }
    if let Some(base) = stem.strip_suffix("-current")
        && name.strip_prefix(base).and_then(|rest| rest.strip_suffix(ending)) == Some("-previous")
    {
        return Some(Place::Previous);
    }
    glob.filter(|glob| fits(glob.as_bytes(), name.as_bytes()))
        .map(|_| Place::Listed)
}

/// Reads what a rotator adds to a name: a separator and a number or a date.
fn mark(added: &str) -> Option<Place> {
    let text = added.strip_prefix(['.', '-', '_'])?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == text.len() && (1..=4).contains(&digits) {
        return text.parse().ok().map(Place::Numbered);
    }
    let dated = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b':' | b'T' | b'Z'));
    (dated && digits >= 6).then(|| Place::Dated(text.to_owned()))
}

/// Whether `name` fits a pattern of literal bytes, `?` and `*`. Linear in memory, at most quadratic in time.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n, mut star, mut mark) = (0, 0, None, 0);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some(p);
                mark = n;
                p += 1;
            }
            Some(b'?') => (p, n) = (p + 1, n + 1),
            Some(byte) if *byte == name[n] => (p, n) = (p + 1, n + 1),
            _ => {
                let Some(last_star) = star else { return false };
                mark += 1;
                (p, n) = (last_star + 1, mark);
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_names_are_understood() {
        let place = |name, log| place_of(name, log, None);
        assert_eq!(place("console.log.1", "console.log"), Some(Place::Numbered(1)));
        assert_eq!(place("console.2.log", "console.log"), Some(Place::Numbered(2)));
        assert_eq!(
            place("console.log-20260131", "console.log"),
            Some(Place::Dated("20260131".into()))
        );
        assert_eq!(
            place("console-2026-01-31.log", "console.log"),
            Some(Place::Dated("2026-01-31".into()))
        );
        assert_eq!(
            place("factorio-previous.log", "factorio-current.log"),
            Some(Place::Previous)
        );
        for other in [
            "console.log",
            "console.log.1.gz",
            "console.log.bak",
            "console2.log",
            "other.log.1",
            "c",
        ] {
            assert_eq!(place(other, "console.log"), None, "{other}");
        }
    }

    #[test]
    fn a_configured_pattern_adds_names_but_no_compressed_ones() {
        assert_eq!(
            place_of("old/x", "console.log", Some("old*")),
            Some(Place::Listed)
        );
        assert_eq!(
            place_of("a-console.bak", "console.log", Some("?-console.*")),
            Some(Place::Listed)
        );
        assert_eq!(
            place_of("ab-console.bak", "console.log", Some("?-console.*")),
            None
        );
        assert_eq!(place_of("old.gz", "console.log", Some("old*")), None);
        assert!(fits(b"*a*b*c", b"xxaxxbxxbxc") && !fits(b"*a*b*c", b"xxaxxcxx"));
    }
}
