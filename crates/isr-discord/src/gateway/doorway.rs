//! A stream that lets only so much in until the handshake is over.
//!
//! Owns the bound on what a peer may send before it has shown that it speaks the WebSocket protocol: the handshake's
//! reader would otherwise keep an endless head. Fails reads beyond the bound.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The heads of Discord's handshakes have about 1 KiB.
const HANDSHAKE_LIMIT: usize = 64 * 1024;

/// Bytes in and out, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A stream with a bound that can be lifted.
pub(super) struct Doorway {
    stream: Box<dyn Stream>,
    /// How much may still come in. None: everything.
    room: Option<usize>,
}

impl Doorway {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            room: Some(HANDSHAKE_LIMIT),
        }
    }

    /// The handshake is over.
    pub(super) const fn open(&mut self) {
        self.room = None;
    }
}

impl AsyncRead for Doorway {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        let came = into.filled().len() - before;
        if let Some(room) = &mut self.room {
            match room.checked_sub(came) {
                Some(left) => *room = left,
                None => {
                    // Who fails to read has read nothing.
                    into.set_filled(before);
                    return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Doorway {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn an_endless_head_is_refused_and_an_open_door_is_not_counted() {
        let endless = || Box::new(tokio::io::join(tokio::io::repeat(b'x'), tokio::io::sink()));
        let mut kept = Vec::new();
        let fault = Doorway::new(endless()).read_to_end(&mut kept).await.unwrap_err();
        assert_eq!(fault.kind(), io::ErrorKind::InvalidData);
        assert!(kept.len() <= HANDSHAKE_LIMIT);
        let mut doorway = Doorway::new(endless());
        doorway.open();
        let mut much = vec![0; 4 * HANDSHAKE_LIMIT];
        assert_eq!(doorway.read_exact(&mut much).await.unwrap(), much.len());
    }
}
