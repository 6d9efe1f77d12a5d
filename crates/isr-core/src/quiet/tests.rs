//! Which lines change a message, which are posted, and what is shown in the end.

use super::*;
use crate::delivery::DeliveryId;
use crate::fold::Moment;
use crate::source::{GenerationId, ServerTag};
use crate::text::units;

const NOW_MS: i64 = 1_700_000_000_000;
const MOMENT: Moment = Moment {
    now_ms: NOW_MS,
    late_after: Duration::from_secs(60),
};

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn row(kind: &str, text: &str) -> ClaimedDelivery {
    ClaimedDelivery {
        id: DeliveryId {
            generation: GenerationId(1),
            offset: 0,
            part: 0,
        },
        seq: 1,
        server: ServerTag::parse("north").unwrap(),
        kind: kind.into(),
        form: Form::Line,
        text: text.into(),
        username: None,
        subject: None,
        pings: Pings::Nobody,
        happened_ms: NOW_MS,
        seen_ms: NOW_MS,
        attempts: 1,
        uncertain: false,
        changes: None,
        attempt_rows: None,
    }
}

fn moved(kind: &str, player: &str, after_s: i64) -> ClaimedDelivery {
    ClaimedDelivery {
        subject: Some(player.into()),
        happened_ms: NOW_MS + after_s * 1000,
        ..row(kind, &format!("{player} {kind}"))
    }
}

/// A destination whose every message and edit succeeds at once.
#[derive(Default)]
struct Place {
    board: Board,
    rules: QuietRules,
    messages: Vec<String>,
    waiting: Vec<ClaimedDelivery>,
    clock: Duration,
}

impl Place {
    /// Takes deliveries and does all that can be done now; how often it posted and edited.
    fn take(&mut self, rows: impl IntoIterator<Item = ClaimedDelivery>) -> (usize, usize) {
        self.waiting.extend(rows);
        let (mut posts, mut edits) = (0, 0);
        while !self.waiting.is_empty() {
            match self.next(Room::Left) {
                Next::Wait(until) => {
                    assert!(until > self.clock, "a wait that is over");
                    break;
                }
                Next::Edit(change) => {
                    edits += 1;
                    self.waiting.drain(..change.merged.len());
                    let place = usize::try_from(change.message_id).unwrap();
                    self.messages[place] = change.sheet.content();
                    self.board.edited(change, self.clock);
                }
                Next::Post => {
                    posts += 1;
                    let composed = self
                        .board
                        .compose(self.waiting.iter(), &self.rules, MOMENT, self.clock);
                    let (sheet, taken) = composed.unwrap();
                    self.waiting.drain(..taken.len());
                    self.messages.push(sheet.content());
                    let id = self.messages.len() as u64 - 1;
                    self.board.posted(Some(id), Some(sheet), self.clock);
                }
            }
        }
        (posts, edits)
    }

    fn next(&self, room: Room) -> Next {
        self.board
            .next(self.waiting.iter(), room, &self.rules, MOMENT, self.clock)
    }

    /// Whether the second line adds no message, with all the time in the world.
    fn is_merged(&mut self, rows: [ClaimedDelivery; 2]) -> bool {
        let [first, second] = rows;
        self.take([first]);
        self.clock += at(10);
        self.take([second]);
        self.messages.len() == 1
    }
}

#[test]
fn a_leave_is_posted_at_once_and_a_rejoin_changes_it_wherever_it_stands() {
    let mut place = Place::default();
    assert_eq!(
        place.take([row("chat", "before"), moved("leave", "Bob", 0)]),
        (1, 0)
    );
    assert_eq!(place.take([row("chat", "between")]), (1, 0));
    assert_eq!(place.take([moved("join", "Bob", 30)]), (0, 1));
    assert_eq!(place.messages, ["before\n🔁 **Bob** reconnected", "between"]);
    // The join is not taken twice, and a later leave is news again.
    assert_eq!(place.take([moved("join", "Bob", 31)]), (1, 0));
    assert_eq!(place.take([moved("leave", "Bob", 90)]), (1, 0));
    assert_eq!(place.messages[2..], ["Bob join", "Bob leave"]);
}

