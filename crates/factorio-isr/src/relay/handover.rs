//! Where a source begins that is opened while the others are read.
//!
//! Owns the choice among its own stored positions and those of a source that leaves with the same change: a log whose
//! server got another name, or that two servers swapped, goes on where the one before ended. Must not know how a file
//! is read or how positions are stored. A file that cannot be looked at counts as unknown; nothing here fails.

use std::os::unix::fs::MetadataExt;

use isr_core::source::{Checkpoint, SourceId};
use isr_store::IngestBatch;

use super::source::{Source, WantedSource};

/// Where a source begins.
#[derive(Debug, PartialEq, Eq)]
pub enum Beginning {
    /// At its own positions; where there are none, as `start:` says.
    Own(Vec<Checkpoint>),
    /// Where a source that leaves ended. The generations are new ones: the old ones stay with that source, and so do
    /// the deliveries that were made from them.
    TakenOver(Vec<Checkpoint>),
}

impl Beginning {
    /// Decides it. All that the leaving sources read is committed, and `stored` was read after that.
    #[must_use]
    pub fn of(wanted: &WantedSource, leaving: &[Source], stored: &[(SourceId, Checkpoint)]) -> Self {
        let former = leaving.iter().find(|source| *source.id() == wanted.plan.id);
        let from = wanted.last_reader(leaving);
        match (from, former) {
            (Some(from), _) if *from.id() != wanted.plan.id && !from.durable().is_empty() => {
                tracing::info!(
                    source = %wanted.plan.id, from = %from.id(),
                    "log_taken_over: it goes on where the other ended"
                );
                Self::TakenOver(as_new_generations(from.durable()))
            }
            (_, Some(_)) => Self::Own(wanted.positions_of_moved(stored)),
            (_, None) => Self::Own(wanted.positions(stored)),
        }
    }

    /// What makes it durable before a line is read; nothing where it is already.
    #[must_use]
    pub fn batch(&self, id: &SourceId) -> Option<IngestBatch> {
        let Self::TakenOver(positions) = self else {
            return None;
        };
        let own = |position: &Checkpoint| (id.clone(), position.clone());
        Some(IngestBatch {
            checkpoints: positions.iter().map(own).collect(),
            ..IngestBatch::default()
        })
    }

    /// The positions, oldest generation first.
    #[must_use]
    pub fn into_positions(self) -> Vec<Checkpoint> {
        match self {
            Self::Own(positions) | Self::TakenOver(positions) => positions,
        }
    }
}

impl WantedSource {
    /// Its own among the stored positions.
    #[must_use]
    pub fn positions(&self, stored: &[(SourceId, Checkpoint)]) -> Vec<Checkpoint> {
        stored
            .iter()
            .filter(|(source, _)| *source == self.plan.id)
            .map(|(_, checkpoint)| checkpoint.clone())
            .collect()
    }

    /// The same for a source whose path has changed: the positions count only when the file is one that was read before.
    /// Another file has nothing to do with them.
    fn positions_of_moved(&self, stored: &[(SourceId, Checkpoint)]) -> Vec<Checkpoint> {
        let own = self.positions(stored);
        let is_known = self
            .file()
            .is_some_and(|file| own.iter().any(|position| lies_in(position, file)));
        if is_known { own } else { Vec::new() }
    }

    /// Who has read its file until now. The file itself counts before its name: files may swap their names too. The name
    /// counts where the file is new, or gone for a moment, as in a rotation.
    fn last_reader<'a>(&self, leaving: &'a [Source]) -> Option<&'a Source> {
        let path = self.plan.path.as_ref()?;
        let reads = |source: &&Source, file| {
            let mut open = source.durable().iter().filter(|position| !position.ended);
            open.any(|position| lies_in(position, file))
        };
        let by_file = self
            .file()
            .and_then(|file| leaving.iter().find(|source| reads(source, file)));
        by_file.or_else(|| leaving.iter().find(|source| source.path() == Some(path)))
    }

    /// Device and inode of what is at its path now.
    fn file(&self) -> Option<(u64, u64)> {
        let found = std::fs::metadata(self.plan.path.as_ref()?).ok()?;
        Some((found.dev(), found.ino()))
    }
}

fn lies_in(position: &Checkpoint, file: (u64, u64)) -> bool {
    (position.device, position.inode) == file
}

fn as_new_generations(positions: &[Checkpoint]) -> Vec<Checkpoint> {
    let renamed = |position: &Checkpoint| Checkpoint {
        generation: isr_tail::new_generation_id(),
        ..position.clone()
    };
    positions.iter().map(renamed).collect()
}
