//! From one line of one stream to the deliveries made from it.
//!
//! Owns the order of the steps, the state that a stream keeps between its lines, and the identity of deliveries. What
//! the steps go by is in the shared [`Rules`], which a reload swaps. Pure: time enters as a value. Must not know files or
//! the store. Cannot fail.

use std::sync::Arc;
use std::time::Duration;

use isr_core::ageing::{self, Reading, Verdict};
use isr_core::context::SourceContext;
use isr_core::delivery::{DeliveryId, Destination, Form, NewDelivery, Pings};
use isr_core::drift::UnknownLines;
use isr_core::event::Event;
use isr_core::filter::{Candidate, Counted};
use isr_core::interpreter::{Happened, Interpreter, Role};
use isr_core::mention::Called;
use isr_core::quiet_hours::Held;
use isr_core::route::Subject;
use isr_core::session::Visit;
use isr_core::source::GenerationId;
use isr_core::statistics::Fact;
use isr_core::suppressed::{RuleName, Suppressed};
use isr_core::text::{CONTENT_LIMIT, WebhookName, units};
use isr_core::voice::{Known, Pick, Telling, Told};
use isr_store::AlertChange;

use super::attendance::{Attendance, Sessions};
use super::log_alerts::{self, LogAlerts};
use super::personal;
use super::rules::{Rules, Style};
use super::signs::Teller;
use super::watches::{Speech, Watches, call_of_everybody};
use crate::bot::chat::Echoes;
use crate::bot::linking::Links;
use crate::bot::watching::Watchers;
use crate::config::ChatName;
use crate::game::Signs;
use crate::posts::Works;

/// UTF-16 units that a late mark, a name and the words around it take at most.
const ROOM_FOR_NAME: usize = 500;
/// The rule of lines that are too old to be posted.
pub const RULE_MAX_EVENT_AGE: RuleName = RuleName::fixed("max_event_age");
/// The rule of kinds that a voice was told to keep to itself.
pub const RULE_VOICE: RuleName = RuleName::fixed("voice_off");
/// The rule of chat that came from Discord and is read again in the game's log.
pub const RULE_ECHO: RuleName = RuleName::fixed("discord_echo");
/// The rule of codes that prove who somebody is.
pub const RULE_LINK: RuleName = RuleName::fixed("link_code");
/// A shorter stay is not worth a word.
const WORTH_TELLING: Duration = Duration::from_secs(60);
/// Room for the parts of one event's text in a delivery's part number.
const PARTS_PER_EVENT: u32 = 16;

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

/// What became of the lines so far.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Translation {
    /// What is posted, in the order of the lines.
    pub deliveries: Vec<NewDelivery>,
    /// What is held back until quiet hours end.
    pub held: Vec<Held>,
    /// What is not, by rule.
    pub suppressed: Suppressed,
    /// What is counted, whether it is posted or not.
    pub facts: Vec<Fact>,
    /// What the rules of alerts remember and tell.
    pub alerts: Vec<AlertChange>,
}

/// Turns the lines of one stream into deliveries.
#[derive(Debug)]
pub struct Translator {
    interpreter: Interpreter,
    rules: Arc<Rules>,
    watches: Watches,
    /// What the rates of filters have counted on this stream.
    counted: Counted,
    attendance: Attendance,
    alerts: LogAlerts,
    teller: Teller,
    echoes: Echoes,
    watchers: Watchers,
    /// None: there is no bot, so nobody asks for a code.
    links: Option<Links>,
    /// A line that holds this makes the translator panic: what no known line does.
    #[cfg(test)]
    pub(crate) panics_at: Option<&'static [u8]>,
}

/// Whether whoever posts it can put a name before each of the lines.
fn leaves_room(told: &Told) -> bool {
    match told {
        Told::Lines(lines) => lines
            .iter()
            .all(|line| units(line.as_str()) <= CONTENT_LIMIT - ROOM_FOR_NAME),
        Told::Embed(_) => false,
        Told::Nothing => true,
    }
}

/// One event on its way.
struct Passing<'a> {
    happened: &'a Happened,
    visit: Visit,
    place: Place,
    /// Which event of its line it is.
    number: u32,
    now_ms: i64,
}

