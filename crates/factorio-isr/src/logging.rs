//! The program's own log: one JSON object or one readable line per happening.
//!
//! Owns the two forms. JSON keeps the keys that operators of the first release search for: `event`, `level`,
//! `timestamp`. Must never be given a secret: every secret type redacts itself. Fails never: a log that cannot be
//! written is dropped.

use std::fmt;
use std::io::IsTerminal;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogLevel};

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output, as the first release did.
    Stdout,
    /// Standard error: standard output shows the relayed messages.
    Stderr,
}

/// Starts logging. A second call changes nothing.
pub fn start(level: LogLevel, format: LogFormat, stream: LogStream) {
    let own_level = match level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warning => LevelFilter::WARN,
        LogLevel::Error | LogLevel::Critical => LevelFilter::ERROR,
    };
    let filter = Targets::new()
        .with_target("factorio_isr", own_level)
        .with_default(own_level.min(LevelFilter::WARN));
    let colours = match stream {
        LogStream::Stdout => std::io::stdout().is_terminal(),
        LogStream::Stderr => std::io::stderr().is_terminal(),
    };
    let form = Form { format, colours };
    let registry = tracing_subscriber::registry().with(filter);
    let started = match stream {
        LogStream::Stdout => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .event_format(form)
                    .with_writer(std::io::stdout),
            )
            .try_init(),
        LogStream::Stderr => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .event_format(form)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging_was_started_before");
    }
}

struct Form {
    format: LogFormat,
    colours: bool,
}

impl<S, N> FormatEvent<S, N> for Form
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = *event.metadata().level();
        match self.format {
            LogFormat::Json => write_json(&mut writer, level, fields),
            LogFormat::Console => write_console(&mut writer, level, &fields, self.colours),
        }
    }
}

fn write_json(writer: &mut Writer<'_>, level: Level, fields: Fields) -> fmt::Result {
    let mut object = Map::new();
    object.insert("event".into(), Value::String(fields.event));
    object.insert("level".into(), level_name(level).into());
    object.insert("timestamp".into(), now_text().into());
    object.extend(fields.rest);
    writeln!(writer, "{}", Value::Object(object))
}

fn write_console(writer: &mut Writer<'_>, level: Level, fields: &Fields, colours: bool) -> fmt::Result {
    let (paint, plain) = if colours {
        (level_colour(level), "\x1b[0m")
    } else {
        ("", "")
    };
    write!(
        writer,
        "{} {paint}{:<7}{plain} {}",
        now_text(),
        level_name(level),
        fields.event
    )?;
    for (name, value) in &fields.rest {
        match value {
            Value::String(text) if !text.contains(char::is_whitespace) => write!(writer, " {name}={text}")?,
            other => write!(writer, " {name}={other}")?,
        }
    }
    writeln!(writer)
}

fn now_text() -> String {
    format!("{:.3}", Timestamp::now())
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        Level::DEBUG | Level::TRACE => "debug",
    }
}

const fn level_colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG | Level::TRACE => "\x1b[36m",
    }
}

#[derive(Default)]
struct Fields {
    event: String,
    rest: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        if field.name() == "message" {
            self.event = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
        } else {
            self.rest.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, error_chain(value).into());
    }
}

/// An error and its sources as one readable line.
#[must_use]
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
