//! Rename rotation: F02, F03, F10, F12, and a path that vanishes.

mod support;

use std::fs;
use std::io::Write;
use std::time::Duration;

use isr_tail::{FirstLook, Gap, Notice, Why};
use support::*;

#[test]
fn f02_late_lines_of_the_old_file_come_before_the_first_line_of_the_new_one() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    let writer = rig.fs.writer(LOG);
    rig.fs.rename(LOG, "/logs/console.log.1");
    rig.fs.append(LOG, b"");
    rig.poll_after(SECOND);
    for late in 0..5 {
        rig.fs.write(&writer, format!("late {late}\n").as_bytes());
        rig.poll_after(SECOND);
    }
    // The last late line and the first new one arrive between two looks.
    rig.fs.write(&writer, b"last late\n");
    rig.fs.append(LOG, b"new\n");
    rig.poll_after(SECOND);
    let lines = rig.lines();
    assert_eq!(
        lines,
        [
            "one",
            "late 0",
            "late 1",
            "late 2",
            "late 3",
            "late 4",
            "last late",
            "new"
        ]
    );
    // Until its wait ends, the old file is still heard.
    rig.fs.write(&writer, b"very late\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["very late"]);
    drop(writer);
    rig.poll_after(11 * SECOND);
    assert_eq!(rig.fs.open_handles(), 1);
    assert_eq!(rig.lost_bytes(), 0);
    assert_eq!(rig.count(|n| matches!(n, Notice::Rotated { .. })), 1);
}

#[test]
fn f02_on_real_files_the_old_descriptor_is_drained_first() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    let mut old = fs::File::create(&log).unwrap();
    let mut rig = real(&log, FirstLook::Beginning);
    old.write_all(b"one\n").unwrap();
    rig.poll();
    fs::rename(&log, folder.path().join("console.log.1")).unwrap();
    fs::write(&log, "new\n").unwrap();
    old.write_all(b"late\n").unwrap();
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["one", "late", "new"]);
}

#[test]
fn a_writer_that_is_never_told_of_the_rotation_is_followed_for_ever() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    let writer = rig.fs.writer(LOG);
    rig.fs.rename(LOG, "/logs/console.log.1");
    rig.fs.append(LOG, b"");
    for hour in 0..24 {
        rig.poll_after(Duration::from_secs(3600));
        rig.fs.write(&writer, format!("hour {hour}\n").as_bytes());
        rig.poll_after(SECOND);
    }
    assert_eq!(rig.lines().len(), 25);
    // Even across a restart.
    rig.stop_and_start();
    rig.fs.write(&writer, b"after restart\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["after restart"]);
}

#[test]
fn f03_three_rotations_inside_one_poll_interval_lose_nothing() {
    for restart in [false, true] {
        let mut rig = sim(FirstLook::Beginning);
        rig.fs.append(LOG, numbered(0..3).as_bytes());
        rig.poll();
        rig.commit();
        rig.fs.append(LOG, numbered(3..6).as_bytes());
        for turn in 0..3 {
            for n in (1..6).rev() {
                rig.fs.rename(format!("{LOG}.{n}"), format!("{LOG}.{}", n + 1));
            }
            rig.fs.rename(LOG, format!("{LOG}.1"));
            rig.fs
                .append(LOG, numbered(6 + 3 * turn..9 + 3 * turn).as_bytes());
        }
        if restart {
            rig.kill();
        }
        rig.poll_after(SECOND);
        assert_eq!(rig.lines(), expected(0..15), "restart: {restart}");
        assert_eq!(
            rig.count(|n| matches!(
                n,
                Notice::NewGeneration {
                    why: Why::FoundBetween,
                    ..
                }
            )),
            2
        );
        assert_eq!(rig.count(|n| matches!(n, Notice::GenerationGap { .. })), 0);
        assert_eq!(rig.lost_bytes(), 0);
        // None of the files that were read between is read again, now or after another restart.
        rig.poll_after(20 * SECOND);
        rig.stop_and_start();
        rig.fs.append(LOG, b"next\n");
        rig.poll_after(SECOND);
        assert_eq!(rig.lines(), ["next"]);
    }
}

