//! Long-lived tasks: started here, restarted here when they panic, joined here at the end.
//!
//! Owns the only place that spawns long-lived asynchronous tasks. A task that panics is started anew with a growing
//! pause and counted; it never takes others along. A task that returns is finished and stays so. Must not know what
//! the tasks do.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// The pause before the first restart; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause between two restarts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A task that has run this long is well again: its next panic pauses for [`FIRST_PAUSE`] only.
const WELL_AFTER: Duration = Duration::from_secs(60);
/// From so many panics in a row on, a task counts as degraded.
const DEGRADED_FROM: u32 = 3;

/// Tells a task that it has to end: the program is stopping, or this task alone is no longer wanted.
#[derive(Debug, Clone)]
pub struct Stop {
    receiver: watch::Receiver<bool>,
    /// The second of two reasons to end.
    own: Option<watch::Receiver<bool>>,
}

impl Stop {
    /// Whether stopping has begun.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.receiver.borrow() || self.own.as_ref().is_some_and(|own| *own.borrow())
    }

    /// Waits until stopping begins. A dropped sender counts as stopping.
    pub async fn stopping(&mut self) {
        let program = self.receiver.wait_for(|stopping| *stopping);
        let Some(own) = &mut self.own else {
            let _closed_counts_too = program.await;
            return;
        };
        tokio::select! {
            _closed_counts_too = program => {}
            _closed_counts_too = own.wait_for(|stopping| *stopping) => {}
        }
    }

    /// Ends with the program, and before it when the trigger is pulled: for a task that may be replaced.
    #[must_use]
    pub fn with_own(&self) -> (StopTrigger, Self) {
        let (sender, own) = watch::channel(false);
        let stop = Self {
            receiver: self.receiver.clone(),
            own: Some(own),
        };
        (StopTrigger { sender }, stop)
    }
}

/// The sending end of [`Stop`].
#[derive(Debug)]
pub struct StopTrigger {
    sender: watch::Sender<bool>,
}

impl StopTrigger {
    /// Begins stopping; more calls change nothing.
    pub fn stop(&self) {
        self.sender.send_replace(true);
    }

    /// A new receiver.
    #[must_use]
    pub fn subscribe(&self) -> Stop {
        Stop {
            receiver: self.sender.subscribe(),
            own: None,
        }
    }
}

/// A fresh pair of trigger and receiver.
#[must_use]
pub fn stop_pair() -> (StopTrigger, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopTrigger { sender }, Stop { receiver, own: None })
}

/// How often each task has been restarted.
#[derive(Debug, Clone, Default)]
pub struct Restarts {
    by_task: Arc<Mutex<BTreeMap<String, RestartCount>>>,
}

/// The restarts of one task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RestartCount {
    /// All of them since the program started.
    pub total: u64,
    /// Those since it last ran for a minute.
    pub in_a_row: u32,
}

impl Restarts {
    /// The counts by task name.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, RestartCount> {
        self.by_task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Names of the tasks that panic again and again.
    #[must_use]
    pub fn degraded(&self) -> Vec<String> {
        let counts = self.by_task.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .filter(|(_, c)| c.in_a_row >= DEGRADED_FROM)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Counts one panic and gives the pause before the next start.
    pub fn record_panic(&self, task: &str, ran_for: Duration) -> Duration {
        let mut counts = self.by_task.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(task.to_owned()).or_default();
        count.total += 1;
        count.in_a_row = if ran_for >= WELL_AFTER {
            1
        } else {
            count.in_a_row + 1
        };
        let doublings = (count.in_a_row - 1).min(16);
        (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
    }

    /// Forgets the row of panics of a task that works again.
    pub fn record_recovery(&self, task: &str) {
        let mut counts = self.by_task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(task) {
            count.in_a_row = 0;
        }
    }
}

/// Tells when a task has ended for good.
#[derive(Debug, Clone)]
pub struct TaskEnd {
    receiver: watch::Receiver<()>,
}

impl TaskEnd {
    /// Whether it has.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.receiver.has_changed().is_err()
    }

    /// Waits for it.
    pub async fn reached(mut self) {
        while self.receiver.changed().await.is_ok() {}
    }
}

/// Starts and keeps the long-lived tasks.
#[derive(Debug)]
pub struct Supervisor {
    stop: Stop,
    restarts: Restarts,
    tasks: Vec<(String, JoinHandle<()>)>,
}

impl Supervisor {
    /// A supervisor whose tasks are no longer restarted once `stop` fires.
    #[must_use]
    pub fn new(stop: Stop, restarts: Restarts) -> Self {
        Self {
            stop,
            restarts,
            tasks: Vec::new(),
        }
    }

