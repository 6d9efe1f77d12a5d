//! What a template shows, character by character.

use super::*;
use crate::text::{CONTENT_LIMIT, EmbedPart, Layout, LeftOut, Mark, Marked, units};

const KNOWN: &[&str] = &["player", "text", "count"];

fn line(template: &str, player: &str, text: &str) -> String {
    let template = Template::parse(template, KNOWN).expect(template);
    let fields = Fields::new()
        .with("player", Value::text(player))
        .with("text", Value::text(text));
    template.line(&fields, &LeftOut::default()).into_string()
}

fn fault(template: &str) -> (usize, TemplateFault) {
    let error = Template::parse(template, KNOWN).expect_err(template);
    assert!(!error.remedy().is_empty());
    (error.at, error.kind)
}

#[test]
fn literals_stay_and_values_are_escaped() {
    assert_eq!(
        line("**{player}**: {text}", "*Bob*", "_hi_"),
        r"**\*Bob\***: \_hi\_"
    );
    assert_eq!(line("{{{player}}} <:iron:1>", "Bob", ""), "{Bob} <:iron:1>");
    assert_eq!(
        line("{text}", "", "[item=iron-plate] [color=red]x[/color]"),
        "iron plate x"
    );
    assert_eq!(line("  {player}\n", "Bob", ""), "Bob");
    assert_eq!(line("{text}", "", ""), "(blank)");
}

#[test]
fn the_place_of_a_field_decides_how_it_is_written() {
    let code = line("`{text}` {text}", "", "a`b*");
    assert_eq!(code, r"`aˋb*` a\`b\*");
    assert_eq!(line("```{text}```", "", "x_`y"), "```x_ˋy```");
    assert_eq!(line("`{text}`", "", ""), "` `");
    assert_eq!(
        line("https://a.b/{player}/x", "a b/(ö)@", ""),
        "https://a.b/a%20b%2F%28%C3%B6%29%40/x"
    );
    assert_eq!(
        line("[{player}]({text})", "B]b", "https://evil.x"),
        r"[B\]b](https%3A%2F%2Fevil.x)"
    );
    assert_eq!(line("https:{text}", "", "//evil.x"), "https:%2F%2Fevil.x");
}

#[test]
fn no_value_completes_what_the_template_began() {
    assert_eq!(line("<@{text}>", "", "123"), r"\<@123>");
    assert_eq!(line("<:{text}:1>", "", "x"), r"\<:x:1>");
    assert_eq!(line("<t:{text}:R>", "", "1"), "<t:1:R>");
    assert_eq!(line("</https://a.b/{text}:1>", "", "x"), r"\</https://a.b/x:1>");
    assert_eq!(line("<https://a.b/{text}>", "", "x"), "<https://a.b/x>");
    assert_eq!(line(r"\{text}", "", "*b*"), r"\\\*b\*");
    assert_eq!(line(r"](\{text}**", "", ""), r"](\\**");
    assert_eq!(line("</https://a.b/{text}:1>", "", ""), r"\</https://a.b/:1>");
    assert_eq!(line("@{text}", "", "everyone"), "@\u{200b}everyone");
    assert_eq!(line("{player}{text}", "@", "here"), "\\@\u{200b}here");
    assert_eq!(line("@everyone {text}", "", "x"), "@\u{200b}everyone x");
    // A back-tick that nothing closes is no code, and a value cannot close it.
    assert_eq!(line("` {text}", "", "a`b"), r"\` a\`b");
}

#[test]
fn faults_say_where_they_are_and_what_to_do() {
    let unknown = Template::parse("é {plaier} x", KNOWN).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "there is no field {plaier} here (character 3)"
    );
    assert_eq!(unknown.remedy(), "did you mean `player`?");
    assert_eq!(fault("a {player").1, TemplateFault::Unclosed);
    assert_eq!(fault("a } b"), (3, TemplateFault::Unopened));
    assert_eq!(fault("a\nb"), (2, TemplateFault::LineBreak));
    assert_eq!(fault(" \u{200b} "), (1, TemplateFault::Blank));
    assert_eq!(
        fault(&"x".repeat(2000)).1,
        TemplateFault::TooLong { limit: Line::LIMIT }
    );
    assert!(matches!(
        fault("{player!r}").1,
        TemplateFault::UnknownField { .. }
    ));
    assert!(matches!(fault("{}").1, TemplateFault::UnknownField { .. }));
}

