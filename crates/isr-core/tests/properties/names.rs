//! A webhook name is always one that Discord takes.

use isr_core::text::{WebhookName, is_blank, units};
use proptest::prelude::*;

use super::hostile;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_webhook_name_is_always_legal(raw in hostile::text()) {
        let name = WebhookName::new(&raw);
        let text = name.as_str();
        prop_assert!((1..=80).contains(&units(text)));
        prop_assert!(!is_blank(text));
        prop_assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), text);
        let lower = text.to_lowercase();
        prop_assert!(!lower.contains("discord") && !lower.contains("clyde"));
        prop_assert!(lower != "everyone" && lower != "here");
        prop_assert!(!text.contains(['@', '#', ':', '`']));
        prop_assert_eq!(WebhookName::new(text), name.clone());
    }

    #[test]
    fn names_by_the_account_rules_stay(name in "[A-Za-z0-9._-]{2,30}") {
        let lower = name.to_lowercase();
        prop_assume!(!lower.contains("discord") && !lower.contains("clyde") && lower != "everyone" && lower != "here");
        let legal = WebhookName::new(&name);
        prop_assert_eq!(legal.as_str(), name);
    }
}
