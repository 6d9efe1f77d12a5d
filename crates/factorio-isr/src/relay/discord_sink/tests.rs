//! The sink against a fake Discord.

use isr_core::delivery::Picture;
use isr_discord::{ApiBase, BotClient, BotToken, ClientOptions, WebhookUrl};
use isr_testkit::discord::{FakeDiscord, Fault, FaultRule};

use super::*;
use crate::config::{BotAccount, BotIdentity, ChannelKind};

fn sink(discord: &FakeDiscord) -> DiscordSink {
    let url = WebhookUrl::parse(&discord.url(1)).unwrap();
    let appearance = Appearance {
        username: "Bridge".into(),
        avatar_url: None,
    };
    let (client, limits) = (WebhookClient::default(), (SharedLimiter::new(), Lease::default()));
    let place = DiscordPlace::Webhook(Arc::new(url));
    DiscordSink::new(client, place, limits, appearance, "main".into())
}

/// The bot of a fake.
pub(crate) fn account(discord: &FakeDiscord) -> BotAccount {
    let token = BotToken::parse(&discord.gateway().token()).unwrap();
    let api = ApiBase::parse(&discord.api()).unwrap();
    BotAccount {
        client: BotClient::new(api.clone(), token.clone(), ClientOptions::default()),
        token,
        api,
        identity: BotIdentity::Bot,
    }
}

/// A channel of the bot.
fn channel(discord: &FakeDiscord, id: u64) -> DiscordSink {
    let place = DiscordPlace::Channel {
        account: Arc::new(account(discord)),
        id,
        kind: ChannelKind::Shared,
    };
    DiscordSink {
        place,
        ..sink(discord)
    }
}

fn marked(text: &str) -> OutgoingMessage {
    OutgoingMessage {
        nonce: Some(Nonce::fresh()),
        ..OutgoingMessage::text(text.into())
    }
}

/// A channel of the bot in which players have their own names.
fn with_names(discord: &FakeDiscord, id: u64) -> DiscordSink {
    discord.change_guild(|guild| guild.own_role |= 1 << 29);
    let account = BotAccount {
        identity: BotIdentity::Webhook,
        ..account(discord)
    };
    let place = DiscordPlace::Channel {
        account: Arc::new(account),
        id,
        kind: ChannelKind::Shared,
    };
    let limits = (SharedLimiter::new(), Lease::default());
    let DiscordSink {
        client, appearance, ..
    } = sink(discord);
    DiscordSink::new(client, place, limits, appearance, "main".into())
}

fn said(name: &str) -> OutgoingMessage {
    OutgoingMessage {
        username: Some(name.into()),
        ..marked("hi")
    }
}

#[tokio::test]
async fn a_copy_that_stands_by_makes_no_webhook_and_posts_nothing_through_one() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = with_names(&discord, 300_000_000_000_000_001);
    sink.lease.set(false);
    let asked = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&asked);
    discord.observe_exchanges(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    for _ in 0..3 {
        let outcome = sink.attempt(&said("Bob")).await;
        assert!(
            matches!(outcome, AttemptOutcome::NotAccepted { .. }),
            "{outcome:?}"
        );
    }
    assert!(matches!(sink.readiness(), Readiness::StandsBy(_)));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    sink.lease.set(true);
    let outcome = sink.attempt(&said("Bob")).await;
    assert_eq!(outcome, AttemptOutcome::Delivered { message_id: None });
    sink.lease.set(false);
    let outcome = sink.attempt(&said("Bob")).await;
    assert!(
        matches!(outcome, AttemptOutcome::NotAccepted { .. }),
        "{outcome:?}"
    );
    assert_eq!(discord.messages().len(), 1);
}

#[tokio::test]
async fn p07_the_token_of_the_bots_webhook_shows_nowhere() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = with_names(&discord, 300_000_000_000_000_001);
    let outcome = sink.attempt(&said("Bob")).await;
    assert!(matches!(outcome, AttemptOutcome::Delivered { .. }), "{outcome:?}");
    let token = discord.token(discord.messages()[0].webhook);
    assert!(!format!("{sink:?}").contains(&token));
}

