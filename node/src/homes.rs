//! Care homes, the lists of their residents, as desk and console both read and write them.

use vereda_sync::check::check;
use vereda_sync::id::RecordId;
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::capacity::Capacity;
use vereda_sync::record::facility::{
    self, About, Contact, Facility, MAX_CONTACTS, MAX_ROOM_CHARS, MAX_ROOMS, Sort,
};
use vereda_sync::record::resident::{self, Listed, MAX_SERVICES, Place, Resident};
use vereda_sync::record::resident_list::{self, Batch, MAX_RESIDENTS, ResidentList, Visit};
use vereda_sync::record::tour::{
    Hour, MAX_NAME_CHARS, MAX_REASON_CHARS, MAX_TEXT_CHARS, Standing, Stop,
};
use vereda_sync::text::fold;
use vereda_web::desk::port::{
    BatchView, DeskError, FacilityView, InBatch, ListRow, ListView, ResidentView, Session,
    StopAhead, TypedFacility, TypedResident, TypedStop, TypedVisit,
};
use vereda_web::words::{day as on, refusal, shown};

use crate::desk::{fault, record_id, rows};
use crate::node::Node;
use crate::store::{bounds, derived, homes};
use crate::tours::{self, Names, Side, by, earlier, name, not_now, today, today_at};
use crate::written;

/// Most facilities that are listed.
pub(crate) const MAX_FACILITIES: u32 = 500;
/// A list of another facility counts against one for so many days after its visit.
const ELSEWHERE_DAYS: i64 = 30;
/// Most tours of which the stops are offered.
const MAX_TOURS: u32 = 100;

/// What is known of a facility.
pub(crate) fn facility(node: &Node, id: RecordId) -> Result<FacilityView, DeskError> {
    let row = homes::row_of_facility(&node.store.read(), id).map_err(fault)?;
    row.ok_or(DeskError::NotFound)?;
    let read = node.with_document(id, |d| Facility::of(d));
    let it = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
    let (about, act) = it.known.last().ok_or(DeskError::NotFound)?;
    let before = it.known.iter().rev().skip(1);
    Ok(FacilityView {
        id: id.to_string(),
        about: about.clone(),
        others: before
            .map(|(about, act)| (about.clone(), by(act)))
            .collect(),
        by: by(act),
    })
}

pub(crate) fn facilities(node: &Node) -> Result<Vec<FacilityView>, DeskError> {
    let ids = homes::facilities(&node.store.read(), MAX_FACILITIES).map_err(fault)?;
    ids.into_iter().map(|id| facility(node, id)).collect()
}

/// A list that whoever reads may see.
pub(crate) fn known(
    node: &Node,
    id: &str,
    side: Side,
) -> Result<(RecordId, ResidentList), DeskError> {
    let id = record_id(id)?;
    if !homes::is_list(&node.store.read(), id).map_err(fault)? {
        return Err(DeskError::NotFound);
    }
    let read = node.with_document(id, |d| ResidentList::of(d));
    let list = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
    let is_mine = side == Side::Hub || list.visit.spot == node.config.node.id;
    is_mine.then_some((id, list)).ok_or(DeskError::NotFound)
}

/// A resident whom whoever reads may see.
pub(crate) fn known_resident(node: &Node, id: RecordId, side: Side) -> Result<Resident, DeskError> {
    if !homes::is_resident(&node.store.read(), id).map_err(fault)? {
        return Err(DeskError::NotFound);
    }
    let read = node.with_document(id, |d| Resident::of(d));
    let it = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
    let is_mine = side == Side::Hub || it.place.spot == node.config.node.id;
    is_mine.then_some(it).ok_or(DeskError::NotFound)
}

