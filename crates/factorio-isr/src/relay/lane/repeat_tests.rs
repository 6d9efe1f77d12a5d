//! What a lane does again, because nobody knows whether it was done: the same once more.

use std::sync::atomic::Ordering;

use isr_core::delivery::NewDelivery;

use super::tests::{Asked, Stage, lock};
use super::*;
use crate::relay::sink::{AttemptOutcome, EditOutcome, OutgoingMessage};

const NO_ANSWER: AttemptOutcome = AttemptOutcome::Uncertain { why: "no answer" };
const NO_EDIT: EditOutcome = EditOutcome::Uncertain { why: "no answer" };

fn recognising() -> Stage {
    let stage = Stage::new();
    stage.sink.recognises.store(true, Ordering::Relaxed);
    stage
}

/// Lines that fill a message to its last character, a few seconds before they become late.
fn full_message(stage: &mut Stage) -> Vec<NewDelivery> {
    let happened_ms = now_ms() - 57_000;
    (0..40)
        .map(|number| {
            let length = if number == 0 { 50 } else { 49 };
            NewDelivery {
                happened_ms,
                ..stage.delivery("chat", &format!("{number:x<length$}"))
            }
        })
        .collect()
}

async fn message(stage: &Stage, number: usize) -> OutgoingMessage {
    match stage.asked(number).await.1 {
        Asked::Post(message) => message,
        edit => panic!("no post: {edit:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn d01_a_message_without_an_answer_is_repeated_as_it_was_though_its_lines_became_late() {
    let mut stage = recognising();
    let lines = full_message(&mut stage);
    lock(&stage.sink.posts).extend([NO_ANSWER, NO_ANSWER]);
    stage
        .sink
        .answers_at
        .store(lines[0].happened_ms + 60_000, Ordering::Relaxed);
    stage.commit(lines);
    let first = message(&stage, 0).await;
    stage.write("chat", "meanwhile");
    assert_eq!(first.lines, 40);
    assert_eq!(message(&stage, 1).await, first);
    assert_eq!(message(&stage, 2).await, first);
    assert_eq!(message(&stage, 3).await.content, "meanwhile");
    stage.end(4).await;
}

#[tokio::test(start_paused = true)]
async fn f01_after_a_kill_the_same_lines_are_repeated_rather_than_their_times_shown() {
    let mut stage = recognising();
    let lines = full_message(&mut stage);
    let late = lines[0].happened_ms + 60_000;
    stage.sink.is_dead.store(true, Ordering::Relaxed);
    stage.commit(lines);
    let first = message(&stage, 0).await;
    assert_eq!(first.lines, 40);
    while now_ms() <= late {
        std::thread::yield_now();
    }
    stage.sink.is_dead.store(false, Ordering::Relaxed);
    stage.kill().await;
    let again = message(&stage, 1).await;
    assert_eq!((again.lines, again.nonce), (first.lines, first.nonce));
    stage.write("chat", "after");
    assert_eq!(message(&stage, 2).await.content, "after");
    stage.end(3).await;
}

#[tokio::test(start_paused = true)]
async fn f01_after_a_kill_what_was_claimed_beside_a_message_does_not_join_it() {
    let mut stage = recognising();
    // Two units a character: more is claimed than fits.
    let wide = "🚂".repeat(40);
    let lines: Vec<_> = (0..40)
        .map(|number| stage.delivery("chat", &format!("{number} {wide}")))
        .collect();
    // The first message is refused: its lines go out one by one.
    let refused = AttemptOutcome::Rejected {
        why: "a culprit".into(),
    };
    lock(&stage.sink.posts).push_back(refused);
    stage.commit(lines);
    assert!(message(&stage, 0).await.lines > 1);
    let alone = message(&stage, 1).await;
    stage.sink.is_dead.store(true, Ordering::Relaxed);
    let last = message(&stage, 2).await;
    assert_eq!((alone.lines, last.lines), (1, 1));
    stage.sink.is_dead.store(false, Ordering::Relaxed);
    stage.kill().await;
    let again = message(&stage, 3).await;
    assert_eq!(again, last);
}

/// A new start does not know yet that names are refused; only the bot can have posted lines of several speakers together.
#[tokio::test(start_paused = true)]
async fn f01_after_a_kill_a_message_that_named_its_speakers_is_repeated_as_it_was() {
    let mut stage = recognising();
    stage.sink.has_one_name.store(true, Ordering::Relaxed);
    // A count that waits lets others join it, whoever they are.
    stage.write("warning", "no path");
    message(&stage, 0).await;
    stage.sink.is_dead.store(true, Ordering::Relaxed);
    let lines = vec![
        stage.delivery("warning", "no path"),
        stage.said("Bob", "hi"),
        stage.said("Ann", "ho"),
    ];
    stage.commit(lines);
    let first = message(&stage, 1).await;
    assert!(first.lines > 1, "{first:?}");
    stage.sink.is_dead.store(false, Ordering::Relaxed);
    stage.sink.has_one_name.store(false, Ordering::Relaxed);
    stage.kill().await;
    let again = message(&stage, 2).await;
    assert_eq!(again, first);
    stage.write("chat", "after");
    let mut posts = 3;
    while message(&stage, posts).await.content != "after" {
        posts += 1;
    }
    stage.end(posts + 1).await;
}

#[tokio::test(start_paused = true)]
async fn two_stores_mark_the_same_deliveries_differently() {
    let (mut one, mut other) = (recognising(), recognising());
    one.write("chat", "hi");
    other.write("chat", "hi");
    let (ours, theirs) = (message(&one, 0).await, message(&other, 0).await);
    assert_eq!(ours.content, theirs.content);
    assert_ne!(ours.nonce, theirs.nonce);
}

#[tokio::test(start_paused = true)]
async fn an_edit_without_an_answer_is_made_again_and_tells_nothing_twice() {
    let mut stage = Stage::new();
    stage.moves("leave", "Bob");
    stage.posted(0).await;
    lock(&stage.sink.edits).extend([
        NO_EDIT,
        EditOutcome::NotNow {
            why: "rate limited",
            after: Some(Duration::from_secs(2)),
        },
        NO_EDIT,
    ]);
    stage.moves("join", "Bob");
    stage.write("chat", "hi");
    for number in 1..=4 {
        let (_, id, text) = stage.edited(number).await;
        assert_eq!((id, text.as_str()), (1, "🔁 **Bob** reconnected"));
    }
    assert_eq!(stage.posted(5).await.1, "hi");
    assert_eq!(stage.resent(), 0);
    stage.end(6).await;
}

#[tokio::test(start_paused = true)]
async fn what_an_edit_may_have_told_is_posted_in_the_end_and_counted_as_resent() {
    for outcomes in [
        vec![NO_EDIT; 5],
        vec![NO_EDIT, EditOutcome::Refused { why: "no".into() }],
        vec![
            NO_EDIT,
            EditOutcome::NotNow {
                why: "rate limited",
                after: Some(Duration::from_secs(600)),
            },
        ],
    ] {
        let mut stage = Stage::new();
        stage.moves("leave", "Bob");
        stage.posted(0).await;
        let edits = outcomes.len();
        lock(&stage.sink.edits).extend(outcomes);
        stage.moves("join", "Bob");
        assert_eq!(stage.posted(1 + edits).await.1, "Bob join");
        assert_eq!(stage.resent(), 1);
        stage.end(2 + edits).await;
    }
}

/// Bob left and came back: the edit of the first message was tried once, and nobody knows what became of it.
async fn with_unanswered_edit() -> Stage {
    let mut stage = Stage::new();
    stage.moves("leave", "Bob");
    stage.posted(0).await;
    lock(&stage.sink.edits).push_back(NO_EDIT);
    stage.moves("join", "Bob");
    stage.edited(1).await;
    stage
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_is_unanswered_when_the_lane_ends_is_given_back_as_uncertain() {
    let mut stage = with_unanswered_edit().await;
    let rows = stage.stop_and_claim().await;
    assert_eq!((rows.len(), rows[0].uncertain), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_gone_was_there_only_if_it_was_sent_before() {
    let mut stage = recognising();
    lock(&stage.sink.posts).extend([
        NO_ANSWER,
        AttemptOutcome::AlreadyGone,
        AttemptOutcome::AlreadyGone,
    ]);
    stage.write("chat", "deleted by a moderator");
    let first = message(&stage, 0).await;
    assert_eq!(message(&stage, 1).await, first);
    stage.write("chat", "never there");
    assert_eq!(message(&stage, 2).await.content, "never there");
    stage.write("chat", "end");
    message(&stage, 3).await;
    assert_eq!(stage.end(4).await, 1, "one was given up");
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_is_unanswered_when_another_copy_speaks_is_counted() {
    let stage = with_unanswered_edit().await;
    stage.sink.stands_by.store(true, Ordering::Relaxed);
    // The rows are claimed again, as uncertain ones.
    while stage.store.health().uncertain_resends() == 0 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    stage.sink.stands_by.store(false, Ordering::Relaxed);
    assert_eq!(stage.posted(2).await.1, "Bob join");
    assert_eq!(stage.resent(), 1);
    stage.end(3).await;
}
