//! What one server's events go through on their way to deliveries: everything that a reload swaps at once.
//!
//! Owns the rules as values, and the remarks of our own that go beside the events. Must not know lines, nor keep state
//! between them: that is the translator's. Cannot fail.

use std::sync::Arc;
use std::time::Duration;

use isr_core::abuse::FloodRule;
use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::event::Selection;
use isr_core::filter::Filters;
use isr_core::mention::Mentions;
use isr_core::pattern::PatternSet;
use isr_core::quiet_hours::QuietHours;
use isr_core::route::Routes;
use isr_core::source::{GenerationId, ServerTag};
use isr_core::voice::Voice;

use super::log_alerts::AlertRules;
use crate::config::{ChatName, Counting};

/// Turns the id of a generation into that of the remarks about it.
const REMARKS: i64 = 0x2545_F491_4F6C_DD1D;

/// The rules of one server. The translators of its streams share them.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The server.
    pub server: ServerTag,
    /// Its name for people.
    pub name: String,
    /// The words of our own remarks and notices.
    pub voice: Arc<Voice>,
    /// Events of other kinds are left out.
    pub wanted: Selection,
    /// The events that admins describe.
    pub patterns: Arc<PatternSet>,
    /// What is counted in the statistics.
    pub counting: Counting,
    /// Where events go, and how they look there.
    pub routes: Routes<Style>,
    /// What is not posted.
    pub filters: Filters,
    /// When it is quiet.
    pub quiet_hours: Option<QuietHours>,
    /// Where our own remarks go: to admins where there is a destination for them.
    pub remarks: Destination,
    /// Where notices for admins go, where there is a destination for them.
    pub admins: Option<Destination>,
    /// Whom players may call.
    pub mentions: Mentions,
    /// What happens when a player writes too much.
    pub flood: FloodRule,
    /// How its alerts are set.
    pub alerts: AlertRules,
    /// Lines that were not read live and are older than this are not posted.
    pub max_event_age: Duration,
}

/// How events look at one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Under whose name chat is posted.
    pub chat_name: ChatName,
    /// In which words.
    pub voice: Arc<Voice>,
}

impl Style {
    /// The same, without posting chat under players' names.
    #[must_use]
    pub fn without_names(&self) -> Self {
        Self {
            chat_name: ChatName::Bot,
            voice: Arc::clone(&self.voice),
        }
    }
}

impl Rules {
    /// A remark of our own about a generation (lost bytes, for example). It has an identity beside that of the
    /// generation's lines: the position in the log, which refuses lines before it, must not refuse the remark.
    #[must_use]
    pub fn remark(&self, generation: GenerationId, number: u64, text: String, now_ms: i64) -> NewDelivery {
        let generation = GenerationId((generation.0 ^ REMARKS) & i64::MAX);
        NewDelivery {
            id: DeliveryId {
                generation,
                offset: number,
                part: 0,
            },
            destination: self.remarks.clone(),
            server: self.server.clone(),
            kind: KindName::fixed("remark"),
            form: Form::Line,
            text,
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: now_ms,
            seen_ms: now_ms,
        }
    }
}
