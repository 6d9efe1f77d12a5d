//! Failing reads, refused paths, lost permissions and idle cost: F07, F15, F16, F17, F18.

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use isr_tail::sim::{EINTR, EIO, ESTALE, Fault, Op};
use isr_tail::{FirstLook, Following, Hints, Look, Notice, Refusal, TailOptions};
use support::*;

#[test]
fn f07_absent_then_written() {
    let mut rig = sim(FirstLook::End);
    rig.poll();
    assert!(rig.tail.position_fixed());
    for _ in 0..3600 {
        rig.poll_after(SECOND);
    }
    let calls = rig.fs.calls();
    assert_eq!(
        (calls.stat + calls.open, calls.list, calls.read),
        (3601, 0, 0),
        "one look per poll"
    );
    rig.fs.append(LOG, b"first\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["first"]);
}

#[test]
fn f07_a_path_that_is_not_there_is_looked_at_once_a_poll_interval_also_without_file_events() {
    let mut rig = sim(FirstLook::End);
    rig.tail.set_hints(Hints::Absent);
    let polled = rig.poll_with(Look::Again, PLENTY);
    assert_eq!(polled.next - rig.now, TailOptions::default().poll_interval);
    rig.fs.append(LOG, b"first\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["first"]);
    let polled = rig.poll_with(Look::Again, PLENTY);
    assert_eq!(polled.next - rig.now, TailOptions::default().unhinted_interval);
}

#[test]
fn f07_truncated_and_idle_then_written() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"before\n");
    rig.poll();
    rig.fs.truncate(LOG, 0);
    rig.poll_after(SECOND);
    let before = rig.fs.calls();
    for _ in 0..3600 {
        rig.poll_after(SECOND);
    }
    let after = rig.fs.calls();
    assert_eq!(after.stat - before.stat, 3600);
    assert_eq!(
        after.read + after.open + after.file_stat,
        before.read + before.open + before.file_stat
    );
    rig.fs.append(LOG, b"after\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["before", "after"]);
    assert!(rig.seen.is_empty());
}

#[test]
fn f15_without_events_the_timer_is_fast_and_with_them_it_is_slow() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"0\n");
    assert_eq!(rig.poll_with(Look::Timed, PLENTY).next, SECOND);
    // One change found by the timer may have its event under way …
    for n in 1..4_u32 {
        rig.now += SECOND;
        rig.fs.append(LOG, format!("{n}\n").as_bytes());
        rig.poll_with(Look::Timed, PLENTY);
    }
    // … more of them prove that none come.
    assert!(rig.tail.misses_hints());
    let polled = rig.poll_with(Look::Timed, PLENTY);
    assert_eq!(polled.next - rig.now, Duration::from_millis(100));
    // An event after all.
    rig.fs.append(LOG, b"4\n");
    let polled = rig.poll_with(Look::Hinted, PLENTY);
    assert_eq!(polled.next - rig.now, SECOND);
    rig.tail.set_hints(Hints::Absent);
    assert_eq!(
        rig.poll_with(Look::Hinted, PLENTY).next - rig.now,
        Duration::from_millis(100)
    );
    assert_eq!(rig.lines().len(), 5);
}

#[test]
fn f16_failing_reads_never_advance_and_recover() {
    for errno in [EIO, ESTALE] {
        for hit in 0..6 {
            let mut rig = sim(FirstLook::Beginning);
            rig.fs.append(LOG, numbered(0..50).as_bytes());
            rig.poll();
            rig.fs.append(LOG, numbered(50..100).as_bytes());
            // The fault hits each of the reads of a look in turn.
            for _ in 0..hit {
                rig.fs.inject(Op::Read, Fault::Short(7));
            }
            for _ in 0..3 {
                rig.fs.inject(Op::Read, Fault::Errno(errno));
            }
            for _ in 0..5 {
                rig.poll_after(SECOND);
                rig.commit();
            }
            assert_eq!(rig.fs.clear_faults(), 0);
            assert_eq!(rig.lines(), expected(0..100), "error {errno} after {hit} reads");
            assert_eq!(
                rig.count(|n| matches!(n, Notice::ReadError { .. })),
                1,
                "told once"
            );
            assert_eq!(rig.count(|n| matches!(n, Notice::Recovered)), 1);
            assert_eq!(rig.count(|n| matches!(n, Notice::NewGeneration { .. })), 1);
        }
    }
}

