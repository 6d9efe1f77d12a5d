//! What has to hold for any input: shared by the property tests and the fuzz targets.

use factorio_rcon::codec::{Decoder, FrameError, Packet, encode};
use factorio_rcon::command::{
    Admins, Ask, BanList, Bans, ConfigGet, ConfigKey, Depth, Evolution, Exact, IsBanned, IsWhitelisted, Kick,
    PlayerCount, PlayerName, Players, Promote, Reason, Scope, Seed, ServerSave, Time, Unban, Version,
    Whitelist, WhitelistAdd,
};
use factorio_rcon::gate::{
    ChatText, Class, Effect, Line, LuaSwitch, Policy, Settings, VanillaCommand, classify, words,
};
use factorio_rcon::reply::Part;

/// Bytes of a frame besides its body.
const OVERHEAD: usize = 14;

/// Reads a stream in pieces of the given sizes, again and again, and checks it against reading it at once.
pub(crate) fn stream(input: &[u8], cap: usize, sizes: &[usize]) -> (Vec<Packet>, Option<FrameError>) {
    let mut decoder = Decoder::new(cap);
    let mut packets = Vec::new();
    let mut end = None;
    let mut rest = input;
    let mut sizes = sizes.iter().copied().filter(|size| *size > 0).cycle();
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(sizes.next().unwrap_or(rest.len()).min(rest.len()));
        decoder.feed(piece);
        drain(&mut decoder, &mut packets, &mut end);
        assert!(
            decoder.held_bytes() <= cap + OVERHEAD,
            "more is held than one packet"
        );
        rest = later;
    }
    let mut again = Vec::new();
    for packet in &packets {
        assert!(packet.body.len() <= cap, "a body above the cap");
        encode(packet.id, packet.kind, &packet.body, &mut again).unwrap();
    }
    assert!(
        input.starts_with(&again),
        "the packets are not what the stream holds"
    );
    if end.is_none() {
        assert_eq!(decoder.held_bytes(), input.len() - again.len(), "bytes were lost");
        assert_eq!(decoder.is_inside_a_packet(), again.len() < input.len());
    }
    (packets, end)
}

fn drain(decoder: &mut Decoder, packets: &mut Vec<Packet>, end: &mut Option<FrameError>) {
    loop {
        match decoder.next() {
            Ok(Some(packet)) => {
                assert_eq!(*end, None, "a packet behind a broken one");
                packets.push(packet);
            }
            Ok(None) => {
                assert_eq!(*end, None, "a broken stream mends itself");
                return;
            }
            Err(error) => {
                assert!(end.is_none_or(|before| before == error), "the error changes");
                *end = Some(error);
                return;
            }
        }
    }
}

/// The words that end achievements, as the facts list them: written out here, so that a slip in the table shows.
const LUA_WORDS: [&str; 8] = [
    "c",
    "command",
    "sc",
    "silent-command",
    "mc",
    "measured-command",
    "editor",
    "cheat",
];

/// Whatever a person types becomes one line of chat, one vanilla command, or nothing.
pub(crate) fn typed(text: &str) {
    let policies = [
        Policy::default(),
        Policy::new(&Settings {
            commands: vec!["mod-command".into()],
            ..Settings::default()
        })
        .unwrap(),
        Policy::new(&Settings {
            lua: LuaSwitch::Allowed,
            ..Settings::default()
        })
        .unwrap(),
    ];
    for chat in [ChatText::exact(text), ChatText::tidied(text)]
        .into_iter()
        .flatten()
    {
        assert_eq!(classify(chat.as_str()), Class::Chat);
        one_line(chat.as_str());
        assert!(!chat.as_str().trim_start().starts_with('/'));
        assert_eq!(Line::from(chat).effect(), Effect::Speaks);
    }
    for command in policies
        .iter()
        .map(|policy| policy.command(text))
        .chain([VanillaCommand::typed(text)])
    {
        let Ok(command) = command else { continue };
        one_line(command.as_str());
        let sent = command.as_str().strip_prefix('/').unwrap();
        let word = sent.split(' ').next().unwrap();
        assert!(
            !LUA_WORDS.contains(&word.to_lowercase().as_str()),
            "{sent:?} is Lua"
        );
        assert!(
            words::Word::find(word).is_some_and(|known| known.name == word) || word == "mod-command",
            "{sent:?} is no word of the list"
        );
    }
    // Total, and stable under what the gate trims.
    if let Class::Vanilla { word, .. } = classify(text) {
        assert!(!LUA_WORDS.contains(&word.name));
    }
    arguments(text);
}

/// Whatever becomes an argument stays inside one command.
fn arguments(text: &str) {
    let Ok(player) = PlayerName::new(text) else {
        if let Ok(reason) = Reason::new(text) {
            let kick = Kick {
                player: PlayerName::new("alice").unwrap(),
                reason: Some(reason),
            };
            let command = kick.command().unwrap();
            one_line(command.as_str());
            assert!(command.as_str().starts_with("/kick alice "));
        }
        return;
    };
    let command = WhitelistAdd(player).command().unwrap();
    one_line(command.as_str());
    assert_eq!(command.as_str().split(' ').count(), 3, "{:?}", command.as_str());
}

fn one_line(text: &str) {
    assert!(!text.is_empty());
    assert!(
        !text
            .chars()
            .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')),
        "{text:?}"
    );
}

/// Whatever a server answers is read or unreadable, and numbers are sane.
pub(crate) fn reply(text: &str) {
    let player = PlayerName::new("alice").unwrap();
    for scope in [Scope::All, Scope::Online] {
        if let Ok(list) = Players(scope).read(text) {
            assert!(list.online().count() <= list.players.len());
        }
        let _ = PlayerCount(scope).read(text);
    }
    if let Ok(surfaces) = (Evolution { surface: None }).read(text) {
        assert!(!surfaces.is_empty());
        for surface in surfaces {
            assert!((0.0..=1.0).contains(&surface.factor));
            assert!(surface.time >= 0.0 && surface.pollution.is_finite());
        }
    }
    for key in ConfigKey::ALL {
        let _ = ConfigGet(key).read(text);
    }
    let _ = (
        Time.read(text),
        Version.read(text),
        Seed.read(text),
        Admins.read(text),
    );
    let _ = (BanList.read(text), Bans.read(text), Whitelist.read(text));
    let _ = (
        IsBanned(player.clone()).read(text),
        IsWhitelisted(player.clone()).read(text),
    );
    let _ = (
        Promote(player.clone()).read(text),
        Unban(player.clone()).read(text),
    );
    let _ = (WhitelistAdd(player).read(text), ServerSave(None).read(text));
    if let Ok(exact) = Exact(Depth::Everything).read(text) {
        assert!(exact.speed.is_finite() && exact.speed > 0.0);
        if let Part::Told(Some(research)) = exact.research {
            assert!((0.0..=1.0).contains(&research.progress));
        }
        if let Part::Told(flows) = exact.production {
            let is_rate = |rate: f64| rate.is_finite() && rate >= 0.0;
            assert!(flows.iter().all(|flow| is_rate(flow.made) && is_rate(flow.used)));
        }
    }
}
