//! The games before the program looks at them: what they have behind them, and who is there.
//!
//! Owns the worlds alone. Fails when a game or a log cannot be made.

use std::time::Duration;

use anyhow::{Context, Result};
use isr_core::source::ServerTag;
use isr_store::{SampleRow, Store, StoreOptions};
use isr_testkit::rcon::{Autosave, FakeFactorio, Industry, Platform, SaveWay, Surface};

use super::{ALERTS, QUIET, SKY, SKY_CARD, with_disk};
use crate::rehearsal::cast::Cast;
use crate::rehearsal::now;
use crate::shell;

/// The games and what they have behind them.
pub(super) async fn gather(cast: &mut Cast) -> Result<()> {
    let servers: [(&'static str, &'static str, &'static str); 11] = [
        ("main", "Main base", ALERTS),
        ("space", "Space age", "#lua"),
        ("south", "Southern outpost", ""),
        ("mill", "Old mill", ""),
        ("far", "Far away", ""),
        ("mega", "Megabase", ""),
        ("hush", "Quiet valley", "#disk"),
        ("haupt", "Hauptbasis", "    voice: {language: german}\n"),
        ("plain", "Plain", "#thread"),
        ("lake", "Lakeside", ""),
        ("dock", "Old dock", ""),
    ];
    for (tag, name, more) in servers {
        let more = match more {
            ALERTS | QUIET => more.to_owned(),
            "#thread" => format!("{QUIET}    #thread\n"),
            "#disk" => with_disk(&format!("{}GiB", free_gib(cast)? + 2)),
            "#lua" => format!("{ALERTS}    #lua\n"),
            more => format!("{ALERTS}{more}"),
        };
        let game = cast.add(tag, name, &more).await?.clone();
        if tag != "hush" && tag != "plain" {
            let log = cast.log(tag);
            let folder = log.parent().context("a log without a folder")?;
            std::fs::create_dir_all(folder)?;
            past(&game, tag);
            game.write_logs(folder)?;
        }
        live(&game, tag);
    }
    let sky = cast
        .add(
            "sky",
            "Sky port",
            &format!(
                "    alerts: off\n    event_channel_id: {SKY}\n    topic: on\n    card: {{webhook: \"channel:{SKY_CARD}\", pin: on, join_url: \"https://example.org/play\"}}\n"
            ),
        )
        .await?
        .clone();
    sky.world(|world| {
        world.ticks = 60 * (19 * 3_600 + 1_200);
        world.set_date(now());
    });
    let log = cast.log("sky");
    let folder = log.parent().context("a log without a folder")?;
    std::fs::create_dir_all(folder)?;
    sky.write_logs(folder)?;
    for tag in ["hush", "plain"] {
        let log = cast.log(tag);
        std::fs::create_dir_all(log.parent().unwrap_or(&log))?;
        std::fs::write(&log, "")?;
    }
    Ok(())
}

/// What is free where the program keeps its state: a disk that counts as full only has to be called so.
fn free_gib(cast: &Cast) -> Result<u64> {
    let told = shell::output(&format!("df -Pk {}", cast.command.home().display()))?;
    let kib = told
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3));
    let kib: u64 = kib.context("df does not tell what is free")?.parse()?;
    Ok(kib >> 20)
}

/// A map that has been played for days.
fn past(game: &FakeFactorio, tag: &str) {
    game.world(|world| {
        world.ticks = 60 * (3 * 86_400 + 4 * 3_600);
        world.set_date(now() - 7_900);
        world.surfaces[0].evolution = 0.6121;
        if tag == "space" {
            world.industry = Industry::Busy;
            world.pass(Duration::from_secs(1_800));
            world.surfaces.push(Surface {
                name: "Gleba".to_owned(),
                evolution: 0.0843,
            });
            for (name, location, speed) in [("Express", None, 1.0), ("Hauler", Some("gleba"), 0.0)] {
                world.platforms.push(Platform {
                    name: name.to_owned(),
                    location: location.map(str::to_owned),
                    speed,
                });
            }
        }
    });
}

/// Who is there, and how fast it is.
fn live(game: &FakeFactorio, tag: &str) {
    game.world(|world| {
        world.autosave = Autosave {
            every: Duration::from_secs(600),
            takes: Duration::from_secs(4),
            way: SaveWay::Background,
            ..Autosave::default()
        };
        match tag {
            "south" => world.auto_pause = true,
            "main" | "haupt" | "space" => {
                world.join("Ann");
                world.pass(Duration::from_secs(6_500));
                world.join("C.Babbage");
                world.pass(Duration::from_secs(700));
                world.join("Tesla_42");
                world.pass(Duration::from_secs(200));
            }
            "hush" => world.set_date(now()),
            _ => {
                world.join("Ann");
                world.pass(Duration::from_secs(7_000));
            }
        }
        if tag == "mega" {
            (world.industry, world.top_ups) = (Industry::Busy, 31.0);
        }
        // Time began in the past and went on to about now; from here on it goes with the wall clock.
        if tag == "main" {
            for number in 1..=34 {
                world.run(&format!("/ban griefer-{number} threw grenades at the main bus"));
            }
            world.run("/promote Ann");
        }
        world.set_date(now());
    });
}

/// As if the games had been asked all day: slow for two hours, and unheard of for one.
pub(super) async fn remember_a_day(cast: &Cast) -> Result<()> {
    let opened = Store::open(StoreOptions::new(cast.command.state_dir()))?;
    let minute = SampleRow::minute_of(now() * 1_000);
    for tag in ["main", "haupt", "mega"] {
        let server = ServerTag::parse(tag).map_err(|fault| anyhow::anyhow!("{fault:?}"))?;
        let row = |ago: i64| SampleRow {
            server: server.clone(),
            minute: minute - ago,
            players: u32::try_from(1 + ago / 47 % 4).ok(),
            ups_x100: match ago / 5 {
                10..=12 => Some(4_350),
                13 => Some(5_100),
                _ => Some(5_980 - u32::try_from(ago % 7 * 4).unwrap_or(0)),
            },
            game_s: None,
        };
        let rows = (1..24 * 60).filter(|ago| ago / 60 != 12).map(row);
        opened.store.record_samples(rows.collect()).await?;
    }
    opened.store.close().await?;
    Ok(())
}
