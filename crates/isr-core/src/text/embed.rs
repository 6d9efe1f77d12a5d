//! One embed of a message, within all of Discord's limits.
//!
//! Owns the limits: title 256, description 4,096, 25 fields of 256 and 1,024, footer 2,048, 6,000 in all, counted in
//! UTF-16 units, which is never less than Discord counts. Must not know events or templates. Cannot fail: what is too
//! long is cut, what may not be blank gets a dash.

use jiff::Timestamp;
use serde::Serialize;

use super::colour::Colour;
use super::{is_blank, units};

/// What stands where nothing could be seen and Discord wants something.
const NOTHING: &str = "–";

/// The parts of an embed that have a limit of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbedPart {
    /// The title.
    Title,
    /// The text below it.
    Description,
    /// The name of a field.
    FieldName,
    /// The value of a field.
    FieldValue,
    /// The small text at the end.
    Footer,
}

impl EmbedPart {
    /// Discord's limit.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            Self::Title | Self::FieldName => 256,
            Self::Description => 4096,
            Self::FieldValue => 1024,
            Self::Footer => 2048,
        }
    }
}

/// One embed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Embed {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<Footer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(skip)]
    used: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Field {
    name: String,
    value: String,
    inline: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Footer {
    text: String,
}

/// How a field stands to its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Below the one before.
    #[default]
    Below,
    /// Beside it, where there is room.
    Beside,
}

impl Embed {
    /// All texts of all embeds of a message together.
    pub const TOTAL: usize = 6000;
    /// The most fields.
    pub const FIELDS: usize = 25;

    /// Sets the title; a blank one is left out.
    #[must_use]
    pub fn with_title(mut self, text: &str) -> Self {
        self.title = self.fitting(text, EmbedPart::Title);
        self
    }

    /// Title, description and fields as one line of text, for where no embed can be.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        let fields = self
            .fields
            .iter()
            .map(|field| format!("{}: {}", field.name, field.value));
        let parts = self
            .title
            .clone()
            .into_iter()
            .chain(self.description.clone())
            .chain(fields);
        let parts: Vec<String> = parts.map(|part| part.replace('\n', " ")).collect();
        parts.join(" · ")
    }

    /// Sets the description; a blank one is left out.
    #[must_use]
    pub fn with_description(mut self, text: &str) -> Self {
        self.description = self.fitting(text, EmbedPart::Description);
        self
    }

    /// Adds a field; beyond the 25th none is added.
    #[must_use]
    pub fn with_field(mut self, name: &str, value: &str, layout: Layout) -> Self {
        if self.fields.len() < Self::FIELDS
            && self.room() >= 2
            && let Some(name) = self.fitting(name, EmbedPart::FieldName)
            && let Some(value) = self.fitting(value, EmbedPart::FieldValue)
        {
            let inline = layout == Layout::Beside;
            self.fields.push(Field { name, value, inline });
        }
        self
    }

    /// Sets the footer; a blank one is left out.
    #[must_use]
    pub fn with_footer(mut self, text: &str) -> Self {
        self.footer = self.fitting(text, EmbedPart::Footer).map(|text| Footer { text });
        self
    }

    /// Sets the colour.
    #[must_use]
    pub const fn with_colour(mut self, colour: Colour) -> Self {
        self.color = Some(colour.number());
        self
    }

    /// Sets the moment that Discord shows beside the footer; one that no calendar holds is left out.
    #[must_use]
    pub fn at(mut self, unix_ms: i64) -> Self {
        let moment = Timestamp::from_millisecond(unix_ms).ok();
        self.timestamp = moment.map(|moment| moment.to_string());
        self
    }

    /// Whether nothing could be seen.
    #[must_use]
    pub const fn is_blank(&self) -> bool {
        self.title.is_none() && self.description.is_none() && self.fields.is_empty() && self.footer.is_none()
    }

    /// As Discord's API has it. An embed in which nothing could be seen says so.
    #[must_use]
    pub fn to_json(&self) -> String {
        if self.is_blank() {
            return self.clone().with_description("(blank)").to_json();
        }
        // Only texts and numbers: nothing in it can refuse to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What is left for more text, in UTF-16 units.
    #[must_use]
    pub const fn room(&self) -> usize {
        Self::TOTAL.saturating_sub(self.used)
    }

    fn fitting(&mut self, text: &str, part: EmbedPart) -> Option<String> {
        // A value that comes after this name needs one character at least.
        let kept = usize::from(part == EmbedPart::FieldName);
        let room = part.limit().min(self.room().saturating_sub(kept));
        let needed = matches!(part, EmbedPart::FieldName | EmbedPart::FieldValue);
        let shown = match first_units(text.trim(), room) {
            shown if !is_blank(shown) => shown,
            _ if needed => NOTHING,
            _ => return None,
        };
        self.used += units(shown);
        Some(shown.to_owned())
    }
}

fn first_units(text: &str, room: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > room
    });
    text[..end.map_or(text.len(), |(at, _)| at)].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_of_an_embed_is_kept() {
        let long = "é".repeat(9000);
        let mut embed = Embed::default().with_title(&long).with_description(&long);
        for _ in 0..30 {
            embed = embed.with_field(&long, " ", Layout::Beside);
        }
        let json: serde_json::Value = serde_json::from_str(&embed.with_footer(&long).to_json()).unwrap();
        let length = |path: &str| json.pointer(path).unwrap().as_str().unwrap().chars().count();
        assert_eq!((length("/title"), length("/description")), (256, 4096));
        assert_eq!((length("/fields/0/name"), length("/fields/0/value")), (256, 1));
        let fields = json["fields"].as_array().unwrap();
        let all: usize = (0..fields.len())
            .map(|n| length(&format!("/fields/{n}/name")) + length(&format!("/fields/{n}/value")))
            .sum();
        let footer = json.pointer("/footer/text").map_or(0, |_| length("/footer/text"));
        assert_eq!(256 + 4096 + all + footer, Embed::TOTAL);
    }

    #[test]
    fn it_reads_as_discord_wants_it() {
        let embed = Embed::default()
            .with_title(" Hi ")
            .with_description("\u{200b}")
            .with_field("a", "", Layout::Below)
            .with_colour(Colour::GREEN)
            .at(1_767_225_600_000);
        assert_eq!(
            embed.to_json(),
            r#"{"title":"Hi","color":5763719,"fields":[{"name":"a","value":"–","inline":false}],"timestamp":"2026-01-01T00:00:00Z"}"#
        );
        assert_eq!(Embed::default().to_json(), r#"{"description":"(blank)"}"#);
    }
}
