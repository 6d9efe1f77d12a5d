//! Lua in the simulated game: the two shapes, what a script may do, and what that costs.
#![cfg(feature = "lua")]
#![expect(clippy::unwrap_used, reason = "a test may panic anywhere")]

use std::time::Duration;

use isr_testkit::rcon::{Industry, Pause, Platform, Surface, World};

/// A world of this version whose achievements are gone already.
fn world(version: &str) -> World {
    let mut world = World::default();
    world.version = version.into();
    world.join("alice");
    world.join("bob");
    world.leave("bob");
    assert_eq!(ask(&mut world, "rcon.print(1)"), "", "the first one only warns");
    assert!(world.achievements_are_on());
    assert_eq!(ask(&mut world, "rcon.print(1)"), "1\n");
    assert!(!world.achievements_are_on());
    world.take_console();
    world
}

fn ask(world: &mut World, code: &str) -> String {
    world.run(&format!("/sc {code}")).unwrap()
}

#[test]
fn the_first_command_warns_in_two_lines_and_leaves_no_other_trace() {
    let mut world = World::default();
    world.set_date(0);
    assert_eq!(ask(&mut world, "game.speed = 5"), "");
    assert!((world.speed - 1.0).abs() < f64::EPSILON);
    assert_eq!(
        world.take_console(),
        [
            "1970-01-01 00:00:00 [WARNING] Player <server> tried using the command \"game.speed = 5\".",
            "1970-01-01 00:00:00 [WARNING] Using Lua console commands will disable achievements. Please repeat the \
             command to proceed.",
        ]
    );
    assert_eq!(ask(&mut world, "game.speed = 5"), "");
    assert!((world.speed - 5.0).abs() < f64::EPSILON && !world.achievements_are_on());
    assert_eq!(
        world.take_console(),
        Vec::<String>::new(),
        "a silent one is silent"
    );
    world.run("/c game.speed = 1").unwrap();
    assert_eq!(
        world.take_console(),
        ["1970-01-01 00:00:00 [COMMAND] <server> (command): game.speed = 1"]
    );
}

#[test]
fn the_shape_of_1_1() {
    let mut world = world("1.1.110");
    world.industry = Industry::Busy;
    world.pass(Duration::from_secs(3_600));
    let mut is =
        |code: &str, expected: &str| assert_eq!(ask(&mut world, code), format!("{expected}\n"), "{code}");
    is(
        "rcon.print(game.table_to_json({tick = game.tick, names = {'a', 'b'}}))",
        r#"{"names":["a","b"],"tick":216000}"#,
    );
    is("rcon.print(helpers)", "nil");
    is("rcon.print(storage)", "nil");
    is("global.n = 7 rcon.print(game.speed)", "1");
    is("rcon.print(global.n)", "7");
    is("rcon.print(game.active_mods.base)", "1.1.110");
    is(
        "rcon.print(game.forces.player.item_production_statistics.input_counts['iron-plate'])",
        "54000",
    );
    is(
        "rcon.print(game.forces.player.item_production_statistics.get_flow_count{name='iron-plate', input=true, \
         precision_index=defines.flow_precision_index.one_minute})",
        "900",
    );
    is("rcon.print(game.forces.enemy.evolution_factor > 0)", "true");
    is(
        "rcon.print(game.forces.player.current_research.name)",
        "rocket-silo",
    );
    is(
        "rcon.print(pcall(function() return game.forces.player.platforms end))",
        "false",
    );
}

#[test]
fn the_shape_of_2_0() {
    let mut world = world("2.0.77");
    world.surfaces.push(Surface {
        name: "Gleba".into(),
        evolution: 0.25,
    });
    world.platforms.push(Platform {
        name: "Ferry".into(),
        location: Some("nauvis".into()),
        speed: 0.0,
    });
    let mut is =
        |code: &str, expected: &str| assert_eq!(ask(&mut world, code), format!("{expected}\n"), "{code}");
    is(
        "rcon.print(helpers.table_to_json(helpers.json_to_table('[1,{\"a\":null}]')))",
        "[1,{}]",
    );
    is("rcon.print(global)", "nil");
    is("storage.n = 7 rcon.print(game.speed)", "1");
    is("rcon.print(storage.n)", "7");
    is(
        "rcon.print(game.forces.enemy.get_evolution_factor('gleba'))",
        "0.25",
    );
    is("rcon.print(game.forces.enemy.get_evolution_factor())", "0");
    is(
        "local n = 0 for _, s in pairs(game.surfaces) do n = n + 1 end rcon.print(n .. game.surfaces[1].name)",
        "2nauvis",
    );
    is(
        "rcon.print(game.forces.player.get_item_production_statistics('nauvis').input_counts['iron-plate'])",
        "0",
    );
    is("rcon.print(game.forces.player.platforms[1].name)", "Ferry");
    is(
        "rcon.print(#game.connected_players .. game.connected_players[1].name .. #game.players)",
        "1alice2",
    );
    is("rcon.print(game.players.bob.connected)", "false");
    is("rcon.print(game.forces.player.current_research)", "nil");
    let told = ask(&mut world, "rcon.print(game.table_to_json({}))");
    assert_eq!(
        told,
        "Cannot execute command. Error: (command):1: LuaGameScript doesn't contain key table_to_json.\n"
    );
}

#[test]
fn what_a_script_does_is_carried_out_and_told_as_the_game_tells_it() {
    let mut world = world("2.0.77");
    world.set_date(0);
    ask(
        &mut world,
        "game.tick_paused = true game.print('on screens only') game.kick_player('alice', 'afk')",
    );
    assert_eq!(world.pause, Pause::ByLua);
    assert!(!world.has_players_online());
    assert_eq!(
        world.take_console(),
        ["1970-01-01 00:00:00 [KICK] alice was kicked by <script>. Reason: afk."]
    );
    ask(
        &mut world,
        "helpers.write_file('a.txt', 'one') helpers.write_file('a.txt', 'two', true)",
    );
    assert_eq!(world.script_output["a.txt"], "onetwo");
    // What came before an error is done; a shown command tells its error on the console.
    let told = world.run("/c rcon.print('done') error('oh no')").unwrap();
    assert_eq!(told, "done\n");
    let console = world.take_console();
    assert_eq!(
        console[1],
        "1970-01-01 00:00:00 Cannot execute command. Error: (command):1: oh no"
    );
    assert!(ask(&mut world, "blah").contains("syntax error"));
    assert!(ask(&mut world, "while true do end").contains("too long"));
    assert_eq!(ask(&mut world, "rcon.print(os)"), "nil\n");
    assert_eq!(ask(&mut world, "rcon.print(1)"), "1\n", "and it goes on");
}

#[test]
fn log_and_print_go_where_the_game_puts_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world("2.0.77");
    world.write_logs(folder.path()).unwrap();
    ask(&mut world, "log('logged') print('printed')");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("factorio-current.log").ends_with(" Script =(command):1: logged\n"));
    assert!(read("stdout.log").ends_with(" Script =(command):1: logged\nprinted\n"));
    assert!(!read("console.log").contains("ed\n"));
    assert_eq!(world.log_fault(), None);
}
