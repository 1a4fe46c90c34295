//! Tickets to the contact centre, as desk and console both read and write them.

use vereda_sync::day::Date;
use vereda_sync::record::ticket::{self, State, Ticket};
use vereda_web::desk::port::{
    About, By, DeskError, MAX_SAID_CHARS, Person, Said, SecondLine, Session, Term, TicketRow,
    TicketView,
};

use crate::clock;
use crate::desk::{fault, record_id, rows};
use crate::node::Node;
use crate::store::derived;
use crate::store::tickets::{self, TicketLine};
use crate::written;

/// The request that a ticket is about, if it is known here.
pub(crate) fn about(node: &Node, request: &str) -> Result<Option<About>, DeskError> {
    let line = derived::request(&node.store.read(), request).map_err(fault)?;
    Ok(line.map(|line| About {
        service: rows::service_title(node, &line.service),
        request: line.id,
        number: line.number,
        citizen: line.citizen,
    }))
}

/// A ticket as a row.
pub(crate) fn row(node: &Node, line: TicketLine) -> Result<TicketRow, DeskError> {
    let about = match line.about.as_str() {
        "" => None,
        request => about(node, request)?,
    };
    Ok(TicketRow {
        id: line.id.to_string(),
        subject: line.subject,
        about,
        state: line.state,
        spot: line.spot,
        changed: clock::moment(line.changed_ms, true),
        at_hub: line.at_hub || node.is_hub(),
        is_urgent: line.is_urgent,
        term: term(node, (line.state, line.is_urgent), line.since_ms),
        second_line: line.handed.map(|it| SecondLine {
            to: it.to,
            reason: it.reason,
            by: By {
                who: it.by,
                at: clock::moment(it.at_ms, true),
            },
        }),
        hand: line.hand.map(|who| Person {
            id: who.id,
            name: who.name,
        }),
    })
}

/// Until when what waits is to be answered: so many working days after the first question that nobody answered. Only the hub
/// knows how many those are.
fn term(node: &Node, (state, is_urgent): (State, bool), since_ms: i64) -> Option<Term> {
    let days = &node.config.contact;
    let days = match is_urgent {
        true => days.urgent_days,
        false => days.usual_days,
    };
    if !node.is_hub() || state != State::Waits {
        return None;
    }
    let today = Date::parse(&clock::today())?;
    let holidays = &node.config.node.holidays;
    let due = Date::parse(&clock::day(since_ms))?.after_working(days, holidays);
    Some(Term {
        days_left: today.working_until(due, holidays),
        is_over: today > due,
        due: due.to_string(),
        answered: None,
        is_withdrawn: false,
    })
}

/// One ticket with all that was said in it.
pub(crate) fn view(node: &Node, id: &str) -> Result<TicketView, DeskError> {
    let line = known(node, id)?;
    let read = node.with_document(line.id, |d| Ticket::of(d));
    let ticket = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
    let said = ticket.said.into_iter().map(|said| Said {
        text: said.text,
        is_answer: said.is_answer,
        by: format!("{}, {}", said.act.by, said.act.spot),
        at: clock::of(&said.act),
    });
    Ok(TicketView {
        row: row(node, line)?,
        said: said.collect(),
        context: vec![],
    })
}

/// What the request of a ticket says, for who answers; identity numbers masked: an answer seldom
/// needs them.
pub(crate) fn context(
    node: &Node,
    request: &str,
) -> Result<Vec<(vereda_sync::catalogue::Words, String)>, DeskError> {
    let db = node.store.read();
    let Some(line) = derived::request(&db, request).map_err(fault)? else {
        return Ok(vec![]);
    };
    drop(db);
    let service = node.service(&line.service, line.edition);
    let read = node.with_document(record_id(request)?, |d| {
        let answers = d.answers().iter();
        let known = answers.filter(|(_, answer)| !answer.value.is_empty());
        let shown = known.filter_map(|(field, answer)| {
            let field = rows::field_of(service, field)?;
            let value = rows::shown(&field, &answer.value);
            let value = match field.kind.is_masked() {
                _ if field.hides(answer.provenance) => rows::PRIVATE.to_owned(),
                true => vereda_web::words::masked(&value),
                false => value,
            };
            Some((field.label, value))
        });
        shown.collect()
    });
    Ok(read.map_err(fault)?.unwrap_or_default())
}

/// Who says something in a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The desk that asks.
    Desk,
    /// The contact centre.
    Centre,
}

/// Something more is said in a ticket.
pub(crate) fn say(
    node: &Node,
    session: &Session,
    id: &str,
    text: &str,
    side: Side,
) -> Result<(), DeskError> {
    let (record, text) = (
        known(node, id)?.id,
        written::needed(text, MAX_SAID_CHARS, "Escreva primeiro o que quer dizer.")?,
    );
    let write = |d: &mut _, author: &_, at| match side {
        Side::Desk => ticket::ask(d, author, at, text),
        Side::Centre => ticket::answer(d, author, at, text),
    };
    node.change(record, &session.person.name, write, |_| Ok(()))
        .map_err(fault)
}

/// The desk needs no more of a ticket.
pub(crate) fn close(node: &Node, session: &Session, id: &str) -> Result<(), DeskError> {
    let line = known(node, id)?;
    // A second click.
    if line.state == State::Closed {
        return Ok(());
    }
    node.change(line.id, &session.person.name, ticket::close, |_| Ok(()))
        .map_err(fault)
}

pub(crate) fn known(node: &Node, id: &str) -> Result<TicketLine, DeskError> {
    let line = tickets::one(&node.store.read(), record_id(id)?).map_err(fault)?;
    line.ok_or(DeskError::NotFound)
}
