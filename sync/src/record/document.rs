//! What every record shares: its document, the answers in it, the acts on it.
//!
//! ```text
//! kind, schema, unique, node               written once, by the first change
//! acts:    { time.node: what happened }    see act.rs; first in every change
//! answers: { field: "provenance value" }
//! notes:   { act: text }
//! blobs:   { blob: {"name", "type", "bytes"} }
//! ```
//! Each of these is one value and not a map of values: what is stated together must stand or
//! fall together, and every operation is bytes on the wire and some 20 µs in Automerge. Two spots
//! that answer the same field apart leave two whole statements behind. Writing a value would
//! settle that, so while a field is in conflict only a decision writes.
//!
//! Who stated a value is nowhere written down, because it cannot be otherwise: every change
//! begins with its act, so a statement's act is the last one of its author before it (view.rs).

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

use automerge::legacy::{Op, OpId};
use automerge::{ActorId, AutoCommit, Change, ChangeHash, ExpandedChange, ScalarValue};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::hlc::Hlc;
use crate::id::{BlobId, ChangeId};
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::sighting::Sighting;
use crate::record::view::{Operations, View};
use crate::record::voice::Spoken;

mod load;

/// The schema that this version writes. A record with a higher one is stored,
/// passed on and shown, but never written.
pub const SCHEMA: u64 = 1;

/// Maps that every record has from its first change on: made apart later, two of one
/// name would hide each other. `extra` is for versions to come.
const CONTAINERS: [&str; 5] = ["acts", "answers", "notes", "blobs", "extra"];

/// Who writes, in this process of this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Automerge's actor: see [`actor`].
    pub actor: [u8; 16],
    /// Id of the node.
    pub node: String,
    /// The node's name, as people read it.
    pub spot: String,
    /// Where it stands today.
    pub stop: Option<String>,
    /// Mediator or operator, by name.
    pub person: String,
    /// Whether the node's clock was compared with the hub's lately.
    pub clock_sure: bool,
    /// The time zone of the place, by its name in the IANA database; `None`: Lisbon's.
    pub zone: Option<String>,
}

#[cfg(test)]
impl Author {
    /// Somebody at a node that nobody has, for tests.
    pub(crate) fn invented(node: &str, person: &str) -> Self {
        Self {
            actor: actor(node, &[1; 16]),
            node: node.into(),
            spot: format!("Espaço {node}"),
            stop: None,
            person: person.into(),
            clock_sure: true,
            zone: None,
        }
    }
}

/// The actor of one process of one node: no sequence number is ever used twice,
/// because no two processes share an actor. `start` is random, drawn at start.
#[must_use]
pub fn actor(node: &str, start: &[u8; 16]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(node);
    hash.update([0]);
    hash.update(start);
    hash.finalize().first_chunk().copied().unwrap_or_default()
}

/// What no two records share: no two processes share an actor, and none uses a time twice.
/// It follows from the first act, so that it need not travel.
#[must_use]
pub(crate) fn unique(actor: &[u8], time: u64) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(actor);
    hash.update(time.to_be_bytes());
    hash.finalize().first_chunk().copied().unwrap_or_default()
}

/// What went wrong with a document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Automerge refused.
    #[error("the record's document refused: {0}")]
    Automerge(#[from] automerge::AutomergeError),
    /// A change that cannot be decoded.
    #[error("a change of the record cannot be decoded: {0}")]
    Change(String),
    /// Nothing there that a record must have.
    #[error("the record lacks its `{0}`")]
    Lacks(&'static str),
    /// Written by a newer version.
    #[error("the record was written by a newer version (schema {0}); it can be read, not changed")]
    Newer(u64),
    /// Changes that it builds on are not here yet.
    #[error("{0} changes that this record builds on have not arrived")]
    Incomplete(usize),
}

/// A record's document in memory.
///
/// Reading a key out of Automerge takes microseconds, and so does every operation written into
/// it; a page reads all of them. So what stands is kept beside it, changes are made from that
/// and taken in by that (see view.rs), and Automerge takes them in when somebody needs what only
/// it knows: where nodes wrote apart, and whatever is made otherwise than here.
#[derive(Debug, Clone)]
pub struct Document {
    doc: AutoCommit,
    /// Not in `doc` yet; each after those that it builds on.
    pending: Vec<Change>,
    view: View,
    known: BTreeSet<ChangeHash>,
    /// Those that no other builds on, sorted.
    heads: Vec<ChangeHash>,
    /// The highest operation.
    last_operation: u64,
    authors: BTreeMap<ActorId, Progress>,
}

/// How far an author is in a record: changes, and the last operation of them.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    changes: u64,
    last_operation: u64,
}

