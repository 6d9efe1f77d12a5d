//! What `doctor` says of the bot: whether its token is one, and whether it sees its channels.
//!
//! Owns the wording. Asks only: who the bot is, and for one message of each channel. It names ids, which are no secrets. That
//! the bot may write in a channel shows only when it does; what Discord says then stands in `/health`.

use isr_discord::Outcome;

use super::Report;
use crate::config::{Bot, Config, Target};
use crate::relay::plan;

/// Asks, and reports.
pub(super) async fn look(config: &Config, report: &mut Report) {
    let Some(bot) = &config.bot else { return };
    match bot.account.client.about().await {
        Ok(facts) => report.good("bot", format!("alive: {:?} ({})", facts.name, facts.user)),
        Err(Outcome::Unauthorised) => {
            let what = "Discord does not accept its token: in the developer portal open your application, Bot, Reset Token";
            return report.bad("bot", what);
        }
        Err(outcome) => return report.bad("bot", format!("{outcome}. May this machine speak to Discord?")),
    }
    for channel in channels(config) {
        one_channel(bot, channel, report).await;
    }
}

/// All channels where it posts or hears.
fn channels(config: &Config) -> Vec<u64> {
    let posts = plan::targets(config).filter_map(|(target, _)| match target {
        Target::Channel(channel) => Some(channel.id),
        Target::Terminal | Target::Webhook(_) => None,
    });
    let hears = config
        .servers
        .iter()
        .flat_map(|server| &server.discord_chat.channels);
    let mut channels: Vec<u64> = posts.chain(hears.copied()).collect();
    channels.sort_unstable();
    channels.dedup();
    channels
}

async fn one_channel(bot: &Bot, channel: u64, report: &mut Report) {
    let about = format!("bot (channel {channel})");
    match bot.account.client.newest_messages(channel, 1).await {
        Ok(_) | Err(Outcome::TooLarge) => report.good(&about, "it can be read"),
        Err(Outcome::Gone { .. }) => {
            report.bad(&about, "it does not exist, or the bot is not in its Discord server: invite the bot, or correct the id");
        }
        Err(Outcome::Forbidden { .. }) => {
            report.bad(
                &about,
                "the bot may not read it: give it View Channel and Read Message History there",
            );
        }
        Err(outcome) => report.note(&about, format!("{outcome}. Ask again in a minute")),
    }
}
