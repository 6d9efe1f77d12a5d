//! How an alert and its end read.
//!
//! Owns which sentence goes with which alert. Must not know where it is posted, nor whom it calls. Cannot fail.

use std::time::Duration;

use super::{Alert, Ending, News, Rule, Trouble};
use crate::game::End;
use crate::game::card::{moment, shown, why};
use crate::text::{Colour, Embed, clean, cut, is_blank};
use crate::voice::{GameWord, Words};

/// Room for what the game said, in UTF-16 units.
const SAID_ROOM: usize = 400;

/// What is posted of an alert, or what its post becomes.
pub(crate) fn embed(words: &Words, server: &str, rule: Rule, news: &News) -> Embed {
    let game = &words.game;
    let (emoji, colour, headline, text) = match news {
        News::Fired(alert) => {
            let (emoji, colour) = look(rule);
            (
                emoji,
                colour,
                game.get(headline(rule)).to_owned(),
                text(words, alert),
            )
        }
        News::StillSo { lasting } => {
            let (emoji, colour) = look(rule);
            let text = game.fill(GameWord::StillSo, &[("lasting", &span(words, *lasting))]);
            (emoji, colour, game.get(headline(rule)).to_owned(), text)
        }
        News::Ended { ending, lasted } => {
            let lasted = game.fill(GameWord::Lasted, &[("lasted", &span(words, *lasted))]);
            let about = |word: GameWord| format!("{} ({})", game.get(headline(rule)), game.get(word));
            match ending {
                Ending::Recovered => ("✅", Colour::GREEN, game.get(over(rule)).to_owned(), lasted),
                Ending::Paused => {
                    let text = format!("{} {lasted}", game.get(GameWord::EndedPausedText));
                    ("⏸️", Colour::GREY, about(GameWord::EndedPaused), text)
                }
                Ending::GivenUp => ("⏹️", Colour::GREY, about(GameWord::GivenUp), lasted),
            }
        }
    };
    let server = shown(server, &words.nameless);
    Embed::default()
        .with_title(&format!("{emoji} {server}: {headline}"))
        .with_description(&text)
        .with_colour(colour)
}

const fn look(rule: Rule) -> (&'static str, Colour) {
    match rule {
        Rule::UpsLow => ("🐌", Colour::ORANGE),
        Rule::ServerDown => ("🔴", Colour::RED),
        Rule::RconLost => ("🔌", Colour::ORANGE),
        Rule::LogSilent => ("🔇", Colour::ORANGE),
        Rule::DiskFull => ("💽", Colour::RED),
        Rule::GameUpdated => ("🆕", Colour::BLUE),
        Rule::Crashed => ("💥", Colour::RED),
        Rule::Desync => ("🔀", Colour::ORANGE),
        Rule::Dropped => ("📉", Colour::ORANGE),
        Rule::SlowSave => ("🐢", Colour::YELLOW),
        Rule::SaveFailed => ("💾", Colour::RED),
        Rule::Matching => ("📡", Colour::ORANGE),
    }
}

const fn headline(rule: Rule) -> GameWord {
    match rule {
        Rule::UpsLow => GameWord::UpsLow,
        Rule::ServerDown => GameWord::ServerDown,
        Rule::RconLost => GameWord::RconLost,
        Rule::LogSilent => GameWord::LogSilent,
        Rule::DiskFull => GameWord::DiskFull,
        Rule::GameUpdated => GameWord::GameUpdated,
        Rule::Crashed => GameWord::ServerCrashed,
        Rule::Desync => GameWord::Desync,
        Rule::Dropped => GameWord::Dropped,
        Rule::SlowSave => GameWord::SlowSave,
        Rule::SaveFailed => GameWord::SaveFailed,
        Rule::Matching => GameWord::Matching,
    }
}

/// The headline of the end. Rules that only happen have none of their own: they do not end.
const fn over(rule: Rule) -> GameWord {
    match rule {
        Rule::UpsLow => GameWord::UpsLowOver,
        Rule::ServerDown => GameWord::ServerDownOver,
        Rule::RconLost => GameWord::RconLostOver,
        Rule::LogSilent => GameWord::LogSilentOver,
        Rule::DiskFull => GameWord::DiskFullOver,
        Rule::Matching => GameWord::MatchingOver,
        other => headline(other),
    }
}

