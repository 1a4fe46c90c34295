//! What agencies are told of requests: a feed for each, numbered without gaps, filled by the router after intake
//! ([`crate::agencies`]); what each was really given, and when; what they said, by the key under which they said it.
//!
//! The feeds are no derived tables: a number that was given once stays given, also when everything else is made anew.

use rusqlite::{Connection, OptionalExtension, params};

use super::Result;
use super::journal::{count, signed};

/// Keys under which agencies said something are known for so long, in milliseconds.
const KEYS_KEPT_MS: i64 = 90 * 24 * 3_600_000;

/// What became of a request, as its agency is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It was recorded, and confirmed by the citizen.
    Recorded,
    /// Something of it is different now.
    Amended,
    /// It stands no longer: the citizen withdrew it, or it was made twice.
    Withdrawn,
    /// It is to be forgotten.
    Erased,
}

impl What {
    const ALL: [Self; 4] = [Self::Recorded, Self::Amended, Self::Withdrawn, Self::Erased];

    /// The word in the store, and in events.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Amended => "amended",
            Self::Withdrawn => "withdrawn",
            Self::Erased => "erased",
        }
    }

    fn from_code(code: &str) -> Self {
        let known = Self::ALL.into_iter().find(|what| what.code() == code);
        known.unwrap_or(Self::Amended)
    }
}

/// An entry of an agency's feed, as it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for the same state of the same request, also after a restore of the hub.
    pub id: String,
    /// What became of the request.
    pub what: What,
    /// When it was made, milliseconds since 1970.
    pub at_ms: i64,
    /// SHA-256 over what is shown: what is the same is not told twice.
    pub shown: [u8; 32],
    /// Ids of the fields in it, apart by spaces.
    pub fields: String,
    /// What is shown, as JSON; nothing once the request was erased.
    pub body: String,
}

/// An entry of an agency's feed, in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// From one on, without gaps.
    pub seq: u64,
    /// The request, hexadecimal.
    pub request: String,
    /// Itself.
    pub entry: Entry,
}

/// How an agency got something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It read its feed.
    Feed,
    /// It was sent to it.
    Webhook,
}

impl Way {
    /// The word in the store and in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Webhook => "webhook",
        }
    }
}

/// A request may have news for its agency: the router looks at it.
///
/// # Errors
/// When the store does not answer.
pub(super) fn owe(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO agency_due(record) VALUES (?1)")?
        .execute([row])?;
    free_others(db, row)
}

/// What disagreed with a request may be free to go.
fn free_others(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO agency_due(record) SELECT record FROM conflict WHERE other = ?1
         UNION SELECT other FROM conflict WHERE record = ?1 AND other IS NOT NULL",
    )?
    .execute([row])?;
    Ok(())
}

/// At the start of the router: what no agency was told of, as there was none to be told.
///
/// # Errors
/// When the store does not answer.
pub fn owe_untold(db: &Connection) -> Result<()> {
    db.execute(
        "INSERT OR IGNORE INTO agency_due(record) SELECT record FROM request WHERE number IS NOT NULL
         AND record NOT IN (SELECT record FROM agency_event)",
        [],
    )?;
    Ok(())
}

/// Requests that the router is to look at, by row. What was decided since then can still be taken back, and waits.
///
/// # Errors
/// When the store does not answer.
pub fn due(db: &Connection, limit: u32, decided_ms: i64) -> Result<Vec<i64>> {
    let mut rows = db.prepare_cached(
        "SELECT record FROM agency_due WHERE record NOT IN
             (SELECT record FROM decision WHERE at > ?2 AND conflict <> '') ORDER BY record LIMIT ?1",
    )?;
    let rows = rows.query_map(params![limit, decided_ms], |r| r.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The router has looked at a request.
///
/// # Errors
/// When the store does not answer.
pub fn looked_at(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM agency_due WHERE record = ?1")?
        .execute([row])?;
    Ok(())
}

/// Whether something about a request is undecided, or it is not derived yet.
///
/// # Errors
/// When the store does not answer.
pub fn is_unsettled(db: &Connection, row: i64) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM conflict WHERE record = ?1 OR other = ?1)
             OR EXISTS (SELECT 1 FROM record WHERE record = ?1 AND dirty <> 0)",
        )?
        .query_row([row], |r| r.get(0))?)
}

