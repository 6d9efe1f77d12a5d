//! Each rule's way from quiet to alert to its end.

use super::*;

#[test]
fn every_rule_has_a_name_of_its_own_and_runs_at_one_desk() {
    for rule in Rule::ALL {
        assert_eq!(Rule::from_name(rule.as_str()), Some(rule));
        assert!(
            Desk::RULES.contains(&rule) != LogDesk::RULES.contains(&rule),
            "{rule:?}"
        );
    }
    assert_eq!(Rule::from_name("nothing"), None);
}