/// One statement of a field: value, provenance, and the act that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Value and provenance.
    pub answer: Answer,
    /// The act that stated it.
    pub act: Act,
}

/// A photograph, scan or voice note that belongs to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Content address.
    pub blob: BlobId,
    /// Name of the file.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was attached.
    pub at: Hlc,
    /// Where the machine stood then, if its browser said so.
    pub seen: Option<Sighting>,
    /// Of a voice note: how it was recorded.
    pub spoken: Option<Spoken>,
}

/// A finished change, to be appended to the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its id.
    pub change: ChangeId,
    /// Its uncompressed bytes.
    pub bytes: Vec<u8>,
}

impl Document {
    /// A new record with all its containers and `fields` beside them.
    ///
    /// # Errors
    /// When Automerge refuses, which it has no reason to.
    pub(super) fn create(
        kind: Kind,
        author: &Author,
        at: Hlc,
        fill: impl FnOnce(&mut Writing<'_>) -> Result<(), DocumentError>,
    ) -> Result<(Self, Written), DocumentError> {
        let mut this = Self::empty();
        let written = this.write_with(author, at, "opened", &[], |w| {
            w.put_text("kind", kind.code())?;
            w.put_number("schema", SCHEMA)?;
            w.put_root("unique", unique(&author.actor, at.0).to_vec().into())?;
            w.put_text("node", &author.node)?;
            fill(w)
        })?;
        Ok((this, written))
    }

    fn empty() -> Self {
        Self {
            doc: AutoCommit::new(),
            pending: Vec::new(),
            view: View::default(),
            known: BTreeSet::new(),
            heads: Vec::new(),
            last_operation: 0,
            authors: BTreeMap::new(),
        }
    }

    /// Automerge with all changes in it.
    fn automerge(&mut self) -> Result<&mut AutoCommit, DocumentError> {
        if !self.pending.is_empty() {
            self.doc.apply_changes(std::mem::take(&mut self.pending))?;
        }
        Ok(&mut self.doc)
    }

    /// Writes one act and what belongs to it as one change.
    ///
    /// # Errors
    /// [`DocumentError::Newer`], or when the record is not one of ours. On error the
    /// document must be thrown away.
    pub(super) fn write(
        &mut self,
        author: &Author,
        at: Hlc,
        act: &str,
        more: &[(&str, &str)],
        fill: impl FnOnce(&mut Writing<'_>) -> Result<(), DocumentError>,
    ) -> Result<Written, DocumentError> {
        match self.schema() {
            s if s > SCHEMA => Err(DocumentError::Newer(s)),
            _ => self.write_with(author, at, act, more, fill),
        }
    }

    fn write_with(
        &mut self,
        author: &Author,
        at: Hlc,
        act: &str,
        more: &[(&str, &str)],
        fill: impl FnOnce(&mut Writing<'_>) -> Result<(), DocumentError>,
    ) -> Result<Written, DocumentError> {
        let actor = ActorId::from(author.actor);
        let first = self.last_operation + 1;
        let start_op = NonZeroU64::new(first).ok_or(DocumentError::Lacks("operation"))?;
        let mut writing = Writing {
            act: Act::new(author, at, act, more),
            operations: Operations::begin(actor.clone(), first),
            view: &mut self.view,
        };
        if self.heads.is_empty() {
            for name in CONTAINERS {
                writing.one(|view, op| Ok(view.make(name, op)))?;
            }
        }
        let act = writing.act.clone();
        writing.one(|view, op| view.act(act, op))?;
        fill(&mut writing)?;
        let operations = writing.operations.all;
        let seq = self.authors.get(&actor).map_or(1, |by| by.changes + 1);
        let change = Change::from(ExpandedChange {
            operations,
            actor_id: actor,
            hash: None,
            seq,
            start_op,
            time: at.unix_ms() / 1000,
            message: None,
            deps: self.heads.clone(),
            extra_bytes: vec![],
            author: None,
        });
        let written = Written {
            change: ChangeId(change.hash().0),
            bytes: change.raw_bytes().to_vec(),
        };
        self.add(change);
        #[cfg(debug_assertions)]
        self.assert_agrees()?;
        Ok(written)
    }

    /// The record's kind, if this version knows it.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_code(self.text("kind")?)
    }

    /// Id of the node at which it was made.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        self.text("node")
    }

    /// The schema it was written with.
    #[must_use]
    pub fn schema(&self) -> u64 {
        self.number("schema").unwrap_or(u64::MAX)
    }

    /// The heads: what the next change will build on.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeId> {
        self.heads.iter().map(|h| ChangeId(h.0)).collect()
    }

