//! Truncation, copies and reused inodes: F04, F05, F06, F08, F09, F20.

mod support;

use std::fs;
use std::io::Write;

use isr_tail::sim::Inodes;
use isr_tail::{FirstLook, Fs, Look, Notice, OsFs, Why};
use support::*;

fn truncations(n: &Notice) -> bool {
    matches!(n, Notice::Truncated { .. })
}

#[test]
fn f04_copy_truncate_while_caught_up_reads_nothing_twice() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, numbered(0..50).as_bytes());
    rig.poll();
    // A line slips in between our last look and the copy.
    rig.fs.append(LOG, numbered(50..51).as_bytes());
    rig.fs.copy(LOG, format!("{LOG}.1"));
    rig.fs.truncate(LOG, 0);
    rig.poll_after(SECOND);
    rig.fs.append(LOG, numbered(51..60).as_bytes());
    rig.poll_after(SECOND);
    rig.poll_after(20 * SECOND);
    assert_eq!(rig.lines(), expected(0..60));
    assert_eq!(rig.count(|n| matches!(n, Notice::CopyFound { .. })), 1);
    assert_eq!(rig.count(truncations), 1);
    assert_eq!(rig.lost_bytes(), 0);
    // Nor after a restart.
    rig.stop_and_start();
    rig.poll_after(SECOND);
    assert!(rig.lines().is_empty());
}

#[test]
fn f05_copy_truncate_while_behind_goes_on_in_a_visible_copy() {
    for restart in [false, true] {
        let mut rig = sim(FirstLook::Beginning);
        rig.fs.append(LOG, numbered(0..10_100).as_bytes());
        rig.poll_with(Look::Timed, 5000);
        rig.commit();
        assert!(rig.seen.len() < 150);
        rig.fs.copy(LOG, format!("{LOG}.1"));
        rig.fs.truncate(LOG, 0);
        rig.fs.append(LOG, numbered(10_100..10_110).as_bytes());
        if restart {
            rig.kill();
        }
        rig.poll_after(SECOND);
        assert_eq!(rig.lines(), expected(0..10_110), "restart: {restart}");
        assert_eq!(rig.lost_bytes(), 0);
    }
}

#[test]
fn f05_copy_truncate_while_behind_counts_exactly_when_the_copy_is_hidden() {
    for restart in [false, true] {
        let mut rig = sim(FirstLook::Beginning);
        let content = numbered(0..10_100);
        rig.fs.append(LOG, content.as_bytes());
        rig.poll_with(Look::Timed, 5000);
        rig.commit();
        rig.fs.truncate(LOG, 0);
        rig.fs.append(LOG, b"new\n");
        if restart {
            rig.kill();
        }
        rig.poll_after(SECOND);
        let read: u64 = rig
            .seen
            .iter()
            .filter(|s| s.line != b"new")
            .map(|s| s.end - s.start)
            .sum();
        assert_eq!(
            rig.lost_bytes(),
            content.len() as u64 - read,
            "restart: {restart}"
        );
        assert_eq!(rig.lines().last().map(String::as_str), Some("new"));
    }
}

#[test]
fn f05_a_paused_source_knows_what_it_would_lose() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"read\n");
    rig.poll();
    rig.fs.append(LOG, b"written while paused\n");
    assert_eq!(rig.poll_with(Look::Hinted, 0).read_bytes, 0);
    rig.commit();
    assert_eq!(rig.store[0].seen_size, 26);
    rig.fs.truncate(LOG, 0);
    rig.poll_with(Look::Hinted, 0);
    assert_eq!(rig.lost_bytes(), 21);
}

