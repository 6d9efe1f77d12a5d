//! One connection that is logged in: requests out, replies in.
//!
//! Owns the requests on their way and their ids. Ends, without an error of its own, when the connection cannot be trusted
//! or used any more; by then every request on its way has been told what became of it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Shared;
use super::console::CONSOLE_ID;
use super::counts::count;
use super::failure::{Failure, Lost, NotSent};
use super::link::Link;
use super::login::{Connection, LOGIN_ID};
use super::request::{Channel, Reply, Request};
use crate::codec::{FrameError, Kind, Packet, encode};
use crate::gate::Answer;

/// How much is read at a time.
const READ: usize = 16 << 10;

/// What is kept of the buffer for writing.
const WRITE: usize = 8 << 10;

/// The connection has come to its end.
struct Over(Lost);

/// A request that has left.
struct OnItsWay {
    id: i32,
    sent: Instant,
    expects: Answer,
    phase: Phase,
}

enum Phase {
    /// Its caller is told the reply, or at this time that none came.
    Awaited {
        answer: oneshot::Sender<Result<Reply, Failure>>,
        deadline: Instant,
    },
    /// Its caller has been told that no reply came. It keeps its place until the reply comes or this time.
    Late { patience: Instant },
}

pub(super) struct Serving<'a> {
    shared: &'a Shared,
    connection: Connection,
    on_their_way: Vec<OnItsWay>,
    last_id: i32,
    outgoing: Vec<u8>,
    answered: bool,
}

impl<'a> Serving<'a> {
    pub(super) const fn new(shared: &'a Shared, connection: Connection) -> Self {
        Self {
            shared,
            connection,
            on_their_way: Vec::new(),
            last_id: LOGIN_ID,
            outgoing: Vec::new(),
            answered: false,
        }
    }

    /// Whether the server has answered anything on this connection.
    pub(super) const fn has_answered(&self) -> bool {
        self.answered
    }

    /// Works until the connection or the session ends.
    pub(super) async fn run(&mut self) {
        let Over(lost) = self.exchange().await;
        for request in self.on_their_way.drain(..) {
            if request.id == CONSOLE_ID {
                self.shared.console.lose();
            }
            conclude(request, lost);
        }
    }

    async fn exchange(&mut self) -> Over {
        let mut incoming = vec![0; READ];
        // What came together with the answer to the login.
        if let Err(over) = self.take_packets() {
            return over;
        }
        while !self.shared.queue.is_closed() {
            if let Err(over) = self.send_what_may_leave().await {
                return over;
            }
            let wake = self.next_wake();
            let step = tokio::select! {
                read = self.connection.stream.read(&mut incoming) => match read {
                    Ok(count @ 1..) => self.take_bytes(&incoming[..count]),
                    Ok(_) | Err(_) => Err(Over(Lost::Disconnected)),
                },
                () = self.shared.queue.changed() => Ok(()),
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => self.note_the_late(),
            };
            if let Err(over) = step {
                return over;
            }
        }
        Over(Lost::Disconnected)
    }

    async fn send_what_may_leave(&mut self) -> Result<(), Over> {
        while self.on_their_way.len() < usize::from(self.shared.options.in_flight.get()) {
            let Some(request) = self.shared.queue.pop() else {
                break;
            };
            self.send(request).await?;
        }
        Ok(())
    }

