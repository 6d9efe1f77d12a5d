//! Random lives of a log against a model: whatever happens to the file and to the process, the records are the
//! lines that were written, each once, in order; what is missing is counted to the byte.

mod support;

use std::time::Duration;

use isr_tail::sim::{EIO, Fault, Inodes, Op as FsOp, SimFs};
use isr_tail::{FirstLook, Look};
use proptest::prelude::*;
use support::*;

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    AppendHalf,
    FinishHalf,
    /// Rename rotation; the new file appears with the next line.
    Rotate,
    CopyTruncate,
    /// The only ways content is destroyed.
    Delete,
    Truncate,
    /// Cut, and written again beyond the old size at once.
    Rewrite,
    Poll(usize),
    Wait(u64),
    Commit,
    Kill,
    /// A read fails at one look, after so many short ones.
    Fail(usize, usize),
}

fn gentle_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..30_usize).prop_map(Step::Append),
        2 => Just(Step::AppendHalf),
        2 => Just(Step::FinishHalf),
        2 => Just(Step::Rotate),
        2 => Just(Step::CopyTruncate),
        3 => prop_oneof![Just(0), 1..300_usize, Just(PLENTY)].prop_map(Step::Poll),
        2 => (0..15_u64).prop_map(Step::Wait),
        2 => Just(Step::Commit),
        2 => Just(Step::Kill),
        2 => (0..20_usize, prop_oneof![Just(0), Just(PLENTY)]).prop_map(|(calls, budget)| Step::Fail(calls, budget)),
    ]
}

fn rough_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => gentle_step(),
        1 => prop_oneof![Just(Step::Delete), Just(Step::Truncate), Just(Step::Rewrite)],
    ]
}

/// What a writer did, and what of it must come out.
struct Model {
    rig: Rig<SimFs>,
    /// The content of each incarnation, the last one being written.
    incarnations: Vec<Vec<u8>>,
    next_line: usize,
    half: bool,
    /// The old file is gone, so that only a look at the new one can connect it with what comes later.
    cut_off: bool,
}

impl Model {
    fn new(inodes: Inodes) -> Self {
        let mut rig = sim_with(inodes, FirstLook::End);
        // A life begins with a look at nothing, then at the first line: before that nothing can be recognised.
        rig.poll();
        rig.commit();
        let mut model = Self {
            rig,
            incarnations: vec![Vec::new()],
            next_line: 0,
            half: false,
            cut_off: false,
        };
        model.append(1);
        model.rig.poll();
        model.rig.commit();
        model
    }

    fn write(&mut self, bytes: &[u8]) {
        self.rig.fs.append(LOG, bytes);
        self.incarnations
            .last_mut()
            .into_iter()
            .for_each(|content| content.extend_from_slice(bytes));
    }

    fn line(&mut self) -> String {
        self.next_line += 1;
        format!(
            "{:05} line {}",
            self.next_line,
            "x".repeat(self.next_line * 7 % 60)
        )
    }

    fn append(&mut self, count: usize) {
        for _ in 0..count {
            let line = self.line();
            self.write(format!("{line}\n").as_bytes());
        }
        self.half = false;
    }

    fn new_incarnation(&mut self) {
        self.incarnations.push(Vec::new());
        self.half = false;
    }

    fn shift_siblings(&self) {
        for n in (1..40).rev() {
            if self.rig.fs.exists(format!("{LOG}.{n}")) {
                self.rig
                    .fs
                    .rename(format!("{LOG}.{n}"), format!("{LOG}.{}", n + 1));
            }
        }
    }

