//! The rules that look at snapshots.

use super::*;

/// The rules with an end.
const LASTING: [Rule; 5] = [
    Rule::UpsLow,
    Rule::ServerDown,
    Rule::RconLost,
    Rule::LogSilent,
    Rule::DiskFull,
];

/// Something is wrong from minute 10 on; when it is told.
fn fires(rule: Rule, stage: &mut Stage) -> u64 {
    assert_eq!(stage.minutes(0, 600, all_well), []);
    let told = stage.minutes(600, 1200, |now| wrong(rule, 600, now));
    let [(seconds, told_rule, News::Fired(alert))] = told.as_slice() else {
        panic!("{rule:?}: {told:?}");
    };
    assert_eq!((*told_rule, alert.rule()), (rule, rule));
    *seconds
}

#[test]
fn each_rule_fires_once_holds_and_ends_once() {
    for rule in LASTING {
        let mut stage = Stage::new(Settings::default());
        let fired = fires(rule, &mut stage);
        let expected = match rule {
            Rule::UpsLow | Rule::LogSilent => 780,
            Rule::DiskFull => 600,
            Rule::RconLost => 720,
            _ => 660,
        };
        assert_eq!(fired, expected, "{rule:?}");
        assert_eq!(
            stage.minutes(1200, 3600, |now| wrong(rule, 600, now)),
            [],
            "{rule:?} holds"
        );
        let told = stage.minutes(3600, 4800, all_well);
        let [(seconds, ended, News::Ended { ending, lasted })] = told.as_slice() else {
            panic!("{rule:?}: {told:?}");
        };
        assert_eq!((*ended, *ending), (rule, Ending::Recovered));
        assert_eq!(lasted.as_secs(), seconds - 600, "{rule:?}: from when it began");
    }
}

#[test]
fn r05_a_restart_in_between_repeats_nothing_and_forgets_no_end() {
    for rule in LASTING {
        let mut stage = Stage::new(Settings::default());
        let _ = fires(rule, &mut stage);
        stage.restart();
        // Right after a start nothing is known yet.
        let blank = |now| {
            let snapshot = Snapshot {
                at: at(now),
                link: Link::Connecting { since_ms: ms(1200) },
                ..Snapshot::default()
            };
            let signals = Signals {
                disk: None,
                ..signals()
            };
            (snapshot, signals)
        };
        assert_eq!(stage.minutes(1200, 1320, blank), [], "{rule:?}");
        // Then it is lost since the start, as far as this run knows.
        assert_eq!(
            stage.minutes(1320, 3000, |now| wrong(rule, 1200, now)),
            [],
            "{rule:?}"
        );
        stage.restart();
        let told = stage.minutes(3000, 3900, all_well);
        let [(seconds, _, News::Ended { lasted, .. })] = told.as_slice() else {
            panic!("{rule:?}: {told:?}");
        };
        assert!(
            lasted.as_secs() >= seconds - 600,
            "{rule:?}: the true time, {lasted:?}"
        );
        stage.restart();
        assert_eq!(stage.minutes(3900, 6000, all_well), [], "{rule:?}");
    }
}

#[test]
fn maintenance_keeps_back_what_is_planned_until_it_ends() {
    for rule in LASTING {
        let mut stage = Stage::new(Settings::default());
        assert_eq!(stage.minutes(0, 600, all_well), []);
        stage.maintenance_until_ms = Some(ms(3600));
        let told = stage.minutes(600, 3600, |now| wrong(rule, 600, now));
        if !rule.is_kept_back_by_maintenance() {
            assert_eq!(told.len(), 1, "{rule:?} is told all the same");
            continue;
        }
        assert_eq!(told, [], "{rule:?}");
        let told = stage.minutes(3600, 4200, |now| wrong(rule, 600, now));
        assert_eq!(told.len(), 1, "{rule:?} still wrong when it is over: {told:?}");
        assert!(is_fired(&told[0].2));
    }
}

#[test]
fn what_was_planned_and_is_over_with_the_maintenance_is_never_told() {
    for rule in LASTING
        .into_iter()
        .filter(|rule| rule.is_kept_back_by_maintenance())
    {
        let mut stage = Stage::new(Settings::default());
        stage.maintenance_until_ms = Some(ms(1800));
        assert_eq!(stage.minutes(0, 1200, |now| wrong(rule, 0, now)), [], "{rule:?}");
        assert_eq!(stage.minutes(1200, 6000, all_well), [], "{rule:?}");
    }
}

