//! A small HTTP client for `/health` and `/metrics`.
//!
//! Owns one GET over one connection under one deadline, and clients that misbehave on purpose. Must not know what the
//! answers mean. Fails with [`GetError`]: refused, broken, or late.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, header::HOST};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

/// The longest body that is read.
const LONGEST_BODY: usize = 64 << 20;

/// Between two tries of a server that does not answer as wished yet. Short: start times are measured with it.
const RETRY: Duration = Duration::from_millis(1);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header names (lower case) and values.
    pub headers: BTreeMap<String, String>,
    /// The body, decoded (bad UTF-8 becomes U+FFFD).
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// The address is not `http://IP:PORT/PATH`.
    #[error("{0} is not an address of the form http://IP:PORT/PATH")]
    Address(String),
    /// No connection.
    #[error("connect to the server")]
    Connect(#[source] std::io::Error),
    /// The exchange broke off.
    #[error("exchange a request and an answer")]
    Exchange(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The deadline passed.
    #[error("no answer as wished within {waited:?}; last: {last}")]
    Late {
        /// The deadline.
        waited: Duration,
        /// The last answer or error, in words.
        last: String,
    },
}

/// Fetches `http://IP:PORT/PATH` over a connection of its own.
///
/// # Errors
/// [`GetError`]; the deadline covers connection, head and body.
pub async fn get(url: &str, deadline: Duration) -> Result<Answer, GetError> {
    let (addr, path) = split(url)?;
    let late = |_| GetError::Late {
        waited: deadline,
        last: "nothing".into(),
    };
    timeout(deadline, exchange(addr, path)).await.map_err(late)?
}

/// Fetches again and again until an answer is `wished`, for a program that is just starting or recovering.
///
/// # Errors
/// [`GetError::Late`] with the last answer or error.
pub async fn get_until(
    url: &str,
    deadline: Duration,
    mut wished: impl FnMut(&Answer) -> bool,
) -> Result<Answer, GetError> {
    let (addr, path) = split(url)?;
    let end = Instant::now() + deadline;
    let mut last = "nothing".to_owned();
    loop {
        let now = Instant::now();
        // Asked by the clock: a refused connection is quicker than a timer that has run out.
        if now >= end {
            return Err(GetError::Late {
                waited: deadline,
                last,
            });
        }
        match timeout(end - now, exchange(addr, path)).await {
            Ok(Ok(answer)) if wished(&answer) => return Ok(answer),
            Ok(Ok(answer)) => last = format!("{} {}", answer.status, answer.body),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => {}
        }
        sleep(RETRY).await;
    }
}

/// A client that asks and never reads the answer (scenario P06). It stays connected until it is dropped.
#[derive(Debug)]
pub struct DeafClient(#[expect(dead_code, reason = "holds the connection open")] TcpStream);

impl DeafClient {
    /// Sends `requests` pipelined GET requests for the address and reads nothing.
    ///
    /// # Errors
    /// [`GetError`] when there is no connection or the requests cannot be sent within the deadline.
    pub async fn ask(url: &str, requests: usize, deadline: Duration) -> Result<Self, GetError> {
        let (addr, path) = split(url)?;
        let asked = async {
            let mut stream = TcpStream::connect(addr).await.map_err(GetError::Connect)?;
            let text = format!("GET {path} HTTP/1.1\r\nhost: {addr}\r\n\r\n").repeat(requests);
            stream
                .write_all(text.as_bytes())
                .await
                .map_err(|error| GetError::Exchange(error.into()))?;
            Ok(Self(stream))
        };
        let late = |_| GetError::Late {
            waited: deadline,
            last: "requests not taken".into(),
        };
        timeout(deadline, asked).await.map_err(late)?
    }
}

/// A port of 127.0.0.1 that was free a moment ago, for programs that want to be told a number.
///
/// # Errors
/// When no port can be bound.
pub async fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await?
        .local_addr()?
        .port())
}

fn split(url: &str) -> Result<(SocketAddr, &str), GetError> {
    let wrong = || GetError::Address(url.to_owned());
    let rest = url.strip_prefix("http://").ok_or_else(wrong)?;
    let (addr, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Ok((
        addr.parse().map_err(|_| wrong())?,
        if path.is_empty() { "/" } else { path },
    ))
}

async fn exchange(addr: SocketAddr, path: &str) -> Result<Answer, GetError> {
    let stream = TcpStream::connect(addr).await.map_err(GetError::Connect)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let request = Request::get(path)
        .header(HOST, addr.to_string())
        .body(Empty::<Bytes>::new())
        .map_err(broken)?;
    let asked = async {
        let (head, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
        let body = Limited::new(body, LONGEST_BODY)
            .collect()
            .await
            .map_err(GetError::Exchange)?
            .to_bytes();
        let text =
            |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    };
    // The connection has to be driven while the answer comes; how it ends afterwards does not matter.
    tokio::pin!(connection);
    tokio::pin!(asked);
    tokio::select! {
        answer = &mut asked => answer,
        _ = &mut connection => asked.await,
    }
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> GetError {
    GetError::Exchange(Box::new(error))
}
