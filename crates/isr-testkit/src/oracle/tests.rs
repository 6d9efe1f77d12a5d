//! Every fault that is planted has to be found, and nothing else.

use std::time::Duration;

use super::*;
use crate::log::numbered::{payload, player};
use crate::rng::Rng;

fn said(server: u16, id: u64) -> String {
    format!("💬 **{}**: {}", player(server, id), payload(server, id))
}

fn delivered(ids: impl IntoIterator<Item = u64>) -> Oracle {
    let mut oracle = Oracle::new(1);
    oracle.wrote(0, 0..100);
    ids.into_iter()
        .for_each(|id| oracle.accepted("a", None, &said(0, id)));
    oracle
}

#[test]
fn a_good_run_is_clean_folded_late_and_single() {
    let mut oracle = Oracle::new(1);
    oracle.wrote(0, 0..50);
    oracle.wrote(1, 10..20);
    let fold = |ids: std::ops::Range<u64>| ids.map(|id| said(0, id)).collect::<Vec<_>>().join("\n");
    oracle.accepted("a", None, &fold(0..20));
    (10..20).for_each(|id| oracle.accepted("a", Some(player(1, id)), &payload(1, id)));
    oracle.accepted(
        "a",
        None,
        &format!("✅ **Bob** joined the server\n<t:1699999939:T> {}", said(0, 20)),
    );
    assert!(!oracle.is_drained());
    oracle.accepted("a", None, &fold(21..50));
    oracle.saw_fresh_event(Liveness::Arrived(Duration::from_millis(3)));
    let report = oracle.report();
    assert!(report.is_clean() && oracle.is_drained(), "{report}");
    assert_eq!(
        (report.written, report.delivered, report.dup, report.other_lines),
        (60, 60, 0, 1)
    );
    oracle.assert_clean_with_dup_at_most(0);
}

#[test]
fn each_planted_fault_is_found_and_named() {
    let lost = delivered((0..100).filter(|id| *id != 42)).report();
    assert_eq!((lost.lost, lost.is_clean()), (1, false));
    assert!(
        lost.to_string()
            .contains("missing at every destination: server 0 id 42"),
        "{lost}"
    );
    assert!(lost.to_string().contains("seed 1"), "{lost}");

    let dup = delivered((0..100).chain([7])).report();
    assert_eq!((dup.dup, dup.is_clean(), dup.inversions), (1, true, 0));

    let spurious = delivered(0..101).report();
    assert_eq!((spurious.spurious, spurious.is_clean()), (1, false));

    let swapped = delivered((0..50).chain([51, 50]).chain(52..100)).report();
    assert_eq!((swapped.inversions, swapped.is_clean()), (1, false));
    assert!(
        swapped.to_string().contains("server 0 id 50 after 51"),
        "{swapped}"
    );

    let mut dead = delivered(0..100);
    dead.saw_fresh_event(Liveness::Missing(Duration::from_secs(1)));
    assert!(!dead.report().is_clean());
}

#[test]
fn every_spoilt_character_is_found() {
    let mut rng = Rng::new(11);
    for id in 0..100 {
        let mut oracle = delivered((0..100).filter(|other| *other != id));
        let mut text: Vec<char> = said(0, id).chars().collect();
        let prefix = text.len() - payload(0, id).chars().count();
        let place = rng.between(prefix as u64 + 2, text.len() as u64 - 1) as usize;
        text[place] = if text[place] == '?' { '!' } else { '?' };
        oracle.accepted("a", None, &text.into_iter().collect::<String>());
        let report = oracle.report();
        assert_eq!(
            (report.corrupt, report.lost, report.spurious),
            (1, 1, 0),
            "{report}"
        );
    }
    let mut glued = delivered(0..98);
    glued.accepted("a", None, &format!("{}{}", said(0, 98), said(0, 99)));
    assert_eq!((glued.report().corrupt, glued.report().lost), (1, 2));
}

#[test]
fn accounts_explain_what_is_missing_and_no_more() {
    let mut oracle = delivered((0..90).filter(|id| id % 10 != 0));
    assert_eq!(oracle.report().lost, 19);
    oracle.account(0, 90..100, "dead letter");
    oracle.account(0, 95..100, "dead letter");
    oracle.account_text(None, &format!("{}\n{}", said(0, 0), said(0, 10)), "waiting");
    oracle.account_count(6, "bytes lost");
    let report = oracle.report();
    assert_eq!(
        (report.missing, report.lost, report.accounted["dead letter"]),
        (7, 1, 10),
        "{report}"
    );
    oracle.account_count(2, "bytes lost");
    oracle.account(0, [1], "aged out");
    let report = oracle.report();
    assert_eq!(
        (report.lost, report.over_accounted, report.accounted_and_delivered),
        (0, 1, 1),
        "{report}"
    );
    oracle.assert_clean();
}

#[test]
fn each_named_destination_has_to_get_everything_in_order() {
    let mut oracle = delivered(0..100);
    oracle.expect(0, "a");
    oracle.expect(0, "b");
    assert_eq!(oracle.report().lost, 100);
    (0..99).for_each(|id| oracle.accepted("b", None, &said(0, id)));
    assert_eq!((oracle.report().lost, oracle.is_drained()), (1, false));
    oracle.accepted("b", None, &said(0, 99));
    oracle.assert_clean();
    assert!(oracle.is_drained());
    assert_eq!(oracle.report().dup, 0);
}

#[test]
fn a_test_that_writes_backwards_is_told_so() {
    let mut oracle = Oracle::new(0);
    oracle.wrote(0, [1, 2, 2]);
    assert!(!oracle.report().is_clean());
}

#[test]
#[should_panic(expected = "lost 1 (missing 1)")]
fn the_assertion_shows_the_report() {
    delivered(0..99).assert_clean();
}

#[tokio::test]
async fn what_a_message_shows_after_its_last_edit_is_what_counts() {
    let message = |text: &str| Message {
        id: 1,
        webhook: 1,
        channel: 1,
        thread: None,
        username: None,
        text: text.to_owned(),
        pinged: Vec::new(),
        flags: 0,
        embeds: Vec::new(),
        components: Vec::new(),
        files: Vec::new(),
        request: 1,
        at: tokio::time::Instant::now(),
        edits: 0,
        edited: None,
        pinned: false,
        reactions: Vec::new(),
    };
    let before = message(&format!("{}\n❌ **Bob** left\n{}", said(0, 0), said(0, 1)));
    let kept = message(&format!("{}\n🔁 **Bob** reconnected\n{}", said(0, 0), said(0, 1)));
    let cut = message(&said(0, 0));
    let judged = |shown: &[&Message]| {
        let mut oracle = Oracle::new(1);
        oracle.wrote(0, 0..2);
        oracle.accepted_message(&before);
        for pair in shown.windows(2) {
            oracle.edited_message(pair[0], pair[1]);
        }
        oracle.report()
    };
    let good = judged(&[&before, &kept]);
    assert!(good.is_clean() && good.dup == 0, "{good}");
    let lossy = judged(&[&before, &kept, &cut]);
    assert_eq!((lossy.lost, lossy.is_clean()), (1, false));
    assert!(
        lossy.to_string().contains("an edit took away: server 0 id 1"),
        "{lossy}"
    );
    let mended = judged(&[&before, &cut, &kept]);
    assert_eq!(
        (mended.lost, mended.dup, mended.is_clean()),
        (0, 0, true),
        "{mended}"
    );
}
