//! What operators decide about a request: which of the values that were written apart holds, which of two like requests stands;
//! and that a decision is taken back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Provenance};
use crate::conflict;
use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::act::Act;
use crate::record::document::{Author, Document, DocumentError, Statement, Written};

/// The act of [`undo`].
pub const UNDONE: &str = "undone";
const UNDONE_DECISION: &str = "decision";
/// In the act of a decision: what was decided about.
const AMONG: &str = "among";
/// Most sides that a decision keeps.
const MOST_AMONG: usize = 16;
/// Largest text of them, in bytes.
const MOST_AMONG_BYTES: usize = 16 << 10;

/// How something was decided, beside who did and when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ruling<'a> {
    /// Why.
    pub reason: &'a str,
    /// Who proposed it, where the author is the second person, who agreed.
    pub proposer: Option<&'a str>,
    /// How long it waited for somebody.
    pub waited_s: u64,
}

/// An operator decided what a field in conflict holds: the one way to write over it.
///
/// # Errors
/// When the document refuses.
pub fn decide(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    field: &str,
    answer: &Answer,
    ruling: Ruling<'_>,
) -> Result<Written, DocumentError> {
    let among = conflict::sides(document, field);
    let among = Among::of(&among).encode();
    let waited = ruling.waited_s.to_string();
    let said = [
        ("field", field),
        ("kept", answer.value.as_str()),
        ("reason", ruling.reason),
        ("waited", waited.as_str()),
        (AMONG, among.as_str()),
        ("proposed", ruling.proposer.unwrap_or_default()),
    ];
    let said = said.into_iter().filter(|(_, words)| !words.is_empty());
    let said: Vec<_> = said.collect();
    document.write(author, at, "decided", &said, |w| w.answer(field, answer))
}

/// Takes a decision about a field back: what stood before stands again, all of it, and waits for somebody.
///
/// # Errors
/// When the document refuses, or has no such decision.
pub fn undo(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    decision: &str,
    reason: &str,
) -> Result<Written, DocumentError> {
    let act = document.acts().find(|act| act.id == decision).cloned();
    let field = act.as_ref().and_then(|act| act.more.get("field"));
    let latest = act.as_ref().and_then(|act| Among::read(act).latest());
    let said = [(UNDONE_DECISION, decision), ("reason", reason)];
    let of = field.map(|field| ("field", field.as_str()));
    let said: Vec<_> = said.into_iter().chain(of).collect();
    document.write(author, at, UNDONE, &said, |w| match field.zip(latest) {
        Some((field, answer)) => w.answer(field, &answer),
        None => Ok(()),
    })
}

/// An operator decided who a request is of, as a card that was read elsewhere says otherwise: what the card says is taken over
/// (`corrected`, by field), or what stands is right too, and stays.
///
/// # Errors
/// When the document refuses.
pub fn settle_identity(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    corrected: &[(&str, Answer)],
    (card, card_number): (RecordId, &str),
    ruling: Ruling<'_>,
) -> Result<Written, DocumentError> {
    let (card, waited) = (card.to_string(), ruling.waited_s.to_string());
    let fields: Vec<&str> = corrected.iter().map(|(field, _)| *field).collect();
    let fields = fields.join(" ");
    let said = [
        (CARD, card.as_str()),
        ("other-number", card_number),
        ("fields", fields.as_str()),
        ("reason", ruling.reason),
        ("waited", waited.as_str()),
        ("proposed", ruling.proposer.unwrap_or_default()),
    ];
    let said = said.into_iter().filter(|(_, words)| !words.is_empty());
    let said: Vec<_> = said.collect();
    document.write(author, at, IDENTIFIED, &said, |w| {
        let mut corrected = corrected.iter();
        corrected.try_for_each(|(field, answer)| w.answer(field, answer))
    })
}

/// The act of [`settle_identity`].
pub const IDENTIFIED: &str = "identified";
/// In it: the request of which the card was read, hex.
pub const CARD: &str = "card";

/// Whether somebody decided who a request is of.
#[must_use]
pub fn is_identified(document: &Document) -> bool {
    document.acts().any(|act| act.kind == IDENTIFIED)
}

