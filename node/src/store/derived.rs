//! What is derived from the journals: lists, search, conflicts, messages. All of
//! it can be thrown away and made anew.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use vereda_sync::answer::Answer;
use vereda_sync::conflict::{self, ValueConflict, duplicate_id, identity_id, value_id};
use vereda_sync::duplicate::{Identity, Keys, NUMBERS};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::{BlobId, RecordId};
use vereda_sync::record::act::Act;
use vereda_sync::record::agency;
use vereda_sync::record::assessment::Assessment;
use vereda_sync::record::booking::Booking;
use vereda_sync::record::case::{self, Case};
use vereda_sync::record::complaint::{Complaint, is_of_hub};
use vereda_sync::record::decision;
use vereda_sync::record::document::Document;
use vereda_sync::record::facility::Facility;
use vereda_sync::record::household;
use vereda_sync::record::late::Late;
use vereda_sync::record::lease::{Lease, Stock};
use vereda_sync::record::lookup::Lookup;
use vereda_sync::record::notice::Notice;
use vereda_sync::record::occurrence::{Occurrence, Under};
use vereda_sync::record::pack::Pack;
use vereda_sync::record::resident::Resident;
use vereda_sync::record::resident_list::ResidentList;
use vereda_sync::record::revocation::Revocation;
use vereda_sync::record::ticket::Ticket;
use vereda_sync::record::till::Till;
use vereda_sync::record::tour::Tour;
use vereda_sync::record::{Kind, Life, attendance, request};
use vereda_sync::text::fold;

use super::{
    Result, agencies, assessments, by_rule, cases, complaints, homes, households, identities,
    journal, leases, lookups, notices, occurrences, outbox, packs, revoked, schema, statistics,
    statistics::Counts, tickets, tills, tours, twice,
};

pub(super) mod alike;
mod lists;

pub use lists::*;

/// What a node derives beyond the plain lists.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Id of this node.
    pub node: String,
    /// Whether requests made twice are looked for here (at the hub).
    pub finds_duplicates: bool,
}

/// What the tables say of a record, as far as its document alone tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    own: bool,
    /// What stood on paper first.
    late: Option<Late>,
    /// To whose household who is served belongs.
    household: Option<RecordId>,
    /// What it adds to the figures, at a hub.
    counts: Option<Counts>,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Attendance(attendance::Summary),
    Request(Box<Request>),
    Till(Box<Till>),
    Ticket(Ticket),
    /// With the node that asks.
    Lookup(String, Box<Lookup>),
    Notice(Notice),
    Stock(Box<Stock>),
    Lease(Box<Lease>),
    Assessment(Box<Assessment>),
    Tour(Box<Tour>),
    Booking(Box<Booking>),
    Facility(Box<Facility>),
    ResidentList(Box<ResidentList>),
    Resident(Box<Resident>),
    Occurrence(Box<Occurrence>),
    Pack(Box<Pack>),
    Revocation(Revocation),
    /// A kind that this version does not know.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    summary: request::Summary,
    conflicts: Vec<ValueConflict>,
    decisions: Vec<Act>,
    case: Case,
    complaint: Option<Complaint>,
    under: Option<Under>,
    photos: Vec<BlobId>,
    /// The numbers of whoever asked, once it is recorded.
    askers: Vec<String>,
    /// What is compared to find requests made twice.
    keys: Option<Keys>,
    /// Of which others a desk said that both stay.
    left: Vec<RecordId>,
    /// When it was last amended after its agency's word.
    amended_ms: Option<i64>,
    /// Who it is of, to be held against cards.
    who: Option<Identity>,
}

