//! `factorio-isr healthcheck`: asks the running daemon for its health, for container engines.
//!
//! Owns what the answer means. Cannot fail: no answer is an answer.

use super::{Exit, daemon};

/// Asks `host:port`; a wildcard host means this machine.
#[must_use]
pub fn run(host: &str, port: u16) -> Exit {
    if port == 0 {
        print(
            "HEALTH_CHECK_PORT is 0, so the daemon chose a port by itself: give it a number to ask it here",
        );
        return Exit::Failed;
    }
    match daemon::ask(host, port, "/health") {
        Ok((200, body)) => {
            print(&body);
            Exit::Clean
        }
        Ok((code, body)) => {
            print(&format!("unhealthy ({code}): {body}"));
            Exit::Failed
        }
        Err(error) => {
            print(&format!(
                "no answer from port {port}: {error}. Is the daemon running?"
            ));
            Exit::Failed
        }
    }
}

/// Whether a daemon of ours answers there, whatever its health.
#[must_use]
pub fn answers(host: &str, port: u16) -> bool {
    daemon::ask(host, port, "/health").is_ok_and(|(_, body)| body.contains("\"service\":\"factorio-isr\""))
}

fn print(text: &str) {
    super::show(&format!("{}\n", text.trim_end()));
}
