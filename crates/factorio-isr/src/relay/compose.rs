//! Makes one message of the deliveries at the head of a lane.
//!
//! Owns which of them may share a message: lines are folded, embeds stand together as far as Discord takes them,
//! everything else is a message of its own. Pure. Must not know when a message is sent. Cannot fail.

use std::time::Duration;

use isr_core::delivery::{ClaimedDelivery, Form, KindName, Pings};
use isr_core::fold::{self, FoldLine, Moment};
use isr_core::quiet::{Board, QuietRules, Sheet, Taken};
use isr_discord::request::{EMBED_LIMIT, EMBEDS_LENGTH_LIMIT};
use isr_discord::{Embed, Nonce};

use super::sink::OutgoingMessage;

/// What a lane makes messages by, beside the deliveries.
#[derive(Debug, Clone, Copy)]
pub struct Composer<'a> {
    /// What stands in the destination.
    pub board: &'a Board,
    /// What is merged.
    pub quiet: &'a QuietRules,
    /// When the message is sent.
    pub moment: Moment,
    /// The same on the lane's own clock.
    pub clock: Duration,
}

/// A message and what the lane has to remember of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The message; [`OutgoingMessage::lines`] says how many deliveries are in it.
    pub message: OutgoingMessage,
    /// Its lines, where they may change later.
    pub sheet: Option<Sheet>,
    /// How each of the deliveries is in it.
    pub taken: Vec<Taken>,
}

impl Composed {
    fn of(message: OutgoingMessage) -> Self {
        let taken = vec![Taken::Added; message.lines];
        Self {
            message,
            sheet: None,
            taken,
        }
    }
}

/// The message of the first deliveries.
#[must_use]
pub fn compose<'a>(
    rows: impl Iterator<Item = &'a ClaimedDelivery> + Clone,
    composer: Composer<'_>,
) -> Option<Composed> {
    let first = rows.clone().next()?;
    let moment = composer.moment;
    let composed = match &first.form {
        Form::Line if first.pings != Pings::Everyone => lines(rows.clone(), composer),
        Form::Line | Form::Alone => alone(first, moment).map(Composed::of),
        Form::Embed => Some(Composed::of(embeds(first, rows.clone(), moment))),
        Form::Picture(picture) => {
            let mut message = alone(first, moment)?;
            message.picture = Some(picture.clone());
            Some(Composed::of(message))
        }
    };
    composed.map(|mut composed| {
        composed.message.nonce = Nonce::of_fold(rows.take(composed.taken.len()).map(|row| &row.id));
        composed
    })
}

/// As many lines as fit, as long as Discord can be told whom all of them may ping.
fn lines<'a>(rows: impl Iterator<Item = &'a ClaimedDelivery>, composer: Composer<'_>) -> Option<Composed> {
    let Composer {
        board,
        quiet,
        moment,
        clock,
    } = composer;
    let (sheet, taken) = board.compose(rows, quiet, moment, clock)?;
    let message = OutgoingMessage {
        username: sheet.username().map(str::to_owned),
        pings: sheet.pings().clone(),
        lines: taken.len(),
        ..OutgoingMessage::text(sheet.content())
    };
    Some(Composed {
        message,
        sheet: Some(sheet),
        taken,
    })
}

fn alone(row: &ClaimedDelivery, moment: Moment) -> Option<OutgoingMessage> {
    let line = FoldLine {
        text: &row.text,
        username: None,
        late: moment.late_mark(row.happened_ms),
    };
    Some(OutgoingMessage {
        username: row.username.clone(),
        pings: row.pings.clone(),
        ..OutgoingMessage::text(fold::fold([line])?.content.into_string())
    })
}

/// The kind of alerts. The end of one changes its message, so that nothing else may stand in it.
pub(crate) const ALERT: KindName = KindName::fixed("alert");

/// Embeds of one name that Discord takes in one message. One that is late or calls somebody stands alone, below its time
/// and the names of those whom it calls; and so does an alert.
fn embeds<'a>(
    first: &ClaimedDelivery,
    rows: impl Iterator<Item = &'a ClaimedDelivery>,
    moment: Moment,
) -> OutgoingMessage {
    let mut message = OutgoingMessage {
        username: first.username.clone(),
        pings: first.pings.clone(),
        embeds: vec![first.text.clone()],
        ..OutgoingMessage::text(above(first, moment))
    };
    // One that is no embed goes alone, so that it alone is refused.
    let Ok(embed) = Embed::parse(&first.text) else {
        return message;
    };
    if !message.content.is_empty() || first.kind == ALERT.as_str() {
        return message;
    }
    let mut length = embed.length();
    for row in rows.skip(1).take(EMBED_LIMIT - 1) {
        let shares = row.form == Form::Embed
            && row.username == first.username
            && row.kind != ALERT.as_str()
            && above(row, moment).is_empty()
            && Embed::parse(&row.text).is_ok_and(|embed| {
                length += embed.length();
                length <= EMBEDS_LENGTH_LIMIT
            });
        if !shares {
            break;
        }
        message.embeds.push(row.text.clone());
        message.lines += 1;
    }
    message
}

/// More names than fit this many characters are left out: about 80.
const MOST_ABOVE: usize = 1900;

/// The text above an embed.
fn above(row: &ClaimedDelivery, moment: Moment) -> String {
    let late = moment.late_mark(row.happened_ms).map(|mark| mark.to_string());
    let names = row.pings.words();
    let mut above = late.unwrap_or_default();
    for name in names.split_whitespace() {
        if above.len() + name.len() >= MOST_ABOVE {
            break;
        }
        if !above.is_empty() {
            above.push(' ');
        }
        above.push_str(name);
    }
    above
}

