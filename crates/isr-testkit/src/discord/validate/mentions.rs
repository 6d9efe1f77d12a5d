//! `allowed_mentions`, and whom a text would ping under it.
//!
//! Owns Discord's rules of allowance and a deliberately wide reading of texts: whatever could be taken for a mention
//! is taken for one. Cannot fail.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Checked, Kind, Rule};

/// Who may be pinged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allowed {
    everyone: bool,
    all_users: bool,
    all_roles: bool,
    users: BTreeSet<String>,
    roles: BTreeSet<String>,
}

impl Default for Allowed {
    /// Discord's default for webhooks, when nothing is said: users.
    fn default() -> Self {
        Self {
            all_users: true,
            ..Self::nobody()
        }
    }
}

impl Allowed {
    /// Discord's default for what a bot posts in a channel.
    fn everybody() -> Self {
        Self {
            everyone: true,
            all_users: true,
            all_roles: true,
            ..Self::nobody()
        }
    }

    const fn nobody() -> Self {
        Self {
            everyone: false,
            all_users: false,
            all_roles: false,
            users: BTreeSet::new(),
            roles: BTreeSet::new(),
        }
    }
}

pub(super) fn check(checked: &mut Checked, kind: Kind, value: Option<&Value>) {
    let form = match value {
        None | Some(Value::Null) => {
            if kind == Kind::BotMessage {
                checked.form.allowed = Allowed::everybody();
            }
            checked.note(Rule::MentionsMissing, "Discord's default would ping users");
            return;
        }
        Some(Value::Object(form)) => form,
        Some(_) => return bad(checked, "allowed_mentions is not an object"),
    };
    let mut allowed = Allowed::nobody();
    if form
        .keys()
        .any(|name| !matches!(name.as_str(), "parse" | "users" | "roles" | "replied_user"))
    {
        checked.note(Rule::Mentions, "an unknown field in allowed_mentions");
    }
    if form.get("replied_user").is_some_and(|flag| !flag.is_boolean()) {
        bad(checked, "replied_user is neither true nor false");
    }
    let parse = words(checked, form.get("parse"));
    if parse.iter().collect::<BTreeSet<_>>().len() < parse.len() {
        bad(checked, "parse holds a word twice");
    }
    for word in parse {
        match word.as_str() {
            "everyone" => allowed.everyone = true,
            "users" => allowed.all_users = true,
            "roles" => allowed.all_roles = true,
            other => bad(checked, &format!("parse holds {other:?}")),
        }
    }
    allowed.users = ids(checked, form.get("users"));
    allowed.roles = ids(checked, form.get("roles"));
    if (allowed.all_users && !allowed.users.is_empty()) || (allowed.all_roles && !allowed.roles.is_empty()) {
        bad(checked, "a list and the same word in parse exclude each other");
    }
    checked.form.allowed = allowed;
}

fn bad(checked: &mut Checked, detail: &str) {
    checked.refuse(
        Rule::Mentions,
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        detail,
    );
}

fn words(checked: &mut Checked, value: Option<&Value>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    let words: Option<Vec<String>> = value.as_array().and_then(|words| {
        words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect()
    });
    words.unwrap_or_else(|| {
        bad(checked, "not a list of texts");
        Vec::new()
    })
}

fn ids(checked: &mut Checked, value: Option<&Value>) -> BTreeSet<String> {
    let listed = words(checked, value);
    let ids: BTreeSet<String> = listed.iter().cloned().collect();
    if listed.len() > 100 || ids.len() < listed.len() || ids.iter().any(|id| id.parse::<u64>().is_err()) {
        bad(
            checked,
            "a list of ids is longer than 100, holds one twice, or holds something else",
        );
    }
    ids
}

/// Whom the text pings: `everyone`, `here`, `user ID`, `role ID`.
pub(crate) fn pinged(text: &str, allowed: &Allowed) -> Vec<String> {
    let mut pinged = BTreeSet::new();
    for (word, mark) in [("everyone", "@everyone"), ("here", "@here")] {
        if allowed.everyone && text.contains(mark) {
            pinged.insert(word.to_owned());
        }
    }
    for candidate in text.split("<@").skip(1) {
        let Some((inner, _)) = candidate.split_once('>') else {
            continue;
        };
        let (kind, id) = match inner.strip_prefix('&') {
            Some(id) => ("role", id),
            None => ("user", inner.strip_prefix('!').unwrap_or(inner)),
        };
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
        let may = match kind {
            "role" => allowed.all_roles || allowed.roles.contains(id),
            _ => allowed.all_users || allowed.users.contains(id),
        };
        if is_id && may {
            pinged.insert(format!("{kind} {id}"));
        }
    }
    pinged.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, check};
    use super::*;
    use serde_json::json;

    fn pings(text: &str, allowed_mentions: Value) -> Vec<String> {
        let form = json!({"content": text, "allowed_mentions": allowed_mentions});
        let checked = check(Kind::NewMessage, form.to_string().as_bytes());
        pinged(text, &checked.form.allowed)
    }

    #[test]
    fn d10_who_is_pinged_depends_on_the_allowance_alone() {
        let text = "@everyone @here <@1> <@!2> <@&3>";
        assert!(pings(text, json!({"parse": []})).is_empty());
        assert_eq!(pings(text, json!(null)), ["user 1", "user 2"]);
        assert_eq!(pings(text, json!({"parse": ["everyone"]})), ["everyone", "here"]);
        assert_eq!(
            pings(text, json!({"users": ["2"], "roles": ["3"]})),
            ["role 3", "user 2"]
        );
        assert!(pings("<@> <@x> <@1", json!({"parse": ["users"]})).is_empty());
    }

    #[test]
    fn contradictions_are_refused() {
        let refused = |allowed: Value| {
            let form = json!({"content": "x", "allowed_mentions": allowed});
            check(Kind::NewMessage, form.to_string().as_bytes())
                .refused
                .is_some()
        };
        assert!(!refused(json!({"parse": ["users"], "roles": ["1"]})));
        assert!(!refused(json!({"parse": ["users"], "users": []})));
        for bad in [
            json!({"parse": ["users"], "users": ["1"]}),
            json!({"parse": ["all"]}),
            json!({"parse": "users"}),
            json!({"users": [1]}),
            json!({"users": ["x"]}),
            json!({"users": ["1", "1"]}),
            json!({"users": (0..101).map(|n| n.to_string()).collect::<Vec<_>>()}),
            json!([]),
        ] {
            assert!(refused(bad.clone()), "{bad}");
        }
        let missing = check(Kind::NewMessage, br#"{"content":"x"}"#);
        assert_eq!(missing.broken[0].0, Rule::MentionsMissing);
        assert!(missing.refused.is_none());
    }
}
