//! Words, rates and what of a text is live.

use std::time::Duration;

use super::*;
use crate::rate::Rate;
use crate::text::{escape, split_live};

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

fn watch() -> MentionWatch {
    MentionWatch::new(table(), MentionRates::default())
}

/// What Discord gets of a text, and whom it pings.
fn told(text: &str) -> (String, Option<String>) {
    let called = watch().heed("Bob", text, 0);
    let shown = split_live(text, 1900, 1, &called.live).parts.concat();
    (shown, called.pings.encode())
}

#[test]
fn listed_words_become_mentions_in_any_case() {
    let cases = [
        ("@admins help", "<@&10> help", "r10"),
        ("help @ADMINS!", "help <@&10>!", "r10"),
        ("(@Admins), thanks.", "(<@&10>), thanks.", "r10"),
        ("@admins. And", "<@&10>. And", "r10"),
        ("@admins...", "<@&10>...", "r10"),
        ("hey,@admins:now", r"hey,<@&10>\:now", "r10"),
        ("@board-of-directors vote", "<@&10> vote", "r10"),
        ("@mr.x", "<@&10>", "r10"),
        ("@GRÖSSE @größe", r"\@GRÖSSE <@&10>", "r10"),
        ("@staff *now*", r"<@&20> <@3> \*now\*", "u3 r20"),
        (
            "@admins @staff @admins",
            "<@&10> <@&20> <@3> <@&10>",
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
fn a_cut_inside_a_word_makes_no_mention_of_its_end() {
    let text = format!("{}@admins", "a".repeat(64));
    let mut live = Live::default();
    live.insert("admins", "<@&10>".to_owned());
    for room in 64..70 {
        let parts = split_live(&text, room, 5, &live).parts;
        assert!(!parts.concat().contains("<@"), "{parts:?}");
    }
    let whole = format!("{} @admins", "a".repeat(62));
    let parts = split_live(&whole, 64, 5, &live).parts;
    assert_eq!(
        parts,
        ["a".repeat(62), "<@&10>".to_owned()],
        "a mention is never cut"
    );
}

#[test]
fn w20_everybody_is_called_only_where_an_admin_listed_it_and_never_in_the_text() {
    let mut table = table();
    table.list_crowd("everyone", Crowd::Everyone).unwrap();
    table.list_crowd("all-hands", Crowd::Here).unwrap();
    let called = |text: &str| MentionWatch::new(table.clone(), MentionRates::default()).heed("Bob", text, 0);
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
    let mut watch = MentionWatch::new(table(), rates);
    for number in 0..5 {
        assert_eq!(watch.heed("Bob", "@admins", number).limited, 0);
    }
    let sixth = watch.heed("Bob", "@admins", 6);
    assert_eq!(
        (sixth.pings, sixth.limited, sixth.live.is_empty()),
        (Pings::Nobody, 1, true)
    );
    assert_ne!(watch.heed("Ada", "@admins", 7).pings, Pings::Nobody, "others may");
    assert_ne!(watch.heed("Bob", "@admins", MINUTE_MS + 7).pings, Pings::Nobody);
}

#[test]
fn nobody_is_called_too_often_whoever_calls() {
    let mut watch = watch();
    for number in 0..5 {
        assert_eq!(watch.heed(&format!("p{number}"), "@admins", 0).limited, 0);
    }
    let sixth = watch.heed("p5", "@admins @staff", 0);
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
    let mut watch = MentionWatch::new(table, MentionRates::default());
    assert_eq!(watch.heed("a", "@everyone", 0).crowd, Some(Crowd::Everyone));
    let next = watch.heed("b", "@here", 4 * MINUTE_MS);
    assert_eq!((next.crowd, next.limited), (None, 1));
    assert_eq!(watch.heed("b", "@here", 5 * MINUTE_MS).crowd, Some(Crowd::Here));
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
    let called = MentionWatch::new(table, MentionRates::default()).heed("a", "@w0 @w1 @w2", 0);
    assert_eq!(called.limited, 1);
    assert!(matches!(called.pings, Pings::Targets { users, .. } if users.len() == 20));
}
