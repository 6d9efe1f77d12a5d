//! The fake answers as Discord documents, checks what it gets, and holds its limits.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic anywhere"
)]

mod support;

use std::time::Duration;

use isr_testkit::discord::{Announce, Answer, FakeDiscord, Keep, Limits, Rate, Rule};
use serde_json::json;
use support::{DEADLINE, post, post_form, send};

#[tokio::test]
async fn a_good_message_is_posted_and_shown() {
    let discord = FakeDiscord::start().await.unwrap();
    discord.add_thread(41, 77);
    let url = discord.url(41);
    let answer = post(&url, " hello @everyone \n").await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["content"], "hello @everyone");
    assert_eq!(answer.json()["webhook_id"], "41");
    assert_eq!(answer.header("x-ratelimit-limit"), Some("5"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("4"));
    assert!(
        answer
            .header("x-ratelimit-reset")
            .unwrap()
            .parse::<f64>()
            .unwrap()
            > 1.7e9
    );
    assert_eq!(answer.header("retry-after"), None);

    let form = json!({"content": "in a thread", "username": "Bob", "allowed_mentions": {"parse": []}});
    let headers = "user-agent: DiscordBot (https://e.org, 1)\r\ncontent-type: application/json\r\n";
    let body = form.to_string();
    let in_thread = send(
        "POST",
        &format!("{url}?wait=true&thread_id=77"),
        headers,
        body.as_bytes(),
    )
    .await
    .unwrap();
    assert_eq!(in_thread.status, 200);

    let messages = discord.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(
        (messages[0].destination(), messages[1].destination()),
        ("41".into(), "41/77".into())
    );
    assert_eq!(
        (messages[0].username.as_deref(), messages[1].username.as_deref()),
        (None, Some("Bob"))
    );
    assert!(messages[0].pinged.is_empty() && messages[0].id < messages[1].id);
    assert_eq!(discord.requests()[0].path, "/api/webhooks/41/TOKEN?wait=true");
    assert_eq!(discord.requests()[0].json()["content"], " hello @everyone \n");
    discord.assert_no_violations();
}

#[tokio::test]
async fn messages_can_be_read_edited_and_deleted() {
    let discord = FakeDiscord::start().await.unwrap();
    let url = discord.url(1);
    let id = post(&url, "first").await.unwrap().json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let message = format!("{url}/messages/{id}");
    let headers = "user-agent: DiscordBot (https://e.org, 1)\r\ncontent-type: application/json\r\n";
    let edit = br#"{"content":"second","allowed_mentions":{"parse":[]}}"#;
    assert_eq!(
        send("PATCH", &message, headers, edit).await.unwrap().json()["content"],
        "second"
    );
    assert_eq!(
        send("GET", &message, headers, b"").await.unwrap().json()["content"],
        "second"
    );
    assert_eq!(discord.messages()[0].edits, 1);
    assert_eq!(send("DELETE", &message, headers, b"").await.unwrap().status, 204);
    assert_eq!(send("GET", &message, headers, b"").await.unwrap().code(), 10008);
    let webhook = send("GET", &url, headers, b"").await.unwrap();
    assert_eq!((webhook.status, webhook.json()["id"].as_str()), (200, Some("1")));
    discord.assert_no_violations();
}

#[tokio::test]
async fn what_discord_refuses_is_refused_and_recorded() {
    let discord = FakeDiscord::start().await.unwrap();
    discord.set_limits(Limits::none());
    let url = discord.url(1);
    let refused = |form| {
        let url = url.clone();
        async move {
            post_form(&url, &form)
                .await
                .map(|answer| (answer.status, answer.code()))
                .unwrap()
        }
    };
    let quiet = json!({"parse": []});
    assert_eq!(
        refused(json!({"content": "x".repeat(2001), "allowed_mentions": quiet})).await,
        (400, 50035)
    );
    assert_eq!(
        refused(json!({"content": "", "allowed_mentions": quiet})).await,
        (400, 50006)
    );
    assert_eq!(
        refused(json!({"content": "x", "username": "Discord", "allowed_mentions": quiet})).await,
        (400, 50035)
    );
    let both = json!({"parse": ["users"], "users": ["1"]});
    assert_eq!(
        refused(json!({"content": "x", "allowed_mentions": both})).await,
        (400, 50035)
    );
    assert_eq!(
        post(&url.replace("/1/", "/2/"), "x").await.unwrap().code(),
        10015,
        "unknown webhook"
    );
    assert_eq!(
        post(&format!("{url}x"), "x").await.unwrap().code(),
        50027,
        "wrong token"
    );
    assert_eq!(discord.counters().after_gone, 0);
    assert_eq!(post(&url.replace("/1/", "/2/"), "x").await.unwrap().status, 404);
    assert_eq!(discord.counters().after_gone, 1);
    assert!(discord.messages().is_empty());
    let broken: Vec<Rule> = discord
        .violations()
        .iter()
        .map(|violation| violation.rule)
        .collect();
    assert_eq!(
        broken,
        [Rule::Content, Rule::Content, Rule::Username, Rule::Mentions]
    );
}

