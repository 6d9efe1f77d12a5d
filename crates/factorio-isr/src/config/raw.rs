//! The configuration file as it was written: every key that exists, nothing checked yet.
//!
//! Owns the keys and, in the comments of the fields, their description for editors (the JSON Schema is made from
//! these structs). Must not know the other sources or the defaults. Nothing here fails; see `keys.rs`.

use std::path::Path;

use super::abuse::RawAbuse;
use super::audit::RawAudit;
use super::counting::{RawPrivacy, RawRecap};
use super::document::{Content, Node};
use super::findings::{Field, Findings};
use super::keys::{self, Keys};
use super::old_keys::{OldKeys, Tone};
use super::permissions::RawPermissions;
use super::problem::Position;
use super::quiet::RawQuiet;
use super::raw_alerts::RawAlerts;
use super::raw_bot::RawBot;
use super::raw_filters::{RawFilter, RawQuietHours};
use super::raw_game::{RawCard, RawStats};
use super::raw_rcon::RawRcon;
use super::raw_routes::{self, RawChannel, RawRoute, Texts};
#[cfg(feature = "schema")]
use super::schema as shape;

/// A mapping whose keys people choose, in the order of the file.
pub(crate) type Named<T> = Vec<(String, Position, T)>;

/// Configuration of factorio-isr. Every key is optional.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "factorio-isr")
)]
pub(crate) struct RawFile {
    /// The Factorio servers, by a short name of your choice (letters, digits, `_`, `-`, `.`).
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Servers>"))]
    pub(crate) servers: Named<RawServer>,
    /// Settings of every server that does not say otherwise.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawOptions>"))]
    pub(crate) defaults: RawOptions,
    /// Webhooks by name, so that several servers can share one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Webhooks>"))]
    pub(crate) webhooks: Named<Field>,
    /// Channels by name, for routes and for the `channel:` of patterns: a webhook, or a webhook and who reads there.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Channels>"))]
    pub(crate) channels: Named<RawChannel>,
    /// Which event goes where, for all servers. An event takes the first route that fits; those of its server come first.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<RawRoute>>"))]
    pub(crate) routes: Vec<RawRoute>,
    /// The Discord bot. Without its token there is none, and everything goes through webhooks.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawBot>"))]
    pub(crate) bot: RawBot,
    /// Who may use which command of the bot, on all servers.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawPermissions>"))]
    pub(crate) permissions: RawPermissions,
    /// The audit log: where it is posted, what never stands in it.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawAudit>"))]
    pub(crate) audit: RawAudit,
    /// In which words events are told, for all servers: language, sentences, emoji.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Voice>"))]
    pub(crate) voice: Option<Node>,
    /// Whom players may call with `@word` in chat: roles and users by id. Only what is listed here can be pinged.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Mentions>"))]
    pub(crate) mentions: Option<Node>,
    /// What happens when one player writes or calls too much.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawAbuse>"))]
    pub(crate) abuse: RawAbuse,
    /// What is not posted, for all servers. The first filter that applies decides; those of the server come first.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<RawFilter>>"))]
    pub(crate) filters: Vec<RawFilter>,
    /// Folder with files of patterns (`*.yml`, `*.yaml`). Default: `patterns`, when there is one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) patterns: Field,
    /// Which files of that folder are read, with commas between them. Default: all.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) pattern_files: Field,
    /// Use the patterns that come with the program, for lines that nothing else understands. Default: on, unless there
    /// are patterns of your own.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) shipped_patterns: Field,
    /// Folder for our own state: positions in the logs and messages that wait for Discord. Has to survive restarts.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) state_dir: Field,
    /// Our own log.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawLog>"))]
    pub(crate) log: RawLog,
    /// The health and metrics page.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawHealth>"))]
    pub(crate) health: RawHealth,
    /// Name that messages are posted under. Default: Factorio Bridge.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) bot_name: Field,
    /// Address of the picture that messages are posted with. Default: the picture of the webhook.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) bot_avatar_url: Field,
    /// Post a test message at every start. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) send_test_message: Field,
    /// Count events and sessions, for recaps and `factorio-isr stats`. Default: on.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) statistics: Field,
    /// What is kept of whom.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawPrivacy>"))]
    pub(crate) privacy: RawPrivacy,
    /// Times, sizes and policies. The defaults suit most people.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawLimits>"))]
    pub(crate) limits: RawLimits,
}

