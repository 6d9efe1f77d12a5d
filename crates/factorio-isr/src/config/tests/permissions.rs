//! Who may use which command, as it is written.

use isr_core::command::{Level, Needed, Verb};

use super::{Scene, assert_some_contains};

#[test]
fn a_server_lies_over_all_servers_level_by_level_and_command_by_command() {
    let config = Scene::new()
        .yaml(
            "permissions:\n  moderate: [11, 12]\n  administer: 13\n  commands: {kick: administer, seed: off}\n\
             servers:\n  a: {log_path: /a.log}\n  b: {log_path: /b.log, permissions: {moderate: [14], commands: {seed: view}}}\n",
        )
        .accepted()
        .config;
    let (a, b) = (&config.servers[0].permissions, &config.servers[1].permissions);
    assert_eq!(*a, config.permissions);
    assert_eq!(a.holders[&Level::Moderate], [11, 12]);
    assert_eq!(a.holders[&Level::Administer], [13]);
    assert!(!a.holders.contains_key(&Level::View));
    assert_eq!(a.needed(Verb::Seed), Needed::Nobody);
    assert_eq!(b.holders[&Level::Moderate], [14]);
    assert_eq!(b.holders[&Level::Administer], [13]);
    assert_eq!(b.needed(Verb::Seed), Needed::Level(Level::View));
    assert_eq!(b.needed(Verb::Kick), Needed::Level(Level::Administer));
}

#[test]
fn wrong_ids_levels_and_commands_are_refused_with_their_remedy() {
    let problems = Scene::new()
        .yaml(
            "permissions:\n  moderate: [me]\n  adminster: [1]\n  commands: {kik: view, ban: everybody}\n\
             servers:\n  a: {log_path: /a.log}\n",
        )
        .problems();
    for part in [
        "permissions.moderate",
        "unknown key `adminster`",
        "unknown command `kik` in permissions.commands",
        "permissions.commands.ban",
    ] {
        assert_some_contains(&problems, part);
    }
    assert_some_contains(&problems, "kick");
}
