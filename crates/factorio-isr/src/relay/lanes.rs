//! The lanes of the relay: which of them run, and how they follow a changed configuration.
//!
//! Owns the running lanes by destination and their bells. A lane is never changed while it runs: it is replaced by a
//! successor, which begins when its predecessor has ended, so that the order within a destination holds (G4). A lane
//! that no configuration names any more sends what waits and then ends; where its destination is given up, what waits
//! stays in the outbox (P04). Must not know the store's inside or Discord. Cannot fail.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_core::delivery::Destination;
use isr_store::Store;
use tokio::sync::Notify;

use super::lane::LaneSurroundings;
use super::moment::Bell;
use super::plan::{LanePlan, Outlets, Release};
use super::reader::Followed;
use crate::metrics::Metrics;
use crate::status::{DestinationState, Status};
use crate::supervisor::{Stop, StopTrigger, Supervisor, TaskEnd};

/// A lane's bell and what can put it back to work.
#[derive(Clone)]
pub(super) struct LaneBell {
    pub(super) news: Arc<Notify>,
    pub(super) release: Release,
}

impl fmt::Debug for LaneBell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneBell").finish_non_exhaustive()
    }
}

/// The bells of all lanes that run, and of the digests; clones are handles on the same ones.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    lanes: Arc<Mutex<HashMap<Destination, LaneBell>>>,
    digests: Bell,
}

impl Bells {
    fn bells(&self) -> MutexGuard<'_, HashMap<Destination, LaneBell>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rung when quiet hours hold something back.
    pub(super) const fn of_digests(&self) -> &Bell {
        &self.digests
    }

    /// Tells a lane that its outbox holds something new.
    pub fn ring(&self, destination: &Destination) {
        if let Some(bell) = self.bells().get(destination) {
            bell.news.notify_one();
        }
    }

    /// Tells every lane to look into its outbox.
    pub fn ring_all(&self) {
        self.bells().values().for_each(|bell| bell.news.notify_one());
    }

    /// Puts a destination that was given up back to work.
    pub(super) fn release(&self, destination: &Destination) {
        let bell = self.bells().get(destination).cloned();
        if let Some(bell) = bell {
            (bell.release)();
            bell.news.notify_one();
        }
    }

    /// All destinations that have a lane.
    pub(super) fn destinations(&self) -> Vec<Destination> {
        self.bells().keys().cloned().collect()
    }
}

/// What all lanes share with the rest of the program.
#[derive(Debug, Clone)]
pub(super) struct LaneWorld {
    pub(super) store: Store,
    pub(super) status: Status,
    pub(super) metrics: Metrics,
    pub(super) stop: Stop,
}

/// The lanes that run.
#[derive(Debug)]
pub(super) struct Lanes {
    world: LaneWorld,
    outlets: Outlets,
    running: HashMap<Destination, Running>,
    bells: Bells,
}

#[derive(Debug)]
struct Running {
    plan: LanePlan,
    course: Course,
    stop: StopTrigger,
    end: TaskEnd,
}

/// How long a lane is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// For as long as the configuration stays.
    Stays,
    /// Until nothing waits for it.
    Leaves,
}

impl Lanes {
    /// No lane yet.
    pub(super) fn new(world: LaneWorld, outlets: Outlets) -> Self {
        Self {
            world,
            outlets,
            running: HashMap::new(),
            bells: Bells::default(),
        }
    }

    pub(super) fn bells(&self) -> &Bells {
        &self.bells
    }

