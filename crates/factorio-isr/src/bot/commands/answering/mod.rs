//! From an interaction to its answer.
//!
//! Owns the order of the steps: who and where, which server, whether it is allowed, what is wanted, how often, then the
//! acknowledgement, then the game. What can be said without the game is said at once. Must not know how a text reads. Cannot
//! fail.

mod clicks;
mod typing;

use std::sync::Arc;

use factorio_rcon::gate::Line;
use factorio_rcon::session::{Link, NotSent};
use factorio_rcon::{Failure, Priority, Session};
use isr_core::command::tree::{Asks, Book, Needs, Spec};
use isr_core::command::{Asker, Button, Click, Denied, Level, Permissions, Use, Verb};
use isr_core::source::ServerTag;
use isr_core::voice::CommandWord as W;
use isr_discord::bot::{ButtonStyle, ReplyButton};
use isr_discord::gateway::event::{Choice, CommandOption, Interaction, InteractionKind, Member};
use isr_discord::{Answered, InteractionAnswer, ReplyMessage, Visibility};
use isr_store::ChosenServer;

use super::Commands;
use super::change::masked;
use super::noting::{Note, name_of};
use super::overview::{self, Language};
use super::pages::Page;
use super::question::Answer;
use super::request::{Change, Options, Question, Request};
use super::roster::{Asked, Entry, Roster};
use super::tell::{Reply, Teller, Tone};

