//! Asking the running daemon of this machine, over its own HTTP endpoint.
//!
//! Owns one small blocking request with deadlines. Knows nothing of the daemon but its port. Fails with the operating
//! system's reason.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Connect and each read or write may take this long; Docker's own limit of a health check is 3 s.
const DEADLINE: Duration = Duration::from_millis(1500);
/// More of an answer is not read: some thousand bytes for each of some hundred games.
const ANSWER_CAP: u64 = 4 << 20;

/// Asks `host:port` for a path; a wildcard host means this machine. Gives the status code and the body.
///
/// # Errors
/// Nobody answers there, or not in time, or not in HTTP.
pub(super) fn ask(host: &str, port: u16, path: &str) -> Result<(u16, String)> {
    let mut last = Error::new(ErrorKind::NotFound, "the host has no address");
    for address in (reachable(host), port).to_socket_addrs()? {
        match ask_address(address, path) {
            Ok(answer) => return Ok(answer),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Listening on all addresses means that the loopback one answers.
pub(super) fn reachable(host: &str) -> &str {
    match host {
        "" | "0.0.0.0" | "*" => "127.0.0.1",
        "::" | "[::]" => "::1",
        other => other,
    }
}

fn ask_address(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_CAP).read_to_string(&mut answer)?;
    split(&answer).ok_or_else(|| Error::new(ErrorKind::InvalidData, "not an HTTP answer"))
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
