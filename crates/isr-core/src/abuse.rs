//! The abuse watch: who writes or calls too much, and when it is over.
//!
//! Owns the episodes: admins hear once when one begins and once when it has ended. It never bans and never hides a
//! player: chat is held back only where an admin chose that, only what is beyond the rate, and what chat looks like does
//! not matter. At most [`MOST_EPISODES`] at a time; more go without a notice. Rates go by the time of the events, the end
//! of an episode by the time of reading. Must not know destinations. Cannot fail.

mod words;

use std::collections::HashMap;

use crate::rate::{Rate, Windows};
pub use words::AbuseWords;

/// So many episodes at a time make notices.
pub const MOST_EPISODES: usize = 64;

/// What follows when a player is beyond a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FloodAction {
    /// Admins hear of it; everything is posted.
    #[default]
    Notice,
    /// Admins hear of it, and what is beyond the rate is not posted.
    HoldBack,
    /// Nothing.
    Off,
}

/// The rule of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FloodRule {
    /// Lines of chat of one player that are no flood.
    pub chat: Rate,
    /// What follows beyond.
    pub action: FloodAction,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// It is posted.
    Post,
    /// It is not.
    HoldBack,
}

/// What is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Excess {
    Chat,
    Mentions,
}

#[derive(Debug, Clone)]
struct Episode {
    beyond: u64,
    last_ms: i64,
    rate: Rate,
    action: FloodAction,
}

/// What admins are told: an episode has begun, or is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbuseNotice {
    player: Box<str>,
    excess: Excess,
    rate: Rate,
    action: FloodAction,
    turn: Turn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Begun,
    Over { beyond: u64 },
}

/// The episodes of one server. Lost at a restart: then an episode that goes on begins anew.
#[derive(Debug, Clone, Default)]
pub struct AbuseWatch {
    chat: Windows,
    episodes: HashMap<(Box<str>, Excess), Episode>,
}

impl AbuseWatch {
    /// A player said something, at that time, read at that time. A notice for admins is added where one begins.
    pub fn said(
        &mut self,
        rule: FloodRule,
        player: &str,
        happened_ms: i64,
        seen_ms: i64,
        notices: &mut Vec<AbuseNotice>,
    ) -> Passage {
        if rule.action == FloodAction::Off || self.chat.take(player, rule.chat, happened_ms) {
            return Passage::Post;
        }
        self.beyond(Excess::Chat, rule.chat, rule.action, player, seen_ms, notices);
        match rule.action {
            FloodAction::HoldBack => Passage::HoldBack,
            FloodAction::Notice | FloodAction::Off => Passage::Post,
        }
    }

    /// A player called somebody more often than `rate` lets; the mention is shown without ping.
    pub fn called_too_often(
        &mut self,
        rule: FloodRule,
        rate: Rate,
        player: &str,
        seen_ms: i64,
        notices: &mut Vec<AbuseNotice>,
    ) {
        if rule.action != FloodAction::Off {
            self.beyond(Excess::Mentions, rate, rule.action, player, seen_ms, notices);
        }
    }

    fn beyond(
        &mut self,
        excess: Excess,
        rate: Rate,
        action: FloodAction,
        player: &str,
        seen_ms: i64,
        notices: &mut Vec<AbuseNotice>,
    ) {
        let key = (player.into(), excess);
        if let Some(episode) = self.episodes.get_mut(&key) {
            episode.beyond += 1;
            episode.last_ms = seen_ms;
            return;
        }
        if self.episodes.len() >= MOST_EPISODES {
            return;
        }
        let episode = Episode {
            beyond: 1,
            last_ms: seen_ms,
            rate,
            action,
        };
        notices.push(AbuseNotice {
            player: player.into(),
            excess,
            rate,
            action,
            turn: Turn::Begun,
        });
        self.episodes.insert(key, episode);
    }

