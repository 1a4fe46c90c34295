//! What an agency was told of a request, and what it says of it.
//!
//! ```text
//! acts of the hub: agency-told      it was given this much: `agency`, `name`, `event` (id), `what` (recorded, amended,
//!                                   withdrawn), `fields` (ids), `way` (feed, webhook)
//!                  agency-accepted · agency-refused · agency-completed   `agency`, `name`, `text`, `reference`
//!                  agency-asked     a question to whoever has the case: `agency`, `name`, `text`
//! acts of a desk:  replied-to-agency   `of` (the question), `text`
//! ```
//! Only the hub speaks for an agency: each of its acts carries a mark (`mark`) that the hub alone can make, over all that it
//! says, and the hub takes no such act of anybody else in ([`acts_in`], [`statement`]). So what a desk shows as an agency's
//! word came through the hub. So it is with what the hub says for itself, in acts that begin with `hub-`: that a question of
//! a desk takes longer ([`ticket`](super::ticket)), that it sent word to the citizen ([`outcome`](super::outcome)). What an agency said stands when the crew amends afterwards: the amendment is told to it.
//! What it sends back is the act `returned` of [`case`](super::case).

use std::fmt;

use automerge::{Change, ExpandedChange, ScalarValue, legacy};

use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::Life;
use crate::record::act::Act;
use crate::record::case::said;
use crate::record::document::{Author, Document, DocumentError, Written};

/// What the kinds of all acts of an agency begin with.
const OF_AGENCY: &str = "agency-";
/// What the kinds of acts begin with that nobody but the hub makes.
const OF_HUB: [&str; 2] = [OF_AGENCY, "hub-"];
/// How an act begins in a record, up to its kind: [`Act`] reads none of the hub's that is written otherwise.
const CLAIM: &str = "{\"act\":\"";
/// The word with the hub's mark.
const MARK: &str = "mark";
const TOLD: &str = "agency-told";
const ASKED: &str = "agency-asked";
/// The act of a desk that answers a question.
pub const REPLIED: &str = "replied-to-agency";

/// How far an agency is with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It took it on.
    Accepted,
    /// It will not do it.
    Refused,
    /// It is done.
    Completed,
}

impl Status {
    const ALL: [Self; 3] = [Self::Accepted, Self::Refused, Self::Completed];

    /// The kind of act.
    fn kind(self) -> &'static str {
        match self {
            Self::Accepted => "agency-accepted",
            Self::Refused => "agency-refused",
            Self::Completed => "agency-completed",
        }
    }

    /// What an act says, if it is such an act.
    #[must_use]
    pub fn of(act: &Act) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.kind() == act.kind)
    }

    /// Whether nothing more comes of the request.
    #[must_use]
    pub fn is_final(self) -> bool {
        self != Self::Accepted
    }

    fn life(self) -> Life {
        match self {
            Self::Accepted => Life::Accepted,
            Self::Refused => Life::Refused,
            Self::Completed => Life::Completed,
        }
    }
}

/// An agency: its id in the catalogue, and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speaker<'a> {
    /// Id in the catalogue.
    pub agency: &'a str,
    /// As people know it.
    pub name: &'a str,
}

/// What an agency was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// Id of the event, as the agency got it.
    pub event: &'a str,
    /// What had happened: `recorded`, `amended`, `withdrawn`.
    pub what: &'a str,
    /// Ids of the fields that it was given, apart by spaces.
    pub fields: &'a str,
    /// How it got it: `feed`, `webhook`.
    pub way: &'a str,
}

/// The record that is written in, and the hub's mark over a statement ([`statement`]).
#[derive(Clone, Copy)]
pub struct Hub<'a> {
    /// The request.
    pub record: RecordId,
    /// Makes the mark.
    pub mark: &'a dyn Fn(&[u8]) -> String,
}

impl fmt::Debug for Hub<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("record", &self.record).finish()
    }
}

impl Hub<'_> {
    pub(super) fn write(
        &self,
        document: &mut Document,
        (author, at): (&Author, Hlc),
        kind: &str,
        said: &[(&str, &str)],
    ) -> Result<Written, DocumentError> {
        let act = Act::new(author, at, kind, said);
        let mark = (self.mark)(&statement(self.record, &act));
        let said: Vec<_> = said
            .iter()
            .copied()
            .chain([(MARK, mark.as_str())])
            .collect();
        document.write(author, at, kind, &said, |_| Ok(()))
    }
}

