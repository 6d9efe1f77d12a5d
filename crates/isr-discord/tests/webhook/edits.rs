//! One edit of a message: what is asked for, and what each answer means.

use isr_discord::outcome::GoneTarget;
use isr_discord::{Embed, Outcome, WebhookClient, WebhookEdit, WebhookUrl};
use serde_json::json;

use super::server::{Answer, Reply, Server, TOKEN};

const EDIT: WebhookEdit<'static> = WebhookEdit::text("🔁 **Bob** reconnected");

async fn edited(answer: Answer) -> Outcome {
    let server = Server::start(move |_, _| Reply::Whole(answer.clone())).await;
    WebhookClient::default()
        .edit(&server.url(1), 7, &EDIT)
        .await
        .outcome
}

#[tokio::test]
async fn d10_an_edit_asks_as_discord_documents_and_always_says_who_may_be_pinged() {
    let server = Server::start(|_, _| Reply::Whole(Answer::posted(7, 9))).await;
    let address = server.url(42).to_string().replace("can…", TOKEN);
    let url = WebhookUrl::parse(&format!("{address}?thread_id=55")).expect("a good address");
    let attempt = WebhookClient::default().edit(&url, 7, &EDIT).await;
    assert_eq!(attempt.outcome, Outcome::Delivered { message_id: Some(7) });
    assert_eq!((attempt.status, attempt.signals.channel), (Some(200), Some(9)));
    let seen = &server.seen()[0];
    assert_eq!(seen.method, "PATCH");
    assert_eq!(
        seen.target,
        format!("/api/webhooks/42/{TOKEN}/messages/7?thread_id=55")
    );
    assert_eq!(
        seen.body,
        json!({"content": EDIT.content, "allowed_mentions": {"parse": []}})
    );
}

#[tokio::test]
async fn an_edit_of_embeds_leaves_the_text_alone() {
    let server = Server::start(|_, _| Reply::Whole(Answer::posted(7, 9))).await;
    let edit = WebhookEdit {
        content: None,
        embeds: vec![Embed::parse(r#"{"title":"up again"}"#).expect("a good embed")],
        ..EDIT
    };
    let attempt = WebhookClient::default().edit(&server.url(1), 7, &edit).await;
    assert_eq!(attempt.outcome, Outcome::Delivered { message_id: Some(7) });
    assert_eq!(
        server.seen()[0].body,
        json!({"embeds": [{"title": "up again"}], "allowed_mentions": {"parse": []}})
    );
}

#[tokio::test]
async fn what_an_edit_is_answered_is_told_apart() {
    let code = |status, code: u32| Answer::new(status, &format!(r#"{{"code":{code},"message":"no"}}"#));
    assert_eq!(edited(code(404, 10008)).await, Outcome::MessageGone);
    let gone = Outcome::Gone {
        what: GoneTarget::Webhook,
    };
    assert_eq!(edited(code(404, 10015)).await, gone);
    assert!(matches!(
        edited(code(403, 50005)).await,
        Outcome::Forbidden { .. }
    ));
    assert!(matches!(
        edited(code(400, 30046)).await,
        Outcome::Rejected {
            code: Some(30046),
            ..
        }
    ));
    let limited = code(429, 0)
        .with("retry-after", 3)
        .with("x-ratelimit-scope", "user");
    assert!(matches!(
        edited(limited).await,
        Outcome::RateLimited { retry_after, .. } if retry_after.as_secs() == 3
    ));
    assert!(matches!(
        edited(Answer::new(502, "")).await,
        Outcome::Uncertain { .. }
    ));
}