    /// Starts, replaces and lets go until exactly the planned lanes stay. Destinations that were given up are tried
    /// again. `followed` is reached when the reader makes nothing for the former destinations any more; at the start there are
    /// none.
    pub(super) fn follow(
        &mut self,
        plans: Vec<LanePlan>,
        supervisor: &mut Supervisor,
        followed: Option<&Followed>,
    ) {
        self.running.retain(|_, lane| !lane.end.is_reached());
        self.forget_former_bells();
        if let Some(followed) = followed {
            for former in self.let_go(&plans, supervisor, followed) {
                // What waits for it is tried once more.
                self.bells.release(&former);
            }
        }
        for plan in plans {
            let destination = plan.options.destination.clone();
            let stays = |lane: &Running| lane.course == Course::Stays && lane.plan == plan;
            if self.running.get(&destination).is_some_and(stays) {
                self.bells.release(&destination);
            } else {
                self.put(plan, supervisor, None);
            }
        }
    }

    /// Starts those of the planned lanes that do not run, and lets go of others; those that run are left as they are. What
    /// Discord refused is not tried again: no configuration changed.
    pub(super) fn adjust(&mut self, plans: Vec<LanePlan>, supervisor: &mut Supervisor, followed: &Followed) {
        self.running.retain(|_, lane| !lane.end.is_reached());
        self.forget_former_bells();
        self.let_go(&plans, supervisor, followed);
        for plan in plans {
            let runs = |lane: &Running| lane.course == Course::Stays && !lane.end.is_reached();
            if !self.running.get(&plan.options.destination).is_some_and(runs) {
                self.put(plan, supervisor, None);
            }
        }
    }

    fn forget_former_bells(&self) {
        let running = &self.running;
        self.bells
            .bells()
            .retain(|destination, _| running.contains_key(destination));
    }

    /// Lanes whose destination is on no plan any more send what waits, and end.
    fn let_go(
        &mut self,
        plans: &[LanePlan],
        supervisor: &mut Supervisor,
        followed: &Followed,
    ) -> Vec<Destination> {
        let is_planned =
            |destination: &Destination| plans.iter().any(|plan| plan.options.destination == *destination);
        let leaving: Vec<LanePlan> = self
            .running
            .iter()
            .filter(|(destination, lane)| lane.course == Course::Stays && !is_planned(destination))
            .map(|(_, lane)| lane.plan.clone())
            .collect();
        let former = leaving.iter().map(|plan| plan.options.destination.clone());
        let former: Vec<Destination> = former.collect();
        for mut plan in leaving {
            self.world.status.forget_destination(&plan.options.label);
            // Its successor may have taken over the label.
            plan.options.label.push_str(" (former)");
            self.put(plan, supervisor, Some(followed.clone()));
        }
        former
    }

    /// Starts a lane; one that runs for the same destination ends first.
    fn put(&mut self, plan: LanePlan, supervisor: &mut Supervisor, leaves: Option<Followed>) {
        let destination = plan.options.destination.clone();
        let predecessor = self.running.remove(&destination).map(|lane| {
            lane.stop.stop();
            if lane.plan.options.label != plan.options.label {
                self.world.status.forget_destination(&lane.plan.options.label);
            }
            lane.end
        });
        let course = if leaves.is_some() {
            Course::Leaves
        } else {
            Course::Stays
        };
        // Known from the start: one that was never needed yet is not among the dead ones.
        self.world
            .status
            .set_destination(&plan.options.label, DestinationState::Working);
        let (trigger, stop) = self.world.stop.with_own();
        let around = LaneSurroundings {
            store: self.world.store.clone(),
            news: Arc::new(Notify::new()),
            status: self.world.status.clone(),
            metrics: self.world.metrics.clone(),
            stop,
            leaves,
        };
        let news = Arc::clone(&around.news);
        let started = plan.start(supervisor, around, predecessor, &self.outlets);
        let bell = LaneBell {
            news,
            release: started.release,
        };
        if course == Course::Stays {
            // A webhook that was given up is tried again when its configuration changed.
            (bell.release)();
        }
        self.bells.bells().insert(destination.clone(), bell);
        let lane = Running {
            plan,
            course,
            stop: trigger,
            end: started.end,
        };
        self.running.insert(destination, lane);
    }
}
