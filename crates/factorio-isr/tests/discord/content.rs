//! D09 to D11: what is in a message. Nothing that a player types can ping, break a limit or stop the lane.

use isr_testkit::discord::{Fault, FaultRule};
use isr_testkit::log::numbered;

use crate::stage::Stage;

#[tokio::test]
async fn d09_a_refused_line_is_dead_lettered_alone_and_the_lane_moves_on_in_order() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    // The backlog of a stop is read in one go: the lines are folded.
    stage.start().await.stop().await;
    log.numbered_many(0, 0..5).unwrap();
    log.chat("Mallory", "a poison pill").unwrap();
    log.numbered_many(0, 5..10).unwrap();
    stage.discord.inject(
        FaultRule::new(Fault::BadRequest)
            .containing("poison")
            .until_cleared(),
    );
    let running = stage.start().await;
    stage.wait_for_id(0, 9).await;
    log.numbered(0, 10).unwrap();
    stage.wait_for_id(0, 10).await;
    assert_eq!(running.metric("dead_lettered_total").await, 1);

    let first = stage.discord.requests()[0].json();
    let lines = first["content"].as_str().unwrap_or_default().lines().count();
    assert!(lines > 1, "the refused message was folded: {first}");
    stage.judge(&[(0, 0..11)]).assert_clean_with_dup_at_most(0);
    let (code, listed) = stage.typed(&["outbox", "list", "--state", "dead"]).await;
    assert!(
        code == 0 && listed.contains("a poison pill") && listed.contains("given up after"),
        "{listed}"
    );
    assert_eq!(listed.matches("factorio").count(), 1, "{listed}");

    stage.discord.clear_faults();
    assert_eq!(stage.typed(&["outbox", "retry", "--all"]).await.0, 0);
    stage
        .discord
        .wait_for_text("a poison pill", crate::stage::SOON)
        .await
        .unwrap();
    running.stop().await;
}

#[tokio::test]
async fn d10_nothing_that_players_type_pings_formats_or_breaks_a_limit() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    // The backlog of a stop is folded: few messages, and no wait for the channel's limit.
    stage.start().await.stop().await;
    let mut hostile: Vec<String> = [
        "@everyone @here",
        "<@1> <@!1> <@&1> <#1> </help:1> <:a:1> <t:0:R> <id:home>",
        "**b** _i_ __u__ ~~s~~ ||x|| `c` ```block```",
        "# head",
        "> quote",
        ">>> quote",
        "- list",
        "1. list",
        "-# small",
        "[text](https://evil.example) https://evil.example <https://evil.example>",
        "discord.gg/abcdef",
        "\u{202e}live\u{202c} \u{2066}x\u{2069} \u{200f}",
        "a\u{0}b\u{7}c\u{1b}[31mred",
        "\\@everyone \\\\@everyone \\`",
        "@\u{200b}everyone \u{ff20}everyone",
        "\u{200b}\u{200b}\u{200b}",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "[color=red]@everyone[/color] [gps=1,2] [item=@everyone]",
        "http://@everyone",
    ]
    .map(str::to_owned)
    .to_vec();
    hostile.push("W\u{e4}\u{1f600}@everyone ".repeat(100 * 1024 / 18));
    hostile.push("*".repeat(100 * 1024));
    hostile.push("\\".repeat(3000));
    for (number, text) in (0..).zip(&hostile) {
        if text.len() < 1000 {
            log.chat("@everyone", text).unwrap();
        }
        log.chat("Mallory", text).unwrap();
        log.line(text).unwrap();
        log.numbered(0, number).unwrap();
    }
    log.raw(b"2026-01-01 00:00:00 [CHAT] Mallory: \xff\xfe@everyone\xc3\n")
        .unwrap();
    let last = hostile.len() as u64;
    log.numbered(0, last).unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, last).await;
    assert_eq!(running.metric("dead_lettered_total").await, 0);
    running.stop().await;

    stage.discord.assert_no_violations();
    for request in stage.discord.requests() {
        let mentions = &request.json()["allowed_mentions"];
        assert_eq!(mentions["parse"], serde_json::json!([]), "{mentions}");
        assert!(
            ["users", "roles"]
                .iter()
                .all(|who| mentions[who].as_array().is_none_or(Vec::is_empty)),
            "{mentions}"
        );
    }
    let messages = stage.discord.messages();
    assert!(messages.iter().all(|message| message.pinged.is_empty()));
    let shown: String = messages
        .iter()
        .map(|message| message.text.clone() + "\n")
        .collect();
    for disarmed in [r"\*\*b\*\*", r"\|\|x\|\|", r"\~\~s\~\~"] {
        assert!(shown.contains(disarmed), "{disarmed} in {shown:.2000}");
    }
    for live in ['\u{202e}', '\u{2066}', '\u{0}', '\u{1b}', '\u{7}'] {
        assert!(!shown.contains(live), "{live:?}");
    }
    stage.judge(&[(0, 0..last + 1)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn d11_a_burst_of_500_lines_is_folded_into_few_requests_in_order() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..500).unwrap();
    stage.wait_for_id(0, 499).await;
    running.stop().await;
    let counters = stage.discord.counters();
    assert!(counters.requests <= 13, "{counters:?}");
    assert_eq!(
        (counters.rate_limited, counters.most_per_webhook_in_2s.min(6)),
        (0, 5),
        "{counters:?}"
    );
    let sizes: Vec<usize> = stage
        .discord
        .texts()
        .iter()
        .map(|text| text.chars().count())
        .collect();
    assert!(sizes.iter().all(|size| *size <= 2000), "{sizes:?}");
    assert!(
        stage
            .discord
            .texts()
            .iter()
            .any(|text| text.contains(numbered::MARK))
    );
    stage.judge(&[(0, 0..500)]).assert_clean_with_dup_at_most(0);
    stage.discord.assert_no_violations();
}
