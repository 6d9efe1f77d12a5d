//! P05: a stamp read in the server's zone is the moment at which it was written, also around clock changes.

use isr_core::zone::ZoneClock;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/St_Johns",
    "Pacific/Apia",
    "Africa/Casablanca",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn p05_a_live_stamp_is_the_moment_it_was_written(
        name in prop::sample::select(ZONES), second in 1_400_000_000_i64..1_800_000_000, delay_ms in 0_i64..60_000,
    ) {
        let zone = TimeZone::get(name).unwrap();
        let moment = Timestamp::from_second(second).unwrap();
        let civil = zone.to_datetime(moment);
        let resolved = ZoneClock::new(zone).resolve(civil, second * 1000 + delay_ms);
        prop_assert_eq!(resolved, Some(second * 1000));
    }

    #[test]
    fn p05_also_within_an_hour_of_a_clock_change(
        name in prop::sample::select(ZONES), from in 1_400_000_000_i64..1_750_000_000, beside in -7200_i64..7200,
    ) {
        let zone = TimeZone::get(name).unwrap();
        let Some(change) = zone.following(Timestamp::from_second(from).unwrap()).next() else { return Ok(()) };
        let second = change.timestamp().as_second() + beside;
        let civil = zone.to_datetime(Timestamp::from_second(second).unwrap());
        prop_assert_eq!(ZoneClock::new(zone).resolve(civil, second * 1000 + 500), Some(second * 1000));
    }
}
