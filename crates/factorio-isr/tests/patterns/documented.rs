//! The examples of `docs/patterns.md` work as they stand there.

use factorio_isr::config::try_patterns;

use crate::{event, folder_with, here, rendered};

/// A block of code and its language.
struct Block {
    language: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let page = std::fs::read_to_string(here("../../docs/patterns.md")).expect("the page");
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block {
                language: language.to_owned(),
                text: inside.join("\n"),
            });
        }
    }
    blocks
}

/// After each `yaml` block with patterns, a `text` block has lines of a log, each followed by `→` and what is posted, or
/// `→ nothing`.
#[test]
fn every_example_gives_what_the_page_says() {
    let mut tried = None;
    let mut seen = 0;
    for block in blocks() {
        if block.language == "yaml" && block.text.starts_with("events:") {
            let folder = folder_with(&block.text);
            let read = try_patterns(folder.path());
            assert!(read.problems.is_empty(), "{:?} in\n{}", read.problems, block.text);
            tried = Some(read);
            continue;
        }
        let Some(read) = tried
            .as_ref()
            .filter(|_| block.language == "text" && block.text.contains("\n→ "))
        else {
            continue;
        };
        let lines: Vec<&str> = block.text.lines().collect();
        for pair in lines.chunks(2) {
            let [line, expected] = pair else {
                panic!("a line without its result: {pair:?}")
            };
            let expected = expected.strip_prefix("→ ").expect("a result");
            let found = event(read, line).map_or_else(|| "nothing".to_owned(), |custom| rendered(&custom));
            assert_eq!(found, expected, "{line}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} examples");
}
