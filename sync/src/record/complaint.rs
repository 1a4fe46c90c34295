//! A complaint: a request that has to be answered by a day, which stands in it from when it was
//! recorded. So it counts the same wherever it is read, under the catalogue and the holidays that it
//! was made under.
//!
//! ```text
//! acts: recorded (`reply-by`: that day) · replied (`on`, `from`, `text`: the answer, as somebody wrote it down;
//! `side`: "hub" when that was the hub)
//! ```
//! Several answers stand side by side, also from spot and hub: the first one counts for the term.

use crate::day::Date;
use crate::hlc::Hlc;
use crate::record::act::Act;
use crate::record::case::said;
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::request::Summary;
use crate::record::{Kind, Life};

/// The word of the act `recorded` that names the last day.
pub(super) const REPLY_BY: &str = "reply-by";

/// The furthest that the last day may be from the recording, in days: more is no term.
const FURTHEST_DAYS: i64 = 800;

/// A complaint as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The last day on which it is to be answered.
    pub due: Date,
    /// What was answered, by day.
    pub replies: Vec<Reply>,
    /// It was withdrawn: nobody has to answer any more.
    pub is_withdrawn: bool,
}

/// Where an answer was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// At a spot.
    Spot,
    /// At the hub, by an operator.
    Hub,
}

/// The word of the act `replied` that says so.
const SIDE: &str = "side";
const HUB: &str = "hub";

/// Whether an act is an answer that the hub wrote down.
#[must_use]
pub fn is_of_hub(act: &Act) -> bool {
    act.kind == "replied" && said(act, SIDE) == HUB
}

/// An answer as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The day on which it was given.
    pub on: Date,
    /// Who answered: the agency, a person there.
    pub from: String,
    /// What was answered.
    pub text: String,
    /// Who wrote it down.
    pub act: Act,
}

/// The answer is written down: on which day it was given, by whom, what it says.
///
/// # Errors
/// When the document refuses.
pub fn reply(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (on, from): (Date, &str),
    text: &str,
    side: Side,
) -> Result<Written, DocumentError> {
    let on = on.to_string();
    let mut said = vec![("on", on.as_str()), ("from", from), ("text", text)];
    if side == Side::Hub {
        said.push((SIDE, HUB));
    }
    document.write(author, at, "replied", &said, |_| Ok(()))
}

impl Complaint {
    /// Reads it from the document; `None` if that is no request which is to be answered by a day.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Request) {
            return None;
        }
        let recorded = document.acts().find(|a| a.kind == "recorded")?;
        let due = Date::parse(said(recorded, REPLY_BY))?;
        let since = Date::of_unix_ms(recorded.at.unix_ms())?;
        if due < since.days_on(-2) || due > since.days_on(FURTHEST_DAYS) {
            return None;
        }
        let replied = document.acts().filter(|a| a.kind == "replied");
        let mut replies: Vec<Reply> = replied
            .filter_map(|act| {
                Some(Reply {
                    on: Date::parse(said(act, "on"))?,
                    from: said(act, "from").to_owned(),
                    text: said(act, "text").to_owned(),
                    act: act.clone(),
                })
            })
            .collect();
        replies.sort_by_key(|reply| reply.on);
        let is_withdrawn = Summary::of(document)?.life == Life::Withdrawn;
        Some(Self {
            due,
            replies,
            is_withdrawn,
        })
    }

    /// The day on which it was answered.
    #[must_use]
    pub fn answered(&self) -> Option<Date> {
        self.replies.first().map(|reply| reply.on)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::id::RecordId;
    use crate::record::{case, request};

    fn author(node: &str) -> Author {
        Author::invented(node, "Ana Martins")
    }

    /// 22 November 2026, and so many seconds.
    fn at(second: u64) -> Hlc {
        Hlc::new(1_795_305_600_000 + second * 1000, 0)
    }

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn recorded(due: Option<&str>) -> Document {
        let a = author("m07");
        let service = ("livro-amarelo", 3);
        let begun = request::begin(&a, at(1), service, RecordId([9; 32]), &BTreeMap::new());
        let mut d = begun.unwrap().0;
        request::record(&mut d, &a, at(2), "M07-AAAA-BBBB-C", 0, due.map(day)).unwrap();
        d
    }

    #[test]
    fn only_what_is_to_be_answered_by_a_day_is_a_complaint() {
        assert_eq!(Complaint::of(&recorded(None)), None);
        let complaint = Complaint::of(&recorded(Some("2026-12-16"))).unwrap();
        assert_eq!(complaint.due, day("2026-12-16"));
        assert_eq!(
            (complaint.answered(), complaint.is_withdrawn),
            (None, false)
        );
        // A day that no term reaches, written by whoever: it would be counted for ever.
        assert_eq!(Complaint::of(&recorded(Some("9999-12-31"))), None);
        assert_eq!(Complaint::of(&recorded(Some("1900-01-01"))), None);
    }

    #[test]
    fn an_answer_of_the_spot_and_one_of_the_hub_stand_and_the_first_counts() {
        let mut here = recorded(Some("2026-12-16"));
        let changes = here.changes().unwrap();
        let mut there = Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap();
        let late = (day("2026-12-20"), "Câmara Municipal");
        let written = reply(
            &mut here,
            &author("m07"),
            at(3),
            late,
            "Foi resolvido.",
            Side::Spot,
        )
        .unwrap();
        let first = (day("2026-12-10"), "Finanças");
        reply(
            &mut there,
            &author("central"),
            at(4),
            first,
            "Estamos a ver.",
            Side::Hub,
        )
        .unwrap();
        there.apply([written.bytes.as_slice()]).unwrap();
        let complaint = Complaint::of(&there).unwrap();
        assert_eq!(complaint.answered(), Some(day("2026-12-10")));
        let said: Vec<_> = complaint.replies.iter().map(|r| r.text.as_str()).collect();
        assert_eq!(said, ["Estamos a ver.", "Foi resolvido."]);
        let hub: Vec<_> = complaint
            .replies
            .iter()
            .map(|r| is_of_hub(&r.act))
            .collect();
        assert_eq!(hub, [true, false]);
    }

    #[test]
    fn what_was_withdrawn_needs_no_answer() {
        let mut d = recorded(Some("2026-12-16"));
        case::withdraw(&mut d, &author("m07"), at(3), "a própria", "resolveu-se").unwrap();
        assert!(Complaint::of(&d).unwrap().is_withdrawn);
    }
}
