//! Feeds an arbitrary expression and arbitrary lines to the patterns: the first line of the input is the expression, the
//! others are read with it, in both forms. No input may panic, and no words may become an event that is not speech.

#![no_main]

use factorio_log::{Context, Grammar};
use isr_core::delivery::KindName;
use isr_core::pattern::{Definition, Form, PatternSet, Place, Reading, Scratch, State, Tier};
use libfuzzer_sys::fuzz_target;

fn definition(expression: &str, form: Form) -> Definition {
    Definition {
        name: "fuzz".to_owned(),
        expression: expression.to_owned(),
        form,
        kind: KindName::named("milestone"),
        emoji: String::new(),
        template: None,
        state: State::On,
        priority: 10,
        channel: None,
        tier: Tier::Own,
    }
}

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let Some(Ok(expression)) = lines.next().map(std::str::from_utf8) else {
        return;
    };
    let own = Form::Named {
        place: Place::Any,
        fields: Vec::new(),
    };
    let definitions = [definition(expression, Form::Positional), definition(expression, own)];
    let (set, _) = PatternSet::compile(&definitions);
    let names_chat = expression.replace('\\', "").to_uppercase().contains("CHAT");
    for line in lines {
        let mut chat = b"2026-08-07 11:31:05 [CHAT] Eve: ".to_vec();
        chat.extend_from_slice(line);
        for (bytes, is_chat) in [(line, false), (chat.as_slice(), true)] {
            let line = Grammar::new().read(&mut Context::new(), bytes);
            let found = set.read(&line, &mut Scratch::default());
            let _ = set.explain(&line);
            if let (Reading::Event(event), true, false) = (found, is_chat, names_chat) {
                panic!("{:?} forged {:?}", bytes, event.profile.name);
            }
        }
    }
});
