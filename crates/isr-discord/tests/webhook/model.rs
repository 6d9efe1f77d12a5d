//! The limiter against a model of Discord in simulated time: random traffic, random delays, random faults.
//!
//! The model knows the truth (5 requests in 2 s per webhook, 30 in 60 s per channel) and counts every request that
//! breaks it. Time passes only in the event queue.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use isr_discord::{
    Admission, Attempt, Backoff, Jitter, LaneKey, LimitScope, Limiter, NotSentReason, Outcome, RateSignals,
    Ticket, UncertainReason, WebhookUrl,
};
use proptest::prelude::*;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// How Discord really counts a channel, which nobody outside knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HiddenLimit {
    /// A bucket of 30 that refills at 0.5 per second.
    Bucket,
    /// 30 in any 60 s.
    Sliding,
}

#[derive(Debug, Clone)]
struct Plan {
    seed: u64,
    /// For each lane its webhook; two lanes of one webhook are two threads.
    webhooks: Vec<u64>,
    /// For each webhook its channel.
    channels: u64,
    hidden: HiddenLimit,
    /// In percent of the requests.
    header_loss: u64,
    faults: u64,
    injected_429s: u64,
    /// The longest pause between an answer and the lane's next wish.
    idle_ms: u64,
    /// The longest way of a request, and of its answer.
    delay_ms: u64,
    /// When the last lane begins.
    last_starts: Duration,
    span: Duration,
}

struct Dice(Jitter);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0
            .between(Duration::ZERO, Duration::from_nanos(end.max(1) - 1))
            .as_nanos() as u64
    }

    fn hits(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn delay(&mut self, longest_ms: u64) -> Duration {
        self.0.between(ms(1), ms(longest_ms.max(1)))
    }
}

enum Event {
    Wish {
        lane: usize,
    },
    Arrival {
        lane: usize,
        ticket: Ticket,
        fate: Fate,
    },
    Answer {
        lane: usize,
        ticket: Ticket,
        attempt: Attempt,
    },
    Lost {
        lane: usize,
        ticket: Ticket,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Arrives, but the answer never comes.
    Unanswered,
    /// Never arrives, and the sender cannot know.
    Vanished,
    /// The lane's task is stopped; nobody will hear the answer.
    Dropped,
}

/// What Discord keeps.
#[derive(Default)]
struct Truth {
    webhook_arrivals: HashMap<u64, VecDeque<Duration>>,
    channel_arrivals: HashMap<u64, VecDeque<Duration>>,
    channel_full_at: HashMap<u64, Duration>,
}

struct World {
    plan: Plan,
    dice: Dice,
    limiter: Limiter,
    keys: Vec<LaneKey>,
    backoffs: Vec<Backoff>,
    queue: BinaryHeap<Reverse<(Duration, u64)>>,
    events: HashMap<u64, Event>,
    next_event: u64,
    truth: Truth,
    report: Report,
    /// For each lane, and for all: what it was told not to do before.
    told: Vec<Duration>,
    told_all: Duration,
}

#[derive(Debug, Default)]
struct Report {
    delivered: Vec<usize>,
    over_webhook: usize,
    over_channel: usize,
    /// Those of them whose 429 was heard.
    heard_over_channel: usize,
    /// Requests that left before any answer had named the lane's channel.
    blind: usize,
    disobeyed: usize,
    invalid: Vec<Duration>,
    requests: usize,
}

/// The second and later lanes of a webhook post to threads.
fn thread_of(webhooks: &[u64], lane: usize) -> Option<u64> {
    let earlier = webhooks[..lane]
        .iter()
        .filter(|earlier| **earlier == webhooks[lane])
        .count() as u64;
    (earlier > 0).then_some(10_000 + 100 * webhooks[lane] + earlier)
}

fn run(plan: Plan) -> Report {
    let key = |index: usize, webhook: &u64| {
        let thread = plan.webhooks[..index]
            .iter()
            .filter(|earlier| *earlier == webhook)
            .count();
        let query = if thread == 0 {
            String::new()
        } else {
            format!("?thread_id={thread}")
        };
        let text = format!("https://discord.com/api/webhooks/{}/tok{query}", webhook + 1);
        WebhookUrl::parse(&text).expect("a good address").lane()
    };
    let lanes = plan.webhooks.len();
    let mut world = World {
        dice: Dice(Jitter::seeded(plan.seed)),
        limiter: Limiter::new(Jitter::seeded(plan.seed)),
        keys: plan
            .webhooks
            .iter()
            .enumerate()
            .map(|(index, webhook)| key(index, webhook))
            .collect(),
        backoffs: (0..lanes)
            .map(|lane| Backoff::new(Jitter::seeded(plan.seed ^ lane as u64)))
            .collect(),
        queue: BinaryHeap::new(),
        events: HashMap::new(),
        next_event: 0,
        truth: Truth::default(),
        report: Report {
            delivered: vec![0; lanes],
            ..Report::default()
        },
        told: vec![Duration::ZERO; lanes],
        told_all: Duration::ZERO,
        plan,
    };
    for lane in 0..lanes {
        let late = if lane + 1 == lanes {
            world.plan.last_starts
        } else {
            Duration::ZERO
        };
        let start = late + world.dice.delay(500);
        world.schedule(start, Event::Wish { lane });
    }
    while let Some(Reverse((now, number))) = world.queue.pop() {
        if now > world.plan.span {
            break;
        }
        if let Some(event) = world.events.remove(&number) {
            world.step(now, event);
        }
    }
    world.report
}

impl World {
    fn schedule(&mut self, at: Duration, event: Event) {
        self.queue.push(Reverse((at, self.next_event)));
        self.events.insert(self.next_event, event);
        self.next_event += 1;
    }

