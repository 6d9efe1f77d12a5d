//! Personal notices: asked for, listed, ended.
//!
//! Owns that a direct message is proven to arrive before one is promised, and that everybody deals with their own. Cannot fail.

use isr_core::source::ServerTag;
use isr_core::voice::CommandWord as W;
use isr_core::watching::{Watch, Watched};
use isr_discord::Visibility;
use isr_store::{Added, CommitError, WatchRow, WatchesOf};

use super::{Order, Turn};
use crate::bot::commands::request::{Personal, Wherever};
use crate::bot::commands::tell::{Reply, Teller};
use crate::bot::watching::NotDirect;

impl Turn<'_> {
    pub(super) async fn personal(self, order: &Order<'_>, personal: Personal) {
        if !self.begins(order, Visibility::OnlyAsker).await {
            return;
        }
        let teller = self.teller(order.entry.as_deref());
        let told = match personal {
            Personal::Watch(what, wherever) => self.watch(order, what, wherever).await,
            Personal::List => self.listed(order).await,
            Personal::Unwatch(number) => self.unwatch(order, number).await,
            Personal::Link => Ok(self.link(order).await),
            Personal::Unlink => self.unlink(order).await,
        };
        let reply = told.unwrap_or_else(|error| {
            tracing::warn!(%error, "watches_not_kept");
            Reply::bad(teller.say(W::NotKept, &[]), "failed")
        });
        self.edit(&reply).await;
    }

    async fn watch(self, order: &Order<'_>, what: Watched, wherever: Wherever) -> Result<Reply, CommitError> {
        let teller = self.teller(order.entry.as_deref());
        let (Some(entry), Some(channel)) = (&order.entry, self.interaction.channel) else {
            return Ok(Reply::bad(teller.say(W::OnlyInServers, &[]), "refused"));
        };
        let told = named(&what, &entry.tag, &teller);
        let direct = match wherever {
            Wherever::Here => None,
            Wherever::Directly => match self.direct(order.user(), &teller).await {
                Ok(direct) => Some(direct),
                Err(NotDirect::Closed) => return Ok(Reply::bad(teller.say(W::DirectClosed, &[]), "refused")),
                Err(NotDirect::Busy) => return Ok(Reply::bad(teller.say(W::DirectBusy, &[]), "failed")),
            },
        };
        let watch = Watch {
            person: order.user(),
            server: entry.tag.clone(),
            what,
            channel,
            guild: self.interaction.guild,
            direct,
        };
        let store = &self.commands.world.store;
        let added = store.add_watch(watch, self.now_ms()).await?;
        self.commands.world.watchers.refresh(store).await?;
        self.commands.world.wishes.places();
        let (now, before) = match wherever {
            Wherever::Here => (W::Watching, W::WatchedBefore),
            Wherever::Directly => (W::WatchingDirectly, W::WatchedDirectly),
        };
        Ok(match added {
            Added::Now => Reply::good(teller.say(now, &[("what", &told)])),
            Added::Before => Reply::good(teller.say(before, &[("what", &told)])),
            Added::TooManyOfYours | Added::TooMany => {
                Reply::bad(teller.say(W::TooManyWatches, &[]), "refused")
            }
        })
    }

    /// The channel of direct messages with a person: one that works, before anything is promised.
    async fn direct(self, person: u64, teller: &Teller<'_>) -> Result<u64, NotDirect> {
        let world = &self.commands.world;
        if let Some(known) = world.watchers.direct_with(person) {
            return Ok(known);
        }
        let greeting = teller.say(W::DirectGreeting, &[]);
        let opening = world
            .openings
            .open((&world.account, &world.limiter), person, &greeting);
        opening.await
    }

    async fn listed(self, order: &Order<'_>) -> Result<Reply, CommitError> {
        let teller = self.teller(order.entry.as_deref());
        let own = self.own_watches(order.user()).await?;
        if own.is_empty() {
            return Ok(Reply::good(teller.say(W::NoWatches, &[])));
        }
        let line = |row: &WatchRow| {
            let what = named(&row.watch.what, &row.watch.server, &teller);
            let place = match row.watch.direct {
                Some(_) => teller.word(W::DirectMessage).to_owned(),
                None => format!("<#{}>", row.watch.channel),
            };
            format!("• `{}` {what} → {place}", row.number)
        };
        let lines: Vec<String> = own.iter().map(line).collect();
        Ok(Reply::good(lines.join("\n")))
    }

    async fn unwatch(self, order: &Order<'_>, number: Option<i64>) -> Result<Reply, CommitError> {
        let teller = self.teller(None);
        let store = &self.commands.world.store;
        let person = order.user();
        let which = number.map_or(WatchesOf::Person(person), |number| WatchesOf::Own {
            person,
            number,
        });
        let ended = store.end_watches(which).await?;
        self.commands.world.watchers.refresh(store).await?;
        Ok(match ended {
            0 => Reply::bad(teller.say(W::NoSuchWatch, &[]), "nothing changed"),
            _ => Reply::good(teller.say(W::Unwatched, &[("count", &ended.to_string())])),
        })
    }

    /// A person's watches.
    async fn own_watches(self, person: u64) -> Result<Vec<WatchRow>, CommitError> {
        let mut rows = self.commands.world.store.watches().await?;
        rows.retain(|row| row.watch.person == person && row.ended.is_none());
        Ok(rows)
    }

    /// What is offered to whoever ends one: number and what it is.
    pub(super) async fn watches_offered(self, person: u64) -> Option<Vec<(String, String)>> {
        let teller = self.roster.teller();
        let rows = self.own_watches(person).await.ok()?;
        let offered = rows.iter().map(|row| {
            let what = match &row.watch.what {
                Watched::Player(player) => player.clone(),
                Watched::Research => teller.word(W::WatchResearch).to_owned(),
                Watched::Server => teller.word(W::WatchServer).to_owned(),
            };
            let shown = format!("{} · {what} · {}", row.number, row.watch.server);
            (shown, row.number.to_string())
        });
        Some(offered.chain([("all".to_owned(), "all".to_owned())]).collect())
    }
}

fn named(what: &Watched, server: &ServerTag, teller: &Teller<'_>) -> String {
    let what = match what {
        Watched::Player(player) => format!("**{}**", teller.name(player)),
        Watched::Research => teller.word(W::WatchResearch).to_owned(),
        Watched::Server => teller.word(W::WatchServer).to_owned(),
    };
    format!("{what} (`{server}`)")
}
