//! Bodies: the request's, which knows whether it was asked for, and the answer's, which is bounded.
//!
//! The client pulls a request body only while it writes the request, and it writes nothing before it has pulled the
//! first piece. So a body that was never pulled proves that no byte left; one that was pulled may have left. That is
//! the whole difference between "not sent" and "uncertain", and it errs on the side of uncertain.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// The most bytes of a usual answer that are read; the rest is dropped with its connection.
pub(crate) const ANSWER_LIMIT: usize = 64 * 1024;

/// Whether the client has begun to write a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct SentMark(Arc<AtomicBool>);

impl SentMark {
    /// Whether a byte of the request may have left.
    pub(crate) fn may_have_left(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A request body of one piece that marks when it is pulled.
#[derive(Debug)]
pub(crate) struct MarkedBody {
    piece: Option<Bytes>,
    mark: SentMark,
}

impl MarkedBody {
    /// A body and the mark it will set.
    pub(crate) fn new(piece: Bytes) -> (Self, SentMark) {
        let mark = SentMark::default();
        let piece = (!piece.is_empty()).then_some(piece);
        (
            Self {
                piece,
                mark: mark.clone(),
            },
            mark,
        )
    }

    /// A body without content. Nothing pulls it, so it counts as sent from the start.
    pub(crate) fn empty() -> (Self, SentMark) {
        let (body, mark) = Self::new(Bytes::new());
        mark.set();
        (body, mark)
    }
}

impl Body for MarkedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.mark.set();
        Poll::Ready(self.piece.take().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.piece.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.piece.as_ref().map_or(0, |piece| piece.len() as u64))
    }
}

/// What arrived of an answer's body: all of it, or what came before a cut, the deadline or the limit.
#[derive(Debug, Default)]
pub(crate) struct ReceivedBody {
    pub(crate) bytes: Vec<u8>,
}

impl ReceivedBody {
    /// Reads until the end, a cut or so many bytes. May be dropped at any time: what came so far stays.
    pub(crate) async fn fill(&mut self, mut body: Incoming, at_most: usize) {
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(piece) = frame.into_data() else { continue };
            let room = at_most - self.bytes.len();
            self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() >= room {
                return;
            }
        }
    }
}