    async fn send(&mut self, request: Request) -> Result<(), Over> {
        let Request {
            line,
            deadline,
            answer,
            channel,
            ..
        } = request;
        if deadline <= Instant::now() {
            // Nobody listens any more when this fails; the same goes for every answer below.
            drop(answer.send(Err(Failure::NotSent(NotSent::Deadline))));
            return Ok(());
        }
        let id = self.id_for(channel)?;
        self.outgoing.clear();
        self.outgoing.shrink_to(WRITE);
        encode(id, Kind::COMMAND, line.text().as_bytes(), &mut self.outgoing)
            .map_err(|_| Over(Lost::Disconnected))?;
        // From here on bytes may leave: whatever happens, this request is never sent again.
        let written = timeout_at(deadline, self.connection.stream.write_all(&self.outgoing)).await;
        count(&self.shared.counts.sent);
        self.on_their_way.push(OnItsWay {
            id,
            sent: Instant::now(),
            expects: line.answer(),
            phase: Phase::Awaited { answer, deadline },
        });
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Over(Lost::Disconnected)),
            Err(_) => Err(Over(Lost::Deadline)),
        }
    }

    fn id_for(&mut self, channel: Channel) -> Result<i32, Over> {
        if channel == Channel::Own {
            // An id that was used before could be claimed by a reply that is late: begin anew on another connection.
            self.last_id = self.last_id.checked_add(1).ok_or(Over(Lost::Disconnected))?;
            return Ok(self.last_id);
        }
        Ok(CONSOLE_ID)
    }

    fn take_bytes(&mut self, bytes: &[u8]) -> Result<(), Over> {
        self.connection.decoder.feed(bytes);
        self.take_packets()
    }

    fn take_packets(&mut self) -> Result<(), Over> {
        loop {
            match self.connection.decoder.next() {
                Ok(Some(packet)) => self.settle(packet),
                Ok(None) => return Ok(()),
                Err(FrameError::TooLong { .. }) => return Err(Over(Lost::TooLong)),
                Err(FrameError::TooShort { .. } | FrameError::NotTerminated) => {
                    return Err(Over(Lost::Disconnected));
                }
            }
        }
    }

    fn settle(&mut self, mut packet: Packet) {
        let with_this_id = |(_, request): &(usize, &OnItsWay)| request.id == packet.id;
        let candidates = self.on_their_way.iter().enumerate().filter(with_this_id);
        // Only the console's id is there more than once: the eldest is answered first.
        let place = candidates
            .min_by_key(|(_, request)| request.sent)
            .map(|(place, _)| place);
        let request = place.map(|place| self.on_their_way.swap_remove(place));
        if packet.id == CONSOLE_ID && request.is_some() {
            // Also when nobody waits for it any more: what the game handed out it never hands out again.
            let kept = self.shared.console.keep(std::mem::take(&mut packet.body));
            if !kept {
                count(&self.shared.counts.stray);
            }
        }
        let Some(request) = request else {
            count(&self.shared.counts.stray);
            return;
        };
        self.answered = true;
        match request.phase {
            Phase::Awaited { answer, .. } => {
                count(&self.shared.counts.answered);
                drop(answer.send(Ok(Reply {
                    body: packet.body,
                    sent: request.sent,
                    received: Instant::now(),
                })));
            }
            Phase::Late { .. } if request.id == CONSOLE_ID => count(&self.shared.counts.answered),
            Phase::Late { .. } => count(&self.shared.counts.stray),
        }
        self.tell_whether_silent();
    }

    /// Looks at every request whose time has come.
    fn note_the_late(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        // A server that stops in the middle of a packet is not saving. What would come later has no known beginning.
        let is_stalled = self.connection.decoder.is_inside_a_packet();
        for request in &mut self.on_their_way {
            match &request.phase {
                Phase::Awaited { deadline, .. } if *deadline <= now => {
                    count(&self.shared.counts.late);
                    if is_stalled {
                        return Err(Over(Lost::Deadline));
                    }
                    let patience = request.sent + self.shared.options.deadlines.silence;
                    let awaited = std::mem::replace(&mut request.phase, Phase::Late { patience });
                    if let Phase::Awaited { answer, .. } = awaited {
                        drop(answer.send(Err(Failure::Unknown(Lost::Deadline))));
                    }
                }
                Phase::Late { patience } if *patience <= now => return Err(Over(Lost::Deadline)),
                Phase::Awaited { .. } | Phase::Late { .. } => {}
            }
        }
        self.tell_whether_silent();
        Ok(())
    }

    fn tell_whether_silent(&self) {
        let late = |request: &&OnItsWay| matches!(request.phase, Phase::Late { .. });
        let oldest = self
            .on_their_way
            .iter()
            .filter(late)
            .map(|request| request.sent)
            .min();
        let link = oldest.map_or(Link::Up, |since| Link::Silent { since });
        self.shared.link.send_if_modified(|told| {
            let news = *told != link;
            if news {
                *told = link;
            }
            news
        });
    }

    fn next_wake(&self) -> Option<Instant> {
        self.on_their_way
            .iter()
            .map(|request| match request.phase {
                Phase::Awaited { deadline, .. } => deadline,
                Phase::Late { patience } => patience,
            })
            .min()
    }
}

/// Tells the caller of a request what the end of the connection means for it.
fn conclude(request: OnItsWay, lost: Lost) {
    let Phase::Awaited { answer, .. } = request.phase else {
        return;
    };
    let outcome = match (request.expects, lost) {
        (Answer::Hangup, Lost::Disconnected) => Ok(Reply {
            body: Vec::new(),
            sent: request.sent,
            received: Instant::now(),
        }),
        (Answer::Hangup | Answer::Packet, _) => Err(Failure::Unknown(lost)),
    };
    drop(answer.send(outcome));
}
