//! The posts of alerts: the end of one changes the message that told of its beginning, in the order of the lane.

use isr_core::delivery::Form;
use isr_store::{AlertChange, AlertPost};

use super::tests::{Asked, Stage, lock};
use super::*;
use crate::relay::sink::{AttemptOutcome, EditOutcome};

impl Stage {
    fn alert(&self, post: AlertPost) {
        let change = AlertChange {
            server: isr_core::source::ServerTag::parse("north").unwrap(),
            rule: "ups_low".into(),
            state: Some("x".into()),
            post,
        };
        self.blocking(|store| async move { store.change_alerts(vec![change]).await.unwrap() });
    }

    fn opens(&mut self, text: &str) {
        let delivery = self.embed(text);
        self.alert(AlertPost::Opens(Box::new(delivery)));
    }

    fn closes(&mut self, text: &str) {
        let delivery = self.embed(text);
        self.alert(AlertPost::Closes(Box::new(delivery)));
    }

    fn embed(&mut self, text: &str) -> isr_core::delivery::NewDelivery {
        isr_core::delivery::NewDelivery {
            form: Form::Embed,
            ..self.delivery("alert", &format!(r#"{{"title":"{text}"}}"#))
        }
    }

    async fn posted_embed(&self, number: usize) -> (u64, String) {
        match self.asked(number).await {
            (at, Asked::Post(message)) => (at, message.embeds.concat()),
            other => panic!("no post: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_alert_changes_its_post_although_both_waited_together() {
    let mut stage = Stage::new();
    stage.opens("low");
    stage.write("chat", "a");
    stage.closes("fine");
    stage.write("chat", "b");
    assert_eq!(stage.posted_embed(0).await.1, r#"{"title":"low"}"#);
    assert_eq!(stage.posted(1).await.1, "a");
    assert_eq!(stage.edited(2).await, (0, 1, r#"{"title":"fine"}"#.into()));
    assert_eq!(stage.posted(3).await.1, "b");
    stage.write("chat", "end");
    stage.posted(4).await;
    stage.end(5).await;
}

#[tokio::test(start_paused = true)]
async fn where_the_post_cannot_be_changed_the_end_is_posted() {
    let outcomes = [EditOutcome::Gone, EditOutcome::Refused { why: "no".into() }];
    for outcome in outcomes {
        let mut stage = Stage::new();
        stage.opens("low");
        stage.posted_embed(0).await;
        lock(&stage.sink.edits).push_back(outcome.clone());
        stage.closes("fine");
        stage.edited(1).await;
        let posted = (0, r#"{"title":"fine"}"#.to_owned());
        assert_eq!(stage.posted_embed(2).await, posted, "{outcome:?}");
        stage.write("chat", "end");
        stage.posted(3).await;
        assert_eq!(stage.resent(), 0);
        stage.end(4).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_was_posted_without_an_answer_is_posted_again_and_counted() {
    let mut stage = Stage::new();
    stage.opens("low");
    stage.posted_embed(0).await;
    lock(&stage.sink.edits).push_back(EditOutcome::Gone);
    lock(&stage.sink.posts).push_back(AttemptOutcome::Uncertain { why: "no answer" });
    stage.closes("fine");
    stage.edited(1).await;
    for number in [2, 3] {
        assert_eq!(stage.posted_embed(number).await.1, r#"{"title":"fine"}"#);
    }
    stage.write("chat", "end");
    stage.posted(4).await;
    assert_eq!(stage.resent(), 1);
    stage.end(5).await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_failed_for_now_is_made_again_and_nothing_overtakes_it() {
    let outcomes = [
        EditOutcome::Uncertain { why: "no answer" },
        EditOutcome::NotNow {
            why: "no connection",
            after: None,
        },
        EditOutcome::NotNow {
            why: "limited",
            after: Some(Duration::from_secs(2)),
        },
    ];
    for outcome in outcomes {
        let mut stage = Stage::new();
        stage.opens("low");
        stage.posted_embed(0).await;
        lock(&stage.sink.edits).push_back(outcome);
        stage.closes("fine");
        stage.write("chat", "after");
        let first = stage.edited(1).await;
        let again = stage.edited(2).await;
        assert_eq!((first.1, &first.2), (again.1, &again.2));
        assert_eq!(stage.posted(3).await.1, "after");
        stage.write("chat", "end");
        stage.posted(4).await;
        assert_eq!(stage.resent(), 0, "changing a message again shows nothing twice");
        stage.end(5).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_discord_puts_off_is_an_edit_later_and_what_follows_goes_first() {
    let mut stage = Stage::new();
    stage.opens("low");
    stage.posted_embed(0).await;
    for why in [
        EditOutcome::Uncertain { why: "no answer" },
        EditOutcome::NotNow {
            why: "limited",
            after: Some(Duration::from_secs(60)),
        },
    ] {
        lock(&stage.sink.edits).push_back(why);
    }
    stage.closes("fine");
    let fine = r#"{"title":"fine"}"#;
    assert_eq!(stage.edited(1).await.2, fine);
    let refused = stage.edited(2).await;
    stage.write("chat", "after");
    assert_eq!(stage.posted(3).await.1, "after");
    let again = stage.edited(4).await;
    assert_eq!((again.1, again.2.as_str()), (1, fine));
    assert!(again.0 >= refused.0 + 60, "{} after {}", again.0, refused.0);
    stage.write("chat", "end");
    stage.posted(5).await;
    stage.end(6).await;
}
