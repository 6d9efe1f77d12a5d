//! The bot's messages: posted once whatever is lost, and stopped where Discord says so.

use isr_core::delivery::DeliveryId;
use isr_core::source::GenerationId;
use isr_discord::outcome::GoneTarget;
use isr_discord::request::WebhookEdit;
use isr_discord::{
    Admission, ApiBase, BotClient, BotToken, ChannelMessage, ClientOptions, Jitter, Latch, Limiter, Nonce,
    Outcome, Reaction, WebhookUrl,
};
use isr_testkit::discord::{Fault, Limits};
use serde_json::json;

use crate::stage::{CHANNEL, GUILD, Stage, secs};

fn nonce(offset: u64) -> Nonce {
    Nonce::from(&DeliveryId {
        generation: GenerationId(3),
        offset,
        part: 0,
    })
}

#[tokio::test(start_paused = true)]
async fn a_message_is_posted_changed_marked_and_taken_away() {
    let stage = Stage::new().await;
    let bot = stage.bot();
    let attempt = bot
        .post(CHANNEL, &ChannelMessage::new("hello @everyone", nonce(1)))
        .await;
    let Outcome::Delivered {
        message_id: Some(message),
    } = attempt.outcome
    else {
        panic!("{attempt:?}")
    };
    assert_eq!(attempt.signals.channel, Some(CHANNEL));
    assert!(attempt.signals.bucket.is_some(), "limits are announced");
    let edited = bot
        .edit(CHANNEL, message, &WebhookEdit::text("better"), None)
        .await;
    assert!(matches!(edited.outcome, Outcome::Delivered { .. }), "{edited:?}");
    for _ in 0..2 {
        let reacted = bot.react(CHANNEL, message, &Reaction::unicode("✅")).await;
        assert!(
            matches!(reacted.outcome, Outcome::Delivered { .. }),
            "{reacted:?}"
        );
    }
    let shown = stage.discord.messages();
    assert_eq!((&*shown[0].text, shown[0].channel), ("better", CHANNEL));
    assert_eq!(shown[0].reactions, ["✅"]);
    assert!(shown[0].pinged.is_empty());
    let form = stage.discord.requests()[0].json();
    assert_eq!(
        form,
        json!({"content": "hello @everyone", "allowed_mentions": {"parse": []},
            "nonce": nonce(1).as_str(), "enforce_nonce": true})
    );
    assert!(matches!(
        bot.delete(CHANNEL, message).await.outcome,
        Outcome::Delivered { .. }
    ));
    for gone in [
        bot.delete(CHANNEL, message).await,
        bot.edit(CHANNEL, message, &WebhookEdit::text("x"), None).await,
        bot.react(CHANNEL, message, &Reaction::custom("gear", 5)).await,
    ] {
        assert_eq!(gone.outcome, Outcome::MessageGone);
    }
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn d01_a_second_attempt_after_a_lost_answer_posts_nothing_twice() {
    let stage = Stage::new().await;
    stage.discord.set_limits(Limits::none());
    let bot = stage.bot();
    for number in 0..300 {
        let text = format!("line {number}");
        let message = ChannelMessage::new(&text, nonce(number));
        stage.discord.inject(Fault::AcceptThenCut);
        let lost = bot.post(CHANNEL, &message).await;
        assert!(matches!(lost.outcome, Outcome::Uncertain { .. }), "{lost:?}");
        let again = bot.post(CHANNEL, &message).await;
        assert!(matches!(again.outcome, Outcome::Delivered { .. }), "{again:?}");
    }
    let counters = stage.discord.counters();
    assert_eq!((counters.messages, counters.unconfirmed), (300, 300));
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn d06_a_refused_token_stops_the_whole_bot_and_nothing_else() {
    let stage = Stage::new().await;
    let wrong = BotToken::parse("MTExMTIyMjIzMzMzNDQ0NDU1.no.longer").unwrap();
    let bot = BotClient::new(
        ApiBase::parse(&stage.discord.api()).unwrap(),
        wrong,
        ClientOptions::default(),
    );
    let mut limiter = Limiter::new(Jitter::seeded(1));
    let Admission::Go(ticket) = limiter.admit(&bot.lane(CHANNEL), secs(1)) else {
        panic!("not admitted")
    };
    let attempt = bot.post(CHANNEL, &ChannelMessage::new("x", nonce(1))).await;
    assert_eq!(attempt.outcome, Outcome::Unauthorised);
    limiter.observe(ticket, &attempt, secs(1));
    for channel in [CHANNEL, 5] {
        let refused = limiter.admit(&bot.lane(channel), secs(4000));
        assert!(
            matches!(refused, Admission::Latched(Latch::Unauthorised)),
            "{refused:?}"
        );
    }
    let webhook = WebhookUrl::parse(&stage.discord.url(1)).unwrap();
    assert!(matches!(
        limiter.admit(&webhook.lane(), secs(4000)),
        Admission::Go(_)
    ));
    let destination = bot.lane(CHANNEL).destination();
    assert_eq!(destination.as_str(), format!("channel:{CHANNEL}"));
    assert!(limiter.release(&destination));
    assert!(matches!(
        limiter.admit(&bot.lane(5), secs(4001)),
        Admission::Go(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn d07_a_deleted_channel_is_never_tried_again_and_others_are() {
    let stage = Stage::new().await;
    let bot = stage.bot();
    stage.discord.delete_channel(7);
    let mut limiter = Limiter::new(Jitter::seeded(1));
    let Admission::Go(ticket) = limiter.admit(&bot.lane(7), secs(1)) else {
        panic!("not admitted")
    };
    let attempt = bot.post(7, &ChannelMessage::new("x", nonce(1))).await;
    let gone = Outcome::Gone {
        what: GoneTarget::Channel,
    };
    assert_eq!(attempt.outcome, gone);
    limiter.observe(ticket, &attempt, secs(1));
    let refused = limiter.admit(&bot.lane(7), secs(999_999));
    assert!(
        matches!(refused, Admission::Latched(Latch::ChannelGone)),
        "{refused:?}"
    );
    assert!(matches!(limiter.admit(&bot.lane(8), secs(2)), Admission::Go(_)));
}

#[tokio::test(start_paused = true)]
async fn the_limiter_keeps_the_bot_within_discords_limits() {
    let stage = Stage::new().await;
    let bot = stage.bot();
    let mut limiter = Limiter::new(Jitter::seeded(1));
    let began = tokio::time::Instant::now();
    let mut posted = 0;
    while posted < 60 {
        match limiter.admit(&bot.lane(CHANNEL), began.elapsed()) {
            Admission::Go(ticket) => {
                let attempt = bot.post(CHANNEL, &ChannelMessage::new("x", nonce(posted))).await;
                limiter.observe(ticket, &attempt, began.elapsed());
                posted += u64::from(matches!(attempt.outcome, Outcome::Delivered { .. }));
            }
            Admission::Wait(wait) => stage.clock.pass(wait.until - began.elapsed()).await,
            Admission::Latched(latch) => panic!("{latch}"),
        }
    }
    let counters = stage.discord.counters();
    assert_eq!((counters.messages, counters.early), (60, 0));
    // The channel's hidden limit is met once before it is known.
    assert!(counters.over_true_limit <= 1, "{counters:?}");
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn the_bot_says_who_it_is() {
    let stage = Stage::new().await;
    let facts = stage.bot().about().await.unwrap();
    assert_eq!(
        (facts.user, &*facts.name),
        (111_122_223_333_444_455, "factory-bot")
    );
    stage
        .gateway()
        .change_account(|account| account.token = "MTEx.new.one".into());
    let options = isr_discord::gateway::GatewayOptions {
        token: BotToken::parse("MTEx.old.one").unwrap(),
        ..stage.options()
    };
    let bot = BotClient::new(options.api, options.token, ClientOptions::default());
    assert_eq!(bot.about().await, Err(Outcome::Unauthorised));
}

#[tokio::test(start_paused = true)]
async fn commands_are_replaced_as_a_whole_and_a_fault_is_explained() {
    let stage = Stage::new().await;
    let (bot, application) = (stage.bot(), 111_122_223_333_444_455);
    let good = json!([{"name": "factorio", "description": "The factory", "type": 1, "options": [
        {"name": "status", "description": "How it is", "type": 1, "options": [
            {"name": "server", "description": "Which", "type": 3, "required": false, "autocomplete": true}]}]}]);
    let attempt = bot.overwrite_commands(application, Some(GUILD), &good).await;
    assert!(
        matches!(attempt.outcome, Outcome::Delivered { .. }),
        "{attempt:?}"
    );
    assert_eq!(stage.gateway().commands(Some(GUILD)), good);
    let kept = bot.commands(application, Some(GUILD)).await.unwrap();
    assert_eq!(kept[0]["options"][0]["name"], "status");
    assert!(kept[0]["id"].is_string());
    assert_eq!(bot.commands(application, None).await.unwrap(), json!([]));
    // A Discord server that the bot is not in.
    let refused = bot.overwrite_commands(application, Some(9), &good).await;
    assert!(
        !matches!(refused.outcome, Outcome::Delivered { .. }),
        "{refused:?}"
    );
    assert!(bot.commands(application, Some(9)).await.is_err());
    stage.discord.assert_no_violations();
    let bad = json!([{"name": "Factorio!", "description": "d"}]);
    let attempt = bot.overwrite_commands(application, None, &bad).await;
    assert!(
        matches!(
            attempt.outcome,
            Outcome::Rejected {
                code: Some(50035),
                ..
            }
        ),
        "{attempt:?}"
    );
    assert_eq!(stage.gateway().commands(Some(GUILD)), good);
}
