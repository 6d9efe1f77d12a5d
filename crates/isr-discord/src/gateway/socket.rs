//! One WebSocket connection: lookup, TCP, TLS, handshake, messages.
//!
//! Owns sockets, deadlines on them, and what goes wrong there. Must not know what the messages mean. The WebSocket
//! itself is tokio-websockets; TLS is the same as for the API.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_websockets::{ClientBuilder, CloseCode as WireCode, Limits, Message, WebSocketStream};

use super::MESSAGE_LIMIT;
use super::close::CloseCode;
use super::doorway::{Doorway, Stream};
use super::status::Loss;
use crate::transport;
use crate::url::{GatewayUrl, Scheme};

/// How long one of a host's addresses may take to accept.
const ADDRESS_DEADLINE: Duration = Duration::from_secs(5);
/// How long a payload may take to be taken. A program that stops waits for this at most.
const WRITE_DEADLINE: Duration = Duration::from_secs(5);
/// How long a farewell may take.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

/// Why no connection was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ConnectFault {
    /// The host's name is not known.
    #[error("the host's name cannot be looked up")]
    Lookup,
    /// Nobody accepts there.
    #[error("connecting failed ({0})")]
    Tcp(io::ErrorKind),
    /// The other side does not prove who it is.
    #[error("the other side's certificate or TLS is not accepted")]
    Tls,
    /// What answers is no gateway.
    #[error("what answers there is no WebSocket server")]
    Handshake,
    /// It took too long.
    #[error("it took too long")]
    Deadline,
}

/// A connection.
pub(super) struct Socket(WebSocketStream<Doorway>);

/// What arrived.
#[derive(Debug)]
pub(super) enum Arrival {
    Text(Message),
    Binary(Message),
    Lost(Loss),
}

impl Socket {
    /// Connects. The caller owns the deadline of the whole.
    pub(super) async fn connect(url: &GatewayUrl, query: &str) -> Result<Self, ConnectFault> {
        let stream = connect_tcp(url).await?;
        let stream: Box<dyn Stream> = match url.scheme() {
            Scheme::Http => Box::new(stream),
            Scheme::Https => {
                let name = ServerName::try_from(url.host().to_owned()).map_err(|_| ConnectFault::Lookup)?;
                let connector = TlsConnector::from(transport::shared_tls());
                let tls = connector.connect(name, stream).await;
                Box::new(tls.map_err(|_| ConnectFault::Tls)?)
            }
        };
        let limits = Limits::default().max_payload_len(Some(MESSAGE_LIMIT));
        let builder = ClientBuilder::from_uri(url.uri(query)).limits(limits);
        match builder.connect_on(Doorway::new(stream)).await {
            Ok((mut socket, _)) => {
                socket.get_mut().open();
                Ok(Self(socket))
            }
            Err(tokio_websockets::Error::Io(fault)) if fault.kind() != io::ErrorKind::UnexpectedEof => {
                Err(ConnectFault::Tcp(fault.kind()))
            }
            Err(_) => Err(ConnectFault::Handshake),
        }
    }

    /// The next message. May be dropped without losing one.
    pub(super) async fn next(&mut self) -> Arrival {
        loop {
            match self.0.next().await {
                None => return Arrival::Lost(Loss::Cut),
                Some(Ok(message)) if message.is_text() => return Arrival::Text(message),
                Some(Ok(message)) if message.is_binary() => return Arrival::Binary(message),
                Some(Ok(message)) => {
                    if let Some((code, _)) = message.as_close() {
                        return Arrival::Lost(closed(code));
                    }
                }
                Some(Err(tokio_websockets::Error::Io(_))) => return Arrival::Lost(Loss::Cut),
                Some(Err(_)) => return Arrival::Lost(Loss::Protocol),
            }
        }
    }

    /// Sends a text.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Loss> {
        match timeout(WRITE_DEADLINE, self.0.send(Message::text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Loss::Cut),
            Err(_) => Err(Loss::Write),
        }
    }

    /// Says farewell with a code and waits a moment until it is heard: a socket that is closed with something unread
    /// takes back what it said last.
    pub(super) async fn close(mut self, code: u16) {
        let code = WireCode::try_from(code).unwrap_or(WireCode::GOING_AWAY);
        let farewell = async {
            if self.0.send(Message::close(Some(code), "")).await.is_ok() {
                while matches!(self.next().await, Arrival::Text(_) | Arrival::Binary(_)) {}
            }
        };
        // Whatever comes of it, the connection is gone afterwards.
        drop(timeout(CLOSE_DEADLINE, farewell).await);
    }
}

fn closed(code: WireCode) -> Loss {
    if code == WireCode::NO_STATUS_RECEIVED {
        Loss::Cut
    } else {
        Loss::Closed(CloseCode(code.into()))
    }
}

async fn connect_tcp(url: &GatewayUrl) -> Result<TcpStream, ConnectFault> {
    let found = lookup_host((url.host(), url.port())).await;
    let addresses: Vec<SocketAddr> = found.map_err(|_| ConnectFault::Lookup)?.collect();
    let mut fault = ConnectFault::Lookup;
    for address in addresses {
        match timeout(ADDRESS_DEADLINE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Heartbeats are small and must not wait for company; a refusal of the option changes nothing else.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
            Ok(Err(error)) => fault = ConnectFault::Tcp(error.kind()),
            Err(_) => fault = ConnectFault::Deadline,
        }
    }
    Err(fault)
}
