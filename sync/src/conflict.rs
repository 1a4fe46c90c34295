//! Conflicts: data until somebody decides.
//!
//! Two spots that state the same field apart leave two statements; equal values
//! agree and are no conflict. Who settles the rest is said by the kind of field.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::catalogue::{Field, Settlement};
use crate::id::RecordId;
use crate::record::attendance::IDENTITY;
use crate::record::decision;
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
    let undone = document.acts().filter(|act| act.kind == decision::UNDONE);
    let undone = undone.filter_map(|act| act.more.get("field"));
    let fields: BTreeSet<&String> = document.contested().chain(undone).collect();
    let conflict = |field: &String| {
        let sides = sides(document, field);
        let differ = sides
            .windows(2)
            .any(|w| w[0].answer.value != w[1].answer.value);
        let field = field.clone();
        differ.then_some(ValueConflict { field, sides })
    };
    fields.into_iter().filter_map(conflict).collect()
}

/// All that stands for a field, oldest first: what was stated, or stands again as a decision about it was taken back.
#[must_use]
pub fn sides(document: &Document, field: &str) -> Vec<Statement> {
    let stated = document.statements(field);
    match stated.len() {
        // Somebody states it once more while it is open: they all stand.
        2.. => stated,
        _ => {
            let again = decision::reopened(document, field);
            if again.is_empty() { stated } else { again }
        }
    }
}

/// Who settles what was written apart for a field: by its kind, and the day of birth is identity as the name is.
#[must_use]
pub fn settlement(field: &Field) -> Settlement {
    let is_identity = IDENTITY.fields.iter().any(|f| f.id == field.id);
    match is_identity {
        true => Settlement::Two,
        false => field.kind.settlement(),
    }
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

/// The id of a conflict about who a typed request is of, by another whose card was read.
#[must_use]
pub fn identity_id(typed: RecordId, card: RecordId) -> String {
    id(&[b"identity", &typed.0, &card.0])
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
