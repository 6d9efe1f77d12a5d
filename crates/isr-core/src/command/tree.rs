//! The commands, as data.
//!
//! Owns which commands there are, under which names, what each takes and needs. Everything else is made from this list:
//! what is registered with Discord, the documentation, the checks. Must not know how a command is carried out. Cannot fail.
//!
//! Discord allows 25 subcommands, and the Python program used all of them: `/factorio` is as it was. What came later is in
//! `/factorio-more` and `/factorio-admin`, which Discord offers as soon as somebody types `/factorio`.

use super::cooldown::Class;
use super::level::Level;

/// A text in the languages that we speak; Discord shows a person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// For everybody whose language is none of the others.
    pub english: &'static str,
    /// German.
    pub german: &'static str,
}

/// A command of Discord's, which holds ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Book {
    /// `/factorio`, under the names of the Python program.
    Factorio,
    /// `/factorio-more`.
    More,
    /// `/factorio-admin`, which Discord shows only to whoever may manage the Discord server.
    Admin,
}

impl Book {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Factorio, Self::More, Self::Admin];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Factorio => "factorio",
            Self::More => "factorio-more",
            Self::Admin => "factorio-admin",
        }
    }

    /// The reverse of [`Book::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|book| book.as_str() == name)
    }

    /// What it is.
    #[must_use]
    pub const fn about(self) -> Told {
        match self {
            Self::Factorio => Told {
                english: "Ask Factorio servers and look after them",
                german: "Factorio-Server fragen und betreuen",
            },
            Self::More => Told {
                english: "More about Factorio servers",
                german: "Mehr über Factorio-Server",
            },
            Self::Admin => Told {
                english: "Run Factorio servers",
                german: "Factorio-Server verwalten",
            },
        }
    }

    /// Whom Discord shows it to, unless its administrators decide otherwise: permission bits, or everybody.
    #[must_use]
    pub const fn shown_to(self) -> Option<u64> {
        match self {
            Self::Factorio | Self::More => None,
            // MANAGE_GUILD.
            Self::Admin => Some(1 << 5),
        }
    }
}

/// What a command needs of the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it is answered from what is known here, or about all servers.
    Nothing,
    /// A server, of which we tell what we know.
    Server,
    /// The console of a server.
    Console,
    /// Lua on a server, which ends the achievements of the save.
    Lua,
}

/// Whether it is asked back before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Done at once.
    Nothing,
    /// A button has to be clicked first.
    First,
}

/// What may be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Text of at most so many characters.
    Text(u16),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A number, in tenths, from and to.
    Tenths(u16, u16),
}

/// What is offered while somebody types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offers {
    /// Nothing.
    Nothing,
    /// The servers.
    Servers,
    /// Players, those who are there first.
    Players,
    /// Who is banned.
    Banned,
    /// Who administrates.
    Admins,
    /// Who is on the whitelist.
    Whitelisted,
    /// The surfaces of the map.
    Surfaces,
    /// Times of the day.
    Clock,
}

/// One option of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: Told,
    /// What may be typed.
    pub takes: Takes,
    /// What is offered meanwhile.
    pub offers: Offers,
    /// Whether it has to be there.
    pub required: bool,
}

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Which one.
    pub verb: Verb,
    /// Where it is found.
    pub book: Book,
    /// Its name there.
    pub name: &'static str,
    /// What it does.
    pub about: Told,
    /// Who may use it, unless the configuration says otherwise.
    pub level: Level,
    /// How often.
    pub class: Option<Class>,
    /// What it needs.
    pub needs: Needs,
    /// Whether it asks back.
    pub asks: Asks,
    /// Its options; `server` is added where it needs one.
    pub parameters: &'static [Parameter],
}

impl Spec {
    /// All its options, the server last.
    pub fn all_parameters(&self) -> impl Iterator<Item = &'static Parameter> {
        let server = (self.needs != Needs::Nothing).then_some(&SERVER);
        self.parameters.iter().chain(server)
    }

    /// As it is typed: `/factorio kick`.
    #[must_use]
    pub fn typed(&self) -> String {
        format!("/{} {}", self.book.as_str(), self.name)
    }
}

/// The option that says which server is meant.
pub const SERVER: Parameter = Parameter {
    name: "server",
    about: Told {
        english: "Which server; without it yours, or the one of this channel",
        german: "Welcher Server; sonst deiner oder der dieses Kanals",
    },
    takes: Takes::Text(64),
    offers: Offers::Servers,
    required: false,
};

const fn told(english: &'static str, german: &'static str) -> Told {
    Told { english, german }
}

const fn player(offers: Offers) -> Parameter {
    Parameter {
        name: "player",
        about: told("Name of the player", "Name des Spielers"),
        takes: Takes::Text(128),
        offers,
        required: true,
    }
}

const REASON: Parameter = Parameter {
    name: "reason",
    about: told("Why; the player reads it", "Warum; der Spieler liest es"),
    takes: Takes::Text(200),
    offers: Offers::Nothing,
    required: false,
};