#[test]
fn further_flaps_count_up() {
    let mut place = Place::default();
    for flap in 0..3 {
        place.take([moved("leave", "Bob", 40 * flap)]);
        place.take([moved("join", "Bob", 40 * flap + 5)]);
    }
    assert_eq!(place.messages.last().unwrap(), "🔁 **Bob** reconnected (3 times)");
    place.take([moved("leave", "Ann", 130)]);
    place.take([moved("join", "Ann", 131)]);
    assert_eq!(place.messages.last().unwrap(), "🔁 **Ann** reconnected");
    // A long time later the count begins anew.
    place.take([moved("leave", "Bob", 4000)]);
    place.take([moved("join", "Bob", 4001)]);
    assert_eq!(place.messages.last().unwrap(), "🔁 **Bob** reconnected");
}

#[test]
fn flaps_that_wait_together_are_one_line() {
    let mut place = Place::default();
    let flaps = (0..3).flat_map(|flap| {
        [
            moved("leave", "Bob", flap * 9),
            moved("join", "Bob", flap * 9 + 1),
        ]
    });
    let rows: Vec<_> = [row("chat", "a")]
        .into_iter()
        .chain(flaps)
        .chain([row("chat", "b")])
        .collect();
    assert_eq!(place.take(rows), (1, 0));
    assert_eq!(place.messages, ["a\n🔁 **Bob** reconnected (3 times)\nb"]);
}

#[test]
fn many_who_come_back_together_cost_one_edit_a_message() {
    let mut place = Place::default();
    let players: Vec<String> = (0..12).map(|number| format!("p{number}")).collect();
    place.take(players.iter().map(|player| moved("leave", player, 0)));
    assert_eq!(
        place.take(players.iter().map(|player| moved("join", player, 9))),
        (0, 1)
    );
    assert_eq!(place.messages.len(), 1);
    assert_eq!(place.messages[0].matches("reconnected").count(), 12);
}

#[test]
fn a_join_that_takes_nothing_back_is_posted() {
    let leave = || moved("leave", "Bob", 0);
    let other_server = ClaimedDelivery {
        server: ServerTag::parse("south").unwrap(),
        ..moved("join", "Bob", 5)
    };
    let nobody = ClaimedDelivery {
        subject: None,
        ..moved("join", "Bob", 5)
    };
    let pinging = ClaimedDelivery {
        pings: Pings::targets(vec![1], vec![]).unwrap(),
        ..moved("join", "Bob", 5)
    };
    let embed = ClaimedDelivery {
        form: Form::Embed,
        ..moved("join", "Bob", 5)
    };
    for join in [
        moved("join", "Bob", 31),
        moved("join", "Bob", -1),
        moved("join", "Ann", 5),
        other_server,
        nobody,
        pinging,
    ] {
        assert!(!Place::default().is_merged([leave(), join.clone()]), "{join:?}");
    }
    let mut place = Place::default();
    place.take([leave()]);
    place.waiting.push(embed);
    assert_eq!(place.next(Room::Left), Next::Post);

    let off = Quiet {
        merge_rejoins: None,
        ..Quiet::default()
    };
    let mut place = Place {
        rules: QuietRules::new(vec![(ServerTag::parse("north").unwrap(), off)]),
        ..Place::default()
    };
    assert!(!place.is_merged([leave(), moved("join", "Bob", 5)]));
}

#[test]
fn equal_lines_are_counted_by_edits_five_seconds_apart() {
    let mut place = Place::default();
    let line = || row("warning", "no path");
    assert_eq!(place.take([line()]), (1, 0));
    place.clock = at(1);
    assert_eq!(place.take([line(), line()]), (0, 0));
    place.clock = at(4);
    assert_eq!(place.next(Room::Left), Next::Wait(at(5)));
    assert_eq!(place.next(Room::Full), Next::Post, "what cannot wait is posted");
    place.clock = at(5);
    assert_eq!(place.take([]), (0, 1));
    assert_eq!(place.messages, ["no path (×3)"]);
    place.clock = at(9);
    assert_eq!(place.take([line()]), (0, 0));
    // Another line is not delayed, nor is the order changed.
    assert_eq!(place.take([row("death", "Bob died"), line()]), (1, 0));
    assert_eq!(place.messages, ["no path (×3)", "no path\nBob died\nno path"]);
    place.clock = at(4000);
    assert_eq!(place.take([line()]), (1, 0), "an old message is left alone");
}