    /// All changes, each after those that it builds on.
    ///
    /// # Errors
    /// When Automerge refuses, which it has no reason to.
    pub fn changes(&mut self) -> Result<Vec<Written>, DocumentError> {
        let changes = self.automerge()?.get_changes(&[]);
        let written = changes.iter().map(|c| Written {
            change: ChangeId(c.hash().0),
            bytes: c.raw_bytes().to_vec(),
        });
        Ok(written.collect())
    }

    /// The document as Automerge saves it, for export to other tools.
    ///
    /// # Errors
    /// When Automerge refuses, which it has no reason to.
    pub fn save(&mut self) -> Result<Vec<u8>, DocumentError> {
        Ok(self.automerge()?.save())
    }

    /// A text at the root.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.view.root(key)? {
            ScalarValue::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A number at the root.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        self.view.root(key)?.as_u64()
    }

    /// The fields that have, or had, an answer.
    pub fn fields(&self) -> impl Iterator<Item = &String> {
        self.view.fields()
    }

    /// All statements that stand for a field, oldest first. More than one with
    /// different values is a conflict.
    #[must_use]
    pub fn statements(&self, field: &str) -> Vec<Statement> {
        self.view.statements(field)
    }

    /// Fields for which more than one statement stands.
    pub fn contested(&self) -> impl Iterator<Item = &String> {
        self.view.contested()
    }

    /// The answers, one a field: where statements disagree, the latest, which
    /// nobody has decided for.
    #[must_use]
    pub fn answers(&self) -> &BTreeMap<String, Answer> {
        self.view.answers()
    }

    /// All acts, oldest first.
    pub fn acts(&self) -> impl DoubleEndedIterator<Item = &Act> {
        self.view.acts()
    }

    /// When the last act happened.
    #[must_use]
    pub fn changed(&self) -> Option<Hlc> {
        self.acts().map(|act| act.at).max()
    }

    /// Notes of all spots, oldest first.
    #[must_use]
    pub fn notes(&self) -> Vec<(Act, String)> {
        let notes = self.view.texts("notes");
        let mut all: Vec<_> = notes.map(|(_, text, act)| (act, text.to_owned())).collect();
        all.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        all
    }

    /// Photographs and scans, oldest first.
    #[must_use]
    pub fn attached(&self) -> Vec<Attached> {
        let blobs = self.view.texts("blobs").filter_map(|(hex, text, act)| {
            let file: AttachedFile = serde_json::from_str(text).ok()?;
            Some(Attached {
                blob: BlobId::from_hex(hex)?,
                name: file.name,
                media_type: file.media_type,
                bytes: file.bytes,
                at: act.at,
                seen: Sighting::parse(&file.seen),
                spoken: Spoken::parse(&file.spoken),
            })
        });
        let mut all: Vec<Attached> = blobs.collect();
        all.sort_by_key(|a| a.at);
        all
    }
}

