//! A line as patterns see it: as text, whole and cut to the part that counts.
//!
//! Owns which lines patterns look at, and what each form of pattern reads of one. Must not know expressions. Cannot
//! fail: a line that no pattern may read is `None`.

use std::borrow::Cow;

use factorio_log::{Line, Part};

use super::LONGEST_LINE;
use super::definition::{Form, Place};

/// A line as patterns see it. Bad UTF-8 is read as U+FFFD.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub(super) whole: Cow<'a, str>,
    pub(super) part: Cow<'a, str>,
    /// What the part is; `None` for the frame of a console log.
    pub(super) place: Option<Place>,
}

impl<'a> Text<'a> {
    pub(super) fn of(line: &Line<'a>) -> Option<Self> {
        let place = match line.part {
            Part::Continuation => return None,
            Part::Framed => None,
            Part::Console(_) => Some(Place::Console),
            Part::Script(_) => Some(Place::Script),
            Part::Engine(_) => Some(Place::Engine),
            Part::Bare(_) => Some(Place::Bare),
        };
        let content = line.content;
        if content.is_empty() || content.len() > LONGEST_LINE && is_too_long(content) {
            return None;
        }
        let part = line.part.text().unwrap_or(content);
        let text = match std::str::from_utf8(content) {
            Ok(whole) => Self {
                whole: Cow::Borrowed(whole),
                // The part is the end of the line.
                part: Cow::Borrowed(whole.get(whole.len() - part.len()..).unwrap_or(whole)),
                place,
            },
            Err(_) => Self {
                whole: String::from_utf8_lossy(content),
                part: String::from_utf8_lossy(part),
                place,
            },
        };
        (!text.whole.trim_start().is_empty()).then_some(text)
    }

    /// What a pattern of this form reads of the line; `None` where it reads nothing of it.
    pub(super) fn haystack(&self, form: &Form) -> Option<&str> {
        match form {
            Form::Positional => Some(&self.whole),
            Form::Named { place, .. } => {
                let reads = *place == Place::Any && self.place.is_some() || self.place == Some(*place);
                reads.then_some(&*self.part)
            }
        }
    }
}

fn is_too_long(content: &[u8]) -> bool {
    let continues = |byte: &u8| (0x80..0xc0).contains(byte);
    content.len() > LONGEST_LINE * 4 || content.iter().filter(|byte| !continues(byte)).count() > LONGEST_LINE
}
