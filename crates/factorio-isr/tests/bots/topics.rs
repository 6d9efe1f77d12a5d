//! Topics of channels that tell how servers are.

use isr_testkit::discord::GuildCard;
use isr_testkit::rcon::FakeFactorio;

use crate::stage::{SOON, Stage};

const CHANNEL: u64 = 300_000_000_000_000_001;
const MANAGE_CHANNELS: u64 = 1 << 4;

/// Two servers in one channel, one of them with RCON.
async fn stage(game: &FakeFactorio, topic: &str) -> Stage {
    let stage = Stage::bare().await.with_bot();
    let _logs = (stage.log_of("north"), stage.log_of("south"));
    configure(&stage, game, topic);
    stage.discord.change_guild(|guild| {
        guild.own_role |= MANAGE_CHANNELS;
        guild.topics.insert(CHANNEL, "Be kind.".into());
    });
    stage
}

fn configure(stage: &Stage, game: &FakeFactorio, topic: &str) {
    let (north, south) = (stage.log_path_of("north"), stage.log_path_of("south"));
    let (north, south, port) = (north.display(), south.display(), game.addr().port());
    stage.write_yaml(&format!(
        "defaults: {{event_channel_id: {CHANNEL}, topic: {topic}, alerts: off, card: off}}\nservers:\n  \
         north: {{name: North, log_path: {north}, rcon: {{host: 127.0.0.1, port: {port}, password: secret}}}}\n  \
         south: {{name: '**S**', log_path: {south}}}\n"
    ));
}

fn topic(guild: &GuildCard) -> &str {
    guild.topics.get(&CHANNEL).map_or("", String::as_str)
}

#[tokio::test]
async fn one_topic_tells_of_all_servers_of_a_channel_beside_what_people_wrote_and_goes_when_it_is_switched_off()
 {
    let game = FakeFactorio::start("secret").await.unwrap();
    game.world(|world| world.join("bob"));
    let stage = stage(&game, "on").await;
    let running = stage.start().await;
    let shows = |guild: &GuildCard| topic(guild).contains("1 online");
    stage.discord.wait_for_guild(SOON, shows).await.unwrap();
    let told = stage.discord.look_at_guild(|guild| topic(guild).to_owned());
    assert!(told.starts_with("Be kind. ⟦🏭 🟢 North: 1 online · 2."), "{told}");
    assert!(told.ends_with(r"| ❔ \*\*S\*\*: state unknown⟧"), "{told}");
    // A program that is started anew finds it so.
    running.kill().await;
    let running = stage.start().await;
    stage.discord.gateway().wait_until_joined(SOON).await.unwrap();
    configure(&stage, &game, "off");
    running.reload().await;
    stage
        .discord
        .wait_for_guild(SOON, |guild| topic(guild) == "Be kind.")
        .await
        .unwrap();
    running.stop().await;
    let changes = stage.discord.look_at_guild(|guild| guild.topic_changes.len());
    assert_eq!(changes, 2);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn a_bot_that_may_not_change_it_says_so_once_and_relays_on() {
    let game = FakeFactorio::start("secret").await.unwrap();
    let stage = stage(&game, "on").await;
    stage
        .discord
        .change_guild(|guild| guild.own_role &= !MANAGE_CHANNELS);
    let running = stage.start().await;
    let told = running
        .daemon
        .wait_for_line("topic_not_changed", SOON)
        .await
        .unwrap();
    assert!(
        told.text.contains("the bot needs Manage Channels there"),
        "{}",
        told.text
    );
    stage.log_of("north").numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    assert_eq!(
        stage.discord.look_at_guild(|guild| topic(guild).to_owned()),
        "Be kind."
    );
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn without_the_key_no_topic_is_touched() {
    let game = FakeFactorio::start("secret").await.unwrap();
    let stage = stage(&game, "off").await;
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&asked);
    stage.discord.observe_exchanges(move |exchange| {
        if exchange.path.ends_with(&format!("/channels/{CHANNEL}")) {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    });
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    stage.discord.gateway().wait_until_joined(SOON).await.unwrap();
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
}
