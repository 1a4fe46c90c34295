//! Tours for the samples.

use vereda_sync::catalogue::Words;
use vereda_sync::day::Date;
use vereda_sync::record::tour::{Happened, Hour, Plan, Position, Standing};

use super::fake::FakeDesk;
use super::{ago, people, words};
use crate::console::port::PlannedTours;
use crate::desk::port::{
    BookingState, BookingView, By, CalendarStop, CalendarView, DeskError, MarkView, NextStop,
    Session, StopView, ToBring, TourRow, TourView, Tours, ToursView, TypedStop,
};
use crate::map::ground;

const TODAY: &str = "2026-11-21";

pub(crate) fn by(who: &str) -> By {
    By {
        who: who.into(),
        at: ago(5_400),
    }
}

pub(crate) fn plan(place: &str, (from, to): (&str, &str), at: &str) -> Plan {
    let hour = |text| Hour::parse(text).expect("an hour");
    Plan {
        day: Date::parse(TODAY).expect("a day"),
        from: hour(from),
        to: hour(to),
        zone: String::new(),
        place: place.into(),
        municipality: "Monchique".into(),
        district: "Faro".into(),
        position: Position::parse(at),
        offers: vec!["cesd".into(), "apoio-habitacao".into()],
        services: "Subsídios só com marcação.".into(),
        bring: "Impressos do apoio à habitação (20)\n50 comprovativos de reserva".into(),
        note: "Chave do salão na junta, com D. Ilda.".into(),
    }
}

fn booking(id: &str, name: &str, hour: &str, state: BookingState) -> BookingView {
    BookingView {
        id: id.into(),
        name: name.into(),
        nif: "123456789".into(),
        phone: "912 345 678".into(),
        service: (id != "b3").then(|| words("Cartão europeu de saúde", "Health card")),
        hour: hour.into(),
        earlier: match id {
            "b1" => vec![(
                "r1".into(),
                "S02-26K9-F3TP-7".into(),
                words("Apoio à habitação", "Housing aid"),
            )],
            _ => vec![],
        },
        is_outside: id == "b2",
        note: match id {
            "b1" => "Vem com a filha.".into(),
            _ => String::new(),
        },
        state,
        by: by("Teresa Nunes, Central do Algarve"),
    }
}

fn to_bring(item: &str, why: &str, is_on_board: bool) -> ToBring {
    ToBring {
        item: item.into(),
        why: why.into(),
        is_on_board,
    }
}

/// What can be offered at a stop.
pub(crate) fn services() -> Vec<(String, Words)> {
    vec![
        (
            "cesd".into(),
            words("Cartão europeu de saúde", "Health card"),
        ),
        (
            "apoio-habitacao".into(),
            words("Apoio à habitação", "Housing aid"),
        ),
        (
            "morada".into(),
            words("Alteração de morada", "Change of address"),
        ),
    ]
}

fn stop(number: usize, plan: Plan, standing: Standing) -> StopView {
    let marked = match &standing {
        Standing::Held => Some(Happened::Held),
        Standing::Late(n) => Some(Happened::Late(*n)),
        Standing::Cancelled => Some(Happened::Cancelled("Estrada cortada em Casais.".into())),
        Standing::Planned => None,
    };
    let marks = marked.map(|what| MarkView {
        act: format!("act{number}"),
        by_crew: standing != Standing::Cancelled,
        is_mine: standing != Standing::Cancelled,
        what,
        by: by("Ana Martins, Espaço Móvel 07"),
    });
    StopView {
        id: format!("00{number}.central"),
        number,
        by: by("Teresa Nunes, Central do Algarve"),
        others: vec![],
        marks: marks.into_iter().collect(),
        moved: None,
        is_next: false,
        ground: plan.position.map(ground),
        bookings: vec![],
        offers: match plan.offers.is_empty() {
            true => vec![],
            false => vec!["Cartão europeu de saúde".into(), "Apoio à habitação".into()],
        },
        bring: plan
            .bring
            .lines()
            .enumerate()
            .map(|(n, line)| to_bring(line, "", n == 0))
            .collect(),
        clashes: vec![],
        plan,
        standing,
    }
}

