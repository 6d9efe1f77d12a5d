//! Engine lines: what stands behind the uptime.
//!
//! Owns the split into level, source and text, and who reads what. Must not know the console or mods. The body decides,
//! not the source file: files were renamed between versions. `Verbose` lines repeat others and are never facts.

mod lifecycle;
mod multiplayer;

use crate::fact::Fact;
use crate::scan::enclosed;
use crate::stamp::Stated;

/// The body of an engine line, cut.
pub(crate) enum Body<'a> {
    /// Output of `log()`.
    Script { place: &'a [u8], text: &'a [u8] },
    /// An error; the lines behind it may belong to it. `None` when it names no source.
    Error(Option<Fact<'a>>),
    /// Anything else, with the wall clock where the line states one.
    Other(Option<(Option<Stated<'a>>, Fact<'a>)>),
}

/// Cuts and reads the body behind the uptime.
pub(crate) fn body(body: &[u8]) -> Body<'_> {
    if let Some(rest) = body.strip_prefix(b"Info ") {
        return Body::Other(
            sourced(rest)
                .and_then(|(_, _, text)| notice(text))
                .map(|fact| (None, fact)),
        );
    }
    if let Some(rest) = body.strip_prefix(b"Script ") {
        return match sourced(rest) {
            Some((place, _, text)) => Body::Script { place, text },
            None => Body::Other(None),
        };
    }
    if let Some(rest) = body.strip_prefix(b"Error ") {
        return Body::Error(sourced(rest).map(|(_, file, text)| Fact::EngineError { file, text }));
    }
    if let Some(rest) = body.strip_prefix(b"Warning ") {
        let fact = sourced(rest).map(|(_, file, text)| Fact::EngineWarning { file, text });
        return Body::Other(fact.map(|fact| (None, fact)));
    }
    Body::Other(plain(body))
}

/// Splits `SOURCE:NUMBER: TEXT` at the first `:NUMBER: `, as a source may hold spaces and colons.
/// Gives the source with and without its number, and the text.
fn sourced(rest: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    for end in memchr::memchr_iter(b':', rest) {
        if end > 0 && rest.get(end + 1).is_none_or(|byte| *byte == b' ') {
            let digits = rest[..end]
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let (file, number) = rest[..end].split_at(end - digits);
            if let (Some(file), false) = (file.strip_suffix(b":"), number.is_empty()) {
                return Some((&rest[..end], file, rest.get(end + 2..).unwrap_or_default()));
            }
        }
    }
    None
}

/// Reads the text of an `Info` line.
fn notice(text: &[u8]) -> Option<Fact<'_>> {
    match text.first()? {
        b'm' | b'u' => multiplayer::ticked(text),
        b'M' | b'U' => multiplayer::ticked(text).or_else(|| lifecycle::notice(text)),
        b'n' | b'D' | b'Q' => multiplayer::notice(text),
        _ => lifecycle::notice(text),
    }
}

/// Reads a line without level.
fn plain(body: &[u8]) -> Option<(Option<Stated<'_>>, Fact<'_>)> {
    match body.first()? {
        b'0'..=b'9' => lifecycle::version(body).map(|(when, fact)| (Some(when), fact)),
        b'R' => {
            let fact = multiplayer::refused(body).or_else(|| lifecycle::signal(body))?;
            Some((None, fact))
        }
        b'H' | b'L' | b'Q' | b'G' | b'U' => lifecycle::plain(body).map(|fact| (None, fact)),
        _ => None,
    }
}

/// The address inside `IP ADDR:({…})` or `STEAM ID:({…})`; other forms are taken as they stand.
fn address(text: &[u8]) -> &[u8] {
    let wrapped = || {
        let at = memchr::memmem::find(text, b":({")?;
        let (inner, rest) = enclosed(&text[at..], b":({")?;
        if rest.is_empty() {
            inner.strip_suffix(b"}")
        } else {
            None
        }
    };
    wrapped().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_ends_at_the_first_number_between_colons() {
        for (line, place, file, text) in [
            ("A.cpp:12: x", "A.cpp:12", "A.cpp", "x"),
            (
                "@C:\\My Dir\\f.lua:7: Contrived :12: y",
                "@C:\\My Dir\\f.lua:7",
                "@C:\\My Dir\\f.lua",
                "Contrived :12: y",
            ),
            ("=(command):1: test", "=(command):1", "=(command)", "test"),
            ("log('done'):1: done", "log('done'):1", "log('done')", "done"),
            ("function ...:5: x: y", "function ...:5", "function ...", "x: y"),
            ("@__m__/c.lua:9: ", "@__m__/c.lua:9", "@__m__/c.lua", ""),
            ("@__m__/c.lua:9:", "@__m__/c.lua:9", "@__m__/c.lua", ""),
        ] {
            let expected = (place.as_bytes(), file.as_bytes(), text.as_bytes());
            assert_eq!(sourced(line.as_bytes()), Some(expected), "{line}");
        }
        for line in [
            "",
            ":",
            ": x",
            "x: y",
            "12: y",
            "while running event level::on_nth_tick(1)",
        ] {
            assert_eq!(sourced(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn addresses_lose_their_wrapping_in_every_form() {
        assert_eq!(address(b"IP ADDR:({1.2.3.4:5})"), b"1.2.3.4:5");
        assert_eq!(address(b"STEAM ID:({765})"), b"765");
        assert_eq!(address(b"IP ADDR:({[2001:db8::1]:5})"), b"[2001:db8::1]:5");
        assert_eq!(address(b"1.2.3.4:5"), b"1.2.3.4:5");
        assert_eq!(address(b"port 34297"), b"port 34297");
        assert_eq!(address(b"IP ADDR:({1.2.3.4:5"), b"IP ADDR:({1.2.3.4:5");
    }

    #[test]
    fn verbose_lines_are_never_facts() {
        let line = b"Verbose Scenario.cpp:1027: Saving game as /x";
        assert!(matches!(body(line), Body::Other(None)));
    }
}
