//! What is offered while somebody types.
//!
//! Owns that whoever may not use a command is offered nothing for it. Cannot fail.

use isr_core::command::Verb;
use isr_core::command::tree::Offers;
use isr_discord::InteractionAnswer;
use isr_discord::gateway::event::{Choice, CommandOption};

use super::everywhere::ALL;
use super::{Turn, call};
use crate::bot::commands::offers::Shelf;
use crate::bot::commands::request::Options;
use crate::bot::commands::roster::Asked;

impl<'a> Turn<'a> {
    /// What is offered for the option that is being typed. Whoever may not use the command is offered nothing.
    pub(super) async fn choices(self, name: &str, options: &'a [CommandOption]) {
        let offered = match call(name, options) {
            Some((verb, options)) => self.offered(verb, options).await.unwrap_or_default(),
            None => Vec::new(),
        };
        self.acknowledge(&InteractionAnswer::Choices(offered)).await;
    }

    async fn offered(self, verb: Verb, options: &'a [CommandOption]) -> Option<Vec<(String, String)>> {
        let admitted = self.admitted().await.ok()?;
        let focused = options.iter().find(|option| option.focused)?;
        let typed = match &focused.value {
            Choice::Text(text) | Choice::Number(text) => text.as_str(),
            _ => "",
        };
        let mut parameters = verb.spec().all_parameters();
        let offers = parameters
            .find(|parameter| parameter.name == focused.name)?
            .offers;
        if offers == Offers::Servers {
            self.permissions(None).judge(verb, &admitted.asker).ok()?;
            let mut offered = self.roster.offered(typed);
            if self.may_be_for_all(verb) && ALL.starts_with(&typed.trim().to_lowercase()) {
                // First, for only some of many servers are offered.
                offered.insert(0, (ALL.to_owned(), ALL.to_owned()));
            }
            return Some(offered);
        }
        if offers == Offers::Watches {
            return self.watches_offered(admitted.asker.user).await;
        }
        let chosen = self.chosen(admitted.asker.user).await;
        let asked = Asked {
            named: Options(options).text("server"),
            chosen: chosen.as_ref(),
            channel: self.interaction.channel,
        };
        let entry = self.roster.meant(&asked).ok()?;
        entry.permissions.judge(verb, &admitted.asker).ok()?;
        let game = self.commands.world.board.get(&entry.tag);
        let shelf = Shelf {
            saves: &entry.saves,
            store: &self.commands.world.store,
            now_ms: self.now_ms(),
        };
        let lists = &self.commands.lists;
        let names = lists.offered(offers, (game.as_ref(), shelf), typed).await;
        Some(names.into_iter().map(|name| (name.clone(), name)).collect())
    }
}
