//! From the configuration to the parts of a relay: which sources are read, which lanes exist, who is called what.
//!
//! Owns the mapping and nothing else: everything here is decided before anything runs. Cannot fail: the configuration
//! has nothing left to check.

use std::path::Path;
use std::sync::Arc;

use isr_core::context::SourceContext;
use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::event::Selection;
use isr_core::interpreter::{GameLog, Interpreter, Role};
use isr_core::quiet::{Quiet, QuietRules};
use isr_core::source::{Checkpoint, GenerationId, SourceId};
use isr_core::text::WebhookName;
use isr_core::zone::ZoneClock;
use isr_discord::WebhookClient;
use isr_store::{
    Admin, Attended, Health, OpenReport, OutboxCaps, OutboxFull, Retention, StoreHistory, StoreOptions,
};
use isr_tail::{FirstLook, TailOptions};
use jiff::Timestamp;

use super::attendance::Sessions;
use super::discord_sink::{Appearance, DiscordPlace, DiscordSink, SharedLimiter};
use super::lane::{Lane, LaneOptions, LaneSurroundings};
use super::log_alerts::{AlertRules, LogAlerts};
use super::rules::{Rules, Style};
use super::sink::{Sink, TerminalSink};
use super::source::{Source, SourcePlan, WantedSource};
use super::translate::Translator;
use crate::bot::Lease;
use crate::config::{
    self, BotChannel, BotIdentity, ChannelKind, ChatName, Chosen, Config, Limits, Server, StartAt, Target,
    WhenFull,
};
use crate::metrics::Metrics;
use crate::posts;
use crate::supervisor::{Supervisor, TaskEnd};

/// The label of the terminal's lane.
const TERMINAL: &str = "terminal";

/// The store's options.
#[must_use]
pub fn store_options(config: &Config) -> StoreOptions {
    let limits = &config.limits;
    let mut options = StoreOptions::new(&config.state_dir);
    options.caps = OutboxCaps {
        rows: limits.outbox.max_rows.0,
        bytes: limits.outbox.max_bytes.0,
        when_full: match limits.outbox.when_full {
            WhenFull::Pause => OutboxFull::Pause,
            WhenFull::DropOldest => OutboxFull::DropOldest,
        },
    };
    options.retention = Retention {
        delivered: limits.retention.delivered,
        given_up: limits.retention.dead_letters,
        statistics: limits.retention.statistics,
        audit: limits.retention.audit,
    };
    options
}

/// Logs what was found at opening the store.
pub fn log_report(report: &OpenReport) {
    if let Some(damage) = &report.damage {
        tracing::error!(%damage, "store_damaged: a new one was begun; logs are read again, nothing older than max_event_age is posted");
    } else if report.history == StoreHistory::Lost {
        tracing::error!(
            "store_missing: it was here before; logs are read again, nothing older than max_event_age is posted"
        );
    }
    if report.uncertain_claims > 0 {
        tracing::warn!(
            count = report.uncertain_claims,
            "uncertain_deliveries: the last run ended while they were being sent; they are sent again"
        );
    }
}

/// All sources of a configuration.
pub fn source_ids(config: &Config) -> impl Iterator<Item = SourceId> {
    config.servers.iter().flat_map(|server| {
        server.streams().into_iter().map(|plan| SourceId {
            server: server.tag.clone(),
            stream: plan.stream,
        })
    })
}

/// Opens all sources at their stored positions.
#[must_use]
pub fn sources(
    config: &Config,
    stored: &[(SourceId, Checkpoint)],
    history: StoreHistory,
    metrics: &Metrics,
) -> Vec<Source> {
    let open = |reading: WantedSource| {
        let own = reading.positions(stored);
        Source::open(reading.plan, reading.translator, own, metrics)
    };
    readings(config, history).into_iter().map(open).collect()
}

