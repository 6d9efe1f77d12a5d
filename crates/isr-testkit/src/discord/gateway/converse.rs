//! One connection's life: handshake, greeting, introduction, events, farewell.
//!
//! Owns the order of these and what each fault does. Must not decide what a session is told.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_websockets::{CloseCode, Limits, Message, ServerBuilder, WebSocketStream};

use super::check::{Broken, Conduct, Said};
use super::fault::ConnectionFault as Fault;
use super::seen::{Beat, GatewayRule, Introduction};
use super::squeeze::Squeezer;
use super::world::{Acks, Command, Refused, World};
use crate::watched::Watched;

/// A client may send so much, that the rule of 4,096 bytes is ours to judge.
const LONGEST: usize = 64 * 1024;
/// So much may wait for a client that does not read. One that is further behind is cut off, as Discord does.
const COMMANDS: usize = 16 * 1024;
/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(30 * 86_400);

/// The connection is over.
struct Over;

type Flow = Result<(), Over>;

struct Link<'w> {
    world: &'w Watched<World>,
    number: u64,
    socket: WebSocketStream<TcpStream>,
    squeezer: Option<Squeezer>,
    fault: Option<Fault>,
    conduct: Conduct,
    greeted: Instant,
    interval: Duration,
}

pub(super) async fn converse(world: Arc<Watched<World>>, stream: TcpStream) {
    let (sender, commands) = mpsc::channel(COMMANDS);
    let (number, fault) = world.change(|world| world.accept(sender));
    let leaving = Leaving {
        world: &world,
        number,
    };
    // How it ends is recorded where it ends.
    drop(live(&world, number, fault, stream, commands).await);
    drop(leaving);
}

/// Leaves the world also when the port is shut and the task dropped.
struct Leaving<'w> {
    world: &'w Watched<World>,
    number: u64,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.world.change(|world| world.leave(self.number));
    }
}

async fn live(
    world: &Watched<World>,
    number: u64,
    fault: Option<Fault>,
    mut stream: TcpStream,
    mut commands: mpsc::Receiver<Command>,
) -> Flow {
    match fault {
        Some(Fault::CutAtOnce) => return Err(Over),
        Some(Fault::StallHandshake) => {
            sleep(FOR_EVER).await;
            return Err(Over);
        }
        Some(Fault::RefuseHandshake(status)) => {
            let answer = format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            drop(stream.write_all(answer.as_bytes()).await);
            return Err(Over);
        }
        _ => {}
    }
    let limits = Limits::default().max_payload_len(Some(LONGEST));
    let accepted = ServerBuilder::new().limits(limits).accept(stream).await;
    let (request, socket) = accepted.map_err(|_| Over)?;
    let query = request.uri().query().unwrap_or_default().to_owned();
    let mut link = Link {
        world,
        number,
        socket,
        squeezer: None,
        fault,
        conduct: Conduct::default(),
        greeted: Instant::now(),
        interval: world.read(|world| world.interval),
    };
    link.open(&query).await?;
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => link.obey(command).await?,
                None => return Err(Over),
            },
            message = link.socket.next() => link.take(message).await?,
        }
    }
}

