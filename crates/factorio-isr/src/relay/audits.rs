//! The audit log in a channel: every row is posted, once and in order.
//!
//! Owns how a row reads there and when the store is asked for new ones: at once when somebody did something through the bot,
//! else twice a minute, for the command line writes into the same store. Which rows were posted is noted with the posts in one
//! transaction. A row shows the beginning of its hash, so that the channel bears witness to the chain. Must not know who may
//! do what. A failure is logged and tried again.

use std::sync::{Arc, Mutex, PoisonError};

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::masks::Masks;
use isr_core::redact::redact;
use isr_core::source::{GenerationId, ServerTag};
use isr_core::text::{clean, cut, is_invisible};
use isr_core::voice::{CommandWord as W, Voice};
use isr_store::{AuditKind, AuditRow, CommitError, Store};

use super::lanes::Bells;
use super::moment::{self, Bell, now_ms};
use crate::config::Config;
use crate::supervisor::Stop;

/// The command line writes beside us: the store is asked so often.
const LOOK_EVERY_MS: i64 = 30_000;
/// The pause after the store could not be asked.
const RETRY_MS: i64 = 2_000;
/// Rows that become posts in one transaction.
const AT_ONCE: u64 = 50;
/// Room for a line or an answer, in characters.
const ROOM: usize = 300;
/// Digits of a hash that are shown.
const DIGITS: usize = 12;

/// Where the audit log is posted, and in whose words. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Audits {
    plan: Arc<Mutex<Option<Plan>>>,
    news: Bell,
}

#[derive(Debug, Clone)]
struct Plan {
    destination: Destination,
    /// Whose server a row is counted to that is about all of them.
    first: ServerTag,
    voice: Arc<Voice>,
    /// What never stands in it, even where a row was written before somebody thought of it.
    masks: Masks,
}

impl Audits {
    /// Goes by this configuration from now on.
    pub fn follow(&self, config: &Config) {
        let plan = config.audit.target.as_ref().zip(config.servers.first());
        let plan = plan.map(|(target, first)| Plan {
            destination: target.destination(),
            first: first.tag.clone(),
            voice: Arc::clone(&first.voice),
            masks: config.audit.masks.clone(),
        });
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
        self.news.ring();
    }

    /// Something was written down.
    pub fn ring(&self) {
        self.news.ring();
    }

