//! Word that the hub sends to citizens, as the console shows it.

use vereda_sync::id::RecordId;
use vereda_web::console::port::{SentRow, SentToCitizens, SentView};
use vereda_web::desk::port::{DeskError, Event, Session};

use super::HubConsole;
use crate::clock;
use crate::courier;
use crate::desk::{fault, record_id};
use crate::store::outbox::{self, Sent, State};
use crate::store::{derived, records};

/// Listed of each state.
const LISTED: u32 = 100;

/// What happened, in a word or two.
fn what(kind: &str) -> &'static str {
    match kind {
        "returned" => "devolvido",
        "agency-accepted" => "aceite pela entidade",
        "agency-refused" => "recusado pela entidade",
        "agency-completed" => "concluído",
        "replied" => "reclamação respondida",
        _ => "retirado",
    }
}

impl HubConsole {
    fn sent_row(&self, it: Sent) -> Result<SentRow, DeskError> {
        let request = RecordId(it.record).to_string();
        let line = derived::request(&self.node.store.read(), &request).map_err(fault)?;
        let at_ms = match it.state {
            State::Waits => it.next_ms,
            _ => it.changed_ms,
        };
        Ok(SentRow {
            number: line.as_ref().and_then(|line| line.number.clone()),
            citizen: line.map_or_else(String::new, |line| line.citizen),
            request,
            what: what(&it.what).to_owned(),
            outcome: it.outcome,
            way: it.way,
            hint: it.hint,
            tries: it.tries,
            trouble: it.trouble,
            at: clock::moment(at_ms, true),
        })
    }

    fn sent_in(&self, state: State) -> Result<(Vec<SentRow>, u64), DeskError> {
        let (all, count) = {
            let db = self.node.store.read();
            let all = outbox::list(&db, state, LISTED).map_err(fault)?;
            (all, outbox::how_many(&db, state).map_err(fault)?)
        };
        let rows = all.into_iter().map(|it| self.sent_row(it));
        Ok((rows.collect::<Result<_, _>>()?, count))
    }
}

impl SentToCitizens for HubConsole {
    fn sent(&self) -> Result<SentView, DeskError> {
        let config = self.node.config.notices.as_ref();
        Ok(SentView {
            ways: config.map(courier::ways).unwrap_or_default(),
            failed: self.sent_in(State::Failed)?,
            waiting: self.sent_in(State::Waits)?,
            handed: self.sent_in(State::Handed)?,
        })
    }

    fn send_again(&self, _: &Session, request: &str, outcome: &str) -> Result<(), DeskError> {
        let record = record_id(request)?;
        // Found by what may be read: of another region it is not there.
        let row = records::find_record(&self.node.store.read(), record).map_err(fault)?;
        let row = row.ok_or(DeskError::NotFound)?;
        let db = self.node.store.write();
        // After a second click, or somebody else's, it is on its way already.
        outbox::try_again(&db, row, outcome, clock::now_ms()).map_err(fault)?;
        drop(db);
        self.node.tell(Event::Messages);
        Ok(())
    }
}
