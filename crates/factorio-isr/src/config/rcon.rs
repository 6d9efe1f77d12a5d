//! The RCON port of a server: where it is, its password, and what may be sent.
//!
//! Owns the search for the password and what it means that there is none. Must not connect. A wrong value becomes a
//! problem; a password file that is not there yet becomes a note, for the game makes it at its own first start.

use std::path::Path;
use std::time::Duration;

use factorio_rcon::gate::{Access, LuaSwitch, Policy, PolicyError, Settings};
use factorio_rcon::{Address, Options, Password};
use isr_core::source::ServerTag;

use super::findings::{Field, Findings, Given};
use super::problem::Origin;
use super::raw_rcon::{RawRcon, Wanted, secret};
use super::resolve::Sources;
use super::scalar::{self, Complaint, Within};
use super::settings::Switch;
use super::variables;

/// Where the game listens when nobody says otherwise.
const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 27_015;
/// How often a server is asked when nobody says otherwise.
const DEFAULT_POLL: Duration = Duration::from_secs(60);
/// Oftener would be felt by the game, more seldom would be no picture of it.
const POLLS: Within<Duration> = Within(Duration::from_secs(5), Duration::from_secs(3600));
/// Where the common container of the game keeps the password that it made up.
const CONTAINER_FILE: &str = "/factorio/config/rconpw";

/// The RCON port of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rcon {
    /// Where it is.
    pub address: Address,
    /// Its password; it does not show itself.
    pub password: Password,
    /// What may be sent, as written and checked.
    pub allowed: Settings,
    /// How often the server is asked.
    pub poll_interval: Duration,
    /// Whether a lost connection counts as degraded in `/health`.
    pub required: Switch,
}

impl Rcon {
    /// What may be sent.
    #[must_use]
    pub fn policy(&self) -> Policy {
        // It was checked; should it ever not pass, nothing but vanilla commands does.
        Policy::new(&self.allowed).unwrap_or_default()
    }

    /// What a session is made with.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            policy: self.policy(),
            ..Options::new(self.address.clone(), self.password.clone())
        }
    }

    /// What may be sent, in a few words.
    #[must_use]
    pub fn allows(&self) -> String {
        let mut allowed = match self.allowed.access {
            Access::Full => "commands of the unmodded game".to_owned(),
            Access::ReadOnly => "questions and chat only".to_owned(),
        };
        if !self.allowed.commands.is_empty() {
            allowed.push_str(&format!(", of mods: {}", self.allowed.commands.join(", ")));
        }
        allowed.push_str(match (self.allowed.lua, self.allowed.access) {
            (LuaSwitch::Forbidden, _) => "; no Lua, achievements stay on",
            (LuaSwitch::Allowed, Access::ReadOnly) => {
                "; no Lua in spite of allow_lua, for read_only refuses it: achievements stay on"
            }
            (LuaSwitch::Allowed, Access::Full) => {
                "; Lua, which figures are read with: the achievements of the save end for good"
            }
        });
        allowed
    }
}

/// What is asked about one server.
pub(crate) struct Asked<'a> {
    pub(crate) sources: &'a Sources<'a>,
    /// The tag, when it is one.
    pub(crate) tag: Option<&'a ServerTag>,
    /// Whether this is the only server.
    pub(crate) only: bool,
}

/// Resolves the section. `None`: there is none, or it is faulty, or its password is waited for.
pub(crate) fn resolve(
    asked: &Asked<'_>,
    key: &impl Fn(&str) -> String,
    raw: Option<&RawRcon>,
    findings: &mut Findings,
) -> Option<Rcon> {
    let raw = raw?;
    let host = field_or(&raw.host, DEFAULT_HOST);
    let port = findings.settle(
        &key("rcon.port"),
        &raw.port,
        Some(DEFAULT_PORT),
        |text| port(text).map(Some),
        |port| port.unwrap_or_default().to_string(),
    );
    let address = findings.parse(&key("rcon.host"), &host, |host| {
        Address::new(host, port.unwrap_or(DEFAULT_PORT)).map_err(|error| complaint(&error.to_string()))
    });
    if let Some(address) = &address {
        findings.setting(&key("rcon.host"), address.host(), host.origin.clone());
    }
    let poll = |text: &str| scalar::duration(text, POLLS);
    let poll_interval = findings.settle(
        &key("rcon.poll_interval"),
        &raw.poll_interval,
        DEFAULT_POLL,
        poll,
        scalar::show_duration,
    );
    let allowed = allowed(key, raw, findings);
    let required = switch(&key("rcon.required"), &raw.required, findings);
    let password = password(asked, key, raw, findings);
    Some(Rcon {
        address: address?,
        password: password?,
        allowed,
        poll_interval,
        required,
    })
}

