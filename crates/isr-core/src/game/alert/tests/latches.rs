//! The two machines under every sequence of looks.

use proptest::prelude::*;

use super::*;

fn seen() -> impl Strategy<Value = Option<Observed>> {
    prop_oneof![
        4 => (0_i64..100_000).prop_map(|before| Some(Observed::Bad { since_ms: START_MS - before })),
        4 => Just(Some(Observed::Good)),
        1 => Just(Some(Observed::Between)),
        1 => Just(Some(Observed::Unseen)),
        1 => Just(Some(Observed::Void(Ending::Paused))),
        // The program starts anew.
        1 => Just(None),
    ]
}

proptest! {
    #[test]
    fn r05_never_two_alerts_without_an_end_nor_within_a_cooldown_nor_a_negative_time(
        looks in prop::collection::vec((seen(), 0_i64..400_000), 1..200),
        bad_looks in 0_u32..4, good_looks in 0_u32..4, cooldown in 0_u64..900, kept_back: bool,
    ) {
        let tuning = Tuning {
            bad_looks,
            good_looks,
            cooldown: Duration::from_secs(cooldown),
            reminder: None,
        };
        let voice = if kept_back { latch::Voice::KeptBack } else { latch::Voice::Free };
        let (mut latch, mut now_ms, mut fired_ms) = (Latch::default(), START_MS, None);
        let mut lasts = false;
        for (seen, wait) in looks {
            now_ms += wait;
            let Some(seen) = seen else {
                latch = Latch::from_text(&latch.to_text());
                continue;
            };
            let (after, verdict) = latch.step_with(seen, &tuning, voice, now_ms);
            latch = after;
            match verdict {
                Some(Verdict::Fire { since_ms }) => {
                    prop_assert!(!lasts && !kept_back && since_ms <= now_ms);
                    if let Some(fired_ms) = fired_ms {
                        prop_assert!(ago(now_ms, fired_ms) >= tuning.cooldown);
                    }
                    (lasts, fired_ms) = (true, Some(now_ms));
                }
                Some(Verdict::End { lasted, .. }) => {
                    prop_assert!(lasts);
                    prop_assert!(lasted >= ago(now_ms, fired_ms.unwrap()));
                    lasts = false;
                }
                Some(Verdict::Remind { .. }) => prop_assert!(false, "nobody wants one"),
                None => {}
            }
            prop_assert_eq!(latch.is_firing(), lasts);
        }
    }

    #[test]
    fn a_state_is_the_same_after_a_restart(
        since in any::<i64>(), told in any::<i64>(), last in any::<i64>(), firing: bool, kept_back in any::<u32>(),
    ) {
        let text = if firing { format!("firing {since} {told} {last}") } else { format!("calm {last}") };
        prop_assert_eq!(Latch::from_text(&text).to_text(), text);
        let text = format!("told {last} {kept_back}");
        prop_assert_eq!(Pulse::from_text(&text).to_text(), text);
    }

    #[test]
    fn a_text_of_another_form_is_a_state_that_knows_nothing(text in "\\PC{0,40}|firing( [0-9-]{1,22}){0,5}|calm .{0,9}") {
        let (latch, verdict) = Latch::from_text(&text).step(Observed::Unseen, &Tuning::default(), START_MS);
        prop_assert_eq!(verdict, None);
        let _ = (latch.to_text(), Pulse::from_text(&text).to_text());
        let mut desk = Desk::restore(Settings::default(), [("ups_low", text.as_str()), ("game_updated", &text), ("x", "y")]);
        let _ = desk.step(&well(5), &signals(), at(5));
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nothing_back_for_years(years in 1_i64..50, cooldown in 1_u64..900) {
        let tuning = Tuning { cooldown: Duration::from_secs(cooldown), ..Tuning::default() };
        let bad = Observed::Bad { since_ms: START_MS };
        let ahead_ms = START_MS + years * 31_536_000_000;
        let (latch, _) = Latch::default().step(bad, &tuning, ahead_ms);
        let (latch, end) = latch.step(Observed::Good, &tuning, START_MS);
        let is_short = matches!(end, Some(Verdict::End { lasted, .. }) if lasted == Duration::ZERO);
        prop_assert!(is_short, "{end:?}");
        let (_, fire) = latch.step(bad, &tuning, START_MS + i64::try_from(cooldown).unwrap() * 1000);
        let fires = matches!(fire, Some(Verdict::Fire { .. }));
        prop_assert!(fires);
        let (pulse, _) = Pulse::default().step(tuning.cooldown, ahead_ms);
        let (pulse, _) = pulse.step(tuning.cooldown, START_MS);
        let (_, beat) = pulse.step(tuning.cooldown, START_MS + i64::try_from(cooldown).unwrap() * 1000);
        prop_assert!(beat.is_some());
    }

    #[test]
    fn whatever_a_server_looks_like_alerts_and_ends_alternate(
        looks in prop::collection::vec((0_usize..8, 1_u64..200, any::<bool>()), 1..150),
    ) {
        let mut stage = Stage::new(Settings::default());
        let mut lasting = std::collections::BTreeSet::new();
        let mut now = 1000;
        for (what, wait, restarts) in looks {
            now += wait;
            if restarts && what == 7 {
                stage.restart();
            }
            let seen = Desk::RULES.get(what).map_or_else(|| all_well(now), |rule| wrong(*rule, now - 900, now));
            for (rule, news) in stage.look(seen, now) {
                match news {
                    News::Fired(Alert::GameUpdated { from, to }) => prop_assert_ne!(from, to),
                    News::Fired(_) => prop_assert!(lasting.insert(rule), "{rule:?} twice"),
                    News::Ended { lasted, .. } => {
                        prop_assert!(lasting.remove(&rule), "{rule:?} ended before it began");
                        prop_assert!(lasted.as_secs() <= now);
                    }
                    News::StillSo { .. } => prop_assert!(false),
                }
            }
        }
    }
}
