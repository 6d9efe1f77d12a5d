//! P07: canary secrets in every place that may hold one, and everything that the program shows or keeps.

use std::fs;

use isr_testkit::discord::{Fault, FaultRule, LimitBody, RateLimit, Scope};
use isr_testkit::rng::Rng;
use isr_testkit::secrets::{self, Leak, Scanner};

use crate::stage::{SOON, Stage};

fn assert_none(leaks: &[Leak]) {
    let list: Vec<String> = leaks.iter().map(ToString::to_string).collect();
    assert!(leaks.is_empty(), "{}", list.join("\n"));
}

#[tokio::test]
async fn p07_no_secret_is_shown_or_kept_whatever_goes_wrong() {
    let mut rng = Rng::new(7);
    let (bot, rcon) = (secrets::token(&mut rng, 38), secrets::token(&mut rng, 24));
    let stage = Stage::bare().await;
    let token = format!("MTExMTIyMjIzMzMzNDQ0NDU1.GfAkEx.{bot}");
    let gateway = stage.discord.gateway();
    gateway.change_account(|account| account.token.clone_from(&token));
    let (api, resume) = (stage.discord.api(), gateway.url());
    let url = stage.discord.url(1);
    let scanner = Scanner::new()
        .with("webhook token", &stage.discord.token(1))
        .with("admin webhook token", &stage.discord.token(2))
        .with("bot token", &bot)
        .with("RCON password", &rcon);
    let stage = stage.configure(|command| {
        command
            .env("LOG_LEVEL", "debug")
            .env("NORTH_WEBHOOK", &url)
            .env("FACTORIO_ISR_DISCORD_API", api)
            .env("FACTORIO_ISR_DISCORD_RESUME", resume)
    });
    let work = stage.command.work_dir();
    fs::create_dir(work.join(".secrets")).unwrap();
    fs::write(work.join(".secrets/SOUTH_WEBHOOK"), stage.discord.url(2) + "\n").unwrap();
    fs::write(work.join(".secrets/RCON_PASSWORD.txt"), &rcon).unwrap();
    fs::write(
        work.join(".env"),
        format!("DISCORD_BOT_TOKEN={token}\nRCON_PASSWORD={rcon}\n"),
    )
    .unwrap();
    let (north, south) = (stage.log_path_of("north"), stage.log_path_of("south"));
    stage.write_yaml(&format!(
        "servers:\n  north:\n    log_path: {}\n    webhook: ${{NORTH_WEBHOOK}}\n  south:\n    log_path: {}\n    \
         webhook: ${{SOUTH_WEBHOOK}}\n",
        north.display(),
        south.display()
    ));

    let limited = RateLimit {
        body: LimitBody::Html,
        ..RateLimit::new(Scope::User, 0.2)
    };
    for fault in [
        Fault::Html(502),
        Fault::CutBeforeReading,
        Fault::RateLimit(limited),
        Fault::BadRequest,
    ] {
        stage.discord.inject(FaultRule::new(fault).on_webhook(1));
    }
    stage
        .discord
        .inject(FaultRule::new(Fault::InvalidToken).on_webhook(2).until_cleared());
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    stage.discord.gateway().wait_until_joined(SOON).await.unwrap();
    north.numbered_many(0, 0..3).unwrap();
    south.numbered_many(1, 0..3).unwrap();
    running.wait_for_trouble("south", "token is not valid").await;
    stage.wait_for_id(0, 2).await;
    stage.discord.refuse_connections().await;
    north.numbered(0, 3).unwrap();
    running.wait_for_trouble("north", "").await;
    stage.discord.gateway().close(4004);
    running
        .wait_for_trouble("", "does not accept the bot's token")
        .await;

    for path in ["/health", "/ready", "/metrics"] {
        assert_none(&scanner.scan(path, running.get(path).await.body.as_bytes()));
    }
    let commands: [&[&str]; 6] = [
        &["check"],
        &["doctor"],
        &["outbox", "list", "--state", "open"],
        &["outbox", "list", "--state", "delivered"],
        &["outbox", "retry", "--all"],
        &["run", "--log-level", "wrong"],
    ];
    for words in commands {
        let (_, text) = stage.typed(words).await;
        assert!(!text.is_empty(), "{words:?}");
        assert_none(&scanner.scan(&words.join(" "), text.as_bytes()));
    }
    assert_none(&scanner.scan_folder(&stage.command.state_dir()).unwrap());
    running.daemon.signal(isr_testkit::process::Signal::TERM).unwrap();
    let (_, text) = running.daemon.wait_for_exit_and_output(SOON).await.unwrap();
    assert!(
        text.contains(r#""level":"debug""#) && text.contains("rate_limited"),
        "{text}"
    );
    assert_none(&scanner.scan("the log", text.as_bytes()));
    assert_none(&scanner.scan_folder(&stage.command.state_dir()).unwrap());
}

#[tokio::test]
async fn p07_a_secret_in_a_wrong_place_is_not_repeated_in_the_complaint() {
    let mut rng = Rng::new(8);
    let token = secrets::token(&mut rng, 68);
    let scanner = Scanner::new().with("webhook token", &token);
    let good = format!("https://discord.com/api/webhooks/123456789012345678/{token}");
    let spoilt = [
        format!("{good} "),
        format!("{good}/slack"),
        good.replace("https", "http"),
        good.replace("discord.com", "evil.example"),
        good.replace("/webhooks/", "/webhook/"),
        good.replace("123456789012345678", "me"),
        good.replace("https://", "https://user:pass@"),
        format!("{good}?thread_id=x"),
        token.clone(),
    ];
    for url in &spoilt {
        let stage = Stage::new()
            .await
            .configure(|command| command.env("DISCORD_WEBHOOK_URL", url));
        for words in [&["check"][..], &["doctor"], &["outbox", "list"]] {
            let (_, text) = stage.typed(words).await;
            assert_none(&scanner.scan(
                &format!("{words:?} for {}", url.replace(&token, "TOKEN")),
                text.as_bytes(),
            ));
        }
    }
    let stage = Stage::bare().await;
    for yaml in [
        format!("servers:\n  north:\n    webhook: {good}\n    webhok: {good}\n"),
        format!("servers: {good}\n"),
        format!("servers:\n  {good}:\n    log_path: x\n"),
        format!("webhooks: [{good}\n"),
        format!("limits:\n  stop_grace: {good}\n"),
    ] {
        stage.write_yaml(&yaml);
        let (_, text) = stage.typed(&["check"]).await;
        assert_none(&scanner.scan(&yaml.replace(&token, "TOKEN"), text.as_bytes()));
    }
}
