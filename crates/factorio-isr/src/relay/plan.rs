//! From the configuration to the parts of a relay: which sources are read, which lanes exist, who is called what.
//!
//! Owns the mapping and nothing else: everything here is decided before anything runs. Cannot fail: the configuration
//! has nothing left to check.

use std::path::Path;
use std::sync::Arc;

use isr_core::context::SourceContext;
use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::interpreter::{GameLog, Interpreter, Role};
use isr_core::source::{Checkpoint, GenerationId, SourceId};
use isr_core::text::WebhookName;
use isr_core::zone::ZoneClock;
use isr_discord::WebhookClient;
use isr_store::{Admin, OpenReport, OutboxCaps, OutboxFull, Retention, StoreHistory, StoreOptions};
use isr_tail::{FirstLook, TailOptions};
use jiff::Timestamp;

use super::discord_sink::{Appearance, DiscordSink, SharedLimiter};
use super::lane::{Lane, LaneOptions, LaneSurroundings};
use super::rules::{Rules, Style};
use super::sink::{Sink, TerminalSink};
use super::source::{Source, SourcePlan};
use super::translate::Translator;
use crate::config::{self, Config, Limits, Server, StartAt, Target, Webhook, WhenFull};
use crate::metrics::Metrics;
use crate::supervisor::Supervisor;

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
    let mut sources = Vec::new();
    for server in &config.servers {
        let shared = Arc::new(rules(server, &config.limits));
        for stream in server.streams() {
            let id = SourceId {
                server: server.tag.clone(),
                stream: stream.stream,
            };
            let own: Vec<Checkpoint> = stored
                .iter()
                .filter(|(source, _)| *source == id)
                .map(|(_, checkpoint)| checkpoint.clone())
                .collect();
            let role = Role::of(stream.stream, GameLog::Absent);
            let translator = translator_with(server, Arc::clone(&shared), role, SourceContext::default());
            let plan = SourcePlan {
                id,
                path: stream.path,
                chosen: stream.chosen,
                options: tail_options(&config.limits, server),
                first_look: first_look(server, history),
            };
            sources.push(Source::open(plan, translator, own, metrics));
        }
    }
    sources
}

/// After a loss nothing is skipped silently: the whole log is read again, bounded by the age of its lines.
const fn first_look(server: &Server, history: StoreHistory) -> FirstLook {
    match (history, server.start) {
        (StoreHistory::Lost, _) | (_, StartAt::Beginning) => FirstLook::Beginning,
        (_, StartAt::End) => FirstLook::End,
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
        wanted: server.events,
        patterns: Arc::clone(&server.patterns),
        routes: config::compiled(&server.routes, |route| Style {
            chat_name: route.chat_name,
        }),
        remarks: admins.destination(),
        max_event_age: limits.max_event_age,
    }
}

/// A translator of one stream of a server that is all there is.
#[must_use]
pub fn translator(server: &Server, rules: Arc<Rules>) -> Translator {
    translator_with(server, rules, Role::Alone, SourceContext::default())
}

fn translator_with(server: &Server, rules: Arc<Rules>, role: Role, context: SourceContext) -> Translator {
    let clock = ZoneClock::new(server.time_zone.zone.clone());
    Translator::new(
        Interpreter::new(server.grammar, clock, role, server.events, context),
        rules,
    )
}

/// A lane that is to be started.
#[derive(Debug)]
pub struct LanePlan {
    /// Its rules.
    pub options: LaneOptions,
    sink: PlannedSink,
}

#[derive(Debug)]
enum PlannedSink {
    Terminal(Arc<TerminalSink>),
    Discord(Arc<DiscordSink>),
}

/// What puts a destination that was given up back to work.
pub type Release = Arc<dyn Fn() + Send + Sync>;

impl LanePlan {
    /// Starts the lane; the answer puts it back to work after a latch.
    pub fn start(self, supervisor: &mut Supervisor, around: LaneSurroundings) -> Release {
        match self.sink {
            PlannedSink::Terminal(sink) => start_lane(self.options, sink, supervisor, around),
            PlannedSink::Discord(sink) => start_lane(self.options, sink, supervisor, around),
        }
    }
}

fn start_lane<S: Sink>(
    options: LaneOptions,
    sink: Arc<S>,
    supervisor: &mut Supervisor,
    around: LaneSurroundings,
) -> Release {
    let released = Arc::clone(&sink);
    supervisor.start(format!("lane {}", options.label), move || {
        Lane::new(options.clone(), Arc::clone(&sink), around.clone()).run()
    });
    Arc::new(move || released.release())
}

/// One lane for each different destination. All webhooks share one client and one limiter.
#[must_use]
pub fn lanes(config: &Config) -> Vec<LanePlan> {
    let client = WebhookClient::default();
    let limiter = SharedLimiter::new();
    let mut plans: Vec<LanePlan> = Vec::new();
    for (target, fallback) in targets(config) {
        let destination = target.destination();
        if plans.iter().any(|plan| plan.options.destination == destination) {
            continue;
        }
        let (label, sink) = match target {
            Target::Terminal => (
                TERMINAL.to_owned(),
                PlannedSink::Terminal(Arc::new(TerminalSink::new())),
            ),
            Target::Webhook(webhook) => {
                let label = webhook.name.clone().unwrap_or(fallback);
                let sink = discord_sink(config, webhook, &client, &limiter, &label);
                (label, PlannedSink::Discord(Arc::new(sink)))
            }
        };
        plans.push(LanePlan {
            options: lane_options(&config.limits, destination, label),
            sink,
        });
    }
    plans
}

/// All targets, with the label of those that have no name of their own.
fn targets(config: &Config) -> impl Iterator<Item = (&Target, String)> {
    config.servers.iter().flat_map(|server| {
        let own = (&server.target, server.tag.to_string());
        let admins = server
            .admin_target
            .as_ref()
            .map(|target| (target, format!("{}/admins", server.tag)));
        let routed = server.routes.iter().flat_map(|route| &route.to);
        let routed = routed.map(|channel| (&channel.target, channel.name.clone()));
        std::iter::once(own).chain(admins).chain(routed)
    })
}

fn discord_sink(
    config: &Config,
    webhook: &Webhook,
    client: &WebhookClient,
    limiter: &SharedLimiter,
    label: &str,
) -> DiscordSink {
    let appearance = Appearance {
        username: WebhookName::new(&config.bot_name).as_str().to_owned(),
        avatar_url: config.bot_avatar_url.clone(),
    };
    DiscordSink::new(
        client.clone(),
        Arc::clone(&webhook.url),
        limiter.clone(),
        appearance,
        label.to_owned(),
    )
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