/// One Factorio server.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "server")
)]
pub(crate) struct RawServer {
    /// Path of the console log (the file behind the game's `--console-log`) or of a capture of the game's output. A
    /// dash in quotation marks (`"-"`) reads standard input.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) log_path: Field,
    /// Where chat, joins and leaves come from: `log` (a file), or `rcon` for a server whose files are out of reach. Default:
    /// log.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::ConsoleSource>"))]
    pub(crate) source: Field,
    /// How often the console is asked for with `source: rcon`. Default: 1s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) source_poll: Field,
    /// Name for people. Default: the short name.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) name: Field,
    /// Pattern (`*`, `?`) of the names that rotated copies of the log have, in the same folder.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) siblings: Field,
    /// Which event of this server goes where. An event takes the first route that fits.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<RawRoute>>"))]
    pub(crate) routes: Vec<RawRoute>,
    /// Whom the players of this server may call, in place of the common `mentions`; `off`: nobody.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::MentionsOrOff>"))]
    pub(crate) mentions: Option<Node>,
    /// What of this server is not posted. The first filter that applies decides.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<RawFilter>>"))]
    pub(crate) filters: Vec<RawFilter>,
    /// The RCON port of the server. Default: none, only the log is read.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawRcon>"))]
    pub(crate) rcon: Option<RawRcon>,
    /// Who may use which command of the bot on this server; lies over the common `permissions`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawPermissions>"))]
    pub(crate) permissions: RawPermissions,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub(crate) options: RawOptions,
}

/// Settings that a server has of its own or takes from `defaults`.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "defaults")
)]
pub(crate) struct RawOptions {
    /// `auto` (default): use `factorio-current.log` when it lies beside the console log. `off`: do not. Or its path.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::TextOrSwitch>"))]
    pub(crate) game_log: Field,
    /// Zone of the times in the log, such as `Europe/Berlin`. Default: the zone of this program.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) time_zone: Field,
    /// Where messages go: a webhook address, `${NAME}`, a name from `webhooks`, or `terminal`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) webhook: Field,
    /// Where messages for admins go, written like `webhook`. Needed for the events that only admins may see.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) admin_webhook: Field,
    /// Events to switch on or off, such as `research: off`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Events>"))]
    pub(crate) events: Named<Field>,
    /// In which words events are told. What it does not say, the common `voice` decides.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Voice>"))]
    pub(crate) voice: Option<Node>,
    /// Id of the Discord channel or thread that the bot posts this server's events in and hears the chat of. Beside a
    /// `webhook` of the server the webhook posts, and the bot only hears.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Id>"))]
    pub(crate) event_channel_id: Field,
    /// Say in the game what people write in the channel. Needs the bot and RCON. Default: on.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) discord_chat: Field,
    /// Ids of the channels and threads whose messages are said in the game. Default: `event_channel_id`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Ids>"))]
    pub(crate) discord_chat_channels: Texts,
    /// So many lines of one person on Discord are said in the game; what is beyond gets a reaction. Default: 10/20s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Often>"))]
    pub(crate) discord_chat_rate: Field,
    /// Say it in the game, once, when somebody changes a message within five minutes. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) discord_chat_edits: Field,
    /// Tell in the topic of the channel (`event_channel_id`) how the server is. What people wrote there stays. The bot needs
    /// Manage Channels. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) topic: Field,
    /// Post chat under the player's own name. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) player_names_as_webhook_name: Field,
    /// Where a log that already exists is read from at the very first start: `end` (default) or `beginning`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Start>"))]
    pub(crate) start: Field,
    /// Read the line forms of the first Python release (`NAME was killed by …` and so on). Default: on.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) promised_forms: Field,
    /// What a wrapper program puts before every line of the log, such as `docker-compose`. Default: none.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Wrapper>"))]
    pub(crate) prefix: Field,
    /// Dialects of mods and scenarios to switch off, such as `redmew: off`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Dialects>"))]
    pub(crate) dialects: Named<Field>,
    /// When it is quiet: events are collected and told in one digest at the end. Default: never.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawQuietHours>"))]
    pub(crate) quiet_hours: Option<RawQuietHours>,
    /// Posts that sum up a day or a week.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawRecap>"))]
    pub(crate) recap: RawRecap,
    /// What is merged with what stands there already.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawQuiet>"))]
    pub(crate) quiet: RawQuiet,
    /// How often a post tells the figures of the server: the short form of `stats: { interval: … }`. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::SecondsOrOff>"))]
    pub(crate) stats_interval: Field,
    /// Posts with the figures of a server, one after the other.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawStats>"))]
    pub(crate) stats: RawStats,
    /// One message that always shows how the server is.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::CardOrSwitch>"))]
    pub(crate) card: RawCard,
    /// When somebody should look at the server: rules, and where they are told.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Alerts>"))]
    pub(crate) alerts: RawAlerts,
    /// Times of the server's zone at which somebody restarts it, such as `"05:00"` or `monday 05:00`. They are told;
    /// nothing is restarted.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Texts>"))]
    pub(crate) restart_at: Texts,
}

