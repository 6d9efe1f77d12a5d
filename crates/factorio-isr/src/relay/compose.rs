//! Makes one message of the deliveries at the head of a lane.
//!
//! Owns which of them may share a message: lines are folded, embeds stand together as far as Discord takes them,
//! everything else is a message of its own. Pure. Must not know when a message is sent. Cannot fail.

use std::time::Duration;

use isr_core::delivery::{ClaimedDelivery, Form, Pings};
use isr_core::fold::{self, FoldLine};
use isr_discord::Embed;
use isr_discord::request::{EMBED_LIMIT, EMBEDS_LENGTH_LIMIT};

use super::sink::OutgoingMessage;

/// What composing goes by.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// When the message is sent, Unix milliseconds.
    pub now_ms: i64,
    /// Deliveries older than this carry their original time.
    pub late_after: Duration,
}

impl Moment {
    fn line<'a>(&self, row: &'a ClaimedDelivery) -> FoldLine<'a> {
        FoldLine {
            text: &row.text,
            username: row.username.as_deref(),
            late: fold::late_mark(row.happened_ms, self.now_ms, self.late_after),
        }
    }

    fn late_mark(&self, row: &ClaimedDelivery) -> Option<String> {
        fold::late_mark(row.happened_ms, self.now_ms, self.late_after).map(|mark| mark.to_string())
    }
}

/// The message of the first deliveries; [`OutgoingMessage::lines`] says of how many.
#[must_use]
pub fn compose<'a>(
    rows: impl Iterator<Item = &'a ClaimedDelivery> + Clone,
    moment: Moment,
) -> Option<OutgoingMessage> {
    let first = rows.clone().next()?;
    match &first.form {
        Form::Line if first.pings != Pings::Everyone => folded(rows, moment),
        Form::Line | Form::Alone => folded(std::iter::once(first), moment),
        Form::Embed => Some(embeds(first, rows, moment)),
        Form::Picture(picture) => {
            let mut message = folded(std::iter::once(first), moment)?;
            message.picture = Some(picture.clone());
            Some(message)
        }
    }
}

/// As many lines as fit, as long as Discord can be told whom all of them may ping.
fn folded<'a>(
    rows: impl Iterator<Item = &'a ClaimedDelivery> + Clone,
    moment: Moment,
) -> Option<OutgoingMessage> {
    let first = rows.clone().next()?;
    let mut run = vec![first];
    let mut pings = vec![first.pings.clone()];
    for row in rows.skip(1).take_while(|row| row.form == Form::Line) {
        let Some(merged) = pings.last().and_then(|pings| pings.merged(&row.pings)) else {
            break;
        };
        run.push(row);
        pings.push(merged);
    }
    let folded = fold::fold(run.into_iter().map(|row| moment.line(row)))?;
    let pings = pings.swap_remove(folded.taken - 1);
    Some(OutgoingMessage {
        username: first.username.clone(),
        pings,
        lines: folded.taken,
        ..OutgoingMessage::text(folded.content.into_string())
    })
}

/// Embeds of one name that Discord takes in one message. A late one stands alone, below its time.
fn embeds<'a>(
    first: &ClaimedDelivery,
    rows: impl Iterator<Item = &'a ClaimedDelivery>,
    moment: Moment,
) -> OutgoingMessage {
    let mut message = OutgoingMessage {
        username: first.username.clone(),
        pings: first.pings.clone(),
        embeds: vec![first.text.clone()],
        ..OutgoingMessage::text(moment.late_mark(first).unwrap_or_default())
    };
    // One that is no embed goes alone, so that it alone is refused.
    let Ok(embed) = Embed::parse(&first.text) else {
        return message;
    };
    if !message.content.is_empty() {
        return message;
    }
    let mut length = embed.length();
    for row in rows.skip(1).take(EMBED_LIMIT - 1) {
        let shares = row.form == Form::Embed
            && row.username == first.username
            && moment.late_mark(row).is_none()
            && Embed::parse(&row.text).is_ok_and(|embed| {
                length += embed.length();
                length <= EMBEDS_LENGTH_LIMIT
            });
        let Some(pings) = message.pings.merged(&row.pings).filter(|_| shares) else {
            break;
        };
        message.pings = pings;
        message.embeds.push(row.text.clone());
        message.lines += 1;
    }
    message
}

#[cfg(test)]
mod tests {
    use isr_core::delivery::Picture;
    use isr_core::source::ServerTag;

    use super::*;

    const NOW: Moment = Moment {
        now_ms: 1_700_000_000_000,
        late_after: Duration::from_secs(60),
    };

    fn row(form: Form, text: &str) -> ClaimedDelivery {
        ClaimedDelivery {
            seq: 1,
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
        }
    }

    fn pinging(text: &str, users: &[u64]) -> ClaimedDelivery {
        ClaimedDelivery {
            pings: Pings::targets(users.to_vec(), vec![]).unwrap(),
            ..row(Form::Line, text)
        }
    }

    fn composed(rows: &[ClaimedDelivery]) -> OutgoingMessage {
        compose(rows.iter(), NOW).unwrap()
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
        let late = ClaimedDelivery {
            happened_ms: NOW.now_ms - 61_000,
            ..embed(1)
        };
        let message = composed(&[late.clone(), embed(1)]);
        assert_eq!((message.content.as_str(), message.lines), ("<t:1699999939:T>", 1));
        assert_eq!(composed(&[embed(1), late]).lines, 1);
    }
}
