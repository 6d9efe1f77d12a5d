//! The commands that the writer takes.
//!
//! Owns what each of them does inside a transaction, and how its caller is answered. Must not begin or end a transaction.

use std::sync::Arc;

use isr_core::command::Use;
use isr_core::delivery::{ClaimedDelivery, Destination, NewDelivery};
use isr_core::drift::UnknownLines;
use isr_core::source::{Checkpoint, SourceId};
use isr_core::watching::Watch;

use crate::answer::Answer;
use crate::claims::{self, ClaimLimits, Settled, Settlement};
use crate::error::CommitError;
use crate::game::{self, AlertChange, AlertRow, CardPlace, CardState, Maintenance, SampleRow};
use crate::held::{self, HeldRow};
use crate::ingest::{self, Committed, IngestBatch, Refusal};
use crate::people::{
    self, Added, AuditEntry, ChosenServer, Habits, LinkedPlayer, LostWatch, Unposted, WatchRow, WatchesOf,
};
use crate::positions;
use crate::statistics::{self, SeriesMark, SeriesPosted};
use crate::unknown;
use crate::upkeep::Swept;
use crate::work::Work;

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    Ingest {
        batch: Arc<IngestBatch>,
        answer: Answer<Committed>,
    },
    Claim {
        destination: Destination,
        limits: ClaimLimits,
        now_ms: i64,
        answer: Answer<Vec<ClaimedDelivery>>,
    },
    Settle {
        settlements: Vec<Settlement>,
        answer: Answer<Settled>,
    },
    Release {
        destination: Destination,
        answer: Answer<u64>,
    },
    Releases {
        destination: Destination,
        answer: Answer<u64>,
    },
    DueHeld {
        now_ms: i64,
        answer: Answer<Vec<HeldRow>>,
    },
    Checkpoints {
        answer: Answer<Vec<(SourceId, Checkpoint)>>,
    },
    UnknownLines {
        answer: Answer<Vec<UnknownLines>>,
    },
    Series {
        mark: SeriesMark,
        delivery: Option<Box<NewDelivery>>,
        answer: Answer<SeriesPosted>,
    },
    Samples {
        rows: Vec<SampleRow>,
        answer: Answer<()>,
    },
    Alerts {
        answer: Answer<Vec<AlertRow>>,
    },
    ChangeAlerts {
        changes: Vec<AlertChange>,
        answer: Answer<Committed>,
    },
    Card {
        place: CardPlace,
        answer: Answer<CardState>,
    },
    KeepCard {
        place: CardPlace,
        state: CardState,
        answer: Answer<()>,
    },
    Maintenance {
        answer: Answer<Vec<Maintenance>>,
    },
    Audit {
        entry: Box<AuditEntry>,
        answer: Answer<i64>,
    },
    EndUnended {
        now_ms: i64,
        answer: Answer<u64>,
    },
    NoteUse {
        used: Use,
        answer: Answer<()>,
    },
    ChooseServer {
        chosen: ChosenServer,
        answer: Answer<()>,
    },
    Habits {
        answer: Answer<Habits>,
    },
    Watches {
        answer: Answer<Vec<WatchRow>>,
    },
    AddWatch {
        watch: Box<Watch>,
        now_ms: i64,
        answer: Answer<Added>,
    },
    ConfirmWatches {
        numbers: Vec<i64>,
        guild: u64,
        at_ms: i64,
        answer: Answer<()>,
    },
    LoseWatches {
        lost: Vec<LostWatch>,
        told: Vec<NewDelivery>,
        now_ms: i64,
        answer: Answer<Committed>,
    },
    EndWatches {
        which: WatchesOf,
        answer: Answer<u64>,
    },
    Link {
        linked: LinkedPlayer,
        answer: Answer<()>,
    },
    Unlink {
        person: u64,
        answer: Answer<bool>,
    },
    Unposted {
        destination: Option<Destination>,
        most: u64,
        answer: Answer<Unposted>,
    },
    PostAudit {
        destination: Destination,
        upto: i64,
        deliveries: Vec<NewDelivery>,
        answer: Answer<Committed>,
    },
    Maintain {
        now_ms: i64,
        answer: Answer<Swept>,
    },
    ReportDamage {
        found: String,
        answer: Answer<()>,
    },
    Close {
        answer: Answer<()>,
    },
}

/// What a transaction did, beside the answers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trace {
    pub(crate) wrote: bool,
    pub(crate) took_batch: bool,
    pub(crate) refused_batch: bool,
}

