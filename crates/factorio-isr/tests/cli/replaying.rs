//! `factorio-isr replay`, on the terminal and with `--send`.

use factorio_isr::relay::terminal::{self, Paint};
use isr_testkit::discord::{FakeDiscord, Fault, FaultRule};
use isr_testkit::log::LogWriter;
use jiff::tz::TimeZone;

use super::program::{Program, SOON, finish, relaying, text};
use isr_testkit::process::{Signal, Stream};

const EVENING: &str = "\
=== Log opened 2026-01-31 18:00:00 ===
2026-01-31 18:00:05 [JOIN] Bob joined the game
2026-01-31 18:00:09 [CHAT] Bob: hi **all** @everyone \\o/ [gps=-120,48]
2026-01-31 18:00:10 [COMMAND] Ada (command): game.print(1)
Ada: this is still the command
2026-01-31 18:10:00 [CHAT] Ada: gg
rocket-silo technology has been researched
[MILESTONE] Bob completed: first rocket
[TODO] Bob finished task: build walls
Bob was killed by a locomotive
2026-01-31 19:00:00 [KICK] Bob was kicked by Ada. Reason: spam.
2026-01-31 19:00:00 [LEAVE] Bob left the game
=== Log closed 2026-01-31 20:00:00 ===
";

#[tokio::test]
async fn the_terminal_shows_the_default_voice_and_nothing_need_be_configured() {
    let program = Program::new();
    let file = program.file("console.log", EVENING);
    let ran = program
        .run(["replay".as_ref(), file.as_os_str()])
        .await
        .expect_code(0);
    assert_eq!(ran.err, "");
    let expected = [
        "🟢 Server started",
        "✅ Bob joined the server",
        "💬 Bob: hi **all** @\u{200b}everyone \\o/ 📍 -120, 48",
        "💬 Ada: gg",
        "🔬 Research completed: rocket-silo",
        "🏆 Bob completed milestone: first rocket",
        "✔️ Bob completed task: build walls",
        "💀 Bob was killed by a locomotive",
        "👢 Bob was kicked by Ada: spam",
        "❌ Bob left the server (after 59 min)",
        "🔴 Server stopped",
    ];
    assert_eq!(ran.lines(), expected);
    let piped = Program::new()
        .stdin_from(&file)
        .run(["replay", "-"])
        .await
        .expect_code(0);
    assert_eq!(piped.lines(), expected);
}

#[tokio::test]
async fn the_terminal_shows_exactly_what_the_daemon_posts() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let mut log = LogWriter::open(program.log()).unwrap();
    let daemon = program.daemon();
    relaying(&daemon).await;
    log.opened().unwrap();
    log.join("Bob").unwrap();
    for text in [
        "hi **all**",
        "@everyone <@&1> `code`",
        "[item=iron-plate] [gps=1,2] 3 * 4 \\o/",
        "ends here",
    ] {
        log.chat("Bob", text).unwrap();
    }
    log.leave("Bob").unwrap();
    discord.wait_for_text("left the server", SOON).await.unwrap();
    assert!(daemon.terminate(SOON).await.unwrap().success());
    let posted: Vec<String> = discord
        .texts()
        .iter()
        .flat_map(|text| text.lines())
        .map(|line| terminal::render(line, Paint::Plain, &TimeZone::UTC))
        .collect();
    let replayed = program
        .run(["replay".as_ref(), program.log().as_os_str()])
        .await
        .expect_code(0);
    assert_eq!(replayed.lines(), posted);
    assert!(posted.len() >= 7, "{posted:?}");
}

