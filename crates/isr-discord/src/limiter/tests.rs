//! The limiter by example; its behaviour under random traffic is in the crate's `webhook` test.

mod together;

use super::*;
use crate::outcome::{GoneTarget, NotSentReason, Outcome, UncertainReason};
use crate::signals::{LimitScope, RateSignals};

const fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn lane(id: u64, thread: Option<u64>) -> LaneKey {
    LaneKey::new(id, "token", thread)
}

fn limiter() -> Limiter {
    Limiter::new(Jitter::seeded(1))
}

fn attempt(status: u16, outcome: Outcome) -> Attempt {
    Attempt {
        outcome,
        signals: RateSignals::default(),
        status: Some(status),
        took: Duration::ZERO,
    }
}

fn delivered(channel: u64) -> Attempt {
    let mut attempt = attempt(200, Outcome::Delivered { message_id: None });
    attempt.signals.channel = Some(channel);
    attempt
}

fn limited(scope: LimitScope, seconds: u64) -> Attempt {
    attempt(
        429,
        Outcome::RateLimited {
            retry_after: Duration::from_secs(seconds),
            scope,
        },
    )
}

fn forbidden() -> Attempt {
    attempt(
        403,
        Outcome::Forbidden {
            code: Some(50013),
            message: String::new(),
        },
    )
}

fn go(limiter: &mut Limiter, lane: &LaneKey, now: Duration) -> Ticket {
    match limiter.admit(lane, now) {
        Admission::Go(ticket) => ticket,
        other => panic!("not admitted at {now:?}: {other:?}"),
    }
}

fn send(limiter: &mut Limiter, lane: &LaneKey, now: Duration, attempt: &Attempt) {
    let ticket = go(limiter, lane, now);
    limiter.observe(ticket, attempt, now);
}

fn wait(limiter: &mut Limiter, lane: &LaneKey, now: Duration) -> (Duration, WaitReason) {
    match limiter.ready(lane, now) {
        Readiness::Wait(wait) => (wait.until, wait.reason),
        other => panic!("no wait at {now:?}: {other:?}"),
    }
}

#[test]
fn a_burst_of_thirteen_requests_takes_four_seconds() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    let mut now = at(0);
    for _ in 0..13 {
        while let Readiness::Wait(wait) = limiter.ready(&lane, now) {
            now = wait.until;
        }
        let ticket = go(&mut limiter, &lane, now);
        now += at(2);
        limiter.observe(ticket, &delivered(9), now);
    }
    assert!(now <= at(4100), "{now:?}");
}

#[test]
fn places_are_freed_by_answers_and_not_by_beginnings() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    let tickets: Vec<_> = (0..5).map(|_| go(&mut limiter, &lane, at(0))).collect();
    assert_eq!(wait(&mut limiter, &lane, at(0)).1, WaitReason::Ceiling);
    assert!(
        matches!(limiter.ready(&lane, at(2500)), Readiness::Wait(_)),
        "all five may still arrive"
    );
    for ticket in tickets {
        limiter.observe(ticket, &delivered(9), at(3000));
    }
    assert_eq!(
        wait(&mut limiter, &lane, at(3000)),
        (at(5000), WaitReason::Ceiling)
    );
    assert_eq!(limiter.ready(&lane, at(5000)), Readiness::Ready);
}

/// Six webhooks send five messages each at one instant.
fn thirty(limiter: &mut Limiter, attempt: &Attempt) -> Vec<LaneKey> {
    let lanes: Vec<LaneKey> = (1..=6).map(|id| lane(id, None)).collect();
    for sent in 0..30 {
        send(limiter, &lanes[sent % 6], at(1000), attempt);
    }
    lanes
}

#[test]
fn webhooks_of_one_channel_share_its_limit() {
    let (mut limiter, fresh, elsewhere) = (limiter(), lane(7, None), lane(8, None));
    thirty(&mut limiter, &delivered(9));
    limiter.learn_channel(&fresh, 9, at(1000));
    limiter.learn_channel(&elsewhere, 10, at(1000));
    assert_eq!(
        wait(&mut limiter, &fresh, at(1000)),
        (at(3000), WaitReason::Channel)
    );
    assert_eq!(limiter.ready(&elsewhere, at(1000)), Readiness::Ready);
    let ticket = go(&mut limiter, &fresh, at(3000));
    assert_eq!(
        wait(&mut limiter, &lane(6, None), at(3000)).1,
        WaitReason::Channel,
        "one in flight, one place"
    );
    limiter.abandon(ticket, at(3000));
}

