//! From one line of one stream to the deliveries made from it.
//!
//! Owns the choice of destinations and the identity of deliveries. Pure but for the metrics it counts: time enters as
//! a value. Must not know files or the store. Cannot fail.

use std::time::Duration;

use isr_core::ageing::{self, Reading, Verdict};
use isr_core::context::SourceContext;
use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::event::{Audience, Event};
use isr_core::interpreter::{Happened, Interpreter, Role};
use isr_core::source::{GenerationId, ServerTag};
use isr_core::text::WebhookName;
use isr_core::voice::{DefaultVoice, Line};

use crate::config::ChatName;

/// The rule name of lines that are too old to be posted.
pub const RULE_MAX_EVENT_AGE: &str = "max_event_age";
/// Turns the id of a generation into that of the remarks about it.
const REMARKS: i64 = 0x2545_F491_4F6C_DD1D;
/// Room for the parts of one event's text in a delivery's part number.
const PARTS_PER_EVENT: u32 = 16;

/// Where the events of one server go, and how.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The server.
    pub server: ServerTag,
    /// The destination of everything that is for everyone.
    pub everyone: Destination,
    /// The destination of what is for admins only.
    pub admins: Option<Destination>,
    /// Under whose name chat is posted.
    pub chat_name: ChatName,
    /// Lines that were not read live and are older than this are not posted.
    pub max_event_age: Duration,
}

impl Posting {
    fn destination(&self, audience: Audience) -> Option<&Destination> {
        match audience {
            Audience::Everyone => Some(&self.everyone),
            Audience::Admins => self.admins.as_ref(),
        }
    }

    /// A remark of our own about a generation (lost bytes, for example). It has an identity beside that of the
    /// generation's lines: the position in the log, which refuses lines before it, must not refuse the remark.
    #[must_use]
    pub fn remark(&self, generation: GenerationId, number: u64, text: String, now_ms: i64) -> NewDelivery {
        let generation = GenerationId((generation.0 ^ REMARKS) & i64::MAX);
        NewDelivery {
            id: DeliveryId {
                generation,
                offset: number,
                part: 0,
            },
            destination: self.admins.as_ref().unwrap_or(&self.everyone).clone(),
            server: self.server.clone(),
            kind: KindName::fixed("remark"),
            form: Form::Line,
            text,
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: now_ms,
            seen_ms: now_ms,
        }
    }
}

/// The place of a line.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The file's generation.
    pub generation: GenerationId,
    /// The line's first byte.
    pub offset: u64,
    /// Whether it was read as it was written.
    pub reading: Reading,
}

/// What became of a line's events.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Translated {
    /// Events that were too old.
    pub too_old: u64,
}

/// Turns the lines of one stream into deliveries.
#[derive(Debug)]
pub struct Translator {
    interpreter: Interpreter,
    posting: Posting,
    /// A line that holds this makes the translator panic: what no known line does.
    #[cfg(test)]
    pub(crate) panics_at: Option<&'static [u8]>,
}

impl Translator {
    /// A translator at the position that the interpreter's context belongs to.
    #[must_use]
    pub const fn new(interpreter: Interpreter, posting: Posting) -> Self {
        Self {
            interpreter,
            posting,
            #[cfg(test)]
            panics_at: None,
        }
    }

    /// Where the events go.
    #[must_use]
    pub const fn posting(&self) -> &Posting {
        &self.posting
    }

    /// The context behind the last line.
    #[must_use]
    pub const fn context(&self) -> &SourceContext {
        self.interpreter.context()
    }

    /// Changes what the stream is asked for.
    pub const fn set_role(&mut self, role: Role) {
        self.interpreter.set_role(role);
    }

    /// Goes back to another position.
    pub fn resume(&mut self, context: SourceContext) {
        self.interpreter.resume(context);
    }

    /// Reads the next line. `on_event` is told each event that is posted or would be but for its age.
    pub fn line(
        &mut self,
        line: &[u8],
        place: Place,
        now_ms: i64,
        deliveries: &mut Vec<NewDelivery>,
        mut on_event: impl FnMut(&Event),
    ) -> Translated {
        #[cfg(test)]
        assert!(
            self.panics_at
                .is_none_or(|bytes| memchr::memmem::find(line, bytes).is_none()),
            "planned panic"
        );
        let mut translated = Translated::default();
        for (index, happened) in self.interpreter.line(line, place.reading, now_ms).enumerate() {
            on_event(&happened.event);
            match ageing::decide(
                place.reading,
                happened.when,
                now_ms,
                now_ms,
                self.posting.max_event_age,
            ) {
                Verdict::TooOld => translated.too_old += 1,
                Verdict::Keep => {
                    let number = u32::try_from(index).unwrap_or(0);
                    deliver(&self.posting, &happened, place, number, now_ms, deliveries);
                }
            }
        }
        translated
    }
}

fn deliver(
    posting: &Posting,
    happened: &Happened,
    place: Place,
    number: u32,
    now_ms: i64,
    deliveries: &mut Vec<NewDelivery>,
) {
    let Some(destination) = posting.destination(happened.event.kind().audience()) else {
        return;
    };
    let (lines, username) = worded(posting.chat_name, &happened.event);
    for (part, line) in (0..PARTS_PER_EVENT).zip(lines) {
        let id = DeliveryId {
            generation: place.generation,
            offset: place.offset,
            part: number * PARTS_PER_EVENT + part,
        };
        deliveries.push(NewDelivery {
            id,
            destination: destination.clone(),
            server: posting.server.clone(),
            kind: happened.event.kind().into(),
            form: Form::Line,
            text: line.into_string(),
            username: username.clone(),
            subject: None,
            pings: Pings::Nobody,
            happened_ms: happened.when.unix_ms(),
            seen_ms: now_ms,
        });
    }
}

/// The lines of an event, and the name to post them under where it is the player's.
#[must_use]
pub fn worded(chat_name: ChatName, event: &Event) -> (Vec<Line>, Option<String>) {
    match (chat_name, event.speaker()) {
        (ChatName::Player, Some(speaker)) => {
            let name = WebhookName::new(speaker).as_str().to_owned();
            (DefaultVoice.render_as_speaker(event), Some(name))
        }
        _ => (DefaultVoice.render(event), None),
    }
}
