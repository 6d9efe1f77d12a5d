//! The bot: its token, its channels, and what they are worth without it.

use super::{Scene, WEBHOOK, assert_some_contains};
use crate::config::{BotIdentity, Server, Target};

/// The id 1234567890123456789, and nonsense.
const TOKEN: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GxYzAb.canary-canary_canary-canary-canary1234";

fn bot() -> Scene {
    Scene::new()
        .with("FACTORIO_LOG_PATH", "console.log")
        .with("DISCORD_BOT_TOKEN", TOKEN)
}

fn only(scene: &Scene) -> Server {
    scene.accepted().config.servers.remove(0)
}

#[test]
fn the_variables_of_the_python_program_make_a_bot_that_posts_in_its_channel() {
    let scene = bot().with("DISCORD_EVENT_CHANNEL_ID", "42");
    assert_eq!(only(&scene).target.destination().as_str(), "channel:42");
    let (token, _) = scene.shown("bot.token");
    assert_eq!(token, "(hidden, of the bot 1234567890123456789)");
    // As there the bot comes before a webhook that the environment names, and after one that is written for the server.
    let both = bot()
        .with("DISCORD_EVENT_CHANNEL_ID", "42")
        .with("DISCORD_WEBHOOK_URL", WEBHOOK);
    assert_eq!(only(&both).target.destination().as_str(), "channel:42");
    let own = Scene::new().with("DISCORD_BOT_TOKEN", TOKEN).yaml(&format!(
        "servers:\n  a: {{log_path: /a.log, event_channel_id: 42, webhook: '{WEBHOOK}', rcon: {{password: x}}}}\n"
    ));
    let server = only(&own);
    assert_eq!(server.target.destination().as_str(), "webhook:111");
    assert_eq!(
        server.discord_chat.channels,
        [42],
        "the bot hears there all the same"
    );
}

#[test]
fn without_a_token_nothing_of_the_bot_is_there_and_an_old_channel_is_explained() {
    let scene = Scene::ready().with("DISCORD_EVENT_CHANNEL_ID", "42");
    let loaded = scene.accepted();
    assert!(loaded.config.bot.is_none());
    assert!(matches!(loaded.config.servers[0].target, Target::Webhook(_)));
    assert_some_contains(&scene.notes(), "the channel needs the bot, and no token is set");
    let named = Scene::ready().yaml("channels:\n  news: {channel_id: 42}\n");
    assert_some_contains(&named.problems(), "set DISCORD_BOT_TOKEN");
}

#[test]
fn a_topic_is_kept_only_where_somebody_wants_it_and_there_is_a_channel_of_the_bot() {
    let with = |defaults: &str, own: &str| {
        bot().with("RCON_PASSWORD", "x").yaml(&format!(
            "defaults: {{{defaults}}}\nservers:\n  a: {{log_path: /a.log{own}}}\n"
        ))
    };
    let channel = |defaults: &str, own: &str| only(&with(defaults, own)).topic_channel;
    assert_eq!(channel("event_channel_id: 42", ""), None);
    assert_eq!(channel("event_channel_id: 42, topic: on", ""), Some(42));
    assert_eq!(channel("event_channel_id: 42", ", topic: on"), Some(42));
    assert_eq!(channel("event_channel_id: 42, topic: on", ", topic: off"), None);
    // Beside a webhook the bot only hears there; the topic is the bot's all the same.
    let own = format!(", topic: on, event_channel_id: 43, webhook: '{WEBHOOK}'");
    assert_eq!(channel("", &own), Some(43));
    let nowhere = with("", ", topic: on");
    assert_eq!(only(&nowhere).topic_channel, None);
    assert_some_contains(&nowhere.notes(), "no topic tells of this server");
}

#[test]
fn chat_stands_under_the_bots_name_unless_a_webhook_is_wanted() {
    let identity = |section: &str| {
        bot()
            .yaml(section)
            .accepted()
            .config
            .bot
            .unwrap()
            .account
            .identity
    };
    assert_eq!(identity(""), BotIdentity::Bot);
    assert_eq!(identity("bot: {identity: webhook}\n"), BotIdentity::Webhook);
    let wrong = bot().yaml("bot: {identity: webhok}\n");
    assert_some_contains(&wrong.problems(), "did you mean `webhook`?");
}

#[test]
fn p07_a_token_is_never_shown_whatever_is_wrong_with_it() {
    let wrong = Scene::ready().with("DISCORD_BOT_TOKEN", "canary-token");
    assert_some_contains(&wrong.problems(), "this is not the token of a bot");
    let twice =
        Scene::ready().yaml("bot:\n  token: canary token\n  guilds: [canary]\n  api: http://example.org\n");
    let problems = twice.problems();
    assert_some_contains(&problems, "bot.token");
    assert_some_contains(&problems, "would send the bot's token unencrypted");
    assert_some_contains(&problems, "this is not an id of Discord");
    for problem in wrong.problems().iter().chain(&problems) {
        assert!(
            !problem.contains("canary-token") && !problem.contains("canary token"),
            "{problem}"
        );
    }
}

