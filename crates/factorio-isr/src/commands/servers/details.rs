//! What `status --json` tells beyond the table: admins, bans, the whitelist and the server's settings.
//!
//! Owns these questions and their form in JSON. The password of the game is no setting that is asked for. Cannot fail: what
//! a server does not tell, or tells too late, is `null`.

use std::time::Duration;

use factorio_rcon::Session;
use factorio_rcon::command::{Admins, BanList, ConfigGet, ConfigKey, Whitelist};
use factorio_rcon::reply::ConfigValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::answer;

/// After so long no further setting is asked for: a server that is saving would let each question wait.
const LONGEST: Duration = Duration::from_secs(10);

/// The details of one server; what it did not say is missing.
#[derive(Default)]
pub(super) struct Details {
    admins: Option<Vec<String>>,
    banned: Option<Vec<String>>,
    whitelisted: Option<Vec<String>>,
    settings: Vec<(ConfigKey, ConfigValue)>,
}

impl Details {
    /// Asks for them, one after the other.
    pub(super) async fn ask(session: &Session) -> Self {
        let end = Instant::now() + LONGEST;
        let admins = answer(session, &Admins).await;
        let mut details = Self {
            admins: admins.map(|all| all.into_iter().map(|one| one.name).collect()),
            banned: answer(session, &BanList).await,
            whitelisted: answer(session, &Whitelist).await,
            settings: Vec::new(),
        };
        for key in ConfigKey::ALL {
            if Instant::now() >= end {
                break;
            }
            if let Some(value) = answer(session, &ConfigGet(key)).await {
                details.settings.push((key, value));
            }
        }
        details
    }

    /// Writes them into what is told of a server.
    pub(super) fn put_into(&self, value: &mut Value) {
        value["admins"] = json!(self.admins);
        value["banned"] = json!(self.banned);
        value["whitelisted"] = json!(self.whitelisted);
        let unknown = ConfigKey::ALL.map(|key| (key.as_str().to_owned(), Value::Null));
        let known = self.settings.iter();
        let known = known.map(|(key, value)| (key.as_str().to_owned(), setting(value)));
        value["settings"] = Value::Object(unknown.into_iter().chain(known).collect());
    }
}

fn setting(value: &ConfigValue) -> Value {
    match value {
        ConfigValue::Text(text) | ConfigValue::Other(text) => json!(text),
        ConfigValue::Flag(flag) => json!(flag),
        ConfigValue::Number(number) | ConfigValue::Minutes(number) => json!(number),
        ConfigValue::Disabled => json!(false),
    }
}
