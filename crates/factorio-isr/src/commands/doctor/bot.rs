//! What `doctor` says of the bot: its token, its intent, its Discord servers, and what it may do in each of its channels.
//!
//! Owns the wording. Asks only. It names channels and the permission that is missing, with the place to click; ids and names
//! are no secrets. What a permission is for stands in `rights`.

use std::collections::{BTreeMap, BTreeSet};

use isr_discord::{ApplicationFacts, ChannelFacts, Outcome, Permission, Permissions};

use super::Report;
use crate::commands::rights::{self, Standing, Weight};
use crate::config::{Bot, BotIdentity, Config, Server, Target};
use crate::relay::plan;

/// Asks, and reports.
pub(super) async fn look(config: &Config, report: &mut Report) {
    let Some(bot) = &config.bot else { return };
    let client = &bot.account.client;
    let name = match client.about().await {
        Ok(facts) => {
            report.good("bot", format!("alive: {:?} ({})", facts.name, facts.user));
            facts.name
        }
        Err(Outcome::Unauthorised) => {
            let what = "Discord does not accept its token: in the developer portal open your application, Bot, Reset Token";
            return report.bad("bot", what);
        }
        Err(outcome) => return report.bad("bot", format!("{outcome}. May this machine speak to Discord?")),
    };
    match client.application().await {
        Ok(application) => {
            intent(config, &application, report);
            guilds(bot, &application, report).await;
        }
        Err(outcome) => report.note(
            "bot",
            format!("its application was not told ({outcome}). Ask again in a minute"),
        ),
    }
    let mut rounds = Rounds {
        bot,
        name,
        topics: topics(config).collect(),
        posts: posts(config).collect(),
        standings: BTreeMap::new(),
        pinned: pinned(config),
    };
    for channel in channels(config) {
        rounds.one_channel(channel, report).await;
    }
}

/// Whether it may read what people write, where somebody wants that.
fn intent(config: &Config, application: &ApplicationFacts, report: &mut Report) {
    let about = "bot (intent)";
    let hears = config
        .servers
        .iter()
        .any(|server| !server.discord_chat.channels.is_empty());
    match (hears, application.may_read_messages()) {
        (true, true) => report.good(about, "it may read messages, so that chat goes both ways"),
        (true, false) => report.bad(
            about,
            "it may not read messages: in the developer portal open your application, Bot, Privileged Gateway Intents, and switch \
             on Message Content Intent; or `discord_chat: off` for all servers",
        ),
        (false, _) => report.good(about, "no server hears Discord, so that none is needed"),
    }
}

/// Whether it is where it should be.
async fn guilds(bot: &Bot, application: &ApplicationFacts, report: &mut Report) {
    let about = "bot (Discord servers)";
    let invitation = application.invitation(Permissions::of(&Permission::INVITED));
    let known = match bot.account.client.guild_names().await {
        Ok(known) => known,
        Err(outcome) => {
            return report.note(
                about,
                format!("they were not told ({outcome}). Ask again in a minute"),
            );
        }
    };
    let missing: Vec<String> = bot
        .guilds
        .iter()
        .filter(|wanted| known.iter().all(|(id, _)| id != *wanted))
        .map(ToString::to_string)
        .collect();
    match (&known[..], &missing[..], &bot.guilds[..]) {
        ([], ..) => report.bad(about, format!("it is in none: invite it, {invitation}")),
        (_, [_, ..], _) => report.bad(
            about,
            format!(
                "it is not in {}: invite it there, {invitation}, or correct bot.guilds",
                missing.join(", ")
            ),
        ),
        ([_, _, ..], _, []) => report.note(
            about,
            "it is in several: commands work only where `bot.guilds` names those that may use them",
        ),
        (known, ..) => {
            let names: Vec<&str> = known.iter().map(|(_, name)| name.as_str()).collect();
            report.good(about, format!("it is in {}", names.join(", ")));
        }
    }
}

/// The channels whose topic tells of a server.
fn topics(config: &Config) -> impl Iterator<Item = u64> {
    config.servers.iter().filter_map(|server| server.topic_channel)
}

/// The channels where it posts.
fn posts(config: &Config) -> impl Iterator<Item = u64> {
    plan::targets(config).filter_map(|(target, _)| match target {
        Target::Channel(channel) => Some(channel.id),
        Target::Terminal | Target::Webhook(_) => None,
    })
}

/// All channels where it posts or hears, or keeps the topic.
fn channels(config: &Config) -> Vec<u64> {
    let hears = config
        .servers
        .iter()
        .flat_map(|server| &server.discord_chat.channels);
    let mut channels: Vec<u64> = posts(config)
        .chain(hears.copied())
        .chain(topics(config))
        .collect();
    channels.sort_unstable();
    channels.dedup();
    channels
}

