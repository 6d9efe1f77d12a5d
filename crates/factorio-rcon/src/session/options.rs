//! What a session is made with.

use std::num::{NonZeroU8, NonZeroUsize};
use std::time::Duration;

use crate::codec::DEFAULT_REPLY_CAP;
use crate::gate::Policy;
use crate::{Address, Password};

/// Everything that a session has to know.
#[derive(Debug)]
pub struct Options {
    /// Where.
    pub address: Address,
    /// The secret.
    pub password: Password,
    /// What the configuration of this server allows.
    pub policy: Policy,
    /// How long each step may take.
    pub deadlines: Deadlines,
    /// The largest reply that is taken, in bytes.
    pub reply_cap: usize,
    /// How many requests of each priority may wait. One more is refused.
    pub queue_length: NonZeroUsize,
    /// How many requests are sent before the first is answered. With players online the game may answer a later short
    /// command first, so the order of effects is only certain with one, which is the default.
    pub in_flight: NonZeroU8,
}

/// How long each step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Looking up the host name.
    pub resolve: Duration,
    /// Connecting, all addresses of a name together.
    pub connect: Duration,
    /// From the login to its answer.
    pub login: Duration,
    /// From the request to its reply, the wait in the queue included.
    pub reply: Duration,
    /// From the last byte of a request whose deadline has passed to the end of the connection.
    pub silence: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            login: Duration::from_secs(10),
            reply: Duration::from_secs(10),
            // A blocking save of a large map takes this long.
            silence: Duration::from_secs(120),
        }
    }
}

impl Options {
    /// The defaults: no Lua, one request in flight, replies up to 8 MiB.
    #[must_use]
    pub fn new(address: Address, password: Password) -> Self {
        const QUEUE: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");
        Self {
            address,
            password,
            policy: Policy::default(),
            deadlines: Deadlines::default(),
            reply_cap: DEFAULT_REPLY_CAP,
            queue_length: QUEUE,
            in_flight: NonZeroU8::MIN,
        }
    }
}