/// Our own log.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "log")
)]
pub(crate) struct RawLog {
    /// `debug`, `info` (default), `warning`, `error` or `critical`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Level>"))]
    pub(crate) level: Field,
    /// `json` (default) or `console`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Format>"))]
    pub(crate) format: Field,
}

/// The health and metrics page.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "health")
)]
pub(crate) struct RawHealth {
    /// Address to listen on. Default: 0.0.0.0, reachable from other machines.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) host: Field,
    /// Port to listen on. Default: 8080.
    #[cfg_attr(feature = "schema", schemars(with = "Option<u16>"))]
    pub(crate) port: Field,
}

/// Times, sizes and policies.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "limits")
)]
pub(crate) struct RawLimits {
    /// Lines that are read again and are older than this are not posted. Default: 24h.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) max_event_age: Field,
    /// Messages that Discord did not take for this long are given up. Default: 7d.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) give_up_after: Field,
    /// Messages later than this carry their original time. Default: 60s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) late_after: Field,
    /// How much may wait for Discord.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawOutbox>"))]
    pub(crate) outbox: RawOutbox,
    /// How often the logs are looked at when the system reports no change. Default: 1s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) poll_interval: Field,
    /// How long a rotated log stays open for late lines. Default: 10s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) rotation_wait: Field,
    /// Longest line that is read in full. Default: 256KiB.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Size>"))]
    pub(crate) max_line: Field,
    /// How often a destination that refused us is tried again. Default: 15min.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) park_interval: Field,
    /// How long a stop waits for requests in flight. Docker kills after 10 seconds. Default: 8s.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) stop_grace: Field,
    /// How long finished work is kept.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RawRetention>"))]
    pub(crate) retention: RawRetention,
}

/// How much may wait for Discord.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "outbox")
)]
pub(crate) struct RawOutbox {
    /// Largest number of waiting messages. Default: 1000000.
    #[cfg_attr(feature = "schema", schemars(with = "Option<u64>"))]
    pub(crate) max_rows: Field,
    /// Largest size of waiting messages. Default: 512MiB.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Size>"))]
    pub(crate) max_bytes: Field,
    /// `pause` (default): stop reading, the log itself is the buffer. `drop-oldest`: drop and count.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Full>"))]
    pub(crate) when_full: Field,
}

