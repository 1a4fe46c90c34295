//! Stores with very many records, in a minute: every record is real (its changes
//! verify and load) and derived. A few are made as ever; the others are those
//! again with another person's answers, another time and another unique number,
//! hashed anew, and their derived rows likewise. Some are then derived the slow way
//! and compared.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::{Context, ensure};
use automerge::legacy::{Key, OpType};
use automerge::{Change, ChangeHash, ExpandedChange, ScalarValue};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use vereda::node::Node;
use vereda::store::derived::{self, Policy};
use vereda::store::journal::{self, Journal};
use vereda::store::records::record_row;
use vereda_sync::exchange::message::Head;
use vereda_sync::id::{ChangeId, RecordId};
use vereda_sync::journal::Entry;
use vereda_sync::text::fold;

use vereda_tests::invented::{Person, Seeded};
use vereda_tests::spot::SCOPE;

use crate::records::{self, EVERY_MS, Made, NODE};

/// Citizens whose records are made as ever.
const TEMPLATES: u64 = 8;
/// Records in a transaction.
const TOGETHER: usize = 2_000;
/// Entries at the end that the hub does not have yet: a day's work.
const UNSENT: u64 = 200;
/// Records that are derived the slow way in the end.
const COMPARED: i64 = 100;
/// Answers that are a person's own.
const PERSONAL: [&str; 14] = [
    "full-name",
    "birth-date",
    "nic",
    "nif",
    "niss",
    "sns",
    "phone",
    "email",
    "article",
    "address",
    "postal-code",
    "position",
    "quote",
    "iban",
];

/// One citizen's attendance and request.
struct Template {
    person: Person,
    count: u64,
    attendance: (RecordId, Vec<ExpandedChange>),
    request: (RecordId, Vec<ExpandedChange>),
}

/// A record of which only the store does not know yet.
struct Copy {
    like: RecordId,
    record: RecordId,
    entries: Vec<Entry>,
    at_ms: i64,
    shift_ms: i64,
    citizen: String,
    /// Of a request.
    number: Option<(String, RecordId)>,
}

/// Who comes, and what becomes of it.
pub(crate) struct Crowd {
    /// Half attendances, half requests.
    pub(crate) records: u64,
    /// Whose records they are.
    pub(crate) scope: &'static str,
    /// Between two citizens, milliseconds.
    pub(crate) every_ms: u64,
    /// The citizen of that count.
    pub(crate) person: fn(&mut Seeded, u64) -> Person,
    /// The spot at which that one is served, if not always the same.
    pub(crate) spot: Option<fn(u64) -> String>,
    /// Everything is derived by the node itself, as of what arrives; otherwise rows are copied, and some of them compared.
    pub(crate) is_derived: bool,
}

/// Fills a new store with `records` records, half attendances, half requests;
/// gives the id of a request.
pub(crate) fn fill(node: &Node, records: u64) -> anyhow::Result<RecordId> {
    let crowd = Crowd {
        records,
        scope: SCOPE,
        every_ms: EVERY_MS,
        person: |seed, _| Person::draw(seed),
        spot: None,
        is_derived: false,
    };
    gather(node, &crowd)
}

