//! From an interaction to its answer.
//!
//! Owns the order of the steps: who and where, which server, whether it is allowed, what is wanted, how often, then the
//! acknowledgement, then the game. What can be said without the game is said at once. Must not know how a text reads. Cannot
//! fail.

mod card;
mod clicks;
mod everywhere;
mod game;
mod house;
mod linking;
mod local;
mod personal;
mod telling;
mod typing;

use std::sync::Arc;

use isr_core::command::tree::{Book, Needs, Spec};
use isr_core::command::{Asker, Denied, Level, Permissions, Use, Verb};
use isr_core::masks::Masks;
use isr_core::source::ServerTag;
use isr_core::voice::CommandWord as W;
use isr_discord::gateway::event::{Choice, CommandOption, Interaction, InteractionKind, Member};
use isr_discord::{InteractionAnswer, Visibility};

use super::Commands;
use super::house::Deed;
use super::noting::{Note, name_of};
use super::request::{Change, Options, Request};
use super::roster::{Asked, Entry, Roster};
use super::tell::{Reply, Teller};
use crate::relay::audits::Audits;

/// What waits for a click.
#[derive(Debug)]
pub(super) struct Waiting {
    verb: Verb,
    /// The server that is meant; without one all of them.
    server: Option<ServerTag>,
    what: What,
}

/// What is done after the click.
#[derive(Debug)]
enum What {
    /// A change of the game.
    Change(Box<Change>),
    /// Something about this program.
    Deed(Deed),
}

/// Answers one interaction.
pub(super) async fn answer(commands: &Commands, interaction: &Interaction) {
    let roster = commands.roster();
    let turn = Turn {
        commands,
        interaction,
        roster: &roster,
    };
    match &interaction.kind {
        InteractionKind::Command { name, options, .. } => turn.command(name, options).await,
        InteractionKind::Autocomplete { name, options, .. } => turn.choices(name, options).await,
        InteractionKind::Component { custom_id, .. } => turn.click(custom_id).await,
        InteractionKind::Modal { .. } | InteractionKind::Other(_) => turn.unknown().await,
    }
}

/// Says of one interaction that there is too much to do.
pub(super) async fn turn_away(commands: &Commands, interaction: &Interaction) {
    let roster = commands.roster();
    let turn = Turn {
        commands,
        interaction,
        roster: &roster,
    };
    tracing::warn!("bot_overloaded: nothing is done for an interaction");
    match interaction.kind {
        InteractionKind::Autocomplete { .. } => {
            let _told = turn.acknowledge(&InteractionAnswer::Choices(Vec::new())).await;
        }
        _ => {
            let text = roster.teller().say(W::Overloaded, &[]);
            turn.at_once(&Reply::bad(text, "refused")).await;
        }
    }
}

/// Whether the same thing twice within a moment is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeats {
    /// It is: it was typed twice.
    Meant,
    /// It is not: it was a double click, or two people saw the same need.
    Once,
}

/// One interaction on its way.
#[derive(Clone, Copy)]
struct Turn<'a> {
    commands: &'a Commands,
    interaction: &'a Interaction,
    roster: &'a Roster,
}

/// Who may use commands here.
struct Admitted<'a> {
    member: &'a Member,
    asker: Asker<'a>,
}

/// What is left when everything is allowed.
struct Order<'a> {
    verb: Verb,
    /// The server that is meant, where one is.
    entry: Option<Arc<Entry>>,
    admitted: Admitted<'a>,
}

impl Order<'_> {
    const fn spec(&self) -> &'static Spec {
        self.verb.spec()
    }

    const fn user(&self) -> u64 {
        self.admitted.asker.user
    }
}

impl<'a> Turn<'a> {
    async fn command(self, name: &str, options: &'a [CommandOption]) {
        let Some((verb, options)) = call(name, options) else {
            return self.unknown().await;
        };
        let options = Options(options);
        if self.may_be_for_all(verb) && options.text("server").map(str::trim) == Some(everywhere::ALL) {
            return self.everywhere(verb, options).await;
        }
        let order = match self.order(verb, options.text("server")).await {
            Ok(order) => order,
            Err(reply) => return self.at_once(&reply).await,
        };
        let speaker = name_of(order.admitted.member);
        let request = match Request::read(verb, options, (&speaker, self.now_ms())) {
            Ok(request) => request,
            Err(fault) => {
                let teller = self.teller(order.entry.as_deref());
                return self.at_once(&teller.fault(&fault)).await;
            }
        };
        match request {
            Request::Ask(question) => self.ask(&order, &question, Visibility::Everybody).await,
            Request::Do(change) => self.change(&order, *change, Repeats::Meant).await,
            Request::Look(look) => self.look(&order, look).await,
            Request::Deed(deed) => self.deed(&order, deed).await,
            Request::Personal(personal) => self.personal(&order, personal).await,
            other => self.local(&order, &other).await,
        }
    }

