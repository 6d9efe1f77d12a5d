//! From an address to a connection that is logged in.
//!
//! Owns the look-up of the name, which is made anew every time, the connection and the one answer to the login. Each step
//! has a deadline. Fails with [`Down`], in words for the operator.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::link::{Down, Step};
use super::options::Options;
use crate::codec::{Decoder, Kind, LOGIN_REFUSED, Packet, encode};

/// The id of the login. Requests use the ids above it.
pub(super) const LOGIN_ID: i32 = 1;

/// Servers of other games send an empty packet before the answer to a login. More than a few are no answer.
const MOST_PACKETS_BEFORE_THE_ANSWER: usize = 8;

/// A connection that is logged in.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) decoder: Decoder,
}

pub(super) async fn connect(options: &Options) -> Result<Connection, Down> {
    let places = resolve(options).await?;
    let stream = open(options, &places).await?;
    let waited = options.deadlines.login;
    timeout(waited, log_in(options, stream))
        .await
        .map_err(|_| too_slow(options, Step::LogIn, waited))?
}

async fn resolve(options: &Options) -> Result<Vec<SocketAddr>, Down> {
    let (host, waited) = (options.address.host(), options.deadlines.resolve);
    let unresolved = |error: String| Down::Unresolved {
        host: host.to_owned(),
        error,
    };
    let found = timeout(waited, lookup_host((host, options.address.port())))
        .await
        .map_err(|_| too_slow(options, Step::Resolve, waited))?
        .map_err(|error| unresolved(error.to_string()))?;
    let places: Vec<_> = found.collect();
    if places.is_empty() {
        return Err(unresolved("no address".to_owned()));
    }
    Ok(places)
}

/// Tries each address for its share of the time.
async fn open(options: &Options, places: &[SocketAddr]) -> Result<TcpStream, Down> {
    let waited = options.deadlines.connect;
    let share = waited / u32::try_from(places.len()).unwrap_or(u32::MAX);
    let mut down = too_slow(options, Step::Connect, waited);
    for place in places {
        match timeout(share, TcpStream::connect(place)).await {
            Ok(Ok(stream)) => {
                // A command must not wait for the server's acknowledgements. A socket that is gone says so later.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
            Ok(Err(error)) => down = unreachable(options, error.to_string()),
            Err(_) => {}
        }
    }
    Err(down)
}

async fn log_in(options: &Options, mut stream: TcpStream) -> Result<Connection, Down> {
    let password = options.password.reveal();
    let mut login = Zeroizing::new(Vec::with_capacity(password.len() + 16));
    encode(LOGIN_ID, Kind::LOGIN, password, &mut login)
        .map_err(|error| not_rcon(options, error.to_string()))?;
    let broken = |error: std::io::Error| unreachable(options, error.to_string());
    stream.write_all(&login).await.map_err(broken)?;

    let mut decoder = Decoder::new(options.reply_cap);
    let mut buffer = vec![0; 4 << 10];
    let mut packets = 0;
    loop {
        match decoder
            .next()
            .map_err(|error| not_rcon(options, error.to_string()))?
        {
            Some(answer) if answer.kind == Kind::LOGIN_REPLY => {
                judge(options, &answer)?;
                return Ok(Connection { stream, decoder });
            }
            Some(_) => packets += 1,
            None => {
                let read = stream.read(&mut buffer).await.map_err(broken)?;
                if read == 0 {
                    return Err(unreachable(
                        options,
                        "it closed the connection instead of answering the login".into(),
                    ));
                }
                decoder.feed(&buffer[..read]);
            }
        }
        if packets > MOST_PACKETS_BEFORE_THE_ANSWER {
            return Err(not_rcon(options, "the login is not answered".into()));
        }
    }
}

fn judge(options: &Options, answer: &Packet) -> Result<(), Down> {
    match answer.id {
        LOGIN_ID => Ok(()),
        LOGIN_REFUSED => Err(Down::WrongPassword {
            address: options.address.to_string(),
        }),
        _ => Err(not_rcon(options, "the login is answered with another id".into())),
    }
}

fn too_slow(options: &Options, step: Step, waited: Duration) -> Down {
    Down::TooSlow {
        address: options.address.to_string(),
        step,
        waited,
    }
}

fn unreachable(options: &Options, error: String) -> Down {
    Down::Unreachable {
        address: options.address.to_string(),
        error,
    }
}

fn not_rcon(options: &Options, error: String) -> Down {
    Down::NotRcon {
        address: options.address.to_string(),
        error,
    }
}
