//! S03: nothing is posted before it is on the disk.

use std::fs;
use std::process::Command;

use crate::stage::Stage;

const LINES: u64 = 12;

#[tokio::test]
async fn s03_every_line_is_synced_before_it_is_posted() {
    let Some(stage) = traced().await else {
        println!("skipped: strace is absent or may not trace here");
        return;
    };
    let mut log = stage.log();
    let running = stage.start().await;
    for id in 0..LINES {
        log.numbered(0, id).unwrap();
        stage.wait_for_id(0, id).await;
    }
    running.stop().await;
    stage.judge(&[(0, 0..LINES)]).assert_clean_with_dup_at_most(0);

    let trace = fs::read_to_string(stage.command.home().join("trace")).unwrap();
    let (mut posts, mut syncs, mut synced_since) = (0, 0, 0);
    for call in trace.lines() {
        if call.contains("sync") && call.ends_with("= 0") {
            syncs += 1;
            synced_since += 1;
        } else if call.contains("POST /api/webhooks") {
            posts += 1;
            assert!(
                synced_since > 0,
                "post {posts} went out without a sync after the one before"
            );
            synced_since = 0;
        }
    }
    assert_eq!(posts, LINES);
    println!("{syncs} syncs, {posts} posts");
}

/// The program under strace, which stays out of its way (`-D`: ours is the child that is signalled).
async fn traced() -> Option<Stage> {
    let words = [
        "strace",
        "-D",
        "-f",
        "-s",
        "64",
        "-e",
        "trace=fdatasync,fsync,write,writev,sendto,sendmsg",
        "-o",
    ];
    let tried = Command::new(words[0])
        .args(["-D", "-f", "-o", "/dev/null", "true"])
        .status();
    if !tried.is_ok_and(|status| status.success()) {
        return None;
    }
    // The file that is traced into lies beside the working folder of the program.
    Some(
        Stage::under(&[words.as_slice(), &["../trace"]].concat())
            .await
            .with_only_server(),
    )
}
