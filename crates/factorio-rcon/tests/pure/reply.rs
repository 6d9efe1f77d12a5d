//! Every reply form of the game, and what is none.

use std::time::Duration;

use factorio_rcon::command::*;
use factorio_rcon::reply::*;
use proptest::prelude::*;

use crate::invariants;

fn alice() -> PlayerName {
    PlayerName::new("alice").unwrap()
}

fn why<T: std::fmt::Debug>(read: Result<T, Unreadable>) -> Why {
    read.unwrap_err().why
}

#[test]
fn players_with_and_without_names() {
    let listed = |name: &str, presence| Listed {
        name: name.into(),
        presence,
    };
    let list = Players(Scope::All)
        .read("Players (3):\n  alice (online)\n  grilled ham\n  Dr.X-1_\n")
        .unwrap();
    assert_eq!(
        list.players,
        [
            listed("alice", Presence::Online),
            listed("grilled ham", Presence::Away),
            listed("Dr.X-1_", Presence::Away)
        ]
    );
    assert_eq!(list.online().collect::<Vec<_>>(), ["alice"]);
    let online = Players(Scope::Online);
    assert_eq!(online.read("Online players (0):\n").unwrap().players, []);
    assert_eq!(
        online
            .read("Online players (1):\r\n  Player1 (online)\r\n")
            .unwrap()
            .online()
            .count(),
        1
    );
    assert_eq!(PlayerCount(Scope::Online).read("Online players (12):\n"), Ok(12));
    for wrong in [
        "",
        "Players (2):\n  alice",
        "Players (1):\nalice",
        "Spieler (1):\n  alice",
        "Players (-1):\n",
        "Players (+1):\n  a",
        "Players (1):\n   ",
        "Online players (1):\n  alice (online)",
    ] {
        assert_eq!(why(Players(Scope::All).read(wrong)), Why::Form, "{wrong:?}");
    }
}

#[test]
fn time_in_every_mixture_of_parts() {
    let seconds = |text: &str| Time.read(text).map(|time| time.as_secs());
    assert_eq!(seconds("1 day, 11 hours, 1 minute and 26 seconds"), Ok(126_086));
    assert_eq!(seconds("7 seconds\n"), Ok(7));
    assert_eq!(seconds("2 hours and 1 second"), Ok(7_201));
    assert_eq!(seconds("100 days"), Ok(8_640_000));
    for wrong in [
        "",
        "Unknown",
        "7",
        "7 sekunden",
        "1 minute and 1 hour",
        "1 hour and 1 hour",
        "-1 seconds",
        "1.5 hours",
        "99999999999999999999 days",
        "213503982334601 days and 9999999999999999999 seconds",
        "7 seconds ago",
    ] {
        assert_eq!(why(Time.read(wrong)), Why::Form, "{wrong:?}");
    }
}

#[test]
fn evolution_of_both_ages() {
    let all = Evolution { surface: None };
    let old = all
        .read("Evolution factor: 0.5732. (Time 10%) (Pollution 51%) (Spawner kills 39%)")
        .unwrap();
    assert_eq!((old.len(), old[0].surface.as_deref()), (1, None));
    assert!((old[0].factor - 0.5732).abs() < 1e-9 && (old[0].pollution - 51.0).abs() < 1e-9);
    let new = all
        .read(
            "Nauvis - Evolution factor: 0.1000. (Time 1%) (Pollution 0%) (Spawner kills 99%)\n\
             a - Evolution factor: b - Evolution factor: 1.0000. (Time 0%) (Pollution 100%) (Spawner kills 0%)\n",
        )
        .unwrap();
    assert_eq!(new[0].surface.as_deref(), Some("Nauvis"));
    assert_eq!(new[1].surface.as_deref(), Some("a - Evolution factor: b"));
    assert_eq!(
        why(all.read("Surface \"x\" does not exist.\n")),
        Why::UnknownSurface
    );
    for wrong in [
        "",
        "Evolution factor: 1.5. (Time 0%) (Pollution 0%) (Spawner kills 0%)",
        "Evolution factor: inf. (Time 0%) (Pollution 0%) (Spawner kills 0%)",
        "Evolution factor: 0.5",
        " - Evolution factor: 0.5. (Time 0%) (Pollution 0%) (Spawner kills 0%)",
    ] {
        assert_eq!(why(all.read(wrong)), Why::Form, "{wrong:?}");
    }
}

