//! `factorio-isr healthcheck`: asks the running daemon for its health, for container engines.
//!
//! Owns one small blocking request with a deadline. Knows nothing of the daemon but its port.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::Exit;

/// Connect and each read or write may take this long; Docker's own limit is 3 s.
const DEADLINE: Duration = Duration::from_millis(1500);
/// More of an answer is not read.
const ANSWER_CAP: u64 = 64 * 1024;

/// Asks `host:port`; a wildcard host means this machine.
#[must_use]
pub fn run(host: &str, port: u16) -> Exit {
    if port == 0 {
        print(
            "HEALTH_CHECK_PORT is 0, so the daemon chose a port by itself: give it a number to ask it here",
        );
        return Exit::Failed;
    }
    match ask(host, port) {
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
    ask(host, port).is_ok_and(|(_, body)| body.contains("\"service\":\"factorio-isr\""))
}

fn print(text: &str) {
    super::show(&format!("{}\n", text.trim_end()));
}

fn ask(host: &str, port: u16) -> std::io::Result<(u16, String)> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the host has no address");
    for address in (reachable(host), port).to_socket_addrs()? {
        match ask_address(address) {
            Ok(answer) => return Ok(answer),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Listening on all addresses means that the loopback one answers.
fn reachable(host: &str) -> &str {
    match host {
        "" | "0.0.0.0" | "*" => "127.0.0.1",
        "::" | "[::]" => "::1",
        other => other,
    }
}

fn ask_address(address: SocketAddr) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER_CAP).read_to_string(&mut answer)?;
    split(&answer).ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidData, "not an HTTP answer"))
}

fn split(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let code = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((code, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_split() {
        assert_eq!(
            split("HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n{}"),
            Some((503, "{}".into()))
        );
        assert_eq!(split("HTTP/1.1 2"), None);
        assert_eq!(split("SSH-2.0\r\n\r\n"), None);
    }

    #[test]
    fn a_wildcard_is_asked_on_loopback() {
        assert_eq!(reachable("0.0.0.0"), "127.0.0.1");
        assert_eq!(reachable("::"), "::1");
        assert_eq!(reachable("192.0.2.1"), "192.0.2.1");
    }
}
