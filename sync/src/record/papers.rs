//! The papers of a request: which of them the mediator saw, and which are still owed.
//!
//! ```text
//! answers: _paper-ID       "seen", or "owed" and why
//! acts: papers             by whom and when
//! ```
//! A paper that is scanned needs neither: its photographs stand in their field.

use std::collections::BTreeMap;

use crate::answer::{Answer, Provenance};
use crate::catalogue::{Paper, Service};
use crate::hlc::Hlc;
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::{case, representation};

/// What the fields of papers begin with. No field of a catalogue can be called so.
const FIELD: &str = "_paper-";
const SEEN: &str = "seen";
const OWED: &str = "owed";

/// Longest reason why a paper is owed, in characters.
pub const MAX_REASON_CHARS: usize = 300;

/// What a mediator says of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It was on the desk.
    Seen,
    /// It is missing and comes later; why.
    Owed(String),
    /// Nothing after all.
    Nothing,
}

/// How it stands with a paper that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has seen it yet.
    Open,
    /// The mediator saw it.
    Seen,
    /// Its photographs are in the request.
    Scanned,
    /// It comes later; why.
    Owed(String),
}

/// A paper that is needed, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Which.
    pub paper: Paper,
    /// How it stands.
    pub standing: Standing,
}

impl Needed {
    /// Whether it comes later.
    #[must_use]
    pub fn is_owed(&self) -> bool {
        matches!(self.standing, Standing::Owed(_))
    }
}

impl Said {
    /// The inverse of what [`say`] writes; `None` for what is no word on a paper.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        match value.split_once(' ') {
            _ if value.is_empty() => Some(Self::Nothing),
            None if value == SEEN => Some(Self::Seen),
            Some((OWED, why)) => Some(Self::Owed(why.to_owned())),
            _ => None,
        }
    }

    fn value(&self) -> String {
        match self {
            Self::Seen => SEEN.to_owned(),
            Self::Owed(why) => format!("{OWED} {why}"),
            Self::Nothing => String::new(),
        }
    }
}

/// The field that says how it stands with the paper of that id.
#[must_use]
pub fn field(paper: &str) -> String {
    format!("{FIELD}{paper}")
}

/// The id of the paper that a field is about.
#[must_use]
pub fn of_field(field: &str) -> Option<&str> {
    field.strip_prefix(FIELD)
}

/// The papers that a request needs as it is answered, on that day (`yyyy-mm-dd`), and how they stand.
#[must_use]
pub fn needed(service: &Service, answers: &BTreeMap<String, Answer>, today: &str) -> Vec<Needed> {
    let represented = representation::representative(answers).is_some();
    let papers = service.papers(answers, today, represented);
    let standing = |paper: &Paper| {
        let said = answers.get(&field(&paper.id));
        match said.and_then(|a| Said::parse(&a.value)) {
            _ if service.is_scanned(paper, answers, today) => Standing::Scanned,
            Some(Said::Seen) => Standing::Seen,
            Some(Said::Owed(why)) => Standing::Owed(why),
            Some(Said::Nothing) | None => Standing::Open,
        }
    };
    papers
        .into_iter()
        .map(|paper| Needed {
            paper: paper.clone(),
            standing: standing(paper),
        })
        .collect()
}

/// What the answers say of papers that they do not need, or no longer: to be emptied, as what was
/// answered to a question that is not asked any more. So nothing is owed that nobody waits for.
#[must_use]
pub fn idle(
    service: &Service,
    answers: &BTreeMap<String, Answer>,
    today: &str,
) -> BTreeMap<String, Answer> {
    let needed = needed(service, answers, today);
    let speaks = |n: &Needed| n.standing != Standing::Scanned;
    let wanted: Vec<String> = needed
        .iter()
        .filter(|n| speaks(n))
        .map(|n| field(&n.paper.id))
        .collect();
    answers
        .iter()
        .filter(|(id, a)| of_field(id).is_some() && !a.value.is_empty() && !wanted.contains(id))
        .map(|(id, _)| (id.clone(), answer(&Said::Nothing)))
        .collect()
}

/// Whether the request waits for a paper.
#[must_use]
pub fn owes(answers: &BTreeMap<String, Answer>) -> bool {
    answers.iter().any(|(id, a)| {
        of_field(id).is_some() && matches!(Said::parse(&a.value), Some(Said::Owed(_)))
    })
}

/// The mediator says how it stands with papers, by their ids.
///
/// # Errors
/// When the document refuses.
pub fn say(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    said: &[(String, Said)],
) -> Result<Written, DocumentError> {
    let ids = |is: fn(&Said) -> bool| -> String {
        let ids = said
            .iter()
            .filter(|(_, s)| is(s))
            .map(|(id, _)| id.as_str());
        ids.collect::<Vec<_>>().join(" ")
    };
    let (seen, owed) = (
        ids(|s| *s == Said::Seen),
        ids(|s| matches!(s, Said::Owed(_))),
    );
    let more = [("seen", seen.as_str()), ("owed", owed.as_str())];
    // What is brought later amends the request: so the request stands.
    let stands = document.text("number").is_some() && case::may_stand(document);
    document.write(author, at, "papers", &more, |w| {
        let mut said = said.iter();
        said.try_for_each(|(id, said)| w.answer(&field(id), &answer(said)))?;
        match stands {
            true => case::stands(w),
            false => Ok(()),
        }
    })
}