#[test]
fn an_alert_that_lasts_when_maintenance_begins_still_ends() {
    let mut stage = Stage::new(Settings::default());
    let _ = fires(Rule::RconLost, &mut stage);
    stage.maintenance_until_ms = Some(ms(9000));
    let told = stage.minutes(1200, 1500, all_well);
    assert!(
        matches!(told.as_slice(), [(_, Rule::RconLost, News::Ended { .. })]),
        "{told:?}"
    );
}

#[test]
fn r05_ups_around_the_threshold_alert_once_per_cooldown_and_end_once() {
    let settings = Settings {
        judge: Judge::Raw,
        ..Settings::default()
    };
    let mut stage = Stage::new(settings);
    // Three minutes below, four above, again and again.
    let swinging = |now: u64| {
        let value = if (now / 60) % 7 < 3 { 54.0 } else { 59.0 };
        let mut seen = all_well(now);
        seen.0.pace = running(value);
        seen
    };
    let told = stage.minutes(0, 7 * 60 * 20, swinging);
    let fired: Vec<u64> = told
        .iter()
        .filter(|told| is_fired(&told.2))
        .map(|told| told.0)
        .collect();
    assert!(fired.len() > 10);
    assert!(fired.windows(2).all(|pair| pair[1] - pair[0] >= 300), "{fired:?}");
    assert!(
        told.windows(2)
            .all(|pair| is_fired(&pair[0].2) != is_fired(&pair[1].2)),
        "an alert, an end, an alert …: {told:?}"
    );
}

#[test]
fn r05_ups_that_wobble_within_the_two_thresholds_say_nothing() {
    for judge in [Judge::Raw, Judge::Sma, Judge::Ema] {
        let mut stage = Stage::new(Settings {
            judge,
            ..Settings::default()
        });
        let wobbling = |now: u64| {
            let mut seen = all_well(now);
            seen.0.pace = running(if (now / 60).is_multiple_of(2) { 55.2 } else { 57.9 });
            seen
        };
        assert_eq!(stage.minutes(0, 36_000, wobbling), [], "{judge:?}");
    }
}

#[test]
fn the_exponential_mean_tells_a_deep_fall_soon_and_a_shallow_one_later() {
    let told_after = |value: f64| {
        let mut stage = Stage::new(Settings::default());
        let _ = stage.minutes(0, 600, all_well);
        let low = |now| {
            let mut seen = all_well(now);
            seen.0.pace = running(value);
            seen
        };
        stage
            .minutes(600, 6000, low)
            .first()
            .map(|told| (told.0 - 600) / 60)
    };
    assert_eq!(told_after(20.0), Some(2));
    assert_eq!(told_after(50.0), Some(5));
    assert_eq!(told_after(54.5), Some(12));
    assert_eq!(told_after(55.5), None);
}

#[test]
fn an_alert_for_low_ups_holds_all_three_values() {
    let mut stage = Stage::new(Settings::default());
    let _ = stage.minutes(0, 600, all_well);
    let told = stage.minutes(600, 1200, |now| wrong(Rule::UpsLow, 600, now));
    let News::Fired(Alert::UpsLow {
        raw,
        sma,
        ema,
        threshold,
        lasting,
    }) = &told[0].2
    else {
        panic!("{told:?}");
    };
    // 60, 40, 40, 40, 40; and 60 falling towards 40 by a fifth each time, three of them below 55.
    assert!((raw - 40.0).abs() < 1e-9 && (sma - 44.0).abs() < 1e-9, "{told:?}");
    assert!(
        (ema - 48.192).abs() < 1e-9 && (threshold - 55.0).abs() < 1e-9,
        "{told:?}"
    );
    assert_eq!(lasting.as_secs(), 180);
}

