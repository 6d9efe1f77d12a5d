//! Waiting for a moment of the calendar, without waking up before it for nothing.
//!
//! Owns the pause until a moment, and its bell. A clock that is set, or a machine that slept, makes a long pause wrong:
//! none is longer than a minute. Where no moment is near, only the bell ends it. Must not know what is due. Cannot fail.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::supervisor::Stop;

/// No pause before a known moment is longer.
const LONGEST: Duration = Duration::from_secs(60);

/// Ends the current or the next pause of one task. Clones are handles on the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bell(Arc<Notify>);

impl Bell {
    /// Tells the task that its moment may be another one now.
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }
}

/// Now, in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Waits until the moment (Unix milliseconds), at most a minute, or until the bell rings; without a moment only for the
/// bell. Tells whether the program goes on. The caller looks anew at what is due.
pub(crate) async fn near(due_ms: Option<i64>, bell: &Bell, stop: &mut Stop) -> bool {
    let pause = async {
        match due_ms {
            Some(due_ms) => tokio::time::sleep(pause_until(due_ms, now_ms())).await,
            None => pending().await,
        }
    };
    tokio::select! {
        () = pause => true,
        () = bell.0.notified() => true,
        () = stop.stopping() => false,
    }
}

fn pause_until(due_ms: i64, now_ms: i64) -> Duration {
    let left = u64::try_from(due_ms.saturating_sub(now_ms)).unwrap_or(0);
    Duration::from_millis(left).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::supervisor::stop_pair;

    #[tokio::test(start_paused = true)]
    async fn nothing_but_the_bell_ends_a_wait_for_nothing() {
        let (bell, (_trigger, mut stop)) = (Bell::default(), stop_pair());
        let day = Duration::from_secs(24 * 3600);
        let waited = tokio::time::timeout(day, near(None, &bell, &mut stop)).await;
        assert!(waited.is_err(), "it woke without a reason");
        bell.ring();
        assert!(near(None, &bell, &mut stop).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_moment_is_waited_for_in_pauses_of_a_minute_and_a_bell_before_the_wait_is_heard() {
        let (bell, (trigger, mut stop)) = (Bell::default(), stop_pair());
        let begun = Instant::now();
        assert!(near(Some(now_ms() + 3_600_000), &bell, &mut stop).await);
        assert_eq!(begun.elapsed(), LONGEST);
        assert!(near(Some(now_ms() - 1), &bell, &mut stop).await);
        bell.ring();
        assert!(near(Some(now_ms() + 3_600_000), &bell, &mut stop).await);
        assert!(begun.elapsed() <= LONGEST + Duration::from_millis(1));
        trigger.stop();
        assert!(!near(Some(now_ms() + 3_600_000), &bell, &mut stop).await);
    }

    #[test]
    fn pauses_end_at_the_moment_and_are_never_negative() {
        assert_eq!(pause_until(1_500, 1_000), Duration::from_millis(500));
        assert_eq!(pause_until(1_000, 1_500), Duration::ZERO);
        assert_eq!(pause_until(i64::MAX, i64::MIN), LONGEST);
    }
}
