//! `cargo xtask ci`: everything that must pass before a change lands, in the order of the quickest answer.

use std::time::Instant;

use anyhow::Result;

use crate::shell;

/// The licence and source checker, at the version that the configuration was written for.
const DENY_VERSION: &str = "0.20.2";

/// A named step.
struct Step {
    name: &'static str,
    line: &'static str,
    variables: &'static [(&'static str, &'static str)],
}

const STEPS: [Step; 11] = [
    Step {
        name: "format",
        line: "cargo fmt --all -- --check",
        variables: &[],
    },
    Step {
        name: "lints",
        line: "cargo clippy --locked --workspace --all-targets --features isr-testkit/sim -- -D warnings",
        variables: &[],
    },
    Step {
        name: "tests",
        line: "cargo test --locked --workspace --no-fail-fast",
        // Most system tests wait for limits and restarts: more of them than cores can run at a time.
        variables: &[("RUST_TEST_THREADS", "4")],
    },
    Step {
        name: "Lua of the simulated game",
        line: "cargo test --locked -p isr-testkit --features sim --test lua",
        variables: &[],
    },
    Step {
        name: "schema of the configuration file",
        line: "cargo test --locked -p factorio-isr --lib --features schema schema",
        variables: &[],
    },
    Step {
        name: "docs",
        line: "cargo doc --locked --workspace --no-deps",
        variables: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    Step {
        name: "licences, bans, sources",
        line: "cargo deny check bans licenses sources",
        variables: &[],
    },
    Step {
        name: "kill loop (smoke)",
        line: "cargo xtask kill-loop --rounds 25",
        variables: &[],
    },
    Step {
        name: "reload under load (smoke)",
        line: "cargo xtask reload-load --reloads 20 --rate 1000",
        variables: &[],
    },
    Step {
        name: "soak (smoke)",
        line: "cargo xtask soak --seconds 30",
        variables: &[],
    },
    Step {
        name: "soak of the bot (smoke)",
        line: "cargo xtask bot-soak --seconds 15 --servers 20",
        variables: &[],
    },
];

/// Installs what is missing, runs every step, stops at the first failure.
pub(crate) fn run() -> Result<()> {
    install()?;
    let begun = Instant::now();
    for step in &STEPS {
        let step_begun = Instant::now();
        println!("\n=== {}: {}", step.name, step.line);
        shell::run(step.line, step.variables)?;
        println!(
            "=== {}: passed in {} s",
            step.name,
            step_begun.elapsed().as_secs()
        );
    }
    println!(
        "\nAll {} steps passed in {} s.",
        STEPS.len(),
        begun.elapsed().as_secs()
    );
    Ok(())
}

fn install() -> Result<()> {
    for (component, probe) in [
        ("rustfmt", "cargo fmt --version"),
        ("clippy", "cargo clippy --version"),
    ] {
        if !shell::succeeds(probe) {
            shell::run(&format!("rustup component add {component}"), &[])?;
        }
    }
    if !shell::succeeds("cargo deny --version") {
        println!("=== installing cargo-deny {DENY_VERSION} (once; a few minutes)");
        shell::run(
            &format!("cargo install --locked cargo-deny --version {DENY_VERSION}"),
            &[],
        )?;
    }
    if !shell::succeeds("strace -V")
        && shell::succeeds("test -w /usr/bin")
        && shell::succeeds("which apt-get")
    {
        println!("=== installing strace (counts data syncs in scenario S03)");
        let installed = shell::run("apt-get install -y -qq strace", &[]).or_else(|_| {
            shell::run("apt-get update -qq", &[])
                .and_then(|()| shell::run("apt-get install -y -qq strace", &[]))
        });
        if installed.is_err() {
            println!("strace could not be installed: S03 will say that it was skipped");
        }
    }
    Ok(())
}
