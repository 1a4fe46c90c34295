//! What stands in a record's document: read out of Automerge in one pass, kept up
//! with every change that is written here, and all that writing the next one needs.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{
    ActorId, AutoCommit, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, ValueRef,
};

use crate::answer::{Answer, Provenance};
use crate::record::act::Act;
use crate::record::document::{DocumentError, Statement};

/// A value that stands, and the operation that put it there.
#[derive(Debug, Clone, PartialEq)]
struct Put {
    op: OpId,
    value: ScalarValue,
}

impl Put {
    fn text(&self) -> Option<&str> {
        text(&self.value)
    }
}

fn text(value: &ScalarValue) -> Option<&str> {
    match value {
        ScalarValue::Str(text) => Some(text),
        _ => None,
    }
}

/// Whether it is of a kind that we write.
fn is_plain(value: &ScalarValue) -> bool {
    matches!(
        value,
        ScalarValue::Str(_)
            | ScalarValue::Uint(_)
            | ScalarValue::Bytes(_)
            | ScalarValue::Boolean(_)
    )
}

/// What stands under each key; more than one where nodes wrote apart.
type Values = BTreeMap<String, Vec<Put>>;

/// An act, and the operation that put it there.
#[derive(Debug, Clone, PartialEq)]
struct SignedAct {
    op: OpId,
    act: Act,
}

/// What stands in a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct View {
    root: Values,
    /// The maps of the first change, each with the operation that made it.
    maps: BTreeMap<String, (OpId, Values)>,
    /// Oldest first.
    acts: Vec<SignedAct>,
    /// Those that are not empty; of several for a field the latest.
    answers: BTreeMap<String, Answer>,
}

impl View {
    /// Reads all of it.
    pub(super) fn of(doc: &AutoCommit) -> Self {
        let mut view = Self {
            root: values(doc, &ROOT),
            ..Self::default()
        };
        for item in doc.map_range(ROOT, ..) {
            let id = item.id();
            if let (ValueRef::Object(ObjType::Map), Some(op)) = (item.value, op_id(&id)) {
                let map = (op, values(doc, &id));
                view.maps.insert(item.key.into_owned(), map);
            }
        }
        let acts = view.puts("acts");
        let acts: Vec<SignedAct> = acts.filter_map(SignedAct::of).collect();
        acts.into_iter().for_each(|act| view.happened(act));
        let answers = view.map("answers").map(|(field, _)| {
            let latest = view.statements(field).pop()?;
            Some((field.clone(), latest.answer)).filter(|(_, a)| !a.value.is_empty())
        });
        view.answers = answers.flatten().collect();
        view
    }

    /// Takes in a change, if that needs no Automerge: if all in it is made as ours is, and replaces
    /// exactly what stands. Gives whether it was so; if not, the view holds part of it.
    pub(super) fn take(&mut self, change: &ExpandedChange) -> bool {
        let counters = change.start_op.get()..;
        let mut operations = change.operations.iter().zip(counters);
        operations.all(|(op, counter)| {
            let id = OpId::new(counter, &change.actor_id);
            self.take_operation(op, id).is_some()
        })
    }

    fn take_operation(&mut self, op: &Op, id: OpId) -> Option<()> {
        let Key::Map(key) = &op.key else {
            return None;
        };
        let value = match &op.action {
            OpType::Make(ObjType::Map) if op.obj == ObjectId::Root => {
                let free = !self.root.contains_key(key.as_str()) && op.pred.is_empty();
                let made = (id, Values::new());
                let before = free.then(|| self.maps.insert(key.to_string(), made))?;
                return before.is_none().then_some(());
            }
            OpType::Put(value) if !op.insert && is_plain(value) => value.clone(),
            _ => return None,
        };
        let name = match &op.obj {
            ObjectId::Root => None,
            ObjectId::Id(map) => {
                let mut maps = self.maps.iter();
                Some(maps.find(|(_, (made, _))| made == map)?.0.clone())
            }
        };
        match name.as_deref() {
            None if self.maps.contains_key(key.as_str()) => return None,
            Some("acts") => {
                let act = Act::decode(key, text(&value)?)?;
                op.pred.is_empty().then_some(())?;
                let op = id.clone();
                self.happened(SignedAct { op, act });
            }
            Some("answers") => self.answered(key, answer_in(text(&value)?)),
            _ => (),
        }
        let values = match name {
            None => &mut self.root,
            Some(name) => &mut self.maps.get_mut(&name)?.1,
        };
        let stood = values.insert(key.to_string(), vec![Put { op: id, value }]);
        let stood = stood.unwrap_or_default();
        stood
            .iter()
            .map(|put| &put.op)
            .eq(op.pred.iter())
            .then_some(())
    }

