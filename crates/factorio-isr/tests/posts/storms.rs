//! Whatever is killed, cut, refused or deleted, in whatever order: at the end there is one card, each alert was told once
//! and its end changed its post.
//!
//! Each storm is drawn from a seed; beside it goes a model that knows what has to be told. What only a webhook's nature
//! allows is the only slack: a kill or a lost answer within a request, which the program counts, and an answer that breaks
//! off before it says which message it is about, so that its end cannot change it.
//! `STORM_SEEDS` sets how many storms there are, `STORM_SEED` repeats one.

use std::collections::BTreeMap;
use std::time::Duration;

use isr_store::Admin;
use isr_testkit::discord::{Fault, FaultRule, Limits, Message, RateLimit, Scope};
use isr_testkit::log::LogWriter;
use isr_testkit::rng::Rng;
use tokio::task::JoinSet;

use super::scene::{A_FEW_MINUTES, CHANNEL, Played, says, shown_at, title, wait_for_game, wait_in};
use crate::stage::{Running, eventually};

const SEEDS: u64 = 20;
/// So many storms rage at a time.
const AT_ONCE: usize = 7;
/// So much happens in one.
const EVENTS: u64 = 7;
const SECTIONS: &str = "    alerts: {cooldown: 1s, rcon_lost: {after: 5s}, server_down: {after: 1s}, crashed: {cooldown: 1s}, matching: on}\n";
const TROUBLE: &str = "  77.000 Error MatchingServer.cpp:83: Matching server connection failed: timed out";
const RESUMED: &str = "  78.000 Info ServerMultiplayerManager.cpp:706: Matching server connection resumed";

/// A rule with an end: its name, the sign of its post, the title of its end.
type Lasting = (&'static str, &'static str, &'static str);
const LASTING: [Lasting; 3] = [
    ("rcon_lost", "🔌", "RCON answers again"),
    ("server_down", "🔴", "The server is up again"),
    ("matching", "📡", "The public server list can be reached again"),
];

/// How the game is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Well,
    /// Its port is shut; it goes on.
    Lost,
    Crashed,
}

struct Storm {
    played: Played,
    dice: Rng,
    running: Option<Running>,
    reach: Reach,
    is_listed: bool,
    refuses: bool,
    /// So many answers broke off at most.
    broken_off: usize,
    /// How often each sign has to have been told.
    told: BTreeMap<&'static str, usize>,
    /// What happened, for whoever reads of a failure.
    story: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_leaves_one_card_and_each_alert_once_with_its_end() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("STORM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("STORM_SEEDS").unwrap_or(SEEDS),
    };
    let mut storms = JoinSet::new();
    for seed in seeds {
        if storms.len() == AT_ONCE {
            storms.join_next().await.unwrap().unwrap();
        }
        storms.spawn(rage(seed));
    }
    while let Some(ended) = storms.join_next().await {
        ended.unwrap();
    }
}

async fn rage(seed: u64) {
    let played = Played::with(SECTIONS).await;
    played.stage.discord.set_limits(Limits::none());
    let mut storm = Storm {
        played,
        dice: Rng::new(seed),
        running: None,
        reach: Reach::Well,
        is_listed: true,
        refuses: false,
        broken_off: 0,
        told: BTreeMap::new(),
        story: vec![format!("STORM_SEED={seed}")],
    };
    storm.start().await;
    for _ in 0..EVENTS {
        storm.happens().await;
    }
    storm.calms_down().await;
    storm.judge().await;
}

impl Storm {
    fn note(&mut self, what: impl Into<String>) {
        self.story.push(what.into());
    }

    async fn start(&mut self) {
        let running = self.played.stage.start().await;
        if self.reach == Reach::Well {
            wait_for_game(&running, "north", 1).await;
        }
        self.running = Some(running);
    }

    /// Kills the program within a moment, and maybe another one that is just starting, and starts it again.
    async fn kill(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        self.moment().await;
        running.kill().await;
        if self.dice.chance(0.3) {
            let starting = self.played.stage.command.spawn().unwrap();
            self.moment().await;
            starting.kill().await.unwrap();
        }
        self.start().await;
    }