/// Where cards are to be pinned.
fn pinned(config: &Config) -> Vec<u64> {
    let card = |server: &Server| {
        let card = server.card.as_ref().filter(|card| card.pin.is_on())?;
        match card.target.as_ref().unwrap_or(&server.target) {
            Target::Channel(channel) => Some(channel.id),
            Target::Terminal | Target::Webhook(_) => None,
        }
    };
    config.servers.iter().filter_map(card).collect()
}

/// The way through all channels; a Discord server is asked for once.
struct Rounds<'a> {
    bot: &'a Bot,
    name: String,
    topics: BTreeSet<u64>,
    posts: BTreeSet<u64>,
    standings: BTreeMap<u64, Result<Standing, Outcome>>,
    /// Channels in which cards are to be pinned.
    pinned: Vec<u64>,
}

impl Rounds<'_> {
    async fn one_channel(&mut self, channel: u64, report: &mut Report) {
        let about = format!("bot (channel {channel})");
        let client = &self.bot.account.client;
        let facts = match client.channel(channel).await {
            Ok(facts) => facts,
            Err(Outcome::Gone { .. }) => {
                return report.bad(
                    &about,
                    "it does not exist, or the bot is not in its Discord server: invite the bot, or correct the id",
                );
            }
            Err(Outcome::Forbidden { .. }) => {
                let next = rights::remedy(&self.name, Permission::ViewChannel);
                return report.bad(&about, format!("the bot does not see it: {next}"));
            }
            Err(outcome) => return report.note(&about, format!("{outcome}. Ask again in a minute")),
        };
        if !facts.takes_messages() {
            return report.bad(
                &about,
                format!("nothing can be posted in {} as it is: name a text channel, a thread, or a post of a forum", facts.name),
            );
        }
        let Some(guild) = facts.guild else {
            return report.bad(
                &about,
                "it is a direct message: name a channel of a Discord server",
            );
        };
        if !self.bot.guilds.is_empty() && !self.bot.guilds.contains(&guild) {
            report.bad(
                &about,
                format!("it lies in the Discord server {guild}, which `bot.guilds` does not name: what people write there is left alone"),
            );
        }
        // Of a thread its channel decides.
        let place = match (facts.is_thread(), facts.parent) {
            (true, Some(parent)) => client.channel(parent).await,
            _ => Ok(facts.clone()),
        };
        let may = match (place, self.standing(guild).await) {
            (Ok(place), Ok(standing)) => standing.within(&place),
            (Err(outcome), _) | (_, Err(outcome)) => {
                return report.note(
                    &about,
                    format!("what the bot may do there was not told ({outcome})"),
                );
            }
        };
        self.rights(&facts, may, &about, report);
    }

    async fn standing(&mut self, guild: u64) -> Result<&Standing, Outcome> {
        if !self.standings.contains_key(&guild) {
            let account = &self.bot.account;
            let standing = Standing::ask(&account.client, account.token.bot(), guild).await;
            self.standings.insert(guild, standing);
        }
        match self.standings.get(&guild) {
            Some(Ok(standing)) => Ok(standing),
            Some(Err(outcome)) => Err(outcome.clone()),
            // It was just put there.
            None => Err(Outcome::TooLarge),
        }
    }

    fn rights(&self, channel: &ChannelFacts, may: Permissions, about: &str, report: &mut Report) {
        let keeps_topic = self.topics.contains(&channel.id);
        if keeps_topic && !channel.has_topic() {
            report.note(
                about,
                format!("#{}: it has no topic that could tell of servers: switch `topic` off, or name a text channel", channel.name),
            );
        }
        let mut missing = rights::missing(may, channel);
        if keeps_topic && channel.has_topic() && may.has(Permission::ViewChannel) {
            missing.extend(rights::missing_for_topic(may));
        }
        if self.pinned.contains(&channel.id)
            && may.has(Permission::ViewChannel)
            && !may.has(Permission::PinMessages)
        {
            missing.push((Permission::PinMessages, Weight::Useful("the card is not pinned")));
        }
        let posts_names =
            self.bot.account.identity == BotIdentity::Webhook && self.posts.contains(&channel.id);
        if posts_names && channel.is_thread() {
            report.note(
                about,
                format!("#{}: a thread has no webhook of its own: the bot posts players' chat there under its own name", channel.name),
            );
        } else if posts_names && may.has(Permission::ViewChannel) {
            missing.extend(rights::missing_for_names(may));
        }
        if missing.is_empty() {
            report.good(
                about,
                format!("#{}: it may do everything that it needs", channel.name),
            );
        }
        for (permission, weight) in missing {
            let next = rights::remedy(&self.name, permission);
            match weight {
                Weight::Needed => {
                    report.bad(about, format!("#{}: it lacks {permission}: {next}", channel.name));
                }
                Weight::Useful(without) => {
                    let what = format!("#{}: it lacks {permission} ({without}): {next}", channel.name);
                    report.note(about, what);
                }
            }
        }
    }
}
