//! `factorio-isr replay`: shows on the terminal exactly what Discord would show for a log; `--send` posts it.
//!
//! Owns the passage through a whole file. It uses the daemon's own translation, folding and lanes, and never touches
//! the daemon's state. Fails where the file cannot be read or the options make no sense.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use factorio_log::{Context, Grammar, strip_ansi};
use isr_core::ageing::Reading;
use isr_core::delivery::NewDelivery;
use isr_core::source::GenerationId;
use isr_core::zone::{ZoneClock, civil};
use jiff::Timestamp;
use tokio::sync::mpsc::{self, Sender};

use super::{Exit, lines};
use crate::cli::ReplayOptions;
use crate::config::{Config, Limits, Loaded, Refused, Server, Target};
use crate::relay;
use crate::relay::backfill::{self, Backfill};
use crate::relay::terminal::{self, Paint};
use crate::relay::translate::{Place, Translation};
use crate::when;

/// A replay is one incarnation of a log of its own.
const REPLAYED: GenerationId = GenerationId(1);

/// Portions that the translation is ahead of the store.
const PORTIONS_AHEAD: usize = 2;

/// A passage through one log.
#[derive(Debug, Clone)]
struct Passage {
    file: PathBuf,
    server: Server,
    limits: Limits,
    from_ms: i64,
}

/// Runs the command.
pub async fn run(options: ReplayOptions, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    let Some(server) = choose(&loaded.config.servers, options.server.as_deref()) else {
        return complain("no such server in the configuration: `factorio-isr check` lists them");
    };
    let now_ms = Timestamp::now().as_millisecond();
    let since = options.since.as_deref();
    let from_ms = match since.map(|text| when::parse(text, &server.time_zone.zone, now_ms)) {
        None => i64::MIN,
        Some(Ok(moment)) => moment,
        Some(Err(error)) => return complain(&error.to_string()),
    };
    let passage = Passage {
        server: server.clone(),
        limits: loaded.config.limits,
        from_ms,
        file: options.file,
    };
    if options.send {
        send(passage, &loaded.config).await
    } else {
        show(&passage)
    }
}

fn choose<'a>(servers: &'a [Server], tag: Option<&str>) -> Option<&'a Server> {
    match tag {
        None => servers.first(),
        Some(tag) => servers.iter().find(|server| server.tag.as_str() == tag),
    }
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn complain(text: &str) -> Exit {
    eprintln!("factorio-isr replay: {text}");
    Exit::Usage
}

impl Passage {
    /// Translates the whole file; `each` gets the deliveries of one line.
    fn translate(&self, mut each: impl FnMut(&[NewDelivery]) -> io::Result<()>) -> io::Result<()> {
        let mut rules = relay::rules(&self.server, &self.limits);
        rules.max_event_age = Duration::MAX;
        // The past is shown as it would have been outside of quiet hours.
        rules.quiet_hours = None;
        let mut translator = relay::translator(&self.server, rules.into());
        let mut pace = Pace::new(&self.server);
        let mut found = Translation::default();
        lines::for_each_line(&self.file, |_, offset, line| {
            let place = Place {
                generation: REPLAYED,
                offset,
                reading: Reading::CatchUp,
            };
            found.deliveries.clear();
            translator.line(line, place, pace.reading_ms(line), &mut found, |_| {});
            found
                .deliveries
                .retain(|delivery| delivery.happened_ms >= self.from_ms);
            if found.deliveries.is_empty() {
                Ok(())
            } else {
                each(&found.deliveries)
            }
        })
    }

    /// Translates the whole file and hands over portion by portion, so that a huge log needs little memory.
    fn hand_over(&self, portions: &Sender<Vec<NewDelivery>>) -> io::Result<()> {
        let over = |portion| {
            // The receiver goes away only after a failure of its own, which it reports.
            portions
                .blocking_send(portion)
                .map_err(|_| io::ErrorKind::BrokenPipe.into())
        };
        let mut portion = Vec::with_capacity(backfill::PORTION);
        self.translate(|found| {
            portion.extend_from_slice(found);
            if portion.len() < backfill::PORTION {
                return Ok(());
            }
            over(std::mem::replace(
                &mut portion,
                Vec::with_capacity(backfill::PORTION),
            ))
        })?;
        over(portion)
    }