/// What waits for a click.
#[derive(Debug)]
pub(super) struct Waiting {
    verb: Verb,
    server: ServerTag,
    change: Change,
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
        let order = match self.order(verb, options.text("server")).await {
            Ok(order) => order,
            Err(reply) => return self.at_once(&reply).await,
        };
        let speaker = name_of(order.admitted.member);
        let request = match Request::read(verb, options, &speaker) {
            Ok(request) => request,
            Err(fault) => {
                let teller = self.teller(order.entry.as_deref());
                return self.at_once(&teller.fault(&fault)).await;
            }
        };
        match request {
            Request::Ask(question) => self.ask(&order, &question).await,
            Request::Do(change) => self.change(&order, *change).await,
            other => self.local(&order, &other).await,
        }
    }

    /// Everything that has to be right before anything is done: where, who, which server, whether they may.
    async fn order(self, verb: Verb, named: Option<&str>) -> Result<Order<'a>, Reply> {
        let admitted = self.admitted().await?;
        let spec = verb.spec();
        // What `connect` is given is its own matter.
        let wants_server = spec.needs != Needs::Nothing;
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
        self.judge(verb, &admitted, entry.as_deref()).await?;
        Ok(Order {
            verb,
            entry,
            admitted,
        })
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

    async fn judge(self, verb: Verb, admitted: &Admitted<'_>, entry: Option<&Entry>) -> Result<(), Reply> {
        let judged = self.permissions(entry).judge(verb, &admitted.asker);
        let Err(denied) = judged else { return Ok(()) };
        if denied != Denied::Needs(Level::View) {
            let mut note = Note::of(self.interaction, admitted.member, verb.spec().typed());
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

    fn now_ms(self) -> i64 {
        self.commands.clock.now().unix_ms
    }

    async fn chosen(self, user: u64) -> Option<ServerTag> {
        self.commands.memory().await.choices.get(&user).cloned()
    }

    /// What is answered from what is known here.
    async fn local(self, order: &Order<'_>, request: &Request) {
        let board = &self.commands.world.board;
        let entry = order.entry.as_deref();
        if let Err(reply) = self.take_use(order).await {
            return self.at_once(&reply).await;
        }
        let snapshot = entry
            .and_then(|entry| board.get(&entry.tag))
            .map(|game| game.snapshots.borrow().clone())
            .unwrap_or_default();
        let chosen = self.chosen(order.user()).await;
        let reply = match (request, entry) {
            (Request::Connect(named), _) => self.connect(order, named).await,
            (Request::Help, _) => {
                let asked = Asked {
                    named: None,
                    chosen: chosen.as_ref(),
                    channel: self.interaction.channel,
                };
                let meant = self.roster.meant(&asked).ok();
                let language = Language::of(self.interaction.locale.as_deref());
                let permissions = self.permissions(None);
                let permissions = meant.as_ref().map_or(permissions, |entry| &entry.permissions);
                overview::help(
                    &self.roster.teller(),
                    permissions,
                    &order.admitted.asker,
                    language,
                )
            }
            (Request::Status, Some(entry)) => overview::status(entry, &snapshot),
            (Request::Health, Some(entry)) => overview::health(entry, &snapshot),
            _ => overview::servers(self.roster, board, chosen.as_ref()),
        };
        let is_for_all = matches!(request, Request::Status | Request::Health | Request::Servers);
        let visibility = match (reply.tone, is_for_all) {
            (Tone::Good, true) => Visibility::Everybody,
            _ => Visibility::OnlyAsker,
        };
        self.say(&reply, visibility).await;
    }

    async fn connect(self, order: &Order<'_>, named: &str) -> Reply {
        let entry = match self.roster.named(named) {
            Ok(entry) => entry,
            Err(reply) => return reply,
        };
        let chosen = ChosenServer {
            person: order.user(),
            server: entry.tag.clone(),
        };
        if let Err(error) = self.commands.world.store.choose_server(chosen).await {
            tracing::error!(%error, "choice_not_kept");
            return Reply::bad(entry.teller().say(W::NotKept, &[]), "failed");
        }
        let mut memory = self.commands.memory().await;
        memory.choices.insert(order.user(), entry.tag.clone());
        drop(memory);
        Reply::good(entry.teller().say(W::Connected, &[]))
    }

    /// A question to the game: acknowledged, asked, told to everybody; what went wrong to the asker alone.
    async fn ask(self, order: &Order<'_>, question: &Question) {
        let (entry, session) = match self.reachable(order) {
            Ok(reachable) => reachable,
            Err(reply) => return self.at_once(&reply).await,
        };
        if let Err(reply) = self.take_use(order).await {
            return self.at_once(&reply).await;
        }
        if !self
            .acknowledge(&InteractionAnswer::Later(Visibility::Everybody))
            .await
        {
            return;
        }
        let page = Page {
            verb: order.verb,
            server: entry.tag.clone(),
            number: 0,
        };
        let reply = asked(question, &session, &entry, &page).await;
        match reply.tone {
            Tone::Good => self.edit(&reply).await,
            Tone::Bad => {
                let client = &self.commands.world.account.client;
                note(&client.delete_answer(self.interaction).await);
                note(
                    &client
                        .follow_up(self.interaction, &message(&reply, Visibility::OnlyAsker))
                        .await,
                );
            }
        }
    }

    /// A change of the game: asked back where it cannot be undone, else done.
    async fn change(self, order: &Order<'_>, change: Change) {
        let (entry, session) = match self.reachable(order) {
            Ok(reachable) => reachable,
            Err(reply) => return self.at_once(&reply).await,
        };
        let line = match self.line(order, &entry, &session, &change) {
            Ok(line) => line,
            Err(reply) => return self.at_once(&reply).await,
        };
        if order.spec().asks == Asks::First {
            return self.ask_back(order, &entry, change, &line).await;
        }
        if let Err(reply) = self.take_use(order).await {
            return self.at_once(&reply).await;
        }
        if self
            .acknowledge(&InteractionAnswer::Later(Visibility::OnlyAsker))
            .await
        {
            let reply = self.carry_out(order, &entry, &session, &change, line).await;
            self.edit(&reply).await;
        }
    }

    /// The line, if this server lets it through.
    fn line(
        self,
        order: &Order<'_>,
        entry: &Entry,
        session: &Session,
        change: &Change,
    ) -> Result<Line, Reply> {
        change.line(session.policy()).map_err(|refusal| {
            let failure = Failure::NotSent(NotSent::Refused(refusal));
            entry.teller().failure(order.spec(), &failure)
        })
    }

    /// Shows what would be done, with a button for it.
    async fn ask_back(self, order: &Order<'_>, entry: &Entry, change: Change, line: &Line) {
        let teller = entry.teller();
        let mut reply = Reply::good(change.question(order.spec(), line, &teller));
        let (now, user) = (self.commands.clock.now(), order.user());
        let waited = {
            let mut memory = self.commands.memory().await;
            let waiting = Waiting {
                verb: order.verb,
                server: entry.tag.clone(),
                change,
            };
            let class = order.spec().class;
            let wait = class.map_or(Ok(()), |class| memory.cooldowns.wait(user, class, now.unix_ms));
            wait.map(|()| {
                let question = memory.fresh_number();
                memory.waiting.ask(question, user, waiting, now.mono);
                question
            })
        };
        let question = match waited {
            Ok(question) => question,
            Err(wait) => return self.at_once(&slow_down(&teller, wait)).await,
        };
        let button = |click, word, style| ReplyButton {
            custom_id: Button { question, click }.name(),
            label: teller.word(word).to_owned(),
            style,
        };
        reply.buttons = vec![
            button(Click::Yes, W::Yes, ButtonStyle::Danger),
            button(Click::No, W::No, ButtonStyle::Plain),
        ];
        self.at_once(&reply).await;
    }

    /// Notes it, sends it, notes its end.
    async fn carry_out(
        self,
        order: &Order<'_>,
        entry: &Entry,
        session: &Session,
        change: &Change,
        line: Line,
    ) -> Reply {
        let (teller, store) = (entry.teller(), &self.commands.world.store);
        let mut noted = Note::of(self.interaction, order.admitted.member, order.spec().typed());
        noted.server = Some(entry.tag.clone());
        noted.line = Some(masked(line.text()));
        let of = match noted.sent(store, self.now_ms()).await {
            Ok(of) => of,
            Err(error) => {
                tracing::error!(%error, command = %noted.command, "audit_not_kept: the command was not sent");
                return Reply::bad(teller.say(W::NotAudited, &[]), "not sent");
            }
        };
        let (reply, answer) = match session.send(line.clone(), Priority::Person).await {
            Ok(answer) => {
                let text = answer.text().into_owned();
                (
                    change.told(&line, &text, &teller),
                    Some(text.trim_end().to_owned()),
                )
            }
            Err(failure) => (teller.failure(order.spec(), &failure), None),
        };
        self.commands.lists.forget(&entry.tag);
        noted.ended(store, self.now_ms(), of, &reply, answer).await;
        reply
    }

    /// The server and the way to its console, unless it is known that there is none.
    fn reachable(self, order: &Order<'_>) -> Result<(Arc<Entry>, Session), Reply> {
        let missing = || {
            Reply::bad(
                self.roster.teller().say(W::WhichServer, &[("servers", "")]),
                "refused",
            )
        };
        let entry = order.entry.clone().ok_or_else(missing)?;
        let teller = entry.teller();
        let game = self.commands.world.board.get(&entry.tag);
        let Some(session) = game.and_then(|game| game.session) else {
            let command = order.spec().typed();
            let text = teller.say(W::NoRcon, &[("command", &command)]);
            return Err(Reply::bad(text, "refused"));
        };
        let link = session.link().borrow().clone();
        match link {
            Link::Down { why, .. } => {
                Err(teller.failure(order.spec(), &Failure::NotSent(NotSent::Down(why))))
            }
            _ => Ok((entry, session)),
        }
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

    async fn unknown(self) {
        let reply = Reply::bad(self.roster.teller().say(W::UnknownCommand, &[]), "refused");
        self.at_once(&reply).await;
    }

    /// A whole answer for the asker alone.
    async fn at_once(self, reply: &Reply) {
        self.say(reply, Visibility::OnlyAsker).await;
    }

    async fn say(self, reply: &Reply, visibility: Visibility) {
        self.acknowledge(&InteractionAnswer::Message(message(reply, visibility)))
            .await;
    }

    /// In place of the message that the button stands in.
    async fn instead(self, reply: &Reply) {
        if self.acknowledge(&InteractionAnswer::EditLater).await {
            self.edit(reply).await;
        }
    }

    /// Gives the first answer; whether Discord took it. What is not acknowledged is not done: the person was told that it
    /// failed, or somebody else answers.
    async fn acknowledge(self, answer: &InteractionAnswer<'_>) -> bool {
        let answered = self
            .commands
            .world
            .account
            .client
            .answer(self.interaction, answer)
            .await;
        note(&answered);
        answered == Answered::Yes
    }

    async fn edit(self, reply: &Reply) {
        let message = message(reply, Visibility::OnlyAsker);
        note(
            &self
                .commands
                .world
                .account
                .client
                .edit_answer(self.interaction, &message)
                .await,
        );
    }
}

async fn asked(question: &Question, session: &Session, entry: &Entry, page: &Page) -> Reply {
    let teller = entry.teller();
    match question.ask(session, page.verb.spec(), &teller).await {
        Answer::Said(reply) => reply,
        Answer::Listed(listing) => listing.page(page, &teller),
    }
}

fn slow_down(teller: &Teller<'_>, wait: std::time::Duration) -> Reply {
    let seconds = wait.as_millis().div_ceil(1_000).to_string();
    Reply::bad(teller.say(W::SlowDown, &[("seconds", &seconds)]), "refused")
}

fn message(reply: &Reply, visibility: Visibility) -> ReplyMessage<'_> {
    ReplyMessage {
        embeds: reply.embeds.clone(),
        buttons: reply.buttons.clone(),
        visibility,
        ..ReplyMessage::quiet(&reply.text)
    }
}

fn note(answered: &Answered) {
    match answered {
        Answered::Yes => {}
        Answered::AlreadyAnswered | Answered::Expired => {
            tracing::info!(?answered, "interaction_not_answered: nothing was done for it");
        }
        Answered::No(outcome) => tracing::warn!(?outcome, "interaction_not_answered"),
    }
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
