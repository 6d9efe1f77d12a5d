//! `voice:` in all its places, every fault with its line, and what `docs/templates.md` shows.

use isr_core::ageing::Reading;
use isr_core::source::GenerationId;
use isr_core::voice::{Pack, Voice};

use super::{Scene, assert_some_contains, repository};
use crate::relay;
use crate::relay::translate::{Place, Translation};

/// What Discord gets of a log.
fn shown(scene: &Scene, log: &str) -> Vec<String> {
    let config = scene.accepted().config;
    let server = &config.servers[0];
    let mut rules = relay::rules(server, &config.limits);
    rules.max_event_age = std::time::Duration::MAX;
    let mut translator = relay::translator(server, rules.into());
    let mut out = Translation::default();
    let mut offset = 0;
    for line in log.lines() {
        let place = Place {
            generation: GenerationId(1),
            offset,
            reading: Reading::CatchUp,
        };
        translator.line(line.as_bytes(), place, 1_770_000_000_000, &mut out, |_| {});
        offset += line.len() as u64 + 1;
    }
    out.deliveries.into_iter().map(|delivery| delivery.text).collect()
}

fn scene(yaml: &str) -> Scene {
    let scene = Scene::new()
        .with("DISCORD_WEBHOOK_URL", super::WEBHOOK)
        .yaml(yaml);
    if yaml.contains("servers:") {
        return scene;
    }
    scene.yaml(&format!(
        "servers:\n  main:\n    log_path: console.log\n    name: Main base\n{yaml}"
    ))
}

/// The blocks of a document, by the word behind the fence.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut parts = text.split("```");
    let mut blocks = Vec::new();
    parts.next();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        if let Some((kind, body)) = block.split_once('\n') {
            blocks.push((kind.to_owned(), body.to_owned()));
        }
    }
    blocks
}

#[test]
fn the_examples_in_the_document_are_accepted_and_shown_as_it_says() {
    let text = std::fs::read_to_string(repository().join("docs/templates.md")).expect("docs/templates.md");
    let blocks = blocks(&text);
    let mut examples = 0;
    for triple in blocks.windows(3) {
        if let [(yaml, config), (log, lines), (said, expected)] = triple
            && (yaml.as_str(), log.as_str(), said.as_str()) == ("yaml", "log", "shown")
        {
            assert_eq!(
                shown(&scene(config), lines).join("\n"),
                expected.trim_end(),
                "{config}"
            );
            examples += 1;
        }
    }
    let yaml = blocks.iter().filter(|(kind, _)| kind == "yaml").count();
    assert_eq!(
        (examples, yaml),
        (4, 4),
        "every example has its log and what is shown"
    );
}

#[test]
fn the_language_file_to_copy_is_the_english_pack() {
    let text =
        std::fs::read_to_string(repository().join("docs/language.example.yml")).expect("language file");
    let pack = Pack::english_as_yaml();
    assert!(text.ends_with(&pack), "make it end in:\n{pack}");
    let scene = scene("voice: {language: own.yml}").file("work/own.yml", text);
    let own = scene.accepted().config.servers[0].voice.clone();
    let known = Voice::default();
    for line in [
        "2026-01-31 18:00:00 [JOIN] Bob joined the game",
        "Bob was killed by a biter",
    ] {
        let plain = self::scene("");
        assert_eq!(shown(&scene, line), shown(&plain, line));
    }
    assert_ne!(*own, known, "the file counts");
    assert!(!scene.notes().iter().any(|note| note.contains("no sentence")));
}

#[test]
fn a_language_file_may_lack_sentences_and_says_so() {
    let dutch = "words: {server: de server}\nmessages:\n  join: '**{player}** is er'\n  kick: '{player} eruit door {by}'\n";
    let scene = scene("voice: {language: dutch.yml}").file("work/dutch.yml", dutch);
    let log = "2026-01-31 18:00:00 [JOIN] Bob joined the game\n\
               2026-01-31 18:00:01 [KICK] Bob was kicked by <server>. Reason: afk.\n\
               2026-01-31 18:00:02 [LEAVE] Bob left the game";
    assert_eq!(
        shown(&scene, log),
        [
            "✅ **Bob** is er",
            "👢 Bob eruit door de server",
            "❌ **Bob** left the server"
        ]
    );
    assert_some_contains(&scene.notes(), "no sentence for join.first, leave, leave.after");
    assert_eq!(scene.shown("servers.main.voice").0, "dutch");
}

