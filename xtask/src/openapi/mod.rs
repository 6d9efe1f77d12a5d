//! `cargo xtask validate-traffic`: holds recorded traffic against an OpenAPI description of Discord's API.
//!
//! Owns the question which operation a request is, and what is held: path, query, bodies of requests and answers, statuses.
//! The description is not a part of this project: the command takes its path. What the program does comes from a rehearsal
//! with the real program: every route that the fake serves has to be in it, but for a few that are named. Fails when anything is found.

mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use isr_testkit::discord::{Exchange, ROUTES};
use serde_json::Value;

use crate::program::{self, Build};
use crate::rehearsal::{self, Length};
use schema::Schemas;

/// Options of `validate-traffic`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The description: a JSON file of OpenAPI 3.1.
    #[arg(long)]
    spec: PathBuf,
    /// Use this program instead of building one.
    #[arg(long)]
    program: Option<PathBuf>,
}

/// What the fake serves and the rehearsal does not bring about. Everything else it has to.
const NOT_PLAYED: [(&str, &str); 3] = [
    // Tests read and delete with these; the program does not.
    (
        "GET",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    ),
    (
        "DELETE",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    ),
    // The message of a lease moves after hours.
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"),
];

/// What the program uses of Discord's API; the rehearsal has to make it use all of it.
fn used() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    ROUTES.iter().filter(|route| !NOT_PLAYED.contains(route))
}

/// Where Discord's documentation and its description differ, the documentation holds, as the description's own README says.
struct Exception {
    operation: &'static str,
    finding: &'static str,
    /// What the documentation says.
    #[expect(dead_code, reason = "for the reader")]
    because: &'static str,
}

const EXCEPTIONS: [Exception; 2] = [
    Exception {
        operation: "/commands",
        finding: "default_member_permissions:",
        because: "documented as a text with the bit set, which is what answers hold; the description has a number for \
                  requests",
    },
    Exception {
        operation: "/commands",
        finding: "/nsfw: no schema names it",
        because: "documented for requests too; the description leaves it out",
    },
];

pub(crate) async fn run(options: &Options) -> Result<()> {
    let text =
        fs::read_to_string(&options.spec).with_context(|| format!("read {}", options.spec.display()))?;
    let description = Description::read(&text)?;
    let program = program::locate(options.program.as_ref(), Build::Debug)?;
    let recording = rehearsal::play(&program.path(), Length::Short).await?;
    let exchanges = recording.book.exchanges();
    let mut report = description.hold(&exchanges);
    let unused = used().filter(|(method, path)| {
        let operation = format!("{method} {path}");
        !report.operations.contains_key(&operation)
    });
    let unused: Vec<String> = unused
        .map(|(method, path)| format!("{method} {path}: never used"))
        .collect();
    report.findings.extend(unused);
    if !exchanges
        .iter()
        .any(|exchange| exchange.path.contains("thread_id="))
    {
        report
            .findings
            .insert("thread_id: no webhook posted in a thread".to_owned());
    }
    report.findings.extend(
        recording
            .violations
            .into_iter()
            .map(|broken| format!("test kit: {broken}")),
    );
    for (operation, count) in &report.operations {
        println!("{count:>6}  {operation}");
    }
    println!(
        "{} requests and their answers were held against {}",
        exchanges.len(),
        options.spec.display()
    );
    for finding in &report.findings {
        println!("  {finding}");
    }
    ensure!(report.findings.is_empty(), "{} findings", report.findings.len());
    println!("no finding");
    Ok(())
}

/// What was held.
#[derive(Debug, Default)]
struct Report {
    /// Operations and how often they were used.
    operations: BTreeMap<String, usize>,
    findings: BTreeSet<String>,
}

/// A description of an API.
#[derive(Debug)]
struct Description {
    root: Value,
}

/// An operation of a description, with what fills the places of its path.
struct Operation<'a> {
    name: String,
    places: Vec<(&'a str, String)>,
    item: &'a Value,
    node: &'a Value,
}

impl Description {
    fn read(text: &str) -> Result<Self> {
        let root: Value = serde_json::from_str(text).context("it is no JSON")?;
        let version = root["openapi"].as_str().unwrap_or_default();
        if !version.starts_with("3.1") {
            bail!("it is not OpenAPI 3.1 but {version:?}");
        }
        Ok(Self { root })
    }

    fn hold(&self, exchanges: &[Exchange]) -> Report {
        let mut report = Report::default();
        for exchange in exchanges {
            let Some(operation) = self.operation(exchange) else {
                let path = exchange.path.split('?').next().unwrap_or_default();
                report
                    .findings
                    .insert(format!("{} {path}: no such operation", exchange.method));
                continue;
            };
            *report.operations.entry(operation.name.clone()).or_default() += 1;
            let mut findings = self.parameters(&operation, exchange);
            findings.extend(self.request(&operation, exchange));
            findings.extend(self.answer(&operation, exchange));
            findings.retain(|finding| !is_excepted(&operation.name, finding));
            report.findings.extend(
                findings
                    .into_iter()
                    .map(|finding| format!("{}: {finding}", operation.name)),
            );
        }
        report
    }

