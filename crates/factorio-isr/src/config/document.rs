//! The configuration file as a tree in which everything has its line and column.
//!
//! Owns the step from YAML to that tree and the replacement of `${NAME}`. Must not know which keys exist. YAML is
//! read with `serde-saphyr`, and only here. Its input budget bounds depth, size and aliases, so that no file can
//! exhaust memory. Scalars keep the text that the person wrote: `017`, `1.10` and `on` are not turned into
//! something else before the setting's own parser sees them.

use std::fmt;
use std::path::Path;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, Spanned};

use super::findings::{Exposure, Field, Findings};
use super::problem::{Origin, Position, quote};
use super::surroundings::{ReadFailure, Surroundings};
use super::values::NamedValues;

/// Largest configuration file, in bytes.
const FILE_LIMIT: u64 = 1 << 20;

/// One value of the file.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) content: Content,
}

/// What a value is.
#[derive(Clone)]
pub(crate) enum Content {
    /// Nothing (`key:` alone, `null`, `~`).
    Empty,
    /// Text, a number, a boolean: as written.
    Scalar { text: String, exposure: Exposure },
    /// A list, in the order of the file.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
    /// Something that was reported already.
    Broken,
}

/// One key of a mapping.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Position,
    pub(crate) value: Node,
}

/// Reads the file and replaces every `${NAME}`. `None` when the file gives no tree; that was reported.
pub(crate) fn read(path: &Path, values: &NamedValues<'_>, findings: &mut Findings) -> Option<Node> {
    let text = match Surroundings::read_text(path, FILE_LIMIT, &mut findings.looked) {
        Ok(text) => text,
        Err(failure) => {
            report_unreadable(path, &failure, findings);
            return None;
        }
    };
    let mut tree = parse(&text, path, findings)?;
    Replacement {
        path,
        values,
        findings,
    }
    .visit(&mut tree);
    Some(tree)
}

/// Reads a file in which `${` has no meaning and keys may come twice: all of them are in the tree.
pub(crate) fn read_plain(path: &Path, findings: &mut Findings) -> Option<Node> {
    match Surroundings::read_text(path, FILE_LIMIT, &mut findings.looked) {
        Ok(text) => plain(&text, path, findings),
        Err(failure) => {
            report_unreadable(path, &failure, findings);
            None
        }
    }
}

fn report_unreadable(path: &Path, failure: &ReadFailure, findings: &mut Findings) {
    let origin = Origin::ConfigFile {
        path: path.to_owned(),
        position: None,
    };
    findings.problem(
        origin,
        format!("the configuration file cannot be used: {failure}"),
        failure.remedy(path),
    );
}

fn parse(text: &str, path: &Path, findings: &mut Findings) -> Option<Node> {
    tree(text, path, DuplicateKeyPolicy::Error, findings)
}

/// Reads a text in which `${` has no meaning and keys may come twice: all of them are in the tree.
pub(crate) fn plain(text: &str, path: &Path, findings: &mut Findings) -> Option<Node> {
    tree(text, path, DuplicateKeyPolicy::PassThrough, findings)
}

fn tree(text: &str, path: &Path, twice: DuplicateKeyPolicy, findings: &mut Findings) -> Option<Node> {
    let options = serde_saphyr::options! {
        duplicate_keys: twice,
        budget: serde_saphyr::budget! { max_depth: 16, max_nodes: 50_000, max_events: 200_000 },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Merge,
        strict_booleans: true,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Bare>>(text, options) {
        Ok(tree) => Some(tree_of(tree, text)),
        Err(error) => {
            let position = error.location().and_then(position);
            let origin = Origin::ConfigFile {
                path: path.to_owned(),
                position,
            };
            let what = format!("the file is not valid YAML: {}", reason(&error.to_string()));
            findings.problem(origin, what, yaml_remedy(text, position));
            None
        }
    }
}

/// The reason alone: the place is said by the problem itself.
fn reason(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.rfind(" at line ").map_or(line, |at| &line[..at]);
    quote(line).trim_matches('`').to_owned()
}

fn yaml_remedy(text: &str, position: Option<Position>) -> &'static str {
    let number = position.and_then(|at| usize::try_from(at.line).ok()).unwrap_or(0);
    let has_tab = |line: &str| line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t');
    let mut around = text.lines().skip(number.saturating_sub(2)).take(2);
    if around.clone().any(has_tab) {
        "indent with spaces: YAML allows no tab there"
    } else if around.any(|line| line.contains("${")) {
        "put ${NAME} into quotation marks when it stands inside { } or [ ]"
    } else {
        "correct this place or the line above it (indentation, a missing colon or quotation mark, a key written twice)"
    }
}

fn position(at: Location) -> Option<Position> {
    (at.line() > 0).then(|| Position {
        line: at.line(),
        column: at.column(),
    })
}

