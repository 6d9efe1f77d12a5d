//! Rich text: the square-bracket markup in chat, as structure.
//!
//! Owns the cut of a text into plain pieces, tags and colour or font spans. Must not know how a piece is shown, nor
//! whether an item exists. Nothing fails: markup that is unknown or damaged stays text, byte for byte, so that the
//! pieces always add up to the input. Linear in the input; nothing is allocated.

/// One piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Plain text, never empty. May hold brackets that are no markup.
    Text(&'a [u8]),
    /// Something shown as an icon or a link: `[item=iron-plate,quality=rare]`.
    Tag {
        /// The word before `=`, such as `item`.
        name: &'a [u8],
        /// What is shown: up to the first `,key=`. A `gps` value keeps its commas.
        value: &'a [u8],
        /// What follows the value, such as `quality=rare`.
        params: Params<'a>,
    },
    /// A span begins: `[color=red]`, `[font=default-bold]`.
    Open {
        /// Which sort of span.
        span: Span,
        /// The colour or font.
        value: &'a [u8],
    },
    /// A span ends: `[/color]` or `[.color]`. It may lack its beginning.
    Close(Span),
}

/// A sort of span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// `[color=…]`
    Color,
    /// `[font=…]`
    Font,
}

/// The parameters of a tag: an iterator over keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Params<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let end = memchr::memchr(b',', self.rest).unwrap_or(self.rest.len());
            let pair = &self.rest[..end];
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'=', pair) {
                return Some((&pair[..at], &pair[at + 1..]));
            }
        }
        None
    }
}

/// A place on the map: the value of a `gps` tag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gps<'a> {
    /// East of the origin, in tiles.
    pub x: f64,
    /// South of the origin, in tiles.
    pub y: f64,
    /// The surface; left out by the game when the sender stands on it.
    pub surface: Option<&'a [u8]>,
}

impl<'a> Gps<'a> {
    /// Reads `x,y` or `x,y,surface`, the value of a `gps` tag.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut parts = value.splitn(3, |byte| *byte == b',');
        let x = crate::scan::decimal(parts.next()?)?;
        let y = crate::scan::decimal(parts.next()?)?;
        Some(Self {
            x,
            y,
            surface: parts.next().and_then(crate::scan::filled),
        })
    }
}

/// The tags that the game knows. Anything else in brackets is what somebody typed.
const TAGS: [&[u8]; 24] = [
    b"achievement",
    b"armor",
    b"asteroid-chunk",
    b"entity",
    b"fluid",
    b"gps",
    b"img",
    b"item",
    b"item-group",
    b"planet",
    b"quality",
    b"recipe",
    b"shortcut",
    b"space-location",
    b"space-platform",
    b"special-item",
    b"sprite",
    b"technology",
    b"tile",
    b"tip",
    b"tooltip",
    b"train",
    b"train-stop",
    b"virtual-signal",
];

/// Longest tag name, in bytes.
const NAME_LENGTH: usize = 15;

/// Longest markup between brackets that is believed, in bytes: keeps a flood of opening brackets linear.
const MARKUP_LENGTH: usize = 512;

/// Cuts `text` into its pieces.
#[must_use]
pub const fn segments(text: &[u8]) -> Segments<'_> {
    Segments {
        rest: text,
        markup: None,
    }
}

/// The pieces of a text, in order; made by [`segments`].
#[derive(Debug, Clone)]
pub struct Segments<'a> {
    rest: &'a [u8],
    /// Markup that was found behind the text piece returned last.
    markup: Option<Segment<'a>>,
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if let Some(markup) = self.markup.take() {
            return Some(markup);
        }
        if self.rest.is_empty() {
            return None;
        }
        let found = memchr::memchr_iter(b'[', self.rest)
            .find_map(|at| markup(&self.rest[at..]).map(|(segment, length)| (at, segment, length)));
        let Some((at, segment, length)) = found else {
            return Some(Segment::Text(std::mem::take(&mut self.rest)));
        };
        let text = &self.rest[..at];
        self.rest = &self.rest[at + length..];
        if text.is_empty() {
            return Some(segment);
        }
        self.markup = Some(segment);
        Some(Segment::Text(text))
    }
}

/// Reads markup at the start of `text`; gives it with its length in bytes.
fn markup(text: &[u8]) -> Option<(Segment<'_>, usize)> {
    let inner = &text[1..text.len().min(MARKUP_LENGTH + 2)];
    let end = memchr::memchr3(b']', b'[', b'\n', inner)?;
    if inner[end] != b']' {
        return None;
    }
    let segment = closing(&inner[..end]).or_else(|| opening(&inner[..end]))?;
    Some((segment, end + 2))
}

fn closing(markup: &[u8]) -> Option<Segment<'_>> {
    match markup {
        b"/color" | b".color" => Some(Segment::Close(Span::Color)),
        b"/font" | b".font" => Some(Segment::Close(Span::Font)),
        _ => None,
    }
}

