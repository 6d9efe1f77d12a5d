//! The Discord bot: its token, where Discord is, what it heeds; and the channels that servers have through it.
//!
//! Owns the search for the token, the check of ids, and what it means that there is no bot. Must not connect. A wrong value
//! becomes a problem that never quotes a token; a channel without a bot becomes a note, for it may be that of an old file.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use isr_core::rate::Rate;
use isr_discord::{ApiBase, BotClient, BotToken, ClientOptions, GatewayUrl, HostClass};

use super::findings::{Field, Findings, Given};
use super::raw::RawFile;
use super::raw_rcon::secret;
use super::resolve::Sources;
use super::scalar::{self, Complaint};
use super::settings::Switch;
use super::variables;

/// Who the bot is and where its API is. What posts through it has a share of its connections.
#[derive(Clone)]
pub struct BotAccount {
    /// The token; it does not show itself.
    pub token: BotToken,
    /// Where Discord's API is.
    pub api: ApiBase,
    /// Makes requests in its name.
    pub client: BotClient,
    /// Under whose name players' chat stands in its channels.
    pub identity: BotIdentity,
}

/// Under whose name players' chat stands in the channels of the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BotIdentity {
    /// The bot's own.
    #[default]
    Bot,
    /// The player's, through a webhook that the bot makes and owns.
    Webhook,
}

impl fmt::Display for BotIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bot => "bot",
            Self::Webhook => "webhook",
        })
    }
}

impl PartialEq for BotAccount {
    fn eq(&self, other: &Self) -> bool {
        self.token == other.token && self.api == other.api && self.identity == other.identity
    }
}

impl Eq for BotAccount {}

impl fmt::Debug for BotAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BotAccount({:?}, {})", self.token, self.api)
    }
}

/// The bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// Who it is.
    pub account: Arc<BotAccount>,
    /// Where the gateway is, whatever the API says.
    pub gateway: Option<GatewayUrl>,
    /// Where sessions are resumed, whatever the gateway says.
    pub resume: Option<GatewayUrl>,
    /// The Discord servers that it heeds; all that it is in, when empty.
    pub guilds: Vec<u64>,
    /// Whether it shows who is online.
    pub presence: Switch,
    /// The channel whose message shows which of several copies speaks for the bot.
    pub lease_channel: Option<u64>,
}

/// A channel or thread that the bot posts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotChannel {
    /// Its name in `channels:`, when it has one.
    pub name: Option<String>,
    /// Discord's id of it.
    pub id: u64,
    /// Who reads there.
    pub kind: ChannelKind,
    /// Who posts there.
    pub account: Arc<BotAccount>,
}

/// Who reads in a channel that the bot posts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// People of a Discord server.
    Shared,
    /// One person: direct messages. No configuration names such a channel.
    Direct,
}

/// What a server hears from Discord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscordChat {
    /// The channels whose messages are said in the game; none: nothing is.
    pub channels: Vec<u64>,
    /// So many lines of one person are said.
    pub rate: Rate,
    /// Whether edits are said as corrections.
    pub edits: Switch,
}

impl Default for DiscordChat {
    fn default() -> Self {
        Self {
            channels: Vec::new(),
            rate: Rate::new(10, Duration::from_secs(20)),
            edits: Switch::Off,
        }
    }
}

/// Whether there is a bot.
#[derive(Debug, Clone)]
pub(crate) enum FoundBot {
    /// Nobody named a token.
    None,
    /// One was named and is faulty, which was reported.
    Broken,
    /// There is one.
    There(Arc<BotAccount>),
}

impl FoundBot {
    /// The bot, or what to do about there being none.
    pub(crate) fn account(&self) -> Result<Arc<BotAccount>, Option<Complaint>> {
        match self {
            Self::There(account) => Ok(Arc::clone(account)),
            Self::Broken => Err(None),
            Self::None => Err(Some(Complaint::new(
                "a channel by its id needs the bot, and no token is set",
                "set DISCORD_BOT_TOKEN (docs/setup-bot.md), or use the address of a webhook",
            ))),
        }
    }
}

