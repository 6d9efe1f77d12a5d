//! The lines of the engine: what `factorio-current.log` and standard output hold besides the console.
//!
//! Owns their exact form, as 2.0 writes them; the numbers behind file names mean nothing. Must not know files. Cannot fail.

use std::fmt;
use std::time::Duration;

use super::lines::Stamp;

/// The tick of a map that is not there yet, as 2.0 prints it.
const NO_TICK: u64 = u64::MAX;

/// A line: seconds since the start of the process, right-aligned, then the text.
#[must_use]
pub fn line(uptime: Duration, text: &str) -> String {
    let seconds = format!("{}.{:03}", uptime.as_secs(), uptime.subsec_millis());
    format!("{seconds:>8} {text}")
}

/// The first line of a run, without its uptime.
#[must_use]
pub fn banner(stamp: Stamp, version: &str) -> String {
    format!("{stamp}; Factorio {version} (build 84451, linux64, headless, space-age)")
}

/// `updateTick(N) `, in front of what the multiplayer part of the server tells.
fn at(tick: u64, number: u16, text: impl fmt::Display) -> String {
    format!("Info ServerMultiplayerManager.cpp:{number}: updateTick({tick}) {text}")
}

/// The server goes from one state to the next.
#[must_use]
pub fn server_state(tick: u64, from: &str, to: &str) -> String {
    at(tick, 808, format_args!("changing state from({from}) to({to})"))
}

/// The same before there is a map.
#[must_use]
pub fn early_server_state(from: &str, to: &str) -> String {
    server_state(NO_TICK, from, to)
}

/// A peer goes from one state to the next.
#[must_use]
pub fn peer_state(tick: u64, peer: u64, from: &str, to: &str) -> String {
    at(
        tick,
        944,
        format_args!("received stateChanged peerID({peer}) oldState({from}) newState({to})"),
    )
}

/// A peer has another world than the server.
#[must_use]
pub fn desynced(tick: u64, peer: u64) -> String {
    at(tick, 975, format_args!("received playerDesynced peer ({peer})"))
}

/// A client knocks.
#[must_use]
pub fn knock(address: &str) -> String {
    format!("ConnectionRequestReplyConfirm (type(ConnectionRequestReplyConfirm) ) from({address})")
}

/// A client is turned away. With `UserVerificationMissing` that is a part of every good login.
#[must_use]
pub fn refusal(address: &str, player: &str, reason: &str) -> String {
    format!("Refusing connection for address ({address}), username ({player}). {reason}")
}

/// A client is let in.
#[must_use]
pub fn admitted(address: &str) -> String {
    format!("Info ServerRouter.cpp:467: Replying to connectionRequest for address({address}).")
}

/// A peer is added to or removed from the game (`adding peer(1)`, `removing peer(1).`).
#[must_use]
pub fn heartbeat(sequence: u64, text: &str) -> String {
    format!("Info ServerSynchronizer.cpp:607: nextHeartbeatSequenceNumber({sequence}) {text}")
}

/// The map is on its way to a peer.
#[must_use]
pub fn serving(tick: u64, peer: u64, bytes: u64) -> String {
    let file = peer.saturating_sub(1);
    at(
        tick,
        1013,
        format_args!(
            "Serving map(/factorio/temp/mp-save-{file}.zip) for peer({peer}) size({bytes}) crc(768858898)"
        ),
    )
}

/// The peer has become a player. `mode` is `create` the first time on this map, then `connect`.
#[must_use]
pub fn joined(tick: u64, peer: u64, index: usize, mode: &str) -> String {
    format!(
        "Info GameActionHandler.cpp:4994: UpdateTick ({tick}) processed PlayerJoinGame peerID({peer}) \
         playerIndex({index}) mode({mode}) "
    )
}

/// A peer said that it goes.
#[must_use]
pub fn going(peer: u64) -> String {
    format!("Info ServerMultiplayerManager.cpp:1064: Disconnect notification for peer ({peer})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uptime_is_right_aligned_and_grows_out_of_its_column() {
        let shown = |seconds: f64| line(Duration::from_secs_f64(seconds), "x");
        assert_eq!(shown(0.0), "   0.000 x");
        assert_eq!(shown(9_999.999), "9999.999 x");
        assert_eq!(shown(1_430_798.392), "1430798.392 x");
    }
}
