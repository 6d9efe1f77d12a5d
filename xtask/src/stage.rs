//! A stage for runs under faults: fake Discord, fault proxy, the real binary, and a judge who sees every message.
//!
//! Owns the lives of the program (start, kill, stop) and what may excuse a repeated message. Must not know which
//! faults are played. Fails when the program does not start, stop or drain as it should.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use isr_testkit::discord::{FakeDiscord, Keep, Limits};
use isr_testkit::oracle::{Liveness, Report};
use isr_testkit::process::Daemon;
use isr_testkit::proxy::FaultProxy;

use crate::judge::{Books, Judge};
use crate::relay::{PATIENCE, Relay, Running};

/// A drain in which nothing arrives for so long has stopped. Longer than every pause that the relay takes by itself
/// for the faults that are played (its longest is 60 s, and one more attempt).
pub(crate) const STALLED: Duration = Duration::from_secs(120);

/// How often something happened to the program.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lives {
    /// Starts.
    pub(crate) starts: u64,
    /// SIGKILLs.
    pub(crate) kills: u64,
    /// SIGTERMs, each answered by exit code 0.
    pub(crate) stops: u64,
}

/// The stage.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Discord.
    pub(crate) discord: FakeDiscord,
    /// What stands between it and the program.
    pub(crate) proxy: FaultProxy,
    /// Sees everything that is written and accepted.
    pub(crate) judge: Arc<Judge>,
    /// The program and its folders.
    pub(crate) relay: Relay,
    /// What happened to it.
    pub(crate) lives: Lives,
    /// Where each server's messages go.
    pub(crate) urls: Vec<String>,
    servers: u16,
    running: Option<(Running, Instant)>,
    excused: u64,
    complaints: Vec<String>,
    wanted: &'static str,
    told: Vec<String>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The oracle's figures.
    pub(crate) report: Report,
    /// The program's own.
    pub(crate) books: Books,
    /// Messages that repeated something.
    pub(crate) repeats: u64,
    /// How many may have.
    pub(crate) excused: u64,
    /// What is wrong, in words; empty when all is well.
    pub(crate) faults: Vec<String>,
}

impl Stage {
    /// Builds the stage; the program is not started yet.
    pub(crate) async fn build(program: &Path, servers: u16, seed: u64, limits: Limits) -> Result<Self> {
        let discord = FakeDiscord::start_keeping(Keep::Last(2_000))
            .await
            .context("start the fake Discord")?;
        discord.set_limits(limits);
        let proxy = FaultProxy::start(discord.addr())
            .await
            .context("start the proxy")?;
        let judge = Arc::new(Judge::new(seed, servers));
        let observing = Arc::clone(&judge);
        discord.observe(move |message| observing.accepted(message));
        let observing = Arc::clone(&judge);
        discord.observe_edits(move |before, after| observing.edited(before, after));
        let urls: Vec<String> = (0..servers)
            .map(|n| proxy.through(&discord.url(900 + u64::from(n))))
            .collect();
        let relay = Relay::new(program, &urls)?;
        Ok(Self {
            discord,
            proxy,
            judge,
            relay,
            lives: Lives::default(),
            urls,
            servers,
            running: None,
            excused: 0,
            complaints: Vec::new(),
            wanted: "\n",
            told: Vec::new(),
        })
    }

    /// The program, while it runs, and since when.
    pub(crate) const fn running(&self) -> Option<&(Running, Instant)> {
        self.running.as_ref()
    }

    /// Keeps what the program logs with this text in it, over all its lives.
    pub(crate) const fn listen_for(&mut self, wanted: &'static str) {
        self.wanted = wanted;
    }

    /// What was listened for, of the lives that have ended.
    pub(crate) fn told(&self) -> &[String] {
        &self.told
    }

    /// Of a program that has ended; its last words may still be on their way.
    async fn listen(&mut self, daemon: &Daemon) -> Result<()> {
        daemon.wait_for_exit_and_output(PATIENCE).await?;
        let lines = daemon.lines().into_iter().map(|line| line.text);
        self.told.extend(lines.filter(|text| text.contains(self.wanted)));
        Ok(())
    }

    /// Starts the program and waits until it is healthy.
    pub(crate) async fn start(&mut self) -> Result<()> {
        self.lives.starts += 1;
        self.running = Some((self.relay.start().await?, Instant::now()));
        Ok(())
    }

