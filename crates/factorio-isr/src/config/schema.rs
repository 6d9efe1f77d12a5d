//! The JSON Schema of the configuration file, for editors.
//!
//! Owns the shapes of single values; the keys and their descriptions come from the structs in `raw`. Must not be
//! needed at run time: it exists under the feature `schema` only. Nothing here fails.

use std::borrow::Cow;

use factorio_log::{Dialect, Prefix};
use isr_core::event::EventKind;
use isr_core::game::alert::Rule;
use isr_core::voice::Key;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema as shape};
use serde_json::Value;

use super::raw::{RawFile, RawServer};
use super::raw_alerts::own_keys;
use super::raw_game::RawCard;
use super::raw_routes::RawChannel;

/// The schema (draft 07, which editors understand best).
#[must_use]
pub fn json_schema() -> Value {
    SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<RawFile>()
        .to_value()
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident = |$generator:ident| $schema:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

shapes! {
    /// Where the console comes from.
    ConsoleSource = |_generator| shape!({ "enum": ["log", "rcon"] });
    /// A boolean in any spelling that YAML tools know.
    OnOff = |_generator| shape!({ "enum": [true, false, "on", "off", "yes", "no"] });
    /// A path or a word, or a boolean.
    TextOrSwitch = |_generator| shape!({ "type": ["string", "boolean"] });
    /// A text; numbers need no quotation marks.
    TextOrNumber = |_generator| shape!({ "type": ["string", "number"] });
    /// A duration.
    Time = |_generator| shape!({ "type": "string", "pattern": "^([0-9]+ ?(ms|s|sec|m|min|h|hours?|d|days?) ?)+$", "examples": ["10s", "15min", "24h", "7d"] });
    /// A duration, or `off`.
    TimeOrOff = |_generator| shape!({ "type": ["string", "boolean"], "pattern": "^(off|no|([0-9]+ ?(ms|s|sec|m|min|h|hours?|d|days?) ?)+)$", "examples": ["30s", "off"] });
    /// A duration, seconds as a number, or `off`.
    SecondsOrOff = |_generator| shape!({ "type": ["string", "integer", "boolean"], "pattern": "^(off|no|[0-9]+|([0-9]+ ?(ms|s|sec|m|min|h|hours?|d|days?) ?)+)$", "examples": ["10min", 600, "off"] });
    /// A size.
    Size = |_generator| shape!({ "type": ["string", "integer"], "pattern": "^[0-9]+ ?([KkMmGg]?[Bb]|[KkMmGgTt]i?[Bb]?)?$", "examples": ["256KiB", "512MiB"] });
    /// Importance of log lines.
    Level = |_generator| shape!({ "enum": ["debug", "info", "warning", "error", "critical"] });
    /// Form of log lines.
    Format = |_generator| shape!({ "enum": ["json", "console"] });
    /// Prefixes of wrapper programs.
    Wrapper = |_generator| {
        let names: Vec<&str> = ["none"].into_iter().chain(Prefix::ALL.map(Prefix::as_str)).collect();
        shape!({ "enum": names })
    };
    /// Where reading begins.
    Start = |_generator| shape!({ "enum": ["end", "beginning"] });
    /// What happens when the outbox is full.
    Full = |_generator| shape!({ "enum": ["pause", "drop-oldest"] });
    /// The events by name.
    Events = |generator| switches(EventKind::ALL.iter().map(|kind| kind.as_str()), generator);
    /// The dialects by name.
    Dialects = |generator| switches(Dialect::ALL.into_iter().map(Dialect::as_str), generator);
    /// In which words events are told.
    Voice = |_generator| voice();
    /// Webhooks by name.
    Webhooks = |_generator| shape!({ "type": "object", "additionalProperties": { "type": "string" } });
    /// Under whose name players' chat stands.
    BotIdentity = |_generator| shape!({ "enum": ["bot", "webhook"] });
    /// One of Discord's ids. In quotation marks or not.
    Id = |_generator| shape!({ "type": ["string", "integer"], "pattern": "^[0-9]+$" });
    /// Commands and the levels that they need.
    CommandLevels = |_generator| command_levels();
    /// Ids of Discord.
    Ids = |_generator| shape!({ "type": ["string", "integer", "array"], "items": { "type": ["string", "integer"] } });
    /// One text or a list of them.
    Texts = |_generator| shape!({ "type": ["string", "array"], "items": { "type": "string" } });
    /// Words and the roles and users that they call.
    Mentions = |_generator| mentions(&["object"]);
    /// The same, or `off`.
    MentionsOrOff = |_generator| mentions(&["object", "string", "boolean"]);
    /// How often something may happen.
    Often = |_generator| shape!({ "type": "string", "pattern": "^[0-9]+ ?(/|per) ?([0-9]+ ?)?(s|sec|m|min|h|hours?)$", "examples": ["5 per 1min", "5/60s"] });
    /// What follows a flood.
    Action = |_generator| shape!({ "enum": ["notice", "hold_back", "off", false] });
    /// What has a rate of its own.
    RatePer = |_generator| shape!({ "enum": ["player", "kind"] });
    /// Channels by name.
    Channels = |generator| {
        let channel = generator.subschema_for::<RawChannel>();
        shape!({ "type": "object", "additionalProperties": { "anyOf": [{ "type": "string" }, channel] } })
    };
    /// A card, or whether there is one.
    CardOrSwitch = |generator| {
        let card = generator.subschema_for::<RawCard>();
        shape!({ "anyOf": [{ "enum": [true, false, "on", "off", "yes", "no"] }, card] })
    };
    /// Alerts by rule, or whether there are any.
    Alerts = |_generator| alerts();
    /// Servers by tag.
    Servers = |generator| {
        let server = generator.subschema_for::<RawServer>();
        shape!({
            "type": "object",
            "propertyNames": { "pattern": "^[\\p{L}\\p{N}][\\p{L}\\p{N}_.-]{0,63}$" },
            "additionalProperties": server
        })
    };
}

fn mentions(types: &[&str]) -> Schema {
    let list = shape!({
        "type": "object",
        "additionalProperties": { "type": ["array", "string", "integer", "object"], "items": { "type": ["string", "integer"] } },
        "examples": [{ "admins": ["123456789012345678", "mods"] }]
    });
    let words = shape!({ "type": ["array", "string", "boolean"], "items": { "type": "string" } });
    let often = shape!({ "type": "string", "examples": ["5/60s"] });
    let limits = shape!({
        "type": "object",
        "properties": { "per_player": often, "per_target": often, "everyone": often },
        "additionalProperties": false
    });
    shape!({
        "type": types,
        "properties": {
            "roles": list, "users": list, "groups": list, "everyone": words, "here": words,
            "enabled": { "type": ["boolean", "string"] }, "limits": limits
        },
        "additionalProperties": { "type": "object" }
    })
}

fn alerts() -> Schema {
    let switch = shape!({ "enum": [true, false, "on", "off", "yes", "no"] }).to_value();
    let texts =
        shape!({ "type": ["string", "array", "integer"], "items": { "type": ["string", "integer"] } })
            .to_value();
    let place = [
        ("enabled", switch.clone()),
        ("webhook", shape!({ "type": "string" }).to_value()),
        ("mention", texts),
    ];
    let time = shape!({ "type": "string", "examples": ["30s", "5min"] }).to_value();
    let value = |key: &str| match key {
        "after" | "every" | "longer_than" => time.clone(),
        "measure" => shape!({ "enum": ["smoothed", "average", "raw"] }).to_value(),
        "checks" => shape!({ "type": "integer", "minimum": 1 }).to_value(),
        _ => shape!({ "type": ["number", "string"] }).to_value(),
    };
    let object = |more: Vec<(String, Value)>| {
        let common = place
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let times = [
            ("cooldown".to_owned(), time.clone()),
            (
                "reminder".to_owned(),
                shape!({ "type": ["string", "boolean"] }).to_value(),
            ),
        ];
        let properties: serde_json::Map<String, Value> = common.chain(times).chain(more).collect();
        shape!({ "type": "object", "properties": properties, "additionalProperties": false }).to_value()
    };
    let rule = |rule: Rule| {
        let own = own_keys(rule).iter();
        let object = object(own.map(|key| ((*key).to_owned(), value(key))).collect());
        (
            rule.as_str().to_owned(),
            shape!({ "anyOf": [switch, object] }).to_value(),
        )
    };
    let all = object(Rule::ALL.into_iter().map(rule).collect());
    shape!({ "anyOf": [switch, all] })
}

fn command_levels() -> Schema {
    let levels = shape!({ "enum": ["view", "moderate", "administer", "off", false] }).to_value();
    let names = isr_core::command::tree::ALL
        .iter()
        .map(|spec| spec.name.to_owned());
    let properties: serde_json::Map<String, Value> = names.map(|name| (name, levels.clone())).collect();
    shape!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn voice() -> Schema {
    let text = shape!({ "type": ["string", "array"], "items": { "type": "string" } }).to_value();
    let switch = shape!({ "enum": [true, false, "on", "off", "yes", "no"] }).to_value();
    let colour = shape!({ "type": ["string", "integer"], "examples": ["#57f287", "green"] }).to_value();
    let field = shape!({
        "type": "object", "required": ["name", "value"], "additionalProperties": false,
        "properties": { "name": { "type": "string" }, "value": { "type": "string" }, "inline": switch }
    })
    .to_value();
    let embed = shape!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "title": { "type": "string" }, "description": { "type": "string" }, "footer": { "type": "string" },
            "fields": { "type": "array", "maxItems": 25, "items": field },
            "colour": colour, "color": colour, "time": switch
        }
    })
    .to_value();
    let message = shape!({ "anyOf": [
        text, switch,
        { "type": "object", "additionalProperties": false, "properties": {
            "text": text, "emoji": { "type": "string" }, "colour": colour, "color": colour, "enabled": switch,
            "embed": { "anyOf": [switch, embed, { "type": "array", "items": embed }] }
        } }
    ] })
    .to_value();
    let messages: Vec<String> = Key::all().map(|key| key.to_string()).collect();
    shape!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "language": { "type": "string", "examples": ["english", "german", "dutch.yml"] },
            "messages": { "type": "object", "propertyNames": { "enum": messages }, "additionalProperties": message },
            "emoji": { "type": "object", "additionalProperties": { "type": "string" } }
        }
    })
}

fn switches(names: impl Iterator<Item = &'static str>, generator: &mut SchemaGenerator) -> Schema {
    let switch = generator.subschema_for::<OnOff>().to_value();
    let properties: serde_json::Map<String, Value> =
        names.map(|name| (name.to_owned(), switch.clone())).collect();
    shape!({ "type": "object", "properties": properties, "additionalProperties": false })
}
