//! The request: one service asked for in an attendance. It has a life at the agency.
//!
//! ```text
//! service, edition, attendance   by the first change, with the citizen's identity copied in
//! together                       by the first change, of what is asked for in one conversation
//! household                      by the first change, of who is served with others of theirs ([`household`])
//! number, fee                    when recorded; and under which occurrence, where one is in force ([`Under`])
//! acts: opened · step · taken-out · edition · papers · confirmed · recorded · corrected · proven · note · decided · withdrawn ·
//!       kept-both · left-both · reserved · to-be-told · not-to-be-told · told · not-reached
//! ```
//! What becomes of it afterwards, and who has it: [`case`]; who is told of it: [`outcome`](super::outcome).

use std::collections::BTreeMap;

use crate::answer::{Answer, Provenance};
use crate::catalogue::{self, Scarce};
use crate::day::Date;
use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::act::Act;
use crate::record::consent::Consent;
use crate::record::document::{Attached, Author, Document, DocumentError, Written};
use crate::record::late::{self, Late};
use crate::record::lease::Reserved;
use crate::record::occurrence::Under;
use crate::record::{
    Kind, Life, agency, case, complaint, decision, declaration, household, papers, representation,
};

/// Begins a request of a service, with the citizen's identity copied from the attendance.
///
/// # Errors
/// When the document refuses.
pub fn begin(
    author: &Author,
    at: Hlc,
    (service, edition): (&str, u32),
    attendance: RecordId,
    identity: &BTreeMap<String, Answer>,
) -> Result<(Document, Written), DocumentError> {
    let of = (service, edition);
    let beside = Beside::default();
    begin_with(author, at, of, attendance, (identity, &beside))
}

/// What else a request says by its first change.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// It is asked for in one conversation with others of its attendance ([`is_together`]).
    pub together: bool,
    /// What stood on paper first, whose number it is recorded under.
    pub late: Option<&'a Late>,
    /// To whose household the citizen belongs ([`household`]).
    pub household: Option<RecordId>,
}

/// As [`begin`], with what else there is to say.
///
/// # Errors
/// When the document refuses.
pub fn begin_with(
    author: &Author,
    at: Hlc,
    (service, edition): (&str, u32),
    attendance: RecordId,
    (identity, beside): (&BTreeMap<String, Answer>, &Beside<'_>),
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Request, author, at, |w| {
        if beside.together {
            w.put_text("together", "yes")?;
        }
        if let Some(household) = beside.household {
            w.put_text(household::ROOT, &household.to_string())?;
        }
        w.put_text("service", service)?;
        w.put_number("edition", u64::from(edition))?;
        w.put_text("attendance", &attendance.to_string())?;
        if let Some(late) = beside.late {
            w.put_text(late::ROOT, &late.encode())?;
        }
        identity
            .iter()
            .try_for_each(|(field, answer)| w.answer(field, answer))
    })
}

/// Whether it is asked for in one conversation with others of its attendance.
#[must_use]
pub fn is_together(document: &Document) -> bool {
    document.text("together") == Some("yes")
}

/// A step is finished: one change, holding what was meant and not what was mistyped.
///
/// # Errors
/// When the document refuses.
pub fn finish_step(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    step: &str,
    answers: &BTreeMap<String, Answer>,
    attached: &[Attached],
) -> Result<Written, DocumentError> {
    let before = document.answers().clone();
    let known = document.attached();
    document.write(author, at, "step", &[("step", step)], |w| {
        let changed = answers
            .iter()
            .filter(|(field, answer)| match before.get(*field) {
                None => !answer.value.is_empty(),
                Some(was) => was != *answer,
            });
        changed
            .into_iter()
            .try_for_each(|(field, answer)| w.answer(field, answer))?;
        let new = attached
            .iter()
            .filter(|a| known.iter().all(|k| k.blob != a.blob));
        new.into_iter().try_for_each(|a| w.attach(a))
    })
}

/// One time of a step that repeats (`invoice.2`) is taken out; `said` is what
/// [`catalogue::Service::take_out`] gives.
///
/// # Errors
/// When the document refuses.
pub fn take_out(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    time: &str,
    said: &BTreeMap<String, String>,
) -> Result<Written, DocumentError> {
    document.write(author, at, "taken-out", &[("step", time)], |w| {
        said.iter().try_for_each(|(field, value)| {
            let value = value.clone();
            let provenance = Provenance::Typed;
            w.answer(field, &Answer { value, provenance })
        })
    })
}

