//! Where a file of a process in a container lies on this machine.
//!
//! Owns the comparison of two `mountinfo` (proc(5)): theirs tells which folder of which file system stands at a path, ours
//! where that folder is seen from here. Pure. What lies on a layer that we do not see has no path here.

use std::path::{Path, PathBuf};

/// One line: a folder of a file system, and where it is seen.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    device: String,
    folder: PathBuf,
    seen_at: PathBuf,
}

fn read(mountinfo: &str) -> Vec<Mount> {
    let one = |line: &str| {
        let mut words = line.split(' ').skip(2);
        Some(Mount {
            device: words.next()?.to_owned(),
            folder: plain(words.next()?),
            seen_at: plain(words.next()?),
        })
    };
    mountinfo.lines().filter_map(one).collect()
}

/// Blanks and the like are written as three octal digits behind a backslash.
fn plain(word: &str) -> PathBuf {
    let plain = word.replace("\\040", " ").replace("\\011", "\t");
    PathBuf::from(plain.replace("\\012", "\n").replace("\\134", "\\"))
}

/// The path here of a path there.
pub(super) fn translate(path: &Path, theirs: &str, ours: &str) -> Option<PathBuf> {
    let (theirs, ours) = (read(theirs), read(ours));
    // The last mount at a place hides the earlier ones.
    let deepest = |mounts: &[Mount]| {
        let around = mounts
            .iter()
            .enumerate()
            .filter(|(_, mount)| path.starts_with(&mount.seen_at));
        let place = around.max_by_key(|(order, mount)| (mount.seen_at.components().count(), *order));
        place.map(|(order, _)| order)
    };
    let there = &theirs[deepest(&theirs)?];
    if let Some(here) = deepest(&ours).map(|order| &ours[order])
        && here == there
    {
        return Some(path.to_owned());
    }
    let in_file_system = there.folder.join(path.strip_prefix(&there.seen_at).ok()?);
    let seen = ours
        .iter()
        .filter(|mount| mount.device == there.device && in_file_system.starts_with(&mount.folder));
    let closest = seen.max_by_key(|mount| mount.folder.components().count())?;
    let rest = in_file_system.strip_prefix(&closest.folder).ok()?;
    Some(closest.seen_at.join(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "29 1 8:1 / / rw - ext4 /dev/sda1 rw\n40 29 8:2 / /srv rw - ext4 /dev/sda2 rw\n\
                        50 29 0:22 / /proc rw - proc proc rw\n";
    /// Two folders of the machine are mounted, and a volume; the rest is the container's own layer.
    const THEIRS: &str = "900 800 0:77 / / rw - overlay overlay rw,lowerdir=x\n\
                          901 900 8:1 /opt/my\\040game /factorio rw - ext4 /dev/sda1 rw\n\
                          902 900 8:2 /logs /logs rw - ext4 /dev/sda2 rw\n\
                          903 900 8:9 / /elsewhere rw - ext4 /dev/sdz rw\n";

    fn translated(path: &str, theirs: &str) -> Option<String> {
        let path = translate(Path::new(path), theirs, OURS)?;
        Some(path.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_path_of_a_process_beside_us_is_the_same_here() {
        for path in ["/factorio/console.log", "/srv/console.log"] {
            assert_eq!(translated(path, OURS).as_deref(), Some(path));
        }
    }

    #[test]
    fn a_mounted_folder_is_found_on_the_machine() {
        let found = |path| translated(path, THEIRS);
        assert_eq!(
            found("/factorio/logs/console.log").as_deref(),
            Some("/opt/my game/logs/console.log")
        );
        assert_eq!(
            found("/logs/console.log").as_deref(),
            Some("/srv/logs/console.log")
        );
    }

    #[test]
    fn what_is_not_seen_here_has_no_path() {
        for path in ["/tmp/console.log", "/elsewhere/console.log"] {
            assert_eq!(translated(path, THEIRS), None, "{path}");
        }
        assert_eq!(translated("/x", ""), None);
        assert_eq!(translated("/x", "nonsense\n1 2"), None);
    }
}