/// Whether the act of a decision about a field says what it was decided about, so that it can be taken back.
#[must_use]
pub fn keeps_sides(act: &Act) -> bool {
    !Among::read(act).0.is_empty()
}

/// The decisions that were taken back, by the ids of their acts.
#[must_use]
pub fn undone(document: &Document) -> BTreeSet<&str> {
    let acts = document.acts().filter(|act| act.kind == UNDONE);
    acts.filter_map(|act| act.more.get(UNDONE_DECISION))
        .map(String::as_str)
        .collect()
}

/// What stood before a decision: value, how it is known, and the act that stated it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Among(Vec<(String, String, String)>);

impl Among {
    fn of(sides: &[Statement]) -> Self {
        let sides = sides.iter().take(MOST_AMONG).map(|side| {
            let how = side.answer.provenance.code().to_owned();
            (side.answer.value.clone(), how, side.act.id.clone())
        });
        Self(sides.collect())
    }

    fn encode(&self) -> String {
        match self.0.is_empty() {
            true => String::new(),
            false => {
                let text = serde_json::to_string(&self.0).unwrap_or_default();
                // A decision about more than that is not taken back.
                if text.len() <= MOST_AMONG_BYTES {
                    text
                } else {
                    String::new()
                }
            }
        }
    }

    fn read(act: &Act) -> Self {
        let among = act
            .more
            .get(AMONG)
            .and_then(|text| serde_json::from_str(text).ok());
        let Self(mut all) = Self(among.unwrap_or_default());
        all.truncate(MOST_AMONG);
        Self(all)
    }

    fn latest(&self) -> Option<Answer> {
        self.0.last().map(answer_of)
    }
}

fn answer_of((value, how, _): &(String, String, String)) -> Answer {
    Answer {
        value: value.clone(),
        provenance: Provenance::from_code(how),
    }
}

/// What stands for a field again, as the decision about it was taken back and nobody decided since; oldest first.
pub(crate) fn reopened(document: &Document, field: &str) -> Vec<Statement> {
    let of = |act: &&Act| act.more.get("field").is_some_and(|f| f == field);
    let mut acts = document.acts().rev().filter(of);
    let last = acts.find(|act| ["decided", "corrected", UNDONE].contains(&act.kind.as_str()));
    let decision = last
        .filter(|act| act.kind == UNDONE)
        .and_then(|act| act.more.get(UNDONE_DECISION));
    let decision = decision.and_then(|id| document.acts().find(|act| &act.id == id));
    let among = decision.map(Among::read).unwrap_or_default();
    let side = |one: &(String, String, String)| {
        let act = document.acts().find(|act| act.id == one.2)?.clone();
        Some(Statement {
            answer: answer_of(one),
            act,
        })
    };
    among.0.iter().filter_map(side).collect()
}

/// What an operator decided about one of two requests that look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicate {
    /// It is the same as the other, which is kept: this one is withdrawn.
    Withdrawn,
    /// It is the same as the other, which was withdrawn: this one is kept.
    Kept,
    /// They are not the same: both stand.
    NotTheSame,
}

impl Duplicate {
    /// The kind of act in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Kept => "kept",
            Self::NotTheSame => "kept-both",
        }
    }
}

/// An operator decided about this request and another like it.
///
/// # Errors
/// When the document refuses.
pub fn settle_duplicate(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    decision: Duplicate,
    (other, other_number): (RecordId, &str),
    ruling: Ruling<'_>,
) -> Result<Written, DocumentError> {
    let other = other.to_string();
    let waited = ruling.waited_s.to_string();
    let said = [
        ("other", other.as_str()),
        ("other-number", other_number),
        ("reason", ruling.reason),
        ("waited", waited.as_str()),
    ];
    document.write(author, at, decision.code(), &said, |_| Ok(()))
}

/// Decisions by operators, oldest first: acts `decided`, `withdrawn` for another request, `kept`,
/// `kept-both`, `identified`. Without those that were taken back.
pub fn decisions(document: &Document) -> impl Iterator<Item = &Act> {
    let undone = undone(document);
    document.acts().filter(move |a| match a.kind.as_str() {
        _ if undone.contains(a.id.as_str()) => false,
        "withdrawn" => a.more.contains_key("other"),
        kind => ["decided", "kept", "kept-both", IDENTIFIED].contains(&kind),
    })
}
