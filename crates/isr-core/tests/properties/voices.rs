//! Whatever an admin writes for an event, as a line or as an embed: Discord's limits hold and nothing is forged.

use std::sync::Arc;

use isr_core::template::EmbedTemplate;
use isr_core::text::{EmbedPart, Layout, units};
use isr_core::voice::{Body, Dress, Entries, Entry, Key, Line, MOST_PARTS, Overrides, Pack, Told, Voice};
use proptest::prelude::*;

use super::rendering::{TELLING, event};
use super::templates::template;

fn key() -> impl Strategy<Value = Key> {
    prop::sample::select(Key::all().collect::<Vec<_>>())
}

/// A template with the fields of a key in place of those of the strategy.
fn words(key: Key, text: &str) -> String {
    let fields = key.fields();
    let last = fields.len() - 1;
    text.replace("{a}", &format!("{{{}}}", fields[0]))
        .replace("{b}", &format!("{{{}}}", fields[last.min(1)]))
        .replace("{said}", &format!("{{{}}}", fields[last.min(2)]))
}

fn embed(key: Key, texts: &[String]) -> Option<EmbedTemplate> {
    let part = |part, text: &String| key.part(part, &words(key, text)).ok();
    let field = |pair: &[String]| {
        let name = part(EmbedPart::FieldName, &pair[0])?;
        Some((name, part(EmbedPart::FieldValue, pair.get(1)?)?, Layout::Beside))
    };
    let template = EmbedTemplate {
        title: part(EmbedPart::Title, &texts[0]),
        description: part(EmbedPart::Description, &texts[1]),
        footer: part(EmbedPart::Footer, &texts[2]),
        fields: texts[3..].chunks(2).filter_map(field).collect(),
        ..EmbedTemplate::default()
    };
    template.checked().ok()
}

fn entry(key: Key, texts: &[String], dress: Dress) -> Entry {
    let lines: Vec<_> = texts
        .iter()
        .filter_map(|text| key.text(&words(key, text)).ok())
        .collect();
    let body = match (dress, embed(key, texts)) {
        (Dress::Embed, Some(embed)) => Some(Body::Embeds(vec![embed])),
        _ => (!lines.is_empty()).then_some(Body::Texts(lines)),
    };
    Entry {
        body,
        dress: Some(dress),
        ..Entry::default()
    }
}

fn length(json: &serde_json::Value) -> usize {
    json.as_str().map_or(0, units)
}

fn assert_legal_embed(json: &str) {
    let embed: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let (title, description) = (length(&embed["title"]), length(&embed["description"]));
    let footer = length(&embed["footer"]["text"]);
    assert!(title <= 256 && description <= 4096 && footer <= 2048, "{json}");
    let fields = embed["fields"].as_array().cloned().unwrap_or_default();
    assert!(fields.len() <= 25);
    let mut all = title + description + footer;
    for field in &fields {
        let (name, value) = (length(&field["name"]), length(&field["value"]));
        assert!((1..=256).contains(&name) && (1..=1024).contains(&value), "{json}");
        all += name + value;
    }
    assert!((1..=6000).contains(&all), "{all}");
    assert!(embed["color"].as_u64().is_none_or(|colour| colour <= 0xff_ff_ff));
    let lower = json.to_lowercase();
    assert!(!lower.contains("@everyone") && !lower.contains("@here"), "{json}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_words_and_no_event_break_a_limit_or_address_everybody(
        changes in prop::collection::vec((key(), prop::collection::vec(template(), 3..12), any::<bool>()), 1..12),
        german in any::<bool>(),
        events in prop::collection::vec(event(), 1..6),
    ) {
        let mut entries = Entries::default();
        for (key, texts, as_embed) in changes {
            let dress = if as_embed { Dress::Embed } else { Dress::Line };
            entries.set(key, entry(key, &texts, dress));
        }
        let language = german.then(|| Arc::new(Pack::german()));
        let voice = Voice::new(Overrides { language, entries, ..Overrides::default() });
        for event in &events {
            for told in [voice.render(event, &TELLING), voice.render_as_speaker(event, &TELLING)] {
                match told {
                    Told::Lines(lines) => {
                        prop_assert!((1..=MOST_PARTS).contains(&lines.len()));
                        for line in lines {
                            prop_assert!(units(line.as_str()) <= Line::LIMIT);
                            prop_assert!(!line.as_str().contains(char::is_control));
                            let lower = line.as_str().to_lowercase();
                            prop_assert!(!lower.contains("@everyone") && !lower.contains("@here"));
                        }
                    }
                    Told::Embed(embed) => assert_legal_embed(&embed.to_json()),
                    Told::Nothing => prop_assert!(false, "nothing was switched off"),
                }
            }
        }
    }
}