#[tokio::test]
async fn what_the_webhook_is_refused_stops_no_message_of_the_bot() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = with_names(&discord, 300_000_000_000_000_001);
    let outcome = sink.attempt(&said("Bob")).await;
    assert!(matches!(outcome, AttemptOutcome::Delivered { .. }), "{outcome:?}");
    let webhook = discord.messages()[0].webhook;
    for (fault, name) in [(Fault::Status(400), "Bob"), (Fault::Forbidden, "Ann")] {
        discord.inject(FaultRule::new(fault).on_webhook(webhook));
        let outcome = sink.attempt(&said(name)).await;
        assert!(
            matches!(outcome, AttemptOutcome::NotAccepted { .. }),
            "{outcome:?}"
        );
        assert!(!sink.posts_under(name));
        assert_eq!(sink.readiness(), Readiness::Now);
    }
    assert!(!sink.posts_under("Carl"), "403 is no matter of one name");
    let outcome = sink.attempt(&marked("by the bot")).await;
    let is_delivered = matches!(outcome, AttemptOutcome::Delivered { message_id: Some(_) });
    assert!(is_delivered, "{outcome:?}");
}

#[tokio::test]
async fn a_webhook_that_somebody_moved_to_another_channel_tells_no_more_there() {
    const CHANNEL: u64 = 300_000_000_000_000_001;
    let discord = FakeDiscord::start().await.unwrap();
    let sink = with_names(&discord, CHANNEL);
    let delivered = AttemptOutcome::Delivered { message_id: None };
    assert_eq!(sink.attempt(&said("Bob")).await, delivered);
    discord.put_webhook(discord.messages()[0].webhook, 77);
    let outcome = sink.attempt(&said("Bob")).await;
    assert!(
        matches!(outcome, AttemptOutcome::NotAccepted { .. }),
        "{outcome:?}"
    );
    assert!(!sink.posts_under("Bob") && !sink.posts_under("Ann"));
    let outcome = sink.attempt(&marked("by the bot")).await;
    assert!(matches!(outcome, AttemptOutcome::Delivered { .. }), "{outcome:?}");
    sink.release();
    assert_eq!(sink.attempt(&said("Bob")).await, delivered);
    let channels: Vec<u64> = discord.messages().iter().map(|it| it.channel).collect();
    assert_eq!(channels, [CHANNEL, 77, CHANNEL, CHANNEL]);
}

#[tokio::test]
async fn after_an_outage_players_have_their_names_again_within_a_minute() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = with_names(&discord, 300_000_000_000_000_001);
    discord.inject(FaultRule::new(Fault::Status(503)).on_method("POST".parse().unwrap()));
    let outcome = sink.attempt(&said("Bob")).await;
    assert!(
        matches!(outcome, AttemptOutcome::NotAccepted { .. }),
        "{outcome:?}"
    );
    assert!(!sink.posts_under("Bob"));
    let soon = Instant::now() + Duration::from_secs(60);
    assert!(sink.identity.as_ref().unwrap().takes("Bob", soon));
    let outcome = sink.attempt(&said("Bob")).await;
    assert_eq!(outcome, AttemptOutcome::Delivered { message_id: None });
}

#[tokio::test]
async fn whatever_the_webhook_was_refused_a_reload_tries_it_again() {
    for fault in [Fault::Forbidden, Fault::Unauthorised] {
        let discord = FakeDiscord::start().await.unwrap();
        let sink = with_names(&discord, 300_000_000_000_000_001);
        let delivered = AttemptOutcome::Delivered { message_id: None };
        assert_eq!(sink.attempt(&said("Bob")).await, delivered);
        let webhook = discord.messages()[0].webhook;
        discord.inject(FaultRule::new(fault.clone()).on_webhook(webhook));
        sink.attempt(&said("Bob")).await;
        assert!(!sink.posts_under("Bob"), "{fault:?}");
        sink.release();
        assert_eq!(sink.attempt(&said("Bob")).await, delivered, "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_with_a_message_of_another_channel_is_no_delivery() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = channel(&discord, 42);
    discord.inject(FaultRule::new(Fault::AnswerElsewhere));
    let message = marked("hi");
    let outcome = sink.attempt(&message).await;
    assert!(
        matches!(outcome, AttemptOutcome::NotAccepted { .. }),
        "{outcome:?}"
    );
    let outcome = sink.attempt(&message).await;
    assert!(matches!(outcome, AttemptOutcome::Delivered { .. }), "{outcome:?}");
    let nonces: Vec<String> = discord
        .requests()
        .iter()
        .map(|request| request.json()["nonce"].to_string())
        .collect();
    assert_ne!(nonces[0], nonces[1], "else Discord takes it for the same again");
    // From then on the same mark is the same again.
    let again = sink.attempt(&message).await;
    assert_eq!(again, outcome);
    assert_eq!(discord.messages().len(), 1);
    assert_eq!(discord.messages()[0].channel, 42);
}

#[tokio::test]
async fn whoever_names_other_channels_in_every_answer_is_not_asked_for_ever() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = channel(&discord, 42);
    discord.inject(FaultRule::new(Fault::AnswerElsewhere).until_cleared());
    let outcome = sink.attempt(&marked("hi")).await;
    assert!(
        matches!(outcome, AttemptOutcome::NotAccepted { .. }),
        "{outcome:?}"
    );
    for text in ["hi", "another"] {
        let outcome = sink.attempt(&marked(text)).await;
        assert_eq!(outcome, AttemptOutcome::Delivered { message_id: None });
    }
}

#[tokio::test]
async fn a_message_that_is_recognised_and_gone_is_neither_refused_nor_posted_again() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = channel(&discord, 42);
    discord.inject(FaultRule::new(Fault::MessageNotFound));
    let outcome = sink.attempt(&marked("what a moderator deleted")).await;
    assert_eq!(outcome, AttemptOutcome::AlreadyGone);
    assert_eq!(sink.readiness(), Readiness::Now);
}

