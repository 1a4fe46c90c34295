//! The guard: nothing from outside reaches Automerge before it is bounded.
//!
//! A valid change of 111 bytes can stand for over a million operations and cost
//! seconds and half a gigabyte to decode. So the guard reads the change's own
//! layout, in time proportional to its bytes: sizes, checksum, hash, author,
//! and how many operations the run-length columns stand for.
//!
//! Layout: <https://automerge.org/automerge-binary-format-spec/>, change chunks.

use sha2::{Digest, Sha256};

use crate::erasure::{self, Erasure};
use crate::id::{ChangeId, RecordId};
use crate::varint::Reader;

/// Largest change that is taken, in bytes.
pub const MAX_CHANGE_BYTES: usize = 256 << 10;
/// Most operations in one change.
pub const MAX_OPERATIONS: u64 = 10_000;
const MAX_DEPS: u64 = 64;
const MAX_ACTORS: u64 = 64;
const MAX_ACTOR_BYTES: usize = 64;
const MAX_MESSAGE_BYTES: usize = 1024;
const MAX_COLUMNS: u64 = 32;
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE_CHUNK: u8 = 1;

/// What the guard learned of a change that it lets pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The change's id.
    pub change: ChangeId,
    /// The author: Automerge's actor.
    pub actor: Vec<u8>,
    /// The author's own count of changes in this record.
    pub seq: u64,
    /// The changes that it builds on.
    pub deps: Vec<ChangeId>,
    /// Operations that it stands for, at most.
    pub operations: u64,
    /// It is no change but an [erasure], of this record. Whose seal is under it
    /// is not looked at here.
    pub erases: Option<RecordId>,
}

/// Why the guard refused a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More than [`MAX_CHANGE_BYTES`].
    #[error("the change has {0} bytes; at most {MAX_CHANGE_BYTES} are taken")]
    TooLarge(usize),
    /// Not an uncompressed change chunk.
    #[error("this is not a plain change")]
    NotAChange,
    /// An erasure without the hub's seal.
    #[error("an erasure that the hub did not put its seal to")]
    NotSealed,
    /// The checksum does not agree with the content.
    #[error("the change is damaged: its checksum does not agree")]
    Damaged,
    /// The layout breaks off or contradicts itself.
    #[error("the change is malformed in its {0}")]
    Malformed(&'static str),
    /// More than [`MAX_OPERATIONS`].
    #[error("the change stands for more than {MAX_OPERATIONS} operations")]
    TooManyOperations,
}

/// Examines one change as it came from outside.
///
/// # Errors
/// Why it must not be decoded.
pub fn examine(bytes: &[u8]) -> Result<Examined, Refused> {
    examine_hashed(bytes, None)
}

/// The same for a change whose hash and checksum, if given, were made here of these very bytes.
///
/// # Errors
/// As [`examine`].
pub(crate) fn examine_hashed(bytes: &[u8], made: Option<ChangeId>) -> Result<Examined, Refused> {
    if bytes.len() > MAX_CHANGE_BYTES {
        return Err(Refused::TooLarge(bytes.len()));
    }
    if erasure::is(bytes) {
        let erasure = Erasure::decode(bytes).ok_or(Refused::Malformed("erasure"))?;
        return Ok(Examined {
            change: erasure::change_id(bytes),
            actor: vec![],
            seq: 0,
            deps: vec![],
            operations: 0,
            erases: Some(erasure.record),
        });
    }
    let mut r = Reader(bytes);
    let (magic, checksum) = (r.array::<4>(), r.array::<4>());
    if magic != Some(MAGIC) {
        return Err(Refused::NotAChange);
    }
    let hashed = r.0;
    if r.byte() != Some(CHANGE_CHUNK) {
        return Err(Refused::NotAChange);
    }
    let len = r.length().ok_or(Refused::Malformed("length"))?;
    if r.0.len() != len {
        return Err(Refused::Malformed("length"));
    }
    let change = made.unwrap_or_else(|| ChangeId(Sha256::digest(hashed).into()));
    if checksum.as_ref().map(|c| &c[..]) != Some(&change.0[..4]) {
        return Err(Refused::Damaged);
    }
    body(r, change)
}