#[test]
fn what_was_sent_before_the_channel_was_known_counts() {
    let (mut limiter, fresh) = (limiter(), lane(7, None));
    let unsure = attempt(
        502,
        Outcome::Uncertain {
            why: UncertainReason::Gateway(502),
        },
    );
    let lanes = thirty(&mut limiter, &unsure);
    for lane in lanes.iter().chain([&fresh]) {
        limiter.learn_channel(lane, 9, at(1000));
    }
    assert_eq!(
        wait(&mut limiter, &fresh, at(1000)),
        (at(3000), WaitReason::Channel)
    );
}

#[test]
fn d02_a_429_of_the_bucket_stops_one_webhook_only() {
    let mut limiter = limiter();
    let (one, other) = (lane(1, None), lane(2, None));
    let mut answer = limited(LimitScope::Bucket, 0);
    answer.outcome = Outcome::RateLimited {
        retry_after: at(1750),
        scope: LimitScope::Bucket,
    };
    send(&mut limiter, &one, at(0), &answer);
    let (until, reason) = wait(&mut limiter, &one, at(0));
    assert!((at(1750)..=at(2000)).contains(&until), "{until:?}");
    assert_eq!(reason, WaitReason::WebhookPause);
    assert_eq!(limiter.ready(&other, at(0)), Readiness::Ready);
    assert_eq!(limiter.ready(&one, at(2000)), Readiness::Ready);
}

#[test]
fn d05_after_a_429_of_the_bucket_a_silent_webhook_is_asked_once_per_wait() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    send(&mut limiter, &lane, at(0), &limited(LimitScope::Bucket, 4));
    send(&mut limiter, &lane, at(5000), &delivered(9));
    assert_eq!(
        wait(&mut limiter, &lane, at(5000)),
        (at(9000), WaitReason::Bucket)
    );
}

#[test]
fn a_429_while_the_bucket_has_room_stops_the_whole_channel() {
    let mut limiter = limiter();
    let (one, other, elsewhere) = (lane(1, None), lane(2, None), lane(3, None));
    for (lane, channel) in [(&one, 9), (&other, 9), (&elsewhere, 10)] {
        send(&mut limiter, lane, at(0), &delivered(channel));
    }
    let mut answer = limited(LimitScope::Bucket, 45);
    answer.signals.remaining = Some(3);
    send(&mut limiter, &one, at(10), &answer);
    assert_eq!(wait(&mut limiter, &other, at(10)).1, WaitReason::ChannelPause);
    assert_eq!(limiter.ready(&elsewhere, at(10)), Readiness::Ready);
}

#[test]
fn d03_a_global_429_stops_everything_for_its_time() {
    let mut limiter = limiter();
    let (one, other) = (lane(1, None), lane(2, None));
    send(&mut limiter, &one, at(0), &limited(LimitScope::Global, 5));
    assert_eq!(wait(&mut limiter, &other, at(4999)).1, WaitReason::GlobalPause);
    assert!(limiter.global_pause(at(0)).is_some_and(|until| until >= at(5000)));
    let probe = go(&mut limiter, &other, at(5250));
    assert_eq!(wait(&mut limiter, &one, at(5250)).1, WaitReason::Probe);
    limiter.observe(probe, &delivered(9), at(5300));
    assert_eq!(limiter.ready(&one, at(5300)), Readiness::Ready);
}

#[test]
fn d04_an_hour_is_an_hour() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    send(&mut limiter, &lane, at(0), &limited(LimitScope::Unknown, 3600));
    assert_eq!(
        wait(&mut limiter, &lane, at(3_599_000)).1,
        WaitReason::GlobalPause
    );
    assert_eq!(limiter.ready(&lane, at(3_600_250)), Readiness::Ready);
}

#[test]
fn d06_d07_latches_hold_until_released() {
    let mut limiter = limiter();
    let (main, thread, other) = (lane(1, None), lane(1, Some(5)), lane(2, None));
    send(&mut limiter, &main, at(0), &attempt(401, Outcome::Unauthorised));
    let year = Duration::from_secs(365 * 24 * 3600);
    assert_eq!(
        limiter.ready(&main, year),
        Readiness::Latched(Latch::Unauthorised)
    );
    assert_eq!(
        limiter.ready(&thread, year),
        Readiness::Latched(Latch::Unauthorised),
        "the same token"
    );
    assert_eq!(limiter.ready(&other, at(0)), Readiness::Ready);
    assert!(limiter.release(&main.destination()));
    assert!(!limiter.release(&main.destination()));
    assert_eq!(limiter.ready(&main, year), Readiness::Ready);

    let gone = |what| attempt(404, Outcome::Gone { what });
    send(&mut limiter, &thread, year, &gone(GoneTarget::Channel));
    assert_eq!(
        limiter.ready(&thread, year),
        Readiness::Latched(Latch::ChannelGone)
    );
    assert_eq!(
        limiter.ready(&main, year),
        Readiness::Ready,
        "only the thread is gone"
    );
    send(&mut limiter, &main, year, &gone(GoneTarget::Webhook));
    assert_eq!(limiter.latch(&main), Some(Latch::WebhookGone));
}