    const fn schemas(&self) -> Schemas<'_> {
        Schemas { root: &self.root }
    }

    /// The operation of a request: of several paths that fit, the one with the fewest places to fill.
    fn operation(&self, exchange: &Exchange) -> Option<Operation<'_>> {
        let path = exchange.path.split('?').next()?;
        let path = path
            .strip_prefix("/api/v10")
            .or_else(|| path.strip_prefix("/api"))?;
        let paths = self.root["paths"].as_object()?;
        let fitting = paths.iter().filter_map(|(template, item)| {
            let places = filled(template, path)?;
            let node = item.get(exchange.method.to_lowercase())?;
            Some(Operation {
                name: format!("{} {template}", exchange.method),
                places,
                item,
                node,
            })
        });
        fitting.min_by_key(|operation| operation.places.len())
    }

    fn parameters(&self, operation: &Operation<'_>, exchange: &Exchange) -> Vec<String> {
        let mut known: Vec<&Value> = Vec::new();
        for node in [operation.item, operation.node] {
            let listed = node["parameters"].as_array().into_iter().flatten();
            known.extend(listed.map(|parameter| self.schemas().resolved(parameter)));
        }
        let of = |place: &str, name: &str| {
            known
                .iter()
                .find(|parameter| parameter["in"] == place && parameter["name"] == name)
                .copied()
        };
        let mut findings = Vec::new();
        let mut hold = |place: &str, name: &str, value: &str| match of(place, name) {
            None => findings.push(format!("{place} {name}: is not in the description")),
            Some(parameter) => {
                let value = read_as(&parameter["schema"], value);
                let found = self.schemas().findings(&parameter["schema"], &value);
                findings.extend(
                    found
                        .into_iter()
                        .map(|finding| format!("{place} {name}{finding}")),
                );
            }
        };
        for (name, value) in &operation.places {
            hold("path", name, value);
        }
        let query = exchange.path.split_once('?').map_or("", |(_, query)| query);
        let given: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        for (name, value) in &given {
            hold("query", name, value);
        }
        for parameter in &known {
            let is_given = given.iter().any(|(name, _)| parameter["name"] == *name);
            if parameter["in"] == "query" && parameter["required"] == true && !is_given {
                findings.push(format!("query {}: is missing", parameter["name"]));
            }
        }
        findings
    }

    fn request(&self, operation: &Operation<'_>, exchange: &Exchange) -> Vec<String> {
        let body = self.schemas().resolved(&operation.node["requestBody"]);
        if body.is_null() {
            let is_empty = exchange.body.is_empty();
            return if is_empty {
                Vec::new()
            } else {
                vec!["request: has a body".to_owned()]
            };
        }
        if exchange.body.is_empty() {
            let is_required = body["required"] == true;
            return if is_required {
                vec!["request: has no body".to_owned()]
            } else {
                Vec::new()
            };
        }
        let kind = exchange.content_type.split(';').next().unwrap_or_default().trim();
        let Some(schema) = body["content"].get(kind).map(|content| &content["schema"]) else {
            return vec![format!("request: {kind:?} is not in the description")];
        };
        let mut value = exchange.json();
        // The description lists the parts of a form beside what `payload_json` holds.
        if let Some(fields) = value.as_object_mut().filter(|_| kind == "multipart/form-data") {
            fields.entry("attachments").or_insert(Value::Array(Vec::new()));
        }
        let found = self.schemas().findings(schema, &value);
        found
            .into_iter()
            .map(|finding| format!("request{finding}"))
            .collect()
    }

    fn answer(&self, operation: &Operation<'_>, exchange: &Exchange) -> Vec<String> {
        let responses = &operation.node["responses"];
        let class = format!("{}XX", exchange.status / 100);
        let response = responses
            .get(exchange.status.to_string())
            .or_else(|| responses.get(&class));
        let Some(response) = response else {
            // Discord may always be out of order.
            let is_outage = exchange.status >= 500;
            return if is_outage {
                Vec::new()
            } else {
                vec![format!("answer: status {}", exchange.status)]
            };
        };
        let response = self.schemas().resolved(response);
        let content = &response["content"];
        if content.is_null() {
            let is_empty = exchange.answer.is_empty();
            return if is_empty {
                Vec::new()
            } else {
                vec![format!("answer {}: has a body", exchange.status)]
            };
        }
        let kind = exchange.answer_type.split(';').next().unwrap_or_default().trim();
        let Some(schema) = content.get(kind).map(|content| &content["schema"]) else {
            return vec![format!(
                "answer {}: {kind:?} is not in the description",
                exchange.status
            )];
        };
        let found = self.schemas().findings(schema, &exchange.told());
        let told = |finding| format!("answer {}{finding}", exchange.status);
        found.into_iter().map(told).collect()
    }
}

fn is_excepted(operation: &str, finding: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|known| operation.ends_with(known.operation) && finding.contains(known.finding))
}

/// What fills the places of a path; none when it is another one.
fn filled<'t>(template: &'t str, path: &str) -> Option<Vec<(&'t str, String)>> {
    let (parts, given): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    if parts.len() != given.len() {
        return None;
    }
    let mut places = Vec::new();
    for (part, given) in parts.into_iter().zip(given) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if !given.is_empty() => places.push((name, given.to_owned())),
            None if part == given => {}
            _ => return None,
        }
    }
    Some(places)
}

/// A value of a path or a query, which is always text, as what its schema wants.
fn read_as(schema: &Value, text: &str) -> Value {
    let wants = |kind: &str| {
        schema["type"] == kind
            || schema["type"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == kind))
    };
    if wants("integer") || wants("number") {
        return text.parse::<i64>().map_or_else(|_| text.into(), Value::from);
    }
    match text {
        "true" | "false" if wants("boolean") => (text == "true").into(),
        text => text.into(),
    }
}

#[cfg(test)]
mod tests;
