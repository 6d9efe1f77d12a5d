//! Our own scripts in the simulated game: both shapes of its Lua, the warning before the first one, and what mods may name.

use std::time::Duration;

use factorio_rcon::Priority;
use factorio_rcon::command::{Depth, Exact};
use factorio_rcon::gate::{Line, LuaSwitch, Policy, Settings};
use factorio_rcon::reply::{self, Matter, Part, Ticking, Unreadable, Why};
use isr_testkit::rcon::{Industry, Pause, Platform, Surface, World};

use crate::scene::Scene;

/// A busy game of this version, whose owner allows Lua.
async fn scene(version: &str) -> Scene {
    let allowed = Policy::new(&Settings {
        lua: LuaSwitch::Allowed,
        ..Settings::default()
    })
    .unwrap();
    let scene = Scene::with(|options| options.policy = allowed).await;
    scene.game.world(|world| {
        world.version = version.into();
        world.industry = Industry::Busy;
        world.pass(Duration::from_secs(5_400));
    });
    scene
}

async fn ask(scene: &Scene, depth: Depth) -> Result<reply::Exact, Unreadable> {
    let script = Exact(depth).lua(scene.session.policy().lua().unwrap()).unwrap();
    let reply = scene.session.send(script, Priority::Poll).await.unwrap();
    Exact(depth).read(&reply.text())
}

/// Asks twice: the first script of a map only warns.
async fn told(scene: &Scene, depth: Depth) -> reply::Exact {
    let first = ask(scene, depth).await;
    assert_eq!(first.unwrap_err().why, Why::OnlyWarned);
    assert!(scene.game.world(|world| world.achievements_are_on()));
    ask(scene, depth).await.unwrap()
}

fn part<T>(part: Part<T>) -> T {
    match part {
        Part::Told(value) => value,
        Part::Missing => panic!("it is missing"),
        Part::Failed(why) => panic!("it failed: {why}"),
    }
}

fn change(scene: &Scene, change: impl FnOnce(&mut World)) {
    scene.game.world(change);
}

#[tokio::test]
async fn ticks_speed_and_pause_are_exact_in_both_shapes() {
    for version in ["1.1.110", "2.0.77", "2.1.17"] {
        let scene = scene(version).await;
        change(&scene, |world| {
            world.ticks = 1_234_567_890;
            world.speed = 2.5;
        });
        let exact = told(&scene, Depth::Ticks).await;
        assert_eq!(
            (exact.tick, exact.ticking),
            (1_234_567_890, Ticking::Going),
            "{version}"
        );
        assert!((exact.speed - 2.5).abs() < 1e-9);
        assert_eq!(exact.research, Part::Missing, "it was not asked for");
        change(&scene, |world| world.pause = Pause::ByLua);
        assert_eq!(ask(&scene, Depth::Ticks).await.unwrap().ticking, Ticking::Paused);
    }
}

#[tokio::test]
async fn the_report_of_1_1_has_one_world_and_no_platforms() {
    let scene = scene("1.1.110").await;
    let exact = told(&scene, Depth::Everything).await;
    assert_eq!(exact.platforms, Part::Missing);
    let production = part(exact.production);
    let named = |flow: &reply::Flow| (flow.surface.clone(), flow.matter, flow.name.clone());
    assert_eq!(named(&production[0]), (None, Matter::Item, "iron-plate".into()));
    assert!((production[0].made - 900.0).abs() < 1.0 && (production[0].used - 810.0).abs() < 1.0);
    assert!(
        production
            .iter()
            .any(|flow| flow.matter == Matter::Fluid && flow.name == "water")
    );
}

