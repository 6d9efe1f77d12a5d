//! Waiting until something may have happened to the files of the configuration.
//!
//! Owns the inotify descriptor over their folders, and the bell that others ring. Events are hints: every one may be
//! missing or false, and the caller looks at the files from time to time anyway. Must not know what the files mean.
//! Without inotify, or without the bell's descriptor, waiting works by its timeout alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};

use crate::config::Looked;

/// At most so many events are taken at a time: a busy folder must not hold the thread.
const MOST_EVENTS: usize = 4096;

/// Who rang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Rung {
    /// Nobody: the timeout is over, or something happened to a file.
    Nobody,
    /// Somebody who wants the files to be read at once.
    LoadNow,
    /// Somebody who wants the waiting to end.
    End,
}

/// Ends the current or the next wait, from any thread.
#[derive(Debug, Clone)]
pub(super) struct Bell(Arc<Ring>);

#[derive(Debug)]
struct Ring {
    said: AtomicU8,
    descriptor: Option<OwnedFd>,
}

impl Bell {
    /// Rings; the weightiest of several wishes counts.
    pub(super) fn ring(&self, wish: Rung) {
        self.0.said.fetch_max(wish as u8, Ordering::AcqRel);
        if let Some(descriptor) = &self.0.descriptor {
            // The only possible failure is a counter that is full, and then the thread is awake anyway.
            let _ = rustix::io::write(descriptor, &1_u64.to_ne_bytes());
        }
    }

    fn take(&self) -> Rung {
        if let Some(descriptor) = &self.0.descriptor {
            let _empty_already = rustix::io::read(descriptor, &mut [0_u8; 8]);
        }
        match self.0.said.swap(Rung::Nobody as u8, Ordering::AcqRel) {
            said if said == Rung::End as u8 => Rung::End,
            said if said == Rung::LoadNow as u8 => Rung::LoadNow,
            _ => Rung::Nobody,
        }
    }
}

/// Waits on behalf of the thread that follows the configuration.
#[derive(Debug)]
pub(super) struct Alarm {
    bell: Bell,
    events: Option<OwnedFd>,
    folders: BTreeMap<i32, Names>,
}

/// What concerns us in one folder.
#[derive(Debug, Default)]
struct Names {
    every: bool,
    single: BTreeSet<OsString>,
}

impl Alarm {
    /// An alarm over nothing, and its bell.
    pub(super) fn new() -> (Self, Bell) {
        let bell = Bell(Arc::new(Ring {
            said: AtomicU8::new(Rung::Nobody as u8),
            descriptor: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok(),
        }));
        let alarm = Self {
            bell: bell.clone(),
            events: None,
            folders: BTreeMap::new(),
        };
        (alarm, bell)
    }

    /// Watches the folders of these files from now on.
    pub(super) fn watch(&mut self, looked: &Looked) {
        // A new descriptor lets all old watches go at once.
        self.events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok();
        self.folders.clear();
        let Some(events) = &self.events else { return };
        for (folder, names) in folders_of(looked) {
            if let Ok(watch) = inotify::add_watch(events, &folder, watched_events()) {
                let known = self.folders.entry(watch).or_default();
                known.every |= names.every;
                known.single.extend(names.single);
            }
        }
    }

    /// Waits for the bell, for an event that concerns one of the files, or for the timeout.
    pub(super) fn wait(&self, timeout: Duration) -> Rung {
        let until = Instant::now() + timeout;
        loop {
            Self::sleep(&[self.bell.0.descriptor.as_ref(), self.events.as_ref()], until);
            let concerned = self.take_events();
            let rung = self.bell.take();
            if rung != Rung::Nobody || concerned || Instant::now() >= until {
                return rung;
            }
        }
    }

    /// Waits for the bell or for the timeout, whatever happens to the files.
    pub(super) fn pause(&self, timeout: Duration) -> Rung {
        let until = Instant::now() + timeout;
        loop {
            Self::sleep(&[self.bell.0.descriptor.as_ref()], until);
            let rung = self.bell.take();
            if rung != Rung::Nobody || Instant::now() >= until {
                return rung;
            }
        }
    }

