//! A ticket to the contact centre: a mediator who is stuck asks, somebody at the hub answers.
//!
//! ```text
//! about                    by the first change: the request it is about, or empty
//! waiting                  by the first change, "yes": the citizen waits at the desk
//! notes: { act: text }     what was said, the question first
//! acts: opened · asked · answered · closed
//! acts of the hub: hub-escalated   it went to the second line: `to` (whom, by name; or empty), `reason`
//! ```
//! Only the hub escalates: its act carries the hub's mark, as those of agencies do ([`agency`](super::agency)).

use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::agency::Hub;
use crate::record::case::said;
use crate::record::document::{Author, Document, DocumentError, Written};

/// How far a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The contact centre has the next word.
    Waits,
    /// It answered, and the desk has not closed it.
    Answered,
    /// The desk needs no more.
    Closed,
}

impl State {
    /// The word in the derived tables.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }

    /// The inverse of [`State::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Waits, Self::Answered, Self::Closed]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What.
    pub text: String,
    /// By the contact centre, not the desk.
    pub is_answer: bool,
    /// Who, where and when.
    pub act: Act,
}

/// The act of the hub that hands a ticket to the second line.
const ESCALATED: &str = "hub-escalated";
/// In the first change: the citizen waits.
const WAITING: &str = "waiting";

/// A ticket as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The request it is about.
    pub about: Option<RecordId>,
    /// What was said, oldest first; the question is never missing.
    pub said: Vec<Said>,
    /// How far it is.
    pub state: State,
    /// The citizen waited at the desk when it was asked: it is answered before others.
    pub is_urgent: bool,
    /// It is with the second line, which has to answer: why, and by whom it was handed over.
    pub escalated: Option<Act>,
    /// Since when the contact centre has the next word: the first question that it has not answered.
    pub waits_since: Hlc,
    /// When it was opened.
    pub opened: Hlc,
    /// When something last happened.
    pub changed: Hlc,
}

/// Opens a ticket with its question. `is_urgent`: the citizen waits at the desk.
///
/// # Errors
/// When the document refuses.
pub fn open(
    author: &Author,
    at: Hlc,
    (about, is_urgent): (Option<RecordId>, bool),
    question: &str,
) -> Result<(Document, Written), DocumentError> {
    let about = about.map_or_else(String::new, |record| record.to_string());
    Document::create(Kind::Ticket, author, at, |w| {
        w.put_text("about", &about)?;
        if is_urgent {
            w.put_text(WAITING, "yes")?;
        }
        w.note(question)
    })
}

/// The contact centre cannot answer by itself: the second line has it, and why. `to`: whom there, by name; or empty.
///
/// # Errors
/// When the document refuses.
pub fn escalate(
    document: &mut Document,
    by: (&Author, Hlc),
    (to, reason): (&str, &str),
    hub: Hub<'_>,
) -> Result<Written, DocumentError> {
    hub.write(document, by, ESCALATED, &[("to", to), ("reason", reason)])
}

/// To whom of the second line a ticket went, by name, and why.
#[must_use]
pub fn handed(act: &Act) -> (&str, &str) {
    (said(act, "to"), said(act, "reason"))
}

/// The desk says more; a closed ticket is open again.
///
/// # Errors
/// When the document refuses.
pub fn ask(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    text: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "asked", &[], |w| w.note(text))
}

/// The contact centre answers.
///
/// # Errors
/// When the document refuses.
pub fn answer(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    text: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "answered", &[], |w| w.note(text))
}

/// The desk needs no more.
///
/// # Errors
/// When the document refuses.
pub fn close(document: &mut Document, author: &Author, at: Hlc) -> Result<Written, DocumentError> {
    document.write(author, at, "closed", &[], |_| Ok(()))
}