/// The draft goes on under a newer edition of the catalogue. The steps of `again` are to be gone
/// through once more; every answer stays.
///
/// # Errors
/// When the document refuses.
pub fn move_to_edition(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    edition: u32,
    again: &[String],
) -> Result<Written, DocumentError> {
    let from = document.number("edition").unwrap_or(0).to_string();
    let (to, again) = (edition.to_string(), again.join(" "));
    let said = [("from", from.as_str()), ("to", &to), ("again", &again)];
    document.write(author, at, "edition", &said, |w| {
        w.put_number("edition", u64::from(edition))
    })
}

/// The citizen agreed to what they were shown.
///
/// # Errors
/// When the document refuses.
pub fn confirm(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    consent: &Consent,
) -> Result<Written, DocumentError> {
    let said = consent.said();
    let said: Vec<(&str, &str)> = said
        .iter()
        .map(|(key, said)| (*key, said.as_str()))
        .collect();
    document.write(author, at, "confirmed", &said, |_| Ok(()))
}

/// Recorded, under its number; if it is to be answered, by which day ([`complaint`]).
///
/// # Errors
/// When the document refuses.
pub fn record(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    number: &str,
    fee_cents: u32,
    reply_by: Option<Date>,
) -> Result<Written, DocumentError> {
    let costs = (number, fee_cents);
    record_with(
        document,
        author,
        at,
        costs,
        reply_by,
        (&Reserved::No, None, &[]),
    )
}

/// As [`record`], of a service that needs an hour at a counter: with the one that it got, or that it waits
/// for; and under which occurrence it is recorded, and photographs of the form of paper that it
/// was on first.
///
/// # Errors
/// When the document refuses.
pub fn record_with(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (number, fee_cents): (&str, u32),
    reply_by: Option<Date>,
    (hour, under, attached): (&Reserved, Option<&Under>, &[Attached]),
) -> Result<Written, DocumentError> {
    let known = document.attached();
    let new: Vec<&Attached> = attached
        .iter()
        .filter(|a| known.iter().all(|k| k.blob != a.blob))
        .collect();
    let reply_by = reply_by.map(|day| (complaint::REPLY_BY, day.to_string()));
    let said = reply_by.into_iter().chain(hour.said(Scarce::Appointment));
    let said: Vec<(&str, String)> = said.collect();
    let said: Vec<(&str, &str)> = said.iter().map(|(word, s)| (*word, s.as_str())).collect();
    document.write(author, at, "recorded", &said, |w| {
        w.put_text("number", number)?;
        w.put_number("fee", u64::from(fee_cents))?;
        under.map_or(Ok(()), |under| under.put(w))?;
        new.into_iter().try_for_each(|a| w.attach(a))
    })
}

/// One value is corrected after recording; so the request stands ([`case::STANDING`]).
///
/// # Errors
/// When the document refuses.
pub fn correct(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    field: &str,
    answer: &Answer,
    reason: &str,
) -> Result<Written, DocumentError> {
    let may_stand = case::may_stand(document);
    document.write(
        author,
        at,
        "corrected",
        &[("field", field), ("reason", reason)],
        |w| {
            w.answer(field, answer)?;
            match may_stand {
                true => case::stands(w),
                false => Ok(()),
            }
        },
    )
}

/// A note is added.
///
/// # Errors
/// When the document refuses.
pub fn note(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    text: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "note", &[], |w| w.note(text))
}

/// Another spot's request seems to be the same, and a desk says why both stay. An operator may decide otherwise.
///
/// # Errors
/// When the document refuses.
pub fn leave_both(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (other, other_number): (RecordId, &str),
    reason: &str,
) -> Result<Written, DocumentError> {
    let other = other.to_string();
    let said = [
        ("other", other.as_str()),
        ("other-number", other_number),
        ("reason", reason),
    ];
    document.write(author, at, LEFT_BOTH, &said, |_| Ok(()))
}

/// Of which others desks said that both stay.
#[must_use]
pub fn left_both(document: &Document) -> Vec<RecordId> {
    let acts = document.acts().filter(|act| act.kind == LEFT_BOTH);
    let others = acts.filter_map(|act| RecordId::from_hex(act.more.get("other")?));
    others.take(MOST_LEFT).collect()
}

