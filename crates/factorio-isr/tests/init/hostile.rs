//! A machine with other people on it: what their processes and files say is not believed further than it may be.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use isr_testkit::rcon::FakeFactorio;

use crate::scene::{PASSWORD, Scene, names};

fn knowing_the_password(scene: Scene) -> Scene {
    Scene {
        stage: scene
            .stage
            .configure(|command| command.env("RCON_PASSWORD", PASSWORD)),
        ..scene
    }
}

fn pipe(scene: &Scene, name: &str) {
    let path = scene.root().join(name);
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[tokio::test]
async fn p07_a_password_goes_to_this_machine_whatever_host_a_process_names() {
    let scene = knowing_the_password(Scene::silent().await);
    scene.game.write_logs(&scene.root().join("factorio")).unwrap();
    let port = scene.game.addr().port();
    scene.runs(&format!(
        "f\0--start-server\0x\0--console-log\0/factorio/console.log\0--rcon-bind\0203.0.113.5:{port}\0"
    ));
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let (code, told) = scene
        .init(&["--yes", "--webhook-file", &file, "--no-proof"])
        .await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("✅ RCON of main lets us in"), "{told}");
    assert!(!scene.written().contains("203.0.113.5"), "{}", scene.written());
}

#[tokio::test]
async fn p07_a_password_that_is_given_is_told_to_one_game_alone() {
    let scene = Scene::silent().await;
    let other = FakeFactorio::start("another").await.unwrap();
    let line = |port: u16| format!("f\0--start-server\0x\0--console-log\0/{port}.log\0--rcon-port\0{port}\0");
    scene.runs(&line(scene.game.addr().port()));
    let process = scene.root().join("proc/4712");
    std::fs::create_dir_all(&process).unwrap();
    std::fs::write(process.join("cmdline"), line(other.addr().port())).unwrap();
    let hook = scene.file("hook.txt", &scene.stage.discord.url(1));
    let password = scene.file("password.txt", PASSWORD);
    let words = ["--yes", "--webhook-file", &hook];
    let by_option = scene
        .init(&[&words[..], &["--rcon-password-file", &password]].concat())
        .await;
    let scene = knowing_the_password(scene);
    let by_variable = scene.init(&words).await;
    for ((code, told), name) in [
        (by_option, "--rcon-password-file"),
        (by_variable, "RCON_PASSWORD"),
    ] {
        assert_eq!(code, 1, "{told}");
        assert!(
            told.contains(&format!("❌ {name} is the password of one game")),
            "{told}"
        );
        assert!(told.contains("→ name the game with --log and --rcon"), "{told}");
    }
    assert_eq!(scene.game.received().len() + other.received().len(), 0);
    assert_eq!(names(&scene.output()), Vec::<String>::new());
}

#[tokio::test]
async fn p07_without_a_person_games_of_other_users_are_left_out() {
    let scene = Scene::new().await;
    // It has our rights; another user started it.
    std::fs::write(
        scene.root().join("proc/4711/status"),
        "Name:\tx\nUid:\t4242\t0\t0\t0\n",
    )
    .unwrap();
    std::fs::remove_dir_all(scene.root().join("factorio")).unwrap();
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let (code, told) = scene.init(&["--yes", "--webhook-file", &file]).await;
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains("Left out: a server (process 4711 of user 4242). With --yes only games of root"),
        "{told}"
    );
    assert!(!told.contains("Found a server"), "{told}");
    assert!(scene.game.received().is_empty());
}

#[tokio::test]
async fn a_pipe_where_a_log_or_a_password_should_be_holds_nothing_up() {
    let scene = Scene::silent().await;
    pipe(&scene, "log");
    pipe(&scene, "factorio/config/rconpw");
    std::fs::remove_file(scene.root().join("factorio/config/server-settings.json")).unwrap();
    pipe(&scene, "factorio/config/server-settings.json");
    scene.runs("f\0--start-server\0x\0--console-log\0/log\0--server-settings\0/factorio/config/server-settings.json\0");
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let (code, told) = scene.init(&["--yes", "--webhook-file", &file]).await;
    assert_eq!(code, 1, "{told}");
    for line in [
        "❌ /log cannot be read (it is not a regular file)",
        "config/rconpw holds the RCON password and cannot be read",
        "/log is a pipe, a socket or a device, not a log file",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
}

#[tokio::test]
async fn a_log_that_never_holds_chat_is_no_proof() {
    let scene = Scene::silent().await;
    let log = scene.root().join("factorio-current.log");
    std::fs::write(
        &log,
        "   0.000 2026-01-31 18:00:05; Factorio 2.0.77 (build 84539, linux64, headless)\n   0.001 Operating system: Linux\n",
    )
    .unwrap();
    let log = log.display().to_string();
    let file = scene.file("hook.txt", &scene.stage.discord.url(1));
    let (code, told) = scene
        .init(&["--yes", "--webhook-file", &file, "--log", &log])
        .await;
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("which never holds chat or joins"), "{told}");
    assert!(told.contains("✅ Discord accepted a test message"), "{told}");
}
