//! How cards and alerts read, in both languages, and that they fit whatever the game says.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::game::alert::{Alert, DiskRoom, Ending, News, Rule, Trouble};
use crate::game::ups::Basis;
use crate::game::{GameTime, LastSave, LinkDown, Now, Players};
use crate::voice::{Overrides, Pack, Voice};

const NOW_MS: i64 = 1_700_000_000_000;

pub(super) fn german() -> Voice {
    Voice::new(Overrides {
        language: Some(std::sync::Arc::new(Pack::german())),
        ..Overrides::default()
    })
}

pub(super) fn running() -> Snapshot {
    Snapshot {
        at: Now {
            unix_ms: NOW_MS,
            ..Now::default()
        },
        link: Link::Up { since_ms: NOW_MS },
        game: GameState::Running,
        players: Some(Players {
            online: vec![
                player("Ann", Since::At(NOW_MS - 3_600_000)),
                player("B_*b", Since::Before(NOW_MS - 60_000)),
            ],
        }),
        pace: Pace::Running(Ups {
            value: 59.42,
            plus_minus: 0.36,
            window: Duration::from_secs(60),
            target: 60.0,
            basis: Basis::Seconds,
        }),
        evolution: Some(vec![
            surface(Some("nauvis"), 0.4521),
            surface(Some("gleba"), 0.000_123),
        ]),
        game_time: Some(GameTime {
            played: Duration::from_secs(3 * 86_400 + 4 * 3600),
            at_ms: NOW_MS,
        }),
        version: Some("2.0.77".to_owned()),
        last_save: Some(LastSave {
            at_ms: NOW_MS - 120_000,
            took: Some(Duration::from_secs(6)),
        }),
        next_restart_ms: Some(NOW_MS + 7_200_000),
        ..Snapshot::default()
    }
}

fn player(name: &str, since: Since) -> Online {
    Online {
        name: name.to_owned(),
        since,
    }
}

fn surface(name: Option<&str>, evolution: f64) -> Surface {
    Surface {
        name: name.map(str::to_owned),
        evolution,
    }
}

pub(super) fn context<'a>(history: &'a [Option<f64>]) -> CardContext<'a> {
    CardContext {
        server: "North",
        history,
        maintenance_until_ms: None,
    }
}

pub(super) fn json(embed: &Embed) -> serde_json::Value {
    serde_json::from_str(&embed.to_json()).unwrap()
}

pub(super) fn field(card: &serde_json::Value, name: &str) -> Option<String> {
    let fields = card["fields"].as_array()?;
    let field = fields
        .iter()
        .find(|field| field["name"].as_str().unwrap().starts_with(name))?;
    Some(field["value"].as_str().unwrap().to_owned())
}

#[test]
fn a_card_tells_all_that_is_known() {
    let history: Vec<Option<f64>> = [30.0, 40.0, 50.0, 60.0]
        .map(Some)
        .into_iter()
        .chain([None])
        .collect();
    let card = json(&Voice::default().card(&running(), &context(&history)));
    assert_eq!(card["title"], "🟢 North");
    assert_eq!(card["description"], "Running");
    assert_eq!(field(&card, "UPS").unwrap(), "**59.4** ± 0.4\n`▁▃▅▆·`");
    assert_eq!(
        field(&card, "Players (2)").unwrap(),
        "**Ann** · <t:1699996400:R>\n**B\\_\\*b** · <t:1699999940:R> or earlier"
    );
    assert_eq!(field(&card, "Game time").unwrap(), "3 d 4 h");
    assert_eq!(
        field(&card, "Evolution").unwrap(),
        "gleba: 0.0123 %\nnauvis: 45.21 %"
    );
    assert_eq!(field(&card, "Last save").unwrap(), "<t:1699999880:R> (took 6 s)");
    assert_eq!(
        field(&card, "Next restart").unwrap(),
        "<t:1700007200:t> (<t:1700007200:R>)"
    );
    assert!(card.get("timestamp").is_none(), "equal cards are equal");
    let card = json(&german().card(&running(), &context(&history)));
    assert_eq!(card["description"], "Läuft");
    assert!(field(&card, "Spieler (2)").unwrap().ends_with("oder früher"));
    assert_eq!(field(&card, "Spielzeit").unwrap(), "3 T 4 Std");
}

#[test]
fn a_card_without_a_connection_says_since_when_and_has_no_number_for_what_is_unknown() {
    let snapshot = Snapshot {
        link: Link::Down(LinkDown {
            since_ms: NOW_MS - 300_000,
            why: WhyDown::Unreachable,
            detail: "RCON at 10.0.0.1:27015 …".to_owned(),
        }),
        ..Snapshot::default()
    };
    let embed = Voice::default().card(&snapshot, &context(&[]));
    let card = json(&embed);
    assert_eq!(card["title"], "🔌 North");
    assert_eq!(
        card["description"],
        "No connection to RCON: lost <t:1699999700:R> (nobody answers there)"
    );
    assert_eq!(card.get("fields"), None);
    assert!(!embed.to_json().contains("-1") && !embed.to_json().contains("10.0.0.1"));
}