const MESSAGE: Parameter = Parameter {
    name: "message",
    about: told("What is said", "Was gesagt wird"),
    takes: Takes::Text(450),
    offers: Offers::Nothing,
    required: true,
};

/// Makes the list of commands from one table.
macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident: $book:ident $name:literal, $level:ident, $class:expr, $needs:ident, $asks:ident,
        $english:literal, $german:literal, [$($parameter:expr),*];)*) => {
        /// A command.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $($(#[$doc])* $verb,)*
        }

        /// Every command, in the order in which it is listed to people.
        pub const ALL: &[Spec] = &[$(Spec {
            verb: Verb::$verb,
            book: Book::$book,
            name: $name,
            about: told($english, $german),
            level: Level::$level,
            class: $class,
            needs: Needs::$needs,
            asks: Asks::$asks,
            parameters: &[$($parameter),*],
        },)*];

        impl Verb {
            /// Its row.
            #[must_use]
            pub const fn spec(self) -> &'static Spec {
                &ALL[self as usize]
            }
        }
    };
}

const QUERY: Option<Class> = Some(Class::Query);
const CHANGE: Option<Class> = Some(Class::Change);
const DANGER: Option<Class> = Some(Class::Danger);

verbs! {
    /// Which servers there are.
    Servers: Factorio "servers", View, None, Nothing, Nothing,
        "Which servers there are, and how they are", "Welche Server es gibt und wie es ihnen geht", [];
    /// Chooses a server for what follows.
    Connect: Factorio "connect", View, None, Nothing, Nothing,
        "Choose your server for all commands", "Deinen Server für alle Befehle wählen",
        [Parameter { required: true, ..SERVER }];
    /// The card of a server.
    Status: Factorio "status", View, QUERY, Server, Nothing,
        "How the server is", "Wie es dem Server geht", [];
    /// Who is there.
    Players: Factorio "players", View, QUERY, Console, Nothing,
        "Who is on the server", "Wer auf dem Server ist", [];
    /// The game's version.
    Version: Factorio "version", View, QUERY, Console, Nothing,
        "Version of the game", "Version des Spiels", [];
    /// The seed of the map.
    Seed: Factorio "seed", View, QUERY, Console, Nothing,
        "Seed of the map", "Seed der Karte", [];
    /// How far the enemies are.
    Evolution: Factorio "evolution", View, QUERY, Console, Nothing,
        "How far the enemies have evolved", "Wie weit die Gegner entwickelt sind",
        [Parameter {
            name: "target",
            about: told("A surface, or all", "Eine Oberfläche oder all"),
            takes: Takes::Text(100),
            offers: Offers::Surfaces,
            required: false,
        }];
    /// Who administrates.
    Admins: Factorio "admins", View, QUERY, Console, Nothing,
        "Who administrates in the game", "Wer im Spiel verwaltet", [];
    /// How the relay itself is.
    Health: Factorio "health", View, None, Server, Nothing,
        "How the connection to the server is", "Wie die Verbindung zum Server ist", [];
    /// Throws somebody out.
    Kick: Factorio "kick", Moderate, CHANGE, Console, Nothing,
        "Throw a player out; who may come back", "Einen Spieler hinauswerfen, der wiederkommen darf",
        [player(Offers::Players), REASON];
    /// Throws somebody out for good.
    Ban: Factorio "ban", Moderate, DANGER, Console, First,
        "Ban a player", "Einen Spieler bannen", [player(Offers::Players), REASON];
    /// Lets somebody in again.
    Unban: Factorio "unban", Moderate, DANGER, Console, Nothing,
        "Lift the ban of a player", "Den Bann eines Spielers aufheben", [player(Offers::Banned)];
    /// Silences somebody.
    Mute: Factorio "mute", Moderate, CHANGE, Console, Nothing,
        "Keep a player from writing", "Einen Spieler am Schreiben hindern", [player(Offers::Players)];
    /// Lets somebody write again.
    Unmute: Factorio "unmute", Moderate, CHANGE, Console, Nothing,
        "Let a player write again", "Einen Spieler wieder schreiben lassen", [player(Offers::Players)];
    /// Makes somebody an admin.
    Promote: Factorio "promote", Administer, DANGER, Console, First,
        "Make a player an admin of the game", "Einen Spieler zum Admin des Spiels machen",
        [player(Offers::Players)];
    /// The reverse.
    Demote: Factorio "demote", Administer, DANGER, Console, Nothing,
        "Take an admin's rights away", "Einem Admin die Rechte nehmen", [player(Offers::Admins)];
    /// Saves the game.
    Save: Factorio "save", Moderate, CHANGE, Console, Nothing,
        "Save the game", "Das Spiel speichern",
        [Parameter {
            name: "name",
            about: told("Name of the save", "Name des Spielstands"),
            takes: Takes::Text(100),
            offers: Offers::Nothing,
            required: false,
        }];
    /// Says something as the server.
    Broadcast: Factorio "broadcast", Moderate, CHANGE, Console, Nothing,
        "Say something to everybody in the game, as the server", "Allen im Spiel etwas sagen, als Server",
        [MESSAGE];
    /// Says something to one player.
    Whisper: Factorio "whisper", Moderate, CHANGE, Console, Nothing,
        "Say something to one player", "Einem Spieler etwas sagen", [player(Offers::Players), MESSAGE];
    /// The whitelist.
    Whitelist: Factorio "whitelist", Moderate, CHANGE, Console, Nothing,
        "The list of those who may join", "Die Liste derer, die beitreten dürfen",
        [Parameter {
            name: "action",
            about: told("What to do", "Was zu tun ist"),
            takes: Takes::OneOf(&["add", "remove", "list", "enable", "disable"]),
            offers: Offers::Nothing,
            required: true,
        }, Parameter { required: false, ..player(Offers::Whitelisted) }];
    /// The time of the day.
    Clock: Factorio "clock", Administer, CHANGE, Lua, First,
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
    /// The speed of the game.
    Speed: Factorio "speed", Administer, CHANGE, Lua, First,
        "Set the speed of the game (needs Lua)", "Die Geschwindigkeit des Spiels setzen (braucht Lua)",
        [Parameter {
            name: "value",
            about: told("1 is normal", "1 ist normal"),
            takes: Takes::Tenths(1, 100),
            offers: Offers::Nothing,
            required: true,
        }];
    /// Technologies.
    Research: Factorio "research", Administer, CHANGE, Lua, First,
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
            offers: Offers::Nothing,
            required: false,
        }, Parameter {
            name: "force",
            about: told("Whose; without it player", "Wessen; sonst player"),
            takes: Takes::Text(100),
            offers: Offers::Nothing,
            required: false,
        }];
    /// A line of the console.
    Rcon: Factorio "rcon", Administer, DANGER, Console, First,
        "Run a command of the game's console", "Einen Befehl der Konsole des Spiels ausführen",
        [Parameter {
            name: "command",
            about: told("Such as /time", "Etwa /time"),
            takes: Takes::Text(2000),
            offers: Offers::Nothing,
            required: true,
        }];
    /// What there is.
    Help: Factorio "help", View, None, Nothing, Nothing,
        "Which commands you may use", "Welche Befehle du benutzen darfst", [];
    /// How long the map has been played.
    Time: More "time", View, QUERY, Console, Nothing,
        "How long the map has been played", "Wie lange die Karte gespielt wird", [];
    /// Who is banned.
    Bans: More "bans", Moderate, QUERY, Console, Nothing,
        "Who is banned, and why", "Wer gebannt ist und warum", [];
    /// Says something under the person's name.
    Say: More "say", Moderate, CHANGE, Console, Nothing,
        "Say something to everybody in the game, under your name", "Allen im Spiel etwas sagen, unter deinem Namen",
        [MESSAGE];
    /// Ends the server.
    Stop: Admin "stop", Administer, DANGER, Console, First,
        "End the server in order; it saves first", "Den Server ordentlich beenden; er speichert vorher", [];
}