/// The residents of a list: who was taken off last, else by room.
pub(crate) fn residents_of(
    node: &Node,
    (id, list): (RecordId, &ResidentList),
) -> Result<Vec<(RecordId, Resident)>, DeskError> {
    let most = u32::try_from(MAX_RESIDENTS).unwrap_or(u32::MAX);
    let ids = homes::residents(&node.store.read(), (id, &list.visit.spot), most);
    let all = ids.map_err(fault)?.into_iter();
    let all = all.map(|id| Ok((id, known_resident(node, id, Side::Hub)?)));
    let mut all = all.collect::<Result<Vec<_>, DeskError>>()?;
    all.sort_by_cached_key(|(id, it)| {
        let room = &it.listed.room;
        let digits: String = room.chars().take_while(char::is_ascii_digit).collect();
        let number = digits.parse::<u64>().unwrap_or(u64::MAX);
        (
            it.withdrawn.is_some(),
            number,
            fold(room),
            fold(&it.listed.name),
            *id,
        )
    });
    Ok(all)
}

/// The stop of a list's visit.
pub(crate) fn stop_of(node: &Node, visit: &Visit) -> Result<Stop, DeskError> {
    let tour = tours::read(node, visit.tour)?;
    tour.stop(&visit.stop).cloned().ok_or(DeskError::NotFound)
}

fn facility_of(node: &Node, visit: &Visit, stop: &Stop) -> Result<FacilityView, DeskError> {
    match facility(node, visit.facility) {
        // The list can come before what it is about.
        Err(DeskError::NotFound) => Ok(FacilityView {
            id: visit.facility.to_string(),
            about: About {
                name: stop.plan().place.clone(),
                place: stop.plan().place.clone(),
                ..About::default()
            },
            others: vec![],
            by: by(&stop.planned().act),
        }),
        found => found,
    }
}

/// One list with all that is on it.
pub(crate) fn view(
    node: &Node,
    (id, list): (RecordId, &ResidentList),
    names: &Names,
) -> Result<ListView, DeskError> {
    let stop = stop_of(node, &list.visit)?;
    let residents = residents_of(node, (id, list))?;
    let residents = residents
        .iter()
        .map(|(id, it)| resident_view(node, *id, it));
    let residents = residents.collect::<Result<Vec<_>, _>>()?;
    let batches = list.batches.iter();
    let batches = batches.map(|batch| batch_view(node, batch, &residents));
    Ok(ListView {
        id: id.to_string(),
        facility: facility_of(node, &list.visit, &stop)?,
        spot: name(names, &list.visit.spot).to_owned(),
        tour: list.visit.tour.to_string(),
        plan: stop.plan().clone(),
        standing: stop.standing(),
        moved: stop.moved_after().map(str::to_owned),
        today: today_at(stop.plan()).to_string(),
        batches: batches.collect(),
        residents,
    })
}

fn resident_view(node: &Node, id: RecordId, it: &Resident) -> Result<ResidentView, DeskError> {
    let who = &it.listed;
    let here = match it.attendance {
        // Where it was purged there is nothing to be shown.
        Some(attendance) => node.with_document(attendance, |_| ()).map_err(fault)?,
        None => None,
    };
    let attendance = it.attendance.filter(|_| here.is_some());
    let attendance = attendance.map(|id| id.to_string());
    let requests = match &attendance {
        Some(id) => derived::of_attendance(&node.store.read(), id).map_err(fault)?,
        None => vec![],
    };
    let service = |id: &String| (id.clone(), rows::service_title(node, id));
    Ok(ResidentView {
        id: id.to_string(),
        name: who.name.clone(),
        birth: who.birth.clone(),
        nif: who.nif.clone(),
        room: who.room.clone(),
        hour: who.hour.map_or_else(String::new, |hour| hour.to_string()),
        services: who.services.iter().map(service).collect(),
        capacity: who.capacity,
        note: who.note.clone(),
        earlier: earlier(node, it.lent.as_ref()),
        by: by(&it.by),
        attendance,
        came: it.attendance.is_some(),
        left_out: it
            .left_out
            .as_ref()
            .map(|out| (out.reason, out.note.clone(), by(&out.act))),
        taken_off: it.withdrawn.as_ref().map(|(reason, _)| reason.clone()),
        requests: requests
            .into_iter()
            .map(|line| (line.service.clone(), rows::row(node, line)))
            .collect(),
        elsewhere: match it.withdrawn {
            Some(_) => vec![],
            None => elsewhere(node, id)?
                .into_iter()
                .map(|(_, said)| said)
                .collect(),
        },
    })
}