/// How long finished work is kept.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "retention")
)]
pub(crate) struct RawRetention {
    /// Delivered messages. Default: 24h.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) delivered: Field,
    /// Messages that were given up. Default: 30d.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) dead_letters: Field,
    /// Statistics. Default: 400d.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) statistics: Field,
    /// The audit log. Default: for ever.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Time>"))]
    pub(crate) audit: Field,
}

impl RawFile {
    /// Reads the whole file.
    pub(crate) fn read(tree: &Node, path: &Path, findings: &mut Findings) -> Self {
        let mut keys = Keys::of(Some(tree), "", path, findings);
        let raw = Self {
            servers: servers(&mut keys),
            defaults: RawOptions::section(&mut keys),
            webhooks: named(&mut keys, "webhooks"),
            channels: channels(&mut keys),
            routes: RawRoute::list(&mut keys, "routes"),
            bot: RawBot::read(&mut keys),
            permissions: RawPermissions::take(&mut keys),
            audit: RawAudit::take(&mut keys),
            voice: keys.node("voice").cloned(),
            mentions: keys.node("mentions").cloned(),
            abuse: RawAbuse::read(&mut keys),
            filters: RawFilter::list(&mut keys, "filters"),
            patterns: keys.scalar("patterns"),
            pattern_files: keys.scalar("pattern_files"),
            shipped_patterns: keys.scalar("shipped_patterns"),
            state_dir: keys.scalar("state_dir"),
            log: RawLog::read(&mut keys),
            health: RawHealth::read(&mut keys),
            bot_name: keys.scalar("bot_name"),
            bot_avatar_url: keys.scalar("bot_avatar_url"),
            send_test_message: keys.scalar("send_test_message"),
            statistics: keys.scalar("statistics"),
            privacy: RawPrivacy::read(&mut keys),
            limits: RawLimits::read(&mut keys),
        };
        keys.finish();
        raw
    }
}

/// A mapping from names of people's choice to nodes.
fn named_nodes<'a>(keys: &mut Keys<'a>, key: &'static str) -> Vec<(String, Position, &'a Node)> {
    let Some(node) = keys.node(key) else {
        return Vec::new();
    };
    if let Content::Map(entries) = &node.content {
        return entries
            .iter()
            .map(|entry| (entry.key.clone(), entry.at, &entry.value))
            .collect();
    }
    // Not a mapping: this reports what it is instead.
    Keys::of(Some(node), key, keys.path(), keys.findings).finish();
    Vec::new()
}

pub(crate) fn named(keys: &mut Keys<'_>, key: &'static str) -> Named<Field> {
    let nodes = named_nodes(keys, key);
    let path = keys.path();
    nodes
        .into_iter()
        .map(|(name, at, node)| {
            let field = keys::field(node, &name, path, keys.findings);
            (name, at, field)
        })
        .collect()
}

fn channels(keys: &mut Keys<'_>) -> Named<RawChannel> {
    let nodes = named_nodes(keys, "channels");
    raw_routes::channels(nodes, keys.path(), keys.findings)
}

fn servers(keys: &mut Keys<'_>) -> Named<RawServer> {
    let nodes = named_nodes(keys, "servers");
    let path = keys.path();
    nodes
        .into_iter()
        .map(|(tag, at, node)| {
            let section = format!("server {}", super::problem::quote(&tag));
            let server = RawServer::read(node, &section, path, keys.findings);
            (tag, at, server)
        })
        .collect()
}

impl RawServer {
    fn read(node: &Node, section: &str, path: &Path, findings: &mut Findings) -> Self {
        let mut keys = Keys::of(Some(node), section, path, findings);
        let mut raw = Self {
            log_path: keys.scalar("log_path"),
            source: keys.scalar("source"),
            source_poll: keys.scalar("source_poll"),
            name: keys.scalar("name"),
            siblings: keys.scalar("siblings"),
            routes: RawRoute::list(&mut keys, "routes"),
            mentions: keys.node("mentions").cloned(),
            filters: RawFilter::list(&mut keys, "filters"),
            rcon: RawRcon::take(&mut keys),
            permissions: RawPermissions::take(&mut keys),
            options: RawOptions::take(&mut keys),
        };
        OldKeys::take(&mut keys, Tone::Own).put_into(&mut raw);
        keys.finish();
        raw
    }
}

