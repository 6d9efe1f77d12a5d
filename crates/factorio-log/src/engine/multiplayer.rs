//! Connections: refusals, states of server and peers, map transfer, desyncs.
//!
//! Owns these forms. Must not know accounts: the peer number is not the player, only the order of lines ties it to a
//! name. A text that is no known form is `None`.

use super::address;
use crate::fact::{Fact, Tick};
use crate::scan::{enclosed, enclosed_number, filled, number, split_last, split_once, trim_end};

/// Reads what follows `mapTick(N)` (to 0.16) or `updateTick(N)`, in any of its spellings.
pub(super) fn ticked(text: &[u8]) -> Option<Fact<'_>> {
    const CLOCKS: [&[u8]; 4] = [b"updateTick", b"mapTick", b"UpdateTick", b"MapTick"];
    let rest = CLOCKS.iter().find_map(|clock| text.strip_prefix(*clock))?;
    let (tick, rest) = enclosed(rest.strip_prefix(b" ").unwrap_or(rest), b"(")?;
    let tick = if tick == b"-1" {
        Tick::Unset
    } else {
        Tick::Count(number(tick)?)
    };
    let rest = rest.strip_prefix(b" ")?;
    match rest.first()? {
        b'c' => state(tick, rest),
        b'r' => peer_state(tick, rest).or_else(|| desync(tick, rest)),
        b'p' => player_join_game(tick, rest),
        b'S' => serving_map(tick, rest),
        _ => None,
    }
}

/// Reads the text of an `Info` line that begins with `n`, `D` or `Q`.
pub(super) fn notice(text: &[u8]) -> Option<Fact<'_>> {
    match text {
        b"Disconnecting multiplayer connection." | b"Quitting multiplayer connection." => {
            Some(Fact::EngineClosing { text })
        }
        [b'n', ..] => peer_change(text),
        [b'D', ..] => Some(Fact::EnginePeerDisconnect {
            peer: peer(text.strip_prefix(b"Disconnect notification for ")?)?,
        }),
        _ => {
            let player = filled(text.strip_prefix(b"Queuing ban recommendation check for user ")?)?;
            Some(Fact::EngineBanCheck { player })
        }
    }
}

/// `Refusing connection for address (ADDR), username (NAME). REASON`; versions before 0.15.7 give no name.
///
/// The name is the client's claim and may hold anything. The engine's reason is one word and stands last, so the last
/// `). ` divides; only the prose of 0.14, which has spaces, is divided at the first.
pub(super) fn refused(body: &[u8]) -> Option<Fact<'_>> {
    let rest = body.strip_prefix(b"Refusing connection for address (")?;
    let Some((addr, rest)) = split_once(rest, b"), username (") else {
        let (addr, reason) = split_once(rest, b"). ")?;
        return Some(Fact::EngineRefused {
            address: address(addr),
            player: None,
            reason: filled(reason)?,
        });
    };
    let (player, reason) = split_last(rest, b"). ")
        .filter(|(_, reason)| !reason.contains(&b' '))
        .or_else(|| split_once(rest, b"). "))?;
    Some(Fact::EngineRefused {
        address: address(addr),
        player: Some(player),
        reason: filled(reason)?,
    })
}

/// `changing state from(A) to(B)`
fn state(tick: Tick, rest: &[u8]) -> Option<Fact<'_>> {
    let (from, rest) = enclosed(rest, b"changing state from(")?;
    let (to, _) = enclosed(rest, b" to(")?;
    Some(Fact::EngineState { tick, from, to })
}

/// `received stateChanged peerID(N) oldState(A) newState(B)`
fn peer_state(tick: Tick, rest: &[u8]) -> Option<Fact<'_>> {
    let (peer, rest) = enclosed_number(rest, b"received stateChanged peerID(")?;
    let (from, rest) = enclosed(rest, b" oldState(")?;
    let (to, _) = enclosed(rest, b" newState(")?;
    Some(Fact::EnginePeerState { tick, peer, from, to })
}

/// `received playerDesynced peer (N)`
fn desync(tick: Tick, rest: &[u8]) -> Option<Fact<'_>> {
    Some(Fact::EngineDesync {
        tick,
        peer: peer(rest.strip_prefix(b"received playerDesynced ")?)?,
    })
}

/// `processed PlayerJoinGame peerID(N) playerIndex(N) mode(connect )`
fn player_join_game(tick: Tick, rest: &[u8]) -> Option<Fact<'_>> {
    let (peer, rest) = enclosed_number(rest, b"processed PlayerJoinGame peerID(")?;
    let (player_index, rest) = enclosed_number(rest, b" playerIndex(")?;
    let (mode, _) = enclosed(rest, b" mode(")?;
    Some(Fact::EnginePlayerJoinGame {
        tick,
        peer,
        player_index,
        mode: trim_end(mode),
    })
}

/// `Serving map(PATH) for peer(N) size(N) [auxiliary(N)] crc(N)`
fn serving_map(tick: Tick, rest: &[u8]) -> Option<Fact<'_>> {
    let (_, rest) = split_once(rest.strip_prefix(b"Serving map(")?, b") for ")?;
    let (peer, rest) = enclosed_number(rest, b"peer(")?;
    let (size, _) = enclosed_number(rest, b" size(")?;
    Some(Fact::EngineServingMap { tick, peer, size })
}

