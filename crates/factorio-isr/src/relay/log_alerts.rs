//! Alerts that a line of a log sets off: a crash, a desync, a dropped player, a save that fails.
//!
//! Owns what the rules of one server remember between lines, shared by the translators of its streams, and how a verdict
//! becomes a post. Runs where lines are translated, so that memory, post and position are written together: nothing is
//! told twice and nothing is lost. What the same line tells at the same place as an event is not told again. Must not
//! know the rules themselves. Cannot fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use isr_core::delivery::{DeliveryId, Destination, Form, NewDelivery, Pings};
use isr_core::game::alert::{LogDesk, News, Rule, Settings, Step, Trouble};
use isr_core::interpreter::Hint;
use isr_store::{AlertChange, AlertPost, AlertRow};

use super::compose::ALERT;
use super::rules::Rules;
use super::translate::Place;
use crate::posts::Works;

/// The parts of a delivery's identity that are left to alerts: a rule each.
const FIRST_PART: u32 = u32::MAX - 63;

/// How a server's alerts are set.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRules {
    /// Which rules are on, and their thresholds.
    pub settings: Settings,
    /// Where alerts of each rule go, and whom they call.
    pub places: BTreeMap<Rule, (Destination, Pings)>,
}

/// What the rules of one server remember, and what work is planned on it. Clones share it.
#[derive(Debug, Clone)]
pub struct LogAlerts {
    desk: Arc<Mutex<LogDesk>>,
    works: Works,
}

impl LogAlerts {
    /// Rules that remember nothing yet.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            desk: Arc::new(Mutex::new(LogDesk::restore(settings.clone(), []))),
            works: Works::default(),
        }
    }

    /// From now on this planned work keeps rules silent.
    pub fn heed_works(&mut self, works: &Works) {
        self.works = works.clone();
    }

    /// Takes up what was committed.
    pub fn resume(&self, rules: &Rules, rows: &[AlertRow]) {
        let own = rows.iter().filter(|row| row.server == rules.server);
        let own = own.map(|row| (row.rule.as_str(), row.state.as_str()));
        let restored = LogDesk::restore(rules.alerts.settings.clone(), own);
        self.with(|desk| *desk = restored);
    }

    /// What a line tells. `told_at`: where an event of the same line is posted.
    pub(super) fn heed(
        &self,
        rules: &Rules,
        hint: &Hint,
        told_at: &[&Destination],
        (place, now_ms): (Place, i64),
    ) -> Option<AlertChange> {
        let planned = self.works.until(&rules.server, now_ms);
        let step = self.with(|desk| match hint {
            Hint::Trouble(trouble) => desk.trouble(trouble, planned, now_ms),
            Hint::MatchingIsBack => desk.matching_is_back(now_ms),
        })?;
        Some(change(rules, step, told_at, place, now_ms))
    }

    fn with<T>(&self, act: impl FnOnce(&mut LogDesk) -> T) -> T {
        act(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What an event says that a rule looks at.
pub(super) fn hint_of(event: &isr_core::event::Event) -> Option<Hint> {
    Trouble::of_event(event.understood()?).map(Hint::Trouble)
}

fn change(rules: &Rules, step: Step, told_at: &[&Destination], place: Place, now_ms: i64) -> AlertChange {
    let Step { rule, state, news } = step;
    let post = news.and_then(|news| {
        let (destination, mention) = rules.alerts.places.get(&rule)?;
        let is_fresh = matches!(news, News::Fired(_));
        if is_fresh && *mention == Pings::Nobody && told_at.contains(&destination) {
            return None;
        }
        let delivery = Box::new(NewDelivery {
            id: DeliveryId {
                generation: place.generation,
                offset: place.offset,
                part: FIRST_PART + rule as u32,
            },
            destination: destination.clone(),
            server: rules.server.clone(),
            kind: ALERT,
            form: Form::Embed,
            text: rules.voice.alert(&rules.name, rule, &news).at(now_ms).to_json(),
            username: None,
            subject: None,
            // Whoever was called knows the rest.
            pings: if is_fresh { mention.clone() } else { Pings::Nobody },
            happened_ms: now_ms,
            seen_ms: now_ms,
        });
        Some(match news {
            News::Ended { .. } => AlertPost::Closes(delivery),
            News::Fired(_) if rule == Rule::Matching => AlertPost::Opens(delivery),
            News::Fired(_) | News::StillSo { .. } => AlertPost::Tells(delivery),
        })
    });
    AlertChange {
        server: rules.server.clone(),
        rule: rule.as_str().to_owned(),
        state,
        post: post.unwrap_or(AlertPost::Nothing),
    }
}

#[cfg(test)]
mod tests;
