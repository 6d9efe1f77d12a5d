//! `cargo bench -p factorio-rcon`: what a session costs on top of a bare socket, against a server that answers at once.
//!
//! Owns the two figures of the goal: the overhead of a round trip (at most 0.2 ms at the median) and commands per second
//! through one session (at least 10,000). Both are measured in turns, in the same process, over loopback.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks to the person who ran it, and has nothing to save when it fails"
)]

use std::net::SocketAddr;
use std::num::{NonZeroU8, NonZeroUsize};
use std::time::{Duration, Instant};

use factorio_rcon::gate::{Line, VanillaCommand};
use factorio_rcon::session::Link;
use factorio_rcon::{Address, Options, Password, Priority, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ROUNDS: usize = 20_000;
const REPLY: &[u8] = b"1 day, 11 hours, 1 minute and 26 seconds\n";

fn main() {
    // The test harness asks every benchmark for its list; there is none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    // The server has a thread of its own, as a game would.
    let (told, addr) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || runtime().block_on(serve(told)));
    let addr = addr.recv().unwrap();
    runtime().block_on(async {
        let mut overheads = Vec::new();
        for _ in 0..5 {
            let (bare, session) = (bare_round_trips(addr).await, session_round_trips(addr).await);
            println!("round trip, median: bare socket {bare:?}, session {session:?}");
            overheads.push(session.saturating_sub(bare));
        }
        overheads.sort_unstable();
        println!("overhead, median of 5 runs: {:?} (goal: 200µs)", overheads[2]);
        for in_flight in [1, 16] {
            let rate = commands_per_second(addr, NonZeroU8::new(in_flight).unwrap()).await;
            println!("{in_flight} in flight: {rate:.0} commands/s through one session (goal: 10000)");
        }
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn frame(id: i32, kind: i32, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    factorio_rcon::codec::encode(id, factorio_rcon::codec::Kind(kind), body, &mut bytes).unwrap();
    bytes
}

/// Reads one packet with its length field.
async fn read_frame(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<i32> {
    let length = usize::try_from(stream.read_i32_le().await.ok()?).ok()?;
    buffer.resize(length, 0);
    stream.read_exact(buffer).await.ok()?;
    buffer.first_chunk().map(|id| i32::from_le_bytes(*id))
}

async fn serve(told: std::sync::mpsc::SyncSender<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    told.send(listener.local_addr().unwrap()).unwrap();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        tokio::spawn(async move {
            let mut buffer = Vec::new();
            let login = read_frame(&mut stream, &mut buffer).await?;
            stream.write_all(&frame(login, 2, b"")).await.ok()?;
            while let Some(id) = read_frame(&mut stream, &mut buffer).await {
                stream.write_all(&frame(id, 0, REPLY)).await.ok()?;
            }
            Some(())
        });
    }
}

async fn bare_round_trips(addr: SocketAddr) -> Duration {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = Vec::new();
    stream.write_all(&frame(1, 3, b"x")).await.unwrap();
    read_frame(&mut stream, &mut buffer).await.unwrap();
    let command = frame(2, 2, b"/time");
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        stream.write_all(&command).await.unwrap();
        read_frame(&mut stream, &mut buffer).await.unwrap();
        times.push(begun.elapsed());
    }
    median(times)
}

async fn session_round_trips(addr: SocketAddr) -> Duration {
    let session = open(addr, NonZeroU8::MIN).await;
    let command = line();
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        session.send(command.clone(), Priority::Poll).await.unwrap();
        times.push(begun.elapsed());
    }
    median(times)
}

async fn commands_per_second(addr: SocketAddr, in_flight: NonZeroU8) -> f64 {
    const CALLERS: usize = 32;
    let session = open(addr, in_flight).await;
    let begun = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (session, command) = (session.clone(), line());
            tokio::spawn(async move {
                for _ in 0..ROUNDS * 2 / CALLERS {
                    session.send(command.clone(), Priority::Poll).await.unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    (ROUNDS * 2) as f64 / begun.elapsed().as_secs_f64()
}

async fn open(addr: SocketAddr, in_flight: NonZeroU8) -> Session {
    let address = Address::new(&addr.ip().to_string(), addr.port()).unwrap();
    let mut options = Options::new(address, Password::new("x").unwrap());
    options.in_flight = in_flight;
    options.queue_length = NonZeroUsize::new(1_000).unwrap();
    let (session, driver) = Session::new(options);
    tokio::spawn(async move { driver.run().await });
    session.link().wait_for(|link| *link == Link::Up).await.unwrap();
    session
}

fn line() -> Line {
    VanillaCommand::typed("/time").unwrap().into()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
