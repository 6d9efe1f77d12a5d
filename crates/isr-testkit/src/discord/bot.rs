//! The bot's half of the API beside messages in channels: who it is, interactions, commands.
//!
//! Owns these routes, the check of who asks, and Discord's rules for answers: once, within three seconds, then for
//! fifteen minutes. Must not know webhooks. Cannot fail; what is refused is an answer.

use std::time::Duration;

use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::answer::Reply;
use super::commands;
use super::gateway::{Account, World};
use super::route;
use super::shapes;
use super::validate::{self, Kind};
use super::violation::Rule;

/// So long the first answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// So long the others may.
const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

/// What a bot asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BotRoute {
    /// `GET /gateway/bot`.
    Gateway,
    /// `GET /users/@me`.
    User,
    /// `GET /users/@me/guilds`.
    Guilds,
    /// `PUT …/commands`.
    Commands {
        application: String,
        guild: Option<String>,
    },
    /// `GET …/commands`.
    Registered {
        application: String,
        guild: Option<String>,
    },
    /// `GET /channels/{channel}/messages`.
    History {
        channel: u64,
        most: usize,
        after: Option<u64>,
    },
    /// `POST /interactions/{id}/{token}/callback`.
    Answer { id: String, token: String },
    /// `PATCH /webhooks/{application}/{token}/messages/@original`.
    EditAnswer { token: String },
    /// `DELETE /webhooks/{application}/{token}/messages/@original`.
    DeleteAnswer { token: String },
    /// `POST /webhooks/{application}/{token}`, where the token is that of an interaction.
    FollowUp { token: String },
}

/// What one interaction got.
#[derive(Debug, Clone)]
pub struct Dialogue {
    pub(super) token: String,
    /// What it is: 2 a command, 3 a button, 4 something half typed, 5 a form.
    kind: u64,
    interaction: u64,
    channel: u64,
    /// When it was told.
    pub asked: Instant,
    /// The first answer and when it came.
    pub answer: Option<(Instant, Value)>,
    /// The answer as it is shown now: replaced by edits.
    pub shown: Option<Value>,
    /// Whether the first answer was taken away.
    pub deleted: bool,
    /// What followed.
    pub follow_ups: Vec<Value>,
    /// Discord's error codes for what was refused.
    pub refused: Vec<u32>,
}

impl Dialogue {
    /// Of an interaction of a kind, in a channel.
    pub(super) fn new(token: &str, kind: u64, interaction: u64, channel: u64) -> Self {
        Self {
            token: token.to_owned(),
            kind,
            interaction,
            channel,
            asked: Instant::now(),
            answer: None,
            shown: None,
            deleted: false,
            follow_ups: Vec::new(),
            refused: Vec::new(),
        }
    }
}

/// The route, when it is one of these.
pub(super) fn route_of(world: &World, method: &Method, uri: &Uri) -> Option<BotRoute> {
    let path = uri.path().strip_prefix("/api/v10/")?;
    let parts: Vec<&str> = path.split('/').collect();
    let is_interaction = |token: &str| world.dialogues.values().any(|dialogue| dialogue.token == token);
    match (method, &parts[..]) {
        (&Method::GET, ["gateway", "bot"]) => Some(BotRoute::Gateway),
        (&Method::GET, ["users", "@me"]) => Some(BotRoute::User),
        (&Method::GET, ["users", "@me", "guilds"]) => Some(BotRoute::Guilds),
        (
            &(Method::PUT | Method::GET),
            ["applications", application, "commands"]
            | ["applications", application, "guilds", _, "commands"],
        ) => {
            let application = (*application).to_owned();
            let guild = (parts.len() > 3).then(|| parts[3].to_owned());
            Some(if *method == Method::PUT {
                BotRoute::Commands { application, guild }
            } else {
                BotRoute::Registered { application, guild }
            })
        }
        (&Method::GET, ["channels", channel, "messages"]) => Some(BotRoute::History {
            channel: channel.parse().ok()?,
            most: route::value(uri, "limit").map_or(Some(50), |most| most.parse().ok())?,
            after: route::value(uri, "after").map(str::parse).transpose().ok()?,
        }),
        (&Method::POST, ["interactions", id, token, "callback"]) => Some(BotRoute::Answer {
            id: (*id).to_owned(),
            token: (*token).to_owned(),
        }),
        (&Method::PATCH, ["webhooks", _, token, "messages", "@original"]) => Some(BotRoute::EditAnswer {
            token: (*token).to_owned(),
        }),
        (&Method::DELETE, ["webhooks", _, token, "messages", "@original"]) => Some(BotRoute::DeleteAnswer {
            token: (*token).to_owned(),
        }),
        (&Method::POST, ["webhooks", _, token]) if is_interaction(token) => Some(BotRoute::FollowUp {
            token: (*token).to_owned(),
        }),
        _ => None,
    }
}

