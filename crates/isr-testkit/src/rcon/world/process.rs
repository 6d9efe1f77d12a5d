//! The process around the map: how it starts and how it ends.
//!
//! Owns whether the game runs, its uptime, and what it writes at its beginning and its end. What a port does meanwhile is
//! none of its business. Cannot fail.

use std::time::Duration;

use super::World;
use crate::log::{engine, lines};

/// Where the map is saved.
pub(super) const SAVE: &str = "/factorio/saves/world.zip";

/// One run of the program.
#[derive(Debug)]
pub(super) struct Process {
    running: bool,
    /// The wall clock at its start.
    started: Duration,
    peers: u64,
    addresses: u64,
    heartbeats: u64,
    children: u64,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            running: true,
            started: Duration::ZERO,
            peers: 0,
            addresses: 0,
            heartbeats: 1_000,
            children: 9_000,
        }
    }
}

impl Process {
    pub(super) const fn next_peer(&mut self) -> u64 {
        self.peers += 1;
        self.peers
    }

    /// The address of another client: `IP ADDR:({203.0.113.1:40001})`, from the block for documentation.
    pub(super) fn next_address(&mut self) -> String {
        self.addresses += 1;
        let (octet, port) = (1 + self.addresses % 250, 40_000 + self.addresses % 20_000);
        format!("IP ADDR:({{203.0.113.{octet}:{port}}})")
    }

    pub(super) const fn heartbeat(&mut self) -> u64 {
        self.heartbeats += 1_133;
        self.heartbeats
    }

    pub(super) const fn next_child(&mut self) -> u64 {
        self.children += 7;
        self.children
    }
}

impl World {
    /// Whether the process lives.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.process.running
    }

    /// A process starts and loads the map as it was left.
    pub fn boot(&mut self) {
        self.process = Process {
            started: self.wall,
            children: self.process.children,
            ..Process::default()
        };
        self.forget_saves();
        self.lose_everybody();
        self.tell_of_the_start();
    }

    /// It is told to end by a signal: it saves and says goodbye.
    pub fn shut_down(&mut self) {
        if !self.is_running() {
            return;
        }
        self.engine("Received SIGTERM, shutting down");
        self.end("signal.");
    }

    /// It is told to end by `/quit`.
    pub fn quit(&mut self) {
        if self.is_running() {
            self.end("remote-quit.");
        }
    }

    /// It ends by an error, without a word to anybody. `reason` is what the engine log tells.
    pub fn crash(&mut self, reason: &str) {
        if !self.is_running() {
            return;
        }
        let tick = self.ticks;
        self.engine(format!(
            "Error MainLoop.cpp:1429: Exception at tick {tick}: {reason}"
        ));
        self.engine(engine::server_state(tick, "InGame", "Failed"));
        self.engine(format!(
            "Error ServerMultiplayerManager.cpp:98: MultiplayerManager failed: \"{reason}\""
        ));
        self.vanish();
    }

    /// It ends in the middle of whatever it does, as after `kill -9`.
    pub fn vanish(&mut self) {
        self.lose_everybody();
        self.process.running = false;
    }

    /// Time since the process started.
    pub(super) fn uptime(&self) -> Duration {
        self.wall.saturating_sub(self.process.started)
    }

    pub(super) fn tell_of_the_start(&mut self) {
        self.chronicle.begin_process(self.stamp());
        let (stamp, version) = (self.stamp(), self.version.clone());
        self.engine(engine::banner(stamp, &version));
        self.engine("Operating system: Linux");
        self.engine(
            "Program arguments: \"/opt/factorio/bin/x64/factorio\" \"--start-server-load-latest\" \"--console-log\" \
             \"/factorio/console.log\" \"--rcon-port\" \"27015\" \"--rcon-password\" <private> ",
        );
        self.engine("Running in headless mode");
        self.engine("Loading mod core 0.0.0 (data.lua)");
        self.engine(format!("Loading mod base {version} (data.lua)"));
        self.engine("Checksum of base: 3983563817");
        self.engine("Factorio initialised");
        self.engine(engine::early_server_state("Ready", "PreparedToHostGame"));
        self.engine(engine::early_server_state("PreparedToHostGame", "CreatingGame"));
        self.engine(format!("Loading map {SAVE}: 445497 bytes."));
        self.engine(format!("Info Scenario.cpp:153: Map version {version}-4"));
        self.engine("Hosting game at IP ADDR:({0.0.0.0:34197})");
        self.engine(engine::server_state(self.ticks, "CreatingGame", "InGame"));
        self.engine(
            "Info RemoteCommandProcessor.cpp:126: Starting RCON interface at IP ADDR:({0.0.0.0:27015})",
        );
    }

    fn end(&mut self, why: &str) {
        let tick = self.ticks;
        self.engine(format!("Quitting: {why}"));
        self.engine(format!("Info MainLoop.cpp:437: Saving map as {SAVE}"));
        self.engine("Info MainLoop.cpp:448: Saving progress: 0.242718%");
        self.engine("Info MainLoop.cpp:448: Saving progress: 100.000000%");
        self.engine("Info ServerMultiplayerManager.cpp:119: Disconnecting multiplayer connection.");
        let states = [
            "InGame",
            "DisconnectingScheduled",
            "Disconnecting",
            "Disconnected",
        ];
        for pair in states.windows(2) {
            self.engine(engine::server_state(tick, pair[0], pair[1]));
        }
        self.engine("Info ServerMultiplayerManager.cpp:146: Quitting multiplayer connection.");
        self.engine(engine::server_state(tick, "Disconnected", "Closed"));
        self.engine("Info UDPSocket.cpp:232: Closing socket");
        self.engine("Info UDPSocket.cpp:262: Socket closed");
        self.engine("Goodbye");
        let closed = lines::closed(self.stamp());
        self.chronicle.frame(&closed);
        self.vanish();
    }
}