    fn step(&mut self, now: Duration, event: Event) {
        match event {
            Event::Wish { lane } => self.wish(now, lane),
            Event::Arrival { lane, ticket, fate } => self.arrive(now, lane, ticket, fate),
            Event::Answer {
                lane,
                ticket,
                attempt,
            } => self.answered(now, lane, ticket, &attempt),
            Event::Lost { lane, ticket } => {
                self.limiter.abandon(ticket, now);
                self.schedule(now + ms(1), Event::Wish { lane });
            }
        }
    }

    fn wish(&mut self, now: Duration, lane: usize) {
        match self.limiter.admit(&self.keys[lane], now) {
            Admission::Wait(wait) => {
                assert!(wait.until > now, "a wait that is over: {wait:?} at {now:?}");
                self.schedule(wait.until, Event::Wish { lane });
            }
            Admission::Latched(latch) => panic!("nothing latches here: {latch:?}"),
            Admission::Go(ticket) => self.leave(now, lane, ticket),
        }
    }

    fn leave(&mut self, now: Duration, lane: usize, ticket: Ticket) {
        self.report.requests += 1;
        self.report.disobeyed += usize::from(now < self.told[lane] || now < self.told_all);
        self.report.blind += usize::from(!self.limiter.knows_channel(&self.keys[lane]));
        if self.dice.hits(self.plan.faults) {
            match self.dice.below(4) {
                0 => {
                    let attempt = attempt(
                        None,
                        Outcome::NotSent {
                            why: NotSentReason::Lookup,
                        },
                    );
                    return self.schedule(
                        now + ms(30),
                        Event::Answer {
                            lane,
                            ticket,
                            attempt,
                        },
                    );
                }
                1 => return self.arrival(now, lane, ticket, Fate::Unanswered),
                2 => return self.arrival(now, lane, ticket, Fate::Vanished),
                _ => return self.arrival(now, lane, ticket, Fate::Dropped),
            }
        }
        self.arrival(now, lane, ticket, Fate::Answered);
    }

    fn arrival(&mut self, now: Duration, lane: usize, ticket: Ticket, fate: Fate) {
        let at = now + self.dice.delay(self.plan.delay_ms);
        self.schedule(at, Event::Arrival { lane, ticket, fate });
    }

    fn arrive(&mut self, now: Duration, lane: usize, ticket: Ticket, fate: Fate) {
        let back = now + self.dice.delay(self.plan.delay_ms);
        let unsure = attempt(
            None,
            Outcome::Uncertain {
                why: UncertainReason::Deadline,
            },
        );
        if fate == Fate::Vanished {
            return self.schedule(
                now + ms(15_000),
                Event::Answer {
                    lane,
                    ticket,
                    attempt: unsure,
                },
            );
        }
        let attempt = self.judge(now, lane);
        match fate {
            Fate::Answered => self.schedule(
                back,
                Event::Answer {
                    lane,
                    ticket,
                    attempt,
                },
            ),
            Fate::Dropped => self.schedule(back, Event::Lost { lane, ticket }),
            _ => self.schedule(
                now + ms(15_000),
                Event::Answer {
                    lane,
                    ticket,
                    attempt: unsure,
                },
            ),
        }
    }

