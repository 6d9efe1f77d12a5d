//! Slash commands.
//!
//! Owns what becomes of an interaction. No command is registered yet: whoever uses one that an earlier program registered
//! under the same application is told so. Must not know the gateway. Cannot fail: what Discord does not take is logged.

use std::sync::Arc;

use isr_discord::gateway::event::{Interaction, InteractionKind};
use isr_discord::{Answered, InteractionAnswer, ReplyMessage};
use isr_store::Store;

use crate::config::{BotAccount, Config};
use crate::game::Board;
use crate::metrics::Metrics;
use crate::supervisor::Stop;

/// What commands share with the rest of the program.
#[derive(Debug, Clone)]
pub struct CommandWorld {
    /// Who answers.
    pub account: Arc<BotAccount>,
    /// The Discord servers that are heeded; all, when empty.
    pub guilds: Vec<u64>,
    /// What is remembered.
    pub store: Store,
    /// Where it is counted.
    pub metrics: Metrics,
    /// What is known of the games, and the way to their consoles.
    pub board: Board,
    /// When to end.
    pub stop: Stop,
}

/// All commands.
#[derive(Debug)]
pub struct Commands {
    world: CommandWorld,
}

impl Commands {
    /// Commands that know no configuration yet.
    #[must_use]
    pub const fn new(world: CommandWorld) -> Self {
        Self { world }
    }

    /// Goes by this configuration from now on.
    pub fn follow(&self, _config: &Config) {}

    /// A session began: of this application, with these Discord servers (those that are heeded). Comes again with every
    /// new session.
    pub async fn ready(&self, _application: u64, _guilds: Vec<u64>) {}

    /// Answers one interaction of a Discord server that is heeded. Each has a task of its own; Discord waits three seconds
    /// for the first answer.
    pub async fn answer(&self, interaction: Interaction) {
        let answer = match &interaction.kind {
            InteractionKind::Autocomplete { .. } => InteractionAnswer::Choices(Vec::new()),
            _ => InteractionAnswer::Message(ReplyMessage::quiet(
                "This command is not available: it was registered by another program, or by another version of this one.",
            )),
        };
        let answered = self.world.account.client.answer(&interaction, &answer).await;
        if answered != Answered::Yes {
            tracing::info!(?answered, "interaction_not_answered");
        }
    }
}
