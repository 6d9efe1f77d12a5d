//! One source of the reader: a tail, its translator, and what was committed of it.
//!
//! Owns the turn: read a fair share, translate each line, and gather one batch that holds deliveries and position
//! together. A line that cannot be handled is set aside and counted. Must not know the store's inside or Discord.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use isr_core::ageing::Reading;
use isr_core::context::SourceContext;
use isr_core::drift::UnknownLines;
use isr_core::source::{Checkpoint, ServerTag, SourceId};
use isr_core::suppressed::RuleName;
use isr_store::{IngestBatch, RULE_OUTBOX_CAP, Tally};
use isr_tail::{FirstLook, Following, Look, Notice, OsFs, Polled, Record, StdinTail, Tail, TailOptions};

use prometheus_client::metrics::counter::Counter;

use super::attendance::Sessions;
use super::notices::{Loss, log_notice};
use super::translate::{Place, Translation, Translator};
use crate::config::Chosen;
use crate::metrics::{EventLabels, Metrics, RuleLabels, ServerLabel};
use crate::status::SourceState;

/// The rule name of lines that could not be handled.
pub const RULE_POISON: RuleName = RuleName::fixed("poison_line");
/// The rule name of bytes that went away unread; its count is in bytes.
pub const RULE_BYTES_LOST: RuleName = RuleName::fixed("bytes_lost");

/// How a source is opened, and opened again after a panic.
#[derive(Debug, Clone)]
pub struct SourcePlan {
    /// Which stream of which server.
    pub id: SourceId,
    /// The file; standard input where there is none.
    pub path: Option<PathBuf>,
    /// Whether the file was named, or is used when it is there.
    pub chosen: Chosen,
    /// The tailer's settings.
    pub options: TailOptions,
    /// Where a file that is there at the first look ever begins.
    pub first_look: FirstLook,
}

/// A source as the configuration wants it.
#[derive(Debug)]
pub struct WantedSource {
    /// How it is opened.
    pub plan: SourcePlan,
    /// Who turns its lines into deliveries.
    pub translator: Translator,
}

/// What is read.
#[derive(Debug)]
enum Input {
    File(Box<Tail<OsFs>>),
    Stdin(Box<StdinTail<std::io::Stdin>>),
}

/// One source.
#[derive(Debug)]
pub struct Source {
    plan: SourcePlan,
    input: Input,
    translator: Translator,
    /// The newest committed checkpoints, oldest generation first: where to go back to.
    committed: Vec<Checkpoint>,
    /// The monotonic time of the next look at the latest.
    next_look: Duration,
    counts: Counts,
    /// What happened while reading was paused, for the next turn.
    unheard: Vec<Notice>,
    /// What ended while reading was paused: the half lines of rotated files, for the next turn.
    put_by: Gathered,
    stdin: StdinSays,
}

/// What was said about standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StdinSays {
    Nothing,
    Reading,
    Ended,
}

/// The metrics of one source, looked up once.
#[derive(Debug)]
struct Counts {
    metrics: Metrics,
    server: ServerLabel,
    lines: Count,
    events: BTreeMap<&'static str, Count>,
}

type Count = Counter<u64, AtomicU64>;

/// What one turn came to.
#[derive(Debug)]
pub struct Turn {
    /// What has to be committed; nothing when nothing changed.
    pub batch: Option<IngestBatch>,
    /// Whether there is more to read at once.
    pub more: bool,
}

/// A game log that was found, not named, and is older than the console log by this much belongs to another time.
const LEFT_OVER_AFTER: Duration = Duration::from_secs(24 * 3600);

/// So many bytes are read before it is asked whether the turn has gathered enough.
const SLICE: usize = 64 * 1024;
/// A turn that has gathered so many deliveries ends.
const ENOUGH_ROWS: usize = 20_000;

/// So many generations are remembered after they ended: the tailer recognises their files.
const REMEMBERED: usize = 16;

