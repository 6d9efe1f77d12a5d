//! A little description, written by hand, and traffic that fits it or not.

use serde_json::json;

use super::*;

const DESCRIPTION: &str = r##"{
  "openapi": "3.1.0",
  "paths": {
    "/channels/{channel_id}/messages": {
      "parameters": [{"name": "channel_id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Id"}}],
      "post": {
        "requestBody": {"required": true, "content": {"application/json": {"schema": {
          "type": "object", "properties": {"content": {"type": ["string", "null"], "maxLength": 20}}}}}},
        "responses": {
          "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}},
          "4XX": {"$ref": "#/components/responses/Error"}
        }
      },
      "get": {
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}],
        "responses": {"200": {"content": {"application/json": {"schema": {
          "type": "array", "items": {"$ref": "#/components/schemas/Message"}}}}}}
      }
    },
    "/webhooks/{id}/{token}/messages/{message_id}": {"delete": {"responses": {"204": {"description": "gone"}}}},
    "/webhooks/{id}/{token}/messages/@original": {"delete": {"responses": {"204": {"description": "gone"}}}}
  },
  "components": {
    "schemas": {
      "Id": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$", "format": "snowflake"},
      "Message": {"type": "object", "required": ["id"],
        "properties": {"id": {"$ref": "#/components/schemas/Id"}, "content": {"type": "string"}}}
    },
    "responses": {"Error": {"content": {"application/json": {"schema": {
      "type": "object", "required": ["code"], "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}}}}}}
  }
}"##;

fn exchange(method: &str, path: &str, body: &Value, status: u16, answer: &Value) -> Exchange {
    let text = |value: &Value| {
        if value.is_null() {
            String::new()
        } else {
            value.to_string()
        }
    };
    Exchange {
        method: method.to_owned(),
        path: format!("/api/v10{path}"),
        content_type: "application/json".to_owned(),
        body: text(body).into(),
        status,
        answer_type: if answer.is_null() {
            String::new()
        } else {
            "application/json".to_owned()
        },
        answer: text(answer).into(),
    }
}

fn found(exchange: Exchange) -> Vec<String> {
    let description = Description::read(DESCRIPTION).expect("the little description");
    description.hold(&[exchange]).findings.into_iter().collect()
}

#[test]
fn what_fits_the_description_has_no_finding() {
    let (said, told) = (
        json!({"content": "hello"}),
        json!({"id": "5", "content": "hello"}),
    );
    let post = |status, answer: &Value| exchange("POST", "/channels/1/messages", &said, status, answer);
    assert_eq!(found(post(200, &told)), [""; 0]);
    assert_eq!(
        found(post(404, &json!({"code": 10_003, "message": "Unknown Channel"}))),
        [""; 0]
    );
    assert_eq!(
        found(post(502, &json!({}))),
        [""; 0],
        "an outage is nobody's fault"
    );
    let history = exchange(
        "GET",
        "/channels/1/messages?limit=100",
        &Value::Null,
        200,
        &json!([told]),
    );
    assert_eq!(found(history), [""; 0]);
}

#[test]
fn each_deviation_is_told_with_its_place() {
    let said = json!({"content": "hello"});
    let good = json!({"id": "5"});
    let post = |path: &str, body: &Value, status, answer: &Value| {
        found(exchange("POST", path, body, status, answer))
    };
    let at = "POST /channels/{channel_id}/messages: ";
    for (findings, wanted) in [
        (post("/channels/x/messages", &said, 200, &good), "path channel_id"),
        (
            post("/channels/1/messages?wait=true", &said, 200, &good),
            "query wait: is not in the description",
        ),
        (
            post(
                "/channels/1/messages",
                &json!({"content": "x".repeat(21)}),
                200,
                &good,
            ),
            "request/content",
        ),
        (
            post("/channels/1/messages", &json!({"contents": "x"}), 200, &good),
            "request/contents: no schema names it",
        ),
        (
            post("/channels/1/messages", &Value::Null, 200, &good),
            "request: has no body",
        ),
        (
            post("/channels/1/messages", &said, 200, &json!({})),
            "answer 200/id: is missing",
        ),
        (
            post("/channels/1/messages", &said, 200, &json!({"id": 5})),
            "answer 200/id",
        ),
        (
            post("/channels/1/messages", &said, 400, &json!({})),
            "answer 400/code: is missing",
        ),
        (
            post("/channels/1/messages", &said, 302, &Value::Null),
            "answer: status 302",
        ),
    ] {
        let all = findings.join("\n");
        assert!(all.contains(&format!("{at}{wanted}")), "{wanted}: {all}");
    }
    let far = exchange(
        "GET",
        "/channels/1/messages?limit=101",
        &Value::Null,
        200,
        &json!([]),
    );
    assert!(found(far)[0].contains("query limit"));
    let strange = exchange("PUT", "/channels/1/messages", &said, 200, &good);
    assert!(found(strange)[0].contains("no such operation"));
}

#[test]
fn a_path_without_places_to_fill_goes_first() {
    let description = Description::read(DESCRIPTION).expect("the little description");
    let gone = exchange(
        "DELETE",
        "/webhooks/1/t/messages/@original",
        &Value::Null,
        204,
        &Value::Null,
    );
    let report = description.hold(&[gone]);
    assert!(
        report
            .operations
            .contains_key("DELETE /webhooks/{id}/{token}/messages/@original"),
        "{report:?}"
    );
}

#[test]
fn what_is_not_played_is_a_route_of_the_fake_and_nothing_else_is_left_out() {
    assert!(NOT_PLAYED.iter().all(|route| ROUTES.contains(route)));
    assert_eq!(used().count() + NOT_PLAYED.len(), ROUTES.len());
}
