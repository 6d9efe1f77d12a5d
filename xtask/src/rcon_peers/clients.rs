//! Clients of others against our side: the library's codec and session, and the fake game of the test kit.
//!
//! Owns what they ask and what they have to get. Fails where a client is told anything else.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use isr_testkit::rcon::{FakeFactorio, Script};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::bridge;
use super::install::{Peer, Peers};

const PASSWORD: &str = "open sesame";
const DEADLINE: Duration = Duration::from_secs(60);

/// What every client asks, and what the world below answers. The last reply is as long as most clients can take.
const ASKED: [(&str, &str); 6] = [
    ("/version", "2.0.77\n"),
    ("/players online", "Online players (1):\n  alice (online)\n"),
    ("/time", "1 hour and 1 second\n"),
    ("/whitelist add bob", "Added bob to the whitelist.\n"),
    ("/whitelist get", "Whitelisted players: bob\n"),
    ("/help", ""),
];

/// Longer replies need a second packet in the eyes of most clients; the game never sends one.
const LONG: usize = 3_000;

/// Lets every client ask; says how many there were.
pub(super) async fn check(peers: &Peers) -> Result<usize> {
    for peer in &peers.clients {
        let game = FakeFactorio::start(PASSWORD).await?;
        let bridge = bridge::open(&game, PASSWORD).await?;
        for (what, port) in [("library", bridge), ("fake game", game.addr().port())] {
            begin_anew(&game);
            timeout(DEADLINE, ask(peer, port))
                .await
                .context("it took too long")
                .flatten()
                .with_context(|| format!("{} against our {what}", peer.name))?;
            println!("{} -> our {what}: agreed", peer.name);
        }
    }
    Ok(peers.clients.len())
}

fn begin_anew(game: &FakeFactorio) {
    game.world(|world| {
        *world = isr_testkit::rcon::World::default();
        world.join("alice");
        world.pass(Duration::from_secs(3_601));
    });
    game.script("/help", Script::Text(long()));
}

fn long() -> String {
    ('a'..='z').cycle().take(LONG).collect()
}

async fn ask(peer: &Peer, port: u16) -> Result<()> {
    let commands: Vec<_> = ASKED.iter().map(|(command, _)| *command).collect();
    let mut expected: Vec<_> = ASKED.iter().map(|(_, reply)| (*reply).to_owned()).collect();
    if let Some(last) = expected.last_mut() {
        *last = long();
    }
    let told = replies(peer, port, PASSWORD, &commands).await?;
    ensure!(
        same(&told, &expected),
        "it was told {told}, not {}",
        json!(expected)
    );
    let told = replies(peer, port, "wrong", &commands).await?;
    ensure!(told == json!("refused"), "a wrong password gave {told}");
    Ok(())
}

/// Some clients cut blanks off the end of a reply.
fn same(told: &Value, expected: &[String]) -> bool {
    let Some(told) = told.as_array() else { return false };
    let trimmed = |reply: &Value| reply.as_str().map(|text| text.trim_end().to_owned());
    told.len() == expected.len()
        && told
            .iter()
            .zip(expected)
            .all(|(told, expected)| trimmed(told).as_deref() == Some(expected.trim_end()))
}

async fn replies(peer: &Peer, port: u16, password: &str, commands: &[&str]) -> Result<Value> {
    let mut command = peer.command();
    command.arg(port.to_string()).arg(password).args(commands);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .await
        .context("start the client")?;
    ensure!(output.status.success(), "the client failed ({})", output.status);
    serde_json::from_slice(&output.stdout).context("read what the client printed")
}
