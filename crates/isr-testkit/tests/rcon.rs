//! The fake game on its RCON side, asked with frames written by hand: every quirk that clients trip over.
#![expect(clippy::unwrap_used, reason = "a test may panic anywhere")]

use std::time::Duration;

use isr_testkit::rcon::{FakeFactorio, Script};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const DEADLINE: Duration = Duration::from_secs(20);

/// Long enough for an answer that comes, and paused time passes it at once.
const NO_ANSWER: Duration = Duration::from_secs(5);

struct Client(TcpStream);

impl Client {
    async fn connect(game: &FakeFactorio) -> Self {
        let stream = TcpStream::connect(game.addr()).await.unwrap();
        // Else the kernel holds a second small packet back, and paused time does not wait for that.
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    async fn logged_in(game: &FakeFactorio) -> Self {
        let mut client = Self::connect(game).await;
        client.send(9, 3, b"secret").await;
        assert_eq!(client.receive().await, Some((9, 2, String::new())));
        client
    }

    async fn send(&mut self, id: i32, kind: i32, body: &[u8]) {
        let mut bytes = Vec::new();
        for number in [i32::try_from(body.len()).unwrap() + 10, id, kind] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend_from_slice(body);
        bytes.extend([0, 0]);
        self.0.write_all(&bytes).await.unwrap();
    }

    /// The next packet, or none when the connection ends.
    async fn receive(&mut self) -> Option<(i32, i32, String)> {
        let length = timeout(DEADLINE, self.0.read_i32_le()).await.unwrap().ok()?;
        let (id, kind) = (self.0.read_i32_le().await.ok()?, self.0.read_i32_le().await.ok()?);
        let mut body = vec![0; usize::try_from(length).unwrap() - 8];
        self.0.read_exact(&mut body).await.ok()?;
        assert!(body.ends_with(&[0, 0]));
        body.truncate(body.len() - 2);
        Some((id, kind, String::from_utf8(body).unwrap()))
    }

    async fn ask(&mut self, id: i32, text: &str) -> String {
        self.send(id, 2, text.as_bytes()).await;
        let (answered, kind, body) = self.receive().await.unwrap();
        assert_eq!((answered, kind), (id, 0));
        body
    }

    async fn is_silent(&mut self) -> bool {
        let mut byte = [0];
        timeout(NO_ANSWER, self.0.peek(&mut byte)).await.is_err()
    }
}

async fn game() -> FakeFactorio {
    FakeFactorio::start("secret").await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_packet_answers_a_login_and_nothing_else_comes() {
    let game = game().await;
    let mut client = Client::logged_in(&game).await;
    assert!(client.is_silent().await);
    let mut wrong = Client::connect(&game).await;
    wrong.send(9, 3, b"Secret").await;
    assert_eq!(wrong.receive().await, Some((-1, 2, String::new())));
    wrong.send(10, 2, b"/version").await;
    assert!(wrong.is_silent().await, "commands before a login get no answer");
    assert_eq!(game.received(), []);
}

#[tokio::test(start_paused = true)]
async fn an_empty_body_gets_no_answer_and_a_silent_command_an_empty_one() {
    let game = game().await;
    let mut client = Client::logged_in(&game).await;
    client.send(1, 2, b"").await;
    assert!(client.is_silent().await);
    assert_eq!(client.ask(2, "hello").await, "");
    assert_eq!(client.ask(3, "/version").await, "2.0.77\n");
    assert_eq!(
        client.ask(4, "/x").await,
        "Unknown command \"x\". Type /h or /help for more help about commands.\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_single_nul_ends_the_connection() {
    let game = game().await;
    let mut client = Client::logged_in(&game).await;
    let mut bytes = Vec::new();
    for number in [17_i32, 1, 2] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(b"/version\0");
    client.0.write_all(&bytes).await.unwrap();
    assert_eq!(client.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_answered_while_it_saves_and_nothing_is_lost() {
    let game = game().await;
    let mut client = Client::logged_in(&game).await;
    game.begin_save();
    client.send(1, 2, b"/seed").await;
    client.send(2, 2, b"/version").await;
    let mut late = Client::connect(&game).await;
    late.send(3, 3, b"secret").await;
    assert!(client.is_silent().await && late.is_silent().await);
    game.end_save();
    assert_eq!(client.receive().await.unwrap().0, 1);
    assert_eq!(client.receive().await.unwrap().0, 2);
    assert_eq!(late.receive().await.unwrap().0, 3);
}

#[tokio::test]
async fn a_later_short_command_overtakes_a_long_one_only_while_players_are_on() {
    let game = game().await;
    let mut client = Client::logged_in(&game).await;
    game.script("/seed", Script::Text("1\n".into()));
    for player in 0..100 {
        game.world(|world| world.join(&format!("player{player}")));
    }
    client.send(1, 2, b"/players").await;
    client.send(2, 2, b"/seed").await;
    assert_eq!(client.receive().await.unwrap().0, 2);
    assert_eq!(client.receive().await.unwrap().0, 1);
    for player in 0..100 {
        game.world(|world| world.leave(&format!("player{player}")));
    }
    client.send(3, 2, b"/players").await;
    client.send(4, 2, b"/seed").await;
    assert_eq!(client.receive().await.unwrap().0, 3);
    assert_eq!(client.receive().await.unwrap().0, 4);
}

#[tokio::test]
async fn request_id_0_of_the_first_connection_brings_console_lines_along() {
    let game = game().await;
    let mut first = Client::logged_in(&game).await;
    let mut second = Client::logged_in(&game).await;
    game.world(|world| world.join("alice"));
    assert_eq!(second.ask(0, "/version").await, "2.0.77\n");
    assert_eq!(first.ask(1, "/version").await, "2.0.77\n");
    first.send(5, 2, b"hello\nsecond line").await;
    assert_eq!(first.receive().await.unwrap().2, "");
    let reply = first.ask(0, "/version").await;
    let lines: Vec<_> = reply
        .lines()
        .map(|line| line.split_once("] ").map_or(line, |(_, body)| body))
        .collect();
    assert_eq!(lines, ["alice joined the game", "<server>: hello", "2.0.77"]);
    drop(first);
}

#[tokio::test]
async fn the_129th_connection_is_closed_and_quit_just_closes() {
    let game = game().await;
    let mut clients = Vec::new();
    for _ in 0..128 {
        clients.push(Client::logged_in(&game).await);
    }
    let mut one_more = Client::connect(&game).await;
    assert_eq!(one_more.receive().await, None);
    assert_eq!(game.connections(), 128);
    let last = clients.last_mut().unwrap();
    last.send(1, 2, b"/quit").await;
    assert_eq!(last.receive().await, None);
}

#[tokio::test]
async fn the_first_lua_command_only_warns_and_the_second_ends_achievements() {
    let game = game().await;
    let mut client = Client::logged_in(&game).await;
    assert!(game.world(|world| world.was_never_warned()));
    assert_eq!(client.ask(1, "/sc game.print(1)").await, "");
    assert!(game.world(|world| world.achievements_are_on() && !world.was_never_warned()));
    client.ask(2, "/C game.print(1)").await;
    assert!(!game.world(|world| world.achievements_are_on()));
}
