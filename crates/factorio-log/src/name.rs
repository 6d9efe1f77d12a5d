//! Who a line speaks of: account names, player tags, the markers `<server>` and `<script>`.
//!
//! Owns the split of a name field into name and player tag. Must not know which tag or form the field came from.
//! A tag may hold nearly anything, so the split is a rule, not a proof: a list of live names (RCON) can settle the rest.

use crate::scan::first_word;

/// Whether `text` can be a verified account name: 2 to 30 letters, digits, `.`, `-` or `_` (ASCII).
///
/// The rule of the game's account form; `_` was allowed when names were made under 0.14. Servers without user
/// verification let in other names, so console lines are not held to this rule.
#[must_use]
pub fn is_account_name(text: &[u8]) -> bool {
    (2..=30).contains(&text.len()) && text.iter().copied().all(is_name_byte)
}

/// Whether a byte may stand in an account name.
pub(crate) const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

/// The one a line names: a player with an optional player tag, `<server>` or `<script>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who<'a> {
    /// The name; `<server>` for standard input and RCON, `<script>` for Lua.
    pub name: &'a [u8],
    /// What a scenario or admin put behind the name (`LuaPlayer.tag`), without the space that divides them.
    pub tag: Option<&'a [u8]>,
}

impl<'a> Who<'a> {
    /// A name that stands alone.
    #[must_use]
    pub const fn named(name: &'a [u8]) -> Self {
        Self { name, tag: None }
    }

    /// Reads the field of someone present in the game: the first word is the name, the rest is the tag.
    pub(crate) fn present(field: &'a [u8]) -> Option<Self> {
        match first_word(field) {
            ([], None) => None,
            // A name that starts with a space has no first word: an unverified server, and the whole field is the name.
            ([], Some(_)) | (_, None | Some([])) => Some(Self::named(field)),
            (name, tag) => Some(Self { name, tag }),
        }
    }

    /// Reads the field of someone who may be absent, the target of a kick or a ban: the whole field is the name
    /// (unverified servers have names such as `grilled ham`), unless the rest looks like a tag.
    pub(crate) fn target(field: &'a [u8]) -> Option<Self> {
        let who = Self::present(field)?;
        let bracketed = |tag: &[u8]| tag.starts_with(b"#") || (tag.starts_with(b"[") && tag.ends_with(b"]"));
        match who.tag {
            Some(tag) if !bracketed(tag) => Some(Self::named(field)),
            _ => Some(who),
        }
    }

    /// Whether this is the server itself: standard input or RCON, which the log does not tell apart.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.name == b"<server>"
    }

    /// Whether this is Lua: a kick or ban made by a mod or scenario.
    #[must_use]
    pub fn is_script(&self) -> bool {
        self.name == b"<script>"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names_follow_the_rule_of_the_account_form() {
        for good in [
            "Dr.Gadorcha",
            "foo-bar",
            "a.b-c_9",
            "ab",
            "Vladlena07",
            "x23456789012345678901234567890",
        ] {
            assert!(is_account_name(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "a",
            "two words",
            "<server>",
            "x234567890123456789012345678901",
            "Zoë",
            "a:b",
            "a\0b",
        ] {
            assert!(!is_account_name(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn the_first_word_of_someone_present_is_the_name() {
        let who = Who::present(b"mavzor #tag selfie").expect("a name");
        assert_eq!((who.name, who.tag), (&b"mavzor"[..], Some(&b"#tag selfie"[..])));
        assert_eq!(Who::present(b"bob "), Some(Who::named(b"bob ")));
        assert_eq!(Who::present(b" bob x"), Some(Who::named(b" bob x")));
        assert_eq!(Who::present(b""), None);
    }

    #[test]
    fn a_target_keeps_its_spaces_unless_a_tag_follows() {
        assert_eq!(Who::target(b"grilled ham"), Some(Who::named(b"grilled ham")));
        assert_eq!(Who::target(b"grilledham."), Some(Who::named(b"grilledham.")));
        let who = Who::target(b"bob [Dog Cat]").expect("a name");
        assert_eq!((who.name, who.tag), (&b"bob"[..], Some(&b"[Dog Cat]"[..])));
    }
}