#[tokio::test]
async fn what_we_promise_not_to_do_is_recorded() {
    let discord = FakeDiscord::start().await.unwrap();
    let url = discord.url(1);
    let answer = send(
        "POST",
        &url,
        "user-agent: curl/8\r\n",
        br#"{"content":"<@5>","nonce":"1"}"#,
    )
    .await
    .unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    let mut broken: Vec<Rule> = discord
        .violations()
        .iter()
        .map(|violation| violation.rule)
        .collect();
    broken.sort();
    let expected = [
        Rule::UserAgent,
        Rule::ContentType,
        Rule::Wait,
        Rule::UnknownField,
        Rule::MentionsMissing,
    ];
    assert_eq!(broken, expected);
    assert_eq!(discord.messages()[0].pinged, ["user 5"]);
}

#[tokio::test(start_paused = true)]
async fn the_limits_are_held_by_the_clock() {
    let discord = FakeDiscord::start().await.unwrap();
    let url = discord.url(1);
    for _ in 0..5 {
        assert_eq!(post(&url, "x").await.unwrap().status, 200);
    }
    let limited = post(&url, "x").await.unwrap();
    assert_eq!(limited.status, 429);
    assert_eq!(limited.header("x-ratelimit-scope"), Some("user"));
    assert_eq!(limited.header("x-ratelimit-remaining"), Some("0"));
    assert!(limited.header("x-ratelimit-global").is_none());
    let wait = limited.json()["retry_after"].as_f64().unwrap();
    assert!((1.0..=2.0).contains(&wait), "{wait}");
    assert_eq!(limited.header("retry-after"), Some("2"));
    assert_eq!(post(&url, "x").await.unwrap().status, 429, "early");
    tokio::time::sleep(Duration::from_secs_f64(wait)).await;
    assert_eq!(post(&url, "x").await.unwrap().status, 200);
    let counters = discord.counters();
    assert_eq!(
        (counters.over_true_limit, counters.early, counters.invalid),
        (2, 1, 2)
    );
    assert_eq!((counters.messages, counters.most_per_webhook_in_2s), (6, 7));
}

#[tokio::test(start_paused = true)]
async fn the_hidden_limit_of_a_channel_holds_over_its_webhooks() {
    let discord = FakeDiscord::start().await.unwrap();
    (1..=7).for_each(|id| discord.put_webhook(id, 900));
    for id in 1..=6 {
        for _ in 0..5 {
            assert_eq!(post(&discord.url(id), "x").await.unwrap().status, 200);
        }
    }
    let limited = post(&discord.url(7), "x").await.unwrap();
    assert_eq!(
        (limited.status, limited.header("x-ratelimit-remaining")),
        (429, Some("4"))
    );
    assert!(limited.json()["retry_after"].as_f64().unwrap() > 50.0);
    assert_eq!(
        post(&discord.url(8), "x").await.unwrap().status,
        200,
        "another channel"
    );
    assert_eq!(discord.counters().most_per_channel_in_60s, 31);
}

#[tokio::test(start_paused = true)]
async fn d05_limits_change_mid_run() {
    let discord = FakeDiscord::start().await.unwrap();
    let url = discord.url(1);
    discord.change_limits(|limits| {
        limits.webhook = Some(Rate::fixed(2, Duration::from_secs(9)));
        limits.bucket = "another".into();
    });
    let first = post(&url, "x").await.unwrap();
    assert_eq!(
        (
            first.header("x-ratelimit-limit"),
            first.header("x-ratelimit-bucket")
        ),
        (Some("2"), Some("another"))
    );
    discord.change_limits(|limits| limits.announce = Announce::Nothing);
    let second = post(&url, "x").await.unwrap();
    assert_eq!((second.status, second.header("x-ratelimit-limit")), (200, None));
    let third = post(&url, "x").await.unwrap();
    assert_eq!(
        (
            third.status,
            third.header("x-ratelimit-scope"),
            third.header("retry-after")
        ),
        (429, None, Some("9"))
    );
}

#[tokio::test]
async fn the_global_limit_counts_everything() {
    let discord = FakeDiscord::start().await.unwrap();
    discord.set_limits(Limits {
        global: Some(Rate::fixed(3, Duration::from_secs(600))),
        ..Limits::default()
    });
    for id in 0..3 {
        assert_eq!(post(&discord.url(id), "x").await.unwrap().status, 200);
    }
    let limited = post(&discord.url(9), "x").await.unwrap();
    assert_eq!(
        (limited.status, limited.header("x-ratelimit-global")),
        (429, Some("true"))
    );
    assert_eq!(
        (
            limited.json()["global"].as_bool(),
            limited.header("x-ratelimit-bucket")
        ),
        (Some(true), None)
    );
    post(&discord.url(1), "x").await.unwrap();
    assert!(discord.requests().last().unwrap().early_by.unwrap() > Duration::from_secs(500));
}