/// What an agency was told last of a request: what had happened, and the hash of what was shown.
///
/// # Errors
/// When the store does not answer.
pub fn last(db: &Connection, agency: &str, row: i64) -> Result<Option<(What, [u8; 32])>> {
    Ok(db
        .prepare_cached(
            "SELECT what, shown FROM agency_event WHERE record = ?1 AND agency = ?2 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(params![row, agency], |r| {
            let what = What::from_code(r.get_ref(0)?.as_str().unwrap_or(""));
            Ok((what, r.get(1)?))
        })
        .optional()?)
}

/// The agencies that were told of a request: one, if no edition of the catalogue gave its service to another.
///
/// # Errors
/// When the store does not answer.
pub fn told(db: &Connection, row: i64) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached(
        "SELECT DISTINCT agency FROM agency_event WHERE record = ?1 ORDER BY agency",
    )?;
    let agencies = rows.query_map([row], |r| r.get(0))?;
    Ok(agencies.collect::<rusqlite::Result<_>>()?)
}

/// An entry becomes the next one of an agency's feed.
///
/// # Errors
/// When the store does not answer.
pub fn publish(db: &Connection, agency: &str, row: i64, entry: &Entry) -> Result<u64> {
    // One connection writes, under a lock: nobody takes this number meanwhile, and none is taken in vain.
    let seq = head(db, agency)? + 1;
    db.prepare_cached(
        "INSERT INTO agency_event(agency, seq, record, id, what, at, shown, fields, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        agency,
        signed(seq),
        row,
        entry.id,
        entry.what.code(),
        entry.at_ms,
        entry.shown,
        entry.fields,
        entry.body
    ])?;
    Ok(seq)
}

/// The number of the last entry of an agency's feed.
///
/// # Errors
/// When the store does not answer.
pub fn head(db: &Connection, agency: &str) -> Result<u64> {
    let last = db
        .prepare_cached("SELECT max(seq) FROM agency_event WHERE agency = ?1")?
        .query_row([agency], |r| r.get::<_, Option<i64>>(0))?;
    Ok(last.map_or(0, count))
}

/// Entries of an agency's feed after `seq`, at most `limit`, until they hold `max_bytes`; one at least.
///
/// # Errors
/// When the store does not answer.
pub fn entries(
    db: &Connection,
    agency: &str,
    after: u64,
    (limit, max_bytes): (u32, usize),
) -> Result<Vec<Placed>> {
    let mut rows = db.prepare_cached(
        "SELECT f.seq, lower(hex(r.id)), f.id, f.what, f.at, f.shown, f.fields, f.body FROM agency_event f
         JOIN record r USING (record) WHERE f.agency = ?1 AND f.seq > ?2 ORDER BY f.seq LIMIT ?3",
    )?;
    let found = rows.query_map(params![agency, signed(after), limit], |r| {
        Ok(Placed {
            seq: count(r.get(0)?),
            request: r.get(1)?,
            entry: Entry {
                id: r.get(2)?,
                what: What::from_code(r.get_ref(3)?.as_str().unwrap_or("")),
                at_ms: r.get(4)?,
                shown: r.get(5)?,
                fields: r.get(6)?,
                body: r.get(7)?,
            },
        })
    })?;
    let (mut out, mut bytes) = (Vec::new(), 0);
    for entry in found {
        let entry = entry?;
        bytes += entry.entry.body.len();
        if bytes > max_bytes && !out.is_empty() {
            break;
        }
        out.push(entry);
    }
    Ok(out)
}

