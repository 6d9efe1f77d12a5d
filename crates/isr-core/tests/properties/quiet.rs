//! Quiet loses nothing: whatever is merged is shown, and the last word on every player is true.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use isr_core::delivery::{ClaimedDelivery, DeliveryId, Form, Pings};
use isr_core::fold::Moment;
use isr_core::quiet::{Board, Next, QuietRules, Room};
use isr_core::source::{GenerationId, ServerTag};
use isr_core::text::units;
use proptest::prelude::*;

const NOW_MS: i64 = 1_700_000_000_000;

/// What happens: somebody comes or goes, something is said, something is told, time passes.
#[derive(Debug, Clone)]
enum Happening {
    Moves(usize),
    Says(u8),
    Told(u8),
    Pause(u64),
    /// The lane gets to work.
    Work,
    /// The next edit is refused.
    Refusal,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..3_usize).prop_map(Happening::Moves),
        1 => (0..3_u8).prop_map(Happening::Says),
        4 => (0..2_u8).prop_map(Happening::Told),
        2 => (0..20_u64).prop_map(Happening::Pause),
        4 => Just(Happening::Work),
        1 => Just(Happening::Refusal),
    ]
}

const PLAYERS: [&str; 3] = ["Ann", "Bob", "Cid"];

#[derive(Default)]
struct World {
    board: Board,
    waiting: Vec<ClaimedDelivery>,
    messages: Vec<String>,
    clock: Duration,
    online: HashSet<usize>,
    written: HashMap<String, u32>,
    refuses: bool,
}

impl World {
    fn happen(&mut self, happening: &Happening) {
        match happening {
            Happening::Moves(player) => {
                let kind = if self.online.remove(player) {
                    "leave"
                } else {
                    "join"
                };
                if kind == "join" {
                    self.online.insert(*player);
                }
                let name = PLAYERS[*player];
                self.write(kind, format!("{name} {kind}"), Some(name));
            }
            Happening::Says(what) => self.write("chat", format!("said {what}"), None),
            Happening::Told(what) => self.write("warning", format!("told {what}"), None),
            Happening::Pause(seconds) => self.clock += Duration::from_secs(*seconds),
            Happening::Work => self.work(Room::Left),
            Happening::Refusal => self.refuses = true,
        }
    }

    fn write(&mut self, kind: &str, text: String, subject: Option<&str>) {
        *self.written.entry(text.clone()).or_default() += 1;
        let happened_ms = NOW_MS + i64::try_from(self.clock.as_millis()).unwrap_or(0);
        self.waiting.push(ClaimedDelivery {
            id: DeliveryId {
                generation: GenerationId(1),
                offset: 0,
                part: 0,
            },
            seq: 0,
            server: ServerTag::parse("north").expect("a tag"),
            kind: kind.into(),
            form: Form::Line,
            text,
            username: None,
            subject: subject.map(str::to_owned),
            pings: Pings::Nobody,
            happened_ms,
            seen_ms: happened_ms,
            attempts: 1,
            uncertain: false,
            changes: None,
            attempt_rows: None,
        });
    }

    fn work(&mut self, room: Room) {
        let rules = QuietRules::default();
        let moment = Moment {
            now_ms: NOW_MS,
            late_after: Duration::from_secs(60),
        };
        while !self.waiting.is_empty() {
            match self
                .board
                .next(self.waiting.iter(), room, &rules, moment, self.clock)
            {
                Next::Wait(_) => return,
                Next::Edit(change) if std::mem::take(&mut self.refuses) => {
                    self.board.forget(change.message_id);
                }
                Next::Edit(change) => {
                    self.waiting.drain(..change.merged.len());
                    let place = usize::try_from(change.message_id).expect("an id of ours");
                    self.messages[place] = change.sheet.content();
                    self.board.edited(change, self.clock);
                }
                Next::Post => {
                    let composed = self
                        .board
                        .compose(self.waiting.iter(), &rules, moment, self.clock);
                    let (sheet, taken) = composed.expect("something waits");
                    self.waiting.drain(..taken.len());
                    let id = self.messages.len() as u64;
                    self.messages.push(sheet.content());
                    self.board.posted(Some(id), Some(sheet), self.clock);
                }
            }
        }
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().flat_map(|message| message.lines())
    }

    /// How often a text is shown, counted lines as often as they say.
    fn shown(&self, text: &str) -> u32 {
        let times = |line: &str| {
            let rest = line.strip_prefix(text)?;
            match rest.strip_prefix(" (×").and_then(|rest| rest.strip_suffix(')')) {
                Some(count) => count.parse().ok(),
                None => rest.is_empty().then_some(1),
            }
        };
        self.lines().filter_map(times).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn everything_is_shown_and_the_last_word_on_a_player_is_true(
        happenings in prop::collection::vec(happening(), 0..80)
    ) {
        let mut world = World::default();
        happenings.iter().for_each(|happening| world.happen(happening));
        world.work(Room::Full);
        prop_assert!(world.waiting.is_empty());
        prop_assert!(world.messages.iter().all(|message| units(message) <= 2000));
        for (text, count) in &world.written {
            if text.starts_with("said") || text.starts_with("told") {
                prop_assert_eq!(world.shown(text), *count, "{}: {:?}", text, &world.messages);
            }
        }
        for (number, name) in PLAYERS.iter().enumerate() {
            let about = |line: &&str| line.contains(name);
            let is_online = |line: &str| line.contains("join") || line.contains("reconnected");
            let last = world.lines().filter(about).last();
            prop_assert_eq!(
                last.is_some_and(is_online),
                world.online.contains(&number),
                "{}: {:?}", name, &world.messages
            );
        }
    }
}