#[test]
fn f16_failures_at_the_first_look_fix_no_position() {
    for op in [Op::Open, Op::Read] {
        let mut rig = sim(FirstLook::End);
        rig.fs.append(LOG, b"old\n");
        rig.fs.inject(op, Fault::Errno(EIO));
        rig.poll();
        assert!(!rig.tail.position_fixed());
        assert_eq!(rig.tail.following(), Following::Failing);
        rig.poll_after(SECOND);
        assert!(rig.tail.position_fixed());
        rig.fs.append(LOG, b"new\n");
        rig.poll_after(SECOND);
        assert_eq!(rig.lines(), ["new"]);
    }
}

#[test]
fn f16_failures_at_resume_keep_the_stored_position() {
    for op in [Op::Open, Op::Read] {
        let mut rig = sim(FirstLook::Beginning);
        rig.fs.append(LOG, numbered(0..10).as_bytes());
        rig.poll();
        rig.commit();
        rig.fs.append(LOG, numbered(10..20).as_bytes());
        rig.kill();
        rig.fs.inject(op, Fault::Errno(EIO));
        rig.poll();
        rig.commit();
        assert_eq!(rig.store.len(), 1);
        rig.poll_after(SECOND);
        assert_eq!(rig.lines(), expected(0..20));
    }
}

#[test]
fn f16_interruptions_and_short_counts_are_invisible() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, numbered(0..100).as_bytes());
    for n in 1..200 {
        rig.fs.inject(Op::Read, Fault::Errno(EINTR));
        rig.fs.inject(Op::Read, Fault::Short(n));
    }
    rig.poll();
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), expected(0..100));
    assert_eq!(
        rig.count(|n| matches!(n, Notice::ReadError { .. } | Notice::Truncated { .. })),
        0
    );
}

#[test]
fn f16_a_network_file_that_was_replaced_is_noticed_on_reopening() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    rig.fs.append(LOG, b"two\n");
    rig.fs.inject(Op::Read, Fault::Errno(ESTALE));
    rig.poll_after(SECOND);
    rig.fs.rename(LOG, format!("{LOG}.1"));
    rig.fs.append(LOG, b"three\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["one", "two", "three"]);
}

#[test]
fn f16_a_failing_old_file_holds_the_new_one_back_but_not_for_ever() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    rig.fs.append(LOG, b"two\n");
    rig.fs.rename(LOG, format!("{LOG}.1"));
    rig.fs.append(LOG, b"three\n");
    // The first read is the comparison of the new file with the old content.
    rig.fs.inject(Op::Read, Fault::Short(4));
    rig.fs.inject(Op::Read, Fault::Errno(EIO));
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["one"]);
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["two", "three"]);

    rig.fs.append(LOG, b"unreadable\n");
    rig.fs.rename(format!("{LOG}.1"), format!("{LOG}.2"));
    rig.fs.rename(LOG, format!("{LOG}.1"));
    rig.fs.append(LOG, b"four\n");
    let writer = rig.fs.writer(format!("{LOG}.1"));
    rig.poll_after(SECOND);
    let _ = rig.lines();
    rig.fs.write(&writer, b"late\n");
    for _ in 0..13 {
        // Whatever is read of the old file fails, for longer than the rotation wait.
        rig.fs.inject(Op::Read, Fault::Errno(EIO));
        rig.poll_after(SECOND);
        rig.fs.clear_faults();
    }
    rig.poll_after(SECOND);
    assert_eq!(rig.lost_bytes(), 5);
    rig.fs.append(LOG, b"five\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines().last().map(String::as_str), Some("five"));
}

