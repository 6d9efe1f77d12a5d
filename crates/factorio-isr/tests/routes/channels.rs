//! Events go where the routes say: several channels, threads, admins only, nowhere.

use isr_testkit::discord::Message;

use crate::stage::{SOON, Stage};

/// The lines that one destination has, in order.
fn lines_at(stage: &Stage, webhook: u64, thread: Option<u64>) -> Vec<String> {
    let messages = stage.discord.messages();
    let there = messages
        .iter()
        .filter(|message| message.webhook == webhook && message.thread == thread);
    there.flat_map(Message::lines).map(str::to_owned).collect()
}

/// A stage whose only server takes these channels (name, webhook and what follows it) and routes.
async fn stage(channels: &[(&str, String)], routes: &str) -> Stage {
    let stage = Stage::new().await;
    let channels: String = channels
        .iter()
        .map(|(name, channel)| format!("  {name}: {channel}\n"))
        .collect();
    stage.write_yaml(&format!("channels:\n{channels}{routes}"));
    stage
}

#[tokio::test]
async fn an_event_goes_to_several_channels_to_a_thread_or_nowhere() {
    let bare = Stage::bare().await;
    let (public, logs) = (bare.discord.url(2), bare.discord.url(3));
    bare.discord.add_thread(3, 77);
    let stage = bare.with_only_server();
    stage.write_yaml(&format!(
        "channels:
  public: {public}
  thread: {logs}?thread_id=77
  staff: {{webhook: {logs}, admins: on}}
defaults: {{events: {{command: on}}}}
routes:
  - {{events: chat, to: [webhook, public, thread]}}
  - {{events: join, to: none}}
  - {{events: all, to: [public, staff]}}
"
    ));
    let mut log = stage.log();
    let running = stage.start().await;
    log.many([
        "2026-01-31 18:00:05 [JOIN] Bob joined the game",
        "2026-01-31 18:00:06 [CHAT] Bob: hello",
        "2026-01-31 18:00:07 [COMMAND] Bob (command): game.speed = 2",
        "2026-01-31 18:00:08 [LEAVE] Bob left the game",
        "2026-01-31 18:00:09 [CHAT] Bob: the end",
    ])
    .unwrap();
    for (webhook, thread) in [(1, None), (2, None), (3, Some(77))] {
        let arrived = move |seen: &isr_testkit::discord::Seen| {
            seen.messages().any(|message| {
                message.webhook == webhook && message.thread == thread && message.text.contains("the end")
            })
        };
        stage.discord.wait_for(SOON, arrived).await.unwrap();
    }
    stage
        .discord
        .wait_for(SOON, |seen| seen.has_text("game.speed"))
        .await
        .unwrap();
    running.stop().await;
    let said = |lines: &[String]| -> Vec<&'static str> {
        let words = ["joined", "hello", "game.speed", "left", "the end"];
        let of = |line: &String| words.into_iter().find(|word| line.contains(word)).unwrap_or("?");
        lines.iter().map(of).collect()
    };
    assert_eq!(said(&lines_at(&stage, 1, None)), ["hello", "the end"]);
    assert_eq!(said(&lines_at(&stage, 2, None)), ["hello", "left", "the end"]);
    assert_eq!(said(&lines_at(&stage, 3, Some(77))), ["hello", "the end"]);
    assert_eq!(said(&lines_at(&stage, 3, None)), ["game.speed", "left"]);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_kill_loses_no_line_of_any_of_several_channels() {
    let bare = Stage::bare().await;
    let public = bare.discord.url(2);
    let stage = bare.with_only_server();
    stage.write_yaml(&format!(
        "channels: {{public: '{public}'}}\nroutes: [{{events: chat, to: [webhook, public]}}]\n"
    ));
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..50).unwrap();
    stage.discord.wait_for_messages(1, SOON).await.unwrap();
    running.kill().await;
    let running = stage.start().await;
    log.numbered_many(0, 50..60).unwrap();
    let last = isr_testkit::log::numbered::payload(0, 59);
    let everywhere = move |seen: &isr_testkit::discord::Seen| {
        [1, 2].iter().all(|webhook| {
            seen.messages()
                .any(|message| message.webhook == *webhook && message.text.contains(&last))
        })
    };
    stage.discord.wait_for(SOON, everywhere).await.unwrap();
    running.stop().await;
    for webhook in [1, 2] {
        let lines = lines_at(&stage, webhook, None).join("\n");
        for id in 0..60 {
            let payload = isr_testkit::log::numbered::payload(0, id);
            assert!(lines.contains(&payload), "{payload} is not at webhook {webhook}");
        }
    }
}

#[tokio::test]
async fn check_tells_which_event_goes_where_and_what_nobody_receives() {
    let stage = stage(
        &[("public", "https://discord.com/api/webhooks/2/x".to_owned())],
        "routes:\n  - {events: chat, to: [webhook, public]}\n  - {events: join, to: none}\n",
    )
    .await;
    let (code, out) = stage.typed(&["check"]).await;
    assert_eq!(code, 0, "{out}");
    let row = |kind: &str| {
        let found = out
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{kind} ")));
        found.unwrap_or_else(|| panic!("no {kind} in\n{out}")).to_owned()
    };
    assert!(
        row("chat").contains("to its webhook, public by the route in line 4"),
        "{out}"
    );
    assert!(
        row("join").contains("nowhere: so says the route in line 5"),
        "{out}"
    );
    assert!(row("leave").contains("to its webhook"), "{out}");
    assert!(row("Nobody receives:").contains("join"), "{out}");
}

#[tokio::test]
async fn check_marks_what_a_filter_or_the_voice_keeps_back() {
    let stage = stage(
        &[],
        "filters:
  - {name: no talk, events: chat}
  - {name: rare, events: leave, rate: 1 per 1min}
voice:
  messages:
    join: off
    death: off
",
    )
    .await;
    let (code, out) = stage.typed(&["check"]).await;
    assert_eq!(code, 0, "{out}");
    for (kind, place) in [
        ("chat", "nowhere: the filter `no talk` keeps it back"),
        ("join", "nowhere: `voice` switches it off"),
        ("death", "nowhere: `voice` switches it off"),
        ("leave", "to its webhook"),
        ("Nobody receives:", "join, chat, death"),
    ] {
        let mut rows = out.lines().map(str::trim_start);
        let row = rows.find(|row| row.starts_with(&format!("{kind} ")));
        assert!(
            row.is_some_and(|row| row.contains(place)),
            "{kind}: {place}\n{out}"
        );
    }
}