#[test]
fn version_and_seed() {
    assert_eq!(Version.read("2.0.77\n").unwrap().to_string(), "2.0.77");
    assert_eq!(
        Version.read("0.17.79").unwrap(),
        GameVersion {
            major: 0,
            minor: 17,
            patch: 79
        }
    );
    assert!(
        Version.read("2.1.14 (build 84539, linux64, headless)").unwrap() > Version.read("2.0.77").unwrap()
    );
    for wrong in ["", "2.0", "2.0.77.1", "v2.0.77", "2..77", "99999.0.0"] {
        assert_eq!(why(Version.read(wrong)), Why::Form, "{wrong:?}");
    }
    assert_eq!(Seed.read("3141592653\n"), Ok(3_141_592_653));
    assert_eq!(why(Seed.read("-1")), Why::Form);
}

#[test]
fn lists_of_names() {
    let admins = Admins.read("alice (online)\nbob\n").unwrap();
    assert_eq!(
        (admins.len(), admins[0].presence, admins[1].name.as_str()),
        (2, Presence::Online, "bob")
    );
    assert_eq!(Admins.read(""), Ok(vec![]));
    assert_eq!(why(Admins.read("There are no admins.")), Why::Form);

    assert_eq!(
        BanList.read("Banned players: a, b\n"),
        Ok(vec!["a".into(), "b".into()])
    );
    assert_eq!(BanList.read("The banlist is empty.\n"), Ok(vec![]));
    assert_eq!(Whitelist.read("Whitelisted players: a"), Ok(vec!["a".into()]));
    assert_eq!(Whitelist.read("The whitelist is empty."), Ok(vec![]));
    assert_eq!(why(Whitelist.read("Banned players: a")), Why::Form);
    assert_eq!(why(BanList.read("Banned players: a, , b")), Why::Form);

    let banned = Bans
        .read("bob for being rude for days\ncarol for unspecified\n")
        .unwrap();
    assert_eq!(
        (banned[0].name.as_str(), banned[0].reason.as_str()),
        ("bob", "being rude for days")
    );
    assert_eq!(Bans.read("No players are banned."), Ok(vec![]));
    assert_eq!(why(Bans.read("")), Why::Form);
}

#[test]
fn membership_is_only_read_about_the_one_who_was_asked_for() {
    assert_eq!(IsBanned(alice()).read("Alice is banned.\n"), Ok(Membership::On));
    assert_eq!(
        IsBanned(alice()).read("alice is not banned."),
        Ok(Membership::Off)
    );
    assert_eq!(why(IsBanned(alice()).read("bob is banned.")), Why::Form);
    assert_eq!(
        IsWhitelisted(alice()).read("alice is whitelisted."),
        Ok(Membership::On)
    );
    assert_eq!(
        IsWhitelisted(alice()).read("alice is not whitelisted."),
        Ok(Membership::Off)
    );
    // A name may end in what looks like the answer.
    let odd = PlayerName::new("is").unwrap();
    assert_eq!(IsBanned(odd).read("is is not banned."), Ok(Membership::Off));
}

#[test]
fn every_verdict_of_every_change() {
    use Verdict::{AlreadySo, Done, NoSuchPlayer, NotOnline, Silent, UponJoining};
    let reason = None;
    let kick = Kick {
        player: alice(),
        reason,
    };
    assert_eq!(
        kick.read("alice was kicked by <server>. Reason: x was kicked by y.\n"),
        Ok(Done)
    );
    assert_eq!(kick.read("Player alice doesn't exist."), Ok(NoSuchPlayer));
    assert_eq!(kick.read("alice isn't online."), Ok(NotOnline));
    assert_eq!(kick.read(""), Ok(Silent));
    assert_eq!(why(kick.read("bob isn't online.")), Why::Form);
    let ban = Ban {
        player: alice(),
        reason: None,
    };
    assert_eq!(
        ban.read("alice (not on map) was banned by <server>. Reason: unspecified."),
        Ok(Done)
    );
    assert_eq!(
        Unban(alice()).read("Cannot unban alice as the player is not banned."),
        Ok(AlreadySo)
    );
    assert_eq!(Unban(alice()).read("alice was unbanned by <server>."), Ok(Done));
    assert_eq!(
        WhitelistAdd(alice()).read("Added alice to the whitelist.\n"),
        Ok(Done)
    );
    assert_eq!(
        WhitelistAdd(alice()).read("alice is already whitelisted."),
        Ok(AlreadySo)
    );
    assert_eq!(
        WhitelistRemove(alice()).read("Removed ALICE from the whitelist."),
        Ok(Done)
    );
    assert_eq!(
        WhitelistRemove(alice()).read("alice wasn't in the whitelist."),
        Ok(AlreadySo)
    );
    assert_eq!(
        why(WhitelistAdd(alice()).read("Added bob to the whitelist.")),
        Why::Form
    );
    assert_eq!(Promote(alice()).read("alice is already an admin."), Ok(AlreadySo));
    let list = "alice is already in the admin list and will be promoted upon joining the game.";
    assert_eq!(Promote(alice()).read(list), Ok(AlreadySo));
    let added = "alice was added to the admin list by <server> and will be promoted upon joining the game.";
    assert_eq!(Promote(alice()).read(added), Ok(UponJoining));
    assert_eq!(
        Demote(alice()).read("alice is not in the admin list."),
        Ok(AlreadySo)
    );
    assert_eq!(Demote(alice()).read("alice is not an admin."), Ok(AlreadySo));
    assert_eq!(Mute(alice()).read("alice has been muted by <server>."), Ok(Done));
    assert_eq!(Mute(alice()).read("alice is already muted."), Ok(AlreadySo));
    assert_eq!(Unmute(alice()).read("alice isn't muted."), Ok(AlreadySo));
    assert_eq!(
        Unmute(alice()).read("alice has been unmuted by <server>."),
        Ok(Done)
    );
    assert_eq!(ServerSave(None).read("\n"), Ok(SaveReply::Silent));
    assert_eq!(Quit.read(""), Ok(()));
}

