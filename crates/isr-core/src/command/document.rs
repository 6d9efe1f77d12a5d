//! The commands as a page for people.
//!
//! Owns `docs/commands.md`, which is made from the list and checked by a test. Cannot fail.

use std::fmt::Write as _;

use super::cooldown::Class;
use super::tree::{ALL, Asks, Book, Needs, Spec, Takes};

/// The page.
#[must_use]
pub fn document() -> String {
    let mut page = String::from(
        "# Commands\n\n\
         <!-- Made from the list of commands by `cargo xtask commands`; a test holds it to that. -->\n\n\
         Discord offers all of them as soon as you type `/factorio`. Who may use what, and how that is changed:\n\
         [permissions.md](permissions.md). Every command that is about a server takes `server`; without it the server counts\n\
         that you chose with `/factorio connect`, then the one of the channel, then the only one. Maintenance and the outbox are\n\
         about all servers where none is named; `broadcast` with `server: all`.\n\n\
         A question is answered for everybody in the channel; what changes something is answered to you alone, with what the\n\
         game said. What cannot be undone asks first, with a button that works for a minute and for you alone.\n\n\
         `players`, `status` (as *Refresh*) and `save` are also buttons below the card that the bot posts:\n\
         [alerts.md](alerts.md#its-buttons).\n",
    );
    for book in Book::ALL {
        let about = book.about();
        let _to_memory = write!(
            page,
            "\n## `/{}`\n\n{}.\n\n| Command | What it does | Who | How often | Needs |\n| --- | --- | --- | --- | --- |\n",
            book.as_str(),
            about.english
        );
        for spec in ALL.iter().filter(|spec| spec.book == book) {
            page.push_str(&row(spec));
        }
    }
    page.push_str(
        "\n*How often* counts for one person and all commands of the same row of limits together, on all servers. *Lua* ends\n\
         the achievements of a save for good, so these commands work only where the server's configuration says\n\
         `allow_lua: true`; elsewhere they say so. Nothing else that is listed here ends achievements.\n",
    );
    page
}

fn row(spec: &Spec) -> String {
    let mut usage = spec.name.to_owned();
    for parameter in spec.parameters {
        let name = match parameter.takes {
            Takes::OneOf(words) => words.join("\\|"),
            _ => parameter.name.to_owned(),
        };
        let _to_memory = match parameter.required {
            true => write!(usage, " <{name}>"),
            false => write!(usage, " [{name}]"),
        };
    }
    let asks = match spec.asks {
        Asks::First => "; asks first",
        Asks::Nothing => "",
    };
    let often = spec.class.map_or_else(|| "any".to_owned(), limit);
    let needs = match spec.needs {
        Needs::Nothing | Needs::Server | Needs::Scope => "–",
        Needs::Console => "RCON",
        Needs::Lua => "RCON, Lua",
    };
    format!(
        "| `{usage}` | {}{asks} | {} | {often} | {needs} |\n",
        spec.about.english, spec.level
    )
}

fn limit(class: Class) -> String {
    format!("{} in {} s", class.uses(), class.window().as_secs())
}
