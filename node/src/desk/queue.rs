//! The queue of a busy stop, at the desk.

use vereda_sync::record::attendance;
use vereda_web::desk::port::{self, DeskError, Event, QueueView, Session};

use super::stage::Stage;
use super::{SpotDesk, fault};
use crate::clock;
use crate::store::queue;

const NOT_CALLED: &str =
    "Esta senha já não está chamada: pode ter sido atendida, ou dada como ausente, noutro balcão.";

impl SpotDesk {
    pub(super) fn read_queue(&self, session: &Session) -> Result<QueueView, DeskError> {
        let (db, day) = (self.node.store.read(), clock::today());
        let (waiting, next) = queue::waiting(&db, &day, clock::now_ms()).map_err(fault)?;
        let called = queue::called(&db, &day, &session.id).map_err(fault)?;
        let sure = self.node.clock_is_sure();
        let at = |ms| clock::moment(ms, sure);
        Ok(QueueView {
            waiting,
            next: next.map(|turn| (turn.number, at(turn.given_ms))),
            called: called.map(|turn| (turn.number, at(turn.called_ms.unwrap_or(turn.given_ms)))),
        })
    }
}

impl port::Queue for SpotDesk {
    fn give_turn(&self, _: &Session) -> Result<u32, DeskError> {
        let number = queue::give(&self.node.store.write(), &clock::today(), clock::now_ms());
        let number = number.map_err(fault)?;
        self.node.tell(Event::Messages);
        Ok(number)
    }

    fn call_turn(&self, session: &Session) -> Result<Option<u32>, DeskError> {
        let (db, day) = (self.node.store.write(), clock::today());
        if let Some(turn) = queue::called(&db, &day, &session.id).map_err(fault)? {
            return Err(DeskError::NotNow(format!(
                "A senha {} está chamada a este balcão: atenda-a, ou diga que não compareceu.",
                turn.number
            )));
        }
        let number = queue::call(&db, &day, &session.id, clock::now_ms()).map_err(fault)?;
        drop(db);
        if let Some(number) = number {
            self.set_stage(session, Stage::Called { number })?;
        }
        self.node.tell(Event::Messages);
        Ok(number)
    }

    fn drop_turn(&self, session: &Session, number: u32) -> Result<(), DeskError> {
        let ended = queue::end(&self.node.store.write(), &clock::today(), number);
        if ended.map_err(fault)?.is_none() {
            return Err(DeskError::NotNow(NOT_CALLED.into()));
        }
        self.no_longer_called(session)?;
        self.node.tell(Event::Messages);
        Ok(())
    }

    fn serve_turn(&self, session: &Session, number: u32) -> Result<String, DeskError> {
        let ended = queue::end(&self.node.store.write(), &clock::today(), number);
        let Some(turn) = ended.map_err(fault)? else {
            return Err(DeskError::NotNow(NOT_CALLED.into()));
        };
        let waited_ms = turn.called_ms.unwrap_or(turn.given_ms) - turn.given_ms;
        let waited_s = u64::try_from(waited_ms / 1_000).unwrap_or(0);
        let begin = |author: &_, at| attendance::begin_after(author, at, waited_s);
        let record = self
            .node
            .begin(&session.person.name, begin)
            .map_err(fault)?;
        self.no_longer_called(session)?;
        self.node.tell(Event::Messages);
        Ok(record.to_string())
    }
}
