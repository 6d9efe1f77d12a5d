//! F02, F03, F10, F12: the log is rotated by renaming, or deleted while it is read.

use std::fs;
use std::path::{Path, PathBuf};

use isr_testkit::log::{AfterRename, LogWriter};
use isr_testkit::process::Signal;

use crate::stage::{SOON, Stage, eventually};

/// Rotated files are closed soon, so that their end can be waited for.
const SHORT_WAIT: &str = "limits:\n  rotation_wait: 1s\n";

#[tokio::test]
async fn f02_late_lines_of_the_old_file_come_before_the_new_files_first_line() {
    let stage = Stage::new().await;
    let mut old = stage.log();
    let running = stage.start().await;
    old.numbered_many(0, 0..20).unwrap();
    stage.wait_for_id(0, 19).await;
    old.rotate_rename(numbered_sibling(old.path(), 1), AfterRename::KeepWriting)
        .unwrap();
    // The path is empty; the writer knows nothing of the rotation.
    old.numbered_many(0, 20..40).unwrap();
    stage.wait_for_id(0, 39).await;
    let mut new = stage.log();
    old.numbered_many(0, 40..60).unwrap();
    new.numbered_many(0, 60..80).unwrap();
    stage.wait_for_id(0, 79).await;
    running
        .wait_for_metric("rotations_total", |rotations| rotations == 1)
        .await;
    running.stop().await;
    stage.judge(&[(0, 0..80)]).assert_clean_with_dup_at_most(0);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn f03_three_rotations_between_two_looks() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    running.daemon.freeze().unwrap();
    rotate_three_times(&mut log);
    running.daemon.signal(Signal::CONT).unwrap();
    stage.wait_for_id(0, 49).await;
    assert_eq!(running.metric("generation_gap_total").await, 0);
    running.stop().await;
    stage.judge(&[(0, 0..50)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f03_three_rotations_while_the_program_is_stopped() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    running.stop().await;
    rotate_three_times(&mut log);
    let running = stage.start().await;
    stage.wait_for_id(0, 49).await;
    assert_eq!(running.metric("bytes_lost_total").await, 0);
    running.stop().await;
    // Once more: nothing that was found rotated is read a second time.
    let running = stage.start().await;
    log.numbered(0, 50).unwrap();
    stage.wait_for_id(0, 50).await;
    running.stop().await;
    stage.judge(&[(0, 0..51)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f03_rotations_out_of_sight_are_counted_as_a_gap() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let elsewhere = stage.command.home().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    running.daemon.freeze().unwrap();
    for rotation in 1..=3 {
        log.numbered_many(0, 10 * rotation..10 * rotation + 10).unwrap();
        log.rotate_rename(elsewhere.join(rotation.to_string()), AfterRename::Reopen)
            .unwrap();
    }
    log.numbered_many(0, 40..50).unwrap();
    running.daemon.signal(Signal::CONT).unwrap();
    stage.wait_for_id(0, 49).await;
    running
        .wait_for_metric("generation_gap_total", |gaps| gaps == 1)
        .await;
    running
        .daemon
        .wait_for_line("log_generation_gap", SOON)
        .await
        .unwrap();
    running.stop().await;
    let mut oracle = stage.judge(&[(0, 0..50)]);
    // The first of the three files was held open and read to its end; the others came and went unseen.
    oracle.account(0, 20..40, "generation gap");
    oracle.assert_clean_with_dup_at_most(0);
    assert_eq!(oracle.report().accounted_and_delivered, 0);
}

#[tokio::test]
async fn f10_a_file_deleted_with_unread_lines_is_read_to_its_end_and_let_go() {
    let stage = Stage::new().await;
    stage.write_yaml(SHORT_WAIT);
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    running.daemon.freeze().unwrap();
    log.numbered_many(0, 10..60).unwrap();
    log.delete().unwrap();
    running.daemon.signal(Signal::CONT).unwrap();
    stage.wait_for_id(0, 59).await;
    log.reopen().unwrap();
    log.numbered_many(0, 60..70).unwrap();
    stage.wait_for_id(0, 69).await;
    // A deleted file that is still held shows in /proc with its mark.
    wait_until_released(running.daemon.pid()).await;
    running.stop().await;
    stage.judge(&[(0, 0..70)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f12_a_last_line_without_newline_is_one_record_of_its_own() {
    let stage = Stage::new().await;
    stage.write_yaml(SHORT_WAIT);
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    log.partial(&format!("{} [CHAT] Ada: the end is missing", log.stamp()))
        .unwrap();
    stage.wait_for_id(0, 9).await;
    log.rotate_rename(numbered_sibling(log.path(), 1), AfterRename::Reopen)
        .unwrap();
    log.numbered_many(0, 10..20).unwrap();
    stage.wait_for_id(0, 19).await;
    stage
        .discord
        .wait_for_text("the end is missing", SOON)
        .await
        .unwrap();
    running.stop().await;
    stage.start().await.stop().await;
    let texts = stage.discord.texts();
    let tails: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.contains("the end"))
        .collect();
    assert_eq!(tails, ["💬 **Ada**: the end is missing"]);
    stage.judge(&[(0, 0..20)]).assert_clean_with_dup_at_most(0);
}

/// Ten lines into the present file and into each of three new ones: 10 to 49.
fn rotate_three_times(log: &mut LogWriter) {
    for rotation in 1..=3 {
        log.numbered_many(0, 10 * rotation..10 * rotation + 10).unwrap();
        for number in (1..rotation).rev() {
            fs::rename(
                numbered_sibling(log.path(), number),
                numbered_sibling(log.path(), number + 1),
            )
            .unwrap();
        }
        log.rotate_rename(numbered_sibling(log.path(), 1), AfterRename::Reopen)
            .unwrap();
    }
    log.numbered_many(0, 40..50).unwrap();
}

fn numbered_sibling(log: &Path, number: u64) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

async fn wait_until_released(pid: u32) {
    let holds_deleted = || {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
        let targets = descriptors.filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
        targets
            .into_iter()
            .any(|target| target.to_string_lossy().ends_with("console.log (deleted)"))
    };
    eventually("the old file is let go", || !holds_deleted()).await;
}
