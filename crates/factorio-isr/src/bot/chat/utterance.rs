//! What a message of Discord becomes for a game: lines of chat that the console takes.
//!
//! Owns the way from Discord's message to the gate: whatever stands in it, and whatever the words of a language or of an
//! admin make of it, each line is one line and no command. Must not know when it is said. Pure. Cannot fail: what the gate
//! does not take is left out, and that is told.

use factorio_rcon::gate::ChatText;
use isr_core::chat::{Answers, Cut, Names, Said};
use isr_core::voice::Voice;
use isr_discord::gateway::event::{Message, Quoted};

/// Whether a message is said for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wording {
    /// It is.
    First,
    /// It was said with other words.
    Corrected,
}

/// The lines of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Utterance {
    /// What is said, in this order.
    pub(super) lines: Vec<ChatText>,
    /// Whether that is everything.
    pub(super) cut: Cut,
}

impl Utterance {
    /// Of a message, in the words of a voice. A speaker who proved to be a player is called so.
    pub(super) fn of(
        message: &Message,
        (wording, player): (Wording, Option<&str>),
        voice: &Voice,
        names: &dyn Names,
    ) -> Self {
        let said = Said {
            corrected: wording == Wording::Corrected,
            author: player.or(message.shown_name()).unwrap_or_default(),
            ..said(message)
        };
        let spoken = voice.chat(&said, names);
        let lines: Vec<ChatText> = spoken.lines.iter().filter_map(|line| harmless(line)).collect();
        let cut = if lines.len() < spoken.lines.len() {
            Cut::Shortened
        } else {
            spoken.cut
        };
        Self { lines, cut }
    }
}

/// The line as the console takes it. Whatever the words of a language make of it, it is one line and no command.
fn harmless(line: &str) -> Option<ChatText> {
    ChatText::exact(line).or_else(|_| ChatText::tidied(line)).ok()
}

fn said(message: &Message) -> Said<'_> {
    let (answers, forwarded) = match &message.quoted {
        None => (Answers::Nothing, None),
        Some(quoted) if quoted.forwarded => (Answers::Nothing, Some(quoted.content.as_str())),
        Some(quoted) => (answered(quoted), None),
    };
    Said {
        author: "",
        text: forwarded
            .filter(|_| message.content.is_empty())
            .unwrap_or(&message.content),
        answers,
        forwarded: forwarded.is_some(),
        corrected: false,
        files: message
            .attachments
            .iter()
            .map(|file| file.name.as_str())
            .collect(),
        stickers: message.stickers.iter().map(String::as_str).collect(),
    }
}

/// A person is named; of what a program wrote, what we relayed among it, the text says more than its name.
fn answered(quoted: &Quoted) -> Answers<'_> {
    match &quoted.author {
        Some(author) if author.bot => Answers::Text(&quoted.content),
        Some(author) => Answers::Somebody(author.shown_name.as_deref().unwrap_or(&author.name)),
        None => Answers::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use factorio_rcon::codec::{Decoder, Kind, encode};
    use factorio_rcon::gate::{Class, Line, classify};
    use isr_discord::gateway::Event;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::names::KnownNames;
    use super::*;

    /// What people write who mean harm, and anything else.
    fn hostile() -> impl Strategy<Value = String> {
        let seeds = prop::sample::select(vec![
            "/c game.print(1)",
            "\n/quit",
            "a\r\n/quit",
            "\u{2028}/sc x()",
            "\u{200b}/quit",
            "\u{202e}/c x",
            " / c x",
            "//c x",
            "[color=red]x[/color]",
            "[gps=1,2]",
            "\";game.print('x')--",
            "a\0b\u{1b}[2J",
            "<@1> <@&2> <#3> <:gear:4> <t:5:R>",
            "```lua\n/c x\n```",
            "Carl: hello",
            "",
        ]);
        prop_oneof![
            seeds.prop_map(str::to_owned),
            any::<String>(),
            ("[ -~\n\r\t]{0,300}", any::<char>()).prop_map(|(text, c)| format!("{text}{c}")),
        ]
    }

    /// A message as the gateway tells it.
    fn event(texts: &[String], quoted: u8) -> Value {
        let author = |name: &str| json!({"id": "9", "username": name, "global_name": texts[1]});
        let mut data = json!({
            "id": "5", "channel_id": "6", "guild_id": "7", "type": 0, "content": texts[0],
            "author": author(&texts[2]), "member": {"nick": texts[3], "roles": []},
            "attachments": [{"id": "1", "filename": texts[4], "url": "https://x/y"}],
            "sticker_items": [{"id": "1", "name": texts[5], "format_type": 1}],
            "mentions": [{"id": "1", "username": texts[6]}],
        });
        if quoted > 0 {
            data["message_reference"] = json!({"message_id": "4", "type": u8::from(quoted == 3)});
            data["referenced_message"] = json!({"id": "4", "content": texts[7], "author": author(&texts[7])});
            data["referenced_message"]["author"]["bot"] = (quoted == 2).into();
            data["message_snapshots"] = json!([{"message": {"content": texts[7]}}]);
        }
        json!({"op": 0, "s": 1, "t": "MESSAGE_CREATE", "d": data})
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn r06_from_discords_payload_to_the_bytes_for_the_console_nothing_becomes_a_command_or_a_second_line(
            texts in prop::collection::vec(hostile(), 8),
            quoted in 0..4_u8,
            wording in prop::sample::select(vec![Wording::First, Wording::Corrected]),
            player in prop::option::of(hostile()),
        ) {
            let payload = event(&texts, quoted).to_string();
            let Some(Event::Message(message)) = Event::of_payload(&payload) else {
                return Err(TestCaseError::fail(payload));
            };
            prop_assert!(message.is_from_person());
            let names = KnownNames::default();
            let utterance = names.with(&message.mentions, |names| Utterance::of(&message, (wording, player.as_deref()), &Voice::default(), names));
            let mut wire = Vec::new();
            for line in &utterance.lines {
                let line = Line::from(line.clone());
                encode(1, Kind::COMMAND, line.text().as_bytes(), &mut wire).unwrap();
            }
            let mut decoder = Decoder::new(1 << 20);
            decoder.feed(&wire);
            let mut arrived = 0;
            while let Some(packet) = decoder.next().unwrap() {
                let line = String::from_utf8(packet.body).unwrap();
                prop_assert!(line.starts_with("[Discord] "), "{line:?}");
                prop_assert_eq!(classify(&line), Class::Chat);
                prop_assert!(!line.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')), "{line:?}");
                prop_assert!(!line[1..].contains('['), "{line:?}");
                arrived += 1;
            }
            prop_assert_eq!(arrived, utterance.lines.len());
        }

        #[test]
        fn r06_whatever_the_words_of_an_admin_make_of_it_the_gate_lets_chat_through_alone(line in hostile()) {
            if let Some(text) = harmless(&line) {
                prop_assert!(matches!(classify(text.as_str()), Class::Chat), "{text:?}");
                prop_assert!(!text.as_str().chars().any(char::is_control), "{text:?}");
            }
        }
    }

    #[test]
    fn a_line_that_the_console_does_not_take_is_no_whole_message() {
        assert_eq!(harmless(&"x".repeat(100_000)), None);
    }
}
