//! How often somebody may use commands.
//!
//! Owns the limits of each class and who used what when. They are those of the Python program: 5 in 30 s, 3 in 60 s, 1 in
//! 120 s, for each person and class, whatever the server. Must not know a clock or the store; uses are put back after a
//! restart. Cannot fail.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// People whose uses are remembered; beyond it those whose uses are past are forgotten.
const MOST_PEOPLE: usize = 4096;

/// What kind of command it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Asks the game.
    Query,
    /// Changes something.
    Change,
    /// Changes something that hurts.
    Danger,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Query, Self::Change, Self::Danger];
    /// The longest window of all.
    pub const LONGEST: Duration = Duration::from_secs(120);

    /// So many uses …
    #[must_use]
    pub const fn uses(self) -> usize {
        match self {
            Self::Query => 5,
            Self::Change => 3,
            Self::Danger => 1,
        }
    }

    /// … in so long a time.
    #[must_use]
    pub const fn window(self) -> Duration {
        match self {
            Self::Query => Duration::from_secs(30),
            Self::Change => Duration::from_secs(60),
            Self::Danger => Self::LONGEST,
        }
    }

    /// The stable name, for the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Change => "change",
            Self::Danger => "danger",
        }
    }

    /// The reverse of [`Class::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }

    fn window_ms(self) -> i64 {
        i64::try_from(self.window().as_millis()).unwrap_or(i64::MAX)
    }
}

/// One use of a command. The moment is Unix milliseconds: it outlives the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Whose.
    pub user: u64,
    /// Of which class.
    pub class: Class,
    /// When.
    pub at_ms: i64,
}

/// Everybody's uses.
#[derive(Debug, Clone, Default)]
pub struct Cooldowns {
    uses: HashMap<(u64, Class), VecDeque<i64>>,
}

impl Cooldowns {
    /// Puts back a use from before a restart.
    pub fn restore(&mut self, used: Use) {
        let uses = self.uses.entry((used.user, used.class)).or_default();
        let place = uses.partition_point(|at| *at <= used.at_ms);
        uses.insert(place, used.at_ms);
        // Only the last ones count.
        while uses.len() > used.class.uses() {
            uses.pop_front();
        }
    }

    /// Notes a use, when it is allowed.
    ///
    /// # Errors
    /// How long to wait until it is.
    pub fn take(&mut self, user: u64, class: Class, now_ms: i64) -> Result<Use, Duration> {
        self.wait(user, class, now_ms)?;
        if self.uses.len() >= MOST_PEOPLE {
            self.forget_past(now_ms);
        }
        let used = Use {
            user,
            class,
            at_ms: now_ms,
        };
        self.restore(used);
        Ok(used)
    }

    /// Whether a use is allowed; notes nothing.
    ///
    /// # Errors
    /// How long to wait until it is.
    pub fn wait(&mut self, user: u64, class: Class, now_ms: i64) -> Result<(), Duration> {
        let Some(uses) = self.uses.get_mut(&(user, class)) else {
            return Ok(());
        };
        // A clock that was set back locks nobody out for longer than a window.
        uses.iter_mut().for_each(|at| *at = (*at).min(now_ms));
        while uses
            .front()
            .is_some_and(|at| now_ms.saturating_sub(*at) >= class.window_ms())
        {
            uses.pop_front();
        }
        match uses.front() {
            Some(first) if uses.len() >= class.uses() => {
                let left_ms = class.window_ms() - now_ms.saturating_sub(*first);
                Err(Duration::from_millis(left_ms.max(1).unsigned_abs()))
            }
            _ => Ok(()),
        }
    }

    fn forget_past(&mut self, now_ms: i64) {
        self.uses.retain(|(_, class), uses| {
            uses.back()
                .is_some_and(|at| now_ms.saturating_sub(*at) < class.window_ms())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_limit_for_each_person() {
        for class in Class::ALL {
            let mut cooldowns = Cooldowns::default();
            for n in 0..class.uses() {
                let at = i64::try_from(n).unwrap() * 1_000;
                assert!(cooldowns.take(7, class, at).is_ok(), "{class:?} {n}");
            }
            let last = i64::try_from(class.uses() - 1).unwrap() * 1_000;
            let wait = cooldowns.take(7, class, last).unwrap_err();
            assert_eq!(wait, class.window() - Duration::from_millis(last.unsigned_abs()));
            // A refusal costs nothing, and nobody else pays for it.
            let free_at = last + i64::try_from(wait.as_millis()).unwrap();
            assert!(cooldowns.take(7, class, free_at - 1).is_err());
            assert!(cooldowns.take(8, class, last).is_ok());
            assert!(cooldowns.take(7, class, free_at).is_ok());
        }
    }

    #[test]
    fn uses_are_put_back_after_a_restart_in_any_order() {
        let mut cooldowns = Cooldowns::default();
        for at_ms in [20_000, 0, 10_000] {
            cooldowns.restore(Use {
                user: 7,
                class: Class::Change,
                at_ms,
            });
        }
        assert_eq!(
            cooldowns.take(7, Class::Change, 30_000),
            Err(Duration::from_secs(30))
        );
        assert!(cooldowns.take(7, Class::Change, 60_000).is_ok());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let mut cooldowns = Cooldowns::default();
        cooldowns.take(7, Class::Danger, 10_000_000).unwrap();
        assert_eq!(cooldowns.take(7, Class::Danger, 0), Err(Class::LONGEST));
        assert!(cooldowns.take(7, Class::Danger, 120_000).is_ok());
    }

    #[test]
    fn a_crowd_does_not_fill_the_memory() {
        let mut cooldowns = Cooldowns::default();
        for user in 0..100_000 {
            let at = i64::try_from(user).unwrap() * 100;
            cooldowns.take(user, Class::Query, at).unwrap();
        }
        assert!(cooldowns.uses.len() <= MOST_PEOPLE, "{}", cooldowns.uses.len());
    }
}
