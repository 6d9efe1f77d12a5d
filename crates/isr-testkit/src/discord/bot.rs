//! The bot's half of the API: what is asked for with a token of a bot.
//!
//! Owns which routes there are, and the check of who asks. Must not know webhooks. Cannot fail; what is refused is an
//! answer.

use hyper::{HeaderMap, Method, Uri};
use serde_json::json;
use tokio::time::Instant;

use super::answer::Reply;
use super::gateway::World;

/// What a bot asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BotRoute {
    /// `GET /gateway/bot`.
    Gateway,
    /// `GET /users/@me`.
    User,
    /// `GET /applications/@me`.
    Application,
}

/// The route, when it is one of the bot's.
pub(super) fn route(method: &Method, uri: &Uri) -> Option<BotRoute> {
    let path = uri.path().strip_prefix("/api/v10")?;
    match (method, path) {
        (&Method::GET, "/gateway/bot") => Some(BotRoute::Gateway),
        (&Method::GET, "/users/@me") => Some(BotRoute::User),
        (&Method::GET, "/applications/@me") => Some(BotRoute::Application),
        _ => None,
    }
}

pub(super) fn answer(world: &mut World, route: BotRoute, headers: &HeaderMap) -> Reply {
    let given = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if route == BotRoute::Gateway {
        world.seen.asked.push(Instant::now());
    }
    let account = &world.account;
    if given != format!("Bot {}", account.token) {
        return Reply::error(401, 0, "401: Unauthorized");
    }
    match route {
        BotRoute::Gateway => Reply::json(
            200,
            &json!({
                "url": world.url, "shards": 1,
                "session_start_limit": {
                    "total": world.limit.total, "remaining": world.limit.remaining,
                    "reset_after": u64::try_from(world.limit.reset_after.as_millis()).unwrap_or(u64::MAX),
                    "max_concurrency": world.limit.max_concurrency,
                },
            }),
        ),
        BotRoute::User => Reply::json(
            200,
            &json!({
                "id": account.user.to_string(), "username": account.name, "discriminator": "0000", "bot": true,
                "avatar": null, "global_name": null, "flags": 0, "public_flags": 0, "verified": true,
                "mfa_enabled": false, "locale": "en-US", "email": null,
            }),
        ),
        BotRoute::Application => Reply::json(
            200,
            &json!({
                "id": account.application.to_string(), "name": account.name, "icon": null, "description": "",
                "bot_public": false, "bot_require_code_grant": false, "verify_key": "0".repeat(64), "flags": 0,
                "approximate_guild_count": account.guilds.len(),
            }),
        ),
    }
}
