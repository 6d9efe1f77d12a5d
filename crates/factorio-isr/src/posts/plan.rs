//! From the configuration to what is posted of games.
//!
//! Owns the mapping: which cards there are, where alerts go. Cannot fail: the configuration has nothing left to check.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use factorio_rcon::gate::Access;
use isr_core::command::{CardButton, CardClick, Needed};
use isr_core::delivery::{Destination, Pings};
use isr_core::game::alert::{Desk, LogSource, Rule, Settings};
use isr_core::game::{CardContext, Snapshot};
use isr_core::source::ServerTag;
use isr_core::text::{Embed, WebhookName};
use isr_core::voice::{CommandWord, Voice};
use isr_discord::{ButtonStyle, Buttons, LinkButton, ReplyButton};
use isr_store::CardPlace;

use super::card::Face;
use super::history::History;
use super::works::Works;
use crate::config::{Config, Server, Switch, Target};
use crate::relay::discord_sink::{Appearance, DiscordPlace, DiscordSink};
use crate::relay::plan::{Outlets, targets};

/// One live card.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CardPlan {
    pub(super) place: CardPlace,
    /// The destination's name in logs and metrics.
    pub(super) label: String,
    name: String,
    voice: Arc<Voice>,
    /// What stands below it.
    pub(super) buttons: Buttons,
    /// Whether it is pinned when it is posted.
    pub(super) pin: Switch,
    at: DiscordPlace,
    appearance: Appearance,
}

impl CardPlan {
    pub(super) fn sink(&self, outlets: &Outlets) -> DiscordSink {
        outlets.sink(&self.at, self.appearance.clone(), self.label.clone())
    }

    /// How it reads.
    pub(super) fn face(&self, works: Works, history: History) -> Face {
        let (voice, name, server) = (
            Arc::clone(&self.voice),
            self.name.clone(),
            self.place.server.clone(),
        );
        Arc::new(move |snapshot, now_ms| face(&voice, &name, &server, snapshot, (&works, &history), now_ms))
    }
}

/// A card, for the card and for status posts.
pub(super) fn face(
    voice: &Voice,
    name: &str,
    server: &ServerTag,
    snapshot: &Snapshot,
    (works, history): (&Works, &History),
    now_ms: i64,
) -> Embed {
    let past = history.ups(server, now_ms);
    let context = CardContext {
        server: name,
        history: &past,
        maintenance_until_ms: works.until(server, now_ms),
    };
    voice.card(snapshot, &context)
}

/// The alerts of one server.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AlertPlan {
    pub(super) server: ServerTag,
    pub(super) name: String,
    pub(super) voice: Arc<Voice>,
    /// Where alerts of each rule go, and whom they call.
    pub(super) places: BTreeMap<Rule, (Destination, Pings)>,
    pub(super) settings: Settings,
    pub(super) log: LogSource,
    /// The folder whose disk is looked at; for one server only. What another one told of it before is given up.
    pub(super) disk: Option<PathBuf>,
}

/// The cards that a configuration wants. A terminal has none: what it shows it has shown.
pub(super) fn cards(config: &Config) -> Vec<CardPlan> {
    let card = |server: &Server| {
        let wanted = server.card.as_ref()?;
        let target = wanted.target.as_ref().unwrap_or(&server.target);
        let at = DiscordPlace::of(target)?;
        Some(CardPlan {
            place: CardPlace {
                destination: target.destination(),
                server: server.tag.clone(),
            },
            label: target
                .name()
                .map_or_else(|| server.tag.to_string(), str::to_owned),
            name: server.name.clone(),
            voice: Arc::clone(&server.voice),
            buttons: match at {
                DiscordPlace::Channel { .. } => buttons(server),
                DiscordPlace::Webhook(_) => Buttons::none(),
            },
            pin: wanted.pin,
            at,
            appearance: appearance(config),
        })
    };
    config.servers.iter().filter_map(card).collect()
}

/// What stands below the card of a server. Clicks come back to a bot alone, so only its own messages have it; what nobody may
/// use there is left out.
fn buttons(server: &Server) -> Buttons {
    let words = &server.voice.words().command;
    let is_read_only = server
        .rcon
        .as_ref()
        .is_some_and(|rcon| rcon.allowed.access == Access::ReadOnly);
    let is_of_use = |click: &CardClick| {
        let may_be_used = server.permissions.needed(click.verb()) != Needed::Nobody;
        let changes = *click == CardClick::Save;
        may_be_used && !(is_read_only && changes)
    };
    let own = CardClick::ALL.into_iter().filter(is_of_use).map(|click| {
        let button = CardButton {
            click,
            server: server.tag.clone(),
        };
        ReplyButton {
            custom_id: button.name(),
            label: words.get(click.label()).to_owned(),
            style: ButtonStyle::Plain,
        }
    });
    let join = server.card.as_ref().and_then(|card| card.join_url.clone());
    let link = |url| LinkButton {
        url,
        label: words.get(CommandWord::CardJoin).to_owned(),
    };
    Buttons {
        own: own.collect(),
        links: join.into_iter().map(link).collect(),
    }
}

/// All places on Discord that a configuration posts at.
pub(super) fn places_on_discord(
    config: &Config,
    outlets: &Outlets,
) -> HashMap<Destination, Arc<DiscordSink>> {
    let reach = |(target, label): (&Target, String)| {
        let place = DiscordPlace::of(target)?;
        let sink = outlets.sink(&place, appearance(config), label);
        Some((target.destination(), Arc::new(sink)))
    };
    targets(config).filter_map(reach).collect()
}

fn appearance(config: &Config) -> Appearance {
    Appearance {
        username: WebhookName::new(&config.bot_name).as_str().to_owned(),
        avatar_url: config.bot_avatar_url.clone(),
    }
}

