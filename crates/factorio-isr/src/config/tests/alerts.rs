//! `alerts:`, ours and the keys of the Python program.

use std::time::Duration;

use isr_core::delivery::Pings;
use isr_core::game::alert::{Desk, Judge, Rule, Settings};

use super::super::Alerts;
use super::{OTHER_WEBHOOK, Scene, WEBHOOK, assert_some_contains};

fn of_first(scene: &Scene) -> Alerts {
    scene.accepted().config.servers[0].alerts.clone()
}

fn with(alerts: &str) -> Scene {
    let yaml = format!(
        "webhooks: {{ops: '{OTHER_WEBHOOK}'}}\nservers:\n  a: {{log_path: /a.log, rcon: {{password: x}}, alerts: {alerts}}}\n"
    );
    Scene::new().yaml(&yaml)
}

fn on(alerts: &Alerts) -> Vec<Rule> {
    Rule::ALL
        .into_iter()
        .filter(|rule| alerts.settings.is_on(*rule))
        .collect()
}

#[test]
fn without_a_word_the_rules_of_rcon_are_on_where_there_is_rcon() {
    let yaml = "servers:\n  a: {log_path: /a.log, rcon: {password: x}}\n  b: {log_path: /b.log}\n";
    let servers = Scene::new().yaml(yaml).accepted().config.servers;
    assert_eq!(on(&servers[0].alerts), Desk::RULES);
    assert_eq!(on(&servers[1].alerts), []);
    let settings = &servers[0].alerts.settings;
    let usual = Settings {
        off: settings.off.clone(),
        ..Settings::default()
    };
    assert_eq!(*settings, usual);
}

#[test]
fn all_rules_can_be_switched_and_single_ones_as_well() {
    assert_eq!(on(&of_first(&with("on"))), Rule::ALL);
    assert_eq!(on(&of_first(&with("off"))), []);
    let alerts = of_first(&with("{ups_low: off, desync: on, slow_save: {longer_than: 30s}}"));
    assert!(!alerts.settings.is_on(Rule::UpsLow) && alerts.settings.is_on(Rule::RconLost));
    assert!(alerts.settings.is_on(Rule::Desync) && alerts.settings.is_on(Rule::SlowSave));
    assert!(!alerts.settings.is_on(Rule::Crashed), "an event tells it");
    assert_eq!(alerts.settings.slow_save, Duration::from_secs(30));
}

