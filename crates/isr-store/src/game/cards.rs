//! Which message shows a server's card.
//!
//! Owns the three states of a card: nowhere, begun, at a message. That a first request was begun is durable before it is
//! made: a kill then leaves a card that nobody knows, and the next one is counted under [`RULE_CARD_UNCERTAIN`].

use isr_core::delivery::Destination;
use isr_core::source::ServerTag;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::columns::meaningless;
use crate::work::Work;

/// The rule under which a card is counted that is posted although an earlier one may be there.
pub const RULE_CARD_UNCERTAIN: &str = "card_uncertain";

/// Where a card belongs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CardPlace {
    /// The destination.
    pub destination: Destination,
    /// The server that it shows.
    pub server: ServerTag,
}

/// Where a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardState {
    /// Nowhere.
    Nowhere,
    /// Its first request was begun, and its answer is not known.
    Begun,
    /// In this message.
    At(u64),
}

/// Where the card of a place is.
pub(crate) fn find(work: &Work<'_>, place: &CardPlace) -> rusqlite::Result<CardState> {
    let found: Option<Option<i64>> = work
        .conn
        .prepare_cached("SELECT message_id FROM card WHERE destination = ?1 AND server = ?2")?
        .query_row([place.destination.as_str(), place.server.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(match found {
        None => CardState::Nowhere,
        Some(None) => CardState::Begun,
        Some(Some(id)) => CardState::At(id.cast_unsigned()),
    })
}

/// All cards.
pub(crate) fn all(conn: &Connection) -> rusqlite::Result<Vec<(CardPlace, CardState)>> {
    conn.prepare("SELECT destination, server, message_id FROM card ORDER BY destination, server")?
        .query_map([], |row| {
            let server = row.get_ref(1)?.as_str()?;
            let place = CardPlace {
                destination: Destination::new(row.get_ref(0)?.as_str()?),
                server: ServerTag::parse(server).map_err(|_| meaningless(1, "a server tag"))?,
            };
            let id: Option<i64> = row.get(2)?;
            Ok((
                place,
                id.map_or(CardState::Begun, |id| CardState::At(id.cast_unsigned())),
            ))
        })?
        .collect()
}

/// Notes where a card is.
pub(crate) fn keep(work: &mut Work<'_>, place: &CardPlace, state: CardState) -> rusqlite::Result<()> {
    let key = [place.destination.as_str(), place.server.as_str()];
    if state == CardState::Begun && find(work, place)? == CardState::Begun {
        work.ledger.tally(&place.server, RULE_CARD_UNCERTAIN, 1);
    }
    let message_id = match state {
        CardState::Nowhere => {
            return work
                .conn
                .prepare_cached("DELETE FROM card WHERE destination = ?1 AND server = ?2")?
                .execute(key)
                .map(drop);
        }
        CardState::Begun => None,
        CardState::At(id) => Some(id.cast_signed()),
    };
    let begun_ms = message_id.is_none().then_some(work.now_ms);
    work.conn
        .prepare_cached(
            "INSERT INTO card (destination, server, message_id, begun_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET message_id = excluded.message_id, begun_ms = excluded.begun_ms",
        )?
        .execute(params![key[0], key[1], message_id, begun_ms])
        .map(drop)
}
