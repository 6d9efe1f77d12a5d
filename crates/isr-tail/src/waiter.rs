//! Waiting for any of: a file event, a wake-up from another thread, standard input, the timer.
//!
//! Owns the inotify descriptor and the event descriptor of the reading thread. Must not know positions. Events are
//! hints: every one may be missing, late or false, and correctness never depends on them. Only the wake-up descriptor
//! is essential; when inotify cannot be set up, waiting works without it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use crate::options::Hints;

/// Whether to use file events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Events {
    /// Use them where they work.
    #[default]
    On,
    /// Poll only.
    Off,
}

/// Ends the current or the next [`Waiter::wait`], from any thread.
#[derive(Debug, Clone)]
pub struct WakeHandle(Arc<OwnedFd>);

impl WakeHandle {
    /// Wakes the reading thread. Several wake-ups before it looks count as one.
    pub fn wake(&self) {
        // The only possible failure is a counter that is full, and then the thread is awake anyway.
        let _ = rustix::io::write(&*self.0, &1_u64.to_ne_bytes());
    }
}

/// Why [`Waiter::wait`] returned.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Woken {
    /// The files that an event pointed at, by their place in the list that the waiter was made with.
    pub hinted: Vec<usize>,
    /// Events were lost: every file must be looked at.
    pub overflow: bool,
    /// [`WakeHandle::wake`] was called.
    pub woken: bool,
    /// Standard input can be read, or has ended.
    pub stdin: bool,
}

impl Woken {
    /// Whether the file at this place should be looked at because of an event.
    #[must_use]
    pub fn is_hinted(&self, index: usize) -> bool {
        self.overflow || self.hinted.contains(&index)
    }

    fn hint(&mut self, index: usize) {
        if !self.hinted.contains(&index) {
            self.hinted.push(index);
        }
    }
}

/// One watched path.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    folder: PathBuf,
    name: OsString,
    folder_watch: Option<i32>,
    /// The newest file last; the one before it may still be written to after a rotation.
    file_watches: Vec<i32>,
    /// The path may show another file than the one watched.
    stale: bool,
}

/// Waits on behalf of the one thread that reads all files.
#[derive(Debug)]
pub struct Waiter {
    wake: Arc<OwnedFd>,
    inotify: Option<OwnedFd>,
    files: Vec<Watched>,
    by_watch: HashMap<i32, Vec<usize>>,
}

impl Waiter {
    /// Watches `paths`; hints name them by their place in this list.
    ///
    /// # Errors
    /// When the wake-up descriptor cannot be made (no descriptors left). Without inotify it succeeds.
    pub fn new(events: Events, paths: &[PathBuf]) -> io::Result<Self> {
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let inotify = match events {
            Events::On => inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok(),
            Events::Off => None,
        };
        let files = paths.iter().map(|path| Watched::new(path)).collect();
        let mut waiter = Self {
            wake,
            inotify,
            files,
            by_watch: HashMap::new(),
        };
        waiter.renew_watches();
        Ok(waiter)
    }

    /// Watches other paths from now on. What happened to them before is not reported: look at each once.
    pub fn watch(&mut self, paths: &[PathBuf]) {
        self.inotify = self
            .inotify
            .as_ref()
            .and_then(|_| inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok());
        self.files = paths.iter().map(|path| Watched::new(path)).collect();
        self.by_watch.clear();
        self.renew_watches();
    }

    /// A handle that wakes this waiter.
    #[must_use]
    pub fn wake_handle(&self) -> WakeHandle {
        WakeHandle(Arc::clone(&self.wake))
    }

    /// Whether events are set up for the file at this place. Ask again after every wait: watches come and go.
    #[must_use]
    pub fn hints_for(&self, index: usize) -> Hints {
        match self.files.get(index) {
            Some(file) if file.folder_watch.is_some() || !file.file_watches.is_empty() => Hints::Working,
            _ => Hints::Absent,
        }
    }

    /// Waits for the first event, at most `timeout`.
    ///
    /// # Errors
    /// When `poll(2)` fails, which only a lack of kernel memory can cause.
    pub fn wait(&mut self, timeout: Duration, stdin: Option<BorrowedFd<'_>>) -> io::Result<Woken> {
        self.renew_watches();
        let (mut woken, readable) = self.poll(timeout, stdin)?;
        if woken.woken {
            let mut count = [0; 8];
            // Empty already when another wait took it; either way it is empty now.
            let _ = rustix::io::read(&*self.wake, &mut count);
        }
        if readable {
            self.take_events(&mut woken);
        }
        Ok(woken)
    }

