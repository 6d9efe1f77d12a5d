//! The alerts of one server: what the rules decide becomes posts.
//!
//! Owns the task that lets the rules look, and that what they remember and what they tell go into the store together:
//! before the rules look again, and again until it is there. Must not know the rules or the wording. Cannot fail.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use isr_core::delivery::{DeliveryId, Destination, Form, NewDelivery, Pings};
use isr_core::game::alert::{Desk, DiskRoom, News, Rule, Signals, Step};
use isr_core::game::{GameState, Link, Now, Snapshot};
use isr_core::source::ServerTag;
use isr_store::{AlertChange, AlertPost, AlertRow, CommitError, Store};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::plan::AlertPlan;
use super::works::Works;
use super::{Source, identity};
use crate::relay::compose::ALERT;
use crate::relay::lanes::Bells;
use crate::supervisor::Stop;

/// While something is not as it should be, the rules look so often: some of them wait for a time to pass.
const UNEASY: Duration = Duration::from_secs(5);
/// Else they look at each news, and so often.
const EASY: Duration = Duration::from_secs(60);
/// How often the disk is looked at.
const DISK_EVERY: Duration = Duration::from_secs(60);
/// It answers by then, or is not waited for.
const DISK_ANSWER: Duration = Duration::from_secs(5);
/// The pause after the store could not be reached.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Reads both clocks.
pub(super) type Clocks = Arc<dyn Fn() -> Now + Send + Sync>;

/// What alerts need of the rest of the program.
#[derive(Clone)]
pub(super) struct AlertWorld {
    pub(super) store: Store,
    pub(super) bells: Bells,
    pub(super) source: Source,
    pub(super) works: Works,
    pub(super) now: Clocks,
    pub(super) stop: Stop,
}

/// Watches a server until the program stops.
pub(super) async fn watch(plan: AlertPlan, world: AlertWorld) {
    let disk = plan.disk.clone().map(Disk::new);
    let mut watcher = Watcher { plan, world, disk };
    let _stopping = watcher.watch().await;
}

struct Watcher {
    plan: AlertPlan,
    world: AlertWorld,
    disk: Option<Disk>,
}

/// The program stops.
struct Stopping;

impl Watcher {
    async fn watch(&mut self) -> Result<(), Stopping> {
        let rows = self.remembered().await?;
        let own = rows.iter().filter(|row| row.server == self.plan.server);
        let mut lasting: Vec<Rule> = Vec::new();
        let states: Vec<(&str, &str)> = own
            .map(|row| {
                if row.destination.is_some() {
                    lasting.extend(Rule::from_name(&row.rule));
                }
                (row.rule.as_str(), row.state.as_str())
            })
            .collect();
        let mut desk = Desk::restore(self.plan.settings.clone(), states);
        loop {
            let Some(mut snapshots) = (self.world.source)().filter(|found| found.has_changed().is_ok())
            else {
                self.pause(STORE_PAUSE).await?;
                continue;
            };
            loop {
                let snapshot = Arc::clone(&snapshots.borrow_and_update());
                let now = (self.world.now)();
                let signals = self.signals(now).await?;
                let steps = desk.step(&snapshot, &signals, now);
                for step in &steps {
                    match step.news {
                        Some(News::Fired(_)) => lasting.push(step.rule),
                        Some(News::Ended { .. }) => lasting.retain(|rule| *rule != step.rule),
                        _ => {}
                    }
                }
                let changes = steps.into_iter().map(|step| self.change(step, now)).collect();
                self.commit(changes).await?;
                let pause = if lasting.is_empty() && is_easy(&snapshot) {
                    EASY
                } else {
                    UNEASY
                };
                if self.wait(&mut snapshots, pause).await?.is_err() {
                    break;
                }
            }
        }
    }

    /// The inner error: nobody tells of the server any more, for a while.
    async fn wait(
        &mut self,
        snapshots: &mut watch::Receiver<Arc<Snapshot>>,
        pause: Duration,
    ) -> Result<Result<(), watch::error::RecvError>, Stopping> {
        tokio::select! {
            changed = snapshots.changed() => Ok(changed),
            () = tokio::time::sleep(pause) => Ok(Ok(())),
            () = self.world.stop.stopping() => Err(Stopping),
        }
    }

    async fn signals(&mut self, now: Now) -> Result<Signals, Stopping> {
        let disk = match &mut self.disk {
            Some(disk) => disk.room().await,
            None => None,
        };
        loop {
            let works = &self.world.works;
            match works.ask(&self.world.store, &self.plan.server, now.unix_ms).await {
                Ok(maintenance_until_ms) => {
                    return Ok(Signals {
                        maintenance_until_ms,
                        log: self.plan.log,
                        disk,
                    });
                }
                Err(error) => self.store_failed(&error).await?,
            }
        }
    }

    fn change(&self, step: Step, now: Now) -> AlertChange {
        let Step { rule, state, news } = step;
        let post = news.map_or(AlertPost::Nothing, |news| {
            let Some(delivery) = self.delivery(rule, &news, now.unix_ms).map(Box::new) else {
                return AlertPost::Nothing;
            };
            match news {
                News::Fired(_) if lasts(rule) => AlertPost::Opens(delivery),
                News::Fired(_) | News::StillSo { .. } => AlertPost::Tells(delivery),
                News::Ended { .. } => AlertPost::Closes(delivery),
            }
        });
        AlertChange {
            server: self.plan.server.clone(),
            rule: rule.as_str().to_owned(),
            state,
            post,
        }
    }