impl RawOptions {
    fn section(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("defaults");
        let mut section = Keys::of(node, "defaults", keys.path(), keys.findings);
        let raw = Self::take(&mut section);
        section.finish();
        raw
    }

    fn take(keys: &mut Keys<'_>) -> Self {
        Self {
            game_log: keys.scalar("game_log"),
            time_zone: keys.scalar("time_zone"),
            webhook: keys.scalar("webhook"),
            admin_webhook: keys.scalar("admin_webhook"),
            event_channel_id: keys.scalar("event_channel_id"),
            discord_chat: keys.scalar("discord_chat"),
            discord_chat_channels: keys.texts("discord_chat_channels"),
            discord_chat_rate: keys.scalar("discord_chat_rate"),
            discord_chat_edits: keys.scalar("discord_chat_edits"),
            topic: keys.scalar("topic"),
            events: named(keys, "events"),
            voice: keys.node("voice").cloned(),
            player_names_as_webhook_name: keys.scalar("player_names_as_webhook_name"),
            start: keys.scalar("start"),
            promised_forms: keys.scalar("promised_forms"),
            prefix: keys.scalar("prefix"),
            dialects: named(keys, "dialects"),
            quiet_hours: RawQuietHours::take(keys),
            recap: RawRecap::take(keys),
            quiet: RawQuiet::take(keys),
            stats_interval: keys.scalar("stats_interval"),
            stats: RawStats::take(keys),
            card: RawCard::take(keys),
            alerts: RawAlerts::take(keys),
            restart_at: keys.texts("restart_at"),
        }
    }
}

impl RawLog {
    fn read(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("log");
        let mut keys = Keys::of(node, "log", keys.path(), keys.findings);
        let raw = Self {
            level: keys.scalar("level"),
            format: keys.scalar("format"),
        };
        keys.finish();
        raw
    }
}

impl RawHealth {
    fn read(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("health");
        let mut keys = Keys::of(node, "health", keys.path(), keys.findings);
        let raw = Self {
            host: keys.scalar("host"),
            port: keys.scalar("port"),
        };
        keys.finish();
        raw
    }
}

impl RawLimits {
    fn read(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("limits");
        let mut keys = Keys::of(node, "limits", keys.path(), keys.findings);
        let raw = Self {
            max_event_age: keys.scalar("max_event_age"),
            give_up_after: keys.scalar("give_up_after"),
            late_after: keys.scalar("late_after"),
            outbox: RawOutbox::read(&mut keys),
            poll_interval: keys.scalar("poll_interval"),
            rotation_wait: keys.scalar("rotation_wait"),
            max_line: keys.scalar("max_line"),
            park_interval: keys.scalar("park_interval"),
            stop_grace: keys.scalar("stop_grace"),
            retention: RawRetention::read(&mut keys),
        };
        keys.finish();
        raw
    }
}

impl RawOutbox {
    fn read(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("outbox");
        let mut keys = Keys::of(node, "limits.outbox", keys.path(), keys.findings);
        let raw = Self {
            max_rows: keys.scalar("max_rows"),
            max_bytes: keys.scalar("max_bytes"),
            when_full: keys.scalar("when_full"),
        };
        keys.finish();
        raw
    }
}

impl RawRetention {
    fn read(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("retention");
        let mut keys = Keys::of(node, "limits.retention", keys.path(), keys.findings);
        let raw = Self {
            delivered: keys.scalar("delivered"),
            dead_letters: keys.scalar("dead_letters"),
            statistics: keys.scalar("statistics"),
            audit: keys.scalar("audit"),
        };
        keys.finish();
        raw
    }
}