#[test]
fn settings_of_every_shape() {
    let read = |key, text: &str| ConfigGet(key).read(text);
    let text = |text: &str| Ok(ConfigValue::Text(text.into()));
    assert_eq!(
        read(ConfigKey::Name, "Server name: x: false.\n"),
        text("x: false.")
    );
    assert_eq!(read(ConfigKey::Tags, "Server tags: a b"), text("a b"));
    assert_eq!(read(ConfigKey::Description, "Server description: "), text(""));
    assert_eq!(
        read(ConfigKey::VisibilityLan, "LAN visibility: false."),
        Ok(ConfigValue::Flag(false))
    );
    assert_eq!(
        read(ConfigKey::RequireUserVerification, "Verify user identity: true."),
        Ok(ConfigValue::Flag(true))
    );
    assert_eq!(
        read(ConfigKey::AutosaveInterval, "Autosave every 10 minutes."),
        Ok(ConfigValue::Minutes(10))
    );
    assert_eq!(
        read(ConfigKey::AfkAutoKick, "AFK auto-kick is disabled."),
        Ok(ConfigValue::Disabled)
    );
    assert_eq!(
        read(ConfigKey::MaxPlayers, "Max players: 20."),
        Ok(ConfigValue::Number(20))
    );
    assert_eq!(
        read(ConfigKey::AllowCommands, "Allow commands: admins-only."),
        Ok(ConfigValue::Other("admins-only.".into()))
    );
    assert_eq!(
        why(read(ConfigKey::Name, "Unknown config: name")),
        Why::UnknownSetting
    );
    assert_eq!(why(read(ConfigKey::AfkAutoKick, "whatever")), Why::Form);
}

#[test]
fn errors_that_any_command_may_get_are_told_apart() {
    let unknown = "Unknown command \"time\". Type /h or /help for more help about commands.\n";
    assert_eq!(why(Time.read(unknown)), Why::UnknownCommand);
    assert_eq!(why(Admins.read(unknown)), Why::UnknownCommand);
    assert_eq!(
        why(Seed.read("Cannot execute command. Error: x")),
        Why::CommandFailed
    );
}

proptest! {
    #[test]
    fn any_duration_is_read_as_it_is_written(days in 0_u64..500, hours in 0_u64..24, minutes in 0_u64..60, seconds in 1_u64..60) {
        let parts: Vec<_> = [(days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, unit)| format!("{number} {unit}{}", if number == 1 { "" } else { "s" }))
            .collect();
        let text = match parts.as_slice() {
            [only] => only.clone(),
            [before @ .., last] => format!("{} and {last}", before.join(", ")),
            [] => unreachable!(),
        };
        let total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
        prop_assert_eq!(Time.read(&text), Ok(Duration::from_secs(total)));
    }

    #[test]
    fn any_text_is_read_or_unreadable(text in prop_oneof![any::<String>(), "(Players|Online players|Evolution factor|Banned players|alice)[ ():,.%0-9a-z\\n]{0,60}"]) {
        invariants::reply(&text);
    }
}
