//! Posts that come again and again: the status of a server, and the picture of its day.
//!
//! Owns when they are due. A mark in the store, written with the post, keeps one from being posted twice. Where a server
//! cannot be asked, its status says so once and then nothing until it can. Must not know how a status reads. A failure is
//! logged and tried again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::game::ups::Pace;
use isr_core::game::{Link, Snapshot};
use isr_core::source::ServerTag;
use isr_core::statistics::Schedule;
use isr_core::voice::Voice;
use isr_store::{Series, SeriesMark, SeriesPosted};

use super::day::Look;
use super::history::History;
use super::works::Works;
use super::{PostsWorld, identity, plan};
use crate::config::{Config, Server, Switch};
use crate::relay::moment::{self, Bell, now_ms};
use crate::relay::upkeep::goes_on_after;

/// What is asked first after a start is answered by then.
const FIRST_LOOK: Duration = Duration::from_secs(10);
/// The pause after one could not be made or stored.
const RETRY_MS: i64 = 5000;

/// The posts of one server.
#[derive(Debug, Clone)]
struct Plan {
    look: Look,
    voice: Arc<Voice>,
    status: Option<StatusPlan>,
    picture: Option<(Schedule, Destination)>,
}

#[derive(Debug, Clone)]
struct StatusPlan {
    every_ms: i64,
    destination: Destination,
    ups: Switch,
    evolution: Switch,
}

impl Plan {
    fn of(server: &Server) -> Self {
        let to = |target: &Option<_>| target.as_ref().unwrap_or(&server.target).destination();
        let stats = &server.stats;
        Self {
            look: Look::of(server),
            voice: Arc::clone(&server.voice),
            status: stats.interval.map(|every| StatusPlan {
                every_ms: i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1),
                destination: to(&stats.target),
                ups: stats.ups,
                evolution: stats.evolution,
            }),
            picture: server
                .card
                .as_ref()
                .and_then(|card| Some((card.picture?, to(&card.target)))),
        }
    }
}

/// The posts that the configuration wants. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed {
    plans: Arc<Mutex<Arc<Vec<Plan>>>>,
    changed: Bell,
}

impl Followed {
    /// Goes by this configuration from now on.
    pub(super) fn follow(&self, config: &Config) {
        let plans = config.servers.iter().map(Plan::of);
        let wanted = plans.filter(|plan| plan.status.is_some() || plan.picture.is_some());
        *self.plans.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(wanted.collect());
        self.changed.ring();
    }

