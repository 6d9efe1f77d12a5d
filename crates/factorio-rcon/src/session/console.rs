//! The game's console through request id 0: chat, joins and leaves of a server whose log file is out of reach.
//!
//! Owns what is known of that stream and what is not. The game puts the console lines since the last such request in
//! front of its reply to a request with id 0, and does so for the first of its connections only (measured with 1.1; not
//! documented by its makers). So the stream is asked for through the session's one connection, with `/version`: it changes
//! nothing, needs no Lua, always answers with one line, and that line reads the same in every language.
//!
//! What holds: whatever was received is handed out, exactly once, in order, also when the caller that asked has gone or
//! its deadline has passed. What the game handed to a connection that broke before it arrived is gone: the game keeps no
//! copy, and nobody can ask again. Every such place is told as a [`Gap`]. Whether the game keeps lines for a connection that
//! comes later is not known, so a new connection is a gap, too.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Session;
use super::failure::{Failure, NotSent};
use super::queue::Priority;
use super::request::Channel;
use crate::command::{Ask, Version};
use crate::gate::Line;
use crate::reply;

/// The request id that the console's lines come with.
pub(super) const CONSOLE_ID: i32 = 0;

/// So much is kept of what nobody has fetched. Polls fetch before they ask, so only a hostile peer gets here.
const MOST_KEPT: usize = 32 << 20;

/// The console of one game. Made by [`Session::console`]; one at a time.
#[derive(Debug)]
pub struct Console {
    session: Session,
    /// The logins that have been told of.
    logins: u64,
}

/// What a poll brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Console lines as the game writes them to its console log, each with a line end; empty when nothing happened.
    pub text: Vec<u8>,
    /// What may be missing in front of them.
    pub gap: Option<Gap>,
}

/// A place where console lines may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gap {
    /// Connections that were made anew.
    pub reconnects: u64,
    /// Replies that the game may have sent and that never came: the lines in them are gone.
    pub lost_replies: u64,
}

/// What came with request id 0 and has not been fetched.
#[derive(Debug, Default)]
pub(super) struct Inbox(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    bodies: VecDeque<Vec<u8>>,
    bytes: usize,
    lost_replies: u64,
}

impl Inbox {
    /// Keeps a reply; false when there is no room for it.
    pub(super) fn keep(&self, body: Vec<u8>) -> bool {
        let mut kept = self.lock();
        if kept.bytes.saturating_add(body.len()) > MOST_KEPT {
            kept.lost_replies += 1;
            return false;
        }
        kept.bytes += body.len();
        kept.bodies.push_back(body);
        true
    }

    /// A reply will never come.
    pub(super) fn lose(&self) {
        self.lock().lost_replies += 1;
    }

    fn take(&self) -> Kept {
        std::mem::take(&mut *self.lock())
    }

    /// The inbox stays usable when a thread panicked while it held it: every change is one step.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Console {
    pub(super) fn new(session: Session) -> Self {
        let logins = session.counts().logins;
        Self { session, logins }
    }

    /// Asks for the lines since the last time. Returns at once what is here already.
    ///
    /// Dropping the future loses nothing: what comes later is handed out by the next call.
    ///
    /// # Errors
    /// [`Failure`] when no answer came in time and nothing else was here. Ask again later; what the game keeps until then
    /// is not known.
    pub async fn poll(&mut self, within: Duration) -> Result<Heard, Failure> {
        if let Some(heard) = self.received() {
            return Ok(heard);
        }
        let line = Line::from(Version.command().map_err(NotSent::Refused)?);
        let asked = self
            .session
            .request(line, Priority::Poll, within, Channel::Console)
            .await;
        match (self.received(), asked) {
            (Some(heard), _) => Ok(heard),
            (None, Err(failure)) => Err(failure),
            (None, Ok(_)) => Ok(Heard {
                text: Vec::new(),
                gap: None,
            }),
        }
    }

    /// What is here already, without asking for more; nothing when there are neither lines nor a gap.
    pub fn received(&mut self) -> Option<Heard> {
        let Kept {
            bodies, lost_replies, ..
        } = self.session.shared().console.take();
        let mut text = Vec::new();
        for body in &bodies {
            append_lines(body, &mut text);
        }
        // A new connection is told of once something came through it.
        let logins = self.session.counts().logins;
        let reconnects = match (bodies.is_empty(), self.logins) {
            (true, _) => 0,
            // The very first connection is no new one.
            (false, 0) => {
                self.logins = logins;
                logins.saturating_sub(1)
            }
            (false, _) => logins - std::mem::replace(&mut self.logins, logins),
        };
        let gap = Gap {
            reconnects,
            lost_replies,
        };
        let gap = (gap != Gap::default()).then_some(gap);
        (!text.is_empty() || gap.is_some()).then_some(Heard { text, gap })
    }
}

/// The lines in front of the reply; all of them when there is no reply to be seen behind them.
fn append_lines(body: &[u8], text: &mut Vec<u8>) {
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    let begin_of_last = body
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let (before, last) = body.split_at(begin_of_last);
    let is_reply = std::str::from_utf8(last).is_ok_and(|last| reply::version(last).is_ok());
    let lines = if is_reply { before } else { body };
    text.extend_from_slice(lines);
    if !lines.is_empty() && !lines.ends_with(b"\n") {
        text.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(body: &str) -> String {
        let mut text = Vec::new();
        append_lines(body.as_bytes(), &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn only_the_reply_itself_is_taken_away() {
        let chat = "2024-04-10 02:26:58 [CHAT] <server>: hi\n";
        assert_eq!(lines("2.0.77\n"), "");
        assert_eq!(lines("2.0.77"), "");
        assert_eq!(lines(""), "");
        assert_eq!(lines(&format!("{chat}1.1.110\n")), chat);
        assert_eq!(
            lines(&format!("{chat}{chat}2.1.14 (build 1, linux64)\n")),
            chat.repeat(2)
        );
        // A chat that says a version is dated, a raw line of a script is not the last one.
        let said = "2024-04-10 02:26:58 [CHAT] a: 2.0.77\n";
        assert_eq!(lines(&format!("{said}2.0.77\n")), said);
        assert_eq!(lines("2.0.77\n2.0.77\n"), "2.0.77\n");
        // What is no version is kept: better a line too many.
        assert_eq!(lines(chat), chat);
        assert_eq!(lines(chat.trim_end()), chat);
        assert_eq!(lines("Unknown command\n"), "Unknown command\n");
    }
}
