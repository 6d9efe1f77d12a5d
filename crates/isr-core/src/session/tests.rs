//! The book against a model that remembers everything, and the single rules.

use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1000;

#[test]
fn a_leave_tells_how_long_the_player_was_there() {
    let mut book = SessionBook::default();
    book.join("Ann", 10 * SECOND);
    assert_eq!(book.leave("Ann", 70 * SECOND), Some(Duration::from_secs(60)));
    assert_eq!(book.leave("Ann", 80 * SECOND), None, "she had left");
    assert_eq!(book.join("Ann", 90 * SECOND), Appearance::Returning);
}

#[test]
fn a_second_join_changes_nothing() {
    let mut book = SessionBook::default();
    book.join("Ann", 0);
    assert_eq!(book.join("Ann", 50 * SECOND), Appearance::Here);
    assert_eq!(book.leave("Ann", 60 * SECOND), Some(Duration::from_secs(60)));
}

#[test]
fn nobody_is_new_before_the_server_is_known_for_a_week() {
    let mut book = SessionBook::default();
    let week = 7 * 24 * 3600 * SECOND;
    assert_eq!(book.join("Ann", 0), Appearance::Unknown);
    assert_eq!(book.join("Bob", week - 1), Appearance::Unknown);
    assert_eq!(book.join("Cid", week), Appearance::First);
    book.leave("Bob", week);
    assert_eq!(book.join("Bob", week), Appearance::Returning);
}

#[test]
fn the_end_of_a_run_ends_what_began_before_it_and_nothing_else() {
    let mut book = SessionBook::default();
    book.join("Ann", 10 * SECOND);
    book.join("Bob", 30 * SECOND);
    let ended = book.end_run(20 * SECOND);
    assert_eq!(
        ended,
        [Ended {
            player: "Ann".into(),
            lasted: Duration::from_secs(10)
        }]
    );
    assert_eq!(book.open().collect::<Vec<_>>(), [("Bob", 30 * SECOND)]);
}

#[test]
fn time_that_runs_backwards_gives_no_length() {
    let mut book = SessionBook::default();
    book.join("Ann", 10 * SECOND);
    assert_eq!(book.leave("Ann", 5 * SECOND), Some(Duration::ZERO));
    book.join("Ann", i64::MIN);
    assert!(book.leave("Ann", i64::MAX).is_some());
}

#[test]
fn a_book_that_is_opened_anew_goes_on() {
    let mut book = SessionBook::reopen([("Ann".to_owned(), SECOND)], ["Ann", "Bob"], Some(0));
    assert_eq!(book.join("Bob", 2 * SECOND), Appearance::Returning);
    assert_eq!(book.leave("Ann", 61 * SECOND), Some(Duration::from_secs(60)));
}

#[derive(Debug, Clone)]
enum Step {
    Join(u8),
    Leave(u8),
    RunEnds,
    /// The program restarts: the book is opened anew from what is kept.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    let step = prop_oneof![
        4 => (0..5_u8).prop_map(Step::Join),
        4 => (0..5_u8).prop_map(Step::Leave),
        1 => Just(Step::RunEnds),
        1 => Just(Step::Restart),
    ];
    // Moments mostly go on, and sometimes back, as stamps of two logs do.
    prop::collection::vec((step, -20_i64..100_000_000), 0..60)
}

/// The plain model: a list of all that happened, searched each time.
#[derive(Default)]
struct Model {
    joined: Vec<(u8, i64)>,
    seen: Vec<u8>,
    since: Option<i64>,
}

proptest! {
    #[test]
    fn the_book_agrees_with_a_plain_model_through_restarts_and_crashes(steps in steps()) {
        let mut book = SessionBook::default();
        let mut model = Model::default();
        let mut now = 1_000_i64;
        for (step, passed) in steps {
            now += passed;
            match step {
                Step::Join(who) => {
                    let here = model.joined.iter().any(|(name, _)| *name == who);
                    let expected = match (here, model.seen.contains(&who)) {
                        (true, _) => Appearance::Here,
                        (false, true) => Appearance::Returning,
                        (false, false) if now - model.since.unwrap_or(now) >= 604_800_000 => Appearance::First,
                        (false, false) => Appearance::Unknown,
                    };
                    if !here {
                        model.joined.push((who, now));
                        model.seen.push(who);
                        model.since.get_or_insert(now);
                    }
                    prop_assert_eq!(book.join(&who.to_string(), now), expected);
                }
                Step::Leave(who) => {
                    let place = model.joined.iter().position(|(name, _)| *name == who);
                    let expected = place.map(|place| model.joined.remove(place).1)
                        .map(|since| Duration::from_millis((now - since).max(0).unsigned_abs()));
                    prop_assert_eq!(book.leave(&who.to_string(), now), expected);
                }
                Step::RunEnds => {
                    let mut expected: Vec<u8> =
                        model.joined.iter().filter(|(_, since)| *since <= now).map(|(name, _)| *name).collect();
                    expected.sort_unstable();
                    model.joined.retain(|(_, since)| *since > now);
                    let ended: Vec<u8> =
                        book.end_run(now).into_iter().filter_map(|ended| ended.player.parse().ok()).collect();
                    prop_assert_eq!(ended, expected);
                }
                Step::Restart => {
                    let names: Vec<String> = model.seen.iter().map(u8::to_string).collect();
                    let open: Vec<(String, i64)> = book.open().map(|(name, since)| (name.to_owned(), since)).collect();
                    book = SessionBook::reopen(open, names.iter().map(String::as_str), model.since);
                }
            }
            prop_assert_eq!(book.open().count(), model.joined.len());
        }
    }
}
