//! The life of a server process: version, map, saves, RCON, public list, signals, end.
//!
//! Owns these forms. Must not know peers or players' connections. A text that is no known form is `None`.

use super::address;
use crate::fact::Fact;
use crate::scan::{decimal, filled, number, split_last, split_once, without_dot};
use crate::stamp::Stated;

/// Reads the text of an `Info` line.
pub(super) fn notice(text: &[u8]) -> Option<Fact<'_>> {
    match text.first()? {
        b'S' => saving(text).or_else(|| {
            Some(Fact::EngineRconReady {
                address: rcon_at(text)?,
            })
        }),
        b'A' => Some(Fact::EngineLeaveAutosave {
            path: filled(text.strip_prefix(b"Auto saving map as ")?)?,
        }),
        b'M' => map_version(text).or_else(|| matching(text)),
        b'N' => Some(Fact::EngineRconClient {
            address: address(text.strip_prefix(b"New RCON connection from ")?),
        }),
        b'U' => achievement(text),
        _ => None,
    }
}

/// Reads a line without level.
pub(super) fn plain(body: &[u8]) -> Option<Fact<'_>> {
    match body.first()? {
        b'H' => Some(Fact::EngineHosting {
            address: hosting(body)?,
        }),
        b'L' => loading_map(body),
        b'Q' => Some(Fact::EngineQuitting {
            reason: without_dot(filled(body.strip_prefix(b"Quitting: ")?)?),
        }),
        b'G' => (body == b"Goodbye").then_some(Fact::EngineGoodbye),
        b'U' => achievement(body),
        _ => None,
    }
}

/// `DATE TIME; Factorio VERSION (build N, PLATFORM)`
pub(super) fn version(body: &[u8]) -> Option<(Stated<'_>, Fact<'_>)> {
    let (when, rest) = Stated::leading(body)?;
    let (version, rest) = split_once(rest.strip_prefix(b"; Factorio ")?, b" (")?;
    let build = rest
        .strip_prefix(b"build ")
        .or_else(|| rest.strip_prefix(b"Build "))?;
    let (build, platform) = split_once(build.strip_suffix(b")")?, b", ")?;
    Some((
        when,
        Fact::EngineVersion {
            version: filled(version)?,
            build: number(build)?,
            platform,
        },
    ))
}

/// `Received SIGTERM, shutting down` or `Received second SIGINT, terminating immediately`
pub(super) fn signal(body: &[u8]) -> Option<Fact<'_>> {
    let rest = body.strip_prefix(b"Received ")?;
    let (signal, second) = match rest.strip_prefix(b"second ") {
        Some(rest) => (rest.strip_suffix(b", terminating immediately")?, true),
        None => (rest.strip_suffix(b", shutting down")?, false),
    };
    (signal.starts_with(b"SIG") && !signal.contains(&b' ')).then_some(Fact::EngineSignal { signal, second })
}

fn hosting(body: &[u8]) -> Option<&[u8]> {
    filled(address(body.strip_prefix(b"Hosting game at ")?))
}

fn rcon_at(text: &[u8]) -> Option<&[u8]> {
    filled(address(text.strip_prefix(b"Starting RCON interface at ")?))
}

/// `Loading map PATH[: N bytes.]`
fn loading_map(body: &[u8]) -> Option<Fact<'_>> {
    let text = filled(body.strip_prefix(b"Loading map ")?)?;
    let sized = || {
        let (path, size) = split_last(text.strip_suffix(b" bytes.")?, b": ")?;
        number(size).map(|_| path)
    };
    Some(Fact::EngineLoadingMap {
        path: sized().unwrap_or(text),
    })
}

fn saving(text: &[u8]) -> Option<Fact<'_>> {
    let rest = text.strip_prefix(b"Saving ")?;
    if let Some(target) = rest.strip_prefix(b"to ") {
        return timed_autosave(target);
    }
    if let Some(progress) = rest.strip_prefix(b"progress: ") {
        return Some(Fact::EngineSaveProgress {
            percent: decimal(progress.strip_suffix(b"%")?)?,
        });
    }
    if rest == b"finished" {
        return Some(Fact::EngineSaveDone);
    }
    let path = rest
        .strip_prefix(b"map as ")
        .or_else(|| rest.strip_prefix(b"game as "))?;
    Some(Fact::EngineSaveStart { path: filled(path)? })
}

