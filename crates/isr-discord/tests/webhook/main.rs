//! The client and the limiter against scripted servers on loopback sockets, and the limiter against a model server
//! in simulated time. Named after the scenarios D01 to D08.
#![expect(clippy::expect_used, reason = "the servers and models of a test may fail it")]

mod client;
mod edits;
mod limits;
mod model;
mod relay;
mod server;
