//! The names of environment variables: ours, those of later parts, and the ones people mistype.
//!
//! Owns the lists. Must not know the values: a note about a name never holds what it was set to.

use super::findings::Findings;
use super::problem::{Origin, quote};
use super::spelling;

pub(crate) const WEBHOOK_URL: &str = "DISCORD_WEBHOOK_URL";
pub(crate) const BOT_TOKEN: &str = "DISCORD_BOT_TOKEN";
pub(crate) const EVENT_CHANNEL: &str = "DISCORD_EVENT_CHANNEL_ID";
pub(crate) const DISCORD_API: &str = "FACTORIO_ISR_DISCORD_API";
pub(crate) const DISCORD_GATEWAY: &str = "FACTORIO_ISR_DISCORD_GATEWAY";
pub(crate) const DISCORD_RESUME: &str = "FACTORIO_ISR_DISCORD_RESUME";
pub(crate) const WEBHOOK_CHANNELS: &str = "WEBHOOK_CHANNELS";
pub(crate) const LOG_PATH: &str = "FACTORIO_LOG_PATH";
pub(crate) const LOG_LEVEL: &str = "LOG_LEVEL";
pub(crate) const LOG_FORMAT: &str = "LOG_FORMAT";
pub(crate) const HEALTH_HOST: &str = "HEALTH_CHECK_HOST";
pub(crate) const HEALTH_PORT: &str = "HEALTH_CHECK_PORT";
pub(crate) const BOT_NAME: &str = "BOT_NAME";
pub(crate) const BOT_AVATAR_URL: &str = "BOT_AVATAR_URL";
pub(crate) const SEND_TEST_MESSAGE: &str = "SEND_TEST_MESSAGE";
pub(crate) const STATE_DIR: &str = "FACTORIO_ISR_STATE_DIR";
pub(crate) const PATTERNS_DIR: &str = "PATTERNS_DIR";
pub(crate) const PATTERN_FILES: &str = "PATTERN_FILES";
pub(crate) const SHIPPED_PATTERNS: &str = "FACTORIO_ISR_SHIPPED_PATTERNS";
pub(crate) const CONFIG: &str = "FACTORIO_ISR_CONFIG";
pub(crate) const CONFIG_DIR: &str = "CONFIG_DIR";
pub(crate) const SERVERS_CONFIG: &str = "SERVERS_CONFIG";
pub(crate) const RCON_ENABLED: &str = "RCON_ENABLED";
pub(crate) const RCON_HOST: &str = "RCON_HOST";
pub(crate) const RCON_PORT: &str = "RCON_PORT";
pub(crate) const RCON_PASSWORD: &str = "RCON_PASSWORD";
/// Before the tag of a server, in capitals.
pub(crate) const RCON_PASSWORD_OF: &str = "RCON_PASSWORD_";
pub(crate) const STATS_INTERVAL: &str = "STATS_INTERVAL";

/// Every variable that this version reads.
pub const VARIABLES: &[&str] = &[
    WEBHOOK_URL,
    BOT_TOKEN,
    EVENT_CHANNEL,
    DISCORD_API,
    DISCORD_GATEWAY,
    DISCORD_RESUME,
    WEBHOOK_CHANNELS,
    LOG_PATH,
    LOG_LEVEL,
    LOG_FORMAT,
    HEALTH_HOST,
    HEALTH_PORT,
    BOT_NAME,
    BOT_AVATAR_URL,
    SEND_TEST_MESSAGE,
    STATE_DIR,
    CONFIG,
    PATTERNS_DIR,
    PATTERN_FILES,
    SHIPPED_PATTERNS,
    CONFIG_DIR,
    SERVERS_CONFIG,
    RCON_ENABLED,
    RCON_HOST,
    RCON_PORT,
    RCON_PASSWORD,
    STATS_INTERVAL,
];

/// Variables of the first Python program whose parts are not built yet.
const LATER: &[&str] = &[
    "SERVERS",
    "RCON_BREAKDOWN_MODE",
    "RCON_BREAKDOWN_INTERVAL",
    "FACTORIO_ISR_BANLIST_DIR",
];

/// Prefix of every variable that is new in this program: nobody else uses it.
const OWN_PREFIX: &str = "FACTORIO_ISR_";

/// Says what is odd about the name of a variable that somebody set at `place`.
pub(crate) fn remark(name: &str, place: Origin, findings: &mut Findings) {
    let bare = name.strip_suffix("_FILE").unwrap_or(name);
    if VARIABLES.contains(&bare) || bare.starts_with(RCON_PASSWORD_OF) {
        return;
    }
    if LATER.contains(&bare) {
        findings.note_at(place, format!("{} is not used by this version yet", quote(name)));
    } else if let Some(meant) = meant(bare) {
        findings.note_at(
            place,
            format!("{} is not read; did you mean `{meant}`?", quote(name)),
        );
    } else if bare.starts_with(OWN_PREFIX) {
        let known: Vec<&str> = VARIABLES
            .iter()
            .copied()
            .filter(|known| known.starts_with(OWN_PREFIX))
            .collect();
        findings.note_at(
            place,
            format!(
                "{} is not read; this version knows {}",
                quote(name),
                known.join(" and ")
            ),
        );
    }
}

/// The variable that a wrong name was probably meant to be.
fn meant(name: &str) -> Option<&'static str> {
    let upper = name.to_ascii_uppercase();
    if let Some(same) = VARIABLES.iter().copied().find(|known| *known == upper) {
        return Some(same);
    }
    // The start of one of our names, but not a word that any program may use, such as `LOG` or `BOT`.
    if upper.len() >= 12 && upper.contains('_') {
        let longer = VARIABLES.iter().copied().find(|known| known.starts_with(&upper));
        if longer.is_some() {
            return longer;
        }
    }
    (upper.len() >= 7)
        .then(|| spelling::nearest(&upper, VARIABLES.iter().copied()))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names_lead_to_the_right_one() {
        let cases = [
            ("DISCORD_WEBHOOK", Some(WEBHOOK_URL)),
            ("DISCORD_WEBHOOK_URl", Some(WEBHOOK_URL)),
            ("discord_webhook_url", Some(WEBHOOK_URL)),
            ("DISCORD_WEBHOK_URL", Some(WEBHOOK_URL)),
            ("FACTORIO_LOGPATH", Some(LOG_PATH)),
            ("LOGLEVEL", Some(LOG_LEVEL)),
            ("PATH", None),
            ("HOME", None),
            ("LOG", None),
            ("LANG", None),
            ("DISCORD", None),
        ];
        for (name, expected) in cases {
            assert_eq!(meant(name), expected, "{name}");
        }
    }
}
