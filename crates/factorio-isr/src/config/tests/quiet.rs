//! `quiet:` of servers and of `defaults`.

use std::time::Duration;

use super::{Scene, assert_some_contains};
use crate::config::QuietTimes;

const fn times(rejoins: Option<u64>, repeats: Option<u64>) -> QuietTimes {
    const fn seconds(seconds: Option<u64>) -> Option<Duration> {
        match seconds {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => None,
        }
    }
    QuietTimes {
        merge_rejoins: seconds(rejoins),
        count_repeats: seconds(repeats),
    }
}

#[test]
fn a_server_is_quiet_as_it_says_itself_else_as_defaults_say() {
    let of = |scene: &Scene| -> Vec<QuietTimes> {
        let servers = scene.accepted().config.servers;
        servers.iter().map(|server| server.quiet).collect()
    };
    assert_eq!(of(&Scene::ready()), [times(Some(30), Some(5))]);
    let scene = Scene::new().yaml(
        "defaults:\n  quiet: {merge_rejoins: 1min, count_repeats: off}\n\
         servers:\n  a: {log_path: a.log}\n  b:\n    log_path: b.log\n    quiet: {merge_rejoins: off, count_repeats: 10s}\n",
    );
    assert_eq!(of(&scene), [times(Some(60), None), times(None, Some(10))]);
    assert_eq!(scene.shown("servers.a.quiet.merge_rejoins").0, "60s");
    assert_eq!(scene.shown("servers.b.quiet.merge_rejoins").0, "off");
}

#[test]
fn faults_in_quiet_are_told_all_at_once_with_place_and_remedy() {
    let problems = Scene::new()
        .yaml("servers:\n  a:\n    log_path: a.log\n    quiet: {merge_rejoin: 5s, count_repeats: 1s, merge_rejoins: soon}\n")
        .problems();
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert_some_contains(&problems, "did you mean `merge_rejoins`");
    assert_some_contains(&problems, "write a duration from 2s to 10min, or off");
    assert_some_contains(&problems, "10s, 15min, 24h or 7d, or off");
    assert!(
        problems
            .iter()
            .all(|problem| problem.contains("factorio-isr.yml:4:")),
        "{problems:#?}"
    );
}
