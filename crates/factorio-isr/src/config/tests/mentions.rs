//! Who may be called: every shape that people have, what has no effect and why, old files that nothing reads.

use isr_core::abuse::FloodAction;

use super::{Scene, assert_some_contains};

const ADMINS: &str = "123456789012345678";
const BOSS: &str = "223456789012345678";

/// What a list in an old file comes to, and the notes about it.
fn old(text: &str) -> (String, Vec<String>) {
    let scene = Scene::ready().file("work/config/mentions.yml", text);
    let shown = scene
        .accepted()
        .settings
        .iter()
        .find(|setting| setting.key == "mentions")
        .map(|setting| setting.value.clone());
    let mut notes = scene.notes();
    notes.retain(|note| note.starts_with("config/mentions.yml"));
    (shown.unwrap_or_default(), notes)
}

#[test]
fn the_shape_that_the_python_program_reads_works_by_ids() {
    let (shown, notes) = old(&format!(
        "mentions:\n  roles:\n    night shift:\n      - \"night\"\n      - nightshift\n      - \"{ADMINS}\"\n      - board-of-directors\n"
    ));
    assert_eq!(
        shown,
        format!("@board-of-directors = role {ADMINS}; @night = role {ADMINS}; @nightshift = role {ADMINS}")
    );
    assert_eq!(notes, [""; 0]);
}

#[test]
fn an_old_file_without_ids_goes_on_to_load_and_each_entry_is_explained() {
    let (shown, notes) =
        old("mentions:\n  roles:\n    ops:\n      - ops\n    broken: 5\n    night:\n      - night\n");
    assert_eq!(shown, "nobody can be called");
    assert_eq!(notes.len(), 3, "{notes:#?}");
    assert!(
        notes[0].starts_with("config/mentions.yml:3:5: `ops` has no effect: a webhook cannot look names up"),
        "{notes:#?}"
    );
    assert_some_contains(
        &notes,
        "add the id of the role to it, such as \"123456789012345678\"",
    );
}

#[test]
fn everyone_is_called_only_where_the_file_lists_it() {
    assert_eq!(
        old("mentions:\n  roles:\n    everyone: [all]\n").0,
        "@all = @everyone; @everyone = @everyone"
    );
    assert_eq!(old("mentions:\n  everyone:\n").0, "@everyone = @everyone");
    assert_eq!(old("mentions:\n  here: off\n").0, "nobody can be called");
    assert_eq!(
        old(&format!("mentions:\n  roles:\n    ops: {ADMINS}\n")).0,
        format!("@ops = role {ADMINS}")
    );
}

#[test]
fn the_two_shapes_of_the_documents_work() {
    let first = format!(
        "mentions:\n  ops:\n    type: role\n    discord_id: {ADMINS}\n    aliases: [mods, Team]\n  boss:\n    type: user\n    discord_id: '{BOSS}'\n"
    );
    let (shown, notes) = old(&first);
    assert_eq!(
        shown,
        format!("@boss = user {BOSS}; @mods = role {ADMINS}; @ops = role {ADMINS}; @team = role {ADMINS}")
    );
    assert_eq!(notes, [""; 0]);
    let second = format!(
        "mentions:\n  enabled: true\n  groups:\n    ops: ['{ADMINS}', mods]\n  users:\n    boss: {BOSS}\n    other: <@{BOSS}>\n"
    );
    let (shown, notes) = old(&second);
    assert_eq!(
        shown,
        format!("@boss = user {BOSS}; @mods = role {ADMINS}; @ops = role {ADMINS}; @other = user {BOSS}")
    );
    assert_eq!(notes, [""; 0]);
    assert_eq!(old(&second.replace("true", "off")).0, "nobody can be called");
}

#[test]
fn odd_old_files_are_explained_and_refused_only_when_they_are_no_yaml() {
    assert_some_contains(
        &old("roles:\n  ops: [ops]\n").1,
        "`roles` is not read: only `mentions:` is",
    );
    assert_some_contains(
        &old("- a\n").1,
        "nothing here is read: the file has to begin with `mentions:`",
    );
    assert_some_contains(&old("mentions: [a]\n").1, "mentions has to hold keys with values");
    assert_some_contains(
        &old("mentions:\n  role:\n    ops: [ops]\n").1,
        "did you mean `roles`?",
    );
    assert_eq!(old("").1, [""; 0]);
    let broken = Scene::ready().file("work/mentions.yml", "mentions: {\n");
    assert_some_contains(
        &broken.problems(),
        "mentions.yml:1:11: the file is not valid YAML",
    );
}

