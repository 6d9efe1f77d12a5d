//! What is counted, what is told, and what is forgotten.

use super::*;

const HOUR_MS: i64 = 3_600_000;

fn see(watch: &mut DriftWatch, line: &str, version: &str, now_ms: i64) {
    let tagged = Tagged::read(line.as_bytes()).expect(line);
    watch.see(tagged, line.as_bytes(), Some(version), now_ms);
}

fn server() -> ServerTag {
    ServerTag::parse("north").unwrap()
}

fn texts(notices: Vec<DriftNotice>) -> Vec<String> {
    let words = DriftWords::default();
    notices.iter().map(|notice| notice.text(&words)).collect()
}

#[test]
fn a_handful_of_lines_makes_one_notice_for_each_version() {
    let mut watch = DriftWatch::default();
    for name in ["Ada", "Bob", "Eve", "Mallory"] {
        see(&mut watch, &format!("[TRAIN] {name} waits"), "2.1.9", 0);
        assert_eq!(watch.due(0), []);
    }
    see(&mut watch, "[TRAIN] Zoe waits", "2.1.9", 1);
    assert_eq!(
        texts(watch.due(1)),
        [
            "🧭 since 2.1.9: 5 lines `[TRAIN] * waits` not understood; `factorio-isr stats unknown` shows an example"
        ]
    );
    for _ in 0..100 {
        see(&mut watch, "[TRAIN] Zoe waits", "2.1.9", 2 * HOUR_MS);
    }
    assert_eq!(watch.due(2 * HOUR_MS), [], "told once");
    for _ in 0..5 {
        see(&mut watch, "[TRAIN] Zoe waits", "2.2.0", 2 * HOUR_MS);
    }
    assert_eq!(
        watch.due(2 * HOUR_MS).len(),
        1,
        "another version is another matter"
    );
}

#[test]
fn a_rare_line_is_told_of_after_some_time() {
    let mut watch = DriftWatch::default();
    see(&mut watch, "[ODD] thing", "", 0);
    assert_eq!(watch.due(HOUR_MS - 1), []);
    let told = texts(watch.due(2 * HOUR_MS));
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("🧭 1 line `[ODD] *` not understood"),
        "{told:?}"
    );
}

#[test]
fn a_new_game_version_does_not_flood_the_admins() {
    let mut watch = DriftWatch::default();
    for tag in ["AA", "BB", "CC", "DD", "EE"] {
        for _ in 0..5 {
            see(&mut watch, &format!("[{tag}] Bob did"), "3.0.0", 0);
        }
    }
    assert_eq!(watch.due(0).len(), NOTICES_A_DAY);
    assert_eq!(watch.due(HOUR_MS).len(), 0);
    assert_eq!(watch.due(DAY_MS).len(), 2, "the others, a day later");
}

#[test]
fn the_store_gets_each_count_once_and_memory_goes_on_from_it() {
    let mut watch = DriftWatch::default();
    see(&mut watch, "[TRAIN] Bob waits at 203.0.113.7", "2.1.9", 5);
    see(&mut watch, "[TRAIN] Ada waits at 198.51.100.1", "2.1.9", 7);
    let news = watch.take_news(&server());
    assert_eq!(news.len(), 1);
    assert_eq!((news[0].lines, news[0].first_ms, news[0].last_ms), (2, 5, 7));
    assert_eq!(
        news[0].sample, "[TRAIN] Bob waits at ‹address›",
        "no address is kept"
    );
    assert_eq!(watch.take_news(&server()), []);
    see(&mut watch, "[TRAIN] Bob waits at 203.0.113.7", "2.1.9", 9);
    assert_eq!(watch.take_news(&server())[0].lines, 1, "only what came since");

    let stored = UnknownLines {
        lines: 4,
        told_ms: None,
        ..news[0].clone()
    };
    let mut resumed = DriftWatch::resumed([stored.clone()]);
    see(&mut resumed, "[TRAIN] Bob waits at 203.0.113.7", "2.1.9", 9);
    assert_eq!(resumed.due(9).len(), 1, "the fifth since the beginning");
    let told = resumed.take_news(&server());
    assert_eq!((told[0].lines, told[0].told_ms), (1, Some(9)));
    let mut told = DriftWatch::resumed([UnknownLines {
        told_ms: Some(9),
        ..stored
    }]);
    see(&mut told, "[TRAIN] Bob waits at 203.0.113.7", "2.1.9", 10);
    assert_eq!(told.due(DAY_MS), [], "a restart tells nothing twice");
}

#[test]
fn hostile_lines_fill_neither_memory_nor_the_list() {
    let mut watch = DriftWatch::default();
    let word = |number: u64| -> String {
        let letter = |at: u32| char::from(b'a' + u8::try_from(number / 26_u64.pow(at) % 26).unwrap());
        (0..4).map(letter).collect()
    };
    for number in 0..2000_u64 {
        see(&mut watch, &format!("[SAME] x {}", word(number)), "1.0", 0);
    }
    assert_eq!(watch.known.len(), MOST_OF_ONE_TAG + 1);
    assert_eq!(watch.known[&("1.0".into(), "[SAME] …".into())].lines, 2000 - 8);
    for number in 0..2000_u64 {
        let now_ms = i64::try_from(number).unwrap();
        see(
            &mut watch,
            &format!("[T-{}] x", word(number).to_uppercase()),
            "1.0",
            now_ms,
        );
    }
    assert_eq!(watch.known.len(), MOST_SHAPES);
    assert!(
        watch
            .known
            .contains_key(&("1.0".into(), format!("[T-{}] *", word(1999).to_uppercase())))
    );
}