/// Broken rules, for the caller to record, and the answer.
pub(super) type Served = (Vec<(Rule, String)>, Reply);

/// Whether these headers are the bot's.
pub(super) fn is_authorised(world: &World, headers: &HeaderMap) -> bool {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given == format!("Bot {}", world.account.token))
}

/// `posted` is what the bot posted in the channel whose history is asked for.
pub(super) fn serve(
    world: &mut World,
    route: &BotRoute,
    headers: &HeaderMap,
    body: &Bytes,
    posted: Vec<Value>,
) -> Served {
    let good = |reply| (Vec::new(), reply);
    match route {
        BotRoute::Answer { id, token } => return first_answer(world, id, token, body),
        BotRoute::EditAnswer { token } => return later(world, token, body, Later::Edit),
        BotRoute::DeleteAnswer { token } => return deleted(world, token),
        BotRoute::FollowUp { token } => return later(world, token, body, Later::FollowUp),
        BotRoute::Gateway => world.seen.asked.push(Instant::now()),
        _ => {}
    }
    if !is_authorised(world, headers) {
        return good(Reply::error(401, 0, "401: Unauthorized"));
    }
    let account = &world.account;
    let told = match route {
        BotRoute::Gateway => json!({
            "url": world.url, "shards": 1,
            "session_start_limit": {
                "total": world.limit.total, "remaining": world.limit.remaining,
                "reset_after": u64::try_from(world.limit.reset_after.as_millis()).unwrap_or(u64::MAX),
                "max_concurrency": world.limit.max_concurrency,
            },
        }),
        BotRoute::User => shapes::user(account),
        BotRoute::Guilds => account.guilds.iter().map(|id| shapes::guild(*id)).collect(),
        BotRoute::Commands { application, .. } | BotRoute::Registered { application, .. }
            if *application != account.application.to_string() =>
        {
            return good(Reply::error(404, 10002, "Unknown Application"));
        }
        BotRoute::Commands { guild, .. } | BotRoute::Registered { guild, .. }
            if guild.as_ref().is_some_and(|guild| !is_member(account, guild)) =>
        {
            return good(Reply::error(403, 50001, "Missing Access"));
        }
        BotRoute::Commands { guild, .. } => return registered(world, guild.as_deref(), body),
        BotRoute::Registered { guild, .. } => {
            let kept = world.commands.get(&guild.clone().unwrap_or_default());
            kept.map_or_else(|| json!([]), |kept| commands::as_kept(kept, account.application))
        }
        BotRoute::History { channel, most, after } => {
            let name = channel.to_string();
            let own = |written: &&Value| written["channel_id"] == name;
            // Newest first.
            let persons = world.written.iter().filter(own).map(shapes::history);
            let bots = posted.into_iter().map(|mut message| {
                message["author"]["id"] = account.user.to_string().into();
                message
            });
            let id = |message: &Value| message["id"].as_str().and_then(|id| id.parse::<u64>().ok());
            let is_behind = |message: &Value| after.is_none_or(|after| id(message) > Some(after));
            let mut told: Vec<Value> = persons.chain(bots).filter(is_behind).collect();
            // The ones next to `after`, or the newest; in each case the newest of them first.
            told.sort_by_key(|message| std::cmp::Reverse(id(message)));
            if after.is_some() {
                told.drain(..told.len().saturating_sub(*most));
            }
            told.truncate(*most);
            Value::Array(told)
        }
        BotRoute::Answer { .. }
        | BotRoute::EditAnswer { .. }
        | BotRoute::DeleteAnswer { .. }
        | BotRoute::FollowUp { .. } => Value::Null,
    };
    good(Reply::json(200, &told))
}

fn is_member(account: &Account, guild: &str) -> bool {
    account.guilds.iter().any(|known| known.to_string() == guild)
}

fn registered(world: &mut World, guild: Option<&str>, body: &Bytes) -> Served {
    let commands: Value = serde_json::from_slice(body).unwrap_or_default();
    let faults = commands::faults(&commands);
    if let Some(first) = faults.first() {
        let refused = validate::Refused {
            code: 50035,
            path: first.clone(),
            fault: "COMMAND",
        };
        let broken = faults.into_iter().map(|fault| (Rule::Commands, fault));
        return (broken.collect(), Reply::refused(&refused));
    }
    let reply = Reply::json(200, &commands::as_kept(&commands, world.account.application));
    world.registrations += 1;
    world
        .commands
        .insert(guild.unwrap_or_default().to_owned(), commands);
    (Vec::new(), reply)
}

fn refuse(dialogue: &mut Dialogue, status: u16, code: u32, message: &str) -> Served {
    dialogue.refused.push(code);
    (Vec::new(), Reply::error(status, code, message))
}

