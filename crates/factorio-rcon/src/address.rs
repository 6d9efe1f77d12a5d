//! Where an RCON port is: a host, by name or number, and a port.
//!
//! Owns what is written as an address. The name is not looked up here; a session does that before every connection, as
//! the address behind a name may change while a server restarts. Fails with [`AddressError`].

use core::net::Ipv6Addr;
use std::fmt;
use std::str::FromStr;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No host.
    #[error("the RCON host is missing; write a name or a number such as `localhost` or `192.168.1.2`")]
    NoHost,
    /// Characters that no host has.
    #[error(
        "the RCON host holds characters that no name or number of a machine has; write it without scheme and path"
    )]
    Host,
    /// No port, or none that exists.
    #[error(
        "the RCON port is not a number from 1 to 65535; write the one that --rcon-port or --rcon-bind names"
    )]
    Port,
}

impl Address {
    /// Puts a host and a port together. A number of IP version 6 may stand in brackets.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn new(host: &str, port: u16) -> Result<Self, AddressError> {
        let host = host.trim();
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        if bare.is_empty() {
            return Err(AddressError::NoHost);
        }
        let is_name = bare.len() <= 253
            && bare
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        // A zone (`fe80::1%eth0`) belongs to the number.
        let number = bare.split_once('%').map_or(bare, |(number, _)| number);
        if !is_name && number.parse::<Ipv6Addr>().is_err() {
            return Err(AddressError::Host);
        }
        if port == 0 {
            return Err(AddressError::Port);
        }
        Ok(Self {
            host: bare.to_owned(),
            port,
        })
    }

    /// The host without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = text.trim().rsplit_once(':').ok_or(AddressError::Port)?;
        Self::new(host, port.parse().map_err(|_| AddressError::Port)?)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_taken_and_written_back() {
        for text in [
            "localhost:27015",
            "10.0.0.7:1",
            "[::1]:27015",
            "game_1.lan:65535",
            "[fe80::1%eth0]:2",
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_remedy() {
        let error = |text: &str| text.parse::<Address>().unwrap_err();
        assert_eq!(error("localhost"), AddressError::Port);
        assert_eq!(error("localhost:0"), AddressError::Port);
        assert_eq!(error("localhost:66000"), AddressError::Port);
        assert_eq!(error(":27015"), AddressError::NoHost);
        assert_eq!(error("http://game:27015"), AddressError::Host);
        assert_eq!(error("two words:27015"), AddressError::Host);
    }
}
