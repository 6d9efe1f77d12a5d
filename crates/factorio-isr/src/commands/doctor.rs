//! `factorio-isr doctor`: looks at everything that can be wrong and says what to do.
//!
//! Owns the findings and their wording. Looks only: it posts nothing and changes nothing. Findings name server tags and
//! paths of the configuration, never tokens or addresses, so that a report can be shown to others.

mod bot;
mod flow;
pub(super) mod games;
mod redacted;

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use isr_core::coverage::LogContent;
use isr_core::source::Stream;
use isr_core::zone::{ZoneClock, civil};
use isr_discord::{HostClass, Outcome, WebhookClient};
use isr_store::Admin;
use jiff::Timestamp;

use super::{Exit, census};
use crate::cli::DoctorOptions;
use crate::config::{Chosen, Config, Loaded, Refused, Server, Target, Webhook};
use crate::container;
use crate::relay::plan;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Good,
    Note,
    Bad,
}

/// One finding.
#[derive(Debug)]
struct Finding {
    grade: Grade,
    about: String,
    what: String,
}

/// The findings, in the order they were made.
#[derive(Debug, Default)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn good(&mut self, about: &str, what: impl Into<String>) {
        self.add(Grade::Good, about, what.into());
    }

    fn note(&mut self, about: &str, what: impl Into<String>) {
        self.add(Grade::Note, about, what.into());
    }

    fn bad(&mut self, about: &str, what: impl Into<String>) {
        self.add(Grade::Bad, about, what.into());
    }

    fn add(&mut self, grade: Grade, about: &str, what: String) {
        self.findings.push(Finding {
            grade,
            about: about.to_owned(),
            what,
        });
    }

    fn worst(&self) -> Grade {
        self.findings
            .iter()
            .map(|finding| finding.grade)
            .max()
            .unwrap_or(Grade::Good)
    }
}

/// Looks and prints.
pub async fn run(options: DoctorOptions, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) if options.report => {
            super::show(&redacted::refused(&super::check::problems(&refused)));
            return Exit::Refused;
        }
        Err(refused) => return super::check::run(Err(refused)),
    };
    let mut report = Report::default();
    for server in &loaded.config.servers {
        logs(server, &mut report);
    }
    flow::look(&loaded.config, &mut report);
    state_folder(&loaded.config, &mut report);
    corrections(&loaded.config, &mut report);
    left_over(&loaded.config, &mut report);
    port(&loaded.config, &mut report);
    games::look(&loaded.config, &mut report).await;
    bot::look(&loaded.config, &mut report).await;
    webhooks(&loaded.config, &mut report).await;
    for note in &loaded.notes {
        report.note("configuration", note.to_string());
    }
    if options.report {
        super::show(&redacted::text(
            &loaded,
            &super::check::settings(&loaded),
            &report,
        ));
    } else {
        show(&report);
    }
    if report.worst() == Grade::Bad {
        Exit::Failed
    } else {
        Exit::Clean
    }
}

fn show(report: &Report) {
    let mut out = String::new();
    for finding in &report.findings {
        let mark = match finding.grade {
            Grade::Good => "✅",
            Grade::Note => "ℹ️ ",
            Grade::Bad => "❌",
        };
        let _ = writeln!(out, "{mark} {}: {}", finding.about, finding.what);
    }
    let bad = report
        .findings
        .iter()
        .filter(|finding| finding.grade == Grade::Bad)
        .count();
    let _ = match bad {
        0 => writeln!(out, "\nNothing is wrong."),
        1 => writeln!(out, "\nOne thing needs your hand: see ❌."),
        more => writeln!(out, "\n{more} things need your hand: see ❌."),
    };
    super::show(&out);
}

fn logs(server: &Server, report: &mut Report) {
    for plan in server.streams() {
        let about = format!("{} ({} log)", server.tag, plan.stream.as_str());
        match &plan.path {
            None => report.good(&about, "is read from standard input"),
            Some(path) if plan.chosen == Chosen::WhenPresent && !path.exists() => {}
            Some(_) if plan.chosen == Chosen::Heard => {
                report.note(
                    &about,
                    "is heard through RCON (`source: rcon`); a log file would lose nothing",
                );
            }
            Some(path) => one_log(server, plan.stream, path, &about, report),
        }
    }
}