/// Fills a new store with a crowd; gives the id of a request.
pub(crate) fn gather(node: &Node, crowd: &Crowd) -> anyhow::Result<RecordId> {
    let db = node.store.write();
    let mut own = journal::all(&db)?
        .into_iter()
        .find(|j| j.own)
        .context("no journal")?;
    let policy = Policy {
        node: NODE.into(),
        finds_duplicates: false,
    };
    let mut seed = Seeded::new(31);
    let templates = (0..TEMPLATES)
        .map(|count| template(&db, &mut own, &policy, &mut seed, (count, crowd.scope)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let last = templates.last().context("no template")?.request.0;
    let citizens = TEMPLATES..crowd.records / 2;
    std::thread::scope(|threads| {
        let (queue, copies) = sync_channel(1_000);
        threads.spawn(move || {
            for count in citizens {
                let of = &templates[usize::try_from(count % TEMPLATES).unwrap_or(0)];
                let person = (crowd.person)(&mut seed, count);
                let copied = of.again(&person, count, crowd, &mut seed);
                if copied.into_iter().any(|copy| queue.send(copy).is_err()) {
                    return;
                }
            }
        });
        keep(&db, &mut own, copies, crowd)
    })?;
    if crowd.is_derived {
        db.execute("UPDATE record SET dirty = 1", [])?;
        drop(db);
        node.derive_arrived()?;
    } else {
        compare(&db, &policy)?;
    }
    Ok(last)
}

/// As if a hub had proven all but the last day's work.
pub(crate) fn prove(node: &Node) -> anyhow::Result<()> {
    let db = node.store.write();
    let own = journal::all(&db)?.into_iter().find(|j| j.own);
    let own = own.context("no journal")?;
    let sent = own.frontier.size().saturating_sub(UNSENT);
    let head = Head {
        journal: own.id,
        size: sent,
        root: own.frontier.root(),
    };
    journal::keep_proof(&db, &head, vereda::clock::now_ms())?;
    Ok(())
}

fn template(
    db: &Connection,
    own: &mut Journal,
    policy: &Policy,
    seed: &mut Seeded,
    (count, scope): (u64, &str),
) -> anyhow::Result<Template> {
    let person = Person::draw(seed);
    let attendance = records::attendance(&person, count)?;
    let request = records::request(&person, count, attendance.record)?;
    let tx = db.unchecked_transaction()?;
    for made in [&attendance, &request] {
        let row = record_row(&tx, made.record, scope)?;
        for entry in made.entries() {
            journal::append(&tx, own, row, &entry, 0)?;
        }
        derived::materialise(&tx, row, made.record, &made.document, policy, None)?;
    }
    tx.commit()?;
    Ok(Template {
        person,
        count,
        attendance: expanded(&attendance)?,
        request: expanded(&request)?,
    })
}

fn expanded(made: &Made) -> anyhow::Result<(RecordId, Vec<ExpandedChange>)> {
    let changes = made
        .changes
        .iter()
        .map(|c| Ok(Change::from_bytes(c.bytes.clone())?.decode()));
    Ok((made.record, changes.collect::<anyhow::Result<_>>()?))
}

impl Template {
    /// Attendance and request of somebody else.
    fn again(&self, person: &Person, count: u64, crowd: &Crowd, seed: &mut Seeded) -> [Copy; 2] {
        // Templates stand as far apart as ever.
        let shift_ms = count * crowd.every_ms - self.count * crowd.every_ms.min(EVERY_MS);
        let mut texts: HashMap<String, String> = PERSONAL
            .iter()
            .filter_map(|f| {
                Some((
                    self.person.answers.get(*f)?.clone(),
                    person.answers.get(*f)?.clone(),
                ))
            })
            .collect();
        if let Some(spot) = crowd.spot {
            texts.insert(records::SPOT.into(), spot(count));
        }
        let number = records::number_of(count);
        texts.insert(records::number_of(self.count), number.clone());
        let make =
            |(like, changes): &(RecordId, Vec<ExpandedChange>), texts: &HashMap<_, _>, unique| {
                let (record, entries) = rewritten(changes, texts, shift_ms, unique);
                Copy {
                    like: *like,
                    record,
                    at_ms: changes.last().map_or(0, |c| c.time * 1000)
                        + i64::try_from(shift_ms).unwrap_or(0),
                    shift_ms: i64::try_from(shift_ms).unwrap_or(0),
                    entries,
                    citizen: person.name.clone(),
                    number: None,
                }
            };
        let attendance = make(&self.attendance, &texts, records::unique(seed));
        texts.insert(self.attendance.0.to_string(), attendance.record.to_string());
        let mut request = make(&self.request, &texts, records::unique(seed));
        request.number = Some((number, attendance.record));
        [attendance, request]
    }
}

/// The same changes with other texts, later, and hashed anew one after the other.
fn rewritten(
    changes: &[ExpandedChange],
    texts: &HashMap<String, String>,
    shift_ms: u64,
    unique: [u8; 16],
) -> (RecordId, Vec<Entry>) {
    let mut before: Option<ChangeHash> = None;
    let mut record = RecordId([0; 32]);
    let mut entries = Vec::with_capacity(changes.len());
    for change in changes {
        let mut change = change.clone();
        change.deps = before.into_iter().collect();
        change.time += i64::try_from(shift_ms / 1000).unwrap_or(0);
        for op in &mut change.operations {
            let mut key = String::new();
            if let Key::Map(name) = &mut op.key {
                if let Some(later) = later(name, shift_ms) {
                    *name = later.into();
                }
                key = name.to_string();
            }
            match &mut op.action {
                OpType::Put(ScalarValue::Str(text)) => {
                    if let Some(other) = other(text, texts) {
                        *text = other.into();
                    }
                }
                OpType::Put(ScalarValue::Bytes(bytes)) if key == "unique" => {
                    *bytes = unique.to_vec()
                }
                _ => (),
            }
        }
        let change = Change::from(change);
        if before.is_none() {
            record = RecordId(change.hash().0);
        }
        before = Some(change.hash());
        entries.push(Entry {
            record,
            change: ChangeId(change.hash().0),
            bytes: change.raw_bytes().to_vec(),
        });
    }
    (record, entries)
}

/// What stands there for somebody else, alone or in an answer, after its provenance.
fn other(text: &str, texts: &HashMap<String, String>) -> Option<String> {
    if let Some(other) = texts.get(text) {
        return Some(other.clone());
    }
    let (provenance, value) = text.split_once(' ')?;
    Some(format!("{provenance} {}", texts.get(value)?))
}

/// An act's id, `time.node`, so much later; `None` for any other text.
fn later(text: &str, shift_ms: u64) -> Option<String> {
    let (time, node) = text.split_once('.')?;
    if time.len() != 16 || node != NODE {
        return None;
    }
    let at = u64::from_str_radix(time, 16).ok()?;
    Some(format!("{:016x}.{node}", at + (shift_ms << 16)))
}

fn keep(
    db: &Connection,
    own: &mut Journal,
    copies: Receiver<Copy>,
    crowd: &Crowd,
) -> anyhow::Result<()> {
    let mut rows: HashMap<RecordId, Vec<(String, Value)>> = HashMap::new();
    let mut copies = copies.into_iter().peekable();
    while copies.peek().is_some() {
        let tx = db.unchecked_transaction()?;
        for copy in copies.by_ref().take(TOGETHER) {
            let row = record_row(&tx, copy.record, crowd.scope)?;
            for entry in &copy.entries {
                journal::append(&tx, own, row, entry, copy.at_ms)?;
            }
            if crowd.is_derived {
                continue;
            }
            let table = if copy.number.is_some() {
                "request"
            } else {
                "attendance"
            };
            let like = match rows.entry(copy.like) {
                Slot::Occupied(known) => known.into_mut(),
                Slot::Vacant(new) => new.insert(derived_row(&tx, table, copy.like)?),
            };
            derive_like(&tx, table, like, row, &copy)?;
        }
        journal::keep_frontier(&tx, own)?;
        tx.commit()?;
    }
    Ok(())
}

fn derived_row(
    db: &Connection,
    table: &str,
    record: RecordId,
) -> anyhow::Result<Vec<(String, Value)>> {
    let mut select = db.prepare(&format!("SELECT * FROM {table} WHERE id = ?1"))?;
    let names: Vec<String> = select.column_names().map(str::to_owned).collect();
    let read = |r: &rusqlite::Row<'_>| {
        let columns = names.iter().enumerate();
        columns
            .map(|(i, name)| Ok((name.clone(), r.get(i)?)))
            .collect()
    };
    Ok(select.query_row([record.to_string()], read)?)
}

/// The derived row of the record that this one is like, with what differs.
fn derive_like(
    db: &Connection,
    table: &str,
    like: &[(String, Value)],
    row: i64,
    copy: &Copy,
) -> anyhow::Result<()> {
    let values = like
        .iter()
        .map(|(name, value)| match (name.as_str(), value) {
            ("record", _) => Value::Integer(row),
            ("id", _) => Value::Text(copy.record.to_string()),
            ("citizen", _) => Value::Text(copy.citizen.clone()),
            ("at" | "changed" | "opened" | "ended", Value::Integer(ms)) => {
                Value::Integer(ms + copy.shift_ms)
            }
            (name, value) => match (&copy.number, name) {
                (Some((number, _)), "number") => Value::Text(number.clone()),
                (Some((_, attendance)), "attendance") => Value::Text(attendance.to_string()),
                (Some((number, _)), "folded") => {
                    Value::Text(fold(&format!("{} {number}", copy.citizen)))
                }
                _ => value.clone(),
            },
        });
    let marks = vec!["?"; like.len()].join(", ");
    db.prepare_cached(&format!("INSERT INTO {table} VALUES ({marks})"))?
        .execute(params_from_iter(values))?;
    Ok(())
}

/// Derives some records from their changes and compares the rows.
fn compare(db: &Connection, policy: &Policy) -> anyhow::Result<()> {
    let last: i64 = db.query_row("SELECT max(record) FROM record", [], |r| r.get(0))?;
    for row in (1..=last).step_by(usize::try_from(last / COMPARED).unwrap_or(1).max(1)) {
        let id: [u8; 32] = db.query_row("SELECT id FROM record WHERE record = ?1", [row], |r| {
            r.get(0)
        })?;
        let record = RecordId(id);
        let is_request: bool = db.query_row(
            "SELECT EXISTS (SELECT 1 FROM request WHERE record = ?1)",
            [row],
            |r| r.get(0),
        )?;
        let table = if is_request { "request" } else { "attendance" };
        let before = derived_row(db, table, record)?;
        derived::materialise(db, row, record, &derived::load(db, row)?, policy, None)?;
        ensure!(
            derived_row(db, table, record)? == before,
            "the record {record} was derived otherwise than its changes say"
        );
    }
    Ok(())
}

/// Bytes of a store on the disk.
pub(crate) fn size_of(store: &Path) -> u64 {
    std::fs::metadata(store).map_or(0, |m| m.len())
}