pub(crate) fn view(is_own: bool) -> TourView {
    let held = StopView {
        moved: Some("2026-11-21 08:30 09:30 Marmelete".into()),
        bookings: vec![
            booking(
                "b4",
                "Ilda Encarnação",
                "08:45",
                BookingState::Came(Some("a1".into())),
            ),
            booking("b5", "Abel Nunes", "09:00", BookingState::Absent),
        ],
        ..stop(
            1,
            plan("Marmelete", ("14:00", "15:00"), "37,3117; -8,6664"),
            Standing::Held,
        )
    };
    let next = StopView {
        is_next: true,
        bookings: vec![
            booking(
                "b1",
                "Maria do Rosário Conceição",
                "10:15",
                BookingState::Waits,
            ),
            booking("b2", "José Amaro Duarte", "09:45", BookingState::Waits),
            booking(
                "b3",
                "Rosa Brito",
                "11:00",
                BookingState::Withdrawn("Telefonou a desmarcar.".into()),
            ),
        ],
        clashes: vec!["Loulé 2 também lá está, das 11:00 às 13:00.".into()],
        bring: vec![
            to_bring("Extensão elétrica", "", true),
            to_bring(
                "Impressos em branco: Cartão europeu de saúde (4)",
                "2 marcações e 2 de reserva, para o papel",
                false,
            ),
            to_bring("Fundo de caixa e trocos", "há serviços que se pagam", true),
            to_bring(
                "Comprovativos de reserva em papel (12)",
                "se a impressora falhar",
                false,
            ),
        ],
        ..stop(
            2,
            plan("Alferce", ("10:00", "12:00"), "37,3337; -8,4889"),
            Standing::Late(30),
        )
    };
    let off = stop(
        3,
        plan("Casais", ("13:30", "14:30"), "37,2867; -8,5453"),
        Standing::Cancelled,
    );
    let bare = Plan {
        position: None,
        municipality: String::new(),
        district: String::new(),
        offers: vec![],
        services: String::new(),
        bring: String::new(),
        note: String::new(),
        ..plan("Nave Redonda", ("16:00", "17:30"), "")
    };
    let other = plan("Nave Redonda", ("15:30", "17:00"), "");
    let last = StopView {
        others: vec![(other, by("Ana Martins, Espaço Móvel 07"))],
        ..stop(4, bare, Standing::Planned)
    };
    TourView {
        id: "t1".into(),
        spot: "Espaço Móvel 07".into(),
        is_own,
        may_plan: true,
        today: TODAY.into(),
        clock: String::new(),
        stops: vec![held, next, off, last],
    }
}

/// With a position in the sea, and one on an island.
pub(crate) fn odd() -> TourView {
    let mut view = view(true);
    view.may_plan = false;
    for (stop, at) in view
        .stops
        .iter_mut()
        .zip(["38,5; -11,0", "32,6669; -16,9241"])
    {
        stop.plan.position = Position::parse(at);
        stop.ground = stop.plan.position.map(ground);
        stop.is_next = false;
    }
    view
}

fn row(id: &str, first: &str, last: &str) -> TourRow {
    TourRow {
        id: id.into(),
        spot: "Espaço Móvel 07".into(),
        first: first.into(),
        last: last.into(),
        places: vec!["Marmelete".into(), "Alferce".into(), "Casais".into()],
        held: 1,
        cancelled: u64::from(id == "t2"),
        booked: 4,
        trouble: match id {
            "t2" => "2 marcações numa paragem cancelada".into(),
            _ => String::new(),
        },
    }
}