#[test]
fn r05_a_pause_ends_an_alert_and_says_that_it_is_no_recovery() {
    for pace in [Pace::Standing, Pace::AutoPaused] {
        let mut stage = Stage::new(Settings::default());
        let _ = fires(Rule::UpsLow, &mut stage);
        let paused = |now| {
            let mut seen = all_well(now);
            seen.0.pace = pace;
            seen
        };
        let told = stage.minutes(1200, 3600, paused);
        let [(_, Rule::UpsLow, News::Ended { ending, .. })] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(*ending, Ending::Paused);
        assert_eq!(stage.minutes(3600, 4200, all_well), []);
    }
}

#[test]
fn r05_saving_silence_and_a_lost_connection_are_no_low_ups_and_no_recovery() {
    let unseen = |now: u64| {
        let mut seen = all_well(now);
        seen.0.pace = Pace::Unknown;
        seen.0.game = GameState::Saving { since_ms: ms(now) };
        seen.0.link = Link::Silent { since_ms: ms(now) };
        seen
    };
    let mut stage = Stage::new(Settings::default());
    assert_eq!(stage.minutes(0, 3600, unseen), []);
    let mut stage = Stage::new(Settings::default());
    let _ = fires(Rule::UpsLow, &mut stage);
    assert_eq!(stage.minutes(1200, 3600, unseen), []);
    assert_eq!(stage.minutes(3600, 4200, all_well).len(), 1);
}

#[test]
fn an_estimate_that_may_be_far_off_or_is_old_is_not_looked_at() {
    let mut stage = Stage::new(Settings::default());
    let rough = |now| {
        let mut seen = wrong(Rule::UpsLow, 0, now);
        if let Pace::Running(ups) = &mut seen.0.pace {
            ups.plus_minus = 5.0;
        }
        seen
    };
    assert_eq!(stage.minutes(0, 1800, rough), []);
    let old = |_| wrong(Rule::UpsLow, 0, 0);
    assert_eq!(stage.minutes(1800, 3600, old), []);
}

#[test]
fn at_another_speed_of_the_game_the_thresholds_are_in_proportion() {
    let at_double = |value: f64| {
        move |now| {
            let mut seen = all_well(now);
            if let Pace::Running(ups) = &mut seen.0.pace {
                (ups.value, ups.target) = (value, 120.0);
            }
            seen
        }
    };
    let mut stage = Stage::new(Settings::default());
    assert_eq!(stage.minutes(0, 1800, at_double(118.0)), []);
    assert_eq!(stage.minutes(1800, 3600, at_double(80.0)).len(), 1);
}

#[test]
fn a_restart_of_the_game_is_no_alert_and_neither_is_a_short_loss() {
    let mut stage = Stage::new(Settings::default());
    assert_eq!(stage.look(all_well(0), 0), []);
    for (rule, long) in [(Rule::ServerDown, 59), (Rule::RconLost, 119)] {
        for seconds in 0..=long {
            assert_eq!(
                stage.look(wrong(rule, 0, seconds), seconds),
                [],
                "{rule:?} {seconds}"
            );
        }
        assert_eq!(stage.look(all_well(130), 130), []);
    }
}

#[test]
fn a_game_that_ended_is_told_by_one_rule_only() {
    let mut stage = Stage::new(Settings::default());
    let told = stage.minutes(0, 3600, |now| wrong(Rule::ServerDown, 0, now));
    assert!(
        matches!(told.as_slice(), [(60, Rule::ServerDown, News::Fired(_))]),
        "{told:?}"
    );
}

#[test]
fn a_quiet_log_is_no_silent_log() {
    let mut stage = Stage::new(Settings::default());
    // Somebody came, the log told of it, and then nobody said anything for hours.
    let quiet = |now| {
        let mut seen = wrong(Rule::LogSilent, 0, now);
        seen.0.last_log_line_ms = Some(ms(0) - 2000);
        seen
    };
    assert_eq!(stage.minutes(0, 36_000, quiet), []);
    // Nobody knows since when they are there.
    let before = |now| {
        let mut seen = wrong(Rule::LogSilent, 0, now);
        for player in seen.0.players.iter_mut().flat_map(|players| &mut players.online) {
            player.since = Since::Before(ms(0));
        }
        seen
    };
    assert_eq!(stage.minutes(36_000, 40_000, before), []);
    // There is no log.
    let none = |now| {
        let (snapshot, signals) = wrong(Rule::LogSilent, 0, now);
        let log = LogSource::None;
        (snapshot, Signals { log, ..signals })
    };
    assert_eq!(stage.minutes(40_000, 44_000, none), []);
}

