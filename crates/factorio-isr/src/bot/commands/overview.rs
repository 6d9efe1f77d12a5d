//! Commands that are answered from what is known here: the servers, the card, the connection, the help.
//!
//! Owns how they read. Nothing is asked of a game. Cannot fail.

use isr_core::command::tree::{ALL, Book, Needs, Spec};
use isr_core::command::{Asker, Permissions};
use isr_core::game::{CardContext, Link, Snapshot};
use isr_core::source::ServerTag;
use isr_core::text::cut_finished;
use isr_core::voice::CommandWord as W;
use isr_discord::Embed;

use super::roster::{Entry, Roster};
use super::tell::{Reply, Teller};
use crate::game::Board;

/// Room for an answer, in UTF-16 units; a message has 2,000.
const ROOM: usize = 1_900;

/// Which servers there are.
pub(super) fn servers(roster: &Roster, board: &Board, chosen: Option<&ServerTag>) -> Reply {
    let teller = roster.teller();
    if roster.entries.is_empty() {
        return Reply::bad(teller.say(W::NoServers, &[]), "done");
    }
    let mut lines = vec![format!("**{}**", teller.word(W::ServersTitle))];
    for entry in &roster.entries {
        let mut line = format!("• **{}** (`{}`)", teller.name(&entry.name), entry.tag);
        if let Some(game) = board.get(&entry.tag) {
            let snapshot = game.snapshots.borrow().clone();
            line.push_str(&format!(" · {}", teller.word(link_word(&snapshot))));
            if let Some(players) = &snapshot.players {
                let count = players.online.len().to_string();
                line.push_str(&format!(
                    " · {}",
                    teller.say(W::PlayersOnline, &[("count", &count)])
                ));
            }
        }
        if chosen == Some(&entry.tag) {
            line.push_str(&format!(" · ⭐ {}", teller.word(W::YourServer)));
        }
        lines.push(line);
    }
    Reply::good(cut_finished(&lines.join("\n"), ROOM))
}

/// The card of a server.
pub(super) fn status(entry: &Entry, snapshot: &Snapshot) -> Reply {
    let context = CardContext {
        server: &entry.name,
        history: &[],
        maintenance_until_ms: None,
    };
    let card = entry.voice.card(snapshot, &context).to_json();
    let mut reply = Reply::good(String::new());
    match Embed::parse(&card) {
        Ok(embed) => reply.embeds.push(embed),
        // The card keeps within the limits; should it ever not, the link still tells.
        Err(_) => return health(entry, snapshot),
    }
    reply
}

/// How the connection to a server is.
pub(super) fn health(entry: &Entry, snapshot: &Snapshot) -> Reply {
    let teller = entry.teller();
    let since = |ms: i64| format!("<t:{}:R>", ms.div_euclid(1000));
    let mut lines = vec![teller.say(W::HealthTitle, &[("state", teller.word(link_word(snapshot)))])];
    let since_ms = match &snapshot.link {
        Link::None => None,
        Link::Connecting { since_ms } | Link::Up { since_ms } | Link::Silent { since_ms } => Some(*since_ms),
        Link::Down(down) => {
            lines.push(format!("• {}", entry.voice.why_down(down.why)));
            Some(down.since_ms)
        }
    };
    if let Some(ms) = since_ms {
        lines.push(format!(
            "• {}",
            teller.say(W::HealthSince, &[("since", &since(ms))])
        ));
    }
    if let Some(ms) = snapshot.last_log_line_ms {
        lines.push(format!(
            "• {}",
            teller.say(W::HealthLog, &[("since", &since(ms))])
        ));
    }
    Reply::good(lines.join("\n"))
}

const fn link_word(snapshot: &Snapshot) -> W {
    match snapshot.link {
        Link::None => W::IsLogOnly,
        Link::Connecting { .. } => W::IsConnecting,
        Link::Up { .. } => W::IsUp,
        Link::Silent { .. } => W::IsSilent,
        Link::Down(_) => W::IsDown,
    }
}

/// What somebody may use: by the settings of the server that is meant, where one is.
pub(super) fn help(
    teller: &Teller<'_>,
    permissions: &Permissions,
    asker: &Asker<'_>,
    language: Language,
) -> Reply {
    let mut lines = vec![teller.word(W::HelpTitle).to_owned()];
    for book in Book::ALL {
        let allowed = |spec: &&Spec| spec.book == book && permissions.judge(spec.verb, asker).is_ok();
        for spec in ALL.iter().filter(allowed) {
            let about = match language {
                Language::German => spec.about.german,
                Language::English => spec.about.english,
            };
            let mark = if spec.needs == Needs::Lua { " ⚗️" } else { "" };
            lines.push(format!("`{}`{mark} {about}", spec.typed()));
        }
    }
    lines.push(teller.word(W::HelpEnd).to_owned());
    let card = isr_core::text::Embed::default().with_description(&lines.join("\n"));
    let mut reply = Reply::good(String::new());
    match Embed::parse(&card.to_json()) {
        Ok(embed) => reply.embeds.push(embed),
        Err(_) => reply.text = cut_finished(&lines.join("\n"), ROOM),
    }
    reply
}

/// The language of what Discord shows of the commands themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
}

impl Language {
    /// As Discord names a person's language.
    pub(super) fn of(locale: Option<&str>) -> Self {
        match locale {
            Some("de") => Self::German,
            _ => Self::English,
        }
    }
}