#[tokio::test]
async fn since_takes_a_moment_a_date_and_an_age() {
    let program = Program::new();
    let file = program.file("console.log", EVENING);
    let file = file.to_string_lossy();
    let last = [
        "👢 Bob was kicked by Ada: spam",
        "❌ Bob left the server (after 59 min)",
        "🔴 Server stopped",
    ];
    for moment in ["2026-01-31 19:00", "2026-01-31 19:00:00", "2026-01-31T19:00"] {
        let ran = program
            .run(["replay", &file, "--since", moment])
            .await
            .expect_code(0);
        assert_eq!(ran.lines(), last, "{moment}");
    }
    let whole = program
        .run(["replay", &file, "--since", "2026-01-31"])
        .await
        .expect_code(0);
    assert_eq!(whole.lines().len(), 11);
    let none = program
        .run(["replay", &file, "--since", "2026-02-01"])
        .await
        .expect_code(0);
    assert_eq!(none.out, "");

    let berlin = program.clone().env("TZ", "Europe/Berlin");
    let shifted = berlin
        .run(["replay", &file, "--since", "2026-01-31 19:00"])
        .await
        .expect_code(0);
    assert_eq!(shifted.lines(), last, "the moment is one of the server's clock");

    let mut log = LogWriter::open(program.home().join("live.log")).unwrap();
    log.set_clock(Some(1_000_000_000));
    log.chat("Bob", "long ago").unwrap();
    log.set_clock(None);
    log.chat("Bob", "just now").unwrap();
    let live = log.path().to_string_lossy().into_owned();
    for age in ["90s", "30m", "2h", "3d", "1w"] {
        let ran = program
            .run(["replay", &live, "--since", age])
            .await
            .expect_code(0);
        assert_eq!(ran.lines(), ["💬 Bob: just now"], "{age}");
    }
}

#[tokio::test]
async fn the_server_of_the_configuration_lends_its_voice() {
    let program = Program::new();
    program.file(
        "work/factorio-isr.yml",
        "servers:\n  north:\n    log_path: /srv/n.log\n  south:\n    log_path: /srv/s.log\n    \
         player_names_as_webhook_name: on\n    events:\n      join: off\n",
    );
    let file = program.file("console.log", EVENING);
    let file = file.to_string_lossy();
    let north = program.run(["replay", &file]).await.expect_code(0);
    assert_eq!(north.lines()[1], "✅ Bob joined the server");
    let south = program
        .run(["replay", &file, "--server", "south"])
        .await
        .expect_code(0);
    assert!(south.lines()[1].starts_with("[Bob] hi"), "{}", south.out);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_and_nothing_is_sent() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    for args in [
        vec!["replay", "no-such.log"],
        vec!["replay", "no-such.log", "--send"],
    ] {
        let ran = program.run(&args).await.expect_code(1);
        assert_eq!(ran.out, "");
        ran.complains(&[
            "factorio-isr replay: no-such.log: No such file",
            "Is it a readable file?",
        ]);
    }
    assert!(discord.requests().is_empty());
}

fn chatter(lines: usize) -> String {
    (0..lines)
        .map(|n| format!("2026-01-31 18:{:02}:{:02} [CHAT] Bob: line {n}\n", n / 60, n % 60))
        .collect()
}

#[tokio::test]
async fn send_posts_everything_in_order_and_writes_no_bar_into_a_pipe() {
    let discord = FakeDiscord::start().await.unwrap();
    // The configuration names no log: the file on the command line is enough.
    let program = Program::new().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let file = program.file("old.log", chatter(120));
    let ran = program
        .run([
            "replay",
            &file.to_string_lossy(),
            "--send",
            "--since",
            "2026-01-31 18:00:20",
        ])
        .await
        .expect_code(0);
    assert_eq!(ran.out, "");
    assert_eq!(
        ran.err, "factorio-isr replay: 100 of 100 lines sent\n",
        "one sentence, no bar"
    );
    let texts = discord.texts();
    let lines: Vec<&str> = texts.iter().flat_map(|text| text.lines()).collect();
    assert_eq!(lines.len(), 100);
    for (n, line) in (20..).zip(&lines) {
        assert!(line.starts_with("<t:"), "late lines carry their time: {line}");
        assert!(line.ends_with(&format!("line {n}")), "{n}: {line}");
    }
    assert!(texts.len() < 10, "folded: {} messages", texts.len());
    discord.assert_no_violations();
    assert!(!program.state().exists(), "the daemon's own state is not touched");
}

