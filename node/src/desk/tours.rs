//! The tours of this spot, at its desk: today's stops, what was said of them, who is booked.

use vereda_sync::answer::Provenance;
use vereda_sync::catalogue::Words;
use vereda_sync::record::attendance;
use vereda_sync::record::booking::{self, Booking, State};
use vereda_sync::record::tour::Happened;
use vereda_web::desk::port::{
    BookingState, CalendarView, DeskError, Event, NextStop, Session, StopView, TourView, Tours,
    ToursView, TypedStop,
};

use super::{SpotDesk, fault};
use crate::clock;
use crate::store::draft::{self, Draft};
use crate::store::tours as stored;
use crate::tours::{self, Names, Side};

/// Most tours that are ahead, and that are over, in lists.
const AHEAD: u32 = 50;
const PAST: u32 = 20;

impl SpotDesk {
    /// The spots that are known here, by id.
    pub(super) fn spot_names(&self) -> Result<Names, DeskError> {
        let known = crate::store::cases::neighbours(&self.node.store.read()).map_err(fault)?;
        let own = &self.node.config.node;
        Ok(known
            .into_iter()
            .chain([(own.id.clone(), own.name.clone())])
            .collect())
    }

    /// Where this vehicle goes next today.
    pub(super) fn next_stop(&self) -> Result<Option<NextStop>, DeskError> {
        let (node, today) = (&self.node, tours::today()?);
        let own = &node.config.node.id;
        let ids = stored::on_day(&node.store.read(), own, &today.to_string()).map_err(fault)?;
        let mut next: Option<StopView> = None;
        for id in ids {
            let (id, tour) = tours::known(node, &id.to_string(), Side::Crew)?;
            if tour.next(today).is_none() {
                continue;
            }
            let view = tours::view(node, (id, &tour), Side::Crew, &Names::new())?;
            let sooner = view.next().filter(|stop| {
                next.as_ref()
                    .is_none_or(|next| stop.plan.from < next.plan.from)
            });
            next = sooner.cloned().or(next);
        }
        Ok(next.map(|stop| NextStop {
            hours: stop.hours(),
            awaited: stop
                .bookings
                .iter()
                .filter(|b| b.state == BookingState::Waits)
                .count() as u64,
            place: stop.plan.place,
        }))
    }

    /// What who is served in that attendance was booked for, by id.
    pub(super) fn booked_service(&self, attendance: &str) -> Result<Option<String>, DeskError> {
        let booking = stored::of_attendance(&self.node.store.read(), attendance).map_err(fault)?;
        let Some(booking) = booking else {
            return self.listed_service(attendance);
        };
        let read = self.node.with_document(booking, |d| Booking::of(d));
        let service = read.map_err(fault)?.flatten().map(|b| b.booked.service);
        Ok(service.filter(|id| self.node.latest(id).is_some()))
    }

    /// What is known of who was booked stands in the form, to be confirmed; what a card says later replaces it.
    pub(super) fn propose<'v>(
        &self,
        session: &Session,
        attendance: &str,
        values: impl IntoIterator<Item = (&'v str, &'v str)>,
    ) -> Result<(), DeskError> {
        // Taken before the store's lock, as everywhere: first the node's, then the store's.
        let revision = self.node.next_revision();
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        for (field, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
            let known = Draft {
                field: field.to_owned(),
                value: value.to_owned(),
                provenance: Provenance::Copied,
                revision,
                session: session.id.clone(),
                by: session.person.name.clone(),
                at_ms: clock::now_ms(),
            };
            draft::put(&tx, attendance, &known).map_err(fault)?;
        }
        tx.commit().map_err(|e| fault(e.into()))
    }
}

