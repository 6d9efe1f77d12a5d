//! A server made of the library's codec, with the library's session behind it: both ends of `factorio-rcon` between a
//! client of others and the fake game.
//!
//! Owns the little that a server needs besides the codec. A client that breaks the protocol loses its connection.

use anyhow::{Context, Result, bail};
use factorio_rcon::codec::{Decoder, Kind, LOGIN_REFUSED, Packet, encode};
use factorio_rcon::{Address, Options, Password, Priority, Session};
use isr_testkit::rcon::FakeFactorio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves on a free port; says which. It serves as long as the runtime lives.
pub(super) async fn open(game: &FakeFactorio, password: &'static str) -> Result<u16> {
    let address = Address::new("127.0.0.1", game.addr().port())?;
    let (session, driver) = Session::new(Options::new(address, Password::new(password)?));
    tokio::spawn(async move { driver.run().await });
    let listener = TcpListener::bind("127.0.0.1:0").await.context("open a port")?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let session = session.clone();
            tokio::spawn(async move {
                if let Err(error) = serve(stream, &session, password).await {
                    eprintln!("a client was left: {error:#}");
                }
            });
        }
    });
    Ok(port)
}

async fn serve(mut stream: TcpStream, session: &Session, password: &str) -> Result<()> {
    let mut decoder = Decoder::new(64 << 10);
    let mut buffer = vec![0; 4 << 10];
    let mut logged_in = false;
    loop {
        while let Some(packet) = decoder.next()? {
            let answer = match packet.kind {
                Kind::LOGIN => {
                    logged_in = packet.body == password.as_bytes();
                    let id = if logged_in { packet.id } else { LOGIN_REFUSED };
                    Some((id, Kind::LOGIN_REPLY, Vec::new()))
                }
                Kind::COMMAND if logged_in => {
                    let reply = answer(session, &packet).await?;
                    Some((packet.id, Kind::REPLY, reply))
                }
                _ => None,
            };
            if let Some((id, kind, body)) = answer {
                let mut bytes = Vec::new();
                encode(id, kind, &body, &mut bytes)?;
                stream.write_all(&bytes).await?;
            }
        }
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        decoder.feed(&buffer[..read]);
    }
}

async fn answer(session: &Session, packet: &Packet) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(&packet.body).context("a command that is no text")?;
    let command = match session.policy().command(text) {
        Ok(command) => command,
        Err(refusal) => bail!("{text:?} was refused: {refusal}"),
    };
    Ok(session.send(command, Priority::Person).await?.body)
}