    #[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
    fn conclude(&self, done: io::Result<()>) -> Exit {
        match done {
            Ok(()) => Exit::Clean,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Clean,
            Err(error) => {
                eprintln!(
                    "factorio-isr replay: {}: {error}. Is it a readable file?",
                    self.file.display()
                );
                Exit::Failed
            }
        }
    }
}

/// When a line would have been read, had we been there: lines without a stamp of their own take this time.
struct Pace {
    grammar: Grammar,
    context: Context,
    clock: ZoneClock,
    scratch: Vec<u8>,
    last_stamp_ms: Option<i64>,
}

impl Pace {
    fn new(server: &Server) -> Self {
        Self {
            grammar: server.grammar,
            context: Context::default(),
            clock: ZoneClock::new(server.time_zone.zone.clone()),
            scratch: Vec::new(),
            last_stamp_ms: None,
        }
    }

    /// The last stamp before a line without one; the present for a line that has its own.
    fn reading_ms(&mut self, line: &[u8]) -> i64 {
        let now_ms = Timestamp::now().as_millisecond();
        let line = strip_ansi(line, &mut self.scratch);
        let stamp = self
            .grammar
            .parse(&mut self.context, line)
            .and_then(|entry| entry.when);
        let Some(stamp) = stamp else {
            return self.last_stamp_ms.unwrap_or(now_ms);
        };
        let stamp_ms = civil(stamp).and_then(|civil| self.clock.resolve(civil, now_ms));
        self.last_stamp_ms = stamp_ms.or(self.last_stamp_ms);
        now_ms
    }
}

fn show(passage: &Passage) -> Exit {
    let paint = if io::stdout().is_terminal() {
        Paint::Colours
    } else {
        Paint::Plain
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let shown = passage.translate(|deliveries| {
        for delivery in deliveries {
            let text = terminal::render_as(
                &delivery.form,
                &delivery.text,
                paint,
                &passage.server.time_zone.zone,
            );
            match &delivery.username {
                Some(name) => writeln!(out, "[{name}] {text}")?,
                None => writeln!(out, "{text}")?,
            }
        }
        Ok(())
    });
    passage.conclude(shown.and_then(|()| out.flush()))
}

/// The log is read to its end before the first line is posted: a log that cannot be read is never half sent.
async fn send(passage: Passage, config: &Config) -> Exit {
    if passage.server.target == Target::Terminal {
        return complain("--send needs a webhook: set DISCORD_WEBHOOK_URL");
    }
    let (portions, arriving) = mpsc::channel(PORTIONS_AHEAD);
    let reading = passage.clone();
    let read = tokio::task::spawn_blocking(move || reading.hand_over(&portions));
    let backfill = match Backfill::gather(&passage.server, arriving).await {
        Ok(backfill) => backfill,
        Err(why) => return backfill::failed(&why),
    };
    match read.await {
        Ok(Ok(())) => backfill.send(config, &passage.server).await,
        Ok(Err(error)) => passage.conclude(Err(error)),
        Err(panicked) => backfill::failed(&panicked.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Overrides, Surroundings};

    #[test]
    fn a_log_is_handed_over_in_bounded_portions_without_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("console.log");
        let lines = backfill::PORTION * 2 + 3;
        let text: String = (0..lines)
            .map(|n| format!("2026-01-31 18:00:00 [CHAT] Bob: {n}\n"))
            .collect();
        std::fs::write(&file, text).unwrap();
        let surroundings =
            Surroundings::empty(folder.path()).with_variable("FACTORIO_LOG_PATH", file.to_string_lossy());
        let config = config::load(&surroundings, &Overrides::default()).unwrap().config;
        let passage = Passage {
            file,
            server: config.servers[0].clone(),
            limits: config.limits,
            from_ms: i64::MIN,
        };
        let (portions, mut arriving) = mpsc::channel(8);
        passage.hand_over(&portions).unwrap();
        drop(portions);
        let mut sizes = Vec::new();
        let mut numbers = 0..lines;
        while let Some(portion) = arriving.blocking_recv() {
            sizes.push(portion.len());
            for delivery in portion {
                let number = numbers.next().unwrap();
                assert!(
                    delivery.text.ends_with(&format!(": {number}")),
                    "{}",
                    delivery.text
                );
            }
        }
        assert_eq!(sizes, [backfill::PORTION, backfill::PORTION, 3]);
    }
}
