//! `config/servers.yml` of the Python program: its servers, as if they stood in our own file.
//!
//! Owns where that file lies, its shape, and what of it cannot be kept. It must not stop an old deployment from starting:
//! what is wrong in it makes notes as long as something is left. Must not know what a server is made of.

use std::path::{Path, PathBuf};

use super::bot;
use super::document::{self, Content, Entry, Node};
use super::findings::{Exposure, Field, Findings, Given};
use super::keys::{self, Keys};
use super::old_keys::{OldKeys, Tone};
use super::problem::{Origin, Position, quote};
use super::raw::{Named, RawFile, RawServer};
use super::raw_game::RawCard;
use super::resolve::Sources;
use super::values::NamedValues;
use super::variables;

/// Where the file lies.
const FILES: [&str; 2] = ["config/servers.yml", "config/servers.yaml"];

/// The file cannot be read; the problem says why.
pub(crate) struct Reported;

/// The servers of the old file, in its order.
pub(crate) struct OldServers {
    pub(crate) path: PathBuf,
    pub(crate) servers: Named<RawServer>,
}

impl OldServers {
    /// The log that the environment names, unless the file names it: its program read no such variable.
    pub(crate) fn leave_variable_out(&self, log_path: Field, findings: &mut Findings) -> Field {
        let names_all = self
            .servers
            .iter()
            .all(|(.., server)| server.log_path != Field::Absent);
        let given = match &log_path {
            Field::Given(given) if !matches!(given.origin, Origin::CommandLine(_)) => given,
            _ => return log_path,
        };
        if !names_all && self.servers.len() == 1 {
            return log_path;
        }
        let text = format!("not used: {} names the logs", self.path.display());
        findings.note_at(given.origin.clone(), text);
        Field::Absent
    }
}

/// Reads the old file. `None` when there is none, or none that is used.
///
/// # Errors
/// [`Reported`] when there is one that cannot be read: what it would have said is unknown.
pub(crate) fn read(
    sources: &Sources<'_>,
    raw: &RawFile,
    findings: &mut Findings,
) -> Result<Option<OldServers>, Reported> {
    let Some(path) = file(sources, findings)? else {
        return Ok(None);
    };
    if !raw.servers.is_empty() {
        findings.note_at(
            whole(&path),
            "not read: `servers` of the configuration file comes first",
        );
        return Ok(None);
    }
    let tree = tree(&path, &sources.values, findings).ok_or(Reported)?;
    let described = section(&tree, &path, findings);
    let servers: Named<RawServer> = described
        .into_iter()
        .filter_map(|entry| server(entry, &path, findings))
        .collect();
    Ok((!servers.is_empty()).then_some(OldServers { path, servers }))
}

/// The file: a named one, or the one in its place.
fn file(sources: &Sources<'_>, findings: &mut Findings) -> Result<Option<PathBuf>, Reported> {
    if let Field::Given(given) = sources.values.find(variables::SERVERS_CONFIG, findings) {
        let path = sources.surroundings.written(given.text.trim());
        findings.looked.note(&path);
        if !path.exists() {
            let what = format!("the file {} does not exist", given.quoted());
            let remedy = "correct SERVERS_CONFIG, or remove it and describe your servers in factorio-isr.yml";
            findings.problem(given.origin, what, remedy);
            return Err(Reported);
        }
        return Ok(Some(path));
    }
    let mut places = FILES.map(|name| sources.surroundings.written(name)).to_vec();
    if let Field::Given(given) = sources.values.find(variables::CONFIG_DIR, findings) {
        let folder = sources.surroundings.written(given.text.trim());
        places.insert(0, folder.join("servers.yml"));
    }
    places.iter().for_each(|path| findings.looked.note(path));
    Ok(places.into_iter().find(|path| path.exists()))
}

fn whole(path: &Path) -> Origin {
    Origin::ConfigFile {
        path: path.to_owned(),
        position: None,
    }
}

/// The tree. A key that comes twice counts as it did there: the last one. Only the password knows `${NAME}`.
fn tree(path: &Path, values: &NamedValues<'_>, findings: &mut Findings) -> Option<Node> {
    let mut tree = document::read_plain(path, findings)?;
    keep_last(&mut tree);
    expand_passwords(&mut tree, path, values, findings);
    Some(tree)
}

