//! What a changed configuration leaves behind: cards of places where nobody shows them any more, alerts that nobody
//! watches any more.
//!
//! Owns that both say so, once: the card in its message, as far as its webhook is still known; the alert as its end. Must
//! not know wording. Cannot fail: what cannot be reached is logged, with what is left to do.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use isr_core::delivery::{Destination, Pings};
use isr_core::game::alert::{Desk, Ending, News, Rule};
use isr_core::source::ServerTag;
use isr_core::voice::Voice;
use isr_discord::Buttons;
use isr_store::{AdminError, AlertChange, AlertPost, AlertRow, CardPlace, CardState, CommitError, Store};

use super::alerts;
use crate::config::{Config, Target};
use crate::relay::discord_sink::DiscordSink;
use crate::relay::lanes::Bells;
use crate::relay::moment::now_ms;
use crate::relay::plan::targets;
use crate::relay::sink::{Edit, EditOutcome, Sink};
use crate::relay::upkeep::goes_on_after;
use crate::supervisor::Stop;

/// The pause before something is tried again.
const AGAIN: Duration = Duration::from_secs(15);

/// What is wanted now, and how the rest can be reached.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Where cards are shown.
    pub(super) cards: HashSet<CardPlace>,
    /// The servers whose snapshots rules look at.
    pub(super) watched: HashSet<ServerTag>,
    /// Each webhook that is known, or was since the start.
    pub(super) sinks: HashMap<Destination, Arc<DiscordSink>>,
    servers: HashMap<ServerTag, (String, Arc<Voice>)>,
    lanes: HashSet<Destination>,
}

impl Wanted {
    /// What a configuration has, without cards, rules and webhooks yet.
    pub(super) fn of(config: &Config) -> Self {
        let servers = config.servers.iter().map(|server| {
            let known = (server.name.clone(), Arc::clone(&server.voice));
            (server.tag.clone(), known)
        });
        Self {
            cards: HashSet::new(),
            watched: HashSet::new(),
            sinks: HashMap::new(),
            servers: servers.collect(),
            lanes: targets(config)
                .map(|(target, _)| Target::destination(target))
                .collect(),
        }
    }

    /// How a server is called, and how it speaks; of one that is gone its tag, in the words of another.
    fn server(&self, tag: &ServerTag) -> (String, Arc<Voice>) {
        self.servers.get(tag).cloned().unwrap_or_else(|| {
            let voice = self.servers.values().next().map(|(_, voice)| Arc::clone(voice));
            (tag.to_string(), voice.unwrap_or_default())
        })
    }

    fn watches(&self, row: &AlertRow, rule: Rule) -> bool {
        if Desk::RULES.contains(&rule) {
            self.watched.contains(&row.server)
        } else {
            self.servers.contains_key(&row.server)
        }
    }
}

/// What the work needs.
#[derive(Debug, Clone)]
pub(super) struct LeftWorld {
    pub(super) store: Store,
    pub(super) bells: Bells,
    pub(super) stop: Stop,
}

/// Says of everything that was left behind that it is over.
pub(super) async fn end_what_is_left(wanted: Arc<Wanted>, mut world: LeftWorld) {
    loop {
        match end_all(&wanted, &mut world).await {
            Ok(()) => return,
            Err(why) => tracing::warn!(why, "left_behind_not_ended: trying again"),
        }
        if !goes_on_after(AGAIN, &mut world.stop).await {
            return;
        }
    }
}

/// The error: what keeps some of it from being ended now.
async fn end_all(wanted: &Wanted, world: &mut LeftWorld) -> Result<(), &'static str> {
    let store = world.store.clone();
    let read = tokio::task::spawn_blocking(move || {
        let reader = store.statistics()?;
        Ok::<_, AdminError>((reader.alerts()?, reader.cards()?))
    });
    let Ok(Ok((alerts, cards))) = read.await else {
        return Err("the store cannot be read");
    };
    for row in alerts {
        end_alert(wanted, world, &row)
            .await
            .map_err(|_| "the store takes nothing")?;
    }
    let mut result = Ok(());
    for (place, state) in cards {
        if world.stop.is_stopping() {
            break;
        }
        if !wanted.cards.contains(&place) {
            result = result.and(end_card(wanted, world, &place, state).await);
        }
    }
    result
}

