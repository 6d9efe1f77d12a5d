//! A look at the end of a log: what kind of log is it, and what do its last stamps say?
//!
//! Owns the bounded look that `check` and `doctor` share. Reads at most a few hundred kilobytes. Fails with the
//! operating system's reason.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use factorio_log::{Context, Grammar, Stamp, strip_ansi};
use isr_core::coverage::{LogContent, ShapeCensus};
use rustix::fs::{Mode, OFlags};

/// So much of the end of a log is looked at.
const LOOK: u64 = 256 * 1024;

/// What a look at a log told.
#[derive(Debug)]
pub struct Census {
    /// What kind of log it is.
    pub content: LogContent,
    /// The last stamp in it.
    pub last_stamp: Option<Stamp>,
    /// When the file was last written.
    pub modified: Option<SystemTime>,
    /// Its size in bytes.
    pub size: u64,
}

/// Opens a regular file, and waits for nobody: at a named pipe an ordinary open waits for a writer, perhaps for ever.
///
/// # Errors
/// When it cannot be opened, or is something else.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let regular = |found: std::fs::Metadata| match found.is_file() {
        true => Ok(()),
        false => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is not a regular file",
        )),
    };
    // A device may act when it is opened: look before touching, and again at what was opened.
    regular(std::fs::metadata(path)?)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    regular(file.metadata()?)?;
    Ok(file)
}

/// Looks at the end of a log.
///
/// # Errors
/// When the file cannot be opened or read, or is not a regular file.
pub fn look(path: &Path) -> io::Result<Census> {
    let mut file = open_regular(path)?;
    let found = file.metadata()?;
    let size = found.len();
    file.seek(SeekFrom::Start(size.saturating_sub(LOOK)))?;
    let mut text = Vec::new();
    file.take(LOOK).read_to_end(&mut text)?;
    let (content, last_stamp) = count(&text, size > LOOK);
    Ok(Census {
        content,
        last_stamp,
        modified: found.modified().ok(),
        size,
    })
}

fn count(text: &[u8], begins_inside_a_line: bool) -> (LogContent, Option<Stamp>) {
    let grammar = Grammar::default();
    let mut context = Context::default();
    let mut shapes = ShapeCensus::default();
    let mut scratch = Vec::new();
    let mut last_stamp = None;
    let whole_lines = text
        .split(|byte| *byte == b'\n')
        .skip(usize::from(begins_inside_a_line));
    for line in whole_lines {
        let line = strip_ansi(line, &mut scratch);
        if let Some(entry) = grammar.parse(&mut context, line) {
            shapes.add(entry.shape);
            last_stamp = entry.when.or(last_stamp);
        }
    }
    (shapes.content(), last_stamp)
}
