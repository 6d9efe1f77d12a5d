//! The running games: one connection for each server that has RCON, and what is known of each server now.
//!
//! Owns which servers are asked, and that a reload leaves alone what did not change. What is known is published as
//! [`Snapshot`](isr_core::game::Snapshot)s on a [`Board`]; whoever makes something of it (alerts, card, statistics, metrics)
//! reads there. Must not know Discord or the store. Cannot fail: a game that cannot be reached is a snapshot that says so,
//! and neither the start nor a log waits for it.

mod board;
mod clock;
mod dice;
mod exact;
mod figures;
mod knowledge;
mod link;
mod lua;
mod probes;
pub mod report;
mod turns;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use isr_core::source::ServerTag;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::status::Status;
use crate::supervisor::{Stop, StopTrigger, Supervisor, TaskEnd};

pub use board::{AllGames, Board, Game, Signs};
pub use clock::Clock;
use dice::Dice;
use figures::Figures;
use knowledge::Knowledge;
pub use link::why_down;
use link::{Link, LinkPlan};

/// At the start the connections are made over so long a time for each server, so that many do not knock together.
const SPREAD_PER_SERVER: Duration = Duration::from_millis(20);

/// What every game shares with the rest of the program.
#[derive(Debug, Clone)]
pub struct GameWorld {
    /// Where health is told.
    pub status: Status,
    /// Where figures are told.
    pub metrics: Metrics,
    /// Ends everything.
    pub stop: Stop,
}

/// All games.
#[derive(Debug)]
pub struct Games {
    world: GameWorld,
    clock: Clock,
    dice: Dice,
    running: BTreeMap<ServerTag, Running>,
    board: Board,
}

#[derive(Debug)]
struct Running {
    plan: LinkPlan,
    knowledge: Arc<Knowledge>,
    game: Game,
    stop: StopTrigger,
    end: TaskEnd,
}

impl Games {
    /// No game yet.
    #[must_use]
    pub fn new(world: GameWorld) -> Self {
        Self {
            world,
            clock: Clock::new(),
            dice: Dice::new(),
            running: BTreeMap::new(),
            board: Board::default(),
        }
    }

    /// What is known of all games, for whoever reads it; it follows reloads.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// The clocks that the snapshots' moments are read from.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Follows exactly the servers of a configuration. One that did not change keeps its connection and what is known.
    pub fn follow(&mut self, config: &Config, supervisor: &mut Supervisor) {
        let is_named = |tag: &ServerTag| config.servers.iter().any(|server| server.tag == *tag);
        let gone: Vec<ServerTag> = self
            .running
            .keys()
            .filter(|tag| !is_named(tag))
            .cloned()
            .collect();
        for tag in gone {
            if let Some(running) = self.running.remove(&tag) {
                running.stop.stop();
                self.forget(&tag);
            }
        }
        let spread = SPREAD_PER_SERVER * u32::try_from(config.servers.len()).unwrap_or(u32::MAX);
        for server in &config.servers {
            let plan = LinkPlan::of(server);
            let former = match self.running.remove(&server.tag) {
                Some(same) if same.plan == plan && !same.end.is_reached() => {
                    same.knowledge.follow(link::options(server));
                    self.running.insert(server.tag.clone(), same);
                    continue;
                }
                Some(former) => {
                    former.stop.stop();
                    self.forget(&server.tag);
                    Some(former.end)
                }
                None => None,
            };
            let knowledge = Arc::new(Knowledge::new(link::options(server), self.clock));
            let running = self.start(plan, knowledge, former, spread, supervisor);
            self.running.insert(server.tag.clone(), running);
        }
        let games = self.running.iter();
        self.board.put(
            games
                .map(|(tag, running)| (tag.clone(), running.game.clone()))
                .collect(),
        );
    }

    fn start(
        &mut self,
        plan: LinkPlan,
        knowledge: Arc<Knowledge>,
        former: Option<TaskEnd>,
        spread: Duration,
        supervisor: &mut Supervisor,
    ) -> Running {
        let (trigger, stop) = self.world.stop.with_own();
        let figures = Figures::new(&plan.tag, plan.rcon.is_some(), self.world.metrics.clone());
        let pause = self.dice.up_to(spread);
        let status = self.world.status.clone();
        let (game, link) = Link::new(plan.clone(), Arc::clone(&knowledge), self.clock, figures, status);
        let link = Arc::new(link);
        let end = supervisor.start(format!("game {}", plan.tag), move || {
            let (link, stop, former) = (Arc::clone(&link), stop.clone(), former.clone());
            async move {
                // One connection to a server at a time, also while its successor is made.
                if let Some(former) = former {
                    former.reached().await;
                }
                link.run(pause, stop).await;
            }
        });
        Running {
            plan,
            knowledge,
            game,
            stop: trigger,
            end,
        }
    }

    fn forget(&self, tag: &ServerTag) {
        self.world.status.forget_game(tag);
    }
}
