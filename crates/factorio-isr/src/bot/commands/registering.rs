//! Tells Discord which commands there are.
//!
//! Owns when: at the start and when the bot comes to another Discord server, and only where Discord has something else. The
//! commands of the Python program, which it registered everywhere as well, go. Cannot fail: what Discord does not take is
//! logged with its reason, and tried again for as long as it may help.

use std::time::Duration;

use isr_core::command::{foreign, is_registered, registration};
use isr_discord::{BotClient, Outcome};
use serde_json::Value;

/// The pause before the first further attempt; it doubles up to [`LONGEST_PAUSE`].
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause between two attempts.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What an attempt has come to.
#[derive(Debug, Clone, Copy)]
enum Step {
    Done,
    /// Try again, not before.
    Again(Option<Duration>),
    /// Trying again is of no use.
    Refused,
}

/// Sees to it that a Discord server has the commands.
pub(super) async fn in_guild(client: &BotClient, application: u64, guild: u64) {
    let mut pause = FIRST_PAUSE;
    while let Step::Again(after) = register(client, application, guild).await {
        wait(&mut pause, after).await;
    }
}

/// Takes away what is registered under our names everywhere: people would see each command twice.
pub(super) async fn nowhere_else(client: &BotClient, application: u64) {
    let mut pause = FIRST_PAUSE;
    while let Step::Again(after) = clear(client, application).await {
        wait(&mut pause, after).await;
    }
}

async fn wait(pause: &mut Duration, after: Option<Duration>) {
    tokio::time::sleep(after.unwrap_or(*pause).max(*pause)).await;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}

async fn register(client: &BotClient, application: u64, guild: u64) -> Step {
    match client.commands(application, Some(guild)).await {
        Ok(kept) if is_registered(&kept) => {
            tracing::debug!(guild, "commands_unchanged");
            return Step::Done;
        }
        Ok(_) => {}
        Err(outcome) => return judged(&outcome, guild),
    }
    let attempt = client
        .overwrite_commands(application, Some(guild), &registration())
        .await;
    if let Outcome::Delivered { .. } = attempt.outcome {
        tracing::info!(guild, "commands_registered");
    }
    judged(&attempt.outcome, guild)
}

async fn clear(client: &BotClient, application: u64) -> Step {
    let kept = match client.commands(application, None).await {
        Ok(kept) => kept,
        Err(outcome) => return judged(&outcome, 0),
    };
    let others = foreign(&kept);
    if kept.as_array().map_or(0, Vec::len) == others.len() {
        return Step::Done;
    }
    let attempt = client
        .overwrite_commands(application, None, &Value::from(others))
        .await;
    if let Outcome::Delivered { .. } = attempt.outcome {
        tracing::info!("old_commands_removed: an earlier program had registered them everywhere");
    }
    judged(&attempt.outcome, 0)
}

fn judged(outcome: &Outcome, guild: u64) -> Step {
    match outcome {
        Outcome::Delivered { .. } => Step::Done,
        Outcome::RateLimited { retry_after, .. } => Step::Again(Some(*retry_after)),
        Outcome::Unauthorised
        | Outcome::Forbidden { .. }
        | Outcome::Gone { .. }
        | Outcome::Rejected { .. }
        | Outcome::TooLarge
        | Outcome::MessageGone => {
            tracing::error!(
                guild,
                ?outcome,
                "commands_refused: invite the bot again with the scopes bot and applications.commands"
            );
            Step::Refused
        }
        Outcome::Uncertain { .. } | Outcome::NotSent { .. } | Outcome::ServerError { .. } => {
            tracing::debug!(guild, ?outcome, "commands_not_registered_yet");
            Step::Again(None)
        }
    }
}