impl Translator {
    /// A translator at the position that the interpreter's context belongs to.
    #[must_use]
    pub fn new(mut interpreter: Interpreter, rules: Arc<Rules>, sessions: Sessions) -> Self {
        interpreter.set_patterns(Arc::clone(&rules.patterns));
        Self {
            interpreter,
            counted: rules.filters.fresh(),
            alerts: LogAlerts::new(&rules.alerts.settings),
            rules,
            watches: Watches::default(),
            attendance: Attendance::new(sessions),
            teller: Teller::default(),
            echoes: Echoes::default(),
            watchers: Watchers::default(),
            links: None,
            #[cfg(test)]
            panics_at: None,
        }
    }

    /// The same, sharing what the rules of alerts remember with the other streams of its server.
    #[must_use]
    pub fn with_alerts(self, alerts: LogAlerts) -> Self {
        Self { alerts, ..self }
    }

    /// From now on this planned work keeps alerts silent.
    pub fn heed_works(&mut self, works: &Works) {
        self.alerts.heed_works(works);
    }

    /// From now on these texts are recognised as said by ourselves.
    pub fn heed_echoes(&mut self, echoes: &Echoes) {
        self.echoes = echoes.clone();
    }

    /// From now on these people are told what they asked for.
    pub fn heed_watchers(&mut self, watchers: &Watchers) {
        self.watchers = watchers.clone();
    }

    /// From now on codes are heeded, or not.
    pub fn heed_links(&mut self, links: Option<&Links>) {
        self.links = links.cloned();
    }

    /// What the rules of alerts remember.
    #[must_use]
    pub const fn alerts(&self) -> &LogAlerts {
        &self.alerts
    }

    /// What the events go through.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Goes on by the grammar, the zone and the rules of another one from the next line on. The position, what is known
    /// of the server, and what rates have counted stay; what alerts remember is to be taken up again.
    pub fn adopt(&mut self, other: Self) {
        let context = self.interpreter.context().clone();
        self.interpreter = other.interpreter;
        self.interpreter.resume(context);
        self.counted = other.rules.filters.carry(&self.rules.filters, &self.counted);
        self.rules = other.rules;
        self.alerts = other.alerts;
        self.echoes = other.echoes;
        self.watchers = other.watchers;
        self.links = other.links;
        self.attendance.share(other.attendance);
    }

    /// The sessions of the server.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        self.attendance.sessions()
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

    /// What is watched beside the events.
    pub const fn watches_mut(&mut self) -> &mut Watches {
        &mut self.watches
    }

    /// From now on what the lines tell of the running game is told here.
    pub fn tell_to(&mut self, signs: Option<Signs>) {
        self.teller.tell_to(signs);
    }

    /// Everything that was written was read.
    pub fn caught_up(&mut self, now_ms: i64) {
        let interpreter = &self.interpreter;
        // Beside engine lines the console log tells nothing of runs, and what it told before they came may be old.
        let goes_on = || interpreter.role() != Role::Console && interpreter.context().tells_of_a_run();
        self.teller.caught_up(goes_on, now_ms);
    }

    /// What became due by the time alone.
    pub fn tick(&mut self, now_ms: i64, out: &mut Translation) {
        self.teller.tick(now_ms);
        self.watches.tick(&self.rules, now_ms, &mut out.deliveries);
    }

    /// What the store has to add to the lines that nothing understood.
    pub fn take_unknown(&mut self) -> Vec<UnknownLines> {
        self.watches.take_unknown(&self.rules)
    }

