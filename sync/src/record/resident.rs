//! A resident on the list of one visit: who, in which room, for what, and what became of it at the bedside.
//!
//! ```text
//! list, facility, spot                                      by the first change
//! name, birth, nif, room, hour, services, capacity, note    likewise
//! acts: opened · came {attendance} · left-out {reason, note} · withdrawn {reason} · lent {found, until}
//! ```
//! A record of its own, so that who was seen can be forgotten without the list. What is wrong is withdrawn and
//! written down anew. Whom the crew saw they saw, whatever was withdrawn meanwhile.

use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::booking::MAX_NUMBER_CHARS;
use crate::record::capacity::Capacity;
use crate::record::case::{node_of, said};
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::facility::MAX_ROOM_CHARS;
use crate::record::lookup::{Answered, lent_last};
use crate::record::tour::{Hour, MAX_NAME_CHARS, MAX_REASON_CHARS, MAX_TEXT_CHARS};
use crate::text::fold;

/// Most services that one resident is listed for.
pub const MAX_SERVICES: usize = 12;
/// Longest list of services, in characters.
const MAX_SERVICES_CHARS: usize = MAX_SERVICES * 65;

/// Where they are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The list.
    pub list: RecordId,
    /// Its facility.
    pub facility: RecordId,
    /// The node that makes the visit.
    pub spot: String,
}

/// Who, and for what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Their name; never empty.
    pub name: String,
    /// Their date of birth, `yyyy-mm-dd`, or empty.
    pub birth: String,
    /// Their NIF, or empty.
    pub nif: String,
    /// Their room, or empty.
    pub room: String,
    /// When they are to be seen, if that is known.
    pub hour: Option<Hour>,
    /// Ids of the services that they want.
    pub services: Vec<String>,
    /// What is known of their capacity.
    pub capacity: Option<Capacity>,
    /// A note, or empty.
    pub note: String,
}

impl Listed {
    /// By what the same person is known on another list: name and date of birth.
    #[must_use]
    pub fn person_key(&self) -> Option<String> {
        (!self.birth.is_empty()).then(|| format!("{}|{}", fold(&self.name), self.birth))
    }
}

/// Why nothing is asked for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// They do not consent.
    Declined,
    /// They sleep.
    Asleep,
    /// They are in hospital.
    Hospital,
    /// They cannot say now whether they consent.
    Unable,
    /// Something else, which the note says.
    Other,
}

impl Reason {
    /// All of them, as they are offered.
    pub const ALL: [Self; 5] = [
        Self::Declined,
        Self::Asleep,
        Self::Hospital,
        Self::Unable,
        Self::Other,
    ];

    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Asleep => "asleep",
            Self::Hospital => "hospital",
            Self::Unable => "unable",
            Self::Other => "other",
        }
    }

    /// The inverse of [`Reason::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Somebody was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Why.
    pub reason: Reason,
    /// What else there is to it, or empty.
    pub note: String,
    /// Who says so, and when.
    pub act: Act,
}

/// A resident as they stand on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Where they are listed.
    pub place: Place,
    /// Who, for what.
    pub listed: Listed,
    /// In which attendance they are or were served: the latest.
    pub attendance: Option<RecordId>,
    /// Nothing is asked for them, as was said last.
    pub left_out: Option<LeftOut>,
    /// They are not on the list after all, and why; not of whom the crew saw.
    pub withdrawn: Option<(String, Act)>,
    /// What the hub lends for the visit of what is known of them elsewhere: it said so last.
    pub lent: Option<Answered>,
    /// The spot that makes the visit wrote them down itself.
    pub is_own: bool,
    /// Who wrote them down.
    pub by: Act,
}

/// Writes somebody on a list.
///
/// # Errors
/// When the document refuses.
pub fn list(
    author: &Author,
    at: Hlc,
    place: &Place,
    who: &Listed,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Resident, author, at, |w| {
        w.put_text("list", &place.list.to_string())?;
        w.put_text("facility", &place.facility.to_string())?;
        w.put_text("spot", &place.spot)?;
        w.put_text("name", &who.name)?;
        w.put_text("birth", &who.birth)?;
        w.put_text("nif", &who.nif)?;
        w.put_text("room", &who.room)?;
        let hour = who.hour.map_or_else(String::new, |hour| hour.to_string());
        w.put_text("hour", &hour)?;
        w.put_text("services", &who.services.join(" "))?;
        w.put_text("capacity", who.capacity.map_or("", Capacity::code))?;
        w.put_text("note", &who.note)
    })
}

/// They are served in that attendance: who had been left out is not any more.
///
/// # Errors
/// When the document refuses.
pub fn came(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    attendance: RecordId,
) -> Result<Written, DocumentError> {
    let attendance = attendance.to_string();
    document.write(author, at, "came", &[("attendance", &attendance)], |_| {
        Ok(())
    })
}

/// Nothing is asked for them, and why.
///
/// # Errors
/// When the document refuses.
pub fn leave_out(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    reason: Reason,
    note: &str,
) -> Result<Written, DocumentError> {
    let said = [("reason", reason.code()), ("note", note)];
    document.write(author, at, "left-out", &said, |_| Ok(()))
}

/// They are not on the list after all, or were written down wrong.
///
/// # Errors
/// When the document refuses.
pub fn withdraw(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    reason: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "withdrawn", &[("reason", reason)], |_| Ok(()))
}

fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

impl Resident {
    /// Reads it from the document; `None` if it is no resident.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Resident) {
            return None;
        }
        let text = |key: &str, most| short(document.text(key).unwrap_or_default(), most);
        let id = |key: &str| RecordId::from_hex(document.text(key)?);
        let spot = document.text("spot")?.to_owned();
        let name = text("name", MAX_NAME_CHARS);
        if name.trim().is_empty() {
            return None;
        }
        let services = text("services", MAX_SERVICES_CHARS);
        let is_own = document.node()? == spot;
        let by_crew = |act: &Act| node_of(act) == spot;
        let (mut attendance, mut left_out, mut withdrawn) = (None, None, None);
        for act in document.acts() {
            match act.kind.as_str() {
                "came" if by_crew(act) => {
                    if let Some(id) = RecordId::from_hex(said(act, "attendance")) {
                        attendance = Some(id);
                        left_out = None;
                    }
                }
                "left-out" if by_crew(act) => {
                    left_out = Some(LeftOut {
                        reason: Reason::from_code(said(act, "reason")).unwrap_or(Reason::Other),
                        note: short(said(act, "note"), MAX_TEXT_CHARS),
                        act: act.clone(),
                    });
                }
                // Of what a spot wrote itself others have no say.
                "withdrawn" if !is_own || by_crew(act) => {
                    let reason = short(said(act, "reason"), MAX_REASON_CHARS);
                    withdrawn = Some((reason, act.clone()));
                }
                _ => {}
            }
        }
        let lent = lent_last(document, |act| node_of(act) != spot);
        Some(Self {
            place: Place {
                list: id("list")?,
                facility: id("facility")?,
                spot,
            },
            listed: Listed {
                name,
                birth: text("birth", 10),
                nif: text("nif", MAX_NUMBER_CHARS),
                room: text("room", MAX_ROOM_CHARS),
                hour: Hour::parse(document.text("hour").unwrap_or_default()),
                services: services
                    .split_whitespace()
                    .take(MAX_SERVICES)
                    .map(str::to_owned)
                    .collect(),
                capacity: Capacity::from_code(document.text("capacity").unwrap_or_default()),
                note: text("note", MAX_TEXT_CHARS),
            },
            withdrawn: withdrawn.filter(|_| attendance.is_none()),
            attendance,
            left_out,
            lent,
            is_own,
            by: document.acts().next()?.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(by: &str) -> Document {
        let place = Place {
            list: RecordId([7; 32]),
            facility: RecordId([8; 32]),
            spot: "m07".into(),
        };
        let who = Listed {
            name: "Maria Rosa".into(),
            birth: "1941-03-02".into(),
            nif: "123456789".into(),
            room: "12".into(),
            hour: Hour::parse("10:30"),
            services: vec!["cesd".into(), "registo-criminal".into()],
            capacity: Some(Capacity::Own),
            note: String::new(),
        };
        let author = Author::invented(by, "Teresa");
        list(&author, Hlc::new(1_000, 0), &place, &who).unwrap().0
    }

    fn ana() -> Author {
        Author::invented("m07", "Ana")
    }

    #[test]
    fn who_sleeps_is_left_out_and_served_when_awake() {
        let mut d = listed("central");
        leave_out(&mut d, &ana(), Hlc::new(2_000, 0), Reason::Asleep, "").unwrap();
        let now = Resident::of(&d).unwrap();
        assert_eq!(now.left_out.map(|out| out.reason), Some(Reason::Asleep));
        assert_eq!(now.listed.services.len(), 2);
        came(&mut d, &ana(), Hlc::new(3_000, 0), RecordId([3; 32])).unwrap();
        let now = Resident::of(&d).unwrap();
        assert_eq!(
            (now.left_out, now.attendance),
            (None, Some(RecordId([3; 32])))
        );
        // Who was seen was seen, whatever the hub says since.
        let teresa = Author::invented("central", "Teresa");
        withdraw(&mut d, &teresa, Hlc::new(4_000, 0), "mudou de lar").unwrap();
        assert_eq!(Resident::of(&d).unwrap().withdrawn, None);
        leave_out(&mut d, &ana(), Hlc::new(5_000, 0), Reason::Declined, "").unwrap();
        assert!(Resident::of(&d).unwrap().left_out.is_some());
    }

    #[test]
    fn only_the_crew_says_what_was_at_the_bedside() {
        let mut d = listed("central");
        let rui = Author::invented("m08", "Rui");
        came(&mut d, &rui, Hlc::new(2_000, 0), RecordId([3; 32])).unwrap();
        leave_out(&mut d, &rui, Hlc::new(3_000, 0), Reason::Declined, "").unwrap();
        let now = Resident::of(&d).unwrap();
        assert_eq!((now.attendance, now.left_out), (None, None));
        // Nor does another spot take off whom a spot wrote down itself.
        let mut own = listed("m07");
        withdraw(&mut own, &rui, Hlc::new(2_000, 0), "x").unwrap();
        assert_eq!(Resident::of(&own).unwrap().withdrawn, None);
        withdraw(&mut own, &ana(), Hlc::new(3_000, 0), "x").unwrap();
        assert!(Resident::of(&own).unwrap().withdrawn.is_some());
    }
}