#[test]
fn every_fault_has_its_line_and_its_remedy_and_all_come_together() {
    let scene = scene(
        "voice:
  language: germn
  sentences: {}
  messages:
    joyn: hi
    join: '{plaier} is here'
    leave:
      text: [fine, 'a } b']
      embed: {title: hi}
      emoji: '@everyone'
      colour: mauve
    death: {embed: {fields: [{name: x}]}}
    ban: {embed: {title: '{player'}}
    chat: \"two\\nlines\"
  emoji:
    iron plate: 🔩
    coal: ':coal:'
",
    );
    let problems = scene.problems();
    for part in [
        "factorio-isr.yml:6:13: there is no language `germn`",
        "did you mean `german`",
        "factorio-isr.yml:7:3: unknown key `sentences`",
        "factorio-isr.yml:9:5: there is no message `joyn`",
        "did you mean `join`",
        "factorio-isr.yml:10:11: `text` of join: there is no field {plaier} here (character 1)",
        "did you mean `player`",
        "factorio-isr.yml:12:20: `text` of leave: this } closes nothing (character 3)",
        "leave has a text and an embed",
        "this is no emoji",
        "this is no colour",
        "a field of an embed needs a name and a value",
        "`title` of ban: this { is not closed",
        "`text` of chat: the text has more than one line",
        "`iron plate` is no name of a thing",
        "coal is `:coal:`: this is no emoji",
    ] {
        assert_some_contains(&problems, part);
    }
}

#[test]
fn a_missing_or_broken_language_file_is_a_problem() {
    let missing = scene("voice: {language: none.yml}").problems();
    assert_some_contains(&missing, "none.yml");
    let broken = scene("voice: {language: own.yml}")
        .file("work/own.yml", "messages: {join: '{x}'}\nwords: {hut: x}\n")
        .problems();
    assert_some_contains(
        &broken,
        "own.yml:1:18: `text` of join: there is no field {x} here",
    );
    assert_some_contains(&broken, "own.yml:2:9: there is no word `hut`");
}

#[test]
fn check_tells_the_language_and_what_was_changed() {
    let scene =
        scene("voice: {language: de, messages: {join: hi, death.cause: {emoji: none}}, emoji: {coal: 🪨}}");
    let (value, origin) = scene.shown("servers.main.voice");
    assert_eq!(value, "german; changed: join, death.cause; 1 emoji");
    assert_eq!(origin, "factorio-isr.yml:5:8");
    assert_eq!(self::scene("").shown("servers.main.voice").0, "english");
}

#[test]
fn a_part_of_a_message_that_would_change_nothing_is_refused() {
    for (message, expected) in [
        (
            "{colour: red, color: nonsense}",
            "there is a `colour` and a `color`",
        ),
        (
            "{embed: {title: x, colour: red, color: blue}}",
            "there is a `colour` and a `color`",
        ),
        ("[]", "join has no text"),
        ("''", "`text` of join is empty"),
        ("{text: []}", "join has no text"),
        ("{embed: []}", "`embed` of join is empty"),
        ("{embed: {title: x, fields: []}}", "`fields` is empty"),
    ] {
        let problems = scene(&format!("voice:\n  messages:\n    join: {message}\n")).problems();
        assert_eq!(problems.len(), 1, "{message}: {problems:#?}");
        assert_some_contains(&problems, expected);
    }
    scene("voice: {messages: {join: {color: red}, leave: {embed: {title: x, colour: blue}}}}\n").accepted();
}

/// Hundreds of servers that speak alike must not hold the words hundreds of times.
#[test]
fn servers_that_speak_alike_share_their_voice() {
    let config = scene(
        "servers:\n  a: {log_path: a.log}\n  b: {log_path: b.log}\n  c: {log_path: c.log, voice: {language: de}}\n  d: {log_path: d.log, voice: {language: de}}\n",
    )
    .accepted()
    .config;
    let voice = |at: usize| std::sync::Arc::as_ptr(&config.servers[at].voice);
    assert_eq!(voice(0), voice(1));
    assert_ne!(voice(1), voice(2));
    assert_eq!(voice(2), voice(3));
}
