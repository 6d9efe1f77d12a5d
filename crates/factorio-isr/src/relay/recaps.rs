//! Posts recaps when they are due.
//!
//! Owns the waiting: it sleeps until one is due, and for good where none is configured. The mark in the store, written with the post, is what keeps a recap from being posted twice; one
//! that was missed while the program was down is posted late, the newest only. Where a server has never had recaps
//! nothing is made up for. Must not know how a recap looks. A failure is logged and tried again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use isr_core::source::ServerTag;
use isr_core::statistics::{Period, Schedule, Span};
use isr_store::{HourRange, Series, SeriesMark, SeriesPosted, Store};

use super::lanes::Bells;
use super::moment::{self, Bell, now_ms};
use super::upkeep::goes_on_after;
use crate::config::Config;
use crate::recap::{self, Look};
use crate::supervisor::Stop;

/// What was logged while the program was down is read first: it belongs into a recap that is late.
const FIRST_LOOK: Duration = Duration::from_secs(5);
/// The pause after one could not be made or stored.
const RETRY_MS: i64 = 5000;
/// What was read in the last moment of a period is committed by then.
const GRACE_MS: i64 = 3000;

/// One sort of recap of one server.
#[derive(Debug, Clone)]
struct Plan {
    look: Look,
    schedule: Schedule,
}

/// The recaps that the configuration wants. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Recaps {
    plans: Arc<Mutex<Vec<Plan>>>,
    changed: Bell,
}

impl Recaps {
    /// Goes by this configuration from now on.
    pub(super) fn follow(&self, config: &Config) {
        let plans = config.servers.iter().flat_map(|server| {
            let target = server.recaps.target.as_ref().unwrap_or(&server.target);
            let look = Look {
                server: server.tag.clone(),
                name: server.name.clone(),
                zone: server.time_zone.zone.clone(),
                destination: target.destination(),
                voice: Arc::clone(&server.voice),
                picture: server.recaps.picture,
            };
            server.recaps.schedules.iter().map(move |schedule| Plan {
                look: look.clone(),
                schedule: *schedule,
            })
        });
        *self.plans.lock().unwrap_or_else(PoisonError::into_inner) = plans.collect();
        self.changed.ring();
    }

    fn plans(&self) -> Vec<Plan> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Posts recaps until the program stops.
pub(super) async fn post(recaps: Recaps, store: Store, bells: Bells, mut stop: Stop) {
    let mut settled = Settled::default();
    if !goes_on_after(FIRST_LOOK, &mut stop).await {
        return;
    }
    loop {
        let mut next_ms: Option<i64> = None;
        for plan in recaps.plans() {
            let due_ms = settled.follow(&plan, &store, &bells).await;
            next_ms = [next_ms, due_ms].into_iter().flatten().min();
        }
        if !moment::near(next_ms, &recaps.changed, &mut stop).await {
            return;
        }
    }
}

/// The end of the last period that was settled, by server and span: the store need not be asked again.
#[derive(Debug, Default)]
struct Settled(HashMap<(ServerTag, Span), i64>);

impl Settled {
    /// Settles what is due; gives the time of the next look (Unix milliseconds).
    async fn follow(&mut self, plan: &Plan, store: &Store, bells: &Bells) -> Option<i64> {
        let now_ms = now_ms();
        let (zone, read_ms) = (&plan.look.zone, now_ms.saturating_sub(GRACE_MS));
        let period = plan.schedule.latest(read_ms, zone)?;
        let key = (plan.look.server.clone(), plan.schedule.span());
        if self.0.get(&key).is_none_or(|until| *until < period.until_ms) {
            if !settle(plan, period, store, bells, now_ms).await {
                return Some(now_ms.saturating_add(RETRY_MS));
            }
            self.0.insert(key, period.until_ms);
        }
        let next_ms = plan.schedule.next_ms(read_ms, zone)?;
        Some(next_ms.saturating_add(GRACE_MS))
    }
}

/// Settles a period; tells whether that succeeded.
async fn settle(plan: &Plan, period: Period, store: &Store, bells: &Bells, now_ms: i64) -> bool {
    let mark = SeriesMark {
        server: plan.look.server.clone(),
        series: Series::Recap(plan.schedule.span()),
        until_ms: period.until_ms,
    };
    let (reading, look, span) = (store.clone(), plan.look.clone(), plan.schedule.span());
    let made = tokio::task::spawn_blocking(move || {
        let reader = reading.statistics()?;
        match reader.settled_until(&look.server, Series::Recap(span))? {
            // The first one is that of the next period.
            None => return Ok(None),
            Some(until_ms) if until_ms >= period.until_ms => return Ok(None),
            Some(_) => {}
        }
        let summary = recap::summary_of(&reader, &look.server, period, HourRange::within(period), now_ms)?;
        Ok::<_, isr_store::AdminError>((!summary.is_quiet()).then(|| look.delivery(span, &summary, now_ms)))
    });
    let delivery = match made.await {
        Ok(Ok(delivery)) => delivery,
        Ok(Err(error)) => {
            tracing::warn!(server = %plan.look.server, error = &error as &dyn std::error::Error, "recap_not_made: it is tried again");
            return false;
        }
        Err(error) => {
            tracing::warn!(server = %plan.look.server, %error, "recap_not_made: it is tried again");
            return false;
        }
    };
    let is_posted = delivery.is_some();
    match store.post_of_series(mark, delivery).await {
        Ok(SeriesPosted::Now) if is_posted => {
            tracing::info!(server = %plan.look.server, span = span.as_str(), "recap_posted");
            bells.ring(&plan.look.destination);
            true
        }
        Ok(_) => {
            tracing::debug!(server = %plan.look.server, span = span.as_str(), "recap_settled: nothing to post");
            true
        }
        Err(error) => {
            tracing::warn!(server = %plan.look.server, error = &error as &dyn std::error::Error, "recap_not_posted: it is tried again");
            false
        }
    }
}
