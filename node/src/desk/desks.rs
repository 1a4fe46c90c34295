//! Several desks on one node: who joins, who is heard of, and who has an attendance when a desk dies.

use rusqlite::Connection;
use vereda_sync::record::{self, attendance};
use vereda_web::desk::port::{
    self, DeskError, DeskRow, DesksView, Event, Holder, OfferView, Session,
};

use super::{SpotDesk, fault, record_id, stage::Stage};
use crate::clock;
use crate::lan::{self, CODE_LASTS, MAX_TRIES};
use crate::node::Node;
use crate::store::{derived, desks, people};

impl SpotDesk {
    /// The attendance of a form; `None` where what is filled in belongs to none.
    fn attendance_of(&self, form: &str) -> Result<Option<String>, DeskError> {
        let read = self
            .node
            .with_document(record_id(form)?, |d| match d.kind() {
                Some(record::Kind::Attendance) => Some(form.to_owned()),
                Some(record::Kind::Request) => d.text("attendance").map(str::to_owned),
                _ => None,
            });
        Ok(read.map_err(fault)?.flatten())
    }

    /// Whether this desk may write in a form: not while another has taken its attendance over. Whoever may has it
    /// from then on.
    pub(super) fn may_write(&self, session: &Session, form: &str) -> Result<(), DeskError> {
        let Some(of) = self.attendance_of(form)? else {
            return Ok(());
        };
        let holder = desks::holder(&self.node.store.read(), &of).map_err(fault)?;
        // Mostly nobody else came, and nothing is written.
        if holder.is_some_and(|h| h.desk == session.desk && h.person == session.person.name) {
            return Ok(());
        }
        self.may_write_in(&self.node.store.write(), session, Some(&of))
    }

    /// The same where the store is held.
    pub(super) fn may_write_in(
        &self,
        db: &Connection,
        session: &Session,
        attendance: Option<&str>,
    ) -> Result<(), DeskError> {
        let Some(attendance) = attendance else {
            return Ok(());
        };
        let before = desks::holder(db, attendance).map_err(fault)?;
        let is_here = before.as_ref().is_some_and(|h| h.desk == session.desk);
        match &before {
            Some(h) if is_here && h.person == session.person.name => return Ok(()),
            Some(h) if h.was_taken && !is_here => {
                return Err(DeskError::Held {
                    by: h.person.clone(),
                    desk: self.desk_called(db, &h.desk)?,
                });
            }
            _ => {}
        }
        let now = desks::Holder {
            desk: session.desk.clone(),
            person: session.person.name.clone(),
            at_ms: clock::now_ms(),
            was_taken: is_here && before.is_some_and(|h| h.was_taken),
        };
        desks::hold(db, attendance, &now).map_err(fault)
    }

    /// For the keystroke: the attendance is read before the store is held.
    pub(super) fn may_type<'a>(
        &'a self,
        session: &'a Session,
        form: &str,
    ) -> Result<impl FnOnce(&Connection) -> Result<(), DeskError> + 'a, DeskError> {
        let attendance = self.attendance_of(form)?;
        Ok(move |db: &Connection| self.may_write_in(db, session, attendance.as_deref()))
    }

    /// Who has an attendance, as another desk is to know it.
    pub(super) fn holder_of(
        &self,
        session: &Session,
        attendance: &str,
    ) -> Result<Option<Holder>, DeskError> {
        let db = self.node.store.read();
        let found = desks::holder(&db, attendance).map_err(fault)?;
        let Some(found) = found.filter(|h| h.desk != session.desk) else {
            return Ok(None);
        };
        let silence = self.of_desks().doors.silence(&found.desk);
        if !found.was_taken && silence.is_none() {
            return Ok(None);
        }
        Ok(Some(Holder {
            attendance: attendance.to_owned(),
            desk: self.desk_called(&db, &found.desk)?,
            by: found.person,
            since: clock::moment(found.at_ms, self.node.clock_is_sure()),
            silence,
            is_taken: found.was_taken,
        }))
    }

    /// The node whose desks these are: training has them from the real one.
    pub(super) fn of_desks(&self) -> &Node {
        self.training.as_ref().map_or(&self.node, |room| &room.real)
    }

    /// What a desk is called. `db`: this desk's own store, as it may be held.
    fn desk_called(&self, db: &Connection, id: &str) -> Result<String, DeskError> {
        if id.is_empty() {
            return Ok(self.node.config.node.name.clone());
        }
        let all = match &self.training {
            None => desks::all(db),
            Some(room) => desks::all(&room.real.store.read()),
        };
        let all = all.map_err(fault)?;
        let found = all.into_iter().find(|joined| joined.id == id);
        Ok(found.map_or_else(|| "mesa retirada".to_owned(), |joined| joined.name))
    }

    /// Somebody came to a desk that joined, or left it: the list of desks shows it.
    pub(super) fn tell_who_is_where(&self, desk: &str) {
        if !desk.is_empty() {
            self.node.tell(Event::Messages);
        }
    }

    /// Only whoever sits at the node itself lets machines in and takes them out.
    fn is_at_the_node(&self, session: &Session) -> Result<(), DeskError> {
        match self.cannot(session) {
            Some(why) => Err(DeskError::NotNow(why.to_owned())),
            None => Ok(()),
        }
    }

    fn cannot(&self, session: &Session) -> Option<&'static str> {
        if self.training.is_some() {
            return Some("Isto é um treino: as mesas juntam-se no posto verdadeiro.");
        }
        if !session.desk.is_empty() {
            return Some(
                "Só no computador do posto se juntam e retiram mesas: esta é uma das que se juntaram.",
            );
        }
        self.node.doors.served().is_none().then_some(
            "Este posto não está na sua rede: quem o configura liga-o com a secção [lan].",
        )
    }

    /// Who is signed in at that desk.
    fn signed_in_at(&self, desk: &str) -> Result<Vec<Session>, DeskError> {
        let sessions = people::sessions(&self.node.store.read(), clock::now_ms()).map_err(fault)?;
        let at = sessions.into_iter().filter(|it| it.desk == desk);
        Ok(at
            .map(|it| Session {
                id: it.id,
                person: port::Person {
                    id: it.person,
                    name: it.name,
                },
                desk: it.desk,
            })
            .collect())
    }

    /// Screens at that desk show nothing of an attendance any more.
    fn clear_screens_of(&self, desk: &str, forms: &[String]) -> Result<(), DeskError> {
        for session in self.signed_in_at(desk)? {
            let shown = self.screen_of(&session)?;
            let stage = shown.map(|(_, screen)| Stage::from_text(&screen.stage));
            let about = stage.as_ref().and_then(Stage::about);
            if about.is_some_and(|about| forms.iter().any(|form| form == about)) {
                self.set_stage(&session, Stage::Idle)?;
            }
        }
        Ok(())
    }
}

