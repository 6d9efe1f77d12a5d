//! What the packs say, and how an admin's words come over them.

use super::*;
use crate::event::{Actor, Effect, EventKind, Evidence};
use crate::mention::Crowd;
use crate::source::GenerationId;
use crate::text::Colour;

const TELLING: Telling<'_> = Telling {
    server: "Main base",
    happened_ms: 1_767_290_000_000,
    pick: Pick::FIRST,
    calls: None,
    known: Known::Nothing,
};

fn bob() -> String {
    "Bob_1".to_owned()
}

/// An event for every key of the packs, with what the sessions know.
pub(crate) fn samples() -> Vec<(Event, Known)> {
    let (player, text) = (bob(), "a *b*".to_owned());
    let technology = "automation-2".to_owned();
    let ann = || Actor::Player("Ann".to_owned());
    let why = Some("griefing".to_owned());
    let all = vec![
        Event::Join { player: bob() },
        Event::Leave { player: bob() },
        Event::Chat {
            player: bob(),
            text: "[item=iron-plate,quality=rare] [gps=1,-2,nauvis]".into(),
        },
        Event::Shout {
            player: bob(),
            text: text.clone(),
        },
        Event::ServerChat { text: text.clone() },
        Event::Milestone {
            player: bob(),
            text: text.clone(),
        },
        Event::Task {
            player: bob(),
            text: text.clone(),
        },
        Event::Research {
            technology: technology.clone(),
        },
        Event::ResearchStarted {
            technology: technology.clone(),
        },
        Event::ResearchCancelled { technology },
        Event::Death {
            player: bob(),
            cause: None,
        },
        Event::Death {
            player: bob(),
            cause: Some("a biter".into()),
        },
        Event::Rocket { count: None },
        Event::Rocket { count: Some(7) },
        Event::Message { text: text.clone() },
        Event::Kick {
            player: bob(),
            by: ann(),
            reason: None,
        },
        Event::Kick {
            player: bob(),
            by: ann(),
            reason: why.clone(),
        },
        Event::Ban {
            player: bob(),
            by: Actor::Server,
            reason: None,
        },
        Event::Ban {
            player: bob(),
            by: Actor::Script,
            reason: why.clone(),
        },
        Event::Unban {
            player: bob(),
            by: ann(),
        },
        Event::Promote {
            player: bob(),
            by: ann(),
            effect: Effect::Now,
        },
        Event::Promote {
            player: bob(),
            by: ann(),
            effect: Effect::OnJoining,
        },
        Event::Demote {
            player: bob(),
            by: ann(),
            effect: Effect::Now,
        },
        Event::Demote {
            player: bob(),
            by: ann(),
            effect: Effect::OnJoining,
        },
        Event::ServerStarted { version: None },
        Event::ServerStarted {
            version: Some("2.0.42".into()),
        },
        Event::ServerStopped { reason: None },
        Event::ServerStopped {
            reason: Some("signal".into()),
        },
        Event::ServerCrashed {
            evidence: Evidence::NoGoodbye,
        },
        Event::ServerCrashed {
            evidence: Evidence::Error(text.clone()),
        },
        Event::Desync { peer: None },
        Event::Desync { peer: Some(3) },
        Event::Command {
            by: ann(),
            text: text.clone(),
        },
        Event::CommandError { text: text.clone() },
        Event::Warning {
            player: None,
            text: text.clone(),
        },
        Event::Color {
            player: bob(),
            color: "red".into(),
        },
        Event::Refused {
            player,
            reason: "PasswordMismatch".into(),
        },
        Event::Matching,
        Event::AdminMessage { text: text.clone() },
        Event::Report { text: text.clone() },
        Event::EngineError { text },
        Event::SlowSave {
            took: Duration::from_millis(22_900),
        },
    ];
    let known = [
        (Event::Join { player: bob() }, Known::FirstVisit),
        (
            Event::Leave { player: bob() },
            Known::Stayed(Duration::from_secs(7800)),
        ),
    ];
    all.into_iter()
        .map(|event| (event, Known::Nothing))
        .chain(known)
        .collect()
}