/// Who is the same on the list of another facility, and what is said of that.
fn elsewhere(node: &Node, id: RecordId) -> Result<Vec<(RecordId, String)>, DeskError> {
    let others = homes::elsewhere(&node.store.read(), id).map_err(fault)?;
    let since = today()?.days_on(-ELSEWHERE_DAYS);
    let mut all = Vec::new();
    for other in others {
        let it = known_resident(node, other, Side::Hub)?;
        // Nothing is said of a list whose visit is not known here.
        let Ok((_, list)) = known(node, &it.place.list.to_string(), Side::Hub) else {
            continue;
        };
        let Ok(stop) = stop_of(node, &list.visit) else {
            continue;
        };
        let plan = stop.plan();
        if plan.day < since || stop.standing() == Standing::Cancelled {
            continue;
        }
        let facility = facility_of(node, &list.visit, &stop)?;
        let (where_, day) = (facility.about.name, on(&plan.day.to_string()));
        all.push((
            other,
            format!("Também está na lista de {where_}, {day}: confirme onde vive."),
        ));
    }
    Ok(all)
}

fn batch_view(node: &Node, batch: &Batch, residents: &[ResidentView]) -> BatchView {
    let of = batch.residents.iter().filter_map(|id| {
        let it = residents.iter().find(|r| r.id == id.to_string())?;
        it.taken_off.is_none().then(|| {
            let (how, request) = in_batch(it, &batch.service);
            (it.id.clone(), how, request)
        })
    });
    let service = node.latest(&batch.service);
    let shared = batch.shared.iter().filter_map(|(field, value)| {
        let field = rows::field_of(service, field)?;
        let value = shown(&field, value, "pt");
        Some((field.label, value))
    });
    BatchView {
        id: batch.id.clone(),
        service: batch.service.clone(),
        title: rows::service_title(node, &batch.service),
        residents: of.collect(),
        shared: shared.collect(),
        by: by(&batch.act),
    }
}

/// How a resident stands with a service, and the request.
fn in_batch(it: &ResidentView, service: &str) -> (InBatch, Option<String>) {
    let of = it.requests.iter().find(|(id, _)| id == service);
    match of.map(|(_, row)| row) {
        Some(row) if row.number.is_some() => (InBatch::Recorded, Some(row.id.clone())),
        _ if it.left_out.is_some() => (InBatch::LeftOut, None),
        Some(row) => (InBatch::Begun, Some(row.id.clone())),
        // Served here before, and gone since.
        None if it.came && it.attendance.is_none() => (InBatch::Recorded, None),
        None => (InBatch::Waits, None),
    }
}

/// Lists in a line each.
pub(crate) fn rows_of(
    node: &Node,
    ids: Vec<RecordId>,
    side: Side,
    names: &Names,
) -> Result<Vec<ListRow>, DeskError> {
    let all = ids.into_iter().map(|id| {
        let (id, list) = known(node, &id.to_string(), side)?;
        let view = view(node, (id, &list), names)?;
        let (done, residents) = view.progress();
        let elsewhere = view.standing_residents();
        Ok(ListRow {
            elsewhere: elsewhere.filter(|r| !r.elsewhere.is_empty()).count() as u64,
            id: view.id.clone(),
            facility: view.facility.about.name.clone(),
            spot: view.spot.clone(),
            day: view.plan.day.to_string(),
            hours: format!("{}–{}", view.plan.from, view.plan.to),
            standing: view.standing.clone(),
            residents: residents as u64,
            done: done as u64,
        })
    });
    all.collect()
}