#[test]
fn nothing_is_counted_above_another_line_or_of_what_people_watch() {
    for kind in NEVER_COUNTED {
        assert!(
            !Place::default().is_merged([row(kind, "x"), row(kind, "x")]),
            "{kind}"
        );
        let mut place = Place::default();
        place.take(vec![row(kind, "x"); 3]);
        assert_eq!(place.messages, ["x\nx\nx"], "{kind}");
    }
    let mut place = Place::default();
    place.take([row("death", "x"), row("chat", "y")]);
    place.clock = at(10);
    assert_eq!(place.take([row("death", "x")]), (1, 0));
    // A message that this board does not know stands below.
    place.board.posted(Some(9), None, at(10));
    place.clock = at(20);
    assert_eq!(place.take([row("death", "x")]), (1, 0));
    let pinging = ClaimedDelivery {
        pings: Pings::targets(vec![1], vec![]).unwrap(),
        ..row("death", "x")
    };
    assert!(!Place::default().is_merged([pinging.clone(), pinging]));
}

#[test]
fn a_message_that_could_not_be_changed_is_left_alone() {
    let mut place = Place::default();
    place.take([moved("leave", "Bob", 0)]);
    place.board.forget(0);
    assert_eq!(place.take([moved("join", "Bob", 3)]), (1, 0));
    place.take([row("death", "x")]);
    place.board.forget(2);
    place.clock = at(10);
    assert_eq!(place.take([row("death", "x")]), (1, 0));
}

#[test]
fn late_marks_stay_right_in_a_changed_message() {
    let mut place = Place::default();
    let late = |mut row: ClaimedDelivery, by_s: i64| {
        row.happened_ms = NOW_MS - by_s * 1000;
        row
    };
    place.take([
        late(row("chat", "hi"), 200),
        late(moved("leave", "Bob", 0), 100),
        late(row("death", "x"), 90),
    ]);
    place.take([late(moved("join", "Bob", 0), 80)]);
    place.clock = at(10);
    place.take([late(row("death", "x"), 70)]);
    assert_eq!(
        place.messages,
        ["<t:1699999800:T> hi\n<t:1699999920:T> 🔁 **Bob** reconnected\n<t:1699999910:T> x (×2)"]
    );
}

#[test]
fn a_change_that_does_not_fit_is_posted_instead() {
    let mut place = Place::default();
    let long = "y".repeat(2000);
    assert_eq!(place.take([row("death", &long)]), (1, 0));
    place.clock = at(10);
    assert_eq!(place.take([row("death", &long)]), (1, 0));
    let filler = "z".repeat(1999 - units("Bob leave"));
    place.take([row("chat", &filler), moved("leave", "Bob", 0)]);
    assert_eq!(place.messages.len(), 3);
    assert_eq!(place.take([moved("join", "Bob", 1)]), (1, 0));
    assert!(place.messages.iter().all(|text| units(text) <= 2000));
}

#[test]
fn the_board_is_bounded() {
    let mut place = Place::default();
    place.take([moved("leave", "Bob", 0)]);
    for number in 0..40 {
        place.take([moved("leave", &format!("p{number}"), 0)]);
    }
    assert_eq!(place.take([moved("join", "Bob", 1)]), (1, 0));
}

#[test]
fn what_people_say_costs_no_memory_and_pushes_no_leave_out() {
    let mut place = Place::default();
    place.take([moved("leave", "Bob", 0)]);
    for number in 0..100 {
        place.take([row("chat", &number.to_string())]);
        assert_eq!(place.board.remembered(), 1);
    }
    assert_eq!(place.take([moved("join", "Bob", 1)]), (0, 1));
    place.take([row("chat", "the join is told, so nothing can change any more")]);
    assert_eq!(place.board.remembered(), 0);
    place.take([row("death", "Bob died")]);
    assert_eq!(place.board.remembered(), 1, "it may be counted up");
    assert_eq!(
        place.take([row("chat", "oh"), moved("leave", "Bob", 9), row("chat", "bye")]),
        (1, 0)
    );
    assert_eq!(place.board.remembered(), 1);
    assert_eq!(place.take([moved("join", "Bob", 10)]), (0, 1));
    assert!(
        place
            .messages
            .concat()
            .contains("oh\n🔁 **Bob** reconnected (2 times)\nbye")
    );
}

#[test]
fn words_of_people_are_shown_each_time_also_where_they_mention_somebody() {
    for kind in ["chat", "shout", "server_chat", "mention"] {
        let mut place = Place::default();
        assert!(!place.is_merged([row(kind, "@bob"), row(kind, "@bob")]), "{kind}");
    }
}
