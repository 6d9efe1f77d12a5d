//! Feeds arbitrary payloads to the reading of the gateway, and what people write in them to the chat of a game, as far as the
//! bytes for its console: each line is one packet of chat with a name before it, and never a command, a second line or rich
//! text.

#![no_main]

use factorio_rcon::codec::{Decoder, Kind, encode};
use factorio_rcon::gate::{ChatText, Class, Line, classify};
use isr_core::chat::{Answers, MOST_LINES, Names, Said};
use isr_core::voice::Voice;
use isr_discord::gateway::Event;
use isr_discord::gateway::event::Message;
use libfuzzer_sys::fuzz_target;

struct Mentioned<'a>(&'a Message);

impl Names for Mentioned<'_> {
    fn user(&self, id: u64) -> Option<&str> {
        let user = self.0.mentions.iter().find(|user| user.id == id)?;
        Some(&user.name)
    }

    fn role(&self, _id: u64) -> Option<&str> {
        self.0.nick.as_deref()
    }

    fn channel(&self, _id: u64) -> Option<&str> {
        None
    }
}

fuzz_target!(|text: &str| {
    if let Some(Event::Message(message) | Event::MessageEdited(message)) = Event::of_payload(text) {
        speak(&message);
    }
    // The same bytes as somebody's name and text.
    let (nick, content) = text.split_once('|').unwrap_or(("", text));
    let message = Message {
        nick: Some(nick.to_owned()),
        content: content.to_owned(),
        ..Message::default()
    };
    speak(&message);
});

fn speak(message: &Message) {
    let quoted = message.quoted.as_ref();
    let said = Said {
        author: message.nick.as_deref().unwrap_or_default(),
        text: &message.content,
        answers: quoted.map_or(Answers::Nothing, |quoted| Answers::Text(&quoted.content)),
        forwarded: quoted.is_some_and(|quoted| quoted.forwarded),
        corrected: message.edited.is_some(),
        files: message
            .attachments
            .iter()
            .map(|file| file.name.as_str())
            .collect(),
        stickers: message.stickers.iter().map(String::as_str).collect(),
    };
    let spoken = Voice::default().chat(&said, &Mentioned(message));
    assert!(spoken.lines.len() <= MOST_LINES);
    let mut wire = Vec::new();
    for line in &spoken.lines {
        let text = ChatText::exact(line).expect("every line is taken as it is");
        let command = Line::from(text);
        encode(1, Kind::COMMAND, command.text().as_bytes(), &mut wire).expect("it is short");
    }
    let mut decoder = Decoder::new(wire.len());
    decoder.feed(&wire);
    for line in &spoken.lines {
        let packet = decoder.next().expect("whole frames").expect("one for each line");
        assert_eq!(packet.body, line.as_bytes());
        assert_eq!(classify(line), Class::Chat, "{line:?}");
        assert!(
            !line.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')),
            "{line:?}"
        );
        let behind = line
            .strip_prefix("[Discord] ")
            .expect("every line names who speaks");
        assert!(!behind.contains('['), "{line:?}");
    }
    assert_eq!(decoder.next(), Ok(None), "nothing more");
}
