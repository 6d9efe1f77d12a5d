//! The rows of `/factorio-more`: what everybody may use beside the old commands.
//!
//! Cannot fail.

use super::parameters::{MESSAGE, player};
use super::{Asks, Book, CHANGE, FREE, Level, Needs, Offers, Parameter, QUERY, Spec, Takes, Verb, told};

rows! {
    More:
    Time "time", View, QUERY, Console, Nothing,
        "How long the map has been played", "Wie lange die Karte gespielt wird", [];
    Bans "bans", Moderate, QUERY, Console, Nothing,
        "Who is banned, and why", "Wer gebannt ist und warum", [];
    Say "say", Moderate, CHANGE, Console, Nothing,
        "Say something to everybody in the game, under your name", "Allen im Spiel etwas sagen, unter deinem Namen",
        [MESSAGE];
    Stats "stats", View, QUERY, Server, Nothing,
        "Who played how long, and what happened", "Wer wie lange gespielt hat und was geschah",
        [Parameter {
            about: told("Name of the player; me: you, once linked", "Name des Spielers; me: du, sobald verknüpft"),
            required: false,
            ..player(Offers::Players)
        }, Parameter {
            name: "since",
            about: told("Since when: 12h, 7d, 2026-01-31; without it 7d", "Seit wann: 12h, 7d, 2026-01-31; sonst 7d"),
            takes: Takes::Text(20),
            offers: Offers::Nothing,
            required: false,
        }];
    Recap "recap", View, QUERY, Server, Nothing,
        "What happened in the last day or week", "Was am letzten Tag oder in der letzten Woche geschah",
        [Parameter {
            name: "span",
            about: told("How much; without it the day", "Wie viel; sonst der Tag"),
            takes: Takes::OneOf(&["day", "week"]),
            offers: Offers::Nothing,
            required: false,
        }];
    Outbox "outbox", Moderate, QUERY, Scope, Nothing,
        "What waits to be posted, and what was given up", "Was auf das Senden wartet und was aufgegeben wurde", [];
    Watch "watch", View, QUERY, Server, Nothing,
        "Be told, you alone, when something happens", "Als Einziger hören, wenn etwas geschieht",
        [Parameter {
            name: "event",
            about: told("What; list shows what you watch", "Was; list zeigt, was du beobachtest"),
            takes: Takes::OneOf(&["player", "research", "server", "list"]),
            offers: Offers::Nothing,
            required: true,
        }, Parameter {
            about: told("Which player comes and goes", "Welcher Spieler kommt und geht"),
            required: false,
            ..player(Offers::Players)
        }, Parameter {
            name: "where",
            about: told("By direct message, or here in this channel; without it direct",
                "Per Direktnachricht oder hier im Kanal; sonst direct"),
            takes: Takes::OneOf(&["direct", "here"]),
            offers: Offers::Nothing,
            required: false,
        }];
    Unwatch "unwatch", View, FREE, Nothing, Nothing,
        "Not be told any more", "Nicht mehr davon hören",
        [Parameter {
            name: "number",
            about: told("The number in your list, or all", "Die Nummer in deiner Liste, oder all"),
            takes: Takes::Text(20),
            offers: Offers::Watches,
            required: true,
        }];
    Link "link", View, QUERY, Server, Nothing,
        "Prove which player you are in the game", "Zeigen, welcher Spieler du im Spiel bist", [];
    Unlink "unlink", View, FREE, Nothing, Nothing,
        "Be no player of the game here any more", "Hier kein Spieler des Spiels mehr sein", [];
}