fn lines(told: Told) -> Vec<String> {
    match told {
        Told::Lines(lines) => lines.into_iter().map(Line::into_string).collect(),
        other => panic!("{other:?} is no line"),
    }
}

fn one(voice: &Voice, event: &Event) -> String {
    lines(voice.render(event, &TELLING)).join("\n")
}

fn spoken_by(pack: Pack) -> Voice {
    Voice::new(Overrides {
        language: Some(Arc::new(pack)),
        ..Overrides::default()
    })
}

fn text(key: &str, text: &str) -> Entries {
    let key = Key::from_name(key).unwrap();
    let mut entries = Entries::default();
    let body = Some(Body::Texts(vec![key.text(text).unwrap()]));
    entries.set(
        key,
        Entry {
            body,
            ..Entry::default()
        },
    );
    entries
}

fn with(entries: Entries) -> Voice {
    Voice::default().with(&Overrides {
        entries,
        ..Overrides::default()
    })
}

fn snapshot(pack: Pack) -> String {
    let voice = spoken_by(pack);
    let mut out = String::new();
    for (event, known) in samples() {
        let telling = Telling { known, ..TELLING };
        for line in lines(voice.render(&event, &telling)) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    for event in [
        Event::Chat {
            player: bob(),
            text: "hi".into(),
        },
        Event::Shout {
            player: bob(),
            text: "hi".into(),
        },
    ] {
        out.push_str(&lines(voice.render_as_speaker(&event, &TELLING)).join("\n"));
        out.push('\n');
    }
    out
}

#[test]
fn every_kind_has_a_sentence_in_every_pack() {
    for pack in [Pack::english(), Pack::german()] {
        assert_eq!(pack.missing(), [], "{}", pack.name);
        assert_eq!(pack.entries.keys().count(), Key::all().count());
        for (name, short) in Pack::BUILT_IN {
            assert_eq!(Pack::named(name), Pack::named(short));
        }
    }
}

#[test]
fn the_english_pack_reads_like_this() {
    assert_eq!(snapshot(Pack::english()), include_str!("english.txt"));
}

#[test]
fn the_german_pack_reads_like_this() {
    assert_eq!(snapshot(Pack::german()), include_str!("german.txt"));
}

#[test]
fn a_sentence_for_the_plain_key_holds_for_the_finer_ones_unless_they_have_their_own() {
    let death = Event::Death {
        player: bob(),
        cause: Some("a biter".into()),
    };
    let plain = text("death", "{player} is no more ({cause})");
    assert_eq!(
        one(&with(plain.clone()), &death),
        r"💀 Bob\_1 is no more (a biter)"
    );
    let unknown = Event::Death {
        player: bob(),
        cause: None,
    };
    assert_eq!(one(&with(plain.clone()), &unknown), r"💀 Bob\_1 is no more (–)");
    let mut both = plain;
    both.overlay(&text("death.cause", "{cause} got {player}"));
    assert_eq!(one(&with(both.clone()), &death), r"💀 a biter got Bob\_1");
    // A stronger layer that speaks of the plain key silences the finer words of the weaker one.
    let route = Overrides {
        entries: text("death", "rip"),
        ..Overrides::default()
    };
    assert_eq!(one(&with(both).with(&route), &death), "💀 rip");
    // What is a matter of its own stays: a promotion that comes later is not told as one that holds now.
    let later = Event::Promote {
        player: bob(),
        by: Actor::Server,
        effect: Effect::OnJoining,
    };
    assert!(
        one(&with(text("promote", "{player} is admin")), &later).ends_with("will be an admin on joining")
    );
}

#[test]
fn emoji_colour_and_silence_can_be_set_alone() {
    let join = Event::Join { player: bob() };
    let set = |entry: Entry| {
        let mut entries = Entries::default();
        entries.set(Key::plain(EventKind::Join), entry);
        with(entries)
    };
    let emoji = Emoji::parse("🎉").ok();
    assert_eq!(
        one(
            &set(Entry {
                emoji,
                ..Entry::default()
            }),
            &join
        ),
        r"🎉 **Bob\_1** joined the server"
    );
    let silent = set(Entry {
        sound: Some(Sound::Off),
        ..Entry::default()
    });
    assert_eq!(silent.render(&join, &TELLING), Told::Nothing);
    let first = Telling {
        known: Known::FirstVisit,
        ..TELLING
    };
    assert_eq!(silent.render(&join, &first), Told::Nothing);
    let placed = with(text("join", "{player} {emoji} on {server} at {time}"));
    assert_eq!(one(&placed, &join), r"Bob\_1 ✅ on Main base at <t:1767290000:T>");
    let dressed = set(Entry {
        dress: Some(Dress::Embed),
        colour: Some(Colour::PURPLE),
        ..Entry::default()
    });
    let Told::Embed(embed) = dressed.render(&join, &TELLING) else {
        panic!("an embed")
    };
    assert_eq!(
        embed.to_json(),
        r#"{"description":"✅ **Bob\\_1** joined the server","color":10181046,"timestamp":"2026-01-01T17:53:20Z"}"#
    );
}

#[test]
fn the_same_delivery_reads_the_same_and_the_variants_all_have_their_turn() {
    let key = Key::plain(EventKind::Join);
    let body = ["one", "two", "three"].map(|text| key.text(text).unwrap());
    let mut entries = Entries::default();
    entries.set(
        key,
        Entry {
            body: Some(Body::Texts(body.to_vec())),
            ..Entry::default()
        },
    );
    let voice = with(entries);
    let at = |offset: u64| {
        let id = DeliveryId {
            generation: GenerationId(5),
            offset,
            part: 0,
        };
        let telling = Telling {
            pick: Pick::of(&id),
            ..TELLING
        };
        lines(voice.render(&Event::Join { player: bob() }, &telling)).concat()
    };
    let mut seen: Vec<String> = (0..60).map(|n| at(n * 47)).collect();
    assert_eq!(at(94), seen[2]);
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["✅ one", "✅ three", "✅ two"]);
}