#[cfg(test)]
mod tests {
    use isr_core::delivery::{DeliveryId, Picture};
    use isr_core::source::{GenerationId, ServerTag};

    use super::*;

    const NOW: Moment = Moment {
        now_ms: 1_700_000_000_000,
        late_after: Duration::from_secs(60),
    };

    fn row(form: Form, text: &str) -> ClaimedDelivery {
        ClaimedDelivery {
            seq: 1,
            id: DeliveryId {
                generation: GenerationId(1),
                offset: 0,
                part: 0,
            },
            server: ServerTag::parse("factorio").unwrap(),
            kind: "join".into(),
            form,
            text: text.into(),
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: NOW.now_ms,
            seen_ms: NOW.now_ms,
            attempts: 1,
            uncertain: false,
            changes: None,
            attempt_rows: None,
        }
    }

    fn pinging(text: &str, users: &[u64]) -> ClaimedDelivery {
        ClaimedDelivery {
            pings: Pings::targets(users.to_vec(), vec![]).unwrap(),
            ..row(Form::Line, text)
        }
    }

    fn composed(rows: &[ClaimedDelivery]) -> OutgoingMessage {
        let composer = Composer {
            board: &Board::default(),
            quiet: &QuietRules::default(),
            moment: NOW,
            clock: Duration::ZERO,
        };
        let composed = compose(rows.iter(), composer).unwrap();
        assert_eq!(composed.taken.len(), composed.message.lines);
        composed.message
    }

    #[test]
    fn lines_are_folded_and_may_ping_together_whom_each_may_ping() {
        let message = composed(&[row(Form::Line, "a"), pinging("b", &[2]), pinging("c", &[1])]);
        assert_eq!((message.content.as_str(), message.lines), ("a\nb\nc", 3));
        assert_eq!(message.pings, Pings::targets(vec![1, 2], vec![]).unwrap());
        let long = "x".repeat(1999);
        let message = composed(&[row(Form::Line, &long), pinging("b", &[2])]);
        assert_eq!((message.lines, message.pings), (1, Pings::Nobody));
        let many: Vec<u64> = (1..=100).collect();
        assert_eq!(composed(&[pinging("a", &many), pinging("b", &[101])]).lines, 1);
    }

    #[test]
    fn everyone_pictures_and_what_stands_alone_share_with_nobody() {
        let everyone = ClaimedDelivery {
            pings: Pings::Everyone,
            ..row(Form::Line, "@everyone")
        };
        let picture = Form::Picture(Picture {
            png: b"PNG"[..].into(),
        });
        for special in [everyone, row(Form::Alone, "recap"), row(picture, "chart")] {
            let line = row(Form::Line, "a");
            assert_eq!(composed(&[special.clone(), line.clone()]).lines, 1, "{special:?}");
            let before = composed(&[line, special.clone()]);
            assert_eq!((before.lines, before.pings), (1, Pings::Nobody), "{special:?}");
            let alone = composed(std::slice::from_ref(&special));
            assert_eq!((alone.content, alone.pings), (special.text, special.pings));
        }
    }

    #[test]
    fn embeds_share_a_message_as_far_as_discord_takes_them() {
        let embed = |n: usize| row(Form::Embed, &format!(r#"{{"description":"{}"}}"#, "x".repeat(n)));
        assert_eq!(composed(&vec![embed(5); 12]).lines, 10);
        assert_eq!(composed(&[embed(3000), embed(3000), embed(1)]).lines, 2);
        assert_eq!(composed(&[embed(4000), embed(2001)]).lines, 1);
        let broken = row(Form::Embed, "{");
        assert_eq!(composed(&[embed(1), broken.clone(), embed(1)]).lines, 1);
        assert_eq!(composed(&[broken, embed(1)]).lines, 1);
        assert_eq!(composed(&[embed(1), row(Form::Line, "a")]).lines, 1);
        let alert = ClaimedDelivery {
            kind: ALERT.as_str().to_owned(),
            ..embed(1)
        };
        assert_eq!(composed(&[alert.clone(), alert.clone()]).lines, 1);
        assert_eq!(composed(&[embed(1), alert]).lines, 1);
        let late = ClaimedDelivery {
            happened_ms: NOW.now_ms - 61_000,
            ..embed(1)
        };
        let message = composed(&[late.clone(), embed(1)]);
        assert_eq!((message.content.as_str(), message.lines), ("<t:1699999939:T>", 1));
        assert_eq!(composed(&[embed(1), late]).lines, 1);
        let calling = ClaimedDelivery {
            pings: Pings::targets(vec![1], vec![2]).unwrap(),
            ..embed(1)
        };
        let message = composed(&[calling.clone(), embed(1)]);
        assert_eq!((message.content.as_str(), message.lines), ("<@1> <@&2>", 1));
        assert_eq!(message.pings, calling.pings);
        assert_eq!(composed(&[embed(1), calling]).lines, 1);
        let many = ClaimedDelivery {
            pings: Pings::targets((0..100).map(|n| u64::MAX - n).collect(), vec![]).unwrap(),
            ..embed(1)
        };
        let above = composed(&[many]).content;
        assert!(
            (1800..=MOST_ABOVE).contains(&above.len()) && above.ends_with('>'),
            "{above}"
        );
    }
}
