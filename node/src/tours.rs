//! Tours and bookings, as desk and console both read and write them.

use std::collections::BTreeMap;

use vereda_sync::catalogue::{Rules, Words};
use vereda_sync::check;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::act::Act;
use vereda_sync::record::booking::{self, Booked, Booking, MAX_NUMBER_CHARS, Place};
use vereda_sync::record::lookup::{Answered, Found};
use vereda_sync::record::tour::{
    self, Happened, Hour, MAX_LATE_MINUTES, MAX_NAME_CHARS, MAX_OFFERS, MAX_REASON_CHARS,
    MAX_STOPS, MAX_TEXT_CHARS, Plan, Position, Standing, Stop, Tour,
};
use vereda_sync::text::fold;
use vereda_web::desk::port::{
    BookingState, BookingView, By, DeskError, MarkView, Session, StopView, TourRow, TourView,
    TypedBooking, TypedStop,
};
use vereda_web::map::{DISTRICTS, Ground, ground};
use vereda_web::place::{self, Zone};

use crate::clock;
use crate::desk::{fault, record_id, rows};
use crate::link::enrolled;
use crate::node::Node;
use crate::occurrences;
use crate::store::tours;
use crate::written;

mod bring;
pub(crate) mod calendar;

/// Most bookings of one tour that are shown, and made.
pub(crate) const MAX_BOOKINGS: u32 = 400;
/// Nothing is planned further ahead than this, in days: a slip in the year mostly is.
const FURTHEST_DAYS: i64 = 400;

/// Who reads or writes a tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The spot whose tour it is.
    Crew,
    /// The hub.
    Hub,
}

pub(crate) fn not_now<T>(why: &str) -> Result<T, DeskError> {
    Err(DeskError::NotNow(why.into()))
}

/// The zone in which a stop is planned: that of the place to which they go.
pub(crate) fn zone_of(plan: &Plan) -> Zone {
    match plan.zone.as_str() {
        "" => Zone::LISBON,
        // One that this program does not know, of a newer one: its hours are taken for this place's.
        name => Zone::named(name).unwrap_or_else(place::here),
    }
}

/// Today where that stop is: at the hub it may be another day.
pub(crate) fn today_at(plan: &Plan) -> Date {
    clock::day_in(clock::now_ms(), zone_of(plan))
}

/// Whether a tour has a stop to come, today or later, where it is; otherwise it is over.
pub(crate) fn is_ahead(tour: &Tour) -> bool {
    let mut plans = tour.stops.iter().map(Stop::plan);
    plans.any(|plan| plan.day >= today_at(plan))
}

/// The tours of a node, or of all, that are not over, and those that are: each by the day of its own place.
pub(crate) fn ahead_and_past(
    node: &Node,
    spot: Option<&str>,
    (most_ahead, most_past): (u32, u32),
) -> Result<(Vec<RecordId>, Vec<RecordId>), DeskError> {
    let today = today()?;
    // No place is further from this one than a day.
    let (from, to) = (today.days_on(-1).to_string(), today.days_on(2).to_string());
    let (ahead, past) = {
        let db = node.store.read();
        let ahead = tours::ahead(&db, spot, &from, most_ahead).map_err(fault)?;
        (
            ahead,
            tours::past(&db, spot, &to, most_past).map_err(fault)?,
        )
    };
    let mut kept = (Vec::new(), Vec::new());
    for id in ahead {
        if is_ahead(&read(node, id)?) {
            kept.0.push(id);
        }
    }
    for id in past {
        if !is_ahead(&read(node, id)?) {
            kept.1.push(id);
        }
    }
    Ok(kept)
}

pub(crate) fn today() -> Result<Date, DeskError> {
    let today = Date::parse(&clock::today());
    today.ok_or_else(|| DeskError::NotNow("O relógio deste computador não diz que dia é.".into()))
}

/// A tour that whoever reads may see.
pub(crate) fn known(node: &Node, id: &str, side: Side) -> Result<(RecordId, Tour), DeskError> {
    let id = record_id(id)?;
    let tour = read(node, id)?;
    let is_mine = side == Side::Hub || tour.spot == node.config.node.id;
    is_mine.then_some((id, tour)).ok_or(DeskError::NotFound)
}

