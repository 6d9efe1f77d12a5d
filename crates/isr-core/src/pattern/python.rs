//! The expressions of the Python program, written so that our engine reads them the same way.
//!
//! Owns the differences of the two notations, and the constructs that no linear engine has: they are refused with a
//! rewrite. Must not know what an expression is for. Fails at the character where such a construct begins.

use super::fault::Fault;

/// An expression in our engine's notation, and where each of its bytes comes from.
#[derive(Debug, Default)]
pub(super) struct Notation {
    pub(super) text: String,
    origin: Vec<usize>,
}

impl Notation {
    /// An expression that is in our notation already.
    pub(super) fn own(source: &str) -> Self {
        let mut notation = Self::default();
        for (at, c) in source.chars().enumerate() {
            notation.push(c, at);
        }
        notation
    }

    /// Reads an expression of the Python program.
    pub(super) fn python(source: &str) -> Self {
        let characters: Vec<char> = source.chars().collect();
        Translation {
            source: &characters,
            at: 0,
            class: None,
            out: Self::default(),
        }
        .run()
    }

    /// The character of the source that a byte of the text comes from.
    pub(super) fn origin(&self, byte: usize) -> usize {
        let last = self.origin.last().map_or(0, |at| at + 1);
        self.origin.get(byte).copied().unwrap_or(last)
    }

    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.origin.resize(self.text.len(), at);
    }

    fn push_str(&mut self, text: &str, at: usize) {
        text.chars().for_each(|c| self.push(c, at));
    }
}

struct Translation<'a> {
    source: &'a [char],
    at: usize,
    /// Where the character class that we are in began.
    class: Option<usize>,
    out: Notation,
}

impl Translation<'_> {
    fn run(mut self) -> Notation {
        // The whole expression is read without regard to case anyway.
        if self.looking_at("(?i)") {
            self.at += 4;
        }
        while let Some(&c) = self.source.get(self.at) {
            let at = self.at;
            self.at += 1;
            match (c, self.class) {
                ('\\', _) => self.escape(at),
                (']', Some(start)) if at > start + 1 => {
                    self.class = None;
                    self.out.push(c, at);
                }
                // In a class of ours these may begin a class in a class, or an operator.
                ('[' | ']' | '&' | '~', Some(_)) => self.out.push_str(&format!("\\{c}"), at),
                ('-', Some(_)) if self.looking_at("-") => self.out.push_str("\\-", at),
                ('[', None) => self.class(at),
                ('{', None) => self.brace(at),
                ('(', None) if self.looking_at("?#") => self.comment(),
                _ => self.out.push(c, at),
            }
        }
        self.out
    }

    fn looking_at(&self, text: &str) -> bool {
        let mut rest = self.source[self.at.min(self.source.len())..].iter();
        text.chars().all(|c| rest.next() == Some(&c))
    }

    fn class(&mut self, at: usize) {
        self.out.push('[', at);
        if self.looking_at("^") {
            self.out.push('^', self.at);
            self.at += 1;
            self.class = Some(at + 1);
        } else {
            self.class = Some(at);
        }
    }

    fn escape(&mut self, at: usize) {
        let Some(&c) = self.source.get(self.at) else {
            self.out.push('\\', at);
            return;
        };
        self.at += 1;
        match c {
            'Z' if self.class.is_none() => self.out.push_str("\\z", at),
            // Here these two would be ends of words.
            '<' | '>' => self.out.push(c, at),
            c if !c.is_ascii() => self.out.push(c, at),
            c => {
                self.out.push('\\', at);
                self.out.push(c, at + 1);
            }
        }
    }

    /// A brace that is no repetition stands for itself.
    fn brace(&mut self, at: usize) {
        let rest: String = self.source[self.at..]
            .iter()
            .take_while(|c| **c != '}')
            .take(12)
            .collect();
        let closed = self.source.get(self.at + rest.chars().count()) == Some(&'}');
        let number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        let repetition = match rest.split_once(',') {
            Some((low, high)) => number(low) && number(high) && rest.len() > 1,
            None => !rest.is_empty() && number(&rest),
        };
        if closed && repetition {
            self.out
                .push_str(if rest.starts_with(',') { "{0" } else { "{" }, at);
        } else {
            self.out.push_str("\\{", at);
        }
    }

    fn comment(&mut self) {
        while self.source.get(self.at).is_some_and(|c| *c != ')') {
            self.at += 1;
        }
        self.at += 1;
    }
}

