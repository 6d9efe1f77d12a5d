//! One connection to the fake.
//!
//! Owns the login, the order of replies and the ways to end. Ends quietly when the peer goes or sends what is no packet.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, sleep};

use super::frame::{self, Frame};
use super::state::{Login, Received, Script, State};
use crate::watched::Watched;

const LOGIN: i32 = 3;
const COMMAND: i32 = 2;
const LOGIN_REPLY: i32 = 2;
const REPLY: i32 = 0;

/// A reply this long may be overtaken while players are on.
const LONG: usize = 1_000;
/// How long it can be held for that.
const HELD: Duration = Duration::from_millis(20);

pub(super) async fn serve(stream: TcpStream, state: Arc<Watched<State>>) {
    let Some(number) = state.change(State::admit) else {
        return;
    };
    let seat = Seat { number, state };
    let (reader, writer) = stream.into_split();
    let mut connection = Connection {
        seat,
        reader: Some(reader),
        writer,
        held: Vec::new(),
    };
    // How it ended does not matter: what came is recorded.
    drop(connection.run().await);
}

/// The place among the open connections; given back when dropped, also by a cut.
struct Seat {
    number: u64,
    state: Arc<Watched<State>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.state.change(|state| state.open.remove(&self.number));
    }
}

struct Connection {
    seat: Seat,
    reader: Option<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    /// Replies that a shorter one may overtake.
    held: Vec<u8>,
}

/// What a packet leads to.
enum Outcome {
    Send(Vec<u8>),
    Hold(Vec<u8>),
    Nothing,
    Close,
}

impl Connection {
    async fn run(&mut self) -> io::Result<()> {
        let mut reader = self.reader.take().ok_or(io::ErrorKind::NotConnected)?;
        let mut logged_in = false;
        // One read future at a time, kept over the timer: dropping it in the middle of a packet would lose bytes.
        let mut next = Box::pin(read_on(reader));
        let mut end = Box::pin(end_of_the_game(Arc::clone(&self.seat.state)));
        loop {
            let flush = !self.held.is_empty();
            let came = tokio::select! {
                () = &mut end => return Ok(()),
                came = &mut next => Some(came),
                () = async { if flush { sleep(HELD).await } else { pending().await } } => None,
            };
            let Some((half, packet)) = came else {
                self.flush().await?;
                continue;
            };
            reader = half;
            let packet = packet?;
            self.wait_for_the_end_of_a_save().await;
            match self.handle(&packet, &mut logged_in) {
                Outcome::Send(bytes) => {
                    self.writer.write_all(&bytes).await?;
                    self.flush().await?;
                }
                Outcome::Hold(bytes) => self.held.extend(bytes),
                Outcome::Nothing => {}
                Outcome::Close => return Ok(()),
            }
            next = Box::pin(read_on(reader));
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        self.writer.write_all(&held).await
    }

    async fn wait_for_the_end_of_a_save(&self) {
        let awake = |state: &State| (!state.world.is_blocked()).then_some(());
        drop(self.seat.state.wait(LONG_ENOUGH, awake, |_| String::new()).await);
    }

    fn handle(&self, packet: &Frame, logged_in: &mut bool) -> Outcome {
        let number = self.seat.number;
        self.seat.state.change(|state| match packet.kind {
            LOGIN => {
                *logged_in = packet.body == state.password.as_bytes();
                state.logins.push(Login {
                    at: Instant::now(),
                    accepted: *logged_in,
                });
                let id = if *logged_in { packet.id } else { -1 };
                Outcome::Send(frame::write(id, LOGIN_REPLY, b""))
            }
            COMMAND if *logged_in => command(state, number, packet),
            _ => Outcome::Nothing,
        })
    }
}

/// How long a connection waits for anything; a test that runs longer has other troubles.
const LONG_ENOUGH: Duration = Duration::from_secs(86_400);

async fn end_of_the_game(state: Arc<Watched<State>>) {
    let ended = |state: &State| (!state.world.is_running()).then_some(());
    if state.wait(LONG_ENOUGH, ended, |_| String::new()).await.is_err() {
        pending().await
    }
}

async fn read_on(mut reader: OwnedReadHalf) -> (OwnedReadHalf, io::Result<Frame>) {
    let packet = frame::read(&mut reader).await;
    (reader, packet)
}

fn command(state: &mut State, connection: u64, packet: &Frame) -> Outcome {
    let text = String::from_utf8_lossy(&packet.body).into_owned();
    state.note(Received {
        connection,
        id: packet.id,
        text: text.clone(),
    });
    if text.is_empty() {
        return Outcome::Nothing;
    }
    if let Some(script) = state.scripts.get(&text) {
        return scripted(packet.id, script);
    }
    if let Some(reply) = state
        .lua_reply
        .clone()
        .filter(|_| text.starts_with("/silent-command "))
    {
        return scripted(packet.id, &Script::Text(reply));
    }
    let Some(reply) = state.world.run(&text) else {
        return Outcome::Close;
    };
    let mut body = String::new();
    if packet.id == 0 && state.is_first(connection) {
        for line in state.world.take_console() {
            body.push_str(&line);
            body.push('\n');
        }
    }
    body.push_str(&reply);
    let bytes = frame::write(packet.id, REPLY, body.as_bytes());
    if body.len() > LONG && state.world.has_players_online() {
        Outcome::Hold(bytes)
    } else {
        Outcome::Send(bytes)
    }
}

fn scripted(id: i32, script: &Script) -> Outcome {
    let packet = |id: i32, text: &str| frame::write(id, REPLY, text.as_bytes());
    match script {
        Script::Text(text) => Outcome::Send(packet(id, text)),
        Script::Silence => Outcome::Nothing,
        Script::OtherId(offset, text) => Outcome::Send(packet(id.wrapping_add(*offset), text)),
        Script::Partly(count, text) => {
            let mut bytes = packet(id, text);
            bytes.truncate(*count);
            Outcome::Send(bytes)
        }
        Script::Bytes(bytes) => Outcome::Send(bytes.clone()),
        Script::Close => Outcome::Close,
    }
}