pub(crate) fn read(node: &Node, id: RecordId) -> Result<Tour, DeskError> {
    if !tours::is_known(&node.store.read(), id).map_err(fault)? {
        return Err(DeskError::NotFound);
    }
    let read = node.with_document(id, |d| Tour::of(d));
    read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
}

/// A booking that whoever reads may see.
pub(crate) fn known_booking(
    node: &Node,
    id: &str,
    side: Side,
) -> Result<(RecordId, Booking), DeskError> {
    let id = record_id(id)?;
    if !tours::is_booking(&node.store.read(), id).map_err(fault)? {
        return Err(DeskError::NotFound);
    }
    let read = node.with_document(id, |d| Booking::of(d));
    let booking = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
    let is_mine = side == Side::Hub || booking.place.spot == node.config.node.id;
    is_mine.then_some((id, booking)).ok_or(DeskError::NotFound)
}

fn bookings_of(node: &Node, tour: RecordId) -> Result<Vec<(RecordId, Booking)>, DeskError> {
    let ids = tours::bookings(&node.store.read(), tour, MAX_BOOKINGS).map_err(fault)?;
    let mut all = Vec::new();
    for id in ids {
        let read = node.with_document(id, |d| Booking::of(d)).map_err(fault)?;
        all.extend(read.flatten().map(|booking| (id, booking)));
    }
    Ok(all)
}

pub(crate) fn by(act: &Act) -> By {
    By {
        who: format!("{}, {}", act.by, act.spot),
        at: clock::of(act),
    }
}

/// Names of spots by their ids, as whoever reads knows them.
pub(crate) type Names = BTreeMap<String, String>;

pub(crate) fn name<'n>(names: &'n Names, spot: &'n str) -> &'n str {
    names.get(spot).map_or(spot, String::as_str)
}

/// One tour with all that is in it.
pub(crate) fn view(
    node: &Node,
    (id, tour): (RecordId, &Tour),
    side: Side,
    names: &Names,
) -> Result<TourView, DeskError> {
    let today = match tour.stops.first() {
        Some(stop) => today_at(stop.plan()),
        None => today()?,
    };
    let next = tour.next(today).map(|stop| stop.id.clone());
    let bookings = bookings_of(node, id)?;
    let mut stops = Vec::new();
    for (at, stop) in tour.stops.iter().enumerate() {
        let mine = bookings.iter().filter(|(_, b)| b.place.stop == stop.id);
        let offers = planned_offers(node, stop.plan());
        let bring = bring::list(node, stop, mine.clone().map(|(_, booking)| booking));
        let planned = stop.planned();
        stops.push(StopView {
            id: stop.id.clone(),
            number: at + 1,
            plan: planned.plan.clone(),
            by: by(&planned.act),
            others: others(stop),
            standing: stop.standing(),
            marks: marks(stop, side),
            moved: stop.moved_after().map(str::to_owned),
            is_next: next.as_ref() == Some(&stop.id),
            ground: planned.plan.position.map(ground),
            bookings: mine
                .map(|(id, booking)| booked(node, *id, booking, stop))
                .collect(),
            offers,
            bring,
            clashes: clashes(node, (id, tour), stop, names)?,
        });
    }
    Ok(TourView {
        id: id.to_string(),
        spot: name(names, &tour.spot).to_owned(),
        is_own: tour.is_own,
        may_plan: side == Side::Crew || !tour.is_own,
        today: today.to_string(),
        clock: match zone_at(node, &tour.spot) {
            zone if zone == place::here() => String::new(),
            zone => zone.of(),
        },
        stops,
    })
}

/// The names of the services that are offered there.
fn planned_offers(node: &Node, plan: &Plan) -> Vec<String> {
    let title = |id: &String| rows::service_title(node, id).pt().to_owned();
    plan.offers.iter().map(title).collect()
}

fn others(stop: &Stop) -> Vec<(Plan, By)> {
    let before = stop.plans.iter().rev().skip(1);
    before.map(|p| (p.plan.clone(), by(&p.act))).collect()
}

fn marks(stop: &Stop, side: Side) -> Vec<MarkView> {
    let all = stop.marks.iter().map(|mark| MarkView {
        act: mark.act.id.clone(),
        what: mark.what.clone(),
        by_crew: mark.by_crew,
        by: by(&mark.act),
        is_mine: mark.by_crew == (side == Side::Crew),
    });
    all.collect()
}