pub(crate) fn today() -> ToursView {
    ToursView {
        today: vec![view(false)],
        coming: vec![row("t2", "2026-11-24", "2026-11-25")],
        past: vec![row("t3", "2026-11-18", "2026-11-18")],
    }
}

pub(crate) fn next_stop() -> NextStop {
    NextStop {
        place: "Alferce".into(),
        hours: "10:30–12:30".into(),
        awaited: 2,
    }
}

/// Two tours on one day: the hub planned one and the vehicle the other.
pub(crate) fn twice() -> ToursView {
    let mut other = view(true);
    other.id = "t9".into();
    for stop in &mut other.stops {
        stop.id = stop.id.replace("central", "movel-07");
        for booking in &mut stop.bookings {
            booking.id += "x";
        }
    }
    ToursView {
        today: vec![view(false), other],
        ..ToursView::default()
    }
}

pub(crate) fn planned(is_empty: bool) -> PlannedTours {
    match is_empty {
        true => PlannedTours::default(),
        false => PlannedTours {
            ahead: vec![
                row("t1", TODAY, TODAY),
                row("t2", "2026-11-24", "2026-11-25"),
            ],
            past: vec![row("t3", "2026-11-18", "2026-11-18")],
            spots: people(),
        },
    }
}

/// A month with all that can be in it; at the console with two vehicles at one place.
pub(crate) fn month(shows_spots: bool) -> CalendarView {
    let stop = |day: &str, place: &str, standing, others| CalendarStop {
        day: format!("2026-11-{day}"),
        hours: "10:00–12:00".into(),
        place: place.into(),
        spot: "Espaço Móvel 07".into(),
        standing,
        tour: "t1".into(),
        anchor: "001-central".into(),
        others,
    };
    CalendarView {
        month: "2026-11".into(),
        today: TODAY.into(),
        shows_spots,
        is_cut: shows_spots,
        stops: vec![
            stop("04", "Alferce", Standing::Held, 0),
            stop("04", "Marmelete", Standing::Cancelled, 0),
            stop("21", "Alferce", Standing::Late(30), u64::from(shows_spots)),
            stop("21", "Nave Redonda", Standing::Planned, 0),
            stop("27", "Casais", Standing::Planned, 0),
        ],
    }
}

pub(crate) fn no_month() -> CalendarView {
    CalendarView {
        stops: vec![],
        is_cut: false,
        ..month(false)
    }
}

pub(crate) fn typed() -> TypedStop {
    TypedStop {
        day: "2025-11-21".into(),
        ..TypedStop::of(&plan("Alferce", ("10:00", "12:00"), "37,3337; -8,4889"))
    }
}

impl Tours for FakeDesk {
    fn tours(&self, _: &Session) -> Result<ToursView, DeskError> {
        Ok(today())
    }
    fn tour_month(&self, _: &Session, _: Option<&str>) -> Result<CalendarView, DeskError> {
        Ok(month(false))
    }
    fn tour(&self, _: &Session, _: &str) -> Result<TourView, DeskError> {
        Ok(view(true))
    }
    fn tour_services(&self) -> Result<Vec<(String, Words)>, DeskError> {
        Ok(services())
    }
    fn take_on_board(&self, _: &Session, _: &str, _: &str, _: &[String]) -> Result<(), DeskError> {
        Ok(())
    }
    fn plan_tour(&self, _: &Session, _: &TypedStop) -> Result<String, DeskError> {
        Err(DeskError::NotNow("Escreva o lugar.".into()))
    }
    fn plan_stop(
        &self,
        _: &Session,
        _: &str,
        _: Option<&str>,
        _: &TypedStop,
    ) -> Result<(), DeskError> {
        Ok(())
    }
    fn mark(&self, _: &Session, _: &str, _: &str, _: &Happened) -> Result<(), DeskError> {
        Ok(())
    }
    fn undo_mark(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn attend_booking(&self, _: &Session, _: &str) -> Result<String, DeskError> {
        Ok("a1".into())
    }
    fn absent_booking(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
}
