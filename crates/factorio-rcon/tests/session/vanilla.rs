//! The typed commands against the small world, and R06: what reaches the game is one line, exactly as it was admitted.

use std::time::Duration;

use factorio_rcon::command::*;
use factorio_rcon::gate::{ChatText, Lua, LuaSwitch, Policy, Refusal, Settings};
use factorio_rcon::reply::{ConfigValue, Membership, Presence, SaveReply, Verdict, Why};
use factorio_rcon::session::NotSent;
use factorio_rcon::{Failure, Priority};
use isr_testkit::rng::Rng;

use crate::scene::Scene;

impl Scene {
    async fn ask<A: Ask>(&self, ask: A) -> A::Answer {
        self.session.ask(&ask, Priority::Poll).await.unwrap().unwrap()
    }
}

fn name(name: &str) -> PlayerName {
    PlayerName::new(name).unwrap()
}

#[tokio::test]
async fn every_question_is_read_from_a_believable_server() {
    let scene = Scene::new().await;
    scene.game.world(|world| {
        world.join("alice");
        world.join("bob");
        world.leave("bob");
        world.pass(Duration::from_secs(90_061));
        world.surfaces.push(isr_testkit::rcon::Surface {
            name: "Gleba".into(),
            evolution: 0.25,
        });
    });
    let players = scene.ask(Players(Scope::All)).await;
    assert_eq!(players.players.len(), 2);
    assert_eq!(players.players[1].presence, Presence::Away);
    assert_eq!(
        scene
            .ask(Players(Scope::Online))
            .await
            .online()
            .collect::<Vec<_>>(),
        ["alice"]
    );
    assert_eq!(scene.ask(PlayerCount(Scope::All)).await, 2);
    assert_eq!(scene.ask(PlayerCount(Scope::Online)).await, 1);
    assert_eq!(scene.ask(Time).await, Duration::from_secs(90_061));
    assert_eq!(scene.ask(Version).await.to_string(), "2.0.77");
    assert_eq!(scene.ask(Seed).await, 3_141_592_653);
    let surfaces = scene.ask(Evolution { surface: None }).await;
    assert_eq!(surfaces.len(), 2);
    let gleba = SurfaceName::new("gleba").unwrap();
    assert!((scene.ask(Evolution { surface: Some(gleba) }).await[0].factor - 0.25).abs() < 1e-9);
    let nowhere = SurfaceName::new("Nowhere").unwrap();
    let read = scene
        .session
        .ask(
            &Evolution {
                surface: Some(nowhere),
            },
            Priority::Poll,
        )
        .await
        .unwrap();
    assert_eq!(read.unwrap_err().why, Why::UnknownSurface);
    assert_eq!(
        scene.ask(ConfigGet(ConfigKey::VisibilityLan)).await,
        ConfigValue::Flag(false)
    );
    let name = ConfigValue::Text("Nauvis by night".into());
    assert_eq!(scene.ask(ConfigGet(ConfigKey::Name)).await, name);
    assert!(scene.game.world(|world| world.was_never_warned()));

    scene.game.world(|world| "1.1.110".clone_into(&mut world.version));
    assert_eq!(scene.ask(Evolution { surface: None }).await[0].surface, None);
}