fn booked(node: &Node, id: RecordId, booking: &Booking, stop: &Stop) -> BookingView {
    let (who, plan) = (&booking.booked, stop.plan());
    let state = match &booking.state {
        booking::State::Waits => BookingState::Waits,
        booking::State::Came(attendance, _) => {
            // Where it was purged, or was begun at a desk whose store was lost, there is nothing to be shown.
            let is_here = node.with_document(*attendance, |_| ()).ok().flatten();
            BookingState::Came(is_here.map(|()| attendance.to_string()))
        }
        booking::State::Absent(_) => BookingState::Absent,
        booking::State::Withdrawn(reason, _) => BookingState::Withdrawn(reason.clone()),
    };
    let service = (!who.service.is_empty()).then(|| rows::service_title(node, &who.service));
    BookingView {
        id: id.to_string(),
        name: who.name.clone(),
        nif: who.nif.clone(),
        phone: who.phone.clone(),
        service,
        hour: who.hour.to_string(),
        earlier: earlier(node, booking.lent.as_ref()),
        is_outside: who.hour < plan.from || who.hour >= plan.to,
        note: who.note.clone(),
        state,
        by: by(&booking.by),
    }
}

/// Their requests of elsewhere that were lent for the visit and may be read here now, each with its number and service.
pub(crate) fn earlier(node: &Node, lent: Option<&Answered>) -> Vec<(String, String, Words)> {
    let lent = lent.filter(|l| l.until_ms > node.now_ms());
    let found = lent.map_or(&[][..], |lent| &lent.found);
    let is_here = |found: &&Found| {
        let read = node.with_document(found.request, |_| ());
        matches!(read, Ok(Some(())))
    };
    let of = |found: &Found| {
        let service = rows::service_title(node, &found.service);
        (found.request.to_string(), found.number.clone(), service)
    };
    found.iter().filter(is_here).map(of).collect()
}

/// What stands against a stop that is ahead: another vehicle there at that time, or this one elsewhere.
fn clashes(
    node: &Node,
    (id, tour): (RecordId, &Tour),
    stop: &Stop,
    names: &Names,
) -> Result<Vec<String>, DeskError> {
    let plan = stop.plan();
    if !stop.standing().is_ahead() {
        return Ok(vec![]);
    }
    let (day, place) = (plan.day.to_string(), plan.place_key());
    let others = {
        let db = node.store.read();
        let own = tours::on_day(&db, &tour.spot, &day).map_err(fault)?;
        let there = tours::at_place(&db, &day, &place).map_err(fault)?;
        let mut others: Vec<RecordId> = own.into_iter().chain(there).collect();
        others.retain(|other| *other != id);
        others.dedup();
        others
    };
    let mut all = at_once(tour, tour, stop, names);
    for other in others {
        for said in at_once(&read(node, other)?, tour, stop, names) {
            if !all.contains(&said) {
                all.push(said);
            }
        }
    }
    Ok(all)
}

/// The stops of a tour that cannot be at one time with that one: the vehicle is elsewhere, or another is there.
fn at_once(of: &Tour, tour: &Tour, stop: &Stop, names: &Names) -> Vec<String> {
    let plan = stop.plan();
    let ahead = of.stops.iter().filter(|other| {
        other.id != stop.id && other.standing().is_ahead() && other.plan().overlaps(plan)
    });
    let said = ahead.filter_map(|other| {
        let there = other.plan();
        let hours = format!("das {} às {}", there.from, there.to);
        let is_here = there.place_key() == plan.place_key();
        match (of.spot == tour.spot, is_here) {
            (true, true) => Some(format!(
                "Esta paragem está planeada duas vezes: também {hours}."
            )),
            (true, false) => Some(format!(
                "Ao mesmo tempo está marcada a paragem {}, {hours}.",
                there.place
            )),
            (false, true) => Some(format!(
                "{} também lá está, {hours}.",
                name(names, &of.spot)
            )),
            (false, false) => None,
        }
    });
    said.collect()
}

/// Tours in a line each.
pub(crate) fn lines(
    node: &Node,
    ids: Vec<RecordId>,
    names: &Names,
) -> Result<Vec<TourRow>, DeskError> {
    let rows = ids.into_iter();
    rows.map(|id| line(node, (id, &read(node, id)?), names))
        .collect()
}

