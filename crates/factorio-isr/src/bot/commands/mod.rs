//! Slash commands.
//!
//! Owns what becomes of an interaction: who may, how often, on which server, what is asked back, what is told. Discord is
//! answered first and the game is asked then, so that a game that hangs makes nobody wait for the acknowledgement; and
//! nothing is done unless Discord took that first answer, so that an interaction that comes twice or too late does nothing.
//! Must not know the gateway. Cannot fail: what Discord does not take is logged.

mod answering;
mod change;
#[cfg(any(test, fuzzing))]
pub mod checked;
#[cfg(test)]
mod hostile;
mod house;
mod known;
mod looks;
mod lua;
mod noting;
mod offers;
mod overview;
mod pages;
mod question;
mod registering;
mod request;
mod roster;
mod tell;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isr_core::command::{Confirmations, Cooldowns, LastClicks};
use isr_discord::gateway::event::Interaction;
use isr_store::Store;
use tokio::sync::{OnceCell, watch};
use tokio::task::JoinSet;

use crate::bot::linking::Links;
use crate::bot::watching::{Openings, Watchers};
use crate::config::{BotAccount, Config};
use crate::game::{Board, Clock};
use crate::metrics::Metrics;
use crate::posts::{Refreshes, Works};
use crate::relay::audits::Audits;
use crate::relay::discord_sink::SharedLimiter;
use crate::relay::lanes::Bells;
use crate::reload::Wishes;
use crate::supervisor::Stop;

use answering::Waiting;
use offers::Lists;
use roster::{Choices, Roster};

/// Discord waits three seconds for the first answer.
const HOME_PATIENCE: Duration = Duration::from_millis(1_500);

/// What commands share with the rest of the program.
#[derive(Debug, Clone)]
pub struct CommandWorld {
    /// Who answers.
    pub account: Arc<BotAccount>,
    /// The Discord servers that are heeded. Empty: the one that the bot is in, as long as it is only one.
    pub guilds: Vec<u64>,
    /// What is remembered.
    pub store: Store,
    /// Where it is counted.
    pub metrics: Metrics,
    /// What is known of the games, and the way to their consoles.
    pub board: Board,
    /// Where the store is.
    pub state_dir: PathBuf,
    /// The work that is planned.
    pub works: Works,
    /// Told when the outbox holds something new.
    pub bells: Bells,
    /// Told when something was written down.
    pub audits: Audits,
    /// The limits that everything on Discord shares.
    pub limiter: SharedLimiter,
    /// Who is told what.
    pub watchers: Watchers,
    /// How direct messages begin.
    pub openings: Openings,
    /// Who is which player.
    pub links: Links,
    /// The wishes of people to see a card as it is now.
    pub refreshes: Refreshes,
    /// The way to whoever loads the configuration.
    pub wishes: Wishes,
    /// When to end.
    pub stop: Stop,
}

/// All commands.
#[derive(Debug)]
pub struct Commands {
    world: CommandWorld,
    clock: Clock,
    roster: Mutex<Arc<Roster>>,
    lists: Lists,
    /// The Discord servers that may use commands; `None` until it is known.
    home: watch::Sender<Option<Vec<u64>>>,
    here: Mutex<Option<Whereabouts>>,
    memory: OnceCell<Mutex<Memory>>,
    /// Held while commands are registered: the start and the first session would else both do it.
    registering: tokio::sync::Mutex<()>,
    /// What nobody waits for, and the end does.
    aside: Mutex<JoinSet<()>>,
}

/// Who the bot is and which Discord servers it is in, once that is known.
#[derive(Debug)]
struct Whereabouts {
    application: u64,
    guilds: BTreeSet<u64>,
}

/// What is remembered of people.
#[derive(Debug, Default)]
struct Memory {
    cooldowns: Cooldowns,
    choices: Choices,
    waiting: Confirmations<Waiting>,
    /// The saves that were clicked a moment ago.
    saves: LastClicks,
    /// How many questions were asked back.
    asked: u64,
}

impl Commands {
    /// Commands that know no configuration yet.
    #[must_use]
    pub fn new(world: CommandWorld) -> Self {
        Self {
            home: watch::Sender::new(Some(world.guilds.clone()).filter(|guilds| !guilds.is_empty())),
            world,
            clock: Clock::new(),
            roster: Mutex::default(),
            lists: Lists::default(),
            here: Mutex::default(),
            memory: OnceCell::new(),
            registering: tokio::sync::Mutex::default(),
            aside: Mutex::default(),
        }
    }

    /// Goes by this configuration from now on.
    pub fn follow(&self, config: &Config) {
        *locked(&self.roster) = Arc::new(Roster::of(config));
    }

    /// Registers commands in these Discord servers, where they have others or none.
    pub async fn register(&self, application: u64, guilds: Vec<u64>) {
        let _alone = self.registering.lock().await;
        for guild in guilds {
            registering::in_guild(&self.world.account.client, application, guild).await;
        }
    }

    /// The bot is in a Discord server, as the gateway tells of each again and again. Gives the application under which
    /// commands are to be registered there, when somebody has invited it just now and they may be used.
    #[must_use]
    pub fn joined(&self, guild: u64) -> Option<u64> {
        let mut here = locked(&self.here);
        // Until it is known where the bot is, whoever finds that out sees to it.
        let here = here.as_mut()?;
        if !here.guilds.insert(guild) {
            return None;
        }
        let is_first = self.world.guilds.is_empty() && here.guilds.len() == 1;
        self.home.send_if_modified(|home| match home {
            Some(none) if is_first && none.is_empty() => {
                none.push(guild);
                true
            }
            // Whoever invites the bot into a Discord server of their own takes nothing away from ours.
            _ => false,
        });
        let is_home = self
            .home
            .borrow()
            .as_ref()
            .is_some_and(|home| home.contains(&guild));
        if is_home {
            return Some(here.application);
        }
        tracing::warn!(
            guild,
            "bot_in_strange_guilds: commands do nothing there; remove it there, or name in bot.guilds who may use them"
        );
        None
    }

