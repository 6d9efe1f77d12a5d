//! The rows of `/factorio-admin`, which Discord shows to whoever may manage the Discord server.
//!
//! Cannot fail.

use super::{Asks, Book, CHANGE, DANGER, Level, Needs, Offers, Parameter, Spec, Takes, Verb, told};

rows! {
    Admin:
    Stop "stop", Administer, DANGER, Console, First,
        "End the server in order; it saves first", "Den Server ordentlich beenden; er speichert vorher", [];
    Maintenance "maintenance", Administer, CHANGE, Scope, Nothing,
        "Keep alerts silent during planned work", "Alarme während geplanter Arbeiten ruhen lassen",
        [Parameter {
            name: "action",
            about: told("What to do", "Was zu tun ist"),
            takes: Takes::OneOf(&["on", "off", "status"]),
            offers: Offers::Nothing,
            required: true,
        }, Parameter {
            name: "time",
            about: told("How long: 30m, 2h, 1h30m; a week at most", "Wie lange: 30m, 2h, 1h30m; höchstens eine Woche"),
            takes: Takes::Text(20),
            offers: Offers::Nothing,
            required: false,
        }];
    ConfigReload "config-reload", Administer, CHANGE, Nothing, Nothing,
        "Read the configuration's files anew", "Die Dateien der Konfiguration neu lesen", [];
    OutboxRetry "outbox-retry", Administer, DANGER, Scope, First,
        "Try what was given up once more", "Aufgegebenes noch einmal versuchen", [];
    OutboxDrop "outbox-drop", Administer, DANGER, Scope, First,
        "Throw away what was given up", "Aufgegebenes wegwerfen", [];
}