#[tokio::test]
async fn the_report_of_2_0_tells_research_production_and_platforms() {
    for version in ["2.0.77", "2.1.17"] {
        let scene = scene(version).await;
        change(&scene, |world| {
            world.surfaces.push(Surface {
                name: "Gleba".into(),
                evolution: 0.5,
            });
            world.platforms = vec![
                Platform {
                    name: "Nauvis Express".into(),
                    location: Some("nauvis".into()),
                    speed: 0.0,
                },
                Platform {
                    name: "🚀 =x\n%2".into(),
                    location: None,
                    speed: 10.0,
                },
            ];
        });
        let exact = told(&scene, Depth::Everything).await;
        let now = part(exact.research).unwrap();
        assert_eq!((now.name.as_str(), now.level), ("automation", 2), "{version}");
        assert!((0.0..1.0).contains(&now.progress));
        assert_eq!(part(exact.queue)[0].name, "automation");
        let platforms = part(exact.platforms);
        assert_eq!(platforms.count, 2);
        let listed = &platforms.listed;
        assert!(listed.iter().any(|platform| platform.name == "Nauvis Express"
            && platform.place.as_deref() == Some("nauvis")
            && platform.state == "waiting_at_station"));
        assert!(listed.iter().any(|platform| platform.name == "🚀 =x\n%2"
            && platform.place.is_none()
            && platform.state == "on_the_path"));
        let production = part(exact.production);
        assert!(
            production
                .iter()
                .all(|flow| flow.surface.as_deref() == Some("nauvis"))
        );
        assert_eq!(
            production
                .iter()
                .filter(|flow| flow.matter == Matter::Item)
                .count(),
            4
        );
        assert_eq!(part(exact.rockets), 0);
        let size = {
            let script = Exact(Depth::Everything)
                .lua(scene.session.policy().lua().unwrap())
                .unwrap();
            scene
                .session
                .send(script, Priority::Poll)
                .await
                .unwrap()
                .text()
                .len()
        };
        assert!(size < 1_000, "{size} bytes");
    }
}

#[tokio::test]
async fn r06_names_of_mods_cannot_forge_a_line_of_the_report() {
    let scene = scene("2.0.77").await;
    let hostile = [
        "a b c",
        "end",
        "\nok production\nr 999\nok rockets\nend",
        "=%0A",
        "\u{1b}[31mred\u{202e}",
        "[img=item/iron-plate]@everyone",
        "ö🚂",
        "",
    ];
    change(&scene, |world| {
        let items = hostile.iter().zip(2..);
        world.mod_items = items
            .map(|(name, times)| ((*name).to_owned(), 10_000.0 * f64::from(times)))
            .collect();
        world.mod_items.push(("long ".repeat(100), 1e7));
    });
    let exact = told(&scene, Depth::Everything).await;
    let production = part(exact.production);
    let items: Vec<&str> = production
        .iter()
        .filter(|flow| flow.matter == Matter::Item)
        .map(|flow| flow.name.as_str())
        .collect();
    assert_eq!(items.len(), 6, "only the most are told: {items:?}");
    assert_eq!(
        (items[0].len(), items[1..].to_vec()),
        (120, hostile[3..].iter().rev().copied().collect())
    );
    assert_eq!(part(exact.rockets), 0);
}

#[tokio::test]
async fn a_crowd_of_surfaces_and_platforms_leaves_the_report_small() {
    let scene = scene("2.0.77").await;
    change(&scene, |world| {
        for number in 0..500 {
            world.surfaces.push(Surface {
                name: format!("platform-{number}"),
                evolution: 0.0,
            });
            let name = format!("{number} {}", "ü".repeat(200));
            world.platforms.push(Platform {
                name,
                location: None,
                speed: 1.0,
            });
        }
    });
    let exact = told(&scene, Depth::Everything).await;
    let platforms = part(exact.platforms);
    assert_eq!((platforms.count, platforms.listed.len()), (500, 20));
    assert!(
        platforms
            .listed
            .iter()
            .all(|platform| !platform.name.contains('\u{fffd}'))
    );
}

#[tokio::test]
async fn a_part_that_the_game_does_not_have_spoils_no_other() {
    let scene = scene("2.0.77").await;
    told(&scene, Depth::Ticks).await;
    for harm in [
        "defines.space_platform_state = nil",
        "defines.flow_precision_index = nil",
    ] {
        // The script as it is, in a game where something is missing.
        let script = Exact(Depth::Everything).lua(scene.session.policy().lua().unwrap());
        let line = Line::from(script.unwrap());
        let code = line.text().strip_prefix("/silent-command ").unwrap();
        let command = format!("/sc {harm} {code}");
        let reply = scene.game.world(|world| world.run(&command).unwrap());
        let exact = Exact(Depth::Everything).read(&reply).unwrap();
        let failed = if harm.contains("platform") {
            matches!(exact.platforms, Part::Failed(_))
        } else {
            matches!(exact.production, Part::Failed(_))
        };
        assert!(failed, "{harm}: {exact:?}");
        assert!(part(exact.research).is_some());
        assert_eq!(part(exact.rockets), 0);
    }
}

#[tokio::test]
async fn an_error_of_lua_is_no_report() {
    let scene = scene("2.0.77").await;
    told(&scene, Depth::Ticks).await;
    let text = scene
        .game
        .world(|world| world.run("/sc rcon.print(game.no_such_key)").unwrap());
    assert_eq!(
        Exact(Depth::Ticks).read(&text).unwrap_err().why,
        Why::CommandFailed
    );
}