    /// The instant of a kill; nothing waits for it.
    async fn moment(&mut self) {
        tokio::time::sleep(Duration::from_millis(self.dice.below(400))).await;
    }

    async fn maybe_killed(&mut self) {
        if self.dice.chance(0.6) {
            self.note("killed");
            self.kill().await;
        }
    }

    async fn happens(&mut self) {
        match self.dice.below(8) {
            0 if self.reach == Reach::Well => self.loses_rcon().await,
            1 if self.reach == Reach::Well => self.crashes().await,
            0..=2 if self.reach != Reach::Well => self.is_back().await,
            2 => {
                self.note("cut");
                self.played.game.cut();
            }
            3 => self.matching().await,
            4 | 5 => self.discord_fails().await,
            6 => self.something_is_deleted(),
            _ => {
                self.note("killed");
                self.kill().await;
            }
        }
    }

    async fn loses_rcon(&mut self) {
        self.note("rcon lost");
        self.played.game.stop().await;
        self.fires("rcon_lost", "🔌", |_| {}).await;
        self.reach = Reach::Lost;
        self.maybe_killed().await;
    }

    async fn crashes(&mut self) {
        self.note("crashed");
        self.played.game.crash("An error.").await;
        *self.told.entry("💥").or_default() += 1;
        self.fires("server_down", "🔴", |_| {}).await;
        self.reach = Reach::Crashed;
        self.maybe_killed().await;
    }

    async fn is_back(&mut self) {
        self.note("back");
        if self.dice.chance(0.5) {
            self.maybe_killed().await;
        }
        match self.reach {
            Reach::Crashed => self.played.game.boot().await.unwrap(),
            Reach::Lost => self.played.game.start_again().await.unwrap(),
            Reach::Well => {}
        }
        self.reach = Reach::Well;
        self.maybe_killed().await;
        self.ends("rcon_lost").await;
        self.ends("server_down").await;
        wait_for_game(self.running.as_ref().unwrap(), "north", 1).await;
        self.maybe_killed().await;
    }

    async fn matching(&mut self) {
        let path = self
            .played
            .stage
            .log_path_of("north")
            .with_file_name("factorio-current.log");
        let mut log = LogWriter::open(path).unwrap();
        if self.is_listed {
            self.note("matching fails");
            // The game says so again and again.
            self.fires("matching", "📡", |_| log.line(TROUBLE).unwrap()).await;
        } else {
            self.note("matching resumed");
            log.line(RESUMED).unwrap();
            self.maybe_killed().await;
            self.ends("matching").await;
        }
        self.is_listed = !self.is_listed;
        self.maybe_killed().await;
    }

    async fn discord_fails(&mut self) {
        let discord = &self.played.stage.discord;
        if self.refuses {
            discord.accept_connections().await.unwrap();
            self.refuses = false;
            return self.note("discord is back");
        }
        let faults = [
            Fault::Status(503),
            Fault::RateLimit(RateLimit::new(Scope::Shared, 0.7)),
            Fault::AcceptThenCut,
            Fault::AcceptThenStatus(502),
            Fault::CutBeforeReading,
            Fault::HalfAnswer,
            Fault::Delay(Duration::from_millis(400)),
        ];
        if self.dice.chance(0.2) {
            discord.refuse_connections().await;
            self.refuses = true;
            return self.note("discord is gone");
        }
        let (fault, times) = (self.dice.pick(&faults).clone(), self.dice.between(1, 3));
        self.note(format!("discord: {times} × {fault:?}"));
        if fault == Fault::HalfAnswer {
            self.broken_off += usize::try_from(times).unwrap();
        }
        let discord = &self.played.stage.discord;
        discord.inject(FaultRule::new(fault).times(times));
    }

    /// A moderator deletes the card, or the post of an alert. Where the end of that is told, nothing was lost.
    fn something_is_deleted(&mut self) {
        let (cards, alerts) = (self.cards(), self.played.alerts());
        let all: Vec<&Message> = cards
            .iter()
            .chain(alerts.iter().filter(|alert| lasting(alert).is_some()))
            .collect();
        if all.is_empty() {
            return;
        }
        let chosen = *self.dice.pick(&all);
        self.note(format!("{} is deleted", title(chosen)));
        assert!(self.played.stage.discord.delete_message(chosen.id));
    }

