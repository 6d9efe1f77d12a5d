//! Posts recaps when they are due.
//!
//! Owns the waiting. The mark in the store, written with the post, is what keeps a recap from being posted twice; one
//! that was missed while the program was down is posted late, the newest only. Where a server has never had recaps
//! nothing is made up for. Must not know how a recap looks. A failure is logged and tried again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use isr_core::source::ServerTag;
use isr_core::statistics::{Period, Schedule, Span};
use isr_store::{HourRange, Series, SeriesMark, SeriesPosted, Store};
use jiff::Timestamp;

use super::lanes::Bells;
use super::upkeep::goes_on_after;
use crate::config::Config;
use crate::recap::{self, Look};
use crate::supervisor::Stop;

/// How often is looked whether one is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
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
pub(super) struct Recaps(Arc<Mutex<Vec<Plan>>>);

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
                picture: server.recaps.picture,
            };
            server.recaps.schedules.iter().map(move |schedule| Plan {
                look: look.clone(),
                schedule: *schedule,
            })
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = plans.collect();
    }

    fn plans(&self) -> Vec<Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Posts recaps until the program stops.
pub(super) async fn post(recaps: Recaps, store: Store, bells: Bells, mut stop: Stop) {
    let mut settled: HashMap<(ServerTag, Span), i64> = HashMap::new();
    while goes_on_after(LOOK_EVERY, &mut stop).await {
        for plan in recaps.plans() {
            let now_ms = Timestamp::now().as_millisecond();
            let zone = &plan.look.zone;
            let Some(period) = plan.schedule.latest(now_ms.saturating_sub(GRACE_MS), zone) else {
                continue;
            };
            let key = (plan.look.server.clone(), plan.schedule.span());
            if settled.get(&key).is_some_and(|until| *until >= period.until_ms) {
                continue;
            }
            if settle(&plan, period, &store, &bells, now_ms).await {
                settled.insert(key, period.until_ms);
            }
        }
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
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(server = %plan.look.server, error = &error as &dyn std::error::Error, "recap_not_posted: it is tried again");
            false
        }
    }
}