impl Link<'_> {
    async fn open(&mut self, query: &str) -> Flow {
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.sort_unstable();
        match pairs[..] {
            ["encoding=json", "v=10"] => {}
            ["compress=zlib-stream", "encoding=json", "v=10"] => self.squeezer = Some(Squeezer::new()),
            _ => {
                self.broke(&(GatewayRule::Query, query.to_owned(), None));
                if !pairs.contains(&"v=10") {
                    return self.close(4012).await;
                }
            }
        }
        match self.fault {
            Some(Fault::CloseBeforeHello(code)) => return self.close(code).await,
            Some(Fault::NoHello) => {
                sleep(FOR_EVER).await;
                return Err(Over);
            }
            Some(Fault::LateHello(late)) => sleep(late).await,
            Some(Fault::DamagedStream) => {
                let damaged = vec![0x55, 0xAA, 0x13, 0x37, 0, 0, 0xFF, 0xFF];
                drop(self.socket.send(Message::binary(damaged)).await);
            }
            _ => {}
        }
        self.greeted = Instant::now();
        let interval = u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX);
        self.say(
            json!({"op": 10, "s": null, "t": null, "d": {"heartbeat_interval": interval, "_trace": ["[]"]}})
                .to_string(),
        )
        .await?;
        match self.fault {
            Some(Fault::CloseAfterHello(code)) => self.close(code).await,
            _ => Ok(()),
        }
    }

    async fn obey(&mut self, command: Command) -> Flow {
        match command {
            Command::Send(text) => self.say(text).await,
            Command::Close(code) => self.close(code).await,
            Command::Cut => Err(Over),
            Command::Pieces { text, pieces, pause } => self.say_slowly(text, pieces, pause).await,
            Command::Half(text) => {
                // The head of a frame that announces more than follows.
                let bytes = self.encode(text);
                let length = u16::try_from(bytes.len())
                    .unwrap_or(u16::MAX)
                    .max(126)
                    .to_be_bytes();
                let opcode = if self.squeezer.is_some() { 0x82 } else { 0x81 };
                let mut half = vec![opcode, 126, length[0], length[1]];
                half.extend_from_slice(&bytes[..bytes.len() / 2]);
                drop(self.socket.get_mut().write_all(&half).await);
                Err(Over)
            }
        }
    }

    fn encode(&mut self, text: String) -> Vec<u8> {
        match &mut self.squeezer {
            Some(squeezer) => squeezer.squeeze(text.as_bytes()),
            None => text.into_bytes(),
        }
    }

    async fn say(&mut self, text: String) -> Flow {
        let message = if self.squeezer.is_some() {
            Message::binary(self.encode(text))
        } else {
            Message::text(text)
        };
        self.socket.send(message).await.map_err(|_| Over)
    }

    /// In pieces: with compression as messages of their own (the client joins them), without as bytes of one frame.
    async fn say_slowly(&mut self, text: String, pieces: usize, pause: Duration) -> Flow {
        let is_squeezed = self.squeezer.is_some();
        let bytes = self.encode(text);
        let size = bytes.len().div_ceil(pieces.max(1)).max(1);
        if is_squeezed {
            for piece in bytes.chunks(size) {
                self.socket
                    .send(Message::binary(piece.to_vec()))
                    .await
                    .map_err(|_| Over)?;
                sleep(pause).await;
            }
            return Ok(());
        }
        let length = u32::try_from(bytes.len()).map_err(|_| Over)?;
        let mut frame = vec![0x81, 127, 0, 0, 0, 0];
        frame.extend_from_slice(&length.to_be_bytes());
        if let Ok(short) = u16::try_from(bytes.len()) {
            frame = vec![0x81, 126];
            frame.extend_from_slice(&short.max(126).to_be_bytes());
        }
        frame.extend_from_slice(&bytes);
        for piece in frame.chunks(size) {
            let raw = self.socket.get_mut();
            raw.write_all(piece).await.map_err(|_| Over)?;
            sleep(pause).await;
        }
        Ok(())
    }

    async fn close(&mut self, code: u16) -> Flow {
        self.world.change(|world| world.note_close(code));
        if let Ok(code) = CloseCode::try_from(code) {
            drop(self.socket.send(Message::close(Some(code), "")).await);
        }
        Err(Over)
    }

    fn broke(&self, broken: &Broken) {
        self.world
            .change(|world| world.broke(self.number, broken.0, broken.1.clone()));
    }

    async fn take(&mut self, message: Option<Result<Message, tokio_websockets::Error>>) -> Flow {
        let message = match message {
            Some(Ok(message)) if message.is_ping() || message.is_pong() => return Ok(()),
            Some(Ok(message)) => message,
            Some(Err(_)) | None => {
                self.world.change(|world| world.seen.farewells.push(None));
                return Err(Over);
            }
        };
        if let Some((code, _)) = message.as_close() {
            let code = u16::from(code);
            self.world.change(|world| {
                world.seen.farewells.push(Some(code));
                if matches!(code, 1000 | 1001) {
                    world.end_session_of(self.number);
                }
            });
            return Err(Over);
        }
        let Some(text) = message.as_text() else {
            self.broke(&(GatewayRule::Decode, "a binary message".into(), None));
            return self.close(4002).await;
        };
        let token = self.world.read(|world| world.account.token.clone());
        match self.conduct.read(text, &token, Instant::now()) {
            Ok(said) => self.answer(said).await,
            // A wrong token, or an intent that is not allowed, is no broken rule.
            Err((_, _, Some(4004))) => self.close(4004).await,
            Err(broken) => {
                self.broke(&broken);
                match broken.2 {
                    Some(code) => self.close(code).await,
                    None => Ok(()),
                }
            }
        }
    }

    async fn answer(&mut self, said: Said) -> Flow {
        let now = Instant::now();
        match said {
            Said::Heartbeat(seq) => self.beaten(seq, now).await,
            Said::Identify(said) => self.identified(said, now).await,
            Said::Resume { session, seq, said } => {
                self.world.change(|world| {
                    world.seen.resumes.push(Introduction {
                        at: now,
                        connection: self.number,
                        said,
                    });
                });
                self.resumed(&session, seq).await
            }
            Said::Presence(presence) => {
                self.world.change(|world| world.seen.presences.push(presence));
                Ok(())
            }
            Said::Other => Ok(()),
        }
    }

    async fn beaten(&mut self, seq: Option<u64>, now: Instant) -> Flow {
        if let Some(broken) = self.conduct.beat(self.greeted, self.interval, now) {
            self.broke(&broken);
        }
        let acks = self.world.change(|world| {
            world.seen.beats.push(Beat {
                at: now,
                connection: self.number,
                seq,
            });
            let last = world.seq_of(self.number);
            if let (Some(seq), Some(last)) = (seq, last)
                && seq > last
            {
                world.broke(
                    self.number,
                    GatewayRule::Sequence,
                    format!("{seq} was never sent, {last} was the last"),
                );
            }
            world.acks
        });
        match acks {
            Acks::Answer => {
                self.say(json!({"op": 11, "s": null, "t": null, "d": null}).to_string())
                    .await
            }
            Acks::Silence => Ok(()),
        }
    }

    async fn identified(&mut self, said: serde_json::Value, now: Instant) -> Flow {
        let intents = said["intents"].as_u64().unwrap_or_default();
        let (allowed, broken) = self.world.change(|world| {
            let last = world.seen.identifies.last().map(|last| last.at);
            let mut broken = Vec::new();
            if last.is_some_and(|last| now < last + Duration::from_secs(5)) {
                broken.push((GatewayRule::IdentifyRate, "two within 5 s".to_owned(), None));
            }
            if world.limit.remaining == 0 {
                broken.push((GatewayRule::IdentifyBudget, "none was left".to_owned(), None));
            }
            world.limit.remaining = world.limit.remaining.saturating_sub(1);
            world.seen.identifies.push(Introduction {
                at: now,
                connection: self.number,
                said,
            });
            (world.account.allowed_intents, broken)
        });
        broken.iter().for_each(|broken| self.broke(broken));
        if !broken.is_empty() {
            return self.invalid(false).await;
        }
        if intents & !allowed != 0 {
            return self.close(4014).await;
        }
        if self.spoilt().await? {
            return Ok(());
        }
        let told = self.world.change(|world| world.begin(self.number, intents));
        self.join(told).await
    }

    async fn resumed(&mut self, session: &str, seq: u64) -> Flow {
        if self.spoilt().await? {
            return Ok(());
        }
        match self.world.change(|world| world.resume(self.number, session, seq)) {
            Ok(missed) => self.join(missed).await,
            Err(Refused::UnknownSession) => self.invalid(false).await,
            Err(Refused::UnknownSequence) => self.close(4007).await,
        }
    }

    async fn join(&mut self, told: Vec<String>) -> Flow {
        for text in told {
            self.say(text).await?;
        }
        match self.fault {
            Some(Fault::AskToReconnect) => self.say(json!({"op": 7, "d": null}).to_string()).await,
            Some(Fault::CloseWhenJoined(code)) => self.close(code).await,
            _ => Ok(()),
        }
    }

    async fn invalid(&mut self, resumable: impl Into<serde_json::Value>) -> Flow {
        self.conduct.has_introduced_itself = false;
        self.say(json!({"op": 9, "s": null, "t": null, "d": resumable.into()}).to_string())
            .await
    }

    /// Carries out the faults of introductions; whether there was one.
    async fn spoilt(&mut self) -> Result<bool, Over> {
        match self.fault {
            Some(Fault::CloseAtIntroduction(code)) => self.close(code).await?,
            Some(Fault::IgnoreIntroduction) => {}
            Some(Fault::InvalidResumable) => self.invalid(true).await?,
            Some(Fault::InvalidForGood) => {
                self.world.change(World::forget_sessions);
                self.invalid(false).await?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
