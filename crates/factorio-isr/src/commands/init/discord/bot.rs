//! The bot: its token, whether it may read messages, its Discord server.
//!
//! Owns the order of these steps and the link that invites it. Changes one thing at Discord by itself: it switches on the
//! intent that two-way chat needs. Fails with [`Halt`].

use isr_discord::{
    ApiBase, ApplicationFacts, BotClient, BotToken, ClientOptions, HostClass, Permission, Permissions,
};

use super::{channel, refused};
use crate::commands::init::chosen::{ChosenBot, Hears, Place};
use crate::commands::init::secret::Secret;
use crate::commands::init::{Halt, Story};
use crate::config::{BotAccount, BotIdentity};

/// So often we look again whether the bot was invited.
const MOST_LOOKS: usize = 50;

/// Everything about the bot, up to its channel.
pub(super) async fn choose(story: &Story, token: Secret) -> Result<Place, Halt> {
    let parsed = BotToken::parse(token.reveal()).map_err(|error| Halt::of_message(&error.to_string()))?;
    let api = api(story)?;
    let client = BotClient::new(api.clone(), parsed.clone(), ClientOptions::default());
    let about = client
        .about()
        .await
        .map_err(|outcome| refused("the bot", &outcome))?;
    let application = client
        .application()
        .await
        .map_err(|outcome| refused("the bot", &outcome))?;
    story
        .screen
        .good(&format!("Discord knows the bot \"{}\".", about.name));
    let hears = intent(story, &client, &application).await?;
    let permissions = wanted(story);
    story
        .screen
        .note("This link invites the bot with the least permissions; it can be opened again later:");
    story
        .screen
        .line(&format!("   {}", application.invitation(permissions)));
    let guild = guild(story, &client).await?;
    let account = BotAccount {
        token: parsed,
        api,
        client,
        identity: BotIdentity::Bot,
    };
    let (channel, webhook) = channel::choose(story, &account, &about.name, &application, guild).await?;
    Ok(Place::Bot(Box::new(ChosenBot {
        token,
        guild,
        channel,
        webhook,
        hears,
    })))
}

/// Where Discord's API is, as for `run`.
fn api(story: &Story) -> Result<ApiBase, Halt> {
    let Some(text) = story.surroundings.variable("FACTORIO_ISR_DISCORD_API") else {
        return Ok(ApiBase::default());
    };
    let api = ApiBase::parse(text.trim()).map_err(|error| Halt::of_message(&error.to_string()))?;
    if api.host_class() == HostClass::Foreign {
        let text =
            "FACTORIO_ISR_DISCORD_API leads to a host that is not Discord's: it is told the bot's token.";
        story.screen.note(text);
    }
    Ok(api)
}

/// What the link asks for: more only for what was asked to be made.
fn wanted(story: &Story) -> Permissions {
    let mut wanted = Permissions::of(&Permission::INVITED);
    if story.options.create_channel.is_some() {
        wanted = wanted.and(Permissions::of(&[Permission::ManageChannels]));
    }
    if story.options.create_webhook {
        wanted = wanted.and(Permissions::of(&[Permission::ManageWebhooks]));
    }
    wanted
}

async fn intent(story: &Story, client: &BotClient, application: &ApplicationFacts) -> Result<Hears, Halt> {
    if application.may_read_messages() {
        story
            .screen
            .good("It may read messages (Message Content Intent).");
        return Ok(Hears::Messages);
    }
    match client.switch_on_message_content(application).await {
        Ok(()) => {
            story
                .screen
                .good("Message Content Intent was off; it is on now, so that chat goes both ways.");
            return Ok(Hears::Messages);
        }
        Err(outcome) => story.screen.bad(
            &format!("The bot may not read messages, and Discord does not let us change that ({outcome})"),
            "developer portal: your application, Bot, Privileged Gateway Intents: switch on Message Content Intent",
        ),
    }
    if story.questions.are_answered() {
        story.questions.done("Switch it on, or leave it off", "").await?;
        let now = client
            .application()
            .await
            .map_err(|outcome| refused("the bot", &outcome))?;
        if now.may_read_messages() {
            story.screen.good("It is on.");
            return Ok(Hears::Messages);
        }
    }
    story
        .screen
        .note("Set up without it: the bot posts and takes commands, and says nothing in the game.");
    Ok(Hears::Nothing)
}

async fn guild(story: &Story, client: &BotClient) -> Result<u64, Halt> {
    for _ in 0..MOST_LOOKS {
        let guilds = client
            .guild_names()
            .await
            .map_err(|outcome| refused("the bot", &outcome))?;
        if let Some(wanted) = story.options.guild {
            if let Some((_, name)) = guilds.iter().find(|(id, _)| *id == wanted) {
                story.screen.good(&format!("It is in \"{name}\"."));
                return Ok(wanted);
            }
            story.screen.bad(
                &format!("The bot is not in the Discord server {wanted}"),
                "open the link above",
            );
        }
        match (&guilds[..], story.options.guild) {
            ([(id, name)], None) => {
                story.screen.good(&format!("It is in \"{name}\"."));
                return Ok(*id);
            }
            ([], None) => story
                .screen
                .bad("The bot is in no Discord server yet", "open the link above"),
            (several, None) => {
                let names: Vec<String> = several.iter().map(|(_, name)| name.clone()).collect();
                if !story.questions.are_answered() {
                    return Err(Halt::Unanswered("--guild"));
                }
                let chosen = story
                    .questions
                    .choice("Which Discord server?", &names, "--guild")
                    .await?;
                return Ok(several[chosen].0);
            }
            (_, Some(_)) => {}
        }
        story
            .questions
            .done("Invite it", "the link above, opened by you")
            .await?;
    }
    Err(Halt::Refused {
        what: "the bot was not invited".to_owned(),
        next: "open the link above, then run `factorio-isr init` again".to_owned(),
    })
}