pub(crate) fn line(
    node: &Node,
    (id, tour): (RecordId, &Tour),
    names: &Names,
) -> Result<TourRow, DeskError> {
    let (mut held, mut cancelled, mut contested) = (0, 0, false);
    let mut stranded = 0;
    let bookings = bookings_of(node, id)?;
    for stop in &tour.stops {
        contested |= stop.plans.len() > 1;
        match stop.standing() {
            Standing::Held => held += 1,
            Standing::Cancelled => {
                cancelled += 1;
                let waits = bookings
                    .iter()
                    .filter(|(_, b)| b.place.stop == stop.id && b.state == booking::State::Waits);
                stranded += waits.count();
            }
            Standing::Planned | Standing::Late(_) => {}
        }
    }
    let stand = bookings
        .iter()
        .filter(|(_, b)| !matches!(b.state, booking::State::Withdrawn(..)));
    let day = |stop: Option<&Stop>| stop.map_or_else(String::new, |s| s.plan().day.to_string());
    Ok(TourRow {
        id: id.to_string(),
        spot: name(names, &tour.spot).to_owned(),
        first: day(tour.stops.first()),
        last: day(tour.stops.last()),
        places: tour.stops.iter().map(|s| s.plan().place.clone()).collect(),
        held,
        cancelled,
        booked: stand.count() as u64,
        trouble: match stranded {
            0 if contested => "dois planos escritos ao mesmo tempo".into(),
            0 => String::new(),
            1 => "1 marcação numa paragem cancelada".into(),
            n => format!("{n} marcações em paragens canceladas"),
        },
    })
}

/// What was typed as a plan, in the days and hours of that zone. `before`: what was planned so far; a day that is over
/// may stay.
fn checked(
    node: &Node,
    typed: &TypedStop,
    (before, zone): (Option<&Plan>, Zone),
) -> Result<Plan, DeskError> {
    let Some(day) = Date::parse(typed.day.trim()) else {
        return not_now("Escolha o dia.");
    };
    let today = clock::day_in(clock::now_ms(), zone);
    if before.is_none_or(|plan| plan.day != day) {
        if day < today {
            return not_now("Esse dia já passou: confira o dia e o ano.");
        }
        if day > today.days_on(FURTHEST_DAYS) {
            return not_now("Esse dia é daqui a mais de um ano: confira o ano.");
        }
    }
    let hour = |text: &str, missing| Hour::parse(text.trim()).map_or_else(|| not_now(missing), Ok);
    let from = hour(&typed.from, "Escreva a hora de chegada, como 10:00.")?;
    let to = hour(&typed.to, "Escreva a hora de partida, como 12:00.")?;
    if to <= from {
        return not_now("A partida tem de ser depois da chegada.");
    }
    let district = typed.district.trim();
    if !district.is_empty() && !DISTRICTS.contains(&district) {
        return not_now("Escolha o distrito da lista.");
    }
    let position = match typed.position.trim() {
        "" => None,
        text => match Position::parse(text) {
            Some(at) if !zone.is_portugal() || ground(at) != Ground::Elsewhere => Some(at),
            Some(_) => {
                return not_now(
                    "Esta posição fica fora de Portugal, ou no mar: confira-a, ou deixe-a vazia. Primeiro a latitude, depois a longitude, que em Portugal é negativa.",
                );
            }
            None => return not_now("Escreva a posição como 37,3337; -8,4889, ou deixe-a vazia."),
        },
    };
    let owned = str::to_owned;
    Ok(Plan {
        day,
        from,
        to,
        zone: zone.in_records().unwrap_or_default(),
        place: written::needed(&typed.place, MAX_NAME_CHARS, "Escreva o lugar.").map(owned)?,
        municipality: written::fits(&typed.municipality, MAX_NAME_CHARS).map(owned)?,
        district: district.to_owned(),
        position,
        offers: offered(node, &typed.offers, before)?,
        services: written::fits(&typed.services, MAX_TEXT_CHARS).map(owned)?,
        bring: written::fits(&typed.bring, MAX_TEXT_CHARS).map(owned)?,
        note: written::fits(&typed.note, MAX_TEXT_CHARS).map(owned)?,
    })
}