#[test]
fn what_is_too_long_is_cut_at_its_longest_field() {
    let shown = line("**{player}** says {text}!", "Bob", &"x".repeat(5000));
    // One unit for each field is kept for what may have to part it from an `@`.
    assert_eq!(units(&shown), Line::LIMIT - 2);
    assert!(
        shown.starts_with("**Bob** says xxx") && shown.ends_with("characters)!"),
        "{shown}"
    );
    let both = line("{text}{player}{text}", &"y".repeat(9000), &"*".repeat(9000));
    assert!(units(&both) <= Line::LIMIT, "{}", units(&both));
}

#[test]
fn speech_takes_as_many_lines_as_it_needs() {
    let template = Template::parse("💬 **{player}**: {text} ~", KNOWN).unwrap();
    let fields = Fields::new()
        .with("player", Value::text("Bob"))
        .with("text", Value::text(&"word ".repeat(1000)));
    let lines = template.lines("text", &fields, 5, &LeftOut::new("Zeichen", "Zeichen"));
    assert_eq!(lines.len(), 3);
    for line in &lines {
        assert!(line.as_str().starts_with("💬 **Bob**: word") && line.as_str().ends_with(" ~"));
        assert!(units(line.as_str()) <= Line::LIMIT);
    }
    let two = template.lines("text", &fields, 2, &LeftOut::new("Zeichen", "Zeichen"));
    assert!(two[1].as_str().ends_with(" Zeichen) ~"), "{:?}", two[1]);
}

#[test]
fn marks_survive_and_are_never_cut() {
    let mut text = Marked::text("*hi* ");
    text.push_mark(Mark::role(7, "@admins"));
    text.push_text(" <@1>");
    let template = Template::parse("{text} `{text}`", KNOWN).unwrap();
    let shown = template.line(
        &Fields::new().with("text", Value::marked(text)),
        &LeftOut::default(),
    );
    assert_eq!(shown.as_str(), r"\*hi\* <@&7> \<\@1\> `*hi* @admins <@1>`");
    let mut many = Marked::default();
    for _ in 0..1000 {
        many.push_mark(Mark::user(1_234_567_890, "x"));
    }
    let template = Template::parse("{text}", KNOWN).unwrap();
    for line in template.lines(
        "text",
        &Fields::new().with("text", Value::marked(many)),
        5,
        &LeftOut::default(),
    ) {
        let inside = line.as_str().replace("<@1234567890>", "");
        assert!(inside.is_empty() || inside.starts_with("… (+"), "{inside}");
        assert!(units(line.as_str()) <= CONTENT_LIMIT);
    }
}

#[test]
fn an_embed_keeps_room_for_every_part_so_that_no_markup_is_cut() {
    let part = |text: &str, part: EmbedPart| Template::parse_block(text, KNOWN, part.limit()).unwrap();
    let field = || {
        let name = part("{player}", EmbedPart::FieldName);
        (name, part("||{text}||", EmbedPart::FieldValue), Layout::Below)
    };
    let template = EmbedTemplate {
        description: Some(part("**{text}** end", EmbedPart::Description)),
        footer: Some(part("{text} foot", EmbedPart::Footer)),
        fields: (0..25).map(|_| field()).collect(),
        ..EmbedTemplate::default()
    };
    let long = Value::text(&"*x ".repeat(3000));
    let fields = Fields::new().with("player", long.clone()).with("text", long);
    let embed = template.checked().unwrap().embed(&fields, &LeftOut::default());
    let json: serde_json::Value = serde_json::from_str(&embed.to_json()).unwrap();
    let text = |path: &str| json.pointer(path).unwrap().as_str().unwrap();
    assert!(text("/description").ends_with("** end"), "{json}");
    assert!(text("/footer/text").ends_with(" foot"), "{json}");
    let fields = json["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 25);
    assert!(
        fields
            .iter()
            .all(|field| field["value"].as_str().unwrap().ends_with("||"))
    );
}