    /// A thread is a channel of its own.
    fn channel(&self, lane: usize) -> u64 {
        match thread_of(&self.plan.webhooks, lane) {
            Some(thread) => thread,
            None => 1000 + self.plan.webhooks[lane] % self.plan.channels,
        }
    }

    /// What Discord says to a request that arrives now.
    fn judge(&mut self, now: Duration, lane: usize) -> Attempt {
        let webhook = self.plan.webhooks[lane];
        let channel = self.channel(lane);
        if self.dice.hits(self.plan.injected_429s) {
            let scope = [
                LimitScope::Bucket,
                LimitScope::Global,
                LimitScope::Shared,
                LimitScope::Unknown,
            ][self.dice.below(4) as usize];
            let retry_after = self.dice.delay(8000);
            return limited(retry_after, scope, None);
        }
        let (left, reset) = self.truth.webhook(webhook, now);
        if left == 0 {
            self.report.over_webhook += 1;
            return limited(reset, LimitScope::Bucket, Some(0));
        }
        if let Some(wait) = self.truth.channel(self.plan.hidden, channel, now) {
            self.report.over_channel += 1;
            return limited(wait, LimitScope::Bucket, Some(left as u32));
        }
        let mut attempt = attempt(Some(200), Outcome::Delivered { message_id: Some(1) });
        attempt.signals.channel = Some(channel);
        if !self.dice.hits(self.plan.header_loss) {
            attempt.signals.limit = Some(5);
            attempt.signals.remaining = Some(left as u32 - 1);
            attempt.signals.reset_after = Some(reset);
        }
        attempt
    }

    fn answered(&mut self, now: Duration, lane: usize, ticket: Ticket, attempt: &Attempt) {
        self.limiter.observe(ticket, attempt, now);
        let mut next = now + self.dice.delay(self.plan.idle_ms);
        match &attempt.outcome {
            Outcome::Delivered { .. } => {
                self.report.delivered[lane] += 1;
                self.backoffs[lane].reset();
            }
            Outcome::RateLimited { retry_after, scope } => {
                if *scope != LimitScope::Shared {
                    self.report.invalid.push(now);
                }
                let from_channel = attempt.signals.remaining.is_some_and(|left| left > 0);
                self.report.heard_over_channel += usize::from(from_channel);
                let until = now + *retry_after;
                if matches!(scope, LimitScope::Global | LimitScope::Unknown) {
                    self.told_all = self.told_all.max(until);
                }
                self.told[lane] = self.told[lane].max(until);
                // What a dispatcher does: it asks the webhook for its channel.
                if !self.limiter.knows_channel(&self.keys[lane]) {
                    self.limiter
                        .learn_channel(&self.keys[lane], self.channel(lane), now);
                }
            }
            _ => next = now + self.backoffs[lane].next_pause(),
        }
        self.schedule(next, Event::Wish { lane });
    }
}

impl Truth {
    /// How many requests a webhook has left before this one, and when its window has room again.
    fn webhook(&mut self, webhook: u64, now: Duration) -> (usize, Duration) {
        let arrivals = self.webhook_arrivals.entry(webhook).or_default();
        arrivals.retain(|at| *at + ms(2000) > now);
        let left = 5_usize.saturating_sub(arrivals.len());
        let oldest = arrivals.front().copied().unwrap_or(now);
        if left > 0 {
            arrivals.push_back(now);
        }
        (left, oldest + ms(2000) - now)
    }