#[test]
fn each_state_has_a_sentence_of_its_own() {
    let since_ms = NOW_MS;
    let told = |game: GameState| {
        let card = json(&Voice::default().card(&Snapshot { game, ..running() }, &context(&[])));
        card["description"].as_str().unwrap().to_owned()
    };
    let stopped = End::Stopped;
    let crashed = End::Crashed;
    let states = [
        (GameState::Paused, "Paused by a player or a script"),
        (GameState::AutoPaused, "Paused: nobody is there"),
        (
            GameState::Saving { since_ms },
            "Saving, or busy (began <t:1700000000:R>)",
        ),
        (
            GameState::Down {
                since_ms,
                end: stopped,
            },
            "Stopped <t:1700000000:R>",
        ),
        (
            GameState::Down {
                since_ms,
                end: crashed,
            },
            "Crashed <t:1700000000:R>",
        ),
        (GameState::Unknown, "It is not known what the server does"),
    ];
    for (state, sentence) in states {
        assert_eq!(told(state), sentence);
    }
}

#[test]
fn maintenance_and_speed_are_shown() {
    let mut snapshot = running();
    if let Pace::Running(ups) = &mut snapshot.pace {
        (ups.value, ups.plus_minus, ups.target) = (118.2, 0.05, 120.0);
    }
    let context = CardContext {
        maintenance_until_ms: Some(NOW_MS),
        ..context(&[])
    };
    let card = json(&Voice::default().card(&snapshot, &context));
    assert_eq!(
        card["description"],
        "Running\n🔧 Maintenance until <t:1700000000:t>"
    );
    assert_eq!(field(&card, "UPS").unwrap(), "**118.2** ± 0.1 of 120");
}

#[test]
fn a_long_list_is_cut_at_a_whole_line_and_says_how_many_more_there_are() {
    let mut snapshot = running();
    let names = (0..120).map(|number| player(&format!("player_{number}"), Since::At(NOW_MS)));
    snapshot.players = Some(Players {
        online: names.collect(),
    });
    let card = json(&Voice::default().card(&snapshot, &context(&[])));
    let list = field(&card, "Players (120)").unwrap();
    let lines: Vec<&str> = list.lines().collect();
    let (more, shown) = lines.split_last().unwrap();
    assert!(units(&list) <= 1024 && shown.len() > 15, "{}", shown.len());
    assert_eq!(*more, format!("and {} more", 120 - shown.len()));
    assert!(shown.iter().all(|line| line.ends_with(":R>")), "{list}");
    let names = (0..60).map(|number| player(&format!("{number}{}", "*_".repeat(14)), Since::At(NOW_MS)));
    snapshot.players = Some(Players {
        online: names.collect(),
    });
    let card = json(&Voice::default().card(&snapshot, &context(&[])));
    let list = field(&card, "Players (60)").unwrap();
    let lines: Vec<&str> = list.lines().collect();
    let (more, shown) = lines.split_last().unwrap();
    assert_eq!(*more, format!("and {} more", 60 - shown.len()), "long names");
    snapshot.players = Some(Players::default());
    let card = json(&Voice::default().card(&snapshot, &context(&[])));
    assert_eq!(field(&card, "Players (0)").unwrap(), "nobody");
}

#[test]
fn a_slow_game_does_not_look_as_if_all_were_well() {
    let face = |value: f64, target: f64| {
        let mut snapshot = running();
        snapshot.pace = Pace::Running(Ups {
            value,
            plus_minus: 0.1,
            window: Duration::from_secs(60),
            target,
            basis: Basis::Seconds,
        });
        let card = json(&Voice::default().card(&snapshot, &context(&[])));
        (card["title"].clone(), card["description"].clone())
    };
    assert_eq!(face(55.0, 60.0), ("🟢 North".into(), "Running".into()));
    assert_eq!(face(54.9, 60.0), ("🐌 North".into(), "Running slowly".into()));
    // Twice the speed is wanted, and not reached.
    assert_eq!(face(80.0, 120.0), ("🐌 North".into(), "Running slowly".into()));
    assert_eq!(
        face(29.0, 30.0),
        ("🟢 North".into(), "Running".into()),
        "half the speed is wanted"
    );
}

#[test]
fn a_long_course_is_drawn_by_its_lowest_points() {
    let mut history = vec![Some(60.0); 240];
    history[125] = Some(20.0);
    assert_eq!(
        sparkline(&history),
        format!("{}▁{}", "▆".repeat(12), "▆".repeat(11))
    );
    assert_eq!(sparkline(&[None, None]), "");
    assert_eq!(sparkline(&[None, None, Some(60.0), None, Some(30.0)]), "▆·▁");
    assert_eq!(sparkline(&[Some(f64::MAX), Some(-5.0)]), "▆▁");
    assert_eq!(
        sparkline(&[Some(55.0), Some(54.9)]),
        "▆▅",
        "what an alert lets pass is at the top"
    );
}