fn one_log(server: &Server, stream: Stream, path: &Path, about: &str, report: &mut Report) {
    if path.is_dir() {
        report.bad(
            about,
            format!(
                "{} is a folder: name the file in it (in Docker, mount the folder and name the file)",
                path.display()
            ),
        );
        return;
    }
    match census::look(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            absent(path, about, report);
        }
        Err(error) => report.bad(
            about,
            format!(
                "{} cannot be read ({error}): give our user the right to read it",
                path.display()
            ),
        ),
        Ok(census) => {
            content(stream, census.content, path, about, report);
            clock(server, &census, about, report);
            mounted_file(path, about, report);
        }
    }
}

fn absent(path: &Path, about: &str, report: &mut Report) {
    let parent = path.parent().unwrap_or(Path::new("/"));
    if parent.is_dir() {
        report.note(about, format!("{} is not there yet; it is read from its beginning when it appears. Start the game with `--console-log`", path.display()));
    } else {
        report.bad(
            about,
            format!(
                "the folder {} does not exist: check the path, and the volume in Docker",
                parent.display()
            ),
        );
    }
}

fn content(stream: Stream, content: LogContent, path: &Path, about: &str, report: &mut Report) {
    match (stream, content) {
        (Stream::Console, LogContent::GameLog) => report.bad(
            about,
            format!(
                "{} is a factorio-current.log, which never holds chat or joins: start the game with `--console-log FILE` and name that file",
                path.display()
            ),
        ),
        (_, LogContent::Unknown | LogContent::Heard) => report.note(about, "readable; it holds nothing known yet"),
        (_, LogContent::ConsoleLog) => report.good(about, "readable; it is a console log"),
        (_, LogContent::Capture) => report.good(about, "readable; it is a capture of standard output"),
        (_, LogContent::GameLog) => report.good(about, "readable; it is a game log"),
    }
}

/// The last stamp against the time of the last write: they differ by the zone when the zone is wrong.
fn clock(server: &Server, census: &census::Census, about: &str, report: &mut Report) {
    let (Some(stamp), Some(modified)) = (census.last_stamp, census.modified) else {
        return;
    };
    let Some(written_ms) = unix_ms(modified) else {
        return;
    };
    if census.content == LogContent::GameLog {
        return;
    }
    let clock = ZoneClock::new(server.time_zone.zone.clone());
    let Some(stamp_ms) = civil(stamp).and_then(|civil| clock.resolve(civil, written_ms)) else {
        return;
    };
    let quarters = (written_ms - stamp_ms + 450_000).div_euclid(900_000);
    let off_ms = (written_ms - stamp_ms).abs_diff(quarters * 900_000);
    if quarters != 0 && off_ms <= 120_000 && quarters.abs() <= 26 * 4 {
        let minutes = quarters * 15;
        report.note(
            about,
            format!(
                "its stamps differ from this machine's clock by {minutes} minutes in the zone {}; they are corrected, or set `time_zone`",
                server.time_zone.name
            ),
        );
    }
}

fn unix_ms(time: SystemTime) -> Option<i64> {
    Timestamp::try_from(time).ok().map(Timestamp::as_millisecond)
}

/// A single file mounted into a container keeps pointing at the old file after a rotation.
fn mounted_file(path: &Path, about: &str, report: &mut Report) {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let is_mount = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .any(|point| Path::new(point) == path);
    if is_mount {
        report.bad(about, "the file itself is mounted: after a rotation we would read the old one for ever. Mount its folder");
    }
}

fn state_folder(config: &Config, report: &mut Report) {
    let about = "state folder";
    if container::holds_state(&config.state_dir) {
        report.bad(about, container::NOT_KEPT);
    }
    match writable(&config.state_dir) {
        Ok(()) => report.good(about, format!("{} can be written", config.state_dir.display())),
        Err(error) => report.bad(
            about,
            format!(
                "{} cannot be written ({error}): give it to our user, or set FACTORIO_ISR_STATE_DIR",
                config.state_dir.display()
            ),
        ),
    }
}