impl Derived {
    fn of(document: &Document, policy: &Policy) -> Self {
        let what = if let Some(summary) = request::Summary::of(document) {
            What::Request(Box::new(Request {
                keys: Keys::of(&summary, document.answers()),
                who: Identity::of(
                    &summary,
                    document.answers(),
                    decision::is_identified(document),
                ),
                left: request::left_both(document),
                amended_ms: by_rule::amended_after(document),
                summary,
                conflicts: conflict::of(document),
                decisions: news(document, policy),
                case: Case::of(document).unwrap_or_default(),
                complaint: Complaint::of(document),
                under: Under::of(document),
                askers: askers(document),
                photos: document.attached().into_iter().map(|a| a.blob).collect(),
            }))
        } else if let Some(till) = Till::of(document) {
            What::Till(Box::new(till))
        } else if let Some(ticket) = Ticket::of(document) {
            What::Ticket(ticket)
        } else if let Some(lookup) = Lookup::of(document) {
            let node = document.node().unwrap_or_default().to_owned();
            What::Lookup(node, Box::new(lookup))
        } else if let Some(notice) = Notice::of(document) {
            What::Notice(notice)
        } else if let Some(stock) = Stock::of(document) {
            What::Stock(Box::new(stock))
        } else if let Some(lease) = Lease::of(document) {
            What::Lease(Box::new(lease))
        } else if let Some(assessment) = Assessment::of(document) {
            What::Assessment(Box::new(assessment))
        } else if let Some(tour) = Tour::of(document) {
            What::Tour(Box::new(tour))
        } else if let Some(booking) = Booking::of(document) {
            What::Booking(Box::new(booking))
        } else if let Some(facility) = Facility::of(document) {
            What::Facility(Box::new(facility))
        } else if let Some(list) = ResidentList::of(document) {
            What::ResidentList(Box::new(list))
        } else if let Some(resident) = Resident::of(document) {
            What::Resident(Box::new(resident))
        } else if let Some(occurrence) = Occurrence::of(document) {
            What::Occurrence(Box::new(occurrence))
        } else if let Some(pack) = Pack::of(document) {
            What::Pack(Box::new(pack))
        } else if let Some(revocation) = Revocation::of(document) {
            What::Revocation(revocation)
        } else {
            attendance::Summary::of(document).map_or(What::Other, What::Attendance)
        };
        Self {
            own: document.node() == Some(policy.node.as_str()),
            late: Late::of(document),
            household: household::said(document),
            counts: match &what {
                _ if !policy.finds_duplicates => None,
                What::Attendance(summary) => Some(Counts::of_attendance(document, summary)),
                What::Request(request) => Counts::of_request(document, &request.summary),
                _ => None,
            },
            what,
        }
    }
}

