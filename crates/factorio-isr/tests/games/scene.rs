//! Fake games beside the stage, and what the program says of them.

use std::fmt::Write as _;

use isr_testkit::http::Answer;
use isr_testkit::rcon::FakeFactorio;

use crate::stage::{Running, SOON, Stage};

/// The password of the fake games.
pub(crate) const PASSWORD: &str = "correct horse";

/// A server of `factorio-isr.yml` with a log, a webhook and RCON.
pub(crate) struct Described<'a> {
    pub(crate) tag: &'a str,
    pub(crate) webhook: u64,
    pub(crate) rcon: String,
}

impl<'a> Described<'a> {
    /// A server whose game answers.
    pub(crate) fn new(tag: &'a str, webhook: u64, game: &FakeFactorio) -> Self {
        let address = game.addr();
        Self {
            tag,
            webhook,
            rcon: format!(
                "{{host: {}, port: {}, password: {PASSWORD}}}",
                address.ip(),
                address.port()
            ),
        }
    }

    /// The same with another section.
    pub(crate) fn with(self, rcon: &str) -> Self {
        Self {
            rcon: rcon.to_owned(),
            ..self
        }
    }
}

/// Writes the servers; cards and statistics stay out of these tests' way.
pub(crate) fn describe(stage: &Stage, servers: &[Described<'_>]) {
    let mut yaml = "defaults: {card: off}\nservers:\n".to_owned();
    for server in servers {
        let (log, url) = (stage.log_path_of(server.tag), stage.discord.url(server.webhook));
        let (tag, rcon) = (server.tag, &server.rcon);
        let _ = write!(
            yaml,
            "  {tag}:\n    log_path: {}\n    webhook: {url}\n    rcon: {rcon}\n",
            log.display()
        );
    }
    stage.write_yaml(&yaml);
}

/// A figure of one server; `None` when it is not told.
pub(crate) fn figure(metrics: &str, name: &str, server: &str) -> Option<f64> {
    let label = format!("server=\"{server}\"");
    metrics.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = rest.strip_prefix('{')?.split_once("} ")?;
        labels.contains(&label).then(|| value.parse().ok())?
    })
}

/// Waits until the metrics are as wished.
#[expect(clippy::unwrap_used, reason = "what does not come ends the test")]
pub(crate) async fn wait_for_metrics(running: &Running, mut wished: impl FnMut(&str) -> bool) -> Answer {
    let url = format!("{}/metrics", running.address);
    let answer = running
        .daemon
        .wait_for_answer(&url, SOON, |answer| wished(&answer.body));
    answer.await.unwrap()
}

/// Waits until a game is told to be up (1) or not (0).
pub(crate) async fn wait_for_up(running: &Running, server: &str, up: f64) {
    wait_for_metrics(running, |metrics| {
        figure(metrics, "factorio_up", server) == Some(up)
    })
    .await;
}
