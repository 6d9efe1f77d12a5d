//! P04: reload after reload, half of them broken, while lines come in. The full run is `cargo xtask reload-load`.

use isr_testkit::discord::Limits;

use crate::stage::{Stage, troubles};

#[tokio::test]
async fn p04_reloads_under_load_lose_repeat_and_reorder_nothing() {
    let stage = Stage::with_servers(&[("north", 1), ("south", 2)]).await;
    stage.discord.set_limits(Limits::none());
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    for round in 0..20 {
        let ids = round * 100..(round + 1) * 100;
        north.numbered_many(0, ids.clone()).unwrap();
        south.numbered_many(1, ids).unwrap();
        if round % 2 == 1 {
            stage.write_yaml("servers: [broken");
        } else {
            let servers = stage.servers_yaml(&[("north", 1), ("south", 2)]);
            stage.write_yaml(&format!("{servers}bot_name: Round {round}\n"));
        }
        running.reload().await;
    }
    stage.write_servers(&[("north", 1), ("south", 2)]);
    running
        .wait_for_health(|answer| troubles(answer).is_empty())
        .await;
    stage.wait_for_id(0, 1999).await;
    stage.wait_for_id(1, 1999).await;
    assert_eq!(running.metric("task_restarts").await, 0);
    running.stop().await;
    stage
        .judge(&[(0, 0..2000), (1, 0..2000)])
        .assert_clean_with_dup_at_most(0);
}
