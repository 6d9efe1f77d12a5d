//! What is said on all servers at once.
//!
//! Owns that the right is asked for on each of them, that each is noted by itself, and that they are told at the same time:
//! one that hangs keeps no other waiting. Must not know how a text reads. Cannot fail.

use factorio_rcon::Failure;
use factorio_rcon::session::NotSent;
use isr_core::command::Verb;
use isr_core::voice::CommandWord as W;
use isr_discord::Visibility;
use tokio::task::JoinSet;

use super::{Order, Turn};
use crate::bot::commands::noting::name_of;
use crate::bot::commands::request::{Change, Options, Request};
use crate::bot::commands::tell::{Reply, Tone};

/// What is typed for all servers, unless one of them is called so.
pub(super) const ALL: &str = "all";
/// So many servers on which it was not said are told of, each with its reason.
const MOST_TOLD: usize = 5;

impl<'a> Turn<'a> {
    /// Whether a command may be for all servers.
    pub(super) fn may_be_for_all(self, verb: Verb) -> bool {
        verb == Verb::Broadcast && self.roster.entries.len() > 1 && self.roster.named(ALL).is_err()
    }

    /// Says it on every server, and tells on how many it was said, and why not on the others.
    pub(super) async fn everywhere(self, verb: Verb, options: Options<'a>) {
        let admitted = match self.admitted().await {
            Ok(admitted) => admitted,
            Err(reply) => return self.at_once(&reply).await,
        };
        for entry in &self.roster.entries {
            if let Err(reply) = self.judge(verb, &admitted, Some(entry)).await {
                return self.at_once(&reply).await;
            }
        }
        let speaker = name_of(admitted.member);
        let order = Order {
            verb,
            entry: None,
            admitted,
        };
        let change = match Request::read(verb, options, (&speaker, self.now_ms())) {
            Ok(Request::Do(change)) => change,
            Ok(_) => return self.unknown().await,
            Err(fault) => return self.at_once(&self.roster.teller().fault(&fault)).await,
        };
        if self.begins(&order, Visibility::OnlyAsker).await {
            let reply = self.said_everywhere(&order, &change).await;
            self.edit(&reply).await;
        }
    }

    async fn said_everywhere(self, order: &Order<'_>, change: &Change) -> Reply {
        let (mut saying, mut replies) = (JoinSet::new(), Vec::new());
        for entry in &self.roster.entries {
            let ready = self.console(order.spec(), entry).and_then(|session| {
                let refused = |refusal| {
                    let failure = Failure::NotSent(NotSent::Refused(refusal));
                    entry.teller().failure(order.spec(), &failure)
                };
                let line = change.line(session.policy()).map_err(refused)?;
                Ok(self.errand(order, (entry, &session), change, line))
            });
            match ready {
                Ok(errand) => {
                    let _running = saying.spawn(errand.run());
                }
                Err(reply) => replies.push(reply),
            }
        }
        replies.extend(saying.join_all().await);
        let all = replies.len();
        let failed: Vec<Reply> = replies
            .into_iter()
            .filter(|reply| reply.tone == Tone::Bad)
            .collect();
        let teller = self.roster.teller();
        let text = match change {
            Change::Say(text) => teller.speech(text.as_str()),
            _ => String::new(),
        };
        let (said, of) = ((all - failed.len()).to_string(), all.to_string());
        let parts = [("count", said.as_str()), ("all", &of), ("text", &text)];
        let mut told = teller.say(W::SaidEverywhere, &parts);
        for reply in failed.iter().take(MOST_TOLD) {
            told.push('\n');
            told.push_str(&reply.text);
        }
        if failed.len() > MOST_TOLD {
            told.push_str("\n…");
        }
        if failed.len() == all {
            Reply::bad(told, "not sent")
        } else {
            Reply::good(told)
        }
    }
}
