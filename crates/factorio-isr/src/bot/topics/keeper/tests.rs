//! The slow queue, with a fake Discord and a clock that stands.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::Method;
use isr_core::game::topic::Work;
use isr_core::game::{End, GameState, Link, Online, Players, Since, Snapshot};
use isr_core::voice::Voice;
use isr_discord::Readiness;
use isr_testkit::clock::Clock;
use isr_testkit::discord::{FakeDiscord, Fault, FaultRule, LimitHeaders, RateLimit, Scope, TopicChange};

use super::*;
use crate::relay::discord_sink::tests::account;

const CHANNEL: u64 = 300_000_000_000_000_001;
const ADMINISTRATOR: u64 = 1 << 3;
const LOOK: Duration = Duration::from_secs(10);

struct Scene {
    discord: FakeDiscord,
    limiter: SharedLimiter,
    folder: tempfile::TempDir,
    refused: Arc<AtomicUsize>,
    /// No deadline passes while a request is on its way, however slow the machine.
    _clock: Clock,
}

impl Scene {
    async fn new() -> Self {
        let discord = FakeDiscord::start().await.unwrap();
        discord.change_guild(|guild| guild.own_role |= ADMINISTRATOR);
        let refused = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&refused);
        discord.observe_exchanges(move |exchange| {
            if exchange.status == 429 {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self {
            discord,
            limiter: SharedLimiter::new(),
            folder: tempfile::tempdir().unwrap(),
            refused,
            _clock: Clock::hold(),
        }
    }

    async fn keeper(&self) -> Keeper {
        self.keeper_in(self.folder.path()).await
    }

    async fn keeper_in(&self, folder: &Path) -> Keeper {
        let client = account(&self.discord).client;
        Keeper::begin(client, self.limiter.clone(), KeptFile::new(folder, "topics.json")).await
    }

    fn changes(&self) -> Vec<TopicChange> {
        self.discord.look_at_guild(|guild| guild.topic_changes.clone())
    }

    fn topic(&self) -> String {
        let topic = |guild: &isr_testkit::discord::GuildCard| guild.topics.get(&CHANNEL).cloned();
        self.discord.look_at_guild(topic).unwrap_or_default()
    }

    fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

fn wanted(game: GameState, online: usize) -> Wanted {
    let online = (0..online).map(|n| Online {
        name: format!("p{n}"),
        since: Since::At(0),
    });
    let snapshot = Snapshot {
        link: Link::Up { since_ms: 0 },
        game,
        players: Some(Players {
            online: online.collect(),
        }),
        ..Snapshot::default()
    };
    Wanted {
        channel: CHANNEL,
        voice: Arc::new(Voice::default()),
        seen: vec![Seen::of("North", &snapshot, Work::None)],
        certainty: Certainty::Known,
    }
}

const STOPPED: GameState = GameState::Down {
    since_ms: 1,
    end: End::Stopped,
};

async fn rounds(keeper: &mut Keeper, wanted: &[Wanted], rounds: u32, followed: u64) {
    for _ in 0..rounds {
        keeper.go_round(wanted, followed).await;
        tokio::time::advance(LOOK).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_is_changed_twice_in_ten_minutes_at_most_the_newest_wins_and_discord_never_refuses() {
    let scene = Scene::new().await;
    let mut keeper = scene.keeper().await;
    // An hour in which something is else each time that it is looked at.
    for n in 0..360 {
        let game = if n % 7 < 5 { GameState::Running } else { STOPPED };
        rounds(&mut keeper, &[wanted(game, n)], 1, 1).await;
    }
    rounds(&mut keeper, &[wanted(GameState::Running, 999)], 62, 1).await;
    let changes = scene.changes();
    for pair in changes.windows(3) {
        assert!(pair[2].at - pair[0].at >= Duration::from_secs(600), "{changes:?}");
    }
    assert!((8..=14).contains(&changes.len()), "{changes:?}");
    assert_eq!(scene.topic(), "⟦🏭 🟢 North: 999 online⟧");
    assert_eq!(scene.refused(), 0);
    // And then it is left alone.
    rounds(&mut keeper, &[wanted(GameState::Running, 999)], 200, 1).await;
    assert_eq!(scene.changes().len(), changes.len());
    scene.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn a_count_leaves_one_change_for_a_state_and_what_comes_and_goes_at_once_is_no_news() {
    let scene = Scene::new().await;
    let mut keeper = scene.keeper().await;
    let running = |online| wanted(GameState::Running, online);
    rounds(&mut keeper, &[running(1)], 2, 1).await;
    assert_eq!(scene.topic(), "⟦🏭 🟢 North: 1 online⟧");
    rounds(&mut keeper, &[running(2)], 3, 1).await;
    assert_eq!(scene.changes().len(), 1, "one is kept");
    rounds(&mut keeper, &[wanted(STOPPED, 0)], 1, 1).await;
    rounds(&mut keeper, &[running(1)], 1, 1).await;
    assert_eq!(scene.changes().len(), 1);
    rounds(&mut keeper, &[wanted(STOPPED, 0)], 2, 1).await;
    assert_eq!(scene.topic(), "⟦🏭 🔴 North: stopped⟧");
    let connecting = Wanted {
        certainty: Certainty::Soon,
        ..running(1)
    };
    let begun = scene.changes().len();
    let mut keeper = scene.keeper().await;
    rounds(&mut keeper, &[connecting], 3, 1).await;
    assert_eq!(scene.changes().len(), begun);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_is_started_again_and_again_changes_it_twice_at_most() {
    let scene = Scene::new().await;
    for n in 0..20 {
        let mut keeper = scene.keeper().await;
        rounds(&mut keeper, &[wanted(GameState::Running, n)], 2, 1).await;
    }
    assert_eq!(scene.changes().len(), 2);
    assert_eq!(scene.refused(), 0);
    // One that finds what it would write writes nothing, whatever is remembered.
    let elsewhere = tempfile::tempdir().unwrap();
    tokio::time::advance(Duration::from_secs(700)).await;
    for folder in [scene.folder.path(), elsewhere.path()] {
        let mut keeper = scene.keeper_in(folder).await;
        rounds(&mut keeper, &[wanted(GameState::Running, 1)], 3, 1).await;
        assert_eq!(scene.changes().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_people_wrote_stays_and_our_part_goes_when_nobody_wants_it() {
    let scene = Scene::new().await;
    let say = |topic: &str| {
        scene
            .discord
            .change_guild(|guild| drop(guild.topics.insert(CHANNEL, topic.to_owned())));
    };
    say("Be kind.");
    let mut keeper = scene.keeper().await;
    rounds(&mut keeper, &[wanted(GameState::Running, 1)], 2, 1).await;
    assert_eq!(scene.topic(), "Be kind. ⟦🏭 🟢 North: 1 online⟧");
    // Somebody moves it and writes more.
    say("⟦🏭 🟢 North: 1 online⟧ Be kind. Rules: below");
    rounds(&mut keeper, &[wanted(STOPPED, 1)], 2, 1).await;
    assert_eq!(scene.topic(), "⟦🏭 🔴 North: stopped⟧ Be kind. Rules: below");
    // A restart later nobody wants it, and both changes are spent.
    let mut keeper = scene.keeper().await;
    rounds(&mut keeper, &[], 30, 1).await;
    assert_eq!(scene.changes().len(), 2);
    rounds(&mut keeper, &[], 95, 1).await;
    assert_eq!(scene.topic(), "Be kind. Rules: below");
    assert!(keeper.is_idle());
    assert_eq!(scene.changes().len(), 3);
    assert_eq!(scene.refused(), 0);

    say(&"x".repeat(1_020));
    let mut keeper = scene.keeper().await;
    rounds(&mut keeper, &[wanted(GameState::Running, 1)], 20, 1).await;
    assert_eq!(scene.changes().len(), 3, "there is no room");
    scene.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_no_loop_and_a_reload_tries_again() {
    let scene = Scene::new().await;
    scene
        .discord
        .change_guild(|guild| guild.own_role &= !ADMINISTRATOR);
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    scene.discord.observe_exchanges(move |exchange| {
        if exchange.method == "PATCH" {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let mut keeper = scene.keeper().await;
    for n in 0..300 {
        rounds(&mut keeper, &[wanted(GameState::Running, n)], 1, 1).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "within fifty minutes");
    scene
        .discord
        .change_guild(|guild| guild.own_role |= ADMINISTRATOR);
    rounds(&mut keeper, &[wanted(GameState::Running, 7)], 2, 2).await;
    assert_eq!(scene.topic(), "⟦🏭 🟢 North: 7 online⟧");
    // A channel that is gone, and one that has no topic, are given up.
    scene.discord.change_guild(|guild| guild.channels[0].kind = 11);
    rounds(&mut keeper, &[wanted(STOPPED, 0)], 400, 2).await;
    scene.discord.change_guild(|guild| guild.channels.clear());
    rounds(&mut keeper, &[wanted(STOPPED, 0)], 400, 3).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    scene.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_topics_is_waited_for_and_holds_up_no_message() {
    for headers in [LimitHeaders::All, LimitHeaders::RetryAfterOnly] {
        let mut scene = Scene::new().await;
        let limit = RateLimit {
            headers,
            ..RateLimit::new(Scope::User, 500.0)
        };
        scene
            .discord
            .inject(FaultRule::from(Fault::RateLimit(limit)).on_method(Method::PATCH));
        let mut keeper = scene.keeper().await;
        rounds(&mut keeper, &[wanted(GameState::Running, 1)], 20, 1).await;
        assert_eq!((scene.refused(), scene.changes().len()), (1, 0));
        let channel = account(&scene.discord).client.lane(CHANNEL);
        let other = account(&scene.discord).client.lane(CHANNEL + 1);
        let ready = |lane| scene.limiter.with(|limiter, now| limiter.ready(lane, now));
        assert_eq!(
            (ready(&channel), ready(&other)),
            (Readiness::Ready, Readiness::Ready)
        );
        rounds(&mut keeper, &[wanted(GameState::Running, 2)], 30, 1).await;
        assert_eq!(scene.refused(), 1);
        // What was refused counts for nothing after a restart.
        scene.limiter = SharedLimiter::new();
        let mut keeper = scene.keeper().await;
        rounds(&mut keeper, &[wanted(GameState::Running, 3)], 2, 1).await;
        assert_eq!(scene.topic(), "⟦🏭 🟢 North: 3 online⟧");
        assert_eq!(scene.refused(), 1);
    }
}
