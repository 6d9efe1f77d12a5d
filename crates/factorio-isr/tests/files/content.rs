//! F13 and F14: what stands in the log is hostile, or one line without end.

use isr_testkit::discord::Limits;
use isr_testkit::log::traffic::MISCHIEF;
use isr_testkit::log::{LogWriter, numbered};
use isr_testkit::rng::Rng;

use crate::stage::Stage;

const KIB: u64 = 1024;

#[tokio::test]
async fn f13_hostile_bytes_pass_without_harm_and_every_newline_is_one_record() {
    let mut dice = Rng::from_environment("F13_SEED");
    let stage = Stage::new().await;
    // A seed with many long lines would wait for Discord's limit of messages a minute, which is not the matter here.
    stage.discord.set_limits(Limits::none());
    let mut log = stage.log();
    let running = stage.start().await;
    let mut newlines = 0;
    for id in 0..150 {
        let line = hostile_line(&mut dice, &log);
        log.raw(&line).unwrap();
        newlines += line.iter().filter(|byte| **byte == b'\n').count() as u64;
        match id % 3 {
            0 => log.line_crlf(&numbered::chat(log.stamp(), 0, id)).unwrap(),
            1 => write_in_pieces(&mut log, &mut dice, id),
            _ => log.numbered(0, id).unwrap(),
        }
        newlines += 1;
    }
    stage.wait_for_id(0, 149).await;
    assert_eq!(running.metric("lines_read_total").await, newlines);
    assert_eq!(running.metric("poison_lines_total").await, 0);
    assert_eq!(running.metric("task_restarts").await, 0);
    running.stop().await;
    stage.judge(&[(0, 0..150)]).assert_clean_with_dup_at_most(0);
    stage.discord.assert_no_violations();
    let pinged = stage
        .discord
        .look(|seen| seen.messages().any(|message| !message.pinged.is_empty()));
    assert!(!pinged, "nobody is pinged");
    let has = |c: char| stage.discord.texts().iter().any(|text| text.contains(c));
    assert!(
        !has('\r') && !has('\0') && !has('\u{1b}'),
        "no control code reaches Discord"
    );
}

/// One or more lines that must not stop, delay or change the ones around them.
fn hostile_line(dice: &mut Rng, log: &LogWriter) -> Vec<u8> {
    let stamp = log.stamp();
    let chat = |text: &[u8]| [format!("{stamp} [CHAT] Mallory: ").as_bytes(), text, b"\n"].concat();
    match dice.below(9) {
        0 => chat(b"\xff\xfe half \xe2\x82 of a character \xed\xa0\x80"),
        1 => chat(&[0; 40]),
        2 => [b"\xef\xbb\xbf".as_slice(), &chat(b"after a byte order mark")].concat(),
        3 => chat("\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} \u{202e}".as_bytes()),
        4 => chat(dice.pick::<&str>(&MISCHIEF).as_bytes()),
        5 => b"\r\n\r\r\n\n\0\n".to_vec(),
        6 => format!("{stamp} [CHAT] : \n{stamp} [JOIN]\n{stamp} [KICK] . Reason: .\n[CHAT\n").into_bytes(),
        7 => {
            let byte = |dice: &mut Rng| u8::try_from(dice.below(256)).unwrap();
            let noise: Vec<u8> = (0..dice.below(300))
                .map(|_| byte(dice))
                .filter(|byte| *byte != b'z')
                .collect();
            [noise, b"\n".to_vec()].concat()
        }
        _ => chat("x".repeat(usize::try_from(dice.below(3_000)).unwrap()).as_bytes()),
    }
}

/// Cuts a line anywhere, also inside of characters.
fn write_in_pieces(log: &mut LogWriter, dice: &mut Rng, id: u64) {
    let line = numbered::chat(log.stamp(), 0, id) + "\n";
    let mut rest = line.as_bytes();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(usize::try_from(dice.between(1, rest.len() as u64)).unwrap());
        log.raw(piece).unwrap();
        rest = after;
    }
}

#[tokio::test]
async fn f14_a_line_of_64_mib_costs_little_memory_and_the_next_line_arrives() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered_many(0, 0..50).unwrap();
    stage.wait_for_id(0, 49).await;
    let before = running.daemon.vitals().unwrap();
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..64 {
        log.raw(&chunk).unwrap();
    }
    log.raw(b"\n").unwrap();
    log.numbered(0, 50).unwrap();
    stage.wait_for_id(0, 50).await;
    let after = running.daemon.vitals().unwrap();
    let grown = after.peak_resident_kib - before.resident_kib;
    assert!(grown < 8 * KIB, "{grown} KiB: {before:?} {after:?}");
    assert_eq!(running.metric("lines_too_long_total").await, 1);
    running.stop().await;
    stage.judge(&[(0, 0..51)]).assert_clean_with_dup_at_most(0);
}