#[test]
fn an_alert_and_its_end_read_as_sentences() {
    let told = |voice: &Voice, rule: Rule, news: &News| {
        let embed = json(&voice.alert("North", rule, news));
        let text = |part: &str| embed[part].as_str().unwrap_or_default().to_owned();
        format!("{} | {}", text("title"), text("description"))
    };
    let english = Voice::default();
    let lost = News::Fired(Alert::RconLost {
        since_ms: NOW_MS,
        why: WhyDown::WrongPassword,
    });
    assert_eq!(
        told(&english, Rule::RconLost, &lost),
        "🔌 North: RCON does not answer | Lost <t:1700000000:R>: the password is wrong."
    );
    let over = |ending| News::Ended {
        ending,
        lasted: Duration::from_secs(130),
    };
    assert_eq!(
        told(&english, Rule::RconLost, &over(Ending::Recovered)),
        "✅ North: RCON answers again | It lasted 2 min."
    );
    assert_eq!(
        told(&german(), Rule::UpsLow, &over(Ending::Paused)),
        "⏸️ North: Die UPS sind niedrig (nicht mehr gemessen) | Das Spiel ist pausiert, oder alle sind gegangen. Es hat 2 min gedauert."
    );
    let low = News::Fired(Alert::UpsLow {
        raw: 41.26,
        sma: 45.0,
        ema: 50.0,
        threshold: 55.0,
        lasting: Duration::from_secs(180),
    });
    assert_eq!(
        told(&english, Rule::UpsLow, &low),
        "🐌 North: UPS are low | **41.3** UPS now; average 45.0, smoothed 50.0, expected 55 or more. So for 3 min."
    );
    let disk = News::Fired(Alert::DiskFull {
        room: DiskRoom {
            free: 300 << 20,
            total: 40 << 30,
        },
        below: 512 << 20,
    });
    assert!(told(&english, Rule::DiskFull, &disk).contains("Only 300 MiB of 40.0 GiB are free"));
    assert!(told(&english, Rule::DiskFull, &disk).contains("(told below 512 MiB)"));
    let crash = News::Fired(Alert::Trouble {
        trouble: Trouble::Crashed(Some("Exception at *tick*".to_owned())),
        kept_back: 2,
    });
    assert_eq!(
        told(&english, Rule::Crashed, &crash),
        "💥 North: The server crashed | Exception at \\*tick\\*\n2 more alike since the last alert."
    );
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,80}",
        any::<String>(),
        Just("@everyone <@1> **x** `y` [a](http://b)".to_owned()),
        Just("🏆".repeat(300)),
    ]
}

proptest! {
    #[test]
    fn whatever_the_game_says_a_card_fits_and_nobody_is_pinged(
        names in prop::collection::vec(hostile(), 0..60), surfaces in prop::collection::vec((hostile(), any::<f64>()), 0..30),
        server in hostile(), version in hostile(), ms in any::<i64>(), values in prop::collection::vec(prop::option::of(any::<f64>()), 0..400),
    ) {
        let mut snapshot = running();
        snapshot.players = Some(Players { online: names.iter().map(|name| player(name, Since::At(ms))).collect() });
        snapshot.evolution = Some(surfaces.iter().map(|(name, factor)| surface(Some(name), *factor)).collect());
        snapshot.version = Some(version);
        snapshot.next_restart_ms = Some(ms);
        let context = CardContext { server: &server, history: &values, maintenance_until_ms: Some(ms) };
        for voice in [Voice::default(), german()] {
            let embed = voice.card(&snapshot, &context);
            let card = json(&embed);
            let mut all = card["title"].as_str().unwrap_or("").to_owned() + card["description"].as_str().unwrap_or("");
            for field in card["fields"].as_array().unwrap() {
                let (name, value) = (field["name"].as_str().unwrap(), field["value"].as_str().unwrap());
                prop_assert!(!is_blank(name) && units(name) <= 256 && !is_blank(value) && units(value) <= 1024);
                all.push_str(name);
                all.push_str(value);
            }
            prop_assert!(units(&all) <= Embed::TOTAL);
            prop_assert!(!all.contains("@everyone") && !all.contains("<@1>"), "{all}");
        }
        let dropped = Trouble::Dropped { player: server.clone(), reason: server.clone() };
        let news = News::Fired(Alert::Trouble { trouble: dropped, kept_back: 1 });
        let embed = Voice::default().alert(&server, Rule::Dropped, &news).to_json();
        prop_assert!(!embed.contains("@everyone") && !embed.contains("<@1>"), "{embed}");
    }
}
