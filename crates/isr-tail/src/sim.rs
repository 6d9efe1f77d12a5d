//! A file system in memory, with faults on demand: the test plan of the tailer.
//!
//! Owns names, inodes, links, open handles and a queue of injected faults. It follows the rules of a Unix file system
//! as far as a log tailer can see them: a file lives while it has a name or an open handle, and a free inode number
//! may be used again. Time is a counter of changes. Misuse by a test (writing to a path that does not exist) panics.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::fs::{FileStat, Fs, FsError, Refusal};

/// An operation that a fault can hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Opening a path.
    Open,
    /// Looking at a path.
    Stat,
    /// Looking at an open file.
    FileStat,
    /// Reading.
    Read,
    /// Listing a folder.
    List,
}

/// What an operation does instead of working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this error number.
    Errno(i32),
    /// A read returns at most so many bytes.
    Short(usize),
}

/// Input/output error.
pub const EIO: i32 = 5;
/// Interrupted by a signal.
pub const EINTR: i32 = 4;
/// The file behind a network handle is gone.
pub const ESTALE: i32 = 116;

/// How the simulator numbers new files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inodes {
    /// Every file gets a number that was never used.
    #[default]
    Unique,
    /// A new file gets the lowest free number, as ext4 does it.
    Reused,
}

/// How often each operation was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Opened paths.
    pub open: u64,
    /// Looks at paths.
    pub stat: u64,
    /// Looks at open files.
    pub file_stat: u64,
    /// Reads.
    pub read: u64,
    /// Listed folders.
    pub list: u64,
}

#[derive(Debug)]
struct Node {
    number: u64,
    content: Mutex<Content>,
}

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    links: u64,
    modified: i128,
    changed: i128,
}

#[derive(Debug, Clone)]
enum Entry {
    File(Arc<Node>),
    Link(PathBuf),
    Special(Refusal),
}

#[derive(Debug, Default)]
struct World {
    inodes: Inodes,
    names: BTreeMap<PathBuf, Entry>,
    nodes: Vec<Weak<Node>>,
    next_number: u64,
    clock: i128,
    denied: Vec<PathBuf>,
    faults: VecDeque<(Op, Fault)>,
    handles: Vec<Weak<()>>,
    calls: Calls,
}

/// The simulated file system; clones share it.
#[derive(Debug, Clone, Default)]
pub struct SimFs(Arc<Mutex<World>>);

/// An open simulated file, for reading and for a writer that keeps its descriptor.
#[derive(Debug)]
pub struct SimFile {
    node: Arc<Node>,
    _handle: Arc<()>,
}

impl SimFs {
    /// An empty file system.
    #[must_use]
    pub fn new(inodes: Inodes) -> Self {
        Self(Arc::new(Mutex::new(World {
            inodes,
            next_number: 1,
            ..World::default()
        })))
    }

    /// Appends to a file, which is made when it is not there.
    pub fn append(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let mut world = self.world();
        let node = world.file_or_new(path.as_ref());
        world.change(&node, |content| content.bytes.extend_from_slice(bytes));
    }

    /// Opens for writing, as a writer that keeps its descriptor across a rotation. The file is made if needed.
    #[must_use]
    pub fn writer(&self, path: impl AsRef<Path>) -> SimFile {
        let mut world = self.world();
        let node = world.file_or_new(path.as_ref());
        world.handle(node)
    }

    /// Appends through a descriptor, whatever its name is now.
    pub fn write(&self, writer: &SimFile, bytes: &[u8]) {
        self.world()
            .change(&writer.node, |content| content.bytes.extend_from_slice(bytes));
    }

    /// Cuts a file to `len` bytes (or fills it up with NUL bytes).
    pub fn truncate(&self, path: impl AsRef<Path>, len: usize) {
        let mut world = self.world();
        let node = world.file_or_new(path.as_ref());
        world.change(&node, |content| content.bytes.resize(len, 0));
    }

