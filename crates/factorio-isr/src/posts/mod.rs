//! What is posted of running games: the live card, alerts, status posts, the picture of the day.
//!
//! Owns the way from what is known of a server ([`isr_core::game::Snapshot`]s) to the outbox, and to the one
//! message that a card changes in place. Must not know how anything is read from a game, nor how a text reads. Cannot
//! fail: what cannot be posted now is posted later, or is out of date by then.

mod alerts;
mod card;
pub mod day;
mod history;
mod left;
mod plan;
mod refresh;
mod series;
mod works;

use std::collections::HashMap;
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::Arc;

use isr_core::delivery::Destination;
use isr_core::game::Snapshot;
use isr_core::source::{GenerationId, ServerTag};
use isr_store::{CardPlace, Store};
use tokio::sync::watch;

use crate::config::Config;
use crate::game::{Board, Clock};
use crate::metrics::Metrics;
use crate::relay::discord_sink::DiscordSink;
use crate::relay::lanes::Bells;
use crate::relay::plan::Outlets;
use crate::supervisor::{Stop, StopTrigger, Supervisor, TaskEnd};

use alerts::AlertWorld;
use card::{Card, CardWorld};
use history::History;
use left::{LeftWorld, Wanted};
use plan::{AlertPlan, CardPlan};
use series::Followed;

/// What posts share with the rest of the program.
#[derive(Debug, Clone)]
pub struct PostsWorld {
    /// The outbox, and what is remembered.
    pub store: Store,
    /// Told when the outbox holds something new.
    pub bells: Bells,
    /// Where it is counted.
    pub metrics: Metrics,
    /// What is known of the games.
    pub board: Board,
    /// The clocks of what is known.
    pub clock: Clock,
    /// What requests go through.
    pub outlets: Outlets,
    /// The wishes of people to see a card as it is now.
    pub refreshes: Refreshes,
    /// The folder whose disk must not be full.
    pub state_dir: PathBuf,
    /// When to end.
    pub stop: Stop,
}

/// Everything that is posted of games.
#[derive(Debug)]
pub struct Posts {
    world: PostsWorld,
    works: Works,
    history: History,
    followed: Followed,
    cards: HashMap<CardPlace, Running<CardPlan>>,
    alerts: HashMap<ServerTag, Running<AlertPlan>>,
    /// Each place on Discord that had a card since the start.
    sinks: HashMap<Destination, Arc<DiscordSink>>,
    /// The task that ends what the last configuration left behind.
    ending: Option<(StopTrigger, TaskEnd)>,
}

/// A task that follows a plan.
#[derive(Debug)]
struct Running<P> {
    plan: P,
    stop: StopTrigger,
    end: TaskEnd,
}

impl Posts {
    /// Starts what all servers share. `works` are known to others, too.
    #[must_use]
    pub fn new(world: PostsWorld, works: Works, supervisor: &mut Supervisor) -> Self {
        let (history, followed) = (History::default(), Followed::default());
        let (known, store, stop) = (works.clone(), world.store.clone(), world.stop.clone());
        supervisor.start("maintenance", move || {
            works::keep_fresh(known.clone(), store.clone(), stop.clone())
        });
        let (kept, from) = (history.clone(), world.clone());
        supervisor.start("samples", move || {
            let (kept, from) = (kept.clone(), from.clone());
            history::keep(kept, from.store, from.board, from.stop)
        });
        let (plans, from, shown, past) = (followed.clone(), world.clone(), works.clone(), history.clone());
        supervisor.start("status posts", move || {
            series::post(plans.clone(), from.clone(), shown.clone(), past.clone())
        });
        Self {
            world,
            works,
            history,
            followed,
            cards: HashMap::new(),
            alerts: HashMap::new(),
            sinks: HashMap::new(),
            ending: None,
        }
    }

    /// Follows exactly what a configuration wants. What did not change goes on undisturbed.
    pub fn follow(&mut self, config: &Config, supervisor: &mut Supervisor) {
        self.followed.follow(config);
        let cards: Vec<CardPlan> = plan::cards(config);
        let alerts: Vec<AlertPlan> = plan::alerts(config, &self.world.state_dir);
        let former = self.ending.take().map(|(stop, end)| {
            stop.stop();
            end
        });
        let mut left: Vec<TaskEnd> = former.iter().cloned().collect();
        let mut now = Wanted::of(config);
        now.cards = cards.iter().map(|plan| plan.place.clone()).collect();
        now.watched = alerts.iter().map(|plan| plan.server.clone()).collect();
        self.sinks
            .extend(plan::places_on_discord(config, &self.world.outlets));
        now.sinks = self.sinks.clone();
        let wanted = |place: &CardPlace| cards.iter().any(|plan| plan.place == *place);
        left.extend(let_go(&mut self.cards, wanted));
        let wanted = |tag: &ServerTag| alerts.iter().any(|plan| plan.server == *tag);
        left.extend(let_go(&mut self.alerts, wanted));
        for plan in cards {
            let place = plan.place.clone();
            let Some(own) = replaced(&mut self.cards, &place, &plan) else {
                continue;
            };
            let running = self.start_card(plan, own.into_iter().chain(former.clone()).collect(), supervisor);
            self.cards.insert(place, running);
        }
        for plan in alerts {
            let tag = plan.server.clone();
            let Some(own) = replaced(&mut self.alerts, &tag, &plan) else {
                continue;
            };
            let running =
                self.start_alerts(plan, own.into_iter().chain(former.clone()).collect(), supervisor);
            self.alerts.insert(tag, running);
        }
        self.end_what_is_left(now, left, supervisor);
    }

