//! What is posted of running games, by the real program: exactly one live card, whoever is killed; maintenance beside the
//! running daemon. Real sockets, fake games, a fake Discord.

mod stage;

#[path = "posts/alerts.rs"]
mod alerts;
#[path = "posts/card.rs"]
mod card;