impl port::Desks for SpotDesk {
    fn desks(&self, session: &Session) -> Result<DesksView, DeskError> {
        let cannot = self.cannot(session).map(str::to_owned);
        let sure = self.node.clock_is_sure();
        let db = self.node.store.read();
        let sessions = people::sessions(&db, clock::now_ms()).map_err(fault)?;
        let joined = desks::all(&db).map_err(fault)?;
        drop(db);
        let people_at = |id: &str| {
            let at = sessions.iter().filter(|it| it.desk == id);
            let mut names: Vec<String> = at.map(|it| it.name.clone()).collect();
            names.dedup();
            names
        };
        let row = |id: &str, name: &str, is_screen, heard_ms: i64| DeskRow {
            id: id.to_owned(),
            name: name.to_owned(),
            is_screen,
            heard: self.node.doors.silence(id).map(|silence| {
                let quiet_ms = i64::try_from(silence.as_millis()).unwrap_or(i64::MAX);
                let last = heard_ms.max(clock::now_ms().saturating_sub(quiet_ms));
                clock::moment(last, sure)
            }),
            people: people_at(id),
            is_this: id == session.desk,
        };
        let own = row("", &self.node.config.node.name, false, 0);
        let others = joined
            .iter()
            .map(|it| row(&it.id, &it.name, it.is_screen, it.heard_ms));
        let served = self.node.doors.served();
        let offer = self.node.doors.offered().filter(|_| cannot.is_none());
        Ok(DesksView {
            is_own: cannot.is_none(),
            addresses: served.as_ref().map_or_else(Vec::new, lan::Served::urls),
            fingerprint: served.map_or_else(String::new, |it| it.fingerprint),
            offer: offer.map(|offer| {
                let left = CODE_LASTS.saturating_sub(offer.since.elapsed());
                let left_ms = i64::try_from(left.as_millis()).unwrap_or(0);
                OfferView {
                    code: offer.code,
                    is_screen: offer.is_screen,
                    until: clock::moment(clock::now_ms() + left_ms, sure),
                    wrong: MAX_TRIES - offer.tries_left,
                }
            }),
            desks: std::iter::once(own).chain(others).collect(),
            cannot,
        })
    }

    fn offer(&self, session: &Session, is_screen: bool) -> Result<(), DeskError> {
        self.is_at_the_node(session)?;
        self.node.doors.offer(is_screen).map_err(fault)?;
        self.node.tell(Event::Messages);
        Ok(())
    }

    fn end_offer(&self, session: &Session) -> Result<(), DeskError> {
        self.is_at_the_node(session)?;
        self.node.doors.end_offer();
        self.node.tell(Event::Messages);
        Ok(())
    }

    fn remove_desk(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        self.is_at_the_node(session)?;
        // What their screens show goes with them.
        for session in self.signed_in_at(id)? {
            self.let_go_of_screen(&session);
        }
        lan::remove(&self.node, id).map_err(fault)?;
        Ok(())
    }

    fn continue_here(&self, session: &Session, attendance: &str) -> Result<(), DeskError> {
        let summary = self
            .node
            .with_document(record_id(attendance)?, |d| attendance::Summary::of(d))
            .map_err(fault)?
            .flatten()
            .ok_or(DeskError::NotFound)?;
        if summary.ended.is_some() {
            return Err(DeskError::NotNow(
                "Este atendimento já foi fechado: não há nada que continuar.".into(),
            ));
        }
        let db = self.node.store.write();
        let before = desks::holder(&db, attendance).map_err(fault)?;
        let requests = derived::of_attendance(&db, attendance).map_err(fault)?;
        let now = desks::Holder {
            desk: session.desk.clone(),
            person: session.person.name.clone(),
            at_ms: clock::now_ms(),
            was_taken: true,
        };
        desks::hold(&db, attendance, &now).map_err(fault)?;
        drop(db);
        let mut forms = vec![attendance.to_owned()];
        forms.extend(requests.into_iter().map(|request| request.id));
        if let Some(before) = before.filter(|h| h.desk != session.desk) {
            self.clear_screens_of(&before.desk, &forms)?;
        }
        for id in forms {
            self.node.tell(Event::Record { id });
        }
        Ok(())
    }

    fn present(&self, session: &Session, is_there: bool) {
        // Of other machines their door knows.
        if session.desk.is_empty() {
            self.of_desks().doors.stream("", is_there);
        }
    }
}