    /// The notices of episodes that are over. To be asked now and then.
    pub fn over(&mut self, now_ms: i64) -> Vec<AbuseNotice> {
        let mut notices = Vec::new();
        self.episodes.retain(|(player, excess), episode| {
            // A clock that went back ends an episode, too.
            let quiet_ms = now_ms.saturating_sub(episode.last_ms);
            let ends_after_ms = i64::try_from(episode.rate.within().as_millis()).unwrap_or(i64::MAX);
            let goes_on = (0..ends_after_ms).contains(&quiet_ms);
            if !goes_on {
                notices.push(AbuseNotice {
                    player: player.clone(),
                    excess: *excess,
                    rate: episode.rate,
                    action: episode.action,
                    turn: Turn::Over {
                        beyond: episode.beyond,
                    },
                });
            }
            goes_on
        });
        notices
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::voice::Words;

    fn texts(notices: &[AbuseNotice]) -> Vec<String> {
        let words = Words::english();
        notices.iter().map(|notice| notice.text(&words)).collect()
    }

    fn rule(action: FloodAction) -> FloodRule {
        FloodRule {
            chat: Rate::new(20, Duration::from_secs(60)),
            action,
        }
    }

    /// Lines of one player, one each second from `from_s` on: what became of them, and the notices.
    fn flood(watch: &mut AbuseWatch, action: FloodAction, from_s: i64, lines: i64) -> (usize, Vec<String>) {
        let mut notices = Vec::new();
        let held = (from_s..from_s + lines).filter(|at_s| {
            let at_ms = at_s * 1000;
            watch.said(rule(action), "Bob_1", at_ms, at_ms, &mut notices) == Passage::HoldBack
        });
        (held.count(), texts(&notices))
    }

    #[test]
    fn w21_a_flood_is_held_back_and_told_once_and_nobody_is_hidden_for_good() {
        let mut watch = AbuseWatch::default();
        let (held, notices) = flood(&mut watch, FloodAction::HoldBack, 0, 50);
        assert_eq!(held, 30);
        assert_eq!(
            notices,
            [
                r"🚨 **Bob\_1** floods the chat (more than 20 lines in 60 s): what is beyond that is held back until it stops"
            ]
        );
        assert_eq!(watch.over(60_000), [], "not over yet");
        assert_eq!(
            texts(&watch.over(109_000)),
            [r"🕊️ **Bob\_1** no longer floods the chat: 30 lines were held back"]
        );
        assert_eq!(watch.over(200_000), []);
        let (held, notices) = flood(&mut watch, FloodAction::HoldBack, 200, 20);
        assert_eq!(
            (held, notices.len()),
            (0, 0),
            "afterwards everything is posted again"
        );
    }

    #[test]
    fn by_default_a_flood_is_posted_and_only_told() {
        let mut watch = AbuseWatch::default();
        let (held, notices) = flood(&mut watch, FloodAction::default(), 0, 500);
        assert_eq!((held, notices.len()), (0, 1));
        let (held, notices) = flood(&mut AbuseWatch::default(), FloodAction::Off, 0, 500);
        assert_eq!((held, notices.len()), (0, 0));
    }

    #[test]
    fn what_chat_looks_like_does_not_matter_and_others_may_speak() {
        let mut watch = AbuseWatch::default();
        flood(&mut watch, FloodAction::HoldBack, 0, 50);
        let passage = watch.said(
            rule(FloodAction::HoldBack),
            "Ada",
            50_000,
            50_000,
            &mut Vec::new(),
        );
        assert_eq!(passage, Passage::Post);
    }

    #[test]
    fn too_many_mentions_are_an_episode_of_their_own() {
        let mut watch = AbuseWatch::default();
        let mut notices = Vec::new();
        let rate = Rate::new(5, Duration::from_secs(60));
        for at_ms in 0..3 {
            watch.called_too_often(rule(FloodAction::Notice), rate, "@everyone", at_ms, &mut notices);
        }
        assert_eq!(notices.len(), 1);
        let told = texts(&notices);
        assert!(!told[0].contains("@everyone"), "{}", told[0]);
        let german = watch.over(60_002)[0].text(&Words::german());
        assert!(
            german.contains("ruft nicht mehr zu oft") && german.contains("3 Zeilen"),
            "{german}"
        );
    }

    #[test]
    fn many_names_fill_no_memory() {
        let mut watch = AbuseWatch::default();
        let mut notices = Vec::new();
        for number in 0..10_000 {
            let rate = Rate::new(1, Duration::from_secs(60));
            watch.called_too_often(
                rule(FloodAction::Notice),
                rate,
                &format!("p{number}"),
                0,
                &mut notices,
            );
        }
        assert_eq!(
            (watch.episodes.len(), notices.len()),
            (MOST_EPISODES, MOST_EPISODES)
        );
    }
}