/// Derives a record anew from its document. `last` is what this gave before, if
/// nothing was derived of the record since: what is the same is not written again,
/// as with most steps of a request that is not recorded yet.
///
/// # Errors
/// When the store does not answer.
pub fn materialise(
    db: &Connection,
    row: i64,
    id: RecordId,
    document: &Document,
    policy: &Policy,
    last: Option<&Derived>,
) -> Result<Derived> {
    let derived = Derived::of(document, policy);
    if last == Some(&derived) && !policy.finds_duplicates {
        return Ok(derived);
    }
    cases::keep_names(db, &policy.node, document)?;
    packs::put_late(db, row, derived.own, derived.late.as_ref())?;
    households::put(db, row, derived.household)?;
    if policy.finds_duplicates {
        statistics::put(db, row, derived.counts.as_ref())?;
    }
    match &derived.what {
        What::Attendance(summary) => put_attendance(db, row, id, derived.own, summary)?,
        What::Request(request) => {
            put_request(
                db,
                row,
                id,
                derived.own,
                &request.summary,
                request.conflicts.len(),
            )?;
            put_askers(db, row, request)?;
            occurrences::put_under(db, row, request.under.as_ref())?;
            put_decisions(db, row, id, &request.decisions)?;
            cases::put(db, row, &request.case)?;
            if let Some(complaint) = &request.complaint {
                complaints::put(db, row, derived.own, &request.summary, complaint)?;
            }
            for photo in &request.photos {
                super::blob::keep_named(db, *photo, row)?;
            }
            if policy.finds_duplicates {
                agencies::owe(db, row)?;
                outbox::owe(db, row, &request.case.telling)?;
            }
            let before = match policy.finds_duplicates {
                true => identities::held_against(db, row)?,
                false => vec![],
            };
            put_conflicts(db, row, id, &request.conflicts)?;
            if policy.finds_duplicates {
                let number = request.summary.number.as_deref();
                put_duplicates(db, (row, id), request.keys.as_ref(), number)?;
                let at_ms = request.summary.at.unix_ms();
                identities::put(db, (row, id), request.who.as_ref(), (at_ms, &before))?;
                by_rule::put(db, row, &request.summary, request.amended_ms)?;
            } else {
                let of = (row, id, derived.own);
                twice::put(db, of, request.keys.as_ref(), &request.left)?;
            }
        }
        What::Till(till) => tills::put(db, row, id, derived.own, till)?,
        What::Ticket(ticket) => tickets::put(db, row, id, derived.own, ticket)?,
        What::Lookup(node, lookup) => {
            lookups::put(db, row, id, derived.own, (node, lookup))?;
        }
        What::Notice(notice) => notices::put(db, row, id, &policy.node, notice)?,
        // Only a hub gives and leases; what a spot made up counts for nothing there.
        What::Stock(stock) if derived.own && policy.finds_duplicates => {
            leases::put_stock(db, row, stock)?;
        }
        What::Lease(lease) if derived.own == policy.finds_duplicates => {
            leases::put_lease(db, row, lease)?;
        }
        What::Assessment(assessment) => assessments::put(db, row, id, derived.own, assessment)?,
        What::Tour(tour) => {
            tours::put(db, row, id, tour)?;
            if policy.finds_duplicates {
                by_rule::put_tour(db, row, tour)?;
            }
        }
        What::Booking(booking) => tours::put_booking(db, row, id, booking)?,
        What::Facility(facility) => homes::put(db, row, id, facility)?,
        What::ResidentList(list) => homes::put_list(db, row, id, list)?,
        What::Resident(resident) => homes::put_resident(db, row, id, resident)?,
        What::Occurrence(occurrence) => occurrences::put(db, row, id, occurrence)?,
        What::Pack(pack) => packs::put(db, row, id, pack)?,
        What::Revocation(revocation) => revoked::put(db, row, revocation)?,
        What::Stock(_) | What::Lease(_) => (),
        What::Other => (),
    }
    db.prepare_cached("UPDATE record SET dirty = 0 WHERE record = ?1 AND dirty = 1")?
        .execute([row])?;
    Ok(derived)
}

/// Nothing is left of a record: nothing is derived of it either.
///
/// # Errors
/// When the store does not answer.
pub fn forget(db: &Connection, row: i64) -> Result<()> {
    alike::forget(db, row)?;
    statistics::put(db, row, None)?;
    outbox::forget(db, row)?;
    for table in schema::DERIVED_BY_RECORD {
        db.execute(&format!("DELETE FROM {table} WHERE record = ?1"), [row])?;
    }
    db.execute("DELETE FROM conflict WHERE other = ?1", [row])?;
    db.execute("DELETE FROM twice WHERE other = ?1", [row])?;
    db.execute("UPDATE record SET dirty = 0 WHERE record = ?1", [row])?;
    Ok(())
}

fn put_conflicts(
    db: &Connection,
    row: i64,
    id: RecordId,
    conflicts: &[ValueConflict],
) -> Result<()> {
    db.prepare_cached("DELETE FROM conflict WHERE record = ?1 OR other = ?1")?
        .execute([row])?;
    for conflict in conflicts {
        let since = conflict.sides.iter().map(|s| s.act.at).max();
        let since_ms = since.unwrap_or_default().unix_ms();
        let field = &conflict.field;
        put_conflict(
            db,
            &value_id(id, field),
            "value",
            row,
            None,
            Some(field),
            since_ms,
        )?;
    }
    Ok(())
}

