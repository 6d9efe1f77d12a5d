//! Every route that the fake serves, as Discord's description writes it.
//!
//! Owns the list. A request that is served and is not in it is a broken rule, so that whoever goes by the list (the check of
//! recorded traffic) misses none. Cannot fail.

/// Method and path of each route.
pub const ROUTES: [(&str, &str); 32] = [
    ("GET", "/gateway/bot"),
    ("GET", "/users/@me"),
    ("GET", "/users/@me/guilds"),
    ("POST", "/users/@me/channels"),
    ("GET", "/applications/@me"),
    ("PATCH", "/applications/@me"),
    ("GET", "/applications/{application_id}/commands"),
    ("PUT", "/applications/{application_id}/commands"),
    ("GET", "/applications/{application_id}/guilds/{guild_id}/commands"),
    ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands"),
    ("GET", "/guilds/{guild_id}"),
    ("GET", "/guilds/{guild_id}/members/{user_id}"),
    ("GET", "/guilds/{guild_id}/channels"),
    ("POST", "/guilds/{guild_id}/channels"),
    ("GET", "/channels/{channel_id}"),
    ("PATCH", "/channels/{channel_id}"),
    ("GET", "/channels/{channel_id}/webhooks"),
    ("POST", "/channels/{channel_id}/webhooks"),
    ("GET", "/channels/{channel_id}/messages"),
    ("POST", "/channels/{channel_id}/messages"),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"),
    ("PUT", "/channels/{channel_id}/messages/pins/{message_id}"),
    (
        "PUT",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
    ),
    ("GET", "/webhooks/{webhook_id}/{webhook_token}"),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"),
    (
        "GET",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    ),
    (
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    ),
    (
        "DELETE",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    ),
    (
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
    ),
    (
        "DELETE",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
    ),
    (
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
    ),
];

/// Whether a request is one of these. `path` may have a query and the version in front.
pub(crate) fn is_listed(method: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let path = path
        .strip_prefix("/api/v10")
        .or_else(|| path.strip_prefix("/api/v9"))
        .or_else(|| path.strip_prefix("/api"))
        .unwrap_or(path);
    ROUTES
        .iter()
        .any(|(own, template)| *own == method && fits(template, path))
}

fn fits(template: &str, path: &str) -> bool {
    let (mut parts, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(given)) if part == given || part.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_known_with_its_ids_its_query_and_each_version_and_no_other_is() {
        for path in ["/api/webhooks/1/t?wait=true", "/api/v10/webhooks/1/t"] {
            assert!(is_listed("POST", path), "{path}");
        }
        assert!(!is_listed("DELETE", "/api/v10/webhooks/1/t"));
        assert!(!is_listed("GET", "/api/v10/guilds/1/roles"));
    }
}