/// What was typed as a facility.
fn checked(typed: &TypedFacility) -> Result<About, DeskError> {
    let owned = |text: &str, most| written::fits(text, most).map(str::to_owned);
    let name = written::needed(&typed.name, MAX_NAME_CHARS, "Escreva o nome do lar.")?;
    let mut contacts = Vec::new();
    for [role, person, phone] in &typed.contacts {
        let contact = Contact {
            role: owned(role, MAX_NAME_CHARS)?,
            name: owned(person, MAX_NAME_CHARS)?,
            phone: tours::phone(phone)?,
        };
        if contact.role.is_empty() && !(contact.name.is_empty() && contact.phone.is_empty()) {
            return not_now("Escreva a função de cada contacto, como direção ou enfermagem.");
        }
        if !contact.role.is_empty() {
            contacts.push(contact);
        }
    }
    if contacts.len() > MAX_CONTACTS {
        return Err(DeskError::NotNow(format!(
            "Cabem {MAX_CONTACTS} contactos: deixe os que servem para a visita."
        )));
    }
    Ok(About {
        name: name.to_owned(),
        sort: Sort::from_code(&typed.sort).unwrap_or_default(),
        place: match owned(&typed.place, MAX_NAME_CHARS)? {
            place if place.is_empty() => name.to_owned(),
            place => place,
        },
        municipality: owned(&typed.municipality, MAX_NAME_CHARS)?,
        address: owned(&typed.address, MAX_TEXT_CHARS)?,
        rooms: rooms(&typed.rooms)?,
        contacts,
        note: owned(&typed.note, MAX_TEXT_CHARS)?,
    })
}

/// Rooms by commas or lines; `1-12` are twelve of them.
fn rooms(typed: &str) -> Result<Vec<String>, DeskError> {
    let mut all: Vec<String> = Vec::new();
    let parts = typed.split([',', ';', '\n']).map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        let ends = part.split_once(['-', '–']);
        let ends = ends.and_then(|(a, b)| {
            Some((a.trim().parse::<u32>().ok()?, b.trim().parse::<u32>().ok()?))
        });
        match ends {
            Some((first, last)) if first <= last && last - first < 1_000 => {
                all.extend((first..=last).map(|n| n.to_string()));
            }
            _ if part.chars().count() > MAX_ROOM_CHARS => {
                return Err(DeskError::NotNow(format!(
                    "«{part}» é longo de mais para um quarto: separe os quartos com vírgulas."
                )));
            }
            _ => all.push(part.to_owned()),
        }
    }
    let mut known = std::collections::BTreeSet::new();
    all.retain(|room| known.insert(room.clone()));
    match all.len() {
        n if n > MAX_ROOMS => Err(DeskError::NotNow(format!(
            "São quartos a mais: cabem {MAX_ROOMS}."
        ))),
        _ => Ok(all),
    }
}

/// Writes a facility down, or what is known of one otherwise.
pub(crate) fn keep_facility(
    node: &Node,
    session: &Session,
    id: Option<&str>,
    typed: &TypedFacility,
) -> Result<String, DeskError> {
    let about = checked(typed)?;
    let person = &session.person.name;
    let Some(id) = id else {
        let there = homes::called(&node.store.read(), &about.key()).map_err(fault)?;
        // A second click, or a colleague was faster.
        if let Some(id) = there {
            return match facility(node, id)?.about == about {
                true => Ok(id.to_string()),
                false => not_now(
                    "Já há um lar com este nome neste concelho: abra-o para o mudar, ou escreva um nome que os distinga.",
                ),
            };
        }
        let mut scopes = node.config.node.scopes.clone();
        scopes.retain(|scope| bounds::reaches(scope));
        let scope = scopes.iter().find(|scope| **scope == typed.scope);
        let Some(scope) = scope.or_else(|| scopes.first().filter(|_| scopes.len() == 1)) else {
            return not_now("Escolha de que território é o lar.");
        };
        let begun = node.begin(person, |a, at| facility::begin(a, at, scope, &about));
        return Ok(begun.map_err(fault)?.to_string());
    };
    let record = record_id(id)?;
    let now = facility(node, record)?;
    if now.about != about || !now.others.is_empty() {
        node.change(
            record,
            person,
            |d, a, at| facility::keep(d, a, at, &about),
            |_| Ok(()),
        )
        .map_err(fault)?;
    }
    Ok(id.to_owned())
}

