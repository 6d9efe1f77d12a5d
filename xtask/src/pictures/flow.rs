//! Text set in lines of a width.
//!
//! Owns wrapping and the drawing of lines: runs of one look with their width, marks behind them, pictures in the text,
//! blocks of code. Must not know messages. Cannot fail: a word that is too long stands out.

use super::canvas::{Canvas, Fill, Letters};
use super::markdown::{Block, Look, Mark, Run};
use super::metrics::{self, EMOJI, Face};

/// A size of text, and the height of a line of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) letters: f64,
    pub(super) line: f64,
}

pub(super) const BODY: Size = Size {
    letters: 16.0,
    line: 22.0,
};
pub(super) const EMBED: Size = Size {
    letters: 14.0,
    line: 18.0,
};
pub(super) const SMALL: Size = Size {
    letters: 13.0,
    line: 18.0,
};
/// Code is smaller than what stands around it.
const CODE: f64 = 0.875;
/// Room around code and marks.
const PAD: f64 = 3.0;

/// A stretch of a line.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    text: String,
    look: Look,
    width: f64,
}

/// A line as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pieces: Vec<Piece>,
    size: Size,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Small,
    Quote,
    Code,
}

impl Line {
    pub(super) fn width(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.width).sum::<f64>()
            + match self.kind {
                Kind::Quote => 16.0,
                Kind::Code => 20.0,
                Kind::Text | Kind::Small => 0.0,
            }
    }
}

/// Sets blocks in lines.
pub(super) fn set(blocks: &[Block], size: Size, room: f64) -> Vec<Line> {
    let mut lines = Vec::new();
    for block in blocks {
        match block {
            Block::Line(runs) => wrap(runs, size, Kind::Text, room, &mut lines),
            Block::Heading(level, runs) => {
                let factor = [1.5, 1.25, 1.1][usize::from(*level).clamp(1, 3) - 1];
                let size = Size {
                    letters: size.letters * factor,
                    line: size.line * factor,
                };
                wrap(&bold(runs), size, Kind::Text, room, &mut lines);
            }
            Block::Small(runs) => wrap(runs, SMALL, Kind::Small, room, &mut lines),
            Block::Quote(runs) => wrap(runs, size, Kind::Quote, room - 16.0, &mut lines),
            Block::Code(code) => {
                for text in code.iter().flat_map(|text| folded(text, size, room - 20.0)) {
                    let look = Look {
                        mark: Mark::Code,
                        ..Look::default()
                    };
                    let piece = piece(&text, look, size, Kind::Code);
                    lines.push(Line {
                        pieces: vec![piece],
                        size,
                        kind: Kind::Code,
                    });
                }
            }
        }
    }
    lines
}

/// Code goes on in the next line where it does not fit.
fn folded(text: &str, size: Size, room: f64) -> Vec<String> {
    let one = metrics::width("x", Face::Fixed) * size.letters * CODE;
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0);
    for c in text.chars() {
        if used + one > room {
            lines.push(std::mem::take(&mut line));
            used = 0.0;
        }
        line.push(c);
        used += one;
    }
    lines.push(line);
    lines
}

/// The same text, bold.
pub(super) fn bold(runs: &[Run]) -> Vec<Run> {
    let mut runs = runs.to_vec();
    runs.iter_mut().for_each(|run| run.look.bold = true);
    runs
}

fn wrap(runs: &[Run], size: Size, kind: Kind, room: f64, into: &mut Vec<Line>) {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut used = 0.0;
    let mut end = |pieces: &mut Vec<Piece>| {
        into.push(Line {
            pieces: std::mem::take(pieces),
            size,
            kind,
        });
    };
    for cluster in clusters(runs, size, kind) {
        let last = cluster.last();
        let blanks = last.map_or(0.0, |last| {
            let count = last.text.len() - last.text.trim_end().len();
            metrics::width(&" ".repeat(count), face(last.look)) * letters(size, last.look)
        });
        let width: f64 = cluster.iter().map(|piece| piece.width).sum();
        if used > 0.0 && used + width - blanks > room {
            end(&mut pieces);
            used = 0.0;
        }
        used += width;
        pieces.extend(cluster);
    }
    end(&mut pieces);
}

/// Words that stand together: a line ends only behind a blank.
fn clusters(runs: &[Run], size: Size, kind: Kind) -> Vec<Vec<Piece>> {
    let mut clusters: Vec<Vec<Piece>> = Vec::new();
    let mut may_break = true;
    for run in runs {
        for word in words(run) {
            let begins = may_break || word.starts_with(' ');
            may_break = word.ends_with(' ');
            let piece = piece(word, run.look, size, kind);
            match clusters.last_mut() {
                Some(cluster) if !begins => cluster.push(piece),
                _ => clusters.push(vec![piece]),
            }
        }
    }
    clusters
}

