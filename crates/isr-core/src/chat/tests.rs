//! How messages read in the game.

use super::*;
use crate::voice::Voice;

struct Known;

impl Names for Known {
    fn user(&self, id: u64) -> Option<&str> {
        (id == 1).then_some("Alice")
    }

    fn role(&self, id: u64) -> Option<&str> {
        (id == 2).then_some("mods")
    }

    fn channel(&self, id: u64) -> Option<&str> {
        (id == 3).then_some("general")
    }
}

fn message<'a>(author: &'a str, text: &'a str) -> Said<'a> {
    Said {
        author,
        text,
        answers: Answers::Nothing,
        forwarded: false,
        corrected: false,
        files: Vec::new(),
        stickers: Vec::new(),
    }
}

fn lines(said: &Said<'_>) -> Vec<String> {
    Voice::default().chat(said, &Known).lines
}

fn said(author: &str, text: &str) -> Vec<String> {
    lines(&message(author, text))
}

#[test]
fn a_message_is_one_line_with_its_name() {
    assert_eq!(said("Bob", "hello there"), ["[Discord] Bob: hello there"]);
    assert_eq!(
        said("Bob", "a\n\nb\n```rust\nc\n```"),
        ["[Discord] Bob: a", "[Discord] Bob: b", "[Discord] Bob: c"]
    );
    assert!(said("Bob", " \n\u{200b}").is_empty(), "nothing can be seen");
}

#[test]
fn marks_of_discord_are_words() {
    for (text, read) in [
        ("<@1> <@!1> <@9>", "@Alice @Alice @someone"),
        ("<@&2> <@&9> <#3> <#9>", "@mods @role #general #channel"),
        ("<:gear:5> <a:spin_2:6>", ":gear: :spin_2:"),
        (
            "</ban user:7> <t:0:R> <t:0>",
            "/ban user 1970-01-01 00:00 UTC 1970-01-01 00:00 UTC",
        ),
        (
            "<@x> <3 < > <:a:b:1> <t:99999999999999999> <@1",
            "<@x> <3 < > <:a:b:1> <t:99999999999999999> <@1",
        ),
    ] {
        assert_eq!(said("Bob", text), [format!("[Discord] Bob: {read}")]);
    }
}

#[test]
fn answers_files_stickers_and_forwards_are_told() {
    let answer = Said {
        answers: Answers::Somebody("Carl: x"),
        ..message("Bob", "yes")
    };
    assert_eq!(lines(&answer), ["[Discord] Bob, to Carl x: yes"]);
    let about = Said {
        answers: Answers::Text("💬 **Carl**: is anybody there? I am lost"),
        ..message("Bob", "yes")
    };
    assert_eq!(
        lines(&about),
        ["[Discord] Bob, re \"💬 Carl is anybody there? I am…\": yes"]
    );
    let files = Said {
        files: vec!["map.png", "a.zip", "b", "c", "d"],
        stickers: vec!["Wave"],
        ..message("Bob", "")
    };
    assert_eq!(
        lines(&files),
        ["[Discord] Bob: (file: map.png) (file: a.zip) (file: b) (file: c) and 2 more"]
    );
    let forwarded = Said {
        forwarded: true,
        ..message("Bob", "news")
    };
    assert_eq!(lines(&forwarded), ["[Discord] Bob: (forwarded) news"]);
}

#[test]
fn what_is_long_is_split_between_words_and_ends_at_the_cap() {
    let text = "word ".repeat(100);
    let spoken = Voice::default().chat(&message("Bob", &text), &Known);
    assert_eq!((spoken.lines.len(), spoken.cut), (3, Cut::Whole));
    assert!(
        spoken.lines.iter().all(|line| line.ends_with("word")),
        "{spoken:?}"
    );
    let endless = "x".repeat(100 << 10);
    let spoken = Voice::default().chat(&message("Bob", &endless), &Known);
    assert_eq!((spoken.lines.len(), spoken.cut), (MOST_LINES, Cut::Shortened));
    assert!(spoken.lines[MOST_LINES - 1].ends_with("xxx (cut)"), "{spoken:?}");
}

#[test]
fn r06_nobody_can_look_like_somebody_else_or_format() {
    assert_eq!(
        said("admin: hi\n/ban Bob", "x"),
        ["[Discord] admin hi /ban Bob: x"]
    );
    assert_eq!(said("\u{202e}\u{200b}", "x"), ["[Discord] someone: x"]);
    assert_eq!(
        said("[color=red]Eve[/color]", "[img=item/iron-plate] [gps=0,0]"),
        ["[Discord] (color=red)Eve(/color): (img=item/iron-plate) (gps=0,0)"]
    );
    assert_eq!(said("Bob", "/ban Alice"), ["[Discord] Bob: /ban Alice"]);
    assert_eq!(
        said("Bob", "a\r/quit\u{2028}/quit\u{85}/c game.print(1)"),
        ["[Discord] Bob: a /quit /quit /c game.print(1)"]
    );
    let long = "n".repeat(100);
    assert_eq!(said(&long, "x"), [format!("[Discord] {}…: x", "n".repeat(31))]);
}

#[test]
fn a_correction_says_that_it_is_one() {
    let corrected = Said {
        corrected: true,
        ..message("Bob", "hello\nworld")
    };
    assert_eq!(
        lines(&corrected),
        ["[Discord] Bob: (corrected) hello", "[Discord] Bob: world"]
    );
}
