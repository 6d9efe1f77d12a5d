//! Feeds arbitrary payloads of the gateway, options and names of buttons to the slash commands: what somebody types stays an
//! argument of the command that was used, on one line, and never becomes Lua.

#![no_main]

use factorio_isr::bot::commands::checked;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    checked::payload(text);
    // The same bytes as what somebody types, part by part.
    checked::typed(text);
});