#[test]
fn f17_lost_permissions_leave_the_open_descriptor_working() {
    for denied in [LOG, "/logs"] {
        let mut rig = sim(FirstLook::Beginning);
        rig.fs.append(LOG, b"one\n");
        rig.poll();
        rig.fs.deny(denied);
        rig.poll_after(SECOND);
        assert_eq!(
            rig.tail.following(),
            Following::Refused(Refusal::PermissionDenied),
            "{denied}"
        );
        let writer_goes_on = format!("two, {denied}\n");
        rig.fs.allow_all();
        rig.fs.append(LOG, writer_goes_on.as_bytes());
        rig.fs.deny(denied);
        rig.poll_after(SECOND);
        assert_eq!(rig.lines().len(), 2, "read through the open descriptor");
        assert_eq!(
            rig.tail.following(),
            Following::Refused(Refusal::PermissionDenied)
        );
        for _ in 0..30 {
            rig.poll_after(SECOND);
        }
        rig.fs.allow_all();
        rig.fs.append(LOG, b"three\n");
        rig.poll_after(SECOND);
        assert_eq!(rig.lines(), ["three"]);
        assert_eq!(rig.tail.following(), Following::File);
        assert_eq!(rig.count(|n| matches!(n, Notice::PathRefused { .. })), 1);
        assert_eq!(rig.count(|n| matches!(n, Notice::Recovered)), 1);
        assert_eq!(rig.count(|n| matches!(n, Notice::NewGeneration { .. })), 1);
    }
}

#[test]
fn f18_a_retargeted_link_is_a_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b, log) = (
        folder.path().join("a"),
        folder.path().join("b"),
        folder.path().join("console.log"),
    );
    fs::write(&a, "in a\n").unwrap();
    fs::write(&b, "in b\n").unwrap();
    symlink(&a, &log).unwrap();
    let mut rig = real(&log, FirstLook::Beginning);
    rig.poll();
    fs::remove_file(&log).unwrap();
    symlink(&b, &log).unwrap();
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["in a", "in b"]);
    assert_eq!(rig.count(|n| matches!(n, Notice::Rotated { .. })), 1);
}

#[test]
fn f18_what_is_no_regular_file_is_refused_without_blocking() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("folder")).unwrap();
    let fifo = path("fifo");
    let pipe = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, pipe, rustix::fs::Mode::RUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    symlink(path("loop"), path("loop")).unwrap();
    symlink("/dev/zero", path("device")).unwrap();
    for (name, reason) in [
        ("folder", Refusal::Directory),
        ("fifo", Refusal::Fifo),
        ("socket", Refusal::Socket),
        ("loop", Refusal::SymlinkLoop),
        ("device", Refusal::Device),
    ] {
        let mut rig = real(path(name), FirstLook::Beginning);
        rig.poll();
        rig.poll_after(SECOND);
        assert_eq!(rig.tail.following(), Following::Refused(reason), "{name}");
        let told = rig.count(|n| matches!(n, Notice::PathRefused { reason: told } if *told == reason));
        assert_eq!(told, 1, "{name} is told once");
        assert!(!rig.tail.position_fixed());
    }
    // A dangling link is an absent file.
    symlink(path("later"), path("dangling")).unwrap();
    let mut rig = real(path("dangling"), FirstLook::End);
    rig.poll();
    assert_eq!(rig.tail.following(), Following::Waiting);
    fs::write(path("later"), "now\n").unwrap();
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["now"]);
}

#[test]
fn f18_a_folder_that_takes_the_place_of_the_log_ends_the_old_file_and_is_survived() {
    let mut rig = sim(FirstLook::Beginning);
    rig.fs.append(LOG, b"one\n");
    rig.poll();
    rig.fs.special(LOG, Refusal::Directory);
    for _ in 0..20 {
        rig.poll_after(SECOND);
    }
    assert_eq!(rig.tail.following(), Following::Refused(Refusal::Directory));
    assert_eq!(rig.fs.open_handles(), 0);
    rig.fs.remove(LOG);
    rig.fs.append(LOG, b"two\n");
    rig.poll_after(SECOND);
    assert_eq!(rig.lines(), ["one", "two"]);
    assert_eq!(rig.tail.following(), Following::File);
}
