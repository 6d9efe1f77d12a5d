//! When a connection is lost, and how a session ends.
//!
//! Owns the decision what follows trouble: resume, identify, or stop; and how long to wait before. Pure.

use std::time::Duration;

use super::connection::Stage;
use super::terms::{Action, Leave};
use super::{Phase, Purpose, Session};
use crate::gateway::close::Verdict;
use crate::gateway::status::{GatewayEnd, Loss, WaitReason};

/// A connection that lived so long was a good one: the next pause is a short one again.
const GOOD_LIFE: Duration = Duration::from_secs(60);
/// So often a gateway may greet us and then not let us resume; then a new session is begun.
const REFUSED_RESUMES: u32 = 3;
/// What Discord suggests to wait after an invalid session.
const INVALID_PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

impl Session {
    /// The connection is of no use any more, or was never made.
    pub(super) fn lose(&mut self, loss: Loss, now: Duration) {
        let verdict = match &loss {
            Loss::Closed(code) => code.verdict(),
            _ => Verdict::Resume,
        };
        match &self.phase {
            Phase::Connected(connection) => match (connection.stage, connection.purpose) {
                (Stage::Live { since }, _) if since + GOOD_LIFE <= now => self.backoff.reset(),
                (Stage::Joining { .. }, Purpose::Resume) => self.refused_resumes += 1,
                // It was counted to be stored, and then there was nobody to say it to.
                (Stage::Keeping { .. }, _) => self.budget.never_left(),
                _ => {}
            },
            Phase::Connecting {
                purpose: Purpose::Resume,
                ..
            } => self.unreached_resumes += 1,
            Phase::Connecting { .. } | Phase::Asking { .. } => {}
            // Nothing was there that could be lost.
            Phase::Waiting { .. } if matches!(loss, Loss::Address(_)) => {}
            Phase::Waiting { .. } | Phase::Over(_) => return,
        }
        if verdict == Verdict::Identify || self.refused_resumes >= REFUSED_RESUMES {
            self.forget_session();
        }
        if !matches!(self.phase, Phase::Asking { .. } | Phase::Waiting { .. }) {
            self.actions.push_back(Action::Disconnect(4000));
        }
        self.counts.losses += 1;
        let mut pause = self.backoff.next_pause();
        if loss == Loss::InvalidSession {
            pause = pause.max(self.jitter.between(INVALID_PAUSE.0, INVALID_PAUSE.1));
        }
        self.last_loss = Some(loss);
        match verdict {
            Verdict::Stop(refusal) => self.phase = Phase::Over(refusal.into()),
            Verdict::Resume | Verdict::Identify => self.wait(now + pause, WaitReason::Pause),
        }
    }

    pub(super) fn forget_session(&mut self) {
        self.going = None;
        self.refused_resumes = 0;
        self.unreached_resumes = 0;
    }

    pub(super) fn stop(&mut self, leave: Leave) {
        match leave {
            Leave::ForAWhile => self.finish(GatewayEnd::Stopped, 4000),
            Leave::ForGood => {
                self.forget_session();
                self.finish(GatewayEnd::Stopped, 1000);
            }
        }
    }

    pub(super) fn finish(&mut self, end: GatewayEnd, code: u16) {
        if matches!(self.phase, Phase::Over(_)) {
            return;
        }
        if matches!(self.phase, Phase::Connected(_) | Phase::Connecting { .. }) {
            self.actions.push_back(Action::Disconnect(code));
        }
        self.phase = Phase::Over(end);
    }
}
