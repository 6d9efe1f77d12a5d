//! The topic of a channel, of which a part in brackets is ours.
//!
//! Owns Discord's limit of it, where our part begins and ends, and that nothing else of it is ever lost. Must not know what
//! our part says. Putting a part in can fail: what people wrote comes first, and may leave no room.

use super::{clean, units};

/// The longest topic of a text channel, by Discord's count; ours in UTF-16 units is never smaller.
pub const TOPIC_LIMIT: usize = 1024;
/// Around our part. People may write such brackets, too; with that sign behind the first one they are ours.
const OPEN: &str = "⟦🏭 ";
const CLOSE: &str = "⟧";
/// Not within our part.
const BRACKETS: [char; 2] = ['⟦', '⟧'];

/// The topic of a channel, as long as Discord allows at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic(String);

/// The people's text leaves so little room that nothing fits beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the channel's own topic is so long that nothing fits beside it; shorten it")]
pub struct NoRoom;

impl Topic {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Our part of a topic, without its brackets.
    #[must_use]
    pub fn part_of(topic: &str) -> Option<&str> {
        let (_, part, _) = split(topic)?;
        Some(part)
    }

    /// The room for our part beside what else stands in a topic, in UTF-16 units.
    #[must_use]
    pub fn room_in(topic: &str) -> usize {
        let others = match split(topic) {
            Some((before, _, behind)) => units(before) + units(behind),
            // And the blank before it.
            None => units(topic.trim()) + 1,
        };
        TOPIC_LIMIT.saturating_sub(others + units(OPEN) + units(CLOSE))
    }

    /// The topic with this text as our part: in the place of the former one, else behind everything.
    ///
    /// # Errors
    /// [`NoRoom`] when it is longer than [`Self::room_in`], or empty.
    pub fn with_part(topic: &str, part: &str) -> Result<Self, NoRoom> {
        let made = match split(topic) {
            Some((before, _, behind)) => format!("{before}{OPEN}{part}{CLOSE}{behind}"),
            None if topic.trim().is_empty() => format!("{OPEN}{part}{CLOSE}"),
            None => format!("{} {OPEN}{part}{CLOSE}", topic.trim()),
        };
        if part.is_empty() || units(&made) > TOPIC_LIMIT {
            return Err(NoRoom);
        }
        Ok(Self(made))
    }

    /// The topic without our part; `None` where there is none.
    #[must_use]
    pub fn without_part(topic: &str) -> Option<Self> {
        let (before, _, behind) = split(topic)?;
        let (kept, rest) = (before.trim_end(), behind.trim_start());
        let between = if kept.is_empty() || rest.is_empty() {
            ""
        } else if behind.starts_with('\n') || before.ends_with('\n') {
            "\n"
        } else {
            " "
        };
        Some(Self(format!("{kept}{between}{rest}")))
    }

    /// A text of others on one line, cleaned, that cannot end our part.
    #[must_use]
    pub fn harmless(text: &str) -> String {
        let flat = |c: char| match c {
            '\n' => ' ',
            '⟦' => '[',
            '⟧' => ']',
            other => other,
        };
        clean(text).chars().map(flat).collect()
    }
}

/// What stands before our part, the part, and what stands behind it.
fn split(topic: &str) -> Option<(&str, &str, &str)> {
    topic.rmatch_indices(OPEN).find_map(|(begins, _)| {
        let (part, behind) = topic.get(begins + OPEN.len()..)?.split_once(CLOSE)?;
        let is_ours = !part.contains(BRACKETS);
        is_ours.then_some((topic.get(..begins)?, part, behind))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(topic: &str, part: &str) -> String {
        Topic::with_part(topic, part).unwrap().as_str().to_owned()
    }

    #[test]
    fn our_part_stands_in_brackets_behind_what_people_wrote_or_where_they_moved_it() {
        assert_eq!(with("", "3 online"), "⟦🏭 3 online⟧");
        assert_eq!(with("Be kind.\n", "3 online"), "Be kind. ⟦🏭 3 online⟧");
        assert_eq!(
            with("⟦🏭 3 online⟧ Be kind. [x]", "4 online"),
            "⟦🏭 4 online⟧ Be kind. [x]"
        );
        assert_eq!(with("half ⟦", "a"), "half ⟦ ⟦🏭 a⟧");
        assert_eq!(Topic::part_of("Be kind. ⟦🏭 3 online⟧ x"), Some("3 online"));
        assert_eq!(Topic::part_of("⟧ none ⟦"), None);
    }

    #[test]
    fn taken_away_it_leaves_what_people_wrote() {
        let without = |topic| Topic::without_part(topic).map(|topic| topic.0);
        assert_eq!(without("Be kind. ⟦🏭 3 online⟧").as_deref(), Some("Be kind."));
        assert_eq!(without("⟦🏭 3 online⟧").as_deref(), Some(""));
        assert_eq!(without("a ⟦🏭 x⟧ b").as_deref(), Some("a b"));
        assert_eq!(without("a\n⟦🏭 x⟧\nb").as_deref(), Some("a\nb"));
        assert_eq!(without("Be kind."), None);
    }

    #[test]
    fn what_people_wrote_comes_first_and_a_part_that_does_not_fit_is_refused() {
        let long = "x".repeat(1017);
        assert_eq!(Topic::room_in(&long), 1);
        assert_eq!(with(&long, "y"), format!("{long} ⟦🏭 y⟧"));
        assert_eq!(Topic::with_part(&long, "yy"), Err(NoRoom));
        assert_eq!(Topic::room_in(&"😀".repeat(512)), 0);
        assert_eq!(Topic::harmless("a⟧\n@every\u{200b}one\u{202e}"), "a] @everyone");
    }

    #[test]
    fn brackets_of_people_are_not_ours() {
        assert_eq!(
            with("⟦Rules: be kind⟧", "3 online"),
            "⟦Rules: be kind⟧ ⟦🏭 3 online⟧"
        );
        assert_eq!(with("⟦🏭 3 online⟧ rules ⟧", "4 online"), "⟦🏭 4 online⟧ rules ⟧");
        assert_eq!(with("⟦🏭 3 online⟧ ⟦rules⟧", "4 online"), "⟦🏭 4 online⟧ ⟦rules⟧");
        assert_eq!(with("⟦🏭 half ⟦🏭 3⟧", "4"), "⟦🏭 half ⟦🏭 4⟧");
    }

    proptest! {
        #[test]
        fn nothing_that_people_wrote_is_ever_lost_and_the_limit_holds(
            before in "[a-z \n⟦⟧😀]{0,40}", behind in "[a-z ⟦⟧😀]{0,1100}", name in ".{0,40}"
        ) {
            let part = Topic::harmless(&name);
            let topic = format!("{before}⟦🏭 old⟧{behind}");
            match Topic::with_part(&topic, &part) {
                Ok(made) => {
                    prop_assert!(units(made.as_str()) <= TOPIC_LIMIT);
                    prop_assert_eq!(made.as_str(), format!("{before}⟦🏭 {part}⟧{behind}"));
                    prop_assert_eq!(Topic::part_of(made.as_str()), Some(part.as_str()));
                }
                Err(NoRoom) => prop_assert!(part.is_empty() || units(&part) > Topic::room_in(&topic)),
            }
        }
    }
}