fn text(words: &Words, alert: &Alert) -> String {
    let game = &words.game;
    match alert {
        Alert::UpsLow {
            raw,
            sma,
            ema,
            threshold,
            lasting,
        } => {
            let number = |value: &f64| format!("{value:.1}");
            let parts = [
                ("raw", number(raw)),
                ("sma", number(sma)),
                ("ema", number(ema)),
                ("threshold", number(threshold).trim_end_matches(".0").to_owned()),
                ("lasting", span(words, *lasting)),
            ];
            game.fill(
                GameWord::UpsLowText,
                &parts.each_ref().map(|(name, part)| (*name, part.as_str())),
            )
        }
        Alert::ServerDown { end, since_ms } => {
            let word = match end {
                End::Stopped => GameWord::Stopped,
                End::Crashed => GameWord::Crashed,
            };
            game.fill(word, &[("since", &moment(*since_ms, 'R'))])
        }
        Alert::RconLost {
            since_ms,
            why: reason,
        } => {
            let since = moment(*since_ms, 'R');
            game.fill(
                GameWord::RconLostText,
                &[("since", &since), ("why", game.get(why(*reason)))],
            )
        }
        Alert::LogSilent { player, since_ms } => {
            let (player, since) = (shown(player, &words.nameless), moment(*since_ms, 'R'));
            game.fill(GameWord::LogSilentText, &[("player", &player), ("since", &since)])
        }
        Alert::DiskFull { room, below } => {
            let (free, total, below) = (bytes(room.free), bytes(room.total), bytes(*below));
            let parts = [("free", free.as_str()), ("total", &total), ("below", &below)];
            game.fill(GameWord::DiskFullText, &parts)
        }
        Alert::GameUpdated { from, to } => {
            let (from, to) = (shown(from, &words.nameless), shown(to, &words.nameless));
            game.fill(GameWord::GameUpdatedText, &[("from", &from), ("to", &to)])
        }
        Alert::Trouble { trouble, kept_back } => {
            let text = told(words, trouble);
            if *kept_back == 0 {
                return text;
            }
            let more = game.fill(GameWord::KeptBack, &[("count", &kept_back.to_string())]);
            if text.is_empty() {
                more
            } else {
                format!("{text}\n{more}")
            }
        }
    }
}

fn told(words: &Words, trouble: &Trouble) -> String {
    let game = &words.game;
    match trouble {
        Trouble::Crashed(Some(said)) | Trouble::SaveFailed(said) | Trouble::Matching(said) => quoted(said),
        Trouble::Crashed(None) => game.get(GameWord::NoGoodbye).to_owned(),
        Trouble::Desync(None) => String::new(),
        Trouble::Desync(Some(peer)) => game.fill(GameWord::Connection, &[("peer", &peer.to_string())]),
        Trouble::Dropped { player, reason } => {
            let reason = reason.replace('_', " ");
            let (player, reason) = (shown(player, &words.nameless), shown(&reason, &words.nameless));
            format!("**{player}**: {reason}")
        }
        Trouble::SlowSave(took) => game.fill(
            GameWord::SlowSaveText,
            &[("seconds", &took.as_secs().to_string())],
        ),
    }
}

/// What the game said, escaped and cut.
fn quoted(said: &str) -> String {
    let said = clean(said);
    if is_blank(&said) {
        return String::new();
    }
    cut(said.trim(), SAID_ROOM).text
}

/// A span, in seconds where it is short.
fn span(words: &Words, span: Duration) -> String {
    if span < Duration::from_secs(60) {
        return format!("{} s", span.as_secs());
    }
    words.span(span)
}

/// Bytes as people read them.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn bytes(bytes: u64) -> String {
    let (gib, mib) = (
        bytes as f64 / f64::from(1_u32 << 30),
        bytes as f64 / f64::from(1_u32 << 20),
    );
    if gib >= 1.0 {
        format!("{gib:.1} GiB")
    } else {
        format!("{mib:.0} MiB")
    }
}