fn put_attendance(
    db: &Connection,
    row: i64,
    id: RecordId,
    own: bool,
    s: &attendance::Summary,
) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO attendance(record, id, own, citizen, identified, closed, mediator, opened, ended,
         waited) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        row,
        id.to_string(),
        own,
        s.citizen,
        s.identified,
        s.ended.is_some(),
        s.mediator,
        s.opened.unix_ms(),
        s.ended.map(Hlc::unix_ms),
        s.waited_s.map(journal::signed)
    ])?;
    Ok(())
}

fn put_request(
    db: &Connection,
    row: i64,
    id: RecordId,
    own: bool,
    s: &request::Summary,
    conflicts: usize,
) -> Result<()> {
    let folded = fold(&format!(
        "{} {}",
        s.citizen,
        s.number.as_deref().unwrap_or("")
    ));
    db.prepare_cached(
        // The first change says what the update leaves out. Replacing the row would write every
        // index anew.
        "INSERT INTO request(record, id, own, number, service, edition, attendance, citizen, folded, spot,
         stop, mediator, at, sure, changed, life, fee, conflicts, owes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
         ON CONFLICT(record) DO UPDATE SET number = ?4, edition = ?6, citizen = ?8, folded = ?9, spot = ?10, stop = ?11,
         mediator = ?12, at = ?13, sure = ?14, changed = ?15, life = ?16, fee = ?17, conflicts = ?18,
         owes = ?19",
    )?
    .execute(params![
        row,
        id.to_string(),
        own,
        s.number,
        s.service,
        s.edition,
        s.attendance.map(|a| a.to_string()),
        s.citizen,
        folded,
        s.spot,
        s.stop,
        s.mediator,
        s.at.unix_ms(),
        s.sure,
        s.changed.unix_ms(),
        life_code(s.life),
        s.fee_cents,
        i64::try_from(conflicts).unwrap_or(i64::MAX),
        owed_code(s.owes),
    ])?;
    Ok(())
}

/// The numbers by which what somebody asked before is shown by itself. Who looks up at the hub may do so by
/// any that is one person's alone ([`NUMBERS`]).
const ASKED_BY: [&str; 2] = ["nic", "nif"];
/// Most requests of one number that are counted.
const MOST_OF_A_NUMBER: u32 = 1_000;

/// The keys of whoever has these answers in their identity.
pub fn keys_of_asker(answers: &BTreeMap<String, Answer>) -> Vec<String> {
    keys(answers, &ASKED_BY)
}

fn keys(answers: &BTreeMap<String, Answer>, by: &[&str]) -> Vec<String> {
    let numbers = by.iter().filter_map(|field| {
        let number = &answers.get(*field)?.value;
        (!number.is_empty()).then(|| format!("{field} {number}"))
    });
    numbers.collect()
}

