//! What somebody does at the command line, written into the audit log before and after.
//!
//! Owns who that is, and that nobody is kept from working: whoever types here may change the store's file anyway. So where
//! nothing can be written down, that is said, and the work goes on. Must not know what is done.

use isr_core::masks::{Masks, answer_without_password, without_password};
use isr_core::source::ServerTag;
use isr_core::text::clean;
use isr_store::{Admin, AdminError, AuditEntry, AuditKind, Person};
use jiff::Timestamp;

use crate::config::Config;
use crate::logging;

/// The longest name that is kept of who typed, in characters.
const LONGEST_NAME: usize = 40;

/// The audit log, as far as the command line writes there.
#[derive(Debug)]
pub struct Ledger {
    admin: Option<Admin>,
    masks: Masks,
}

/// Something that was begun.
#[derive(Debug, Clone)]
#[must_use]
pub struct Begun(Option<AuditEntry>, i64);

impl Ledger {
    /// The log of a configuration's state folder. Without a store there is none: no daemon ever ran.
    #[must_use]
    pub fn open(config: &Config) -> Self {
        let admin = match Admin::open(&config.state_dir) {
            Ok(admin) => Some(admin),
            Err(error) => {
                unwritten(&error);
                None
            }
        };
        Self {
            admin,
            masks: config.audit.masks.clone(),
        }
    }

    /// Somebody is about to do something.
    pub fn begin(&mut self, server: Option<&ServerTag>, command: &str, line: Option<&str>) -> Begun {
        let masked = |text: &str| self.masks.apply(&without_password(text)).into_owned();
        let entry = AuditEntry {
            at_ms: Timestamp::now().as_millisecond(),
            kind: AuditKind::Sent,
            person: Person {
                id: None,
                name: who(),
                guild: None,
                channel: None,
            },
            server: server.cloned(),
            command: masked(command),
            line: line.map(masked),
            outcome: "sent".to_owned(),
            answer: None,
        };
        match self.admin.as_mut().map(|admin| admin.audit(&entry)) {
            Some(Ok(seq)) => Begun(Some(entry), seq),
            Some(Err(error)) => {
                unwritten(&error);
                Begun(None, 0)
            }
            None => Begun(None, 0),
        }
    }

    /// It has ended.
    pub fn end(&mut self, begun: Begun, outcome: &str, answer: Option<&str>) {
        let (Begun(Some(entry), of), Some(admin)) = (begun, &mut self.admin) else {
            return;
        };
        let ended = AuditEntry {
            at_ms: Timestamp::now().as_millisecond(),
            kind: AuditKind::Ended { of },
            outcome: outcome.to_owned(),
            answer: answer.map(|answer| {
                let line = entry.line.as_deref().unwrap_or_default();
                self.masks
                    .apply(&answer_without_password(line, answer))
                    .into_owned()
            }),
            ..entry
        };
        if let Err(error) = admin.audit(&ended) {
            unwritten(&error);
        }
    }
}

/// Who types: the name, which they may choose as they like, and the number of the user, which they may not. Only for root
/// counts what sudo says.
fn who() -> String {
    let user = rustix::process::getuid();
    let before = || std::env::var("SUDO_UID").ok()?.parse::<u32>().ok();
    let before = user.is_root().then(before).flatten();
    format!("{} (uid {})", operator(), before.unwrap_or(user.as_raw()))
}

/// The name of who types, as far as the environment tells.
#[must_use]
pub fn operator() -> String {
    let name = ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let name = name.unwrap_or_else(|| "an operator".to_owned());
    clean(&name).chars().take(LONGEST_NAME).collect()
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn unwritten(error: &AdminError) {
    eprintln!("not written into the audit log: {}", logging::error_chain(error));
}
