//! `factorio-isr rcon`: one command to a server, or a prompt. Works beside the running daemon, on a connection of its own.
//!
//! Owns what a typed text becomes, and how a reply is shown. Every text passes the gate of the server's configuration:
//! what that does not allow reaches no socket. Fails where there is no RCON, no connection, or no reply.

pub mod once;
mod prompt;
mod typed;

use std::io::IsTerminal as _;

use factorio_rcon::{Failure, Priority};
use isr_core::masks::answer_without_password;
use isr_core::source::ServerTag;
use isr_core::text::is_invisible;

use super::Exit;
use super::noted::Ledger;
use crate::cli::RconOptions;
use crate::config::{Loaded, Refused, Server};

use once::Console;
use typed::Typed;

/// Sends what was typed, or opens the prompt.
pub async fn run(options: &RconOptions, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    let server = match once::server(&loaded.config, &options.server) {
        Ok(server) => server,
        Err(why) => return say(Exit::Usage, &why),
    };
    let Some(rcon) = &server.rcon else {
        let why = format!(
            "{} has no RCON: give it `rcon:` with host and password (docs/rcon.md)",
            server.tag
        );
        return say(Exit::Refused, &why);
    };
    let text = options.command.join(" ");
    once::with_session(rcon.options(), async |session| {
        let console = Console::new(session);
        let mut ledger = Ledger::open(&loaded.config);
        match text.trim() {
            "" => at_prompt(&console, server, &mut ledger).await,
            _ => one(&console, &text, (&mut ledger, &server.tag)).await,
        }
    })
    .await
}

/// One command and its reply.
async fn one(console: &Console, text: &str, ledger: (&mut Ledger, &ServerTag)) -> Exit {
    let line = match Typed::read(text, console.session.policy()) {
        Ok(typed) => typed,
        Err(why) => return say(Exit::Usage, &why),
    };
    if let Err(down) = console.connected().await {
        return say(Exit::Failed, &down.to_string());
    }
    warn_of_lua(&line);
    match send(console, line, ledger).await {
        Ok(answer) => {
            super::show(&shown(&answer));
            Exit::Clean
        }
        Err(failure) => say(exit_of(&failure), &failure.to_string()),
    }
}

/// Sends a line; before and after it is written into the audit log. Gives what may be shown of the answer.
async fn send(
    console: &Console,
    typed: Typed,
    (ledger, server): (&mut Ledger, &ServerTag),
) -> Result<String, Failure> {
    let line = typed.line.text().to_owned();
    let begun = ledger.begin(Some(server), "factorio-isr rcon", Some(&line));
    let sent = console.session.send(typed.line, Priority::Person).await;
    let sent = sent.map(|reply| answer_without_password(&line, &reply.text()).into_owned());
    match &sent {
        Ok(answer) => ledger.end(begun, "done", Some(answer.trim_end())),
        Err(Failure::NotSent(_)) => ledger.end(begun, "not sent", None),
        Err(Failure::Unknown(_)) => ledger.end(begun, "unknown", None),
    }
    sent
}

/// The prompt, after the connection stands: a wrong password is told before anybody types.
async fn at_prompt(console: &Console, server: &Server, ledger: &mut Ledger) -> Exit {
    if let Err(down) = console.connected().await {
        return say(Exit::Failed, &down.to_string());
    }
    if std::io::stdin().is_terminal() {
        let allows = server.rcon.as_ref().map(crate::config::Rcon::allows);
        note(&format!(
            "Connected to {}. Allowed: {}.\nA command begins with a slash (Tab completes it); what has none is said in the game. \
             Ctrl-D ends.",
            server.tag,
            allows.unwrap_or_default()
        ));
    }
    prompt::run(console, (ledger, &server.tag)).await
}

/// What the game answered, harmless for a terminal.
fn shown(reply: &str) -> String {
    let body = reply.trim_end();
    if body.is_empty() {
        return "(no text came back, as usual for commands that change something; the console log tells)\n"
            .to_owned();
    }
    let harmless = |c: &char| matches!(c, '\n' | '\t') || !is_invisible(*c);
    let mut text: String = body.chars().filter(harmless).collect();
    text.push('\n');
    text
}

/// Says what Lua costs, each time: it cannot be known here whether it was the first.
fn warn_of_lua(typed: &Typed) {
    if typed.is_lua {
        note(
            "This is Lua: the first one that runs ends the achievements of this save for good. On a map that never ran any, \
             the game only warns the first time, and it has to be sent again.",
        );
    }
}

const fn exit_of(failure: &Failure) -> Exit {
    match failure {
        Failure::NotSent(factorio_rcon::session::NotSent::Refused(_)) => Exit::Usage,
        Failure::NotSent(_) | Failure::Unknown(_) => Exit::Failed,
    }
}

/// Says on standard error why there is no reply: standard output is for replies.
fn say(exit: Exit, why: &str) -> Exit {
    note(&format!("factorio-isr rcon: {why}"));
    exit
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn note(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p07_a_reply_cannot_steer_the_terminal() {
        assert_eq!(shown("a\u{1b}[31mb\u{202e}c\r\n  d\n"), "a[31mbc\n  d\n");
        assert!(shown("\n").starts_with("(no text came back"));
    }
}
