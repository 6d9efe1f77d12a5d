//! What text from Discord may become: a check that tests and fuzzing share.
//!
//! Owns the promise of R06 for commands: whatever somebody types into an option stays an argument of the one command that
//! was used, on one line, and never becomes Lua. It panics where that does not hold.

use factorio_rcon::gate::{Class, LuaSwitch, Policy, Settings, classify};
use isr_core::command::tree::ALL;
use isr_core::command::{Button, CardButton, Verb};
use isr_discord::gateway::Event;
use isr_discord::gateway::event::{Choice, CommandOption, Interaction, InteractionKind};

use super::noting::name_of;
use super::pages::Page;
use super::request::{Change, Options, Request};

/// The names of options that people type into.
pub(super) const TYPED: [&str; 10] = [
    "action",
    "player",
    "reason",
    "message",
    "name",
    "target",
    "value",
    "technology",
    "force",
    "command",
];

/// What of a script is ours.
const OURS: [&str; 7] = [
    "clock ",
    "speed ",
    " ",
    "%.4f",
    "no force",
    "no technology",
    "research ",
];

/// Checks a payload of the gateway; whether it was an interaction.
pub fn payload(json: &str) -> bool {
    let Some(Event::Interaction(interaction)) = Event::of_payload(json) else {
        return false;
    };
    self::interaction(&interaction);
    true
}

fn interaction(interaction: &Interaction) {
    let speaker = interaction.member.as_ref().map(name_of).unwrap_or_default();
    match &interaction.kind {
        InteractionKind::Command { options, .. } | InteractionKind::Autocomplete { options, .. } => {
            let below = options.iter().find_map(|option| match &option.value {
                Choice::Below(options) => Some(options),
                _ => None,
            });
            self::options(below.unwrap_or(options), &speaker);
        }
        InteractionKind::Component { custom_id, .. } => button(custom_id),
        _ => {}
    }
}

/// Checks what somebody of the name before the first separator (U+001F) types into the options, one part for each.
pub fn typed(text: &str) {
    let mut parts = text.split('\u{1f}');
    let speaker = parts.next().unwrap_or_default();
    let given: Vec<CommandOption> = TYPED
        .into_iter()
        .zip(parts)
        .filter(|(_, part)| !part.is_empty())
        .map(|(name, part)| option(name, part.to_owned()))
        .collect();
    options(&given, speaker);
    button(text);
}

/// An option that was typed.
pub(super) fn option(name: &str, value: String) -> CommandOption {
    CommandOption {
        name: name.to_owned(),
        value: Choice::Text(value),
        focused: false,
    }
}

/// Checks every command with these options.
pub(super) fn options(options: &[CommandOption], speaker: &str) {
    for spec in ALL {
        let Ok(Request::Do(change)) = Request::read(spec.verb, Options(options), (speaker, 0)) else {
            continue;
        };
        without_lua(spec.verb, &change);
        with_lua(spec.verb, &change);
    }
}

fn without_lua(verb: Verb, change: &Change) {
    let Ok(line) = change.line(&policy(LuaSwitch::Forbidden)) else {
        return;
    };
    let text = line.text();
    is_one_line(text);
    match (classify(text), word(verb)) {
        (Class::Chat, None) => {}
        // What an administrator typed as a line is judged by the gate; it is one command of the unmodded game.
        (Class::Vanilla { .. }, Some("rcon")) => {}
        (Class::Vanilla { word, .. }, Some(wanted)) => assert_eq!(word.name, wanted, "{text:?}"),
        (class, wanted) => panic!("{text:?} is {class:?}, not {wanted:?}"),
    }
}

fn with_lua(verb: Verb, change: &Change) {
    let line = match change.line(&policy(LuaSwitch::Allowed)) {
        Ok(line) => line,
        Err(refusal) => {
            assert!(
                !matches!(change, Change::Lua(_)),
                "a script of ours is refused: {refusal:?}"
            );
            return;
        }
    };
    let script = line.text();
    is_one_line(script);
    if !matches!(change, Change::Lua(_)) {
        // An administrator may send Lua where it is allowed; nothing else becomes it.
        assert!(
            verb == Verb::Rcon || !matches!(classify(script), Class::Lua { .. }),
            "{script:?}"
        );
        return;
    }
    // Within quotes there are plain names only, so every quote is one of ours, and outside of them everything is.
    for (at, part) in script.split('\'').enumerate() {
        let is_plain = part
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let is_outside = at % 2 == 0;
        assert!(is_outside || OURS.contains(&part) || is_plain, "{script:?}");
        let foreign = ["game.print", "--", "]]", "\\"];
        assert!(
            !is_outside || !foreign.iter().any(|foreign| part.contains(foreign)),
            "{script:?}"
        );
    }
}

fn is_one_line(text: &str) {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    assert!(!text.chars().any(breaks), "{text:?}");
}

/// Checks the name of a button: what is one of ours says nothing but what we could have written.
fn button(name: &str) {
    if let Some(button) = Button::parse(name) {
        assert!(button.name().eq_ignore_ascii_case(name), "{name:?}");
    }
    if let Some(button) = CardButton::parse(name) {
        assert_eq!(button.name(), name);
    }
    if let Some(page) = Page::parse(name) {
        assert_eq!(Page::parse(&page.name()), Some(page), "{name:?}");
    }
}

fn policy(lua: LuaSwitch) -> Policy {
    let settings = Settings {
        lua,
        ..Settings::default()
    };
    match Policy::new(&settings) {
        Ok(policy) => policy,
        Err(fault) => panic!("no policy: {fault:?}"),
    }
}

/// The word that a command of ours sends. `None`: chat.
fn word(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Broadcast | Verb::Say => None,
        Verb::Save => Some("server-save"),
        Verb::Stop => Some("quit"),
        other => Some(other.as_str()),
    }
}