/// The act of [`leave_both`].
const LEFT_BOTH: &str = "left-both";
/// So many of them are looked at.
const MOST_LEFT: usize = 64;

/// What lists and search need to know of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Service of the catalogue.
    pub service: String,
    /// Edition of the catalogue under which it was made.
    pub edition: u32,
    /// The attendance in which it was asked for.
    pub attendance: Option<RecordId>,
    /// Its number, once recorded.
    pub number: Option<String>,
    /// Fee in cents, once recorded.
    pub fee_cents: u32,
    /// The citizen's name.
    pub citizen: String,
    /// Where it was made.
    pub spot: String,
    /// The stop, if known.
    pub stop: Option<String>,
    /// Who recorded it (or began it, before that).
    pub mediator: String,
    /// When it was recorded (or began).
    pub at: Hlc,
    /// Whether that clock was trusted.
    pub sure: bool,
    /// The zone of that place, as [`Act::zone`].
    pub zone: Option<String>,
    /// When it last changed since it was recorded (before that: when it began).
    pub changed: Hlc,
    /// As far as the record itself tells: never [`Life::Received`], as custody at the hub is known to the node,
    /// not to the record.
    pub life: Life,
    /// What is still owed.
    pub owes: Owed,
}

/// What the citizen is still to bring, or to get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owed {
    /// A paper.
    pub paper: bool,
    /// The proof of who they are.
    pub proof: bool,
    /// An hour at a counter, which there was none of.
    pub hour: bool,
    /// A reference to pay under, which there was none of.
    pub reference: bool,
}

impl Summary {
    /// Reads it from the document; `None` if it is no request.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Request) {
            return None;
        }
        let did = |kind: &str| document.acts().find(|a| a.kind == kind);
        let (recorded, last) = (did("recorded"), document.acts().next_back());
        let main = recorded.or(document.acts().next())?;
        let small = |key: &str| document.number(key).and_then(|n| u32::try_from(n).ok());
        Some(Self {
            service: document.text("service")?.to_owned(),
            edition: small("edition")?,
            attendance: document.text("attendance").and_then(RecordId::from_hex),
            number: document.text("number").map(str::to_owned),
            fee_cents: small("fee").unwrap_or(0),
            citizen: document
                .answers()
                .get("full-name")
                .map_or_else(String::new, |a| a.value.clone()),
            spot: main.spot.clone(),
            stop: main.stop.clone(),
            mediator: main.by.clone(),
            at: main.at,
            sure: main.sure,
            zone: main.zone.clone(),
            changed: recorded.and(last).unwrap_or(main).at,
            owes: Owed {
                paper: papers::owes(document.answers()),
                proof: declaration::owes(document.answers()),
                hour: is_owed(document, Scarce::Appointment),
                reference: is_owed(document, Scarce::PaymentReference),
            },
            life: if is_the_other_one(document)
                || case::is_withdrawn(document) && !agency::is_over(document)
            {
                Life::Withdrawn
            } else if recorded.is_some() && is_returned(document) {
                Life::Returned
            } else if recorded.is_some() {
                agency::life(document).unwrap_or(Life::Recorded)
            } else {
                Life::Draft
            },
        })
    }
}

/// Whether the request waits for a value of that kind: one that was withdrawn waits for nothing.
fn is_owed(document: &Document, kind: Scarce) -> bool {
    let is_gone = is_the_other_one(document) || case::is_withdrawn(document);
    !is_gone && Reserved::of(document, kind) == Reserved::Owed
}

/// An operator found that it is the same as another, which stands.
fn is_the_other_one(document: &Document) -> bool {
    stands_instead(document).is_some()
}

/// The request that stands instead, as an operator found this one to be the same: id and number.
#[must_use]
pub fn stands_instead(document: &Document) -> Option<(&str, &str)> {
    let undone = decision::undone(document);
    let of = |act: &'_ Act| {
        act.kind == "withdrawn"
            && act.more.contains_key("other")
            && !undone.contains(act.id.as_str())
    };
    let act = document.acts().rev().find(|act| of(act))?;
    Some((case::said(act, "other"), case::said(act, "other-number")))
}

