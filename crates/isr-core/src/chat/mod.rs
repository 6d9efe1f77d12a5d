//! What people write on Discord, as lines of a game's console.
//!
//! Owns how a message reads in the game: who said it, in one line each, split with a cap, with files, stickers, answers,
//! emoji and mentions as words. Everything in a message was written by strangers: nothing of it can begin a line, break one,
//! be a tag of the game's rich text, or look like the name of somebody else. Must not know Discord's wire or the console:
//! whoever sends a line still takes it through the gate. Pure. Cannot fail: a message of which nothing can be seen has no
//! lines.

mod markup;

use crate::text::{clean, is_invisible};
use crate::voice::{GameWord, Words};

/// The most lines that one message becomes; what is beyond is left out, and the last line says so.
pub const MOST_LINES: usize = 5;
/// The most characters of a line, without the name before them.
pub const LINE_LENGTH: usize = 240;
/// The most characters of a name.
pub const NAME_LENGTH: usize = 32;
/// The most characters that are shown of what a message answers.
const QUOTE_LENGTH: usize = 30;
/// More files and stickers are not named; Discord allows ten and three.
const MOST_NAMED: usize = 4;

/// Names for the ids in a text.
pub trait Names {
    /// The name of a user.
    fn user(&self, id: u64) -> Option<&str>;
    /// The name of a role.
    fn role(&self, id: u64) -> Option<&str>;
    /// The name of a channel.
    fn channel(&self, id: u64) -> Option<&str>;
}

/// What a message answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers<'a> {
    /// Nothing.
    Nothing,
    /// Somebody of this name.
    Somebody(&'a str),
    /// A message of a program, which reads like this.
    Text(&'a str),
}

/// A message as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<'a> {
    /// Who wrote it.
    pub author: &'a str,
    /// The text as Discord keeps it.
    pub text: &'a str,
    /// What it answers.
    pub answers: Answers<'a>,
    /// Whether the text is somebody else's, forwarded.
    pub forwarded: bool,
    /// Whether it was said before with other words.
    pub corrected: bool,
    /// Names of files.
    pub files: Vec<&'a str>,
    /// Names of stickers.
    pub stickers: Vec<&'a str>,
}

/// The lines of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// Each one line, with the name before it. None of them begins with a slash.
    pub lines: Vec<String>,
    /// Whether something was left out for want of room.
    pub cut: Cut,
}

/// Whether everything was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cut {
    /// It was.
    #[default]
    Whole,
    /// Not all of it.
    Shortened,
}

/// The lines of a message.
pub(crate) fn spoken(words: &Words, said: &Said<'_>, names: &dyn Names) -> Spoken {
    let game = &words.game;
    let mut pieces: Vec<String> = Vec::new();
    let text = markup::readable(said.text, names, game);
    for line in text.lines().filter(|line| !is_fence(line)) {
        pieces.extend(split(&harmless(line)));
    }
    if let (true, Some(first)) = (said.forwarded, pieces.first_mut()) {
        *first = game.fill(GameWord::ChatForwarded, &[("text", first)]);
    }
    if let (true, Some(first)) = (said.corrected, pieces.first_mut()) {
        *first = game.fill(GameWord::ChatCorrected, &[("text", first)]);
    }
    pieces.extend(beside(said, game));
    let cut = if pieces.len() > MOST_LINES {
        pieces.truncate(MOST_LINES);
        if let Some(last) = pieces.last_mut() {
            last.push(' ');
            last.push_str(game.get(GameWord::ChatCut));
        }
        Cut::Shortened
    } else {
        Cut::Whole
    };
    let speaker = speaker(said, game);
    let lines = pieces
        .into_iter()
        .map(|text| {
            let parts = [("speaker", speaker.as_str()), ("text", text.as_str())];
            // The words may be an admin's own: whatever they are, it stays one line that is no command.
            let line = game.fill(GameWord::ChatLine, &parts);
            line.trim_start_matches(|c: char| c == '/' || c.is_whitespace() || is_invisible(c))
                .to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect();
    Spoken { lines, cut }
}

/// Files and stickers, in one piece.
fn beside(said: &Said<'_>, game: &crate::voice::GameWords) -> Option<String> {
    let named = |word, name: &str| game.fill(word, &[("name", &shortened(&harmless(name), NAME_LENGTH))]);
    let files = said.files.iter().map(|name| named(GameWord::ChatFile, name));
    let stickers = said
        .stickers
        .iter()
        .map(|name| named(GameWord::ChatSticker, name));
    let all: Vec<String> = files.chain(stickers).collect();
    let more = all.len().saturating_sub(MOST_NAMED);
    let mut shown: Vec<String> = all.into_iter().take(MOST_NAMED).collect();
    if more > 0 {
        shown.push(game.fill(GameWord::More, &[("count", &more.to_string())]));
    }
    (!shown.is_empty()).then(|| shown.join(" "))
}

/// Who speaks, and to whom.
fn speaker(said: &Said<'_>, game: &crate::voice::GameWords) -> String {
    let name = name(said.author, game);
    match said.answers {
        Answers::Nothing => name,
        Answers::Somebody(other) => {
            let other = self::name(other, game);
            game.fill(GameWord::ChatAnswer, &[("author", &name), ("to", &other)])
        }
        Answers::Text(text) => {
            let first = text
                .lines()
                .find(|line| !line.trim().is_empty())
                .unwrap_or_default();
            let plain: String = harmless(first).replace(['*', '`', ':'], "");
            let quote = shortened(plain.trim(), QUOTE_LENGTH);
            if quote.is_empty() {
                return name;
            }
            game.fill(GameWord::ChatAnswerText, &[("author", &name), ("text", &quote)])
        }
    }
}

/// A name that ends where it seems to: no colon, no line, nothing that cannot be seen.
fn name(text: &str, game: &crate::voice::GameWords) -> String {
    let plain = harmless(text).replace(':', " ");
    let name = shortened(
        plain.split_whitespace().collect::<Vec<_>>().join(" ").as_str(),
        NAME_LENGTH,
    );
    if name.is_empty() {
        return game.get(GameWord::ChatSomebody).to_owned();
    }
    name
}

/// One visible line in which the game finds no tag of its rich text.
fn harmless(text: &str) -> String {
    let clean = clean(text);
    let plain = clean.chars().map(|c| match c {
        '[' => '(',
        ']' => ')',
        other => other,
    });
    let plain: String = plain.collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The frame of a block of code.
fn is_fence(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("```") && line.chars().skip(3).all(|c| c.is_ascii_alphanumeric())
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// A line in pieces that fit, cut between words where there are any.
fn split(line: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .nth(LINE_LENGTH)
            .map_or(rest.len(), |(at, _)| at);
        let cut = match rest.get(..end).and_then(|fitting| fitting.rfind(' ')) {
            Some(blank) if end < rest.len() && blank > end / 2 => blank,
            _ => end,
        };
        let (piece, behind) = rest.split_at(cut);
        pieces.push(piece.trim_end().to_owned());
        rest = behind.trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests;