/// A run in words with the blanks behind them; pictures stand alone, and so does what has a mark behind it.
fn words(run: &Run) -> Vec<&str> {
    if matches!(run.look.mark, Mark::Code | Mark::Mention | Mark::Time) {
        return vec![&run.text];
    }
    let mut words = Vec::new();
    let mut begun = 0;
    let mut last = ' ';
    for (at, c) in run.text.char_indices() {
        let breaks = (last == ' ' && c != ' ')
            || (metrics::is_emoji(c) && last != '\u{200d}')
            || (metrics::is_emoji(last) && !metrics::is_unseen(c));
        if breaks && at > begun {
            words.push(&run.text[begun..at]);
            begun = at;
        }
        if !metrics::is_unseen(c) || c == '\u{200d}' {
            last = c;
        }
    }
    words.push(&run.text[begun..]);
    words
}

const fn face(look: Look) -> Face {
    match (look.mark, look.bold) {
        (Mark::Code, _) => Face::Fixed,
        (_, true) => Face::Bold,
        (_, false) => Face::Plain,
    }
}

fn letters(size: Size, look: Look) -> f64 {
    if look.mark == Mark::Code {
        size.letters * CODE
    } else {
        size.letters
    }
}

fn is_picture(text: &str) -> bool {
    text.chars().next().is_some_and(metrics::is_emoji)
}

fn piece(text: &str, look: Look, size: Size, kind: Kind) -> Piece {
    let width = if is_picture(text) {
        size.letters * EMOJI
    } else {
        let pad = match look.mark {
            Mark::Code | Mark::Mention | Mark::Time if kind != Kind::Code => 2.0 * PAD,
            _ => 0.0,
        };
        metrics::width(text, face(look)) * letters(size, look) + pad
    };
    Piece {
        text: text.to_owned(),
        look,
        width,
    }
}

/// Draws lines with their upper edge at `y`; the lower edge.
pub(super) fn draw(
    canvas: &mut Canvas,
    lines: &[Line],
    x: f64,
    y: f64,
    colour: &'static str,
    room: f64,
) -> f64 {
    let mut y = y;
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        if line.kind == Kind::Code {
            let count = lines[at..]
                .iter()
                .take_while(|line| line.kind == Kind::Code)
                .count();
            let code = &lines[at..at + count];
            let height: f64 = code.iter().map(|line| line.size.line).sum::<f64>() + 14.0;
            canvas.block(x, y + 4.0, room, height, 4.0, Fill::CODE);
            let mut inner = y + 11.0;
            for line in code {
                one(canvas, line, x + 10.0, inner, colour);
                inner += line.size.line;
            }
            y += height + 6.0;
            at += count;
            continue;
        }
        let (shift, colour) = match line.kind {
            Kind::Quote => (16.0, colour),
            Kind::Small => (0.0, Fill::FAINT),
            Kind::Text | Kind::Code => (0.0, colour),
        };
        if line.kind == Kind::Quote {
            canvas.block(x, y, 4.0, line.size.line, 2.0, Fill::QUOTE);
        }
        one(canvas, line, x + shift, y, colour);
        y += line.size.line;
        at += 1;
    }
    y
}

fn one(canvas: &mut Canvas, line: &Line, x: f64, y: f64, colour: &'static str) {
    let base = y + (line.size.line + 0.7 * line.size.letters) / 2.0;
    let mut x = x;
    for piece in joined(&line.pieces) {
        let pad = if piece.look.mark == Mark::Text || piece.look.mark == Mark::Link || line.kind == Kind::Code
        {
            0.0
        } else {
            PAD
        };
        let behind = match piece.look.mark {
            Mark::Code if line.kind != Kind::Code => Some(Fill::CODE),
            Mark::Mention => Some(Fill::MENTION),
            Mark::Time => Some(Fill::TIME),
            _ => None,
        };
        if let Some(fill) = behind {
            let height = line.size.letters * 1.25;
            canvas.block(x, base - line.size.letters, piece.width, height, 3.0, fill);
        }
        if is_picture(&piece.text) {
            canvas.emoji(&piece.text, x, base, line.size.letters);
        } else {
            let colour = match piece.look.mark {
                Mark::Link => Fill::LINK,
                Mark::Mention => Fill::MENTIONED,
                _ => colour,
            };
            let letters = Letters {
                size: letters(line.size, piece.look),
                face: face(piece.look),
                colour,
                italic: piece.look.italic,
            };
            canvas.text(&piece.text, x + pad, base, piece.width - 2.0 * pad, letters);
            if piece.look.struck {
                canvas.block(x, base - 0.35 * line.size.letters, piece.width, 1.0, 0.0, colour);
            }
        }
        x += piece.width;
    }
}

/// Words of one look, one text.
fn joined(pieces: &[Piece]) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        let plain =
            |piece: &Piece| matches!(piece.look.mark, Mark::Text | Mark::Link) && !is_picture(&piece.text);
        match joined.last_mut() {
            Some(last) if last.look == piece.look && plain(last) && plain(piece) => {
                last.text.push_str(&piece.text);
                last.width += piece.width;
            }
            _ => joined.push(piece.clone()),
        }
    }
    joined
}
