//! A resident list: who is to be seen at a facility on one visit, and what is done there for several at once.
//!
//! ```text
//! facility, tour, stop, spot   by the first change: the visit is a stop of a tour
//! answers: batch.ID            one service for several residents, JSON: which, for whom, what they share
//! acts: opened · batch {of}
//! ```
//! The residents are records of their own ([`resident`](super::resident)), so that each can be forgotten; here
//! stand their ids alone. Only the spot that makes the visit makes batches.
//!
//! A list that the hub plans is in a scope that no spot holds and is given to its spot alone, as tours are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Provenance};
use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::case::node_of;
use crate::record::document::{Author, Document, DocumentError, Written};

/// The scope of what the hub plans. No spot holds it: a list is given to its spot, and so are its residents.
pub const SCOPE: &str = "!homes";
/// Most residents of one list.
pub const MAX_RESIDENTS: usize = 200;
/// Most batches of one list.
pub const MAX_BATCHES: usize = 40;
/// Most fields that a batch shares.
pub const MAX_SHARED: usize = 60;
/// Longest value that a batch shares, in characters.
const MAX_VALUE_CHARS: usize = 2_000;
/// Largest batch that is decoded, in bytes.
const MAX_BATCH_BYTES: usize = 256 << 10;
/// Before the id of a batch.
const FIELD: &str = "batch.";

/// For which visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The facility.
    pub facility: RecordId,
    /// The tour.
    pub tour: RecordId,
    /// The stop within it.
    pub stop: String,
    /// The node whose tour it is.
    pub spot: String,
}

/// One service for several residents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id within the list.
    pub id: String,
    /// The service.
    pub service: String,
    /// For whom, in the order in which they are seen.
    pub residents: Vec<RecordId>,
    /// What was asked once for all: by field, canonical.
    pub shared: BTreeMap<String, String>,
    /// Who made it.
    pub act: Act,
}

/// A list as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidentList {
    /// For which visit.
    pub visit: Visit,
    /// Its spot planned it itself; otherwise the hub did.
    pub is_own: bool,
    /// What is done for several, oldest first.
    pub batches: Vec<Batch>,
    /// Who began it.
    pub opened: Act,
}

#[derive(Serialize, Deserialize)]
struct AsWritten {
    service: String,
    residents: Vec<String>,
    #[serde(default)]
    shared: BTreeMap<String, String>,
}

/// Begins a list for a visit.
///
/// # Errors
/// When the document refuses.
pub fn begin(
    author: &Author,
    at: Hlc,
    visit: &Visit,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::ResidentList, author, at, |w| {
        w.put_text("facility", &visit.facility.to_string())?;
        w.put_text("tour", &visit.tour.to_string())?;
        w.put_text("stop", &visit.stop)?;
        w.put_text("spot", &visit.spot)
    })
}

/// The id that a batch made now gets: it says who made it, and when.
#[must_use]
pub fn batch_id(author: &Author, at: Hlc) -> String {
    format!("{:016x}.{}", at.0, author.node)
}

/// Begins a batch.
///
/// # Errors
/// When the document refuses.
pub fn begin_batch(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    service: &str,
    residents: &[RecordId],
    shared: &BTreeMap<String, String>,
) -> Result<Written, DocumentError> {
    let id = batch_id(author, at);
    let written = AsWritten {
        service: service.to_owned(),
        residents: residents.iter().map(RecordId::to_string).collect(),
        shared: shared.clone(),
    };
    let answer = Answer {
        // Texts alone: nothing in them can fail to be written.
        value: serde_json::to_string(&written).unwrap_or_default(),
        provenance: Provenance::Typed,
    };
    document.write(author, at, "batch", &[("of", &id)], |w| {
        w.answer(&format!("{FIELD}{id}"), &answer)
    })
}

impl Batch {
    fn decode(id: &str, text: &str, act: Act) -> Option<Self> {
        if text.len() > MAX_BATCH_BYTES {
            return None;
        }
        let written: AsWritten = serde_json::from_str(text).ok()?;
        let mut residents: Vec<RecordId> = Vec::new();
        for id in written.residents.iter().take(MAX_RESIDENTS) {
            let id = RecordId::from_hex(id)?;
            if !residents.contains(&id) {
                residents.push(id);
            }
        }
        let short = |text: String| text.chars().take(MAX_VALUE_CHARS).collect::<String>();
        let shared = written.shared.into_iter().take(MAX_SHARED);
        (!residents.is_empty() && !written.service.is_empty()).then(|| Self {
            id: id.to_owned(),
            service: written.service,
            residents,
            shared: shared.map(|(field, value)| (field, short(value))).collect(),
            act,
        })
    }
}

impl ResidentList {
    /// Reads it from the document; `None` if it is no list.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::ResidentList) {
            return None;
        }
        let id = |key: &str| RecordId::from_hex(document.text(key)?);
        let visit = Visit {
            facility: id("facility")?,
            tour: id("tour")?,
            stop: document.text("stop")?.to_owned(),
            spot: document.text("spot")?.to_owned(),
        };
        let mut batches: Vec<Batch> = Vec::new();
        for field in document.fields().filter(|field| field.starts_with(FIELD)) {
            let mut stated = document.statements(field).into_iter();
            let last = stated.rfind(|s| node_of(&s.act) == visit.spot);
            let id = field.get(FIELD.len()..).unwrap_or_default();
            batches.extend(last.and_then(|s| Batch::decode(id, &s.answer.value, s.act)));
        }
        batches.sort_by(|a, b| a.id.cmp(&b.id));
        batches.truncate(MAX_BATCHES);
        Some(Self {
            is_own: document.node()? == visit.spot,
            visit,
            batches,
            opened: document.acts().next()?.clone(),
        })
    }

    /// A batch by its id.
    #[must_use]
    pub fn batch(&self, id: &str) -> Option<&Batch> {
        self.batches.iter().find(|batch| batch.id == id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn visit() -> Visit {
        Visit {
            facility: RecordId([1; 32]),
            tour: RecordId([2; 32]),
            stop: "1.central".into(),
            spot: "m07".into(),
        }
    }

    #[test]
    fn only_the_spot_that_makes_the_visit_makes_batches() {
        let (mut d, _) = begin(
            &Author::invented("central", "Teresa"),
            Hlc::new(1_000, 0),
            &visit(),
        )
        .unwrap();
        let all = [RecordId([3; 32]), RecordId([4; 32]), RecordId([3; 32])];
        let shared = BTreeMap::from([("locality".to_owned(), "Alferce".to_owned())]);
        for (node, at) in [("m08", 2_000), ("m07", 3_000)] {
            let author = Author::invented(node, "Ana");
            begin_batch(&mut d, &author, Hlc::new(at, 0), "cesd", &all, &shared).unwrap();
        }
        let list = ResidentList::of(&d).unwrap();
        assert!(!list.is_own);
        assert_eq!(list.batches.len(), 1);
        let batch = &list.batches[0];
        assert_eq!((batch.residents.len(), &batch.shared), (2, &shared));
        assert_eq!(list.batch(&batch.id), Some(batch));
    }

    proptest! {
        #[test]
        fn nothing_that_is_no_batch_is_one(text in ".{0,200}") {
            prop_assert_eq!(Batch::decode("x", &text, Act::default()), None);
        }
    }
}