    /// Everything that has to be right before anything is done: where, who, which server, whether they may.
    async fn order(self, verb: Verb, named: Option<&str>) -> Result<Order<'a>, Reply> {
        let admitted = self.admitted().await?;
        let spec = verb.spec();
        // What `connect` is given is its own matter.
        let wants_server = match spec.needs {
            Needs::Nothing => false,
            Needs::Scope => named.is_some(),
            Needs::Server | Needs::Console | Needs::Lua => true,
        };
        let chosen = self.chosen(admitted.asker.user).await;
        let asked = Asked {
            named,
            chosen: chosen.as_ref(),
            channel: self.interaction.channel,
        };
        let entry = match wants_server.then(|| self.roster.meant(&asked)).transpose() {
            Ok(entry) => entry,
            Err(reply) => {
                // Who may not use it at all does not learn which servers there are.
                self.judge(verb, &admitted, None).await?;
                return Err(reply);
            }
        };
        let order = Order {
            verb,
            entry,
            admitted,
        };
        self.judge_scope(&order).await?;
        Ok(order)
    }

    /// Whether somebody may use commands here at all.
    async fn admitted(self) -> Result<Admitted<'a>, Reply> {
        let teller = self.roster.teller();
        let refuse = |word| Err(Reply::bad(teller.say(word, &[]), "refused"));
        let (Some(guild), Some(member)) = (self.interaction.guild, &self.interaction.member) else {
            return refuse(W::OnlyInServers);
        };
        if !self.commands.is_home(guild).await {
            tracing::info!(
                guild,
                "command_from_a_strange_guild: name it in bot.guilds to allow it"
            );
            return refuse(W::ForeignGuild);
        }
        let asker = Asker {
            user: member.user.id,
            roles: &member.roles,
            permissions: member.permissions,
        };
        Ok(Admitted { member, asker })
    }

    /// Whether everything that is meant may be done: what is about all servers needs the right on each of them.
    async fn judge_scope(self, order: &Order<'_>) -> Result<(), Reply> {
        self.judge(order.verb, &order.admitted, order.entry.as_deref())
            .await?;
        if order.spec().needs == Needs::Scope && order.entry.is_none() {
            for entry in &self.roster.entries {
                self.judge(order.verb, &order.admitted, Some(entry)).await?;
            }
        }
        Ok(())
    }

    async fn judge(self, verb: Verb, admitted: &Admitted<'_>, entry: Option<&Entry>) -> Result<(), Reply> {
        let judged = self.permissions(entry).judge(verb, &admitted.asker);
        let Err(denied) = judged else { return Ok(()) };
        if denied != Denied::Needs(Level::View) {
            let mut note = Note::of(
                self.ledger(),
                self.interaction,
                admitted.member,
                verb.spec().typed(),
            );
            note.server = entry.map(|entry| entry.tag.clone());
            note.refused(&self.commands.world.store, self.now_ms()).await;
        }
        Err(self.teller(entry).denied(verb.spec(), denied))
    }

    fn permissions(self, entry: Option<&'a Entry>) -> &'a Permissions {
        entry.map_or(&self.roster.permissions, |entry| &entry.permissions)
    }

    fn teller<'t>(self, entry: Option<&'t Entry>) -> Teller<'t>
    where
        'a: 't,
    {
        entry.map_or_else(|| self.roster.teller(), Entry::teller)
    }

    /// What everything that is written down goes by.
    fn ledger(self) -> (&'a Masks, &'a Audits) {
        (&self.roster.masks, &self.commands.world.audits)
    }

    fn now_ms(self) -> i64 {
        self.commands.clock.now().unix_ms
    }

    async fn chosen(self, user: u64) -> Option<ServerTag> {
        self.commands.memory().await.choices.get(&user).cloned()
    }

    /// Counts a use, and promises an answer to these readers. Whether to go on; else the person was told, or nobody waits.
    async fn begins(self, order: &Order<'_>, readers: Visibility) -> bool {
        if let Err(reply) = self.take_use(order).await {
            self.at_once(&reply).await;
            return false;
        }
        self.acknowledge(&InteractionAnswer::Later(readers)).await
    }

    /// Counts a use towards the person's limit.
    async fn take_use(self, order: &Order<'_>) -> Result<(), Reply> {
        let Some(class) = order.spec().class else {
            return Ok(());
        };
        let taken: Result<Use, _> = {
            let mut memory = self.commands.memory().await;
            memory.cooldowns.take(order.user(), class, self.now_ms())
        };
        let used = taken.map_err(|wait| slow_down(&self.teller(order.entry.as_deref()), wait))?;
        // It only has to outlive a restart: nobody waits for the disk.
        let store = self.commands.world.store.clone();
        let keeps = async move {
            if let Err(error) = store.note_use(used).await {
                tracing::warn!(%error, "use_not_kept: it is forgotten at a restart");
            }
        };
        self.commands.aside(keeps);
        Ok(())
    }
}

fn slow_down(teller: &Teller<'_>, wait: std::time::Duration) -> Reply {
    let seconds = wait.as_millis().div_ceil(1_000).to_string();
    Reply::bad(teller.say(W::SlowDown, &[("seconds", &seconds)]), "refused")
}

/// The command that was used and its options: those of the subcommand.
fn call<'a>(name: &str, options: &'a [CommandOption]) -> Option<(Verb, &'a [CommandOption])> {
    let book = Book::from_name(name)?;
    let subcommand = options.first()?;
    let Choice::Below(options) = &subcommand.value else {
        return None;
    };
    Some((Verb::find(book, &subcommand.name)?, options))
}
