//! Tickets to the contact centre, at the desk.

use vereda_sync::record::ticket;
use vereda_web::desk::port::{
    self, About, DeskError, MAX_SAID_CHARS, Session, TicketRow, TicketView,
};

use super::{SpotDesk, fault, record_id};
use crate::help::{self, Side};
use crate::store::tickets;
use crate::written;

/// Tickets listed at once.
const LISTED: u32 = 50;

impl SpotDesk {
    /// Tickets that were answered and that the desk has not closed.
    pub(super) fn answered_tickets(&self) -> Result<Vec<TicketRow>, DeskError> {
        let lines = tickets::answered(&self.node.store.read()).map_err(fault)?;
        let rows = lines.into_iter().map(|line| help::row(&self.node, line));
        rows.collect()
    }
}

impl port::Help for SpotDesk {
    fn tickets(&self, _: &Session) -> Result<Vec<TicketRow>, DeskError> {
        let lines = tickets::own(&self.node.store.read(), LISTED).map_err(fault)?;
        let rows = lines.into_iter().map(|line| help::row(&self.node, line));
        rows.collect()
    }

    fn about(&self, _: &Session, request: &str) -> Result<About, DeskError> {
        help::about(&self.node, request)?.ok_or(DeskError::NotFound)
    }

    fn open_ticket(
        &self,
        session: &Session,
        (about, is_urgent): (&str, bool),
        question: &str,
    ) -> Result<String, DeskError> {
        let question = written::needed(question, MAX_SAID_CHARS, "Escreva a pergunta.")?;
        let about = match about {
            "" => None,
            request => {
                help::about(&self.node, request)?.ok_or(DeskError::NotFound)?;
                Some(record_id(request)?)
            }
        };
        let open = |author: &_, at| ticket::open(author, at, (about, is_urgent), question);
        let opened = self.node.begin(&session.person.name, open).map_err(fault)?;
        Ok(opened.to_string())
    }

    fn ticket(&self, _: &Session, ticket: &str) -> Result<TicketView, DeskError> {
        help::view(&self.node, ticket)
    }

    fn say(&self, session: &Session, ticket: &str, text: &str) -> Result<(), DeskError> {
        help::say(&self.node, session, ticket, text, Side::Desk)
    }

    fn close_ticket(&self, session: &Session, ticket: &str) -> Result<(), DeskError> {
        help::close(&self.node, session, ticket)
    }
}