/// What a change that the guard let pass builds on. Reads no further than that.
#[must_use]
pub fn dependencies(examined: &[u8]) -> Vec<ChangeId> {
    let read = || -> Option<Vec<ChangeId>> {
        if !examined.starts_with(&MAGIC) {
            return None;
        }
        let mut r = Reader(examined);
        r.bytes(9)?;
        r.length()?;
        let count = r.unsigned().filter(|n| *n <= MAX_DEPS)?;
        (0..count).map(|_| r.array().map(ChangeId)).collect()
    };
    read().unwrap_or_default()
}

fn body(mut r: Reader<'_>, change: ChangeId) -> Result<Examined, Refused> {
    let malformed = Refused::Malformed;
    let count = r
        .unsigned()
        .filter(|n| *n <= MAX_DEPS)
        .ok_or(malformed("dependencies"))?;
    let deps = (0..count)
        .map(|_| r.array().map(ChangeId))
        .collect::<Option<_>>()
        .ok_or(malformed("dependencies"))?;
    let actor = r
        .prefixed(MAX_ACTOR_BYTES)
        .ok_or(malformed("author"))?
        .to_vec();
    let seq = r
        .unsigned()
        .filter(|s| *s > 0)
        .ok_or(malformed("sequence"))?;
    let start_op = r.unsigned().ok_or(malformed("first operation"))?;
    if start_op == 0 || start_op > u64::from(u32::MAX) - MAX_OPERATIONS {
        return Err(malformed("first operation"));
    }
    r.signed().ok_or(malformed("time"))?;
    r.text(MAX_MESSAGE_BYTES).ok_or(malformed("message"))?;
    let others = r
        .unsigned()
        .filter(|n| *n <= MAX_ACTORS)
        .ok_or(malformed("authors"))?;
    for _ in 0..others {
        r.prefixed(MAX_ACTOR_BYTES).ok_or(malformed("authors"))?;
    }
    let operations = columns(&mut r)?;
    Ok(Examined {
        change,
        actor,
        seq,
        deps,
        operations,
        erases: None,
    })
}

fn columns(r: &mut Reader<'_>) -> Result<u64, Refused> {
    let malformed = Refused::Malformed("columns");
    let count = r
        .unsigned()
        .filter(|n| *n <= MAX_COLUMNS)
        .ok_or(malformed)?;
    let mut metas = Vec::new();
    for _ in 0..count {
        metas.push((r.unsigned().ok_or(malformed)?, r.length().ok_or(malformed)?));
    }
    let mut most = 0;
    for (spec, len) in metas {
        let data = r.bytes(len).ok_or(malformed)?;
        if spec & 0b1000 != 0 {
            return Err(Refused::NotAChange); // a deflated column
        }
        let rows = match spec & 0b111 {
            0 | 2 => run_lengths(data, Item::Unsigned),
            1 => run_lengths(data, Item::Unsigned),
            3 => run_lengths(data, Item::Signed),
            4 => boolean(data),
            5 => run_lengths(data, Item::Text),
            6 => run_lengths(data, Item::Unsigned),
            _ => Some(0), // raw values: their bytes are bounded already
        }
        .ok_or(malformed)?;
        most = most.max(rows);
        if spec & 0b111 == 0 {
            most = most.max(group_total(data).ok_or(malformed)?);
        }
        if most > MAX_OPERATIONS {
            return Err(Refused::TooManyOperations);
        }
    }
    Ok(most)
}

#[derive(Clone, Copy)]
enum Item {
    Unsigned,
    Signed,
    Text,
}

impl Item {
    fn skip(self, r: &mut Reader<'_>) -> Option<()> {
        match self {
            Self::Unsigned => r.unsigned().map(drop),
            Self::Signed => r.signed().map(drop),
            Self::Text => r.prefixed(MAX_CHANGE_BYTES).map(drop),
        }
    }
}

/// Rows of a run-length column; stops counting past the cap.
fn run_lengths(data: &[u8], item: Item) -> Option<u64> {
    let mut r = Reader(data);
    let mut rows = 0u64;
    while !r.is_empty() && rows <= MAX_OPERATIONS {
        match r.signed()? {
            0 => rows = rows.saturating_add(r.unsigned()?),
            run if run > 0 => {
                item.skip(&mut r)?;
                rows = rows.saturating_add(run.unsigned_abs());
            }
            literal => {
                let n = literal.unsigned_abs();
                if n > data.len() as u64 {
                    return None;
                }
                for _ in 0..n {
                    item.skip(&mut r)?;
                }
                rows = rows.saturating_add(n);
            }
        }
    }
    Some(rows)
}

