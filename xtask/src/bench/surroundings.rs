//! Where and how the figures were measured.

use isr_testkit::log::lines::Stamp;

use crate::shell;

/// A line for each thing that matters; what cannot be found out is left out.
pub(super) fn describe(date: Option<&str>) -> Vec<String> {
    let today = || {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let now = Stamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(0)).to_string();
        now.split(' ').next().map(str::to_owned)
    };
    let folder = std::env::temp_dir();
    let lines = [
        Some(("Command", "`cargo xtask bench`".to_owned())),
        date.map(str::to_owned).or_else(today).map(|date| ("Date", date)),
        processor().map(|machine| ("Machine", machine)),
        said("uname -sr").map(|kernel| ("Kernel", kernel)),
        said(&format!("stat -f -c %T {}", folder.display())).map(|kind| ("File system", kind)),
        said("rustc --version").map(|version| ("Compiler", version)),
        Some(("SQLite", rusqlite::version().to_owned())),
        commit().map(|commit| ("Commit", commit)),
        load().map(|load| ("Load average before (1, 5, 15 min)", load)),
    ];
    lines
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect()
}

fn said(line: &str) -> Option<String> {
    shell::output(line)
        .ok()
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))?
        .1;
    let cores = std::thread::available_parallelism().ok()?;
    let memory = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kib: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    Some(format!("{cores} cores of {model}, {} GiB", kib.div_ceil(1 << 20)))
}

/// The commit, and whether what was built differs from it.
fn commit() -> Option<String> {
    let commit = said("git rev-parse --short HEAD")?;
    let changed = said("git status --porcelain --untracked-files=no").is_some();
    Some(if changed {
        format!("{commit}, with uncommitted changes")
    } else {
        commit
    })
}

/// A busy machine spoils times: whoever reads them has to see it.
fn load() -> Option<String> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split_whitespace().take(3).collect::<Vec<_>>().join(", "))
}
