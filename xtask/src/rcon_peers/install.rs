//! The peers and how they are installed.
//!
//! Owns names, versions and folders. Fails where a tool is missing, with its name, or where a registry does not answer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// From PyPI: two servers, two clients (rconx is not used as a client).
const FROM_PYPI: [&str; 4] = [
    "rcon-server==0.1.3",
    "rconx==0.3.0",
    "factorio-rcon-py==2.1.3",
    "rcon==2.4.9",
];

/// From npm: two clients.
const FROM_NPM: [&str; 2] = ["rcon-client@4.2.5", "rcon-srcds@2.1.1"];

/// A program that somebody else's package is wrapped in.
pub(super) struct Peer {
    pub(super) name: &'static str,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    modules: PathBuf,
}

impl Peer {
    /// The command that starts it; port, password and commands come behind.
    pub(super) fn command(&self) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .env("NODE_PATH", &self.modules)
            .env("PYTHONUNBUFFERED", "1")
            .kill_on_drop(true);
        command
    }
}

/// Everything that is installed.
pub(super) struct Peers {
    pub(super) servers: Vec<Peer>,
    pub(super) clients: Vec<Peer>,
}

pub(super) fn install() -> Result<Peers> {
    let folder = shell::target_dir().join("rcon-peers");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let python = folder.join("venv/bin/python");
    if !python.exists() {
        let mut venv = Command::new("python3");
        step(
            venv.args(["-m", "venv"]).arg(folder.join("venv")),
            "python3 with venv",
        )?;
    }
    println!("=== PyPI: {}", FROM_PYPI.join(" "));
    let mut pip = Command::new(&python);
    step(
        pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check"])
            .args(FROM_PYPI),
        "pip",
    )?;
    println!("=== npm: {}", FROM_NPM.join(" "));
    let mut npm = Command::new("npm");
    let quiet = [
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--silent",
        "--prefix",
    ];
    step(npm.args(quiet).arg(&folder).args(FROM_NPM), "npm")?;
    println!("=== crates.io: rcon =0.6.0");
    let manifest = peers_folder().join("clients/rcon_rs/Cargo.toml");
    let built = folder.join("rcon_rs");
    let mut cargo = Command::new(env!("CARGO"));
    step(
        cargo
            .args(["build", "-q", "--locked", "--manifest-path"])
            .arg(&manifest)
            .arg("--target-dir")
            .arg(&built),
        "cargo",
    )?;
    Ok(list(&folder, &python, &built.join("debug/rcon-rs-peer")))
}

fn list(folder: &Path, python: &Path, rust: &Path) -> Peers {
    let modules = folder.join("node_modules");
    let peer = |name, program: &Path, script: Option<&str>| Peer {
        name,
        program: program.to_owned(),
        arguments: script
            .map(|script| peers_folder().join(script))
            .into_iter()
            .collect(),
        modules: modules.clone(),
    };
    let node = Path::new("node");
    Peers {
        servers: vec![
            peer("rcon-server (PyPI)", python, Some("servers/rcon_server_peer.py")),
            peer("rconx (PyPI)", python, Some("servers/rconx_peer.py")),
        ],
        clients: vec![
            peer(
                "factorio-rcon-py (PyPI)",
                python,
                Some("clients/factorio_rcon_py_peer.py"),
            ),
            peer("rcon (PyPI)", python, Some("clients/rcon_py_peer.py")),
            peer("rcon-client (npm)", node, Some("clients/rcon_client_peer.cjs")),
            peer("rcon-srcds (npm)", node, Some("clients/rcon_srcds_peer.cjs")),
            peer("rcon (crates.io)", rust, None),
        ],
    }
}

fn peers_folder() -> PathBuf {
    shell::root().join("xtask/peers")
}

fn step(command: &mut Command, tool: &str) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{tool} could not be started: is it installed?"))?;
    if !status.success() {
        bail!("{tool} failed ({status})");
    }
    Ok(())
}
