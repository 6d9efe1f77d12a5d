//! The house rules that a compiler does not check: layers, module headers, file lengths, banned words.

#![expect(
    clippy::unwrap_used,
    reason = "a tidy check that cannot read the tree has failed"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rows of the design, bottom first. A crate may depend on crates of lower rows only; siblings never know each
/// other. The test kit is for tests and development commands.
const ROWS: [&[&str]; 4] = [
    &["factorio-log"],
    &["isr-core"],
    &["isr-tail", "isr-store", "isr-discord", "factorio-rcon"],
    &["factorio-isr"],
];

/// What the pure crates must never touch.
const BANNED_IN_PURE: [&str; 8] = [
    "std::fs",
    "std::net",
    "std::process",
    "tokio",
    "rusqlite",
    "hyper",
    "SystemTime::now",
    "Instant::now",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn row_of(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

/// Names of the workspace's crates in the `[dependencies]` of a manifest (development ones left out).
fn dependencies(manifest: &str) -> Vec<String> {
    let section = manifest
        .split("\n[")
        .find(|part| part.starts_with("dependencies]"))
        .unwrap_or_default();
    section
        .lines()
        .skip(1)
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| row_of(name).is_some() || *name == "isr-testkit")
        .map(str::to_owned)
        .collect()
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with(".git") {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

fn all_rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask"] {
        rust_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 20, "the tree was not found");
    files
}

#[test]
fn dependencies_point_strictly_down_and_siblings_never_know_each_other() {
    let mut faults = Vec::new();
    let mut seen = BTreeMap::new();
    for row in ROWS.iter().flat_map(|row| row.iter()) {
        let path = root().join("crates").join(row).join("Cargo.toml");
        let Ok(manifest) = fs::read_to_string(&path) else {
            continue;
        };
        for dependency in dependencies(&manifest) {
            if row_of(&dependency).is_none_or(|below| below >= row_of(row).unwrap()) {
                faults.push(format!("{row} depends on {dependency}"));
            }
            seen.entry(*row).or_insert_with(Vec::new).push(dependency);
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    assert!(
        seen["factorio-isr"].len() >= 5,
        "the manifest of the binary was not understood: {seen:?}"
    );
}

#[test]
fn the_pure_crates_touch_no_file_no_socket_and_no_clock() {
    let mut faults = Vec::new();
    for name in ["factorio-log", "isr-core", "factorio-rcon"] {
        let mut files = Vec::new();
        let sources = root().join("crates").join(name).join("src");
        rust_files(&sources, &mut files);
        // The session is the one impure part of that crate; codec, gate, commands and replies are not.
        files.retain(|file| !file.starts_with(sources.join("session")));
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let code: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            for banned in BANNED_IN_PURE {
                if code.iter().any(|line| line.contains(banned)) {
                    faults.push(format!("{} uses {banned}", file.display()));
                }
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_module_opens_with_what_it_owns() {
    let headless: Vec<_> = all_rust_files()
        .into_iter()
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            !text.lines().take(3).any(|line| line.starts_with("//!"))
        })
        .collect();
    assert_eq!(headless, Vec::<PathBuf>::new());
}

#[test]
fn no_file_grows_beyond_600_lines() {
    let long: Vec<_> = all_rust_files()
        .into_iter()
        .map(|file| (fs::read_to_string(&file).unwrap().lines().count(), file))
        .filter(|(lines, _)| *lines > 600)
        .collect();
    assert_eq!(long, Vec::<(usize, PathBuf)>::new());
}

#[test]
fn the_configuration_knows_nothing_of_the_parts_that_follow_it() {
    let mut files = Vec::new();
    rust_files(&root().join("crates/factorio-isr/src/config"), &mut files);
    for file in files
        .iter()
        .filter(|file| !file.components().any(|part| part.as_os_str() == "tests"))
    {
        let text = fs::read_to_string(file).unwrap();
        for part in ["relay", "reload", "commands", "supervisor"] {
            let name = format!("crate::{part}");
            assert!(!text.contains(&name), "{} knows {name}", file.display());
        }
    }
}

/// The image is built from what `.dockerignore` lets through: a folder that is missing there breaks that build only.
#[test]
fn what_the_program_includes_reaches_the_build_of_the_image() {
    let ignored = fs::read_to_string(root().join(".dockerignore")).unwrap();
    for file in all_rust_files() {
        let source = fs::read_to_string(&file).unwrap();
        for included in source.split("include_str!(\"").skip(1) {
            let path = included.split('"').next().unwrap_or_default();
            let Ok(found) = file.parent().unwrap().join(path).canonicalize() else {
                continue;
            };
            let from_root = found.strip_prefix(root().canonicalize().unwrap()).unwrap();
            let folder = from_root
                .components()
                .next()
                .unwrap()
                .as_os_str()
                .to_str()
                .unwrap();
            assert!(
                ignored.lines().any(|line| line == format!("!{folder}")),
                "{} includes {path}, and .dockerignore keeps {folder} out",
                file.display()
            );
        }
    }
}

#[test]
fn no_dumping_grounds() {
    let banned = [
        "util",
        "utils",
        "helper",
        "helpers",
        "common",
        "misc",
        "manager",
        "processor",
    ];
    let grounds: Vec<_> = all_rust_files()
        .into_iter()
        .filter(|file| {
            file.file_stem()
                .is_some_and(|stem| banned.iter().any(|word| stem == *word))
        })
        .collect();
    assert_eq!(grounds, Vec::<PathBuf>::new());
}

#[test]
fn secrets_and_addresses_stand_in_no_shipped_file() {
    let mut faults = Vec::new();
    for name in [
        ".env.example",
        "docker-compose.yml",
        "factorio-isr.example.yml",
        "README.md",
    ] {
        let Ok(text) = fs::read_to_string(root().join(name)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let after = line.split("/api/webhooks/").nth(1).unwrap_or_default();
            let token = after.split('/').nth(1).unwrap_or_default();
            if token.len() > 30 {
                faults.push(format!("{name}:{} looks like a real webhook", number + 1));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_fault_of_the_list_names_tests_that_exist() {
    let list = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    let mut sources = String::new();
    for file in all_rust_files() {
        sources.push_str(&fs::read_to_string(file).unwrap());
    }
    let mut faults = Vec::new();
    let mut rows = 0;
    for line in list
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("](../crates/"))
    {
        rows += 1;
        let id = line[2..5].to_lowercase();
        let named: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        for test in &named {
            if !test.starts_with(&id) || !sources.contains(&format!("fn {test}(")) {
                faults.push(format!("{id} names {test}, which is not a test of it"));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    assert!(rows >= 45, "only {rows} faults have tests");
}
