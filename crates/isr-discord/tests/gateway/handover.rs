//! Whoever takes events may be slow: nothing is thrown away, and nobody is mistaken for dead.

use isr_discord::gateway::Leave;

use crate::stage::{Stage, numbered, secs, with_queue};

#[tokio::test(start_paused = true)]
async fn a_full_queue_loses_nothing_and_is_no_dead_connection() {
    let stage = Stage::new().await;
    let mut running = stage.live_with(with_queue(stage.options(), 4)).await;
    stage.post(1..=100);
    stage.clock.pass(secs(900)).await;
    let counts = running.status().counts;
    assert_eq!((counts.losses, counts.stalls), (0, 1));
    let beats = stage.gateway().look(|seen| seen.beats.len());
    assert!(beats >= 20, "{beats}");
    let mut texts = Vec::new();
    let all_came = || {
        texts.append(&mut running.texts());
        texts.len() >= 100
    };
    stage.clock.until(secs(20), all_came).await;
    assert_eq!(texts, numbered(1..=100));
    stage.clock.pass(secs(300)).await;
    assert_eq!(running.status().counts.losses, 0);
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_cut_while_nobody_takes_events_goes_on_without_loss_or_double() {
    let stage = Stage::new().await;
    let mut running = stage.live_with(with_queue(stage.options(), 2)).await;
    stage.post(1..=50);
    stage.clock.pass(secs(5)).await;
    stage.gateway().cut();
    stage.clock.pass(secs(5)).await;
    let mut texts = Vec::new();
    stage
        .clock
        .until(secs(300), || {
            texts.append(&mut running.texts());
            texts.len() >= 50
        })
        .await;
    stage.clock.pass(secs(60)).await;
    texts.append(&mut running.texts());
    assert_eq!(texts, numbered(1..=50));
    assert_eq!(running.status().counts.identifies, 1);
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn what_was_not_taken_at_a_stop_is_told_again_after_it() {
    let stage = Stage::new().await;
    let mut running = stage.live_with(with_queue(stage.options(), 3)).await;
    stage.post(1..=10);
    stage.clock.settle().await;
    running.handle.stop(Leave::ForAWhile).await;
    stage.clock.until(secs(6), || running.is_over()).await;
    // What is in the queue can still be taken; the fourth was never handed over.
    assert_eq!(running.texts(), numbered(1..=3));
    let (_, state) = running.end().await;
    let mut again = stage.begin_with(stage.options(), &state);
    stage.clock.until(secs(5), || again.is_live()).await;
    assert_eq!(again.texts(), numbered(4..=10));
}
