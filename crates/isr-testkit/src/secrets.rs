//! Canary secrets, and the search for them (scenario P07).
//!
//! Owns values that look like the real thing and occur nowhere else, and a scanner that finds any ten characters in a
//! row of them: plain, percent-encoded, base64, hexadecimal or backwards. Must not know where the product keeps what.
//! Fails only where files cannot be read.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use crate::rng::Rng;

/// A leak is this many bytes of a secret in a row: fewer could be chance.
const RUN: usize = 10;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A secret that looks like a webhook or bot token: `length` characters of `A-Z a-z 0-9 - _`.
#[must_use]
pub fn token(rng: &mut Rng, length: usize) -> String {
    (0..length).map(|_| char::from(*rng.pick(ALPHABET))).collect()
}

/// Where a secret was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The name of the secret.
    pub secret: String,
    /// The place: as the caller named it, or a file's path.
    pub place: String,
    /// In which form: `plain`, `percent`, `base64`, `hex` or `backwards`.
    pub form: &'static str,
    /// Byte offset of the first hit.
    pub offset: usize,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}) in {} at byte {}",
            self.secret, self.form, self.place, self.offset
        )
    }
}

/// Looks for secrets.
#[derive(Default, Clone)]
pub struct Scanner {
    names: Vec<String>,
    runs: HashMap<[u8; RUN], (usize, &'static str)>,
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Scanner {
    /// A scanner that knows no secret yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret.
    ///
    /// # Panics
    /// When it has fewer than 10 bytes: it could not be told from chance.
    #[must_use]
    pub fn with(mut self, name: &str, secret: &str) -> Self {
        assert!(
            secret.len() >= RUN,
            "the secret {name} is too short to be looked for"
        );
        let index = self.names.len();
        self.names.push(name.to_owned());
        for (form, bytes) in forms(secret.as_bytes()) {
            for run in bytes.windows(RUN) {
                if let Ok(run) = run.try_into() {
                    self.runs.entry(run).or_insert((index, form));
                }
            }
        }
        self
    }

    /// Every secret found in these bytes, once per secret and form.
    #[must_use]
    pub fn scan(&self, place: &str, bytes: &[u8]) -> Vec<Leak> {
        let mut leaks: Vec<Leak> = Vec::new();
        for (offset, run) in bytes.windows(RUN).enumerate() {
            let Some((index, form)) = self.runs.get(run) else {
                continue;
            };
            let secret = &self.names[*index];
            if !leaks
                .iter()
                .any(|leak| leak.secret == *secret && leak.form == *form)
            {
                leaks.push(Leak {
                    secret: secret.clone(),
                    place: place.to_owned(),
                    form,
                    offset,
                });
            }
        }
        leaks
    }

    /// Every secret found in the files below a folder (symlinks are not followed).
    ///
    /// # Errors
    /// When a folder or a file cannot be read.
    pub fn scan_folder(&self, folder: &Path) -> io::Result<Vec<Leak>> {
        let mut leaks = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                leaks.extend(self.scan_folder(&entry.path())?);
            } else if kind.is_file() {
                leaks.extend(self.scan(&entry.path().display().to_string(), &fs::read(entry.path())?));
            }
        }
        Ok(leaks)
    }
}

fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let percent: String = secret
        .iter()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(*b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let mut forms = vec![
        ("plain", secret.to_vec()),
        ("percent", percent.into_bytes()),
        (
            "hex",
            secret
                .iter()
                .flat_map(|b| format!("{b:02x}").into_bytes())
                .collect(),
        ),
        ("backwards", secret.iter().rev().copied().collect()),
    ];
    // What stands before a secret shifts its base64 by 0, 1 or 2 bytes; the first group then mixes with it.
    forms.extend((0..3).map(|skip| ("base64", base64(&secret[skip..]))));
    forms
}

/// Whole groups only: no padding, in the standard alphabet.
fn base64(bytes: &[u8]) -> Vec<u8> {
    let group = |three: &[u8]| {
        let bits = three.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b));
        [18, 12, 6, 0].map(|shift| match ALPHABET[(bits >> shift & 63) as usize] {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p07_every_form_of_a_secret_is_found() {
        let secret = token(&mut Rng::new(5), 68);
        let scanner = Scanner::new().with("token", &secret);
        let form = |text: &str| {
            scanner
                .scan("log", text.as_bytes())
                .first()
                .map(|leak| (leak.form, leak.offset))
        };
        assert_eq!(form(&format!("url=/{secret}")), Some(("plain", 5)));
        assert_eq!(form(&secret[20..30]), Some(("plain", 0)));
        assert_eq!(form(&secret[20..29]), None);
        assert_eq!(
            form(&secret.chars().rev().collect::<String>()),
            Some(("backwards", 0))
        );
        assert_eq!(base64(b"Bot canary!!"), b"Qm90IGNhbmFyeSEh");
        for before in ["", "x", "xy"] {
            let encoded = base64(format!("{before}{secret}").as_bytes());
            assert_eq!(
                form(&String::from_utf8(encoded).unwrap()).map(|f| f.0),
                Some("base64"),
                "{before}"
            );
        }
        let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
        assert_eq!(form(&hex), Some(("hex", 0)));
        assert_eq!(form("nothing to be seen here, move along"), None);
    }

    #[test]
    fn p07_files_in_folders_are_searched_and_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/file"), "xx canary-secret-1 yy").unwrap();
        fs::write(folder.path().join("clean"), "nothing").unwrap();
        let leaks = Scanner::new()
            .with("one", "canary-secret-1")
            .scan_folder(folder.path())
            .unwrap();
        assert_eq!(leaks.len(), 1);
        assert!(
            leaks[0].to_string().contains("deep/file at byte 3"),
            "{}",
            leaks[0]
        );
    }
}
