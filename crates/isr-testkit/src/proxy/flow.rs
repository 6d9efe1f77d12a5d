//! One direction of one connection.
//!
//! Owns the pace of bytes and where they end. Must not know the other direction. Fails with the error of a socket,
//! which ends the direction as a closed peer does.

use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Behaviour;

/// The most bytes moved at a time.
const CHUNK: usize = 16 << 10;

/// How bytes of one direction are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Every chunk waits this long.
    pub delay: Duration,
    /// The most bytes per second; None for no limit.
    pub bytes_per_s: Option<u32>,
    /// After so many bytes, this happens.
    pub ends: Option<(u64, Ending)>,
}

impl Flow {
    /// Everything passes until so many bytes; then this happens.
    #[must_use]
    pub const fn cut_after(bytes: u64, ending: Ending) -> Self {
        Self {
            delay: Duration::ZERO,
            bytes_per_s: None,
            ends: Some((bytes, ending)),
        }
    }

    /// Everything passes, late.
    #[must_use]
    pub const fn delayed(delay: Duration) -> Self {
        Self {
            delay,
            bytes_per_s: None,
            ends: None,
        }
    }

    /// Everything passes, slowly.
    #[must_use]
    pub const fn throttled(bytes_per_s: u32) -> Self {
        Self {
            delay: Duration::ZERO,
            bytes_per_s: Some(bytes_per_s),
            ends: None,
        }
    }

    /// How many bytes may move at once, `passed` being done. Throttled bytes move in tenths of a second.
    fn chunk(&self, passed: u64) -> usize {
        let paced = self.bytes_per_s.map_or(CHUNK, |rate| (rate / 10).max(1) as usize);
        let left = self
            .ends
            .map_or(u64::MAX, |(after, _)| after.saturating_sub(passed));
        paced.min(CHUNK).min(usize::try_from(left).unwrap_or(CHUNK))
    }

    fn pause(&self, moved: usize) -> Duration {
        let paced = self.bytes_per_s.map_or(Duration::ZERO, |rate| {
            Duration::from_secs_f64(moved as f64 / f64::from(rate.max(1)))
        });
        self.delay + paced
    }
}

/// What happens at the end of the bytes that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Both ends see a close.
    Close,
    /// Both ends see a reset.
    Reset,
    /// Nothing passes any more in this direction, until the behaviour changes.
    Stall,
}

/// Moves bytes until the sender is done (None; the receiver is told) or a fault ends the connection.
pub(super) async fn pump(
    from: &TcpStream,
    to: &TcpStream,
    mut behaviour: watch::Receiver<Behaviour>,
    mine: impl Fn(&Behaviour) -> Flow,
    count: impl Fn(u64),
) -> Option<Ending> {
    let mut flow = mine(&behaviour.borrow_and_update());
    let mut passed = 0;
    let mut buffer = vec![0; CHUNK];
    loop {
        match flow.ends {
            Some((after, ending)) if passed >= after && ending != Ending::Stall => return Some(ending),
            _ => {}
        }
        let room = flow.chunk(passed);
        let moved = tokio::select! {
            biased;
            Ok(()) = behaviour.changed() => {
                flow = mine(&behaviour.borrow_and_update());
                passed = 0;
                continue;
            }
            // No room: stalled, until something changes. A behaviour that cannot change stalls for ever.
            moved = read(from, &mut buffer[..room]), if room > 0 => moved.unwrap_or(0),
            () = std::future::pending(), if room == 0 => 0,
        };
        if moved == 0 {
            // A closed sender, or a broken one: the receiver sees the end of the stream.
            drop(half_close(to));
            return None;
        }
        let pause = flow.pause(moved);
        // Even a sleep of nothing lasts until the timer's next millisecond.
        if !pause.is_zero() {
            sleep(pause).await;
        }
        if write_all(to, &buffer[..moved]).await.is_err() {
            return None;
        }
        passed += moved as u64;
        count(moved as u64);
    }
}

async fn read(from: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        from.readable().await?;
        match from.try_read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}

async fn write_all(to: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
            Ok(written) => bytes = &bytes[written..],
        }
    }
    Ok(())
}

fn half_close(to: &TcpStream) -> io::Result<()> {
    std::net::TcpStream::from(to.as_fd().try_clone_to_owned()?).shutdown(Shutdown::Write)
}

/// Lets the peer see a reset instead of a close, once the stream is dropped.
pub(super) fn reset(stream: &TcpStream) {
    // A socket that is gone already needs no reset.
    drop(stream.set_zero_linger());
}
