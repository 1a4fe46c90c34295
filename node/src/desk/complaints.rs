//! Complaints: until when they are to be answered, and what was answered.

use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::complaint::{self, Complaint, Side, is_of_hub};
use vereda_web::desk::port::{
    self, ComplaintRow, ComplaintView, Complaints, DeskError, MAX_REPLY_CHARS, ReplyView, Session,
    Term,
};

use super::{SpotDesk, cases, fault, record_id, rows};
use crate::clock;
use crate::node::Node;
use crate::store::complaints::{self, ComplaintLine};
use crate::store::derived;
use crate::written;

/// Most complaints listed at once.
const LISTED: u32 = 100;

/// So many working days before its term ends, a complaint waits in «Por tratar».
const SOON_WORKING_DAYS: u16 = 3;

/// A term as it stands today; days that do not work at this node's place are left out.
fn term(node: &Node, due: Date, answered: Option<Date>, is_withdrawn: bool) -> Term {
    let today = Date::parse(&clock::today()).unwrap_or(due);
    Term {
        days_left: today.working_until(due, &node.config.node.holidays),
        is_over: today > due,
        due: due.to_string(),
        answered: answered.map(|day| day.to_string()),
        is_withdrawn,
    }
}

/// How a request stands with its answer, if it is to have one.
pub(super) fn term_of(node: &Node, complaint: &Complaint) -> Term {
    let answered = complaint.answered();
    term(node, complaint.due, answered, complaint.is_withdrawn)
}

/// Complaints of this node alone or of all, as [`complaints::list`] orders them.
pub(crate) fn list(
    node: &Node,
    own_only: bool,
    limit: u32,
) -> Result<Vec<ComplaintRow>, DeskError> {
    let lines = complaints::list(&node.store.read(), own_only, limit).map_err(fault)?;
    Ok(shown(node, lines))
}

fn shown(node: &Node, lines: Vec<ComplaintLine>) -> Vec<ComplaintRow> {
    let row = |line: ComplaintLine| {
        let answered = line.answered.as_deref().and_then(Date::parse);
        let is_withdrawn = line.request.life == vereda_sync::record::Life::Withdrawn;
        Some(ComplaintRow {
            term: term(node, Date::parse(&line.due)?, answered, is_withdrawn),
            row: rows::row(node, line.request),
        })
    };
    lines.into_iter().filter_map(row).collect()
}

fn read(node: &Node, record: RecordId) -> Result<Complaint, DeskError> {
    let read = node.with_document(record, |d| Complaint::of(d));
    read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
}

/// One complaint with its answers, for somebody who reads that language.
pub(crate) fn view(
    node: &Node,
    request: &str,
    language: String,
) -> Result<ComplaintView, DeskError> {
    let complaint = read(node, record_id(request)?)?;
    let line = derived::request(&node.store.read(), request).map_err(fault)?;
    let line = line.ok_or(DeskError::NotFound)?;
    let term = term_of(node, &complaint);
    let replies = complaint.replies.into_iter().map(|reply| ReplyView {
        is_of_hub: is_of_hub(&reply.act),
        on: reply.on.to_string(),
        from: reply.from,
        text: reply.text,
        by: port::By {
            who: rows::place(&reply.act),
            at: clock::of(&reply.act),
        },
    });
    Ok(ComplaintView {
        term,
        replies: replies.collect(),
        recorded_on: clock::day(line.at_ms),
        language,
        row: rows::row(node, line),
    })
}

/// Writes an answer down, at a spot or at the hub; it stands beside those that are there.
pub(crate) fn keep(
    node: &Node,
    session: &Session,
    request: &str,
    (on, from, text): (&str, &str, &str),
    side: Side,
) -> Result<(), DeskError> {
    let record = record_id(request)?;
    let line = derived::request(&node.store.read(), request).map_err(fault)?;
    let line = line.ok_or(DeskError::NotFound)?;
    let known = read(node, record)?;
    let not_now = |why: &str| Err(DeskError::NotNow(why.into()));
    if known.is_withdrawn {
        return not_now("Este pedido foi retirado e já não se muda.");
    }
    let Some(on) = Date::parse(on.trim()) else {
        return not_now("Escreva o dia em que responderam.");
    };
    if on.to_string() > clock::today() {
        return not_now("Esse dia ainda não chegou: escreva o dia em que responderam.");
    }
    if on.to_string() < clock::day(line.at_ms) {
        return not_now("Nesse dia a reclamação ainda não estava feita.");
    }
    let from = cases::needed(from, "Escreva quem respondeu.")?;
    let text = written::needed(text, MAX_REPLY_CHARS, "Escreva o que responderam.")?;
    // A second click.
    let same = |r: &complaint::Reply| r.on == on && r.from == from && r.text == text;
    if known.replies.iter().any(same) {
        return Ok(());
    }
    node.change(
        record,
        &session.person.name,
        |d, author, at| complaint::reply(d, author, at, (on, from), text, side),
        |_| Ok(()),
    )
    .map_err(fault)
}

impl SpotDesk {
    /// Complaints of this spot whose term is over, or ends within a few working days.
    pub(super) fn due_complaints(&self) -> Result<Vec<ComplaintRow>, DeskError> {
        let holidays = &self.node.config.node.holidays;
        let today = Date::parse(&clock::today()).unwrap_or(Date::FIRST);
        let until = today.after_working(SOON_WORKING_DAYS, holidays).to_string();
        let lines = complaints::due(&self.node.store.read(), &until).map_err(fault)?;
        Ok(shown(&self.node, lines))
    }
}

impl Complaints for SpotDesk {
    fn complaints(&self, _: &Session) -> Result<Vec<ComplaintRow>, DeskError> {
        list(&self.node, true, LISTED)
    }

    fn complaint(&self, session: &Session, request: &str) -> Result<ComplaintView, DeskError> {
        read(&self.node, record_id(request)?)?;
        let language = self.language_of(session, request)?;
        view(&self.node, request, language)
    }

    fn keep_reply(
        &self,
        session: &Session,
        request: &str,
        on: &str,
        from: &str,
        text: &str,
    ) -> Result<(), DeskError> {
        keep(&self.node, session, request, (on, from, text), Side::Spot)
    }
}