/// `nextHeartbeatSequenceNumber(N) adding peer(N)` or `… removing peer(N).`
fn peer_change(text: &[u8]) -> Option<Fact<'_>> {
    let (_, rest) = enclosed_number(text, b"nextHeartbeatSequenceNumber(")?;
    if let Some(rest) = rest.strip_prefix(b" adding ") {
        return Some(Fact::EnginePeerAdd { peer: peer(rest)? });
    }
    Some(Fact::EnginePeerRemove {
        peer: peer(rest.strip_prefix(b" removing ")?)?,
    })
}

/// `peer(N)`, `peer (N)` or `peerID(N)`
fn peer(text: &[u8]) -> Option<u64> {
    let rest = text.strip_prefix(b"peer")?;
    let rest = rest
        .strip_prefix(b"ID")
        .or_else(|| rest.strip_prefix(b" "))
        .unwrap_or(rest);
    enclosed_number(rest, b"(").map(|(peer, _)| peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_spelled_in_six_ways() {
        for (text, tick) in [
            ("mapTick(-1)", Tick::Unset),
            ("MapTick(4294967295)", Tick::Count(4_294_967_295)),
            ("updateTick(18446744073709551615)", Tick::Count(u64::MAX)),
            ("UpdateTick(7)", Tick::Count(7)),
            ("MapTick (7)", Tick::Count(7)),
            ("UpdateTick (7)", Tick::Count(7)),
        ] {
            let line = format!("{text} changing state from(Ready) to(InGame)");
            let expected = Fact::EngineState {
                tick,
                from: b"Ready",
                to: b"InGame",
            };
            assert_eq!(ticked(line.as_bytes()), Some(expected), "{text}");
        }
        assert_eq!(ticked(b"mapTick(-2) changing state from(Ready) to(InGame)"), None);
        assert_eq!(
            ticked(b"mapTick(18446744073709551616) changing state from(A) to(B)"),
            None
        );
        assert_eq!(Tick::Count(u64::MAX).running(), None);
        assert_eq!(Tick::Count(0).running(), Some(0));
    }

    #[test]
    fn peers_come_go_and_desync() {
        assert_eq!(
            notice(b"nextHeartbeatSequenceNumber(5) adding peer(2)"),
            Some(Fact::EnginePeerAdd { peer: 2 })
        );
        assert_eq!(
            notice(b"nextHeartbeatSequenceNumber(5) removing peer(2)."),
            Some(Fact::EnginePeerRemove { peer: 2 })
        );
        assert_eq!(notice(b"nextHeartbeatSequenceNumber(5) holding peer(2)"), None);
        assert_eq!(
            notice(b"Disconnect notification for peer (2)"),
            Some(Fact::EnginePeerDisconnect { peer: 2 })
        );
        let desync = Some(Fact::EngineDesync {
            tick: Tick::Count(9),
            peer: 2,
        });
        assert_eq!(ticked(b"mapTick(9) received playerDesynced peer (2)"), desync);
        assert_eq!(ticked(b"updateTick(9) received playerDesynced peerID(2)"), desync);
    }

    #[test]
    fn modes_lose_their_pad_and_maps_may_have_any_path() {
        let fact = ticked(b"MapTick (8) processed PlayerJoinGame peerID(3) playerIndex(0) mode(create ) ");
        let expected = Fact::EnginePlayerJoinGame {
            tick: Tick::Count(8),
            peer: 3,
            player_index: 0,
            mode: b"create",
        };
        assert_eq!(fact, Some(expected));
        let fact =
            ticked(b"UpdateTick(8) Serving map(/a (b)/c.zip) for peer(3) size(10) auxiliary(2) crc(1)");
        assert_eq!(
            fact,
            Some(Fact::EngineServingMap {
                tick: Tick::Count(8),
                peer: 3,
                size: 10
            })
        );
    }

    #[test]
    fn a_claimed_name_cannot_forge_the_reason() {
        let refusal = |player, reason| {
            Some(Fact::EngineRefused {
                address: b"1.2.3.4:5",
                player,
                reason,
            })
        };
        let name = &b"x). UserBanned (y"[..];
        assert_eq!(
            refused(b"Refusing connection for address (IP ADDR:({1.2.3.4:5})), username (x). UserBanned (y). PasswordMissing"),
            refusal(Some(name), b"PasswordMissing")
        );
        assert_eq!(
            refused(b"Refusing connection for address (1.2.3.4:5), username (). UserVerificationMissing"),
            refusal(Some(b""), b"UserVerificationMissing")
        );
        assert_eq!(
            refused(
                b"Refusing connection for address (1.2.3.4:5). User verification is required for this game."
            ),
            refusal(None, b"User verification is required for this game.")
        );
    }

    #[test]
    fn the_connection_closes_and_names_are_checked() {
        let text = &b"Quitting multiplayer connection."[..];
        assert_eq!(notice(text), Some(Fact::EngineClosing { text }));
        let check = Some(Fact::EngineBanCheck { player: b"bob" });
        assert_eq!(notice(b"Queuing ban recommendation check for user bob"), check);
        assert_eq!(notice(b"Queuing something"), None);
    }
}