/// The agency was told of the request.
///
/// # Errors
/// When the document refuses.
pub fn tell(
    document: &mut Document,
    by: (&Author, Hlc),
    who: Speaker<'_>,
    told: &Told<'_>,
    hub: Hub<'_>,
) -> Result<Written, DocumentError> {
    let said = [
        ("agency", who.agency),
        ("name", who.name),
        ("event", told.event),
        ("what", told.what),
        ("fields", told.fields),
        ("way", told.way),
    ];
    hub.write(document, by, TOLD, &said)
}

/// The agency says how far it is, in its own words if it has any, under its own reference.
///
/// # Errors
/// When the document refuses.
pub fn say(
    document: &mut Document,
    by: (&Author, Hlc),
    who: Speaker<'_>,
    (status, text, reference): (Status, &str, &str),
    hub: Hub<'_>,
) -> Result<Written, DocumentError> {
    let said = [
        ("agency", who.agency),
        ("name", who.name),
        ("text", text),
        ("reference", reference),
    ];
    hub.write(document, by, status.kind(), &said)
}

/// The agency asks whoever has the case.
///
/// # Errors
/// When the document refuses.
pub fn ask(
    document: &mut Document,
    by: (&Author, Hlc),
    who: Speaker<'_>,
    text: &str,
    hub: Hub<'_>,
) -> Result<Written, DocumentError> {
    let said = [("agency", who.agency), ("name", who.name), ("text", text)];
    hub.write(document, by, ASKED, &said)
}

/// A desk answers a question, by the id of its act.
///
/// # Errors
/// When the document refuses.
pub fn reply(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (of, text): (&str, &str),
) -> Result<Written, DocumentError> {
    let said = [("of", of), ("text", text)];
    document.write(author, at, REPLIED, &said, |_| Ok(()))
}

fn is_of_hub(kind: &str) -> bool {
    OF_HUB.iter().any(|begins| kind.starts_with(begins))
}

/// Whether a change may hold acts of an agency, or of the hub for itself. None that this denies does: those acts stand in
/// changes as they are written, and are read only if they begin so.
#[must_use]
pub fn may_speak(change: &[u8]) -> bool {
    let claim = CLAIM.as_bytes();
    let mut claims = change.windows(claim.len()).enumerate();
    claims.any(|(at, bytes)| {
        bytes == claim && {
            let kind = &change[at + claim.len()..];
            OF_HUB
                .iter()
                .any(|begins| kind.starts_with(begins.as_bytes()))
        }
    })
}

/// The acts of an agency, and those of the hub for itself, in a change; `None` when it cannot be read. Only of what the guard let pass.
#[must_use]
pub fn acts_in(change: &[u8]) -> Option<Vec<Act>> {
    let change = Change::from_bytes(change.to_vec()).ok()?;
    let ExpandedChange { operations, .. } = change.decode();
    let acts = operations.iter().filter_map(|op| {
        let (legacy::Key::Map(key), legacy::OpType::Put(ScalarValue::Str(text))) =
            (&op.key, &op.action)
        else {
            return None;
        };
        Act::decode(key, text).filter(|act| is_of_hub(&act.kind))
    });
    Some(acts.collect())
}

/// What the hub puts its mark to: which request, when, and every word of the act.
#[must_use]
pub fn statement(record: RecordId, act: &Act) -> Vec<u8> {
    let mut out = b"vereda: an agency says this, version 1\0".to_vec();
    out.extend(record.0);
    let words = act.more.iter().filter(|(word, _)| *word != MARK);
    let words = words.flat_map(|(word, said)| [word.as_str(), said.as_str()]);
    for word in [&act.id, &act.kind, &act.by]
        .map(String::as_str)
        .into_iter()
        .chain(words)
    {
        out.extend((word.len() as u64).to_be_bytes());
        out.extend(word.as_bytes());
    }
    out
}

/// The mark that an act carries.
#[must_use]
pub fn mark(act: &Act) -> &str {
    said(act, MARK)
}

/// Whether a text under an act's key may be read as that kind of act.
pub(super) fn is_well_written(kind: &str, text: &str) -> bool {
    !is_of_hub(kind)
        || text
            .strip_prefix(CLAIM)
            .is_some_and(|rest| rest.starts_with(kind))
}

