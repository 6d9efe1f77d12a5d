//! P06: clients of the HTTP endpoint that never read, never finish a request or never send one.

use std::time::Duration;

use isr_testkit::http::{self, DeafClient};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::stage::{SOON, Stage, eventually};

/// What a container's health check waits; less than the deadline of a connection, so that nobody waited for that.
const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn p06_rude_clients_hold_up_neither_others_nor_the_delivery() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    let address = running.address.trim_start_matches("http://").to_owned();
    let (metrics, health) = (
        format!("{}/metrics", running.address),
        format!("{}/health", running.address),
    );
    let (mut deaf, mut silent) = (Vec::new(), Vec::new());
    for number in 0..200_u64 {
        deaf.push(DeafClient::ask(&metrics, 20, SOON).await.unwrap());
        let mut unfinished = TcpStream::connect(&address).await.unwrap();
        unfinished
            .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nx-")
            .await
            .unwrap();
        silent.push(unfinished);
        silent.push(TcpStream::connect(&address).await.unwrap());
        if number % 50 == 49 {
            let id = number / 50;
            log.numbered(0, id).unwrap();
            stage.wait_for_id(0, id).await;
            let health = http::get(&health, PATIENCE).await.unwrap();
            assert_eq!(health.status, 200);
        }
    }
    // Who was pushed out is closed a moment later, when its task is looked at.
    eventually("only the newest connections are kept open", || {
        let vitals = running.daemon.vitals().unwrap();
        vitals.resident_kib < 64 << 10 && vitals.descriptors < 128
    })
    .await;
    running.stop().await;
    stage.judge(&[(0, 0..4)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p06_a_request_that_makes_no_sense_is_answered_or_closed_and_no_more() {
    let stage = Stage::new().await;
    drop(stage.log());
    let running = stage.start().await;
    let address = running.address.trim_start_matches("http://").to_owned();
    let endless = [b"GET /".as_slice(), &[b'a'; 200_000], b" HTTP/1.1\r\n\r\n"].concat();
    for rude in [
        b"\0\0\0\0".as_slice(),
        b"GET / HTTP/9.9\r\n\r\n",
        b"\xff\xfe garbage\r\n\r\n",
        &endless,
    ] {
        let mut client = TcpStream::connect(&address).await.unwrap();
        // It may be closed in the middle.
        drop(client.write_all(rude).await);
        assert_eq!(running.get("/health").await.status, 200);
    }
    for path in ["/../etc/passwd", "/health/", "/metrics?x=1/../../", "/outbox"] {
        let answer = running.get(path).await;
        assert!(
            matches!(answer.status, 200 | 404) && !answer.body.contains("root:"),
            "{path}: {answer:?}"
        );
    }
    running.stop().await;
}
