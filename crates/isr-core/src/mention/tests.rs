//! Words, rates and what of a text is live.

use std::time::Duration;

use super::*;
use crate::rate::Rate;
use crate::text::escape;

const MINUTE_MS: i64 = 60_000;

fn table() -> MentionTable {
    let mut table = MentionTable::default();
    for word in ["admins", "Admin", "board-of-directors", "mr.x", "größe"] {
        table.list(word, Target::Role(10)).unwrap();
    }
    table.list("staff", Target::Role(20)).unwrap();
    table.list("staff", Target::User(3)).unwrap();
    table
}

fn mentions(table: MentionTable) -> Mentions {
    Mentions {
        table,
        rates: MentionRates::default(),
    }
}

/// What the first text of a server calls.
fn first(table: &MentionTable, text: &str) -> Called {
    MentionWatch::default().heed(&mentions(table.clone()), "Bob", text, 0)
}

/// What Discord gets of a text, and whom it pings.
fn told(text: &str) -> (String, Option<String>) {
    let called = first(&table(), text);
    let shown = called.live.cut(text).into_iter().map(|stretch| match stretch {
        Stretch::Text(text) => escape(text),
        Stretch::Call { targets, .. } => format!("{targets:?}"),
    });
    (shown.collect(), called.pings.encode())
}

#[test]
fn listed_words_become_mentions_in_any_case() {
    let cases = [
        ("@admins help", "[Role(10)] help", "r10"),
        ("help @ADMINS!", "help [Role(10)]!", "r10"),
        ("(@Admins), thanks.", "([Role(10)]), thanks.", "r10"),
        ("@admins. And", "[Role(10)]. And", "r10"),
        ("@admins...", "[Role(10)]...", "r10"),
        ("hey,@admins:now", r"hey,[Role(10)]\:now", "r10"),
        ("@board-of-directors vote", "[Role(10)] vote", "r10"),
        ("@mr.x", "[Role(10)]", "r10"),
        ("@GRÖSSE @größe", r"\@GRÖSSE [Role(10)]", "r10"),
        ("@staff *now*", r"[Role(20), User(3)] \*now\*", "u3 r20"),
        (
            "@admins @staff @admins",
            "[Role(10)] [Role(20), User(3)] [Role(10)]",
            "u3 r10 r20",
        ),
    ];
    for (text, shown, pings) in cases {
        assert_eq!(told(text), (shown.to_owned(), Some(pings.to_owned())), "{text}");
    }
}

#[test]
fn w57_half_words_addresses_and_what_only_looks_alike_stay_text() {
    let cases = [
        "@administration",
        "@admins2",
        "@admins_x",
        "@admins-only",
        "@admins.example.org",
        "@admins@example.org",
        "@@admins",
        "me@admins",
        "me.@admins",
        "ada+x@admins",
        "https://a.b/@admins",
        "https://a.b/?x=,@admins",
        "a/@admins",
        "@ admins",
        "@adm ins",
        "@admins\u{301}",
        "@modern art",
        "@some_user",
        "mail me at ada@example.org",
        "<@&10> <@3> <@!3> <@&20>",
        "<@admins>",
        "@everyone and @here",
        "＠admins",
    ];
    for text in cases {
        assert_eq!(told(text), (escape(text), None), "{text}");
    }
    let long = format!("@admins{}x", ".".repeat(80));
    assert_eq!(told(&long), (escape(&long), None));
}

#[test]
fn w20_everybody_is_called_only_where_an_admin_listed_it_and_never_in_the_text() {
    let mut table = table();
    table.list_crowd("everyone", Crowd::Everyone).unwrap();
    table.list_crowd("all-hands", Crowd::Here).unwrap();
    let called = |text: &str| first(&table, text);
    let everyone = called("@everyone rocket!");
    assert_eq!(
        (everyone.crowd, &everyone.pings, everyone.live.is_empty()),
        (Some(Crowd::Everyone), &Pings::Nobody, true)
    );
    assert_eq!(called("@all-hands").crowd, Some(Crowd::Here));
    assert_eq!(called("@all-hands @EVERYONE").crowd, Some(Crowd::Everyone));
    assert_eq!(called("@here").crowd, None, "not listed");
    let both = called("@admins @everyone");
    assert_eq!(
        (both.crowd, both.pings.encode().as_deref()),
        (Some(Crowd::Everyone), Some("r10"))
    );
}