    /// Waits until the rule has decided; what it tells may be on its way for long.
    async fn fires(&mut self, rule: &'static str, sign: &'static str, mut again: impl FnMut(&Played)) {
        let what = format!("{rule} has fired: {:?}", self.story);
        eventually(&what, || {
            let fired = self.lasts(rule);
            if !fired {
                again(&self.played);
            }
            fired
        })
        .await;
        *self.told.entry(sign).or_default() += 1;
    }

    async fn ends(&mut self, rule: &'static str) {
        let what = format!("{rule} has ended: {:?}", self.story);
        eventually(&what, || !self.lasts(rule)).await;
    }

    /// Whether the program remembers that an alert of the rule lasts.
    fn lasts(&self, rule: &str) -> bool {
        let admin = Admin::open(&self.played.stage.command.state_dir()).unwrap();
        let rows = admin.alerts().unwrap();
        rows.iter()
            .any(|row| row.rule == rule && row.destination.is_some())
    }

    fn cards(&self) -> Vec<Message> {
        let mut shown = shown_at(&self.played.stage.discord, CHANNEL);
        shown.retain(|message| title(message).ends_with("north"));
        shown
    }

    async fn calms_down(&mut self) {
        if self.reach != Reach::Well {
            self.is_back().await;
        }
        if !self.is_listed {
            self.matching().await;
        }
        self.note("calm");
        self.played.stage.discord.clear_faults();
        if self.refuses {
            self.played.stage.discord.accept_connections().await.unwrap();
        }
        self.played.game.world(|world| world.join("Zoe"));
        let discord = &self.played.stage.discord;
        let is_card = |message: &Message| title(message).ends_with("north") && says(message, "Zoe");
        wait_in(discord, A_FEW_MINUTES, CHANNEL, 1, is_card).await;
        let running = self.running.take().unwrap();
        running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
        running.stop().await;
    }

    async fn judge(&self) {
        let (story, stage) = (&self.story, &self.played.stage);
        let (_, rules) = stage.typed(&["outbox", "rules"]).await;
        let slack = counted(&rules, "uncertain_resend") + self.broken_off;
        let unknown = counted(&rules, "card_uncertain");

        let cards = self.cards();
        let living = cards.iter().filter(|card| says(card, "Zoe")).count();
        assert_eq!(living, 1, "{story:?}: {cards:#?}");
        assert!(cards.len() <= 1 + unknown, "{story:?}: {unknown} {cards:#?}");

        let alerts = self.played.alerts();
        let count =
            |wished: &dyn Fn(&str) -> bool| alerts.iter().filter(|alert| wished(title(alert))).count();
        let within = |what: &str, found: usize, wanted: usize| {
            assert!(
                (wanted..=wanted + slack).contains(&found),
                "{story:?}: {what} {found} times for {wanted}, {slack} allowed beyond: {:#?}",
                alerts.iter().map(title).collect::<Vec<_>>()
            );
        };
        let told = |sign: &str| self.told.get(sign).copied().unwrap_or_default();
        within("💥", count(&|title| title.starts_with("💥")), told("💥"));
        for (rule, sign, over) in LASTING {
            within(
                &format!("{rule} lasts"),
                count(&|title| title.starts_with(sign)),
                0,
            );
            let deleted = story
                .iter()
                .filter(|what| what.starts_with('✅') && what.contains(over))
                .count();
            within(over, count(&|title| title.contains(over)) + deleted, told(sign));
        }
        stage.discord.assert_no_violations();
    }
}

/// The rule that a post belongs to, while it lasts or when it is over.
fn lasting(message: &Message) -> Option<Lasting> {
    let title = title(message);
    LASTING
        .into_iter()
        .find(|(_, sign, over)| title.starts_with(sign) || title.contains(over))
}

/// What the program counted under a rule's name.
fn counted(rules: &str, name: &str) -> usize {
    let line = rules.lines().find(|line| line.contains(name));
    let number = line.and_then(|line| line.split_whitespace().find_map(|word| word.parse().ok()));
    number.unwrap_or_default()
}