    /// A value at the root.
    pub(super) fn root(&self, key: &str) -> Option<&ScalarValue> {
        self.root.get(key)?.last().map(|put| &put.value)
    }

    pub(super) fn acts(&self) -> impl DoubleEndedIterator<Item = &Act> {
        self.acts.iter().map(|signed| &signed.act)
    }

    pub(super) fn answers(&self) -> &BTreeMap<String, Answer> {
        &self.answers
    }

    /// Fields that were ever stated.
    pub(super) fn fields(&self) -> impl Iterator<Item = &String> {
        self.map("answers").map(|(field, _)| field)
    }

    /// Fields for which more than one statement stands.
    pub(super) fn contested(&self) -> impl Iterator<Item = &String> {
        let answers = self.map("answers");
        answers.filter(|(_, all)| all.len() > 1).map(|(f, _)| f)
    }

    /// All that stands for a field, oldest first.
    pub(super) fn statements(&self, field: &str) -> Vec<Statement> {
        let all = self.maps.get("answers").and_then(|(_, a)| a.get(field));
        let mut all: Vec<Statement> = all
            .into_iter()
            .flatten()
            .filter_map(|put| {
                Some(Statement {
                    answer: answer_in(put.text()?),
                    act: self.act_of(&put.op),
                })
            })
            .collect();
        all.sort_by(|a, b| a.act.id.cmp(&b.act.id));
        all
    }

    /// The texts of a map with their keys and acts.
    pub(super) fn texts(&self, map: &str) -> impl Iterator<Item = (&String, &str, Act)> {
        self.puts(map)
            .filter_map(|(key, put)| Some((key, put.text()?, self.act_of(&put.op))))
    }

    /// The act that an operation belongs to: its author's last one before it.
    fn act_of(&self, op: &OpId) -> Act {
        let before = |a: &&SignedAct| a.op.1 == op.1 && a.op.0 <= op.0;
        let found = self.acts.iter().filter(before).max_by_key(|a| a.op.0);
        // Nobody of ours writes such a change; it still stands, and says nothing of its origin.
        found.map_or_else(Act::default, |signed| signed.act.clone())
    }

    fn map(&self, name: &str) -> impl Iterator<Item = (&String, &Vec<Put>)> {
        self.maps.get(name).into_iter().flat_map(|(_, all)| all)
    }

    fn puts(&self, map: &str) -> impl Iterator<Item = (&String, &Put)> {
        self.map(map)
            .flat_map(|(key, all)| all.iter().map(move |put| (key, put)))
    }

    fn answered(&mut self, field: &str, answer: Answer) {
        if answer.value.is_empty() {
            self.answers.remove(field);
        } else {
            self.answers.insert(field.to_owned(), answer);
        }
    }

    fn happened(&mut self, signed: SignedAct) {
        let before = |known: &SignedAct| known.act.id <= signed.act.id;
        let at = self.acts.partition_point(before);
        self.acts.insert(at, signed);
    }

    /// The operation `op` makes a map at the root.
    pub(super) fn make(&mut self, name: &str, op: OpId) -> Op {
        let made = (op, Values::new());
        self.maps.insert(name.to_owned(), made);
        operation(ObjectId::Root, name, OpType::Make(ObjType::Map), vec![])
    }