    /// Renames, over whatever has the new name.
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) {
        let mut world = self.world();
        let Some(entry) = world.names.remove(from.as_ref()) else {
            return;
        };
        world.unlink(to.as_ref());
        if let Entry::File(node) = &entry {
            let node = Arc::clone(node);
            world.touch(&node);
        }
        world.names.insert(to.as_ref().to_owned(), entry);
    }

    /// Copies the content into a new file.
    pub fn copy(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) {
        let bytes = self.content(from);
        let mut world = self.world();
        world.unlink(to.as_ref());
        let node = world.file_or_new(to.as_ref());
        world.change(&node, |content| content.bytes = bytes);
    }

    /// Deletes a name.
    pub fn remove(&self, path: impl AsRef<Path>) {
        self.world().unlink(path.as_ref());
    }

    /// Makes a symbolic link, over whatever has that name.
    pub fn link(&self, target: impl AsRef<Path>, path: impl AsRef<Path>) {
        let mut world = self.world();
        world.unlink(path.as_ref());
        world
            .names
            .insert(path.as_ref().to_owned(), Entry::Link(target.as_ref().to_owned()));
    }

    /// Puts something at the path that no tailer reads.
    pub fn special(&self, path: impl AsRef<Path>, what: Refusal) {
        let mut world = self.world();
        world.unlink(path.as_ref());
        world.names.insert(path.as_ref().to_owned(), Entry::Special(what));
    }

    /// Takes the permission to open this path (a file), or to enter it (a folder).
    pub fn deny(&self, path: impl AsRef<Path>) {
        let mut world = self.world();
        if let Ok(node) = world.resolve(path.as_ref()) {
            world.touch(&node);
        }
        world.denied.push(path.as_ref().to_owned());
    }

    /// Gives all permissions back.
    pub fn allow_all(&self) {
        self.world().denied.clear();
    }

    /// The next call of `op` meets this fault; several queue up.
    pub fn inject(&self, op: Op, fault: Fault) {
        self.world().faults.push_back((op, fault));
    }

    /// Forgets the faults that did not happen yet, and says how many those are.
    pub fn clear_faults(&self) -> usize {
        std::mem::take(&mut self.world().faults).len()
    }

    /// How many files are open.
    #[must_use]
    pub fn open_handles(&self) -> usize {
        let mut world = self.world();
        world.handles.retain(|handle| handle.strong_count() > 0);
        world.handles.len()
    }

    /// How often each operation was called so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.world().calls
    }

    /// What a file holds; empty when there is none.
    #[must_use]
    pub fn content(&self, path: impl AsRef<Path>) -> Vec<u8> {
        self.world()
            .resolve(path.as_ref())
            .map(|node| lock(&node.content).bytes.clone())
            .unwrap_or_default()
    }

    /// Whether something has this name.
    #[must_use]
    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.world().names.contains_key(path.as_ref())
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panicked elsewhere has failed already; what it left is consistent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    fn resolve(&self, path: &Path) -> Result<Arc<Node>, FsError> {
        let mut path = path.to_owned();
        for _ in 0..8 {
            if self
                .denied
                .iter()
                .any(|denied| path != *denied && path.starts_with(denied))
            {
                return Err(FsError::Refused(Refusal::PermissionDenied));
            }
            match self.names.get(&path) {
                None => return Err(FsError::NotFound),
                Some(Entry::Special(what)) => return Err(FsError::Refused(*what)),
                Some(Entry::File(node)) => return Ok(Arc::clone(node)),
                Some(Entry::Link(target)) => path.clone_from(target),
            }
        }
        Err(FsError::Refused(Refusal::SymlinkLoop))
    }

    fn file_or_new(&mut self, path: &Path) -> Arc<Node> {
        if let Ok(node) = self.resolve(path) {
            return node;
        }
        let number = self.number();
        let node = Arc::new(Node {
            number,
            content: Mutex::new(Content {
                links: 1,
                ..Content::default()
            }),
        });
        self.nodes.push(Arc::downgrade(&node));
        self.names.insert(path.to_owned(), Entry::File(Arc::clone(&node)));
        self.change(&node, |_| ());
        node
    }

    fn number(&mut self) -> u64 {
        self.nodes.retain(|node| node.strong_count() > 0);
        if self.inodes == Inodes::Reused {
            let used: Vec<u64> = self
                .nodes
                .iter()
                .filter_map(Weak::upgrade)
                .map(|node| node.number)
                .collect();
            return (1..).find(|number| !used.contains(number)).unwrap_or(1);
        }
        self.next_number += 1;
        self.next_number
    }

    fn unlink(&mut self, path: &Path) {
        if let Some(Entry::File(node)) = self.names.remove(path) {
            self.touch(&node);
            lock(&node.content).links -= 1;
        }
    }

    fn touch(&mut self, node: &Node) {
        self.clock += 1;
        lock(&node.content).changed = self.clock;
    }

    fn change(&mut self, node: &Node, change: impl FnOnce(&mut Content)) {
        self.touch(node);
        let mut content = lock(&node.content);
        content.modified = self.clock;
        change(&mut content);
    }

    fn handle(&mut self, node: Arc<Node>) -> SimFile {
        let handle = Arc::new(());
        self.handles.push(Arc::downgrade(&handle));
        SimFile {
            node,
            _handle: handle,
        }
    }

    fn fault(&mut self, op: Op) -> io::Result<Option<usize>> {
        let Some(index) = self.faults.iter().position(|(hit, _)| *hit == op) else {
            return Ok(None);
        };
        match self.faults.remove(index) {
            Some((_, Fault::Errno(number))) => Err(io::Error::from_raw_os_error(number)),
            Some((_, Fault::Short(bytes))) => Ok(Some(bytes)),
            None => Ok(None),
        }
    }
}

