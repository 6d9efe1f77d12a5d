//! Questions and their answers.
//!
//! Owns how they are read: with line editing on a terminal, line by line from a pipe, and not at all with `--yes`, where the
//! default counts. What is secret is not echoed. Reading blocks a thread of its own. Fails with [`Halt`].

use std::io::{self, BufRead as _, IsTerminal as _};

use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;

use super::Halt;
use super::screen::Screen;
use super::secret::Secret;

/// A longer answer is none.
const LONGEST: usize = 4096;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Person {
    /// Somebody at a terminal.
    Typing,
    /// Lines of a pipe or a file.
    Piped,
    /// Nobody: what has a default takes it.
    Nobody,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
}

/// The questions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Questions {
    person: Person,
    screen: Screen,
}

impl Questions {
    /// To whoever is there.
    pub(super) fn new(screen: Screen, ask: Answer) -> Self {
        let person = match ask {
            Answer::No => Person::Nobody,
            Answer::Yes if io::stdin().is_terminal() => Person::Typing,
            Answer::Yes => Person::Piped,
        };
        Self { person, screen }
    }

    /// Whether somebody answers.
    pub(super) fn are_answered(self) -> bool {
        self.person != Person::Nobody
    }

    /// A text; an empty answer is the default. `option` answers it without a person.
    pub(super) async fn text(
        self,
        question: &str,
        default: Option<&str>,
        option: &'static str,
    ) -> Result<String, Halt> {
        let shown = match default {
            Some(default) => format!("{question} [{default}]: "),
            None => format!("{question}: "),
        };
        if self.person == Person::Nobody {
            return default.map(str::to_owned).ok_or(Halt::Unanswered(option));
        }
        loop {
            let answer = self.line(&shown, option).await?;
            match (answer.trim(), default) {
                ("", Some(default)) => return Ok(default.to_owned()),
                ("", None) => {}
                (answer, _) => return Ok(answer.to_owned()),
            }
        }
    }

    /// Yes or no.
    pub(super) async fn yes_or_no(
        self,
        question: &str,
        default: Answer,
        option: &'static str,
    ) -> Result<Answer, Halt> {
        let letters = match default {
            Answer::Yes => "Y/n",
            Answer::No => "y/N",
        };
        if self.person == Person::Nobody {
            return Ok(default);
        }
        loop {
            let answer = self.line(&format!("{question} [{letters}]: "), option).await?;
            match answer.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" | "j" | "ja" => return Ok(Answer::Yes),
                "n" | "no" | "nein" => return Ok(Answer::No),
                _ => self.screen.line("Please answer y or n."),
            }
        }
    }

    /// One of several, by its number in the list; the first is the default.
    pub(super) async fn choice(
        self,
        question: &str,
        items: &[String],
        option: &'static str,
    ) -> Result<usize, Halt> {
        for (number, item) in items.iter().enumerate() {
            self.screen.line(&format!("  {}) {item}", number + 1));
        }
        loop {
            let answer = self.text(question, Some("1"), option).await?;
            match answer.parse::<usize>() {
                Ok(number) if (1..=items.len()).contains(&number) => return Ok(number - 1),
                _ => self
                    .screen
                    .line(&format!("Please type a number from 1 to {}.", items.len())),
            }
        }
    }

    /// Waits until the person has done something.
    pub(super) async fn done(self, what: &str, option: &'static str) -> Result<(), Halt> {
        if self.person == Person::Nobody {
            return Err(Halt::Unanswered(option));
        }
        self.line(&format!("{what}, then press Enter: "), option)
            .await
            .map(|_| ())
    }

    /// Something that nobody may read on the screen.
    pub(super) async fn secret(self, question: &str, option: &'static str) -> Result<Secret, Halt> {
        match self.person {
            Person::Nobody => Err(Halt::Unanswered(option)),
            Person::Piped => {
                self.screen.question(&format!("{question} "));
                let line = blocking(read_piped).await?;
                self.screen.line("(hidden)");
                line.map(|line| Secret::new(line.trim()))
                    .ok_or(Halt::Unanswered(option))
            }
            Person::Typing => {
                self.screen.question(&format!("{question} (not shown): "));
                let typed = blocking(read_hidden).await;
                self.screen.line("");
                Ok(Secret::new(typed?.trim()))
            }
        }
    }

    async fn line(self, question: &str, option: &'static str) -> Result<String, Halt> {
        match self.person {
            Person::Nobody => Err(Halt::Unanswered(option)),
            Person::Piped => {
                self.screen.question(question);
                let line = blocking(read_piped).await?;
                let line = line.ok_or(Halt::Unanswered(option))?;
                // What was answered is part of what can be read afterwards.
                self.screen.line(line.trim());
                Ok(line)
            }
            Person::Typing => {
                let prompt = self.screen.prompt(question);
                blocking(move || read_edited(&prompt)).await
            }
        }
    }
}

/// Reading waits for a person, on a thread that waits for nothing else.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, Halt> + Send + 'static,
) -> Result<T, Halt> {
    let read = tokio::task::spawn_blocking(read);
    read.await.unwrap_or(Err(Halt::Stopped))
}

/// `None` at the end of the input.
fn read_piped() -> Result<Option<String>, Halt> {
    let mut line = String::new();
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    let mut input = io::stdin().lock();
    let read = io::Read::take(&mut input, limit).read_line(&mut line);
    match read {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(line)),
        Err(error) => Err(Halt::Terminal(error)),
    }
}

fn read_edited(prompt: &str) -> Result<String, Halt> {
    let terminal = |error: ReadlineError| match error {
        ReadlineError::Interrupted | ReadlineError::Eof => Halt::Stopped,
        other => Halt::Terminal(io::Error::other(other.to_string())),
    };
    let config = rustyline::Config::builder().auto_add_history(false).build();
    let mut editor =
        rustyline::Editor::<(), MemHistory>::with_history(config, MemHistory::new()).map_err(terminal)?;
    editor.readline(prompt).map_err(terminal)
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Silenced(Termios);

impl Silenced {
    fn begin() -> io::Result<Self> {
        let former = termios::tcgetattr(io::stdin())?;
        let mut silent = former.clone();
        // Signals too: Ctrl-C arrives as a character, so that the terminal is always set right again.
        silent
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        termios::tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(former))
    }
}

impl Drop for Silenced {
    fn drop(&mut self) {
        let _nothing_else_can_be_done = termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

fn read_hidden() -> Result<String, Halt> {
    const INTERRUPT: u8 = 3;
    const END: u8 = 4;
    const KILL_LINE: u8 = 21;
    let _silenced = Silenced::begin().map_err(Halt::Terminal)?;
    let mut typed = Vec::new();
    loop {
        // One by one and past the buffer: what is typed after it belongs to the next question.
        let mut byte = [0_u8];
        let read = rustix::io::read(io::stdin(), &mut byte).map_err(|error| Halt::Terminal(error.into()))?;
        match byte[0] {
            b'\r' | b'\n' => break,
            _ if read == 0 => return Err(Halt::Stopped),
            INTERRUPT | END => return Err(Halt::Stopped),
            8 | 127 => drop(typed.pop()),
            KILL_LINE => typed.clear(),
            other if typed.len() < LONGEST => typed.push(other),
            _ => {}
        }
    }
    Ok(String::from_utf8_lossy(&typed).into_owned())
}
