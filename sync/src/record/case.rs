//! The case that a request is, beside what it asks for: whether the citizen still wants it, who
//! has it, what was sent back, when somebody is to look again.
//!
//! ```text
//! answers: _standing       "stands" or "withdrawn": what was said of the request as a whole
//! notes                    what a follow-up says
//! acts: withdrawn · followed-up · looked-after · returned · handed-in · handed-over · taken-over · parked · resumed
//! ```
//! Whoever amends a recorded request states that it stands, whoever withdraws it that it does not. So
//! one that was withdrawn at one spot and amended at another holds two statements of one field, and
//! that is a conflict like any other: a person decides. An act that ends others names them (`of`):
//! what came meanwhile from elsewhere is not ended by it.

use std::sync::LazyLock;

use crate::answer::{Answer, Provenance};
use crate::catalogue::{Choice, Field, Kind as FieldKind, Words};
use crate::hlc::Hlc;
use crate::record::Kind;
use crate::record::act::{Act, ActId};
use crate::record::agency;
use crate::record::declaration::{self, Proof};
use crate::record::document::{Author, Document, DocumentError, Writing, Written};
use crate::record::outcome::Telling;

/// The field under which it is stated whether a request stands. No field of a catalogue can be
/// called so.
pub const STANDING: &str = "_standing";
/// The act of a desk that gives a case to another one; `to` names the node.
pub const HANDED_OVER: &str = "handed-over";
/// The citizen still wants it.
const STANDS: &str = "stands";
/// The citizen does not want it any more.
const WITHDRAWN: &str = "withdrawn";

/// The field of that id, for who is shown two statements of it.
pub static STANDING_FIELD: LazyLock<Field> = LazyLock::new(|| {
    let label = Words::from([("pt", "Desistência"), ("en", "Withdrawal")]);
    let option = |id: &str, pt: &str, en: &str| Choice {
        id: id.to_owned(),
        label: Words::from([("pt", pt), ("en", en)]),
    };
    Field {
        options: vec![
            option(STANDS, "O pedido mantém-se", "The request stands"),
            option(WITHDRAWN, "O cidadão desistiu", "The citizen withdrew it"),
        ],
        ..Field::new(STANDING, label, FieldKind::Choice)
    }
});

/// Whether what stands says that the citizen withdrew the request, and nothing else.
pub(super) fn is_withdrawn(document: &Document) -> bool {
    let said = document.statements(STANDING);
    !said.is_empty() && said.iter().all(|s| s.answer.value == WITHDRAWN)
}

fn state(w: &mut Writing<'_>, value: &str) -> Result<(), DocumentError> {
    let answer = Answer {
        value: value.to_owned(),
        provenance: Provenance::Typed,
    };
    w.answer(STANDING, &answer)
}

/// Whether an amendment may state that the request stands: a statement settles what stood before,
/// and neither a withdrawal nor a conflict about one is settled in passing.
pub(super) fn may_stand(document: &Document) -> bool {
    let said = document.statements(STANDING);
    said.iter().all(|s| s.answer.value == STANDS)
}

/// Whether one spot says that the request stands and another that it was withdrawn.
#[must_use]
pub fn is_contested(document: &Document) -> bool {
    !may_stand(document) && !is_withdrawn(document)
}

/// Who amends a request says with it that it stands.
pub(super) fn stands(w: &mut Writing<'_>) -> Result<(), DocumentError> {
    state(w, STANDS)
}

/// The citizen does not want a recorded request any more. `who` says so, and why.
///
/// # Errors
/// When the document refuses.
pub fn withdraw(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    who: &str,
    reason: &str,
) -> Result<Written, DocumentError> {
    let said = [("who", who), ("reason", reason)];
    document.write(author, at, "withdrawn", &said, |w| state(w, WITHDRAWN))
}

