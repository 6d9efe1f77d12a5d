//! D09, D10: the whole way from hostile bytes to what is posted.

use factorio_log::Grammar;
use isr_core::ageing::Reading;
use isr_core::context::SourceContext;
use isr_core::event::{EventKind, Selection};
use isr_core::interpreter::{Interpreter, Role};
use isr_core::zone::ZoneClock;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{hostile, rendering};

const HEADS: &[&str] = &[
    "2024-06-01 11:10:00 [CHAT] ",
    "2024-06-01 11:10:00 [CHAT] Bob: ",
    "2024-06-01 11:10:00 [CHAT] <server>: ",
    "2024-06-01 11:10:00 [JOIN] ",
    "2024-06-01 11:10:00 [KICK] Bob was kicked by ",
    "2024-06-01 11:10:00 [COMMAND] Bob (command): ",
    "2024-06-01 11:10:00 [WARNING] ",
    "   1.000 Error Util.cpp:1: ",
    "   1.000 Error MainLoop.cpp:1: Exception at tick 5: ",
    "   1.000 Refusing connection for address (IP ADDR:({203.0.113.2:1})), username (",
    "   1.000 Script @__a__/b.lua:1: ",
    "   0.000 2024-06-01 11:10:00; Factorio ",
    "[MILESTONE] Bob completed: ",
    "[DISCORD]",
    "Bob: ",
    "",
];

const TAILS: &[&str] = &[
    "",
    " joined the game",
    ". Reason: x.",
    ": text",
    ")). PasswordMismatch",
    "\r",
];

fn line() -> impl Strategy<Value = Vec<u8>> {
    let built = (
        prop::sample::select(HEADS),
        hostile::text(),
        prop::sample::select(TAILS),
    )
        .prop_map(|(head, text, tail)| format!("{head}{text}{tail}").replace('\n', " ").into_bytes());
    prop_oneof![9 => built, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn d09_whatever_a_log_holds_what_is_posted_is_legal(lines in prop::collection::vec(line(), 1..12)) {
        let everything = EventKind::ALL.into_iter().fold(Selection::NONE, Selection::with);
        let clock = ZoneClock::new(TimeZone::UTC);
        let mut interpreter =
            Interpreter::new(Grammar::new(), clock, Role::Alone, everything, SourceContext::default());
        for line in &lines {
            for happened in interpreter.line(line, Reading::Live, 1_717_243_200_000) {
                let told = rendering::told(&rendering::VOICE, &happened.event);
                told.iter().flatten().for_each(rendering::assert_legal);
            }
            let stored = interpreter.context().encode();
            prop_assert!(stored.len() <= 100);
            prop_assert_eq!(&SourceContext::decode(&stored), interpreter.context());
        }
    }
}