impl Ticket {
    /// Reads it from the document; `None` if it is no ticket.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Ticket) {
            return None;
        }
        let said: Vec<Said> = document
            .notes()
            .into_iter()
            .map(|(act, text)| Said {
                text,
                is_answer: act.kind == "answered",
                act,
            })
            .collect();
        said.first()?;
        // Of what was written apart, what happened last counts: an answer that came while the desk
        // asked more leaves the ticket with the contact centre.
        let state = document
            .acts()
            .rev()
            .find_map(|act| match act.kind.as_str() {
                "opened" | "asked" => Some(State::Waits),
                "answered" => Some(State::Answered),
                "closed" => Some(State::Closed),
                _ => None,
            });
        let opened = document.acts().next()?.at;
        let mut waits_since = None;
        let mut escalated = None;
        for act in document.acts() {
            match act.kind.as_str() {
                "opened" | "asked" => waits_since = waits_since.or(Some(act.at)),
                // Answered, it is with nobody any longer.
                "answered" | "closed" => (waits_since, escalated) = (None, None),
                ESCALATED => escalated = Some(act.clone()),
                _ => {}
            }
        }
        Some(Self {
            is_urgent: document.text(WAITING) == Some("yes"),
            escalated: escalated.filter(|_| waits_since.is_some()),
            waits_since: waits_since.unwrap_or(opened),
            about: document.text("about").and_then(RecordId::from_hex),
            said,
            state: state.unwrap_or(State::Waits),
            opened,
            changed: document.changed()?,
        })
    }

    /// The beginning of the question: what lists show.
    #[must_use]
    pub fn subject(&self) -> String {
        const LONGEST: usize = 80;
        let text = self.said.first().map_or("", |said| said.text.as_str());
        let line = text.lines().next().unwrap_or("").trim();
        match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
            None => line.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(node: &str, person: &str) -> Author {
        Author::invented(node, person)
    }

    #[test]
    fn a_ticket_goes_to_and_fro_until_the_desk_needs_no_more() {
        let (ana, carla) = (author("m07", "Ana"), author("central", "Carla"));
        let about = RecordId([7; 32]);
        let question = "O cartão não diz a data de validade.\nO que faço?";
        let (mut d, _) = open(&ana, Hlc::new(1_000, 0), (Some(about), true), question).unwrap();
        let state = |d: &Document| Ticket::of(d).unwrap().state;
        assert_eq!(state(&d), State::Waits);
        answer(&mut d, &carla, Hlc::new(2_000, 0), "Use a do verso.").unwrap();
        assert_eq!(state(&d), State::Answered);
        ask(&mut d, &ana, Hlc::new(3_000, 0), "Não tem verso.").unwrap();
        assert_eq!(state(&d), State::Waits);
        close(&mut d, &ana, Hlc::new(4_000, 0)).unwrap();
        let ticket = Ticket::of(&d).unwrap();
        assert_eq!((ticket.state, ticket.about), (State::Closed, Some(about)));
        assert_eq!(ticket.subject(), "O cartão não diz a data de validade.");
        let said: Vec<_> = ticket
            .said
            .iter()
            .map(|s| (s.act.by.as_str(), s.is_answer))
            .collect();
        assert_eq!(said, [("Ana", false), ("Carla", true), ("Ana", false)]);
        ask(&mut d, &ana, Hlc::new(5_000, 0), "Voltou.").unwrap();
        assert_eq!(state(&d), State::Waits, "it is open again");
    }

    #[test]
    fn the_second_line_has_it_until_it_is_answered_and_its_term_runs_from_the_first_question() {
        let (ana, carla) = (author("m07", "Ana"), author("central", "Carla"));
        let (mut d, first) = open(&ana, Hlc::new(1_000, 0), (None, true), "Ajuda").unwrap();
        let mark = |_: &[u8]| "mark".to_owned();
        let hub = Hub {
            record: RecordId::from(first.change),
            mark: &mark,
        };
        ask(&mut d, &ana, Hlc::new(2_000, 0), "Ainda?").unwrap();
        let to = ("Rui Pereira", "É da entidade.");
        escalate(&mut d, (&carla, Hlc::new(3_000, 0)), to, hub).unwrap();
        let now = Ticket::of(&d).unwrap();
        assert_eq!(now.escalated.as_ref().map(handed), Some(to));
        assert_eq!((now.state, now.is_urgent), (State::Waits, true));
        assert_eq!(now.waits_since, Hlc::new(1_000, 0));
        answer(&mut d, &carla, Hlc::new(4_000, 0), "Sim.").unwrap();
        assert_eq!(Ticket::of(&d).unwrap().escalated, None);
        ask(&mut d, &ana, Hlc::new(5_000, 0), "E isto?").unwrap();
        let now = Ticket::of(&d).unwrap();
        assert_eq!((now.escalated, now.waits_since), (None, Hlc::new(5_000, 0)));
    }

    #[test]
    fn a_question_while_it_is_answered_elsewhere_stays_with_the_contact_centre() {
        let ana = author("m07", "Ana");
        let (mut here, _) = open(&ana, Hlc::new(1_000, 0), (None, false), "Ajuda").unwrap();
        let all = here.changes().unwrap();
        let mut there = Document::load(all.iter().map(|w| w.bytes.as_slice())).unwrap();
        let answered = answer(
            &mut there,
            &author("central", "Carla"),
            Hlc::new(2_000, 0),
            "Sim.",
        );
        ask(&mut here, &ana, Hlc::new(3_000, 0), "E isto?").unwrap();
        here.apply([answered.unwrap().bytes.as_slice()]).unwrap();
        let ticket = Ticket::of(&here).unwrap();
        assert_eq!((ticket.said.len(), ticket.state), (3, State::Waits));
    }
}