#[test]
fn every_threshold_place_and_mention_is_read() {
    let scene = with(
        "{webhook: ops, mention: ['123456789012345678', '<@223456789012345678>'], cooldown: 15min, reminder: 1h, \
         ups_low: {below: 52.5, recovered_at: 57, checks: 2, every: 30s, measure: average, smoothing: 0.5, cooldown: 1h}, \
         rcon_lost: {after: 2min, mention: [], reminder: off}, server_down: {after: 3min, webhook: terminal}, log_silent: {after: 10min}, \
         disk_full: {below: 1GiB}}",
    );
    let alerts = of_first(&scene);
    let settings = &alerts.settings;
    assert_eq!(settings.cooldown_of(Rule::UpsLow), Duration::from_hours(1));
    assert_eq!(settings.cooldown_of(Rule::RconLost), Duration::from_mins(15));
    assert_eq!(settings.reminder_of(Rule::UpsLow), Some(Duration::from_hours(1)));
    assert_eq!(settings.reminder_of(Rule::RconLost), None);
    assert_eq!((settings.ups_warning, settings.ups_recovery), (52.5, 57.0));
    assert_eq!(
        (settings.samples_required, settings.check_interval),
        (2, Duration::from_secs(30))
    );
    assert_eq!((settings.judge, settings.ema_alpha), (Judge::Sma, 0.5));
    assert_eq!(settings.rcon_lost_after, Duration::from_mins(2));
    assert_eq!(settings.server_down_after, Duration::from_mins(3));
    assert_eq!(settings.log_silent_after, Duration::from_mins(10));
    assert_eq!(settings.disk_free_below, 1 << 30);
    let both = Pings::targets(vec![223_456_789_012_345_678], vec![123_456_789_012_345_678]).expect("two");
    assert_eq!(*alerts.mention_of(Rule::UpsLow), both);
    let shown = |rule| {
        alerts
            .target_of(rule)
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    assert!(shown(Rule::UpsLow).starts_with("ops"));
    assert_eq!(shown(Rule::ServerDown), "terminal");
}

#[test]
fn a_server_is_stronger_than_the_defaults_key_by_key() {
    let yaml = format!(
        "defaults: {{alerts: {{cooldown: 10min, ups_low: {{below: 50, checks: 5}}}}, webhook: '{WEBHOOK}'}}\n\
         servers:\n  a: {{rcon: {{password: x}}, alerts: {{ups_low: {{below: 40}}}}}}\n"
    );
    let settings = of_first(&Scene::new().yaml(&yaml)).settings;
    assert_eq!((settings.ups_warning, settings.samples_required), (40.0, 5));
    assert_eq!(settings.cooldown, Duration::from_mins(10));
}

#[test]
fn wrong_values_are_refused_with_their_place() {
    for (alerts, part) in [
        ("{ups_loww: on}", "did you mean `ups_low`?"),
        ("{ups_low: {belov: 5}}", "did you mean `below`?"),
        ("{ups_low: {below: many}}", "write a number from 0.1 to 1000"),
        ("{ups_low: {below: NaN}}", "write a number"),
        ("{cooldown: 5}", "write a whole number and its unit"),
        ("{mention: [admins]}", "this is no id of Discord"),
        ("{webhook: opps}", "did you mean `ops`?"),
        (
            "{ups_low: {measure: ema}}",
            "write one of: smoothed, average, raw",
        ),
        ("{disk_full: {below: 1}}", "write a size from"),
        ("perhaps", "neither on nor off"),
    ] {
        assert_some_contains(&with(alerts).problems(), part);
    }
    let odd = with("{ups_low: {below: 59, recovered_at: 58}}");
    assert_some_contains(&odd.notes(), "an alert ends at 59 as well");
    assert_eq!(of_first(&odd).settings.ups_recovery, 59.0);
}

#[test]
fn the_keys_of_the_python_program_keep_their_meaning() {
    let yaml = "servers:\n  a:\n    log_path: /a.log\n    rcon_password: x\n    enable_alerts: true\n    \
                alert_check_interval: 45\n    alert_samples_required: 4\n    ups_warning_threshold: 52.5\n    \
                ups_recovery_threshold: 57\n    alert_cooldown: 900\n    ups_ema_alpha: 0.3\n    \
                rcon_breakdown_mode: Interval\n    rcon_breakdown_interval: 120\n";
    let old = Scene::new()
        .with("DISCORD_WEBHOOK_URL", WEBHOOK)
        .file("work/config/servers.yml", yaml);
    let settings = of_first(&old).settings;
    assert_eq!((settings.ups_warning, settings.ups_recovery), (52.5, 57.0));
    assert_eq!((settings.samples_required, settings.ema_alpha), (4, 0.3));
    assert_eq!(settings.check_interval, Duration::from_secs(45));
    assert_eq!(settings.cooldown, Duration::from_secs(900));
    for rule in Rule::ALL {
        let reminder = (rule == Rule::RconLost).then_some(Duration::from_secs(120));
        assert_eq!(
            settings.reminder_of(rule),
            reminder,
            "only the status of RCON: {rule:?}"
        );
    }
    assert!(settings.is_on(Rule::UpsLow) && settings.is_on(Rule::RconLost));
    let ours = of_first(&Scene::new().yaml(yaml)).settings;
    assert_eq!(ours, settings, "a copied section means the same");

    let off = "servers:\n  a: {log_path: /a.log, rcon_password: x, enable_alerts: no, ups_ema_alpha: -1, rcon_status_alert_mode: sometimes}\n";
    let old = Scene::new()
        .with("DISCORD_WEBHOOK_URL", WEBHOOK)
        .file("work/config/servers.yml", off);
    let settings = of_first(&old).settings;
    assert!(!settings.is_on(Rule::UpsLow) && settings.is_on(Rule::RconLost));
    assert_some_contains(&old.notes(), "`ups_ema_alpha` is `-1`, which means nothing here");
    assert_some_contains(&old.notes(), "`rcon_status_alert_mode` is `sometimes`");
}
