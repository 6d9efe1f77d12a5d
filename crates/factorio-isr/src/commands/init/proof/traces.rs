//! What the line of the proof leaves behind: itself in the log, and a delivery that Discord accepted.
//!
//! Owns how it is told from what others say and from an earlier proof. Looks only. Cannot fail: what cannot be looked at holds
//! nothing.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use isr_core::source::ServerTag;
use isr_store::{Admin, OutboxFilter, OutboxRow, RowState};

use crate::commands::census;

/// So much of what a log got since then is searched for the line.
const LOOK: u64 = 4 << 20;
/// So many deliveries are looked at.
const MOST_ROWS: usize = 10_000;

/// What was delivered so far.
pub(super) struct Outbox(Option<Admin>);

impl Outbox {
    /// As the store in this folder keeps it.
    pub(super) fn of(state: &Path) -> Self {
        Self(Admin::open(state).ok())
    }

    /// How many deliveries of such a kind were accepted.
    pub(super) fn count(&self, server: Option<&ServerTag>, is_meant: impl Fn(&OutboxRow) -> bool) -> usize {
        let filter = OutboxFilter {
            states: vec![RowState::Delivered],
            server: server.cloned(),
            ..OutboxFilter::default()
        };
        let rows = self
            .0
            .as_ref()
            .and_then(|admin| admin.list(&filter, MOST_ROWS).ok());
        rows.unwrap_or_default()
            .iter()
            .filter(|row| is_meant(row))
            .count()
    }
}

/// What tells the line from that of an earlier proof, and from what people say meanwhile.
pub(super) fn line_number() -> String {
    let moment = jiff::Timestamp::now().as_microsecond();
    format!("{:08}", moment.rem_euclid(100_000_000))
}

/// How long a log is now; one that is not there is empty.
pub(super) fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

/// Whether a file holds a text behind that place, or anywhere when it was begun anew.
pub(super) fn holds(path: &Path, from: u64, text: &str) -> bool {
    let added = || -> io::Result<Vec<u8>> {
        let mut file = census::open_regular(path)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(if size < from { 0 } else { from }))?;
        let mut added = Vec::new();
        file.take(LOOK).read_to_end(&mut added)?;
        Ok(added)
    };
    added().is_ok_and(|added| String::from_utf8_lossy(&added).contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_log_got_since_then_counts() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("console.log");
        assert_eq!(size(&log), 0);
        std::fs::write(&log, "a line (1)\n").unwrap();
        let from = size(&log);
        assert!(holds(&log, 0, "a line (1)") && !holds(&log, from, "a line (1)"));
        // Begun anew, and shorter.
        std::fs::write(&log, "line (2)\n").unwrap();
        assert!(holds(&log, from, "line (2)"));
    }
}