/// Refuses what needs an engine that tries and goes back: such an engine can be made to stall.
pub(super) fn refuse_unsupported(source: &str) -> Result<(), Fault> {
    const NEGATIVE: &str = "leave it out, and give the lines that it keeps away a pattern of their own with a lower \
                            priority number, `where: any` and `enabled: silent`";
    const POSITIVE: &str =
        "write that text into the expression itself; a group that no template names does no harm";
    const REPEATED: &str = "write the repeated part out once more, as a group of its own";
    const CONSTRUCTS: [(&str, &str, &str); 7] = [
        ("(?<=", "a look-behind `(?<=…)`", POSITIVE),
        ("(?<!", "a negative look-behind `(?<!…)`", NEGATIVE),
        ("(?=", "a look-ahead `(?=…)`", POSITIVE),
        ("(?!", "a negative look-ahead `(?!…)`", NEGATIVE),
        ("(?P=", "a back-reference `(?P=name)`", REPEATED),
        ("(?>", "an atomic group `(?>…)`", "write `(?:…)`"),
        ("(?(", "a condition `(?(…)…)`", "write a pattern for each case"),
    ];
    let characters: Vec<char> = source.chars().collect();
    let mut class = false;
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        match c {
            '\\' => {
                let next = characters.get(at + 1);
                if !class && next.is_some_and(|c| ('1'..='9').contains(c)) {
                    return Err(refused(at, "a back-reference `\\1`", REPEATED));
                }
                at += 1;
            }
            '[' if !class => {
                class = true;
                // A bracket right at the beginning of a class stands for itself.
                at += usize::from(characters.get(at + 1) == Some(&'^'));
                at += usize::from(characters.get(at + 1) == Some(&']'));
            }
            ']' => class = false,
            '(' if !class => {
                let head: String = characters[at..].iter().take(4).collect();
                let found = CONSTRUCTS.iter().find(|(sign, ..)| head.starts_with(sign));
                if let Some((_, what, remedy)) = found {
                    return Err(refused(at, what, remedy));
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

fn refused(at: usize, what: &str, remedy: &str) -> Fault {
    Fault::expression(
        at,
        format!("{what} is not supported: an expression that tries again and again can be made to stall"),
        remedy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(source: &str) -> String {
        Notation::python(source).text
    }

    #[test]
    fn what_both_notations_share_stays() {
        for source in [
            r"^(?:\d{4}-\d{2}-\d{2} )?\[CHAT\] (\w+): (.+)$",
            r"(?P<player>[A-Za-z0-9_]+) (?P<message>.+)",
            r"a{2,}b{,3}?".replace("{,", "{0,").as_str(),
            r"[^\]]+",
            "",
        ] {
            assert_eq!(translated(source), source);
        }
    }

    #[test]
    fn what_python_reads_otherwise_is_written_otherwise() {
        for (source, ours) in [
            (r"(?i)abc", "abc"),
            (r"\<server\>", "<server>"),
            (r"end\Z", r"end\z"),
            ("[[a-z]", r"[\[a-z]"),
            ("[]a]", r"[\]a]"),
            ("[^]a]", r"[^\]a]"),
            ("[a&&b~~c--d]", r"[a\&\&b\~\~c\--d]"),
            ("a{x}", r"a\{x}"),
            ("{player}", r"\{player}"),
            ("a{,3}", "a{0,3}"),
            ("a(?#why)b", "ab"),
            (r"\ä", "ä"),
        ] {
            assert_eq!(translated(source), ours, "{source}");
            assert!(regex::Regex::new(ours).is_ok(), "{ours}");
        }
    }

    #[test]
    fn constructs_without_an_end_are_refused_where_they_begin() {
        for (source, at) in [
            ("ab(?=c)", 2),
            ("(?!c)", 0),
            ("ä(?<=c)", 1),
            ("(?<!c)", 0),
            (r"(a)\1", 3),
            ("(?P<x>a)(?P=x)", 8),
            ("(?>a)", 0),
            ("(a)(?(1)b)", 3),
        ] {
            let fault = refuse_unsupported(source).unwrap_err();
            assert_eq!(fault.spot, super::super::Spot::Expression(at), "{source}");
        }
        for source in [r"\(?=", "[(?=]", r"[\1]", "(?P<x>a)", "(?<x>a)", r"\\(?:1)"] {
            assert_eq!(refuse_unsupported(source), Ok(()), "{source}");
        }
    }
}
