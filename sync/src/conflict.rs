//! Conflicts: data until somebody decides.
//!
//! Two spots that state the same field apart leave two statements; equal values
//! agree and are no conflict. Who settles the rest is said by the kind of field.

use sha2::{Digest, Sha256};

use crate::id::RecordId;
use crate::record::document::{Document, Statement};

/// A field for which different values stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueConflict {
    /// The field.
    pub field: String,
    /// What stands, oldest first; at least two different values.
    pub sides: Vec<Statement>,
}

/// All fields of a record for which different values stand.
#[must_use]
pub fn of(document: &Document) -> Vec<ValueConflict> {
    document
        .contested()
        .filter_map(|field| {
            let sides = document.statements(field);
            let differ = sides
                .windows(2)
                .any(|w| w[0].answer.value != w[1].answer.value);
            let field = field.clone();
            differ.then_some(ValueConflict { field, sides })
        })
        .collect()
}

/// The id of a conflict about a field: the same at every node that sees it.
#[must_use]
pub fn value_id(record: RecordId, field: &str) -> String {
    id(&[b"value", &record.0, field.as_bytes()])
}

/// The id of a conflict about two requests, in whichever order.
#[must_use]
pub fn duplicate_id(a: RecordId, b: RecordId) -> String {
    id(&[b"duplicate", &a.min(b).0, &a.max(b).0])
}

/// A fingerprint of what an operator or citizen is shown, so that a decision
/// about something else is noticed.
#[must_use]
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let parts: Vec<&[u8]> = parts.into_iter().map(str::as_bytes).collect();
    id(&parts)
}

fn id(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .take(12)
        .map(|b| format!("{b:02x}"))
        .collect()
}
