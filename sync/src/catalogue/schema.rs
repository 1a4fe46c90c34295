//! The published JSON Schema is that of the types.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{Catalogue, SCHEMA, Words};
use crate::day::Day;

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A text: in Portuguese, or by language. Translations stand in languages/LANG.toml.",
            "anyOf": [
                { "type": "string" },
                { "type": "object", "additionalProperties": { "type": "string" }, "required": ["pt"] }
            ]
        })
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A day: `2026-11-01`, `today`, `-6 months`, `+30 days`.",
            "type": "string",
            "pattern": "^(today|[0-9]{4}-[0-9]{2}-[0-9]{2}|[+-][0-9]{1,5} (day|month|year)s?)$"
        })
    }
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let of_types = schemars::schema_for!(Catalogue).to_value();
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../images/catalogue.schema.json"
    );
    if std::env::var_os("VEREDA_PUBLISH").is_some() {
        let text = serde_json::to_string_pretty(&of_types).unwrap();
        std::fs::write(file, text + "\n").unwrap();
        return;
    }
    let published: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(
        published, of_types,
        "write it anew: VEREDA_PUBLISH=1 cargo test -p vereda-sync the_published_schema"
    );
}

#[test]
fn the_schema_knows_every_key_of_the_demonstration() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let keys = |of: &str| -> Vec<String> {
        let properties = schema["$defs"][of]["properties"].as_object().unwrap();
        properties.keys().cloned().collect()
    };
    let catalogue = serde_json::to_value(super::tests::read_demo()).unwrap();
    for service in catalogue["service"].as_array().unwrap() {
        for key in service.as_object().unwrap().keys() {
            assert!(keys("Service").contains(key), "{key}");
        }
        for step in service["step"].as_array().unwrap() {
            for field in step["field"].as_array().unwrap() {
                for key in field.as_object().unwrap().keys() {
                    assert!(keys("Field").contains(key), "{key}");
                }
            }
        }
    }
}
