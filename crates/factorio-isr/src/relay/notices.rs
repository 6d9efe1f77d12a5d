//! What a tailer has to tell, in the words of the program's own log.
//!
//! Owns the wording and the level of each notice; a loss is told to people in the server's language. Names sources by their tags, never by their paths. Cannot fail.

use isr_core::source::{GenerationId, SourceId};
use isr_core::voice::Words;
use isr_tail::{Gap, Notice};

/// A loss that people have to hear of (G3: nothing is lost silently).
#[derive(Debug)]
pub(super) struct Loss {
    /// The generation concerned; where it is unknown, one that stands for this moment.
    pub(super) generation: GenerationId,
    /// What tells this remark from others about the same generation.
    pub(super) number: u64,
    /// The message.
    pub(super) text: String,
    /// The bytes, as far as they are known.
    pub(super) bytes: u64,
}

impl Loss {
    /// The loss that a notice tells of, if it does.
    pub(super) fn of(notice: &Notice, words: &Words, now_ms: i64) -> Option<Self> {
        match *notice {
            Notice::BytesLost { generation, bytes } => Some(Self {
                generation,
                number: bytes,
                text: words.lost_bytes(bytes),
                bytes,
            }),
            Notice::GenerationGap {
                gap: Gap::Missing(files),
            } => Some(Self {
                generation: GenerationId(now_ms),
                number: u64::from(files),
                text: words.lost_files(files),
                bytes: 0,
            }),
            _ => None,
        }
    }
}

/// Writes a notice of a tailer into the program's log, as a sentence with its remedy where there is one.
pub(super) fn log_notice(id: &SourceId, notice: &Notice) {
    let source = id.to_string();
    match notice {
        Notice::Resumed { offset, .. } => tracing::info!(source, offset, "log_tailing_active: resumed"),
        Notice::NewGeneration { offset, why, .. } => {
            tracing::info!(source, offset, why = why.as_str(), "log_tailing_active");
        }
        Notice::Rotated { .. } => tracing::info!(source, "log_rotated: the old file is read to its end"),
        Notice::Truncated { seen_size, size, .. } => tracing::warn!(source, seen_size, size, "log_truncated"),
        Notice::CopyFound { .. } => {
            tracing::info!(source, "log_copy_found: reading goes on in the rotated file")
        }
        Notice::BytesLost { bytes, .. } => tracing::error!(
            source,
            bytes,
            "log_bytes_lost: they went away before they could be read; rotate by renaming instead of truncating"
        ),
        Notice::LineTooLong { start, cut_bytes, .. } => {
            tracing::warn!(
                source,
                offset = start,
                cut_bytes,
                "line_too_long: its rest was dropped"
            );
        }
        Notice::PathVanished { .. } => tracing::warn!(source, "log_vanished: waiting for it to come back"),
        Notice::PathRefused { reason } => tracing::error!(
            source,
            reason = reason.as_str(),
            "log_refused: name a file that our user may read; `factorio-isr doctor` helps"
        ),
        Notice::ReadError { operation, error } => {
            tracing::warn!(source, operation, %error, "log_read_failed: trying again")
        }
        Notice::Recovered => tracing::info!(source, "log_recovered"),
        Notice::GenerationGap {
            gap: Gap::Missing(files),
        } => {
            tracing::error!(
                source,
                files,
                "log_generations_missing: rotated files came and went unread"
            );
        }
        Notice::GenerationGap { gap: Gap::Possible } => {
            tracing::warn!(
                source,
                "log_generation_gap: the old file could not be found again"
            );
        }
        Notice::Ended { .. } => tracing::debug!(source, "log_generation_ended"),
    }
}