#[tokio::test]
async fn a_picture_goes_out_with_its_words_as_description_and_its_text_can_be_edited() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = sink(&discord);
    let png: Arc<[u8]> = (*b"\x89PNG\r\n\x1a\n and more").into();
    let message = OutgoingMessage {
        picture: Some(Picture {
            png: Arc::clone(&png),
        }),
        ..OutgoingMessage::text(r"**Week 7**: Bob\_1".into())
    };
    let outcome = sink.attempt(&message).await;
    let AttemptOutcome::Delivered { message_id: Some(id) } = outcome else {
        panic!("{outcome:?}")
    };
    let edit = Edit::text("**Week 8**".into());
    assert_eq!(sink.edit(id, &edit).await, EditOutcome::Edited);
    let shown = &discord.messages()[0];
    assert_eq!((shown.text.as_str(), shown.edits), ("**Week 8**", 1));
    assert_eq!(shown.files[0].description.as_deref(), Some("Week 7: Bob_1"));
    assert_eq!(shown.files[0].bytes[..], png[..]);
    discord.assert_no_violations();
}

#[tokio::test]
async fn an_edit_that_finds_no_message_leaves_the_webhook_as_it_is() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = sink(&discord);
    let edit = Edit::text("x".into());
    assert_eq!(sink.edit(7, &edit).await, EditOutcome::Gone);
    discord.inject(FaultRule::new(Fault::Forbidden));
    assert!(matches!(sink.edit(7, &edit).await, EditOutcome::Refused { .. }));
    discord.inject(FaultRule::new(Fault::Status(503)));
    assert!(matches!(sink.edit(7, &edit).await, EditOutcome::NotNow { .. }));
    let broken = Edit::embed("{".into());
    assert!(matches!(sink.edit(7, &broken).await, EditOutcome::Refused { .. }));
    assert_eq!(sink.readiness(), Readiness::Now);
    let outcome = sink.attempt(&OutgoingMessage::text("hi".into())).await;
    assert!(matches!(outcome, AttemptOutcome::Delivered { .. }), "{outcome:?}");
}

#[tokio::test]
async fn an_edit_without_a_certain_answer_is_no_failed_edit() {
    let discord = FakeDiscord::start().await.unwrap();
    let sink = sink(&discord);
    let outcome = sink.attempt(&OutgoingMessage::text("hi".into())).await;
    let AttemptOutcome::Delivered { message_id: Some(id) } = outcome else {
        panic!("{outcome:?}")
    };
    discord.inject(FaultRule::new(Fault::AcceptThenCut));
    let outcome = sink.edit(id, &Edit::text("hi (×2)".into())).await;
    assert!(matches!(outcome, EditOutcome::Uncertain { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_broken_embed_is_refused_without_a_request() {
    let discord = FakeDiscord::start().await.unwrap();
    let message = OutgoingMessage {
        embeds: vec![r#"{"title":5}"#.into()],
        ..OutgoingMessage::text(String::new())
    };
    let outcome = sink(&discord).attempt(&message).await;
    assert!(matches!(outcome, AttemptOutcome::Rejected { .. }), "{outcome:?}");
    assert!(discord.requests().is_empty());
}