impl Source {
    /// A source at its stored position.
    #[must_use]
    pub fn open(
        plan: SourcePlan,
        mut translator: Translator,
        stored: Vec<Checkpoint>,
        metrics: &Metrics,
    ) -> Self {
        translator.resume(context_of(&stored));
        let server = ServerLabel {
            server: plan.id.server.to_string(),
        };
        let lines = metrics.lines_read.get_or_create_owned(&server);
        let input = open_input(&plan, stored.clone());
        let counts = Counts {
            metrics: metrics.clone(),
            server,
            lines,
            events: BTreeMap::new(),
        };
        Self {
            plan,
            input,
            translator,
            committed: stored,
            next_look: Duration::ZERO,
            counts,
            unheard: Vec::new(),
            put_by: Gathered::default(),
            stdin: StdinSays::Nothing,
        }
    }

    /// Which source it is.
    #[must_use]
    pub const fn id(&self) -> &SourceId {
        &self.plan.id
    }

    /// The newest committed positions, oldest generation first.
    #[must_use]
    pub fn durable(&self) -> &[Checkpoint] {
        &self.committed
    }

    /// The file that is followed.
    #[must_use]
    pub fn path(&self) -> Option<&PathBuf> {
        self.plan.path.as_ref()
    }

    /// When it wants to be looked at, on the reader's clock.
    #[must_use]
    pub const fn next_look(&self) -> Duration {
        self.next_look
    }

    /// Its state for `/health`.
    #[must_use]
    pub fn state(&self) -> SourceState {
        let tail = match &self.input {
            Input::File(tail) => tail,
            Input::Stdin(stdin) if stdin.ended() => return SourceState::Stuck("its input has ended"),
            Input::Stdin(_) => return SourceState::Reading,
        };
        match tail.following() {
            Following::Refused(reason) => SourceState::Stuck(reason.as_str()),
            Following::Failing => SourceState::Stuck("its file system fails"),
            Following::File | Following::Waiting if !tail.position_fixed() => SourceState::Starting,
            Following::File => SourceState::Reading,
            Following::Waiting if self.plan.chosen == Chosen::WhenPresent => SourceState::NotUsed,
            Following::Waiting => SourceState::Waiting,
        }
    }

    /// Whether its changes are found by fast polling only.
    #[must_use]
    pub fn misses_hints(&self) -> bool {
        matches!(&self.input, Input::File(tail) if tail.misses_hints())
    }

    /// Says whether the events of this file are being watched.
    pub fn set_hints(&mut self, hints: isr_tail::Hints) {
        if let Input::File(tail) = &mut self.input {
            tail.set_hints(hints);
        }
    }

    /// Tells whether the stream is there, so that its sibling knows its role. Between the rename of the old file and
    /// the making of the new one, at every start of the game, it is there: its descriptor is open. Before its first
    /// look its name tells: its sibling may be read before it.
    #[must_use]
    pub fn is_present(&self) -> bool {
        let Input::File(tail) = &self.input else {
            return true;
        };
        match tail.following() {
            Following::Refused(_) | Following::Failing => false,
            Following::File | Following::Waiting if tail.position_fixed() => tail.open_files() > 0,
            Following::File | Following::Waiting => {
                self.plan.path.as_ref().is_some_and(|path| path.is_file())
            }
        }
    }

    /// Whether this game log, found beside the console log, was left there by an installation that writes elsewhere now:
    /// it has been silent for a day while the console log goes on. It must not silence the console's starts and stops.
    #[must_use]
    pub fn is_left_over(&self, console: Option<&Path>) -> bool {
        let written = |path: &Path| std::fs::metadata(path).and_then(|found| found.modified()).ok();
        let own = self
            .plan
            .path
            .as_deref()
            .filter(|_| self.plan.chosen == Chosen::WhenPresent);
        match (own.and_then(written), console.and_then(written)) {
            (Some(game), Some(console)) => console
                .duration_since(game)
                .is_ok_and(|age| age > LEFT_OVER_AFTER),
            _ => false,
        }
    }

