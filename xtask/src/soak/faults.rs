//! The faults of a soak and how each is played.
//!
//! Owns the list, the dice and the end of every fault. A fault lasts a few seconds at most; some linger in the fake
//! until a request meets them. Must not judge: it only tells the stage when answers may get lost.

use std::time::Duration;

use anyhow::Result;
use isr_testkit::log::AfterRename;
use isr_testkit::rng::Rng;

use super::SharedGame;
use crate::program::Build;
use crate::stage::Stage;
use crate::trouble::{Played, Trouble, hold};

/// How long a truncation waits for the relay to have everything; else there is none.
const CATCH_UP: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Renamed; the game goes on in a new file at once.
    Rename,
    /// Renamed; the game goes on in the old file for a while.
    RenameLate,
    CopyTruncate,
    TruncateWhenCaughtUp,
    HalfLine,
    Kill,
    Stop,
    OnTheWay(Trouble),
}

/// Each as often as it stands here.
const FAULTS: [Fault; 20] = [
    Fault::Rename,
    Fault::RenameLate,
    Fault::CopyTruncate,
    Fault::TruncateWhenCaughtUp,
    Fault::HalfLine,
    Fault::HalfLine,
    Fault::Kill,
    Fault::Kill,
    Fault::Kill,
    Fault::Stop,
    Fault::OnTheWay(Trouble::RateLimited),
    Fault::OnTheWay(Trouble::RateLimited),
    Fault::OnTheWay(Trouble::ServerError),
    Fault::OnTheWay(Trouble::LostAnswer),
    Fault::OnTheWay(Trouble::Stalled),
    Fault::OnTheWay(Trouble::SlowBody),
    Fault::OnTheWay(Trouble::Refused),
    Fault::OnTheWay(Trouble::ProxyCut),
    Fault::OnTheWay(Trouble::ProxySlow),
    Fault::OnTheWay(Trouble::ProxyFrozen),
];

/// Chooses and plays.
#[derive(Debug)]
pub(super) struct Player {
    games: Vec<SharedGame>,
    rng: Rng,
    longest_rest_ms: u64,
    played: Played<Fault>,
}

impl Player {
    pub(super) fn new(games: Vec<SharedGame>, rng: Rng, build: Build) -> Self {
        // A smoke is short: more faults in less time.
        let longest_rest_ms = if build == Build::Debug { 700 } else { 4_000 };
        Self {
            games,
            rng,
            longest_rest_ms,
            played: Played::new(),
        }
    }

    /// What was played.
    pub(super) const fn played(&self) -> &Played<Fault> {
        &self.played
    }

    /// A time without a new fault.
    pub(super) async fn rest(&mut self) {
        hold(&mut self.rng, 100, self.longest_rest_ms).await;
    }

    /// The next fault; within one life, none that ends it.
    pub(super) fn choose(&mut self, one_life: bool) -> Fault {
        loop {
            let fault = *self.rng.pick(&FAULTS);
            if !(one_life && matches!(fault, Fault::Kill | Fault::Stop)) {
                return fault;
            }
        }
    }

    /// Plays one fault to its end.
    pub(super) async fn play(&mut self, fault: Fault, stage: &mut Stage) -> Result<()> {
        self.played.note(fault);
        match fault {
            Fault::Rename => self.game().lock().await.rename(AfterRename::Reopen),
            Fault::RenameLate => self.rename_late().await,
            Fault::CopyTruncate => self.game().lock().await.copy_truncate(),
            Fault::TruncateWhenCaughtUp => self.truncate(stage).await,
            Fault::HalfLine => {
                let (game, place) = (self.game(), self.rng.below(1000));
                let pause = Duration::from_millis(self.rng.between(20, 1_500));
                game.lock_owned().await.say_in_halves(place, pause).await
            }
            Fault::Kill => {
                stage.kill().await?;
                self.down(stage).await
            }
            Fault::Stop => {
                stage.stop().await?;
                self.down(stage).await
            }
            Fault::OnTheWay(trouble) => trouble.play(stage, &mut self.rng).await,
        }
    }

    fn game(&mut self) -> SharedGame {
        self.rng.pick(&self.games).clone()
    }

    /// The program stays away for a moment while its logs grow.
    async fn down(&mut self, stage: &mut Stage) -> Result<()> {
        hold(&mut self.rng, 0, 1_500).await;
        stage.start().await
    }

    async fn rename_late(&mut self) -> Result<()> {
        let game = self.game();
        game.lock().await.rename(AfterRename::KeepWriting)?;
        hold(&mut self.rng, 100, 3_000).await;
        game.lock().await.reopen()
    }

    /// What is cut away is gone for good, so the relay has to have it before.
    async fn truncate(&mut self, stage: &Stage) -> Result<()> {
        let game = self.game();
        // While this is held the game says nothing.
        let mut game = game.lock_owned().await;
        if stage
            .discord
            .wait_for(CATCH_UP, |_| game.is_caught_up())
            .await
            .is_ok()
        {
            game.truncate()?;
        }
        Ok(())
    }
}