/// Sum of a group column: how many rows it claims its grouped columns have.
fn group_total(data: &[u8]) -> Option<u64> {
    let mut r = Reader(data);
    let mut total = 0u64;
    while !r.is_empty() && total <= MAX_OPERATIONS {
        match r.signed()? {
            0 => {
                r.unsigned()?;
            }
            run if run > 0 => {
                total = total.saturating_add(r.unsigned()?.saturating_mul(run.unsigned_abs()))
            }
            literal => {
                for _ in 0..literal.unsigned_abs().min(data.len() as u64) {
                    total = total.saturating_add(r.unsigned()?);
                }
            }
        }
    }
    Some(total)
}

fn boolean(data: &[u8]) -> Option<u64> {
    let mut r = Reader(data);
    let mut rows = 0u64;
    while !r.is_empty() && rows <= MAX_OPERATIONS {
        rows = rows.saturating_add(r.unsigned()?);
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use automerge::{AutoCommit, ROOT, transaction::Transactable};

    use super::*;
    use crate::varint;

    fn change(n: usize) -> Vec<u8> {
        let mut doc = AutoCommit::new();
        for i in 0..n {
            doc.put(ROOT, format!("key{i}"), "valor").unwrap();
        }
        doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    }

    /// Wraps a body as a chunk with a right checksum, as a hostile peer can.
    fn chunk(body: &[u8]) -> Vec<u8> {
        let mut hashed = vec![CHANGE_CHUNK];
        varint::put_prefixed(&mut hashed, body);
        [&MAGIC[..], &Sha256::digest(&hashed)[..4], &hashed].concat()
    }

    #[test]
    fn an_honest_change_passes_with_its_hash_and_count() {
        let bytes = change(7);
        let examined = examine(&bytes).unwrap();
        let decoded = automerge::Change::from_bytes(bytes).unwrap();
        assert_eq!(examined.change.0, decoded.hash().0);
        assert_eq!(examined.actor, decoded.actor_id().to_bytes());
        assert_eq!((examined.seq, examined.operations), (1, 7));
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "a", 1).unwrap();
        assert_eq!(dependencies(decoded.raw_bytes()), []);
        let first = doc.get_last_local_change().unwrap().hash();
        doc.put(ROOT, "a", 2).unwrap();
        let second = doc.get_last_local_change().unwrap();
        assert_eq!(dependencies(second.raw_bytes()), [ChangeId(first.0)]);
        let examined = examine(second.raw_bytes()).unwrap();
        assert_eq!(dependencies(second.raw_bytes()), examined.deps);
    }

    #[test]
    fn an_operation_bomb_is_refused_without_decoding_it() {
        // action column (id 4, integer): one run of five million `set`.
        let mut column = Vec::new();
        for byte in [0xc0, 0x96, 0xb1, 0x02, 0x01] {
            column.push(byte);
        }
        let mut body = vec![0, 1, 7, 1, 1, 0, 0, 0, 1, 0x42];
        varint::put(&mut body, column.len() as u64);
        body.extend(column);
        let bomb = chunk(&body);
        assert!(bomb.len() < 120);
        assert_eq!(examine(&bomb), Err(Refused::TooManyOperations));
    }

    #[test]
    fn damage_and_foreign_bytes_are_told_apart() {
        let good = change(1);
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(examine(&flipped), Err(Refused::Damaged));
        assert_eq!(
            examine(&good[..good.len() - 1]),
            Err(Refused::Malformed("length"))
        );
        assert_eq!(examine(b"GET / HTTP/1.1"), Err(Refused::NotAChange));
        assert_eq!(examine(&[]), Err(Refused::NotAChange));
        assert_eq!(
            examine(&vec![0; MAX_CHANGE_BYTES + 1]),
            Err(Refused::TooLarge(MAX_CHANGE_BYTES + 1))
        );
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "a", 1).unwrap();
        assert_eq!(
            examine(&doc.save()),
            Err(Refused::NotAChange),
            "a whole document"
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]
        #[test]
        fn mutated_changes_never_panic_the_guard(at in 10usize..90, to: u8, cut in 0usize..40) {
            let good = change(5);
            let mut body = good[10..].to_vec();
            let at = at % body.len();
            body[at] = to;
            body.truncate(body.len().saturating_sub(cut));
            let _ = examine(&chunk(&body));
        }
    }
}