/// What was heard or done since, and the day on which to look again (`yyyy-mm-dd`).
///
/// # Errors
/// When the document refuses.
pub fn follow_up(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    text: &str,
    on: Option<&str>,
) -> Result<Written, DocumentError> {
    let on = on.map(|day| ("on", day));
    document.write(author, at, "followed-up", on.as_slice(), |w| w.note(text))
}

/// Somebody looked again, as these follow-ups asked for.
///
/// # Errors
/// When the document refuses.
pub fn look_after(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    of: &[String],
) -> Result<Written, DocumentError> {
    ends(document, author, at, "looked-after", of)
}

/// Hub or agency send a request back: `field` cannot be as it is, and why. The value that was refused is
/// kept with it, as it will be corrected.
///
/// # Errors
/// When the document refuses.
pub fn give_back(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    field: &str,
    reason: &str,
) -> Result<Written, DocumentError> {
    let refused = document.answers().get(field).cloned();
    let (refused, how) = refused.map_or_else(Default::default, |a| (a.value, a.provenance.code()));
    let said = [
        ("field", field),
        ("refused", refused.as_str()),
        ("how", how),
        ("reason", reason),
    ];
    document.write(author, at, "returned", &said, |_| Ok(()))
}

/// What was sent back is handed in again. `because`: why values that were refused stay as they are, or
/// empty.
///
/// # Errors
/// When the document refuses.
pub fn hand_in(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    of: &[String],
    because: &str,
) -> Result<Written, DocumentError> {
    let of = of.join(" ");
    let because = Some(("reason", because)).filter(|(_, said)| !said.is_empty());
    let said: Vec<_> = [("of", of.as_str())].into_iter().chain(because).collect();
    let may_stand = may_stand(document);
    document.write(author, at, "handed-in", &said, |w| match may_stand {
        true => stands(w),
        false => Ok(()),
    })
}

/// To whom a case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressee<'a> {
    /// Id of the node.
    pub node: &'a str,
    /// The spot's name.
    pub spot: &'a str,
    /// One mediator there, by id and name; else whoever is there.
    pub person: Option<(&'a str, &'a str)>,
}

/// The case goes to another desk.
///
/// # Errors
/// When the document refuses.
pub fn hand_over(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    to: Addressee<'_>,
    note: &str,
) -> Result<Written, DocumentError> {
    let mut said = vec![("to", to.node), ("to-spot", to.spot), ("note", note)];
    if let Some((id, name)) = to.person {
        said.extend([("to-person", id), ("to-name", name)]);
    }
    document.write(author, at, HANDED_OVER, &said, |_| Ok(()))
}

/// The desk that writes this has the case from now on.
///
/// # Errors
/// When the document refuses.
pub fn take_over(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    of: &[String],
) -> Result<Written, DocumentError> {
    ends(document, author, at, "taken-over", of)
}

/// A request that is being filled in waits, and why.
///
/// # Errors
/// When the document refuses.
pub fn park(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    reason: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "parked", &[("reason", reason)], |_| Ok(()))
}

/// It goes on.
///
/// # Errors
/// When the document refuses.
pub fn resume(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    of: &[String],
) -> Result<Written, DocumentError> {
    ends(document, author, at, "resumed", of)
}

fn ends(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    act: &str,
    of: &[String],
) -> Result<Written, DocumentError> {
    document.write(author, at, act, &[("of", &of.join(" "))], |_| Ok(()))
}

/// What is open in a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    /// Id of the node that has it: which took it over last, or recorded it, or began it.
    pub holder: String,
    /// The citizen's withdrawal, if that is all that stands of it.
    pub withdrawn: Option<Act>,
    /// Follow-ups that say a day and that nobody looked after, oldest first.
    pub to_look_at: Vec<Act>,
    /// The proof of who the citizen is, which is owed since it was recorded.
    pub proof: Option<ProofOwed>,
    /// What was sent back and not handed in again, oldest first.
    pub returned: Vec<Act>,
    /// What an agency asks and nobody answered, oldest first.
    pub asked: Vec<Act>,
    /// To whom it goes, until that desk has taken it over: the last one counts.
    pub handed_over: Option<Act>,
    /// All acts that handed it over and that nobody answered, oldest first: taking it over ends all.
    pub on_the_way: Vec<String>,
    /// Why the draft waits.
    pub parked: Vec<Act>,
    /// How it stands with telling the citizen how it ended.
    pub telling: Telling,
}