/// All sources as the configuration wants them.
#[must_use]
pub fn readings(config: &Config, history: StoreHistory) -> Vec<WantedSource> {
    let mut readings = Vec::new();
    for server in &config.servers {
        let shared = Arc::new(rules(server, &config.limits));
        let sessions = Sessions::default();
        let alerts = LogAlerts::new(&shared.alerts.settings);
        for stream in server.streams() {
            let role = Role::of(stream.stream, GameLog::Absent);
            let translator = translator_with(server, Arc::clone(&shared), role, sessions.clone())
                .with_alerts(alerts.clone());
            let plan = SourcePlan {
                id: SourceId {
                    server: server.tag.clone(),
                    stream: stream.stream,
                },
                path: stream.path,
                chosen: stream.chosen,
                options: tail_options(&config.limits, server),
                first_look: first_look(server, stream.chosen, history),
            };
            readings.push(WantedSource { plan, translator });
        }
    }
    readings
}

/// After a loss nothing is skipped silently: the whole log is read again, bounded by the age of its lines. What we heard
/// ourselves is new, whenever it is first looked at.
const fn first_look(server: &Server, chosen: Chosen, history: StoreHistory) -> FirstLook {
    match (history, chosen, server.start) {
        (StoreHistory::Lost, ..) | (_, Chosen::Heard, _) | (.., StartAt::Beginning) => FirstLook::Beginning,
        (.., StartAt::End) => FirstLook::End,
    }
}

fn tail_options(limits: &Limits, server: &Server) -> TailOptions {
    TailOptions {
        poll_interval: limits.poll_interval,
        rotation_wait: limits.rotation_wait,
        line_cap: usize::try_from(limits.max_line.0).unwrap_or(usize::MAX),
        sibling_glob: server.siblings.clone(),
        ..TailOptions::default()
    }
}

/// What the events of a server go through.
#[must_use]
pub fn rules(server: &Server, limits: &Limits) -> Rules {
    let admins = server.admin_target.as_ref().unwrap_or(&server.target);
    Rules {
        server: server.tag.clone(),
        name: server.name.clone(),
        voice: Arc::clone(&server.voice),
        wanted: server.events,
        patterns: Arc::clone(&server.patterns),
        counting: server.counting.clone(),
        routes: config::compiled(&server.routes, |route, channel| Style {
            chat_name: match &channel.target {
                Target::Channel(channel) => chat_name_of(channel),
                Target::Terminal | Target::Webhook(_) => route.chat_name,
            },
            voice: Arc::clone(&route.voice),
        }),
        filters: server.filters.clone(),
        quiet_hours: server.quiet_hours.clone(),
        remarks: admins.destination(),
        admins: server.admin_target.as_ref().map(Target::destination),
        mentions: server.mentions.clone(),
        flood: server.flood,
        alerts: AlertRules {
            settings: server.alerts.settings.clone(),
            places: posts::places(server),
        },
        max_event_age: limits.max_event_age,
    }
}

/// The bot has one name, so the player's has to stand in the text, unless it has a webhook for it.
fn chat_name_of(channel: &BotChannel) -> ChatName {
    match (channel.account.identity, channel.kind) {
        (BotIdentity::Webhook, ChannelKind::Shared) => ChatName::PlayerOfLines,
        (BotIdentity::Webhook, ChannelKind::Direct) | (BotIdentity::Bot, _) => ChatName::Bot,
    }
}

/// A translator of one stream of a server that is all there is.
#[must_use]
pub fn translator(server: &Server, rules: Arc<Rules>) -> Translator {
    translator_with(server, rules, Role::Alone, Sessions::default())
}

fn translator_with(server: &Server, rules: Arc<Rules>, role: Role, sessions: Sessions) -> Translator {
    let clock = ZoneClock::new(server.time_zone.zone.clone());
    Translator::new(
        Interpreter::new(
            server.grammar,
            clock,
            role,
            Selection::ALL,
            SourceContext::default(),
        ),
        rules,
        sessions,
    )
}

/// A lane as the configuration wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanePlan {
    /// Its rules.
    pub options: LaneOptions,
    sink: SinkPlan,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SinkPlan {
    Terminal,
    Discord {
        place: DiscordPlace,
        appearance: Appearance,
    },
}

/// What all lanes post through: one client and one limiter, also after a reload.
#[derive(Debug, Clone, Default)]
pub struct Outlets {
    client: WebhookClient,
    limiter: SharedLimiter,
    lease: Lease,
}

impl Outlets {
    /// A sink for a place, beside the one of its lane: they share the limits.
    #[must_use]
    pub fn sink(&self, place: &DiscordPlace, appearance: Appearance, label: String) -> DiscordSink {
        DiscordSink::new(
            self.client.clone(),
            place.clone(),
            (self.limiter.clone(), self.lease.clone()),
            appearance,
            label,
        )
    }

