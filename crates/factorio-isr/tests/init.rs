//! `factorio-isr init`: from nothing to a relay that is proven to work, with the real program.

#[path = "stage/mod.rs"]
mod stage;

#[path = "init/asked.rs"]
mod asked;
#[path = "init/hostile.rs"]
mod hostile;
#[path = "init/refused.rs"]
mod refused;
#[path = "init/scene.rs"]
mod scene;
#[path = "init/terminal.rs"]
mod terminal;
#[path = "init/transcript.rs"]
mod transcript;
#[path = "init/unattended.rs"]
mod unattended;
