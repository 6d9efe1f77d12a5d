//! Every configuration in `examples/` does what it is shown for. The real binary, real logs, a fake Discord.

mod stage;

#[path = "examples/relayed.rs"]
mod relayed;
