//! Long lists in pages.
//!
//! Owns what stands on a page and the buttons that lead to others. A button names command, page and server, so that a click
//! is answered by asking anew. Cannot fail: a page that is there no more is the last one.

use isr_core::command::Verb;
use isr_core::source::ServerTag;
use isr_core::text::{cut_finished, units};
use isr_core::voice::CommandWord as W;
use isr_discord::{ButtonStyle, ReplyButton};

use super::tell::{Reply, Teller};

/// Lines on a page.
const LINES: usize = 20;
/// Room for a page, in UTF-16 units; a message has 2,000.
const ROOM: usize = 1_800;
/// What the names of our buttons begin with; short, for Discord takes 100 characters.
const PREFIX: &str = "page:";
/// What stands for all servers; no tag is this.
const EVERYWHERE: &str = "*";

/// A list: a title, and finished lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// A page of the answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) verb: Verb,
    /// The server; without one all of them.
    pub(super) server: Option<ServerTag>,
    /// From 0.
    pub(super) number: usize,
    /// What else was asked for: since when. Holds at most 20 characters.
    pub(super) topic: String,
}

impl Page {
    pub(super) fn name(&self) -> String {
        let (verb, number) = (self.verb.as_str(), self.number);
        let server = self.server.as_ref().map_or(EVERYWHERE, ServerTag::as_str);
        format!("{PREFIX}{verb}:{number}:{server}:{}", self.topic)
    }

    /// Reads the name of a button; `None` when it is none of these.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix(PREFIX)?.splitn(4, ':');
        let (verb, number, server) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            verb: Verb::from_name(verb)?,
            server: match server {
                EVERYWHERE => None,
                tag => Some(ServerTag::parse(tag).ok()?),
            },
            number: number.parse().ok().filter(|number| *number < 10_000)?,
            // Buttons from before there were topics have none.
            topic: parts.next().unwrap_or_default().to_owned(),
        })
    }

    fn button(&self, number: usize, label: &str) -> ReplyButton {
        ReplyButton {
            custom_id: Self {
                number,
                ..self.clone()
            }
            .name(),
            label: label.to_owned(),
            style: ButtonStyle::Plain,
        }
    }
}

impl Listing {
    /// One page of it.
    pub(super) fn page(&self, page: &Page, teller: &Teller<'_>) -> Reply {
        let pages = self.pages();
        let at = page.number.min(pages.len() - 1);
        let mut text = self.title.clone();
        for line in &pages[at] {
            text.push('\n');
            text.push_str(line);
        }
        let mut reply = Reply::good(text);
        if pages.len() > 1 {
            let (this, all) = ((at + 1).to_string(), pages.len().to_string());
            let note = teller.say(W::PageOf, &[("page", &this), ("pages", &all)]);
            reply.text.push('\n');
            reply.text.push_str(&note);
            if at > 0 {
                reply.buttons.push(page.button(at - 1, teller.word(W::Back)));
            }
            if at + 1 < pages.len() {
                reply.buttons.push(page.button(at + 1, teller.word(W::Further)));
            }
        }
        reply
    }

    /// The lines by page; at least one page.
    fn pages(&self) -> Vec<Vec<String>> {
        let title = units(&self.title);
        let mut pages = vec![Vec::new()];
        let mut used = title;
        for line in &self.lines {
            let line = cut_finished(line, ROOM / 4);
            let length = units(&line) + 1;
            let is_full = pages.last().is_some_and(|page: &Vec<String>| page.len() >= LINES);
            if is_full || used + length > ROOM {
                pages.push(Vec::new());
                used = title;
            }
            used += length;
            if let Some(page) = pages.last_mut() {
                page.push(line);
            }
        }
        pages
    }
}

#[cfg(test)]
mod tests {
    use isr_core::voice::Voice;

    use super::*;

    fn page(number: usize) -> Page {
        Page {
            verb: Verb::Stats,
            server: Some(ServerTag::parse(&"x".repeat(64)).unwrap()),
            number,
            topic: "2026-01-31 18:00:00Z".into(),
        }
    }

    #[test]
    fn every_line_is_on_one_page_and_every_page_fits_a_message() {
        let lines: Vec<String> = (0..1_000)
            .map(|n| format!("{n} {}", "é".repeat(n % 600)))
            .collect();
        let listing = Listing {
            title: "Title".into(),
            lines,
        };
        let voice = Voice::default();
        let teller = Teller {
            voice: &voice,
            server: "main",
        };
        let pages = listing.pages();
        assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), 1_000);
        for number in 0..pages.len() {
            let reply = listing.page(&page(number), &teller);
            assert!(units(&reply.text) <= 2_000, "{}", units(&reply.text));
            let ends = usize::from(number == 0) + usize::from(number + 1 == pages.len());
            assert_eq!(reply.buttons.len(), 2 - ends);
            assert!(reply.buttons.iter().all(|button| button.custom_id.len() <= 100));
        }
        // A page that is there no more.
        assert_eq!(
            listing.page(&page(9_999), &teller),
            listing.page(&page(pages.len() - 1), &teller)
        );
    }

    #[test]
    fn a_button_is_read_as_it_was_named_and_nothing_else_is_one() {
        assert_eq!(Page::parse(&page(7).name()), Some(page(7)));
        for foreign in [
            "page:",
            "page:bans:x:main",
            "page:what:1:main",
            "page:bans:1:",
            "isr:confirm:1:yes",
        ] {
            assert_eq!(Page::parse(foreign), None, "{foreign}");
        }
    }
}