/// Tries with a file of its own, in the folder or in the nearest parent that exists.
fn writable(folder: &Path) -> std::io::Result<()> {
    let existing: PathBuf = folder
        .ancestors()
        .find(|ancestor| ancestor.exists())
        .unwrap_or(Path::new("/"))
        .into();
    let probe = existing.join(format!(".factorio-isr-doctor-{}", std::process::id()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

/// What the daemon has learnt of each log's zone, as its checkpoints keep it.
fn corrections(config: &Config, report: &mut Report) {
    for (source, minutes) in crate::relay::known_corrections(&config.state_dir) {
        report.note(
            &source.to_string(),
            format!("live lines showed that its stamps are {minutes} minutes off; they are shown corrected. Set `time_zone` to be exact"),
        );
    }
}

/// What waits for destinations that the configuration names no more.
fn left_over(config: &Config, report: &mut Report) {
    let waiting = Admin::open(&config.state_dir).and_then(|admin| admin.waiting());
    let attended = plan::attended(config, &[]);
    for (destination, count) in waiting.unwrap_or_default() {
        if !attended.destinations.contains(&destination) {
            report.note(
                "outbox",
                format!(
                    "{count} messages wait for {destination}, which is no longer configured: configure it again, or see \
                     `factorio-isr outbox list` and `outbox drop`; they are given up when they are too old"
                ),
            );
        }
    }
}

fn port(config: &Config, report: &mut Report) {
    let address = config.health.address();
    if address.port() == 0 {
        report.note(
            "port",
            "0: the system chooses one at each start, and `healthcheck` cannot know it",
        );
        return;
    }
    match TcpListener::bind(address) {
        Ok(_) => report.good("port", format!("{} is free", address.port())),
        Err(_) if super::healthcheck::answers(&config.health.host.to_string(), address.port()) => {
            report.good(
                "port",
                format!("{} is ours: the daemon is running", address.port()),
            );
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => report.bad(
            "port",
            format!(
                "{} is taken by another program: set HEALTH_CHECK_PORT to a free one",
                address.port()
            ),
        ),
        Err(error) => report.bad(
            "port",
            format!("{address} cannot be used ({error}): set HEALTH_CHECK_HOST and HEALTH_CHECK_PORT"),
        ),
    }
}

async fn webhooks(config: &Config, report: &mut Report) {
    let client = WebhookClient::default();
    let mut asked: Vec<&Webhook> = Vec::new();
    // Where nothing goes to Discord at all, the configuration itself says so.
    let some_post = config
        .servers
        .iter()
        .any(|server| server.target != Target::Terminal);
    for server in &config.servers {
        for target in std::iter::once(&server.target).chain(&server.admin_target) {
            match target {
                Target::Terminal if some_post => report.note(
                    server.tag.as_str(),
                    "no webhook: its messages are shown on the terminal. Give it a `webhook` to post them",
                ),
                Target::Terminal => {}
                // `bot` looks at them.
                Target::Channel(_) => {}
                Target::Webhook(webhook) if asked.iter().any(|known| known.url == webhook.url) => {}
                Target::Webhook(webhook) => {
                    asked.push(webhook);
                    one_webhook(&client, webhook, target, report).await;
                }
            }
        }
    }
}

async fn one_webhook(client: &WebhookClient, webhook: &Webhook, target: &Target, report: &mut Report) {
    let about = target.to_string();
    if webhook.url.host_class() == HostClass::Foreign {
        report.note(
            &about,
            "this is not Discord's own host: fine for a proxy of yours",
        );
    }
    let inspection = client.inspect(&webhook.url).await;
    match inspection.webhook {
        Ok(facts) => {
            let name = facts.name.unwrap_or_else(|| "without a name".into());
            report.good(
                &about,
                format!("alive: {name:?}, answered in {} ms", inspection.took.as_millis()),
            );
        }
        Err(outcome @ (Outcome::NotSent { .. } | Outcome::Uncertain { .. })) => {
            report.bad(
                &about,
                format!("{outcome}. Is this machine on the internet, and may it speak to Discord?"),
            );
        }
        Err(outcome @ (Outcome::RateLimited { .. } | Outcome::ServerError { .. })) => {
            report.note(
                &about,
                format!("{outcome}. Ask again in a minute; the relay does so by itself"),
            );
        }
        Err(outcome) => report.bad(&about, outcome.to_string()),
    }
}
