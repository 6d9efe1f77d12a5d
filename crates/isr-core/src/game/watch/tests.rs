//! What follows from answers and signs, step by step.

use super::*;
use crate::game::snapshot::{Online, Since};
use crate::game::{Asked, Mono, Setting, TimeAnswer};

/// A moment so many seconds after the first one.
fn at(seconds: u64) -> Now {
    Now {
        mono: Mono(Duration::from_secs(seconds)),
        unix_ms: ms(seconds),
    }
}

fn ms(seconds: u64) -> i64 {
    1_700_000_000_000 + i64::try_from(seconds).unwrap() * 1000
}

fn list(names: &[&str], seconds: u64) -> Sample {
    Sample {
        players: Ok(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Sample::empty(at(seconds))
    }
}

fn time(second: u64, seconds: u64) -> Sample {
    let now = at(seconds);
    Sample {
        time: Ok(TimeAnswer {
            asked: Asked {
                sent: now.mono,
                received: now.mono.after(Duration::from_millis(20)),
            },
            game_time: Duration::from_secs(second),
        }),
        ..Sample::empty(now)
    }
}

fn up() -> Watch {
    let mut watch = Watch::new(WatchOptions::default());
    watch.link(LinkChange::Connecting, at(0));
    watch.link(LinkChange::Up, at(1));
    watch.took(&heard(1));
    watch
}

/// Any answer at all.
fn heard(seconds: u64) -> Sample {
    Sample {
        version: Ok("2.0.76".to_owned()),
        ..Sample::empty(at(seconds))
    }
}

fn down(why: WhyDown) -> LinkChange {
    LinkChange::Down {
        why,
        detail: "no".to_owned(),
    }
}

fn online(watch: &Watch, seconds: u64) -> Option<Vec<(String, Since)>> {
    let players = watch.snapshot(at(seconds)).players?;
    Some(
        players
            .online
            .into_iter()
            .map(|Online { name, since }| (name, since))
            .collect(),
    )
}

fn named(name: &str, since: Since) -> (String, Since) {
    (name.to_owned(), since)
}

#[test]
fn nothing_is_known_before_anything_was_heard() {
    let watch = Watch::new(WatchOptions::default());
    let snapshot = watch.snapshot(at(5));
    assert_eq!(
        snapshot,
        Snapshot {
            at: at(5),
            ..Snapshot::default()
        }
    );
}

#[test]
fn a_connection_is_down_since_it_was_lost_however_often_it_is_tried_again() {
    let mut watch = up();
    watch.link(down(WhyDown::Ended), at(100));
    watch.link(LinkChange::Connecting, at(105));
    watch.link(down(WhyDown::Unreachable), at(106));
    let Link::Down(told) = watch.snapshot(at(200)).link else {
        panic!("it is down");
    };
    assert_eq!((told.since_ms, told.why), (ms(100), WhyDown::Unreachable));
    watch.link(LinkChange::Up, at(300));
    watch.took(&heard(300));
    assert_eq!(watch.snapshot(at(300)).link, Link::Up { since_ms: ms(300) });
    watch.link(down(WhyDown::Ended), at(400));
    assert!(matches!(watch.snapshot(at(400)).link, Link::Down(down) if down.since_ms == ms(400)));
}

#[test]
fn silence_is_no_new_connection_and_a_loss_counts_from_it() {
    let mut watch = up();
    watch.link(LinkChange::Silent, at(50));
    watch.link(LinkChange::Silent, at(55));
    assert_eq!(watch.snapshot(at(60)).link, Link::Silent { since_ms: ms(50) });
    assert_eq!(
        watch.snapshot(at(60)).game,
        GameState::Saving { since_ms: ms(50) }
    );
    watch.link(LinkChange::Up, at(61));
    assert_eq!(watch.snapshot(at(61)).link, Link::Up { since_ms: ms(1) });
    watch.link(LinkChange::Silent, at(70));
    watch.link(LinkChange::Connecting, at(190));
    assert!(matches!(watch.snapshot(at(190)).link, Link::Down(down) if down.since_ms == ms(70)));
}

#[test]
fn a_start_without_a_server_is_down_since_the_start() {
    let mut watch = Watch::new(WatchOptions::default());
    watch.link(LinkChange::Connecting, at(3));
    watch.link(down(WhyDown::Unreachable), at(8));
    watch.link(LinkChange::Silent, at(9));
    assert!(matches!(watch.snapshot(at(9)).link, Link::Down(down) if down.since_ms == ms(3)));
}

#[test]
fn sessions_begin_with_the_list_or_with_the_log() {
    let mut watch = up();
    assert_eq!(online(&watch, 2), None);
    watch.took(&list(&["Ann"], 10));
    watch.took(&list(&["Ann", "Bob"], 70));
    watch.told(&LogSign::Joined("Cid"), ms(90), at(91));
    let expected = vec![
        named("Ann", Since::Before(ms(10))),
        named("Bob", Since::At(ms(70))),
        named("Cid", Since::Told(ms(90))),
    ];
    assert_eq!(online(&watch, 95), Some(expected.clone()));
    // A list that was under way when Cid came, and one that has Cid.
    watch.took(&list(&["Ann", "Bob"], 92));
    watch.took(&list(&["Ann", "Bob", "Cid"], 130));
    assert_eq!(online(&watch, 131), Some(expected));
    watch.told(&LogSign::Left("Ann"), ms(140), at(140));
    watch.took(&list(&["Ann", "Bob", "Cid"], 141));
    assert_eq!(online(&watch, 142).unwrap().len(), 2);
    watch.took(&list(&["Bob"], 200));
    assert_eq!(online(&watch, 201), Some(vec![named("Bob", Since::At(ms(70)))]));
}

#[test]
fn with_the_link_down_players_are_known_only_where_the_log_tells() {
    let mut watch = up();
    watch.took(&list(&["Ann"], 10));
    watch.link(down(WhyDown::Ended), at(20));
    assert_eq!(online(&watch, 21), None);
    watch.told(&LogSign::Joined("Bob"), ms(30), at(30));
    assert_eq!(online(&watch, 31).unwrap().len(), 2);
}

#[test]
fn a_session_goes_on_over_a_short_gap_and_not_over_a_long_one() {
    for (back, since) in [(50, Since::Before(ms(10))), (500, Since::Before(ms(501)))] {
        let mut watch = up();
        watch.took(&list(&["Ann"], 10));
        watch.link(down(WhyDown::Ended), at(20));
        watch.link(LinkChange::Up, at(back));
        watch.took(&list(&["Ann"], back + 1));
        assert_eq!(online(&watch, back + 1), Some(vec![named("Ann", since)]));
    }
}

#[test]
fn the_log_tells_of_the_end_of_a_run_and_whoever_answers_is_up() {
    let mut watch = up();
    watch.took(&list(&["Ann"], 10));
    watch.told(&LogSign::Crashed, ms(20), at(21));
    let snapshot = watch.snapshot(at(22));
    let end = End::Crashed;
    assert_eq!(
        snapshot.game,
        GameState::Down {
            since_ms: ms(20),
            end
        }
    );
    assert_eq!(snapshot.players.unwrap().online, []);
    let started = LogSign::Started {
        version: Some("2.0.77"),
    };
    watch.told(&started, ms(40), at(40));
    assert_eq!(watch.snapshot(at(41)).version.as_deref(), Some("2.0.77"));
    assert_eq!(watch.snapshot(at(41)).game, GameState::Running);
    watch.told(&LogSign::Stopped, ms(50), at(50));
    watch.took(&list(&[], 60));
    assert_eq!(watch.snapshot(at(61)).game, GameState::Running);
}

#[test]
fn the_last_words_of_a_game_that_ends_do_not_hide_its_end() {
    let is_down =
        |watch: &Watch, seconds: u64| matches!(watch.snapshot(at(seconds)).game, GameState::Down { .. });
    let mut watch = up();
    watch.told(&LogSign::Crashed, ms(100), at(100));
    assert!(is_down(&watch, 100));
    // What was asked before is answered after the line was read.
    watch.took(&heard(100));
    watch.took(&heard(104));
    assert!(!is_down(&watch, 104), "it still answers");
    watch.link(down(WhyDown::Ended), at(104));
    let GameState::Down { since_ms, end } = watch.snapshot(at(104)).game else {
        panic!("it has ended");
    };
    assert_eq!((since_ms, end), (ms(100), End::Crashed));
    // One that goes on answering goes on: the line told of another run, and a connection that is lost later is just that.
    let mut watch = up();
    watch.told(&LogSign::Stopped, ms(100), at(100));
    watch.took(&heard(106));
    watch.link(down(WhyDown::Ended), at(200));
    assert!(!is_down(&watch, 200));
}

#[test]
fn saving_ends_with_its_line_or_with_an_answer() {
    let mut watch = up();
    watch.told(&LogSign::SaveBegan, ms(10), at(10));
    assert_eq!(
        watch.snapshot(at(12)).game,
        GameState::Saving { since_ms: ms(10) }
    );
    let ended = LogSign::SaveEnded {
        took: Some(Duration::from_secs(6)),
    };
    watch.told(&ended, ms(16), at(16));
    let snapshot = watch.snapshot(at(17));
    assert_eq!(snapshot.game, GameState::Running);
    let took = Some(Duration::from_secs(6));
    assert_eq!(snapshot.last_save, Some(LastSave { at_ms: ms(16), took }));
    watch.told(&LogSign::SaveBegan, ms(20), at(20));
    watch.took(&time(20, 22));
    assert_eq!(watch.snapshot(at(23)).game, GameState::Running);
    watch.told(&LogSign::SaveBegan, ms(30), at(30));
    assert_eq!(watch.snapshot(at(1000)).game, GameState::Running);
}

#[test]
fn r05_pause_and_auto_pause_are_told_apart_by_who_is_there() {
    for (names, state) in [(&["Ann"][..], GameState::Paused), (&[], GameState::AutoPaused)] {
        let mut watch = up();
        for seconds in (10..80).step_by(6) {
            watch.took(&list(names, seconds));
            watch.took(&time(500, seconds));
        }
        assert_eq!(watch.snapshot(at(80)).game, state);
        assert!(watch.snapshot(at(80)).pace.ups().is_none());
    }
}

#[test]
fn what_was_not_answered_stays_known_and_what_was_not_understood_does_not() {
    let mut watch = up();
    let mut sample = Sample {
        version: Ok("2.0.77".to_owned()),
        seed: Ok(5),
        settings: Ok(vec![Setting {
            key: "name".to_owned(),
            value: Some("North".to_owned()),
        }]),
        ..Sample::empty(at(10))
    };
    watch.took(&sample);
    sample.version = Err(Unread::NoAnswer);
    sample.seed = Err(Unread::NotUnderstood("?".to_owned()));
    sample.settings = Err(Unread::NotAsked);
    watch.took(&sample);
    let snapshot = watch.snapshot(at(11));
    assert_eq!(snapshot.version.as_deref(), Some("2.0.77"));
    assert_eq!(snapshot.seed, None);
    assert_eq!(snapshot.server_name.as_deref(), Some("North"));
}

#[test]
fn a_lost_connection_leaves_no_pace() {
    let mut watch = up();
    for seconds in (10..80).step_by(6) {
        watch.took(&list(&["Ann"], seconds));
        watch.took(&time(500 + seconds, seconds));
    }
    assert!(watch.snapshot(at(80)).pace.ups().is_some());
    watch.link(down(WhyDown::Ended), at(81));
    assert_eq!(watch.snapshot(at(82)).pace, Pace::Unknown);
    assert_eq!(watch.snapshot(at(82)).game, GameState::Unknown);
}

#[test]
fn a_log_whose_clock_is_ahead_tells_of_nothing_that_lies_ahead() {
    let mut watch = up();
    watch.took(&list(&[], 10));
    watch.told(&LogSign::Joined("Ann"), ms(3600), at(20));
    assert_eq!(online(&watch, 21), Some(vec![named("Ann", Since::Told(ms(20)))]));
    watch.told(&LogSign::Stopped, ms(3700), at(30));
    assert!(matches!(watch.snapshot(at(30)).game, GameState::Down { since_ms, .. } if since_ms == ms(30)));
}

#[test]
fn r05_a_login_that_nothing_follows_is_no_connection() {
    let mut watch = up();
    watch.link(down(WhyDown::Ended), at(100));
    for seconds in (110..400).step_by(10) {
        watch.link(LinkChange::Connecting, at(seconds));
        watch.link(LinkChange::Up, at(seconds + 1));
        watch.link(LinkChange::Silent, at(seconds + 5));
        watch.took(&Sample {
            version: Err(Unread::NoAnswer),
            ..Sample::empty(at(seconds + 6))
        });
        let link = watch.snapshot(at(seconds + 6)).link;
        assert!(
            matches!(&link, Link::Down(down) if down.since_ms == ms(100)),
            "{link:?}"
        );
        watch.link(down(WhyDown::Ended), at(seconds + 7));
    }
    watch.link(LinkChange::Up, at(400));
    watch.took(&heard(401));
    assert_eq!(watch.snapshot(at(402)).link, Link::Up { since_ms: ms(401) });
    // An answer that was overdue is no new connection.
    watch.link(LinkChange::Silent, at(410));
    watch.link(LinkChange::Up, at(420));
    assert_eq!(watch.snapshot(at(420)).link, Link::Up { since_ms: ms(401) });
}

#[test]
fn old_lines_end_no_run_of_a_game_that_answers() {
    let mut watch = up();
    watch.took(&list(&[], 9_000));
    watch.took(&list(&["Ann"], 10_000));
    let expected = watch.snapshot(at(10_001));
    let started = LogSign::Started {
        version: Some("1.1.110"),
    };
    let signs = [LogSign::Stopped, started, LogSign::SaveBegan, LogSign::Crashed];
    for (sign, happened) in signs.iter().zip(100..) {
        watch.told(sign, ms(happened), at(10_001));
        let seen = watch.snapshot(at(10_001));
        assert_eq!(
            (seen.game, seen.players, seen.version),
            (
                GameState::Running,
                expected.players.clone(),
                expected.version.clone(),
            ),
            "{sign:?}"
        );
    }
    // Unless it is the log's clock that is behind: then the connection ends, too.
    watch.link(down(WhyDown::Ended), at(10_003));
    let end = End::Crashed;
    assert_eq!(
        watch.snapshot(at(10_004)).game,
        GameState::Down {
            since_ms: ms(103),
            end
        }
    );
    assert_eq!(watch.snapshot(at(10_004)).pace, Pace::Unknown);
}

#[test]
fn an_old_save_is_neither_the_last_one_nor_a_standstill_of_now() {
    let saved = LogSign::SaveEnded {
        took: Some(Duration::from_secs(8)),
    };
    let watched = |old: &[u64]| {
        let mut watch = up();
        watch.took(&list(&["Ann"], 2));
        for seconds in (1010..1090).step_by(6) {
            watch.took(&time(seconds, seconds));
        }
        watch.told(&saved, ms(1000), at(1001));
        for happened in old {
            watch.told(&saved, ms(*happened), at(1080));
        }
        (watch.snapshot(at(1090)).last_save, watch.snapshot(at(1090)).pace)
    };
    assert_eq!(watched(&[]), watched(&[300, 400, 500]));
}

#[test]
fn a_save_that_nobody_ends_is_forgotten_whatever_the_wall_clock_does() {
    let mut watch = Watch::new(WatchOptions::default());
    watch.told(&LogSign::Started { version: None }, ms(1), at(1));
    watch.told(&LogSign::SaveBegan, ms(10), at(10));
    let set_back = Now {
        unix_ms: ms(0) - 3_600_000,
        ..at(700)
    };
    assert_eq!(watch.snapshot(set_back).game, GameState::Running);
}

#[test]
fn a_game_that_stands_with_players_there_is_not_asked_without_end() {
    // 107 without any doubt; at a tenth of its rate it is hard to tell from a game that stands.
    for (rate, most) in [(0.0, 120), (0.1, 140), (0.3, 120), (0.9, 120)] {
        let mut watch = up();
        watch.took(&list(&["Ann"], 2));
        let (mut asked, mut next) = (0, 10.0_f64);
        while next < 610.0 {
            let mut now = at(0);
            now.mono = Mono(Duration::from_secs_f64(next));
            // At 300 s its rate falls, or it stops.
            let played = next.min(300.0) + (next - 300.0).max(0.0) * rate;
            watch.took(&Sample {
                time: Ok(TimeAnswer {
                    asked: Asked {
                        sent: now.mono,
                        received: now.mono.after(Duration::from_millis(20)),
                    },
                    game_time: Duration::from_secs_f64(played.floor()),
                }),
                ..Sample::empty(now)
            });
            asked += 1;
            next += watch.ask_time_after().as_secs_f64();
        }
        assert!(asked <= most, "rate {rate}: {asked} questions in 10 minutes");
    }
}

#[test]
fn a_list_that_no_game_sends_is_bounded_and_done_at_once() {
    let mut watch = up();
    let mut names: Vec<String> = (0..70_000)
        .map(|number| format!("{number}{}", "x".repeat(200)))
        .collect();
    names.push(names[0].clone());
    for seconds in [10, 20, 30] {
        watch.took(&Sample {
            players: Ok(names.clone()),
            ..Sample::empty(at(seconds))
        });
    }
    watch.told(&LogSign::Joined("Ann"), ms(40), at(40));
    let online = online(&watch, 41).unwrap();
    assert_eq!(online.len(), 65_535);
    assert!(online.iter().all(|(name, _)| name.chars().count() <= 64));
}

fn ticks(tick: u64, seconds: u64) -> Exact {
    let sent = at(seconds).mono;
    Exact {
        asked: Asked {
            sent,
            received: sent.after(Duration::from_millis(20)),
        },
        tick,
        speed: 1.0,
        pausing: crate::game::Pausing::Going,
        research: Err(Unread::NotAsked),
        queue: Err(Unread::NotAsked),
        platforms: Err(Unread::NotAsked),
        production: Err(Unread::NotAsked),
        rockets: Err(Unread::NotAsked),
    }
}

fn exactly(exact: Exact, seconds: u64) -> Sample {
    Sample {
        exact: Ok(exact),
        ..Sample::empty(at(seconds))
    }
}

#[test]
fn ticks_tell_the_pace_more_exactly_than_time_and_the_played_time_too() {
    let (mut by_time, mut by_ticks) = (up(), up());
    for seconds in (10..80).step_by(6) {
        let tick = 1_000_000 + 45 * seconds;
        by_time.took(&list(&["Ann"], seconds));
        by_ticks.took(&list(&["Ann"], seconds));
        by_time.took(&time(tick / 60, seconds));
        by_ticks.took(&exactly(ticks(tick, seconds), seconds));
    }
    let told = |watch: &Watch| *watch.snapshot(at(80)).pace.ups().unwrap();
    assert!(
        (told(&by_ticks).value - 45.0).abs() < 0.05,
        "{:?}",
        told(&by_ticks)
    );
    assert!(told(&by_ticks).plus_minus < told(&by_time).plus_minus / 4.0);
    assert_eq!(told(&by_ticks).basis, ups::Basis::Ticks);
    let played = by_ticks.snapshot(at(80)).game_time.unwrap().played;
    assert_eq!(played, Duration::from_secs((1_000_000 + 45 * 76) / 60));
}

#[test]
fn a_short_answer_leaves_the_long_one_known_and_no_answer_at_all_goes_back_to_time() {
    let mut watch = up();
    watch.took(&exactly(
        Exact {
            rockets: Ok(7),
            research: Err(Unread::NotUnderstood("?".to_owned())),
            ..ticks(600, 10)
        },
        10,
    ));
    watch.took(&exactly(ticks(900, 15), 15));
    let exact = watch.snapshot(at(15)).exact.unwrap();
    assert_eq!((exact.tick, &exact.rockets), (900, &Ok(7)));
    assert!(matches!(exact.research, Err(Unread::NotUnderstood(_))));
    watch.took(&Sample {
        exact: Err(Unread::NoAnswer),
        ..Sample::empty(at(20))
    });
    assert!(watch.snapshot(at(20)).exact.is_some());
    watch.took(&Sample {
        exact: Err(Unread::Unsupported),
        ..Sample::empty(at(25))
    });
    assert_eq!(watch.snapshot(at(25)).exact, None);
    for seconds in (30..100).step_by(6) {
        watch.took(&list(&["Ann"], seconds));
        watch.took(&time(500 + seconds, seconds));
    }
    let basis = watch.snapshot(at(100)).pace.ups().unwrap().basis;
    assert_eq!(basis, ups::Basis::Seconds);
}

#[test]
fn bans_whitelist_and_settings_come_one_by_one_and_stay() {
    let mut watch = up();
    let setting = |key: &str, value: Option<&str>, seconds| Sample {
        settings: Ok(vec![Setting {
            key: key.to_owned(),
            value: value.map(str::to_owned),
        }]),
        ..Sample::empty(at(seconds))
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    watch.took(&Sample {
        bans: Ok(names(&["mallory"])),
        ..Sample::empty(at(10))
    });
    watch.took(&Sample {
        whitelist: Ok(Vec::new()),
        ..Sample::empty(at(20))
    });
    watch.took(&setting("name", Some("North"), 30));
    watch.took(&setting("max-players", Some("8"), 40));
    watch.took(&setting("tags", Some("a b"), 50));
    watch.took(&setting("tags", None, 60));
    let snapshot = watch.snapshot(at(60));
    assert_eq!(snapshot.bans.as_deref(), Some(&names(&["mallory"])[..]));
    assert_eq!(
        snapshot.whitelist.as_deref(),
        Some(&[][..]),
        "nobody is not the same as not known"
    );
    let settings: Vec<_> = snapshot
        .settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(settings, [("max-players", "8"), ("name", "North")]);
    assert_eq!(snapshot.server_name.as_deref(), Some("North"));
    watch.took(&Sample {
        bans: Err(Unread::NotUnderstood("?".to_owned())),
        whitelist: Err(Unread::NoAnswer),
        ..Sample::empty(at(70))
    });
    let snapshot = watch.snapshot(at(70));
    assert_eq!(snapshot.bans, None);
    assert!(snapshot.whitelist.is_some());
}
