//! Scenario R01 and its neighbours on the whole program: games that are asked over RCON beside their logs. Real binary,
//! real sockets, fake games.

mod stage;

#[path = "games/changes.rs"]
mod changes;
#[path = "games/figures.rs"]
mod figures;
#[path = "games/lua.rs"]
mod lua;
#[path = "games/old_deployment.rs"]
mod old_deployment;
#[path = "games/outages.rs"]
mod outages;
#[path = "games/scene.rs"]
mod scene;
#[path = "games/told.rs"]
mod told;