    /// Whether it reads the stream and the file that are wanted.
    #[must_use]
    pub fn is_read_by(&self, wanted: &WantedSource) -> bool {
        self.plan.id == wanted.plan.id && self.plan.path == wanted.plan.path
    }

    /// Goes on as the changed configuration wants it, from the next line on.
    pub fn adopt(&mut self, wanted: WantedSource) {
        let WantedSource { plan, translator } = wanted;
        self.translator.adopt(translator);
        if let Input::File(tail) = &mut self.input {
            tail.set_options(plan.options.clone());
        }
        self.plan = plan;
    }

    /// The game's version, where it tells it.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.translator.context().version()
    }

    /// The sessions of its server.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        self.translator.sessions()
    }

    /// What its lines become.
    #[must_use]
    pub const fn translator(&self) -> &Translator {
        &self.translator
    }

    /// Who turns its lines into deliveries.
    pub const fn translator_mut(&mut self) -> &mut Translator {
        &mut self.translator
    }

    /// Reads at most about `budget` bytes and gathers what came of them. Routes and patterns multiply lines: a turn that
    /// has gathered enough ends earlier.
    pub fn turn(&mut self, look: Look, now: Duration, now_ms: i64, budget: usize) -> Turn {
        let mut gathered = std::mem::take(&mut self.put_by);
        let (translator, counts) = (&mut self.translator, &mut self.counts);
        let (mut look, mut left) = (look, budget);
        let mut notices = Vec::new();
        let polled = loop {
            let mut on_record = |record: Record<'_>| gathered.record(translator, counts, &record, now_ms);
            let polled = match &mut self.input {
                Input::File(tail) => tail.poll(look, now, left.min(SLICE), &mut on_record),
                Input::Stdin(stdin) => stdin.poll(now, left.min(SLICE), &mut on_record),
            };
            notices.extend(polled.notices);
            left = left.saturating_sub(usize::try_from(polled.read_bytes).unwrap_or(usize::MAX));
            if !polled.more || left == 0 || gathered.rows() >= ENOUGH_ROWS {
                break Polled { notices, ..polled };
            }
            look = Look::Again;
        };
        self.next_look = polled.next;
        self.counts.lines.inc_by(gathered.lines);
        self.tell_of_stdin();
        let more = polled.more;
        let unheard = std::mem::take(&mut self.unheard);
        self.note(unheard.into_iter().chain(polled.notices), &mut gathered, now_ms);
        if !more && self.reads_a_file() {
            self.translator.caught_up(now_ms);
        }
        self.translator.tick(now_ms, &mut gathered.found);
        let unknown = self.translator.take_unknown();
        let context = self.translator.context().encode();
        let checkpoints = match &mut self.input {
            Input::File(tail) => tail.take_checkpoints(&context),
            Input::Stdin(stdin) => stdin.take_checkpoints(&context),
        };
        Turn {
            batch: gathered.into_batch(&self.plan.id, checkpoints, unknown),
            more,
        }
    }

    /// Whether there is a file, and it is known from where it is read.
    fn reads_a_file(&self) -> bool {
        match &self.input {
            Input::File(tail) => tail.position_fixed() && tail.following() == Following::File,
            Input::Stdin(_) => false,
        }
    }

    /// Standard input has no rotations to tell of; its beginning and its end are worth a line.
    fn tell_of_stdin(&mut self) {
        let Input::Stdin(stdin) = &self.input else { return };
        let says = if stdin.ended() {
            StdinSays::Ended
        } else {
            StdinSays::Reading
        };
        if std::mem::replace(&mut self.stdin, says) == says {
            return;
        }
        let source = self.plan.id.to_string();
        match says {
            StdinSays::Ended => tracing::info!(
                source,
                "input_ended: what was read is relayed; nothing more will come"
            ),
            _ => tracing::info!(source, "log_tailing_active: standard input"),
        }
    }

    /// Looks without reading while the store takes nothing: rotations are followed, sizes noted. A rotated file whose
    /// time is over hands out its half line all the same: it is put by, for the tailer gives it only once.
    pub fn glance(&mut self, now: Duration, now_ms: i64) {
        let Input::File(tail) = &mut self.input else {
            return;
        };
        let (translator, counts, put_by) = (&mut self.translator, &mut self.counts, &mut self.put_by);
        let mut on_record = |record: Record<'_>| put_by.record(translator, counts, &record, now_ms);
        let polled = tail.poll(Look::Again, now, 0, &mut on_record);
        self.unheard.extend(polled.notices);
    }

    /// The descriptor to wait on, for standard input.
    #[must_use]
    pub fn waiting_on(&self) -> Option<&std::io::Stdin> {
        match &self.input {
            Input::File(_) => None,
            Input::Stdin(stdin) => stdin.waiting_on(),
        }
    }

    /// Notes what is durable now.
    pub fn committed(&mut self, checkpoints: impl IntoIterator<Item = Checkpoint>) {
        for checkpoint in checkpoints {
            match self
                .committed
                .iter_mut()
                .find(|known| known.generation == checkpoint.generation)
            {
                Some(known) => *known = checkpoint,
                None => self.committed.push(checkpoint),
            }
        }
        let too_many = self.committed.len().saturating_sub(REMEMBERED);
        let mut removed = 0;
        self.committed.retain(|checkpoint| {
            let remove = checkpoint.ended && removed < too_many;
            removed += usize::from(remove);
            !remove
        });
    }

    /// Goes back to what is durable, after a panic. Standard input cannot be read again: what was taken is lost with
    /// the batch, and reading goes on.
    pub fn go_back(&mut self, not_before: Duration) {
        self.translator.resume(context_of(&self.committed));
        if matches!(self.input, Input::File(_)) {
            self.put_by = Gathered::default();
            self.input = open_input(&self.plan, self.committed.clone());
        }
        self.next_look = not_before;
    }

    fn note(&mut self, notices: impl Iterator<Item = Notice>, gathered: &mut Gathered, now_ms: i64) {
        for notice in notices {
            log_notice(&self.plan.id, &notice);
            self.counts.notice(&notice);
            let Some(loss) = Loss::of(&notice, self.translator.rules().voice.words(), now_ms) else {
                continue;
            };
            let remark = self
                .translator
                .rules()
                .remark(loss.generation, loss.number, loss.text, now_ms);
            gathered.found.deliveries.push(remark);
            gathered.found.suppressed.more(&RULE_BYTES_LOST, loss.bytes);
        }
    }
}