/// Services that were picked, each once; one that is no longer in the catalogue may stay where it was.
fn offered(
    node: &Node,
    picked: &[String],
    before: Option<&Plan>,
) -> Result<Vec<String>, DeskError> {
    let mut all: Vec<String> = Vec::new();
    for id in picked {
        let was = before.is_some_and(|plan| plan.offers.contains(id));
        if !was && node.latest(id).is_none() {
            return not_now("Um dos serviços já não está no catálogo: escolha outra vez.");
        }
        if !all.contains(id) {
            all.push(id.clone());
        }
    }
    match all.len() {
        0..=MAX_OFFERS => Ok(all),
        _ => not_now("Escolheu serviços a mais: sem nenhum escolhido fazem-se todos."),
    }
}

/// The services that can be offered at a stop, and that somebody can be booked for.
pub(crate) fn services(node: &Node) -> Vec<(String, Words)> {
    let all = occurrences::offered(node).into_iter();
    all.map(|service| (service.id, service.title)).collect()
}

/// The crew has these things on board for a stop.
pub(crate) fn take_on_board(
    node: &Node,
    session: &Session,
    (tour, stop): (&str, &str),
    items: &[String],
) -> Result<(), DeskError> {
    let (id, known) = known(node, tour, Side::Crew)?;
    let view = view(node, (id, &known), Side::Crew, &Names::new())?;
    let stop = view.stop(stop).ok_or(DeskError::NotFound)?;
    // What the list says no longer, as somebody was booked meanwhile, is looked at anew.
    let listed = stop.bring.iter().filter(|it| items.contains(&it.item));
    let on_board: Vec<String> = listed.map(|it| it.item.clone()).collect();
    let before = stop.bring.iter().filter(|it| it.is_on_board);
    if before.map(|it| &it.item).eq(&on_board) {
        return Ok(());
    }
    node.change(
        id,
        &session.person.name,
        |d, author, at| tour::take_on_board(d, author, at, &stop.id, &on_board),
        |_| Ok(()),
    )
    .map_err(fault)
}

/// The zone of a spot's place, as this node knows it: the hub by its list of who is enrolled.
pub(crate) fn zone_at(node: &Node, spot: &str) -> Zone {
    match &node.config.sync {
        Some(sync) => enrolled::zone_of(&sync.enrolled, spot),
        None => node.config.node.zone,
    }
}

/// Plans a tour of that spot with its first stop. A second click finds what the first began.
pub(crate) fn begin(
    node: &Node,
    session: &Session,
    spot: &str,
    first: &TypedStop,
) -> Result<String, DeskError> {
    let plan = checked(node, first, (None, zone_at(node, spot)))?;
    let (day, place) = (plan.day.to_string(), plan.place_key());
    let there = tours::at_place(&node.store.read(), &day, &place).map_err(fault)?;
    for id in there {
        let tour = read(node, id)?;
        let is_same = tour.stops.iter().any(|stop| *stop.plan() == plan);
        if tour.spot == spot && is_same {
            return Ok(id.to_string());
        }
    }
    let begun = node.begin(&session.person.name, |author, at| {
        tour::begin(author, at, spot, &plan)
    });
    Ok(begun.map_err(fault)?.to_string())
}

/// Plans a stop of a tour.
pub(crate) fn plan(
    node: &Node,
    session: &Session,
    (tour, stop): (&str, Option<&str>),
    typed: &TypedStop,
    side: Side,
) -> Result<(), DeskError> {
    let (id, tour) = known(node, tour, side)?;
    if side == Side::Hub && tour.is_own {
        return not_now("Foi o espaço que planeou este percurso: é lá que se muda.");
    }
    let before = match stop {
        Some(stop) => Some(tour.stop(stop).ok_or(DeskError::NotFound)?),
        None => None,
    };
    if before.is_some_and(|stop| stop.standing() == Standing::Held) {
        return not_now("Esta paragem já foi realizada: o que aconteceu não se muda.");
    }
    // A stop keeps the clock in which it was planned: the form says which that is.
    let zone = before.map_or_else(|| zone_at(node, &tour.spot), |stop| zone_of(stop.plan()));
    let plan = checked(node, typed, (before.map(Stop::plan), zone))?;
    // Who was booked there may be forgotten in the vehicle by now, and would not move with it.
    if before
        .is_some_and(|stop| stop.plan().day < plan.day && stop.plan().day < today_at(stop.plan()))
    {
        return not_now("O dia desta paragem já passou: junte outra paragem.");
    }
    // A second click, or nothing was changed. Where two plans stand, to write one again chooses it.
    let is_so = |stop: &Stop| *stop.plan() == plan && stop.plans.len() == 1;
    if before.map_or_else(|| tour.stops.iter().any(is_so), is_so) {
        return Ok(());
    }
    if before.is_none() && tour.stops.len() >= MAX_STOPS {
        return Err(DeskError::NotNow(format!(
            "Um percurso tem no máximo {MAX_STOPS} paragens: planeie outro."
        )));
    }
    node.change(
        id,
        &session.person.name,
        |d, author, at| tour::plan(d, author, at, stop, &plan),
        |_| Ok(()),
    )
    .map_err(fault)
}