impl Command {
    /// Does the command inside the transaction and keeps the outcome.
    pub(crate) fn execute(&mut self, work: &mut Work<'_>, trace: &mut Trace) -> rusqlite::Result<()> {
        match self {
            Self::Ingest { batch, answer } => match ingest::ingest(work, batch) {
                Ok(committed) => {
                    trace.took_batch = true;
                    answer.keep(Ok(committed));
                }
                Err(Refusal::Batch(error)) => {
                    trace.refused_batch |= matches!(error, CommitError::Full);
                    answer.keep(Err(error));
                }
                Err(Refusal::Sqlite(error)) => return Err(error),
            },
            Self::Claim {
                destination,
                limits,
                now_ms,
                answer,
            } => {
                answer.keep(Ok(claims::claim(work, destination, *limits, *now_ms)?));
            }
            Self::Settle { settlements, answer } => answer.keep(Ok(claims::settle(work, settlements)?)),
            Self::Release { destination, answer } => answer.keep(Ok(claims::release(work, destination)?)),
            Self::Releases { destination, answer } => {
                answer.keep(Ok(work
                    .ledger
                    .find_lane(destination)
                    .map_or(0, |lane| lane.releases)));
            }
            Self::DueHeld { now_ms, answer } => answer.keep(Ok(held::due(work.conn, *now_ms)?)),
            Self::Checkpoints { answer } => answer.keep(Ok(positions::remembered(work.conn)?)),
            Self::UnknownLines { answer } => answer.keep(Ok(unknown::all(work.conn)?)),
            Self::Series {
                mark,
                delivery,
                answer,
            } => answer.keep(statistics::post_of_series(work, mark, delivery.as_deref())?),
            Self::Samples { rows, answer } => answer.keep(Ok(game::record_samples(work, rows)?)),
            Self::Alerts { answer } => answer.keep(Ok(game::all_alerts(work.conn)?)),
            Self::ChangeAlerts { changes, answer } => answer.keep(game::change_alerts(work, changes)?),
            Self::Card { place, answer } => answer.keep(Ok(game::find_card(work, place)?)),
            Self::KeepCard { place, state, answer } => answer.keep(Ok(game::keep_card(work, place, *state)?)),
            Self::Maintenance { answer } => answer.keep(Ok(game::all_maintenance(work.conn)?)),
            Self::Audit { entry, answer } => answer.keep(Ok(people::add_audit(work.conn, entry)?)),
            Self::EndUnended { now_ms, answer } => answer.keep(Ok(people::end_unended(work.conn, *now_ms)?)),
            Self::NoteUse { used, answer } => answer.keep(Ok(people::note_use(work.conn, *used)?)),
            Self::ChooseServer { chosen, answer } => answer.keep(Ok(people::choose(work.conn, chosen)?)),
            Self::Habits { answer } => answer.keep(Ok(Habits {
                uses: people::uses(work.conn)?,
                choices: people::choices(work.conn)?,
                links: people::links(work.conn)?,
            })),
            Self::Watches { answer } => answer.keep(Ok(people::watches(work.conn)?)),
            Self::AddWatch {
                watch,
                now_ms,
                answer,
            } => answer.keep(Ok(people::add_watch(work.conn, watch, *now_ms)?)),
            Self::ConfirmWatches {
                numbers,
                guild,
                at_ms,
                answer,
            } => answer.keep(Ok(people::confirm_watches(work.conn, numbers, *guild, *at_ms)?)),
            Self::LoseWatches {
                lost,
                told,
                now_ms,
                answer,
            } => answer.keep(people::lose_watches(work, lost, told, *now_ms)?),
            Self::EndWatches { which, answer } => answer.keep(Ok(people::end_watches(work.conn, *which)?)),
            Self::Link { linked, answer } => answer.keep(Ok(people::link(work.conn, linked)?)),
            Self::Unlink { person, answer } => answer.keep(Ok(people::unlink(work.conn, *person)?)),
            Self::Unposted {
                destination,
                most,
                answer,
            } => answer.keep(Ok(people::unposted(work.conn, destination.as_ref(), *most)?)),
            Self::PostAudit {
                destination,
                upto,
                deliveries,
                answer,
            } => answer.keep(people::post_audit(work, destination, *upto, deliveries)?),
            Self::Maintain { .. } | Self::ReportDamage { .. } | Self::Close { .. } => {}
        }
        Ok(())
    }