impl Verb {
    /// The command of a name.
    #[must_use]
    pub fn find(book: Book, name: &str) -> Option<Self> {
        ALL.iter()
            .find(|spec| spec.book == book && spec.name == name)
            .map(|spec| spec.verb)
    }

    /// The command of a name, wherever it is found: names are given once.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.iter().find(|spec| spec.name == name).map(|spec| spec.verb)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.spec().name
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_given_once_and_every_verb_finds_its_row() {
        let names: BTreeSet<_> = ALL.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), ALL.len());
        for spec in ALL {
            assert_eq!(spec.verb.spec(), spec);
            assert_eq!(Verb::find(spec.book, spec.name), Some(spec.verb));
            assert_eq!(Verb::from_name(spec.name), Some(spec.verb));
        }
        assert_eq!(Verb::find(Book::Factorio, "stop"), None);
    }

    #[test]
    fn the_names_of_the_python_program_are_all_there() {
        const OLD: [&str; 25] = [
            "servers",
            "connect",
            "status",
            "players",
            "version",
            "seed",
            "evolution",
            "admins",
            "health",
            "kick",
            "ban",
            "unban",
            "mute",
            "unmute",
            "promote",
            "demote",
            "save",
            "broadcast",
            "whisper",
            "whitelist",
            "clock",
            "speed",
            "research",
            "rcon",
            "help",
        ];
        for name in OLD {
            assert!(Verb::find(Book::Factorio, name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_hurts_is_not_for_everybody_and_what_cannot_be_undone_asks_first() {
        for spec in ALL {
            if spec.class != QUERY && spec.class.is_some() {
                assert!(spec.level > Level::View, "{}", spec.name);
            }
            if spec.needs == Needs::Lua {
                assert_eq!((spec.level, spec.asks), (Level::Administer, Asks::First));
            }
        }
        for verb in [Verb::Ban, Verb::Promote, Verb::Rcon, Verb::Stop] {
            assert_eq!(verb.spec().asks, Asks::First, "{verb:?}");
        }
    }
}
