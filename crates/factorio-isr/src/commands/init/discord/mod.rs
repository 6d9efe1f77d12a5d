//! Where on Discord events go: a webhook or a bot, asked for and checked with Discord itself.
//!
//! Owns the question and the check of a webhook; `bot` owns what a bot needs. What was pasted wrongly is named and asked
//! for again. Posts nothing. Fails with [`Halt`].

mod bot;
mod channel;

use isr_discord::{HostClass, Outcome, WebhookClient, WebhookUrl};

use super::chosen::{Place, TOKEN, WEBHOOK};
use super::secret::Secret;
use super::{Halt, Story, secret_in};

/// What was pasted, by its look.
enum Pasted {
    Address(Secret),
    Token(Secret),
}

impl Pasted {
    fn of(secret: Secret) -> Self {
        if secret.reveal().contains("://") {
            Self::Address(secret)
        } else {
            Self::Token(secret)
        }
    }
}

/// Finds the place.
pub(super) async fn choose(story: &Story) -> Result<Place, Halt> {
    story.screen.heading("Discord");
    if let Some(given) = given(story)? {
        return check(story, given).await;
    }
    story.screen.hint(
        "A webhook posts what happens in the game. Discord: channel settings, Integrations, Webhooks, New Webhook, Copy URL.\n\
         A bot can more: chat both ways, commands, many channels. https://discord.com/developers/applications: New\n\
         Application, then Bot, Reset Token, Copy.",
    );
    loop {
        let pasted = story
            .questions
            .secret(
                "Webhook address or bot token?",
                "--webhook-file or --bot-token-file",
            )
            .await?;
        match check(story, Pasted::of(pasted)).await {
            Err(Halt::Refused { what, next }) => story.screen.bad(&what, &next),
            settled => return settled,
        }
    }
}

/// What options and variables say, strongest first.
fn given(story: &Story) -> Result<Option<Pasted>, Halt> {
    let options = &story.options;
    if let Some(address) = &options.webhook {
        return Ok(Some(Pasted::Address(Secret::new(address))));
    }
    if let Some(path) = &options.webhook_file {
        return Ok(Some(Pasted::Address(secret_in(path)?)));
    }
    if let Some(path) = &options.bot_token_file {
        return Ok(Some(Pasted::Token(secret_in(path)?)));
    }
    for name in [TOKEN, WEBHOOK] {
        if let Some(value) = story.surroundings.variable(name) {
            story.screen.note(&format!("{name} is set, and used."));
            return Ok(Some(Pasted::of(Secret::new(value.trim()))));
        }
    }
    Ok(None)
}

async fn check(story: &Story, pasted: Pasted) -> Result<Place, Halt> {
    match pasted {
        Pasted::Token(token) => bot::choose(story, token).await,
        Pasted::Address(address) => {
            webhook(story, &address).await?;
            Ok(Place::Webhook(address))
        }
    }
}

async fn webhook(story: &Story, address: &Secret) -> Result<(), Halt> {
    let url = WebhookUrl::parse(address.reveal()).map_err(|error| Halt::of_message(&error.to_string()))?;
    if url.host_class() == HostClass::Foreign {
        let text = "The address leads to a host that is not Discord's: fine for a proxy of yours.";
        story.screen.note(text);
    }
    match WebhookClient::default().inspect(&url).await.webhook {
        Ok(facts) => {
            let name = facts.name.unwrap_or_else(|| "without a name".to_owned());
            story
                .screen
                .good(&format!("Discord knows the webhook \"{name}\"."));
            Ok(())
        }
        Err(outcome) => Err(refused("the webhook", &outcome)),
    }
}

/// What stood in the way, and what to do.
fn refused(of: &str, outcome: &Outcome) -> Halt {
    let (what, next) = match outcome {
        Outcome::NotSent { .. } | Outcome::Uncertain { .. } => (
            format!("Discord was not reached: {outcome}"),
            "is this machine on the internet, and may it speak to discord.com (port 443)?".to_owned(),
        ),
        Outcome::RateLimited { .. } | Outcome::ServerError { .. } => (
            format!("Discord is busy: {outcome}"),
            "try again in a minute".to_owned(),
        ),
        Outcome::Unauthorised | Outcome::Gone { .. } if of == "the webhook" => (
            "Discord does not know this webhook".to_owned(),
            "copy its address again, or make a new webhook".to_owned(),
        ),
        Outcome::Unauthorised => (
            "Discord does not accept this token".to_owned(),
            "developer portal: your application, Bot, Reset Token; then copy the new one".to_owned(),
        ),
        other => (format!("{of}: {other}"), "correct that, and try again".to_owned()),
    };
    Halt::Refused { what, next }
}
