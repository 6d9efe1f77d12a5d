//! No input makes the loader panic, and a refusal always says why.

use proptest::prelude::*;

use super::{Scene, WEBHOOK};

/// Text that looks like configuration often enough to reach every parser.
fn yaml() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "servers",
        "defaults",
        "webhooks",
        "limits",
        "outbox",
        "log",
        "health",
        "events",
        "dialects",
        "log_path",
        "game_log",
        "time_zone",
        "webhook",
        "admin_webhook",
        "chat",
        "a",
        "on",
        "off",
        "-",
        "null",
        "~",
        "1e999",
        "0x1",
        "${A}",
        "${",
        "10s",
        "99999999999999999999d",
        "1TiB",
        ": ",
        ":\n",
        "\n",
        "\n  ",
        "\n    ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "&x ",
        "*x",
        "<<",
        "!!int ",
        "!x ",
        "|\n",
        "'",
        "\"",
        "#",
        "\t",
        "\u{202e}",
        "é",
        "\u{0}",
        WEBHOOK,
    ]);
    prop::collection::vec(words, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_input_panics(file in yaml(), dotenv in "[A-Z_=\"'\\\\#\n ${}é]{0,60}", variable in "\\PC{0,40}") {
        let scene = Scene::new()
            .with("A", &variable)
            .with("HEALTH_CHECK_PORT", &variable)
            .with("FACTORIO_LOG_PATH", &variable)
            .with("TZ", &variable)
            .file("work/.env", dotenv)
            .yaml(&file);
        match scene.load() {
            Ok(loaded) => prop_assert!(!loaded.config.servers.is_empty()),
            Err(refused) => {
                prop_assert!(!refused.problems.is_empty());
                prop_assert!(!refused.to_string().contains("canary"), "{refused}");
            }
        }
    }
}