/// Whether an act is an agency's word, of which its desks hear.
#[must_use]
pub fn is_word(act: &Act) -> bool {
    Status::of(act).is_some() || act.kind == ASKED
}

/// Whether an act is one that nobody but the hub makes, for an agency or for itself.
#[must_use]
pub fn is_by_hub(act: &Act) -> bool {
    is_of_hub(&act.kind)
}

/// The last word of an agency on how far it is.
#[must_use]
pub fn status(document: &Document) -> Option<(Status, &Act)> {
    let mut acts = document.acts().rev();
    acts.find_map(|act| Some((Status::of(act)?, act)))
}

/// What agencies were told, oldest first.
pub fn told(document: &Document) -> impl Iterator<Item = &Act> {
    document.acts().filter(|act| act.kind == TOLD)
}

/// Questions of agencies, oldest first, each with what desks answered.
#[must_use]
pub fn questions(document: &Document) -> Vec<(&Act, Vec<&Act>)> {
    let asked = document.acts().filter(|act| act.kind == ASKED);
    let replies = |question: &Act| {
        let replies = document.acts().filter(|act| act.kind == REPLIED);
        replies
            .filter(|act| said(act, "of") == question.id)
            .collect()
    };
    asked
        .map(|question| (question, replies(question)))
        .collect()
}

/// The life that it has by what agencies were told and said.
pub(super) fn life(document: &Document) -> Option<Life> {
    match status(document) {
        Some((status, _)) => Some(status.life()),
        None => told(document).next().map(|_| Life::Forwarded),
    }
}