    /// Reads the next line. `on_event` is told each event that is posted or would be but for its age.
    pub fn line(
        &mut self,
        line: &[u8],
        place: Place,
        now_ms: i64,
        out: &mut Translation,
        mut on_event: impl FnMut(&Event),
    ) {
        #[cfg(test)]
        assert!(
            self.panics_at
                .is_none_or(|bytes| memchr::memmem::find(line, bytes).is_none()),
            "planned panic"
        );
        let Self {
            interpreter,
            rules,
            watches,
            counted,
            attendance,
            alerts,
            teller,
            echoes,
            watchers,
            links,
            ..
        } = self;
        let (wanted, mut noticed) = (watchers.all(), Vec::new());
        let mut occurrences = interpreter.line(line, place.reading, now_ms);
        teller.line(place.reading);
        if let Some(step) = interpreter.take_save() {
            // Only engine lines tell of saves, and those carry no time of day.
            teller.save(step, now_ms, place.reading);
        }
        let role = interpreter.role();
        if let Some(when) = occurrences.frame() {
            attendance.frame(&rules.counting, &rules.server, when, place, &mut out.facts);
        }
        if let Some(silenced) = occurrences.take_silenced() {
            teller.event(&silenced, place.reading);
            attendance.event(
                &rules.counting,
                &rules.server,
                &silenced,
                (place, role),
                &mut out.facts,
            );
        }
        let (posted, mut hint) = (out.deliveries.len(), occurrences.take_hint());
        let line_when = occurrences.when();
        for (number, happened) in (0..).zip(occurrences) {
            hint = hint.or_else(|| log_alerts::hint_of(&happened.event));
            teller.event(&happened, place.reading);
            // Everybody on Discord has read it there.
            if let Event::ServerChat { text } = &happened.event
                && echoes.take(&rules.server, text)
            {
                out.suppressed.one(&RULE_ECHO);
                continue;
            }
            // Whatever is posted, nobody else needs to read it.
            if links
                .as_ref()
                .is_some_and(|links| links.heed(&rules.server, &happened.event, now_ms))
            {
                out.suppressed.one(&RULE_LINK);
                continue;
            }
            let visit = attendance.event(
                &rules.counting,
                &rules.server,
                &happened,
                (place, role),
                &mut out.facts,
            );
            let too_old = || {
                let reading = place.reading;
                ageing::decide(reading, happened.when, now_ms, now_ms, rules.max_event_age) == Verdict::TooOld
            };
            if !wanted.is_empty() && !too_old() {
                noticed.extend(personal::notices(
                    (&wanted, watchers),
                    rules,
                    &happened,
                    (place, number, now_ms),
                ));
            }
            if !rules.wanted.contains(happened.event.kind()) {
                continue;
            }
            on_event(&happened.event);
            let passing = Passing {
                happened: &happened,
                visit,
                place,
                number,
                now_ms,
            };
            if let Verdict::TooOld = passing.age(rules) {
                out.suppressed.one(&RULE_MAX_EVENT_AGE);
                continue;
            }
            let Some(called) = passing.heed(rules, watches, out) else {
                continue;
            };
            if let Some(filter) = rules.filters.suppresses(&passing.candidate(), counted) {
                out.suppressed.one(filter);
                continue;
            }
            passing.deliver(rules, &called, out);
        }
        if let Some(hint) = hint
            && ageing::decide(place.reading, line_when, now_ms, now_ms, rules.max_event_age)
                != Verdict::TooOld
        {
            let posted = out.deliveries.get(posted..).unwrap_or_default();
            let told_at: Vec<&Destination> = posted.iter().map(|delivery| &delivery.destination).collect();
            out.alerts
                .extend(alerts.heed(rules, &hint, &told_at, (place, now_ms)));
        }
        // Not before the alerts, for which a notice counts as nothing told.
        out.deliveries.append(&mut noticed);
        if let Some(unknown) = interpreter.take_unknown() {
            let version = interpreter.context().version();
            watches.see_unknown(&unknown, version, place, now_ms);
        }
    }
}

