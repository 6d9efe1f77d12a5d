//! Takes the meaning from markdown, mentions and emoji codes, so that Discord shows a text as it was typed.
//!
//! Owns the rule which character needs a backslash. Works on text that [`clean`](super::clean) has passed: one line,
//! nothing invisible. Must not know where the text will stand; what matters only at the start of a line is escaped at
//! every start of a word. Cannot fail.
//!
//! A web address becomes `<https://…>`: it stays a link, has no preview, and its end is fixed by the bracket, so that
//! no escaped character behind it can become a part of it. Nothing inside needs a backslash.

use super::clean::clean;
use super::marked::{Mark, Piece};
use super::rich::readable;
use super::units;

/// A longer address (in rendered UTF-16 units) is shown as plain text: no one can read it, and it would not fit a
/// message beside other text.
pub(super) const LONGEST_ADDRESS: usize = 800;

/// Makes any bytes of a player safe: decodes (bad UTF-8 becomes U+FFFD), cleans, makes rich text readable, escapes.
///
/// Does not limit the length; where that matters use [`cut`](super::cut) or [`split`](super::split) instead.
#[must_use]
pub fn escape_player_text(bytes: &[u8]) -> String {
    escape(&readable(&clean(&String::from_utf8_lossy(bytes))))
}

/// Escapes a cleaned text.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    Tokens::of_text(text, LONGEST_ADDRESS).render_all(&mut out);
    out
}

/// Where a text stands, and so which of its characters have a meaning there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Among other text: markdown has to be escaped.
    Prose,
    /// Between back-ticks, where a backslash would show and only a back-tick has a meaning.
    Code,
    /// Inside a web address: everything but letters, digits, `-` and `.` is written as codes.
    Address,
}

/// A piece of text that must not be cut: one character, a whole web address or a whole mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Plain(char),
    Escaped(char),
    /// `%XX` for each byte.
    Coded(char),
    /// `@` before one of the two words that address everybody, inside code.
    Parted,
    Mark(&'a Mark),
    /// `@` before `everyone` or `here`: parted from the word for looks; what keeps silence is `allowed_mentions`.
    Everyone,
    Address(&'a str),
}

impl Token<'_> {
    pub(super) fn render(self, out: &mut String) {
        match self {
            Self::Plain(c) => out.push(c),
            Self::Escaped(c) => out.extend(['\\', c]),
            Self::Coded(c) => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|b| push_code(out, b));
            }
            Self::Parted => out.push_str("@\u{200b}"),
            Self::Mark(mark) => out.push_str(mark.shown()),
            Self::Everyone => out.push_str("\\@\u{200b}"),
            Self::Address(url) => {
                out.push('<');
                url.chars().for_each(|c| push_in_address(out, c));
                out.push('>');
            }
        }
    }

    /// Length of the rendered token in UTF-16 units.
    pub(super) fn units(self) -> usize {
        match self {
            Self::Plain(c) => c.len_utf16(),
            Self::Escaped(c) => 1 + c.len_utf16(),
            Self::Coded(c) => 3 * c.len_utf8(),
            Self::Parted => 2,
            Self::Mark(mark) => units(mark.shown()),
            Self::Everyone => 3,
            Self::Address(url) => 2 + url.chars().map(units_in_address).sum::<usize>(),
        }
    }

    pub(super) fn is_space(self) -> bool {
        matches!(self, Self::Plain(c) if c.is_whitespace())
    }
}

/// Walks a cleaned text token by token.
#[derive(Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// What follows the text that is walked now.
    later: &'a [Piece],
    place: Place,
    longest_address: usize,
    previous: char,
    /// The word so far is digits only: a full stop would make it a numbered list.
    number: bool,
}

impl<'a> Tokens<'a> {
    /// Addresses longer than `longest_address` UTF-16 units are walked as plain text.
    pub(super) const fn of_text(text: &'a str, longest_address: usize) -> Self {
        Self {
            rest: text,
            later: &[],
            place: Place::Prose,
            longest_address,
            previous: ' ',
            number: false,
        }
    }

    /// Walks a text with marks, for the place where it will stand.
    pub(super) const fn of_marked(pieces: &'a [Piece], place: Place, longest_address: usize) -> Self {
        Self {
            later: pieces,
            place,
            ..Self::of_text("", longest_address)
        }
    }

