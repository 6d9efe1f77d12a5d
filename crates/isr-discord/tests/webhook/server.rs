//! A scripted HTTP server on loopback that can misbehave at every byte, and checks what it receives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isr_discord::WebhookUrl;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) const TOKEN: &str = "canaryToken_0123456789-abcdefghijklmnopqrstuvwxyz";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Seen {
    /// The webhook's id in the target.
    pub(crate) fn webhook(&self) -> u64 {
        self.target
            .split('/')
            .nth(3)
            .and_then(|id| id.parse().ok())
            .unwrap_or_default()
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Answers.
    Whole(Answer),
    /// Sends so many bytes of the answer, then closes.
    Cut(Answer, usize),
    /// Sends the head, then the body byte by byte.
    Drip(Answer, Duration),
    /// Never answers.
    Hang,
    /// Sends these bytes and closes.
    Raw(&'static [u8]),
}

/// An answer to be.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }

    /// A posted message.
    pub(crate) fn posted(message: u64, channel: u64) -> Self {
        let body = format!(
            r#"{{"id":"{message}","channel_id":"{channel}","type":0,"content":"","new_field":null}}"#
        );
        Self::new(200, &body).with("content-type", "application/json")
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} X\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 204 {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head + "\r\n"
    }
}

type Script = dyn Fn(&Seen, usize) -> Reply + Send + Sync;

/// A running server. Ends when dropped.
pub(crate) struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts a server. The script is given the request and how many came before it.
    pub(crate) async fn start(script: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { port, seen, task }
    }

    pub(crate) fn url(&self, webhook: u64) -> WebhookUrl {
        let text = format!("http://127.0.0.1:{}/api/webhooks/{webhook}/{TOKEN}", self.port);
        WebhookUrl::parse(&text).expect("a good address")
    }

    pub(crate) fn secure_url(&self, webhook: u64) -> WebhookUrl {
        let text = format!("https://localhost:{}/api/webhooks/{webhook}/{TOKEN}", self.port);
        WebhookUrl::parse(&text).expect("a good address")
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, log: Arc<Mutex<Vec<Seen>>>) {
    let mut buffer = Vec::new();
    while let Some(seen) = read_request(&mut stream, &mut buffer).await {
        let number = {
            let mut log = lock(&log);
            log.push(seen.clone());
            log.len() - 1
        };
        if !answer(&mut stream, script(&seen, number)).await {
            return;
        }
    }
}

/// Carries a reply out. Says whether the connection stays.
async fn answer(stream: &mut TcpStream, reply: Reply) -> bool {
    match reply {
        Reply::Whole(answer) => {
            let text = answer.head() + &answer.body;
            stream.write_all(text.as_bytes()).await.is_ok()
        }
        Reply::Cut(answer, bytes) => {
            let text = answer.head() + &answer.body;
            drop(stream.write_all(&text.as_bytes()[..bytes.min(text.len())]).await);
            false
        }
        Reply::Drip(answer, every) => {
            drop(stream.write_all(answer.head().as_bytes()).await);
            for byte in answer.body.as_bytes() {
                tokio::time::sleep(every).await;
                if stream.write_all(&[*byte]).await.is_err() {
                    return false;
                }
            }
            true
        }
        Reply::Hang => {
            std::future::pending::<()>().await;
            false
        }
        Reply::Raw(bytes) => {
            drop(stream.write_all(bytes).await);
            false
        }
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(place) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break place + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer[..end].to_vec()).ok()?;
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .map(|n| n.trim().to_owned())
        })
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = serde_json::from_slice(&buffer[end..end + length]).unwrap_or_default();
    buffer.drain(..end + length);
    let mut words = head.split(' ');
    Some(Seen {
        method: words.next()?.to_owned(),
        target: words.next()?.to_owned(),
        head: head.clone(),
        body,
    })
}
