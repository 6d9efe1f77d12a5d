//! At a terminal: what is secret is not echoed, lines can be edited, Ctrl-C leaves nothing and sets the terminal right.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::scene::{PASSWORD, Scene, names};
use crate::stage::{PROGRAM, eventually};

/// The program at a terminal of its own.
struct Terminal {
    child: Child,
    keyboard: File,
    shown: Arc<Mutex<String>>,
    line: File,
}

impl Terminal {
    fn open(scene: &Scene, words: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        let end = || Stdio::from(OwnedFd::from(line.try_clone().unwrap()));
        let command = &scene.stage.command;
        let child = Command::new(PROGRAM)
            .arg("init")
            .args(["--root", scene.root().to_str().unwrap()])
            .args(words)
            .env_clear()
            .env("TERM", "xterm")
            .env("HOME", command.work_dir())
            .env("FACTORIO_ISR_STATE_DIR", command.state_dir())
            .env("HEALTH_CHECK_PORT", "0")
            .current_dir(command.work_dir())
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let keyboard = File::from(master);
        let shown: Arc<Mutex<String>> = Arc::default();
        let (mut screen, into) = (keyboard.try_clone().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = screen.read(&mut piece) {
                into.lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&piece[..read]));
            }
        });
        Self {
            child,
            keyboard,
            shown,
            line,
        }
    }

    fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    async fn wait_for(&self, text: &str) {
        eventually(&format!("it shows {text:?}"), || self.shown().contains(text)).await;
    }

    fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.line)
            .unwrap()
            .local_modes
            .contains(LocalModes::ECHO)
    }

    async fn end(&mut self) -> i32 {
        let child = &mut self.child;
        let mut status = None;
        eventually("it ends", || {
            status = child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.and_then(|status| status.code()).unwrap_or(-1)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn what_is_secret_is_not_echoed_and_lines_can_be_edited() {
    let scene = Scene::silent().await;
    scene.game.write_logs(&scene.root().join("factorio")).unwrap();
    let port = scene.game.addr().port();
    scene.runs(&format!(
        "factorio\0--start-server\0a\0--console-log\0/factorio/console.log\0--rcon-port\0{port}\0"
    ));
    let url = scene.stage.discord.url(1);
    let mut terminal = Terminal::open(&scene, &["--listen", "0", "--language", "english"]);
    terminal.wait_for("Its name on Discord?").await;
    // A slip of the finger, taken back.
    terminal.keys("Northh\u{7f}\r");
    terminal.wait_for("RCON password?").await;
    eventually("the terminal keeps silent", || !terminal.echoes()).await;
    terminal.keys(&format!("x\u{15}{PASSWORD}\r"));
    terminal.wait_for("Webhook address or bot token?").await;
    eventually("the terminal keeps silent", || !terminal.echoes()).await;
    terminal.keys(&format!("{url}\r"));
    assert_eq!(terminal.end().await, 0, "{}", terminal.shown());
    terminal.wait_for("Start it:").await;
    let shown = terminal.shown();
    assert!(
        !shown.contains(PASSWORD) && !shown.contains(&scene.stage.discord.token(1)),
        "{shown}"
    );
    assert!(
        shown.contains("\u{1b}[1mProof\u{1b}[0m"),
        "colours on a terminal: {shown}"
    );
    assert!(terminal.echoes());
    assert!(scene.written().contains("  north:\n"));
    assert_eq!(scene.secret("RCON_PASSWORD_NORTH"), PASSWORD);
}

#[tokio::test]
async fn ctrl_c_at_a_question_leaves_nothing_and_a_terminal_that_echoes() {
    for at in ["Its name on Discord?", "Webhook address or bot token?"] {
        let scene = Scene::new().await;
        let mut terminal = Terminal::open(&scene, &[]);
        terminal.wait_for("Its name on Discord?").await;
        if at.starts_with("Webhook") {
            terminal.keys("\r");
            terminal.wait_for(at).await;
            eventually("the terminal keeps silent", || !terminal.echoes()).await;
        }
        terminal.keys("\u{3}");
        assert_eq!(terminal.end().await, 1, "{}", terminal.shown());
        terminal.wait_for("nothing was written").await;
        assert!(terminal.echoes());
        assert_eq!(names(&scene.output()), Vec::<String>::new());
    }
}