/// The stops from today on to which a list can be tied, of one spot or of all.
pub(crate) fn stops_ahead(
    node: &Node,
    spot: Option<&str>,
    names: &Names,
) -> Result<Vec<StopAhead>, DeskError> {
    let (ids, _) = tours::ahead_and_past(node, spot, (MAX_TOURS, 0))?;
    let mut all = Vec::new();
    for id in ids {
        let tour = tours::read(node, id)?;
        let ahead = tour.stops.iter();
        let ahead = ahead.filter(|s| s.standing().is_ahead() && s.plan().day >= today_at(s.plan()));
        all.extend(ahead.map(|stop| StopAhead {
            id: format!("{id}/{}", stop.id),
            spot: name(names, &tour.spot).to_owned(),
            plan: stop.plan().clone(),
        }));
    }
    all.sort_by_key(|stop| (stop.plan.day, stop.plan.from));
    Ok(all)
}

/// Begins the list of a visit: at a stop that is planned, or at one that is planned with it. `spot`: who goes
/// where no stop says so.
pub(crate) fn plan_visit(
    node: &Node,
    session: &Session,
    (facility_id, spot): (&str, &str),
    typed: &TypedVisit,
    side: Side,
) -> Result<String, DeskError> {
    let facility_id = record_id(facility_id)?;
    let about = facility(node, facility_id)?.about;
    let (tour_id, stop) = match typed.stop.split_once('/') {
        Some((tour, stop)) => (tour.to_owned(), Some(stop.to_owned())),
        None => {
            let planned = TypedStop {
                day: typed.day.clone(),
                from: typed.from.clone(),
                to: typed.to.clone(),
                place: about.name.clone(),
                municipality: about.municipality.clone(),
                ..TypedStop::default()
            };
            (tours::begin(node, session, spot, &planned)?, None)
        }
    };
    let (tour_id, tour) = tours::known(node, &tour_id, side)?;
    let is_this = |s: &&Stop| match &stop {
        Some(id) => s.id == *id,
        None => {
            s.plan().place == about.name
                && s.plan().day.to_string() == typed.day.trim()
                && s.plan().from.to_string() == typed.from.trim()
        }
    };
    let stop = tour.stops.iter().find(is_this).ok_or(DeskError::NotFound)?;
    if !stop.standing().is_ahead() || stop.plan().day < today_at(stop.plan()) {
        return not_now(
            "Esta paragem já foi realizada, cancelada, ou o dia passou: escolha outra.",
        );
    }
    let there = homes::of_visit(&node.store.read(), facility_id, tour_id, &stop.id);
    if let Some(list) = there.map_err(fault)? {
        return Ok(list.to_string());
    }
    let visit = Visit {
        facility: facility_id,
        tour: tour_id,
        stop: stop.id.clone(),
        spot: tour.spot.clone(),
    };
    let begun = node.begin(&session.person.name, |author, at| {
        resident_list::begin(author, at, &visit)
    });
    Ok(begun.map_err(fault)?.to_string())
}

/// What was typed as a resident.
fn listed(node: &Node, typed: &TypedResident) -> Result<Listed, DeskError> {
    let name = written::needed(&typed.name, MAX_NAME_CHARS, "Escreva o nome do residente.")?;
    let birth = match typed.birth.trim() {
        "" => String::new(),
        text => {
            let field = IDENTITY.fields.iter().find(|f| f.id == "birth-date");
            let field = field.ok_or(DeskError::NotFound)?;
            let today = today()?.to_string();
            check(field, text, &today)
                .map_err(|why| DeskError::NotNow(refusal::say(field, &why, text)))?
        }
    };
    let hour = match typed.hour.trim() {
        "" => None,
        text => match Hour::parse(text) {
            Some(hour) => Some(hour),
            None => return not_now("Escreva a hora como 10:30, ou deixe-a vazia."),
        },
    };
    let mut services: Vec<String> = Vec::new();
    for id in typed.services.iter().filter(|id| !id.is_empty()) {
        if node.latest(id).is_none() {
            return not_now("Um dos serviços já não está no catálogo: escolha outro.");
        }
        if !services.contains(id) {
            services.push(id.clone());
        }
    }
    if services.len() > MAX_SERVICES {
        return Err(DeskError::NotNow(format!(
            "São serviços a mais para uma visita: cabem {MAX_SERVICES}."
        )));
    }
    Ok(Listed {
        name: name.to_owned(),
        birth,
        nif: tours::nif(&typed.nif)?,
        room: written::fits(&typed.room, MAX_ROOM_CHARS)?.to_owned(),
        hour,
        services,
        capacity: Capacity::from_code(typed.capacity.trim()),
        note: written::fits(&typed.note, MAX_TEXT_CHARS)?.to_owned(),
    })
}