/// The text of a field, or a default one.
fn field_or(field: &Field, default: &str) -> Given {
    field.given().cloned().unwrap_or_else(|| Given {
        text: default.to_owned(),
        origin: Origin::Default,
        exposure: super::findings::Exposure::Open,
    })
}

/// Fault and remedy of a message that holds both.
fn complaint(message: &str) -> Complaint {
    let (what, remedy) = message.split_once("; ").unwrap_or((message, "correct it"));
    Complaint::new(what, remedy)
}

fn port(text: &str) -> Result<u16, Complaint> {
    match scalar::port(text) {
        Ok(0) | Err(_) => Err(Complaint::new(
            "this is not a port number",
            "write the number that the game's --rcon-port or --rcon-bind names, such as 27015",
        )),
        Ok(port) => Ok(port),
    }
}

fn switch(key: &str, field: &Field, findings: &mut Findings) -> Switch {
    findings.settle(key, field, Switch::Off, scalar::switch, Switch::to_string)
}

fn allowed(key: &impl Fn(&str) -> String, raw: &RawRcon, findings: &mut Findings) -> Settings {
    let lua = switch(&key("rcon.allow_lua"), &raw.allow_lua, findings);
    if let (Switch::On, Some(given)) = (lua, raw.allow_lua.given()) {
        findings.note_at(
            given.origin.clone(),
            "Lua is allowed, and figures are read with it: that ends the achievements of the save for good (docs/achievements.md)",
        );
    }
    let read_only = switch(&key("rcon.read_only"), &raw.read_only, findings);
    let mut settings = Settings {
        lua: if lua.is_on() {
            LuaSwitch::Allowed
        } else {
            LuaSwitch::Forbidden
        },
        access: if read_only.is_on() {
            Access::ReadOnly
        } else {
            Access::Full
        },
        commands: Vec::new(),
    };
    for given in raw.allow_commands.iter().flatten() {
        let word = given.text.trim();
        let alone = Settings {
            commands: vec![word.to_owned()],
            ..Settings::default()
        };
        match Policy::new(&alone) {
            Ok(_) => settings.commands.push(word.trim_start_matches('/').to_owned()),
            Err(errors) => refuse_words(key, given, &errors, findings),
        }
    }
    if let Some(first) = raw.allow_commands.iter().flatten().next() {
        let shown = settings.commands.join(", ");
        findings.setting(&key("rcon.allow_commands"), shown, first.origin.clone());
    }
    settings
}

fn refuse_words(
    key: &impl Fn(&str) -> String,
    given: &Given,
    errors: &[PolicyError],
    findings: &mut Findings,
) {
    for error in errors {
        let message = error.to_string();
        let (what, remedy) = message.split_once("; ").unwrap_or((&message, "remove it"));
        let what = format!("{}: {what}", key("rcon.allow_commands"));
        findings.problem(given.origin.clone(), what, remedy);
    }
}

/// The strongest of: the section, its file, the secret of the server, the secret of all servers, the container's file.
fn password(
    asked: &Asked<'_>,
    key: &impl Fn(&str) -> String,
    raw: &RawRcon,
    findings: &mut Findings,
) -> Option<Password> {
    let shown = key("rcon.password");
    let found = match &raw.password {
        Field::Given(given) => Found::Given(given.clone()),
        Field::Broken => Found::Reported,
        Field::Absent => file(asked, &raw.password_file, findings),
    };
    let found = match found {
        Found::Nothing => by_name(asked, findings),
        found => found,
    };
    match found {
        // Not `parse`: it would cut blanks, which may belong to it.
        Found::Given(given) => match Password::new(given.text.clone()) {
            Ok(password) => {
                findings.setting(&shown, "(hidden)", given.origin);
                Some(password)
            }
            Err(error) => {
                let Complaint { what, remedy } = complaint(&error.to_string());
                findings.problem(given.origin, format!("{shown}: {what}"), remedy);
                None
            }
        },
        Found::Reported => None,
        Found::Nothing if raw.wanted == Wanted::IfPassword => {
            findings.setting(&key("rcon"), "off (no password is known)", Origin::Default);
            None
        }
        Found::Nothing if raw.wanted == Wanted::WrittenOfOld => {
            findings.setting(&key("rcon"), "off (no password is known)", raw.at.clone());
            let text = format!(
                "no password is known, so that this server has no RCON; the others go on: set the secret or variable {}",
                names(asked.tag).join(" or ")
            );
            findings.note_at(raw.at.clone(), text);
            None
        }
        Found::Nothing => {
            let names = names(asked.tag);
            let what = format!("{shown} is missing: the game opens no RCON port without a password");
            let remedy = format!(
                "set rcon.password_file (the common container of the game keeps it in {CONTAINER_FILE}), the secret or \
                 variable {}, or `rcon: off`",
                names.join(" or ")
            );
            findings.problem(raw.at.clone(), what, remedy);
            None
        }
    }
}