/// Says what happened at a stop.
pub(crate) fn mark(
    node: &Node,
    session: &Session,
    (tour, stop): (&str, &str),
    what: &Happened,
    side: Side,
) -> Result<(), DeskError> {
    let (id, tour) = known(node, tour, side)?;
    let stop = tour.stop(stop).ok_or(DeskError::NotFound)?;
    let plan = stop.plan();
    let what = match what {
        Happened::Held if plan.day > today_at(plan) => {
            return not_now("Esta paragem é de outro dia: ainda não pode ter sido realizada.");
        }
        Happened::Held => Happened::Held,
        Happened::Late(minutes) if !(1..=MAX_LATE_MINUTES).contains(minutes) => {
            return not_now("Escolha de quantos minutos é o atraso.");
        }
        Happened::Late(minutes) => Happened::Late(*minutes),
        Happened::Cancelled(reason) => {
            let missing = "Escreva porque não se realiza.";
            Happened::Cancelled(written::needed(reason, MAX_REASON_CHARS, missing)?.to_owned())
        }
    };
    if side == Side::Hub && tour.is_own {
        return not_now("Foi o espaço que planeou este percurso: é lá que se cancela.");
    }
    let is_mine = |mark: &&tour::Mark| mark.by_crew == (side == Side::Crew);
    let last = stop.marks.iter().rev().find(is_mine);
    let said = last.is_some_and(|mark| mark.what == what);
    match (stop.standing(), &what) {
        // A second click, or another desk was faster.
        _ if said => return Ok(()),
        (Standing::Held, _) => {
            return not_now("Esta paragem já foi realizada. Se foi engano, desfaça-o primeiro.");
        }
        (Standing::Cancelled, Happened::Late(_)) => {
            return not_now("Esta paragem está cancelada.");
        }
        _ => {}
    }
    node.change(
        id,
        &session.person.name,
        |d, author, at| tour::mark(d, author, at, (&stop.id, plan), &what),
        |_| Ok(()),
    )
    .map_err(fault)
}

/// Takes back what this side said.
pub(crate) fn undo(
    node: &Node,
    session: &Session,
    (tour, mark): (&str, &str),
    side: Side,
) -> Result<(), DeskError> {
    let (id, tour) = known(node, tour, side)?;
    let mut marks = tour.stops.iter().flat_map(|stop| &stop.marks);
    let mine = marks.any(|m| m.act.id == mark && m.by_crew == (side == Side::Crew));
    // A second click: it is taken back already.
    if !mine {
        return Ok(());
    }
    node.change(
        id,
        &session.person.name,
        |d, author, at| tour::undo(d, author, at, mark),
        |_| Ok(()),
    )
    .map_err(fault)
}

/// A NIF as it is typed, or nothing.
pub(crate) fn nif(typed: &str) -> Result<String, DeskError> {
    match written::fits(typed, MAX_NUMBER_CHARS)? {
        "" => Ok(String::new()),
        nif => check::nif(nif).or_else(|_| {
            not_now("Este NIF não está certo: confira os nove algarismos, ou deixe-o vazio.")
        }),
    }
}

