//! F17 to F19: the path cannot be read, is no file, or is named twice.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::stage::{self, SOON, Stage};

#[tokio::test]
async fn f17_permission_taken_away_and_given_back() {
    let Some(stage) = stage::unprivileged().await else {
        return;
    };
    stage.write_servers(&[("north", 1), ("south", 2)]);
    let mut north = stage.log_of("north");
    let mut south = stage.log_of("south");
    let running = stage.start().await;
    let folder = north.path().parent().unwrap().to_owned();
    let places = [(north.path().to_owned(), 0o644), (folder, 0o755)];
    let mut id = 0;
    for (place, mode) in places {
        north.numbered(1, id).unwrap();
        stage.wait_for_id(1, id).await;
        fs::set_permissions(&place, Permissions::from_mode(0o000)).unwrap();
        running.wait_for_trouble("north", "not readable").await;
        // The open descriptor keeps working, and so does the other server.
        north.numbered(1, id + 1).unwrap();
        south.numbered(2, id).unwrap();
        stage.wait_for_id(1, id + 1).await;
        stage.wait_for_id(2, id).await;
        fs::set_permissions(&place, Permissions::from_mode(mode)).unwrap();
        running
            .wait_for_health(|answer| answer.body.contains("\"healthy\""))
            .await;
        south.numbered(2, id + 1).unwrap();
        stage.wait_for_id(2, id + 1).await;
        id += 2;
    }
    running.stop().await;
    stage
        .judge(&[(1, 0..4), (2, 0..4)])
        .assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f18_what_is_no_file_degrades_its_server_and_no_other() {
    let stage = Stage::with_servers(&[
        ("good", 1),
        ("loop", 2),
        ("dangling", 3),
        ("folder", 4),
        ("pipe", 5),
    ])
    .await;
    for tag in ["loop", "dangling"] {
        fs::create_dir_all(stage.log_path_of(tag).parent().unwrap()).unwrap();
    }
    symlink("console.log", stage.log_path_of("loop")).unwrap();
    symlink("nowhere.log", stage.log_path_of("dangling")).unwrap();
    let mut good = stage.log_of("good");
    let mut folder = stage.log_of("folder");
    let mut pipe = stage.log_of("pipe");
    // Neither holds up the start.
    let running = stage.start().await;
    running.wait_for_trouble("loop", "").await;
    running
        .wait_for_trouble("dangling", "waiting for its log file")
        .await;
    for (log, server) in [(&mut good, 1), (&mut folder, 4), (&mut pipe, 5)] {
        log.numbered(server, 0).unwrap();
        stage.wait_for_id(server, 0).await;
    }

    fs::remove_file(folder.path()).unwrap();
    fs::create_dir(folder.path()).unwrap();
    fs::remove_file(pipe.path()).unwrap();
    make_pipe(pipe.path());
    running.wait_for_trouble("folder", "folder").await;
    running.wait_for_trouble("pipe", "pipe").await;
    good.numbered(1, 1).unwrap();
    stage.wait_for_id(1, 1).await;

    // Repaired, each is read from its first byte.
    fs::remove_dir(folder.path()).unwrap();
    fs::remove_file(pipe.path()).unwrap();
    fs::remove_file(stage.log_path_of("loop")).unwrap();
    fs::write(stage.log_path_of("loop").with_file_name("nowhere.log"), "").unwrap();
    fs::write(stage.log_path_of("dangling").with_file_name("nowhere.log"), "").unwrap();
    for (tag, server) in [("folder", 4), ("pipe", 5), ("loop", 2), ("dangling", 3)] {
        stage.log_of(tag).numbered(server, 1).unwrap();
        stage.wait_for_id(server, 1).await;
    }
    running
        .wait_for_health(|answer| answer.body.contains("\"healthy\""))
        .await;
    running.stop().await;
    let written = [(1, 0..2), (2, 1..2), (3, 1..2), (4, 0..2), (5, 0..2)];
    stage.judge(&written).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f18_a_symlink_that_is_retargeted_is_a_rotation() {
    let stage = Stage::new().await;
    let path = stage.log_path();
    let folder = path.parent().unwrap().to_owned();
    fs::create_dir_all(&folder).unwrap();
    let mut first = isr_testkit::log::LogWriter::open(folder.join("first.txt")).unwrap();
    let mut second = isr_testkit::log::LogWriter::open(folder.join("second.txt")).unwrap();
    symlink("first.txt", &path).unwrap();
    let running = stage.start().await;
    first.numbered_many(0, 0..10).unwrap();
    stage.wait_for_id(0, 9).await;
    second.numbered_many(0, 10..20).unwrap();
    symlink("second.txt", folder.join("next")).unwrap();
    fs::rename(folder.join("next"), &path).unwrap();
    stage.wait_for_id(0, 19).await;
    running.stop().await;
    stage.judge(&[(0, 0..20)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn f18_a_folder_or_a_pipe_in_the_configuration_is_refused_without_opening_it() {
    let stage = Stage::with_servers(&[("folder", 1), ("pipe", 2)]).await;
    fs::create_dir_all(stage.log_path_of("folder")).unwrap();
    fs::create_dir_all(stage.log_path_of("pipe").parent().unwrap()).unwrap();
    make_pipe(&stage.log_path_of("pipe"));
    let (code, text) = refused(&stage).await;
    assert_eq!(code, 78, "{text}");
    assert!(
        text.contains("is a folder") && text.contains("is a pipe"),
        "{text}"
    );
}

#[tokio::test]
async fn f19_two_servers_that_reach_one_file_are_refused_with_both_places() {
    let harms: [fn(&Path, &Path); 2] = [
        |file, other| symlink(file, other).unwrap(),
        |file, other| fs::hard_link(file, other).unwrap(),
    ];
    for link in harms {
        let stage = Stage::with_servers(&[("north", 1), ("south", 2)]).await;
        let log = stage.log_of("north");
        let other = stage.log_path_of("south");
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        link(log.path(), &other);
        let (code, text) = refused(&stage).await;
        assert_eq!(code, 78, "{text}");
        assert!(
            text.contains("log_path of server south is the same file as log_path of server north"),
            "{text}"
        );
        assert_eq!(stage.discord.counters().requests, 0);
    }
}

/// The exit code and the words of a start that must not succeed.
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

fn make_pipe(path: &Path) {
    assert!(
        std::process::Command::new("mkfifo")
            .arg(path)
            .status()
            .unwrap()
            .success()
    );
}
