//! P04: a configuration that is refused changes nothing, and says so until it is mended.

use crate::stage::{SOON, Stage, troubles};

#[tokio::test]
async fn p04_a_broken_file_is_refused_the_old_one_stays_and_mending_it_is_enough() {
    let stage = Stage::with_servers(&[("north", 1)]).await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;

    stage.write_yaml("servers:\n  north:\n    log_paht: /x\n    webhook: nowhere\n");
    let health = running.wait_for_trouble("", "config_refused").await;
    assert!(
        health.status == 200 && health.body.contains(r#""status":"degraded""#),
        "{health:?}"
    );
    let (code, checked) = stage.typed(&["check"]).await;
    assert_eq!(code, 78);
    let said = running.daemon.text();
    for problem in [
        "log_paht",
        "did you mean",
        "factorio-isr.yml:3:5",
        "factorio-isr.yml:4:14",
    ] {
        assert!(
            checked.contains(problem) && said.contains(problem),
            "{problem}: {said}"
        );
    }
    assert!(running.metric("config_problems").await >= 2);
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;

    stage.write_servers(&[("north", 1)]);
    running
        .wait_for_health(|answer| troubles(answer).is_empty())
        .await;
    assert_eq!(running.metric("config_problems").await, 0);
    log.numbered(0, 1).unwrap();
    stage.wait_for_id(0, 1).await;
    running.stop().await;
    stage.judge(&[(0, 0..2)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p04_a_hangup_loads_anew_also_when_nothing_changed_and_no_line_is_lost() {
    let stage = Stage::with_servers(&[("north", 1)]).await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    for id in 0..5 {
        log.numbered(0, id).unwrap();
        running.reload().await;
    }
    assert!(running.daemon.text().contains(r#""changes":"no setting""#));
    log.numbered(0, 5).unwrap();
    stage.wait_for_id(0, 5).await;
    running.stop().await;
    stage.judge(&[(0, 0..6)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p04_what_cannot_change_while_running_is_told_and_waits_for_the_next_start() {
    let stage = Stage::with_servers(&[("north", 1)]).await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    let servers = stage.servers_yaml(&[("north", 1)]);
    stage.write_yaml(&format!(
        "{servers}state_dir: /nowhere/else\nlog:\n  level: debug\n"
    ));
    let told = running.daemon.wait_for_line("config_waits", SOON).await.unwrap();
    // The state folder of this stage is named by the environment, which is stronger.
    assert!(told.text.contains(r#""settings":"log""#), "{}", told.text);
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    running.stop().await;
}
