//! Mentions: no input pings anybody who is not listed, and all else of the text stays as it was typed.

use isr_core::delivery::Pings;
use isr_core::mention::{MentionRates, MentionTable, MentionWatch, Target};
use isr_core::text::{clean, escape, readable, split_live, units};
use proptest::prelude::*;

use super::hostile;

const LISTED: [(&str, Target, &str); 3] = [
    ("admins", Target::Role(10), "<@&10>"),
    ("mr.x", Target::User(20), "<@20>"),
    ("night-shift", Target::Role(30), "<@&30>"),
];

fn watch() -> MentionWatch {
    let mut table = MentionTable::default();
    for (word, target, _) in LISTED {
        table.list(word, target).expect("a word that can be typed");
    }
    MentionWatch::new(table, MentionRates::default())
}

/// Texts full of what is nearly a mention.
fn calling() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@".to_owned()),
        Just("@admins".to_owned()),
        Just("@MR.X".to_owned()),
        Just("@night-shift".to_owned()),
        Just("@everyone".to_owned()),
        Just("<@&10>".to_owned()),
        Just("<@20>".to_owned()),
        Just("<@!30>".to_owned()),
        Just("https://a.b/?x=".to_owned()),
        Just("[item=iron]".to_owned()),
        "[ ,.;:!?()<>@\\-_&*\\\\a1\u{301}\u{200b}]",
        hostile::text(),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn w20_no_text_pings_an_unlisted_target_and_the_rest_stays_literal(raw in calling()) {
        let called = watch().heed("Bob", &raw, 0);
        let cleaned = clean(&raw);
        let text = readable(&cleaned);
        let text = text.trim();
        let shown = split_live(text, 1900, 1000, &called.live).parts.concat();
        let (mut rest, mut back) = (shown.clone(), shown);
        for (word, _, mention) in LISTED {
            rest = rest.replace(mention, "");
            back = back.replace(mention, &format!("\\@{word}"));
        }
        prop_assert!(!rest.contains("<@"), "{rest:?}");
        prop_assert_eq!(called.crowd, None);
        if units(&escape(text)) < 1900 {
            prop_assert_eq!(back.to_lowercase(), escape(text).to_lowercase());
        }
        let listed = Pings::targets(vec![20], vec![10, 30]).expect("few");
        prop_assert_eq!(called.pings.merged(&listed), Some(listed));
    }

    #[test]
    fn whoever_is_pinged_is_named_in_the_text(raw in calling()) {
        let called = watch().heed("Bob", &raw, 0);
        let cleaned = clean(&raw);
        let shown = split_live(readable(&cleaned).trim(), 1900, 1000, &called.live).parts.concat();
        if let Pings::Targets { users, roles } = called.pings {
            for id in users {
                let mention = format!("<@{}>", id);
                prop_assert!(shown.contains(&mention));
            }
            for id in roles {
                let mention = format!("<@&{}>", id);
                prop_assert!(shown.contains(&mention));
            }
        }
    }

    #[test]
    fn w57_an_address_never_matches(
        local in "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,20}",
        domain in prop_oneof![Just("admins"), Just("mr.x"), Just("night-shift")],
        end in prop_oneof![Just(""), Just(".org"), Just(" please"), Just("!")],
    ) {
        let text = format!("mail {local}@{domain}{end}");
        let called = watch().heed("Bob", &text, 0);
        prop_assert_eq!(called.pings, Pings::Nobody);
    }

    #[test]
    fn a_mention_is_never_cut(raw in calling(), room in 64_usize..200) {
        let called = watch().heed("Bob", &raw, 0);
        let cleaned = clean(&raw);
        for part in split_live(&cleaned, room, 1000, &called.live).parts {
            prop_assert!(units(&part) <= room);
            let rest = LISTED.iter().fold(part, |part, (_, _, mention)| part.replace(mention, ""));
            prop_assert!(!rest.contains("<@"), "{rest:?}");
        }
    }
}
