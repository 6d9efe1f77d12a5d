//! The wording as people see it, and that no name breaks out of it.

use proptest::prelude::*;

use super::*;
use crate::statistics::{Count, Period, Session};

const HOUR: i64 = 3_600_000;
const MONDAY: i64 = 1_795_500_000_000;

fn count(player: Option<&str>, kind: &str, detail: Option<&str>, count: u64) -> Count {
    Count {
        player: player.map(str::to_owned),
        kind: kind.into(),
        detail: detail.map(str::to_owned),
        count,
    }
}

fn session(player: &str, from: i64, until: i64) -> Session {
    Session {
        player: player.into(),
        began_ms: MONDAY + from * HOUR / 60,
        ended_ms: Some(MONDAY + until * HOUR / 60),
    }
}

fn day() -> Period {
    Period {
        from_ms: MONDAY,
        until_ms: MONDAY + 24 * HOUR,
    }
}

fn text(summary: &Summary) -> String {
    text_in(&Words::english(), summary)
}

fn text_in(words: &Words, summary: &Summary) -> String {
    RecapText {
        server: "Main base",
        span: Span::Daily,
        zone: &TimeZone::UTC,
        summary,
        words,
    }
    .render()
}

fn busy() -> Summary {
    let sessions = [
        session("Ann", 0, 372),
        session("Bob_the_*Builder*", 60, 240),
        session("Cid", 100, 130),
    ];
    let counts = [
        count(Some("Ann"), "chat", None, 80),
        count(Some("Cid"), "chat", None, 1),
        count(Some("Bob_the_*Builder*"), "death", Some("medium-biter"), 3),
        count(Some("Ann"), "death", None, 1),
        count(None, "research", Some("rocket-silo"), 1),
        count(None, "research", Some("logistics-2"), 1),
        count(None, "rocket", None, 2),
    ];
    Summary::of(day(), &sessions, &counts, vec!["Cid".into()])
}

#[test]
fn a_day_in_words() {
    assert_eq!(
        text(&busy()),
        "📊 **Main base**: the day in review · Tue 24 Nov 06:00 – Wed 25 Nov 06:00\n\
         👥 **3 players** played **9 h 42 min**, up to **3** at a time; new: **Cid**\n\
         ⏱️ Longest here: **Ann** 6 h 12 min · **Bob\\_the\\_\\*Builder\\*** 3 h · **Cid** 30 min\n\
         💬 81 messages: **Ann** 80 · **Cid** 1\n\
         💀 4 deaths: medium biter 3 · unknown 1\n\
         🔬 Research: **logistics 2** · **rocket silo**\n\
         🚀 2 rockets launched"
    );
}

#[test]
fn a_day_in_german() {
    assert_eq!(
        text_in(&Words::german(), &busy()),
        "📊 **Main base**: der Tag im Rückblick · Di 24. Nov 06:00 – Mi 25. Nov 06:00\n\
         👥 **3 Spieler** waren **9 Std 42 min** da, bis zu **3** zugleich; neu: **Cid**\n\
         ⏱️ Am längsten hier: **Ann** 6 Std 12 min · **Bob\\_the\\_\\*Builder\\*** 3 Std · **Cid** 30 min\n\
         💬 81 Nachrichten: **Ann** 80 · **Cid** 1\n\
         💀 4 Tode: medium biter 3 · unbekannt 1\n\
         🔬 Erforscht: **logistics 2** · **rocket silo**\n\
         🚀 2 Raketen gestartet"
    );
}

#[test]
fn what_did_not_happen_is_not_told_and_long_lists_are_cut() {
    let counts: Vec<Count> = (0..9)
        .map(|number| count(None, "research", Some(&format!("tech-{number}")), 1))
        .collect();
    let summary = Summary::of(day(), &[], &counts, Vec::new());
    assert_eq!(
        text(&summary),
        "📊 **Main base**: the day in review · Tue 24 Nov 06:00 – Wed 25 Nov 06:00\n\
         🔬 Research: **tech 0** · **tech 1** · **tech 2** · **tech 3** · **tech 4** · and 4 more"
    );
}

#[test]
fn lengths_are_told_as_people_tell_them() {
    let told: Vec<String> = [30_000, 60_000, 3_600_000, 7_800_000, 500_000_000]
        .map(|ms| lasted(ms, &Words::english()))
        .to_vec();
    assert_eq!(told, ["under a minute", "1 min", "1 h", "2 h 10 min", "138 h"]);
}

proptest! {
    #[test]
    fn no_name_breaks_the_limit_the_lines_or_pings_anybody(
        names in prop::collection::vec("\\PC{0,90}|@everyone|<@1>|\\*\\*x|a\nb|`@here", 0..12)
    ) {
        let sessions: Vec<Session> = names.iter().map(|name| session(name, 0, 600)).collect();
        let counts: Vec<Count> = names.iter().map(|name| count(Some(name), "death", Some(name), 1)).collect();
        let text = text(&Summary::of(day(), &sessions, &counts, names));
        prop_assert!(units(&text) <= CONTENT_LIMIT);
        prop_assert!(text.lines().count() <= 7);
        prop_assert!(!text.contains("@everyone") && !text.contains("@here") && !text.contains("<@1>"), "{}", text);
    }
}
