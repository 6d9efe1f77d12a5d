//! The channel of a server on Discord, and what of it is heard in the game.
//!
//! Owns what it means that there is no bot, or no RCON to say it through. Must not connect. A wrong id becomes a problem.

use isr_core::rate::Rate;

use super::Shared;
use crate::config::bot::{self, DiscordChat};
use crate::config::findings::{Field, Findings};
use crate::config::raw::RawOptions;
use crate::config::scalar;
use crate::config::settings::Switch;
use crate::config::webhook::Target;

impl Shared<'_> {
    /// The channel of a server by its id. Without a bot there is none, which is said.
    pub(super) fn event_channel(&self, key: &str, own: &Field, findings: &mut Findings) -> Option<Target> {
        let field = own
            .clone()
            .or_else(|| self.event_channel.clone())
            .or_else(|| self.defaults.event_channel_id.clone());
        let given = field.given()?;
        if !self.targets.has_bot() {
            let text = "the channel needs the bot, and no token is set: what happens goes to the webhook of this server \
                        instead; set DISCORD_BOT_TOKEN (docs/setup-bot.md)";
            findings.note_at(given.origin.clone(), text);
            return None;
        }
        let target = self.targets.by_id(key, given, findings)?;
        if let Target::Channel(channel) = &target {
            findings.setting(key, channel.id.to_string(), given.origin.clone());
        }
        Some(target)
    }

    /// The channel whose topic tells how the server is.
    pub(super) fn topic_channel(
        &self,
        key: &str,
        own: &Field,
        channel: Option<&Target>,
        findings: &mut Findings,
    ) -> Option<u64> {
        let field = own.clone().or_else(|| self.defaults.topic.clone());
        let wanted = findings.settle_quietly(key, &field, Switch::Off, scalar::switch, Switch::to_string);
        match (wanted, channel) {
            (Switch::Off, _) => None,
            (Switch::On, Some(Target::Channel(channel))) => Some(channel.id),
            (Switch::On, _) => {
                if let Some(given) = own.given() {
                    findings.note_at(
                        given.origin.clone(),
                        "no topic tells of this server: that needs the bot, and a channel in `event_channel_id`",
                    );
                }
                None
            }
        }
    }

    /// What is heard of Discord. Without RCON nobody could say it in the game.
    pub(super) fn discord_chat(
        &self,
        key: &impl Fn(&str) -> String,
        own: &RawOptions,
        channel: Option<&Target>,
        has_rcon: bool,
        findings: &mut Findings,
    ) -> DiscordChat {
        let field = own
            .discord_chat
            .clone()
            .or_else(|| self.defaults.discord_chat.clone());
        let named = own
            .discord_chat_channels
            .as_ref()
            .or(self.defaults.discord_chat_channels.as_ref());
        let mut channels = match (named, channel) {
            (Some(named), _) => bot::ids(&key("discord_chat_channels"), named.iter(), findings),
            (None, Some(Target::Channel(channel))) => vec![channel.id],
            (None, _) => Vec::new(),
        };
        if !self.targets.has_bot() {
            return DiscordChat::default();
        }
        let usual = if has_rcon && !channels.is_empty() {
            Switch::On
        } else {
            Switch::Off
        };
        let wanted = findings.settle_quietly(
            &key("discord_chat"),
            &field,
            usual,
            scalar::switch,
            Switch::to_string,
        );
        if let (Some(given), Switch::On, false) = (own.discord_chat.given(), wanted, has_rcon) {
            findings.note_at(
                given.origin.clone(),
                "nothing from Discord is said in the game: that goes through RCON, and this server has no `rcon`",
            );
        }
        if !wanted.is_on() || !has_rcon {
            channels.clear();
        }
        let rate = own
            .discord_chat_rate
            .clone()
            .or_else(|| self.defaults.discord_chat_rate.clone());
        let rate = findings.settle_quietly(
            &key("discord_chat_rate"),
            &rate,
            DiscordChat::default().rate,
            scalar::rate,
            Rate::to_string,
        );
        let edits = own
            .discord_chat_edits
            .clone()
            .or_else(|| self.defaults.discord_chat_edits.clone());
        let edits = findings.settle_quietly(
            &key("discord_chat_edits"),
            &edits,
            Switch::Off,
            scalar::switch,
            Switch::to_string,
        );
        DiscordChat {
            channels,
            rate,
            edits,
        }
    }
}
