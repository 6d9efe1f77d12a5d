//! A fake game and a session to it.

use std::net::SocketAddr;
use std::time::Duration;

use factorio_rcon::gate::{Line, VanillaCommand};
use factorio_rcon::session::Link;
use factorio_rcon::{Address, Driver, Failure, Options, Password, Priority, Reply, Session};
use isr_testkit::rcon::FakeFactorio;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// No test waits longer for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Scene {
    pub(crate) game: FakeFactorio,
    pub(crate) session: Session,
    pub(crate) driving: JoinHandle<()>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let game = FakeFactorio::start("secret").await.unwrap();
        let mut options = options(game.addr());
        change(&mut options);
        let (session, driving) = begin(options);
        Self {
            game,
            session,
            driving,
        }
    }

    pub(crate) async fn up(&self) {
        until(&self.session, |link| *link == Link::Up).await;
    }

    pub(crate) async fn send(&self, text: &str) -> Result<Reply, Failure> {
        send(&self.session, text).await
    }

    /// Sends from a task of its own, for what waits.
    pub(crate) fn send_later(&self, text: &str, priority: Priority) -> JoinHandle<Result<Reply, Failure>> {
        let (session, line) = (self.session.clone(), line(text));
        tokio::spawn(async move { session.send(line, priority).await })
    }

    /// The texts that the game read, in order.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.game
            .received()
            .into_iter()
            .map(|command| command.text)
            .collect()
    }
}

pub(crate) fn options(addr: SocketAddr) -> Options {
    let address = Address::new(&addr.ip().to_string(), addr.port()).unwrap();
    Options::new(address, Password::new("secret").unwrap())
}

pub(crate) fn begin(options: Options) -> (Session, JoinHandle<()>) {
    let (session, driver): (Session, Driver) = Session::new(options);
    let driving = tokio::spawn(async move { driver.run().await });
    (session, driving)
}

pub(crate) fn line(text: &str) -> Line {
    VanillaCommand::typed(text).unwrap().into()
}

pub(crate) async fn send(session: &Session, text: &str) -> Result<Reply, Failure> {
    session.send(line(text), Priority::Person).await
}

/// Waits for a state of the connection.
pub(crate) async fn until(session: &Session, wished: impl FnMut(&Link) -> bool) -> Link {
    let mut link = session.link();
    let seen = timeout(DEADLINE * 60, link.wait_for(wished)).await;
    seen.expect("the link never came to be so").unwrap().clone()
}

pub(crate) fn text(reply: Result<Reply, Failure>) -> String {
    reply.unwrap().text().into_owned()
}
