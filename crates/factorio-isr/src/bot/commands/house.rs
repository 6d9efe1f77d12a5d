//! What commands do to this program itself: planned work, the outbox, the configuration.
//!
//! Owns what is wanted, how it is done and what is told of it. The store is changed by the same calls as from the command
//! line. Must not know who may. Fails with a sentence for the person.

use std::time::Duration;

use isr_core::source::ServerTag;
use isr_core::voice::CommandWord as W;
use isr_store::{Admin, AdminError, Maintenance, OutboxFilter, RowState, Scope};

use super::CommandWorld;
use super::request::{Fault, Options};
use super::tell::{Reply, Teller};
use crate::logging::error_chain;
use crate::reload::ReloadTold;
use crate::when;

/// Planned work lasts so long when nobody says how long.
const USUAL_WORK: Duration = Duration::from_secs(3600);
/// So many names of settings are told.
const MOST_NAMED: usize = 10;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Work begins, for so long.
    WorkOn(Duration),
    /// It is over.
    WorkOff,
    /// What was given up is tried again.
    OutboxRetry,
    /// What was given up is thrown away.
    OutboxDrop,
    /// The configuration is loaded anew.
    Reload,
}

/// On whom, and in whose name.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    /// One server, or all.
    pub(super) server: Option<ServerTag>,
    /// Who wants it.
    pub(super) by: String,
    pub(super) now_ms: i64,
}

impl Deed {
    /// Reads what is planned; `None`: it is only asked for.
    pub(super) fn maintenance(options: Options<'_>) -> Result<Option<Self>, Fault> {
        let time = options.text("time").map(when::span).transpose();
        let time = time.map_err(|_| Fault::new(W::BadTime))?;
        match options.required("action")? {
            "on" => Ok(Some(Self::WorkOn(time.unwrap_or(USUAL_WORK)))),
            "off" => Ok(Some(Self::WorkOff)),
            "status" => Ok(None),
            _ => Err(Fault::with(W::BadAction, "words", "on, off, status")),
        }
    }

    /// What the audit log says of it behind the command's name.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::WorkOn(time) => format!(" on {} min", time.as_secs() / 60),
            Self::WorkOff => " off".to_owned(),
            Self::OutboxRetry | Self::OutboxDrop | Self::Reload => String::new(),
        }
    }

    /// What follows from it, where it asks first.
    pub(super) const fn consequence(&self) -> W {
        match self {
            Self::OutboxDrop => W::ConfirmDrop,
            _ => W::ConfirmRetry,
        }
    }

    /// Does it.
    pub(super) async fn carry_out(&self, charge: Charge, world: &CommandWorld, teller: Teller<'_>) -> Reply {
        let failed = |error: AdminError| {
            tracing::warn!(error = error_chain(&error), "store_not_changed");
            Reply::bad(teller.say(W::NotKept, &[]), "failed")
        };
        match self {
            Self::WorkOn(time) => {
                let time_ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
                let planned = Maintenance {
                    scope: charge.scope(),
                    from_ms: charge.now_ms,
                    until_ms: charge.now_ms.saturating_add(time_ms),
                    by: charge.by.clone(),
                };
                let until = format!("<t:{}:f>", planned.until_ms.div_euclid(1000));
                let begun = change(world, move |admin| admin.begin_maintenance(&planned)).await;
                heed_work(world).await;
                let said = |()| {
                    Reply::good(
                        teller.say(W::WorkBegun, &[("whom", &charge.whom(teller)), ("until", &until)]),
                    )
                };
                begun.map_or_else(failed, said)
            }
            Self::WorkOff => {
                let (scope, now_ms) = (charge.scope(), charge.now_ms);
                let ended = change(world, move |admin| admin.end_maintenance(&scope, now_ms)).await;
                heed_work(world).await;
                let said = |count| match count {
                    0 => Reply::bad(teller.say(W::NoWork, &[]), "nothing changed"),
                    _ => Reply::good(teller.say(W::WorkEnded, &[("whom", &charge.whom(teller))])),
                };
                ended.map_or_else(failed, said)
            }
            Self::OutboxRetry => {
                let (filter, now_ms) = (charge.given_up(), charge.now_ms);
                let count = change(world, move |admin| admin.retry(&filter, now_ms)).await;
                world.bells.ring_all();
                count.map_or_else(failed, |count| counted(count, W::OutboxRetried, teller))
            }
            Self::OutboxDrop => {
                let filter = charge.given_up();
                let count = change(world, move |admin| admin.discard(&filter)).await;
                count.map_or_else(failed, |count| counted(count, W::OutboxDropped, teller))
            }
            Self::Reload => reload(world, teller).await,
        }
    }
}

impl Charge {
    fn scope(&self) -> Scope {
        self.server.clone().map_or(Scope::All, Scope::Server)
    }

    fn whom(&self, teller: Teller<'_>) -> String {
        match &self.server {
            Some(_) => format!("**{}**", teller.name(teller.server)),
            None => teller.word(W::AllServers).to_owned(),
        }
    }

    fn given_up(&self) -> OutboxFilter {
        OutboxFilter {
            states: vec![RowState::Dead, RowState::Expired],
            server: self.server.clone(),
            ..OutboxFilter::default()
        }
    }
}

/// Changes the store on the operator's connection, on a thread that may block.
async fn change<T: Send + 'static>(
    world: &CommandWorld,
    change: impl FnOnce(&mut Admin) -> Result<T, AdminError> + Send + 'static,
) -> Result<T, AdminError> {
    let folder = world.state_dir.clone();
    let changed =
        tokio::task::spawn_blocking(move || Admin::open(&folder).and_then(|mut admin| change(&mut admin)));
    match changed.await {
        Ok(changed) => changed,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// Cards and the rules of alerts hear of it at once.
async fn heed_work(world: &CommandWorld) {
    if let Err(error) = world.works.refresh(&world.store).await {
        tracing::debug!(%error, "maintenance_not_read: it is read within half a minute");
    }
}

fn counted(count: u64, word: W, teller: Teller<'_>) -> Reply {
    let text = count.to_string();
    match count {
        0 => Reply::bad(teller.say(W::OutboxNothing, &[]), "nothing changed"),
        _ => Reply::good(teller.say(word, &[("count", &text)])),
    }
}

async fn reload(world: &CommandWorld, teller: Teller<'_>) -> Reply {
    match world.wishes.reload().await {
        None => Reply::bad(teller.say(W::NotReloaded, &[]), "failed"),
        Some(ReloadTold::Refused { problems }) => {
            let problems = problems.to_string();
            Reply::bad(teller.say(W::ReloadRefused, &[("count", &problems)]), "refused")
        }
        Some(ReloadTold::Accepted { changed, .. }) if changed.is_empty() => {
            Reply::good(teller.say(W::ReloadUnchanged, &[]))
        }
        Some(ReloadTold::Accepted { changed, waiting }) => {
            let mut text = teller.say(W::Reloaded, &[("keys", &keys(&changed))]);
            if !waiting.is_empty() {
                text.push('\n');
                text.push_str(&teller.say(W::ReloadWaits, &[("keys", &keys(&waiting))]));
            }
            Reply::good(text)
        }
    }
}

/// Names of settings as code, some of them.
fn keys(names: &[impl AsRef<str>]) -> String {
    let plain = |name: &str| {
        let harmless = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        format!("`{}`", name.chars().filter(harmless).take(80).collect::<String>())
    };
    let mut shown: Vec<String> = names
        .iter()
        .take(MOST_NAMED)
        .map(|name| plain(name.as_ref()))
        .collect();
    if names.len() > MOST_NAMED {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