#[test]
fn f06_truncate_then_regrow_is_detected_by_anchor() {
    for restart in [false, true] {
        for rewritten in [numbered(500..700), numbered(500..600)] {
            let mut rig = sim(FirstLook::Beginning);
            // The same length per line, so that sizes alone tell nothing.
            rig.fs.append(LOG, numbered(100..200).as_bytes());
            rig.poll();
            rig.commit();
            rig.fs.truncate(LOG, 0);
            rig.fs.append(LOG, rewritten.as_bytes());
            if restart {
                rig.kill();
            }
            rig.poll_after(SECOND);
            let mut all = expected(100..200);
            all.extend(rewritten.lines().map(str::to_owned));
            assert_eq!(rig.lines(), all, "restart: {restart}");
            assert_eq!(rig.count(truncations), 1);
            assert_eq!(
                rig.count(|n| matches!(
                    n,
                    Notice::NewGeneration {
                        why: Why::Rewritten,
                        ..
                    }
                )),
                1
            );
        }
    }
}

#[test]
fn f06_equal_heads_do_not_hide_a_rewrite() {
    for restart in [false, true] {
        let mut rig = sim(FirstLook::Beginning);
        let head = "=== the same header in every file ===\n".repeat(60);
        rig.fs.append(LOG, format!("{head}old 1\nold 2\n").as_bytes());
        rig.poll();
        rig.commit();
        rig.fs.truncate(LOG, 0);
        rig.fs
            .append(LOG, format!("{head}new 1\nnew 2\nnew 3\n").as_bytes());
        if restart {
            rig.kill();
        }
        rig.poll_after(SECOND);
        assert_eq!(
            rig.lines().iter().filter(|line| line.starts_with("new")).count(),
            3,
            "restart: {restart}"
        );
        assert_eq!(rig.count(truncations), 1);
    }
}

#[test]
fn f06_an_equal_head_alone_never_identifies_a_file() {
    let mut rig = sim(FirstLook::Beginning);
    // Nothing of the old file was read when another one with the same beginning takes its place.
    rig.fs.append(LOG, b"=== header ===\nold\n");
    rig.poll_with(Look::Hinted, 0);
    rig.fs.rename(LOG, format!("{LOG}.1"));
    rig.fs.append(LOG, b"=== header ===\nold\nnew\n");
    rig.poll_after(SECOND);
    assert_eq!(
        rig.lines(),
        ["=== header ===", "old", "=== header ===", "old", "new"]
    );
}

#[test]
fn f06_an_equal_anchor_does_not_hide_another_head() {
    let mut rig = sim(FirstLook::Beginning);
    let tail = "the same last kilobyte\n".repeat(60);
    rig.fs
        .append(LOG, format!("{}{tail}", "old\n".repeat(500)).as_bytes());
    rig.poll();
    rig.fs.truncate(LOG, 0);
    rig.fs
        .append(LOG, format!("{}{tail}more\n", "new\n".repeat(500)).as_bytes());
    rig.poll_after(SECOND);
    assert_eq!(rig.lines().iter().filter(|line| *line == "new").count(), 500);
}

#[test]
fn f06_a_half_line_is_not_joined_with_the_content_of_a_rewrite() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"half of a li");
    rig.poll();
    rig.fs.truncate(LOG, 0);
    rig.fs.append(LOG, b"something entirely different\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["half of a li", "something entirely different"]);
}

#[test]
fn f06_on_real_files() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    fs::write(&log, numbered(100..200)).unwrap();
    let mut rig = real(&log, FirstLook::Beginning);
    rig.poll();
    fs::write(&log, numbered(500..900)).unwrap();
    rig.poll_after(SECOND);
    let mut all = expected(100..200);
    all.extend(expected(500..900));
    assert_eq!(rig.lines(), all);
}

#[test]
fn f08_delete_and_recreate_with_the_same_inode() {
    for restart in [false, true] {
        let mut rig = sim_with(Inodes::Reused, FirstLook::Beginning);
        rig.fs.append(LOG, numbered(100..120).as_bytes());
        let before = rig.fs.stat(LOG.as_ref()).unwrap();
        rig.poll();
        rig.commit();
        if restart {
            // The descriptor of the old process is closed, so the inode is free.
            rig.kill();
        }
        rig.fs.remove(LOG);
        rig.fs.append(LOG, numbered(300..400).as_bytes());
        let after = rig.fs.stat(LOG.as_ref()).unwrap();
        // While we hold the old file open, its number cannot come back: that is half of the protection.
        assert_eq!(before.is_same_file(&after), restart);
        rig.poll_after(SECOND);
        let mut all = expected(100..120);
        all.extend(expected(300..400));
        assert_eq!(rig.lines(), all, "restart: {restart}");
    }
}

