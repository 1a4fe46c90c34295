//! A look-up beyond what a spot holds: a mediator asks the hub, with a reason, for the requests of one
//! person. The record is also the audit: who asked for whom and why, and what was disclosed until when.
//!
//! ```text
//! by · number · reason     by the first change: which number, the number, why it is looked for
//! acts: opened · answered {until, found, more} · refused {reason} · lent {until, found}
//! ```
//! The hub answers in the record and lends what it found, to be read and no more, until a time that the
//! answer says. A spot nearby lends what it holds: that answers nothing, as the hub may know of more. Only
//! exact numbers are looked up: nobody browses by name.

use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::case::{node_of, said};
use crate::record::document::{Author, Document, DocumentError, Written};

/// At most so many requests are lent for one look-up: the latest.
pub const MAX_FOUND: usize = 20;
/// At most so many spots nearby lend for one look-up: the first.
const MAX_NEAR: usize = 8;

/// The number of a receipt, beside the numbers of a person that [`crate::duplicate`] compares.
pub const RECEIPT: &str = "receipt";

/// A request that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The request.
    pub request: RecordId,
    /// Number of its receipt.
    pub number: String,
    /// Its service of the catalogue.
    pub service: String,
    /// Name of the spot that recorded it.
    pub spot: String,
}

/// What the hub answered, or what a spot nearby lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The latest of what was found, latest first; at most [`MAX_FOUND`].
    pub found: Vec<Found>,
    /// So many more were found and are not lent. Only the hub says so.
    pub more: u64,
    /// Until when they are lent, milliseconds since 1970.
    pub until_ms: i64,
    /// Who, where and when.
    pub act: Act,
}

/// How far a look-up is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The hub has not answered.
    Waits,
    /// It answered.
    Answered(Answered),
    /// It would not, and says why.
    Refused(Act),
}

impl State {
    /// The word in the derived tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Answered(_) => "answered",
            Self::Refused(_) => "refused",
        }
    }
}

/// A look-up as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Which number: a field of the identity, or [`RECEIPT`].
    pub by: String,
    /// The number.
    pub number: String,
    /// Why it is looked for.
    pub reason: String,
    /// How far it is with the hub.
    pub state: State,
    /// What spots nearby lent meanwhile: one word of each.
    pub near: Vec<Answered>,
    /// Who asked, where and when.
    pub asked: Act,
}

/// Asks.
///
/// # Errors
/// When the document refuses.
pub fn ask(
    author: &Author,
    at: Hlc,
    (by, number): (&str, &str),
    reason: &str,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Lookup, author, at, |w| {
        w.put_text("by", by)?;
        w.put_text("number", number)?;
        w.put_text("reason", reason)
    })
}

/// The hub answers: these, so many more, until then.
///
/// # Errors
/// When the document refuses.
pub fn answer(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    found: &[Found],
    (more, until_ms): (u64, i64),
) -> Result<Written, DocumentError> {
    let (more, until) = (more.to_string(), until_ms.to_string());
    let said = [
        ("found", &*lines(found)),
        ("more", &*more),
        ("until", &*until),
    ];
    document.write(author, at, "answered", &said, |_| Ok(()))
}

/// These are lent until then: by a spot nearby, of what it holds; by the hub, for a visit.
///
/// # Errors
/// When the document refuses.
pub fn lend(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    found: &[Found],
    until_ms: i64,
) -> Result<Written, DocumentError> {
    let said = [("found", &*lines(found)), ("until", &*until_ms.to_string())];
    document.write(author, at, "lent", &said, |_| Ok(()))
}

/// The hub does not answer, and says why.
///
/// # Errors
/// When the document refuses.
pub fn refuse(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    reason: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "refused", &[("reason", reason)], |_| Ok(()))
}

fn lines(found: &[Found]) -> String {
    let lines: Vec<String> = found.iter().take(MAX_FOUND).map(line).collect();
    lines.join("\n")
}

fn line(found: &Found) -> String {
    let Found {
        request,
        number,
        service,
        spot,
    } = found;
    format!("{request}\t{number}\t{service}\t{spot}")
}

fn found_in(line: &str) -> Option<Found> {
    let mut words = line.splitn(4, '\t');
    let mut word = || words.next();
    Some(Found {
        request: RecordId::from_hex(word()?)?,
        number: word()?.to_owned(),
        service: word()?.to_owned(),
        spot: word()?.to_owned(),
    })
}

/// What an act lends, if it says until when.
fn answered(act: &Act) -> Option<Answered> {
    let found = said(act, "found").lines().take(MAX_FOUND);
    Some(Answered {
        found: found.filter_map(found_in).collect(),
        more: said(act, "more").parse().unwrap_or(0),
        until_ms: said(act, "until").parse().ok()?,
        act: act.clone(),
    })
}

/// What was lent last for a record, of what those lend of whom `counts` holds.
pub(crate) fn lent_last(document: &Document, counts: impl Fn(&Act) -> bool) -> Option<Answered> {
    let mut acts = document.acts().rev();
    let last = acts.find(|act| act.kind == "lent" && counts(act))?;
    answered(last)
}

