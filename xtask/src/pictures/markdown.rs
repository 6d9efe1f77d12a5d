//! Discord's markdown, as far as this program and its players use it.
//!
//! Owns how a text becomes blocks of runs. A backslash before a sign makes it text, as in Discord's client; whatever is
//! not closed is text as well. Cannot fail.

use super::clock;

/// How a run looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Look {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) struck: bool,
    pub(super) mark: Mark,
}

/// What a run is beside text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mark {
    #[default]
    Text,
    Code,
    Link,
    Mention,
    Time,
}

/// A stretch of text of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) look: Look,
}

/// A line of a text, before it is wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Line(Vec<Run>),
    /// Of a level from 1 to 3.
    Heading(u8, Vec<Run>),
    /// `-#`.
    Small(Vec<Run>),
    Quote(Vec<Run>),
    Code(Vec<String>),
}

/// Reads a text; `now` is when it is looked at.
pub(super) fn read(text: &str, now: i64) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((before, fenced)) = rest.split_once("```") {
        let Some((inside, after)) = fenced.split_once("```") else {
            break;
        };
        lines(before.strip_suffix('\n').unwrap_or(before), now, &mut blocks);
        let inside = inside.split_once('\n').map_or(inside, |(_language, code)| code);
        let code = inside.trim_end_matches('\n').lines().map(str::to_owned).collect();
        blocks.push(Block::Code(code));
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    lines(rest, now, &mut blocks);
    blocks
}

fn lines(text: &str, now: i64, into: &mut Vec<Block>) {
    if text.is_empty() {
        return;
    }
    for line in text.split('\n') {
        let runs = |text: &str| inline(text, now);
        into.push(if let Some(small) = line.strip_prefix("-# ") {
            Block::Small(runs(small))
        } else if let Some(quoted) = line.strip_prefix("> ") {
            Block::Quote(runs(quoted))
        } else if let Some((signs, title)) = heading(line) {
            Block::Heading(signs, runs(title))
        } else if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            Block::Line(runs(&format!("• {item}")))
        } else {
            Block::Line(runs(line))
        });
    }
}

fn heading(line: &str) -> Option<(u8, &str)> {
    [(1, "# "), (2, "## "), (3, "### ")]
        .into_iter()
        .find_map(|(level, sign)| Some((level, line.strip_prefix(sign)?)))
}

/// Reads one line.
pub(super) fn inline(text: &str, now: i64) -> Vec<Run> {
    let mut reader = Reader {
        now,
        runs: Vec::new(),
    };
    reader.read(text, Look::default());
    reader.runs
}

struct Reader {
    now: i64,
    runs: Vec<Run>,
}

