//! The prompt: lines with history, and completion of commands and of the players who are there.
//!
//! Owns the editor and the list that it completes from. Reading a line blocks a thread of its own; meanwhile the
//! connection is kept, and the list of players is made anew. Fails only where the terminal does; what a command answers
//! is shown and the prompt goes on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use factorio_rcon::command::{Ask as _, Players, Scope};
use factorio_rcon::gate::words::Word;
use factorio_rcon::{Priority, Session};
use isr_core::source::ServerTag;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Editor, Helper};

use super::once::Console;
use super::typed::Typed;
use super::{note, send, shown, warn_of_lua};
use crate::commands::noted::Ledger;
use crate::commands::{Exit, show};

/// A list of players for completion is worth no longer wait.
const PLAYERS_DEADLINE: Duration = Duration::from_secs(2);

type Lines = Editor<Words, MemHistory>;

/// Reads and sends until the end of input.
pub(super) async fn run(console: &Console, (ledger, tag): (&mut Ledger, &ServerTag)) -> Exit {
    let words = Words::of(&console.session);
    let players = Arc::clone(&words.players);
    let mut editor = match Lines::with_history(rustyline::Config::default(), MemHistory::new()) {
        Ok(editor) => editor,
        Err(error) => return failed(&error),
    };
    editor.set_helper(Some(words));
    let prompt = format!("{tag}> ");
    loop {
        let (read, ()) = tokio::join!(
            read_line(editor, prompt.clone()),
            refresh(&console.session, &players)
        );
        let Ok((again, line)) = read else {
            return Exit::Failed;
        };
        editor = again;
        match line {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) => {
                // A line that cannot be kept is not worth an error.
                drop(editor.add_history_entry(line.trim()));
                answer(console, &line, (&mut *ledger, tag)).await;
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Exit::Clean,
            Err(error) => return failed(&error),
        }
    }
}

type ReadLine = (Lines, Result<String, ReadlineError>);

async fn read_line(mut editor: Lines, prompt: String) -> Result<ReadLine, tokio::task::JoinError> {
    tokio::task::spawn_blocking(move || {
        let line = editor.readline(&prompt);
        (editor, line)
    })
    .await
}

fn failed(error: &ReadlineError) -> Exit {
    note(&format!(
        "factorio-isr rcon: the terminal cannot be read ({error})"
    ));
    Exit::Failed
}

async fn answer(console: &Console, line: &str, ledger: (&mut Ledger, &ServerTag)) {
    let typed = match Typed::read(line, console.session.policy()) {
        Ok(typed) => typed,
        Err(why) => return note(&why),
    };
    warn_of_lua(&typed);
    match send(console, typed, ledger).await {
        Ok(answer) => show(&shown(&answer)),
        Err(failure) => note(&failure.to_string()),
    }
}

/// Who is there now. Where that cannot be told, the former list stays.
async fn refresh(session: &Session, players: &Mutex<Vec<String>>) {
    let question = Players(Scope::Online);
    let Ok(command) = question.command() else { return };
    let reply = session
        .send_within(command, Priority::Poll, PLAYERS_DEADLINE)
        .await;
    if let Ok(list) = reply.map(|reply| question.read(&reply.text()))
        && let Ok(list) = list
    {
        let names = list.online().map(str::to_owned).collect();
        *players.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }
}

/// What can be completed.
struct Words {
    commands: Vec<String>,
    players: Arc<Mutex<Vec<String>>>,
}

impl Words {
    /// The commands that this server's configuration allows, with their slash.
    fn of(session: &Session) -> Self {
        let policy = session.policy();
        let admitted = |word: &&Word| policy.command(&format!("/{}", word.name)).is_ok();
        let vanilla = Word::all()
            .iter()
            .filter(admitted)
            .map(|word| word.name.to_owned());
        let mut commands: Vec<String> = vanilla.chain(policy.commands().map(str::to_owned)).collect();
        commands.iter_mut().for_each(|word| word.insert(0, '/'));
        Self {
            commands,
            players: Arc::default(),
        }
    }

    /// The beginning of the word before the cursor, and what it may become.
    fn candidates(&self, line: &str, at: usize) -> (usize, Vec<String>) {
        let before = line.get(..at).unwrap_or(line);
        let start = before.rfind(' ').map_or(0, |blank| blank + 1);
        let begun = before[start..].to_lowercase();
        let fits = |word: &&String| word.to_lowercase().starts_with(&begun);
        let found = if start == 0 && begun.starts_with('/') {
            self.commands.iter().filter(fits).cloned().collect()
        } else {
            let players = self.players.lock().unwrap_or_else(PoisonError::into_inner);
            players.iter().filter(fits).cloned().collect()
        };
        (start, found)
    }
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let (start, found) = self.candidates(line, at);
        // What comes next stands apart.
        Ok((start, found.into_iter().map(|word| word + " ").collect()))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Validator for Words {}

impl Helper for Words {}

#[cfg(test)]
mod tests {
    use factorio_rcon::gate::{Access, Policy, Settings};
    use factorio_rcon::{Options, Password};

    use super::*;

    fn words(settings: &Settings) -> Words {
        let address = "localhost:1".parse().unwrap();
        let options = Options {
            policy: Policy::new(settings).unwrap(),
            ..Options::new(address, Password::new("x").unwrap())
        };
        let (session, _driver) = Session::new(options);
        let words = Words::of(&session);
        words
            .players
            .lock()
            .unwrap()
            .extend(["Bob".into(), "bernd".into()]);
        words
    }

    #[test]
    fn commands_complete_where_a_command_stands_and_players_behind_it() {
        let words = words(&Settings {
            commands: vec!["trade".into()],
            ..Settings::default()
        });
        assert_eq!(words.candidates("/ev", 3), (0, vec!["/evolution".to_owned()]));
        assert_eq!(words.candidates("/tr", 3), (0, vec!["/trade".to_owned()]));
        assert_eq!(
            words.candidates("/kick b", 7),
            (6, vec!["Bob".to_owned(), "bernd".to_owned()])
        );
        assert_eq!(words.candidates("hello bo", 8), (6, vec!["Bob".to_owned()]));
        assert_eq!(words.candidates("/silent", 7).1, Vec::<String>::new());
    }

    #[test]
    fn what_would_be_refused_is_not_offered() {
        let words = words(&Settings {
            access: Access::ReadOnly,
            ..Settings::default()
        });
        assert_eq!(words.candidates("/ki", 3).1, Vec::<String>::new());
        assert_eq!(words.candidates("/players", 4).1, ["/players"]);
    }
}
