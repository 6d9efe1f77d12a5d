//! What a bot does in all its channels together, and what reading has to do with posts.

use super::*;

/// Lets so many channels of a bot ask at one instant: how many may, and until when the next waits.
fn ask(
    limiter: &mut Limiter,
    channels: std::ops::Range<u64>,
    route: Route,
    now: Duration,
) -> (u64, Duration) {
    let mut admitted = 0;
    for channel in channels {
        match limiter.admit_on(&LaneKey::of_bot(1, channel), route, now) {
            Admission::Go(ticket) => {
                admitted += 1;
                limiter.observe(
                    ticket,
                    &attempt(200, Outcome::Delivered { message_id: None }),
                    now,
                );
            }
            Admission::Wait(wait) => {
                assert_eq!(wait.reason, WaitReason::Together);
                return (admitted, wait.until);
            }
            Admission::Latched(latch) => panic!("{latch}"),
        }
    }
    (admitted, now)
}

#[test]
fn a_hundred_channels_that_ask_at_once_keep_to_what_a_bot_may_ask_in_a_second() {
    let mut limiter = limiter();
    let most = TOGETHER as u64;
    assert_eq!(ask(&mut limiter, 0..20, Route::Read, at(0)), (20, at(0)));
    assert_eq!(
        ask(&mut limiter, 20..100, Route::Post, at(500)),
        (most - 20, at(1000))
    );
    assert_eq!(ask(&mut limiter, 40..100, Route::Read, at(1000)), (20, at(1500)));
    // Webhooks are counted by the address, and not with the bot.
    let ticket = go(&mut limiter, &lane(1, None), at(1000));
    limiter.observe(ticket, &delivered(9), at(1000));
    assert!(
        matches!(
            limiter.ready_in_passing(&LaneKey::of_bot(1, 7), Route::React, at(1500)),
            Readiness::Ready
        ),
        "half of them are free"
    );
    ask(&mut limiter, 200..211, Route::Post, at(1500));
    let passing = limiter.ready_in_passing(&LaneKey::of_bot(1, 7), Route::React, at(1500));
    assert!(
        matches!(passing, Readiness::Wait(_)),
        "the last ones are for posts"
    );
    assert_eq!(limiter.ready(&LaneKey::of_bot(1, 7), at(1500)), Readiness::Ready);
}

#[test]
fn what_hangs_in_one_place_takes_nothing_from_the_others() {
    let mut limiter = limiter();
    let hanging: Vec<Ticket> = (0..TOGETHER as u64)
        .map(|channel| go(&mut limiter, &LaneKey::of_bot(1, channel), at(0)))
        .collect();
    assert_eq!(
        limiter.ready(&LaneKey::of_bot(1, 900), at(1000)),
        Readiness::Ready
    );
    // Nor when all of it is answered at last.
    for ticket in hanging {
        limiter.observe(
            ticket,
            &attempt(200, Outcome::Delivered { message_id: None }),
            at(1000),
        );
    }
    assert_eq!(
        limiter.ready(&LaneKey::of_bot(1, 900), at(1000)),
        Readiness::Ready
    );
}

#[test]
fn a_full_channel_can_be_read_and_reading_it_takes_no_place_of_a_message() {
    let (mut limiter, channel) = (limiter(), LaneKey::of_bot(1, 9));
    for sent in 0..30 {
        send(&mut limiter, &channel, at(sent / 5 * 2_000), &delivered(9));
    }
    let now = at(10_000);
    assert!(matches!(limiter.ready(&channel, now), Readiness::Wait(_)));
    for _ in 0..10 {
        let Admission::Go(ticket) = limiter.admit_on(&channel, Route::Read, now) else {
            panic!("not read");
        };
        limiter.observe(
            ticket,
            &attempt(200, Outcome::Delivered { message_id: None }),
            now,
        );
    }
    let (until, _) = wait(&mut limiter, &channel, now);
    assert!(until <= at(12_000), "{until:?}");
    send(&mut limiter, &channel, at(12_000), &forbidden());
    assert!(
        matches!(limiter.ready(&channel, at(13_000)), Readiness::Wait(wait) if wait.reason == WaitReason::Parked)
    );
    assert_eq!(
        limiter.ready_on(&channel, Route::Read, at(13_000)),
        Readiness::Ready
    );
    let refused = limited(LimitScope::Shared, 60);
    let Admission::Go(ticket) = limiter.admit_on(&channel, Route::Read, at(13_000)) else {
        panic!("not read");
    };
    limiter.observe(ticket, &refused, at(13_000));
    assert!(matches!(
        limiter.ready_on(&channel, Route::Read, at(13_001)),
        Readiness::Wait(_)
    ));
    assert_eq!(
        limiter.ready_on(&channel, Route::Edit, at(13_001)),
        limiter.ready(&channel, at(13_001))
    );
}

#[test]
fn whatever_a_topic_is_refused_holds_up_no_message() {
    let gone = || {
        let what = GoneTarget::Channel;
        attempt(404, Outcome::Gone { what })
    };
    let refusals = [
        limited(LimitScope::Bucket, 600),
        limited(LimitScope::Shared, 600),
        limited(LimitScope::Unknown, 600),
        forbidden(),
        gone(),
    ];
    for refusal in refusals {
        let (mut limiter, channel) = (limiter(), LaneKey::of_bot(1, 7));
        let Admission::Go(ticket) = limiter.admit_on(&channel, Route::Topic, at(0)) else {
            panic!("nothing was asked yet")
        };
        limiter.observe(ticket, &refusal, at(0));
        for lane in [channel, LaneKey::of_bot(1, 8), lane(1, None)] {
            assert_eq!(limiter.ready(&lane, at(1)), Readiness::Ready, "{refusal:?}");
        }
        let is_limit = matches!(refusal.outcome, Outcome::RateLimited { .. });
        let waits = limiter.ready_on(&channel, Route::Topic, at(1)) != Readiness::Ready;
        assert_eq!(waits, is_limit, "{refusal:?}");
    }
}
