//! Requests and their answers as they went over the wire.
//!
//! Owns one request with what it was answered, for whoever holds traffic against a description of Discord's API. Secrets
//! of the fake stand in it as they were sent: they open nothing. Must not know what either side should look like. Cannot
//! fail.

use bytes::Bytes;
use hyper::http::request::Parts;
use serde_json::Value;

use super::form_data::{self, Upload};

/// A request and its whole answer. What was cut or never answered is none.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The `Content-Type` of the request; empty where it has none.
    pub content_type: String,
    /// The body of the request.
    pub body: Bytes,
    /// The status of the answer.
    pub status: u16,
    /// The `Content-Type` of the answer; empty where it has no body.
    pub answer_type: String,
    /// The body of the answer.
    pub answer: Bytes,
}

impl Exchange {
    /// The JSON of the request: its body, or that part of a form; null where there is none.
    #[must_use]
    pub fn json(&self) -> Value {
        let form = form_data::read(&self.content_type, &self.body).unwrap_or_default();
        serde_json::from_slice(&form.json).unwrap_or_default()
    }

    /// The files of the request.
    #[must_use]
    pub fn files(&self) -> Vec<Upload> {
        form_data::read(&self.content_type, &self.body)
            .map(|form| form.files)
            .unwrap_or_default()
    }

    /// The JSON of the answer; null where there is none.
    #[must_use]
    pub fn told(&self) -> Value {
        serde_json::from_slice(&self.answer).unwrap_or_default()
    }
}

/// The head of a request, as far as an exchange tells of it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    method: String,
    path: String,
    content_type: String,
}

impl Asked {
    pub(super) fn method(&self) -> &str {
        &self.method
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn of(head: &Parts) -> Self {
        let kind = head.headers.get("content-type");
        Self {
            method: head.method.to_string(),
            path: head.uri.to_string(),
            content_type: kind
                .and_then(|kind| kind.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
        }
    }

    pub(super) fn answered(&self, body: &Bytes, status: u16, kind: &str, answer: &Bytes) -> Exchange {
        Exchange {
            method: self.method.clone(),
            path: self.path.clone(),
            content_type: self.content_type.clone(),
            body: body.clone(),
            status,
            answer_type: if answer.is_empty() { "" } else { kind }.to_owned(),
            answer: answer.clone(),
        }
    }
}
