//! The rules that lines set off.

use factorio_log::Fact;

use super::*;
use crate::event::{Event, Evidence};

fn troubles() -> [Trouble; 6] {
    [
        Trouble::Crashed(None),
        Trouble::Desync(Some(3)),
        Trouble::Dropped {
            player: "Ann".to_owned(),
            reason: "afk".to_owned(),
        },
        Trouble::SlowSave(Duration::from_secs(20)),
        Trouble::SaveFailed("no space".to_owned()),
        Trouble::Matching("failed".to_owned()),
    ]
}

fn news(step: Option<Step>) -> Option<News> {
    step.and_then(|step| step.news)
}

#[test]
fn each_trouble_is_told_once_per_cooldown_also_over_a_restart() {
    for trouble in troubles()
        .into_iter()
        .filter(|trouble| trouble.rule() != Rule::Matching)
    {
        let rule = trouble.rule();
        let mut desk = LogDesk::restore(Settings::default(), []);
        let first = desk.trouble(&trouble, None, ms(0)).unwrap();
        assert_eq!(first.rule, rule);
        assert!(first.news.is_some(), "{rule:?}");
        let second = desk.trouble(&trouble, None, ms(10)).unwrap();
        assert_eq!(second.news, None, "{rule:?}");
        let state = second.state.unwrap();
        let mut desk = LogDesk::restore(Settings::default(), [(rule.as_str(), state.as_str())]);
        assert_eq!(news(desk.trouble(&trouble, None, ms(299))), None, "{rule:?}");
        let told = news(desk.trouble(&trouble, None, ms(300)));
        let Some(News::Fired(Alert::Trouble { kept_back, .. })) = told else {
            panic!("{rule:?}: {told:?}");
        };
        assert_eq!(kept_back, 2);
    }
}

#[test]
fn maintenance_keeps_back_all_but_crashes_and_saves_that_fail() {
    for trouble in troubles() {
        let mut desk = LogDesk::restore(Settings::default(), []);
        let told = news(desk.trouble(&trouble, Some(ms(100)), ms(0))).is_some();
        assert_eq!(told, !trouble.rule().is_kept_back_by_maintenance(), "{trouble:?}");
        let later = news(desk.trouble(&trouble, Some(ms(100)), ms(400)));
        assert!(later.is_some(), "it is over: {trouble:?}");
    }
}

#[test]
fn a_list_that_cannot_be_reached_is_told_once_and_its_return_as_well() {
    let trouble = Trouble::Matching("Matching server connection failed: x".to_owned());
    let mut desk = LogDesk::restore(Settings::default(), []);
    let mut states = Vec::new();
    let mut told = Vec::new();
    for seconds in (0..3600).step_by(5) {
        if let Some(step) = desk.trouble(&trouble, None, ms(seconds)) {
            states.extend(step.state);
            told.extend(step.news);
        }
    }
    assert_eq!(told.len(), 1);
    let mut desk = LogDesk::restore(
        Settings::default(),
        [("matching", states.last().unwrap().as_str())],
    );
    let lasted = Duration::from_secs(3600);
    let ending = Ending::Recovered;
    assert_eq!(
        news(desk.matching_is_back(ms(3600))),
        Some(News::Ended { ending, lasted })
    );
    assert_eq!(desk.matching_is_back(ms(3700)), None);
}

#[test]
fn a_rule_that_is_off_and_a_save_that_was_quick_say_nothing() {
    for trouble in troubles() {
        let off = [trouble.rule()].into();
        let mut desk = LogDesk::restore(
            Settings {
                off,
                ..Settings::default()
            },
            [],
        );
        assert_eq!(desk.trouble(&trouble, None, ms(0)), None);
    }
    let mut desk = LogDesk::restore(Settings::default(), []);
    let quick = Trouble::SlowSave(Duration::from_secs(14));
    assert_eq!(desk.trouble(&quick, None, ms(0)), None);
}

#[test]
fn lines_and_events_are_read_as_the_trouble_that_they_tell() {
    let error = |text: &'static [u8]| Trouble::of_fact(&Fact::EngineError { file: b"x.cpp", text });
    assert!(matches!(
        error(b"Matching server connection failed: Couldn't resolve"),
        Some(Trouble::Matching(_))
    ));
    assert!(matches!(
        error(b"Saving failed: no space left"),
        Some(Trouble::SaveFailed(_))
    ));
    assert!(matches!(
        error(b"Could not write the save file"),
        Some(Trouble::SaveFailed(_))
    ));
    assert_eq!(error(b"Saving to _autosave3"), None);
    assert_eq!(error(b"Failed to load mod"), None);
    let left = |reason| {
        Trouble::of_fact(&Fact::ModLeave {
            tick: None,
            player: b"Ann",
            reason,
        })
    };
    assert!(matches!(
        left(Some(b"cannot_keep_up")),
        Some(Trouble::Dropped { .. })
    ));
    assert_eq!((left(Some(b"quit")), left(None)), (None, None));
    assert!(Trouble::is_over(&Fact::EngineMatchingOk));
    let crash = Event::ServerCrashed {
        evidence: Evidence::Error("Exception".to_owned()),
    };
    assert_eq!(
        Trouble::of_event(&crash),
        Some(Trouble::Crashed(Some("Exception".to_owned())))
    );
}