#[tokio::test]
async fn every_change_is_read_from_a_believable_server() {
    let scene = Scene::new().await;
    scene.game.world(|world| world.join("alice"));
    let kick = |player: &str| Kick {
        player: name(player),
        reason: Some(Reason::new("afk").unwrap()),
    };
    assert_eq!(scene.ask(kick("nobody")).await, Verdict::NoSuchPlayer);
    assert_eq!(scene.ask(kick("alice")).await, Verdict::Silent);
    assert_eq!(scene.ask(kick("alice")).await, Verdict::NotOnline);
    let ban = Ban {
        player: name("mallory"),
        reason: None,
    };
    assert_eq!(scene.ask(ban).await, Verdict::Silent);
    assert_eq!(scene.ask(IsBanned(name("Mallory"))).await, Membership::On);
    assert_eq!(scene.ask(BanList).await, ["mallory"]);
    assert_eq!(scene.ask(Bans).await[0].reason, "unspecified");
    assert_eq!(scene.ask(Unban(name("mallory"))).await, Verdict::Silent);
    assert_eq!(scene.ask(Unban(name("mallory"))).await, Verdict::AlreadySo);
    assert_eq!(scene.ask(Bans).await, []);
    assert_eq!(scene.ask(WhitelistAdd(name("bob"))).await, Verdict::Done);
    assert_eq!(scene.ask(WhitelistAdd(name("bob"))).await, Verdict::AlreadySo);
    assert_eq!(scene.ask(IsWhitelisted(name("bob"))).await, Membership::On);
    assert_eq!(scene.ask(Whitelist).await, ["bob"]);
    assert_eq!(scene.ask(WhitelistRemove(name("bob"))).await, Verdict::Done);
    assert_eq!(scene.ask(WhitelistRemove(name("bob"))).await, Verdict::AlreadySo);
    assert_eq!(scene.ask(Promote(name("alice"))).await, Verdict::Silent);
    assert_eq!(scene.ask(Promote(name("alice"))).await, Verdict::AlreadySo);
    assert_eq!(scene.ask(Admins).await[0].name, "alice");
    assert_eq!(scene.ask(Demote(name("alice"))).await, Verdict::Silent);
    assert_eq!(scene.ask(Demote(name("alice"))).await, Verdict::AlreadySo);
    assert_eq!(scene.ask(Mute(name("alice"))).await, Verdict::Done);
    assert_eq!(scene.ask(Unmute(name("alice"))).await, Verdict::Done);
    assert_eq!(
        scene
            .ask(ServerSave(Some(SaveName::new("before-restart").unwrap())))
            .await,
        SaveReply::Silent
    );
    assert!(scene.game.world(|world| world.achievements_are_on()));
}

#[tokio::test]
async fn lua_reaches_no_server_whose_configuration_does_not_allow_it() {
    let scene = Scene::new().await;
    assert!(scene.session.policy().lua().is_none());
    // Even with the token of another server.
    let other = Policy::new(&Settings {
        lua: LuaSwitch::Allowed,
        ..Settings::default()
    })
    .unwrap();
    let lua = Lua::silent("game.speed = 10", other.lua().unwrap()).unwrap();
    let outcome = scene.session.send(lua.clone(), Priority::Person).await;
    assert!(
        matches!(
            outcome,
            Err(Failure::NotSent(NotSent::Refused(
                Refusal::EndsAchievements { .. }
            )))
        ),
        "{outcome:?}"
    );
    assert_eq!(scene.seen(), Vec::<String>::new());

    let open = Scene::with(|options| options.policy = other).await;
    open.session.send(lua.clone(), Priority::Person).await.unwrap();
    assert!(
        open.game.world(|world| world.achievements_are_on()),
        "the first one only warns"
    );
    open.session.send(lua, Priority::Person).await.unwrap();
    assert!(!open.game.world(|world| world.achievements_are_on()));
}

#[tokio::test]
async fn r06_hostile_arguments_are_refused_or_reach_the_game_as_one_line() {
    let scene = Scene::new().await;
    let mut dice = Rng::from_environment("RCON_SEED");
    let parts = [
        "alice",
        " ",
        "\n",
        "\r\n",
        "/c ",
        "game.print('x')",
        "\"",
        "\\",
        "\u{2028}",
        "\0",
        "[gps=0,0]",
        "🚂",
        "/",
        "\u{200b}",
        "/quit",
        "\t",
    ];
    let mut expected = Vec::new();
    for round in 0..600 {
        let text: String = (0..dice.between(1, 6)).map(|_| *dice.pick(&parts)).collect();
        let sent = match round % 3 {
            0 => ChatText::tidied(&text).ok().map(Into::into),
            1 => Reason::new(&text).ok().map(|reason| {
                let kick = Kick {
                    player: name("alice"),
                    reason: Some(reason),
                };
                kick.command().unwrap().into()
            }),
            _ => PlayerName::new(&text)
                .ok()
                .map(|player| WhitelistAdd(player).command().unwrap().into()),
        };
        let Some(line) = sent else { continue };
        let line: factorio_rcon::gate::Line = line;
        expected.push(line.text().to_owned());
        scene.session.send(line, Priority::Person).await.unwrap();
    }
    assert!(expected.len() > 100);
    assert_eq!(scene.seen(), expected, "one command each, exactly as admitted");
    assert!(scene.game.world(|world| world.was_never_warned()));
    // 100 KiB are refused before a byte leaves.
    assert!(Reason::new(&"x".repeat(100 << 10)).is_err());
    assert!(ChatText::tidied(&"x".repeat(100 << 10)).is_err());
}
