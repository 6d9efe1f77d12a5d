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

const fn told(english: &'static str, german: &'static str) -> Told {
    Told { english, german }
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
    /// Nothing of a game: it is about one server that is named, or about all of them.
    Scope,
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
    /// What the person watches.
    Watches,
    /// The saves that there are.
    Saves,
    /// The technologies of the game.
    Technologies,
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
        let server = match self.needs {
            Needs::Nothing => None,
            Needs::Scope => Some(&SCOPE),
            Needs::Server | Needs::Console | Needs::Lua => Some(&SERVER),
        };
        self.parameters.iter().chain(server)
    }

    /// As it is typed: `/factorio kick`.
    #[must_use]
    pub fn typed(&self) -> String {
        format!("/{} {}", self.book.as_str(), self.name)
    }
}

/// Makes the rows of one book from a table: command, name, level, limit, what it needs, whether it asks first, what it does
/// in both languages, what it takes.
macro_rules! rows {
    ($book:ident: $($verb:ident $name:literal, $level:ident, $class:ident, $needs:ident, $asks:ident,
        $english:literal, $german:literal, [$($parameter:expr),* $(,)?];)*) => {
        /// The rows.
        pub(super) const ROWS: &[Spec] = &[$(Spec {
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
    };
}

const FREE: Option<Class> = None;
const QUERY: Option<Class> = Some(Class::Query);
const CHANGE: Option<Class> = Some(Class::Change);
const DANGER: Option<Class> = Some(Class::Danger);

mod admin;
mod factorio;
mod more;
mod parameters;
mod verb;

pub use parameters::{SCOPE, SERVER};
pub use verb::Verb;

const COUNT: usize = factorio::ROWS.len() + more::ROWS.len() + admin::ROWS.len();

/// Every command, in the order in which it is listed to people.
pub const ALL: &[Spec] = &joined();

const fn joined() -> [Spec; COUNT] {
    let mut all = [factorio::ROWS[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        let (more, admin) = (factorio::ROWS.len(), factorio::ROWS.len() + more::ROWS.len());
        all[at] = if at < more {
            factorio::ROWS[at]
        } else if at < admin {
            more::ROWS[at - more]
        } else {
            admin::ROWS[at - admin]
        };
        at += 1;
    }
    all
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
