//! Lines that a relay has to read and leave alone: what the engine writes all day.
//!
//! Owns believable noise in the proportions of a busy server's standard output. Must not contain an event, nor the
//! oracle's mark. Cannot fail.

use crate::rng::Rng;

/// Writes noise with a running clock of its own: seconds since the start of the simulated process.
#[derive(Debug, Clone)]
pub struct Noise {
    rng: Rng,
    uptime_ms: u64,
    tick: u64,
}

impl Noise {
    /// Noise of a process that runs for two minutes already.
    #[must_use]
    pub const fn new(rng: Rng) -> Self {
        Self {
            rng,
            uptime_ms: 120_000,
            tick: 7_200,
        }
    }

    /// The next line, without a line end.
    pub fn line(&mut self) -> String {
        let step = self.rng.between(1, 900);
        self.uptime_ms += step;
        self.tick += step * 60 / 1000;
        let uptime = format!("{}.{:03}", self.uptime_ms / 1000, self.uptime_ms % 1000);
        format!("{uptime:>8} {}", self.body())
    }

    fn body(&mut self) -> String {
        let (tick, peer) = (self.tick, self.rng.between(1, 60));
        let octet = self.rng.between(1, 250);
        let port = self.rng.between(1024, 65_535);
        match self.rng.below(10) {
            0 => format!(
                "Info ServerSynchronizer.cpp:607: nextHeartbeatSequenceNumber({tick}) adding peer({peer})"
            ),
            1 => format!(
                "Info ServerRouter.cpp:467: Replying to connectionRequest for address(IP ADDR:({{203.0.113.{octet}:{port}}}))."
            ),
            2 => format!(
                "ConnectionRequestReplyConfirm (type(ConnectionRequestReplyConfirm) ) from(IP ADDR:({{203.0.113.{octet}:{port}}}))"
            ),
            3 => format!(
                "Info ServerMultiplayerManager.cpp:797: updateTick({tick}) changing state from(InGame) to(InGameSavingMap)"
            ),
            4 => format!("Info ChildProcessAgent.cpp:60: Child PID: {port}"),
            5 => format!(
                "Verbose BlueprintLibrary.cpp:{octet}: loaded {peer} records of {tick} bytes for player index {peer}"
            ),
            6 => format!(
                "Checksum for script __level__/control.lua: {}",
                self.rng.below(u64::from(u32::MAX))
            ),
            7 => format!(
                "Script @__some-mod__/script/network.lua:{octet}: rebuilt {peer} networks on surface nauvis in {octet} us"
            ),
            8 => format!(
                "Info ServerMultiplayerManager.cpp:944: updateTick({tick}) received stateChanged peerID({peer})"
            ),
            _ => format!("Loading script.dat: {} bytes.", self.rng.below(900_000)),
        }
    }
}

impl Iterator for Noise {
    type Item = String;

    /// Endless.
    fn next(&mut self) -> Option<String> {
        Some(self.line())
    }
}