    /// What comes next will stand at the start of a line.
    pub(super) const fn start_line(&mut self) {
        self.previous = ' ';
        self.number = false;
    }

    /// Whether everything has been walked.
    pub(super) const fn is_done(&self) -> bool {
        self.rest.is_empty() && self.later.is_empty()
    }

    /// How many characters have not been walked yet; a mark counts as one.
    pub(super) fn left(&self) -> usize {
        let later = self.later.iter().map(|piece| match piece {
            Piece::Text(text) => text.chars().count(),
            Piece::Mark(_) => 1,
        });
        self.rest.chars().count() + later.sum::<usize>()
    }

    /// The most UTF-16 units that the rest can take: three for each byte, as `%XX` does.
    pub(super) fn most_units(&self) -> usize {
        let later = self.later.iter().map(|piece| match piece {
            Piece::Text(text) => 3 * text.len(),
            Piece::Mark(mark) => mark.shown().len().max(3 * mark.plain().len()),
        });
        3 * self.rest.len() + later.sum::<usize>()
    }

    /// Renders all that is left.
    pub(super) fn render_all(&mut self, out: &mut String) {
        loop {
            out.push_str(self.take_plain());
            let Some(token) = self.next() else { return };
            token.render(out);
        }
    }

    /// The characters that come next and mean nothing wherever they stand: most of a text.
    fn take_plain(&mut self) -> &'a str {
        if self.place != Place::Prose {
            return "";
        }
        let bytes = self.rest.as_bytes();
        let mut end = 0;
        while let Some(found) = bytes
            .get(end..)
            .and_then(|rest| rest.iter().position(may_mean_something))
        {
            end += found;
            // An address begins with `ht`.
            let second = bytes.get(end + 1).map(u8::to_ascii_lowercase);
            if !matches!(bytes[end], b'h' | b'H') || second == Some(b't') {
                break;
            }
            end += 1;
        }
        let end = match bytes.get(end) {
            Some(byte) if may_mean_something(byte) => end,
            _ => bytes.len(),
        };
        let (plain, rest) = self.rest.split_at(end);
        if let Some(last) = plain.chars().next_back() {
            let digits = plain.len() - plain.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let before = plain[..plain.len() - digits].chars().next_back();
            self.number = digits > 0
                && match before {
                    Some(before) => before.is_whitespace(),
                    None => self.previous.is_whitespace() || self.number,
                };
            self.previous = last;
        }
        self.rest = rest;
        plain
    }

    /// The mark that comes next, unless text does.
    fn next_mark(&mut self) -> Option<Token<'a>> {
        while self.rest.is_empty() {
            let (piece, later) = self.later.split_first()?;
            self.later = later;
            match piece {
                Piece::Text(text) => self.rest = text,
                Piece::Mark(mark) if self.place == Place::Prose => {
                    (self.previous, self.number) = ('>', false);
                    return Some(Token::Mark(mark));
                }
                Piece::Mark(mark) => self.rest = mark.plain(),
            }
        }
        None
    }

    fn take_literally(&mut self, c: char) -> Token<'a> {
        self.previous = c;
        match (self.place, c) {
            (Place::Code, '`') => Token::Plain('ˋ'),
            (Place::Address, c) if !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) => Token::Coded(c),
            (_, '@') if names_everyone(self.rest) => Token::Parted,
            (_, c) => Token::Plain(c),
        }
    }

    fn take(&mut self, c: char) -> Token<'a> {
        let next = self.rest.chars().next();
        let word_start = self.previous.is_whitespace();
        let number = if word_start {
            c.is_ascii_digit()
        } else {
            self.number && c.is_ascii_digit()
        };
        let ends_number = self.number && !word_start && matches!(c, '.' | ')');
        let word_ends = next.is_none_or(char::is_whitespace);
        let escaped = match c {
            '\\' | '*' | '_' | '~' | '|' | '`' | '<' | '>' | '[' | ']' | '#' => true,
            '@' if names_everyone(self.rest) => {
                (self.previous, self.number) = (c, false);
                return Token::Everyone;
            }
            '@' => true,
            ':' => {
                self.previous == '<'
                    || next.is_none_or(|n| n.is_alphanumeric() || matches!(n, '_' | '+' | '-' | '/' | '…'))
            }
            '/' => self.previous == '<',
            '(' => self.previous == ']',
            '-' | '+' | '•' => word_start && word_ends,
            '.' | ')' => ends_number && word_ends,
            _ => false,
        };
        (self.previous, self.number) = (c, number);
        if escaped {
            Token::Escaped(c)
        } else {
            Token::Plain(c)
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(mark) = self.next_mark() {
            return Some(mark);
        }
        let c = self.rest.chars().next()?;
        if self.place != Place::Prose {
            self.rest = &self.rest[c.len_utf8()..];
            return Some(self.take_literally(c));
        }
        if matches!(c, 'h' | 'H')
            && !self.previous.is_alphanumeric()
            && let Some(length) = address_length(self.rest, self.longest_address)
        {
            let (url, rest) = self.rest.split_at(length);
            (self.rest, self.previous, self.number) = (rest, '>', false);
            return Some(Token::Address(url));
        }
        self.rest = &self.rest[c.len_utf8()..];
        Some(self.take(c))
    }
}

