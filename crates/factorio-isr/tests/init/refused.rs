//! What does not go on: nothing is half written, nothing replaced unasked, and each refusal names the next step.

use std::fs;

use isr_testkit::discord::{Fault, FaultRule};
use isr_testkit::process::Signal;

use crate::scene::{Scene, names};
use crate::stage::SOON;

#[tokio::test]
async fn files_that_are_there_are_not_replaced_unasked() {
    let scene = Scene::new().await;
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let config = scene.output().join("factorio-isr.yml");
    fs::write(&config, "# mine\n").unwrap();
    let (code, told) = scene.init(&["--yes", "--webhook-file", &file]).await;
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("❌ nothing was written: files are there already"),
        "{told}"
    );
    assert!(
        told.contains("→ choose another folder with --output, or give --replace"),
        "{told}"
    );
    assert_eq!(fs::read_to_string(&config).unwrap(), "# mine\n");
    assert_eq!(names(&scene.output()), ["factorio-isr.yml"]);

    let words = ["--yes", "--webhook-file", &file, "--replace", "--no-proof"];
    let (code, told) = scene.init(&words).await;
    assert_eq!(code, 0, "{told}");
    let former = scene.output().join("factorio-isr.yml.former");
    assert_eq!(fs::read_to_string(former).unwrap(), "# mine\n");
    assert!(scene.written().contains("my-factory"));
}

#[tokio::test]
async fn nothing_is_made_at_discord_while_files_are_in_the_way_and_nothing_twice() {
    let scene = Scene::new().await.with_api();
    let discord = &scene.stage.discord;
    discord.change_guild(|guild| guild.own_role |= 1 << 4 | 1 << 29);
    let channels = || {
        let mut count = 0;
        discord.change_guild(|guild| count = guild.channels.len());
        count
    };
    let before = channels();
    let token = discord.gateway().token();
    let file = scene.file("bot.txt", &token);
    fs::write(scene.output().join("factorio-isr.yml"), "# mine\n").unwrap();
    let words = [
        "--yes",
        "--bot-token-file",
        &file,
        "--create-channel",
        "Factory talk",
        "--create-webhook",
        "--no-proof",
    ];
    let (code, told) = scene.init(&words).await;
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("❌ nothing was written: files are there already"),
        "{told}"
    );
    assert!(!told.contains("Made") && channels() == before, "{told}");

    let words = [&words[..], &["--replace"]].concat();
    let mut webhooks = Vec::new();
    for taken in [
        ["Made #factory-talk.", "Made the webhook \"Factorio\""],
        [
            "#factory-talk is there already, and is taken.",
            "The bot's webhook \"Factorio\" in #factory-talk is taken.",
        ],
    ] {
        let (code, told) = scene.init(&words).await;
        assert_eq!(code, 0, "{told}");
        assert!(taken.iter().all(|line| told.contains(line)), "{told}");
        webhooks.push(scene.secret("DISCORD_WEBHOOK_URL"));
    }
    assert_eq!(channels(), before + 1);
    assert_eq!(webhooks[0], webhooks[1]);
}

#[tokio::test]
async fn what_discord_refuses_is_named_and_nothing_is_written() {
    let scene = Scene::new().await.with_api();
    let stranger = scene.stage.discord.url(7);
    scene.stage.discord.delete_webhook(7);
    let token = scene.stage.discord.gateway().token();
    let cases = [
        (
            "--webhook-file",
            stranger.as_str(),
            "Discord does not know this webhook",
            "make a new webhook",
        ),
        (
            "--webhook-file",
            "https://discord.com/channels/1/2",
            "this is the link of a channel",
            "copy the address",
        ),
        (
            "--bot-token-file",
            "MTIz.a.wrong",
            "Discord does not accept this token",
            "Reset Token",
        ),
        (
            "--bot-token-file",
            "nonsense",
            "this is not the token of a bot",
            "developer portal",
        ),
    ];
    for (option, secret, what, next) in cases {
        let file = scene.file("secret.txt", secret);
        let (code, told) = scene.init(&["--yes", option, &file]).await;
        assert_eq!(code, 1, "{told}");
        assert!(told.contains(what) && told.contains(next), "{what}\n{told}");
        assert!(!told.contains("MTIz.a.wrong"), "{told}");
        assert_eq!(names(&scene.output()), Vec::<String>::new());
    }
    // A channel in which nothing can be posted is not accepted silently.
    let guild = crate::scene::GUILD;
    scene
        .stage
        .discord
        .change_guild(|card| card.channels[0].overwrites.push((guild, 0, 1 << 11)));
    let file = scene.file("secret.txt", &token);
    let (code, told) = scene
        .init(&["--yes", "--bot-token-file", &file, "--channel", "factorio"])
        .await;
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains(
            "❌ In #factorio the bot lacks Send Messages\n   → in Discord: right-click the channel"
        ),
        "{told}"
    );
    let (code, told) = scene
        .init(&["--yes", "--bot-token-file", &file, "--channel", "factory"])
        .await;
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("factorio"), "{told}");
    assert_eq!(names(&scene.output()), Vec::<String>::new());
}

#[tokio::test]
async fn an_intent_that_only_the_portal_can_switch_on_leaves_a_bot_that_posts() {
    let scene = Scene::new().await.with_api();
    let gateway = scene.stage.discord.gateway();
    gateway.change_account(|account| account.allowed_intents &= !(1 << 15));
    scene
        .stage
        .discord
        .change_guild(|guild| guild.intents_by_itself = false);
    let file = scene.file("bot.txt", &gateway.token());
    let (code, told) = scene.init(&["--yes", "--bot-token-file", &file]).await;
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("Privileged Gateway Intents: switch on Message Content Intent"),
        "{told}"
    );
    assert!(told.contains("✅ The bot is online."), "{told}");
    assert!(scene.written().contains("discord_chat: off"));
    scene.stage.discord.assert_no_violations();
}

#[tokio::test]
async fn ctrl_c_while_it_asks_leaves_nothing() {
    let scene = Scene::new().await;
    // A pipe that stays open and says nothing.
    let pipe = scene.stage.command.home().join("silence");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let _open = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let root = scene.root().display().to_string();
    let command = scene.stage.command.clone().stdin_from(&pipe);
    let setting_up = command.args(["init", "--root", &root]).spawn().unwrap();
    setting_up.wait_for_line("Found a server", SOON).await.unwrap();
    setting_up.signal(Signal::INT).unwrap();
    let (code, told) = scene.end_of(&setting_up).await;
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("❌ stopped\n   → nothing was written"), "{told}");
    assert_eq!(names(&scene.output()), Vec::<String>::new());
}

#[tokio::test]
async fn a_test_message_that_discord_refuses_is_no_proof() {
    let scene = Scene::new().await;
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let refuses = FaultRule::new(Fault::Forbidden).on_webhook(1).after(1);
    scene.stage.discord.inject(refuses.until_cleared());
    let (code, told) = scene.init(&["--yes", "--webhook-file", &file]).await;
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("❌ The test message did not arrive: "), "{told}");
    assert!(told.contains("❌ Not everything was proven"), "{told}");
    assert!(!told.contains("was accepted"), "{told}");
    assert!(scene.written().contains("my-factory"), "the files stay");
}
