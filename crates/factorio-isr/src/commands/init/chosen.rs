//! What was found and chosen, ready to be written.
//!
//! Owns these types. Must not know how they were found. Nothing here fails.

use std::path::PathBuf;

use isr_discord::ChannelFacts;

use super::options::Language;
use super::secret::Secret;

/// Everything.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) place: Place,
    pub(super) servers: Vec<ChosenServer>,
    pub(super) language: Language,
    /// Where health is told, when the usual port is taken.
    pub(super) health_port: Option<u16>,
}

/// Where events are posted.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Through a webhook.
    Webhook(Secret),
    /// By the bot, in its channel.
    Bot(Box<ChosenBot>),
}

/// The bot and its channel.
#[derive(Debug, Clone)]
pub(super) struct ChosenBot {
    pub(super) token: Secret,
    pub(super) guild: u64,
    pub(super) channel: ChannelFacts,
    /// The address of the webhook that it made there.
    pub(super) webhook: Option<Secret>,
    pub(super) hears: Hears,
}

/// Whether the bot may read what people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hears {
    Messages,
    Nothing,
}

/// A server.
#[derive(Debug, Clone)]
pub(super) struct ChosenServer {
    pub(super) tag: String,
    pub(super) name: String,
    pub(super) console: Console,
    pub(super) reading: Reading,
    pub(super) rcon: Option<ChosenRcon>,
}

/// Where its console is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Console {
    /// In this file.
    Log(PathBuf),
    /// Through RCON.
    Rcon,
}

/// Whether its console can bring anything as things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// It can, or will as soon as the file is there.
    Possible,
    /// The file cannot be read, or never holds what is wanted.
    Impossible,
}

/// Its RCON port.
#[derive(Debug, Clone)]
pub(super) struct ChosenRcon {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) password: PasswordPlace,
}

/// Where its password stays.
#[derive(Debug, Clone)]
pub(super) enum PasswordPlace {
    /// In a file that somebody else keeps.
    File(PathBuf),
    /// In a secret file of ours.
    Own(Secret),
}

impl ChosenServer {
    /// The name of the secret that holds its password.
    pub(super) fn password_name(&self) -> String {
        password_name(&self.tag)
    }
}

/// The name of the secret that holds the password of a server with this tag. Several tags have the same.
pub(super) fn password_name(tag: &str) -> String {
    format!("RCON_PASSWORD_{}", tag.to_uppercase().replace(['-', '.'], "_"))
}

impl Chosen {
    /// The secrets that are written, by the name of each.
    pub(super) fn secrets(&self) -> Vec<(String, &Secret)> {
        let mut secrets = Vec::new();
        match &self.place {
            Place::Webhook(address) => secrets.push((WEBHOOK.to_owned(), address)),
            Place::Bot(bot) => {
                secrets.push((TOKEN.to_owned(), &bot.token));
                secrets.extend(bot.webhook.iter().map(|address| (WEBHOOK.to_owned(), address)));
            }
        }
        for server in &self.servers {
            if let Some(ChosenRcon {
                password: PasswordPlace::Own(password),
                ..
            }) = &server.rcon
            {
                secrets.push((server.password_name(), password));
            }
        }
        secrets
    }
}

/// The names of secrets.
pub(super) const WEBHOOK: &str = "DISCORD_WEBHOOK_URL";
pub(super) const TOKEN: &str = "DISCORD_BOT_TOKEN";

/// A short name of what people call a server: letters, digits and hyphens.
pub(super) fn tag_of(name: &str) -> String {
    let mut tag = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            tag.push(c);
        } else if !tag.is_empty() && !tag.ends_with('-') {
            tag.push('-');
        }
        if tag.len() >= 24 {
            break;
        }
    }
    let tag = tag.trim_matches('-');
    if tag.is_empty() {
        "main".to_owned()
    } else {
        tag.to_owned()
    }
}

/// That short name, or with a number behind it: different names may want the same secret file.
pub(super) fn free_tag(wished: String, before: &[ChosenServer]) -> String {
    let is_free = |tag: &String| {
        let secret = password_name(tag);
        before.iter().all(|server| server.password_name() != secret)
    };
    let numbered = (2..).map(|number| format!("{wished}-{number}"));
    let free = std::iter::once(wished.clone()).chain(numbered).find(is_free);
    free.unwrap_or(wished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_servers_want_one_secret_file() {
        let mut servers: Vec<ChosenServer> = Vec::new();
        for wished in ["a.b", "a-b", "A_b", "c"] {
            servers.push(ChosenServer {
                tag: free_tag(wished.to_owned(), &servers),
                name: wished.to_owned(),
                console: Console::Rcon,
                reading: Reading::Possible,
                rcon: None,
            });
        }
        let tags: Vec<&str> = servers.iter().map(|server| server.tag.as_str()).collect();
        assert_eq!(tags, ["a.b", "a-b-2", "A_b-3", "c"]);
    }

    #[test]
    fn a_tag_is_made_of_any_name() {
        assert_eq!(tag_of("[EU] My  Base #1"), "eu-my-base-1");
        assert_eq!(tag_of("рус"), "main");
        assert_eq!(tag_of(&"ab ".repeat(30)).len(), 23);
    }
}
