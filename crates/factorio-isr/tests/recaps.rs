//! Recaps with the real program and a fake Discord: posted once, as text and as a picture, also over a kill.
//!
//! Nobody waits for Monday. A first run settles the time before it, as every first run does; for the second one the recap
//! is due at a time of day that has just passed, so that the period of that run has ended.

mod stage;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use stage::{SOON, Stage};

/// What was logged some hours ago. The odd minutes keep anybody from taking the stamps for another time zone.
const AGO: SignedDuration = SignedDuration::from_mins(5 * 60 + 7);

fn shown(moment: Timestamp, form: &str) -> String {
    TimeZone::UTC.to_datetime(moment).strftime(form).to_string()
}

/// A server with a visit and some chat in its log, whose daily recap is due at a time so far from now.
fn configure(stage: &Stage, due: SignedDuration, more: &str) {
    let (log, url) = (stage.log_path(), stage.discord.url(1));
    let due = shown(Timestamp::now() + due, "%H:%M");
    stage.write_yaml(&format!(
        "servers:\n  factorio:\n    log_path: {}\n    webhook: {url}\n    name: Main base\n    start: beginning\n    \
         recap: {{daily: '{due}'}}\n{more}",
        log.display()
    ));
}

/// A stage on which a run has settled all recaps before it and counted a visit of Ann.
#[expect(clippy::unwrap_used, reason = "a scenery that cannot be built ends the test")]
async fn counted(more: &str) -> Stage {
    let stage = Stage::bare().await;
    let stage = stage.configure(|command| command.env("LOG_LEVEL", "debug"));
    let began = Timestamp::now() - AGO;
    let stamp = |minutes| shown(began + SignedDuration::from_mins(minutes), "%Y-%m-%d %H:%M:%S");
    let chat = (1..4).map(|minute| format!("{} [CHAT] Ann: hello {minute}", stamp(minute)));
    let lines = std::iter::once(format!("{} [JOIN] Ann joined the game", stamp(0)))
        .chain(chat)
        .chain([format!("{} [LEAVE] Ann left the game", stamp(90))]);
    stage.log().many(lines).unwrap();
    configure(&stage, SignedDuration::from_hours(2), more);
    let running = stage.start().await;
    stage.wait_for_shown("hello 3").await;
    running.daemon.wait_for_line("recap_settled", SOON).await.unwrap();
    running.stop().await;
    configure(&stage, -SignedDuration::from_mins(2), more);
    stage
}

/// It is told some minutes after it was due, with its time in front.
fn recaps(stage: &Stage) -> Vec<isr_testkit::discord::Message> {
    let mut messages = stage.discord.messages();
    messages.retain(|message| message.text.contains("📊"));
    messages
}

#[tokio::test]
async fn a_recap_that_is_due_is_posted_once_as_text_and_picture() {
    let stage = counted("").await;
    let running = stage.start().await;
    stage.wait_for_shown("the day in review").await;
    running.stop().await;
    let running = stage.start().await;
    running.daemon.wait_for_line("recap_settled", SOON).await.unwrap();
    running.stop().await;
    let posted = recaps(&stage);
    let [recap] = &posted[..] else {
        panic!("{posted:#?}")
    };
    assert!(
        recap.text.contains("📊 **Main base**: the day in review"),
        "{}",
        recap.text
    );
    assert!(
        recap.text.contains("**1 player** played **1 h 30 min**"),
        "{}",
        recap.text
    );
    assert!(recap.text.contains("💬 3 messages: **Ann** 3"), "{}", recap.text);
    let [picture] = &recap.files[..] else {
        panic!("{:#?}", recap.files)
    };
    assert!(
        picture.bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "{}",
        picture.name
    );
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_kill_between_the_commit_of_a_recap_and_its_post_neither_loses_nor_repeats_it() {
    let stage = counted("").await;
    stage.discord.refuse_connections().await;
    let running = stage.start().await;
    running.daemon.wait_for_line("recap_posted", SOON).await.unwrap();
    running.kill().await;
    stage.discord.accept_connections().await.unwrap();
    for _run in 0..2 {
        let running = stage.start().await;
        stage.wait_for_shown("the day in review").await;
        running.daemon.wait_for_line("recap_settled", SOON).await.unwrap();
        running.kill().await;
    }
    assert_eq!(recaps(&stage).len(), 1, "{:#?}", recaps(&stage));
}

#[tokio::test]
async fn a_recap_speaks_the_language_of_its_server() {
    let stage = counted("voice: {language: german}\n").await;
    let running = stage.start().await;
    stage.wait_for_shown("der Tag im Rückblick").await;
    running.stop().await;
    let text = &recaps(&stage)[0].text;
    assert!(text.contains("**1 Spieler** war **1 Std 30 min** da"), "{text}");
}
