//! Status posts and the picture of the day, each once however often the program is killed.

use isr_core::source::ServerTag;
use isr_store::{SampleRow, Store, StoreOptions};
use isr_testkit::discord::Message;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::scene::{CHANNEL, PASSWORD, Played, says, shown_at, title, wait_in};
use crate::stage::SOON;

/// The shortest interval there is.
const STATUS: &str = "    stats: {interval: 10s}\n    card: off\n    alerts: off\n";
const INTERVAL: SignedDuration = SignedDuration::from_secs(10);

/// The moment that a post tells in its stamp.
fn moment(message: &Message) -> Timestamp {
    message.embeds[0]["timestamp"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_status_is_posted_again_and_again_never_too_soon_and_a_kill_repeats_none() {
    let played = Played::with(STATUS).await;
    played.game.world(|world| world.join("Ann_1"));
    let discord = &played.stage.discord;
    let is_status = |message: &Message| says(message, r"Ann\\_1") && says(message, "2.0.77");
    let running = played.start().await;
    wait_in(discord, SOON, CHANNEL, 1, is_status).await;
    running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
    running.kill().await;
    // One that cannot be asked says so once, then nothing until it can.
    played.game.stop().await;
    let running = played.stage.start().await;
    wait_in(discord, SOON, CHANNEL, 1, |message| {
        title(message).starts_with("🔌")
    })
    .await;
    played.game.start_again().await.unwrap();
    wait_in(discord, SOON, CHANNEL, 3, is_status).await;
    running.stop().await;

    let posts = shown_at(discord, CHANNEL);
    let moments: Vec<Timestamp> = posts.iter().map(moment).collect();
    assert!(
        moments
            .windows(2)
            .all(|pair| pair[1].duration_since(pair[0]) >= INTERVAL),
        "{moments:?}"
    );
    let silent = posts.iter().filter(|post| title(post).starts_with("🔌")).count();
    assert_eq!(silent, 1, "{posts:#?}");
    assert!(
        posts.iter().all(|post| post.edits == 0),
        "each is a message of its own"
    );
    discord.assert_no_violations();
}

/// The section with a picture that is due at a time so far from now.
fn pictured(due: SignedDuration) -> String {
    let due = TimeZone::UTC
        .to_datetime(Timestamp::now() + due)
        .strftime("%H:%M")
        .to_string();
    format!("    card: {{picture: '{due}'}}\n    alerts: off\n    time_zone: UTC\n")
}

#[tokio::test]
async fn the_picture_of_the_day_is_posted_once_and_can_be_read() {
    let played = Played::with(&pictured(SignedDuration::from_hours(2))).await;
    let stage = &played.stage;
    let configured = || stage.command.clone().env("LOG_LEVEL", "debug");
    // What was due before the first start is not made up for.
    let daemon = configured().spawn().unwrap();
    daemon.wait_for_line("picture_settled", SOON).await.unwrap();
    daemon.terminate(SOON).await.unwrap();
    assert!(pictures(&stage.discord.messages()).is_empty());
    remember_a_day(&played).await;
    played.configure(&pictured(-SignedDuration::from_mins(2)));
    for _run in 0..2 {
        let daemon = configured().spawn().unwrap();
        daemon.wait_for_line("picture_settled", SOON).await.unwrap();
        wait_in(&stage.discord, SOON, CHANNEL, 1, |message| {
            !message.files.is_empty()
        })
        .await;
        daemon.terminate(SOON).await.unwrap();
    }
    let messages = stage.discord.messages();
    let posted = pictures(&messages);
    let [picture] = &posted[..] else {
        panic!("{posted:#?}")
    };
    assert!(picture.text.contains("📈 **north**"), "{}", picture.text);
    let (width, height, colours) = read_png(&picture.files[0].bytes);
    assert!(width >= 600 && height >= 300, "{width} × {height}");
    assert!(colours > 20, "something is drawn on it: {colours} colours");
    let output = stage.command.home().join("now.png");
    let (code, said) = stage
        .typed(&[
            "stats",
            "--server",
            "north",
            "--picture",
            &output.to_string_lossy(),
        ])
        .await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(read_png(&std::fs::read(output).unwrap()).0, width);
    let secret = messages.iter().any(|message| says(message, PASSWORD));
    assert!(!secret);
    stage.discord.assert_no_violations();
}

fn pictures(messages: &[Message]) -> Vec<&Message> {
    let pictures = messages.iter().filter(|message| !message.files.is_empty());
    pictures.collect()
}

/// As if the game had been asked for a day: slow in the afternoon, stopped for an hour, unheard of for another.
async fn remember_a_day(played: &Played) {
    let opened = Store::open(StoreOptions::new(played.stage.command.state_dir())).unwrap();
    let now = SampleRow::minute_of(Timestamp::now().as_millisecond());
    let row = |ago: i64| SampleRow {
        server: ServerTag::parse("north").unwrap(),
        minute: now - ago,
        players: Some(u32::try_from(ago / 60 % 9).unwrap()),
        ups_x100: match ago / 60 {
            3 | 4 => Some(4200),
            8 => None,
            _ => Some(5990),
        },
        game_s: None,
    };
    let rows = (1..24 * 60).filter(|ago| ago / 60 != 12).map(row);
    opened.store.record_samples(rows.collect()).await.unwrap();
    opened.store.close().await.unwrap();
}

/// Width, height and the number of colours of a PNG with eight bits for each of three colours; everything in it must be
/// as it says.
fn read_png(file: &[u8]) -> (usize, usize, usize) {
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    assert!(file.starts_with(b"\x89PNG\r\n\x1a\n") && file.ends_with(b"IEND\xae\x42\x60\x82"));
    let (width, height, kind) = (number(16), number(20), &file[24..29]);
    let channels = match kind {
        [8, 2, 0, 0, 0] => 3,
        [8, 6, 0, 0, 0] => 4,
        other => panic!("{other:?}"),
    };
    let (mut at, mut packed) = (8, Vec::new());
    while at < file.len() {
        let (length, name) = (number(at), &file[at + 4..at + 8]);
        if name == b"IDAT" {
            packed.extend(&file[at + 8..at + 8 + length]);
        }
        at += length + 12;
    }
    assert_eq!(at, file.len(), "nothing follows the last chunk");
    let rows = miniz_oxide::inflate::decompress_to_vec_zlib(&packed).unwrap();
    let row = width * channels + 1;
    assert_eq!(rows.len(), height * row);
    let mut colours = std::collections::HashSet::new();
    let mut above = vec![0_u8; width * channels];
    for line in rows.chunks_exact(row) {
        match line[0] {
            0 => above.copy_from_slice(&line[1..]),
            2 => above
                .iter_mut()
                .zip(&line[1..])
                .for_each(|(byte, more)| *byte = byte.wrapping_add(*more)),
            other => panic!("filter {other}"),
        }
        colours.extend(above.chunks_exact(channels).map(<[u8]>::to_vec));
    }
    (width, height, colours.len())
}
