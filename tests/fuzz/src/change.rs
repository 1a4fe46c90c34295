//! A change of a hostile or broken peer: what the guard lets pass meets Automerge, a record and the
//! columns.

use std::panic::catch_unwind;
use std::sync::LazyLock;

use automerge::Change;
use sha2::{Digest, Sha256};
use vereda_sync::exchange::frame::{self, Unexamined};
use vereda_sync::guard;
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::journal::Entry;
use vereda_sync::record::document::Document;
use vereda_sync::record::{attendance, decision, request};
use vereda_sync::{conflict, duplicate};

use crate::invented::{author, morning};

const HEAD_BYTES: usize = 8;

/// The record that hostile changes are applied to.
static RECORD: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let all = morning(1);
    let of = all[2].record;
    all.into_iter().filter(|e| e.record == of).collect()
});

/// The input is what stands after the length of a chunk; the checksum is made right.
pub fn case(input: &[u8]) {
    let bytes = chunk(input);
    let Ok(examined) = guard::examine(&bytes) else {
        return;
    };
    assert!(examined.operations <= guard::MAX_OPERATIONS);
    // Contained, as `Node::derive_one` does it.
    let decoded = catch_unwind(|| Change::from_bytes(bytes.clone()));
    if let Ok(Ok(change)) = decoded {
        assert_eq!(change.hash().0, examined.change.0);
        assert_eq!(change.actor_id().to_bytes(), examined.actor);
        assert_eq!(change.seq(), examined.seq);
        assert!(
            change
                .deps()
                .iter()
                .map(|d| d.0)
                .eq(examined.deps.iter().map(|d| d.0)),
            "the guard read other dependencies"
        );
        assert!(
            change.len() as u64 <= examined.operations,
            "the guard counted {}, Automerge {}",
            examined.operations,
            change.len()
        );
    }
    travels(&bytes, &examined);
    let changes = || {
        RECORD
            .iter()
            .map(|e| e.bytes.as_slice())
            .chain([bytes.as_slice()])
    };
    let loaded = catch_unwind(|| {
        let document = Document::load(changes()).ok()?;
        read(&document);
        Some(document)
    });
    let Ok(Some(mut document)) = loaded else {
        return;
    };
    // What the hub and the desks took in, somebody writes on; that is not contained.
    let Ok(written) = request::note(
        &mut document,
        &author(9),
        Hlc::new(1_795_000_900_000, 0),
        "visto",
    ) else {
        return;
    };
    let again = Document::load(changes().chain([written.bytes.as_slice()])).unwrap();
    assert_eq!(again.heads(), document.heads());
    assert_eq!(again.notes(), document.notes());
}

/// The hub packs what the guard let pass into feeds: it must come out as it went in.
fn travels(bytes: &[u8], examined: &guard::Examined) {
    let begins = examined.deps.is_empty();
    let entry = Entry {
        record: if begins {
            RecordId::from(examined.change)
        } else {
            RECORD[0].record
        },
        change: examined.change,
        bytes: bytes.to_vec(),
    };
    let entries = [&RECORD[..1], &[entry]].concat();
    let packed = frame::pack(&entries).unwrap();
    let unpacked = frame::unpack(&packed).unwrap();
    assert!(
        unpacked
            .iter()
            .map(|u: &Unexamined| &u.bytes)
            .eq(entries.iter().map(|e| &e.bytes))
    );
    let verdicts: Result<Vec<Entry>, _> = frame::examine(unpacked).into_iter().collect();
    assert_eq!(verdicts, Ok(entries));
}

fn read(document: &Document) {
    let _ = attendance::Summary::of(document);
    if let Some(summary) = request::Summary::of(document) {
        let keys = duplicate::Keys::of(&summary, document.answers());
        let _ = keys.as_ref().map(duplicate::Keys::blocks);
    }
    let _ = conflict::of(document);
    let _ = request::finished_steps(document);
    let _ = decision::decisions(document).count();
    let _ = (document.notes(), document.attached(), document.schema());
    for field in document.fields() {
        let _ = document.statements(field);
    }
}

/// Wraps a body as a chunk with a right checksum.
fn chunk(body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![1];
    let mut length = body.len();
    while length >= 0x80 {
        hashed.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    hashed.push(length.to_le_bytes()[0]);
    hashed.extend(body);
    [
        &[0x85, 0x6f, 0x4a, 0x83],
        &Sha256::digest(&hashed)[..4],
        &hashed,
    ]
    .concat()
}

/// The bodies of honest changes.
pub fn seeds() -> Vec<Vec<u8>> {
    let body = |bytes: &[u8]| {
        let length = &bytes[HEAD_BYTES + 1..];
        let length_bytes = length.iter().take_while(|b| **b & 0x80 != 0).count() + 1;
        length[length_bytes..].to_vec()
    };
    morning(2).iter().map(|e| body(&e.bytes)).collect()
}
