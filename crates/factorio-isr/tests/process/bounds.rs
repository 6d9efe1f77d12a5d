//! P03: few descriptors, little memory, a large outbox.

use isr_testkit::process::Limit;
use tokio::net::TcpStream;

use crate::stage::Stage;

/// Rows and the characters of each: several times what the program may use.
const ROWS: u64 = 30_000;
const ROW_CHARS: usize = 1_900;
/// The most resident memory, KiB: the rows alone have 55 MiB.
const RESIDENT_KIB: u64 = 40 << 10;

#[tokio::test]
async fn p03_with_64_descriptors_all_taken_by_clients_tailing_and_delivery_go_on() {
    let stage = Stage::new()
        .await
        .configure(|command| command.limit(Limit::OpenFiles(64)));
    let mut log = stage.log();
    let running = stage.start().await;
    let address = running.address.trim_start_matches("http://").to_owned();
    let mut clients = Vec::new();
    for _ in 0..120 {
        clients.push(TcpStream::connect(&address).await.unwrap());
    }
    for id in 0..3 {
        log.numbered(0, id).unwrap();
        stage.wait_for_id(0, id).await;
    }
    // A rotation needs one more descriptor for a while.
    log.rotate_rename(
        stage.log_path().with_extension("log.1"),
        isr_testkit::log::AfterRename::Reopen,
    )
    .unwrap();
    log.numbered_many(0, 3..6).unwrap();
    stage.wait_for_id(0, 5).await;
    assert!(running.daemon.vitals().unwrap().descriptors <= 64);
    drop(clients);
    running.wait_for_health(|answer| answer.status == 200).await;
    running.stop().await;
    stage.judge(&[(0, 0..6)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p03_a_large_outbox_stays_on_the_disk_and_tailing_continues() {
    let stage = Stage::new().await;
    stage.discord.refuse_connections().await;
    let mut log = stage.log();
    let running = stage.start().await;
    let stamp = log.stamp();
    let text = "x".repeat(ROW_CHARS);
    log.many((0..ROWS).map(|row| isr_testkit::log::lines::chat(stamp, "Ada", &format!("{row} {text}"))))
        .unwrap();
    running.wait_for_metric("outbox_rows", |rows| rows == ROWS).await;
    let first = running.daemon.vitals().unwrap();
    assert!(first.peak_resident_kib < RESIDENT_KIB, "{first:?}");
    running.stop().await;

    stage.discord.accept_connections().await.unwrap();
    let running = stage.start().await;
    stage
        .discord
        .wait_for_messages(3, crate::stage::SOON)
        .await
        .unwrap();
    log.chat("Ada", "still there").unwrap();
    running
        .wait_for_metric("events_total", |events| events == 1)
        .await;
    let second = running.daemon.vitals().unwrap();
    assert!(second.peak_resident_kib < RESIDENT_KIB, "{second:?}");
    running.stop().await;
    stage.discord.assert_no_violations();
    let shown = stage.discord.texts();
    assert!(
        (0..)
            .zip(&shown)
            .all(|(row, text)| text.contains(&format!(": {row} x"))),
        "in order"
    );
}