    /// Whether this copy speaks for the bot.
    #[must_use]
    pub const fn lease(&self) -> &Lease {
        &self.lease
    }

    /// The limits that everything on Discord shares.
    #[must_use]
    pub const fn limiter(&self) -> &SharedLimiter {
        &self.limiter
    }
}

/// What puts a destination that was given up back to work.
pub type Release = Arc<dyn Fn() + Send + Sync>;

/// A lane that runs.
pub struct Started {
    /// Puts it back to work after a latch.
    pub release: Release,
    /// When it has ended.
    pub end: TaskEnd,
}

impl LanePlan {
    /// Starts the lane, as soon as its predecessor has ended.
    pub fn start(
        &self,
        supervisor: &mut Supervisor,
        around: LaneSurroundings,
        predecessor: Option<TaskEnd>,
        outlets: &Outlets,
    ) -> Started {
        let options = self.options.clone();
        match &self.sink {
            SinkPlan::Terminal => {
                let sink = Arc::new(TerminalSink::new());
                start_lane(options, sink, supervisor, around, predecessor)
            }
            SinkPlan::Discord { place, appearance } => {
                let sink = Arc::new(outlets.sink(place, appearance.clone(), options.label.clone()));
                start_lane(options, sink, supervisor, around, predecessor)
            }
        }
    }
}

fn start_lane<S: Sink>(
    options: LaneOptions,
    sink: Arc<S>,
    supervisor: &mut Supervisor,
    around: LaneSurroundings,
    predecessor: Option<TaskEnd>,
) -> Started {
    let released = Arc::clone(&sink);
    let end = supervisor.start(format!("lane {}", options.label), move || {
        let lane = Lane::new(options.clone(), Arc::clone(&sink), around.clone());
        let predecessor = predecessor.clone();
        async move {
            if let Some(predecessor) = predecessor {
                predecessor.reached().await;
            }
            lane.run().await;
        }
    });
    Started {
        release: Arc::new(move || released.release()),
        end,
    }
}

/// The channels in which the bot tells people what they asked to be told, whatever else the configuration names.
#[must_use]
pub fn personal_places(config: &Config, channels: &[(u64, ChannelKind)]) -> Vec<Target> {
    let Some(bot) = &config.bot else { return Vec::new() };
    let place = |(id, kind): &(u64, ChannelKind)| {
        Target::Channel(BotChannel {
            name: None,
            id: *id,
            kind: *kind,
            account: Arc::clone(&bot.account),
        })
    };
    channels.iter().map(place).collect()
}

/// One lane for each different destination: those of the configuration, and those that people asked for.
#[must_use]
pub fn lanes(config: &Config, personal: &[Target]) -> Vec<LanePlan> {
    let mut plans: Vec<LanePlan> = Vec::new();
    let quiet = Arc::new(quiet_rules(config));
    let personal = personal
        .iter()
        .map(|target| (target, target.destination().to_string()));
    for (target, fallback) in targets(config).chain(personal) {
        let destination = target.destination();
        if plans.iter().any(|plan| plan.options.destination == destination) {
            continue;
        }
        let (label, sink) = match DiscordPlace::of(target) {
            None => (TERMINAL.to_owned(), SinkPlan::Terminal),
            Some(place) => {
                let label = target.name().map_or(fallback, str::to_owned);
                (label, discord_sink(config, place))
            }
        };
        plans.push(LanePlan {
            options: LaneOptions {
                quiet: Arc::clone(&quiet),
                ..lane_options(&config.limits, destination, label)
            },
            sink,
        });
    }
    plans
}

/// What the lanes of a configuration send to.
#[must_use]
pub fn attended(config: &Config, personal: &[Target]) -> Attended {
    let named = targets(config).map(|(target, _)| target);
    Attended {
        destinations: named.chain(personal).map(Target::destination).collect(),
        give_up_after: config.limits.give_up_after,
    }
}