#[tokio::test]
async fn a_soak_keeps_only_the_last_records_and_observers_see_all() {
    let discord = FakeDiscord::start_keeping(Keep::Last(3)).await.unwrap();
    discord.set_limits(Limits::none());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = std::sync::Arc::clone(&seen);
    discord.observe(move |message| sink.lock().unwrap().push(message.text.clone()));
    for n in 0..10 {
        post(&discord.url(1), &n.to_string()).await.unwrap();
    }
    assert_eq!(discord.texts(), ["7", "8", "9"]);
    assert_eq!(
        discord.requests().iter().map(|r| (r.seq, r.answer)).last(),
        Some((10, Answer::Status(200)))
    );
    assert_eq!(discord.counters().messages, 10);
    assert_eq!(seen.lock().unwrap().len(), 10);
}

#[tokio::test]
async fn waiting_ends_with_the_state_or_with_what_was_seen() {
    let discord = FakeDiscord::start().await.unwrap();
    let poster = discord.clone();
    let posting = tokio::spawn(async move { post(&poster.url(1), "there it is").await });
    discord.wait_for_text("there", DEADLINE).await.unwrap();
    posting.await.unwrap().unwrap();
    let late = discord
        .wait_for_messages(2, Duration::from_millis(1))
        .await
        .unwrap_err();
    assert!(late.to_string().contains("there it is"), "{late}");
}

#[tokio::test]
async fn a_picture_comes_with_its_message_and_has_to_be_described() {
    let discord = FakeDiscord::start().await.unwrap();
    let headers =
        "user-agent: DiscordBot (https://e.org, 1)\r\ncontent-type: multipart/form-data; boundary=xyz\r\n";
    let body = |description: &str| {
        let json = json!({"allowed_mentions": {"parse": []}, "attachments": [{"id": 0, "description": description}]});
        let head = "--xyz\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n";
        let file = "--xyz\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
        [
            format!("{head}{json}\r\n{file}").as_bytes(),
            b"\x89PNG\r\n\x1a\n",
            b"\r\n--xyz--\r\n",
        ]
        .concat()
    };
    let url = format!("{}?wait=true", discord.url(1));
    let answer = send("POST", &url, headers, &body("a chart")).await.unwrap();
    assert_eq!(
        (
            answer.status,
            answer.json()["attachments"][0]["filename"].as_str()
        ),
        (200, Some("a.png"))
    );
    let message = &discord.messages()[0];
    assert_eq!(message.files[0].description.as_deref(), Some("a chart"));
    assert_eq!(&message.files[0].bytes[..], b"\x89PNG\r\n\x1a\n");
    assert_eq!(discord.requests()[0].json()["attachments"][0]["id"], 0);
    discord.assert_no_violations();

    assert_eq!(send("POST", &url, headers, &body("")).await.unwrap().status, 200);
    assert_eq!(discord.violations()[0].rule, Rule::Attachments);
    assert_eq!(send("POST", &url, headers, b"--xyz").await.unwrap().code(), 50035);
}

#[tokio::test]
async fn edits_have_a_limit_of_their_own_and_are_seen_as_they_change_a_message() {
    let discord = FakeDiscord::start().await.unwrap();
    let (seen, shown) = std::sync::mpsc::sync_channel(16);
    discord.observe_edits(move |before, after| {
        seen.send((before.text.clone(), after.text.clone())).unwrap();
    });
    let url = discord.url(1);
    let id = post(&url, "0").await.unwrap().json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let headers = "user-agent: DiscordBot (https://e.org, 1)\r\ncontent-type: application/json\r\n";
    let edit = |text: &str| {
        let body = json!({"content": text, "allowed_mentions": {"parse": []}}).to_string();
        let message = format!("{url}/messages/{id}");
        async move { send("PATCH", &message, headers, body.as_bytes()).await.unwrap() }
    };
    for number in 1..=5 {
        let answer = edit(&number.to_string()).await;
        assert_eq!(
            (answer.status, answer.header("x-ratelimit-remaining")),
            (200, Some((5 - number).to_string().as_str()))
        );
    }
    assert_eq!(edit("6").await.status, 429);
    assert_eq!(
        post(&url, "next").await.unwrap().status,
        200,
        "posts are not edits"
    );
    assert_eq!(discord.texts(), ["5", "next"]);
    assert_eq!((discord.counters().edits, discord.counters().early), (5, 0));
    assert_eq!(shown.recv().unwrap(), ("0".into(), "1".into()));
    let missing = format!("{}/messages/7", discord.url(1));
    let body = br#"{"content":"x","allowed_mentions":{"parse":[]}}"#;
    discord.set_limits(Limits::none());
    assert_eq!(
        send("PATCH", &missing, headers, body).await.unwrap().code(),
        10008
    );
    // The message of another webhook is not ours to change.
    let other = format!("{}/messages/{id}", discord.url(2));
    assert_eq!(send("PATCH", &other, headers, body).await.unwrap().code(), 10008);
}
