//! A client that writes its requests by hand: it can break every rule, and sees every byte of the answer.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No test waits longer for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

const AGENT: &str = "DiscordBot (https://example.org, 1.0)";

/// What came back.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Raw {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> u64 {
        self.json()["code"].as_u64().unwrap_or_default()
    }
}

/// Address and path of `http://IP:PORT/PATH`.
pub(crate) fn split(url: &str) -> (SocketAddr, String) {
    let (addr, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    (addr.parse().unwrap(), format!("/{path}"))
}

/// Sends one request over a connection of its own and reads to the end. An error is a connection without any answer.
pub(crate) async fn send(method: &str, url: &str, headers: &str, body: &[u8]) -> io::Result<Raw> {
    let (addr, path) = split(url);
    let exchange = async {
        let mut stream = TcpStream::connect(addr).await?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            read?;
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Raw {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        })
    };
    timeout(DEADLINE, exchange).await.expect("an end of the exchange")
}

/// Posts a form as a good client does, but for the form.
pub(crate) async fn post_form(url: &str, form: &Value) -> io::Result<Raw> {
    let headers = format!("user-agent: {AGENT}\r\ncontent-type: application/json\r\n");
    send(
        "POST",
        &format!("{url}?wait=true"),
        &headers,
        form.to_string().as_bytes(),
    )
    .await
}

/// Posts a text as a good client does.
pub(crate) async fn post(url: &str, text: &str) -> io::Result<Raw> {
    post_form(url, &json!({"content": text, "allowed_mentions": {"parse": []}})).await
}