    fn sleep(sources: &[Option<&OwnedFd>], until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        let mut descriptors: Vec<PollFd<'_>> = sources
            .iter()
            .flatten()
            .map(|source| PollFd::new(*source, PollFlags::IN))
            .collect();
        // A signal or a lack of memory: the timeout still holds.
        if poll(&mut descriptors, Timespec::try_from(left).ok().as_ref()).is_err() {
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    /// Takes all events; tells whether one concerns us.
    fn take_events(&self) -> bool {
        let Some(events) = &self.events else { return false };
        let mut space = [MaybeUninit::uninit(); 8192];
        let mut reader = Reader::new(events.as_fd(), &mut space);
        let mut concerned = false;
        for _ in 0..MOST_EVENTS {
            let Ok(event) = reader.next() else { break };
            let name = event.file_name().map(std::ffi::CStr::to_bytes);
            concerned |= event.events().contains(ReadFlags::QUEUE_OVERFLOW)
                || self
                    .folders
                    .get(&event.wd())
                    .is_some_and(|names| names.concern(name));
        }
        concerned
    }
}

impl Names {
    /// An event without a name is about the folder itself.
    fn concern(&self, name: Option<&[u8]>) -> bool {
        self.every || name.is_none_or(|name| self.single.iter().any(|own| own.as_bytes() == name))
    }
}

/// Each folder that holds a file, or is one of the folders, with the names that matter in it.
fn folders_of(looked: &Looked) -> BTreeMap<PathBuf, Names> {
    let mut folders: BTreeMap<PathBuf, Names> = BTreeMap::new();
    for path in looked.paths() {
        if path.is_dir() {
            folders.entry(path.to_owned()).or_default().every = true;
        }
        if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            let names = folders.entry(folder.to_owned()).or_default();
            names.single.insert(name.to_owned());
        }
    }
    folders
}

fn watched_events() -> WatchFlags {
    WatchFlags::CREATE
        | WatchFlags::DELETE
        | WatchFlags::MOVED_FROM
        | WatchFlags::MOVED_TO
        | WatchFlags::CLOSE_WRITE
        | WatchFlags::ATTRIB
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF
        | WatchFlags::ONLYDIR
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Longer than any test waits; an event ends it.
    const LONG: Duration = Duration::from_secs(600);

    fn looked(paths: &[PathBuf]) -> Looked {
        let mut looked = Looked::default();
        paths.iter().for_each(|path| looked.note(path));
        looked
    }

    #[test]
    fn p04_a_file_that_is_written_replaced_or_made_ends_the_wait_and_another_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.yml"), "one").unwrap();
        let (mut alarm, _bell) = Alarm::new();
        alarm.watch(&looked(&[path("a.yml"), path("absent")]));

        fs::write(path("a.yml"), "two").unwrap();
        assert_eq!(alarm.wait(LONG), Rung::Nobody);
        fs::write(path("other"), "").unwrap();
        assert!(!alarm.take_events());
        fs::rename(path("other"), path("a.yml")).unwrap();
        assert_eq!(alarm.wait(LONG), Rung::Nobody);
        fs::write(path("absent"), "").unwrap();
        assert_eq!(alarm.wait(LONG), Rung::Nobody);
    }

    #[test]
    fn p04_any_name_in_a_folder_of_the_configuration_ends_the_wait() {
        let folder = tempfile::tempdir().unwrap();
        let (mut alarm, _bell) = Alarm::new();
        alarm.watch(&looked(&[folder.path().to_owned(), folder.path().join("a.yml")]));
        fs::write(folder.path().join("new.yml"), "").unwrap();
        assert_eq!(alarm.wait(LONG), Rung::Nobody);
    }

    #[test]
    fn the_bell_ends_the_wait_and_its_weightiest_wish_counts() {
        let (alarm, bell) = Alarm::new();
        bell.ring(Rung::End);
        bell.ring(Rung::LoadNow);
        assert_eq!(alarm.wait(LONG), Rung::End);
        bell.ring(Rung::LoadNow);
        assert_eq!(alarm.wait(LONG), Rung::LoadNow);
    }
}
