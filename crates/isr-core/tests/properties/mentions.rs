//! Mentions: no input pings anybody who is not listed, and all else of the text stays as it was typed.

use isr_core::delivery::Pings;
use isr_core::mention::{Called, MentionTable, MentionWatch, Mentions, Stretch, Target};
use isr_core::text::clean;
use proptest::prelude::*;

use super::hostile;

const LISTED: [(&str, Target); 3] = [
    ("admins", Target::Role(10)),
    ("mr.x", Target::User(20)),
    ("night-shift", Target::Role(30)),
];

fn called(text: &str) -> Called {
    let mut table = MentionTable::default();
    for (word, target) in LISTED {
        table.list(word, target).expect("a word that can be typed");
    }
    let mentions = Mentions {
        table,
        ..Mentions::default()
    };
    MentionWatch::default().heed(&mentions, "Bob", text, 0)
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
    fn w20_no_text_calls_an_unlisted_target_and_the_rest_stays_as_it_was_typed(raw in calling()) {
        let called = called(&raw);
        let text = clean(&raw);
        let (mut back, mut users, mut roles) = (String::new(), Vec::new(), Vec::new());
        for stretch in called.live.cut(&text) {
            match stretch {
                Stretch::Text(text) => back.push_str(text),
                Stretch::Call { typed, word, targets } => {
                    back.push_str(typed);
                    let named = typed.strip_prefix('@').expect("a mention begins so").to_lowercase();
                    prop_assert_eq!(word, named);
                    let (_, target) = LISTED.into_iter().find(|(listed, _)| *listed == word).expect("listed");
                    prop_assert_eq!(targets, &[target]);
                    match target {
                        Target::Role(id) => roles.push(id),
                        Target::User(id) => users.push(id),
                    }
                }
            }
        }
        prop_assert_eq!(back, &*text);
        prop_assert_eq!(called.crowd, None);
        let named = Pings::targets(users, roles).expect("few");
        prop_assert_eq!(called.pings, named, "whoever is pinged is named, and the other way round");
    }

    #[test]
    fn w57_an_address_never_matches(
        local in "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,20}",
        domain in prop_oneof![Just("admins"), Just("mr.x"), Just("night-shift")],
        end in prop_oneof![Just(""), Just(".org"), Just(" please"), Just("!")],
    ) {
        prop_assert_eq!(called(&format!("mail {local}@{domain}{end}")).pings, Pings::Nobody);
    }
}