fn keep_last(node: &mut Node) {
    let Content::Map(entries) = &mut node.content else {
        return;
    };
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for mut entry in entries.drain(..) {
        keep_last(&mut entry.value);
        kept.retain(|known| known.key != entry.key);
        kept.push(entry);
    }
    *entries = kept;
}

/// Replaces `${NAME}` in passwords. A name without a value is no password: it is taken from a secret, or missed.
fn expand_passwords(node: &mut Node, path: &Path, values: &NamedValues<'_>, findings: &mut Findings) {
    let Content::Map(entries) = &mut node.content else {
        return;
    };
    for entry in entries {
        match &entry.value.content {
            Content::Scalar { text, .. } if entry.key == "rcon_password" && text.contains("${") => {
                let at = entry.value.at;
                entry.value.content = match expanded(text, values, findings) {
                    Ok(text) => Content::Scalar {
                        text,
                        exposure: Exposure::Secret,
                    },
                    Err(name) => {
                        let text = format!(
                            "the variable {name} has no value: the password is looked for in the secrets RCON_PASSWORD_TAG and RCON_PASSWORD"
                        );
                        findings.note_at(keys::origin(path, at), text);
                        Content::Empty
                    }
                };
            }
            Content::Map(_) => expand_passwords(&mut entry.value, path, values, findings),
            _ => {}
        }
    }
}

/// The text with all names replaced, or the first name without a value. What is no reference stays as it is.
fn expanded(text: &str, values: &NamedValues<'_>, findings: &mut Findings) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        result.push_str(before);
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        };
        match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, behind)) => {
                match values.find(name, findings) {
                    Field::Given(given) => result.push_str(&given.text),
                    Field::Absent | Field::Broken => return Err(name.to_owned()),
                }
                rest = behind;
            }
            None => {
                result.push_str("${");
                rest = after;
            }
        }
    }
    result.push_str(rest);
    Ok(result)
}

/// What stands below `servers:`.
fn section(tree: &Node, path: &Path, findings: &mut Findings) -> Vec<Entry> {
    let mut servers = Vec::new();
    let Content::Map(entries) = &tree.content else {
        findings.note_at(
            whole(path),
            "nothing here is read: the file has to begin with `servers:`",
        );
        return servers;
    };
    for entry in entries {
        match (entry.key.as_str(), &entry.value.content) {
            ("servers", Content::Map(found)) => servers = found.clone(),
            ("servers", _) => findings.note_at(
                keys::origin(path, entry.at),
                "no server is described here: each needs a name with its keys below it",
            ),
            (key, _) => {
                let text = format!("{} is not read: only `servers:` is", quote(key));
                findings.note_at(keys::origin(path, entry.at), text);
            }
        }
    }
    servers
}

/// A channel whose id is none makes a note: the webhook takes its place.
fn channel(field: Field, keys: &mut Keys<'_>) -> Field {
    match field {
        Field::Given(given) if bot::id(given.text.trim()).is_err() => {
            let text = format!(
                "the channel {} is not used: this is not an id of Discord",
                given.quoted()
            );
            keys.findings.note_at(given.origin, text);
            Field::Absent
        }
        field => field,
    }
}

fn server(entry: Entry, path: &Path, findings: &mut Findings) -> Option<(String, Position, RawServer)> {
    let section = format!("server {}", quote(&entry.key));
    if !matches!(entry.value.content, Content::Map(_)) {
        let text = format!("{section} is left out: it has no keys");
        findings.note_at(keys::origin(path, entry.at), text);
        return None;
    }
    let mut keys = Keys::of(Some(&entry.value), &section, path, findings);
    let mut raw = RawServer {
        log_path: keys.scalar("log_path"),
        name: keys.scalar("name"),
        ..RawServer::default()
    };
    raw.options.event_channel_id = channel(keys.scalar("event_channel_id"), &mut keys);
    OldKeys::take(&mut keys, Tone::Old).put_into(&mut raw);
    keys.finish_with_notes();
    // It knew no card: statistics come as posts, as they did.
    raw.options.card = RawCard {
        enabled: Field::Given(Given {
            text: "off".to_owned(),
            origin: Origin::Default,
            exposure: Exposure::Open,
        }),
        ..RawCard::default()
    };
    Some((entry.key, entry.at, raw))
}
