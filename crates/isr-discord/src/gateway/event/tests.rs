//! Events as Discord writes them, and as it might write them tomorrow.

use proptest::prelude::*;

use super::*;

fn event(name: &str, data: &str) -> Reading {
    let json = format!(r#"{{"op":0,"s":5,"t":"{name}","d":{data}}}"#);
    read(&Frame::open(&json).unwrap())
}

fn message(data: &str) -> Message {
    match event("MESSAGE_CREATE", data) {
        Reading::Event(Event::Message(message)) => *message,
        other => panic!("{other:?}"),
    }
}

fn interaction(data: &str) -> Interaction {
    match event("INTERACTION_CREATE", data) {
        Reading::Event(Event::Interaction(interaction)) => *interaction,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_is_read_with_everything_that_a_relay_can_use() {
    let read = message(
        r#"{"id":"11","channel_id":"22","guild_id":"33","type":19,"content":"hello <@5>","tts":false,
        "author":{"id":"44","username":"bob","global_name":"Bob","avatar":null,"discriminator":"0"},
        "member":{"nick":"Bobby","roles":["7","8"],"joined_at":"2020-01-01T00:00:00+00:00"},
        "mentions":[{"id":"5","username":"eve","global_name":null,"member":{"nick":"Evie"}}],
        "attachments":[{"id":"1","filename":"a.png","url":"https://cdn/a.png","size":12,"content_type":"image/png"}],
        "sticker_items":[{"id":"9","name":"Wave","format_type":1}],
        "message_reference":{"type":0,"message_id":"10","channel_id":"22"},
        "referenced_message":{"id":"10","content":"hi","author":{"id":"45","username":"ann"}},
        "edited_timestamp":null,"nonce":"n1","embeds":[],"components":[]}"#,
    );
    assert_eq!(
        (read.id, read.channel, read.guild, read.kind),
        (11, 22, Some(33), 19)
    );
    assert_eq!(read.content, "hello <@5>");
    assert_eq!(read.shown_name(), Some("Bobby"));
    assert_eq!(read.roles, [7, 8]);
    assert_eq!(
        read.mentions,
        [Mention {
            id: 5,
            name: "Evie".into()
        }]
    );
    assert_eq!(
        (&*read.attachments[0].name, read.attachments[0].size),
        ("a.png", Some(12))
    );
    assert_eq!(read.stickers, ["Wave"]);
    let quoted = read.quoted.as_ref().unwrap();
    assert_eq!(
        (quoted.id, &*quoted.content, quoted.forwarded),
        (Some(10), "hi", false)
    );
    assert_eq!(
        (read.edited.as_deref(), read.nonce.as_deref()),
        (None, Some("n1"))
    );
    assert!(read.is_from_person());
}

#[test]
fn programs_are_told_from_people() {
    let with = |more: &str| {
        message(&format!(
            r#"{{"id":"1","channel_id":"2","type":0,"content":"x"{more}}}"#
        ))
        .is_from_person()
    };
    assert!(with(r#","author":{"id":"3","username":"a"}"#));
    assert!(!with(r#","author":{"id":"3","username":"a","bot":true}"#));
    assert!(!with(r#","author":{"id":"3","username":"a","bot":"yes"}"#));
    assert!(!with(r#","author":{"id":"3","username":"a"},"webhook_id":"9""#));
    assert!(!with(""), "without an author nothing is known");
    assert!(!with(r#","author":{"id":"3"},"type":7"#));
}

#[test]
fn a_forward_shows_its_snapshot() {
    let read = message(
        r#"{"id":"1","channel_id":"2","message_reference":{"type":1,"message_id":"3"},
        "message_snapshots":[{"message":{"content":"far away"}}],"author":{"id":"3"}}"#,
    );
    let quoted = read.quoted.unwrap();
    assert_eq!((&*quoted.content, quoted.forwarded), ("far away", true));
}

#[test]
fn nothing_but_its_ids_makes_a_message_unusable() {
    let odd = message(
        r#"{"id":1,"channel_id":2,"type":"new","content":null,"author":[],"member":7,"mentions":{"a":1},
        "attachments":"none","sticker_items":[null,5],"message_reference":"x","guild_id":null,"poll":{"new":true}}"#,
    );
    assert_eq!(
        odd,
        Message {
            id: 1,
            channel: 2,
            ..Message::default()
        }
    );
    assert_eq!(event("MESSAGE_CREATE", r#"{"id":"1"}"#), Reading::Unusable);
    assert_eq!(event("MESSAGE_CREATE", "null"), Reading::Unusable);
    assert_eq!(event("TYPING_START", "[]"), Reading::Other);
    assert_eq!(event("AN_EVENT_OF_2031", r#"{"id":"1"}"#), Reading::Other);
}

#[test]
fn a_command_is_read_with_its_options() {
    let read = interaction(
        r#"{"id":"1","application_id":"2","type":2,"token":"aW50ZXJhY3Rpb24:x","version":1,
        "guild_id":"3","channel_id":"4","locale":"de","guild_locale":"en-US","app_permissions":"2048",
        "member":{"user":{"id":"5","username":"bob"},"roles":["6"],"permissions":"8","nick":null},
        "data":{"id":"7","name":"factorio","type":1,"options":[{"name":"game","type":2,"options":[
          {"name":"clock","type":1,"options":[{"name":"value","type":3,"value":"day"},{"name":"n","type":4,"value":-3},
           {"name":"x","type":10,"value":0.5},{"name":"sure","type":5,"value":true},{"name":"new","type":99,"value":{}}]}]}]}}"#,
    );
    let InteractionKind::Command { name, options, .. } = read.kind else {
        panic!("{:?}", read.kind);
    };
    assert_eq!(name, "factorio");
    let Choice::Below(group) = &options[0].value else {
        panic!("{options:?}");
    };
    let Choice::Below(leaves) = &group[0].value else {
        panic!("{group:?}");
    };
    let values: Vec<_> = leaves.iter().map(|leaf| leaf.value.clone()).collect();
    let expected = [
        Choice::Text("day".into()),
        Choice::Whole(-3),
        Choice::Number("0.5".into()),
        Choice::Flag(true),
        Choice::Absent,
    ];
    assert_eq!(values, expected);
    let member = read.member.unwrap();
    assert_eq!(
        (member.user.id, member.permissions, &*member.roles),
        (5, Some(8), &[6][..])
    );
    assert_eq!(
        (read.locale.as_deref(), read.bot_permissions),
        (Some("de"), Some(2048))
    );
    assert!(!format!("{:?}", read.token).contains("aW50"));
}

#[test]
fn buttons_forms_and_half_typed_values_are_read() {
    let with = |kind: u64, data: &str| {
        interaction(&format!(
            r#"{{"id":"1","application_id":"2","type":{kind},"token":"t","user":{{"id":"5"}},"data":{data},"message":{{"id":"9"}}}}"#
        ))
    };
    let button = with(3, r#"{"custom_id":"save:1","component_type":2}"#);
    let expected = InteractionKind::Component {
        custom_id: "save:1".into(),
        values: vec![],
        message: Some(9),
    };
    assert_eq!(button.kind, expected);
    assert_eq!(button.member.unwrap().permissions, None);
    let typed = with(
        4,
        r#"{"name":"kick","options":[{"name":"player","type":3,"value":"bo","focused":true}]}"#,
    );
    let InteractionKind::Autocomplete { options, .. } = typed.kind else {
        panic!("{:?}", typed.kind);
    };
    assert!(options[0].focused);
    let form = with(
        5,
        r#"{"custom_id":"f","components":[{"type":1,"components":[{"type":4,"custom_id":"why","value":"spam"}]},
            {"type":18,"component":{"type":4,"custom_id":"more","value":"x"}}]}"#,
    );
    let InteractionKind::Modal { fields, .. } = form.kind else {
        panic!("{:?}", form.kind);
    };
    let names: Vec<_> = fields.iter().map(|field| field.custom_id.as_str()).collect();
    assert_eq!(names, ["why", "more"]);
    assert_eq!(with(6, "{}").kind, InteractionKind::Other(6));
}

#[test]
fn a_token_that_would_change_the_address_is_refused() {
    for bad in ["", "a/b", "..", "a?b", "a b", "ä", "a#b", &"x".repeat(3000)] {
        assert!(InteractionToken::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn guilds_channels_and_threads_come_and_go() {
    let guild = r#"{"id":"1","name":"G","owner_id":"2","unavailable":false,"channels":[{"id":"3","type":0,"name":"chat"}],
        "threads":[{"id":"4","type":11,"parent_id":"3","name":"t"}],"roles":[{"id":"9","name":"mods"}],"members":[]}"#;
    let Reading::Event(Event::Guild(guild)) = event("GUILD_CREATE", guild) else {
        panic!("not a guild");
    };
    assert_eq!((guild.channels.len(), guild.channels[1].parent), (2, Some(3)));
    assert!(guild.channels[1].is_thread() && guild.channels[0].guild == Some(1));
    assert_eq!(guild.roles, [(9, "mods".into())]);
    let gone = |data| event("GUILD_DELETE", data);
    let expected = |why| Reading::Event(Event::GuildGone { id: 1, why });
    assert_eq!(
        gone(r#"{"id":"1","unavailable":true}"#),
        expected(GuildGone::Outage)
    );
    assert_eq!(gone(r#"{"id":"1"}"#), expected(GuildGone::Removed));
    let deleted = event("MESSAGE_DELETE_BULK", r#"{"ids":["1","2"],"channel_id":"3"}"#);
    let expected = Event::MessagesDeleted {
        channel: 3,
        ids: vec![1, 2],
    };
    assert_eq!(deleted, Reading::Event(expected));
}

proptest! {
    #[test]
    fn no_event_makes_it_panic(
        name in prop_oneof!["MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_CREATE", "GUILD_DELETE", "THREAD_CREATE", ".*"],
        data in odd_json(),
    ) {
        let name = serde_json::to_string(&name).unwrap();
        let json = format!(r#"{{"op":0,"s":5,"t":{name},"d":{data}}}"#);
        if let Some(frame) = Frame::open(&json) {
            drop(read(&frame));
        }
    }
}

/// JSON with the names that we look for, and values that nobody expects.
fn odd_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| format!("\"{n}\"")),
        ".{0,20}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let key = prop_oneof![
        Just("id"),
        Just("channel_id"),
        Just("application_id"),
        Just("token"),
        Just("type"),
        Just("data"),
        Just("options"),
        Just("components"),
        Just("component"),
        Just("author"),
        Just("member"),
        Just("user"),
        Just("value"),
        Just("name"),
        Just("message_reference"),
        Just("channels"),
        Just("custom_id"),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        let pair = (key.clone(), inner.clone()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
        prop_oneof![
            proptest::collection::vec(inner, 0..5).prop_map(|list| format!("[{}]", list.join(","))),
            proptest::collection::vec(pair, 0..8).prop_map(|pairs| format!("{{{}}}", pairs.join(","))),
        ]
    })
}
