//! How the configuration and the secrets reach the disk.
//!
//! Owns that nothing is half written and nothing replaced unasked: all files are made in a folder of their own beside the
//! old ones, the configuration is checked there as `factorio-isr check` would, and only then they take their places, the
//! configuration last. Secrets are for their owner alone from their first byte. Fails with [`Halt`]; the folder goes away.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::ask::Answer;
use super::chosen::Chosen;
use super::{Halt, Story, document};
use crate::config::{self, Overrides, Surroundings};

/// The configuration's name.
const CONFIG: &str = "factorio-isr.yml";
/// The folder of secrets, beside it.
const SECRETS: &str = ".secrets";
/// What a replaced configuration is called.
const FORMER: &str = "factorio-isr.yml.former";

/// Writes everything, and gives the path of the configuration.
pub(super) async fn write(story: &Story, chosen: &Chosen) -> Result<PathBuf, Halt> {
    let output = &story.options.output;
    let folder = std::path::absolute(output).map_err(|error| Halt::Unwritable(output.clone(), error))?;
    let wanted = Wanted::of(&folder, chosen);
    let replaced = wanted.replaced();
    if !replaced.is_empty() {
        ask_to_replace(story, &replaced).await?;
    }
    let staged = Staged::make(&folder, &wanted)?;
    staged.check(&story.surroundings)?;
    staged.put_in_place(&wanted)?;
    let config = folder.join(CONFIG);
    story.screen.good(&format!("Wrote {}", config.display()));
    for (path, _) in &wanted.secrets {
        story.screen.good(&format!(
            "Wrote {} (for your eyes only: mode 0600)",
            path.display()
        ));
    }
    Ok(config)
}

async fn ask_to_replace(story: &Story, replaced: &[&Path]) -> Result<(), Halt> {
    for path in replaced {
        story
            .screen
            .note(&format!("{} is there already.", path.display()));
    }
    let answer = if story.options.replace {
        Answer::Yes
    } else {
        let question = format!("Replace it? The former configuration is kept as {FORMER}");
        story
            .questions
            .yes_or_no(&question, Answer::No, "--replace")
            .await?
    };
    match answer {
        Answer::Yes => Ok(()),
        Answer::No => Err(Halt::Refused {
            what: "nothing was written: files are there already".to_owned(),
            next: "choose another folder with --output, or give --replace".to_owned(),
        }),
    }
}

/// The files as they will be.
struct Wanted {
    folder: PathBuf,
    text: String,
    secrets: Vec<(PathBuf, String)>,
}

impl Wanted {
    fn of(folder: &Path, chosen: &Chosen) -> Self {
        let secret = |(name, secret): (String, &super::secret::Secret)| {
            let path = folder.join(SECRETS).join(format!("{name}.txt"));
            (path, format!("{}\n", secret.reveal()))
        };
        Self {
            folder: folder.to_owned(),
            text: document::text(chosen),
            secrets: chosen.secrets().into_iter().map(secret).collect(),
        }
    }

    /// What is there and holds something else.
    fn replaced(&self) -> Vec<&Path> {
        let differs = |path: &Path, text: &str| match fs::read(path) {
            Ok(bytes) => bytes != text.as_bytes(),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        };
        let config = self.folder.join(CONFIG);
        let mut replaced: Vec<&Path> = Vec::new();
        if differs(&config, &self.text) && config.exists() {
            replaced.push(Path::new(CONFIG));
        }
        let secrets = self.secrets.iter().filter(|(path, text)| differs(path, text));
        replaced.extend(secrets.map(|(path, _)| path.as_path()));
        replaced
    }
}

/// All files in a folder of their own, which goes away with this.
struct Staged(PathBuf);

impl Staged {
    fn make(folder: &Path, wanted: &Wanted) -> Result<Self, Halt> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| Halt::Unwritable(path, error)
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let stage = folder.join(format!(".factorio-isr-init-{}", std::process::id()));
        let private = |path: &Path| DirBuilder::new().mode(0o700).create(path).map_err(failed(path));
        private(&stage)?;
        let staged = Self(stage.clone());
        private(&stage.join(SECRETS))?;
        let secrets = folder.join(SECRETS);
        if !secrets.is_dir() {
            private(&secrets)?;
        }
        for (path, text) in &wanted.secrets {
            let own = staged.of_secret(path);
            put(&own, text, 0o600).map_err(failed(&own))?;
        }
        let config = stage.join(CONFIG);
        put(&config, &wanted.text, 0o644).map_err(failed(&config))?;
        Ok(staged)
    }

    fn of_secret(&self, path: &Path) -> PathBuf {
        self.0.join(SECRETS).join(path.file_name().unwrap_or_default())
    }

    /// Whether the program would take it. That it does not is our fault, not the person's.
    fn check(&self, surroundings: &Surroundings) -> Result<(), Halt> {
        let overrides = Overrides {
            config: Some(self.0.join(CONFIG).to_string_lossy().into_owned()),
            ..Overrides::default()
        };
        config::load(surroundings, &overrides)
            .map(|_| ())
            .map_err(|refused| Halt::Refused {
                what: format!("the configuration would be refused, and was not written. {refused}"),
                next: "correct what is named (variables and other files of this folder count as well)"
                    .to_owned(),
            })
    }

    fn put_in_place(&self, wanted: &Wanted) -> Result<(), Halt> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| Halt::Unwritable(path, error)
        };
        for (path, _) in &wanted.secrets {
            fs::rename(self.of_secret(path), path).map_err(failed(path))?;
        }
        let config = wanted.folder.join(CONFIG);
        if config.exists() {
            let former = wanted.folder.join(FORMER);
            fs::copy(&config, &former).map_err(failed(&former))?;
        }
        fs::rename(self.0.join(CONFIG), &config).map_err(failed(&config))?;
        for folder in [wanted.folder.join(SECRETS), wanted.folder.clone()] {
            let synced = File::open(&folder).and_then(|folder| folder.sync_all());
            synced.map_err(failed(&folder))?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _what_is_left_holds_nothing_that_is_used = fs::remove_dir_all(&self.0);
    }
}

/// A new file; never one that is there.
fn put(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
