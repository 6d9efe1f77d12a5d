//! From the configuration to what is posted of games.
//!
//! Owns the mapping: which cards there are, where alerts go. Cannot fail: the configuration has nothing left to check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use isr_core::delivery::{Destination, Pings};
use isr_core::game::alert::{Desk, LogSource, Rule, Settings};
use isr_core::game::{CardContext, Snapshot};
use isr_core::source::ServerTag;
use isr_core::text::{Embed, WebhookName};
use isr_core::voice::Voice;
use isr_discord::WebhookUrl;
use isr_store::CardPlace;

use super::card::Face;
use super::history::History;
use super::works::Works;
use crate::config::{Config, Server, Target};
use crate::relay::discord_sink::{Appearance, DiscordSink};
use crate::relay::plan::Outlets;

/// One live card.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CardPlan {
    pub(super) place: CardPlace,
    /// The destination's name in logs and metrics.
    pub(super) label: String,
    name: String,
    voice: Arc<Voice>,
    url: Arc<WebhookUrl>,
    appearance: Appearance,
}

impl CardPlan {
    pub(super) fn sink(&self, outlets: &Outlets) -> DiscordSink {
        outlets.sink(&self.url, self.appearance.clone(), self.label.clone())
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
    /// The folder whose disk is looked at; for one server only.
    pub(super) disk: Option<PathBuf>,
}

/// The cards that a configuration wants. A terminal has none: what it shows it has shown.
pub(super) fn cards(config: &Config) -> Vec<CardPlan> {
    let card = |server: &Server| {
        let target = server.card.as_ref()?.target.as_ref().unwrap_or(&server.target);
        let Target::Webhook(webhook) = target else {
            return None;
        };
        Some(CardPlan {
            place: CardPlace {
                destination: target.destination(),
                server: server.tag.clone(),
            },
            label: webhook.name.clone().unwrap_or_else(|| server.tag.to_string()),
            name: server.name.clone(),
            voice: Arc::clone(&server.voice),
            url: Arc::clone(&webhook.url),
            appearance: Appearance {
                username: WebhookName::new(&config.bot_name).as_str().to_owned(),
                avatar_url: config.bot_avatar_url.clone(),
            },
        })
    };
    config.servers.iter().filter_map(card).collect()
}

/// The alerts that a configuration wants. Where no rule looks, nobody wakes up.
pub(super) fn alerts(config: &Config, state_dir: &Path) -> Vec<AlertPlan> {
    let plan = |(number, server): (usize, &Server)| AlertPlan {
        server: server.tag.clone(),
        name: server.name.clone(),
        voice: Arc::clone(&server.voice),
        places: places(server),
        settings: server.alerts.settings.clone(),
        log: if server.log.is_some() {
            LogSource::Followed
        } else {
            LogSource::None
        },
        disk: (number == 0).then(|| state_dir.to_owned()),
    };
    let watches = |plan: &AlertPlan| Desk::RULES.iter().any(|rule| plan.settings.is_on(*rule));
    config
        .servers
        .iter()
        .enumerate()
        .map(plan)
        .filter(watches)
        .collect()
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
