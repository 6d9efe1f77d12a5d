//! S06: the store is missing, empty or damaged at a start.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::stage::{SOON, Stage, sum_where};

const PAGE: usize = 4096;
const DAY: i64 = 86_400;

/// What happened to the database, and what the log says of it.
type Harm = (fn(&Path), &'static str);

async fn s06(harm: Harm, kept_aside: usize) {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    // Posted, although their stamps are old: they were read live.
    let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    log.set_clock(Some(now - 5 * DAY));
    log.numbered_many(0, 0..40).unwrap();
    stage.wait_for_id(0, 39).await;
    running.stop().await;

    log.set_clock(None);
    log.numbered_many(0, 40..60).unwrap();
    let database = stage.command.state_dir().join("outbox.db");
    harm.0(&database);
    let running = stage.start().await;
    running.daemon.wait_for_line(harm.1, SOON).await.unwrap();
    stage.wait_for_id(0, 59).await;
    log.numbered(0, 60).unwrap();
    stage.wait_for_id(0, 60).await;
    // The whole log was read again, and its old lines were counted instead of posted.
    let suppressed = sum_where(
        &running.get("/metrics").await.body,
        "suppressed_total",
        "max_event_age",
    );
    assert_eq!(suppressed, 40);
    running.stop().await;
    stage.judge(&[(0, 0..61)]).assert_clean_with_dup_at_most(0);
    let names = fs::read_dir(stage.command.state_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let aside = names.filter(|name| name.to_string_lossy().starts_with("outbox.db.damaged-"));
    assert_eq!(
        aside
            .filter(|name| !name.to_string_lossy().contains("-wal"))
            .count()
            > 0,
        kept_aside > 0
    );
}

#[tokio::test]
async fn s06_a_missing_store_is_told_from_a_first_start() {
    s06((|database| fs::remove_file(database).unwrap(), "store_"), 0).await;
}

#[tokio::test]
async fn s06_an_empty_file_in_its_place_is_kept_and_told() {
    s06((|database| fs::write(database, "").unwrap(), "store_"), 1).await;
}

#[tokio::test]
async fn s06_zeros_in_its_place_are_kept_and_told() {
    s06((|database| overwrite(database, 0, 0), "store_damaged"), 1).await;
}

#[tokio::test]
async fn s06_pages_overwritten_behind_the_first_are_kept_and_told() {
    s06((|database| overwrite(database, PAGE, 0xa5), "store_damaged"), 1).await;
}

/// Every byte from here on.
fn overwrite(database: &Path, from: usize, with: u8) {
    let mut bytes = fs::read(database).unwrap();
    bytes[from..].fill(with);
    fs::write(database, bytes).unwrap();
}
