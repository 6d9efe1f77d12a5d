//! What the bot is seen to do, within Discord's limit.
//!
//! Owns which wish is shown and when: only the last one counts. Pure.

use std::time::Duration;

use super::connection::Connection;
use super::terms::Action;
use super::{Phase, Session};
use crate::gateway::payload::{self, Presence};
use crate::limiter::Window;

/// Presence updates: Discord takes five in 20 s.
const UPDATES: (usize, Duration) = (4, Duration::from_secs(20));

/// What is wanted and what is shown.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) wanted: Option<Presence>,
    shown: Option<Presence>,
    updates: Window,
}

impl Shown {
    pub(super) const fn new() -> Self {
        Self {
            wanted: None,
            shown: None,
            updates: Window::new(UPDATES.0, UPDATES.1),
        }
    }

    /// A new session shows what was wanted when it was asked for.
    pub(super) fn introduced(&mut self) {
        self.shown.clone_from(&self.wanted);
    }

    fn is_stale(&self) -> bool {
        self.wanted.is_some() && self.wanted != self.shown
    }
}

impl Session {
    /// When a change of presence may be sent, if one waits.
    pub(super) fn presence_due(&self, connection: &Connection, now: Duration) -> Option<Duration> {
        let is_wanted = connection.is_live() && self.presence.is_stale();
        is_wanted.then(|| self.presence.updates.wait(0, now).unwrap_or(now))
    }

    pub(super) fn show_presence(&mut self, now: Duration) {
        let Phase::Connected(connection) = &mut self.phase else {
            return;
        };
        let presence = &mut self.presence;
        if !connection.is_live() || !presence.is_stale() || presence.updates.wait(0, now).is_some() {
            return;
        }
        if let Some(wanted) = &presence.wanted {
            presence.updates.record(now);
            connection.count_send(now);
            self.actions.push_back(Action::Send(payload::presence(wanted)));
        }
        presence.introduced();
    }
}