    /// Starts a task. `make` builds its future anew for every start. Tasks that have ended are forgotten here, so that
    /// replacing tasks again and again costs nothing.
    pub fn start<F, Fut>(&mut self, name: impl Into<String>, make: F) -> TaskEnd
    where
        F: Fn() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let name = name.into();
        let (runs, receiver) = watch::channel(());
        let kept = keep_running(name.clone(), make, self.stop.clone(), self.restarts.clone());
        let keeper = async move {
            let _until_it_has_ended = runs;
            kept.await;
        };
        self.tasks.retain(|(_, task)| !task.is_finished());
        self.tasks.push((name, tokio::spawn(keeper)));
        TaskEnd { receiver }
    }

    /// Waits for all tasks to return, at most until `deadline`; the rest is aborted and named in the answer.
    pub async fn join(self, deadline: Instant) -> Vec<String> {
        let mut late = Vec::new();
        for (name, mut task) in self.tasks {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                task.abort();
                late.push(name);
            }
        }
        late
    }
}

async fn keep_running<F, Fut>(name: String, make: F, mut stop: Stop, restarts: Restarts)
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    loop {
        let begun = Instant::now();
        let mut task = AbortOnDrop(tokio::spawn(make()));
        let ended = (&mut task.0).await;
        let Err(error) = ended else { return };
        if !error.is_panic() || stop.is_stopping() {
            return;
        }
        let pause = restarts.record_panic(&name, begun.elapsed());
        tracing::error!(task = %name, pause_ms = pause.as_millis() as u64, "task_panicked: it is started again");
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.stopping() => return,
        }
    }
}

/// Takes the inner task along when the keeper itself is aborted at the end of the grace period.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn p02_a_panicking_task_is_restarted_and_counted_and_others_go_on() {
        let (trigger, stop) = stop_pair();
        let restarts = Restarts::default();
        let mut supervisor = Supervisor::new(stop, restarts.clone());
        let starts = Arc::new(AtomicU32::new(0));
        let (done_tx, mut done_rx) = tokio::sync::mpsc::channel::<&str>(4);

        let (counter, done) = (Arc::clone(&starts), done_tx.clone());
        supervisor.start("frail", move || {
            let (counter, done) = (Arc::clone(&counter), done.clone());
            async move {
                assert!(counter.fetch_add(1, Ordering::SeqCst) >= 3, "planned panic");
                done.send("frail").await.unwrap();
            }
        });
        let mut steady_stop = trigger.subscribe();
        let done = done_tx;
        supervisor.start("steady", move || {
            let (mut stop, done) = (steady_stop.clone(), done.clone());
            async move {
                stop.stopping().await;
                done.send("steady").await.unwrap();
            }
        });
        steady_stop = trigger.subscribe();
        assert!(!steady_stop.is_stopping());

        assert_eq!(done_rx.recv().await, Some("frail"));
        assert_eq!(starts.load(Ordering::SeqCst), 4);
        assert_eq!(
            restarts.snapshot()["frail"],
            RestartCount {
                total: 3,
                in_a_row: 3
            }
        );
        assert_eq!(restarts.degraded(), ["frail"]);
        assert!(!restarts.snapshot().contains_key("steady"));

        trigger.stop();
        assert_eq!(done_rx.recv().await, Some("steady"));
        let late = supervisor.join(Instant::now() + Duration::from_secs(1)).await;
        assert_eq!(late, Vec::<String>::new());
    }

    #[tokio::test]
    async fn p04_a_task_can_be_ended_alone_and_those_that_ended_are_not_kept() {
        let (trigger, stop) = stop_pair();
        let mut supervisor = Supervisor::new(stop.clone(), Restarts::default());
        for _ in 0..100 {
            let (own, ends) = stop.with_own();
            let end = supervisor.start("replaced", move || {
                let mut ends = ends.clone();
                async move { ends.stopping().await }
            });
            assert!(!end.is_reached());
            own.stop();
            end.clone().reached().await;
            assert!(end.is_reached() && !stop.is_stopping());
        }
        assert!(supervisor.tasks.len() <= 2, "{} are kept", supervisor.tasks.len());
        let (_kept, mut ends) = stop.with_own();
        trigger.stop();
        ends.stopping().await;
    }

    #[test]
    fn p02_the_pause_doubles_to_its_cap_and_a_minute_of_health_resets_it() {
        let restarts = Restarts::default();
        let pauses: Vec<_> = (0..12)
            .map(|_| restarts.record_panic("t", Duration::ZERO).as_millis())
            .collect();
        assert_eq!(&pauses[..4], &[200, 400, 800, 1600]);
        assert_eq!(pauses[11], LONGEST_PAUSE.as_millis());
        assert_eq!(restarts.record_panic("t", WELL_AFTER), FIRST_PAUSE);
    }
}
