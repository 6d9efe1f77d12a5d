//! What the disk itself costs: the share of every latency that no program can remove.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Bytes of one append: a page of a database.
const PAGE: usize = 4096;

/// Appends and syncs so often; gives the time of each sync.
pub(super) fn sync_times(folder: &Path, rounds: usize) -> Result<Vec<Duration>> {
    let path = folder.join("sync-times");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        file.write_all(&[7; PAGE])?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(times)
}
