//! Everything that documents and examples show to people is accepted as it stands.

use super::{Scene, repository};

/// A scene in which every `${NAME}` of a text has a webhook of its own.
fn with_webhooks(text: &str) -> Scene {
    let names = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    names.enumerate().fold(Scene::new(), |scene, (at, name)| {
        scene.with(
            name,
            &format!("https://discord.com/api/webhooks/{}/canary", 100 + at),
        )
    })
}

/// The YAML blocks of a document.
fn blocks(document: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join(document)).expect(document);
    let blocks = text.split("```yaml\n").skip(1);
    blocks
        .map(|block| {
            block
                .split("```")
                .next()
                .unwrap_or_default()
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect()
}

#[test]
fn the_configurations_in_the_documents_are_accepted() {
    let documents = ["docs/routes.md", "docs/mentions.md", "docs/rcon.md"];
    let blocks: Vec<String> = documents.into_iter().flat_map(blocks).collect();
    assert!(blocks.len() >= 6);
    for block in blocks {
        let scene = with_webhooks(&block);
        let scene = if block.contains("servers:") {
            scene
        } else {
            scene.with("FACTORIO_LOG_PATH", "console.log")
        };
        scene.yaml(&block).accepted();
    }
}

#[test]
fn the_examples_are_accepted_and_listed() {
    let folder = repository().join("examples");
    let list = std::fs::read_to_string(folder.join("README.md")).expect("list");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("examples") {
        let path = entry.expect("entry").path();
        if path.extension().is_none_or(|ending| ending != "yml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("example");
        let patterns = std::fs::read(folder.join("patterns/silo.yml")).expect("patterns");
        with_webhooks(&text)
            .yaml(&text)
            .file("work/patterns/silo.yml", patterns)
            .accepted();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        assert!(list.contains(&format!("({name})")), "{name} is not in the list");
        seen += 1;
    }
    assert_eq!(seen, 6);
}
