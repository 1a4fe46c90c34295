//! What every record shares: its document, the answers in it, the acts on it.
//!
//! ```text
//! kind, schema, unique, node, opened       written once, by the first change
//! answers: { field: { v, p?, a } }         v value, p provenance (absent: typed), a act
//! acts:    { id: { t, by, spot, at, … } }  what happened; t kind of act
//! notes:   { act: text }
//! blobs:   { blob: { name, type, bytes, a } }
//! ```
//! An answer is one map, replaced whole: two spots that answer the same field
//! apart leave two whole statements behind, each with its provenance. Writing a
//! value would settle that, so while a field is in conflict only a decision writes.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    ActorId, AutoCommit, Change, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    ScalarValueRef, Value, ValueRef,
};
use sha2::{Digest, Sha256};

use crate::answer::{Answer, Provenance};
use crate::hlc::Hlc;
use crate::id::{BlobId, ChangeId, RecordId};
use crate::record::Kind;

/// The schema that this version writes. A record with a higher one is stored,
/// passed on and shown, but never written.
pub const SCHEMA: u64 = 1;

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
}

/// The actor of one process of one node: no sequence number is ever used twice,
/// because no two processes share an actor. `start` is random, drawn at start.
#[must_use]
pub fn actor(node: &str, start: &[u8; 16]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(node);
    hash.update([0]);
    hash.update(start);
    let digest: [u8; 32] = hash.finalize().into();
    let mut out = [0; 16];
    out.copy_from_slice(&digest[..16]);
    out
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
#[derive(Debug, Clone)]
pub struct Document {
    doc: AutoCommit,
}

/// One statement of a field: value, provenance, and the act that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Value and provenance.
    pub answer: Answer,
    /// The act that stated it.
    pub act: Act,
}

/// Something that happened to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its key: time and node, so that acts sort as they happened.
    pub id: String,
    /// What kind of act, for example `step`, `recorded`, `corrected`, `decided`.
    pub kind: String,
    /// Who, by name.
    pub by: String,
    /// Name of the node.
    pub spot: String,
    /// Where it stood, if known.
    pub stop: Option<String>,
    /// When.
    pub at: Hlc,
    /// Whether the clock was trusted.
    pub sure: bool,
    /// Whatever else the kind of act says: step, field, reason, …
    pub more: BTreeMap<String, String>,
}

