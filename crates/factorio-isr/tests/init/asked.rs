//! With a person: scripted answers over a pipe, and the same at a terminal.

use crate::scene::{PASSWORD, Scene};

#[tokio::test]
async fn answers_over_a_pipe_set_a_server_up() {
    let scene = Scene::silent().await;
    scene.game.write_logs(&scene.root().join("srv")).unwrap();
    // The usual folder holds no game.
    std::fs::remove_dir_all(scene.root().join("factorio")).unwrap();
    let log = scene.root().join("srv/console.log").display().to_string();
    let port = scene.game.addr().port().to_string();
    let url = scene.stage.discord.url(1);
    let answers = [
        log.as_str(),
        "North base",
        "no-port-at-all",
        &port,
        "wrong",
        PASSWORD,
        "https://discord.com/channels/1/2",
        &url,
        "3",
        "2",
    ];
    let file = scene.file("answers", &answers.join("\n"));
    let root = scene.root().display().to_string();
    let command = scene.stage.command.clone().stdin_from(file);
    let setting_up = command
        .args(["init", "--root", &root, "--listen", "0"])
        .spawn()
        .unwrap();
    let (code, told) = scene.end_of(&setting_up).await;
    assert_eq!(code, 0, "{told}");
    for line in [
        "❌ No running server was found",
        "❌ The RCON password is wrong",
        "❌ this is the link of a channel, not of a webhook",
        "Please type a number from 1 to 2.",
        "✅ North base to Discord: a line came through RCON",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(
        !told.contains(PASSWORD) && !told.contains(&scene.stage.discord.token(1)),
        "{told}"
    );
    let yml = scene.written();
    assert!(yml.contains("  north-base:\n    name: 'North base'\n"), "{yml}");
    assert!(yml.contains("  language: german\n"), "{yml}");
}

#[tokio::test]
async fn a_pipe_that_ends_too_early_says_what_is_missing() {
    let scene = Scene::new().await;
    let (code, told) = scene.init(&[]).await;
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains("❌ nobody answers, and --server is needed"),
        "{told}"
    );
}
