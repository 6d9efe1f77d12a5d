//! What an admin writes reaches Discord as it was meant: lines, embeds, silence.

use isr_testkit::discord::Seen;

use crate::stage::{SOON, Stage};

#[tokio::test]
async fn lines_and_embeds_of_an_admin_arrive_in_order_and_what_is_off_does_not() {
    let stage = Stage::new().await;
    stage.write_yaml(
        "voice:
  language: german
  messages:
    join: off
    death: {embed: {title: 'RIP {player}', description: '{cause}', colour: red, time: off}}
",
    );
    let mut log = stage.log();
    let running = stage.start().await;
    log.many([
        "2026-01-31 18:00:05 [JOIN] Bob joined the game",
        "Bob_1 was killed by **@everyone**",
        "2026-01-31 18:00:08 [CHAT] Bob: the end",
    ])
    .unwrap();
    let end = |seen: &Seen| seen.messages().any(|message| message.text.contains("the end"));
    stage.discord.wait_for(SOON, end).await.unwrap();
    running.stop().await;
    let messages = stage.discord.messages();
    assert!(
        !messages
            .iter()
            .any(|message| message.text.contains("beigetreten"))
    );
    let at = messages
        .iter()
        .position(|message| !message.embeds.is_empty())
        .unwrap();
    let embed = &messages[at].embeds[0];
    assert_eq!(embed["title"], r"💀 RIP Bob\_1");
    assert_eq!(embed["description"], "\\*\\*\\@\u{200b}everyone\\*\\*");
    assert_eq!(embed["color"], 0xed_42_45);
    assert!(
        messages[at + 1..]
            .iter()
            .any(|message| message.text.contains("the end"))
    );
    assert_eq!(stage.discord.violations(), []);
}
