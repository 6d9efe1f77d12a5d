//! Waiting and standard input: F15 with real events, wake-ups, pipes.

#![expect(clippy::unwrap_used, reason = "its plain functions are tests too")]

mod support;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use isr_tail::{Events, FirstLook, Hints, Look, StdinTail, TailOptions, Waiter, Woken};
use support::*;

const LONG: Duration = Duration::from_secs(30);

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Waits until an event points at the file; a deadline only ends a test that has failed.
fn wait_for_hint(waiter: &mut Waiter, index: usize) {
    let deadline = Instant::now() + LONG;
    while !waiter.wait(LONG, None).unwrap().is_hinted(index) {
        assert!(Instant::now() < deadline, "no hint came");
    }
}

fn quiet(waiter: &mut Waiter) {
    while waiter.wait(Duration::ZERO, None).unwrap() != Woken::default() {}
}

#[test]
fn events_point_at_the_file_that_changed_through_rotations() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("a.log"), folder.path().join("b.log")];
    append(&paths[0], "a\n");
    let mut waiter = Waiter::new(Events::On, &paths).unwrap();
    assert_eq!(waiter.hints_for(0), Hints::Working);

    append(&paths[0], "more\n");
    let woken = waiter.wait(LONG, None).unwrap();
    assert_eq!(woken.hinted, [0]);
    // A file that does not exist yet, then its content.
    append(&paths[1], "");
    wait_for_hint(&mut waiter, 1);
    quiet(&mut waiter);
    append(&paths[1], "b\n");
    wait_for_hint(&mut waiter, 1);
    quiet(&mut waiter);
    // Many rotations: late lines of the old file and lines of the new one are both hinted.
    for turn in 0..20 {
        let old = folder.path().join(format!("a.log.{turn}"));
        fs::rename(&paths[0], &old).unwrap();
        wait_for_hint(&mut waiter, 0);
        append(&paths[0], "");
        wait_for_hint(&mut waiter, 0);
        quiet(&mut waiter);
        append(&old, "late\n");
        wait_for_hint(&mut waiter, 0);
        append(&paths[0], "new\n");
        wait_for_hint(&mut waiter, 0);
        quiet(&mut waiter);
    }
    // Another file in the same folder is none of our business.
    append(&folder.path().join("other.log"), "x\n");
    assert_eq!(waiter.wait(Duration::ZERO, None).unwrap(), Woken::default());
}

#[test]
fn a_folder_that_comes_later_is_watched_then() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("later");
    let paths = [inner.join("console.log")];
    let mut waiter = Waiter::new(Events::On, &paths).unwrap();
    assert_eq!(waiter.hints_for(0), Hints::Absent);
    fs::create_dir(&inner).unwrap();
    quiet(&mut waiter);
    assert_eq!(waiter.hints_for(0), Hints::Working);
    append(&paths[0], "a\n");
    wait_for_hint(&mut waiter, 0);
}

#[test]
fn f15_the_same_records_with_and_without_events() {
    for events in [Events::On, Events::Off] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("console.log");
        let mut waiter = Waiter::new(events, std::slice::from_ref(&log)).unwrap();
        let mut rig = real(&log, FirstLook::End);
        rig.tail.set_hints(waiter.hints_for(0));
        rig.poll();
        append(&log, &numbered(0..10));
        let start = Instant::now();
        while rig.seen.len() < 20 {
            assert!(start.elapsed() < LONG);
            let woken = waiter.wait(Duration::from_millis(5), None).unwrap();
            assert!(events == Events::On || woken.hinted.is_empty());
            let look = if woken.is_hinted(0) {
                Look::Hinted
            } else {
                Look::Timed
            };
            rig.now = start.elapsed();
            rig.poll_with(look, PLENTY);
            if rig.seen.len() == 10 && fs::metadata(&log).unwrap().len() == numbered(0..10).len() as u64 {
                append(&log, &numbered(10..20));
            }
        }
        assert_eq!(rig.lines(), expected(0..20));
        assert_eq!(rig.tail.misses_hints(), events == Events::Off);
    }
}