    /// Kills the program. Each destination may have had one request in flight.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        if let Some((running, _)) = self.running.take() {
            self.kill_daemon(&running.daemon).await?;
        }
        Ok(())
    }

    /// Kills a program that was spawned beside [`start`](Self::start), perhaps before it was ready.
    pub(crate) async fn kill_daemon(&mut self, daemon: &Daemon) -> Result<()> {
        check_alive_and_well(daemon)?;
        daemon.kill().await?;
        self.listen(daemon).await?;
        self.lives.kills += 1;
        self.excused += u64::from(self.servers);
        Ok(())
    }

    /// Stops the program in order.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        if let Some((running, _)) = self.running.take() {
            check_alive_and_well(&running.daemon)?;
            let daemon = running.end().await?;
            self.listen(&daemon).await?;
            self.lives.stops += 1;
        }
        Ok(())
    }

    /// Ends all trouble with Discord; the program runs afterwards.
    pub(crate) async fn calm(&mut self) -> Result<()> {
        self.discord.clear_faults();
        self.proxy.heal();
        if self.running.is_none() {
            self.start().await?;
        }
        Ok(())
    }

    /// Answers may get lost from here on; [`answers_safe_since`](Self::answers_safe_since) ends it.
    pub(crate) fn answers_at_risk(&self) -> u64 {
        self.discord.counters().messages
    }

    /// Every message accepted since may have been sent again, and one more per destination.
    pub(crate) fn answers_safe_since(&mut self, messages_before: u64) {
        self.excused += self.discord.counters().messages - messages_before + u64::from(self.servers);
    }

    /// Waits until everything written was delivered. Nothing is wrong as long as something arrives; a drain that
    /// stops is for the verdict.
    pub(crate) async fn drain(&mut self, stalled: Duration) {
        let mut delivered = self.judge.delivered();
        loop {
            let judge = &self.judge;
            if self
                .discord
                .wait_for(stalled, |_| judge.is_drained())
                .await
                .is_ok()
            {
                return;
            }
            let (now, missing) = (self.judge.delivered(), self.judge.report().missing);
            if now == delivered {
                self.complaints.push(format!(
                    "nothing arrived for {stalled:?} although {missing} line(s) wait"
                ));
                return;
            }
            println!("  draining: {now} delivered, {missing} to go");
            delivered = now;
        }
    }

    /// Writes this many fresh lines by `write` and notes whether they arrive.
    pub(crate) async fn prove_alive(
        &self,
        fresh: u64,
        write: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<()> {
        let begun = Instant::now();
        let wished = self.judge.delivered() + fresh;
        write().await?;
        let judge = &self.judge;
        let arrived = self
            .discord
            .wait_for(PATIENCE, |_| judge.delivered() >= wished)
            .await;
        self.judge.saw_fresh_event(match arrived {
            Ok(()) => Liveness::Arrived(begun.elapsed()),
            Err(_) => Liveness::Missing(PATIENCE),
        });
        Ok(())
    }

    /// Stops the program, if it runs, and judges the whole run.
    pub(crate) async fn verdict(&mut self) -> Result<Verdict> {
        let mut faults = std::mem::take(&mut self.complaints);
        if let Some((running, _)) = self.running() {
            let restarts = running.metric("factorio_isr_task_restarts").await?;
            if restarts > 0 {
                faults.push(format!("{restarts} task(s) panicked and were started again"));
            }
        }
        self.stop().await?;
        let books = self.judge.read_books(&self.relay.state_dir())?;
        let report = self.judge.report();
        let excused = self.excused + self.discord.counters().unconfirmed;
        let repeats = self.judge.repeats();
        faults.extend(
            self.discord
                .violations()
                .iter()
                .map(|broken| format!("Discord's rule broken: {broken}")),
        );
        let mut demand = |holds: bool, fault: String| {
            if !holds {
                faults.push(fault);
            }
        };
        demand(report.is_clean(), "the oracle is not satisfied".to_owned());
        demand(
            books.given_up == 0,
            format!("{} deliveries were given up without a reason", books.given_up),
        );
        demand(
            books.waiting == 0,
            format!("{} deliveries wait although everything arrived", books.waiting),
        );
        demand(
            repeats <= excused,
            format!("{repeats} messages repeat something, at most {excused} may"),
        );
        let counted = books.uncertain_resends;
        demand(
            report.dup <= counted,
            format!("{} lines came twice, the program counted {counted}", report.dup),
        );
        Ok(Verdict {
            report,
            books,
            repeats,
            excused,
            faults,
        })
    }
}

/// It has not ended by itself, and nothing in it panicked.
fn check_alive_and_well(daemon: &Daemon) -> Result<()> {
    if let Some(status) = daemon.exit_status() {
        bail!("the program ended by itself ({status}):\n{}", daemon.text());
    }
    let lines = daemon.lines();
    let panicked = lines.iter().find(|line| line.text.contains("panicked"));
    ensure!(
        panicked.is_none(),
        "the program panicked: {}",
        panicked.map_or("", |line| &line.text)
    );
    Ok(())
}

impl Verdict {
    /// Prints everything; an error when something is wrong.
    pub(crate) fn proclaim(&self, seed: u64) -> Result<()> {
        print!("\n{}", self.report);
        println!(
            "repeated messages {} (at most {} may be); repeated lines {}, counted by the program {}",
            self.repeats, self.excused, self.report.dup, self.books.uncertain_resends
        );
        if self.faults.is_empty() {
            println!("passed (seed {seed})");
            return Ok(());
        }
        bail!(
            "failed; repeat it with --seed {seed}:\n  {}",
            self.faults.join("\n  ")
        )
    }
}
