//! The configuration file as it is written.
//!
//! Owns its text and its comments. It holds no secret, whatever was chosen: names of secrets stand in their place. Pure.

use std::fmt::Write as _;

use super::chosen::{Chosen, ChosenBot, ChosenServer, Console, Hears, PasswordPlace, Place, TOKEN, WEBHOOK};
use super::options::Language;

/// The text.
pub(super) fn text(chosen: &Chosen) -> String {
    let mut out = String::from(
        "# Configuration of factorio-isr, made by `factorio-isr init`. Change what you like: a change takes effect by itself.\n\
         # `factorio-isr check` shows what holds and every problem, `factorio-isr doctor` why nothing arrives. Every other key is\n\
         # explained in factorio-isr.example.yml of the project.\n\
         #\n\
         # No secret stands here. ${NAME} is read from .secrets/NAME.txt beside this file:\n",
    );
    for (name, _) in chosen.secrets() {
        let _ = writeln!(out, "#   .secrets/{name}.txt");
    }
    if let Some(port) = chosen.health_port {
        let _ = write!(
            out,
            "\n# Health and metrics; the usual port 8080 was taken.\nhealth:\n  port: {port}\n"
        );
    }
    if chosen.language != Language::English {
        let _ = write!(
            out,
            "\n# The words that are posted.\nvoice:\n  language: {}\n",
            chosen.language.name()
        );
    }
    if let Place::Bot(chosen) = &chosen.place {
        bot(chosen, &mut out);
    }
    out.push_str("\nservers:\n");
    for one in &chosen.servers {
        server(chosen, one, &mut out);
    }
    out
}

fn bot(bot: &ChosenBot, out: &mut String) {
    let _ = write!(
        out,
        "\nbot:\n  token: ${{{TOKEN}}}\n  # The only Discord server that it heeds.\n  guilds: [{}]\n",
        bot.guild
    );
    if bot.hears == Hears::Nothing {
        out.push_str(
            "\ndefaults:\n  # The bot may not read messages yet. Switch on Message Content Intent in the developer portal (Bot), then remove\n  \
             # this line: what people write is said in the game from then on.\n  discord_chat: off\n",
        );
    }
}

fn server(chosen: &Chosen, server: &ChosenServer, out: &mut String) {
    let _ = write!(out, "  {}:\n    name: {}\n", server.tag, quoted(&server.name));
    match &server.console {
        Console::Log(path) => {
            let _ = write!(
                out,
                "    # The file behind the game's --console-log.\n    log_path: {}\n",
                quoted(&path.to_string_lossy())
            );
        }
        Console::Rcon => out.push_str(
            "    # Chat, joins and leaves through RCON. A console log loses nothing: start the game with --console-log FILE, write\n    \
             # `log_path: FILE` here and remove this line.\n    source: rcon\n",
        ),
    }
    match &chosen.place {
        Place::Webhook(_) => {
            let _ = writeln!(out, "    webhook: ${{{WEBHOOK}}}");
        }
        Place::Bot(bot) => {
            let what = match (&bot.webhook, bot.hears) {
                (Some(_), _) => "The bot hears there, the webhook posts",
                (None, Hears::Messages) => "The bot posts and hears there",
                (None, Hears::Nothing) => "The bot posts there",
            };
            let _ = write!(
                out,
                "    # #{}. {what}.\n    event_channel_id: {}\n",
                one_line(&bot.channel.name),
                bot.channel.id
            );
            if bot.webhook.is_some() {
                let _ = write!(
                    out,
                    "    webhook: ${{{WEBHOOK}}}\n    player_names_as_webhook_name: on\n"
                );
            }
        }
    }
    if let Some(rcon) = &server.rcon {
        let _ = write!(
            out,
            "    # Players, updates per second, the card, chat from Discord, commands. Only vanilla commands: achievements stay on.\n    \
             rcon:\n      host: {}\n      port: {}\n",
            quoted(&rcon.host),
            rcon.port
        );
        let _ = match &rcon.password {
            PasswordPlace::File(path) => {
                writeln!(out, "      password_file: {}", quoted(&path.to_string_lossy()))
            }
            PasswordPlace::Own(_) => writeln!(out, "      password: ${{{}}}", server.password_name()),
        };
    }
}

/// A text in YAML's single quotes, in which only they have a meaning, and in which no name of a secret is left that the
/// program would replace: what a game calls itself is nobody's reason to tell one.
fn quoted(text: &str) -> String {
    let text = one_line(text).replace('\'', "''").replace("${", "$ {");
    format!("'{text}'")
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::commands::init::chosen::{ChosenRcon, Reading};
    use crate::commands::init::secret::Secret;
    use crate::config::{self, Overrides, Surroundings, Target};

    #[test]
    fn p07_whatever_a_game_calls_itself_the_file_says_what_was_chosen_and_tells_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let hostile = "a'b: #c ${DISCORD_WEBHOOK_URL} \u{1b}[31m\n  webhook: x \\ \"";
        let server = ChosenServer {
            tag: "main".into(),
            name: hostile.into(),
            console: Console::Log(PathBuf::from("/srv/it's/console.log")),
            reading: Reading::Possible,
            rcon: Some(ChosenRcon {
                host: "localhost".into(),
                port: 27_015,
                password: PasswordPlace::Own(Secret::new("pass'word")),
            }),
        };
        let chosen = Chosen {
            place: Place::Webhook(Secret::new("https://discord.com/api/webhooks/42/canary")),
            servers: vec![server],
            language: Language::German,
            health_port: Some(8081),
        };
        let written = text(&chosen);
        assert!(
            !written.contains("canary") && !written.contains("pass'word"),
            "{written}"
        );
        let config = folder.path().join("factorio-isr.yml");
        std::fs::write(&config, &written).unwrap();
        std::fs::create_dir(folder.path().join(".secrets")).unwrap();
        for (name, secret) in chosen.secrets() {
            let path = folder.path().join(format!(".secrets/{name}.txt"));
            std::fs::write(path, secret.reveal()).unwrap();
        }
        let overrides = Overrides {
            config: Some(config.display().to_string()),
            ..Overrides::default()
        };
        let loaded = config::load(&Surroundings::empty("/"), &overrides).unwrap();
        let [server] = &loaded.config.servers[..] else {
            panic!("one server")
        };
        assert_eq!(
            server.name,
            "a'b: #c $ {DISCORD_WEBHOOK_URL} [31m  webhook: x \\ \""
        );
        assert_eq!(
            server.log.as_ref().and_then(config::ConsoleLog::path),
            Some(std::path::Path::new("/srv/it's/console.log"))
        );
        assert!(matches!(&server.target, Target::Webhook(webhook) if webhook.url.id() == 42));
        assert!(server.rcon.is_some());
        assert_eq!(loaded.config.health.port, 8081);
    }
}