/// Whether an agency is through with it: that stands, whatever the crew writes afterwards.
pub(super) fn is_over(document: &Document) -> bool {
    status(document).is_some_and(|(status, _)| status.is_final())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::answer::{Answer, Provenance};
    use crate::record::case::{self, Case};
    use crate::record::request::{self, Summary};

    const ISS: Speaker<'_> = Speaker {
        agency: "iss",
        name: "Segurança Social",
    };

    fn author(node: &str) -> Author {
        Author::invented(node, "Ana Martins")
    }

    fn at(second: u64) -> Hlc {
        Hlc::new(second * 1000, 0)
    }

    fn mark_of(bytes: &[u8]) -> String {
        crate::conflict::fingerprint([String::from_utf8_lossy(bytes).as_ref(), "secret"])
    }

    fn hub(record: RecordId) -> Hub<'static> {
        Hub {
            record,
            mark: &mark_of,
        }
    }

    fn recorded() -> (RecordId, Document) {
        let a = author("m07");
        let begun = request::begin(&a, at(1), ("cesd", 1), RecordId([9; 32]), &BTreeMap::new());
        let (mut d, first) = begun.unwrap();
        request::record(&mut d, &a, at(2), "M07-AAAA-BBBB-C", 0, None).unwrap();
        (RecordId::from(first.change), d)
    }

    fn life(d: &Document) -> Life {
        Summary::of(d).unwrap().life
    }

    #[test]
    fn a_request_lives_on_by_what_its_agency_was_told_and_says() {
        let (id, mut d) = recorded();
        let by = author("central");
        let told = Told {
            event: "e1",
            what: "recorded",
            fields: "niss sns",
            way: "feed",
        };
        tell(&mut d, (&by, at(3)), ISS, &told, hub(id)).unwrap();
        assert_eq!(life(&d), Life::Forwarded);
        say(
            &mut d,
            (&by, at(4)),
            ISS,
            (Status::Accepted, "", "P-1"),
            hub(id),
        )
        .unwrap();
        assert_eq!(life(&d), Life::Accepted);
        // The agency's act stands when the crew amends.
        let answer = Answer {
            value: "11".into(),
            provenance: Provenance::Typed,
        };
        request::correct(&mut d, &author("m07"), at(5), "niss", &answer, "troca").unwrap();
        assert_eq!(life(&d), Life::Accepted);
        case::give_back(&mut d, &by, at(6), "niss", "não existe").unwrap();
        assert_eq!(life(&d), Life::Returned);
        let of: Vec<String> = Case::of(&d)
            .unwrap()
            .returned
            .iter()
            .map(|a| a.id.clone())
            .collect();
        case::hand_in(&mut d, &author("m07"), at(7), &of, "").unwrap();
        assert_eq!(life(&d), Life::Accepted);
        say(
            &mut d,
            (&by, at(8)),
            ISS,
            (Status::Completed, "Emitido.", "P-1"),
            hub(id),
        )
        .unwrap();
        assert_eq!(life(&d), Life::Completed);
        // Who withdraws what is done already withdraws nothing.
        case::withdraw(&mut d, &author("m07"), at(9), "o próprio", "já não precisa").unwrap();
        assert_eq!(life(&d), Life::Completed);
    }

    #[test]
    fn what_is_withdrawn_before_it_is_done_is_withdrawn() {
        let (id, mut d) = recorded();
        let by = author("central");
        say(
            &mut d,
            (&by, at(3)),
            ISS,
            (Status::Accepted, "", ""),
            hub(id),
        )
        .unwrap();
        case::withdraw(&mut d, &author("m07"), at(4), "o próprio", "já não precisa").unwrap();
        assert_eq!(life(&d), Life::Withdrawn);
    }

    #[test]
    fn a_question_waits_until_a_desk_answers_it() {
        let (id, mut d) = recorded();
        let by = author("central");
        ask(&mut d, (&by, at(3)), ISS, "Qual é a morada?", hub(id)).unwrap();
        ask(&mut d, (&by, at(4)), ISS, "E o código postal?", hub(id)).unwrap();
        let asked = Case::of(&d).unwrap().asked;
        assert_eq!(asked.len(), 2);
        reply(
            &mut d,
            &author("m07"),
            at(5),
            (&asked[0].id, "Rua do Forno."),
        )
        .unwrap();
        let left = Case::of(&d).unwrap().asked;
        assert_eq!(left.len(), 1);
        assert_eq!(said(&left[0], "text"), "E o código postal?");
        let replies: Vec<usize> = questions(&d)
            .iter()
            .map(|(_, replies)| replies.len())
            .collect();
        assert_eq!(replies, [1, 0]);
    }

    #[test]
    fn the_mark_covers_every_word_and_the_record() {
        let (id, mut d) = recorded();
        let by = author("central");
        let written = say(
            &mut d,
            (&by, at(3)),
            ISS,
            (Status::Accepted, "sim", "P"),
            hub(id),
        )
        .unwrap();
        assert!(may_speak(&written.bytes));
        let acts = acts_in(&written.bytes).unwrap();
        assert_eq!(acts.len(), 1);
        let genuine = |record, act: &Act| mark(act) == mark_of(&statement(record, act));
        assert!(genuine(id, &acts[0]));
        assert!(!genuine(RecordId([7; 32]), &acts[0]));
        for word in ["agency", "text", "reference"] {
            let mut other = acts[0].clone();
            other.more.insert(word.into(), "outra".into());
            assert!(!genuine(id, &other), "{word}");
        }
        let mut other = acts[0].clone();
        other.kind = "agency-completed".into();
        assert!(!genuine(id, &other));
    }

    #[test]
    fn an_act_of_an_agency_is_read_only_as_it_is_written() {
        let key = Act::new(&author("m07"), at(3), "agency-accepted", &[]).id;
        let plain = "{\"act\":\"agency-accepted\",\"by\":\"a\",\"spot\":\"b\"}";
        assert!(Act::decode(&key, plain).is_some());
        for hidden in [
            "{ \"act\":\"agency-accepted\",\"by\":\"a\",\"spot\":\"b\"}",
            "{\"by\":\"a\",\"act\":\"agency-accepted\",\"spot\":\"b\"}",
            "{\"\\u0061ct\":\"agency-accepted\",\"by\":\"a\",\"spot\":\"b\"}",
            "{\"act\":\"\\u0061gency-accepted\",\"by\":\"a\",\"spot\":\"b\"}",
        ] {
            assert_eq!(Act::decode(&key, hidden), None, "{hidden}");
        }
    }

    proptest! {
        #[test]
        fn what_is_no_change_never_panics(bytes: Vec<u8>) {
            let _ = (may_speak(&bytes), acts_in(&bytes));
        }

        #[test]
        fn no_other_words_make_the_same_statement(a in ".{0,12}", b in ".{0,12}", c in ".{0,12}", d in ".{0,12}") {
            let of = |text: &str, reference: &str| {
                let said = [("text", text), ("reference", reference)];
                statement(RecordId([1; 32]), &Act::new(&author("central"), at(3), "agency-accepted", &said))
            };
            prop_assert_eq!(of(&a, &b) == of(&c, &d), (a, b) == (c, d));
        }
    }
}
