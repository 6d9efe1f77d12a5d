//! What admins do to players: kicks, bans, ranks.
//!
//! Owns these templates; scenarios print the ban's too. Must not know tags or dates. A body that does not follow its
//! template is `None`.

use crate::fact::Fact;
use crate::name::Who;
use crate::scan::{split_once, without_dot};

pub(super) fn kick(body: &[u8]) -> Option<Fact<'_>> {
    let (name, rest) = split_once(body, b" was kicked by ")?;
    let (by, reason) = actor_and_reason(rest)?;
    Some(Fact::Kick {
        player: Who::target(name)?,
        by,
        reason,
    })
}

/// The parts of a ban, which scenarios print too.
pub(crate) struct Ban<'a> {
    pub(crate) player: Who<'a>,
    pub(crate) on_map: bool,
    pub(crate) by: Who<'a>,
    pub(crate) reason: Option<&'a [u8]>,
}

/// `NAME[ (not on map)] was banned by WHO. Reason: REASON.`
pub(crate) fn ban(body: &[u8]) -> Option<Ban<'_>> {
    let (name, rest) = split_once(body, b" was banned by ")?;
    let (name, on_map) = match name.strip_suffix(b" (not on map)") {
        Some(name) => (name, false),
        None => (name, true),
    };
    let (by, reason) = actor_and_reason(rest)?;
    Some(Ban {
        player: Who::target(name)?,
        on_map,
        by,
        reason,
    })
}

/// `WHO. Reason: REASON.`: the first `. Reason: ` divides, and one full stop belongs to the template.
fn actor_and_reason(text: &[u8]) -> Option<(Who<'_>, Option<&[u8]>)> {
    match split_once(text, b". Reason: ") {
        Some((by, reason)) => Some((Who::present(by)?, Some(without_dot(reason)))),
        None => Some((Who::present(without_dot(text))?, None)),
    }
}

pub(super) fn unban(body: &[u8]) -> Option<Fact<'_>> {
    let (name, by) = split_once(body, b" was unbanned by ")?;
    Some(Fact::Unban {
        player: Who::target(name)?,
        by: Who::present(without_dot(by))?,
    })
}

pub(super) fn promote(body: &[u8]) -> Option<Fact<'_>> {
    let later = b" and will be promoted upon joining the game";
    let change = rank(
        body,
        b" was promoted to admin by ",
        b" was added to the admin list by ",
        later,
    )?;
    Some(Fact::Promote {
        player: change.player,
        by: change.by,
        pending: change.pending,
    })
}

pub(super) fn demote(body: &[u8]) -> Option<Fact<'_>> {
    let later = b" and will no longer be promoted upon joining the game";
    let change = rank(
        body,
        b" was demoted from admin by ",
        b" was removed from the admin list by ",
        later,
    )?;
    Some(Fact::Demote {
        player: change.player,
        by: change.by,
        pending: change.pending,
    })
}

struct RankChange<'a> {
    player: Who<'a>,
    by: Who<'a>,
    pending: bool,
}

fn rank<'a>(body: &'a [u8], now: &[u8], listed: &[u8], later: &[u8]) -> Option<RankChange<'a>> {
    let body = without_dot(body);
    if let Some((name, by)) = split_once(body, now) {
        return Some(RankChange {
            player: Who::target(name)?,
            by: Who::present(by)?,
            pending: false,
        });
    }
    let (name, rest) = split_once(body, listed)?;
    let by = rest.strip_suffix(later)?;
    Some(RankChange {
        player: Who::target(name)?,
        by: Who::present(by)?,
        pending: true,
    })
}

#[cfg(test)]
mod tests {
    use crate::console::tagged;
    use crate::fact::Fact;
    use crate::name::Who;

    fn who(name: &'static str, tag: Option<&'static str>) -> Who<'static> {
        Who {
            name: name.as_bytes(),
            tag: tag.map(str::as_bytes),
        }
    }

    #[test]
    fn a_reason_may_hold_dots_and_the_template_itself() {
        let fact = tagged(
            b"KICK",
            b"bob was kicked by <server>. Reason: said. Reason: none...",
        );
        let reason = Some(&b"said. Reason: none.."[..]);
        assert_eq!(
            fact,
            Some(Fact::Kick {
                player: who("bob", None),
                by: who("<server>", None),
                reason
            })
        );
        let fact = tagged(b"KICK", b"bob was kicked by <script>.");
        assert_eq!(
            fact,
            Some(Fact::Kick {
                player: who("bob", None),
                by: who("<script>", None),
                reason: None
            })
        );
    }

    #[test]
    fn bans_keep_unverified_names_and_tags_of_admins() {
        let fact = tagged(
            b"BAN",
            b"grilled ham (not on map) was banned by admin [Dog Cat]. Reason: was naughty.",
        );
        let (player, by) = (who("grilled ham", None), who("admin", Some("[Dog Cat]")));
        assert_eq!(
            fact,
            Some(Fact::Ban {
                player,
                on_map: false,
                by,
                reason: Some(b"was naughty")
            })
        );
        let fact = tagged(b"UNBANNED", b"grilledham. was unbanned by grilledham..");
        let name = who("grilledham.", None);
        assert_eq!(
            fact,
            Some(Fact::Unban {
                player: name,
                by: name
            })
        );
        let fact = tagged(
            b"BAN",
            b"grilledham was banned by grilledham.. Reason: was naughty..",
        );
        let Some(Fact::Ban { by, reason, .. }) = fact else {
            panic!("a ban: {fact:?}")
        };
        assert_eq!((by, reason), (name, Some(&b"was naughty."[..])));
    }

    #[test]
    fn ranks_change_now_or_upon_joining() {
        let promoted = |pending| {
            Some(Fact::Promote {
                player: who("al", None),
                by: who("bo", None),
                pending,
            })
        };
        let demoted = |pending| {
            Some(Fact::Demote {
                player: who("al", None),
                by: who("bo", None),
                pending,
            })
        };
        let listed = b"al was added to the admin list by bo and will be promoted upon joining the game.";
        let unlisted =
            b"al was removed from the admin list by bo and will no longer be promoted upon joining the game.";
        assert_eq!(
            tagged(b"PROMOTE", b"al was promoted to admin by bo."),
            promoted(false)
        );
        assert_eq!(tagged(b"PROMOTE", listed), promoted(true));
        assert_eq!(
            tagged(b"DEMOTE", b"al was demoted from admin by bo."),
            demoted(false)
        );
        assert_eq!(tagged(b"DEMOTE", unlisted), demoted(true));
        assert_eq!(tagged(b"PROMOTE", b"al was added to the admin list by bo."), None);
    }
}