/// A photograph or scan that belongs to a record.
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
        unique: [u8; 16],
        author: &Author,
        at: Hlc,
        fill: impl FnOnce(&mut Writing<'_>) -> Result<(), DocumentError>,
    ) -> Result<(Self, Written), DocumentError> {
        let mut doc = AutoCommit::new().with_actor(ActorId::from(author.actor));
        doc.put(ROOT, "kind", kind.code())?;
        doc.put(ROOT, "schema", SCHEMA)?;
        doc.put(ROOT, "unique", unique.to_vec())?;
        doc.put(ROOT, "node", author.node.as_str())?;
        for container in ["answers", "acts", "notes", "blobs", "extra"] {
            doc.put_object(ROOT, container, ObjType::Map)?;
        }
        let mut this = Self { doc };
        let written = this.write_with(author, at, "opened", &[], fill)?;
        Ok((this, written))
    }

    /// Loads a document from its changes, in any order.
    ///
    /// The changes must have passed [`crate::guard::examine`] once.
    ///
    /// # Errors
    /// A change that cannot be decoded, or one that builds on others that are missing.
    pub fn load<'a>(changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, DocumentError> {
        let mut this = Self {
            doc: AutoCommit::new(),
        };
        this.apply(changes)?;
        Ok(this)
    }

    /// Applies more changes; those already known are harmless.
    ///
    /// # Errors
    /// As [`Document::load`]. On error the document must be thrown away.
    pub fn apply<'a>(
        &mut self,
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), DocumentError> {
        let changes = changes
            .into_iter()
            .map(|b| {
                Change::from_bytes(b.to_vec()).map_err(|e| DocumentError::Change(e.to_string()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.doc.apply_changes(changes)?;
        match self.doc.get_missing_deps(&[]).len() {
            0 => Ok(()),
            missing => Err(DocumentError::Incomplete(missing)),
        }
    }

    /// Writes one act and what belongs to it as one change.
    ///
    /// # Errors
    /// [`DocumentError::Newer`], or when Automerge refuses.
    pub(super) fn write(
        &mut self,
        author: &Author,
        at: Hlc,
        act: &str,
        more: &[(&str, &str)],
        fill: impl FnOnce(&mut Writing<'_>) -> Result<(), DocumentError>,
    ) -> Result<Written, DocumentError> {
        match self.schema() {
            s if s > SCHEMA => return Err(DocumentError::Newer(s)),
            _ => self.doc.set_actor(ActorId::from(author.actor)),
        };
        self.write_with(author, at, act, more, fill)
    }

    fn write_with(
        &mut self,
        author: &Author,
        at: Hlc,
        act: &str,
        more: &[(&str, &str)],
        fill: impl FnOnce(&mut Writing<'_>) -> Result<(), DocumentError>,
    ) -> Result<Written, DocumentError> {
        let id = format!("{:013x}.{}", at.0, author.node);
        let acts = self.container("acts")?;
        let this_act = self.doc.put_object(&acts, id.as_str(), ObjType::Map)?;
        self.doc.put(&this_act, "t", act)?;
        self.doc.put(&this_act, "by", author.person.as_str())?;
        self.doc.put(&this_act, "spot", author.spot.as_str())?;
        if let Some(stop) = &author.stop {
            self.doc.put(&this_act, "stop", stop.as_str())?;
        }
        self.doc.put(&this_act, "at", at.0)?;
        if !author.clock_sure {
            self.doc.put(&this_act, "unsure", true)?;
        }
        for (key, value) in more {
            self.doc.put(&this_act, *key, *value)?;
        }
        fill(&mut Writing {
            document: self,
            act: &id,
        })?;
        self.doc
            .commit_with(CommitOptions::default().with_time(at.unix_ms() / 1000));
        let change = self
            .doc
            .get_last_local_change()
            .ok_or(DocumentError::Lacks("change"))?;
        Ok(Written {
            change: ChangeId(change.hash().0),
            bytes: change.raw_bytes().to_vec(),
        })
    }

    /// The record's kind, if this version knows it.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_code(&self.text("kind")?)
    }

    /// Id of the node at which it was made.
    #[must_use]
    pub fn node(&self) -> Option<String> {
        self.text("node")
    }

    /// The schema it was written with.
    #[must_use]
    pub fn schema(&self) -> u64 {
        match self.doc.get(ROOT, "schema") {
            Ok(Some((Value::Scalar(s), _))) => s.as_u64().unwrap_or(u64::MAX),
            _ => u64::MAX,
        }
    }

    /// The heads: what the next change will build on.
    #[must_use]
    pub fn heads(&mut self) -> Vec<ChangeId> {
        self.doc
            .get_heads()
            .into_iter()
            .map(|h: ChangeHash| ChangeId(h.0))
            .collect()
    }

    /// All changes, each after those that it builds on.
    #[must_use]
    pub fn changes(&mut self) -> Vec<Written> {
        let changes = self.doc.get_changes(&[]);
        changes
            .iter()
            .map(|c| Written {
                change: ChangeId(c.hash().0),
                bytes: c.raw_bytes().to_vec(),
            })
            .collect()
    }

    /// The record's id, from its first change.
    #[must_use]
    pub fn record_id(&mut self) -> Option<RecordId> {
        let changes = self.doc.get_changes(&[]);
        changes
            .iter()
            .find(|c| c.deps().is_empty())
            .map(|c| RecordId(c.hash().0))
    }

    /// The document as Automerge saves it, for export to other tools.
    #[must_use]
    pub fn save(&mut self) -> Vec<u8> {
        self.doc.save()
    }

    /// A text at the root.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        text_of(&self.doc, &ROOT, key)
    }

    /// A number at the root.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        match self.doc.get(ROOT, key) {
            Ok(Some((Value::Scalar(s), _))) => s.as_u64(),
            _ => None,
        }
    }

    /// The fields that have an answer.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        self.container("answers")
            .map(|a| self.doc.keys(&a).collect())
            .unwrap_or_default()
    }

    /// All statements that stand for a field, oldest first. More than one with
    /// different values is a conflict.
    #[must_use]
    pub fn statements(&self, field: &str) -> Vec<Statement> {
        let Ok(answers) = self.container("answers") else {
            return vec![];
        };
        let Ok(all) = self.doc.get_all(&answers, field) else {
            return vec![];
        };
        let mut statements: Vec<Statement> = all
            .into_iter()
            .filter_map(|(_, id)| {
                Some(Statement {
                    answer: Answer {
                        value: text_of(&self.doc, &id, "v")?,
                        provenance: text_of(&self.doc, &id, "p")
                            .map_or(Provenance::Typed, |p| Provenance::from_code(&p)),
                    },
                    act: self.act(&text_of(&self.doc, &id, "a")?)?,
                })
            })
            .collect();
        statements.sort_by(|a, b| a.act.id.cmp(&b.act.id));
        statements
    }

    /// Fields for which more than one statement stands.
    #[must_use]
    pub fn contested(&self) -> Vec<String> {
        let Ok(answers) = self.container("answers") else {
            return vec![];
        };
        self.doc
            .map_range(&answers, ..)
            .filter(|field| field.conflict)
            .map(|field| field.key.into_owned())
            .collect()
    }

    /// The answers, one a field: where statements disagree, the latest, which
    /// nobody has decided for.
    #[must_use]
    pub fn answers(&self) -> BTreeMap<String, Answer> {
        let (Ok(answers), Ok(acts)) = (self.container("answers"), self.container("acts")) else {
            return BTreeMap::new();
        };
        // One pass: looking each key up takes Automerge some microseconds.
        let acts: BTreeSet<String> = self.doc.keys(&acts).collect();
        self.doc
            .map_range(&answers, ..)
            .filter_map(|field| {
                let answer = if field.conflict {
                    self.statements(&field.key).pop()?.answer
                } else {
                    self.only_answer(&field.id(), &acts)?
                };
                (!answer.value.is_empty()).then(|| (field.key.into_owned(), answer))
            })
            .collect()
    }

    fn only_answer(&self, answer: &ObjId, acts: &BTreeSet<String>) -> Option<Answer> {
        let (mut value, mut provenance, mut act) = (None, Provenance::Typed, None);
        for item in self.doc.map_range(answer, ..) {
            let text = text_in(&item.value);
            match item.key.as_ref() {
                "v" => value = text.map(str::to_owned),
                "p" => provenance = text.map_or(Provenance::Typed, Provenance::from_code),
                "a" => act = text.map(str::to_owned),
                _ => (),
            }
        }
        let value = value?;
        acts.contains(&act?).then_some(Answer { value, provenance })
    }

    /// All acts, oldest first.
    #[must_use]
    pub fn acts(&self) -> Vec<Act> {
        let Ok(acts) = self.container("acts") else {
            return vec![];
        };
        let mut all: Vec<Act> = self
            .doc
            .map_range(&acts, ..)
            .filter_map(|act| self.read_act(&act.key, &act.id()))
            .collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Notes of all spots, oldest first.
    #[must_use]
    pub fn notes(&self) -> Vec<(Act, String)> {
        let Ok(notes) = self.container("notes") else {
            return vec![];
        };
        let mut all: Vec<(Act, String)> = self
            .doc
            .keys(&notes)
            .filter_map(|id| Some((self.act(&id)?, text_of(&self.doc, &notes, &id)?)))
            .collect();
        all.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        all
    }

    /// Photographs and scans, oldest first.
    #[must_use]
    pub fn attached(&self) -> Vec<Attached> {
        let Ok(blobs) = self.container("blobs") else {
            return vec![];
        };
        let mut all: Vec<Attached> = self
            .doc
            .keys(&blobs)
            .filter_map(|hex| {
                let (_, id) = self.doc.get(&blobs, hex.as_str()).ok()??;
                Some(Attached {
                    blob: BlobId::from_hex(&hex)?,
                    name: text_of(&self.doc, &id, "name")?,
                    media_type: text_of(&self.doc, &id, "type")?,
                    bytes: match self.doc.get(&id, "bytes").ok()?? {
                        (Value::Scalar(s), _) => s.as_u64()?,
                        _ => return None,
                    },
                    at: self.act(&text_of(&self.doc, &id, "a")?)?.at,
                })
            })
            .collect();
        all.sort_by_key(|a| a.at);
        all
    }

    fn act(&self, id: &str) -> Option<Act> {
        let acts = self.container("acts").ok()?;
        let (_, act) = self.doc.get(&acts, id).ok()??;
        self.read_act(id, &act)
    }

    fn read_act(&self, id: &str, act: &ObjId) -> Option<Act> {
        let (mut kind, mut by, mut spot, mut at) = (None, None, None, None);
        let (mut stop, mut sure, mut more) = (None, true, BTreeMap::new());
        for item in self.doc.map_range(act, ..) {
            let text = || text_in(&item.value).map(str::to_owned);
            match item.key.as_ref() {
                "t" => kind = text(),
                "by" => by = text(),
                "spot" => spot = text(),
                "stop" => stop = text(),
                "at" => {
                    if let ValueRef::Scalar(ScalarValueRef::Uint(value)) = item.value {
                        at = Some(Hlc(value));
                    }
                }
                "unsure" => sure = false,
                key => more.extend(text().map(|text| (key.to_owned(), text))),
            }
        }
        Some(Act {
            id: id.to_owned(),
            kind: kind?,
            by: by?,
            spot: spot?,
            stop,
            at: at?,
            sure,
            more,
        })
    }

    fn container(&self, name: &'static str) -> Result<ObjId, DocumentError> {
        match self.doc.get(ROOT, name)? {
            Some((Value::Object(ObjType::Map), id)) => Ok(id),
            _ => Err(DocumentError::Lacks(name)),
        }
    }
}

fn text_in<'a>(value: &'a ValueRef<'_>) -> Option<&'a str> {
    match value {
        ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(text),
        _ => None,
    }
}

fn text_of(doc: &AutoCommit, obj: &ObjId, key: &str) -> Option<String> {
    match doc.get(obj, key) {
        Ok(Some((Value::Scalar(s), _))) => match s.as_ref() {
            ScalarValue::Str(s) => Some(s.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// A change in the making: whatever is written belongs to its act.
pub(super) struct Writing<'a> {
    document: &'a mut Document,
    act: &'a str,
}

impl Writing<'_> {
    /// States a field.
    pub(super) fn answer(&mut self, field: &str, answer: &Answer) -> Result<(), DocumentError> {
        let answers = self.document.container("answers")?;
        let id = self
            .document
            .doc
            .put_object(&answers, field, ObjType::Map)?;
        self.document.doc.put(&id, "v", answer.value.as_str())?;
        if answer.provenance != Provenance::Typed {
            self.document.doc.put(&id, "p", answer.provenance.code())?;
        }
        self.document.doc.put(&id, "a", self.act)?;
        Ok(())
    }

    /// Adds a note.
    pub(super) fn note(&mut self, text: &str) -> Result<(), DocumentError> {
        let notes = self.document.container("notes")?;
        Ok(self.document.doc.put(&notes, self.act, text)?)
    }

    /// Adds a photograph or scan.
    pub(super) fn attach(&mut self, attached: &Attached) -> Result<(), DocumentError> {
        let blobs = self.document.container("blobs")?;
        let id = self
            .document
            .doc
            .put_object(&blobs, attached.blob.to_string(), ObjType::Map)?;
        self.document.doc.put(&id, "name", attached.name.as_str())?;
        self.document
            .doc
            .put(&id, "type", attached.media_type.as_str())?;
        self.document.doc.put(&id, "bytes", attached.bytes)?;
        self.document.doc.put(&id, "a", self.act)?;
        Ok(())
    }

    /// Writes a text at the root.
    pub(super) fn put_text(&mut self, key: &str, value: &str) -> Result<(), DocumentError> {
        Ok(self.document.doc.put(ROOT, key, value)?)
    }

    /// Writes a number at the root.
    pub(super) fn put_number(&mut self, key: &str, value: u64) -> Result<(), DocumentError> {
        Ok(self.document.doc.put(ROOT, key, value)?)
    }
}