#[test]
fn f15_an_overflow_of_the_event_queue_asks_for_a_look_at_everything() {
    let Ok(limit) = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events") else {
        return;
    };
    let limit: usize = limit.trim().parse().unwrap();
    if limit > 100_000 {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("a.log"), folder.path().join("b.log")];
    let mut waiter = Waiter::new(Events::On, &paths).unwrap();
    // Equal events in a row are merged: alternate.
    let (one, two) = (folder.path().join("x"), folder.path().join("y"));
    fs::write(&one, "").unwrap();
    for _ in 0..limit / 4 + 1000 {
        fs::rename(&one, &two).unwrap();
        fs::rename(&two, &one).unwrap();
    }
    let deadline = Instant::now() + LONG;
    loop {
        let woken = waiter.wait(Duration::ZERO, None).unwrap();
        if woken.overflow {
            assert!(woken.is_hinted(0) && woken.is_hinted(1));
            break;
        }
        assert!(Instant::now() < deadline, "no overflow was reported");
    }
    // And it works on.
    quiet(&mut waiter);
    append(&paths[0], "a\n");
    wait_for_hint(&mut waiter, 0);
}

#[test]
fn another_thread_ends_the_wait() {
    let mut waiter = Waiter::new(Events::Off, &[]).unwrap();
    let handle = waiter.wake_handle();
    let thread = std::thread::spawn(move || {
        for _ in 0..10 {
            handle.wake();
        }
    });
    assert!(waiter.wait(LONG, None).unwrap().woken);
    thread.join().unwrap();
    quiet(&mut waiter);
    assert!(
        !waiter.wait(Duration::ZERO, None).unwrap().woken,
        "wake-ups are taken"
    );
}

#[test]
fn standard_input_is_read_without_ever_waiting() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut waiter = Waiter::new(Events::Off, &[]).unwrap();
    let mut input = StdinTail::new(reader, TailOptions::default().line_cap);
    let mut seen: Vec<Seen> = Vec::new();
    let take = |input: &mut StdinTail<_>, seen: &mut Vec<Seen>| {
        input.poll(Duration::ZERO, PLENTY, &mut |record| seen.push(record.into()))
    };
    assert_eq!(take(&mut input, &mut seen).read_bytes, 0);
    writer.write_all(b"one\r\ntw").unwrap();
    let stdin = input.waiting_on().map(AsFd::as_fd);
    assert!(waiter.wait(LONG, stdin).unwrap().stdin);
    take(&mut input, &mut seen);
    let checkpoint = input.take_checkpoints(b"context").remove(0);
    assert_eq!(
        (checkpoint.offset, checkpoint.seen_size, checkpoint.ended),
        (5, 7, false)
    );
    assert!(input.take_checkpoints(b"").is_empty());
    writer.write_all(b"o\nrest").unwrap();
    drop(writer);
    while !input.ended() {
        take(&mut input, &mut seen);
    }
    assert!(input.waiting_on().is_none());
    let lines: Vec<_> = seen
        .iter()
        .map(|seen| (seen.line.as_slice(), seen.start, seen.terminated))
        .collect();
    assert_eq!(
        lines,
        [(&b"one"[..], 0, true), (b"two", 5, true), (b"rest", 9, false)]
    );
    assert!(seen.iter().all(|seen| seen.live));
    assert!(input.take_checkpoints(b"").remove(0).ended);
}

#[test]
fn a_budget_bounds_what_standard_input_hands_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("captured");
    fs::write(&path, numbered(0..1000)).unwrap();
    let mut input = StdinTail::new(fs::File::open(&path).unwrap(), TailOptions::default().line_cap);
    let mut seen: Vec<Seen> = Vec::new();
    let mut looks = 0;
    while !input.ended() {
        let polled = input.poll(Duration::ZERO, 1000, &mut |record| seen.push(record.into()));
        assert!(polled.read_bytes <= 1000);
        looks += 1;
    }
    assert!(looks > 40);
    assert_eq!(seen.len(), 1000);
    assert!(
        seen.iter().all(|seen| !seen.live),
        "a redirected file was written before"
    );
}