#[test]
fn f03_missing_siblings_are_reported_as_a_gap() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    // The old file is now .3; .2 and .1 were compressed.
    rig.fs.rename(LOG, format!("{LOG}.3"));
    rig.fs.append(format!("{LOG}.2.gz"), b"\x1f\x8b");
    rig.fs.append(format!("{LOG}.1.gz"), b"\x1f\x8b");
    rig.fs.append(LOG, b"two\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["one", "two"]);
    assert_eq!(
        rig.count(|n| matches!(n, Notice::GenerationGap { gap: Gap::Missing(2) })),
        1
    );

    // Without any sibling nothing proves that no other file lay between.
    rig.fs.remove(LOG);
    rig.fs.append(LOG, b"three\n");
    rig.poll_after(20 * SECOND);
    rig.fs.remove(format!("{LOG}.3"));
    rig.fs.remove(LOG);
    rig.fs.append(LOG, b"four\n");
    rig.poll_after(SECOND);
    assert!(rig.count(|n| matches!(n, Notice::GenerationGap { gap: Gap::Possible })) >= 1);
    assert_eq!(rig.lines(), ["three", "four"]);
}

#[test]
fn f03_an_older_backup_among_the_siblings_is_never_read() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(format!("{LOG}.2"), b"ancient\n");
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    rig.fs.rename(LOG, format!("{LOG}.1"));
    rig.fs.append(LOG, b"two\n");
    rig.poll_after(SECOND);
    // A rotator that counts upwards: the lower number is the older file.
    rig.fs.append(format!("{LOG}.0007"), b"");
    rig.fs.rename(LOG, format!("{LOG}.8"));
    rig.fs.append(LOG, b"three\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["one", "two", "three"]);
}

#[test]
fn f03_factorio_previous_log_is_found_after_downtime() {
    let current = "/factorio/factorio-current.log";
    let previous = "/factorio/factorio-previous.log";
    let mut rig = Rig::new(isr_tail::sim::SimFs::default(), current, FirstLook::Beginning);
    rig.fs.append(current, b"run 1\n");
    rig.poll();
    rig.commit();
    rig.fs.append(current, b"run 1, unread\n");
    rig.fs.rename(current, previous);
    rig.fs.append(current, b"run 2\n");
    rig.kill();
    rig.poll();
    assert_eq!(rig.lines(), ["run 1", "run 1, unread", "run 2"]);
    rig.commit();
    // Two starts of the game while we were away: the log of the first one is the previous one now.
    rig.fs.rename(current, previous);
    rig.fs.append(current, b"run 3\n");
    rig.fs.rename(current, previous);
    rig.fs.append(current, b"run 4\n");
    rig.kill();
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["run 3", "run 4"]);
    assert_eq!(rig.lost_bytes(), 0);
}

#[test]
fn f03_dated_siblings_and_a_configured_pattern_are_read_in_order() {
    let options = isr_tail::TailOptions {
        sibling_glob: Some("old-*".into()),
        ..Default::default()
    };
    for names in [
        ["console.log-20260101", "console.log-20260102"],
        ["old-a", "old-b"],
    ] {
        let fs = isr_tail::sim::SimFs::default();
        let mut rig = Rig::with_options(fs, LOG, FirstLook::Beginning, options.clone());
        rig.fs.append(LOG, numbered(0..2).as_bytes());
        rig.poll();
        rig.commit();
        rig.fs.rename(LOG, format!("/logs/{}", names[0]));
        rig.fs.append(LOG, numbered(2..4).as_bytes());
        rig.fs.rename(LOG, format!("/logs/{}", names[1]));
        rig.fs.append(LOG, numbered(4..6).as_bytes());
        rig.kill();
        rig.poll();
        assert_eq!(rig.lines(), expected(0..6));
    }
}

#[test]
fn f10_a_deleted_file_is_read_to_its_end_and_released() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    fs::write(&log, numbered(0..1000)).unwrap();
    let mut rig = real(&log, FirstLook::Beginning);
    rig.poll_with(isr_tail::Look::Timed, 4096);
    assert_eq!(open_below(folder.path()), 1);
    fs::remove_file(&log).unwrap();
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), expected(0..1000));
    rig.poll_after(SECOND);
    assert_eq!(
        open_below(folder.path()),
        1,
        "the descriptor stays open for the rotation wait"
    );
    rig.poll_after(11 * SECOND);
    assert_eq!(open_below(folder.path()), 0);
    assert_eq!(rig.tail.open_files(), 0);
    assert_eq!(rig.count(|n| matches!(n, Notice::PathVanished { .. })), 1);
    assert_eq!(rig.lost_bytes(), 0);
}