#[test]
fn d07_a_403_parks_for_fifteen_minutes() {
    let (mut limiter, one, other) = (limiter(), lane(1, None), lane(2, None));
    send(&mut limiter, &one, at(0), &forbidden());
    assert_eq!(
        wait(&mut limiter, &one, at(0)),
        (PARK_INTERVAL, WaitReason::Parked)
    );
    assert_eq!(limiter.ready(&other, at(0)), Readiness::Ready);
    assert!(limiter.release(&one.destination()));
    assert_eq!(limiter.ready(&one, at(0)), Readiness::Ready);
}

#[test]
fn the_budget_of_invalid_requests_is_hard() {
    let mut limiter = limiter();
    let (first, mut now) = (at(1000), at(1000));
    for id in 0..200 {
        now = first + at(id * 30);
        if let Admission::Go(ticket) = limiter.admit(&lane(id, None), now) {
            limiter.observe(ticket, &forbidden(), now);
        }
    }
    assert_eq!(limiter.invalid_requests(now), INVALID_BUDGET);
    let fresh = lane(1000, None);
    assert_eq!(
        wait(&mut limiter, &fresh, now),
        (first + INVALID_SPAN, WaitReason::InvalidBudget)
    );
    assert_eq!(limiter.ready(&fresh, first + INVALID_SPAN), Readiness::Ready);
}

#[test]
fn a_shared_429_is_nobodys_fault() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    send(&mut limiter, &lane, at(0), &limited(LimitScope::Shared, 1));
    assert_eq!(limiter.invalid_requests(at(0)), 0);
    assert!(matches!(limiter.ready(&lane, at(0)), Readiness::Wait(_)));
}

#[test]
fn a_request_that_never_left_costs_nothing() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    for _ in 0..100 {
        let not_sent = Outcome::NotSent {
            why: NotSentReason::Lookup,
        };
        let attempt = Attempt {
            status: None,
            ..attempt(0, not_sent)
        };
        send(&mut limiter, &lane, at(0), &attempt);
    }
    assert_eq!(limiter.ready(&lane, at(0)), Readiness::Ready);
}

#[test]
fn p02_a_ticket_lost_with_its_task_does_not_hold_its_place_for_ever() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    send(&mut limiter, &lane, at(0), &limited(LimitScope::Global, 1));
    let _lost = go(&mut limiter, &lane, at(2000));
    assert_eq!(wait(&mut limiter, &lane, at(3000)).1, WaitReason::Probe);
    assert_eq!(limiter.ready(&lane, at(2000) + TICKET_LIFE), Readiness::Ready);
    let ticket = go(&mut limiter, &lane, at(200_000));
    limiter.abandon(ticket, at(200_000));
    assert_eq!(limiter.ready(&lane, at(200_000)), Readiness::Ready);
}

#[test]
fn a_webhook_that_names_ever_new_channels_does_not_fill_memory() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    for channel in 0..1000 {
        send(
            &mut limiter,
            &lane,
            Duration::from_secs(channel),
            &delivered(channel),
        );
    }
    assert_eq!(limiter.channels.len(), 1);
}

fn edit(limiter: &mut Limiter, lane: &LaneKey, now: Duration, attempt: &Attempt) {
    match limiter.admit_on(lane, Route::Edit, now) {
        Admission::Go(ticket) => limiter.observe(ticket, attempt, now),
        other => panic!("not admitted at {now:?}: {other:?}"),
    }
}

#[test]
fn edits_and_posts_share_our_ceiling() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    for _ in 0..3 {
        send(&mut limiter, &lane, at(0), &delivered(9));
    }
    for _ in 0..2 {
        edit(&mut limiter, &lane, at(0), &delivered(9));
    }
    assert_eq!(wait(&mut limiter, &lane, at(1)), (at(2000), WaitReason::Ceiling));
    assert!(matches!(
        limiter.ready_on(&lane, Route::Edit, at(1)),
        Readiness::Wait(Wait { until, .. }) if until == at(2000)
    ));
}