fn opening(markup: &[u8]) -> Option<Segment<'_>> {
    let at = memchr::memchr(b'=', &markup[..markup.len().min(NAME_LENGTH + 1)])?;
    let (name, value) = (&markup[..at], crate::scan::filled(&markup[at + 1..])?);
    match name {
        b"color" => Some(Segment::Open {
            span: Span::Color,
            value,
        }),
        b"font" => Some(Segment::Open {
            span: Span::Font,
            value,
        }),
        _ if TAGS.contains(&name) => {
            let (value, rest) = split_params(value)?;
            Some(Segment::Tag {
                name,
                value,
                params: Params { rest },
            })
        }
        _ => None,
    }
}

/// Splits a value from its parameters: the first part that holds `=` begins them.
fn split_params(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(equals) = memchr::memchr(b'=', value) else {
        return Some((value, b""));
    };
    match memchr::memrchr(b',', &value[..equals]) {
        Some(0) => None,
        Some(comma) => Some((&value[..comma], &value[comma + 1..])),
        None => Some((value, b"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag<'a>(name: &'a str, value: &'a str, rest: &'a str) -> Segment<'a> {
        let params = Params {
            rest: rest.as_bytes(),
        };
        Segment::Tag {
            name: name.as_bytes(),
            value: value.as_bytes(),
            params,
        }
    }

    fn pieces(text: &str) -> Vec<Segment<'_>> {
        segments(text.as_bytes()).collect()
    }

    #[test]
    fn tags_and_text_alternate() {
        assert_eq!(
            pieces("see [item=iron-plate,quality=rare] at [gps=-12,34.5,nauvis]!"),
            [
                Segment::Text(b"see "),
                tag("item", "iron-plate", "quality=rare"),
                Segment::Text(b" at "),
                tag("gps", "-12,34.5,nauvis", ""),
                Segment::Text(b"!"),
            ]
        );
        assert_eq!(pieces(""), []);
        assert_eq!(pieces("[train-stop=7][space-platform=3]").len(), 2);
    }

    #[test]
    fn spans_open_and_close_with_slash_or_dot() {
        for close in ["[/color]", "[.color]"] {
            let text = format!("[color=#7289DA][Discord]hi{close}");
            assert_eq!(
                pieces(&text),
                [
                    Segment::Open {
                        span: Span::Color,
                        value: b"#7289DA"
                    },
                    Segment::Text(b"[Discord]hi"),
                    Segment::Close(Span::Color),
                ]
            );
        }
        let font = Segment::Open {
            span: Span::Font,
            value: b"default-bold",
        };
        assert_eq!(
            pieces("[font=default-bold][.font]"),
            [font, Segment::Close(Span::Font)]
        );
        assert_eq!(
            pieces("[color=1,0,0]"),
            [Segment::Open {
                span: Span::Color,
                value: b"1,0,0"
            }]
        );
    }

    #[test]
    fn unknown_and_damaged_markup_stays_text() {
        for text in [
            "[foo=bar]",
            "[item=]",
            "[item]",
            "[item=iron-plate",
            "[item=iron-plate[",
            "[item=iron\nplate]",
            "[=x]",
            "[/item]",
            "[Item=x]",
            "[item=,quality=rare]",
            "[]",
            "[",
            "]",
            "[JOIN] bob joined the game",
        ] {
            assert_eq!(pieces(text), [Segment::Text(text.as_bytes())], "{text}");
        }
        assert_eq!(
            pieces("[[item=coal]]"),
            [Segment::Text(b"["), tag("item", "coal", ""), Segment::Text(b"]")]
        );
        let long = format!("[item={}]", "x".repeat(MARKUP_LENGTH));
        assert_eq!(pieces(&long), [Segment::Text(long.as_bytes())]);
    }

    #[test]
    fn parameters_are_pairs() {
        let Some(Segment::Tag { params, .. }) = segments(b"[item=x,quality=rare,a=b=c,junk,=]").next() else {
            panic!("a tag");
        };
        let pairs: Vec<_> = params.collect();
        assert_eq!(
            pairs,
            [(&b"quality"[..], &b"rare"[..]), (b"a", b"b=c"), (b"", b"")]
        );
    }

    #[test]
    fn gps_values_are_places() {
        assert_eq!(
            Gps::parse(b"98,69"),
            Some(Gps {
                x: 98.0,
                y: 69.0,
                surface: None
            })
        );
        assert_eq!(
            Gps::parse(b"-1.5,2,nauvis"),
            Some(Gps {
                x: -1.5,
                y: 2.0,
                surface: Some(b"nauvis")
            })
        );
        for bad in [&b""[..], b"1", b"1,", b"a,b", b"1,inf"] {
            assert_eq!(Gps::parse(bad), None);
        }
    }

    #[test]
    fn names_fit_the_limit() {
        assert!(TAGS.iter().all(|name| name.len() <= NAME_LENGTH));
        assert!(TAGS.contains(&&b"space-location"[..]));
    }
}
