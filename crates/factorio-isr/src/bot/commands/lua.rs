//! The scripts of the commands that need Lua.
//!
//! Owns their text. What a person typed stands in them only as a number of ours or as a name of plain letters, so that no
//! text can end a string or begin another statement. Each script answers with one line that this module reads. Must not know
//! whether Lua is allowed: the gate does. Fails with [`Fault`].

use isr_core::voice::CommandWord;
use isr_discord::gateway::event::Choice;

use super::request::{Fault, words_of};
use isr_core::command::Verb;

/// A script, and how its answer is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) text: String,
    /// What was asked for, in words that are typed after the command: for whoever is asked back.
    pub(super) wish: String,
    pub(super) about: About,
}

/// What a script is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    /// The time of the day.
    Clock,
    /// The speed.
    Speed,
    /// The technologies of a force.
    Research {
        /// Whose.
        force: String,
        /// Which one was named.
        technology: Option<String>,
    },
}

/// What a script answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// How far the day is, from 0 to 1, and whether it stays so.
    Clock { share: f64, frozen: Frozen },
    /// Times the normal speed.
    Speed(f64),
    /// Technologies that are known, of all.
    Researched { done: u64, all: u64 },
    /// There is no such thing.
    NoForce,
    /// There is no such thing.
    NoTechnology,
    /// Nothing was said.
    Nothing,
    /// Something else.
    Else,
}

/// Whether the day stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frozen {
    Yes,
    No,
}

/// Tells the inner names of all technologies.
pub(super) const TECHNOLOGIES: &str = "local t={} for n in pairs(game.forces['player'].technologies) do t[#t+1]=n end rcon.print(table.concat(t,' '))";

const SURFACE: &str = "local s=game.surfaces['nauvis'] or game.surfaces[1] ";
const TELL_CLOCK: &str =
    "rcon.print('clock '..string.format('%.4f',s.daytime)..' '..tostring(s.freeze_daytime))";

impl Script {
    /// Tells the time of the day, or sets it.
    pub(super) fn clock(value: Option<&str>) -> Result<Self, Fault> {
        let bad = || Fault::new(CommandWord::BadClock);
        let wish = value.map(|value| value.trim().to_lowercase());
        let set = match wish.as_deref() {
            None => String::new(),
            Some("day") => set_clock(0, "false"),
            Some("night") => set_clock(5_000, "false"),
            Some("eternal-day") => set_clock(0, "true"),
            Some("eternal-night") => set_clock(5_000, "true"),
            Some(number) => {
                let share: f64 = number.parse().map_err(|_| bad())?;
                set_clock(ten_thousandths(share, 0.0..=1.0).ok_or_else(bad)?, "false")
            }
        };
        Ok(Self {
            text: format!("{SURFACE}{set}{TELL_CLOCK}"),
            wish: wish.unwrap_or_default(),
            about: About::Clock,
        })
    }

    /// Sets the speed.
    pub(super) fn speed(value: Option<&Choice>) -> Result<Self, Fault> {
        let bad = || Fault {
            word: CommandWord::BadNumber,
            parts: vec![("least", "0.1".to_owned()), ("most", "10".to_owned())],
        };
        let speed = match value {
            Some(Choice::Whole(number)) => f64::from(i32::try_from(*number).map_err(|_| bad())?),
            Some(Choice::Number(text) | Choice::Text(text)) => text.trim().parse().map_err(|_| bad())?,
            _ => return Err(bad()),
        };
        let parts = ten_thousandths(speed, 0.1..=10.0).ok_or_else(bad)?;
        Ok(Self {
            text: format!("game.speed={parts}/10000 rcon.print('speed '..string.format('%.4f',game.speed))"),
            wish: speed.to_string(),
            about: About::Speed,
        })
    }

    /// Counts, grants or takes back technologies.
    pub(super) fn research(
        action: Option<&str>,
        technology: Option<&str>,
        force: Option<&str>,
    ) -> Result<Self, Fault> {
        let force = plain("force", force.unwrap_or("player"))?;
        let technology = technology.map(|name| plain("technology", name)).transpose()?;
        let every = technology
            .as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case("all"));
        let missing = || Fault {
            word: CommandWord::Missing,
            parts: vec![("option", "technology".to_owned())],
        };
        let action = action.unwrap_or("count");
        let (set, named) = match (action, &technology) {
            ("count", _) => (String::new(), None),
            ("grant" | "undo", None) => return Err(missing()),
            ("grant", Some(_)) if every => ("f.research_all_technologies() ".to_owned(), None),
            ("undo", Some(_)) if every => (
                "for _,t in pairs(f.technologies) do t.researched=false end ".to_owned(),
                None,
            ),
            ("grant" | "undo", Some(name)) => {
                let value = action == "grant";
                let set = format!(
                    "local t=f.technologies['{name}'] if not t then rcon.print('no technology') return end \
                     t.researched={value} "
                );
                (set, Some(name.clone()))
            }
            _ => {
                return Err(Fault {
                    word: CommandWord::BadAction,
                    parts: vec![("words", words_of(Verb::Research))],
                });
            }
        };
        let wish = match &technology {
            Some(technology) => format!("{action} {technology} {force}"),
            None => format!("{action} {force}"),
        };
        let text = format!(
            "local f=game.forces['{force}'] if not f then rcon.print('no force') return end {set}\
             local d,n=0,0 for _,t in pairs(f.technologies) do n=n+1 if t.researched then d=d+1 end end \
             rcon.print('research '..d..' '..n)"
        );
        Ok(Self {
            text,
            wish,
            about: About::Research {
                force,
                technology: named,
            },
        })
    }
}