    /// How long a channel that has had enough asks to wait.
    fn channel(&mut self, hidden: HiddenLimit, channel: u64, now: Duration) -> Option<Duration> {
        match hidden {
            HiddenLimit::Bucket => {
                let full_at = self.channel_full_at.entry(channel).or_default();
                let missing = full_at.saturating_sub(now);
                if missing > ms(58_000) {
                    return Some(missing - ms(58_000));
                }
                *full_at = (*full_at).max(now) + ms(2000);
                None
            }
            HiddenLimit::Sliding => {
                let arrivals = self.channel_arrivals.entry(channel).or_default();
                arrivals.retain(|at| *at + ms(60_000) > now);
                if arrivals.len() >= 30 {
                    return arrivals.front().map(|oldest| *oldest + ms(60_000) - now);
                }
                arrivals.push_back(now);
                None
            }
        }
    }
}

fn attempt(status: Option<u16>, outcome: Outcome) -> Attempt {
    Attempt {
        outcome,
        signals: RateSignals::default(),
        status,
        took: Duration::ZERO,
    }
}

fn limited(retry_after: Duration, scope: LimitScope, remaining: Option<u32>) -> Attempt {
    let mut attempt = attempt(Some(429), Outcome::RateLimited { retry_after, scope });
    attempt.signals = RateSignals {
        remaining,
        ..RateSignals::default()
    };
    attempt
}

fn most_in_ten_minutes(times: &[Duration]) -> usize {
    let window = |first: usize| {
        times[first..]
            .iter()
            .take_while(|at| **at < times[first] + ms(600_000))
            .count()
    };
    (0..times.len()).map(window).max().unwrap_or(0)
}

fn plans(hidden: HiddenLimit) -> impl Strategy<Value = Plan> {
    let traffic = (
        prop_oneof![Just(1_u64), Just(200), Just(4000)],
        prop_oneof![Just(5_u64), Just(80), Just(1500)],
    );
    let trouble = (
        prop_oneof![Just(0_u64), Just(30), Just(100)],
        prop_oneof![Just(0_u64), Just(10)],
    );
    (
        any::<u64>(),
        prop::collection::vec(0_u64..4, 1..7),
        1_u64..4,
        traffic,
        trouble,
    )
        .prop_map(
            move |(seed, webhooks, channels, (idle_ms, delay_ms), (header_loss, faults))| Plan {
                seed,
                webhooks,
                channels,
                hidden,
                header_loss,
                faults,
                injected_429s: 0,
                idle_ms,
                delay_ms,
                last_starts: Duration::ZERO,
                span: ms(400_000),
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// The true limits are never exceeded, whatever the network does, except by what nobody could know: requests
    /// that left before an answer had named their channel.
    #[test]
    fn d05_the_true_limits_are_never_exceeded(plan in plans(HiddenLimit::Bucket)) {
        let report = run(plan);
        prop_assert_eq!(report.over_webhook, 0);
        prop_assert!(report.over_channel <= report.blind, "{:?}", report);
        prop_assert_eq!(report.disobeyed, 0);
    }

    /// A channel that counts more strictly than our bucket tells so once; what was under way at that moment may hear
    /// it too. Then it is kept to.
    #[test]
    fn d05_a_stricter_hidden_limit_is_learnt_from_its_first_429(plan in plans(HiddenLimit::Sliding)) {
        let lanes = plan.webhooks.len();
        let report = run(plan);
        prop_assert_eq!(report.over_webhook, 0);
        prop_assert!(report.heard_over_channel <= lanes, "{:?}", report);
        prop_assert_eq!(report.disobeyed, 0);
    }

    /// Whatever 429s come, in every scope, they are obeyed, and invalid requests stay under 100 in ten minutes.
    #[test]
    fn d02_d03_d04_every_429_is_obeyed(plan in plans(HiddenLimit::Bucket), percent in prop_oneof![Just(5_u64), Just(60), Just(100)]) {
        let report = run(Plan { injected_429s: percent, ..plan });
        prop_assert_eq!(report.disobeyed, 0);
        prop_assert!(most_in_ten_minutes(&report.invalid) < 100, "{:?}", report);
    }
}

/// A plan without trouble.
fn calm(webhooks: Vec<u64>, span: Duration) -> Plan {
    Plan {
        seed: 1,
        webhooks,
        channels: 4,
        hidden: HiddenLimit::Bucket,
        header_loss: 0,
        faults: 0,
        injected_429s: 0,
        idle_ms: 1,
        delay_ms: 20,
        last_starts: Duration::ZERO,
        span,
    }
}

#[test]
fn a_lane_under_pressure_uses_at_least_95_percent_of_what_discord_allows() {
    // 30 at 2.5 per second, later 0.5 per second: 30 + 0.5 * 600 requests in ten minutes.
    let report = run(calm(vec![0], ms(600_000)));
    assert!(report.delivered[0] >= 313, "{report:?}");
    assert_eq!(report.invalid.len(), 0);
    // The first ten seconds belong to the webhook's own limit.
    let report = run(calm(vec![0], ms(10_000)));
    assert!(report.delivered[0] >= 24, "{report:?}");
}

/// The last lane begins when the others have used the channel up, so that its first answer is a 429.
#[test]
fn lanes_of_one_channel_all_make_progress_a_latecomer_too() {
    let crowded = Plan {
        channels: 1,
        last_starts: ms(60_000),
        ..calm(vec![0, 1, 2, 3], ms(660_000))
    };
    let report = run(crowded);
    let most = report.delivered.iter().max().copied().unwrap_or(0);
    assert!(
        report.delivered.iter().all(|lane| *lane * 2 >= most),
        "{report:?}"
    );
    assert!(report.over_channel <= 1, "{report:?}");
}
