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
use super::chosen::{Chosen, ChosenServer, TOKEN, WEBHOOK};
use super::{Halt, Story, document};
use crate::config::{self, Overrides, Surroundings};

/// The configuration's name.
const CONFIG: &str = "factorio-isr.yml";
/// The folder of secrets, beside it.
const SECRETS: &str = ".secrets";
/// What is behind the name of a file that was replaced; a second one gets a number.
const FORMER: &str = "former";

/// What may be done with files that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replacing {
    /// A person has to be asked.
    Unasked,
    /// That was granted.
    Granted,
}

/// Asks about files that are there, before anything is made at Discord that a refusal would leave behind for nothing. Where
/// nothing can be made it is asked later, when it is known whether they would change at all.
pub(super) async fn ask_first(story: &Story, servers: &[ChosenServer]) -> Result<Replacing, Halt> {
    let options = &story.options;
    let makes = options.create_channel.is_some() || options.create_webhook;
    if !makes && !story.questions.are_answered() {
        return Ok(Replacing::Unasked);
    }
    let folder = folder(story)?;
    let passwords = servers.iter().map(ChosenServer::password_name);
    let secrets = [TOKEN, WEBHOOK].map(str::to_owned).into_iter().chain(passwords);
    let secrets = secrets.map(|name| secret_path(&folder, &name));
    let mut there: Vec<PathBuf> = std::iter::once(folder.join(CONFIG)).chain(secrets).collect();
    there.retain(|path| path.symlink_metadata().is_ok());
    if there.is_empty() {
        return Ok(Replacing::Unasked);
    }
    story.screen.heading("Files");
    let there: Vec<&Path> = there.iter().map(PathBuf::as_path).collect();
    ask_to_replace(story, &there).await?;
    Ok(Replacing::Granted)
}

fn folder(story: &Story) -> Result<PathBuf, Halt> {
    let output = &story.options.output;
    std::path::absolute(output).map_err(|error| Halt::Unwritable(output.clone(), error))
}

fn secret_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(SECRETS).join(format!("{name}.txt"))
}

/// Writes everything, and gives the path of the configuration.
pub(super) async fn write(story: &Story, chosen: &Chosen, replacing: Replacing) -> Result<PathBuf, Halt> {
    let folder = folder(story)?;
    let wanted = Wanted::of(&folder, chosen);
    let replaced = wanted.replaced();
    if !replaced.is_empty() && replacing == Replacing::Unasked {
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
        let question = "Replace it where it changes? What was there is kept beside it, as NAME.former";
        story
            .questions
            .yes_or_no(question, Answer::No, "--replace")
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
            let path = secret_path(folder, &name);
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
        let mut replaced: Vec<&Path> = Vec::new();
        if differs(&self.folder.join(CONFIG), &self.text) {
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
        for (path, text) in &wanted.secrets {
            keep(path, text)?;
            fs::rename(self.of_secret(path), path).map_err(failed(path))?;
        }
        let config = wanted.folder.join(CONFIG);
        keep(&config, &wanted.text)?;
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

/// Keeps a file that is about to be replaced by another text, beside it and under a name that nobody has. A second name for
/// the same file: its rights stay, nothing is half copied, and no link is followed.
fn keep(path: &Path, instead: &str) -> Result<(), Halt> {
    const MOST: usize = 1000;
    if path.symlink_metadata().is_err() || fs::read(path).is_ok_and(|text| text == instead.as_bytes()) {
        return Ok(());
    }
    let named = |number: usize| {
        let mut name = path.as_os_str().to_owned();
        name.push(match number {
            1 => format!(".{FORMER}"),
            more => format!(".{FORMER}-{more}"),
        });
        PathBuf::from(name)
    };
    let mut number = 1;
    loop {
        // Not every file system has second names.
        let kept = fs::hard_link(path, named(number)).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            _ => copy(path, &named(number)),
        });
        match kept {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < MOST => number += 1,
            Err(error) => return Err(Halt::Unwritable(named(number), error)),
        }
    }
}

/// A copy for its owner alone, where nothing is.
fn copy(path: &Path, to: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)?;
    io::copy(&mut File::open(path)?, &mut file)?;
    file.sync_all()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_never_replaces_anything() {
        let folder = tempfile::tempdir().unwrap();
        let (path, to) = (folder.path().join("x"), folder.path().join("y"));
        fs::write(&path, "text").unwrap();
        std::os::unix::fs::symlink(folder.path().join("z"), &to).unwrap();
        assert_eq!(copy(&path, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(!folder.path().join("z").exists());
    }

    #[test]
    fn what_is_replaced_is_kept_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.yml");
        keep(&path, "new").unwrap();
        for text in ["by hand", "second", "third"] {
            let made = folder.path().join("made");
            fs::write(&made, text).unwrap();
            keep(&path, text).unwrap();
            fs::rename(&made, &path).unwrap();
            // The same again leaves nothing.
            keep(&path, text).unwrap();
        }
        let kept = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(
            (kept("x.yml.former"), kept("x.yml.former-2")),
            ("by hand".into(), "second".into())
        );
        assert_eq!(kept("x.yml"), "third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
