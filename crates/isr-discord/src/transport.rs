//! Connections: TLS, the pool, and what a failed connection means.
//!
//! Owns the two hyper clients (plain for loopback, TLS for everything else), each made on first use so that start is
//! fast and an unused one costs nothing. hyper's own retry of requests is off: one attempt is one attempt.

use std::error::Error;
use std::io;
use std::sync::{Arc, Once, OnceLock};
use std::time::Duration;

use hyper::Request;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, Client, ResponseFuture, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;

use crate::body::{MarkedBody, SentMark};
use crate::outcome::{NotSentReason, UncertainReason};
use crate::url::Scheme;

/// A connection without use is closed after this time.
const IDLE_CONNECTION: Duration = Duration::from_secs(60);
/// Unused connections kept for one host.
const IDLE_CONNECTIONS: usize = 4;
/// The largest head of an answer, and the read buffer's limit: Discord's heads have about 2 KiB.
const BUFFER_LIMIT: usize = 32 * 1024;
/// How long one address of a host may take to accept, shared by all its addresses.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A silent peer is probed after this time, so that a dead kept connection is noticed.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Makes ring the cryptography of this process. Called by the client on its first TLS connection; calling it again,
/// or after another part of the process has chosen one, does nothing.
pub fn install_crypto_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // An error only says that a provider is there already, which then serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}

/// The clients, each made on first use.
#[derive(Debug, Default)]
pub(crate) struct Transport {
    plain: OnceLock<Client<HttpConnector, MarkedBody>>,
    secure: OnceLock<Client<HttpsConnector<HttpConnector>, MarkedBody>>,
}

impl Transport {
    /// Begins a request.
    pub(crate) fn request(&self, scheme: Scheme, request: Request<MarkedBody>) -> ResponseFuture {
        match scheme {
            Scheme::Http => self
                .plain
                .get_or_init(|| builder().build(connector()))
                .request(request),
            Scheme::Https => self.secure.get_or_init(secure_client).request(request),
        }
    }
}

fn secure_client() -> Client<HttpsConnector<HttpConnector>, MarkedBody> {
    let mut connector = connector();
    connector.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(ClientConfig::clone(&shared_tls()))
        .https_only()
        .enable_http1()
        .wrap_connector(connector);
    builder().build(connector)
}

fn builder() -> legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .http1_max_buf_size(BUFFER_LIMIT)
        .retry_canceled_requests(false);
    builder
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector.set_keepalive(Some(KEEPALIVE));
    connector
}

/// TLS as the API and the gateway use it, made once: its roots take some 100 KiB.
pub(crate) fn shared_tls() -> Arc<ClientConfig> {
    static SHARED: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    Arc::clone(SHARED.get_or_init(|| Arc::new(tls_config())))
}

/// TLS 1.2 and 1.3 with the roots that Mozilla trusts.
fn tls_config() -> ClientConfig {
    install_crypto_provider();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    #[expect(
        clippy::expect_used,
        reason = "ring offers every suite of the default protocol versions"
    )]
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_webpki_roots()
        .with_no_client_auth()
}

/// How a request failed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("not sent: {0}")]
    NotSent(NotSentReason),
    #[error("no usable answer: {0}")]
    Uncertain(UncertainReason),
}

impl Failure {
    /// The deadline passed.
    pub(crate) fn deadline(mark: &SentMark) -> Self {
        if mark.may_have_left() {
            Self::Uncertain(UncertainReason::Deadline)
        } else {
            Self::NotSent(NotSentReason::Deadline)
        }
    }

    /// hyper gave up.
    pub(crate) fn from_error(error: &legacy::Error, mark: &SentMark) -> Self {
        if error.is_connect() {
            return Self::NotSent(connect_reason(error));
        }
        if !mark.may_have_left() {
            return Self::NotSent(NotSentReason::StaleConnection);
        }
        let is_broken = sources(error)
            .filter_map(|source| source.downcast_ref::<hyper::Error>())
            .any(hyper::Error::is_parse);
        Self::Uncertain(if is_broken {
            UncertainReason::BrokenAnswer
        } else {
            UncertainReason::Cut
        })
    }
}

/// Why no connection was made. The connector's own error wraps lookups and connects; what TLS reports arrives as a
/// bare I/O error.
fn connect_reason(error: &legacy::Error) -> NotSentReason {
    if error.source().is_some_and(|source| source.is::<io::Error>()) {
        return NotSentReason::Tls;
    }
    match sources(error).find_map(|source| source.downcast_ref::<io::Error>()) {
        None => NotSentReason::StaleConnection,
        Some(fault) if fault.raw_os_error().is_some() || fault.kind() == io::ErrorKind::TimedOut => {
            NotSentReason::Connect(fault.kind())
        }
        Some(_) => NotSentReason::Lookup,
    }
}

fn sources<'e>(error: &'e legacy::Error) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let current = next?;
        next = current.source();
        Some(current)
    })
}
