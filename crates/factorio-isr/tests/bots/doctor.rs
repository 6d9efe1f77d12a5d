//! `factorio-isr doctor` looks at the bot: its token, its intent, its Discord servers, and its rights in each channel.

use isr_testkit::discord::gateway::Account;
use isr_testkit::discord::{ChannelCard, GuildCard};

use crate::stage::Stage;

const CHANNEL: u64 = 300_000_000_000_000_001;
const GUILD: u64 = 1_000_000_000_000_000_001;
const SEND: u64 = 1 << 11;
const VIEW: u64 = 1 << 10;
const EMBED: u64 = 1 << 14;
/// No connection can be made to a multicast address: it is refused at once, and nobody is asked for a name.
const NOWHERE: &str = "239.1.2.3";

/// A server that posts and hears in the channel, and one that posts in a thread of it.
async fn stage() -> Stage {
    stage_with("").await
}

/// The same with more sections in the file.
async fn stage_with(more: &str) -> Stage {
    let stage = Stage::bare().await.with_bot();
    let _logs = (stage.log_of("north"), stage.log_of("south"));
    let server = |tag: &str, channel: u64| {
        let log = stage.log_path_of(tag);
        let log = log.display();
        format!(
            "  {tag}: {{log_path: {log}, event_channel_id: {channel}, rcon: {{host: {NOWHERE}, port: 1, password: x}}}}\n"
        )
    };
    stage.write_yaml(&format!(
        "bot: {{guilds: [{GUILD}]}}\n{more}servers:\n{}{}",
        server("north", CHANNEL),
        server("south", CHANNEL + 1)
    ));
    stage.discord.change_guild(|guild| {
        guild.channels.push(ChannelCard {
            id: CHANNEL + 1,
            name: "south".into(),
            kind: 11,
            parent: Some(CHANNEL),
            overwrites: Vec::new(),
        });
    });
    stage
}