fn set_clock(parts: u32, frozen: &str) -> String {
    format!("s.daytime={parts}/10000 s.freeze_daytime={frozen} ")
}

/// A number as whole ten-thousandths: nothing that was typed stands in a script.
fn ten_thousandths(value: f64, allowed: std::ops::RangeInclusive<f64>) -> Option<u32> {
    // At most 100,000: it always fits.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the range that was checked"
    )]
    let parts = |value: f64| (value * 10_000.0).round() as u32;
    allowed.contains(&value).then(|| parts(value))
}

/// A name as the game's files have it. No quote, no blank, no backslash.
fn plain(option: &'static str, name: &str) -> Result<String, Fault> {
    let name = name.trim();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > 100 || !name.chars().all(is_plain) {
        return Err(Fault {
            word: CommandWord::BadName,
            parts: vec![("option", option.to_owned())],
        });
    }
    Ok(name.to_owned())
}

/// Reads what a script answered.
pub(super) fn read(reply: &str) -> Told {
    let words: Vec<&str> = reply.split_whitespace().collect();
    let told = match words[..] {
        [] => Some(Told::Nothing),
        ["clock", share, frozen] => share.parse().ok().map(|share| Told::Clock {
            share,
            frozen: if frozen == "true" { Frozen::Yes } else { Frozen::No },
        }),
        ["speed", speed] => speed.parse().ok().map(Told::Speed),
        ["research", done, all] => match (done.parse(), all.parse()) {
            (Ok(done), Ok(all)) => Some(Told::Researched { done, all }),
            _ => None,
        },
        ["no", "force"] => Some(Told::NoForce),
        ["no", "technology"] => Some(Told::NoTechnology),
        _ => None,
    };
    told.unwrap_or(Told::Else)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_a_word_or_a_share_of_the_day() {
        let text = |value| Script::clock(value).unwrap().text;
        assert!(!text(None).contains("s.daytime="));
        assert!(text(Some("Eternal-Night")).contains("s.daytime=5000/10000 s.freeze_daytime=true "));
        assert!(text(Some("0.25")).contains("s.daytime=2500/10000 s.freeze_daytime=false "));
        for bad in ["1.1", "-0.1", "NaN", "inf", "noon", "0.5 game.print(1)", "0x1"] {
            assert!(Script::clock(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_speed_is_a_number_within_bounds() {
        let speed = |value: Choice| Script::speed(Some(&value)).map(|script| script.text);
        assert!(
            speed(Choice::Whole(2))
                .unwrap()
                .starts_with("game.speed=20000/10000 ")
        );
        assert!(
            speed(Choice::Number("0.1".into()))
                .unwrap()
                .starts_with("game.speed=1000/10000 ")
        );
        for bad in [
            Choice::Whole(11),
            Choice::Whole(i64::MAX),
            Choice::Number("0.09".into()),
            Choice::Text("1 game.print(1)".into()),
            Choice::Flag(true),
            Choice::Absent,
        ] {
            assert!(speed(bad.clone()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_in_scripts_are_plain() {
        for bad in [
            "'",
            "a'b",
            "a\\b",
            "a b",
            "a\nb",
            "",
            "é",
            "a]b",
            "a.b",
            &"x".repeat(101),
        ] {
            assert!(Script::research(None, None, Some(bad)).is_err(), "{bad:?}");
            assert!(
                Script::research(Some("grant"), Some(bad), None).is_err(),
                "{bad:?}"
            );
        }
        let script = Script::research(Some("undo"), Some("steam-power"), Some("enemy")).unwrap();
        assert!(script.text.contains("game.forces['enemy']") && script.text.contains("t.researched=false"));
        assert!(Script::research(Some("grant"), None, None).is_err());
        assert!(Script::research(Some("burn"), Some("all"), None).is_err());
    }

    #[test]
    fn answers_of_scripts_are_read_and_anything_else_is_something_else() {
        assert_eq!(read("speed 1.5000\n"), Told::Speed(1.5));
        assert_eq!(read("research 3 193"), Told::Researched { done: 3, all: 193 });
        assert_eq!(read(""), Told::Nothing);
        assert_eq!(read("Cannot execute command. Error: …"), Told::Else);
        let clock = Told::Clock {
            share: 0.25,
            frozen: Frozen::Yes,
        };
        assert_eq!(read("clock 0.2500 true"), clock);
    }
}
