//! F04 to F09 and F20: the log is copied and truncated, absent, deleted and made again, or replaced.

use std::fs;

use isr_testkit::log::noise::Noise;
use isr_testkit::log::{LogWriter, numbered};
use isr_testkit::process::Signal;
use isr_testkit::rng::Rng;

use crate::stage::{ONLY, SOON, Stage};

#[tokio::test]
async fn f04_copy_truncate_while_caught_up_repeats_nothing() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..40).unwrap();
    stage.wait_for_id(0, 39).await;
    log.copy_truncate(log.path().with_extension("log.1")).unwrap();
    log.numbered_many(0, 40..50).unwrap();
    stage.wait_for_id(0, 49).await;
    assert_eq!(running.metric("truncations_total").await, 1);
    assert_eq!(running.metric("bytes_lost_total").await, 0);
    running.stop().await;
    // After a restart the copy is still known.
    let running = stage.start().await;
    log.numbered(0, 50).unwrap();
    stage.wait_for_id(0, 50).await;
    running.stop().await;
    stage.judge(&[(0, 0..51)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f05_copy_truncate_ten_thousand_lines_behind_is_read_on_in_the_copy() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    running.daemon.freeze().unwrap();
    let mut noise = Noise::new(Rng::new(5));
    for id in 10..110 {
        log.many((0..99).map(|_| noise.line())).unwrap();
        log.numbered(0, id).unwrap();
    }
    log.copy_truncate(log.path().with_extension("log.1")).unwrap();
    log.numbered_many(0, 110..120).unwrap();
    running.daemon.signal(Signal::CONT).unwrap();
    stage.wait_for_id(0, 119).await;
    assert_eq!(running.metric("bytes_lost_total").await, 0);
    running.stop().await;
    stage.judge(&[(0, 0..120)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f05_with_the_copy_out_of_sight_the_unread_bytes_are_counted_exactly_and_told() {
    let stage = Stage::new().await;
    // A small outbox and no Discord: reading pauses early, with sizes still being watched.
    stage.write_yaml("limits:\n  outbox:\n    max_rows: 100\n");
    let mut log = stage.log();
    let running = stage.start().await;
    stage.discord.refuse_connections().await;
    running.daemon.freeze().unwrap();
    // More than is read ahead of the commit that is refused.
    let mut noise = Noise::new(Rng::new(6));
    for id in 0..400 {
        log.numbered(0, id).unwrap();
        log.many((0..99).map(|_| noise.line())).unwrap();
    }
    let text = fs::read_to_string(log.path()).unwrap();
    running.daemon.signal(Signal::CONT).unwrap();
    running
        .wait_for_health(|answer| answer.status == 503 && answer.body.contains("outbox is at its cap"))
        .await;
    log.copy_truncate(stage.command.home().join("hidden")).unwrap();
    stage.discord.accept_connections().await.unwrap();
    running.wait_for_metric("bytes_lost_total", |lost| lost > 0).await;
    let lost = running.metric("bytes_lost_total").await;
    let told = format!("{lost} bytes of the server's log went away");
    stage.discord.wait_for_text(&told, SOON).await.unwrap();
    log.numbered(0, 500).unwrap();
    stage.wait_for_id(0, 500).await;
    running.stop().await;

    let mut oracle = stage.judge(&[(0, 0..400), (0, 500..501)]);
    let delivered = oracle.delivered(0) - 1;
    // What was read is a beginning of the file that ends where the lost bytes begin.
    let read = &text[..text.len() - usize::try_from(lost).unwrap()];
    assert_eq!(
        read.matches(numbered::MARK).count() as u64,
        delivered,
        "exactly the unread bytes are counted"
    );
    oracle.account(0, delivered..400, "bytes lost");
    oracle.assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f06_truncated_and_regrown_beyond_the_old_offset_is_read_from_its_beginning() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..20).unwrap();
    stage.wait_for_id(0, 19).await;
    running.daemon.freeze().unwrap();
    log.truncate().unwrap();
    log.numbered_many(0, 20..100).unwrap();
    running.daemon.signal(Signal::CONT).unwrap();
    stage.wait_for_id(0, 99).await;
    assert_eq!(running.metric("truncations_total").await, 1);
    running.stop().await;
    stage.judge(&[(0, 0..100)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f06_the_same_while_the_program_is_stopped() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..20).unwrap();
    stage.wait_for_id(0, 19).await;
    running.stop().await;
    log.truncate().unwrap();
    log.numbered_many(0, 20..100).unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, 99).await;
    running.stop().await;
    stage.judge(&[(0, 0..100)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f07_a_log_that_is_absent_at_the_start_is_read_from_its_first_byte() {
    let stage = Stage::new().await;
    let folder = stage.log_path().parent().unwrap().to_owned();
    let running = stage.start().await;
    running.wait_for_trouble(ONLY, "waiting for its log file").await;
    // Even its folder comes later.
    fs::create_dir_all(&folder).unwrap();
    let beside = folder.join("beside");
    let mut log = LogWriter::open(&beside).unwrap();
    log.numbered_many(0, 0..30).unwrap();
    fs::rename(&beside, stage.log_path()).unwrap();
    stage.wait_for_id(0, 29).await;
    running
        .wait_for_health(|answer| answer.body.contains("\"healthy\""))
        .await;
    let mut log = stage.log();
    log.truncate().unwrap();
    running
        .wait_for_metric("truncations_total", |truncations| truncations == 1)
        .await;
    log.numbered_many(0, 30..40).unwrap();
    stage.wait_for_id(0, 39).await;
    running.stop().await;
    stage.judge(&[(0, 0..40)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f07_a_log_that_appears_while_the_program_is_down_is_read_from_its_first_byte() {
    let stage = Stage::new().await;
    let running = stage.start().await;
    running.wait_for_trouble(ONLY, "waiting for its log file").await;
    running.stop().await;
    fs::create_dir_all(stage.log_path().parent().unwrap()).unwrap();
    stage.log().numbered_many(0, 0..30).unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, 29).await;
    running.stop().await;
    stage.judge(&[(0, 0..30)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f08_deleted_and_made_again_while_running() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    for round in 0..3 {
        log.numbered_many(0, 30 * round..30 * round + 10 * round + 10)
            .unwrap();
        stage.wait_for_id(0, 30 * round + 10 * round + 9).await;
        log.recreate().unwrap();
    }
    log.numbered_many(0, 100..130).unwrap();
    stage.wait_for_id(0, 129).await;
    running.stop().await;
    stage
        .judge(&[(0, 0..10), (0, 30..50), (0, 60..90), (0, 100..130)])
        .assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f08_deleted_and_made_again_with_the_same_inode_while_stopped() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    running.stop().await;
    // Longer than what was read: only the content tells that it is another file.
    log.recreate().unwrap();
    log.numbered_many(0, 10..60).unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, 59).await;
    running.stop().await;
    stage.judge(&[(0, 0..60)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f09_a_file_shorter_than_its_position_at_the_start_is_read_from_0_and_counted() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..40).unwrap();
    stage.wait_for_id(0, 39).await;
    running.stop().await;
    log.truncate().unwrap();
    log.numbered_many(0, 40..50).unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, 49).await;
    assert_eq!(running.metric("truncations_total").await, 1);
    running.stop().await;
    stage.judge(&[(0, 0..50)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f20_an_older_backup_in_the_logs_place_posts_nothing_old_and_counts_it() {
    const DAY: i64 = 86_400;
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..20).unwrap();
    stage.wait_for_id(0, 19).await;
    let mut backup = LogWriter::open(stage.command.home().join("backup")).unwrap();
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    backup.set_clock(Some(now - 5 * DAY));
    backup.numbered_many(0, 1_000..1_050).unwrap();
    log.replace_with(&fs::read(backup.path()).unwrap()).unwrap();
    let counted = |body: &str| crate::stage::sum_where(body, "suppressed_total", "max_event_age");
    let metrics = format!("{}/metrics", running.address);
    running
        .daemon
        .wait_for_answer(&metrics, SOON, |answer| counted(&answer.body) == 50)
        .await
        .unwrap();
    log.numbered_many(0, 20..30).unwrap();
    stage.wait_for_id(0, 29).await;
    running.stop().await;
    // The numbers of the backup are not among those written: each one that was posted would be spurious.
    stage.judge(&[(0, 0..30)]).assert_clean_with_dup_at_most(0);
}