impl Passing<'_> {
    fn age(&self, rules: &Rules) -> Verdict {
        let when = self.happened.when;
        ageing::decide(
            self.place.reading,
            when,
            self.now_ms,
            self.now_ms,
            rules.max_event_age,
        )
    }

    fn subject(&self) -> Subject<'_> {
        let event = &self.happened.event;
        let profile = event.profile();
        Subject {
            kind: event.kind_str(),
            audience: event.kind().audience(),
            pattern: profile.map(|profile| profile.name.as_str()),
            channel: profile.and_then(|profile| profile.channel.as_deref()),
        }
    }

    /// What a speech in the event calls; nothing where it is held back.
    fn heed(&self, rules: &Rules, watches: &mut Watches, out: &mut Translation) -> Option<Called> {
        let when_ms = self.happened.when.unix_ms();
        let Some(speech) = Speech::of(&self.happened.event, when_ms) else {
            return Some(Called::default());
        };
        let found = (&mut out.deliveries, &mut out.suppressed);
        watches.heed(rules, speech, self.place, self.now_ms, found)
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate::new(self.subject(), &self.happened.event, self.happened.when.unix_ms())
    }

    /// What is posted of it: for each destination in that destination's style; only the first one pings. In quiet hours it
    /// is put by instead: as a line, and under no name of its own, because it becomes a line among others.
    fn deliver(&self, rules: &Rules, called: &Called, out: &mut Translation) {
        let subject = self.subject();
        let quiet = rules.quiet_hours.as_ref();
        let hold_until = quiet.and_then(|quiet| quiet.hold_until(&subject, self.now_ms));
        let mut pings = called.pings.clone();
        let mut crowd = called.crowd;
        for way in rules.routes.ways(&subject) {
            let before = out.deliveries.len();
            let (told, username) = match hold_until {
                Some(_) => self.told(&way.style.without_names(), &rules.name, called),
                None => self.told(&way.style, &rules.name, called),
            };
            let texts: Vec<(Form, String)> = match told {
                Told::Lines(lines) => lines
                    .into_iter()
                    .map(|line| (Form::Line, line.into_string()))
                    .collect(),
                Told::Embed(embed) if hold_until.is_some() => vec![(Form::Line, embed.in_one_line())],
                Told::Embed(embed) => vec![(Form::Embed, embed.to_json())],
                Told::Nothing => {
                    out.suppressed.one(&RULE_VOICE);
                    continue;
                }
            };
            for (part, (form, text)) in (0..PARTS_PER_EVENT).zip(texts) {
                let delivery = NewDelivery {
                    id: self.id(part),
                    destination: way.destination.clone(),
                    server: rules.server.clone(),
                    kind: self.happened.event.kind_name(),
                    form,
                    text,
                    username: username.clone(),
                    subject: self.happened.event.mover().map(str::to_owned),
                    pings: pings.clone(),
                    happened_ms: self.happened.when.unix_ms(),
                    seen_ms: self.now_ms,
                };
                match hold_until {
                    Some(until_ms) => out.held.push(Held { delivery, until_ms }),
                    None => out.deliveries.push(delivery),
                }
            }
            pings = Pings::Nobody;
            if let (Some(crowd), Some(line)) = (crowd.take(), out.deliveries[before..].last()) {
                let text = way.style.voice.call_of(crowd);
                let call = call_of_everybody(line, self.id(PARTS_PER_EVENT - 1), text);
                out.deliveries.push(call);
            }
        }
    }

    /// What the sessions tell of it.
    fn known(&self) -> Known {
        match self.visit {
            Visit { is_first: true, .. } => Known::FirstVisit,
            Visit {
                lasted: Some(lasted), ..
            } if lasted >= WORTH_TELLING => Known::Stayed(lasted),
            _ => Known::Nothing,
        }
    }

    /// How it reads in one style, and the name to post it under where that is the player's.
    fn told(&self, style: &Style, server: &str, called: &Called) -> (Told, Option<String>) {
        let event = &self.happened.event;
        let telling = Telling {
            server,
            happened_ms: self.happened.when.unix_ms(),
            pick: Pick::of(&self.id(0)),
            calls: Some(&called.live),
            known: self.known(),
        };
        let under_name = |speaker| {
            let name = WebhookName::new(speaker).as_str().to_owned();
            (style.voice.render_as_speaker(event, &telling), Some(name))
        };
        let told = match (style.chat_name, event.speaker()) {
            (ChatName::Bot, _) | (_, None) => None,
            (ChatName::Player, Some(speaker)) => Some(under_name(speaker)),
            (ChatName::PlayerOfLines, Some(speaker)) => {
                Some(under_name(speaker)).filter(|(told, _)| leaves_room(told))
            }
        };
        told.unwrap_or_else(|| (style.voice.render(event, &telling), None))
    }

    /// Unique within a destination, and the same whenever the line is read.
    const fn id(&self, part: u32) -> DeliveryId {
        DeliveryId {
            generation: self.place.generation,
            offset: self.place.offset,
            part: self.number * PARTS_PER_EVENT + part,
        }
    }
}