/// What a place for the password holds.
enum Found {
    Given(Given),
    /// Something unusable, or something that is waited for: that was said.
    Reported,
    Nothing,
}

impl From<Field> for Found {
    fn from(field: Field) -> Self {
        match secret(field) {
            Field::Given(given) => Self::Given(given),
            Field::Broken => Self::Reported,
            Field::Absent => Self::Nothing,
        }
    }
}

/// The file that the section names. The game makes it at its first start, so it may come later: a reload notices.
fn file(asked: &Asked<'_>, field: &Field, findings: &mut Findings) -> Found {
    let given = match field {
        Field::Given(given) => given,
        Field::Broken => return Found::Reported,
        Field::Absent => return Found::Nothing,
    };
    let path = asked.sources.surroundings.written(given.text.trim());
    match super::values::read_secret(&path, findings) {
        Ok(Some(given)) => Found::Given(given),
        Ok(None) => Found::Reported,
        Err(failure) if failure.is_absence() => {
            let text = format!(
                "the password file {} does not exist yet: RCON of this server begins when it does",
                path.display()
            );
            findings.note_at(given.origin.clone(), text);
            Found::Reported
        }
        Err(failure) => {
            let what = format!(
                "the password file {} gives no password: {failure}",
                path.display()
            );
            findings.problem(given.origin.clone(), what, failure.remedy(&path));
            Found::Reported
        }
    }
}

fn by_name(asked: &Asked<'_>, findings: &mut Findings) -> Found {
    for name in names(asked.tag) {
        match asked.sources.values.find(&name, findings).into() {
            Found::Nothing => {}
            found => return found,
        }
    }
    container_file(asked, findings)
}

/// The file of the common container, for an only server: with several it is unknown whose it is.
fn container_file(asked: &Asked<'_>, findings: &mut Findings) -> Found {
    let path = asked.sources.surroundings.well_known(CONTAINER_FILE);
    if !asked.only || !Path::exists(&path) {
        return Found::Nothing;
    }
    match super::values::read_secret(&path, findings) {
        Ok(Some(given)) => {
            findings.note(format!(
                "no RCON password is named; {} exists and is used",
                path.display()
            ));
            Found::Given(given)
        }
        // Nobody named it, so what is wrong with it is no reason to refuse.
        Ok(None) | Err(_) => Found::Nothing,
    }
}

/// Whether variables alone describe the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Described {
    /// There is one server, and variables describe it.
    ByVariables,
    /// A file describes the servers.
    InFile,
}

/// Notes the variables about RCON that nobody uses.
pub(crate) fn remark_on_unused<'a>(
    sources: &Sources<'_>,
    with_rcon: impl Iterator<Item = &'a ServerTag>,
    described: Described,
    findings: &mut Findings,
) {
    let used: Vec<String> = with_rcon.flat_map(|tag| names(Some(tag))).collect();
    for name in sources.surroundings.variable_names() {
        let bare = name.strip_suffix("_FILE").unwrap_or(name);
        let place = || Origin::Variable(name.to_owned());
        if bare.starts_with(variables::RCON_PASSWORD_OF) && !used.iter().any(|known| known == bare) {
            findings.note_at(
                place(),
                "not used: no server of that name has RCON (the name ends with the server's, in capitals)",
            );
        }
        let of_only = [
            variables::RCON_ENABLED,
            variables::RCON_HOST,
            variables::RCON_PORT,
            variables::STATS_INTERVAL,
        ];
        if described == Described::InFile && of_only.contains(&bare) {
            findings.note_at(
                place(),
                "not used: a file describes the servers; write `rcon` there",
            );
        }
    }
}

/// The names of the secret, strongest first. Hyphens and points are kept, as the Python program did, or become `_`, for
/// no shell sets a variable with one.
fn names(tag: Option<&ServerTag>) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(tag) = tag {
        let upper = tag.as_str().to_uppercase();
        let kept = format!("{}{upper}", variables::RCON_PASSWORD_OF);
        let plain = kept.replace(['-', '.'], "_");
        names.push(kept);
        names.push(plain);
        names.dedup();
    }
    names.push(variables::RCON_PASSWORD.to_owned());
    names
}
