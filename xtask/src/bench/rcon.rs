//! 200 games asked by one process: what that costs, and over how many connections.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Result, ensure};
use isr_testkit::rcon::FakeFactorio;
use tokio::time::sleep;

use super::{Bench, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay, Running};

const SERVERS: usize = 200;
const PASSWORD: &str = "bench";

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let (_discord, urls) = unlimited_discord(1).await?;
    let relay = Relay::new(&bench.program, &urls)?;
    let mut games = Vec::with_capacity(SERVERS);
    for _ in 0..SERVERS {
        games.push(FakeFactorio::start(PASSWORD).await?);
    }
    relay.configure(configuration(&games, &urls[0]).as_bytes())?;
    let running = relay.start().await?;
    running
        .wait_for_metric("factorio_up", SERVERS as u64, PATIENCE)
        .await?;
    // The questions of the beginning, and the check of the store half a minute after the start, are none of the routine.
    sleep(Duration::from_secs(bench.effort.rounds(45, 15) as u64)).await;
    let time = Duration::from_secs(bench.effort.rounds(120, 30) as u64);
    let idle = watch(&running, &games, time).await?;
    for game in &games {
        game.world(|world| world.join("alice"));
    }
    // Each server hears of its player within a minute.
    sleep(Duration::from_secs(bench.effort.rounds(70, 65) as u64)).await;
    let busy = watch(&running, &games, time / 2).await?;
    for game in &games {
        ensure!(game.logins().len() == 1, "a game saw more than one login");
        ensure!(game.world(|world| world.was_never_warned()), "Lua was sent");
    }
    let connections: usize = games.iter().map(FakeFactorio::connections).sum();
    running.stop().await?;
    let resident = idle.resident.max(busy.resident);
    Ok(vec![
        Figure::new(
            "200 servers asked every 60 s, nobody there: share of a core",
            "≤ 1 %",
            format!(
                "{:.2} % ({:.1} commands a minute and server)",
                idle.share, idle.rate
            ),
            Met::when(idle.share <= 1.0),
        ),
        Figure::told(
            "the same with players on all of them",
            format!(
                "{:.2} % ({:.1} commands a minute and server)",
                busy.share, busy.rate
            ),
        ),
        Figure::new(
            "200 servers asked: resident",
            "≤ 40 MiB",
            format!("{resident:.1} MiB"),
            Met::when(resident <= 40.0),
        ),
        Figure::new(
            "200 servers asked: TCP connections, logins",
            "one each",
            format!("{connections}, {SERVERS}"),
            Met::when(connections == SERVERS),
        )
        .python("3,168 logins per server and day"),
    ])
}

/// What a stretch of routine costs.
struct Cost {
    /// Per cent of a core.
    share: f64,
    /// MiB.
    resident: f64,
    /// Commands a minute and server.
    rate: f64,
}

async fn watch(running: &Running, games: &[FakeFactorio], time: Duration) -> Result<Cost> {
    let asked = || games.iter().map(|game| game.received().len()).sum::<usize>();
    let (before, commands) = (running.vitals()?, asked());
    sleep(time).await;
    let (after, commands) = (running.vitals()?, asked() - commands);
    let cpu = after.cpu.saturating_sub(before.cpu);
    Ok(Cost {
        share: cpu.as_secs_f64() / time.as_secs_f64() * 100.0,
        resident: after.resident_kib as f64 / 1024.0,
        rate: commands as f64 / games.len() as f64 / (time.as_secs_f64() / 60.0),
    })
}

fn configuration(games: &[FakeFactorio], url: &str) -> String {
    let mut yaml = format!(
        "health: {{ host: 127.0.0.1, port: 0 }}\nwebhooks: {{ main: '{url}' }}\ndefaults: {{ webhook: main, card: off }}\nservers:\n"
    );
    for (number, game) in games.iter().enumerate() {
        let (host, port) = (game.addr().ip(), game.addr().port());
        let _ = writeln!(
            yaml,
            "  s{number}: {{ rcon: {{ host: {host}, port: {port}, password: {PASSWORD} }} }}"
        );
    }
    yaml
}