fn answer(said: &Said) -> Answer {
    Answer {
        value: said.value(),
        provenance: Provenance::Typed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    const SERVICE: &str = r#"
        edition = 1
        valid_from = "2026-01-01"
        [[agency]]
        id = "x"
        name = "X"
        privacy = "Só a X."
        [[service]]
        id = "refund"
        agency = "x"
        title = "Reembolso"
        summary = "Devolve o que pagou."
        offline = "recorded"
        minutes = 5
        next = "Espere."
        who = { other_with = ["authority"] }
        document = [
            { id = "card", title = "Cartão" },
            { id = "invoices", title = "Faturas", scan = "scan" },
            { id = "policy", title = "Apólice", when = { field = "insured", is = ["yes"] } },
            { id = "authority", title = "Autorização" },
        ]
        [[service.step]]
        id = "insurance"
        title = "Seguro"
        field = [{ id = "insured", label = "Tem seguro?", kind = "yes-no" }]
        [[service.step]]
        id = "invoice"
        title = "Fatura"
        repeat = { at_most = 3, more = "Há mais?" }
        field = [{ id = "scan", label = "A fatura", kind = "photos", required = false }]
    "#;

    fn service() -> Service {
        Catalogue::parse(SERVICE).unwrap().services.remove(0)
    }

    fn answers(pairs: &[(&str, &str)]) -> BTreeMap<String, Answer> {
        let typed = |value: &str| Answer {
            value: value.to_owned(),
            provenance: Provenance::Typed,
        };
        pairs
            .iter()
            .map(|(id, v)| ((*id).to_owned(), typed(v)))
            .collect()
    }

    fn stand(pairs: &[(&str, &str)]) -> Vec<(String, Standing)> {
        needed(&service(), &answers(pairs), "2026-11-22")
            .into_iter()
            .map(|n| (n.paper.id, n.standing))
            .collect()
    }

    #[test]
    fn papers_follow_what_was_answered() {
        let open = |id: &str| (id.to_owned(), Standing::Open);
        for (answered, expected) in [
            (vec![], vec!["card", "invoices"]),
            (vec![("insured", "yes")], vec!["card", "invoices", "policy"]),
            (vec![("insured", "no")], vec!["card", "invoices"]),
            (
                vec![("rep-name", "Rosa Lopes")],
                vec!["card", "invoices", "authority"],
            ),
        ] {
            let expected: Vec<_> = expected.into_iter().map(open).collect();
            assert_eq!(stand(&answered), expected, "{answered:?}");
        }
    }

    #[test]
    fn a_paper_is_scanned_when_each_time_of_its_field_has_photographs() {
        let invoices = |pairs: &[(&str, &str)]| stand(pairs).remove(1).1;
        assert_eq!(invoices(&[("scan.1", "aa")]), Standing::Scanned);
        let one_of_two = [("scan.1", "aa"), ("invoice-more.1", "yes")];
        assert_eq!(invoices(&one_of_two), Standing::Open);
        let both = [
            ("scan.1", "aa"),
            ("invoice-more.1", "yes"),
            ("scan.2", "bb"),
        ];
        assert_eq!(invoices(&both), Standing::Scanned);
        // What the photographs show needs no word of the mediator's.
        let said = [("scan.1", "aa"), ("_paper-invoices", "owed amanhã")];
        assert_eq!(invoices(&said), Standing::Scanned);
    }

    #[test]
    fn what_is_owed_and_no_longer_needed_is_emptied() {
        let mut all = answers(&[
            ("insured", "yes"),
            ("_paper-policy", "owed ficou em casa"),
            ("_paper-card", "seen"),
        ]);
        assert!(owes(&all));
        assert!(idle(&service(), &all, "2026-11-22").is_empty());
        all.extend(answers(&[("insured", "no")]));
        let idle = idle(&service(), &all, "2026-11-22");
        assert_eq!(idle.keys().collect::<Vec<_>>(), ["_paper-policy"]);
        all.extend(idle);
        assert!(!owes(&all));
    }

    #[test]
    fn what_was_said_reads_back() {
        for said in [
            Said::Seen,
            Said::Owed("ardeu na casa".into()),
            Said::Nothing,
        ] {
            assert_eq!(Said::parse(&said.value()), Some(said));
        }
        for value in ["seen twice", "owed", "perhaps"] {
            assert_eq!(Said::parse(value), None, "{value}");
        }
    }
}
