//! What is posted of running games, by the real program: exactly one live card, whoever is killed; alerts with their ends;
//! status posts and pictures; maintenance beside the running daemon. Real sockets, fake games, a fake Discord.

#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod stage;

#[path = "posts/alerts.rs"]
mod alerts;
#[path = "posts/card.rs"]
mod card;
#[path = "posts/outages.rs"]
mod outages;
#[path = "posts/scene.rs"]
mod scene;
#[path = "posts/series.rs"]
mod series;
#[path = "posts/storms.rs"]
mod storms;