/// It was sent back and not handed in again.
fn is_returned(document: &Document) -> bool {
    let sent_back = document.acts().any(|a| a.kind == "returned");
    sent_back && case::Case::of(document).is_some_and(|c| !c.returned.is_empty())
}

/// The steps that are finished, by id. A newer edition may ask for some of them again, each time
/// of those that repeat.
#[must_use]
pub fn finished_steps(document: &Document) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    for act in document.acts() {
        let said = |key: &str| act.more.get(key).map_or("", String::as_str);
        match act.kind.as_str() {
            "step" => done.push(said("step").to_owned()),
            "edition" => {
                let again: Vec<&str> = said("again").split(' ').collect();
                done.retain(|step| !again.contains(&catalogue::apart(step).0));
            }
            _ => {}
        }
    }
    done
}

/// The latest confirmation that no later answer has overtaken.
#[must_use]
pub fn confirmation(document: &Document) -> Option<&Act> {
    let overtakes = |a: &&Act| matches!(a.kind.as_str(), "step" | "taken-out" | "edition");
    let mut since_last_step = document.acts().rev().take_while(|a| !overtakes(a));
    since_last_step.find(|a| a.kind == "confirmed")
}

/// Who asked for it in the citizen's place.
#[must_use]
pub fn representative(document: &Document) -> Option<String> {
    representation::representative(document.answers()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conflict;
    use crate::record::consent::Confirmed;
    use crate::record::decision::Ruling;

    fn author(node: &str) -> Author {
        Author::invented(node, "Ana Martins")
    }

    fn typed(value: &str) -> Answer {
        Answer {
            value: value.into(),
            provenance: Provenance::Typed,
        }
    }

    fn answers(pairs: &[(&str, &str)]) -> BTreeMap<String, Answer> {
        pairs
            .iter()
            .map(|(f, v)| ((*f).to_owned(), typed(v)))
            .collect()
    }

    fn consent() -> Consent {
        Consent {
            how: Confirmed::OnScreen,
            shown: "abc".into(),
            words: "def".into(),
            language: "pt".into(),
            edition: 1,
            answers: 4,
            fee_cents: 500,
            screen: Some("3f2a".into()),
            signed: None,
        }
    }

    fn recorded() -> Document {
        let a = author("m07");
        let (mut d, _) = begin(
            &a,
            Hlc::new(1000, 0),
            ("cesd", 1),
            RecordId([9; 32]),
            &answers(&[("full-name", "Maria do Rosário"), ("nif", "123456789")]),
        )
        .unwrap();
        finish_step(
            &mut d,
            &a,
            Hlc::new(2000, 0),
            "contactos",
            &answers(&[("phone", "912345678"), ("iban", "PT1")]),
            &[],
        )
        .unwrap();
        confirm(&mut d, &a, Hlc::new(3000, 0), &consent()).unwrap();
        record(&mut d, &a, Hlc::new(4000, 0), "M07-AAAA-BBBB-C", 500, None).unwrap();
        d
    }

    fn reload(d: &mut Document) -> Document {
        let changes = d.changes().unwrap();
        Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
    }

    #[test]
    fn a_request_reads_back_as_it_was_written() {
        let mut d = recorded();
        let d = reload(&mut d);
        let s = Summary::of(&d).unwrap();
        assert_eq!(
            (s.number.as_deref(), s.life, s.fee_cents),
            (Some("M07-AAAA-BBBB-C"), Life::Recorded, 500)
        );
        assert_eq!(
            (s.citizen.as_str(), s.at),
            ("Maria do Rosário", Hlc::new(4000, 0))
        );
        assert_eq!(finished_steps(&d), ["contactos"]);
        assert_eq!(confirmation(&d).and_then(Consent::of), Some(consent()));
        assert_eq!(d.answers()["phone"], typed("912345678"));
    }

    #[test]
    fn a_step_after_the_confirmation_takes_it_back() {
        let mut d = recorded();
        finish_step(
            &mut d,
            &author("m07"),
            Hlc::new(5000, 0),
            "contactos",
            &answers(&[("phone", "911111111")]),
            &[],
        )
        .unwrap();
        assert_eq!(confirmation(&d), None);
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let mut base = recorded();
        let (mut here, mut there) = (reload(&mut base), reload(&mut base));
        let a = correct(
            &mut here,
            &author("m07"),
            Hlc::new(5000, 0),
            "iban",
            &typed("PT2"),
            "troca",
        )
        .unwrap();
        let b = correct(
            &mut there,
            &author("s02"),
            Hlc::new(6000, 0),
            "iban",
            &typed("PT3"),
            "troca",
        )
        .unwrap();
        note(
            &mut there,
            &author("s02"),
            Hlc::new(6001, 0),
            "ligar de manhã",
        )
        .unwrap();
        let mut changes = base.changes().unwrap();
        changes.push(a);
        changes.extend(
            there
                .changes()
                .unwrap()
                .into_iter()
                .filter(|c| c.change == b.change),
        );
        let forwards = Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap();
        let backwards = Document::load(changes.iter().rev().map(|c| c.bytes.as_slice())).unwrap();
        assert_eq!(forwards.statements("iban"), backwards.statements("iban"));
        assert!(forwards.acts().eq(backwards.acts()));
        let conflicts = conflict::of(&forwards);
        assert_eq!(conflicts.len(), 1);
        assert_eq!(conflicts[0].field, "iban");
        assert_eq!(
            conflicts[0]
                .sides
                .iter()
                .map(|s| s.answer.value.as_str())
                .collect::<Vec<_>>(),
            ["PT2", "PT3"]
        );
    }

    #[test]
    fn only_a_decision_settles_and_everybody_sees_it() {
        let mut base = recorded();
        let (mut here, mut there) = (reload(&mut base), reload(&mut base));
        correct(
            &mut here,
            &author("m07"),
            Hlc::new(5000, 0),
            "iban",
            &typed("PT2"),
            "",
        )
        .unwrap();
        correct(
            &mut there,
            &author("s02"),
            Hlc::new(6000, 0),
            "iban",
            &typed("PT3"),
            "",
        )
        .unwrap();
        let both: Vec<Written> = here
            .changes()
            .unwrap()
            .into_iter()
            .chain(there.changes().unwrap())
            .collect();
        let mut hub = Document::load(both.iter().map(|c| c.bytes.as_slice())).unwrap();
        let stood = conflict::of(&hub);
        let ruling = Ruling {
            reason: "viu o extracto",
            proposer: Some("Jorge"),
            waited_s: 60,
        };
        let by = author("hub");
        let decision = decision::decide(
            &mut hub,
            &by,
            Hlc::new(7000, 0),
            "iban",
            &typed("PT2"),
            ruling,
        )
        .unwrap();
        assert_eq!(conflict::of(&hub), vec![]);
        here.apply(both.iter().map(|c| c.bytes.as_slice())).unwrap();
        here.apply([decision.bytes.as_slice()]).unwrap();
        assert_eq!(here.answers()["iban"].value, "PT2");
        let act = decision::decisions(&here).next().unwrap().clone();
        assert_eq!(
            (act.more["reason"].as_str(), act.more["proposed"].as_str()),
            ("viu o extracto", "Jorge")
        );

        // Taken back, it waits again as it did, at everybody's; and may be decided once more.
        let at = Hlc::new(8000, 0);
        let undone = decision::undo(&mut hub, &by, at, &act.id, "era o outro").unwrap();
        here.apply([undone.bytes.as_slice()]).unwrap();
        for d in [&hub, &here] {
            assert_eq!(conflict::of(d), stood);
            assert_eq!(decision::decisions(d).count(), 0);
            assert_eq!(d.answers()["iban"].value, "PT3");
        }
        let at = Hlc::new(9000, 0);
        decision::decide(&mut hub, &by, at, "iban", &typed("PT3"), ruling).unwrap();
        assert_eq!(conflict::of(&hub), vec![]);
        assert_eq!(decision::decisions(&hub).count(), 1);
    }

    #[test]
    fn replay_is_harmless_and_a_gap_is_noticed() {
        let mut d = recorded();
        let changes = d.changes().unwrap();
        let twice: Vec<&[u8]> = changes
            .iter()
            .chain(&changes)
            .map(|c| c.bytes.as_slice())
            .collect();
        let again = Document::load(twice).unwrap();
        assert_eq!(again.heads(), d.heads());
        let gap: Vec<&[u8]> = changes.iter().skip(1).map(|c| c.bytes.as_slice()).collect();
        assert!(matches!(
            Document::load(gap),
            Err(DocumentError::Incomplete(_))
        ));
    }
}