fn open_input(plan: &SourcePlan, stored: Vec<Checkpoint>) -> Input {
    match &plan.path {
        Some(path) => {
            let tail = Tail::new(OsFs, path.clone(), plan.options.clone(), stored, plan.first_look);
            Input::File(Box::new(tail))
        }
        None => Input::Stdin(Box::new(StdinTail::new(std::io::stdin(), plan.options.line_cap))),
    }
}

/// The newest generation's checkpoint has the latest context.
fn context_of(stored: &[Checkpoint]) -> SourceContext {
    stored
        .last()
        .map(|checkpoint| SourceContext::decode(&checkpoint.context))
        .unwrap_or_default()
}

/// What one turn gathers.
#[derive(Debug, Default)]
struct Gathered {
    found: Translation,
    lines: u64,
}

impl Gathered {
    /// A line that makes us panic would stop everything behind it for ever: it is set aside.
    fn record(&mut self, translator: &mut Translator, counts: &mut Counts, record: &Record<'_>, now_ms: i64) {
        self.lines += 1;
        let reading = if record.live {
            Reading::Live
        } else {
            Reading::CatchUp
        };
        let place = Place {
            generation: record.generation,
            offset: record.start,
            reading,
        };
        let (kept, held) = (self.found.deliveries.len(), self.found.held.len());
        let counted = self.found.facts.len();
        let handled = catch_unwind(AssertUnwindSafe(|| {
            translator.line(record.line, place, now_ms, &mut self.found, |event| {
                counts.event(event.kind().as_str());
            });
        }));
        if handled.is_err() {
            self.found.deliveries.truncate(kept);
            self.found.held.truncate(held);
            self.found.facts.truncate(counted);
            // Alerts stay: the rules remember that they were told.
            self.found.suppressed.one(&RULE_POISON);
            tracing::error!(
                server = %counts.server.server, offset = record.start, bytes = record.line.len(),
                "poison_line: a line could not be handled and was set aside; please report it"
            );
        }
    }

