//! What the databases hold when all is over, asked of the files themselves and not of the program.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use vereda::node::Node;
use vereda_sync::id::RecordId;
use vereda_tests::raw;

use crate::ledger::Recorded;
use crate::site::Machine;

/// What was found of one ledger's lines, and each that is not as it was acknowledged, in words.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) requests: usize,
    pub(crate) photographs: usize,
    pub(crate) cents: u64,
    pub(crate) wrong: Vec<String>,
}

/// How many requests with a number a machine has, also while it runs.
pub(crate) fn requests(machine: &Machine) -> anyhow::Result<usize> {
    let sql = "SELECT count(*) FROM request WHERE number IS NOT NULL";
    let count: i64 = opened(machine)?.query_row(sql, [], |r| r.get(0))?;
    Ok(usize::try_from(count)?)
}

/// What a machine without power has on its disk.
pub(crate) struct Kept {
    /// Numbers of requests.
    pub(crate) numbers: BTreeSet<String>,
    /// Names that are being typed, by form.
    pub(crate) typed: BTreeMap<String, String>,
    /// Attendances whose citizen is known.
    pub(crate) identified: BTreeSet<String>,
}

/// Looks before anybody starts it again.
pub(crate) fn kept(machine: &Machine) -> anyhow::Result<Kept> {
    let db = opened(machine)?;
    let words = |sql: &str| -> anyhow::Result<BTreeSet<String>> {
        let mut rows = db.prepare(sql)?;
        let words = rows.query_map([], |r| r.get(0))?;
        Ok(words.collect::<rusqlite::Result<_>>()?)
    };
    let mut rows = db.prepare("SELECT form, value FROM draft WHERE field = 'full-name'")?;
    let typed = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(Kept {
        numbers: words("SELECT number FROM request WHERE number IS NOT NULL")?,
        typed: typed.collect::<rusqlite::Result<_>>()?,
        identified: words("SELECT id FROM attendance WHERE identified")?,
    })
}

/// Whether the hub has proven to a van that it has all that the van wrote, and sent it all that others did.
pub(crate) fn is_settled(van: &Machine) -> anyhow::Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM unheard) AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.own
               AND j.proven < (SELECT count(*) FROM entry e WHERE e.journal = j.journal))";
    Ok(opened(van)?.query_row(sql, [], |r| r.get(0))?)
}

/// A machine's store, to read.
fn opened(machine: &Machine) -> anyhow::Result<Connection> {
    let store = machine.place.config()?.store;
    let db = Connection::open_with_flags(&store.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let key = std::fs::read_to_string(&store.key_file)?;
    db.pragma_update(None, "key", format!("x'{}'", key.trim()))?;
    Ok(db)
}

/// Whether the hub has all that was acknowledged, and nothing twice.
pub(crate) fn at_hub(hub: &Machine, acknowledged: &[Recorded]) -> anyhow::Result<Found> {
    let mut found = Found::default();
    {
        let db = opened(hub)?;
        let mut numbers = db
            .prepare("SELECT id, number, service, citizen FROM request WHERE number IS NOT NULL")?;
        let rows = numbers.query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?, r.get(3)?))))?;
        let there: Vec<(String, (String, String, String))> =
            rows.collect::<rusqlite::Result<_>>()?;
        let mut seen = BTreeSet::new();
        for (_, (number, ..)) in &there {
            if !seen.insert(number) {
                found.wrong.push(format!("{number} is there twice"));
            }
        }
        let there: BTreeMap<_, _> = there.into_iter().collect();
        for one in acknowledged {
            let as_said = (
                one.number.clone(),
                one.service.to_owned(),
                one.citizen.clone(),
            );
            match there.get(&one.id) {
                Some(here) if *here == as_said => found.requests += 1,
                Some(here) => found
                    .wrong
                    .push(format!("{}: at the hub it is {here:?}", one.number)),
                None => found
                    .wrong
                    .push(format!("{} is not at the hub", one.number)),
            }
            let paid: i64 = db.query_row(
                "SELECT count(*) FROM payment WHERE request = ?1",
                [&one.id],
                |r| r.get(0),
            )?;
            if paid != i64::from(one.paid_cents > 0) {
                found
                    .wrong
                    .push(format!("{}: paid {paid} times at the hub", one.number));
            }
            found.cents += u64::from(one.paid_cents);
            for photograph in &one.photographs {
                let sql = "SELECT (SELECT sum(length(bytes)) FROM blob_piece p WHERE p.blob IN (b.pieces, b.blob)) = b.bytes
                           FROM blob b WHERE lower(hex(b.blob)) = ?1";
                let whole: Option<bool> = db
                    .query_row(sql, [photograph], |r| r.get(0))
                    .optional()?
                    .flatten();
                match whole {
                    Some(true) => found.photographs += 1,
                    _ => found.wrong.push(format!(
                        "{}: a photograph is not whole at the hub",
                        one.number
                    )),
                }
            }
        }
    }
    // What was answered, read out of the documents.
    let node = Node::open(hub.place.config()?)?;
    for one in acknowledged {
        let id = RecordId::from_hex(&one.id).context("an id")?;
        for (field, said) in &one.answers {
            let here = node.with_document(id, |document| {
                document.answers().get(field).map(|a| a.value.clone())
            })?;
            if here.clone().flatten().as_deref().map(canonical) != Some(canonical(said)) {
                found.wrong.push(format!(
                    "{}: {field} is {here:?} at the hub, and was {said:?}",
                    one.number
                ));
            }
        }
    }
    Ok(found)
}