/// Resolves the section and its variables.
pub(crate) fn resolve(
    sources: &Sources<'_>,
    raw: &RawFile,
    findings: &mut Findings,
) -> (Option<Arc<Bot>>, FoundBot) {
    let raw = &raw.bot;
    let api = sources.strongest(Field::Absent, variables::DISCORD_API, &raw.api, findings);
    let api = findings.settle_quietly("bot.api", &api, ApiBase::default(), base, ToString::to_string);
    if api.host_class() == HostClass::Foreign {
        findings.note("bot.api leads to a host that is not Discord's: it is told the bot's token");
    }
    let gateway = sources.strongest(Field::Absent, variables::DISCORD_GATEWAY, &raw.gateway, findings);
    let gateway = address("bot.gateway", &gateway, findings);
    let resume = sources.strongest(Field::Absent, variables::DISCORD_RESUME, &raw.resume, findings);
    let resume = address("bot.resume", &resume, findings);
    let guilds = ids("bot.guilds", raw.guilds.iter().flatten(), findings);
    let presence = findings.settle_quietly(
        "bot.presence",
        &raw.presence,
        Switch::On,
        scalar::switch,
        Switch::to_string,
    );
    let identity = findings.settle_quietly(
        "bot.identity",
        &raw.identity,
        BotIdentity::default(),
        |text| {
            scalar::choice(
                text,
                &[("bot", BotIdentity::Bot), ("webhook", BotIdentity::Webhook)],
            )
        },
        BotIdentity::to_string,
    );
    let lease_channel = findings.settle_quietly(
        "bot.lease_channel_id",
        &raw.lease_channel_id,
        None,
        |text| id(text).map(Some),
        |id| id.map_or_else(String::new, |id| id.to_string()),
    );
    let token = match token(sources, raw.token.clone(), &raw.token_file, findings) {
        Field::Given(given) => given,
        Field::Broken => return (None, FoundBot::Broken),
        Field::Absent => return (None, FoundBot::None),
    };
    let Some(parsed) = findings.parse("bot.token", &token, parse_token) else {
        return (None, FoundBot::Broken);
    };
    findings.setting(
        "bot.token",
        format!("(hidden, of the bot {})", parsed.bot()),
        token.origin,
    );
    let account = Arc::new(BotAccount {
        client: BotClient::new(api.clone(), parsed.clone(), ClientOptions::default()),
        token: parsed,
        api,
        identity,
    });
    let bot = Bot {
        account: Arc::clone(&account),
        gateway,
        resume,
        guilds,
        presence,
        lease_channel,
    };
    (Some(Arc::new(bot)), FoundBot::There(account))
}

/// The strongest of: secrets and variables by name, the file that the section names, the section.
fn token(sources: &Sources<'_>, written: Field, file: &Field, findings: &mut Findings) -> Field {
    let named = sources.values.find(variables::BOT_TOKEN, findings);
    let found = named.or_else(|| written_or_file(sources, written, file, findings));
    secret(found)
}

fn written_or_file(sources: &Sources<'_>, written: Field, file: &Field, findings: &mut Findings) -> Field {
    let given = match (&written, file) {
        (Field::Absent, Field::Given(given)) => given,
        (Field::Absent, Field::Broken) => return Field::Broken,
        _ => return written,
    };
    let path = sources.surroundings.written(given.text.trim());
    match super::values::read_secret(&path, findings) {
        Ok(Some(given)) => Field::Given(given),
        Ok(None) => Field::Absent,
        Err(failure) => {
            let what = format!("the token's file {} gives no token: {failure}", path.display());
            findings.problem(given.origin.clone(), what, failure.remedy(&path));
            Field::Broken
        }
    }
}

fn parse_token(text: &str) -> Result<BotToken, Complaint> {
    BotToken::parse(text).map_err(|error| complaint(&error.to_string()))
}

fn base(text: &str) -> Result<ApiBase, Complaint> {
    ApiBase::parse(text).map_err(|error| complaint(&error.to_string()))
}

fn address(key: &str, field: &Field, findings: &mut Findings) -> Option<GatewayUrl> {
    let parse = |text: &str| {
        let parsed = GatewayUrl::parse(text).map_err(|error| complaint(&error.to_string()))?;
        Ok(Some(parsed))
    };
    let show = |url: &Option<GatewayUrl>| url.as_ref().map_or_else(String::new, ToString::to_string);
    let url = findings.settle_quietly(key, field, None, parse, show);
    if url
        .as_ref()
        .is_some_and(|url| url.host_class() == HostClass::Foreign)
    {
        findings.note(format!(
            "{key} leads to a host that is not Discord's: it is told the bot's token"
        ));
    }
    url
}

/// Fault and remedy of a message that holds both.
fn complaint(message: &str) -> Complaint {
    let (what, remedy) = message.split_once("; ").unwrap_or((message, "correct it"));
    Complaint::new(what, remedy)
}

/// Discord's ids in a list; faulty ones are reported.
pub(crate) fn ids<'a>(
    key: &str,
    given: impl Iterator<Item = &'a Given> + Clone,
    findings: &mut Findings,
) -> Vec<u64> {
    let found: Vec<u64> = given
        .clone()
        .filter_map(|given| findings.parse(key, given, id))
        .collect();
    if let (Some(first), false) = (given.clone().next(), found.is_empty()) {
        let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
        findings.setting(key, shown.join(", "), first.origin.clone());
    }
    found
}

/// One of Discord's ids: 17 to 20 digits today; the first ones had fewer.
pub(crate) fn id(text: &str) -> Result<u64, Complaint> {
    match text.parse() {
        Ok(id) if id > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(id),
        _ => Err(Complaint::new(
            "this is not an id of Discord",
            "switch on Developer Mode in Discord's settings (Advanced), click with the right button, and take Copy ID",
        )),
    }
}