    /// The operation `op` puts a value at the root.
    pub(super) fn put_root(&mut self, key: &str, value: ScalarValue, op: OpId) -> Op {
        put(&mut self.root, ObjectId::Root, key, value, op)
    }

    /// The operation `op` puts a text into a map.
    pub(super) fn put(
        &mut self,
        map: &'static str,
        key: &str,
        text: &str,
        op: OpId,
    ) -> Result<Op, DocumentError> {
        let found = self.maps.get_mut(map);
        let (made, values) = found.ok_or(DocumentError::Lacks(map))?;
        let map = ObjectId::Id(made.clone());
        Ok(put(values, map, key, text.into(), op))
    }

    /// The operation `op` is an act.
    pub(super) fn act(&mut self, act: Act, op: OpId) -> Result<Op, DocumentError> {
        let written = self.put("acts", &act.id, &act.encode(), op.clone())?;
        self.happened(SignedAct { op, act });
        Ok(written)
    }

    /// The operation `op` answers a field: whatever stood there before, no longer does.
    pub(super) fn answer(
        &mut self,
        field: &str,
        answer: &Answer,
        op: OpId,
    ) -> Result<Op, DocumentError> {
        let written = self.put("answers", field, &answer_text(answer), op)?;
        self.answered(field, answer.clone());
        Ok(written)
    }
}

impl SignedAct {
    fn of((id, put): (&String, &Put)) -> Option<Self> {
        let act = Act::decode(id, put.text()?)?;
        let op = put.op.clone();
        Some(Self { op, act })
    }
}

fn put(values: &mut Values, map: ObjectId, key: &str, value: ScalarValue, op: OpId) -> Op {
    let new = Put {
        op,
        value: value.clone(),
    };
    let before = values.insert(key.to_owned(), vec![new]).unwrap_or_default();
    let before = before.into_iter().map(|put| put.op).collect();
    operation(map, key, OpType::Put(value), before)
}

fn operation(obj: ObjectId, key: &str, action: OpType, before: Vec<OpId>) -> Op {
    Op {
        action,
        obj,
        key: Key::Map(key.into()),
        pred: before.into(),
        insert: false,
    }
}

/// The scalars of a map.
fn values(doc: &AutoCommit, map: &ObjId) -> Values {
    let mut values = Values::new();
    for item in doc.map_range(map, ..) {
        let all = if item.conflict {
            let all = doc.get_all(map, item.key.as_ref()).unwrap_or_default();
            all.into_iter()
                .filter_map(|(value, id)| {
                    let value = value.as_scalar()?.clone();
                    Some(Put {
                        op: op_id(&id)?,
                        value,
                    })
                })
                .collect()
        } else {
            let op = op_id(&item.id());
            match (item.value, op) {
                (ValueRef::Scalar(value), Some(op)) => vec![Put {
                    op,
                    value: value.into(),
                }],
                _ => continue,
            }
        };
        values.insert(item.key.into_owned(), all);
    }
    values
}

fn op_id(id: &ObjId) -> Option<OpId> {
    match id {
        ObjId::Root => None,
        ObjId::Id(counter, actor, _) => Some(OpId::new(*counter, actor)),
    }
}

/// An answer as records hold it.
fn answer_text(answer: &Answer) -> String {
    format!("{} {}", answer.provenance.code(), answer.value)
}

/// The inverse of [`answer_text`].
fn answer_in(text: &str) -> Answer {
    let (provenance, value) = text.split_once(' ').unwrap_or(("", text));
    Answer {
        value: value.to_owned(),
        provenance: Provenance::from_code(provenance),
    }
}

/// A change in the making: operations of one author, counted from `first`.
pub(super) struct Operations {
    actor: ActorId,
    first: u64,
    pub(super) all: Vec<Op>,
}

impl Operations {
    pub(super) fn begin(actor: ActorId, first: u64) -> Self {
        let all = Vec::new();
        Self { actor, first, all }
    }

    /// The id of the next operation.
    pub(super) fn next(&self) -> OpId {
        OpId::new(self.first + self.all.len() as u64, &self.actor)
    }
}
