//! Chat from Discord: whatever somebody writes, it is a few lines of chat, each with a name, and never a command.

use isr_core::chat::{Answers, LINE_LENGTH, MOST_LINES, NAME_LENGTH, Names, Said};
use isr_core::voice::Voice;
use proptest::prelude::*;

use crate::hostile::text;

struct Named(String);

impl Names for Named {
    fn user(&self, _id: u64) -> Option<&str> {
        Some(&self.0)
    }

    fn role(&self, _id: u64) -> Option<&str> {
        Some(&self.0)
    }

    fn channel(&self, _id: u64) -> Option<&str> {
        None
    }
}

fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

proptest! {
    #[test]
    fn r06_whatever_is_written_becomes_lines_of_chat_and_nothing_else(
        author in text(),
        text in prop::collection::vec(prop_oneof![text(), Just("\n/c game.print(1)".to_owned()), Just("<@1>[item=coal]".to_owned())], 0..4),
        other in text(),
        answers in 0..3_u8,
        forwarded in any::<bool>(),
    ) {
        let text = text.concat();
        let said = Said {
            author: &author,
            text: &text,
            answers: match answers {
                0 => Answers::Nothing,
                1 => Answers::Somebody(&other),
                _ => Answers::Text(&other),
            },
            forwarded,
            corrected: !forwarded,
            files: vec![&other],
            stickers: vec![&other],
        };
        let spoken = Voice::default().chat(&said, &Named(other.clone()));
        prop_assert!(spoken.lines.len() <= MOST_LINES);
        for line in &spoken.lines {
            prop_assert!(line.starts_with("[Discord] "), "{line:?}");
            prop_assert!(!line.chars().any(breaks_a_line), "{line:?}");
            prop_assert!(!line[1..].contains('['), "{line:?}");
            prop_assert!(line.contains(": "), "{line:?}");
            prop_assert!(line.chars().count() <= LINE_LENGTH + 3 * NAME_LENGTH + 200, "{line:?}");
        }
    }
}