async fn end_alert(wanted: &Wanted, world: &LeftWorld, row: &AlertRow) -> Result<(), CommitError> {
    let (Some(destination), Some(rule)) = (&row.destination, Rule::from_name(&row.rule)) else {
        return Ok(());
    };
    if wanted.watches(row, rule) {
        return Ok(());
    }
    if !wanted.lanes.contains(destination) {
        tracing::warn!(
            server = %row.server, rule = row.rule, name = %destination.as_str(),
            "alert_left_behind: its webhook is not configured any more; its post stays as it is"
        );
        return Ok(());
    }
    let now_ms = now_ms();
    let lasted = u64::try_from(now_ms.saturating_sub(row.changed_ms)).unwrap_or(0);
    let news = News::Ended {
        ending: Ending::GivenUp,
        lasted: Duration::from_millis(lasted),
    };
    let (name, voice) = wanted.server(&row.server);
    let text = voice.alert(&name, rule, &news).at(now_ms).to_json();
    let delivery = alerts::post(
        &row.server,
        rule,
        (destination.clone(), Pings::Nobody),
        text,
        now_ms,
    );
    let change = AlertChange {
        server: row.server.clone(),
        rule: row.rule.clone(),
        state: Some(String::new()),
        post: AlertPost::Closes(Box::new(delivery)),
    };
    world.store.change_alerts(vec![change]).await?;
    world.bells.ring(destination);
    tracing::info!(server = %row.server, rule = row.rule, "alert_ended: nobody watches any more");
    Ok(())
}

async fn end_card(
    wanted: &Wanted,
    world: &LeftWorld,
    place: &CardPlace,
    state: CardState,
) -> Result<(), &'static str> {
    let name = place.destination.as_str();
    // Of one that was only begun nobody knows where it is.
    let (Some(sink), CardState::At(id)) = (wanted.sinks.get(&place.destination), state) else {
        tracing::warn!(
            server = %place.server, name,
            "card_left_behind: its webhook is not configured any more; delete the message"
        );
        return Ok(());
    };
    let (server, voice) = wanted.server(&place.server);
    let embed = voice.card_left(&server).at(now_ms());
    match sink
        .edit(id, &Edit::embed(embed.to_json()).over(Buttons::none()))
        .await
    {
        EditOutcome::Edited => tracing::info!(server = %place.server, name, "card_ended"),
        EditOutcome::Gone => {}
        EditOutcome::Refused { why } => {
            tracing::warn!(server = %place.server, name, why, "card_left_behind: it cannot be changed; delete the message");
        }
        EditOutcome::NotNow { why, .. } | EditOutcome::Uncertain { why } => return Err(why),
    }
    let kept = world.store.keep_card(place, CardState::Nowhere).await;
    kept.map_err(|_| "the store takes nothing")
}

#[cfg(test)]
mod tests {
    use isr_store::{ClaimLimits, Settlement, StoreOptions, Verdict};

    use super::*;
    use crate::supervisor::stop_pair;

    #[tokio::test]
    async fn an_alert_that_nobody_watches_any_more_is_ended_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(dir.path())).unwrap().store;
        let (server, destination) = (ServerTag::parse("north").unwrap(), Destination::new("webhook:1"));
        let place = (destination.clone(), Pings::Nobody);
        let fired = alerts::post(&server, Rule::ServerDown, place, r#"{"title":"down"}"#.into(), 1);
        let change = AlertChange {
            server: server.clone(),
            rule: Rule::ServerDown.as_str().to_owned(),
            state: Some("x".into()),
            post: AlertPost::Opens(Box::new(fired)),
        };
        store.change_alerts(vec![change]).await.unwrap();
        let wanted = |watched: &[&ServerTag]| Wanted {
            cards: HashSet::new(),
            watched: watched.iter().copied().cloned().collect(),
            sinks: HashMap::new(),
            servers: HashMap::new(),
            lanes: HashSet::from([destination.clone()]),
        };
        let (_trigger, stop) = stop_pair();
        let mut world = LeftWorld {
            store: store.clone(),
            bells: Bells::default(),
            stop,
        };
        for watched in [vec![&server], vec![], vec![]] {
            end_all(&wanted(&watched), &mut world).await.unwrap();
        }
        let limits = ClaimLimits {
            rows: 9,
            code_points: 9000,
        };
        let mut told = Vec::new();
        // The end waits until it is known where the first post is.
        for id in [5, 6, 7] {
            let rows = store.claim(&destination, limits, 0).await.unwrap();
            let settled = rows.iter().map(|row| Settlement {
                seq: row.seq,
                verdict: Verdict::Delivered { message_id: Some(id) },
            });
            store.settle(settled.collect()).await.unwrap();
            told.extend(rows.into_iter().map(|row| (row.changes, row.text)));
        }
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[1].0 == Some(5) && told[1].1.contains("not watched any more"),
            "{told:?}"
        );
        let rows = store.alerts().await.unwrap();
        assert!(
            rows[0].destination.is_none() && rows[0].state.is_empty(),
            "{rows:?}"
        );
    }
}
