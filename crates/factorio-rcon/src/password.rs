//! The password of an RCON port.
//!
//! Owns the secret: it is never shown, and its memory is cleared when it is dropped. Fails with [`PasswordError`], which
//! holds nothing of it.

use std::fmt;

use zeroize::Zeroizing;

/// The most bytes of a password.
const CAP: usize = 1_024;

/// A password. Any printable character may be in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// Why a text cannot be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was given. The game opens no RCON port without a password, and does not answer an empty one.
    #[error("the RCON password is empty; give the one that the server was started with (--rcon-password)")]
    Empty,
    /// A NUL ends the text on the wire, and nobody can type a line break on a command line.
    #[error("the RCON password holds a line break or a control character; was a whole file pasted?")]
    ControlCharacter,
    /// Far too long.
    #[error("the RCON password is longer than {CAP} bytes; was a whole file pasted?")]
    TooLong,
}

impl Password {
    /// Takes a password exactly as it is, blanks included.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn new(password: impl Into<String>) -> Result<Self, PasswordError> {
        let password = Zeroizing::new(password.into());
        if password.is_empty() {
            return Err(PasswordError::Empty);
        }
        if password.chars().any(char::is_control) {
            return Err(PasswordError::ControlCharacter);
        }
        if password.len() > CAP {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(password))
    }

    pub(crate) fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_printable_character_is_taken_and_none_is_shown() {
        let printable: String = (' '..='~').chain("äß€🚂".chars()).collect();
        let password = Password::new(printable.clone()).unwrap();
        assert_eq!(password.reveal(), printable.as_bytes());
        assert_eq!(format!("{password:?}"), "Password(…)");
    }

    #[test]
    fn what_cannot_be_a_password_is_refused_with_a_remedy() {
        let error = |text: &str| Password::new(text).unwrap_err();
        assert_eq!(error(""), PasswordError::Empty);
        assert_eq!(error("secret\n"), PasswordError::ControlCharacter);
        assert_eq!(error("sec\0ret"), PasswordError::ControlCharacter);
        assert_eq!(error(&"x".repeat(2_000)), PasswordError::TooLong);
    }
}