/// Without the zeros at the end of a position's degrees, which records leave out.
fn canonical(value: &str) -> String {
    let part = |part: &str| match part.contains('.') {
        true => part.trim_end_matches('0').to_owned(),
        false => part.to_owned(),
    };
    value.split(',').map(part).collect::<Vec<_>>().join(",")
}

/// What a van still holds that it should not, in words: records, bookings, photographs.
pub(crate) fn left_at(van: &Machine) -> anyhow::Result<Vec<String>> {
    let db = opened(van)?;
    let held = [
        ("requests", "SELECT count(*) FROM request"),
        (
            "attendances",
            "SELECT count(*) FROM attendance WHERE closed",
        ),
        ("bookings", "SELECT count(*) FROM booking"),
        ("photographs", "SELECT count(*) FROM blob"),
        (
            "bodies",
            "SELECT count(*) FROM entry e JOIN purged USING (record) WHERE length(e.body) > 0",
        ),
        (
            "pages with slack",
            "SELECT count(*) FROM meta WHERE key = 'past'",
        ),
    ];
    let mut left = vec![];
    for (what, sql) in held {
        let count: i64 = db
            .query_row(sql, [], |r| r.get(0))
            .with_context(|| sql.to_owned())?;
        if count > 0 {
            left.push(format!("{count} {what} are still at {}", van.id));
        }
    }
    Ok(left)
}

/// How many of these stand anywhere in the bytes of a machine's store, and in its log.
pub(crate) fn raw_at(machine: &Machine, planted: &BTreeSet<String>) -> anyhow::Result<Vec<String>> {
    let store = machine.place.config()?.store;
    let mut bytes = raw::pages(&store.path, &store.key_file)?;
    bytes.push(std::fs::read(machine.place.folder().join("node.log"))?);
    let sought: Vec<&str> = planted.iter().map(String::as_str).collect();
    let held = raw::holding(&bytes, &sought)?;
    let log = bytes.len() - 1;
    let there = sought.iter().zip(held).filter_map(|(word, pages)| {
        let first = *pages.first()?;
        let place = match first == log {
            true => "the program's log".to_owned(),
            false => format!("page {} of {log}", first + 1),
        };
        let around = around(&bytes[first], word);
        Some(format!(
            "{word:?} in {} pages, first in {place}: {around}",
            pages.len()
        ))
    });
    Ok(there.collect())
}

/// What stands before and after it, so that a find says whose it is.
fn around(page: &[u8], word: &str) -> String {
    let mut at = page.windows(word.len());
    let at = at.position(|w| w == word.as_bytes()).unwrap_or(0);
    let end = (at + word.len() + 300).min(page.len());
    page[at.saturating_sub(300)..end].escape_ascii().to_string()
}