#[test]
fn a_token_may_stand_in_a_file_and_the_addresses_may_lead_to_this_machine() {
    let scene = Scene::ready()
        .file("work/token", TOKEN)
        .yaml("bot:\n  token_file: token\n  guilds: [7, '8']\n  presence: off\n")
        .with("FACTORIO_ISR_DISCORD_API", "http://127.0.0.1:9/api/v10")
        .with("FACTORIO_ISR_DISCORD_GATEWAY", "ws://127.0.0.1:9")
        .with("FACTORIO_ISR_DISCORD_RESUME", "ws://[::1]:9");
    let bot = scene.accepted().config.bot.unwrap();
    assert_eq!(bot.account.api.to_string(), "http://127.0.0.1:9/api/v10");
    assert!(bot.gateway.is_some() && bot.resume.is_some() && !bot.presence.is_on());
    assert_eq!(bot.guilds, [7, 8]);
    let foreign = Scene::ready()
        .with("FACTORIO_ISR_DISCORD_GATEWAY", "wss://gateway.example")
        .with("FACTORIO_ISR_DISCORD_RESUME", "wss://resume.example");
    assert_some_contains(
        &foreign.notes(),
        "bot.gateway leads to a host that is not Discord's",
    );
    assert_some_contains(
        &foreign.notes(),
        "bot.resume leads to a host that is not Discord's",
    );
    let gone = Scene::ready().yaml("bot:\n  token_file: none\n");
    assert_some_contains(&gone.problems(), "gives no token");
}

#[test]
fn channels_have_names_and_stand_wherever_a_webhook_may() {
    let scene = Scene::new().with("DISCORD_BOT_TOKEN", TOKEN).yaml(
        "channels:\n  news: {channel_id: 5}\n  admins: {channel_id: 6, admins: on}\nservers:\n  a:\n    log_path: /a.log\n    \
         webhook: news\n    admin_webhook: admins\n    alerts: {webhook: 'channel:7'}\n    events: {command: on}\n    \
         rcon: {password: x}\n",
    );
    let server = only(&scene);
    assert_eq!(server.target.destination().as_str(), "channel:5");
    assert_eq!(server.target.name(), Some("news"));
    assert_eq!(server.admin_target.unwrap().destination().as_str(), "channel:6");
    assert_eq!(server.alerts.target.unwrap().destination().as_str(), "channel:7");
    assert!(
        server.discord_chat.channels.is_empty(),
        "nobody said which channel is heard"
    );
    let both = Scene::ready().with("DISCORD_BOT_TOKEN", TOKEN).yaml(&format!(
        "channels:\n  news: {{channel_id: 5, webhook: '{WEBHOOK}'}}\n"
    ));
    assert_some_contains(&both.problems(), "has a webhook and a channel_id");
}

#[test]
fn what_one_person_may_say_has_a_rate_of_its_own_in_each_server() {
    let rate = |keys: &str| {
        let text = format!(
            "defaults: {{discord_chat_rate: 5 per 1min}}\nservers:\n  a: {{log_path: /a.log, event_channel_id: 5{keys}}}\n"
        );
        let scene = Scene::new().with("DISCORD_BOT_TOKEN", TOKEN).yaml(&text);
        only(&scene).discord_chat.rate.to_string()
    };
    assert_eq!(rate(", discord_chat_rate: 3/10s"), "3/10s");
    assert_eq!(rate(""), "5/60s");
    let usual = Scene::new()
        .with("DISCORD_BOT_TOKEN", TOKEN)
        .with("FACTORIO_LOG_PATH", "a.log");
    assert_eq!(only(&usual).discord_chat.rate.to_string(), "10/20s");
    let wrong = Scene::ready()
        .with("DISCORD_BOT_TOKEN", TOKEN)
        .yaml("defaults: {discord_chat_rate: often}\n");
    assert_some_contains(&wrong.problems(), "discord_chat_rate");
}

#[test]
fn chat_reaches_the_game_where_there_is_rcon_unless_somebody_says_no() {
    let with = |keys: &str| {
        let text = format!("servers:\n  a: {{log_path: /a.log, event_channel_id: 5{keys}}}\n");
        only(&Scene::new().with("DISCORD_BOT_TOKEN", TOKEN).yaml(&text))
            .discord_chat
            .channels
    };
    assert_eq!(with(", rcon: {password: x}"), [5]);
    assert_eq!(
        with(", rcon: {password: x}, discord_chat_channels: [6, 7]"),
        [6, 7]
    );
    assert!(with(", rcon: {password: x}, discord_chat: off").is_empty());
    assert!(with("").is_empty());
}
