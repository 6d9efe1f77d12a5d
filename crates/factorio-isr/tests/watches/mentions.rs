//! Only who is listed is pinged, by id, and not too often.

use isr_testkit::discord::Message;

use super::{stage_with, texts_of};
use crate::stage::{SOON, Stage, sum_where};

const LIST: &str = "mentions:\n  roles:\n    admins: [\"123456789012345678\", board-of-directors]\n  users:\n    boss: \"223456789012345678\"\n";

const ADMINS: &str = "role 123456789012345678";
const BOSS: &str = "user 223456789012345678";

/// The message that holds a text.
async fn message_with(stage: &Stage, text: &str) -> Message {
    let waited = stage.discord.wait_for_text(text, SOON).await;
    let messages = stage.discord.messages();
    let found = messages.into_iter().find(|message| message.text.contains(text));
    found.unwrap_or_else(|| panic!("{text:?} did not come: {waited:?}"))
}

#[tokio::test]
async fn w20_only_listed_words_ping_and_whatever_else_a_player_types_stays_text() {
    let stage = stage_with(LIST).await;
    let mut log = stage.log();
    let running = stage.start().await;
    let silent = [
        "@everyone @here one",
        "<@&123456789012345678> <@223456789012345678> two",
        "me@admins ada@example.org @administration @admins2 @boss@x three",
        "https://evil.example/@admins four",
        "@mods @staff @nobody five",
    ];
    for text in silent {
        log.chat("Mallory", text).unwrap();
        let word = text.rsplit(' ').next().unwrap();
        let message = message_with(&stage, word).await;
        assert_eq!(message.pinged, [""; 0], "{}", message.text);
    }
    for (text, shown, pinged) in [
        (
            "@Admins help six",
            "<@&123456789012345678> help six",
            vec![ADMINS],
        ),
        (
            "@board-of-directors vote seven",
            "<@&123456789012345678> vote seven",
            vec![ADMINS],
        ),
        (
            "(@boss) @admins. eight",
            "(<@223456789012345678>) <@&123456789012345678>. eight",
            vec![ADMINS, BOSS],
        ),
    ] {
        log.chat("Bob", text).unwrap();
        let message = message_with(&stage, text.rsplit(' ').next().unwrap()).await;
        assert!(message.text.contains(shown), "{}", message.text);
        assert_eq!(message.pinged, pinged);
    }
    running.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn everyone_is_called_by_a_message_of_its_own_without_the_words_of_the_player() {
    let stage = stage_with("mentions:\n  everyone:\n").await;
    let mut log = stage.log();
    // Read in one go: lines are folded, the call is not.
    stage.start().await.stop().await;
    log.chat("Ada", "before").unwrap();
    log.chat("Bob", "@everyone rocket in five minutes").unwrap();
    log.chat("Eve", "@everyone me too").unwrap();
    log.chat("Ada", "behind").unwrap();
    let running = stage.start().await;
    stage.discord.wait_for_text("behind", SOON).await.unwrap();
    let messages = stage.discord.messages();
    let calls: Vec<_> = messages
        .iter()
        .filter(|message| !message.pinged.is_empty())
        .collect();
    assert_eq!(calls.len(), 1, "once in five minutes: {messages:#?}");
    assert_eq!(calls[0].pinged, ["everyone"]);
    assert_eq!(
        calls[0].text,
        "@everyone a player calls you: the line above says who and why"
    );
    let all = texts_of(&stage, 1);
    let place = |part: &str| all.iter().position(|line| line.contains(part)).unwrap();
    assert!(place("before") < place("rocket in five") && place("rocket in five") < place("calls you"));
    assert!(place("calls you") < place("me too"), "{all:#?}");
    let body = running.get("/metrics").await.body;
    assert_eq!(sum_where(&body, "suppressed_total", "mention_rate"), 1);
    running.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn whoever_calls_too_often_is_shown_without_ping_and_admins_hear_of_it_once() {
    let stage = stage_with(LIST).await;
    let mut log = stage.log();
    let running = stage.start().await;
    for number in 0..12 {
        log.chat("Mallory", &format!("@admins number {number:02}"))
            .unwrap();
    }
    let last = message_with(&stage, "number 11").await;
    assert!(last.text.contains(r"\@admins number 11"), "{}", last.text);
    let notice = "calls people too often";
    stage.discord.wait_for_text(notice, SOON).await.unwrap();
    let body = running.get("/metrics").await.body;
    assert_eq!(sum_where(&body, "suppressed_total", "mention_rate"), 7);
    running.stop().await;
    let live = texts_of(&stage, 1);
    let live = live.iter().filter(|line| line.contains("<@&123456789012345678>"));
    assert_eq!(live.count(), 5, "the others were shown as they were typed");
    let notices = texts_of(&stage, 2);
    assert_eq!(
        notices.iter().filter(|line| line.contains(notice)).count(),
        1,
        "{notices:#?}"
    );
}

#[tokio::test]
async fn the_mentions_yml_of_an_old_deployment_is_read() {
    let stage = Stage::new().await;
    let folder = stage.command.work_dir().join("config");
    std::fs::create_dir_all(&folder).unwrap();
    let text = "mentions:\n  roles:\n    night shift:\n      - night\n      - \"123456789012345678\"\n    ops:\n      - ops\n";
    std::fs::write(folder.join("mentions.yml"), text).unwrap();
    let (code, checked) = stage.typed(&["check"]).await;
    assert_eq!(code, 0, "{checked}");
    assert!(checked.contains("@night = role 123456789012345678"), "{checked}");
    assert!(
        checked.contains("`ops` has no effect: a webhook cannot look names up"),
        "{checked}"
    );
    let mut log = stage.log();
    let running = stage.start().await;
    log.chat("Bob", "@ops and @night biters").unwrap();
    let message = message_with(&stage, "biters").await;
    assert_eq!(message.pinged, [ADMINS]);
    assert!(
        message.text.ends_with(r"\@ops and <@&123456789012345678> biters"),
        "{}",
        message.text
    );
    running.stop().await;
}

#[tokio::test]
async fn mentions_work_in_the_events_of_patterns_too() {
    let stage = stage_with(&format!("{LIST}  everyone:\n")).await;
    let folder = stage.command.work_dir().join("patterns");
    std::fs::create_dir_all(&folder).unwrap();
    let text = "events:\n  mention_admins:\n    pattern: '\\[CHAT\\] ([^:]+): (.*@admins.*)'\n    type: mention\n    emoji: \"📢\"\n    message: \"**{player}** mentioned admins: {message}\"\n    priority: 5\n  chat:\n    pattern: '\\[CHAT\\] ([^:]+): (.+)'\n    type: chat\n    message: \"{player}: {message}\"\n";
    std::fs::write(folder.join("chat.yml"), text).unwrap();
    let mut log = stage.log();
    let running = stage.start().await;
    log.chat("Bob", "hey @admins <@&223456789012345678> biters")
        .unwrap();
    let called = message_with(&stage, "biters").await;
    assert_eq!(
        called.text,
        r"📢 **Bob** mentioned admins: hey <@&123456789012345678> \<\@&223456789012345678\> biters"
    );
    assert_eq!(called.pinged, [ADMINS]);
    log.chat("Bob", "@boss me@example.org spitters").unwrap();
    let message = message_with(&stage, "spitters").await;
    assert_eq!(
        (message.pinged, message.text),
        (
            vec![BOSS.to_owned()],
            r"Bob: <@223456789012345678> me\@example.org spitters".to_owned()
        )
    );
    log.chat("Bob", "@everyone worms").unwrap();
    let call = message_with(&stage, "calls you").await;
    assert_eq!(call.pinged, ["everyone"]);
    running.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn whoever_is_called_in_several_channels_is_pinged_in_the_first_one_only() {
    let bare = Stage::bare().await;
    let other = bare.discord.url(2);
    let stage = bare.with_only_server();
    stage.write_yaml(&format!(
        "{LIST}  everyone:\nchannels:\n  other: {other}\nroutes:\n  - {{events: chat, to: [webhook, other]}}\n"
    ));
    let mut log = stage.log();
    let running = stage.start().await;
    log.chat("Bob", "@admins @everyone help one").unwrap();
    log.chat("Bob", "two").unwrap();
    for webhook in [1, 2] {
        let arrived = move |seen: &isr_testkit::discord::Seen| {
            seen.messages()
                .any(|message| message.webhook == webhook && message.text.contains("two"))
        };
        stage.discord.wait_for(SOON, arrived).await.unwrap();
    }
    running.stop().await;
    let messages = stage.discord.messages();
    let pinging = messages.iter().filter(|message| !message.pinged.is_empty());
    let pinging: Vec<_> = pinging
        .map(|message| (message.webhook, message.pinged.clone()))
        .collect();
    assert_eq!(pinging.len(), 2, "{pinging:?}");
    assert_eq!(pinging[0], (1, vec![ADMINS.to_owned()]));
    assert_eq!(pinging[1].0, 1);
    stage.discord.assert_no_violations();
}
