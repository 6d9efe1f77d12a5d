//! A connection for one command line: made, used, closed.
//!
//! Owns the session's driver for as long as the work lasts, and the search for a server by its tag. Must not know what is
//! asked. Fails with the reason in words for the operator.

use std::time::Duration;

use factorio_rcon::session::{Deadlines, Down, Link};
use factorio_rcon::{Options, Session};
use isr_core::spelling;

use crate::config::{Config, Server};

/// Somebody waits at the keyboard: shorter than the daemon's patience.
const DEADLINES: Deadlines = Deadlines {
    resolve: Duration::from_secs(3),
    connect: Duration::from_secs(3),
    login: Duration::from_secs(4),
    reply: Duration::from_secs(10),
    silence: Duration::from_secs(120),
};

/// Does some work on a session; its connection ends with it.
pub async fn with_session<F, Fut>(options: Options, work: F) -> Fut::Output
where
    F: FnOnce(Session) -> Fut,
    Fut: Future,
{
    let options = Options {
        deadlines: DEADLINES,
        ..options
    };
    let (session, driver) = Session::new(options);
    let mut work = std::pin::pin!(work(session));
    tokio::select! {
        // Work that refuses by itself makes no connection at all.
        biased;
        done = &mut work => return done,
        () = driver.run() => {}
    }
    // It has let go of the session and needs no connection any more.
    work.await
}

/// One session, and whether it stands.
#[derive(Debug)]
pub struct Console {
    /// The way to the server.
    pub session: Session,
}

impl Console {
    /// Wraps a session.
    #[must_use]
    pub const fn new(session: Session) -> Self {
        Self { session }
    }

    /// Waits for the first attempt to connect.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn connected(&self) -> Result<(), Down> {
        let mut link = self.session.link();
        let told = link.wait_for(|link| !matches!(link, Link::Connecting)).await;
        match told.as_deref() {
            Ok(Link::Down { why, .. }) => Err(why.clone()),
            _ => Ok(()),
        }
    }
}

/// The server of a tag; in any case of its letters when only one is meant.
///
/// # Errors
/// A sentence that names the servers there are.
pub fn server<'a>(config: &'a Config, tag: &str) -> Result<&'a Server, String> {
    let same = |server: &&Server| server.tag.as_str() == tag;
    let alike = |server: &&Server| server.tag.as_str().to_lowercase() == tag.to_lowercase();
    let servers = || config.servers.iter();
    let found = servers().find(same).or_else(|| {
        let mut close = servers().filter(alike);
        close.next().filter(|_| close.next().is_none())
    });
    found.ok_or_else(|| {
        let tags: Vec<&str> = servers().map(|server| server.tag.as_str()).collect();
        format!("there is no server {tag:?}; {}", spelling::remedy(tag, &tags))
    })
}
