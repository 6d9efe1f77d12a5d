//! Tests of a source's turn: poisonous lines, going back, losses, left-over game logs.

use std::io::Write;

use super::*;
use crate::config::{self, Overrides, Surroundings};
use crate::relay::plan;

/// A source of the only server of an environment-only configuration, reading `log` from its beginning.
fn source(log: &Path, stored: Vec<Checkpoint>) -> Source {
    let surroundings = Surroundings::empty(log.parent().unwrap())
        .with_variable("FACTORIO_LOG_PATH", log.to_string_lossy())
        .with_variable(
            "FACTORIO_ISR_STATE_DIR",
            log.with_extension("state").to_string_lossy(),
        );
    let config = config::load(&surroundings, &Overrides::default()).unwrap().config;
    let server = &config.servers[0];
    let translator = plan::translator(server, plan::rules(server, &config.limits).into());
    let plan = SourcePlan {
        id: SourceId {
            server: server.tag.clone(),
            stream: isr_core::source::Stream::Console,
        },
        path: Some(log.to_path_buf()),
        chosen: Chosen::Named,
        options: TailOptions::default(),
        first_look: FirstLook::Beginning,
    };
    Source::open(plan, translator, stored, &Metrics::new().0)
}

fn texts(batch: &IngestBatch) -> Vec<&str> {
    batch
        .deliveries
        .iter()
        .map(|delivery| delivery.text.as_str())
        .collect()
}

const LINES: &[u8] =
    b"[MILESTONE] Ada completed: one\n[MILESTONE] Ada completed: BOOM\n[MILESTONE] Ada completed: two\n";

#[test]
fn a_game_log_that_was_left_behind_does_not_silence_the_console_log() {
    let folder = tempfile::tempdir().unwrap();
    let (console, game) = (
        folder.path().join("console.log"),
        folder.path().join("factorio-current.log"),
    );
    std::fs::write(&console, "").unwrap();
    std::fs::write(&game, "").unwrap();
    let mut found = source(&game, Vec::new());
    found.plan.chosen = Chosen::WhenPresent;
    assert!(!found.is_left_over(Some(&console)));
    let long_ago = std::time::SystemTime::now() - 2 * LEFT_OVER_AFTER;
    std::fs::File::options()
        .write(true)
        .open(&game)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    assert!(found.is_left_over(Some(&console)));
    found.plan.chosen = Chosen::Named;
    assert!(!found.is_left_over(Some(&console)), "what was named is believed");
}

#[test]
fn p02_a_line_that_makes_us_panic_is_set_aside_and_counted_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    std::fs::write(&log, LINES).unwrap();
    let mut source = source(&log, Vec::new());
    source.translator_mut().panics_at = Some(b"BOOM");
    let turn = source.turn(Look::Timed, Duration::ZERO, 1_700_000_000_000, 1 << 20);
    let batch = turn.batch.unwrap();
    assert_eq!(
        texts(&batch),
        [
            "🏆 **Ada** completed milestone: *one*",
            "🏆 **Ada** completed milestone: *two*"
        ]
    );
    assert!(
        batch
            .tallies
            .iter()
            .any(|tally| tally.rule == RULE_POISON && tally.count == 1)
    );
    let (_, last) = batch.checkpoints.last().unwrap();
    assert_eq!(
        last.offset,
        LINES.len() as u64,
        "the position passes the line, or it would stop us for ever"
    );
}

#[test]
fn f12_a_half_line_that_ends_while_reading_is_paused_is_kept_for_the_next_turn() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    std::fs::write(
        &log,
        "[MILESTONE] Ada completed: one\n[MILESTONE] Ada completed: half",
    )
    .unwrap();
    let mut source = source(&log, Vec::new());
    let first = source.turn(Look::Timed, Duration::ZERO, 0, 1 << 20);
    assert_eq!(
        texts(&first.batch.unwrap()),
        ["🏆 **Ada** completed milestone: *one*"]
    );
    std::fs::rename(&log, folder.path().join("console.log.1")).unwrap();
    std::fs::write(&log, "[MILESTONE] Ada completed: next\n").unwrap();
    // The store takes nothing for longer than a rotated file is waited for.
    for second in 1..60 {
        source.glance(Duration::from_secs(second), 0);
    }
    let after = source.turn(Look::Timed, Duration::from_secs(60), 0, 1 << 20);
    assert_eq!(
        texts(&after.batch.unwrap()),
        [
            "🏆 **Ada** completed milestone: *half*",
            "🏆 **Ada** completed milestone: *next*"
        ]
    );
}

#[test]
fn f05_what_is_lost_while_reading_is_paused_is_told_when_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    std::fs::write(&log, LINES).unwrap();
    let mut source = source(&log, Vec::new());
    let first = source.turn(Look::Timed, Duration::ZERO, 0, 1 << 20);
    assert!(first.batch.is_some());
    let unread = "[MILESTONE] Ada completed: never read\n";
    let mut writer = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    writer.write_all(unread.as_bytes()).unwrap();
    source.glance(Duration::from_secs(1), 0);
    // Truncated without a copy, while the store takes nothing.
    std::fs::write(&log, "[MILESTONE] Ada completed: anew\n").unwrap();
    for second in 2..60 {
        source.glance(Duration::from_secs(second), 0);
    }
    let after = source.turn(Look::Timed, Duration::from_secs(60), 0, 1 << 20);
    let batch = after.batch.unwrap();
    let lost = batch.tallies.iter().find(|tally| tally.rule == RULE_BYTES_LOST);
    assert_eq!(lost.map(|tally| tally.count), Some(unread.len() as u64));
    let texts = texts(&batch);
    assert!(
        texts.len() == 2 && texts.contains(&"🏆 **Ada** completed milestone: *anew*"),
        "the loss is told as well: {texts:?}"
    );
}

#[test]
fn p02_a_source_that_goes_back_reads_again_what_was_not_committed_under_the_same_ids() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    std::fs::write(&log, LINES).unwrap();
    let mut source = source(&log, Vec::new());
    let first = source
        .turn(Look::Timed, Duration::ZERO, 0, 1 << 20)
        .batch
        .unwrap();
    source.committed(first.checkpoints.iter().map(|(_, checkpoint)| checkpoint.clone()));
    let mut writer = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    writer.write_all(b"[MILESTONE] Ada completed: three\n").unwrap();

    let lost = source
        .turn(Look::Hinted, Duration::from_secs(1), 0, 1 << 20)
        .batch
        .unwrap();
    source.go_back(Duration::from_secs(1));
    let again = source
        .turn(Look::Timed, Duration::from_secs(2), 0, 1 << 20)
        .batch
        .unwrap();
    assert_eq!(texts(&lost), ["🏆 **Ada** completed milestone: *three*"]);
    let ids = |batch: &IngestBatch| {
        batch
            .deliveries
            .iter()
            .map(|delivery| delivery.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&again), ids(&lost));
}

#[test]
fn a_turn_ends_when_it_has_gathered_enough() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("console.log");
    let line = "[MILESTONE] Ada completed: one\n";
    std::fs::write(&log, line.repeat(100_000)).unwrap();
    let mut source = source(&log, Vec::new());
    let turn = source.turn(Look::Timed, Duration::ZERO, 0, usize::MAX);
    let batch = turn.batch.unwrap();
    let gathered = batch.deliveries.len();
    assert!(
        (ENOUGH_ROWS..ENOUGH_ROWS + SLICE / line.len() + 2).contains(&gathered),
        "{gathered}"
    );
    assert!(turn.more);
    assert_eq!(batch.checkpoints[0].1.offset, (gathered * line.len()) as u64);
}
