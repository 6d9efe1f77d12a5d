//! Somebody sets the program up: the intent, a channel and a webhook are made on request, a thread is posted in, and a topic
//! tells how a server is.
//!
//! Owns what they ask for. Fails when `init` does not say that it was made, or the topic says nothing.

use anyhow::{Context, Result, ensure};
use isr_testkit::discord::GuildCard;

use crate::rehearsal::SOON;
use crate::rehearsal::cast::{Cast, TALK};

/// The topic tells of its server.
pub(super) async fn topic(cast: &Cast) -> Result<()> {
    let tells = |guild: &GuildCard| {
        let topic = guild.topics.get(&TALK);
        topic.is_some_and(|topic| topic.contains("Sky port"))
    };
    cast.discord.wait_for_guild(SOON, tells).await.context("a topic")
}

/// Manage Channels and Manage Webhooks.
const MAY_MAKE: u64 = 1 << 4 | 1 << 29;
/// Message Content.
const INTENT: u64 = 1 << 15;

/// `init` with everything that it can make at Discord. The daemon goes on beside it, so nothing is proven here.
pub(super) async fn init(cast: &Cast) -> Result<()> {
    let (discord, gateway) = (&cast.discord, cast.discord.gateway());
    gateway.change_account(|account| account.allowed_intents &= !INTENT);
    discord.change_guild(|guild| guild.own_role |= MAY_MAKE);
    let home = cast.command.home();
    let (token, output) = (home.join("bot.txt"), home.join("set-up"));
    std::fs::write(&token, gateway.token())?;
    std::fs::create_dir_all(&output)?;
    let (token, output) = (token.display().to_string(), output.display().to_string());
    let (log, root) = (cast.log("plain").display().to_string(), home.join("machine"));
    let root = root.display().to_string();
    let words = [
        "init",
        "--yes",
        "--no-proof",
        "--create-channel",
        "Factory talk",
        "--create-webhook",
    ];
    let places = [
        ["--bot-token-file", token.as_str()],
        ["--output", output.as_str()],
        ["--log", log.as_str()],
        ["--root", root.as_str()],
    ];
    let command = cast.command.clone().args(words).args(places.concat());
    let (_, told) = command.spawn()?.wait_for_exit_and_output(SOON).await?;
    for made in ["it is on now", "Made #factory-talk", "Made the webhook"] {
        ensure!(told.contains(made), "{made:?} is not in what init says:\n{told}");
    }
    Ok(())
}
