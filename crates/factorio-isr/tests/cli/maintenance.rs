//! `factorio-isr maintenance`, beside the daemon and without one.

use super::program::{Program, relaying};

#[tokio::test]
async fn work_is_planned_shown_and_ended_beside_the_daemon() {
    let program = Program::with_log();
    let nothing = program.run(["maintenance", "status"]).await.expect_code(1);
    nothing.complains(&["there is no store at"]);
    let daemon = program.daemon();
    relaying(&daemon).await;
    let none = program.run(["maintenance", "status"]).await.expect_code(0);
    assert_eq!(none.out, "There is no maintenance.\n");

    let on = program
        .run(["maintenance", "on", "--for", "30m"])
        .await
        .expect_code(0);
    on.says(&["Maintenance of all servers until", "UTC", "keep silent"]);
    let only = ["maintenance", "on", "--server", "factorio"];
    program
        .run(only)
        .await
        .expect_code(0)
        .says(&["Maintenance of factorio until"]);
    let shown = program.run(["maintenance", "status"]).await.expect_code(0);
    shown.says(&["all servers: until", "factorio: until", "planned by"]);

    let off = program.run(["maintenance", "off"]).await.expect_code(0);
    assert_eq!(off.out, "Maintenance of all servers is over.\n");
    let again = program.run(["maintenance", "off"]).await.expect_code(0);
    assert_eq!(again.out, "There was no maintenance.\n");
    daemon.kill().await.unwrap();
}

#[tokio::test]
async fn a_plan_that_makes_no_sense_is_refused_with_good_examples() {
    let program = Program::with_log();
    let daemon = program.daemon();
    relaying(&daemon).await;
    let unknown = program
        .run(["maintenance", "on", "--server", "nort"])
        .await
        .expect_code(1);
    unknown.complains(&["there is no server with that tag", "factorio"]);
    for span in ["9y", "5", "200h"] {
        let ran = program
            .run(["maintenance", "on", "--for", span])
            .await
            .expect_code(2);
        ran.complains(&["write 30m, 2h or 1h30m"]);
    }
    daemon.kill().await.unwrap();
}
