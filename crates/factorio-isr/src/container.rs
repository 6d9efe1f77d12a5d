//! Whether we run in a container whose own layer holds the state folder.
//!
//! Owns that one question. If so, the position in the logs is gone when the container is replaced, and everything
//! that was written meanwhile would be skipped or posted again. Must not decide anything: it only tells.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The one line that `run`, `check` and `doctor` say.
pub const NOT_KEPT: &str = "the position is not kept when the container is replaced: mount a volume for the state \
                            folder, for example `-v factorio-isr-state:/var/lib/factorio-isr`";

/// Whether the state folder (or the nearest parent that exists) lies on the container's own layer.
#[must_use]
pub fn holds_state(state_dir: &Path) -> bool {
    holds_state_under(Path::new("/"), state_dir, std::env::var_os("container").is_some())
}

/// Whether we run in a container.
#[must_use]
pub fn is_around() -> bool {
    is_around_under(Path::new("/"), std::env::var_os("container").is_some())
}

fn is_around_under(root: &Path, said_by_engine: bool) -> bool {
    let marks = [root.join(".dockerenv"), root.join("run/.containerenv")];
    said_by_engine || marks.iter().any(|mark| mark.exists())
}

fn holds_state_under(root: &Path, state_dir: &Path, said_by_engine: bool) -> bool {
    is_around_under(root, said_by_engine)
        && device(root).is_some_and(|layer| nearest_device(state_dir) == Some(layer))
}

fn device(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|found| found.dev())
}

fn nearest_device(path: &Path) -> Option<u64> {
    path.ancestors()
        .map(Path::to_path_buf)
        .find_map(|ancestor: PathBuf| device(&ancestor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_container_with_the_state_on_its_own_layer_is_told_of() {
        let root = tempfile::tempdir().unwrap();
        let state = root.path().join("var/lib/factorio-isr");
        assert!(!holds_state_under(root.path(), &state, false));
        std::fs::write(root.path().join(".dockerenv"), "").unwrap();
        assert!(holds_state_under(root.path(), &state, false));
        assert!(!holds_state_under(root.path(), Path::new("/proc/self"), false));
        assert!(holds_state_under(root.path(), root.path(), true));
    }
}
