//! `factorio-isr outbox`, with the daemon running and stopped.

use isr_testkit::discord::{FakeDiscord, Fault, FaultRule};
use isr_testkit::log::LogWriter;

use super::program::{Program, Ran, SOON, relaying};

/// The numbers of the listed deliveries.
fn numbers(list: &Ran) -> Vec<String> {
    let number = |line: &&str| {
        line.split_whitespace()
            .next()
            .filter(|word| word.parse::<i64>().is_ok())
            .map(str::to_owned)
    };
    list.lines().iter().filter_map(number).collect()
}

#[tokio::test]
async fn without_a_store_the_state_folder_is_asked_for() {
    for command in [["list"].as_slice(), &["retry", "--all"], &["drop", "3"]] {
        let args = ["outbox"].iter().chain(command);
        let ran = Program::with_log().run(args).await.expect_code(1);
        ran.complains(&[
            "there is no store at",
            "name the state folder that factorio-isr runs with",
        ]);
    }
}

#[tokio::test]
async fn what_waits_for_a_deleted_webhook_is_listed_dropped_and_retried_beside_the_daemon() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let mut log = LogWriter::open(program.log()).unwrap();
    let daemon = program.daemon();
    relaying(&daemon).await;
    let empty = program.run(["outbox", "list"]).await.expect_code(0);
    assert_eq!(empty.out, "Nothing there.\n");

    discord.delete_webhook(41);
    for text in ["first", "second", "third"] {
        log.chat("Bob", text).unwrap();
    }
    daemon.wait_for_line("destination_given_up", SOON).await.unwrap();
    let list = waiting(&program, 3).await;
    assert!(!list.out.contains(&discord.token(41)), "{}", list.out);
    let list = list.says(&[
        "number",
        "happened (UTC)",
        "waiting",
        "factorio",
        "**Bob**: second",
    ]);
    let limited = program
        .run(["outbox", "list", "--limit", "2"])
        .await
        .expect_code(0);
    assert_eq!(numbers(&limited).len(), 2);
    limited.says(&["There are more: --limit shows them."]);

    let second = numbers(&list).remove(1);
    program
        .run(["outbox", "drop", &second])
        .await
        .expect_code(0)
        .says(&["1 delivery dropped.\n"]);
    let again = program.run(["outbox", "drop", &second]).await.expect_code(1);
    again.complains(&["no such delivery", "`factorio-isr outbox list`"]);
    // `--all` drops only what was given up: nothing here.
    program
        .run(["outbox", "drop", "--all"])
        .await
        .expect_code(0)
        .says(&["0 deliveries dropped."]);

    let _made_again = discord.url(41);
    let retried = program.run(["outbox", "retry", "--all"]).await.expect_code(0);
    retried.says(&["a running daemon tries again within half a minute"]);
    discord.wait_for_text("third", SOON).await.unwrap();
    let texts = discord.texts().join("\n");
    assert!(texts.contains("first") && !texts.contains("second"), "{texts}");
    daemon.terminate(SOON).await.unwrap();
    let delivered = program
        .run(["outbox", "list", "--state", "delivered"])
        .await
        .expect_code(0);
    assert_eq!(numbers(&delivered).len(), 2, "{}", delivered.out);
    delivered.says(&["delivered", "**Bob**: first"]);
}

/// Lists until so many are listed: the daemon commits in its own time.
async fn waiting(program: &Program, count: usize) -> Ran {
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let list = program.run(["outbox", "list"]).await.expect_code(0);
        if numbers(&list).len() == count {
            return list;
        }
        assert!(tokio::time::Instant::now() < deadline, "{}", list.out);
    }
}

#[tokio::test]
async fn what_discord_refused_is_listed_with_its_reason_and_retried_with_the_daemon_stopped() {
    let discord = FakeDiscord::start().await.unwrap();
    discord.inject(
        FaultRule::new(Fault::BadRequest)
            .containing("poison")
            .until_cleared(),
    );
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let mut log = LogWriter::open(program.log()).unwrap();
    let daemon = program.daemon();
    relaying(&daemon).await;
    for text in ["fine", "poison one", "poison two", "fine, too"] {
        log.chat("Bob", text).unwrap();
    }
    discord.wait_for_text("fine, too", SOON).await.unwrap();
    let list = waiting(&program, 2).await;
    assert!(daemon.terminate(SOON).await.unwrap().success());

    let list = list.says(&["dead", "poison one", "given up after "]);
    let stopped = program
        .run(["outbox", "list", "--state", "dead"])
        .await
        .expect_code(0);
    assert_eq!(stopped.out, list.out);
    let found = numbers(&stopped);
    program
        .run(["outbox", "drop", &found[1]])
        .await
        .expect_code(0)
        .says(&["1 delivery dropped."]);
    let retried = program.run(["outbox", "retry", &found[0]]).await.expect_code(0);
    retried.says(&["1 delivery put back"]);
    let open = program
        .run(["outbox", "list", "--state", "waiting"])
        .await
        .expect_code(0);
    assert_eq!(numbers(&open), found[..1]);

    discord.clear_faults();
    let daemon = program.daemon();
    discord.wait_for_text("poison one", SOON).await.unwrap();
    daemon.terminate(SOON).await.unwrap();
    assert!(!discord.texts().join("\n").contains("poison two"));
}