#[test]
fn another_version_is_told_once_and_the_first_one_never() {
    let mut stage = Stage::new(Settings::default());
    assert_eq!(stage.minutes(0, 600, all_well), []);
    stage.restart();
    let told = stage.minutes(600, 1200, |now| wrong(Rule::GameUpdated, 0, now));
    let [(600, Rule::GameUpdated, News::Fired(Alert::GameUpdated { from, to }))] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((from.as_str(), to.as_str()), ("2.0.77", "2.0.99"));
    stage.restart();
    assert_eq!(
        stage.minutes(1200, 1800, |now| wrong(Rule::GameUpdated, 0, now)),
        []
    );
}

#[test]
fn an_update_in_maintenance_is_told_once_when_it_is_over() {
    let mut stage = Stage::new(Settings::default());
    assert_eq!(stage.minutes(0, 600, all_well), []);
    stage.maintenance_until_ms = Some(ms(3600));
    let updated = |now| wrong(Rule::GameUpdated, 0, now);
    assert_eq!(stage.minutes(600, 1800, updated), []);
    stage.restart();
    assert_eq!(stage.minutes(1800, 3600, updated), [], "until it is over");
    let told = stage.minutes(3600, 7200, updated);
    let [(3600, Rule::GameUpdated, News::Fired(Alert::GameUpdated { from, to }))] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((from.as_str(), to.as_str()), ("2.0.77", "2.0.99"));
}

#[test]
fn an_update_that_is_undone_within_the_maintenance_is_no_news() {
    let mut stage = Stage::new(Settings::default());
    assert_eq!(stage.minutes(0, 600, all_well), []);
    stage.maintenance_until_ms = Some(ms(3600));
    let updated = |now| wrong(Rule::GameUpdated, 0, now);
    assert_eq!(stage.minutes(600, 1800, updated), []);
    assert_eq!(stage.minutes(1800, 7200, all_well), []);
}