/// What serde hands over; [`tree_of`] adds the exact text of numbers.
enum Bare {
    Empty,
    Text(String),
    /// A number or boolean, as Rust prints it.
    Plain(String),
    List(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
}

fn tree_of(spanned: Spanned<Bare>, source: &str) -> Node {
    let at = position(spanned.referenced).unwrap_or(Position { line: 1, column: 1 });
    let open = |text| Content::Scalar {
        text,
        exposure: Exposure::Open,
    };
    let content = match spanned.value {
        Bare::Empty => Content::Empty,
        Bare::Text(text) => open(text),
        Bare::Plain(printed) => open(source_text(spanned.defined, source).map_or(printed, str::to_owned)),
        Bare::List(items) => Content::List(items.into_iter().map(|item| tree_of(item, source)).collect()),
        Bare::Map(entries) => {
            Content::Map(entries.into_iter().map(|entry| entry_of(entry, source)).collect())
        }
    };
    Node { at, content }
}

fn entry_of((key, value): (Spanned<String>, Spanned<Bare>), source: &str) -> Entry {
    let at = position(key.referenced).unwrap_or(Position { line: 1, column: 1 });
    Entry {
        key: key.value,
        at,
        value: tree_of(value, source),
    }
}

/// The text of a plain scalar as the person wrote it.
fn source_text(at: Location, source: &str) -> Option<&str> {
    let span = at.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let len = usize::try_from(span.byte_len()?).ok()?;
    let text = source.get(start..start.checked_add(len)?)?.trim();
    let plain = !text.is_empty() && !text.contains(['\n', '!', '&', '*', '#']);
    plain.then_some(text)
}

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BareVisitor)
    }
}

struct BareVisitor;

impl<'de> Visitor<'de> for BareVisitor {
    type Value = Bare;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Bare, E> {
        Ok(Bare::Plain(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Bare, E> {
        Ok(Bare::Plain(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Bare, E> {
        Ok(Bare::Plain(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Bare, E> {
        Ok(Bare::Plain(value.to_string()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Bare, E> {
        Ok(Bare::Text(value.to_owned()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Bare, E> {
        Ok(Bare::Empty)
    }

    fn visit_none<E: de::Error>(self) -> Result<Bare, E> {
        Ok(Bare::Empty)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Bare, D::Error> {
        deserializer.deserialize_any(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Bare, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Bare::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bare, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Bare::Map(entries))
    }
}

/// Replaces `${NAME}` in every scalar of a tree.
struct Replacement<'a, 'b> {
    path: &'a Path,
    values: &'a NamedValues<'b>,
    findings: &'a mut Findings,
}

impl Replacement<'_, '_> {
    fn visit(&mut self, node: &mut Node) {
        let at = node.at;
        let replaced = match &mut node.content {
            Content::Map(entries) => {
                entries.iter_mut().for_each(|entry| self.visit(&mut entry.value));
                return;
            }
            Content::List(items) => {
                items.iter_mut().for_each(|item| self.visit(item));
                return;
            }
            Content::Scalar { text, .. } if text.contains("${") => self.replaced(text, at),
            _ => return,
        };
        node.content = match replaced {
            Some((text, exposure)) => Content::Scalar { text, exposure },
            None => Content::Broken,
        };
    }

    /// The text with all values put in; all names that have none are reported.
    fn replaced(&mut self, text: &str, at: Position) -> Option<(String, Exposure)> {
        let mut result = String::new();
        let mut rest = text;
        let mut complete = true;
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let Some((name, after)) = variable_name(&rest[start + 2..]) else {
                self.refuse(
                    at,
                    "`${` is not followed by a name and `}`",
                    "write ${NAME}, with letters, digits and _",
                );
                return None;
            };
            rest = after;
            match self.value(name, at) {
                Some(value) => result.push_str(&value),
                None => complete = false,
            }
        }
        result.push_str(rest);
        // What a name stands for is often a secret, and nothing tells which: none of it is shown.
        complete.then_some((result, Exposure::Secret))
    }

    fn value(&mut self, name: &str, at: Position) -> Option<String> {
        match self.values.find(name, self.findings) {
            Field::Given(given) => Some(given.text.trim().to_owned()),
            Field::Broken => None,
            Field::Absent => {
                let remedy = format!(
                    "set the variable {name}, in the environment or in .env, or put the value into .secrets/{name}.txt"
                );
                self.refuse(at, &format!("${{{name}}} has no value"), &remedy);
                None
            }
        }
    }

    fn refuse(&mut self, at: Position, what: &str, remedy: &str) {
        let origin = Origin::ConfigFile {
            path: self.path.to_owned(),
            position: Some(at),
        };
        self.findings.problem(origin, what, remedy);
    }
}

/// Splits `NAME}rest`.
fn variable_name(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('}')?;
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (starts_well && name.len() <= 128 && name.chars().all(allowed)).then_some((name, rest))
}