    fn delivery(&self, rule: Rule, news: &News, now_ms: i64) -> Option<NewDelivery> {
        let plan = &self.plan;
        let (destination, mention) = plan.places.get(&rule)?;
        let pings = match news {
            News::Fired(_) => mention.clone(),
            // Whoever was called knows.
            News::StillSo { .. } | News::Ended { .. } => Pings::Nobody,
        };
        let text = plan.voice.alert(&plan.name, rule, news).at(now_ms).to_json();
        Some(post(
            &plan.server,
            rule,
            (destination.clone(), pings),
            text,
            now_ms,
        ))
    }

    /// Goes on until it is written: the rules have moved on, and would not tell it again.
    async fn commit(&mut self, mut changes: Vec<AlertChange>) -> Result<(), Stopping> {
        if changes.is_empty() {
            return Ok(());
        }
        loop {
            match self.world.store.change_alerts(changes.clone()).await {
                Ok(committed) => {
                    for (destination, _) in &committed.fresh {
                        self.world.bells.ring(destination);
                    }
                    for change in &changes {
                        let what = match change.post {
                            AlertPost::Nothing => continue,
                            AlertPost::Opens(_) | AlertPost::Tells(_) => "alert_fired",
                            AlertPost::Closes(_) => "alert_ended",
                        };
                        tracing::info!(server = %change.server, rule = change.rule, "{what}");
                    }
                    return Ok(());
                }
                Err(CommitError::Unstorable(why))
                    if changes.iter().any(|change| change.post != AlertPost::Nothing) =>
                {
                    tracing::error!(server = %self.plan.server, why, "alert_unstorable: its post was given up; please report it");
                    for change in &mut changes {
                        change.post = AlertPost::Nothing;
                    }
                }
                // It would be refused for ever.
                Err(CommitError::Unstorable(why)) => {
                    tracing::error!(server = %self.plan.server, why, "alert_unstorable: it is not remembered; please report it");
                    return Ok(());
                }
                Err(error) => self.store_failed(&error).await?,
            }
        }
    }

    async fn remembered(&mut self) -> Result<Vec<AlertRow>, Stopping> {
        loop {
            match self.world.store.alerts().await {
                Ok(rows) => return Ok(rows),
                Err(error) => self.store_failed(&error).await?,
            }
        }
    }

    async fn store_failed(&mut self, error: &CommitError) -> Result<(), Stopping> {
        if error.is_fatal() {
            self.world.stop.stopping().await;
            return Err(Stopping);
        }
        tracing::warn!(server = %self.plan.server, error = error as &dyn std::error::Error, "alerts_not_kept: trying again");
        self.pause(STORE_PAUSE).await
    }

    async fn pause(&mut self, pause: Duration) -> Result<(), Stopping> {
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            () = self.world.stop.stopping() => Err(Stopping),
        }
    }
}

/// A post of an alert.
pub(super) fn post(
    server: &ServerTag,
    rule: Rule,
    (destination, pings): (Destination, Pings),
    text: String,
    now_ms: i64,
) -> NewDelivery {
    NewDelivery {
        id: DeliveryId {
            generation: identity(&["alert", server.as_str(), rule.as_str()]),
            offset: now_ms.max(0).unsigned_abs(),
            part: 0,
        },
        destination,
        server: server.clone(),
        kind: ALERT,
        form: Form::Embed,
        text,
        username: None,
        subject: None,
        pings,
        happened_ms: now_ms,
        seen_ms: now_ms,
    }
}

/// Whether an alert of this rule has an end.
const fn lasts(rule: Rule) -> bool {
    !matches!(rule, Rule::GameUpdated)
}

/// Whether no rule waits for a time to pass.
fn is_easy(snapshot: &Snapshot) -> bool {
    let link_is_well = matches!(snapshot.link, Link::Up { .. } | Link::None);
    link_is_well && !matches!(snapshot.game, GameState::Down { .. })
}

/// Asks a file system for its room.
type Ask = Arc<dyn Fn(&Path) -> Option<DiskRoom> + Send + Sync>;

/// The disk of a folder, looked at now and then.
struct Disk {
    folder: PathBuf,
    ask: Ask,
    looked: Option<(Instant, Option<DiskRoom>)>,
    /// A question that was not answered in time.
    asked: Option<JoinHandle<Option<DiskRoom>>>,
}

/// A file system may be far away: not to be called where others wait.
fn room_of(folder: &Path) -> Option<DiskRoom> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(DiskRoom {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        total: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

impl Disk {
    fn new(folder: PathBuf) -> Self {
        Self::asking(folder, Arc::new(room_of))
    }

    const fn asking(folder: PathBuf, ask: Ask) -> Self {
        Self {
            folder,
            ask,
            looked: None,
            asked: None,
        }
    }

    /// `None` also where it does not answer: the rules go on without it.
    async fn room(&mut self) -> Option<DiskRoom> {
        let now = Instant::now();
        if let Some((at, room)) = self.looked
            && now.duration_since(at) < DISK_EVERY
        {
            return room;
        }
        // A question that hangs is waited for again, not asked again.
        let mut asked = self.asked.take().unwrap_or_else(|| {
            let (ask, folder) = (Arc::clone(&self.ask), self.folder.clone());
            tokio::task::spawn_blocking(move || ask(&folder))
        });
        let room = match tokio::time::timeout(DISK_ANSWER, &mut asked).await {
            Ok(answer) => answer.ok().flatten(),
            Err(_) => {
                tracing::warn!(folder = %self.folder.display(), "disk_silent: its free room is not known");
                self.asked = Some(asked);
                None
            }
        };
        self.looked = Some((now, room));
        room
    }
}

#[cfg(test)]
mod tests;
