//! P04: a log changes its server while the game writes to it: a server gets another name, two servers swap their logs.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use isr_testkit::log::LogWriter;

use crate::stage::{Stage, troubles};

/// More is never written, whatever happens.
const MOST_LINES: u64 = 10_000;
/// Lines in one write.
const BURST: u64 = 5;

/// Games that write all the time.
struct Load {
    over: Arc<AtomicBool>,
    games: Vec<(u16, JoinHandle<u64>)>,
}

impl Load {
    fn on(logs: Vec<(u16, LogWriter)>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let play = |(server, log)| {
            let over = Arc::clone(&over);
            (server, std::thread::spawn(move || write(log, server, &over)))
        };
        let games = logs.into_iter().map(play).collect();
        Self { over, games }
    }

    /// How many lines each wrote.
    fn end(self) -> Vec<(u16, std::ops::Range<u64>)> {
        self.over.store(true, Ordering::Release);
        let written = |(server, game): (u16, JoinHandle<u64>)| (server, 0..game.join().unwrap());
        self.games.into_iter().map(written).collect()
    }
}

fn write(mut log: LogWriter, server: u16, over: &AtomicBool) -> u64 {
    let mut next = 0;
    while next < MOST_LINES && !over.load(Ordering::Acquire) {
        log.numbered_many(server, next..next + BURST).unwrap();
        next += BURST;
        // The pace of the load; nothing waits for it.
        std::thread::sleep(Duration::from_millis(10));
    }
    next
}

/// Servers by their tag and the log of each. One webhook takes it all, so that the judge sees a line that came twice by
/// two servers.
fn write_servers(stage: &Stage, servers: &[(&str, &str)]) {
    let mut text = String::from("servers:\n");
    for (tag, log) in servers {
        let (log, webhook) = (stage.log_path_of(log), stage.discord.url(1));
        writeln!(
            text,
            "  {tag}:\n    log_path: {}\n    webhook: {webhook}",
            log.display()
        )
        .unwrap();
    }
    stage.write_yaml(&text);
}

/// Reloads through these configurations while the logs grow, and judges what came of it.
async fn reloads_under_load(configurations: &[&[(&str, &str)]], logs: &[&str]) {
    let stage = Stage::bare().await;
    stage.discord.set_limits(isr_testkit::discord::Limits::none());
    write_servers(&stage, configurations[0]);
    let writers = (0..).zip(logs.iter().map(|log| stage.log_of(log))).collect();
    let running = stage.start().await;
    let load = Load::on(writers);
    for round in 1..9 {
        write_servers(&stage, configurations[round % configurations.len()]);
        running.reload().await;
    }
    let written = load.end();
    for (server, ids) in &written {
        stage.wait_for_id(*server, ids.end - 1).await;
    }
    running
        .wait_for_health(|answer| troubles(answer).is_empty())
        .await;
    let text = running.daemon.text();
    running.stop().await;
    stage.judge(&written).assert_clean_with_dup_at_most(0);
    assert!(text.contains("log_taken_over"), "{text}");

    // The positions belong to the servers that read now: a restart goes on with them.
    let running = stage.start().await;
    for (server, ids) in &written {
        stage
            .log_of(logs[usize::from(*server)])
            .numbered(*server, ids.end)
            .unwrap();
        stage.wait_for_id(*server, ids.end).await;
    }
    running.stop().await;
    let written: Vec<_> = written
        .into_iter()
        .map(|(server, ids)| (server, 0..ids.end + 1))
        .collect();
    stage.judge(&written).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p04_a_server_that_gets_another_name_under_load_loses_and_repeats_nothing() {
    reloads_under_load(&[&[("north", "a")], &[("south", "a")], &[("west", "a")]], &["a"]).await;
}

#[tokio::test]
async fn p04_two_servers_that_swap_their_logs_under_load_lose_and_repeat_nothing() {
    reloads_under_load(
        &[
            &[("north", "a"), ("south", "b")],
            &[("north", "b"), ("south", "a")],
        ],
        &["a", "b"],
    )
    .await;
}

#[tokio::test]
async fn p04_a_server_whose_name_and_log_path_change_together_goes_on_in_the_same_file() {
    let stage = Stage::bare().await;
    // Whoever begins anew would repeat the whole log.
    let begins = |tag, log| {
        let (path, webhook) = (stage.log_path_of(log), stage.discord.url(1));
        let path = path.display();
        stage.write_yaml(&format!(
            "servers:\n  {tag}:\n    log_path: {path}\n    webhook: {webhook}\n    start: beginning\n"
        ));
    };
    begins("north", "a");
    let mut log = stage.log_of("a");
    let running = stage.start().await;
    log.numbered_many(0, 0..20).unwrap();
    stage.wait_for_id(0, 19).await;
    let moved = stage.log_path_of("b");
    std::fs::create_dir_all(moved.parent().unwrap()).unwrap();
    std::fs::rename(stage.log_path_of("a"), moved).unwrap();
    log.numbered_many(0, 20..40).unwrap();
    begins("south", "b");
    running.reload().await;
    log.numbered_many(0, 40..60).unwrap();
    stage.wait_for_id(0, 59).await;
    running.stop().await;
    stage.judge(&[(0, 0..60)]).assert_clean_with_dup_at_most(0);
}