/// The alerts that a configuration wants. Where no rule looks, nobody wakes up.
pub(super) fn alerts(config: &Config, state_dir: &Path) -> Vec<AlertPlan> {
    // One of them tells of the disk, however they are ordered: the first that wants to.
    let teller = config
        .servers
        .iter()
        .find(|server| server.alerts.settings.is_on(Rule::DiskFull))
        .map(|server| &server.tag);
    let plan = |server: &Server| AlertPlan {
        server: server.tag.clone(),
        name: server.name.clone(),
        voice: Arc::clone(&server.voice),
        places: places(server),
        settings: settings(server, teller),
        log: if server.log.is_some() {
            LogSource::Followed
        } else {
            LogSource::None
        },
        disk: (teller == Some(&server.tag)).then(|| state_dir.to_owned()),
    };
    let watches = |plan: &AlertPlan| Desk::RULES.iter().any(|rule| plan.settings.is_on(*rule));
    config.servers.iter().map(plan).filter(watches).collect()
}

/// The settings of a server's rules. Who does not tell of the disk ends what it told of it.
fn settings(server: &Server, teller_of_disk: Option<&ServerTag>) -> Settings {
    let mut settings = server.alerts.settings.clone();
    if teller_of_disk != Some(&server.tag) {
        settings.off.insert(Rule::DiskFull);
    }
    settings
}

/// By default where admins read, else where the server's messages go.
pub(crate) fn places(server: &Server) -> BTreeMap<Rule, (Destination, Pings)> {
    let admins = server.admin_target.as_ref().unwrap_or(&server.target);
    let place = |rule: Rule| {
        let target = server.alerts.target_of(rule).unwrap_or(admins);
        (
            rule,
            (target.destination(), server.alerts.mention_of(rule).clone()),
        )
    };
    Rule::ALL.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Overrides, Surroundings};

    #[test]
    fn a_card_of_the_bot_has_the_buttons_that_are_of_use_and_a_webhooks_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let labels = |place: &str, rcon: &str, more: &str| {
            let file = folder.path().join("factorio-isr.yml");
            let text = format!(
                "servers:\n  north:\n    log_path: north.log\n    {place}\n    rcon: {{host: h, port: 1, password: p{rcon}}}\n{more}"
            );
            std::fs::write(&file, text).unwrap();
            let surroundings = Surroundings::empty(folder.path())
                .with_variable("FACTORIO_ISR_CONFIG", file.to_string_lossy())
                .with_variable("FACTORIO_ISR_STATE_DIR", folder.path().to_string_lossy())
                .with_variable(
                    "DISCORD_BOT_TOKEN",
                    "MTExMTIyMjIzMzMzNDQ0NDU1.GfAkEx.a-token-that-nobody-may-ever-show",
                );
            let config = config::load(&surroundings, &Overrides::default()).unwrap().config;
            let [card] = &cards(&config)[..] else {
                panic!("one card")
            };
            let own = card.buttons.own.iter().map(|button| button.label.clone());
            let links = card.buttons.links.iter().map(|link| link.label.clone());
            own.chain(links).collect::<Vec<_>>()
        };
        let bot = "event_channel_id: 300000000000000001";
        let join = "    card: {join_url: \"https://example.org\"}\n";
        assert_eq!(
            labels(bot, "", join),
            ["Who is online", "Refresh", "Save now", "Join"]
        );
        assert_eq!(labels(bot, ", read_only: on", ""), ["Who is online", "Refresh"]);
        let off = "    permissions: {commands: {players: off, save: off, status: off}}\n";
        assert_eq!(labels(bot, "", off), [""; 0]);
        let german = "    voice: {language: de}\n";
        assert_eq!(
            labels(bot, "", german),
            ["Wer ist da?", "Auffrischen", "Jetzt speichern"]
        );
        let webhook = "webhook: https://discord.com/api/webhooks/1/abcdefghijklmnopqrstuvwxyz0123456789";
        assert_eq!(labels(webhook, "", join), [""; 0]);
    }

    #[test]
    fn the_disk_is_told_by_the_first_server_that_wants_to_and_given_up_by_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let tellers = |text: &str| {
            let file = folder.path().join("factorio-isr.yml");
            std::fs::write(&file, text).unwrap();
            let surroundings = Surroundings::empty(folder.path())
                .with_variable("FACTORIO_ISR_CONFIG", file.to_string_lossy())
                .with_variable("FACTORIO_ISR_STATE_DIR", folder.path().to_string_lossy());
            let config = config::load(&surroundings, &Overrides::default()).unwrap().config;
            let told = alerts(&config, folder.path()).into_iter().map(|plan| {
                assert_eq!(plan.disk.is_some(), plan.settings.is_on(Rule::DiskFull));
                (plan.server.to_string(), plan.disk.is_some())
            });
            told.collect::<Vec<_>>()
        };
        let server =
            |tag: &str, alerts: &str| format!("  {tag}:\n    log_path: {tag}.log\n    alerts: {alerts}\n");
        let (a, b) = (server("a", "on"), server("b", "on"));
        let (off, silent) = (server("a", "off"), server("a", "{ups_low: on, disk_full: off}"));
        let told = |tag: &str, tells: bool| (tag.to_owned(), tells);
        assert_eq!(
            tellers(&format!("servers:\n{a}{b}")),
            [told("a", true), told("b", false)]
        );
        assert_eq!(tellers(&format!("servers:\n{off}{b}")), [told("b", true)]);
        let second = [told("a", false), told("b", true)];
        assert_eq!(tellers(&format!("servers:\n{silent}{b}")), second);
    }
}