/// Names what waits for destinations that the configuration names no more.
pub fn log_left_over(health: &Health, attended: &Attended) {
    for lane in &health.lanes {
        if lane.waiting_rows > 0 && !attended.destinations.contains(&lane.destination) {
            tracing::warn!(
                name = %lane.destination.as_str(), waiting = lane.waiting_rows,
                "outbox_left_over: nobody sends them, they wait until they are too old; configure the webhook again, or \
                 `factorio-isr outbox list` and `outbox drop`"
            );
        }
    }
}

/// All targets, with the label of those that have no name of their own.
pub(crate) fn targets(config: &Config) -> impl Iterator<Item = (&Target, String)> {
    let audit = config
        .audit
        .target
        .iter()
        .map(|target| (target, "audit".to_owned()));
    let of_servers = config.servers.iter().flat_map(|server| {
        let own = (&server.target, server.tag.to_string());
        let admins = server
            .admin_target
            .as_ref()
            .map(|target| (target, format!("{}/admins", server.tag)));
        let routed = server.routes.iter().flat_map(|route| &route.to);
        let routed = routed.map(|channel| (&channel.target, channel.name.clone()));
        let games = [
            (server.recaps.target.as_ref(), "recaps"),
            (server.stats.target.as_ref(), "stats"),
            (server.card.as_ref().and_then(|card| card.target.as_ref()), "card"),
            (server.alerts.target.as_ref(), "alerts"),
        ];
        let places = server.alerts.places.values();
        let places = places.map(|place| (place.target.as_ref(), "alerts"));
        let named = games.into_iter().chain(places);
        let named = named.filter_map(|(target, what)| Some((target?, format!("{}/{what}", server.tag))));
        std::iter::once(own).chain(admins).chain(routed).chain(named)
    });
    of_servers.chain(audit)
}

fn discord_sink(config: &Config, place: DiscordPlace) -> SinkPlan {
    SinkPlan::Discord {
        place,
        appearance: Appearance {
            username: WebhookName::new(&config.bot_name).as_str().to_owned(),
            avatar_url: config.bot_avatar_url.clone(),
        },
    }
}

/// Several servers may share a destination, so each lane knows the rules of all.
fn quiet_rules(config: &Config) -> QuietRules {
    let of = |server: &Server| {
        let quiet = Quiet {
            merge_rejoins: server.quiet.merge_rejoins,
            count_repeats: server.quiet.count_repeats,
            words: server.voice.quiet_words().clone(),
        };
        (server.tag.clone(), quiet)
    };
    QuietRules::new(config.servers.iter().map(of).collect())
}

fn lane_options(limits: &Limits, destination: Destination, label: String) -> LaneOptions {
    LaneOptions {
        late_after: limits.late_after,
        give_up_after: limits.give_up_after,
        ..LaneOptions::new(destination, label)
    }
}

/// The message of `SEND_TEST_MESSAGE`, one for each destination.
#[must_use]
pub fn test_messages(config: &Config) -> Vec<NewDelivery> {
    let now_ms = Timestamp::now().as_millisecond();
    // Once at every start, so the identity is the moment of the start.
    let generation = GenerationId(now_ms.max(1));
    let mut messages: Vec<NewDelivery> = Vec::new();
    for server in &config.servers {
        let destination = server.target.destination();
        if messages.iter().any(|known| known.destination == destination) {
            continue;
        }
        messages.push(NewDelivery {
            id: DeliveryId {
                generation,
                offset: 0,
                part: 0,
            },
            destination,
            server: server.tag.clone(),
            kind: KindName::fixed("test"),
            form: Form::Line,
            text: "🔗 factorio-isr is connected: what happens on the server appears here".to_owned(),
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: now_ms,
            seen_ms: now_ms,
        });
    }
    messages
}

/// What a daemon has learnt of each log's zone, in minutes, as its checkpoints keep it.
#[must_use]
pub fn known_corrections(state_dir: &Path) -> Vec<(SourceId, i32)> {
    let stored = Admin::open(state_dir)
        .and_then(|admin| admin.checkpoints())
        .unwrap_or_default();
    let mut known: Vec<(SourceId, i32)> = Vec::new();
    for (source, checkpoint) in stored {
        known.retain(|(other, _)| *other != source);
        if let Some(minutes) = SourceContext::decode(&checkpoint.context)
            .zone_correction()
            .minutes()
        {
            known.push((source, minutes));
        }
    }
    known
}
