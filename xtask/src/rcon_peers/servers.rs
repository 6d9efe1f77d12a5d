//! Our session against servers of others.
//!
//! Owns what is asked: a typed command, many lines in a row and at once, a wrong password, an end and a new start. Fails
//! where a reply is not the one that belongs to its request.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use factorio_rcon::command::Version;
use factorio_rcon::gate::ChatText;
use factorio_rcon::session::{Down, Link};
use factorio_rcon::{Address, Options, Password, Priority, Session};
use isr_testkit::http::free_port;
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::install::{Peer, Peers};

const PASSWORD: &str = "open sesame";
const DEADLINE: Duration = Duration::from_secs(60);

/// Talks to every server; says how many there were.
pub(super) async fn check(peers: &Peers) -> Result<usize> {
    for peer in &peers.servers {
        timeout(DEADLINE * 6, talk(peer))
            .await
            .context("it took too long")
            .flatten()
            .with_context(|| format!("our session against {}", peer.name))?;
        println!("our session -> {}: agreed", peer.name);
    }
    Ok(peers.servers.len())
}

async fn talk(peer: &Peer) -> Result<()> {
    let port = free_port().await?;
    let mut server = start(peer, port).await?;
    let session = open(port, PASSWORD)?;
    ask_everything(&session).await?;

    let refused = open(port, "wrong")?;
    let why = until_down(&refused).await?;
    ensure!(
        matches!(why, Down::WrongPassword { .. }),
        "a wrong password was told as: {why}"
    );

    server.kill().await.context("end the server")?;
    until_down(&session).await?;
    let _server = start(peer, port).await?;
    up(&session).await?;
    ask_everything(&session).await
}

async fn ask_everything(session: &Session) -> Result<()> {
    up(session).await?;
    let version = session.ask(&Version, Priority::Person).await??;
    ensure!(version.to_string() == "2.0.77", "the version came as {version}");
    for number in 0..200 {
        say(session, number).await?;
    }
    let callers: Vec<_> = (200..230)
        .map(|number| {
            let session = session.clone();
            tokio::spawn(async move { say(&session, number).await })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    Ok(())
}

async fn say(session: &Session, number: u32) -> Result<()> {
    let text = format!("line {number} with \"quotes\"");
    let reply = session.send(ChatText::exact(&text)?, Priority::Person).await?;
    let expected = format!("you said: {text}\n");
    ensure!(
        reply.text() == expected,
        "{text:?} was answered by {:?}",
        reply.text()
    );
    Ok(())
}

fn open(port: u16, password: &str) -> Result<Session> {
    let options = Options::new(Address::new("127.0.0.1", port)?, Password::new(password)?);
    let (session, driver) = Session::new(options);
    tokio::spawn(async move { driver.run().await });
    Ok(session)
}

async fn up(session: &Session) -> Result<()> {
    let mut link = session.link();
    let up = timeout(DEADLINE, link.wait_for(|link| *link == Link::Up)).await;
    up.context("it never came up")??;
    Ok(())
}

async fn until_down(session: &Session) -> Result<Down> {
    let mut link = session.link();
    let down = timeout(DEADLINE, link.wait_for(|link| matches!(link, Link::Down { .. }))).await;
    match &*down.context("it never went down")?? {
        Link::Down { why, .. } => Ok(why.clone()),
        other => bail!("{other:?} is not down"),
    }
}

/// Starts a server and waits until it takes connections. A port that was just in use may be refused for a minute, as not
/// every server asks the system to hand it over.
async fn start(peer: &Peer, port: u16) -> Result<Child> {
    let listening = async {
        let mut child = spawn(peer, port)?;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if child.try_wait()?.is_some() {
                sleep(Duration::from_secs(1)).await;
                child = spawn(peer, port)?;
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(child)
    };
    timeout(DEADLINE * 2, listening)
        .await
        .context("the server does not listen")?
}

fn spawn(peer: &Peer, port: u16) -> Result<Child> {
    let mut command = peer.command();
    command
        .arg(port.to_string())
        .arg(PASSWORD)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().context("start the server")
}