/// Whether an agency was told of the request in that row: then it may speak of it.
///
/// # Errors
/// When the store does not answer.
pub fn knows(db: &Connection, agency: &str, row: i64) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM agency_event WHERE record = ?1 AND agency = ?2)",
        )?
        .query_row(params![row, agency], |r| r.get(0))?)
}

/// Whether an agency was told of a request since then, in milliseconds since 1970: what stands in a feed may be read at any
/// moment.
///
/// # Errors
/// When the store does not answer.
pub fn was_told_since(db: &Connection, row: i64, at_ms: i64) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM agency_event WHERE record = ?1 AND at >= ?2)",
        )?
        .query_row([row, at_ms], |r| r.get(0))?)
}

/// Whether what an agency was last told of some request names that photograph (hexadecimal).
///
/// # Errors
/// When the store does not answer.
pub fn shows(db: &Connection, agency: &str, blob: (&[u8; 32], &str)) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM named n JOIN agency_event f USING (record)
             WHERE n.blob = ?1 AND f.agency = ?2 AND instr(f.body, ?3)
             AND f.seq = (SELECT max(l.seq) FROM agency_event l WHERE l.record = f.record AND l.agency = ?2))",
        )?
        .query_row(params![blob.0, agency, blob.1], |r| r.get(0))?)
}

/// An agency is given these entries now, in that way. What was given once is not noted again.
///
/// # Errors
/// When the store does not answer.
pub fn disclose(
    db: &Connection,
    agency: &str,
    (way, now_ms): (Way, i64),
    seqs: impl IntoIterator<Item = u64>,
) -> Result<()> {
    let tx = db.unchecked_transaction()?;
    for seq in seqs {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO agency_disclosed(agency, seq, way, at, said) VALUES (?1, ?2, ?3, ?4, 0)",
        )?
        .execute(params![agency, signed(seq), way.code(), now_ms])?;
    }
    Ok(tx.commit()?)
}

/// Whether all of these entries are noted as given in that way.
///
/// # Errors
/// When the store does not answer.
pub fn are_disclosed(
    db: &Connection,
    agency: &str,
    way: Way,
    (first, last): (u64, u64),
) -> Result<bool> {
    let noted: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM agency_disclosed WHERE agency = ?1 AND way = ?2 AND seq BETWEEN ?3 AND ?4",
        )?
        .query_row(
            params![agency, way.code(), signed(first), signed(last)],
            |r| r.get(0),
        )?;
    Ok(count(noted) == (last + 1).saturating_sub(first))
}

/// Something that was given to an agency, and is not written in the request's record yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// Id of the agency.
    pub agency: String,
    /// Its place in the feed.
    pub seq: u64,
    /// Feed or webhook.
    pub way: String,
    /// The request.
    pub record: [u8; 32],
    /// The event.
    pub event: String,
    /// What had happened.
    pub what: String,
    /// Which fields were in it.
    pub fields: String,
}

