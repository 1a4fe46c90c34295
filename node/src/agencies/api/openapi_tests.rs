//! The published OpenAPI is that of the types and of the routes.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::*;

/// The document, made of the types.
fn made() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = "/components/schemas".into();
        s.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let of = |schema: schemars::Schema| schema.to_value();
    let page = of(generator.subschema_for::<Page>());
    let event = of(generator.subschema_for::<Event>());
    let status = of(generator.subschema_for::<StatusSaid>());
    let question = of(generator.subschema_for::<QuestionSaid>());
    let problem = of(generator.subschema_for::<Problem>());
    let schemas: Map<String, Value> = generator.take_definitions(true);
    let problems = |statuses: &[&str]| -> Map<String, Value> {
        let answer = json!({
            "description": "A problem, in words.",
            "content": { "application/problem+json": { "schema": problem.clone() } }
        });
        statuses
            .iter()
            .map(|status| ((*status).to_owned(), answer.clone()))
            .collect()
    };
    let answers = |statuses: &[&str], good: (&str, Value)| -> Value {
        let mut all = problems(statuses);
        all.insert(good.0.to_owned(), good.1);
        Value::Object(all)
    };
    let id = |what: &str| {
        json!({
            "name": "id", "in": "path", "required": true, "description": what,
            "schema": { "type": "string", "pattern": "^[0-9a-f]{64}$" }
        })
    };
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "required": true,
        "description": "A new one for each thing that is said, and the same when it is said again. Known for 90 days.",
        "schema": { "type": "string", "minLength": 1, "maxLength": MAX_KEY_BYTES }
    });
    let said = |what: &str, schema: &Value| {
        json!({
            "required": true, "description": what, "content": { "application/json": { "schema": schema } }
        })
    };
    let signed = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| {
        json!({ "name": name, "in": "header", "required": true, "schema": { "type": "string" } })
    });
    let written = (
        "204",
        json!({ "description": "It is written down, and reaches the desks." }),
    );
    let refusals = ["400", "401", "404", "409", "413", "415", "422", "503"];
    let pattern = "^([0-9a-f]{16}\\.[0-9]{1,18})?$";
    let file = json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vereda for agencies",
            "version": "1",
            "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" },
            "description": "Requests that citizens made at Citizen Spots, for the agency whose services they are. The feed is numbered without gaps; each event has all of the request, so the latest one counts. An event has the same id whenever it is told: whoever has had it leaves it. Problems are said in Portuguese."
        },
        "security": [{ "token": [] }],
        "paths": {
            "/v1/feed": { "get": {
                "operationId": "feed",
                "summary": "What is new",
                "parameters": [
                    { "name": "after", "in": "query", "description": "`next` of the last page; without, from the beginning. 410 when the hub was restored since: begin anew.", "schema": { "type": "string", "pattern": pattern } },
                    { "name": "limit", "in": "query", "description": "Events at most. A page ends early at 1 MiB.", "schema": { "type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": PAGE } }
                ],
                "responses": answers(&["400", "401", "410", "503"], ("200", json!({
                    "description": "A page.", "content": { "application/json": { "schema": page } }
                })))
            } },
            "/v1/requests/{id}/status": { "post": {
                "operationId": "say",
                "summary": "How far the agency is",
                "parameters": [id("A request of the agency's feed."), key],
                "requestBody": said("What it says.", &status),
                "responses": answers(&refusals, written.clone())
            } },
            "/v1/requests/{id}/questions": { "post": {
                "operationId": "ask",
                "summary": "A question to the desk that has the case; the answer comes with the feed",
                "parameters": [id("A request of the agency's feed."), key],
                "requestBody": said("What it asks.", &question),
                "responses": answers(&refusals, written)
            } },
            "/v1/attachments/{id}": { "get": {
                "operationId": "attachment",
                "summary": "A photograph or scan of a request in the agency's feed; one `Range` of bytes at a time",
                "parameters": [id("SHA-256 of it, as the event says.")],
                "responses": {
                    "200": { "description": "All of it.", "content": file.clone() },
                    "206": { "description": "The range that was asked for.", "content": file },
                    "401": problems(&["401"])["401"],
                    "404": problems(&["404"])["404"],
                    "416": problems(&["416"])["416"],
                    "503": problems(&["503"])["503"]
                }
            } },
            "/v1/openapi.json": { "get": {
                "operationId": "openapi",
                "summary": "This",
                "security": [],
                "responses": { "200": { "description": "This.", "content": { "application/json": { "schema": { "type": "object" } } } } }
            } }
        },
        "webhooks": { "event": { "post": {
            "operationId": "told",
            "summary": "An event is sent to the agency's own address, in the order of the feed: the next one only after this",
            "description": "Signed as Standard Webhooks has it: `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`.",
            "parameters": signed,
            "requestBody": { "required": true, "content": { "application/cloudevents+json": { "schema": event } } },
            "responses": { "2XX": { "description": "It was taken. Anything else is tried again." } }
        } } },
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas
        }
    })
}

#[test]
fn the_published_api_is_that_of_the_types() {
    let made = made();
    if std::env::var_os("VEREDA_PUBLISH").is_some() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../images/agencies.openapi.json"
        );
        let text = serde_json::to_string_pretty(&made).unwrap();
        std::fs::write(file, text + "\n").unwrap();
        return;
    }
    let published: Value = serde_json::from_str(OPENAPI).unwrap();
    assert_eq!(
        published, made,
        "write it anew: VEREDA_PUBLISH=1 cargo test -p vereda --lib the_published_api"
    );
}

#[test]
fn the_published_api_has_every_route_and_no_other() {
    let published: Value = serde_json::from_str(OPENAPI).unwrap();
    let documented = published["paths"].as_object().unwrap();
    let documented: BTreeSet<&str> = documented.keys().map(String::as_str).collect();
    let served: BTreeSet<&str> = routes().iter().map(|(path, _)| *path).collect();
    // Which methods there are is asked over HTTP in `tests/link/agencies.rs`.
    assert_eq!(served, documented);
}
