//! Web addresses that keep their preview.
//!
//! Owns the choice of the escaped addresses of a value that can stand bare. Must not know templates. Cannot fail.

/// What stands behind the value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// White space or the end: nothing can become a part of an address.
    Open,
    /// Anything else.
    Joined,
}

/// Takes the brackets off web addresses that a space or the end follows: nothing behind can become a part of them.
pub(super) fn bare_addresses(escaped: &str, text_behind: Behind) -> String {
    let mut out = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.find("<http") {
        let (before, address) = rest.split_at(at);
        out.push_str(before);
        let typed = before.ends_with('\\');
        let end = address.find('>').unwrap_or(address.len());
        let behind = address.get(end + 1..).unwrap_or_default();
        let free = behind
            .chars()
            .next()
            .map_or(text_behind == Behind::Open, char::is_whitespace);
        if typed || !free || end == address.len() {
            out.push('<');
            rest = &address[1..];
        } else {
            out.push_str(&address[1..end]);
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_bare_only_where_nothing_can_stick_to_it() {
        assert_eq!(
            bare_addresses("see <https://a.b/c_d> now", Behind::Open),
            "see https://a.b/c_d now"
        );
        assert_eq!(bare_addresses("<https://a.b>", Behind::Open), "https://a.b");
        assert_eq!(bare_addresses("<https://a.b>", Behind::Joined), "<https://a.b>");
        assert_eq!(
            bare_addresses("<https://a.b>\\*", Behind::Open),
            "<https://a.b>\\*"
        );
        assert_eq!(bare_addresses("\\<http", Behind::Open), "\\<http");
    }
}