#[test]
fn a_player_who_calls_too_often_is_shown_without_ping() {
    let rates = MentionRates {
        target: Rate::new(100, Duration::from_secs(60)),
        ..MentionRates::default()
    };
    let mentions = Mentions {
        table: table(),
        rates,
    };
    let mut watch = MentionWatch::default();
    for number in 0..5 {
        assert_eq!(watch.heed(&mentions, "Bob", "@admins", number).limited, 0);
    }
    let sixth = watch.heed(&mentions, "Bob", "@admins", 6);
    assert_eq!(
        (sixth.pings, sixth.limited, sixth.live.is_empty()),
        (Pings::Nobody, 1, true)
    );
    assert_ne!(
        watch.heed(&mentions, "Ada", "@admins", 7).pings,
        Pings::Nobody,
        "others may"
    );
    assert_ne!(
        watch.heed(&mentions, "Bob", "@admins", MINUTE_MS + 7).pings,
        Pings::Nobody
    );
}

#[test]
fn nobody_is_called_too_often_whoever_calls() {
    let mentions = mentions(table());
    let mut watch = MentionWatch::default();
    for number in 0..5 {
        assert_eq!(
            watch.heed(&mentions, &format!("p{number}"), "@admins", 0).limited,
            0
        );
    }
    let sixth = watch.heed(&mentions, "p5", "@admins @staff", 0);
    assert_eq!(
        (sixth.pings.encode().as_deref(), sixth.limited),
        (Some("u3 r20"), 1)
    );
}

#[test]
fn everybody_is_called_once_in_five_minutes() {
    let mut table = MentionTable::default();
    table.list_crowd("everyone", Crowd::Everyone).unwrap();
    table.list_crowd("here", Crowd::Here).unwrap();
    let mentions = mentions(table);
    let mut watch = MentionWatch::default();
    assert_eq!(
        watch.heed(&mentions, "a", "@everyone", 0).crowd,
        Some(Crowd::Everyone)
    );
    let next = watch.heed(&mentions, "b", "@here", 4 * MINUTE_MS);
    assert_eq!((next.crowd, next.limited), (None, 1));
    assert_eq!(
        watch.heed(&mentions, "b", "@here", 5 * MINUTE_MS).crowd,
        Some(Crowd::Here)
    );
}

#[test]
fn words_that_nobody_can_type_are_refused() {
    let mut table = MentionTable::default();
    for word in ["", "@", "night shift", "a@b", "<@1>", &"x".repeat(65)] {
        assert_eq!(
            table.list(word, Target::User(1)),
            Err(UnusableWord::CannotBeTyped),
            "{word}"
        );
    }
    assert!(table.is_empty());
    for id in 1..=10 {
        table.list("@crew", Target::User(id)).unwrap();
    }
    assert_eq!(
        table.list("crew", Target::Role(1)),
        Err(UnusableWord::TooManyTargets)
    );
    assert_eq!(table.list("crew", Target::User(1)), Ok(()), "once is enough");
}

#[test]
fn a_text_calls_so_many_at_most() {
    let mut table = MentionTable::default();
    for id in 0..30_u64 {
        table
            .list(&format!("w{}", id / 10), Target::User(id + 1))
            .unwrap();
    }
    let called = first(&table, "@w0 @w1 @w2");
    assert_eq!(called.limited, 1);
    assert!(matches!(called.pings, Pings::Targets { users, .. } if users.len() == 20));
}

/// Chat of the labelled cases, and the words that the Python program cut out of it. Of `@board-of-directors` it saw
/// `board`, and of an e-mail address the server: both are faults that stay behind (W-57 and `email_taken_for_mention`).
#[test]
fn the_labelled_cases_call_whom_they_name() {
    let cases: [(&str, &str, &[&str]); 7] = [
        ("u065", "ping @admins @MODS @Here", &["admins", "mods", "here"]),
        ("u069", "@everyone alert!", &["everyone"]),
        ("u073", "@Alice @admins check this", &["alice", "admins"]),
        ("u075", "@admins @mods help!", &["admins", "mods"]),
        ("u159", "mail me at ada@example.org", &[]),
        ("u163", "@moderator spam", &["moderator"]),
        ("u165", "@modern art", &["modern"]),
    ];
    let all = [
        "admins",
        "mods",
        "alice",
        "example",
        "example.org",
        "board",
        "moderator",
        "mod",
        "modern",
        "moder",
    ];
    let mut table = MentionTable::default();
    for word in all {
        table.list(word, Target::Role(1)).unwrap();
    }
    table.list_crowd("everyone", Crowd::Everyone).unwrap();
    table.list_crowd("here", Crowd::Here).unwrap();
    for (id, text, wanted) in cases {
        let called: Vec<&str> = table.called_in(text).into_iter().map(|(word, _)| word).collect();
        assert_eq!(called, wanted, "{id}");
    }
    assert_eq!(
        table.called_in("@board-of-directors vote"),
        [],
        "u161: half a word"
    );
}