#[tokio::test]
async fn doctor_finds_nothing_wrong_with_a_bot_that_was_invited_as_it_should() {
    let stage = stage().await;
    let (_, text) = stage.typed(&["doctor"]).await;
    for line in [
        "✅ bot: alive: \"factory-bot\"",
        "✅ bot (intent): it may read messages",
        "✅ bot (Discord servers): it is in Factory",
        "✅ bot (channel 300000000000000001): #factorio: it may do everything that it needs",
        "✅ bot (channel 300000000000000002): #south: it may do everything that it needs",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[tokio::test]
async fn doctor_names_what_a_card_needs_to_be_pinned_and_only_where_that_is_wished() {
    let stage = stage_with("defaults: {card: {pin: on}}\n").await;
    let lacks = "it lacks Pin Messages (the card is not pinned): in Discord";
    let (_, text) = stage.typed(&["doctor"]).await;
    assert_eq!(text.matches(lacks).count(), 2, "{text}");
    stage.discord.change_guild(|guild| {
        let may = (GuildCard::OWN_ROLE, 1 << 51, 0);
        guild.channels[0].overwrites.push(may);
    });
    let (_, text) = stage.typed(&["doctor"]).await;
    assert!(!text.contains(lacks), "{text}");
}

#[tokio::test]
async fn doctor_names_the_missing_permission_and_where_to_click() {
    let stage = stage().await;
    // Everybody is silenced in the channel; threads take messages still, and the bot's role has no embeds.
    stage.discord.change_guild(|guild| {
        let places = &mut guild.channels[0].overwrites;
        places.push((GUILD, 0, SEND));
        places.push((GuildCard::OWN_ROLE, 0, EMBED));
    });
    let (code, text) = stage.typed(&["doctor"]).await;
    assert_eq!(code, 1);
    for line in [
        "❌ bot (channel 300000000000000001): #factorio: it lacks Send Messages: in Discord: right-click the channel",
        "bot (channel 300000000000000001): #factorio: it lacks Embed Links (the card and alerts show nothing)",
        "bot (channel 300000000000000002): #south: it lacks Embed Links",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("#south: it lacks Send"), "{text}");

    stage
        .discord
        .change_guild(|guild| guild.channels[0].overwrites = vec![(GUILD, 0, VIEW)]);
    let (_, text) = stage.typed(&["doctor"]).await;
    assert!(
        text.contains("❌ bot (channel 300000000000000001): #factorio: it lacks View Channel"),
        "{text}"
    );
    assert!(!text.contains("it lacks Send"), "{text}");
}

#[tokio::test]
async fn doctor_names_what_a_topic_needs_and_a_thread_that_has_none() {
    let stage = stage().await;
    let text = std::fs::read_to_string(stage.command.work_dir().join("factorio-isr.yml")).unwrap();
    let (_, told) = stage.typed(&["doctor"]).await;
    assert!(!told.contains("Manage Channels"), "{told}");
    stage.write_yaml(&format!("defaults: {{topic: on}}\n{text}"));
    let (_, told) = stage.typed(&["doctor"]).await;
    for line in [
        "#factorio: it lacks Manage Channels (its topic does not tell of the servers): in Discord: right-click",
        "#south: it has no topic that could tell of servers",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(!told.contains("#south: it lacks Manage Channels"), "{told}");
    stage.discord.change_guild(|guild| guild.own_role |= 1 << 4);
    let (_, told) = stage.typed(&["doctor"]).await;
    assert!(!told.contains("lacks Manage Channels"), "{told}");
}

#[tokio::test]
async fn doctor_names_a_bot_that_may_not_read_is_elsewhere_or_has_a_wrong_token() {
    let stage = stage().await;
    let change = |change: fn(&mut Account)| stage.discord.gateway().change_account(change);
    change(|account| account.allowed_intents &= !(1 << 15));
    let (_, text) = stage.typed(&["doctor"]).await;
    assert!(
        text.contains("❌ bot (intent): it may not read messages: in the developer portal"),
        "{text}"
    );
    change(|account| account.guilds = vec![7]);
    let (_, text) = stage.typed(&["doctor"]).await;
    let invitation =
        "it is not in 1000000000000000001: invite it there, https://discord.com/oauth2/authorize?client_id=";
    assert!(text.contains(invitation), "{text}");
    stage.discord.change_guild(|guild| guild.channels.truncate(1));
    let (_, text) = stage.typed(&["doctor"]).await;
    assert!(
        text.contains("❌ bot (channel 300000000000000002): it does not exist"),
        "{text}"
    );
    change(|account| account.token.push('x'));
    let (code, text) = stage.typed(&["doctor"]).await;
    assert!(
        code == 1 && text.contains("Discord does not accept its token"),
        "{text}"
    );
}

#[tokio::test]
async fn p07_the_report_for_support_tells_everything_but_who_and_where() {
    let stage = stage().await;
    let (code, text) = stage.typed(&["doctor", "--report"]).await;
    assert_eq!(code, 1, "the game is out of reach");
    let token = stage.discord.gateway().token();
    let home = stage.command.work_dir().display().to_string();
    for hidden in [
        token.as_str(),
        &home,
        NOWHERE,
        "300000000000000001",
        "1000000000000000001",
    ] {
        assert!(!text.contains(hidden), "{hidden}\n{text}");
    }
    for told in [
        concat!("factorio-isr ", env!("CARGO_PKG_VERSION"), " on linux"),
        "servers.north.event_channel_id",
        "(hidden, of the bot …4455)",
        "good bot (channel …0001): #factorio: it may do everything that it needs",
        "BAD  north (RCON)",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
}

#[tokio::test]
async fn p07_the_report_on_a_refused_configuration_names_no_machine_either() {
    let stage = Stage::bare().await;
    stage.write_yaml("servers:\n  north: {log_path: /home/eva/x, webhook: 'ftp://proxy.example.org/api'}\n");
    let (code, text) = stage.typed(&["doctor", "--report"]).await;
    assert_eq!(code, 78, "{text}");
    assert!(
        text.contains("problem") && !text.contains("proxy.example.org"),
        "{text}"
    );
    assert!(
        !text.contains(&stage.command.work_dir().display().to_string()),
        "{text}"
    );
}

#[tokio::test]
async fn doctor_tells_how_far_a_log_was_read() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    let (_, text) = stage.typed(&["doctor"]).await;
    assert!(
        text.contains("✅ factorio (console log): the relay has read all of it; last written"),
        "{text}"
    );
    running.stop().await;
    log.numbered(0, 1).unwrap();
    let (_, text) = stage.typed(&["doctor"]).await;
    assert!(
        text.contains("bytes are not read yet: is the relay running?"),
        "{text}"
    );
}