/// What a record says of a photograph beside its id.
#[derive(Serialize, Deserialize)]
struct AttachedFile {
    name: String,
    #[serde(rename = "type")]
    media_type: String,
    bytes: u64,
    #[serde(default)]
    seen: String,
    #[serde(default)]
    spoken: String,
}

/// A change in the making: whatever is written belongs to its act.
pub(super) struct Writing<'a> {
    act: Act,
    operations: Operations,
    view: &'a mut View,
}

impl Writing<'_> {
    /// States a field.
    pub(super) fn answer(&mut self, field: &str, answer: &Answer) -> Result<(), DocumentError> {
        self.one(|view, op| view.answer(field, answer, op))
    }

    /// Adds a note.
    pub(super) fn note(&mut self, text: &str) -> Result<(), DocumentError> {
        let act = self.act.id.clone();
        self.one(|view, op| view.put("notes", &act, text, op))
    }

    /// Adds a photograph or scan.
    pub(super) fn attach(&mut self, attached: &Attached) -> Result<(), DocumentError> {
        let mut file =
            json!({ "name": attached.name, "type": attached.media_type, "bytes": attached.bytes });
        if let Some(seen) = attached.seen {
            file["seen"] = seen.text().into();
        }
        if let Some(spoken) = &attached.spoken {
            file["spoken"] = spoken.text().into();
        }
        let key = attached.blob.to_string();
        self.one(|view, op| view.put("blobs", &key, &file.to_string(), op))
    }

    /// Writes a text at the root.
    pub(super) fn put_text(&mut self, key: &str, value: &str) -> Result<(), DocumentError> {
        self.put_root(key, value.into())
    }

    /// Writes a number at the root.
    pub(super) fn put_number(&mut self, key: &str, value: u64) -> Result<(), DocumentError> {
        self.put_root(key, value.into())
    }

    fn put_root(&mut self, key: &str, value: ScalarValue) -> Result<(), DocumentError> {
        self.one(|view, op| Ok(view.put_root(key, value, op)))
    }

    /// One operation more.
    fn one(
        &mut self,
        write: impl FnOnce(&mut View, OpId) -> Result<Op, DocumentError>,
    ) -> Result<(), DocumentError> {
        let op = self.operations.next();
        self.operations.all.push(write(self.view, op)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use automerge::legacy::{Key, ObjectId, OpType};
    use automerge::transaction::Transactable;
    use automerge::{ObjType, ROOT, ReadDoc};
    use proptest::prelude::*;

    use super::*;
    use crate::answer::Provenance;

    fn author(node: &str, process: u8) -> Author {
        Author {
            actor: actor(node, &[process; 16]),
            node: node.into(),
            spot: format!("Espaço {node}"),
            stop: None,
            person: format!("Ana {process}"),
            clock_sure: true,
            zone: None,
        }
    }

    fn answer(value: &str) -> Answer {
        Answer {
            value: value.into(),
            provenance: Provenance::Chip,
        }
    }

    fn state(d: &mut Document, by: &Author, ms: u64, field: &str, value: &str) -> Written {
        d.write(by, Hlc::new(ms, 0), "corrected", &[], |w| {
            w.answer(field, &answer(value))
        })
        .unwrap()
    }

    fn begun() -> Document {
        let fill = |w: &mut Writing<'_>| w.answer("phone", &answer("912345678"));
        Document::create(Kind::Request, &author("m07", 1), Hlc::new(1, 0), fill)
            .unwrap()
            .0
    }

    fn copy(d: &mut Document) -> Document {
        let changes = d.changes().unwrap();
        Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
    }

    #[test]
    fn a_change_is_byte_for_byte_what_automerge_would_write() {
        let mut ours = begun();
        let by = author("s02", 3);
        let mut theirs = ours.automerge().unwrap().clone();
        let written = ours
            .write(
                &by,
                Hlc::new(5000, 0),
                "step",
                &[("step", "contact")],
                |w| {
                    w.answer("phone", &answer("919999999"))?;
                    w.answer("email", &answer("a@exemplo.pt"))
                },
            )
            .unwrap();
        theirs.set_actor(ActorId::from(by.actor));
        let map = |name: &str| theirs.get(ROOT, name).unwrap().unwrap().1;
        let (acts, answers) = (map("acts"), map("answers"));
        let act = Act::new(&by, Hlc::new(5000, 0), "step", &[("step", "contact")]);
        theirs.put(&acts, act.id.as_str(), act.encode()).unwrap();
        theirs.put(&answers, "phone", "chip 919999999").unwrap();
        theirs.put(&answers, "email", "chip a@exemplo.pt").unwrap();
        theirs.commit_with(automerge::transaction::CommitOptions::default().with_time(5));
        let change = theirs.get_last_local_change().unwrap();
        assert_eq!(written.bytes, change.raw_bytes());
    }

    #[test]
    fn two_machines_with_one_disk_keep_both_acts_even_at_one_moment() {
        let mut here = begun();
        let mut there = copy(&mut here);
        let a = state(&mut here, &author("m07", 2), 9000, "phone", "911111111");
        let b = state(&mut there, &author("m07", 3), 9000, "phone", "922222222");
        here.apply([b.bytes.as_slice()]).unwrap();
        there.apply([a.bytes.as_slice()]).unwrap();
        for d in [&here, &there] {
            let stated = d.statements("phone");
            let who = |s: &Statement| (s.act.by.clone(), s.answer.value.clone());
            let mut who: Vec<_> = stated.iter().map(who).collect();
            who.sort();
            let both = [("Ana 2", "911111111"), ("Ana 3", "922222222")];
            assert_eq!(who, both.map(|(by, v)| (by.to_owned(), v.to_owned())));
            assert_eq!(d.acts().count(), 3);
        }
    }

    #[test]
    fn a_change_without_an_act_still_stands_and_claims_nobody() {
        let mut d = begun();
        let mut foreign = d.automerge().unwrap().clone();
        foreign.set_actor(ActorId::from([9; 16]));
        let (_, answers) = foreign.get(ROOT, "answers").unwrap().unwrap();
        foreign.put(&answers, "phone", "typed 930000000").unwrap();
        foreign.put(&answers, "odd", 7).unwrap();
        let change = foreign.get_last_local_change().unwrap();
        d.apply([change.raw_bytes()]).unwrap();
        let stated = d.statements("phone");
        assert_eq!((stated.len(), stated[0].act.by.as_str()), (1, ""));
        assert_eq!(d.answers()["phone"].value, "930000000");
        assert_eq!(d.answers().get("odd"), None);
    }

    /// A change that goes on after `d`, with one operation at its root or in its answers.
    fn foreign(d: &Document, by: [u8; 16], seq: u64, start: u64, op: Op) -> Change {
        Change::from(ExpandedChange {
            operations: vec![op],
            actor_id: ActorId::from(by),
            hash: None,
            seq,
            start_op: NonZeroU64::new(start).unwrap(),
            time: 0,
            message: None,
            deps: d.heads.clone(),
            extra_bytes: vec![],
            author: None,
        })
    }

    /// Loading in debug builds also holds the view against Automerge: here is what it is shown.
    #[test]
    fn what_is_made_otherwise_than_ours_stands_as_automerge_has_it() {
        let mut base = begun();
        let (by, next) = (author("m07", 1).actor, base.last_operation + 1);
        let answers = OpId::new(2, &ActorId::from(by));
        let phone = OpId::new(base.last_operation, &ActorId::from(by));
        let op = |obj: Option<&OpId>, key: &str, action: OpType, pred: &[&OpId]| Op {
            action,
            obj: obj.map_or(ObjectId::Root, |id| ObjectId::Id(id.clone())),
            key: Key::Map(key.into()),
            pred: pred
                .iter()
                .map(|id| (*id).clone())
                .collect::<Vec<_>>()
                .into(),
            insert: false,
        };
        let text = |text: &str| OpType::Put(text.into());
        let inside = Some(&answers);
        let changes = [
            // As ours; by another, whose operations have lower names than what they replace.
            foreign(
                &base,
                by,
                2,
                next,
                op(inside, "phone", text("typed 1"), &[&phone]),
            ),
            foreign(
                &base,
                [9; 16],
                1,
                1,
                op(inside, "phone", text("typed 2"), &[&phone]),
            ),
            // Beside what stands, and nothing left of it.
            foreign(
                &base,
                [8; 16],
                1,
                next,
                op(inside, "phone", text("typed 3"), &[]),
            ),
            foreign(
                &base,
                [7; 16],
                1,
                next,
                op(inside, "phone", OpType::Delete, &[&phone]),
            ),
            // A second map of a name, a text where a map is, a number that counts, an act of no form.
            foreign(
                &base,
                [6; 16],
                1,
                next,
                op(None, "answers", OpType::Make(ObjType::Map), &[]),
            ),
            foreign(&base, [5; 16], 1, next, op(None, "notes", text("x"), &[])),
            foreign(
                &base,
                [4; 16],
                1,
                next,
                op(inside, "n", OpType::Put(ScalarValue::counter(3)), &[]),
            ),
            foreign(&base, [3; 16], 1, next, op(inside, "", text(""), &[])),
        ];
        let first = base.changes().unwrap();
        for (at, change) in changes.iter().enumerate() {
            let all = first.iter().map(|c| c.bytes.as_slice());
            let mut d = Document::load(all.chain([change.raw_bytes()])).unwrap();
            let stands = View::of(d.automerge().unwrap());
            assert_eq!(d.view, stands, "change {at}");
        }
        let all = first.iter().map(|c| c.bytes.as_slice());
        let all = all.chain(changes.iter().map(Change::raw_bytes));
        let mut d = Document::load(all).unwrap();
        let stands = View::of(d.automerge().unwrap());
        assert_eq!(d.view, stands, "all of them");
    }

    /// What a node does: write a field, or take in all that another has.
    #[derive(Debug, Clone)]
    enum Doing {
        State(usize, u8, u8),
        Take(usize, usize),
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        // Every write and every merge also holds the view against Automerge (see `write_with`).
        #[test]
        fn nodes_that_have_everything_see_the_same(
            doings in prop::collection::vec(
                prop_oneof![
                    (0..3_usize, 0..4_u8, 0..5_u8).prop_map(|(n, f, v)| Doing::State(n, f, v)),
                    (0..3_usize, 0..3_usize).prop_map(|(n, m)| Doing::Take(n, m)),
                ],
                1..24,
            )
        ) {
            let mut first = begun();
            let mut nodes: Vec<Document> = (0..3).map(|_| copy(&mut first)).collect();
            for (at, doing) in doings.into_iter().enumerate() {
                match doing {
                    Doing::State(n, field, value) => {
                        let (by, ms) = (author(&format!("n{n}"), 1), 10 + at as u64);
                        let value = if value == 0 { String::new() } else { value.to_string() };
                        state(&mut nodes[n], &by, ms, &format!("f{field}"), &value);
                    }
                    Doing::Take(n, m) => {
                        let all = nodes[m].changes().unwrap();
                        nodes[n].apply(all.iter().map(|c| c.bytes.as_slice())).unwrap();
                    }
                }
            }
            let all: Vec<Written> = nodes.iter_mut().flat_map(|d| d.changes().unwrap()).collect();
            for d in &mut nodes {
                d.apply(all.iter().map(|c| c.bytes.as_slice())).unwrap();
            }
            let backwards = Document::load(all.iter().rev().map(|c| c.bytes.as_slice())).unwrap();
            for d in &nodes {
                prop_assert_eq!(&d.view, &backwards.view);
                prop_assert_eq!(d.heads(), backwards.heads());
            }
        }
    }
}