fn stat_of(node: &Node) -> FileStat {
    let content = lock(&node.content);
    FileStat {
        device: 1,
        inode: node.number,
        size: content.bytes.len() as u64,
        modified_ns: content.modified,
        changed_ns: content.changed,
        links: content.links,
    }
}

impl Fs for SimFs {
    type File = SimFile;

    fn open(&self, path: &Path) -> Result<(SimFile, FileStat), FsError> {
        let mut world = self.world();
        world.calls.open += 1;
        world.fault(Op::Open).map_err(FsError::Io)?;
        let node = world.resolve(path)?;
        if world.denied.iter().any(|denied| denied == path) {
            return Err(FsError::Refused(Refusal::PermissionDenied));
        }
        let stat = stat_of(&node);
        Ok((world.handle(node), stat))
    }

    fn stat(&self, path: &Path) -> Result<FileStat, FsError> {
        let mut world = self.world();
        world.calls.stat += 1;
        world.fault(Op::Stat).map_err(FsError::Io)?;
        Ok(stat_of(&*world.resolve(path)?))
    }

    fn file_stat(&self, file: &SimFile) -> io::Result<FileStat> {
        let mut world = self.world();
        world.calls.file_stat += 1;
        world.fault(Op::FileStat)?;
        Ok(stat_of(&file.node))
    }

    fn read_at(&self, file: &SimFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut world = self.world();
        world.calls.read += 1;
        let most = world.fault(Op::Read)?.unwrap_or(usize::MAX);
        let content = lock(&file.node.content);
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(content.bytes.len());
        let available = &content.bytes[start..];
        let read = available.len().min(buffer.len()).min(most);
        buffer[..read].copy_from_slice(&available[..read]);
        Ok(read)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let mut world = self.world();
        world.calls.list += 1;
        world.fault(Op::List)?;
        let inside = world.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside
            .filter_map(|path| path.file_name().map(OsString::from))
            .collect())
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        let world = self.world();
        let mut real = path.to_owned();
        for _ in 0..8 {
            match world.names.get(&real) {
                Some(Entry::Link(target)) => real.clone_from(target),
                Some(_) => return Ok(real),
                None => return Err(io::ErrorKind::NotFound.into()),
            }
        }
        Err(io::Error::other("a loop of symbolic links"))
    }
}
