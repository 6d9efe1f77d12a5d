//! A deployment of the Python program, with its `config/servers.yml` as it is.

use isr_testkit::discord::{Message, Seen};
use isr_testkit::rcon::FakeFactorio;

use super::scene::{figure, wait_for_metrics, wait_for_up};
use crate::stage::{SOON, Stage};

/// All keys that the Python program reads, and some that only its documents had.
fn everything(stage: &Stage, tag: &str, (host, port): (&str, u16), password: &str) -> String {
    format!(
        "  {tag}:\n    name: \"{tag} base\"\n    description: \"Weekly map, no mods\"\n    log_path: {}\n    \
         rcon_host: {host}\n    rcon_port: {port}\n    rcon_password: \"{password}\"\n    \
         event_channel_id: 200000000000000001\n    stats_interval: 600\n    enable_stats_collector: true\n    \
         enable_ups_stat: true\n    enable_evolution_stat: false\n    rcon_status_alert_mode: transition\n    \
         rcon_status_alert_interval: 300\n    enable_alerts: true\n    alert_check_interval: 60\n    \
         alert_samples_required: 3\n    ups_warning_threshold: 52.5\n    ups_recovery_threshold: 57\n    \
         alert_cooldown: 900\n    ups_ema_alpha: 0.2\n    collect_ups: yes\n    alert_channel_id: 1\n",
        stage.log_path_of(tag).display()
    )
}

#[tokio::test]
async fn one_bad_server_of_an_old_servers_yml_never_stops_the_others() {
    let (good, closed) = (
        FakeFactorio::start("pw of old").await.unwrap(),
        FakeFactorio::start("another one").await.unwrap(),
    );
    good.world(|world| world.join("Ann"));
    let stage = Stage::bare().await;
    let url = stage.discord.url(1);
    let stage = stage.configure(|command| {
        command
            .env("DISCORD_WEBHOOK_URL", url)
            .env("OLD_RCON", "pw of old")
    });
    let reached = |game: &FakeFactorio| ("127.0.0.1", game.addr().port());
    let servers = [
        // Its name has no address, its password is refused, it is not there at all: neither its game nor its log.
        everything(&stage, "nowhere", ("no-such-host.invalid", 27015), "x"),
        everything(&stage, "closed", reached(&closed), "${OLD_RCON}"),
        everything(&stage, "gone", ("127.0.0.1", 1), "${NOT_SET}"),
        everything(&stage, "good", reached(&good), "${OLD_RCON}"),
    ];
    let folder = stage.command.work_dir().join("config");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(
        folder.join("servers.yml"),
        format!("servers:\n{}", servers.concat()),
    )
    .unwrap();
    let (mut log, mut others) = (stage.log_of("good"), stage.log_of("closed"));
    let _nowhere = stage.log_of("nowhere");

    let running = stage.start().await;
    wait_for_up(&running, "good", 1.0).await;
    log.chat("Ann", "the good one").unwrap();
    others.chat("Bob", "the closed one").unwrap();
    stage.wait_for_shown("the good one").await;
    stage.wait_for_shown("the closed one").await;
    // Its first status, as the Python program posted it.
    let shows_ann = |message: &Message| {
        let mut embeds = message.embeds.iter();
        embeds.any(|embed| embed.to_string().contains("good base") && embed.to_string().contains("Ann"))
    };
    let posted = |seen: &Seen| seen.messages().any(shows_ann);
    stage.discord.wait_for(SOON, posted).await.unwrap();
    // The one without a password has no RCON to be asked by.
    for bad in ["nowhere", "closed"] {
        wait_for_metrics(&running, |metrics| {
            figure(metrics, "factorio_up", bad) == Some(0.0)
        })
        .await;
    }
    let text = running.daemon.text();
    assert!(!text.contains("pw of old"), "{text}");
    running.stop().await;
    stage.discord.assert_no_violations();
    assert!(good.world(|world| world.achievements_are_on() && world.was_never_warned()));
}