    pub(crate) fn deliver(self) {
        match self {
            Self::Ingest { answer, .. } => answer.deliver(),
            Self::Claim { answer, .. } => answer.deliver(),
            Self::Settle { answer, .. } => answer.deliver(),
            Self::Release { answer, .. } | Self::Releases { answer, .. } => answer.deliver(),
            Self::DueHeld { answer, .. } => answer.deliver(),
            Self::Checkpoints { answer } => answer.deliver(),
            Self::UnknownLines { answer } => answer.deliver(),
            Self::Series { answer, .. } => answer.deliver(),
            Self::Samples { answer, .. } | Self::KeepCard { answer, .. } => answer.deliver(),
            Self::Alerts { answer } => answer.deliver(),
            Self::ChangeAlerts { answer, .. } => answer.deliver(),
            Self::Card { answer, .. } => answer.deliver(),
            Self::Maintenance { answer } => answer.deliver(),
            Self::Audit { answer, .. } => answer.deliver(),
            Self::EndUnended { answer, .. } => answer.deliver(),
            Self::NoteUse { answer, .. } | Self::ChooseServer { answer, .. } => answer.deliver(),
            Self::Habits { answer } => answer.deliver(),
            Self::Watches { answer } => answer.deliver(),
            Self::AddWatch { answer, .. } => answer.deliver(),
            Self::ConfirmWatches { answer, .. } => answer.deliver(),
            Self::LoseWatches { answer, .. } => answer.deliver(),
            Self::EndWatches { answer, .. } => answer.deliver(),
            Self::Link { answer, .. } => answer.deliver(),
            Self::Unlink { answer, .. } => answer.deliver(),
            Self::Unposted { answer, .. } => answer.deliver(),
            Self::PostAudit { answer, .. } => answer.deliver(),
            Self::Maintain { answer, .. } => answer.deliver(),
            Self::ReportDamage { answer, .. } | Self::Close { answer } => answer.deliver(),
        }
    }

    pub(crate) fn refuse(self, error: &CommitError) {
        let error = error.clone();
        match self {
            Self::Ingest { answer, .. } => answer.send(Err(error)),
            Self::Claim { answer, .. } => answer.send(Err(error)),
            Self::Settle { answer, .. } => answer.send(Err(error)),
            Self::Release { answer, .. } | Self::Releases { answer, .. } => answer.send(Err(error)),
            Self::DueHeld { answer, .. } => answer.send(Err(error)),
            Self::Checkpoints { answer } => answer.send(Err(error)),
            Self::UnknownLines { answer } => answer.send(Err(error)),
            Self::Series { answer, .. } => answer.send(Err(error)),
            Self::Samples { answer, .. } | Self::KeepCard { answer, .. } => answer.send(Err(error)),
            Self::Alerts { answer } => answer.send(Err(error)),
            Self::ChangeAlerts { answer, .. } => answer.send(Err(error)),
            Self::Card { answer, .. } => answer.send(Err(error)),
            Self::Maintenance { answer } => answer.send(Err(error)),
            Self::Audit { answer, .. } => answer.send(Err(error)),
            Self::EndUnended { answer, .. } => answer.send(Err(error)),
            Self::NoteUse { answer, .. } | Self::ChooseServer { answer, .. } => answer.send(Err(error)),
            Self::Habits { answer } => answer.send(Err(error)),
            Self::Watches { answer } => answer.send(Err(error)),
            Self::AddWatch { answer, .. } => answer.send(Err(error)),
            Self::ConfirmWatches { answer, .. } => answer.send(Err(error)),
            Self::LoseWatches { answer, .. } => answer.send(Err(error)),
            Self::EndWatches { answer, .. } => answer.send(Err(error)),
            Self::Link { answer, .. } => answer.send(Err(error)),
            Self::Unlink { answer, .. } => answer.send(Err(error)),
            Self::Unposted { answer, .. } => answer.send(Err(error)),
            Self::PostAudit { answer, .. } => answer.send(Err(error)),
            Self::Maintain { answer, .. } => answer.send(Err(error)),
            Self::ReportDamage { answer, .. } | Self::Close { answer } => answer.send(Err(error)),
        }
    }
}

/// Takes the request to close out of a group. What came after it is left unanswered, which callers see as closed.
pub(crate) fn take_closer(group: &mut Vec<Command>) -> Option<Answer<()>> {
    let index = group
        .iter()
        .position(|command| matches!(command, Command::Close { .. }))?;
    match group.drain(index..).next() {
        Some(Command::Close { answer }) => Some(answer),
        _ => None,
    }
}
