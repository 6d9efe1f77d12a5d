//! The rules of configuration, each tried on a folder of its own: no test reads the process environment.

mod alerts;
mod bot;
mod examples;
mod file;
mod filters;
mod mentions;
mod old_servers;
mod patterns;
mod permissions;
mod properties;
mod quiet;
mod rcon;
mod routes;
mod servers;
mod sources;
mod voice;

use std::path::{Path, PathBuf};

use super::{Loaded, Overrides, Refused, Surroundings, load};

/// A webhook address with a token that must never be shown.
pub(crate) const WEBHOOK: &str = "https://discord.com/api/webhooks/111/canary-token";
pub(crate) const OTHER_WEBHOOK: &str = "https://discord.com/api/webhooks/222/canary-other";

/// A machine of its own: a root with well-known places, and a working directory.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    surroundings: Surroundings,
    pub(crate) overrides: Overrides,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let working_dir = folder.path().join("work");
        std::fs::create_dir_all(&working_dir).expect("working directory");
        let home = folder.path().join("home").display().to_string();
        let surroundings = Surroundings::empty(working_dir)
            .with_root(folder.path().join("root"))
            .with_variable("HOME", home)
            .with_variable("TZ", "Europe/Berlin");
        Self {
            folder,
            surroundings,
            overrides: Overrides::default(),
        }
    }

    /// A scene whose only fault can be the one under test.
    pub(crate) fn ready() -> Self {
        Self::new()
            .with("FACTORIO_LOG_PATH", "console.log")
            .with("DISCORD_WEBHOOK_URL", WEBHOOK)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.surroundings = self.surroundings.with_variable(name, value);
        self
    }

    /// Writes a file; the path starts in the scene (`work/…`, `root/…`).
    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, text).expect("file");
        self
    }

    pub(crate) fn folder(self, path: &str) -> Self {
        std::fs::create_dir_all(self.path(path)).expect("folder");
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn yaml(self, text: &str) -> Self {
        self.file("work/factorio-isr.yml", text)
    }

    pub(crate) fn load(&self) -> Result<Loaded, Refused> {
        load(&self.surroundings, &self.overrides)
    }

    pub(crate) fn accepted(&self) -> Loaded {
        self.load()
            .unwrap_or_else(|refused| panic!("refused:\n{refused}"))
    }

    /// The problems, without the folder that the scene happens to lie in.
    pub(crate) fn problems(&self) -> Vec<String> {
        let refused = self.load().expect_err("must be refused");
        refused
            .problems
            .iter()
            .map(|problem| self.local(&problem.to_string()))
            .collect()
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let notes = match self.load() {
            Ok(loaded) => loaded.notes,
            Err(refused) => refused.notes,
        };
        notes.iter().map(|note| self.local(&note.to_string())).collect()
    }

    fn local(&self, text: &str) -> String {
        let prefix = format!("{}/", self.folder.path().display());
        text.replace(&prefix, "").replace("work/", "")
    }

    /// Value and origin of a setting as `check` shows them.
    pub(crate) fn shown(&self, key: &str) -> (String, String) {
        let loaded = self.accepted();
        let setting = loaded.settings.iter().find(|setting| setting.key == key);
        let setting = setting.unwrap_or_else(|| panic!("no setting {key}"));
        (
            self.local(&setting.value),
            self.local(&setting.origin.to_string()),
        )
    }
}

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[track_caller]
pub(crate) fn assert_some_contains(lines: &[String], part: &str) {
    assert!(
        lines.iter().any(|line| line.contains(part)),
        "{part:?} is in none of {lines:#?}"
    );
}
