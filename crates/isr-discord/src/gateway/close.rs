//! The gateway's close codes and what each one means for us.
//!
//! Owns the table (Discord's documents, opcodes and status codes). Pure. Cannot fail: a code that nobody knows is
//! treated as a lost connection.

use std::fmt;

/// What to do after the gateway closed the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Connect again and go on where we were.
    Resume,
    /// Connect again with a new session: the former one is gone.
    Identify,
    /// Never connect again on our own; an operator has to act.
    Stop(Refusal),
}

/// Why Discord will not have us. The text of each names the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// 4004, or 401 from the API.
    #[error(
        "Discord does not accept the bot's token; in the developer portal open your application, Bot, Reset Token, and configure the new one"
    )]
    BadToken,
    /// 4010.
    #[error(
        "Discord says that this program named a wrong shard, which is a fault of this program; please report it"
    )]
    InvalidShard,
    /// 4011.
    #[error(
        "the bot is in more than 2,500 Discord servers, which takes several connections; remove it from servers that do not need it"
    )]
    ShardingRequired,
    /// 4012.
    #[error("Discord no longer speaks version 10 of its gateway; update this program")]
    ApiVersion,
    /// 4013.
    #[error(
        "Discord says that this program asked for events that do not exist, which is a fault of this program; please report it"
    )]
    InvalidIntents,
    /// 4014.
    #[error(
        "the bot may not read messages yet; in the developer portal open your application, Bot, and switch on Message Content Intent"
    )]
    DisallowedIntents,
}

/// A close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

/// One row: code, name, verdict.
type Row = (u16, &'static str, Verdict);

/// All documented codes, in order.
const TABLE: [Row; 14] = [
    (4000, "unknown error", Verdict::Resume),
    (4001, "unknown opcode", Verdict::Resume),
    (4002, "payload not understood or too long", Verdict::Resume),
    (4003, "not authenticated", Verdict::Resume),
    (4004, "authentication failed", Verdict::Stop(Refusal::BadToken)),
    (4005, "already authenticated", Verdict::Resume),
    (4007, "invalid sequence number", Verdict::Identify),
    (4008, "too many events sent", Verdict::Resume),
    (4009, "session timed out", Verdict::Identify),
    (4010, "invalid shard", Verdict::Stop(Refusal::InvalidShard)),
    (
        4011,
        "sharding required",
        Verdict::Stop(Refusal::ShardingRequired),
    ),
    (4012, "invalid version", Verdict::Stop(Refusal::ApiVersion)),
    (4013, "invalid intents", Verdict::Stop(Refusal::InvalidIntents)),
    (
        4014,
        "intents not allowed",
        Verdict::Stop(Refusal::DisallowedIntents),
    ),
];

impl CloseCode {
    /// Every code that Discord documents.
    pub fn documented() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| Self(row.0))
    }

    /// What to do. A code outside the table (1000 and 1001 too) leaves the session alone: resuming costs nothing, and
    /// the gateway says when there is nothing to resume.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        self.row().map_or(Verdict::Resume, |row| row.2)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.0 == self.0)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some((code, name, _)) => write!(f, "{code} ({name})"),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d12_exactly_the_documented_codes_stop_us_and_each_says_what_to_do() {
        let stops: Vec<u16> = (0..=u16::MAX)
            .filter(|code| matches!(CloseCode(*code).verdict(), Verdict::Stop(_)))
            .collect();
        assert_eq!(stops, [4004, 4010, 4011, 4012, 4013, 4014]);
        for code in stops {
            let Verdict::Stop(refusal) = CloseCode(code).verdict() else {
                continue;
            };
            let told = refusal.to_string();
            let names_a_remedy = ["open ", "remove ", "update ", "report "]
                .iter()
                .any(|word| told.contains(word));
            assert!(names_a_remedy, "{told}");
        }
    }

    #[test]
    fn d12_only_two_codes_end_a_session_that_may_go_on() {
        let ends: Vec<u16> = (0..=u16::MAX)
            .filter(|code| CloseCode(*code).verdict() == Verdict::Identify)
            .collect();
        assert_eq!(ends, [4007, 4009]);
        assert_eq!(CloseCode(1000).verdict(), Verdict::Resume);
        assert_eq!(CloseCode(4009).to_string(), "4009 (session timed out)");
        assert_eq!(CloseCode(4999).to_string(), "4999");
        assert_eq!(CloseCode::documented().count(), 14);
    }
}