/// `_autosave3 (blocking).` or `_autosave3 (non-blocking).`
fn timed_autosave(target: &[u8]) -> Option<Fact<'_>> {
    let target = without_dot(target);
    let fact = |name, blocking| {
        Some(Fact::EngineTimedAutosave {
            name: filled(name)?,
            blocking,
        })
    };
    match target.strip_suffix(b" (blocking)") {
        Some(name) => fact(name, true),
        None => fact(target.strip_suffix(b" (non-blocking)")?, false),
    }
}

fn map_version(text: &[u8]) -> Option<Fact<'_>> {
    Some(Fact::EngineMapVersion {
        version: filled(text.strip_prefix(b"Map version ")?)?,
    })
}

fn matching(text: &[u8]) -> Option<Fact<'_>> {
    let rest = text.strip_prefix(b"Matching server ")?;
    if without_dot(rest) == b"connection resumed" {
        return Some(Fact::EngineMatchingOk);
    }
    let (id, _) = split_once(rest.strip_prefix(b"game `")?, b"` has been created")?;
    Some(Fact::EngineMatchingGame { id: number(id)? })
}

/// `Unlocked achievement "NAME"`; quotes and full stop are not relied on, as only clients print this.
fn achievement(text: &[u8]) -> Option<Fact<'_>> {
    let name = without_dot(text.strip_prefix(b"Unlocked achievement ")?);
    let quoted = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\""));
    Some(Fact::EngineAchievement {
        name: filled(quoted.unwrap_or(name))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_version_build_and_platform() {
        let (when, fact) =
            version(b"2016-09-01 10:00:00; Factorio 0.14.13 (build 25020, linux64, headless)").expect("read");
        assert_eq!(when.stamp.year, 2016);
        let expected = Fact::EngineVersion {
            version: b"0.14.13",
            build: 25_020,
            platform: b"linux64, headless",
        };
        assert_eq!(fact, expected);
        assert!(version(b"2016-09-01 10:00:00 Factorio 0.14.13 (build 25020, linux64)").is_none());
    }

    #[test]
    fn maps_are_loaded_with_and_without_a_size() {
        let path = |line: &'static str| match plain(line.as_bytes()) {
            Some(Fact::EngineLoadingMap { path }) => path,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(path("Loading map /a b/c.zip: 863501 bytes."), b"/a b/c.zip");
        assert_eq!(path("Loading map C:\\saves\\w.zip"), b"C:\\saves\\w.zip");
        assert_eq!(path("Loading map /x: many bytes."), b"/x: many bytes.");
    }

    #[test]
    fn saves_come_in_five_forms() {
        let autosave = |blocking| {
            Some(Fact::EngineTimedAutosave {
                name: b"_autosave3",
                blocking,
            })
        };
        assert_eq!(notice(b"Saving to _autosave3 (blocking)."), autosave(true));
        assert_eq!(notice(b"Saving to _autosave3 (non-blocking)."), autosave(false));
        assert_eq!(
            notice(b"Auto saving map as /a.zip"),
            Some(Fact::EngineLeaveAutosave { path: b"/a.zip" })
        );
        assert_eq!(
            notice(b"Saving map as /a.zip"),
            Some(Fact::EngineSaveStart { path: b"/a.zip" })
        );
        assert_eq!(
            notice(b"Saving game as /a.zip"),
            Some(Fact::EngineSaveStart { path: b"/a.zip" })
        );
        assert_eq!(
            notice(b"Saving progress: 50.000000%"),
            Some(Fact::EngineSaveProgress { percent: 50.0 })
        );
        assert_eq!(notice(b"Saving finished"), Some(Fact::EngineSaveDone));
        assert_eq!(notice(b"Saving process PID: 12"), None);
    }

    #[test]
    fn signals_first_and_second() {
        assert_eq!(
            signal(b"Received second SIGINT, terminating immediately"),
            Some(Fact::EngineSignal {
                signal: b"SIGINT",
                second: true
            })
        );
        assert_eq!(signal(b"Received bytes, shutting down"), None);
    }

    #[test]
    fn public_list_and_achievements() {
        assert_eq!(
            notice(b"Matching server connection resumed"),
            Some(Fact::EngineMatchingOk)
        );
        let game = Some(Fact::EngineMatchingGame { id: 13_469_396 });
        assert_eq!(notice(b"Matching server game `13469396` has been created."), game);
        let unlocked = Some(Fact::EngineAchievement { name: b"Steam power" });
        assert_eq!(notice(b"Unlocked achievement \"Steam power\""), unlocked);
        assert_eq!(plain(b"Unlocked achievement \"Steam power\"."), unlocked);
    }
}