    /// The bot was removed from a Discord server. It stays the one that may use commands: else the next who invites the
    /// bot would be.
    pub fn left(&self, guild: u64) {
        if let Some(here) = &mut *locked(&self.here) {
            here.guilds.remove(&guild);
        }
        tracing::error!(
            guild,
            "bot_removed: somebody removed the bot from this Discord server, or deleted it; nothing is posted or heard there \
             until the bot is invited again: `factorio-isr doctor` shows the link"
        );
    }

    /// Finds out who the bot is and where, and sees to it that its commands are registered there.
    pub async fn begin(&self) {
        let client = &self.world.account.client;
        let mut pause = registering::FIRST_PAUSE;
        let (application, guilds) = loop {
            match (client.about().await, client.guilds().await) {
                (Ok(facts), Ok(guilds)) => break (facts.application, guilds),
                (Err(outcome), _) | (_, Err(outcome)) => {
                    tracing::debug!(?outcome, "commands_wait_for_discord");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(registering::LONGEST_PAUSE);
                }
            }
        };
        // A session that began meanwhile has told it, and what changed since.
        let is_told = locked(&self.here).is_some();
        let home = if is_told {
            Vec::new()
        } else {
            self.settle(application, &guilds)
        };
        registering::nowhere_else(client, application).await;
        self.register(application, home).await;
    }

    /// Answers one interaction. Each has a task of its own; Discord waits three seconds for the first answer.
    pub async fn answer(&self, interaction: Interaction) {
        answering::answer(self, &interaction).await;
    }

    /// Tells of one interaction that nothing is done for it, because too much is being done.
    pub async fn turn_away(&self, interaction: Interaction) {
        answering::turn_away(self, &interaction).await;
    }

    /// A session began, or Discord was asked: the bot is of this application and in these Discord servers. Comes again with
    /// every new session, and by the gateway not at all where an earlier session goes on after a restart: see
    /// [`begin`](Self::begin). Decides which of them may use commands, and gives those. Whoever invites a bot into a
    /// Discord server of their own is an administrator there: so a server counts only when the configuration names it, or
    /// when there is no other.
    #[must_use]
    pub fn settle(&self, application: u64, guilds: &[u64]) -> Vec<u64> {
        let named = &self.world.guilds;
        *locked(&self.here) = Some(Whereabouts {
            application,
            guilds: guilds.iter().copied().collect(),
        });
        let home: Vec<u64> = match guilds {
            _ if !named.is_empty() => guilds
                .iter()
                .copied()
                .filter(|guild| named.contains(guild))
                .collect(),
            [only] => vec![*only],
            [] => Vec::new(),
            several => {
                tracing::warn!(
                    guilds = ?several,
                    "commands_off: the bot is in several Discord servers; name those that may use commands in bot.guilds"
                );
                Vec::new()
            }
        };
        let known = if named.is_empty() { &home } else { named };
        self.home.send_replace(Some(known.clone()));
        home
    }

    /// Whether a Discord server may use commands. Right after the start that is not known yet, and waited for: as long as
    /// Discord may be kept waiting.
    async fn is_home(&self, guild: u64) -> bool {
        let mut home = self.home.subscribe();
        let known = tokio::time::timeout(HOME_PATIENCE, home.wait_for(Option::is_some)).await;
        match known {
            Ok(Ok(home)) => home.as_ref().is_some_and(|home| home.contains(&guild)),
            _ => false,
        }
    }

    /// Does something that nobody waits for; with the commands it ends.
    fn aside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut aside = locked(&self.aside);
        while aside.try_join_next().is_some() {}
        aside.spawn(work);
    }

    fn roster(&self) -> Arc<Roster> {
        Arc::clone(&locked(&self.roster))
    }

    /// What is remembered of people; read from the store when it is needed first.
    async fn memory(&self) -> MutexGuard<'_, Memory> {
        let read = async || {
            let habits = self.world.store.habits().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "habits_unknown: limits and choices begin anew");
                isr_store::Habits::default()
            });
            let mut memory = Memory::default();
            for used in habits.uses {
                memory.cooldowns.restore(used);
            }
            memory.choices = habits
                .choices
                .into_iter()
                .map(|chosen| (chosen.person, chosen.server))
                .collect();
            Mutex::new(memory)
        };
        locked(self.memory.get_or_init(read).await)
    }
}

impl Memory {
    /// A number that no question before had, and that nobody guesses by counting.
    fn fresh_number(&mut self) -> u64 {
        self.asked += 1;
        RandomState::new().hash_one(self.asked)
    }
}

/// Every change is one step, so that a panic elsewhere leaves it whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Made anew by `cargo xtask commands`.
    #[test]
    fn the_page_of_commands_is_that_of_the_list() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
        let wanted = isr_core::command::document();
        if std::env::var_os("UPDATE_COMMANDS").is_some() {
            std::fs::write(&page, &wanted).unwrap();
        }
        let kept = std::fs::read_to_string(&page).unwrap_or_default();
        assert!(
            kept == wanted,
            "docs/commands.md is out of date: cargo xtask commands"
        );
    }
}