#[tokio::test]
async fn send_beside_a_running_daemon_is_no_quarrel() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    program.file("console.log", chatter(3));
    let daemon = program.daemon();
    relaying(&daemon).await;
    let log = program.log();
    let ran = program
        .run(["replay".as_ref(), log.as_os_str(), "--send".as_ref()])
        .await
        .expect_code(0);
    ran.complains(&["3 of 3 lines sent"]);
    assert_eq!(discord.texts().iter().flat_map(|text| text.lines()).count(), 3);
    assert!(daemon.terminate(SOON).await.unwrap().success());
}

#[tokio::test]
async fn lines_without_a_stamp_carry_the_time_of_the_line_before() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::new().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let file = program.file(
        "old.log",
        "2026-01-31 18:10:00 [CHAT] Ada: gg\nBob was killed by a locomotive\n",
    );
    program
        .run(["replay", &file.to_string_lossy(), "--send"])
        .await
        .expect_code(0);
    let texts = discord.texts().join("\n");
    let times: Vec<&str> = texts.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(times, ["<t:1769883000:f>"; 2], "{texts}");
}

#[tokio::test]
async fn send_names_a_trouble_once_and_goes_on() {
    let discord = FakeDiscord::start().await.unwrap();
    discord.inject(FaultRule::new(Fault::Status(503)).times(2));
    let program = Program::new().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let file = program.file("old.log", chatter(2));
    let ran = program
        .run(["replay", &file.to_string_lossy(), "--send"])
        .await
        .expect_code(0);
    assert!(ran.err.matches("; trying again").count() <= 1, "{}", ran.err);
    ran.complains(&["2 of 2 lines sent"]);
    assert_eq!(discord.texts().iter().flat_map(|text| text.lines()).count(), 2);
}

#[tokio::test]
async fn send_stops_at_a_deleted_webhook_and_says_how_far_it_came() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    discord.delete_webhook(41);
    let file = program.file("old.log", chatter(10));
    let ran = program
        .run(["replay", &file.to_string_lossy(), "--send"])
        .await
        .expect_code(1);
    ran.complains(&["stopped after 0 of 10 lines", "webhook"]);
    assert_eq!(discord.counters().requests, 1, "not asked again");
}

#[tokio::test]
async fn send_tells_of_lines_that_discord_refuses() {
    let discord = FakeDiscord::start().await.unwrap();
    discord.inject(
        FaultRule::new(Fault::BadRequest)
            .containing("line 3")
            .until_cleared(),
    );
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let file = program.file("old.log", chatter(6));
    let ran = program
        .run(["replay", &file.to_string_lossy(), "--send"])
        .await
        .expect_code(1);
    ran.complains(&["5 of 6 lines sent, 1 refused by Discord"]);
    assert_eq!(discord.texts().iter().flat_map(|text| text.lines()).count(), 5);
}

#[tokio::test]
async fn send_with_nothing_to_send_is_clean() {
    let discord = FakeDiscord::start().await.unwrap();
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", discord.url(41));
    let file = program.file("old.log", "noise\n");
    let ran = program
        .run(["replay", &file.to_string_lossy(), "--send"])
        .await
        .expect_code(0);
    ran.complains(&["nothing to send"]);
    assert!(discord.requests().is_empty());
}

#[tokio::test]
async fn without_a_webhook_run_shows_messages_on_stdout_and_its_log_on_stderr() {
    let program = Program::with_log();
    let mut log = LogWriter::open(program.log()).unwrap();
    let daemon = program.daemon();
    relaying(&daemon).await;
    log.join("Bob").unwrap();
    log.chat("Bob", "hi **all**").unwrap();
    daemon.wait_for_line("hi **all**", SOON).await.unwrap();
    daemon.signal(Signal::TERM).unwrap();
    let ran = finish(&daemon).await.expect_code(0);
    let replayed = program.run(["replay".as_ref(), program.log().as_os_str()]).await;
    assert_eq!(ran.out, replayed.out);
    assert_eq!(ran.out, "✅ Bob joined the server\n💬 Bob: hi **all**\n");
    for line in text(&daemon, Stream::Stderr).lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["event"].is_string(), "{line}");
    }
    ran.complains(&["no_webhook", "set DISCORD_WEBHOOK_URL"]);
}
