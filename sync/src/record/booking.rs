//! A booking: somebody comes to a stop of a tour at an hour, as the contact centre wrote it down.
//!
//! ```text
//! tour, stop, spot        by the first change: which stop, and the node whose tour it is
//! name, nif, phone, service, hour, note
//! acts: opened · came {attendance} · absent · withdrawn {reason} · lent {found, until}
//! ```
//! A record of its own, so that who was booked can be forgotten without the tour. Nothing of it changes but
//! what became of it: what is wrong is withdrawn and booked anew. Who came, came, whatever was withdrawn meanwhile.
//!
//! What is known elsewhere of who is booked goes along: shortly before the visit the hub lends the spot their requests of
//! other scopes, to be read until its day is over.

use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::case::{node_of, said};
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::lookup::{Answered, lent_last};
use crate::record::tour::{Hour, MAX_NAME_CHARS, MAX_REASON_CHARS, MAX_TEXT_CHARS};

/// Longest identity or telephone number, in characters.
pub const MAX_NUMBER_CHARS: usize = 20;
/// Longest id of a service.
const MAX_SERVICE_CHARS: usize = 64;

/// For which stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The tour.
    pub tour: RecordId,
    /// The stop within it.
    pub stop: String,
    /// The node whose tour it is.
    pub spot: String,
}

/// Who comes, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// Their name; never empty.
    pub name: String,
    /// Their NIF, or empty.
    pub nif: String,
    /// How to reach them when the stop moves, or empty.
    pub phone: String,
    /// Id of the service that they want, or empty.
    pub service: String,
    /// When.
    pub hour: Hour,
    /// A note, or empty.
    pub note: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// They are awaited.
    Waits,
    /// They came: the attendance.
    Came(RecordId, Act),
    /// They did not come.
    Absent(Act),
    /// It was withdrawn, and why.
    Withdrawn(String, Act),
}

/// A booking as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// For which stop.
    pub place: Place,
    /// Who, for what.
    pub booked: Booked,
    /// What became of it.
    pub state: State,
    /// What the hub lends for it: it said so last.
    pub lent: Option<Answered>,
    /// Who wrote it down.
    pub by: Act,
}

/// Books somebody.
///
/// # Errors
/// When the document refuses.
pub fn book(
    author: &Author,
    at: Hlc,
    place: &Place,
    booked: &Booked,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Booking, author, at, |w| {
        w.put_text("tour", &place.tour.to_string())?;
        w.put_text("stop", &place.stop)?;
        w.put_text("spot", &place.spot)?;
        w.put_text("name", &booked.name)?;
        w.put_text("nif", &booked.nif)?;
        w.put_text("phone", &booked.phone)?;
        w.put_text("service", &booked.service)?;
        w.put_text("hour", &booked.hour.to_string())?;
        w.put_text("note", &booked.note)
    })
}

/// They came, and are served in that attendance.
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

/// They did not come.
///
/// # Errors
/// When the document refuses.
pub fn absent(document: &mut Document, author: &Author, at: Hlc) -> Result<Written, DocumentError> {
    document.write(author, at, "absent", &[], |_| Ok(()))
}

/// They do not come after all, or it was written down wrong.
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

