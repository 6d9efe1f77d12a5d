//! The store under every fault of the scenario table (S01-S11), and the guarantees that rest on it (G1, G2, G14, P03).

#![expect(clippy::unwrap_used, reason = "a scene that cannot be set ends the test")]
#![expect(clippy::expect_used, reason = "a scene that cannot be set ends the test")]
#![expect(clippy::print_stdout, reason = "seeds and reasons for skipping are shown")]

mod audit;
mod child;
mod g_guarantees;
mod game;
mod held;
mod p03_a_full_outbox;
mod people;
mod s01_kill;
mod s02_torn_wal;
mod s03_s05_syncs;
mod s04_disk_full;
mod s06_damage;
mod s07_state_folder;
mod s08_upkeep;
mod s09_schema;
mod s10_caps;
mod s11_sqlite_version;
mod stage;
mod statistics;