/// A proof of identity that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofOwed {
    /// Id of the act that recorded the request.
    pub since: String,
    /// The last day on which it is expected, `yyyy-mm-dd`.
    pub until: String,
}

impl Case {
    /// Reads it from the document; `None` if that is no request.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Request) {
            return None;
        }
        let is_recorded = document.text("number").is_some();
        let open = |kind: &str, ended: &str| -> Vec<Act> {
            let closing = document.acts().filter(|a| a.kind == ended);
            let over: Vec<&str> = closing.flat_map(|a| said(a, "of").split(' ')).collect();
            let acts = document.acts().filter(|a| a.kind == kind);
            acts.filter(|a| !over.contains(&a.id.as_str()))
                .cloned()
                .collect()
        };
        let did = |kind: &str| document.acts().rev().find(|a| a.kind == kind);
        let has = did("taken-over").or_else(|| document.acts().find(|a| a.kind == "recorded"));
        let has = has.or_else(|| document.acts().next())?;
        let withdrawn = is_withdrawn(document);
        let citizens = |a: &&Act| a.kind == "withdrawn" && !a.more.contains_key("other");
        let mut to_look_at = open("followed-up", "looked-after");
        to_look_at.retain(|a| a.more.contains_key("on"));
        let mut case = Self {
            holder: node_of(has).to_owned(),
            to_look_at,
            ..Self::default()
        };
        if withdrawn {
            case.withdrawn = document.acts().rev().find(citizens).cloned();
            case.telling = Telling::of(document, &[]);
            return Some(case);
        }
        let on_the_way = open(HANDED_OVER, "taken-over");
        case.on_the_way = on_the_way.iter().map(|a| a.id.clone()).collect();
        case.handed_over = on_the_way.into_iter().next_back();
        match is_recorded {
            true => {
                case.returned = open("returned", "handed-in");
                let open = agency::questions(document).into_iter();
                let open = open.filter(|(_, replies)| replies.is_empty());
                case.asked = open.map(|(question, _)| question.clone()).collect();
                case.proof = proof_owed(document);
            }
            false => case.parked = open("parked", "resumed"),
        }
        case.telling = Telling::of(document, &case.returned);
        Some(case)
    }
}

impl Case {
    /// Whether that node may give it away: it has it, or it is on its way there.
    #[must_use]
    pub fn may_be_handed_over_by(&self, node: &str) -> bool {
        let coming = self.handed_over.as_ref().map(|a| said(a, "to"));
        self.holder == node || coming == Some(node)
    }
}

fn proof_owed(document: &Document) -> Option<ProofOwed> {
    let Some(Proof::Owed(until)) = declaration::proof(document.answers()) else {
        return None;
    };
    let recorded = document.acts().find(|a| a.kind == "recorded")?;
    Some(ProofOwed {
        since: recorded.id.clone(),
        until,
    })
}

/// A word that an act says, or nothing.
#[must_use]
pub fn said<'a>(act: &'a Act, word: &str) -> &'a str {
    act.more.get(word).map_or("", String::as_str)
}