impl Tours for SpotDesk {
    fn tours(&self, _: &Session) -> Result<ToursView, DeskError> {
        let (node, names) = (&self.node, self.spot_names()?);
        let own = Some(node.config.node.id.as_str());
        let today = tours::today()?;
        let (ahead, past) = tours::ahead_and_past(node, own, (AHEAD, PAST))?;
        let mut view = ToursView {
            past: tours::lines(node, past, &names)?,
            ..ToursView::default()
        };
        for id in ahead {
            let (id, tour) = tours::known(node, &id.to_string(), Side::Crew)?;
            match tour.stops.iter().any(|stop| stop.plan().day == today) {
                true => view
                    .today
                    .push(tours::view(node, (id, &tour), Side::Crew, &names)?),
                false => view.coming.push(tours::line(node, (id, &tour), &names)?),
            }
        }
        Ok(view)
    }

    fn tour_month(&self, _: &Session, month: Option<&str>) -> Result<CalendarView, DeskError> {
        tours::calendar::month(&self.node, month, Side::Crew, &self.spot_names()?)
    }

    fn tour(&self, _: &Session, tour: &str) -> Result<TourView, DeskError> {
        let (id, tour) = tours::known(&self.node, tour, Side::Crew)?;
        tours::view(&self.node, (id, &tour), Side::Crew, &self.spot_names()?)
    }

    fn tour_services(&self) -> Result<Vec<(String, Words)>, DeskError> {
        Ok(tours::services(&self.node))
    }

    fn take_on_board(
        &self,
        session: &Session,
        tour: &str,
        stop: &str,
        items: &[String],
    ) -> Result<(), DeskError> {
        tours::take_on_board(&self.node, session, (tour, stop), items)
    }

    fn plan_tour(&self, session: &Session, first: &TypedStop) -> Result<String, DeskError> {
        tours::begin(&self.node, session, &self.node.config.node.id, first)
    }

    fn plan_stop(
        &self,
        session: &Session,
        tour: &str,
        stop: Option<&str>,
        typed: &TypedStop,
    ) -> Result<(), DeskError> {
        tours::plan(&self.node, session, (tour, stop), typed, Side::Crew)
    }

    fn mark(
        &self,
        session: &Session,
        tour: &str,
        stop: &str,
        what: &Happened,
    ) -> Result<(), DeskError> {
        tours::mark(&self.node, session, (tour, stop), what, Side::Crew)
    }

    fn undo_mark(&self, session: &Session, tour: &str, mark: &str) -> Result<(), DeskError> {
        tours::undo(&self.node, session, (tour, mark), Side::Crew)
    }

    fn attend_booking(&self, session: &Session, id: &str) -> Result<String, DeskError> {
        // Two desks that press at once: the second finds the attendance of the first.
        let _one = self.recording.lock();
        let (id, found) = tours::known_booking(&self.node, id, Side::Crew)?;
        if let State::Came(attendance, _) = found.state {
            let is_here = self.node.with_document(attendance, |_| ()).map_err(fault)?;
            return match is_here {
                Some(()) => Ok(attendance.to_string()),
                None => Err(DeskError::NotNow(
                    "Esta pessoa já foi atendida, e o atendimento já não está neste posto.".into(),
                )),
            };
        }
        let person = &session.person.name;
        let attendance = self.node.begin(person, attendance::begin).map_err(fault)?;
        self.node
            .change(
                id,
                person,
                |d, author, at| booking::came(d, author, at, attendance),
                |_| Ok(()),
            )
            .map_err(fault)?;
        let form = attendance.to_string();
        let who = &found.booked;
        self.propose(
            session,
            &form,
            [("full-name", who.name.as_str()), ("nif", &who.nif)],
        )?;
        self.node.tell(Event::Record { id: form.clone() });
        Ok(form)
    }

    fn absent_booking(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let (id, found) = tours::known_booking(&self.node, id, Side::Crew)?;
        match found.state {
            State::Absent(_) => return Ok(()),
            State::Came(..) => {
                return Err(DeskError::NotNow(
                    "Esta pessoa já está a ser atendida.".into(),
                ));
            }
            State::Waits | State::Withdrawn(..) => {}
        }
        self.node
            .change(id, &session.person.name, booking::absent, |_| Ok(()))
            .map_err(fault)
    }
}
