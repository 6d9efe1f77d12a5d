//! One copy for each bot on a machine: two would say everything twice.
//!
//! Owns a name that only one process can have at a time and that goes with it, however it ends: a socket in Linux's abstract
//! space, which is no file and needs no folder that both copies can write to. Copies in containers with a network of their
//! own do not see each other, and elsewhere than on Linux none do. Holds no secret. Fails with [`Taken`].

use crate::config::BotAccount;

/// Held for as long as this process may speak for the bot.
#[derive(Debug)]
pub struct BotLock {
    account: String,
    #[cfg(target_os = "linux")]
    _name: Option<std::os::unix::net::UnixDatagram>,
}

/// Another process speaks for the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "another copy of this program on this machine uses the token of the bot {bot}; stop it, or give this one a bot of its own"
)]
pub struct Taken {
    /// The bot.
    pub bot: u64,
}

impl BotLock {
    /// Takes it.
    ///
    /// # Errors
    /// [`Taken`] when another process has it.
    pub fn take(account: &BotAccount) -> Result<Self, Taken> {
        let name = name(account);
        #[cfg(target_os = "linux")]
        {
            use std::os::linux::net::SocketAddrExt as _;
            use std::os::unix::net::{SocketAddr, UnixDatagram};
            let address = SocketAddr::from_abstract_name(&name);
            let held = match address.and_then(|address| UnixDatagram::bind_addr(&address)) {
                Ok(held) => Some(held),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                    return Err(Taken {
                        bot: account.token.bot(),
                    });
                }
                // A system without such sockets is no reason to keep silent.
                Err(error) => {
                    tracing::warn!(%error, "bot_not_locked: a second copy on this machine would not be noticed");
                    None
                }
            };
            Ok(Self {
                account: name,
                _name: held,
            })
        }
        #[cfg(not(target_os = "linux"))]
        Ok(Self { account: name })
    }

    /// Whether it is that of this bot.
    #[must_use]
    pub fn is_of(&self, account: &BotAccount) -> bool {
        self.account == name(account)
    }
}

/// A name of at most 107 bytes. Bots of different APIs (tests, proxies) are different bots.
fn name(account: &BotAccount) -> String {
    let api = account.api.to_string();
    let hash = api.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("factorio-isr/bot/{}/{hash:016x}", account.token.bot())
}

#[cfg(test)]
mod tests {
    use isr_discord::{ApiBase, BotClient, BotToken, ClientOptions};

    use super::*;
    use crate::config::BotIdentity;

    fn account(token: &str, api: &str) -> BotAccount {
        let (token, api) = (BotToken::parse(token).unwrap(), ApiBase::parse(api).unwrap());
        BotAccount {
            client: BotClient::new(api.clone(), token.clone(), ClientOptions::default()),
            token,
            api,
            identity: BotIdentity::Bot,
        }
    }

    #[test]
    fn one_copy_has_a_bot_until_it_ends_and_other_bots_are_others() {
        let bot = account("NzE0MTQ.a.b", "https://one.example/api");
        let held = BotLock::take(&bot).unwrap();
        assert!(held.is_of(&bot));
        let same = account("NzE0MTQ.a.another-token", "https://one.example/api");
        assert_eq!(BotLock::take(&same).unwrap_err(), Taken { bot: 71_414 });
        let others = [
            account("NzE0MTU.a.b", "https://one.example/api"),
            account("NzE0MTQ.a.b", "https://two.example/api"),
        ];
        for other in &others {
            assert!(!held.is_of(other));
            BotLock::take(other).unwrap();
        }
        drop(held);
        BotLock::take(&same).unwrap();
    }
}