#[test]
fn f10_a_thousand_rotations_leave_no_descriptor_behind() {
    let mut rig = sim(FirstLook::Beginning);
    for n in 0..1000 {
        rig.fs.append(LOG, format!("{n}\n").as_bytes());
        rig.poll_after(SECOND);
        rig.fs.rename(LOG, format!("{LOG}.1"));
    }
    rig.fs.append(LOG, b"last\n");
    rig.poll_after(SECOND);
    assert!(rig.fs.open_handles() <= 12, "{}", rig.fs.open_handles());
    rig.poll_after(20 * SECOND);
    assert_eq!(rig.fs.open_handles(), 1);
    assert_eq!(rig.lines().len(), 1001);
}

#[test]
fn f12_a_last_line_without_newline_is_flushed_once_and_never_merged() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"whole\nhalf");
    rig.poll();
    rig.fs.rename(LOG, format!("{LOG}.1"));
    rig.fs.append(LOG, b"new\n");
    rig.poll_after(SECOND);
    rig.poll_after(11 * SECOND);
    rig.poll_after(11 * SECOND);
    let halves: Vec<_> = rig.seen.iter().filter(|seen| !seen.terminated).collect();
    assert_eq!(halves.len(), 1);
    assert_eq!(
        (halves[0].line.as_slice(), halves[0].start, halves[0].end),
        (&b"half"[..], 6, 10)
    );
    rig.stop_and_start();
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["whole", "new", "half"]);
    assert_eq!(rig.lost_bytes(), 0);
}

#[test]
fn a_path_that_vanishes_and_comes_back_is_the_same_generation() {
    for away in [Duration::ZERO, SECOND, 30 * SECOND] {
        let mut rig = sim(FirstLook::Beginning);
        rig.fs.append(LOG, b"one\n");
        rig.poll();
        rig.fs.rename(LOG, "/elsewhere");
        rig.poll_after(SECOND);
        rig.poll_after(away);
        rig.poll_after(away);
        rig.fs.rename("/elsewhere", LOG);
        rig.fs.append(LOG, b"two\n");
        rig.poll_after(SECOND);
        let generations: Vec<_> = rig.seen.iter().map(|seen| seen.generation).collect();
        assert_eq!(generations[0], generations[1], "away for {away:?}");
        assert_eq!(rig.lines(), ["one", "two"]);
        assert_eq!(rig.count(|n| matches!(n, Notice::NewGeneration { .. })), 1);
        let vanished = rig.count(|n| matches!(n, Notice::PathVanished { .. }));
        assert_eq!(
            vanished,
            usize::from(!away.is_zero()),
            "a second look comes later than the first"
        );
    }
}

#[test]
fn content_that_moved_to_another_file_at_the_path_is_read_on_once() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    // An editor or a copy tool writes the same content to a new file and renames it over the log.
    rig.fs.copy(LOG, "/logs/tmp");
    rig.fs.append("/logs/tmp", b"two\n");
    rig.fs.rename("/logs/tmp", LOG);
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["one", "two"]);
    rig.commit();
    rig.fs.copy(LOG, "/logs/tmp");
    rig.fs.append("/logs/tmp", b"three\n");
    rig.fs.rename("/logs/tmp", LOG);
    rig.kill();
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["three"]);
}

#[test]
fn a_folder_that_is_mounted_late_loses_no_position() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    rig.commit();
    rig.fs.append(LOG, b"two\n");
    rig.fs.rename(LOG, "/not-mounted");
    rig.kill();
    for _ in 0..60 {
        rig.poll_after(SECOND);
    }
    assert!(rig.tail.position_fixed());
    rig.fs.rename("/not-mounted", LOG);
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["one", "two"]);
    assert_eq!(rig.lost_bytes(), 0);
}
