//! S07: somebody else has the state folder, or it cannot be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::stage::{self, SOON, Stage};

#[tokio::test]
async fn s07_a_second_instance_is_refused_and_the_first_is_unaffected() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    let (code, text) = refused(&stage).await;
    assert_eq!(code, 78, "{text}");
    let pid = running.daemon.pid().to_string();
    let said: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("factorio-isr:"))
        .collect();
    assert!(
        said.len() == 1 && said[0].contains(&pid),
        "one line that names the process {pid}: {text}"
    );
    log.numbered_many(0, 10..20).unwrap();
    stage.wait_for_id(0, 19).await;
    running.stop().await;
    stage.judge(&[(0, 0..20)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn s07_a_state_folder_that_cannot_be_written_is_refused() {
    let Some(stage) = stage::unprivileged().await else {
        return;
    };
    let stage = stage.with_only_server();
    let folder = stage.command.state_dir();
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
    let (code, text) = refused(&stage).await;
    assert_eq!(code, 78, "{text}");
    assert!(
        text.contains(&*folder.to_string_lossy()),
        "the folder is named: {text}"
    );
}

#[tokio::test]
async fn s07_a_file_in_place_of_the_state_folder_is_refused() {
    let stage = Stage::new().await;
    fs::write(stage.command.state_dir(), "").unwrap();
    let (code, text) = refused(&stage).await;
    assert_eq!(code, 78, "{text}");
}

async fn refused(stage: &Stage) -> (i32, String) {
    let (status, text) = stage
        .command
        .spawn()
        .unwrap()
        .wait_for_exit_and_output(SOON)
        .await
        .unwrap();
    (status.code().unwrap_or(-1), text)
}
