//! `vereda export`: one record, for other tools or for a person.

use std::io::Write;

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde_json::{Value, json};
use vereda_sync::id::RecordId;
use vereda_sync::number;
use vereda_sync::record::document::Document;

use super::say;
use crate::config::Config;
use crate::node::Node;

/// What a record is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// An Automerge document, with its whole history.
    Automerge,
    /// JSON: what stands, and what happened.
    Json,
}

/// Writes a record to standard output.
///
/// # Errors
/// When there is no such record, or several begin so.
pub fn run(config: Config, record: &str, format: Format) -> anyhow::Result<()> {
    let node = Node::open(config)?;
    let record = find(&node, record)?;
    let written = node.with_document(record, |d| match format {
        Format::Automerge => Ok(std::io::stdout().write_all(&d.save()?)?),
        Format::Json => say(&serde_json::to_string_pretty(&json(record, d))?),
    })?;
    written.context("no such record")?
}

/// The record that is asked for: by its id, the beginning of that, or a request's number.
pub(super) fn find(node: &Node, asked: &str) -> anyhow::Result<RecordId> {
    let db = node.store.read();
    let hex = match number::canonical(asked) {
        Some(number) => {
            let sql = "SELECT id FROM request WHERE number = ?1";
            db.query_row(sql, [&number], |r| r.get(0))
                .with_context(|| format!("no request has the number {number}"))?
        }
        None => {
            let begins = asked.to_ascii_lowercase();
            if begins.len() < 4 || !begins.bytes().all(|b| b.is_ascii_hexdigit()) {
                bail!(
                    "give a record's id (at least 4 of its hexadecimal digits) or the number of a request"
                );
            }
            let mut rows = db.prepare(
                "SELECT lower(hex(id)) FROM record WHERE lower(hex(id)) LIKE ?1 LIMIT 2",
            )?;
            let found: Vec<String> = rows
                .query_map([format!("{begins}%")], |r| r.get(0))?
                .collect::<Result<_, _>>()?;
            match &found[..] {
                [one] => one.clone(),
                [] => bail!("no record begins with {begins}"),
                _ => bail!("several records begin with {begins}: give more of the id"),
            }
        }
    };
    RecordId::from_hex(&hex).context("the store names a record that is none")
}

fn json(id: RecordId, d: &Document) -> Value {
    let statements = |field: &String| -> Vec<Value> {
        d.statements(field)
            .into_iter()
            .map(|s| {
                json!({ "value": s.answer.value, "provenance": s.answer.provenance.code(),
                        "by": s.act.by, "spot": s.act.spot, "at": s.act.at.unix_ms() })
            })
            .collect()
    };
    let answers: serde_json::Map<String, Value> = d
        .fields()
        .map(|f| (f.clone(), Value::from(statements(f))))
        .collect();
    let acts: Vec<Value> = d
        .acts()
        .map(|a| {
            json!({ "act": a.kind, "by": a.by, "spot": a.spot, "stop": a.stop, "at": a.at.unix_ms(),
                    "clock_sure": a.sure, "zone": a.zone, "more": a.more })
        })
        .collect();
    let notes: Vec<Value> = d
        .notes()
        .into_iter()
        .map(|(a, text)| json!({ "by": a.by, "spot": a.spot, "text": text }))
        .collect();
    let blobs: Vec<Value> = d
        .attached()
        .into_iter()
        .map(|b| json!({ "blob": b.blob.to_string(), "name": b.name, "type": b.media_type, "bytes": b.bytes }))
        .collect();
    json!({
        "id": id.to_string(), "kind": d.kind().map(vereda_sync::record::Kind::code), "schema": d.schema(),
        "node": d.node(), "service": d.text("service"), "edition": d.number("edition"), "number": d.text("number"),
        "fee_cents": d.number("fee"), "answers": answers, "acts": acts, "notes": notes, "blobs": blobs,
    })
}
