//! A machine on which a game runs, as `init` finds it: processes and files below a root of its own.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use isr_testkit::process::Daemon;
use isr_testkit::rcon::FakeFactorio;

use crate::stage::{SOON, Stage};

pub(crate) const PASSWORD: &str = "a-password-that-nobody-may-ever-show";
pub(crate) const CHANNEL: u64 = 300_000_000_000_000_001;
pub(crate) const GUILD: u64 = 1_000_000_000_000_000_001;

/// A fake Discord, a game, and the root of the machine.
pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) game: FakeFactorio,
}

impl Scene {
    /// The game writes `/factorio/console.log` below the root, and its process says so.
    pub(crate) async fn new() -> Self {
        let scene = Self::silent().await;
        scene.game.write_logs(&scene.root().join("factorio")).unwrap();
        let line = format!(
            "/opt/factorio/bin/x64/factorio\0--start-server-load-latest\0--console-log\0/factorio/console.log\0\
             --server-settings\0/factorio/config/server-settings.json\0--rcon-port\0{}\0--rcon-password\0{PASSWORD}\0",
            scene.game.addr().port()
        );
        scene.runs(&line);
        scene
    }

    /// No process yet, and no log.
    pub(crate) async fn silent() -> Self {
        let stage = Stage::bare().await;
        let game = FakeFactorio::start(PASSWORD).await.unwrap();
        let scene = Self { stage, game };
        let config = scene.root().join("factorio/config");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("server-settings.json"), r#"{"name": "My factory"}"#).unwrap();
        scene
    }

    /// A process with this command line runs.
    pub(crate) fn runs(&self, line: &str) {
        let process = self.root().join("proc/4711");
        fs::create_dir_all(&process).unwrap();
        fs::write(process.join("cmdline"), line).unwrap();
        if !process.join("cwd").exists() {
            symlink("/factorio", process.join("cwd")).unwrap();
        }
    }

    /// The same scene with the fake's bot in reach.
    pub(crate) fn with_api(self) -> Self {
        let api = self.stage.discord.api();
        Self {
            stage: self
                .stage
                .configure(|command| command.env("FACTORIO_ISR_DISCORD_API", api)),
            ..self
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.stage.command.home().join("machine")
    }

    /// The folder that is written to: where the program is started.
    pub(crate) fn output(&self) -> PathBuf {
        self.stage.command.work_dir()
    }

    /// A file with a secret, as a person would have made it.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.stage.command.home().join(name);
        fs::write(&path, format!("{text}\n")).unwrap();
        path.display().to_string()
    }

    /// Starts `init` with these words.
    pub(crate) fn begin(&self, words: &[&str]) -> Daemon {
        let root = self.root().display().to_string();
        let command = self.stage.command.clone().arg("init").args(["--root", &root]);
        command.args(words).spawn().unwrap()
    }

    /// Runs it to its end; its exit code and what it printed, the root and ports left out.
    pub(crate) async fn init(&self, words: &[&str]) -> (i32, String) {
        let daemon = self.begin(words);
        self.end_of(&daemon).await
    }

    pub(crate) async fn end_of(&self, daemon: &Daemon) -> (i32, String) {
        let (status, text) = daemon.wait_for_exit_and_output(SOON).await.unwrap();
        (status.code().unwrap_or(-1), self.plain(&text))
    }

    /// What stands for the machine in a transcript.
    pub(crate) fn plain(&self, text: &str) -> String {
        let root = self.root().display().to_string();
        let work = self.output().display().to_string();
        text.replace(&root, "").replace(&work, "/srv/relay")
    }

    /// The configuration that was written.
    pub(crate) fn written(&self) -> String {
        fs::read_to_string(self.output().join("factorio-isr.yml")).unwrap()
    }

    pub(crate) fn secret(&self, name: &str) -> String {
        let path = self.output().join(".secrets").join(format!("{name}.txt"));
        assert_eq!(mode(&path), 0o600, "{name}");
        fs::read_to_string(path).unwrap().trim_end().to_owned()
    }
}

/// The permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