/// What was given and is to be written down, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn unsaid(db: &Connection, limit: u32) -> Result<Vec<Disclosed>> {
    let mut rows = db.prepare_cached(
        "SELECT d.agency, d.seq, d.way, r.id, f.id, f.what, f.fields FROM agency_disclosed d
         JOIN agency_event f USING (agency, seq) JOIN record r USING (record)
         WHERE d.said = 0 ORDER BY d.at, d.seq LIMIT ?1",
    )?;
    let found = rows.query_map([limit], |r| {
        Ok(Disclosed {
            agency: r.get(0)?,
            seq: count(r.get(1)?),
            way: r.get(2)?,
            record: r.get(3)?,
            event: r.get(4)?,
            what: r.get(5)?,
            fields: r.get(6)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// It is written in the request's record.
///
/// # Errors
/// When the store does not answer.
pub fn keep_said(db: &Connection, it: &Disclosed) -> Result<()> {
    db.prepare_cached(
        "UPDATE agency_disclosed SET said = 1 WHERE agency = ?1 AND seq = ?2 AND way = ?3",
    )?
    .execute(params![it.agency, signed(it.seq), it.way])?;
    Ok(())
}

/// What an agency said under a key, as a hash.
///
/// # Errors
/// When the store does not answer.
pub fn under_key(db: &Connection, agency: &str, key: &str) -> Result<Option<[u8; 32]>> {
    Ok(db
        .prepare_cached("SELECT digest FROM agency_key WHERE agency = ?1 AND key = ?2")?
        .query_row([agency, key], |r| r.get(0))
        .optional()?)
}

/// An agency says something under a key: in the transaction that writes it down. Fails when it was said already.
///
/// # Errors
/// When the store does not answer.
pub fn keep_key(
    db: &Connection,
    (agency, key): (&str, &str),
    digest: [u8; 32],
    now_ms: i64,
) -> Result<()> {
    db.prepare_cached("INSERT INTO agency_key(agency, key, digest, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![agency, key, digest, now_ms])?;
    Ok(())
}

/// Lets go of keys under which nobody says the same again.
///
/// # Errors
/// When the store does not answer.
pub fn forget_keys(db: &Connection, now_ms: i64) -> Result<()> {
    db.execute(
        "DELETE FROM agency_key WHERE at < ?1",
        [now_ms - KEYS_KEPT_MS],
    )?;
    Ok(())
}

/// How far what is sent to an agency is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sending {
    /// The last entry that it took.
    pub seq: u64,
    /// So many times the next one was sent in vain.
    pub tries: u32,
    /// Why, the last time.
    pub trouble: Option<String>,
}

/// How far what is sent to an agency is.
///
/// # Errors
/// When the store does not answer.
pub fn sending(db: &Connection, agency: &str) -> Result<Sending> {
    let known = db
        .prepare_cached("SELECT seq, tries, trouble FROM agency_webhook WHERE agency = ?1")?
        .query_row([agency], |r| {
            Ok(Sending {
                seq: count(r.get(0)?),
                tries: r.get(1)?,
                trouble: r.get(2)?,
            })
        })
        .optional()?;
    Ok(known.unwrap_or_default())
}

/// How far an agency is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Events in its feed.
    pub events: u64,
    /// Events that it was not given yet.
    pub waiting: u64,
    /// When the oldest of them came into its feed, milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// When it was last given one.
    pub taken_ms: Option<i64>,
}

/// How far an agency is with its feed: as it is sent to it, or as it fetched it.
///
/// # Errors
/// When the store does not answer.
pub fn standing(db: &Connection, agency: &str, is_sent: bool) -> Result<Standing> {
    let events = head(db, agency)?;
    // What is sent may have been read though it was not taken: that does not count here.
    let most = match is_sent {
        true => sending(db, agency)?.seq,
        false => events,
    };
    let (has, taken_ms) = db
        .prepare_cached(
            "SELECT seq, at FROM agency_disclosed WHERE agency = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(params![agency, signed(most)], |r| {
            Ok((count(r.get(0)?), Some(r.get(1)?)))
        })
        .optional()?
        .unwrap_or_default();
    let since_ms = db
        .prepare_cached(
            "SELECT at FROM agency_event WHERE agency = ?1 AND seq > ?2 ORDER BY seq LIMIT 1",
        )?
        .query_row(params![agency, signed(has)], |r| r.get(0))
        .optional()?;
    Ok(Standing {
        events,
        waiting: events.saturating_sub(has),
        since_ms,
        taken_ms,
    })
}

/// Keeps how far it is.
///
/// # Errors
/// When the store does not answer.
pub fn keep_sending(db: &Connection, agency: &str, it: &Sending) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO agency_webhook(agency, seq, tries, trouble) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT(agency) DO UPDATE SET seq = ?2, tries = ?3, trouble = ?4",
    )?
    .execute(params![agency, signed(it.seq), it.tries, it.trouble])?;
    Ok(())
}