    fn rows(&self) -> usize {
        self.found.deliveries.len() + self.found.held.len()
    }

    fn into_batch(
        self,
        id: &SourceId,
        checkpoints: Vec<Checkpoint>,
        unknown: Vec<UnknownLines>,
    ) -> Option<IngestBatch> {
        let Translation {
            deliveries,
            held,
            suppressed,
            facts,
            alerts,
        } = self.found;
        let nothing = deliveries.is_empty() && held.is_empty() && unknown.is_empty() && facts.is_empty();
        if checkpoints.is_empty() && nothing && alerts.is_empty() {
            return None;
        }
        let tallies = suppressed.into_iter().map(|(rule, count)| Tally {
            server: id.server.clone(),
            rule,
            count,
        });
        let tallies = tallies.collect();
        let checkpoints = checkpoints
            .into_iter()
            .map(|checkpoint| (id.clone(), checkpoint))
            .collect();
        Some(IngestBatch {
            checkpoints,
            deliveries,
            held,
            tallies,
            unknown,
            facts,
            alerts,
            ..IngestBatch::default()
        })
    }
}

impl Counts {
    fn notice(&self, notice: &Notice) {
        let counter = match notice {
            Notice::Rotated { .. } => &self.metrics.rotations,
            Notice::Truncated { .. } => &self.metrics.truncations,
            Notice::LineTooLong { .. } => &self.metrics.lines_too_long,
            Notice::GenerationGap { .. } => &self.metrics.generation_gaps,
            Notice::BytesLost { bytes, .. } => {
                self.metrics.bytes_lost.get_or_create(&self.server).inc_by(*bytes);
                return;
            }
            _ => return,
        };
        counter.get_or_create(&self.server).inc();
    }

    fn event(&mut self, kind: &'static str) {
        let (family, server) = (&self.metrics.events, &self.server.server);
        let known = self.events.entry(kind).or_insert_with(|| {
            family.get_or_create_owned(&EventLabels {
                server: server.clone(),
                kind,
            })
        });
        known.inc();
    }

    /// Counts what a batch suppressed, once it is durable.
    fn tallies(&self, tallies: &[Tally]) {
        for tally in tallies {
            let labels = RuleLabels {
                server: tally.server.to_string(),
                rule: tally.rule.as_str().to_owned(),
            };
            self.metrics.suppressed.get_or_create(&labels).inc_by(tally.count);
        }
    }
}

impl Source {
    /// Counts what a committed batch suppressed.
    pub fn count_tallies(&self, tallies: &[Tally]) {
        self.counts.tallies(tallies);
    }

    /// Counts the waiting deliveries that the store dropped to make room, whichever server they told of.
    pub fn count_dropped(&self, dropped: &[(ServerTag, u64)]) {
        for (server, count) in dropped {
            let labels = RuleLabels {
                server: server.to_string(),
                rule: RULE_OUTBOX_CAP.to_owned(),
            };
            self.counts
                .metrics
                .suppressed
                .get_or_create(&labels)
                .inc_by(*count);
        }
    }
}

#[cfg(test)]
mod tests;