#[test]
fn f08_on_real_files_while_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    for _ in 0..20 {
        let _ = fs::remove_file(&log);
        fs::write(&log, numbered(100..120)).unwrap();
        let mut rig = real(&log, FirstLook::Beginning);
        rig.poll();
        let _ = rig.lines();
        rig.commit();
        rig.kill();
        fs::remove_file(&log).unwrap();
        fs::write(&log, numbered(300..400)).unwrap();
        rig.poll_after(SECOND);
        assert_eq!(rig.lines(), expected(300..400));
    }
}

#[test]
fn f09_a_file_shorter_than_the_checkpoint_is_read_from_its_beginning() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, numbered(0..100).as_bytes());
    rig.poll();
    rig.commit();
    rig.fs.truncate(LOG, 0);
    rig.fs.append(LOG, b"short\n");
    rig.kill();
    let _ = rig.lines();
    rig.poll();
    assert_eq!(rig.lines(), ["short"]);
    assert_eq!(rig.count(truncations), 1);
    assert_eq!(
        rig.count(|n| matches!(
            n,
            Notice::NewGeneration {
                why: Why::Truncated,
                offset: 0,
                ..
            }
        )),
        1
    );
}

#[test]
fn f20_an_older_backup_put_in_place_is_a_new_generation_whose_lines_are_not_live() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    let backup = folder.path().join("backup");
    fs::write(&backup, numbered(0..50)).unwrap();
    fs::write(&log, numbered(0..100)).unwrap();
    let mut rig = real(&log, FirstLook::Beginning);
    rig.poll();
    let first = rig.seen[0].generation;
    let _ = rig.lines();

    // Renamed over the log.
    fs::rename(&backup, &log).unwrap();
    rig.poll_after(SECOND);
    assert_eq!(rig.seen.len(), 50);
    assert!(rig.seen.iter().all(|seen| !seen.live && seen.generation != first));
    let _ = rig.lines();

    // Copied over the log in pieces, with looks between the pieces.
    let mut writer = fs::File::create(&log).unwrap();
    rig.poll_after(SECOND);
    for piece in 0..5 {
        writer
            .write_all(numbered(10 * piece..10 * piece + 10).as_bytes())
            .unwrap();
        rig.poll_after(SECOND / 10);
    }
    assert_eq!(rig.seen.len(), 50);
    assert!(rig.seen.iter().all(|seen| !seen.live));
    let _ = rig.lines();

    // A new file is filled in pieces.
    fs::rename(&log, folder.path().join("console.log.1")).unwrap();
    let mut writer = fs::File::create(&log).unwrap();
    rig.poll_after(SECOND);
    for piece in 20..25 {
        writer
            .write_all(numbered(10 * piece..10 * piece + 10).as_bytes())
            .unwrap();
        rig.poll_after(SECOND / 10);
    }
    assert_eq!(rig.seen.len(), 50);
    assert!(rig.seen.iter().all(|seen| !seen.live));
    let _ = rig.lines();

    // What the game writes from then on is live.
    rig.poll_after(SECOND);
    writer.write_all(b"fresh\n").unwrap();
    rig.poll_after(SECOND);
    assert!(rig.seen.len() == 1 && rig.seen[0].live);
}

#[test]
fn two_spellings_of_one_file_are_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    let (hard, soft) = (folder.path().join("hard"), folder.path().join("soft"));
    let dotted = folder.path().join(".").join("console.log");
    assert!(isr_tail::same_file(&log, &dotted), "also before it exists");
    fs::write(&log, "").unwrap();
    fs::hard_link(&log, &hard).unwrap();
    std::os::unix::fs::symlink(&log, &soft).unwrap();
    for other in [&hard, &soft, &dotted] {
        assert!(isr_tail::same_file(&log, other), "f19: {}", other.display());
    }
    assert!(!isr_tail::same_file(&log, &folder.path().join("other")));
    assert!(OsFs.stat(&log).is_ok());
}