#[test]
fn the_first_version_ever_seen_is_noted_in_maintenance_too() {
    let mut stage = Stage::new(Settings::default());
    stage.maintenance_until_ms = Some(ms(600));
    assert_eq!(stage.minutes(0, 1200, all_well), []);
    let told = stage.minutes(1200, 1800, |now| wrong(Rule::GameUpdated, 0, now));
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn a_rule_that_is_off_says_nothing_and_ends_what_it_had_begun() {
    for rule in LASTING {
        let off = Settings {
            off: [rule].into(),
            ..Settings::default()
        };
        let mut stage = Stage::new(off.clone());
        assert_eq!(stage.minutes(0, 1800, |now| wrong(rule, 0, now)), [], "{rule:?}");
        let mut stage = Stage::new(Settings::default());
        let _ = fires(rule, &mut stage);
        stage.desk.follow(off);
        let told = stage.minutes(1200, 1800, |now| wrong(rule, 600, now));
        let [(_, _, News::Ended { ending, .. })] = told.as_slice() else {
            panic!("{rule:?}: {told:?}");
        };
        assert_eq!(*ending, Ending::GivenUp);
    }
}

#[test]
fn reminders_come_only_where_they_are_wanted() {
    let mut stage = Stage::new(Settings {
        reminder: Some(Duration::from_secs(3600)),
        ..Settings::default()
    });
    let told = stage.minutes(0, 3 * 3600, |now| wrong(Rule::RconLost, 0, now));
    let reminders = told
        .iter()
        .filter(|told| matches!(told.2, News::StillSo { .. }))
        .count();
    assert_eq!((reminders, told.len()), (2, 3), "{told:?}");
    // One rule's own is stronger, in both directions.
    for (all, own) in [
        (Some(Duration::from_secs(600)), None),
        (None, Some(Duration::from_secs(3600))),
    ] {
        let mut stage = Stage::new(Settings {
            reminder: all,
            reminders: [(Rule::RconLost, own)].into(),
            ..Settings::default()
        });
        let told = stage.minutes(0, 3 * 3600, |now| wrong(Rule::RconLost, 0, now));
        assert_eq!(told.len(), if own.is_some() { 3 } else { 1 }, "{told:?}");
    }
}

/// The same moment with a wall clock that was put forward by an hour.
fn an_hour_ahead((mut snapshot, signals): (Snapshot, Signals), seconds: u64) -> (Snapshot, Signals, Now) {
    let now = Now {
        unix_ms: ms(seconds + 3600),
        ..at(seconds)
    };
    snapshot.at = now;
    (snapshot, signals, now)
}

#[test]
fn r05_a_clock_that_is_put_forward_sets_nothing_off() {
    for rule in [Rule::ServerDown, Rule::RconLost, Rule::LogSilent] {
        let mut stage = Stage::new(Settings::default());
        assert_eq!(stage.look(all_well(0), 0), []);
        assert_eq!(stage.look(wrong(rule, 10, 10), 10), []);
        let (snapshot, signals, now) = an_hour_ahead(wrong(rule, 10, 11), 11);
        let steps = stage.desk.step(&snapshot, &signals, now);
        assert!(
            steps.iter().all(|step| step.news.is_none()),
            "{rule:?}: {steps:?}"
        );
    }
}

#[test]
fn r05_a_clock_that_is_set_back_puts_nothing_off() {
    for rule in [Rule::ServerDown, Rule::RconLost] {
        let mut stage = Stage::new(Settings::default());
        assert_eq!(stage.look(all_well(0), 0), []);
        // It is lost at an hour that has not come yet.
        let told = stage.minutes(60, 600, |now| wrong(rule, 4000, now));
        assert!(
            matches!(told.as_slice(), [(60..=180, _, News::Fired(_))]),
            "{rule:?}: {told:?}"
        );
    }
}

#[test]
fn an_end_that_is_read_hours_late_is_waited_for_from_now_on() {
    let mut stage = Stage::new(Settings::default());
    let late = |now| wrong(Rule::ServerDown, 0, now);
    assert_eq!(stage.look(all_well(10_000), 10_000), []);
    assert_eq!(stage.look(late(10_001), 10_001), []);
    assert_eq!(stage.look(late(10_060), 10_060), []);
    assert_eq!(stage.look(late(10_061), 10_061).len(), 1);
}

#[test]
fn r05_a_game_that_begins_again_is_given_time_before_rcon_is_lost() {
    let settings = Settings {
        server_down_after: Duration::from_secs(600),
        ..Settings::default()
    };
    let mut stage = Stage::new(settings);
    assert_eq!(stage.minutes(0, 600, all_well), []);
    // It stops at 600, and begins again at 1080; the connection is down all the time, and back 20 s later.
    assert_eq!(
        stage.minutes(600, 1080, |now| wrong(Rule::ServerDown, 600, now)),
        []
    );
    assert_eq!(stage.look(wrong(Rule::RconLost, 600, 1080), 1080), []);
    assert_eq!(stage.look(wrong(Rule::RconLost, 600, 1100), 1100), []);
    assert_eq!(stage.look(all_well(1101), 1101), []);
}

#[test]
fn r05_a_server_that_has_not_answered_yet_may_load_its_map() {
    let mut stage = Stage::new(Settings::default());
    let absent = |now| wrong(Rule::RconLost, 0, now);
    assert_eq!(stage.minutes(0, 300, absent), []);
    assert_eq!(stage.minutes(300, 600, absent).len(), 1, "but not for ever");
}

#[test]
fn the_log_of_a_program_that_just_began_is_not_silent_yet() {
    let mut stage = Stage::new(Settings::default());
    let unread = |now| {
        let mut seen = wrong(Rule::LogSilent, 30, now);
        seen.0.last_log_line_ms = None;
        seen
    };
    assert_eq!(stage.look(all_well(0), 0), []);
    assert_eq!(stage.minutes(60, 480, unread), []);
    assert_eq!(stage.minutes(480, 600, unread).len(), 1);
}

#[test]
fn a_player_of_whom_the_log_told_is_no_sign_of_silence_whatever_its_clock_says() {
    let mut stage = Stage::new(Settings::default());
    let told = |now| {
        let mut seen = wrong(Rule::LogSilent, 600, now);
        for player in seen.0.players.iter_mut().flat_map(|players| &mut players.online) {
            player.since = Since::Told(ms(600));
        }
        seen
    };
    assert_eq!(stage.minutes(600, 7200, told), []);
}
