//! The rows of `/factorio`: what the Python program had, under its names.
//!
//! Discord allows 25, and these are 25. Cannot fail.

use super::parameters::{MESSAGE, REASON, SERVER, player};
use super::{
    Asks, Book, CHANGE, DANGER, FREE, Level, Needs, Offers, Parameter, QUERY, Spec, Takes, Verb, told,
};

rows! {
    Factorio:
    Servers "servers", View, FREE, Nothing, Nothing,
        "Which servers there are, and how they are", "Welche Server es gibt und wie es ihnen geht", [];
    Connect "connect", View, FREE, Nothing, Nothing,
        "Choose your server for all commands", "Deinen Server für alle Befehle wählen",
        [Parameter { required: true, ..SERVER }];
    Status "status", View, QUERY, Server, Nothing,
        "How the server is", "Wie es dem Server geht", [];
    Players "players", View, QUERY, Console, Nothing,
        "Who is on the server", "Wer auf dem Server ist", [];
    Version "version", View, QUERY, Console, Nothing,
        "Version of the game", "Version des Spiels", [];
    Seed "seed", View, QUERY, Console, Nothing,
        "Seed of the map", "Seed der Karte", [];
    Evolution "evolution", View, QUERY, Console, Nothing,
        "How far the enemies have evolved", "Wie weit die Gegner entwickelt sind",
        [Parameter {
            name: "target",
            about: told("A surface, or all", "Eine Oberfläche oder all"),
            takes: Takes::Text(100),
            offers: Offers::Surfaces,
            required: false,
        }];
    Admins "admins", View, QUERY, Console, Nothing,
        "Who administrates in the game", "Wer im Spiel verwaltet", [];
    Health "health", View, FREE, Server, Nothing,
        "How the connection to the server is", "Wie die Verbindung zum Server ist", [];
    Kick "kick", Moderate, CHANGE, Console, Nothing,
        "Throw a player out; who may come back", "Einen Spieler hinauswerfen, der wiederkommen darf",
        [player(Offers::Players), REASON];
    Ban "ban", Moderate, DANGER, Console, First,
        "Ban a player", "Einen Spieler bannen", [player(Offers::Players), REASON];
    Unban "unban", Moderate, DANGER, Console, Nothing,
        "Lift the ban of a player", "Den Bann eines Spielers aufheben", [player(Offers::Banned)];
    Mute "mute", Moderate, CHANGE, Console, Nothing,
        "Keep a player from writing", "Einen Spieler am Schreiben hindern", [player(Offers::Players)];
    Unmute "unmute", Moderate, CHANGE, Console, Nothing,
        "Let a player write again", "Einen Spieler wieder schreiben lassen", [player(Offers::Players)];
    Promote "promote", Administer, DANGER, Console, First,
        "Make a player an admin of the game", "Einen Spieler zum Admin des Spiels machen",
        [player(Offers::Players)];
    Demote "demote", Administer, DANGER, Console, Nothing,
        "Take an admin's rights away", "Einem Admin die Rechte nehmen", [player(Offers::Admins)];
    Save "save", Moderate, CHANGE, Console, Nothing,
        "Save the game", "Das Spiel speichern",
        [Parameter {
            name: "name",
            about: told("Name of the save", "Name des Spielstands"),
            takes: Takes::Text(100),
            offers: Offers::Saves,
            required: false,
        }];
    Broadcast "broadcast", Moderate, CHANGE, Console, Nothing,
        "Say something to everybody in the game, as the server", "Allen im Spiel etwas sagen, als Server",
        [MESSAGE];
    Whisper "whisper", Moderate, CHANGE, Console, Nothing,
        "Say something to one player", "Einem Spieler etwas sagen", [player(Offers::Players), MESSAGE];
    Whitelist "whitelist", Moderate, CHANGE, Console, Nothing,
        "The list of those who may join", "Die Liste derer, die beitreten dürfen",
        [Parameter {
            name: "action",
            about: told("What to do", "Was zu tun ist"),
            takes: Takes::OneOf(&["add", "remove", "list", "enable", "disable"]),
            offers: Offers::Nothing,
            required: true,
        }, Parameter { required: false, ..player(Offers::Whitelisted) }];
    Clock "clock", Administer, CHANGE, Lua, First,
        "Tell or set the time of the day (needs Lua)", "Die Tageszeit zeigen oder setzen (braucht Lua)",
        [Parameter {
            name: "value",
            about: told(
                "day, night, eternal-day, eternal-night or 0.0 to 1.0; empty: tell it",
                "day, night, eternal-day, eternal-night oder 0.0 bis 1.0; leer: zeigen",
            ),
            takes: Takes::Text(20),
            offers: Offers::Clock,
            required: false,
        }];
    Speed "speed", Administer, CHANGE, Lua, First,
        "Set the speed of the game (needs Lua)", "Die Geschwindigkeit des Spiels setzen (braucht Lua)",
        [Parameter {
            name: "value",
            about: told("1 is normal", "1 ist normal"),
            takes: Takes::Tenths(1, 100),
            offers: Offers::Nothing,
            required: true,
        }];
    Research "research", Administer, CHANGE, Lua, First,
        "Count, grant or take back technologies (needs Lua)",
        "Technologien zählen, geben oder nehmen (braucht Lua)",
        [Parameter {
            name: "action",
            about: told("What to do; empty: count them", "Was zu tun ist; leer: zählen"),
            takes: Takes::OneOf(&["count", "grant", "undo"]),
            offers: Offers::Nothing,
            required: false,
        }, Parameter {
            name: "technology",
            about: told("Its name in the game's files, or all", "Der Name in den Dateien des Spiels oder all"),
            takes: Takes::Text(100),
            offers: Offers::Technologies,
            required: false,
        }, Parameter {
            name: "force",
            about: told("Whose; without it player", "Wessen; sonst player"),
            takes: Takes::Text(100),
            offers: Offers::Nothing,
            required: false,
        }];
    Rcon "rcon", Administer, DANGER, Console, First,
        "Run a command of the game's console", "Einen Befehl der Konsole des Spiels ausführen",
        [Parameter {
            name: "command",
            about: told("Such as /time", "Etwa /time"),
            takes: Takes::Text(2000),
            offers: Offers::Nothing,
            required: true,
        }];
    Help "help", View, FREE, Nothing, Nothing,
        "Which commands you may use", "Welche Befehle du benutzen darfst", [];
}