/// Writes somebody on a list.
pub(crate) fn list_resident(
    node: &Node,
    session: &Session,
    list: &str,
    typed: &TypedResident,
    side: Side,
) -> Result<(), DeskError> {
    let (id, list) = known(node, list, side)?;
    let stop = stop_of(node, &list.visit)?;
    // The crew is there and meets somebody; what the hub writes after the day reaches nobody.
    if stop.plan().day < today_at(stop.plan()) || stop.standing() == Standing::Cancelled {
        return not_now(
            "Nesta lista já não se junta ninguém: a visita foi cancelada, ou o dia passou.",
        );
    }
    let who = listed(node, typed)?;
    let all = residents_of(node, (id, &list))?;
    let is_there = all.iter().any(|(_, it)| {
        let other = &it.listed;
        let same_nif = !who.nif.is_empty() && who.nif == other.nif;
        let same_name = fold(&other.name) == fold(&who.name) && other.birth == who.birth;
        let apart = !who.nif.is_empty() && !other.nif.is_empty() && who.nif != other.nif;
        it.withdrawn.is_none() && (same_nif || same_name && !apart)
    });
    // A second click, or a colleague wrote it too.
    if is_there {
        return Ok(());
    }
    if all.len() >= MAX_RESIDENTS {
        return not_now("Esta lista já tem residentes a mais: planeie outra visita.");
    }
    let place = Place {
        list: id,
        facility: list.visit.facility,
        spot: list.visit.spot.clone(),
    };
    let made = node.begin(&session.person.name, |author, at| {
        resident::list(author, at, &place, &who)
    });
    let made = made.map_err(fault)?;
    node.lend_for_visit(made).map_err(fault)
}

/// Takes somebody off a list.
pub(crate) fn take_off(
    node: &Node,
    session: &Session,
    id: &str,
    reason: &str,
    side: Side,
) -> Result<(), DeskError> {
    let id = record_id(id)?;
    let it = known_resident(node, id, side)?;
    let reason = written::needed(reason, MAX_REASON_CHARS, "Escreva porque sai da lista.")?;
    if it.withdrawn.is_some() {
        return Ok(());
    }
    if it.attendance.is_some() {
        return not_now("Este residente já foi atendido.");
    }
    if side == Side::Hub && it.is_own {
        return not_now("Foi o espaço que juntou este residente: é lá que se tira.");
    }
    let (_, list) = known(node, &it.place.list.to_string(), side)?;
    let stop = stop_of(node, &list.visit)?;
    let is_over = stop.plan().day < today_at(stop.plan());
    // The vehicle may have forgotten who was listed, and must not hear half of it again.
    if is_over {
        return not_now("O dia desta visita já passou: a lista já não se muda.");
    }
    node.change(
        id,
        &session.person.name,
        |d, author, at| resident::withdraw(d, author, at, reason),
        |_| Ok(()),
    )
    .map_err(fault)?;
    match node.is_hub() {
        true => node.end_what_was_lent_for(id).map_err(fault),
        false => Ok(()),
    }
}

/// They live in this facility: they are taken off the lists of the others.
pub(crate) fn lives_here(node: &Node, session: &Session, id: &str) -> Result<(), DeskError> {
    let record = record_id(id)?;
    let it = known_resident(node, record, Side::Hub)?;
    let here = facility(node, it.place.facility)?.about.name;
    let reason = format!("Vive noutro lar: {here}");
    let reason: String = reason.chars().take(MAX_REASON_CHARS).collect();
    for (other, _) in elsewhere(node, record)? {
        take_off(node, session, &other.to_string(), &reason, Side::Hub)?;
    }
    Ok(())
}