/// Rows of the recorded requests of who has that number, also of those that were withdrawn; latest first.
///
/// # Errors
/// When the store does not answer.
pub fn with_number(db: &Connection, (field, number): (&str, &str)) -> Result<Vec<i64>> {
    let mut of =
        db.prepare_cached("SELECT record FROM asker WHERE key = ?1 ORDER BY at DESC LIMIT ?2")?;
    let key = format!("{field} {number}");
    let rows = of.query_map(params![key, MOST_OF_A_NUMBER], |r| r.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn askers(document: &Document) -> Vec<String> {
    match document.text("number") {
        Some(_) if document.kind() == Some(Kind::Request) => keys(document.answers(), &NUMBERS),
        _ => vec![],
    }
}

fn put_askers(db: &Connection, row: i64, request: &Request) -> Result<()> {
    db.prepare_cached("DELETE FROM asker WHERE record = ?1")?
        .execute([row])?;
    let mut insert = db.prepare_cached("INSERT INTO asker(key, at, record) VALUES (?1, ?2, ?3)")?;
    for key in &request.askers {
        insert.execute(params![key, request.summary.at.unix_ms(), row])?;
    }
    Ok(())
}

/// What desks that wrote of a request hear: what operators decided; and at a spot that another one
/// withdrew it for the citizen, what the hub answered to a complaint, and what the agency says.
fn news(document: &Document, policy: &Policy) -> Vec<Act> {
    let withdrawn = Case::of(document).and_then(|case| case.withdrawn);
    let elsewhere =
        withdrawn.filter(|a| !policy.finds_duplicates && case::node_of(a) != policy.node);
    let undone = document.acts().filter(|act| act.kind == decision::UNDONE);
    let decisions = decision::decisions(document).chain(undone).cloned();
    let answers = document
        .acts()
        .filter(|a| is_of_hub(a) || agency::is_word(a));
    let answers = answers.filter(|_| !policy.finds_duplicates).cloned();
    decisions.chain(elsewhere).chain(answers).collect()
}

fn put_decisions(db: &Connection, row: i64, id: RecordId, decisions: &[Act]) -> Result<()> {
    // What was decided may have been taken back.
    db.prepare_cached("DELETE FROM decision WHERE id BETWEEN ?1 || '.' AND ?1 || '/'")?
        .execute([id.to_string()])?;
    if decisions.is_empty() {
        return Ok(());
    }
    // A decision concerns this desk when it wrote anything of the record.
    let concerns: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM entry JOIN journal USING (journal) WHERE record = ?1 AND own)")?
        .query_row([row], |r| r.get(0))?;
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO decision(id, conflict, record, act, at, concerns, waited) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for act in decisions {
        let other = |key: &str| act.more.get(key).and_then(|hex| RecordId::from_hex(hex));
        let conflict = match act.more.get("field") {
            // It waits again.
            _ if act.kind == decision::UNDONE => String::new(),
            Some(field) => value_id(id, field),
            None if act.kind == decision::IDENTIFIED => {
                other(decision::CARD).map_or_else(String::new, |card| identity_id(id, card))
            }
            None => match other("other") {
                Some(other) => duplicate_id(id, other),
                None => value_id(id, case::STANDING),
            },
        };
        insert.execute(params![
            format!("{id}.{}", act.id),
            conflict,
            row,
            act.id,
            act.at.unix_ms(),
            concerns,
            act.more.get("waited").and_then(|s| s.parse::<u32>().ok()),
        ])?;
    }
    Ok(())
}

fn put_conflict(
    db: &Connection,
    id: &str,
    kind: &str,
    record: i64,
    other: Option<i64>,
    field: Option<&str>,
    since_ms: i64,
) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO conflict(id, kind, record, other, field, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![id, kind, record, other, field, since_ms])?;
    Ok(())
}

fn put_duplicates(
    db: &Connection,
    (row, id): (i64, RecordId),
    keys: Option<&Keys>,
    number: Option<&str>,
) -> Result<()> {
    alike::keep(db, row, keys)?;
    let Some(keys) = keys else {
        return Ok(());
    };
    let mut others = alike::find(db, (row, id), keys)?;
    // One form of paper was entered twice, apart: whoever it is of, never both in silence.
    let same = alike::with_number(db, (row, id), number.unwrap_or_default())?;
    others.extend(same);
    for other in others {
        put_conflict(
            db,
            &duplicate_id(id, other.id),
            "duplicate",
            row,
            Some(other.row),
            None,
            keys.at_ms.max(other.at_ms),
        )?;
    }
    Ok(())
}

/// Who a recorded request is of; nothing at a spot, which holds nobody against cards.
///
/// # Errors
/// When the store does not answer.
pub fn identity_of(db: &Connection, row: i64) -> Result<Option<Identity>> {
    identities::identity(db, row)
}

/// Summary and keys of a request, from its document.
///
/// # Errors
/// When the store does not answer.
pub fn keys_of(db: &Connection, row: i64) -> Result<Option<(request::Summary, Keys)>> {
    let document = load(db, row)?;
    Ok(request::Summary::of(&document)
        .and_then(|s| Some((s.clone(), Keys::of(&s, document.answers())?))))
}