#[test]
fn our_own_file_is_strict_says_every_fault_with_its_place_and_comes_first() {
    let scene = Scene::ready().yaml(
        "mentions:\n  role:\n    ops: [ops]\n  roles:\n    ops: {discord_id: soon, aliases: [mods], typ: role}\n  limits:\n    per_player: often\n    per_targt: 1/60s\n",
    );
    let problems = scene.problems();
    assert_eq!(problems.len(), 5, "{problems:#?}");
    assert_some_contains(
        &problems,
        "factorio-isr.yml:2:3: unknown key `role` in mentions\n    remedy: did you mean `roles`?",
    );
    assert_some_contains(&problems, "factorio-isr.yml:5:23: `soon` is no id of Discord");
    assert_some_contains(
        &problems,
        "unknown key `typ` in the mention `ops`\n    remedy: did you mean `type`?",
    );
    assert_some_contains(
        &problems,
        "factorio-isr.yml:7:17: mentions.limits.per_player is `often`: this does not say how often",
    );
    assert_some_contains(&problems, "did you mean `per_target`?");

    let own = Scene::ready()
        .yaml(&format!(
            "mentions:\n  roles:\n    ops: [\"{ADMINS}\", night shift]\n"
        ))
        .file("work/config/mentions.yml", "mentions:\n  everyone:\n");
    assert_eq!(own.shown("mentions").0, format!("@ops = role {ADMINS}"));
    assert_some_contains(
        &own.notes(),
        "config/mentions.yml: not read: `mentions` of the configuration file comes first",
    );
    assert_some_contains(&own.notes(), "`night shift` can never be typed behind an @");
}

#[test]
fn a_server_has_its_own_list_or_none() {
    let scene = Scene::new().with("DISCORD_WEBHOOK_URL", super::WEBHOOK).yaml(&format!(
        "mentions:\n  roles: {{ops: \"{ADMINS}\"}}\n  limits: {{per_player: 2/1min}}\nservers:\n  a: {{log_path: a.log}}\n  b: {{log_path: b.log, mentions: off}}\n  c:\n    log_path: c.log\n    mentions: {{users: {{boss: \"{BOSS}\"}}}}\n"
    ));
    let loaded = scene.accepted();
    let words: Vec<_> = loaded
        .config
        .servers
        .iter()
        .map(|server| server.mentions.table.described())
        .collect();
    assert_eq!(words[0], [("ops".to_owned(), format!("role {ADMINS}"))]);
    assert_eq!(words[1], []);
    assert_eq!(words[2], [("boss".to_owned(), format!("user {BOSS}"))]);
    assert_eq!(
        loaded.config.servers[0].mentions.rates.player.to_string(),
        "2/60s"
    );
}

#[test]
fn floods_are_only_told_of_until_an_admin_says_otherwise() {
    let server = &Scene::ready().accepted().config.servers[0];
    assert_eq!(
        (server.flood.action, server.flood.chat.to_string()),
        (FloodAction::Notice, "60/60s".into())
    );
    let scene = Scene::ready().yaml("abuse: {chat: 20/60s, action: hold_back}\n");
    let flood = scene.accepted().config.servers[0].flood;
    assert_eq!(
        (flood.action, flood.chat.to_string()),
        (FloodAction::HoldBack, "20/60s".into())
    );
    let problems = Scene::ready()
        .yaml("abuse: {chat: 0/60s, action: ban}\n")
        .problems();
    assert_eq!(problems.len(), 2, "{problems:#?}");
}

#[test]
fn w21_the_settings_of_the_security_monitor_are_explained_one_by_one() {
    let scene = Scene::ready()
        .file(
            "work/config/secmon.yml",
            "security:\n  enabled: true\n  alert_channel: security-alerts\n  patterns:\n    code_injection: {enabled: true, auto_ban: true, severity: critical}\n  rate_limits:\n    mention_admin: {max_events: 5, time_window_seconds: 60}\n    mention_everyone: {max_events: 1, time_window_seconds: 300}\n    chat_message: {max_events: 20, time_window_seconds: 60}\n",
        )
        .file("work/config/server-banlist.json", "{}");
    let notes = scene.notes();
    assert_eq!(
        scene.accepted().config.servers.len(),
        1,
        "it keeps nothing from starting"
    );
    for part in [
        "config/secmon.yml: recognised: the Python program never read this file",
        "config/secmon.yml:2:3: `enabled`: not needed",
        "`alert_channel`: would have named the channel of alerts; set admin_webhook",
        "`patterns`: would have hidden players for good",
        "`mention_admin`: no limit was ever in force; here one is, for everybody: `mentions: { limits: { per_player: 5/60s } }`",
        "`mention_everyone`: no limit was ever in force; here one is: `mentions: { limits: { everyone: 1/300s } }`",
        "`chat_message`: no limit was ever in force; where you want one: `abuse: { chat: 20/60s, action: hold_back }`",
        "config/server-banlist.json: not used",
    ] {
        assert_some_contains(&notes, part);
    }
    let other = Scene::ready().file(
        "work/config/secmon.yml",
        "security_monitor:\n  alert_channel_id: 1\n  auto_ban: {kick_threshold: 3}\n  whatever: 1\n",
    );
    assert_some_contains(
        &other.notes(),
        "`auto_ban`: would have hidden players after several hits",
    );
    assert_some_contains(&other.notes(), "`whatever`: nothing knows this setting");
    let broken = Scene::ready().file("work/config/secmon.yml", "{{{");
    assert_some_contains(&broken.notes(), "recognised");
}
