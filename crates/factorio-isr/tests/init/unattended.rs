//! Without a person: options and what is found suffice, and `run` relays with what was written.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use isr_testkit::discord::gateway::{PersonCard, message_create};
use isr_testkit::rcon::FakeFactorio;

use crate::scene::{CHANNEL, GUILD, PASSWORD, Scene, mode};
use crate::stage::SOON;

/// The id of a message that is written now.
fn message_id() -> u64 {
    let since_1970 = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    (u64::try_from(since_1970.as_millis()).unwrap() - 1_420_070_400_000) << 22
}

#[tokio::test]
async fn a_webhook_and_a_running_game_are_all_that_is_needed() {
    let scene = Scene::new().await;
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let (code, told) = scene.init(&["--yes", "--webhook-file", &file]).await;
    assert_eq!(code, 0, "{told}");
    for line in [
        "✅ Found a server \"My factory\" (process 4711",
        "✅ RCON of my-factory lets us in: the game is 2.0.77",
        "✅ /factorio/console.log can be read",
        "✅ Discord knows the webhook \"Captain Hook\".",
        "✅ Discord accepted a test message in the webhook's channel.",
        "✅ My factory to Discord: a line came through RCON, the game, its log, the relay, and was accepted.",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(!told.contains('❌') && !told.contains('\u{1b}'), "{told}");
    assert!(scene.game.world(|world| world.achievements_are_on()));
    // The secrets stand apart, for their owner alone, and nowhere else.
    let (token, yml) = (scene.stage.discord.token(1), scene.written());
    assert_eq!(scene.secret("DISCORD_WEBHOOK_URL"), scene.stage.discord.url(1));
    assert_eq!(scene.secret("RCON_PASSWORD_MY_FACTORY"), PASSWORD);
    assert_eq!(mode(&scene.output().join(".secrets")), 0o700);
    for text in [&yml, &told] {
        assert!(!text.contains(&token) && !text.contains(PASSWORD), "{text}");
    }
    let (code, checked) = scene.stage.typed(&["check"]).await;
    assert!(
        code == 0 && checked.contains("No problems found (1 server)"),
        "{checked}"
    );

    let before = scene.stage.discord.counters().messages;
    let running = scene.stage.start().await;
    scene.game.world(|world| world.join("alice"));
    scene.stage.wait_for_shown("**alice** joined").await;
    running.stop().await;
    assert!(scene.stage.discord.counters().messages > before);
    scene.stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_bot_gets_its_intent_its_channel_and_a_webhook_and_both_ways_are_proven() {
    let scene = Scene::new().await.with_api();
    let (discord, gateway) = (&scene.stage.discord, scene.stage.discord.gateway());
    gateway.change_account(|account| account.allowed_intents &= !(1 << 15));
    // Manage Channels and Manage Webhooks, for what is asked to be made.
    discord.change_guild(|guild| guild.own_role |= 1 << 4 | 1 << 29);
    let file = scene.file("bot.txt", &gateway.token());
    let words = [
        "--yes",
        "--bot-token-file",
        &file,
        "--create-channel",
        "Factory talk",
        "--create-webhook",
        "--listen",
        "60",
    ];
    let setting_up = scene.begin(&words);
    setting_up
        .wait_for_line("Now write something in #factory-talk", SOON)
        .await
        .unwrap();
    let mut channel = 0;
    discord.change_guild(|guild| channel = guild.channels.last().unwrap().id);
    let said = message_create(
        message_id(),
        GUILD,
        channel,
        &PersonCard::new(9, "bob"),
        "hello up there",
    );
    gateway.dispatch("MESSAGE_CREATE", &said);
    let (code, told) = scene.end_of(&setting_up).await;
    assert_eq!(code, 0, "{told}");
    for line in [
        "✅ Message Content Intent was off; it is on now",
        "&permissions=275414895696",
        "✅ Made #factory-talk.",
        "✅ Made the webhook \"Factorio\" in #factory-talk.",
        "✅ The bot is online.",
        "✅ Discord to the game: what was written was said there.",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(
        scene
            .game
            .received()
            .iter()
            .any(|line| line.text.contains("bob: hello up there"))
    );
    let yml = scene.written();
    assert!(yml.contains(&format!("event_channel_id: {channel}\n")), "{yml}");
    assert!(yml.contains("player_names_as_webhook_name: on"), "{yml}");
    assert_eq!(scene.secret("DISCORD_BOT_TOKEN"), gateway.token());
    let webhook = scene.secret("DISCORD_WEBHOOK_URL");
    assert!(!yml.contains(&gateway.token()) && !told.contains(&gateway.token()) && !told.contains(&webhook));
    let (code, checked) = scene.stage.typed(&["check"]).await;
    assert_eq!(code, 0, "{checked}");
    discord.assert_no_violations();
}

#[tokio::test]
async fn a_bot_alone_posts_and_hears_in_the_channel_that_is_named() {
    let scene = Scene::new().await.with_api();
    let gateway = scene.stage.discord.gateway();
    let file = scene.file("bot.txt", &gateway.token());
    let words = [
        "--yes",
        "--bot-token-file",
        &file,
        "--channel",
        "#factorio",
        "--language",
        "german",
    ];
    let (code, told) = scene.init(&words).await;
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("✅ Discord accepted a test message in #factorio."),
        "{told}"
    );
    assert!(told.contains("nobody was there to write. --listen 60"), "{told}");
    let running = scene.stage.start().await;
    gateway.wait_until_joined(SOON).await.unwrap();
    scene.game.world(|world| world.join("alice"));
    scene
        .stage
        .wait_for_shown("**alice** ist dem Server beigetreten")
        .await;
    let said = message_create(message_id(), GUILD, CHANNEL, &PersonCard::new(9, "bob"), "moin");
    gateway.dispatch("MESSAGE_CREATE", &said);
    crate::stage::eventually("it is said in the game", || {
        scene
            .game
            .received()
            .iter()
            .any(|line| line.text.contains("bob: moin"))
    })
    .await;
    running.stop().await;
}

#[tokio::test]
async fn a_game_without_a_console_log_is_told_what_to_add_and_read_through_rcon_meanwhile() {
    let scene = Scene::silent().await;
    let port = scene.game.addr().port();
    scene.runs(&format!(
        "factorio\0--start-server\0a.zip\0--rcon-bind\0127.0.0.1:{port}\0--rcon-password\0{PASSWORD}\0"
    ));
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let (code, told) = scene
        .init(&["--yes", "--webhook-file", &file, "--server", "north"])
        .await;
    assert_eq!(code, 0, "{told}");
    let advice = "→ add `--console-log /factorio/console.log` to its start and restart it";
    assert!(told.contains(advice), "{told}");
    assert!(
        told.contains("a line came through RCON, the game, RCON again, the relay"),
        "{told}"
    );
    assert!(scene.written().contains("  north:\n") && scene.written().contains("    source: rcon\n"));
}

#[tokio::test]
async fn two_games_share_a_webhook_and_each_is_proven() {
    let scene = Scene::new().await;
    let other = FakeFactorio::start("another").await.unwrap();
    other.write_logs(&scene.root().join("srv/south")).unwrap();
    let process = scene.root().join("proc/4712");
    std::fs::create_dir_all(&process).unwrap();
    let port = other.addr().port();
    let line = format!(
        "factorio\0--start-server\0a\0--console-log\0/srv/south/console.log\0--rcon-port\0{port}\0--rcon-password\0another\0"
    );
    std::fs::write(process.join("cmdline"), line).unwrap();
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let (code, told) = scene
        .init(&["--yes", "--webhook-file", &file, "--output", "etc"])
        .await;
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("✅ My factory to Discord") && told.contains("✅ main to Discord"),
        "{told}"
    );
    assert!(
        told.contains("Start it:   factorio-isr run --config /srv/relay/etc/factorio-isr.yml"),
        "{told}"
    );
    // From another folder as well: the secrets lie beside the configuration.
    let (code, checked) = scene
        .stage
        .typed(&["check", "--config", "etc/factorio-isr.yml"])
        .await;
    assert!(
        code == 0 && checked.contains("No problems found (2 servers)"),
        "{checked}"
    );
}
