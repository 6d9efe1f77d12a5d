//! Consoles without a log file, heard through RCON (`source: rcon`).
//!
//! Owns which consoles are heard, and that a reload leaves alone what did not change. Lines go from a game's one RCON
//! connection into a file of the state folder, which the reader follows like any log: everything behind the file is as
//! safe as with a log, and what can be lost is lost between the game and the file. Must not know what lines say. Cannot
//! fail: a game that cannot be reached is asked again.

mod listener;
mod spool;

use std::collections::BTreeMap;
use std::sync::Arc;

use factorio_rcon::Session;
use isr_core::source::ServerTag;
use isr_store::Store;

use crate::config::{Config, ConsoleLog, Server};
use crate::game::Board;
use crate::metrics::Metrics;
use crate::supervisor::{Stop, StopTrigger, Supervisor, TaskEnd};

use listener::{Listener, ListenerPlan};

/// All consoles that are heard.
#[derive(Debug)]
pub struct Consoles {
    store: Store,
    metrics: Metrics,
    stop: Stop,
    running: BTreeMap<ServerTag, Running>,
}

#[derive(Debug)]
struct Running {
    plan: ListenerPlan,
    session: Session,
    stop: StopTrigger,
    end: TaskEnd,
}

impl Consoles {
    /// No console yet. All of them end with `stop`.
    #[must_use]
    pub const fn new(store: Store, metrics: Metrics, stop: Stop) -> Self {
        Self {
            store,
            metrics,
            stop,
            running: BTreeMap::new(),
        }
    }

    /// Hears exactly the consoles of a configuration, each through its server's session.
    pub fn follow(&mut self, config: &Config, games: &Board, supervisor: &mut Supervisor) {
        let mut former = std::mem::take(&mut self.running);
        for plan in config.servers.iter().filter_map(plan_of) {
            prepare(&plan);
            // Without a password, for example, there is none yet.
            let session = games.get(&plan.tag).and_then(|game| game.session);
            let Some(session) = session else { continue };
            let same = former.remove(&plan.tag);
            let running = match same {
                Some(same) if same.plan == plan && same.session.is_same(&session) => same,
                Some(former) => {
                    former.stop.stop();
                    self.start(plan, session, Some(former.end), supervisor)
                }
                None => self.start(plan, session, None, supervisor),
            };
            self.running.insert(running.plan.tag.clone(), running);
        }
        former.values().for_each(|gone| gone.stop.stop());
    }

    /// Ends all of them, with what is on its way; returns when they have ended.
    pub async fn stop(&mut self) {
        for running in self.running.values() {
            running.stop.stop();
        }
        for (_, running) in std::mem::take(&mut self.running) {
            running.end.reached().await;
        }
    }

    fn start(
        &self,
        plan: ListenerPlan,
        session: Session,
        former: Option<TaskEnd>,
        supervisor: &mut Supervisor,
    ) -> Running {
        let (trigger, stop) = self.stop.with_own();
        let listener = Listener::new(
            plan.clone(),
            session.clone(),
            self.store.clone(),
            self.metrics.clone(),
        );
        let listener = Arc::new(listener);
        let end = supervisor.start(format!("console {}", plan.tag), move || {
            let (listener, stop, former) = (Arc::clone(&listener), stop.clone(), former.clone());
            async move {
                // One writer to a file.
                if let Some(former) = former {
                    former.reached().await;
                }
                listener.run(stop).await;
            }
        });
        Running {
            plan,
            session,
            stop: trigger,
            end,
        }
    }
}

/// Makes the folder, so that the reader's watch on it begins with the reader. Who cannot is told by the listener.
fn prepare(plan: &ListenerPlan) {
    if let Some(folder) = plan.heard.spool.parent() {
        let _told_by_the_listener = spool::make_folder(folder);
    }
}

fn plan_of(server: &Server) -> Option<ListenerPlan> {
    match &server.log {
        Some(ConsoleLog::Rcon(heard)) => Some(ListenerPlan {
            tag: server.tag.clone(),
            heard: heard.clone(),
        }),
        Some(ConsoleLog::File(_) | ConsoleLog::StandardInput) | None => None,
    }
}

#[cfg(test)]
mod tests;