    fn end_what_is_left(&mut self, wanted: Wanted, formers: Vec<TaskEnd>, supervisor: &mut Supervisor) {
        let (trigger, stop) = self.world.stop.with_own();
        let world = LeftWorld {
            store: self.world.store.clone(),
            bells: self.world.bells.clone(),
            stop,
        };
        let wanted = Arc::new(wanted);
        let end = supervisor.start("left behind", move || {
            let (wanted, world, formers) = (Arc::clone(&wanted), world.clone(), formers.clone());
            async move {
                reached(formers).await;
                left::end_what_is_left(wanted, world).await;
            }
        });
        self.ending = Some((trigger, end));
    }

    fn start_card(
        &self,
        plan: CardPlan,
        formers: Vec<TaskEnd>,
        supervisor: &mut Supervisor,
    ) -> Running<CardPlan> {
        let (trigger, stop) = self.world.stop.with_own();
        let sink = Arc::new(plan.sink(&self.world.outlets));
        let face = plan.face(self.works.clone(), self.history.clone());
        let (store, metrics) = (self.world.store.clone(), self.world.metrics.clone());
        let refreshes = self.world.refreshes.clone();
        let (source, kept) = (source(&self.world.board, &plan.place.server), plan.clone());
        let end = supervisor.start(format!("card {}", plan.place.server), move || {
            let world = CardWorld {
                store: store.clone(),
                metrics: metrics.clone(),
                source: Arc::clone(&source),
                face: Arc::clone(&face),
                buttons: kept.buttons.clone(),
                pin: kept.pin,
                refreshes: refreshes.clone(),
                stop: stop.clone(),
            };
            let card = Card::new(kept.place.clone(), kept.label.clone(), Arc::clone(&sink), world);
            let formers = formers.clone();
            async move {
                // Two of them would post two cards.
                reached(formers).await;
                card.run().await;
            }
        });
        Running {
            plan,
            stop: trigger,
            end,
        }
    }

    fn start_alerts(
        &self,
        plan: AlertPlan,
        formers: Vec<TaskEnd>,
        supervisor: &mut Supervisor,
    ) -> Running<AlertPlan> {
        let (trigger, stop) = self.world.stop.with_own();
        let clock = self.world.clock;
        let world = AlertWorld {
            store: self.world.store.clone(),
            bells: self.world.bells.clone(),
            source: source(&self.world.board, &plan.server),
            works: self.works.clone(),
            now: Arc::new(move || clock.now()),
            stop,
        };
        let kept = plan.clone();
        let end = supervisor.start(format!("alerts {}", plan.server), move || {
            let (plan, world, formers) = (kept.clone(), world.clone(), formers.clone());
            async move {
                reached(formers).await;
                alerts::watch(plan, world).await;
            }
        });
        Running {
            plan,
            stop: trigger,
            end,
        }
    }
}

pub(crate) use plan::places;
pub use refresh::Refreshes;
pub use works::Works;

/// Where what is known of a server is heard of, also after its games were started anew.
type Source = Arc<dyn Fn() -> Option<watch::Receiver<Arc<Snapshot>>> + Send + Sync>;

fn source(board: &Board, server: &ServerTag) -> Source {
    let (board, server) = (board.clone(), server.clone());
    Arc::new(move || board.get(&server).map(|game| game.snapshots))
}

async fn reached(formers: Vec<TaskEnd>) {
    for former in formers {
        former.reached().await;
    }
}

/// Ends what nobody wants any more.
fn let_go<K: Eq + Hash, P>(
    running: &mut HashMap<K, Running<P>>,
    wanted: impl Fn(&K) -> bool,
) -> Vec<TaskEnd> {
    let mut left = Vec::new();
    running.retain(|key, task| {
        let stays = wanted(key) && !task.end.is_reached();
        if !stays {
            task.stop.stop();
            left.push(task.end.clone());
        }
        stays
    });
    left
}

/// `None` where exactly this plan is followed already; else the end of the task whose place is to be taken.
fn replaced<K: Eq + Hash, P: PartialEq>(
    running: &mut HashMap<K, Running<P>>,
    key: &K,
    plan: &P,
) -> Option<Option<TaskEnd>> {
    if running.get(key).is_some_and(|task| task.plan == *plan) {
        return None;
    }
    Some(running.remove(key).map(|task| {
        task.stop.stop();
        task.end
    }))
}

/// The same number for the same words for ever (FNV-1a): what is posted again has the identity that it had.
fn identity(words: &[&str]) -> GenerationId {
    let words = words.join(" ");
    let hash = words.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    GenerationId(hash.cast_signed() & i64::MAX)
}