    /// Content that nobody ever looked at cannot be recognised in a copy, nor counted when it is destroyed.
    fn look_before_destroying(&mut self) {
        for _ in 0..2 {
            self.rig.poll_with(Look::Again, 0);
        }
        self.rig.commit();
        self.cut_off = false;
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Append(count) => self.append(*count),
            Step::AppendHalf => {
                let line = self.line();
                let half = line.len() / 2;
                self.write(&line.as_bytes()[..half]);
                self.half = true;
            }
            Step::FinishHalf if self.half => {
                self.write(b" finished\n");
                self.half = false;
            }
            Step::Rotate if self.rig.fs.exists(LOG) => {
                if self.cut_off {
                    self.look_before_destroying();
                }
                self.shift_siblings();
                self.rig.fs.rename(LOG, format!("{LOG}.1"));
                self.new_incarnation();
            }
            Step::CopyTruncate if self.rig.fs.exists(LOG) => {
                self.look_before_destroying();
                self.shift_siblings();
                self.rig.fs.copy(LOG, format!("{LOG}.1"));
                self.rig.fs.truncate(LOG, 0);
                self.new_incarnation();
            }
            Step::Delete if self.rig.fs.exists(LOG) => {
                self.look_before_destroying();
                self.rig.fs.remove(LOG);
                self.new_incarnation();
                self.cut_off = true;
            }
            Step::Truncate | Step::Rewrite if self.rig.fs.exists(LOG) => {
                self.look_before_destroying();
                let old = self.rig.fs.content(LOG).len();
                self.rig.fs.truncate(LOG, 0);
                self.new_incarnation();
                if matches!(step, Step::Rewrite) {
                    while self
                        .incarnations
                        .last()
                        .is_some_and(|content| content.len() <= old)
                    {
                        self.append(1);
                    }
                }
            }
            Step::Poll(budget) => {
                self.rig.poll_with(Look::Timed, *budget);
            }
            Step::Wait(seconds) => self.rig.now += Duration::from_secs(*seconds),
            Step::Commit => self.rig.commit(),
            Step::Kill => self.rig.kill(),
            Step::Fail(calls, budget) => {
                for _ in 0..*calls {
                    self.rig.fs.inject(FsOp::Read, Fault::Short(3));
                }
                self.rig.fs.inject(FsOp::Read, Fault::Errno(EIO));
                self.rig.poll_with(Look::Timed, *budget);
                // An error that stays for the whole rotation wait would be given up on.
                self.rig.fs.clear_faults();
                self.rig.poll_with(Look::Timed, 0);
            }
            _ => {}
        }
    }

    /// Ends the log with one more line and reads everything.
    fn settle(&mut self) {
        self.append(1);
        for _ in 0..4 {
            self.rig.poll_after(15 * SECOND);
            self.rig.commit();
        }
        // Nothing comes twice after one more restart.
        let seen = self.rig.seen.len();
        self.rig.kill();
        self.rig.poll_after(15 * SECOND);
        self.rig.poll_after(15 * SECOND);
        self.rig.commit();
        assert_eq!(self.rig.seen.len(), seen, "a restart reads something twice");
        assert_eq!(self.rig.fs.open_handles(), 1, "a descriptor stays open");
    }

    fn written(&self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let mut whole = Vec::new();
        let mut halves = Vec::new();
        for content in &self.incarnations {
            for line in content.split_inclusive(|byte| *byte == b'\n') {
                match line.strip_suffix(b"\n") {
                    Some(line) => whole.push(line.to_vec()),
                    None => halves.push(line.to_vec()),
                }
            }
        }
        (whole, halves)
    }
}

fn of(model: &Model, terminated: bool) -> Vec<Vec<u8>> {
    let wanted = model.rig.seen.iter().filter(|seen| seen.terminated == terminated);
    wanted.map(|seen| seen.line.clone()).collect()
}

fn text(lines: &[Vec<u8>]) -> Vec<String> {
    lines
        .iter()
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn while_content_stays_readable_nothing_is_lost_doubled_or_reordered(
        steps in prop::collection::vec(gentle_step(), 1..60),
    ) {
        let mut model = Model::new(Inodes::Unique);
        for step in &steps {
            model.run(step);
        }
        model.settle();
        let (whole, mut halves) = model.written();
        prop_assert_eq!(text(&of(&model, true)), text(&whole));
        let mut flushed = of(&model, false);
        flushed.sort();
        halves.sort();
        prop_assert_eq!(text(&flushed), text(&halves));
        prop_assert_eq!(model.rig.lost_bytes(), 0);
    }

    #[test]
    fn what_is_destroyed_unread_is_counted_to_the_byte(
        steps in prop::collection::vec(rough_step(), 1..60),
    ) {
        let mut model = Model::new(Inodes::Reused);
        for step in &steps {
            model.run(step);
        }
        model.settle();
        let written: usize = model.incarnations.iter().map(Vec::len).sum();
        let read: u64 = model.rig.seen.iter().map(|seen| seen.end - seen.start).sum();
        prop_assert_eq!(read + model.rig.lost_bytes(), written as u64);

        let (whole, _) = model.written();
        let mut seen = of(&model, true);
        for line in &seen {
            prop_assert!(whole.contains(line), "spurious: {:?}", String::from_utf8_lossy(line));
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        prop_assert_eq!(seen.len(), count, "a line came twice");
    }

    #[test]
    fn every_stored_offset_is_a_line_start(steps in prop::collection::vec(gentle_step(), 1..40)) {
        let mut model = Model::new(Inodes::Unique);
        for step in &steps {
            model.run(step);
            model.rig.commit();
            for stored in model.rig.store.iter().filter(|stored| !stored.ended) {
                let offset = usize::try_from(stored.offset).unwrap();
                let starts_line = |content: &Vec<u8>| offset == 0 || content.get(offset - 1) == Some(&b'\n');
                prop_assert!(model.incarnations.iter().any(starts_line), "{:?} {:?}", stored, model.rig.notices);
                prop_assert!(stored.seen_size >= stored.offset);
            }
        }
    }
}