/// Whether a character that [`Tokens::take`] does not merely copy may begin with this byte.
const fn may_mean_something(byte: &u8) -> bool {
    MEANINGFUL[*byte as usize]
}

static MEANINGFUL: [bool; 256] = {
    // The last one begins `•`.
    let bytes = *b"\\*_~|`<>[]#@:/()-+.hH\xE2";
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether the text behind an `@` begins with one of the two words that address everybody.
pub(crate) fn names_everyone(rest: &str) -> bool {
    ["everyone", "here"].iter().any(|word| {
        rest.as_bytes()
            .get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// The length of the web address at the start of a text, when there is one: `http://` or `https://`, a host of
/// letters, digits, dots, hyphens and perhaps a port, and what may follow. No user part: `https://bank@evil` is not
/// an address for us.
pub(crate) fn address_length(text: &str, longest: usize) -> Option<usize> {
    let scheme = ["https://", "http://"]
        .iter()
        .find(|s| {
            text.as_bytes()
                .get(..s.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(s.as_bytes()))
        })?
        .len();
    let mut spent = scheme + 2;
    let mut end = scheme;
    for c in text[scheme..].chars().take_while(|c| may_stand_in_address(*c)) {
        spent += units_in_address(c);
        end += c.len_utf8();
        if spent > longest {
            return None;
        }
    }
    let body = &text[scheme..scheme + without_closing_marks(&text.as_bytes()[scheme..end])];
    let host = body.split(['/', '?', '#']).next().unwrap_or(body);
    is_host(host.as_bytes()).then_some(scheme + body.len())
}

fn is_host(host: &[u8]) -> bool {
    host.iter().any(u8::is_ascii_alphanumeric)
        && host
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'))
        && host.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Leaves off what more likely belongs to the sentence: closing marks, and brackets that were not opened inside.
fn without_closing_marks(body: &[u8]) -> usize {
    let mut end = body.len();
    while let Some(last) = end.checked_sub(1).map(|at| body[at]) {
        let closes = match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'"' | b'*' | b'_' | b'~' | b'|' | b'`'
            | b'\\' => true,
            b')' => count(&body[..end], b')') > count(&body[..end], b'('),
            b']' => count(&body[..end], b']') > count(&body[..end], b'['),
            _ => false,
        };
        if !closes {
            break;
        }
        end -= 1;
    }
    end
}

fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().filter(|b| **b == wanted).count()
}

/// Visible ASCII but the two brackets that end Discord's own form, and the letters and digits of every script.
fn may_stand_in_address(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_graphic() && !matches!(c, '<' | '>')
    } else {
        c.is_alphanumeric()
    }
}

/// Characters that would have a meaning if Discord did not take the text for an address after all.
const fn is_coded(c: char) -> bool {
    matches!(
        c,
        '*' | '|' | '`' | '\\' | '[' | ']' | '"' | '^' | '{' | '}' | '@'
    )
}

const fn units_in_address(c: char) -> usize {
    if is_coded(c) { 3 } else { c.len_utf16() }
}

fn push_in_address(out: &mut String, c: char) {
    match u8::try_from(c) {
        Ok(byte) if is_coded(c) => push_code(out, byte),
        _ => out.push(c),
    }
}

fn push_code(out: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let code = usize::from(byte);
    out.extend(['%', char::from(HEX[code >> 4]), char::from(HEX[code & 15])]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d10_markdown_and_mentions_lose_their_meaning() {
        let cases = [
            ("*b* _i_ ~~s~~ ||x||", r"\*b\* \_i\_ \~\~s\~\~ \|\|x\|\|"),
            ("`code` ```block```", r"\`code\` \`\`\`block\`\`\`"),
            ("<@1> <@&1> <@!1> <#1>", r"\<\@1\> \<\@&1\> \<\@!1\> \<\#1\>"),
            (
                "</cmd:1> <t:1:R> <:x:1> <a:x:1>",
                r"\<\/cmd\:1\> \<t\:1\:R\> \<\:x\:1\> \<a\:x\:1\>",
            ),
            ("# head", r"\# head"),
            ("-# small", r"-\# small"),
            ("> quote", r"\> quote"),
            ("- item", r"\- item"),
            ("1. item", r"1\. item"),
            ("  12. item", r"  12\. item"),
            ("[a](b)", r"\[a\]\(b)"),
            (":smile: 12:30", r"\:smile: 12\:30"),
            (r"\*", r"\\\*"),
            ("a-b -1 1.5 v2.0", r"a-b -1 1.5 v2.0"),
            ("@admin", r"\@admin"),
        ];
        for (raw, shown) in cases {
            assert_eq!(escape(raw), shown, "{raw}");
        }
    }

    #[test]
    fn d10_everyone_and_here_are_parted() {
        for raw in ["@everyone", "@EveryOne!", "@here", "x@here"] {
            let shown = escape(raw);
            assert!(shown.contains("@\u{200b}"), "{shown}");
            assert_eq!(shown.replace(['\u{200b}', '\\'], ""), raw);
        }
    }

    #[test]
    fn an_address_stays_a_link_and_ends_where_it_should() {
        let cases = [
            ("see https://a.b/c_d_e.", "see <https://a.b/c_d_e>."),
            ("(https://a.b/x)", "(<https://a.b/x>)"),
            ("https://en.x/Foo_(bar)", "<https://en.x/Foo_(bar)>"),
            ("[x](https://evil.y)", r"\[x\]\(<https://evil.y>)"),
            ("<https://a.b>", r"\<<https://a.b>\>"),
            ("https://a.b/*x|y", "<https://a.b/%2Ax%7Cy>"),
            ("https://a.b/@everyone", "<https://a.b/%40everyone>"),
            ("HTTPS://A.b:80/?q=1#f", "<HTTPS://A.b:80/?q=1#f>"),
        ];
        for (raw, shown) in cases {
            assert_eq!(escape(raw), shown, "{raw}");
        }
    }

    #[test]
    fn what_only_looks_like_an_address_is_escaped() {
        for raw in [
            "https://",
            "https://*",
            "https://bank@evil.x",
            "steam://run/1",
            "https://_",
            "xhttps://a.b",
        ] {
            let shown = escape(raw);
            assert!(!shown.contains("<http"), "{shown}");
            assert!(shown.contains(r"\://"), "{shown}");
        }
        let long = format!("https://a.b/{}", "x".repeat(900));
        assert!(escape(&long).starts_with(r"https\://a.b/xxx"));
    }

    #[test]
    fn in_stretches_it_reads_as_token_by_token() {
        let one_by_one = |text: &str| {
            let mut out = String::new();
            Tokens::of_text(text, LONGEST_ADDRESS).for_each(|token| token.render(&mut out));
            out
        };
        // Digits and full stops, what begins like an address, the bullet and its neighbours, spaces beyond ASCII.
        let pieces = [
            "1",
            "23",
            ".",
            ")",
            " ",
            "\u{3000}",
            "a",
            "h",
            "ht",
            "http://a.b",
            "Http",
            "•",
            "”",
            "é",
            "-",
            ":",
            "@here",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    for d in pieces {
                        let text = format!("{a}{b}{c}{d}");
                        assert_eq!(escape(&text), one_by_one(&text), "{text}");
                    }
                }
            }
        }
        for c in '\0'..=char::MAX {
            let text = format!("x{c}1 {c} {c}");
            assert_eq!(escape(&text), one_by_one(&text), "{c:?}");
        }
    }

    #[test]
    fn bad_bytes_are_replaced() {
        assert_eq!(escape_player_text(b"a\xff*\0"), "a\u{fffd}\\*");
    }
}
