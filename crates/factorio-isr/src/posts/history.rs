//! What was seen of each game, minute by minute: written down for pictures, and at hand for the cards' lines.
//!
//! Owns the task that writes, once a minute for all games together, and never where no game is asked. Must not know what
//! is made of it. A minute that cannot be written is left out.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use isr_core::game::{Link, Snapshot};
use isr_core::source::ServerTag;
use isr_store::{SampleRow, Store};

use crate::game::Board;
use crate::relay::moment::now_ms;
use crate::supervisor::Stop;

/// Points of a card's line.
const POINTS: i64 = 24;
/// Minutes that a point stands for.
const MINUTES_PER_POINT: i64 = 5;
/// So many minutes are at hand.
const AT_HAND: i64 = POINTS * MINUTES_PER_POINT;
const MINUTE_MS: i64 = 60_000;
/// A snapshot that is older says nothing of this minute.
const STALE_MS: i64 = 150_000;

/// The last two hours of all games. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct History(Arc<Mutex<HashMap<ServerTag, VecDeque<SampleRow>>>>);

impl History {
    /// The updates per second of the last two hours, in steps of five minutes, oldest first.
    pub(super) fn ups(&self, server: &ServerTag, now_ms: i64) -> Vec<Option<f64>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rows) = all.get(server) else {
            return Vec::new();
        };
        // Steps of the clock, so that the line changes every five minutes and not every one.
        let last = SampleRow::minute_of(now_ms) / MINUTES_PER_POINT;
        let point = |step: i64| {
            let of_step = |row: &&SampleRow| row.minute / MINUTES_PER_POINT == step;
            let values = rows.iter().filter(of_step).filter_map(|row| row.ups_x100);
            let (sum, count) = values.fold((0.0, 0.0), |(sum, count), ups| {
                (sum + f64::from(ups), count + 1.0)
            });
            (count > 0.0).then(|| sum / count / 100.0)
        };
        let points: Vec<Option<f64>> = (last - POINTS..last).map(point).collect();
        if points.iter().all(Option::is_none) {
            return Vec::new();
        }
        points
    }

    fn take(&self, rows: &[SampleRow]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            let known = all.entry(row.server.clone()).or_default();
            known.push_back(row.clone());
            while known
                .front()
                .is_some_and(|first| first.minute <= row.minute - AT_HAND - MINUTES_PER_POINT)
            {
                known.pop_front();
            }
        }
    }
}

/// Writes down what is seen until the program stops.
pub(super) async fn keep(history: History, store: Store, board: Board, mut stop: Stop) {
    let mut changes = board.changes();
    recall(&history, &store).await;
    loop {
        let is_any_asked = changes
            .borrow_and_update()
            .values()
            .any(|game| game.session.is_some());
        let minute = async {
            if !is_any_asked {
                return pending().await;
            }
            let left = MINUTE_MS - now_ms().rem_euclid(MINUTE_MS);
            tokio::time::sleep(Duration::from_millis(left.unsigned_abs())).await;
        };
        tokio::select! {
            () = minute => {}
            changed = changes.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
            () = stop.stopping() => return,
        }
        let now_ms = now_ms();
        let games = board.games();
        let rows: Vec<SampleRow> = games
            .values()
            .filter_map(|game| row(&game.tag, &game.snapshots.borrow(), now_ms))
            .collect();
        history.take(&rows);
        if let Err(error) = store.record_samples(rows).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "samples_not_kept");
        }
    }
}

/// What was seen of the minute that has just ended.
fn row(server: &ServerTag, snapshot: &Snapshot, now_ms: i64) -> Option<SampleRow> {
    let is_seen = matches!(snapshot.link, Link::Up { .. } | Link::Silent { .. });
    let is_fresh = now_ms.saturating_sub(snapshot.at.unix_ms) < STALE_MS;
    let players = snapshot.players.as_ref().map(|players| players.online.len());
    let row = SampleRow {
        server: server.clone(),
        minute: SampleRow::minute_of(now_ms) - 1,
        players: players.and_then(|count| u32::try_from(count).ok()),
        // Finite and positive, as the estimate promises.
        ups_x100: snapshot.pace.ups().map(|ups| (ups.value * 100.0).round() as u32),
        game_s: snapshot.game_time.map(|time| time.played.as_secs()),
    };
    let is_anything = row.players.is_some() || row.ups_x100.is_some() || row.game_s.is_some();
    (is_seen && is_fresh && is_anything).then_some(row)
}

/// Reads what was seen before the start.
async fn recall(history: &History, store: &Store) {
    let store = store.clone();
    let read = tokio::task::spawn_blocking(move || {
        let reader = store.statistics()?;
        let now = SampleRow::minute_of(now_ms());
        let mut rows = Vec::new();
        for server in reader.servers()? {
            rows.extend(reader.samples(&server, now - AT_HAND..now)?);
        }
        Ok::<_, isr_store::AdminError>(rows)
    });
    match read.await {
        Ok(Ok(rows)) => history.take(&rows),
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "samples_not_read");
        }
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use isr_core::game::ups::{Basis, Pace, Ups};
    use isr_core::game::{Now, Players};

    use super::*;

    fn north() -> ServerTag {
        ServerTag::parse("north").unwrap()
    }

    fn sample(minute: i64, ups: Option<u32>) -> SampleRow {
        SampleRow {
            server: north(),
            minute,
            players: Some(1),
            ups_x100: ups.map(|ups| ups * 100),
            game_s: None,
        }
    }

    #[test]
    fn a_line_has_a_point_for_each_five_minutes_and_a_gap_is_a_gap() {
        let history = History::default();
        assert_eq!(history.ups(&north(), 0), []);
        let rows: Vec<_> = (0..200).map(|minute| sample(minute, Some(60))).collect();
        history.take(&rows);
        history.take(&[sample(206, Some(40)), sample(207, Some(50)), sample(211, None)]);
        let line = history.ups(&north(), 215 * MINUTE_MS);
        assert_eq!(line.len(), 24);
        assert_eq!(line[..21], [Some(60.0); 21]);
        assert_eq!(line[21..], [None, Some(45.0), None]);
        assert_eq!(history.ups(&north(), 900 * MINUTE_MS), [], "all of it is old");
    }

    #[test]
    fn what_is_not_known_makes_no_row_and_no_zero() {
        let at_ms = 10 * MINUTE_MS + 1;
        let mut snapshot = Snapshot {
            at: Now {
                unix_ms: at_ms - 1000,
                ..Now::default()
            },
            link: Link::Up { since_ms: 1 },
            ..Snapshot::default()
        };
        assert_eq!(row(&north(), &snapshot, at_ms), None);
        snapshot.players = Some(Players::default());
        let seen = row(&north(), &snapshot, at_ms).unwrap();
        assert_eq!((seen.minute, seen.players, seen.ups_x100), (9, Some(0), None));
        snapshot.pace = Pace::Running(Ups {
            value: 59.987,
            plus_minus: 1.0,
            window: Duration::from_secs(60),
            target: 60.0,
            basis: Basis::Seconds,
        });
        assert_eq!(row(&north(), &snapshot, at_ms).unwrap().ups_x100, Some(5999));
        assert_eq!(row(&north(), &snapshot, at_ms + STALE_MS), None);
        snapshot.link = Link::None;
        assert_eq!(row(&north(), &snapshot, at_ms), None);
    }
}
