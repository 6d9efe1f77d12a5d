//! Names that are offered without asking a game's console: saves on the disk, technologies that the store and the game told.
//!
//! Owns where they are looked for. Reads on threads that may block. Must not know who types. Cannot fail: what cannot be read
//! offers nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use factorio_rcon::command::SaveName;
use isr_core::source::ServerTag;
use isr_core::statistics::Period;
use isr_store::{AdminError, HourRange, Store};

use crate::config::{ConsoleLog, GameLog, Server};
use crate::game::Game;

/// Saves of a folder that are looked at.
const MOST_FILES: usize = 2_000;
/// Technologies of the last so many milliseconds are offered: a season.
const SEASON_MS: i64 = 90 * 86_400_000;

/// The folders in which a server keeps its saves, as far as its logs say where it writes: Factorio has both in one folder.
pub(super) fn saves_folders(server: &Server) -> Vec<PathBuf> {
    let console = match &server.log {
        Some(ConsoleLog::File(path)) => Some(path),
        _ => None,
    };
    let game = match &server.game_log {
        GameLog::File(path) | GameLog::Beside(path) => Some(path),
        GameLog::Off => None,
    };
    let beside = |path: &PathBuf| path.parent().map(|folder| folder.join("saves"));
    let mut folders: Vec<PathBuf> = game.into_iter().chain(console).filter_map(beside).collect();
    folders.dedup();
    folders
}

/// The saves of a server, the newest first; what the game saves by itself is left out.
pub(super) async fn saves(folders: Vec<PathBuf>) -> Vec<String> {
    let read = move || {
        let mut found: Vec<(SystemTime, String)> =
            folders.iter().flat_map(|folder| saves_in(folder)).collect();
        found.sort_by(|one, other| other.cmp(one));
        found.into_iter().map(|(_, name)| name).collect()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

fn saves_in(folder: &Path) -> Vec<(SystemTime, String)> {
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let save = |file: std::io::Result<std::fs::DirEntry>| {
        let file = file.ok()?;
        let name = file.file_name().into_string().ok()?;
        let name = name.strip_suffix(".zip")?;
        // What the command would not take is not offered.
        let is_one = SaveName::new(name).is_ok() && !name.starts_with("_autosave");
        let changed = file.metadata().and_then(|facts| facts.modified()).ok()?;
        is_one.then(|| (changed, name.to_owned()))
    };
    files.take(MOST_FILES).filter_map(save).collect()
}

/// Technologies that a game or its log told of: what is researched, what is next, and what was researched lately.
pub(super) async fn technologies(game: &Game, store: Store, now_ms: i64) -> Vec<String> {
    let snapshot = game.snapshots.borrow().clone();
    let mut names = Vec::new();
    if let Some(exact) = &snapshot.exact {
        let now = exact.research.iter().flatten();
        let next = exact.queue.iter().flatten();
        names.extend(now.chain(next).map(|technology| technology.name.clone()));
    }
    let server = game.tag.clone();
    let read = move || researched(&store, &server, now_ms);
    if let Ok(Ok(more)) = tokio::task::spawn_blocking(read).await {
        names.extend(more);
    }
    let mut told = BTreeSet::new();
    names.retain(|name| is_inner(name) && told.insert(name.clone()));
    names
}

fn researched(store: &Store, server: &ServerTag, now_ms: i64) -> Result<Vec<String>, AdminError> {
    let period = Period {
        from_ms: now_ms.saturating_sub(SEASON_MS),
        until_ms: now_ms,
    };
    let counts = store
        .statistics()?
        .counts(server, HourRange::touching(period), now_ms)?;
    let of_research = counts.into_iter().filter(|count| count.kind == "research");
    Ok(of_research.filter_map(|count| count.detail).collect())
}

/// Whether it may be a name of the game's files: a mod may tell the name for people, which no command takes.
pub(super) fn is_inner(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.len() <= 100 && name.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn saves_are_offered_newest_first_and_nothing_that_the_command_would_refuse() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["old.zip", "_autosave3.zip", "notes.txt", "a b\nc.zip", "new.zip"];
        for (at, name) in (1..).zip(names) {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            let changed = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(at);
            file.set_modified(changed).unwrap();
        }
        let nowhere = folder.path().join("nowhere");
        let found = saves(vec![nowhere, folder.path().to_owned()]).await;
        assert_eq!(found, ["new", "old"]);
    }

    #[test]
    fn only_a_name_of_the_games_files_is_one() {
        assert!(is_inner("mining-productivity-4"));
        assert!(!is_inner("Mining productivity") && !is_inner("x'") && !is_inner(""));
    }
}