/// A record's document, from its changes.
///
/// # Errors
/// When the store does not answer, or the changes do not make a document.
pub fn load(db: &Connection, row: i64) -> Result<Document> {
    let changes = journal::changes(db, row)?;
    Ok(Document::load(changes.iter().map(Vec::as_slice))?)
}

/// Requests recorded at other spots that seem the same as what `keys` were taken of, a few.
///
/// # Errors
/// When the store does not answer.
pub fn alike_elsewhere(db: &Connection, id: RecordId, keys: &Keys) -> Result<Vec<RequestLine>> {
    let mut found = Vec::new();
    for one in alike::find(db, (-1, id), keys)? {
        let line = request(db, &one.id.to_string())?;
        found.extend(line.filter(|line| !line.own && line.life != Life::Withdrawn));
    }
    found.truncate(10);
    Ok(found)
}

/// Records with entries that are not in the derived tables yet, at most `limit`.
///
/// # Errors
/// When the store does not answer.
pub fn dirty(db: &Connection, limit: u32) -> Result<Vec<(i64, RecordId)>> {
    let mut rows = db.prepare_cached("SELECT record, id FROM record WHERE dirty = 1 LIMIT ?1")?;
    Ok(rows
        .query_map([limit], |r| Ok((r.get(0)?, RecordId(r.get(1)?))))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Marks a record as having entries that are not in the derived tables yet.
///
/// # Errors
/// When the store does not answer.
pub fn mark_dirty(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("UPDATE record SET dirty = 1 WHERE record = ?1 AND dirty <> 1")?
        .execute([row])?;
    Ok(())
}

/// A record could not be derived: it is set aside (2), so that others go on.
///
/// # Errors
/// When the store does not answer.
pub fn set_aside(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("UPDATE record SET dirty = 2 WHERE record = ?1")?
        .execute([row])?;
    Ok(())
}

/// Throws all derived tables away and marks every record to be derived anew.
///
/// # Errors
/// When the store does not answer.
pub fn reset(db: &Connection) -> Result<u64> {
    let tx = db.unchecked_transaction()?;
    for table in schema::DERIVED_BY_RECORD
        .iter()
        .chain(&schema::DERIVED_OTHERWISE)
    {
        tx.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
    }
    for tables in [
        schema::DERIVED,
        schema::ALIKE,
        schema::DESK,
        schema::CASES,
        schema::RECORDED,
        schema::LOOKUPS,
        schema::COMPLAINTS,
        schema::NOTICES,
        schema::NOTICES_TO_ALL,
        schema::ASKERS,
        schema::LEASES,
        schema::ASSESSMENTS,
        schema::TOURS,
        schema::AHEAD,
        schema::HOMES,
        schema::OCCURRENCES,
        schema::PACKS,
        schema::REVOKED,
        schema::HOUSEHOLDS,
        schema::TWICE,
        schema::WHO,
        schema::STATISTICS,
        schema::TICKET_TERMS,
    ] {
        tx.execute_batch(tables)?;
    }
    super::statistics::add_past(&tx, None)?;
    let records = tx.execute("UPDATE record SET dirty = 1", [])?;
    tx.commit()?;
    Ok(records as u64)
}

/// What is owed, as the table has it; the inverse is [`lists`]'.
fn owed_code(owed: request::Owed) -> i64 {
    i64::from(owed.paper)
        | i64::from(owed.proof) << 1
        | i64::from(owed.hour) << 2
        | i64::from(owed.reference) << 3
}

fn life_code(life: Life) -> &'static str {
    match life {
        Life::Draft => "draft",
        Life::Withdrawn => "withdrawn",
        Life::Returned => "returned",
        Life::Forwarded => "forwarded",
        Life::Accepted => "accepted",
        Life::Refused => "refused",
        Life::Completed => "completed",
        Life::Recorded | Life::Received => "recorded",
    }
}
