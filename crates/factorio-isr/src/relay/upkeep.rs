//! What goes on beside the relaying: the store's verification after the start, its cleaning, and operators' wishes.
//!
//! Owns when these things happen. Must not know how the store does them. A failure is logged and tried again later.

use std::collections::HashMap;
use std::time::Duration;

use isr_core::delivery::Destination;
use isr_store::{CommitError, Soundness, Store};
use jiff::Timestamp;

use super::digest::{self, Teller, Voices};
use super::lanes::Bells;
use crate::metrics::Metrics;
use crate::status::Status;
use crate::supervisor::{Stop, Supervisor};

/// The verification begins this long after the start: the first lines go first.
const VERIFY_AFTER: Duration = Duration::from_secs(30);
/// How often finished rows past their time are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often the outbox is asked whether an operator put something back, while a destination is in trouble.
const OPERATOR_EVERY: Duration = Duration::from_secs(15);

/// Starts all of it.
pub(super) fn start(
    supervisor: &mut Supervisor,
    store: &Store,
    status: &Status,
    metrics: &Metrics,
    bells: &Bells,
    voices: &Voices,
    stop: &Stop,
) {
    let (verified, shown, stopping) = (store.clone(), status.clone(), stop.clone());
    supervisor.start("store verification", move || {
        verify(verified.clone(), shown.clone(), stopping.clone())
    });
    let (swept, stopping) = (store.clone(), stop.clone());
    supervisor.start("store cleaning", move || sweep(swept.clone(), stopping.clone()));
    let teller = Teller {
        store: store.clone(),
        bells: bells.clone(),
        metrics: metrics.clone(),
        voices: voices.clone(),
    };
    let stopping = stop.clone();
    supervisor.start("digests", move || digest::tell(teller.clone(), stopping.clone()));
    let (asked, rung, stopping) = (store.clone(), bells.clone(), stop.clone());
    let shown = status.clone();
    supervisor.start("operator wishes", move || {
        heed_operators(asked.clone(), shown.clone(), rung.clone(), stopping.clone())
    });
}

/// Waits; tells whether the program goes on.
pub(crate) async fn goes_on_after(pause: Duration, stop: &mut Stop) -> bool {
    tokio::select! {
        () = tokio::time::sleep(pause) => true,
        () = stop.stopping() => false,
    }
}

/// Looks for damage once, on a connection of its own.
async fn verify(store: Store, status: Status, mut stop: Stop) {
    if !goes_on_after(VERIFY_AFTER, &mut stop).await {
        return;
    }
    match tokio::task::spawn_blocking(move || store.verify()).await {
        Ok(Ok(Soundness::Sound)) => tracing::debug!("store_verified"),
        Ok(Ok(Soundness::Damaged(what))) => {
            status.set_store_damage();
            tracing::error!(
                what,
                "store_damaged: the next start moves it aside and saves what it can"
            );
        }
        Ok(Ok(Soundness::Interrupted)) | Err(_) => {}
        Ok(Err(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "store_not_verified"),
    }
}

async fn sweep(store: Store, mut stop: Stop) {
    while goes_on_after(SWEEP_EVERY, &mut stop).await {
        match store.maintain(Timestamp::now().as_millisecond()).await {
            Ok(swept) => tracing::debug!(
                delivered = swept.delivered,
                given_up = swept.given_up,
                "store_cleaned"
            ),
            Err(error) => report(&error, "store_not_cleaned"),
        }
    }
}

fn report(error: &CommitError, what: &'static str) {
    tracing::warn!(error = error as &dyn std::error::Error, "{what}");
}

/// `outbox retry` wakes lanes that have given their destination up. While all is well nobody has to be woken, and the
/// store is left alone.
async fn heed_operators(store: Store, status: Status, bells: Bells, mut stop: Stop) {
    let mut seen: HashMap<Destination, u64> = HashMap::new();
    let mut known = false;
    loop {
        if known {
            tokio::select! {
                () = status.destination_trouble() => {}
                () = stop.stopping() => return,
            }
        }
        known = true;
        let destinations = bells.destinations();
        seen.retain(|destination, _| destinations.contains(destination));
        for destination in destinations {
            let Ok(count) = store.operator_releases(&destination).await else {
                continue;
            };
            let before = seen.insert(destination.clone(), count);
            if before.is_some_and(|before| before != count) {
                bells.release(&destination);
            }
        }
        if !goes_on_after(OPERATOR_EVERY, &mut stop).await {
            return;
        }
    }
}