/// A request is forgotten: what agencies could still read of it goes too, and they are told that it is.
///
/// # Errors
/// When the store does not answer.
pub(super) fn forget(db: &Connection, row: i64) -> Result<()> {
    let changed = db
        .prepare_cached("UPDATE agency_event SET body = '', fields = '' WHERE record = ?1")?
        .execute([row])?;
    if changed > 0 {
        owe(db, row)?;
    }
    free_others(db, row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{records, schema};
    use vereda_sync::id::RecordId;

    fn entry(id: u64, body: &str) -> Entry {
        Entry {
            id: format!("e{id}"),
            what: What::Recorded,
            at_ms: 1,
            shown: [1; 32],
            fields: "niss".into(),
            body: body.into(),
        }
    }

    fn store() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        schema::migrate(&db).unwrap();
        db
    }

    #[test]
    fn numbers_have_no_gap_for_any_agency_whatever_is_rolled_back() {
        let db = store();
        let row = records::record_row(&db, RecordId([1; 32]), "s").unwrap();
        for n in 0..40 {
            let agency = ["iss", "irn"][usize::from(n % 3 == 0)];
            let tx = db.unchecked_transaction().unwrap();
            publish(&tx, agency, row, &entry(n, "{}")).unwrap();
            match n % 4 {
                0 => tx.rollback().unwrap(),
                _ => tx.commit().unwrap(),
            }
        }
        for agency in ["iss", "irn"] {
            let all = entries(&db, agency, 0, (100, usize::MAX)).unwrap();
            let seqs: Vec<u64> = all.iter().map(|e| e.seq).collect();
            assert_eq!(seqs, (1..=head(&db, agency).unwrap()).collect::<Vec<_>>());
            assert!(!seqs.is_empty());
        }
    }

    #[test]
    fn a_page_is_bounded_and_has_one_entry_at_least() {
        let db = store();
        let row = records::record_row(&db, RecordId([1; 32]), "s").unwrap();
        for n in 0..5 {
            publish(&db, "iss", row, &entry(n, &"x".repeat(100))).unwrap();
        }
        let page = |after, limit, bytes| entries(&db, "iss", after, (limit, bytes)).unwrap().len();
        assert_eq!(page(0, 100, 250), 2);
        assert_eq!(page(0, 100, 1), 1);
        assert_eq!(page(0, 3, 1_000), 3);
        assert_eq!(page(5, 3, 1_000), 0);
    }

    #[test]
    fn what_is_forgotten_leaves_its_place_and_nothing_else() {
        let db = store();
        let row = records::record_row(&db, RecordId([1; 32]), "s").unwrap();
        publish(&db, "iss", row, &entry(1, "Maria")).unwrap();
        forget(&db, row).unwrap();
        let left = entries(&db, "iss", 0, (10, 1_000)).unwrap();
        assert_eq!(
            (
                left.len(),
                left[0].entry.body.as_str(),
                left[0].entry.fields.as_str()
            ),
            (1, "", "")
        );
        assert_eq!(due(&db, 10, i64::MAX).unwrap(), [row]);
    }

    #[test]
    fn a_key_counts_once() {
        let db = store();
        keep_key(&db, ("iss", "k"), [1; 32], 5).unwrap();
        assert!(keep_key(&db, ("iss", "k"), [2; 32], 5).is_err());
        keep_key(&db, ("irn", "k"), [2; 32], 5).unwrap();
        assert_eq!(under_key(&db, "iss", "k").unwrap(), Some([1; 32]));
        forget_keys(&db, 5 + KEYS_KEPT_MS + 1).unwrap();
        assert_eq!(under_key(&db, "iss", "k").unwrap(), None);
    }
}
