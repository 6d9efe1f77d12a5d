//! Options that several commands take.
//!
//! Cannot fail.

use super::{Offers, Parameter, Takes, told};

/// The option that says which server is meant.
pub const SERVER: Parameter = Parameter {
    name: "server",
    about: told(
        "Which server; without it yours, or the one of this channel",
        "Welcher Server; sonst deiner oder der dieses Kanals",
    ),
    takes: Takes::Text(64),
    offers: Offers::Servers,
    required: false,
};

/// The option of commands that are about one server, or about all of them.
pub const SCOPE: Parameter = Parameter {
    about: told(
        "Only this server; without it all of them",
        "Nur dieser Server; sonst alle",
    ),
    ..SERVER
};

pub(super) const fn player(offers: Offers) -> Parameter {
    Parameter {
        name: "player",
        about: told("Name of the player", "Name des Spielers"),
        takes: Takes::Text(128),
        offers,
        required: true,
    }
}

pub(super) const REASON: Parameter = Parameter {
    name: "reason",
    about: told("Why; the player reads it", "Warum; der Spieler liest es"),
    takes: Takes::Text(200),
    offers: Offers::Nothing,
    required: false,
};

pub(super) const MESSAGE: Parameter = Parameter {
    name: "message",
    about: told("What is said", "Was gesagt wird"),
    takes: Takes::Text(450),
    offers: Offers::Nothing,
    required: true,
};
