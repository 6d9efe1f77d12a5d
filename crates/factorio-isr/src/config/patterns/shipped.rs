//! The pack that comes with the program.
//!
//! Owns its files, which are compiled in, and the sign by which a copy of one is known. Must not know what is in them.
//! Cannot fail: a test reads them.

use std::path::Path;

use isr_core::pattern::Tier;

use super::super::findings::Findings;
use super::super::looked::Looked;
use super::super::surroundings::Surroundings;
use super::{Written, file};

/// Name and text of each file.
const FILES: [(&str, &str); 5] = [
    (
        "achievements.yml",
        include_str!("../../../../../patterns/achievements.yml"),
    ),
    (
        "milestones.yml",
        include_str!("../../../../../patterns/milestones.yml"),
    ),
    (
        "research.yml",
        include_str!("../../../../../patterns/research.yml"),
    ),
    ("server.yml", include_str!("../../../../../patterns/server.yml")),
    ("vanilla.yml", include_str!("../../../../../patterns/vanilla.yml")),
];

/// The patterns of the pack.
pub(super) fn read(findings: &mut Findings) -> Vec<Written> {
    let mut all = Vec::new();
    for (name, text) in FILES {
        let path = Path::new("(shipped)").join(name);
        all.extend(file::read_text(text, &path, findings));
    }
    for written in &mut all {
        written.definition.tier = Tier::Shipped;
    }
    all
}

/// Whether a file is a copy of one of the pack, as it came: then it is no more than the pack.
pub(super) fn is_unchanged(path: &Path, looked: &mut Looked) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some((_, text)) = FILES.iter().find(|(known, _)| Some(*known) == name) else {
        return false;
    };
    let limit = u64::try_from(text.len()).unwrap_or(0);
    Surroundings::read_text(path, limit, looked).is_ok_and(|found| found == *text)
}