impl Booking {
    /// Reads it from the document; `None` if it is no booking.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Booking) {
            return None;
        }
        let text = |key: &str, most: usize| -> String {
            let text = document.text(key).unwrap_or_default();
            text.chars().take(most).collect()
        };
        let spot = document.text("spot")?.to_owned();
        let name = text("name", MAX_NAME_CHARS);
        if name.trim().is_empty() {
            return None;
        }
        let by = document.acts().next()?.clone();
        let by_crew = |act: &&Act| node_of(act) == spot;
        let mut state = State::Waits;
        for act in document.acts() {
            match act.kind.as_str() {
                "withdrawn" if !matches!(state, State::Absent(_)) => {
                    let reason = said(act, "reason").chars().take(MAX_REASON_CHARS);
                    state = State::Withdrawn(reason.collect(), act.clone());
                }
                "absent" if by_crew(&act) => state = State::Absent(act.clone()),
                _ => {}
            }
        }
        // What happened wins, and at two desks the first.
        let mut came = document.acts().filter(by_crew).filter(|a| a.kind == "came");
        let came = came.find_map(|act| {
            let attendance = RecordId::from_hex(said(act, "attendance"))?;
            Some(State::Came(attendance, act.clone()))
        });
        let lent = lent_last(document, |act| node_of(act) != spot);
        Some(Self {
            place: Place {
                tour: RecordId::from_hex(document.text("tour")?)?,
                stop: document.text("stop")?.to_owned(),
                spot,
            },
            booked: Booked {
                name,
                nif: text("nif", MAX_NUMBER_CHARS),
                phone: text("phone", MAX_NUMBER_CHARS),
                service: text("service", MAX_SERVICE_CHARS),
                hour: Hour::parse(document.text("hour")?)?,
                note: text("note", MAX_TEXT_CHARS),
            },
            state: came.unwrap_or(state),
            lent,
            by,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(node: &str, person: &str) -> Author {
        Author::invented(node, person)
    }

    fn booked() -> Document {
        let place = Place {
            tour: RecordId([7; 32]),
            stop: "1.central".into(),
            spot: "m07".into(),
        };
        let who = Booked {
            name: "Maria Rosa".into(),
            nif: "123456789".into(),
            phone: "912345678".into(),
            service: "cesd".into(),
            hour: Hour::parse("10:30").unwrap(),
            note: String::new(),
        };
        book(
            &author("central", "Teresa"),
            Hlc::new(1_000, 0),
            &place,
            &who,
        )
        .unwrap()
        .0
    }

    fn copy(d: &mut Document) -> Document {
        let changes = d.changes().unwrap();
        Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
    }

    #[test]
    fn who_came_came_although_it_was_withdrawn_meanwhile() {
        let mut hub = booked();
        let mut van = copy(&mut hub);
        let attendance = RecordId([3; 32]);
        let came = came(
            &mut van,
            &author("m07", "Ana"),
            Hlc::new(2_000, 0),
            attendance,
        );
        let teresa = author("central", "Teresa");
        withdraw(&mut hub, &teresa, Hlc::new(3_000, 0), "telefonou").unwrap();
        let now = Booking::of(&hub).unwrap();
        assert!(matches!(now.state, State::Withdrawn(ref why, _) if why == "telefonou"));
        hub.apply([came.unwrap().bytes.as_slice()]).unwrap();
        let now = Booking::of(&hub).unwrap();
        assert!(matches!(now.state, State::Came(id, _) if id == attendance));
        assert_eq!(now.booked.name, "Maria Rosa");
        assert_eq!(now.place.spot, "m07");
    }

    #[test]
    fn only_the_crew_says_who_came_and_who_did_not() {
        let mut d = booked();
        let other = author("m08", "Rui");
        came(&mut d, &other, Hlc::new(2_000, 0), RecordId([3; 32])).unwrap();
        absent(&mut d, &other, Hlc::new(2_500, 0)).unwrap();
        assert_eq!(Booking::of(&d).unwrap().state, State::Waits);
        absent(&mut d, &author("m07", "Ana"), Hlc::new(3_000, 0)).unwrap();
        assert!(matches!(
            Booking::of(&d).unwrap().state,
            State::Absent(ref act) if act.by == "Ana"
        ));
        // Late, but there.
        let ana = author("m07", "Ana");
        came(&mut d, &ana, Hlc::new(4_000, 0), RecordId([4; 32])).unwrap();
        assert!(matches!(
            Booking::of(&d).unwrap().state,
            State::Came(id, _) if id == RecordId([4; 32])
        ));
    }
}
