//! What `/proc` says of a process.
//!
//! Owns memory, descriptors, wake-ups and processor time, summed over all threads where the kernel counts by thread.
//! Fails with the I/O error of a process that is gone.

use std::fs;
use std::io;
use std::time::Duration;

/// Linux counts processor time for `/proc` in hundredths of a second on every machine we run on.
const TICK: Duration = Duration::from_millis(10);

/// The figures of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vitals {
    /// Resident memory, KiB.
    pub resident_kib: u64,
    /// The part of it that is the process's own: no pages of mapped files, which the kernel may drop and read again
    /// at any time (the program itself, the index of the write-ahead log), KiB.
    pub own_kib: u64,
    /// The most resident memory so far, KiB.
    pub peak_resident_kib: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
    /// Times that a thread went to sleep by itself: each is a wake-up later. Threads that ended are not counted.
    pub wakeups: u64,
    /// Times that a thread was made to wait for others.
    pub preemptions: u64,
    /// Processor time of all threads, user and system, ended ones included.
    pub cpu: Duration,
    /// Bytes that were really sent to the disk; 0 where the kernel does not tell.
    pub bytes_written: u64,
}

impl Vitals {
    pub(super) fn read(pid: u32) -> io::Result<Self> {
        let proc = format!("/proc/{pid}");
        let status = fs::read_to_string(format!("{proc}/status"))?;
        let mut vitals = Self {
            resident_kib: field(&status, "VmRSS:"),
            own_kib: field(&status, "RssAnon:"),
            peak_resident_kib: field(&status, "VmHWM:"),
            descriptors: fs::read_dir(format!("{proc}/fd"))?.count() as u64,
            threads: field(&status, "Threads:"),
            cpu: cpu(&fs::read_to_string(format!("{proc}/stat"))?),
            bytes_written: fs::read_to_string(format!("{proc}/io"))
                .map_or(0, |io| field(&io, "write_bytes:")),
            ..Self::default()
        };
        for thread in fs::read_dir(format!("{proc}/task"))? {
            // A thread may end between listing and looking.
            let Ok(status) = fs::read_to_string(thread?.path().join("status")) else {
                continue;
            };
            vitals.wakeups += field(&status, "voluntary_ctxt_switches:");
            vitals.preemptions += field(&status, "nonvoluntary_ctxt_switches:");
        }
        Ok(vitals)
    }
}

/// The number behind a name at the start of a line.
fn field(text: &str, name: &str) -> u64 {
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    value
        .and_then(|value| value.split_whitespace().next())
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

/// Fields 14 and 15, counted behind the name in brackets, which may hold anything.
fn cpu(stat: &str) -> Duration {
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    let ticks: u32 = behind
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse::<u32>().ok())
        .sum();
    TICK * ticks
}

/// Whether every thread of a process is stopped by a signal (or gone).
pub(super) fn stands_still(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return true;
    };
    threads.flatten().all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // The name in parentheses may hold anything; the state follows the last one.
        stat.rsplit_once(')')
            .is_none_or(|(_, rest)| matches!(rest.trim_start().chars().next(), Some('T' | 't' | 'Z' | 'X')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_believable_figures() {
        let vitals = Vitals::read(std::process::id()).unwrap();
        assert!(
            vitals.own_kib > 100
                && vitals.resident_kib > vitals.own_kib
                && vitals.peak_resident_kib >= vitals.resident_kib,
            "{vitals:?}"
        );
        assert!(
            vitals.descriptors >= 3 && vitals.threads >= 1 && vitals.wakeups > 0,
            "{vitals:?}"
        );
        assert_eq!(
            cpu("7 (a b) c) S 1 1 1 0 -1 4 1 1 1 1 150 50 0 0"),
            Duration::from_secs(2)
        );
    }
}
