//! What `doctor` says of the way from a log to the store: how far it was read.
//!
//! Owns the comparison of the positions that the relay committed with the files as they are. Looks only; works beside a relay
//! that runs. A log that was never read has no position, and nothing is said of it here.

use std::os::unix::fs::MetadataExt as _;

use isr_core::source::{Checkpoint, SourceId};
use isr_store::Admin;
use jiff::Timestamp;

use super::{Report, unix_ms};
use crate::config::Config;

/// Looks at every log with a position.
pub(super) fn look(config: &Config, report: &mut Report) {
    let stored = Admin::open(&config.state_dir)
        .and_then(|admin| admin.checkpoints())
        .unwrap_or_default();
    for server in &config.servers {
        for plan in server.streams() {
            let about = format!("{} ({} log)", server.tag, plan.stream.as_str());
            let source = SourceId {
                server: server.tag.clone(),
                stream: plan.stream,
            };
            let own = stored.iter().rev().find(|(known, _)| *known == source);
            if let (Some((_, position)), Some(path)) = (own, &plan.path)
                && let Ok(found) = std::fs::metadata(path)
            {
                one(position, &found, &about, report);
            }
        }
    }
}

fn one(position: &Checkpoint, found: &std::fs::Metadata, about: &str, report: &mut Report) {
    if (position.device, position.inode) != (found.dev(), found.ino()) {
        let what = "another file is there than the one that was read last: the relay takes it up by itself while it runs";
        return report.note(about, what);
    }
    match found.len().checked_sub(position.offset) {
        Some(0) => {
            let age = found.modified().ok().and_then(unix_ms).map(age);
            let written = age
                .map(|age| format!("; last written {age} ago"))
                .unwrap_or_default();
            report.good(about, format!("the relay has read all of it{written}"));
        }
        Some(left) => report.note(
            about,
            format!("{left} bytes are not read yet: is the relay running? It goes on there when it starts"),
        ),
        None => report.note(
            about,
            "it was truncated: the relay reads it from its beginning when it notices",
        ),
    }
}

/// Since then, roughly.
fn age(written_ms: i64) -> String {
    let seconds = (Timestamp::now().as_millisecond() - written_ms).max(0) / 1000;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