impl Reader {
    fn push(&mut self, text: &str, look: Look) {
        if text.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.look == look && !matches!(look.mark, Mark::Mention | Mark::Time) => {
                last.text.push_str(text);
            }
            _ => self.runs.push(Run {
                text: text.to_owned(),
                look,
            }),
        }
    }

    fn read(&mut self, mut rest: &str, look: Look) {
        while let Some(first) = rest.chars().next() {
            rest = match self.special(rest, look) {
                Some(after) => after,
                None => {
                    let (text, after) = rest.split_at(first.len_utf8());
                    self.push(text, look);
                    after
                }
            };
        }
    }

    /// Reads what begins here, if anything does; what is left.
    fn special<'a>(&mut self, rest: &'a str, look: Look) -> Option<&'a str> {
        if let Some(escaped) = rest.strip_prefix('\\') {
            let sign = escaped.chars().next().filter(char::is_ascii_punctuation)?;
            let (text, after) = escaped.split_at(sign.len_utf8());
            self.push(text, look);
            return Some(after);
        }
        if let Some(code) = rest.strip_prefix('`') {
            let (code, after) = code.split_once('`').filter(|(code, _)| !code.is_empty())?;
            self.push(
                code,
                Look {
                    mark: Mark::Code,
                    ..look
                },
            );
            return Some(after);
        }
        if let Some(angled) = rest.strip_prefix('<') {
            let (inside, after) = angled.split_once('>')?;
            let (text, mark) = self.angled(inside)?;
            self.push(&text, Look { mark, ..look });
            return Some(after);
        }
        if let Some(named) = rest.strip_prefix('[') {
            let (text, after) = named.split_once("](")?;
            let (_address, after) = after.split_once(')')?;
            self.read(
                text,
                Look {
                    mark: Mark::Link,
                    ..look
                },
            );
            return Some(after);
        }
        if rest.starts_with("https://") || rest.starts_with("http://") {
            let length = rest.find([' ', ')', '>']).unwrap_or(rest.len());
            let (address, after) = rest.split_at(length);
            self.push(
                address,
                Look {
                    mark: Mark::Link,
                    ..look
                },
            );
            return Some(after);
        }
        let pairs = [
            ("**", Look { bold: true, ..look }),
            ("__", look),
            ("~~", Look { struck: true, ..look }),
            ("*", Look { italic: true, ..look }),
            ("_", Look { italic: true, ..look }),
        ];
        let (sign, within) = pairs.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
        let (inside, after) = closed(&rest[sign.len()..], sign)?;
        self.read(inside, within);
        Some(after)
    }

    /// What stands in angle brackets.
    fn angled(&self, inside: &str) -> Option<(String, Mark)> {
        if let Some(time) = inside.strip_prefix("t:") {
            let (at, style) = time.split_once(':').unwrap_or((time, "f"));
            let told = clock::told(at.parse().ok()?, style.chars().next()?, self.now);
            return Some((told, Mark::Time));
        }
        if let Some(role) = inside.strip_prefix("@&") {
            return role
                .parse::<u64>()
                .ok()
                .map(|_| ("@admins".to_owned(), Mark::Mention));
        }
        if let Some(person) = inside.strip_prefix('@') {
            let is_id = person.trim_start_matches('!').parse::<u64>().is_ok();
            return is_id.then(|| ("@Ann".to_owned(), Mark::Mention));
        }
        if let Some(channel) = inside.strip_prefix('#') {
            return channel
                .parse::<u64>()
                .ok()
                .map(|_| ("#factorio".to_owned(), Mark::Mention));
        }
        if let Some(command) = inside.strip_prefix('/') {
            let (name, _id) = command.rsplit_once(':')?;
            return Some((format!("/{name}"), Mark::Mention));
        }
        inside
            .starts_with("http")
            .then(|| (inside.to_owned(), Mark::Link))
    }
}

/// Splits at the sign that closes, leaving out escaped ones and code.
fn closed<'a>(text: &'a str, sign: &str) -> Option<(&'a str, &'a str)> {
    let mut at = 0;
    let mut in_code = false;
    while at < text.len() {
        let rest = &text[at..];
        let first = rest.chars().next()?;
        if first == '\\' && !in_code {
            at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            continue;
        }
        if first == '`' {
            in_code = !in_code;
        }
        if !in_code && at > 0 && rest.starts_with(sign) {
            return Some((&text[..at], &rest[sign.len()..]));
        }
        at += first.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<(String, Look)> {
        inline(text, 100)
            .into_iter()
            .map(|run| (run.text, run.look))
            .collect()
    }

    #[test]
    fn signs_make_looks_and_escaped_ones_are_text() {
        let bold = Look {
            bold: true,
            ..Look::default()
        };
        let code = Look {
            mark: Mark::Code,
            ..Look::default()
        };
        let time = Look {
            mark: Mark::Time,
            ..Look::default()
        };
        let plain = Look::default();
        assert_eq!(
            runs(r"**B\_\*b** said \*\*hi\*\* `a*b` <t:90:R> 2*3"),
            [
                ("B_*b".into(), bold),
                (" said **hi** ".into(), plain),
                ("a*b".into(), code),
                (" ".into(), plain),
                ("10 seconds ago".into(), time),
                (" 2*3".into(), plain),
            ]
        );
        assert!(runs("_it_")[0].1.italic);
        assert_eq!(runs("<@&123>")[0].0, "@admins");
        assert_eq!(runs("a < b")[0].0, "a < b");
        assert_eq!(runs("[x](https://e.org) y")[0].1.mark, Mark::Link);
    }

    #[test]
    fn lines_are_blocks() {
        let blocks = read("# Title\n-# small\nx\n```\ncode *x*\n```\n- item", 0);
        assert_eq!(blocks.len(), 5);
        assert!(matches!(&blocks[0], Block::Heading(1, _)));
        assert!(matches!(&blocks[1], Block::Small(_)));
        assert_eq!(blocks[3], Block::Code(vec!["code *x*".into()]));
        assert!(matches!(&blocks[4], Block::Line(runs) if runs[0].text == "• item"));
    }
}