#[test]
fn what_edits_are_refused_stops_no_post() {
    for refusal in [
        limited(LimitScope::Bucket, 3),
        limited(LimitScope::Bucket, 40),
        limited(LimitScope::Shared, 40),
        forbidden(),
        attempt(404, Outcome::MessageGone),
    ] {
        let (mut limiter, lane) = (limiter(), lane(1, None));
        send(&mut limiter, &lane, at(0), &delivered(9));
        edit(&mut limiter, &lane, at(10), &refusal);
        assert_eq!(limiter.ready(&lane, at(20)), Readiness::Ready, "{refusal:?}");
        let waits = matches!(refusal.outcome, Outcome::RateLimited { .. });
        let edits = limiter.ready_on(&lane, Route::Edit, at(20));
        assert_eq!(edits != Readiness::Ready, waits, "{refusal:?}");
    }
}

#[test]
fn a_global_429_and_a_deleted_webhook_stop_edits_and_posts_alike() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    edit(&mut limiter, &lane, at(0), &limited(LimitScope::Global, 5));
    assert!(matches!(limiter.ready(&lane, at(1)), Readiness::Wait(_)));
    let gone = Outcome::Gone {
        what: GoneTarget::Webhook,
    };
    edit(&mut limiter, &lane, at(6000), &attempt(404, gone));
    assert_eq!(
        limiter.ready(&lane, at(6001)),
        Readiness::Latched(Latch::WebhookGone)
    );
}

#[test]
fn each_route_has_the_bucket_that_its_own_answers_describe() {
    let (mut limiter, lane) = (limiter(), lane(1, None));
    let mut empty = delivered(9);
    empty.signals.limit = Some(5);
    empty.signals.remaining = Some(0);
    empty.signals.reset_after = Some(at(1500));
    edit(&mut limiter, &lane, at(0), &empty);
    assert_eq!(limiter.ready(&lane, at(1)), Readiness::Ready);
    assert_eq!(
        limiter.ready_on(&lane, Route::Edit, at(1)),
        Readiness::Wait(Wait {
            until: at(1500),
            reason: WaitReason::Bucket
        })
    );
}

#[test]
fn what_can_be_put_off_leaves_most_of_the_limits_to_others() {
    let in_passing = |limiter: &mut Limiter, lane, now| {
        limiter.ready_in_passing(lane, Route::Edit, now) == Readiness::Ready
    };
    let (mut limiter, lane) = (limiter(), lane(1, None));
    assert!(in_passing(&mut limiter, &lane, at(0)));
    // Two of the five of the webhook, then not before they are over.
    for _ in 0..2 {
        assert!(in_passing(&mut limiter, &lane, at(0)));
        edit(&mut limiter, &lane, at(0), &delivered(9));
    }
    assert!(!in_passing(&mut limiter, &lane, at(1)));
    assert_eq!(limiter.ready_on(&lane, Route::Edit, at(1)), Readiness::Ready);
    assert!(in_passing(&mut limiter, &lane, at(2000)));
    // Chat has used half of the channel.
    let mut now = at(10_000);
    for _ in 0..22 {
        now += at(500);
        send(&mut limiter, &lane, now, &delivered(9));
    }
    now += at(2000);
    assert!(!in_passing(&mut limiter, &lane, now));
    assert_eq!(limiter.ready(&lane, now), Readiness::Ready);
    assert!(in_passing(&mut limiter, &lane, now + at(30_000)));
}

#[test]
fn reactions_take_nothing_of_what_a_channel_may_be_posted() {
    let (mut limiter, bot) = (limiter(), LaneKey::of_bot(1, 7));
    let mut now = at(0);
    for _ in 0..120 {
        while let Readiness::Wait(wait) = limiter.ready_in_passing(&bot, Route::React, now) {
            now = wait.until;
        }
        let Admission::Go(ticket) = limiter.admit_on(&bot, Route::React, now) else {
            panic!("not admitted at {now:?}")
        };
        assert_eq!(
            limiter.ready(&bot, now),
            Readiness::Ready,
            "a post never waits for them"
        );
        limiter.observe(
            ticket,
            &attempt(204, Outcome::Delivered { message_id: None }),
            now,
        );
    }
    now += WEBHOOK_SPAN;
    for _ in 0..WEBHOOK_BURST {
        send(&mut limiter, &bot, now, &delivered(7));
    }
    assert_eq!(
        limiter.ready(&bot, now + WEBHOOK_SPAN),
        Readiness::Ready,
        "25 places are left"
    );
}

#[test]
fn a_refused_reaction_parks_no_post() {
    let (mut limiter, bot) = (limiter(), LaneKey::of_bot(1, 7));
    let Admission::Go(ticket) = limiter.admit_on(&bot, Route::React, at(0)) else {
        panic!("not admitted")
    };
    limiter.observe(ticket, &forbidden(), at(0));
    assert_eq!(limiter.ready(&bot, at(0)), Readiness::Ready);
}
