//! S04: no space left for the store.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stage::Stage;

#[tokio::test]
async fn s04_a_full_disk_pauses_reading_and_space_resumes_it() {
    let stage = Stage::new().await;
    let Some(disk) = SmallDisk::mount(&stage.command.state_dir()) else {
        println!("skipped: no small file system can be mounted here");
        return;
    };
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    let ballast = disk.fill();
    log.numbered_many(0, 10..600).unwrap();
    let full = running.wait_for_health(|answer| answer.status == 503).await;
    assert!(
        full.body.contains("unhealthy") && full.body.contains("disk of the state folder is full"),
        "{}",
        full.body
    );
    // Everything else still answers.
    assert_eq!(running.get("/metrics").await.status, 200);
    fs::remove_file(ballast).unwrap();
    running.wait_for_health(|answer| answer.status == 200).await;
    stage.wait_for_id(0, 599).await;
    running.stop().await;
    stage.judge(&[(0, 0..600)]).assert_clean_with_dup_at_most(0);
}

/// A file system in memory, as large as a floppy; gone with its handle.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: &Path) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=1400k", "tmpfs"])
            .arg(folder);
        mount
            .output()
            .is_ok_and(|output| output.status.success())
            .then(|| Self(folder.to_owned()))
    }

    /// Fills it to the last byte; returns the file that does.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("ballast");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).output());
    }
}
