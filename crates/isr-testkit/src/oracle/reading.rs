//! Reads numbers back out of Discord's texts.
//!
//! Owns how a message is taken apart: a line each, a time in front of late ones, the payload to the line's end, and its
//! speaker either in front of it or as the message's own name. Must not know what was written. What cannot be read is
//! [`Found::Spoilt`].

use crate::log::numbered::{self, Numbered};

/// What one line of a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Numbered(Numbered),
    /// It holds the mark, but not exactly one whole payload of its speaker.
    Spoilt(String),
    /// Something else: a join, other talk.
    Other,
}

pub(super) fn read(username: Option<&str>, line: &str) -> Found {
    let line = without_late_mark(line);
    let Some(place) = line.find(numbered::MARK) else {
        return Found::Other;
    };
    let (before, payload) = line.split_at(place);
    match numbered::read(payload) {
        Err(why) => Found::Spoilt(why.to_string()),
        Ok(numbered) => {
            let player = numbered::player(numbered.server, numbered.id);
            let spoken =
                before.ends_with(&format!("{player}**: ")) || before.ends_with(&format!("{player}: "));
            let posted_as = before.is_empty() && username == Some(player);
            if spoken || posted_as {
                Found::Numbered(numbered)
            } else {
                Found::Spoilt(format!("{player} said it, the line begins {before:?}"))
            }
        }
    }
}

/// Cuts `<t:SECONDS:STYLE> ` off the front.
fn without_late_mark(line: &str) -> &str {
    let rest = || {
        let (mark, rest) = line.strip_prefix("<t:")?.split_once("> ")?;
        let (seconds, style) = mark.split_once(':')?;
        let is_mark = seconds.parse::<i64>().is_ok() && style.len() == 1;
        is_mark.then_some(rest)
    };
    rest().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::numbered::{payload, player};

    #[test]
    fn lines_of_every_form_are_read() {
        let (payload, player) = (payload(1, 77), player(1, 77));
        let good = Found::Numbered(Numbered { server: 1, id: 77 });
        assert_eq!(read(None, &format!("💬 **{player}**: {payload}")), good);
        assert_eq!(
            read(None, &format!("<t:1699999939:T> 💬 **{player}**: {payload}")),
            good
        );
        assert_eq!(read(Some(player), &payload), good);
        assert_eq!(read(Some(player), &format!("<t:1699999939:f> {payload}")), good);
        assert_eq!(read(None, "✅ **Bob** joined the server"), Found::Other);
        for bad in [
            payload.clone(),
            format!("💬 **Zoe**: {payload}"),
            format!("💬 **{player}**: {payload} "),
            format!("💬 **{player}**: {payload}{payload}"),
            format!("💬 **{player}**: {}", &payload[..12]),
            format!("💬 **{player}**: x{payload}"),
        ] {
            assert!(matches!(read(None, &bad), Found::Spoilt(_)), "{bad}");
        }
        assert!(matches!(read(Some("Zoe"), &payload), Found::Spoilt(_)));
    }
}