#[test]
fn mentions_emoji_and_long_speech_find_their_place() {
    let mut emoji = EmojiMap::default();
    emoji.insert("coal", Emoji::parse("<:coal:123456789012345678>").unwrap());
    let mut table = crate::mention::MentionTable::default();
    table.list("admins", crate::mention::Target::Role(9)).unwrap();
    let mentions = crate::mention::Mentions {
        table,
        rates: crate::mention::MentionRates::default(),
    };
    let said = "@admins *more* [item=coal] @everyone";
    let called = crate::mention::MentionWatch::default().heed(&mentions, "Bob_1", said, 0);
    let voice = Voice::default().with(&Overrides {
        emoji,
        ..Overrides::default()
    });
    let telling = Telling {
        calls: Some(&called.live),
        ..TELLING
    };
    let chat = |text: &str| Event::Chat {
        player: bob(),
        text: text.into(),
    };
    assert_eq!(
        lines(voice.render(&chat(said), &telling)),
        ["💬 **Bob\\_1**: <@&9> \\*more\\* <:coal:123456789012345678> \\@\u{200b}everyone"]
    );
    let long = lines(voice.render_as_speaker(&chat(&"word ".repeat(5000)), &telling));
    assert_eq!(long.len(), MOST_PARTS);
    assert_eq!(one(&voice, &chat(" \u{200b}")), r"💬 **Bob\_1**: *(blank)*");
}

#[test]
fn everybody_is_called_in_the_language_of_the_server() {
    let german = Voice::new(Overrides {
        language: Some(Arc::new(Pack::german())),
        ..Overrides::default()
    });
    assert_eq!(
        german.call_of(Crowd::Here),
        "@here jemand ruft euch: die Zeile darüber sagt, wer und warum"
    );
    let english = Voice::default().call_of(Crowd::Everyone);
    assert_eq!(
        english,
        "@everyone a player calls you: the line above says who and why"
    );
}
