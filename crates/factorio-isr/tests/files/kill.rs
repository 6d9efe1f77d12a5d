//! F01 and F11: the process is killed while lines are being written.

use std::thread;
use std::time::Duration;

use isr_testkit::discord::{FakeDiscord, Fault, FaultRule, Limits};
use isr_testkit::log::numbered;
use isr_testkit::rng::Rng;

use crate::stage::Stage;

const KILLS: u64 = 15;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f01_sigkill_at_random_instants_loses_nothing_and_repeats_only_what_was_in_flight() {
    let mut dice = Rng::from_environment("F01_SEED");
    let stage = Stage::new().await;
    stage.discord.set_limits(Limits::none());
    // Slow answers: many kills find a request on its way.
    let slow = FaultRule::new(Fault::Delay(Duration::from_millis(15)));
    stage
        .discord
        .inject(slow.until_cleared().with_probability(0.5, dice.fork(1)));
    let mut log = stage.log();
    stage.start().await.stop().await;

    let mut written = 0;
    for _ in 0..KILLS {
        let daemon = stage.command.spawn().unwrap();
        let ids = written..written + dice.between(10, 50);
        written = ids.end;
        let pace = Duration::from_micros(dice.below(8_000));
        let writer = tokio::task::spawn_blocking(move || {
            for id in ids {
                log.numbered(0, id).unwrap();
                thread::sleep(pace);
            }
            log
        });
        // The instant of the kill, from before the store is open to the middle of the sending.
        tokio::time::sleep(Duration::from_millis(dice.between(10, 400))).await;
        daemon.kill().await.unwrap();
        log = writer.await.unwrap();
    }

    stage.discord.clear_faults();
    let running = stage.start().await;
    log.numbered(0, written).unwrap();
    stage.wait_for_id(0, written).await;
    running.stop().await;
    let in_flight = lines_of_the_largest_message(&stage.discord);
    stage
        .judge(&[(0, 0..written + 1)])
        .assert_clean_with_dup_at_most(KILLS * in_flight);
    stage.discord.assert_no_violations();
}

/// One request per destination is in flight, so that no kill can repeat more than this.
fn lines_of_the_largest_message(discord: &FakeDiscord) -> u64 {
    let lines = discord.look(|seen| seen.messages().map(|message| message.lines().count()).max());
    lines.unwrap_or(0) as u64
}

#[tokio::test]
async fn f11_a_line_written_in_two_halves_is_one_record() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    let rest = write_line_0_and_half_of_line_1(&mut log);
    stage.wait_for_id(0, 0).await;
    log.line(&rest).unwrap();
    log.numbered(0, 2).unwrap();
    stage.wait_for_id(0, 2).await;
    running.stop().await;
    stage.judge(&[(0, 0..3)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f11_a_kill_between_the_halves_changes_nothing() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    let rest = write_line_0_and_half_of_line_1(&mut log);
    stage.wait_for_id(0, 0).await;
    running.kill().await;
    let running = stage.start().await;
    log.line(&rest).unwrap();
    log.numbered(0, 2).unwrap();
    stage.wait_for_id(0, 2).await;
    running.stop().await;
    // Line 0 was accepted; the kill may have come before that was written down.
    stage.judge(&[(0, 0..3)]).assert_clean_with_dup_at_most(1);
}

/// In one write, so that whoever has seen line 0 has seen the half as well. Returns the other half.
fn write_line_0_and_half_of_line_1(log: &mut isr_testkit::log::LogWriter) -> String {
    let whole = numbered::chat(log.stamp(), 0, 1);
    // Behind the speaker's name, in the middle of the number's text.
    let (half, rest) = whole.split_at(whole.find(numbered::MARK).unwrap() + 4);
    let first = numbered::chat(log.stamp(), 0, 0);
    log.partial(&format!("{first}\n{half}")).unwrap();
    rest.to_owned()
}
