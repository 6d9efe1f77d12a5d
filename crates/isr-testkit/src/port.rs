//! A loopback port that can be shut and opened again.
//!
//! Owns the listener, the accepting task and every connection made through it: shutting the port drops them all, and
//! so does dropping it. Must not know what is spoken. Fails where the port cannot be bound (again).

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;
type Serve = Arc<dyn Fn(TcpStream) -> Connection + Send + Sync>;

pub(crate) struct Port {
    addr: SocketAddr,
    serve: Serve,
    accepting: Mutex<Option<JoinHandle<()>>>,
    cuts: watch::Sender<u64>,
}

impl Port {
    /// Listens on a free port of 127.0.0.1 and gives every connection to `serve`.
    pub(crate) async fn open<F>(serve: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::open_at((Ipv4Addr::LOCALHOST, 0).into(), serve).await
    }

    /// The same at this address.
    pub(crate) async fn open_at<F>(
        address: SocketAddr,
        serve: impl Fn(TcpStream) -> F + Send + Sync + 'static,
    ) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = Listening(TcpListener::bind(address).await?);
        let port = Self {
            addr: listener.0.local_addr()?,
            serve: Arc::new(move |stream| Box::pin(serve(stream))),
            accepting: Mutex::new(None),
            cuts: watch::Sender::new(0),
        };
        port.accept_from(listener);
        Ok(port)
    }

    pub(crate) const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops listening and drops every connection. When it returns, a new connection is refused.
    pub(crate) async fn shut(&self) {
        let accepting = self.slot().take();
        if let Some(accepting) = accepting {
            accepting.abort();
            // The task ends as aborted; waiting is only for its listener to be closed.
            drop(accepting.await);
        }
    }

    /// Listens again on the same port; nothing happens when it is open.
    pub(crate) async fn reopen(&self) -> io::Result<()> {
        if self.slot().is_none() {
            let listener = Listening(TcpListener::bind(self.addr).await?);
            self.accept_from(listener);
        }
        Ok(())
    }

    /// Drops every connection and goes on listening.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|n| *n = n.wrapping_add(1));
    }

    fn accept_from(&self, listener: Listening) {
        let accepting = accept(listener, Arc::clone(&self.serve), self.cuts.subscribe());
        *self.slot() = Some(tokio::spawn(accepting));
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.accepting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if let Some(accepting) = self.slot().take() {
            accepting.abort();
        }
    }
}

/// Ends listening when dropped, not only its own descriptor: a process that is just being started by another test holds
/// a copy of it until it runs its program, and would let connections in that nobody serves.
struct Listening(TcpListener);

impl Drop for Listening {
    fn drop(&mut self) {
        let end = |fd: OwnedFd| std::net::TcpStream::from(fd).shutdown(Shutdown::Both);
        // What fails here is closed by the descriptor alone.
        drop(self.0.as_fd().try_clone_to_owned().and_then(end));
    }
}

async fn accept(listener: Listening, serve: Serve, mut cuts: watch::Receiver<u64>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.0.accept() => if let Ok((stream, _)) = accepted {
                // Small answers must not wait for the peer's acknowledgements; a socket that is gone already says so later.
                drop(stream.set_nodelay(true));
                connections.spawn(serve(stream));
            },
            Some(_) = connections.join_next() => {}
            Ok(()) = cuts.changed() => connections.abort_all(),
        }
    }
}