    fn plan(&self) -> Option<Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Posts what is written down until the program stops.
pub(super) async fn post(audits: Audits, store: Store, bells: Bells, mut stop: Stop) {
    loop {
        let plan = audits.plan();
        let posted = match &plan {
            // What is done from now on is not posted when a channel is named again.
            None => store.unposted_audit(None, 0).await.map(drop),
            Some(plan) => post_new(plan, &store, &bells).await,
        };
        let next_ms = match posted {
            Ok(()) => plan.map(|_| now_ms().saturating_add(LOOK_EVERY_MS)),
            Err(error) if error.is_fatal() => return stop.stopping().await,
            Err(error) => {
                tracing::warn!(%error, "audit_not_posted: it is tried again");
                Some(now_ms().saturating_add(RETRY_MS))
            }
        };
        if !moment::near(next_ms, &audits.news, &mut stop).await {
            return;
        }
    }
}

async fn post_new(plan: &Plan, store: &Store, bells: &Bells) -> Result<(), CommitError> {
    loop {
        let unposted = store
            .unposted_audit(Some(plan.destination.clone()), AT_ONCE)
            .await?;
        let Some(last) = unposted.rows.last() else {
            return Ok(());
        };
        let (upto, seen_ms) = (last.seq, now_ms());
        let deliveries = unposted
            .rows
            .iter()
            .map(|row| delivery(plan, row, seen_ms))
            .collect();
        store
            .post_audit(plan.destination.clone(), upto, deliveries)
            .await?;
        bells.ring(&plan.destination);
    }
}

fn delivery(plan: &Plan, row: &AuditRow, seen_ms: i64) -> NewDelivery {
    NewDelivery {
        id: DeliveryId {
            generation: GenerationId(GENERATION),
            offset: row.seq.max(0).unsigned_abs(),
            part: 0,
        },
        destination: plan.destination.clone(),
        server: row.entry.server.clone().unwrap_or_else(|| plan.first.clone()),
        kind: KindName::fixed("audit"),
        form: Form::Line,
        text: line(row, &plan.voice, &plan.masks),
        username: None,
        subject: None,
        pings: Pings::Nobody,
        happened_ms: row.entry.at_ms,
        seen_ms,
    }
}

/// The rows of the audit log, as a file that lines come from.
const GENERATION: i64 = 0x0061_7564_6974;

fn line(row: &AuditRow, voice: &Voice, masks: &Masks) -> String {
    let entry = &row.entry;
    let code = |text: &str| code(&masks.apply(text));
    let words = &voice.words().command;
    let name = cut(&clean(&masks.apply(&entry.person.name)), 64).text;
    let who = match entry.person.id {
        Some(id) => format!("**{name}** (`{id}`)"),
        None => format!("**{name}** ({})", words.get(W::AuditByHand)),
    };
    let server = entry
        .server
        .as_ref()
        .map_or_else(|| "–".to_owned(), |tag| format!("`{tag}`"));
    let hash: String = row
        .hash
        .map(|hash| hash.to_string().chars().take(DIGITS).collect())
        .unwrap_or_default();
    let typed = entry.line.as_deref().unwrap_or(&entry.command);
    let (number, command, typed) = (row.seq.to_string(), code(&entry.command), code(typed));
    let answer = match entry.answer.as_deref().map(str::trim) {
        None | Some("") => String::new(),
        Some(answer) => format!(" · `{}`", code(answer)),
    };
    let (word, of) = match entry.kind {
        AuditKind::Sent => (W::AuditSent, String::new()),
        AuditKind::Refused => (W::AuditRefused, String::new()),
        AuditKind::Ended { of } => (W::AuditEnded, of.to_string()),
        AuditKind::Removed { upto } => (W::AuditRemoved, upto.to_string()),
        AuditKind::Unreadable => (W::AuditUnreadable, String::new()),
    };
    let parts = [
        ("number", number.as_str()),
        ("who", &who),
        ("command", &command),
        ("server", &server),
        ("line", &typed),
        ("outcome", &code(&entry.outcome)),
        ("answer", &answer),
        ("of", &of),
        ("hash", &hash),
    ];
    words.fill(word, &parts)
}

/// A text as code: one line, nothing in it has a meaning, no address.
fn code(text: &str) -> String {
    let text = redact(text);
    let flat = |c: char| if c == '\n' { ' ' } else { c };
    let harmless = text.chars().map(flat).filter(|c| !is_invisible(*c));
    let plain: String = harmless
        .map(|c| if c == '`' { '\u{2cb}' } else { c })
        .take(ROOM)
        .collect();
    match plain.trim() {
        "" => "–".to_owned(),
        plain => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use isr_store::{AuditEntry, Person};

    use super::*;

    #[test]
    fn a_row_is_one_harmless_line_that_fits_a_message() {
        let row = |kind| AuditRow {
            seq: 12,
            hash: None,
            entry: AuditEntry {
                at_ms: 0,
                kind,
                person: Person {
                    id: Some(7),
                    name: "@everyone **x**".into(),
                    guild: None,
                    channel: None,
                },
                server: ServerTag::parse("north").ok(),
                command: "/factorio rcon".into(),
                line: Some("/x ```@everyone\n10.1.2.3:5".repeat(100)),
                outcome: "done".into(),
                answer: Some("a\u{202e}`b".repeat(1_000)),
            },
        };
        let masks = Masks::new(vec![Masks::parse("/x").unwrap()]);
        for kind in [AuditKind::Sent, AuditKind::Refused, AuditKind::Ended { of: 11 }] {
            let text = line(&row(kind), &Voice::default(), &masks);
            assert!(!text.contains("/x"), "{text}");
            assert!(text.chars().count() < 1_500 && !text.contains('\n'), "{text}");
            assert!(!text.contains("10.1.2.3") && !text.contains('\u{202e}') && !text.contains("```"));
            assert!(text.contains("#12") && text.contains("(`7`)"), "{text}");
        }
        let text = line(&row(AuditKind::Removed { upto: 9 }), &Voice::default(), &masks);
        assert!(
            text.contains("#12") && text.contains("#9 ") && !text.contains("everyone"),
            "{text}"
        );
    }
}
