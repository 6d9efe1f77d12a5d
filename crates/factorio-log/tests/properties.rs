//! The invariants on generated lines: pieces of the real grammar, glued, cut and damaged at random.

mod invariants;

use proptest::prelude::*;
use proptest::sample::select;

/// Pieces from which hostile lines are made: enough of each form to reach every parser.
const PIECES: &[&str] = &[
    "2026-08-07 11:31:05 ",
    "0000-00-00 00:00:00 ",
    "=== Log opened 2026-08-07 11:31:05 ===",
    "  12.345 ",
    "1430798.392 ",
    "[CHAT] ",
    "[JOIN] ",
    "[COMMAND] ",
    "[BAN] ",
    "[WARNING] ",
    "[MILESTONE] ",
    "[DISCORD] ",
    "[DISCORD]",
    "[PLAYER-CHAT]",
    "[MSG] ",
    "[FactoriGOChatBot]: \"1 [PLAYER_DIED:bob:x]\"",
    "bob",
    "<server>",
    "Zoë",
    ": ",
    " (command): ",
    " joined the game",
    " left the game",
    " was killed by ",
    " died",
    " was banned by ",
    ". Reason: ",
    " was promoted to admin by ",
    "'s color is now ",
    " technology has been researched",
    " completed: ",
    " finished task: ",
    "Cannot execute command. Error: ",
    "Info A.cpp:1: ",
    "Error A.cpp:1: ",
    "Script @__event-logger__/logger.lua:4: ",
    "Script @__m__/c.lua:9: ",
    "mapTick(-1) ",
    "updateTick(18446744073709551615) ",
    "changing state from(A) to(B)",
    "received stateChanged peerID(1) oldState(A) newState(B)",
    "nextHeartbeatSequenceNumber(1) removing peer(2).",
    "Refusing connection for address (",
    "), username (",
    "). ",
    "Saving progress: 1.0%",
    "Loading map x: 1 bytes.",
    "Hosting game at IP ADDR:({1.2.3.4:5})",
    " | stdout | ",
    "2018-09-15 20:18:39: ",
    "\u{feff}",
    "\r",
    "\0",
    "\x1b[31m",
    "\x1b]0;",
    "\x07",
    "\x0c$ipc:",
    "§",
    "[item=x,quality=rare]",
    "[gps=1,2,nauvis]",
    "[color=red]",
    "[/color]",
    "[.font]",
    "[",
    "]",
    "=",
    ",",
    ".",
    " ",
    "99999999999999999999",
];

fn glued() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

fn one_line(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.retain(|byte| *byte != b'\n');
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn glued_pieces_keep_every_invariant(line in glued()) {
        invariants::check(&one_line(line));
    }

    #[test]
    fn any_bytes_keep_every_invariant(line in proptest::collection::vec(any::<u8>(), 0..60)) {
        invariants::check(&one_line(line));
    }
}

#[test]
fn real_lines_keep_every_invariant_cut_at_every_place() {
    let truth = include_str!("data/truth.jsonl");
    for label in truth.lines().step_by(7) {
        let label: serde_json::Value = serde_json::from_str(label).expect("a label");
        let line = label["line"].as_str().expect("a line").as_bytes();
        for end in 0..=line.len() {
            invariants::check(&line[..end]);
            invariants::check(&line[end..]);
        }
    }
}