    fn plans(&self) -> Arc<Vec<Plan>> {
        Arc::clone(&self.plans.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Posts what is due until the program stops.
pub(super) async fn post(followed: Followed, world: PostsWorld, works: Works, history: History) {
    let mut stop = world.stop.clone();
    if !goes_on_after(FIRST_LOOK, &mut stop).await {
        return;
    }
    let mut poster = Poster {
        world,
        works,
        history,
        silent: HashSet::new(),
    };
    let mut plans = followed.plans();
    let mut dates = Dates::default();
    loop {
        let newest = followed.plans();
        if !Arc::ptr_eq(&plans, &newest) {
            (plans, dates) = (newest, Dates::default());
        }
        dates.begin(now_ms());
        for (number, plan) in plans.iter().enumerate() {
            if dates.is_due((number, Series::Status)) {
                let next_ms = poster.status(plan).await;
                dates.put((number, Series::Status), next_ms);
            }
            if dates.is_due((number, Series::Picture)) {
                let next_ms = poster.picture(plan).await;
                dates.put((number, Series::Picture), next_ms);
            }
        }
        if !moment::near(dates.first_ms(), &followed.changed, &mut stop).await {
            return;
        }
    }
}

/// When each post of a set of plans is looked at next, so that nobody asks the store about the others.
#[derive(Debug, Default)]
struct Dates {
    now_ms: i64,
    next: HashMap<(usize, Series), Option<i64>>,
}

impl Dates {
    /// Begins a look at all of them. After a clock was set back nothing that was known holds.
    fn begin(&mut self, now_ms: i64) {
        if now_ms < self.now_ms {
            self.next.clear();
        }
        self.now_ms = now_ms;
    }

    fn is_due(&self, post: (usize, Series)) -> bool {
        self.next
            .get(&post)
            .is_none_or(|next_ms| next_ms.is_some_and(|next_ms| next_ms <= self.now_ms))
    }

    /// `None`: never, as these plans are.
    fn put(&mut self, post: (usize, Series), next_ms: Option<i64>) {
        self.next.insert(post, next_ms);
    }

    fn first_ms(&self) -> Option<i64> {
        self.next.values().flatten().copied().min()
    }
}

/// On a whole second: those that are due together are looked at together.
fn next_status(settled_ms: i64, status: &StatusPlan) -> i64 {
    let due_ms = settled_ms.saturating_add(status.every_ms);
    due_ms
        .saturating_sub(due_ms.rem_euclid(1000))
        .saturating_add(1000)
}

struct Poster {
    world: PostsWorld,
    works: Works,
    history: History,
    /// Servers of which was said that they cannot be asked.
    silent: HashSet<ServerTag>,
}

impl Poster {
    /// Posts the status that is due; gives the time of the next look (Unix milliseconds).
    async fn status(&mut self, plan: &Plan) -> Option<i64> {
        let status = plan.status.as_ref()?;
        let now_ms = now_ms();
        let retry = Some(now_ms.saturating_add(RETRY_MS));
        let settled = self.settled(&plan.look.server, Series::Status).await;
        let Ok(settled) = settled else { return retry };
        // At the very first start at once, as the Python program did; also when the clock was set back.
        let settled = settled.filter(|settled| *settled <= now_ms);
        let due_ms = settled.map_or(now_ms, |settled| next_status(settled, status));
        if due_ms > now_ms {
            return Some(due_ms);
        }
        let delivery = self.status_post(plan, status, now_ms);
        let mark = SeriesMark {
            server: plan.look.server.clone(),
            series: Series::Status,
            until_ms: now_ms,
        };
        if self.settle(mark, delivery, &status.destination).await {
            Some(next_status(now_ms, status))
        } else {
            retry
        }
    }

    fn status_post(&mut self, plan: &Plan, status: &StatusPlan, now_ms: i64) -> Option<NewDelivery> {
        let server = &plan.look.server;
        let game = self.world.board.get(server)?;
        let mut snapshot = Snapshot::clone(&game.snapshots.borrow());
        if matches!(snapshot.link, Link::Up { .. } | Link::Silent { .. }) {
            self.silent.remove(server);
        } else if !self.silent.insert(server.clone()) {
            return None;
        }
        if !status.ups.is_on() {
            snapshot.pace = Pace::Unknown;
        }
        if !status.evolution.is_on() {
            snapshot.evolution = None;
        }
        let nothing = History::default();
        let history = if status.ups.is_on() {
            &self.history
        } else {
            &nothing
        };
        let embed = plan::face(
            &plan.voice,
            &plan.look.name,
            server,
            &snapshot,
            (&self.works, history),
            now_ms,
        );
        Some(NewDelivery {
            id: DeliveryId {
                generation: identity(&["status", server.as_str()]),
                offset: now_ms.max(0).unsigned_abs(),
                part: 0,
            },
            destination: status.destination.clone(),
            server: server.clone(),
            kind: KindName::fixed("status"),
            form: Form::Embed,
            text: embed.at(now_ms).to_json(),
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: now_ms,
            seen_ms: now_ms,
        })
    }

    /// Posts the picture that is due; gives the time of the next look (Unix milliseconds).
    async fn picture(&self, plan: &Plan) -> Option<i64> {
        let (schedule, destination) = plan.picture.as_ref()?;
        let now_ms = now_ms();
        let retry = Some(now_ms.saturating_add(RETRY_MS));
        let zone = &plan.look.zone;
        let until_ms = schedule.latest(now_ms, zone)?.until_ms;
        let Ok(settled) = self.settled(&plan.look.server, Series::Picture).await else {
            return retry;
        };
        if settled.is_none_or(|settled| settled < until_ms) {
            // The first one is that of the next day.
            let made = match settled {
                None => Ok(None),
                Some(_) => self.draw(plan, destination, until_ms).await,
            };
            let Ok(delivery) = made else { return retry };
            let mark = SeriesMark {
                server: plan.look.server.clone(),
                series: Series::Picture,
                until_ms,
            };
            if !self.settle(mark, delivery, destination).await {
                return retry;
            }
        }
        tracing::debug!(server = %plan.look.server, until_ms, "picture_settled");
        schedule.next_ms(now_ms, zone)
    }

    async fn draw(
        &self,
        plan: &Plan,
        destination: &Destination,
        until_ms: i64,
    ) -> Result<Option<NewDelivery>, Failed> {
        let (store, look, destination) = (self.world.store.clone(), plan.look.clone(), destination.clone());
        let drawn = tokio::task::spawn_blocking(move || {
            let png = look.png(&store.statistics()?, until_ms)?;
            Ok::<_, isr_store::AdminError>(png.map(|png| look.delivery(destination, png, until_ms)))
        });
        match drawn.await {
            Ok(Ok(delivery)) => Ok(delivery),
            Ok(Err(error)) => {
                tracing::warn!(server = %plan.look.server, error = &error as &dyn std::error::Error, "picture_not_drawn: it is tried again");
                Err(Failed)
            }
            Err(_) => Err(Failed),
        }
    }

    async fn settled(&self, server: &ServerTag, series: Series) -> Result<Option<i64>, Failed> {
        let (store, server) = (self.world.store.clone(), server.clone());
        let read = tokio::task::spawn_blocking(move || store.statistics()?.settled_until(&server, series));
        match read.await {
            Ok(Ok(settled)) => Ok(settled),
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "posts_not_looked_up: trying again"
                );
                Err(Failed)
            }
            Err(_) => Err(Failed),
        }
    }

    async fn settle(
        &self,
        mark: SeriesMark,
        delivery: Option<NewDelivery>,
        destination: &Destination,
    ) -> bool {
        match self.world.store.post_of_series(mark, delivery).await {
            Ok(SeriesPosted::Now) => {
                self.world.bells.ring(destination);
                true
            }
            Ok(SeriesPosted::Before) => true,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "post_not_stored: it is tried again"
                );
                false
            }
        }
    }
}

/// It was logged.
struct Failed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_due_is_looked_at_and_everything_after_a_clock_was_set_back() {
        let (status, picture) = ((0, Series::Status), (0, Series::Picture));
        let mut dates = Dates::default();
        dates.begin(1000);
        assert!(dates.is_due(status) && dates.is_due(picture));
        dates.put(status, Some(5000));
        dates.put(picture, None);
        dates.begin(4999);
        assert!(!dates.is_due(status) && !dates.is_due(picture));
        assert_eq!(dates.first_ms(), Some(5000));
        dates.begin(5000);
        assert!(dates.is_due(status) && !dates.is_due(picture));
        dates.begin(4000);
        assert!(dates.is_due(status) && dates.is_due(picture));
    }
}