/// Id of the node at which an act was done.
#[must_use]
pub fn node_of(act: &Act) -> &str {
    ActId::parse(&act.id).map_or("", |id| id.node)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::conflict;
    use crate::id::RecordId;
    use crate::record::decision::{self, Ruling};
    use crate::record::{Life, request};

    fn author(node: &str) -> Author {
        Author::invented(node, "Ana Martins")
    }

    fn typed(value: &str) -> Answer {
        Answer {
            value: value.into(),
            provenance: Provenance::Typed,
        }
    }

    fn at(second: u64) -> Hlc {
        Hlc::new(second * 1000, 0)
    }

    fn draft() -> Document {
        let a = author("m07");
        let known = BTreeMap::from([("iban".to_owned(), typed("PT1"))]);
        let begun = request::begin(&a, at(1), ("cesd", 1), RecordId([9; 32]), &known);
        begun.unwrap().0
    }

    fn recorded() -> Document {
        let mut d = draft();
        request::record(&mut d, &author("m07"), at(2), "M07-AAAA-BBBB-C", 0, None).unwrap();
        d
    }

    fn copy(d: &mut Document) -> Document {
        let changes = d.changes().unwrap();
        Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
    }

    fn life(d: &Document) -> Life {
        request::Summary::of(d).unwrap().life
    }

    fn ids(acts: &[Act]) -> Vec<String> {
        acts.iter().map(|a| a.id.clone()).collect()
    }

    #[test]
    fn a_request_is_withdrawn_by_the_citizen_and_by_nobody_else() {
        let mut d = recorded();
        withdraw(&mut d, &author("m07"), at(3), "a filha", "já não precisa").unwrap();
        assert_eq!(life(&d), Life::Withdrawn);
        let case = Case::of(&d).unwrap();
        assert_eq!(said(&case.withdrawn.unwrap(), "who"), "a filha");
        assert_eq!(conflict::of(&d), []);
        assert_eq!(
            decision::decisions(&d).count(),
            0,
            "it was no operator's decision"
        );
        // A correction that was on its way at the same desk does not bring it back.
        let a = author("m07");
        request::correct(&mut d, &a, at(4), "iban", &typed("PT2"), "troca").unwrap();
        assert_eq!(life(&d), Life::Withdrawn);
    }

    #[test]
    fn withdrawn_here_and_amended_there_is_for_a_person_to_decide() {
        type Amends = fn(&mut Document, &Author) -> Written;
        let amends: [Amends; 2] = [
            |d, a| request::correct(d, a, at(4), "iban", &typed("PT2"), "troca").unwrap(),
            |d, a| {
                let back = ids(&Case::of(d).unwrap().returned);
                hand_in(d, a, at(4), &back, "está certo").unwrap()
            },
        ];
        for amend in amends {
            let mut base = recorded();
            give_back(
                &mut base,
                &author("hub"),
                Hlc::new(2_100, 0),
                "iban",
                "não existe",
            )
            .unwrap();
            // Both amended it before: what stood then must not hide what they say now.
            let first = author("m07");
            request::correct(&mut base, &first, at(3), "phone", &typed("9"), "").unwrap();
            let (mut here, mut there) = (copy(&mut base), copy(&mut base));
            let amended = amend(&mut here, &author("m07"));
            withdraw(&mut there, &author("s02"), at(5), "o próprio", "desistiu").unwrap();
            there.apply([amended.bytes.as_slice()]).unwrap();
            assert_ne!(life(&there), Life::Withdrawn, "nobody decided that");
            let conflicts = conflict::of(&there);
            assert_eq!(conflicts.len(), 1, "{conflicts:?}");
            assert_eq!(conflicts[0].field, STANDING);
            // Whatever is amended meanwhile settles nothing.
            let a = author("m07");
            request::correct(&mut there, &a, at(6), "phone", &typed("8"), "").unwrap();
            assert_eq!(conflict::of(&there).len(), 1);
            let decided = typed(WITHDRAWN);
            let hub = author("hub");
            decision::decide(
                &mut there,
                &hub,
                at(7),
                STANDING,
                &decided,
                Ruling {
                    reason: "falei com ele",
                    ..Ruling::default()
                },
            )
            .unwrap();
            assert_eq!(
                (conflict::of(&there), life(&there)),
                (vec![], Life::Withdrawn)
            );
        }
    }

    #[test]
    fn two_spots_that_withdraw_agree_and_notes_are_no_amendment() {
        let mut base = recorded();
        let (mut here, mut there) = (copy(&mut base), copy(&mut base));
        let w = withdraw(&mut here, &author("m07"), at(3), "o próprio", "a").unwrap();
        let n = follow_up(&mut here, &author("m07"), at(4), "Ligou.", None).unwrap();
        withdraw(&mut there, &author("s02"), at(5), "o próprio", "b").unwrap();
        there
            .apply([w.bytes.as_slice(), n.bytes.as_slice()])
            .unwrap();
        assert_eq!(
            (conflict::of(&there), life(&there)),
            (vec![], Life::Withdrawn)
        );
    }

    #[test]
    fn what_is_sent_back_lives_on_when_it_is_handed_in_again() {
        let mut d = recorded();
        let (hub, desk) = (author("hub"), author("m07"));
        give_back(&mut d, &hub, at(3), "iban", "não existe").unwrap();
        assert_eq!(life(&d), Life::Returned);
        let case = Case::of(&d).unwrap();
        assert_eq!((case.returned.len(), case.holder.as_str()), (1, "m07"));
        request::correct(&mut d, &desk, at(4), "iban", &typed("PT2"), "engano").unwrap();
        let back = Case::of(&d).unwrap().returned;
        assert_eq!(said(&back[0], "refused"), "PT1", "what it was is kept");
        assert_eq!(life(&d), Life::Returned, "corrected is not handed in");
        let mut elsewhere = copy(&mut d);
        let again = give_back(&mut elsewhere, &hub, at(5), "nif", "falta").unwrap();
        hand_in(&mut d, &desk, at(6), &ids(&back), "").unwrap();
        assert_eq!(life(&d), Life::Recorded);
        // What was sent back meanwhile is not answered by that.
        d.apply([again.bytes.as_slice()]).unwrap();
        assert_eq!(life(&d), Life::Returned);
        assert_eq!(said(&Case::of(&d).unwrap().returned[0], "field"), "nif");
    }

    #[test]
    fn a_case_goes_to_another_desk_which_has_it_then() {
        let mut d = recorded();
        let to = Addressee {
            node: "s02",
            spot: "Espaço s02",
            person: Some(("rui.p", "Rui Pires")),
        };
        hand_over(&mut d, &author("m07"), at(3), to, "mora lá").unwrap();
        let case = Case::of(&d).unwrap();
        assert_eq!(case.holder, "m07", "until the other one has taken it over");
        assert_eq!(said(case.handed_over.as_ref().unwrap(), "to"), "s02");
        take_over(&mut d, &author("s02"), at(4), &case.on_the_way).unwrap();
        let case = Case::of(&d).unwrap();
        assert_eq!((case.holder.as_str(), case.handed_over), ("s02", None));
        give_back(&mut d, &author("hub"), at(5), "iban", "não existe").unwrap();
        assert_eq!(Case::of(&d).unwrap().holder, "s02", "it goes back to there");
    }

    #[test]
    fn a_draft_waits_and_a_follow_up_asks_to_look_again() {
        let (mut d, a) = (draft(), author("m07"));
        park(&mut d, &a, at(2), "falta a caderneta").unwrap();
        let parked = Case::of(&d).unwrap().parked;
        assert_eq!(said(&parked[0], "reason"), "falta a caderneta");
        resume(&mut d, &a, at(3), &ids(&parked)).unwrap();
        assert_eq!(Case::of(&d).unwrap().parked, []);
        request::record(&mut d, &a, at(4), "M07-AAAA-BBBB-C", 0, None).unwrap();
        follow_up(&mut d, &a, at(5), "Ligou a dizer que espera.", None).unwrap();
        follow_up(
            &mut d,
            &a,
            at(6),
            "Perguntar à entidade.",
            Some("2026-12-01"),
        )
        .unwrap();
        let due = Case::of(&d).unwrap().to_look_at;
        assert_eq!((due.len(), said(&due[0], "on")), (1, "2026-12-01"));
        look_after(&mut d, &a, at(7), &ids(&due)).unwrap();
        assert_eq!(Case::of(&d).unwrap().to_look_at, []);
        assert_eq!(d.notes().len(), 2);
    }
}