impl Lookup {
    /// What is lent for it, by whomever.
    pub fn lent(&self) -> impl Iterator<Item = &Answered> {
        let hub = match &self.state {
            State::Answered(answer) => Some(answer),
            State::Waits | State::Refused(_) => None,
        };
        hub.into_iter().chain(&self.near)
    }

    /// Reads it from the document; `None` if it is no look-up.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Lookup) {
            return None;
        }
        // A hub that was restored may answer twice: what it said last counts.
        let state = document.acts().rev().find_map(|act| match &*act.kind {
            "answered" => answered(act).map(State::Answered),
            "refused" => Some(State::Refused(act.clone())),
            _ => None,
        });
        let mut near: Vec<Answered> = Vec::new();
        for lent in document.acts().filter(|act| act.kind == "lent") {
            let known = near.iter().any(|n| node_of(&n.act) == node_of(lent));
            if !known && near.len() < MAX_NEAR {
                near.extend(answered(lent));
            }
        }
        Some(Self {
            by: document.text("by")?.to_owned(),
            number: document.text("number")?.to_owned(),
            reason: document.text("reason")?.to_owned(),
            state: state.unwrap_or(State::Waits),
            near,
            asked: document.acts().next()?.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(node: &str, person: &str) -> Author {
        Author::invented(node, person)
    }

    fn found(n: u8) -> Found {
        Found {
            request: RecordId([n; 32]),
            number: format!("M07-0000-000{n}-0"),
            service: "cesd".into(),
            spot: "Posto de Oleiros".into(),
        }
    }

    #[test]
    fn the_record_says_who_asked_why_and_what_was_disclosed_until_when() {
        let (ana, hub) = (author("m07", "Ana"), author("central", ""));
        let reason = "Evacuada de Oleiros; perdeu os papéis.";
        let (mut d, _) = ask(&ana, Hlc::new(1_000, 0), ("nif", "123456789"), reason).unwrap();
        let before = Lookup::of(&d).unwrap();
        assert_eq!(
            (before.state.clone(), before.reason.as_str()),
            (State::Waits, reason)
        );
        let all = [found(1), found(2)];
        answer(&mut d, &hub, Hlc::new(2_000, 0), &all, (3, 9_000)).unwrap();
        let after = Lookup::of(&d).unwrap();
        let State::Answered(said) = after.state else {
            panic!("{after:?}")
        };
        assert_eq!(
            (said.found.as_slice(), said.more, said.until_ms),
            (&all[..], 3, 9_000)
        );
        assert_eq!((after.by.as_str(), after.asked.by.as_str()), ("nif", "Ana"));
    }

    #[test]
    fn what_spots_nearby_lend_answers_nothing_and_is_one_word_of_each() {
        let (ana, hub) = (author("m07", "Ana"), author("central", ""));
        let (mut d, _) = ask(&ana, Hlc::new(1_000, 0), ("nif", "123456789"), "porque").unwrap();
        for n in 0..12 {
            let at = Hlc::new(2_000 + n, 0);
            let near = author(&format!("m{}", n / 2), "");
            let n = u8::try_from(n).unwrap();
            lend(&mut d, &near, at, &[found(n)], 9_000).unwrap();
        }
        let before = Lookup::of(&d).unwrap();
        assert_eq!((&before.state, before.near.len()), (&State::Waits, 6));
        assert_eq!(before.near[1].found, [found(2)], "the first word counts");
        for n in 20..40 {
            let near = author(&format!("m{n}"), "");
            lend(&mut d, &near, Hlc::new(3_000 + n, 0), &[], 9_000).unwrap();
        }
        answer(&mut d, &hub, Hlc::new(9_000, 0), &[found(1)], (0, 9_000)).unwrap();
        let after = Lookup::of(&d).unwrap();
        assert_eq!(
            (after.near.len(), after.lent().count()),
            (MAX_NEAR, MAX_NEAR + 1)
        );
        assert!(matches!(after.state, State::Answered(_)));
    }

    #[test]
    fn what_a_restored_hub_answers_again_counts_and_hostile_answers_are_bounded() {
        let (ana, hub) = (author("m07", "Ana"), author("central", ""));
        let (mut d, _) = ask(&ana, Hlc::new(1_000, 0), (RECEIPT, "x"), "porque").unwrap();
        refuse(&mut d, &hub, Hlc::new(2_000, 0), "são muitas").unwrap();
        assert!(matches!(Lookup::of(&d).unwrap().state, State::Refused(_)));
        let many = "x\ty\n".repeat(1_000) + &line(&found(1));
        let said = [("found", many.as_str()), ("until", "12"), ("more", "-1")];
        d.write(&hub, Hlc::new(3_000, 0), "answered", &said, |_| Ok(()))
            .unwrap();
        let State::Answered(said) = Lookup::of(&d).unwrap().state else {
            panic!("the last word counts")
        };
        assert_eq!((said.found.len(), said.more), (0, 0));
    }
}