    fn poll(&self, timeout: Duration, stdin: Option<BorrowedFd<'_>>) -> io::Result<(Woken, bool)> {
        let mut fds = vec![PollFd::new(&*self.wake, PollFlags::IN)];
        let inotify_at = self.inotify.as_ref().map(|inotify| {
            fds.push(PollFd::from_borrowed_fd(inotify.as_fd(), PollFlags::IN));
            fds.len() - 1
        });
        let stdin_at = stdin.map(|stdin| {
            fds.push(PollFd::from_borrowed_fd(stdin, PollFlags::IN));
            fds.len() - 1
        });
        let timeout = Timespec::try_from(timeout).ok();
        match poll(&mut fds, timeout.as_ref()) {
            // A signal: the caller looks at its clock and comes back.
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = |index: usize| fds.get(index).is_some_and(|fd| !fd.revents().is_empty());
        let woken = Woken {
            woken: ready(0),
            stdin: stdin_at.is_some_and(ready),
            ..Woken::default()
        };
        Ok((woken, inotify_at.is_some_and(ready)))
    }

    fn take_events(&mut self, woken: &mut Woken) {
        let Self {
            inotify: Some(inotify),
            files,
            by_watch,
            ..
        } = self
        else {
            return;
        };
        let mut space = [MaybeUninit::uninit(); 8192];
        let mut reader = Reader::new(inotify.as_fd(), &mut space);
        // The queue refills while it is read: a bound keeps a busy folder from holding the thread here.
        for _ in 0..4096 {
            let Ok(event) = reader.next() else { break };
            let flags = event.events();
            if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
                woken.overflow = true;
                files.iter_mut().for_each(|file| file.stale = true);
                continue;
            }
            let name = event.file_name().map(std::ffi::CStr::to_bytes);
            for index in by_watch.get(&event.wd()).into_iter().flatten() {
                let Some(file) = files.get_mut(*index) else {
                    continue;
                };
                if file.takes(event.wd(), name, flags) {
                    woken.hint(*index);
                }
            }
            if flags.contains(ReadFlags::IGNORED) {
                forget(files, by_watch, event.wd());
            }
        }
    }

    /// Watches what is not watched, or may be another file now.
    fn renew_watches(&mut self) {
        let Some(inotify) = &self.inotify else { return };
        for (index, file) in self.files.iter_mut().enumerate() {
            if file.folder_watch.is_none()
                && let Ok(watch) = inotify::add_watch(inotify, &file.folder, folder_events())
            {
                file.folder_watch = Some(watch);
                note(&mut self.by_watch, watch, index);
            }
            if !file.stale && !file.file_watches.is_empty() {
                continue;
            }
            let Ok(watch) = inotify::add_watch(inotify, &file.path, file_events()) else {
                continue;
            };
            file.stale = false;
            file.file_watches.retain(|known| *known != watch);
            file.file_watches.push(watch);
            note(&mut self.by_watch, watch, index);
        }
        self.drop_old_watches();
    }

    fn drop_old_watches(&mut self) {
        let Some(inotify) = &self.inotify else { return };
        for index in 0..self.files.len() {
            while self.files[index].file_watches.len() > 2 {
                let old = self.files[index].file_watches.remove(0);
                let users = self.by_watch.entry(old).or_default();
                users.retain(|user| *user != index);
                if users.is_empty() {
                    self.by_watch.remove(&old);
                    // It may be gone with its file already.
                    let _ = inotify::remove_watch(inotify, old);
                }
            }
        }
    }
}

impl Watched {
    fn new(path: &Path) -> Self {
        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        Self {
            path: path.to_owned(),
            folder: folder.to_owned(),
            name: path.file_name().map(OsString::from).unwrap_or_default(),
            folder_watch: None,
            file_watches: Vec::new(),
            stale: false,
        }
    }

    /// Takes one event of one of its watches; returns whether the file should be looked at.
    fn takes(&mut self, watch: i32, name: Option<&[u8]>, flags: ReadFlags) -> bool {
        if self.folder_watch == Some(watch) {
            let concerns = name.is_none_or(|name| name == self.name.as_encoded_bytes());
            self.stale |= concerns;
            return concerns;
        }
        self.stale |= !flags.contains(ReadFlags::MODIFY);
        true
    }
}

fn folder_events() -> WatchFlags {
    WatchFlags::CREATE
        | WatchFlags::DELETE
        | WatchFlags::MOVED_FROM
        | WatchFlags::MOVED_TO
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF
        | WatchFlags::ONLYDIR
}

fn file_events() -> WatchFlags {
    WatchFlags::MODIFY | WatchFlags::ATTRIB | WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF
}

fn note(by_watch: &mut HashMap<i32, Vec<usize>>, watch: i32, index: usize) {
    let users = by_watch.entry(watch).or_default();
    if !users.contains(&index) {
        users.push(index);
    }
}

/// The kernel removed a watch, because what it watched is gone.
fn forget(files: &mut [Watched], by_watch: &mut HashMap<i32, Vec<usize>>, watch: i32) {
    for index in by_watch.remove(&watch).into_iter().flatten() {
        if let Some(file) = files.get_mut(index) {
            file.folder_watch = file.folder_watch.filter(|known| *known != watch);
            file.file_watches.retain(|known| *known != watch);
        }
    }
}