fn unknown() -> Served {
    (Vec::new(), Reply::error(404, 10062, "Unknown interaction"))
}

fn first_answer(world: &mut World, id: &str, token: &str, body: &Bytes) -> Served {
    let dialogue = id.parse().ok().and_then(|id: u64| world.dialogues.get_mut(&id));
    let Some(dialogue) = dialogue.filter(|dialogue| dialogue.token == token) else {
        return unknown();
    };
    let now = Instant::now();
    if dialogue.answer.is_some() {
        return refuse(dialogue, 400, 40060, "Interaction has already been acknowledged.");
    }
    if now > dialogue.asked + ANSWER_WITHIN {
        return refuse(dialogue, 404, 10062, "Unknown interaction");
    }
    let form: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = dialogue.kind;
    let checked = match form["type"].as_u64() {
        Some(answer) if !suits(kind, answer) => rule_unless(false, || {
            format!("an interaction of type {kind} answered with {answer}")
        }),
        Some(4 | 7) => checked(Kind::Reply, &form["data"]),
        Some(5) => {
            let data = &form["data"];
            let fits = data.is_null() || data == &json!({"flags": 64});
            rule_unless(fits, || {
                format!("a deferred answer may carry only EPHEMERAL: {data}")
            })
        }
        Some(6) => rule_unless(form["data"].is_null(), || {
            "a deferred update carries nothing".into()
        }),
        Some(8) => rule_unless(commands::are_choices(&form["data"]["choices"]), || {
            form["data"].to_string()
        }),
        Some(9) => rule_unless(commands::is_modal(&form["data"]), || form["data"].to_string()),
        _ => rule_unless(false, || format!("type {}", form["type"])),
    };
    match checked {
        Ok(broken) => {
            dialogue.shown = matches!(form["type"].as_u64(), Some(4 | 7)).then(|| form["data"].clone());
            dialogue.answer = Some((now, form));
            (broken, Reply::empty(204))
        }
        Err(served) => served,
    }
}

/// Whether an interaction of this type may be answered so first.
const fn suits(kind: u64, answer: u64) -> bool {
    match kind {
        4 => answer == 8,
        2 => matches!(answer, 4 | 5 | 9),
        // A form that a button opened may change the message of the button.
        5 => matches!(answer, 4..=7),
        _ => matches!(answer, 4..=7 | 9),
    }
}

fn deleted(world: &mut World, token: &str) -> Served {
    let found = world
        .dialogues
        .values_mut()
        .find(|dialogue| dialogue.token == token && dialogue.answer.is_some());
    let Some(dialogue) = found else {
        return (Vec::new(), Reply::error(404, 10015, "Unknown Webhook"));
    };
    dialogue.shown = None;
    dialogue.deleted = true;
    (Vec::new(), Reply::empty(204))
}

#[derive(Clone, Copy)]
enum Later {
    Edit,
    FollowUp,
}

fn later(world: &mut World, token: &str, body: &Bytes, what: Later) -> Served {
    let found = world
        .dialogues
        .values_mut()
        .find(|dialogue| dialogue.token == token);
    let Some(dialogue) = found else {
        return (Vec::new(), Reply::error(404, 10015, "Unknown Webhook"));
    };
    if Instant::now() > dialogue.asked + TOKEN_LIFE {
        return refuse(dialogue, 401, 50027, "Invalid Webhook Token");
    }
    if dialogue.answer.is_none() {
        return refuse(dialogue, 404, 10015, "Unknown Webhook");
    }
    let form: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = match what {
        Later::Edit => Kind::BotEdit,
        Later::FollowUp => Kind::Reply,
    };
    match checked(kind, &form) {
        Ok(broken) => {
            match what {
                Later::Edit => dialogue.shown = Some(form.clone()),
                Later::FollowUp => dialogue.follow_ups.push(form.clone()),
            }
            let (id, account) = (
                dialogue.interaction + 1 + dialogue.follow_ups.len() as u64,
                &world.account,
            );
            (
                broken,
                Reply::json(200, &shapes::reply(id, dialogue.channel, account, &form)),
            )
        }
        Err(served) => served,
    }
}

type Checked = Result<Vec<(Rule, String)>, Served>;

fn checked(kind: Kind, message: &Value) -> Checked {
    let checked = validate::read(kind, "application/json", &Bytes::from(message.to_string()));
    match checked.refused {
        None => Ok(checked.broken),
        Some(refused) => Err((checked.broken, Reply::refused(&refused))),
    }
}

fn rule_unless(holds: bool, detail: impl FnOnce() -> String) -> Checked {
    if holds {
        return Ok(Vec::new());
    }
    let refused = validate::Refused {
        code: 50035,
        path: "data".into(),
        fault: "INTERACTION",
    };
    Err((vec![(Rule::Interaction, detail())], Reply::refused(&refused)))
}