/// A telephone as it is typed, or nothing.
pub(crate) fn phone(typed: &str) -> Result<String, DeskError> {
    let phone = written::fits(typed, MAX_NUMBER_CHARS)?;
    if phone.starts_with('+') || phone.starts_with("00") {
        let said =
            "Este telefone não está certo: comece pelo indicativo do país, como +55 11 91234 5678.";
        return check::phone(phone, &Rules::default()).or_else(|_| not_now(said));
    }
    let is_dialled = |c: char| c.is_ascii_digit() || " +()-".contains(c);
    if !phone.is_empty()
        && (!phone.chars().all(is_dialled)
            || phone.chars().filter(char::is_ascii_digit).count() < 9)
    {
        return not_now(
            "Este telefone não está certo: escreva os nove algarismos, ou deixe-o vazio.",
        );
    }
    Ok(phone.to_owned())
}

/// Books somebody at a stop.
pub(crate) fn book(
    node: &Node,
    session: &Session,
    (tour, stop): (&str, &str),
    typed: &TypedBooking,
) -> Result<(), DeskError> {
    let (id, tour) = known(node, tour, Side::Hub)?;
    let stop = tour.stop(stop).ok_or(DeskError::NotFound)?;
    let plan = stop.plan();
    if !stop.standing().is_ahead() || plan.day < today_at(plan) {
        return not_now(
            "Nesta paragem já não se marca ninguém: foi realizada, cancelada, ou o dia passou.",
        );
    }
    let name = written::needed(&typed.name, MAX_NAME_CHARS, "Escreva quem vem.")?;
    let Some(hour) = Hour::parse(typed.hour.trim()) else {
        return not_now("Escreva a hora, como 10:30.");
    };
    if hour < plan.from || hour >= plan.to {
        return Err(DeskError::NotNow(format!(
            "A paragem é das {} às {}: escolha uma hora entre elas.",
            plan.from, plan.to
        )));
    }
    let (nif, phone) = (nif(&typed.nif)?, phone(&typed.phone)?);
    let service = typed.service.trim();
    if !service.is_empty() && node.latest(service).is_none() {
        return not_now("Este serviço já não está no catálogo: escolha outro.");
    }
    let booked = Booked {
        name: name.to_owned(),
        nif,
        phone,
        service: service.to_owned(),
        hour,
        note: written::fits(&typed.note, MAX_TEXT_CHARS)?.to_owned(),
    };
    let all = bookings_of(node, id)?;
    let is_there = all.iter().any(|(_, b)| {
        let who = &b.booked;
        b.place.stop == stop.id
            && !matches!(b.state, booking::State::Withdrawn(..))
            && (fold(&who.name), who.hour) == (fold(&booked.name), hour)
            && (who.nif.is_empty() || booked.nif.is_empty() || who.nif == booked.nif)
    });
    // A second click, or a colleague took the same call.
    if is_there {
        return Ok(());
    }
    if all.len() >= MAX_BOOKINGS as usize {
        return not_now("Este percurso já tem marcações a mais.");
    }
    let place = Place {
        tour: id,
        stop: stop.id.clone(),
        spot: tour.spot.clone(),
    };
    let made = node.begin(&session.person.name, |author, at| {
        booking::book(author, at, &place, &booked)
    });
    let made = made.map_err(fault)?;
    node.lend_for_visit(made).map_err(fault)
}

/// Withdraws a booking.
pub(crate) fn withdraw(
    node: &Node,
    session: &Session,
    id: &str,
    reason: &str,
) -> Result<(), DeskError> {
    let (id, booking) = known_booking(node, id, Side::Hub)?;
    let (tour, today) = (read(node, booking.place.tour)?, today()?);
    let day = tour.stop(&booking.place.stop).map(|stop| stop.plan().day);
    let is_over = day.is_none_or(|day| day < today);
    let reason = written::needed(reason, MAX_REASON_CHARS, "Escreva porque se desmarca.")?;
    match booking.state {
        booking::State::Withdrawn(..) => return Ok(()),
        booking::State::Came(..) => return not_now("Esta pessoa já foi atendida."),
        // The vehicle may have forgotten who was booked, and must not hear half of it again.
        _ if is_over => return not_now("O dia desta paragem já passou: já não se desmarca."),
        booking::State::Waits | booking::State::Absent(_) => {}
    }
    node.change(
        id,
        &session.person.name,
        |d, author, at| booking::withdraw(d, author, at, reason),
        |_| Ok(()),
    )
    .map_err(fault)?;
    node.end_what_was_lent_for(id).map_err(fault)
}
