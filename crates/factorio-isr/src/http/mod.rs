//! The HTTP endpoint: `GET /health`, `GET /ready`, `GET /metrics`, `GET /games`, and nothing else.
//!
//! Owns the listener and the answers. Reads shared state only, so that it answers within milliseconds whatever the
//! load. Clients that never read or never finish a request are cut off by deadlines, and by whoever comes after them
//! once there are too many: a crowd of them keeps nobody waiting (P06). Must not know secrets. Fails only at binding
//! the port.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use isr_store::Store;
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::game::{Board, report};
use crate::metrics::Metrics;
use crate::status::{Status, Verdict};
use crate::supervisor::Stop;

/// Connections served at once: one more closes the oldest. Together with all other descriptors well below 64 (P03).
const CONNECTIONS: usize = 32;
/// A whole connection, from accept to the last byte, may take this long.
const CONNECTION_DEADLINE: Duration = Duration::from_secs(10);
/// The head of a request may take this long.
const HEAD_DEADLINE: Duration = Duration::from_secs(2);
/// The pause after a failed accept (no descriptors left, for example).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the endpoint shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Source of `/health` and `/ready`.
    pub status: Status,
    /// The gauges that are brought up to date when they are asked for.
    pub metrics: Metrics,
    /// Source of `/metrics`.
    pub registry: Arc<Registry>,
    /// What the store knows of its rows.
    pub store: Store,
    /// Source of `/games`.
    pub board: Board,
}

impl Shown {
    fn refresh(&self) {
        let waiting = self.store.health().waiting_rows;
        self.metrics
            .outbox_rows
            .set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.metrics
            .task_restarts
            .set(i64::try_from(self.status.restarts_total()).unwrap_or(i64::MAX));
    }
}

/// Binds the endpoint.
///
/// # Errors
/// The operating system's reason: the port is taken, or the address is not ours.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// The address that was bound, for the log.
#[must_use]
pub fn bound_address(listener: &TcpListener) -> Option<SocketAddr> {
    listener.local_addr().ok()
}

/// Serves until stopping begins.
pub async fn serve(listener: Arc<TcpListener>, shown: Shown, mut stop: Stop) {
    let mut crowd = Crowd::default();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _peer)) => crowd.admit(stream, &shown),
                Err(error) => {
                    tracing::debug!(%error, "http_accept_failed");
                    crowd.close_oldest();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = stop.stopping() => return,
        }
    }
}

/// The connections that are served, oldest first.
#[derive(Debug, Default)]
struct Crowd(VecDeque<AbortHandle>);

impl Crowd {
    /// Serves one more. Those who came first have had their time: an honest client needs milliseconds.
    fn admit(&mut self, stream: TcpStream, shown: &Shown) {
        self.0.retain(|connection| !connection.is_finished());
        if self.0.len() >= CONNECTIONS {
            self.close_oldest();
        }
        let connection = tokio::spawn(serve_connection(stream, shown.clone()));
        self.0.push_back(connection.abort_handle());
    }

    fn close_oldest(&mut self) {
        if let Some(oldest) = self.0.pop_front() {
            oldest.abort();
        }
    }
}

fn serve_connection(stream: TcpStream, shown: Shown) -> impl Future<Output = ()> {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), &shown);
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .keep_alive(true)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    async move {
        let _closed_or_late = tokio::time::timeout(CONNECTION_DEADLINE, connection).await;
    }
}

fn answer(method: &Method, path: &str, shown: &Shown) -> Response<Full<Bytes>> {
    let known = matches!(path, "/health" | "/ready" | "/metrics" | "/games");
    if !known {
        return plain(
            StatusCode::NOT_FOUND,
            "not found: try /health, /ready, /metrics or /games\n",
        );
    }
    if method != Method::GET && method != Method::HEAD {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n");
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match path {
        "/health" => health(&shown.status),
        "/ready" => ready(&shown.status),
        "/games" => games(&shown.board),
        _ => metrics(shown),
    }
}

fn health(status: &Status) -> Response<Full<Bytes>> {
    let report = status.health();
    let code = match report.status {
        Verdict::Healthy | Verdict::Degraded => StatusCode::OK,
        Verdict::Starting | Verdict::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
    };
    match serde_json::to_vec(&report) {
        Ok(body) => response(code, "application/json", body.into()),
        Err(_) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the report could not be written\n",
        ),
    }
}

fn ready(status: &Status) -> Response<Full<Bytes>> {
    match status.health().status {
        Verdict::Healthy | Verdict::Degraded => plain(StatusCode::OK, "ready\n"),
        Verdict::Starting => plain(StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        Verdict::Unhealthy => plain(StatusCode::SERVICE_UNAVAILABLE, "unhealthy: see /health\n"),
    }
}

fn games(board: &Board) -> Response<Full<Bytes>> {
    let report = report::games(board, Timestamp::now().as_millisecond());
    response(StatusCode::OK, "application/json", report.to_string().into())
}

fn metrics(shown: &Shown) -> Response<Full<Bytes>> {
    shown.refresh();
    let mut text = String::with_capacity(8 * 1024);
    match prometheus_client::encoding::text::encode(&mut text, &shown.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            response(StatusCode::OK, kind, text.into())
        }
        Err(_) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the metrics could not be written\n",
        ),
    }
}

fn plain(code: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    response(
        code,
        "text/plain; charset=utf-8",
        Bytes::from_static(text.as_bytes()),
    )
}

fn response(code: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
